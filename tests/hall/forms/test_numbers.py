"""Numbers that people and firms are known by: the standards' examples, and every slip of one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.hall.forms.numbers import birthday, is_credit_code, is_id_number, is_phone

# GB 11643-1999 and GB 32100-2015 give the first of each as examples.
PEOPLE = ("11010519491231002X", "440524188001010014")
FIRM = "91350100M000100Y43"


@pytest.mark.parametrize("number", PEOPLE)
def test_the_standards_examples_are_identity_numbers(number: str) -> None:
    assert is_id_number(number)
    assert is_id_number(number.lower())
    assert birthday(number) is not None


@given(st.sampled_from(PEOPLE), st.integers(0, 17), st.sampled_from("0123456789X"))
@settings(max_examples=150)
def test_no_slip_of_one_place_passes_for_an_identity_number(
    number: str, place: int, other: str
) -> None:
    slipped = number[:place] + other + number[place + 1 :]
    assert is_id_number(slipped) == (slipped == number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "11010519491231002",  # a place short
        "11010519491331002X",  # a thirteenth month
        "010105194912310020",  # no such province
        "11010519491231002Ｘ",  # a wide letter
        "110105194912310021",  # check character
    ],
)
def test_what_is_no_identity_number(number: str) -> None:
    assert not is_id_number(number)


def test_a_birth_that_has_not_come_is_none() -> None:
    whole = next(
        f"42010629990101{tail:03}{check}"
        for tail in range(1)
        for check in "0123456789X"
        if sum(
            int(digit) * (2**power % 11)
            for digit, power in zip(f"42010629990101{tail:03}", range(17, 0, -1), strict=True)
        )
        % 11
        == "10X98765432".index(check)
    )
    assert birthday(whole) is not None
    assert not is_id_number(whole)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
@settings(max_examples=150)
def test_no_slip_of_one_place_passes_for_a_credit_code(place: int, other: str) -> None:
    slipped = FIRM[:place] + other + FIRM[place + 1 :]
    assert is_credit_code(slipped) == (slipped == FIRM)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("13800138000", True),
        ("+8613800138000", True),
        ("027-82826911", True),
        ("0713-8613456-801", True),
        ("12800138000", False),
        ("1380013800", False),
        ("82826911", False),  # no area code
        ("138００138000", False),
    ],
)
def test_phones(text: str, is_one: bool) -> None:
    assert is_phone(text) is is_one
