"""Words in both languages side by side; the page shows one of them."""

from collections.abc import Callable
from typing import Protocol

from markupsafe import Markup

from onecity.core.words import LANGUAGES, Language, say

TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


class Spoken(Protocol):
    """Anything with its own words."""

    def text(self, language: Language, /) -> str:
        """Return its words in one language."""


def both(zh: str, en: str) -> Markup:
    """Return two texts as markup of which the page shows the one in its language."""
    if zh == en:
        return Markup("{0}").format(zh)
    texts: dict[Language, str] = {"zh": zh, "en": en}
    return Markup("").join(
        Markup('<span class="{0}" lang="{1}">{2}</span>').format(language, TAGS[language], text)
        for language, text in texts.items()
    )


def in_both(make: Callable[[Language], str]) -> Markup:
    """Return what a function says in each language, side by side."""
    return both(*(make(language) for language in LANGUAGES))


def twice(words: Spoken) -> Markup:
    """Return the words of something in both languages."""
    return both(*(words.text(language) for language in LANGUAGES))


def told(key: str, /, **values: object) -> Markup:
    """Return a sentence of the catalogue in both languages."""
    return both(*(say(key, language, **values) for language in LANGUAGES))


def tip(zh: str, en: str) -> Markup:
    """Return two texts as attributes: a tip that the page turns to its language."""
    return Markup('title="{0}" data-zh="{0}" data-en="{1}"').format(zh, en)


def label(zh: str, en: str) -> Markup:
    """Return two texts as attributes: a name for those who hear the page."""
    return Markup('aria-label="{0}" data-zh-label="{0}" data-en-label="{1}"').format(zh, en)


def labelled(key: str) -> Markup:
    """Return a sentence of the catalogue as a name for those who hear the page."""
    return label(*(say(key, language) for language in LANGUAGES))
