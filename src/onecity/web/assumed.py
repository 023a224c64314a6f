"""Assumptions, as every answer tells them that rests on some."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from onecity.core.words import LANGUAGES
from onecity.region.manifest import Assumption
from onecity.report.assumed import name_of, unit_text

from .words import Words, words


class Assumed(BaseModel):
    """假定: a number that no source gives."""

    key: str
    name: Words
    value: float | str
    low: float | None
    high: float | None
    unit: Words
    why: Words


def assumed_told(several: Iterable[Assumption]) -> list[dict[str, Any]]:
    """Return assumptions as `Assumed` says."""
    return [
        {
            "key": one.key,
            "name": {language: name_of(one.key, language) for language in LANGUAGES},
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "unit": {language: unit_text(one.unit, language) for language in LANGUAGES},
            "why": words(one),
        }
        for one in several
    ]
