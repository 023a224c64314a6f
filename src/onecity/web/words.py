"""Words for people, in both languages: browsers switch without asking again."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from onecity.core.words import LANGUAGES, Language, say


class Spoken(Protocol):
    """Anything with its own words."""

    def text(self, language: Language, /) -> str:
        """Return its words in one language."""


class Words(BaseModel):
    """中英文对照: one text in Chinese and English."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"examples": [{"zh": "武汉市", "en": "Wuhan"}]}
    )

    zh: str
    en: str


def words(spoken: Spoken) -> dict[str, str]:
    """Return what something says in both languages."""
    return {language: spoken.text(language) for language in LANGUAGES}


def told(key: str, /, **values: object) -> dict[str, str]:
    """Return a sentence of the catalogue in both languages."""
    return {language: say(key, language, **values) for language in LANGUAGES}


def named(zh: str, en: object) -> dict[str, str]:
    """Return a name; where there is no English one, the Chinese stands for it."""
    return {"zh": zh, "en": en if isinstance(en, str) and en else zh}
