"""Where a figure comes from and how far it can be trusted."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .words import Language, chapter, say


class Nature(StrEnum):
    """How a figure came to be. Later members are further from the world."""

    OBSERVED = "observed"
    MODELLED = "modelled"
    ASSUMED = "assumed"

    def text(self, language: Language) -> str:
        """Return the word for this nature."""
        return say(f"core.nature_{self.value}", language)


class Grade(StrEnum):
    """How far a source has been verified; `A` is best.

    A: read from the office that made the figure. B: from a page citing that office.
    B-: the same, rounded. C: unverified, but consistent with a verified total.
    D: the remainder of a total. E: an assumption of the recipe.
    """

    A = "A"
    B = "B"
    B_MINUS = "B-"
    C = "C"
    D = "D"
    E = "E"

    def text(self, language: Language) -> str:
        """Return the grade with what it means."""
        return say(f"core.grade_{self.name.lower()}", language)


def worst_grade(grades: Iterable[Grade]) -> Grade:
    """Return the weakest of some grades: a figure is no better than its worst input."""
    order = list(Grade)
    return max(grades, key=order.index)


def worst_nature(natures: Iterable[Nature]) -> Nature:
    """Return the nature furthest from the world."""
    order = list(Nature)
    return max(natures, key=order.index)


@dataclass(frozen=True, slots=True)
class Source:
    """One origin of data, as a recipe names it and a report shows it.

    `date` is the date the data speaks of (ISO 8601, may be a year alone). `title_zh`
    and `title_en` name it to a reader; `origin` says where it can be had (a package
    with its version, a bulletin with its address, a file of the user).
    """

    key: str
    title_zh: str
    title_en: str
    origin: str
    licence: str
    date: str
    grade: Grade
    nature: Nature

    def text(self, language: Language) -> str:
        """Return the title in one language."""
        return self.title_zh if language == "zh" else self.title_en

    def terms(self, language: Language) -> str:
        """Return the licence in one language; the name of a licence stands as it is."""
        name = "_".join(self.licence.lower().split())
        known = f"licence_{name}" in chapter("core")
        return say(f"core.licence_{name}", language) if known else self.licence
