"""The catalogue: every sentence a user can read, Chinese and English side by side.

One TOML file for each floor or strand, one table for each sentence::

    [negative_time]
    zh = "第 {row} 条边的时间为负：{given}。"
    en = "Arc {row} has a negative time: {given}."

The key of that sentence is ``<file>.negative_time``. Both languages carry the same
placeholders; a test holds this and that no key is missing or unused.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def chapter(name: str) -> dict[str, dict[str, str]]:
    """Return one file of the catalogue: sentence name to language to text.

    Raises
    ------
    KeyError
        If there is no such file.
    """
    source = files(__name__) / f"{name}.toml"
    if not source.is_file():
        msg = f"no chapter {name!r} in the catalogue"
        raise KeyError(msg)
    return tomllib.loads(source.read_text(encoding="utf-8"))


def say(key: str, language: Language, /, **values: object) -> str:
    """Return the sentence `key` (``chapter.sentence``) with its placeholders filled.

    A value that has a method ``text(language)`` is asked for its own words first; a
    mapping of languages (see `both`) gives those of the language.

    Raises
    ------
    KeyError
        If the catalogue has no such sentence, or a placeholder has no value.
    """
    name, _, sentence = key.partition(".")
    try:
        template = chapter(name)[sentence][language]
    except KeyError as error:
        msg = f"no sentence {key!r} in {language!r}"
        raise KeyError(msg) from error
    spoken = {name: _spoken(value, language) for name, value in values.items()}
    return template.format(**spoken)


def both(zh: Iterable[str], en: Iterable[str | None] | None = None) -> dict[Language, str]:
    """Return names to stand in a sentence of either language, joined as each one joins.

    Where a name has no English, the Chinese stands for it. Plain values, so that a
    manifest can keep them.
    """
    chinese = list(zh)
    english = list(en) if en is not None else chinese
    pairs = zip(chinese, english, strict=True)
    return {"zh": "、".join(chinese), "en": ", ".join(latin or han for han, latin in pairs)}


def _spoken(value: object, language: Language) -> object:
    if isinstance(value, Mapping) and set(value) == set(LANGUAGES):
        return value[language]
    return value.text(language) if hasattr(value, "text") else value


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the catalogue with its values, kept until the reader's language is known.

    Warnings and remarks that travel with a figure are sentences.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return say(self.key, language, **self.values)
