import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core import errors
from onecity.core.errors import (
    InputError,
    MissingError,
    OneCityError,
    RangeError,
    StaleError,
    StoreError,
)
from onecity.core.words import LANGUAGES, chapter, say

KINDS = {
    InputError: ValueError,
    MissingError: LookupError,
    StoreError: OSError,
    RangeError: OverflowError,
    StaleError: RuntimeError,
}

KEY = "core.grade_a"  # a sentence without placeholders


def keys_with_placeholders() -> list[str]:
    return [
        f"{name}.{sentence}"
        for name in ("network", "region")
        for sentence, texts in chapter(name).items()
        if "{" in texts["zh"]
    ]


def test_every_kind_is_listed_here() -> None:
    defined = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, OneCityError)
    }
    assert defined == {OneCityError, *KINDS}


@pytest.mark.parametrize(("kind", "builtin"), KINDS.items())
def test_caught_as_the_builtin_that_fits(
    kind: type[OneCityError], builtin: type[Exception]
) -> None:
    with pytest.raises(builtin):
        raise kind(KEY)


@pytest.mark.parametrize("kind", [OneCityError, *KINDS])
def test_speaks_chinese_first_then_english(kind: type[OneCityError]) -> None:
    lines = str(kind(KEY)).split("\n")
    assert lines == [say(KEY, "zh"), say(KEY, "en")]


@pytest.mark.parametrize("kind", [OneCityError, *KINDS])
@given(values=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers()))
def test_survives_pickling(kind: type[OneCityError], values: dict[str, object]) -> None:
    # Errors cross process borders when work is spread over processes.
    error = kind(KEY, **values)
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (back.key, back.values, str(back)) == (KEY, values, str(error))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_value_is_an_error_and_not_a_gap(language: str) -> None:
    keys = keys_with_placeholders()
    assert keys, "no sentence has a placeholder"
    for key in keys:
        with pytest.raises(KeyError):
            InputError(key).text(language)  # type: ignore[arg-type]
