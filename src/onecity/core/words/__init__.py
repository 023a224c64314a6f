"""The catalogue: every sentence a user can read, Chinese and English side by side.

One TOML file for each floor or strand, one table for each sentence::

    [negative_time]
    zh = "第 {row} 条边的时间为负：{given}。"
    en = "Arc {row} has a negative time: {given}."

The key of that sentence is ``<file>.negative_time``. Both languages carry the same
placeholders; a test holds this and that no key is missing or unused.
"""

import tomllib
from collections.abc import Mapping
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

    A value that has a method ``text(language)`` is asked for its own words first.

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
    spoken = {
        name: value.text(language) if hasattr(value, "text") else value
        for name, value in values.items()
    }
    return template.format(**spoken)


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
