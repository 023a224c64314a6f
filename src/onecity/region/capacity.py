"""Capacity of facilities that give none: what their level and kind ask of them at least.

What is assumed is the least that the rule named with it asks of such a facility, so that it is
low rather than high; nature and grade say that it is assumed. A recipe that sets
``[assumptions.capacity_<kind>]`` or ``[assumptions.capacity_<kind>_<level>]`` puts its own
number in its place.
"""

import re
from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

from onecity.core.errors import InputError
from onecity.core.words import say

from .manifest import Assumption

UNITS = ("beds", "places", "seats", "people_per_day", "m2")
"""Units that capacities may be given in."""


class Rule(NamedTuple):
    """The least capacity of a kind, by level or of any: value, unit, range."""

    value: float
    unit: str
    low: float
    high: float


RULES: Mapping[str, Rule] = {
    "hospital_3": Rule(500.0, "beds", 500.0, 1500.0),
    "hospital_2": Rule(100.0, "beds", 100.0, 499.0),
    "hospital_1": Rule(20.0, "beds", 20.0, 99.0),
    "hospital": Rule(20.0, "beds", 20.0, 100.0),
    "clinic": Rule(5.0, "beds", 5.0, 50.0),
    "kindergarten": Rule(180.0, "places", 90.0, 360.0),
    "primary_school": Rule(540.0, "places", 270.0, 1350.0),
    "middle_school": Rule(600.0, "places", 600.0, 1500.0),
    "school": Rule(840.0, "places", 540.0, 2000.0),
    "vocational_school": Rule(1200.0, "places", 1200.0, 5000.0),
    "university": Rule(2000.0, "places", 2000.0, 20000.0),
    "elderly_care": Rule(10.0, "beds", 10.0, 100.0),
}
"""Kind, with its level where that matters, to its least capacity.

Their reasons are in the catalogue under ``facilities.why_capacity_<key>``. Hospitals: Measures
for the Graded Management of Hospitals (Ministry of Health, 1989) and Basic Standards of
Medical Institutions (1994). Clinics: Basic Standards of Community Health Centres (2006).
Kindergartens: JB 175-2016. Schools: construction standards of urban schools (2002), classes of
45 in primary and 50 in middle schools. Vocational schools: setting standards of 2010.
Universities: the least of the setting standards of 2000. Care homes: Measures for the
Management of Elderly Care Institutions (2020), article 2.
"""

_HOSPITAL_LEVELS = {
    "3": r"三级|三甲|三乙|三丙|\biii\b|\btertiary\b|(?:level|grade)\s*3|^3(?![\d.])",
    "2": r"二级|二甲|二乙|二丙|\bii\b|\bsecondary\b|(?:level|grade)\s*2|^2(?![\d.])",
    "1": r"一级|一甲|一乙|一丙|\bi\b|\bprimary\b|(?:level|grade)\s*1|^1(?![\d.])",
}


def least_capacity(
    kind: str, level: object, assumptions: Iterable[Assumption] = ()
) -> Assumption | None:
    """Return what a facility of a kind and level is taken to hold at least, None for no rule.

    Parameters
    ----------
    kind
        As in the table.
    level
        As it is written there, or nothing.
    assumptions
        Of the region's manifest; those named ``capacity_...`` go before `RULES`.

    Raises
    ------
    InputError
        If an assumption is no number of at least 0, or in none of `UNITS`.
    """
    own = {one.key: one for one in assumptions if one.key.startswith("capacity_")}
    return _rule(_key(kind, level), own)


def hospital_level(level: object) -> str | None:
    """Return 3, 2 or 1 for a hospital's level as it is written, None where it says none."""
    if not isinstance(level, str):
        return None
    said = level.strip().lower()
    return next((key for key, form in _HOSPITAL_LEVELS.items() if re.search(form, said)), None)


def _key(kind: str, level: object) -> str:
    grade = hospital_level(level) if kind == "hospital" else None
    return f"{kind}_{grade}" if grade else kind


def _rule(key: str, own: Mapping[str, Assumption]) -> Assumption | None:
    """Return what a facility of a kind and level is assumed to hold: the recipe's, else ours."""
    kind = key.rpartition("_")[0] if key[-1].isdecimal() else key
    for name in dict.fromkeys((key, kind)):
        given = own.get(f"capacity_{name}")
        if given is not None:
            if not isinstance(given.value, float | int) or not 0 <= given.value < inf:
                raise InputError("facilities.bad_assumption", key=given.key, given=given.value)
            if given.unit not in UNITS:
                known = ", ".join(UNITS)
                raise InputError(
                    "facilities.bad_unit", key=given.key, given=given.unit, known=known
                )
            return given
        if name in RULES:
            rule = RULES[name]
            zh, en = (say(f"facilities.why_capacity_{name}", one) for one in ("zh", "en"))
            return Assumption(
                f"capacity_{name}", rule.value, rule.unit, zh, en, rule.low, rule.high
            )
    return None
