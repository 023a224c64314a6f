"""What a figure is, as every answer tells it beside the figure."""

from typing import Literal

from pydantic import BaseModel, Field

from onecity.core.words import LANGUAGES, say
from onecity.strands import contract

from .words import Spoken, Words, words


class Named(Words):
    """A key with its words (代码与名称)."""

    key: str


class Indicator(BaseModel):
    """What a figure is, and how far it can be trusted (指标的含义与可信程度)."""

    key: str = Field(examples=["transport.minutes_core"])
    title: Words
    about: Words
    unit: Named
    decimals: int = Field(description="Decimals worth showing; figures are not rounded.")
    better: Literal["higher", "lower", "neither"]
    nature: Named
    grade: str = Field(description="A (best), B, B-, C, D or E.", examples=["B-"])
    sources: list[str] = Field(description="Keys of the region's sources.")
    remarks: list[Words]


def keyed(key: str, spoken: Spoken) -> dict[str, str]:
    """Return a key with its words."""
    return {"key": key, **words(spoken)}


def unit_told(unit: str) -> dict[str, str]:
    """Return a unit with its words."""
    return {"key": unit, **{language: say(f"units.{unit}", language) for language in LANGUAGES}}


def indicator_told(one: contract.Indicator) -> dict[str, object]:
    """Return what a figure is, as `Indicator`."""
    return {
        "key": one.key,
        "title": words(one),
        "about": {language: one.about(language) for language in LANGUAGES},
        "unit": unit_told(one.unit),
        "decimals": one.decimals,
        "better": one.better.value,
        "nature": keyed(one.nature.value, one.nature),
        "grade": one.grade.value,
        "sources": list(one.sources),
        "remarks": [words(remark) for remark in one.remarks],
    }
