"""Assumptions as a reader meets them: named, with words for their units, never a raw key."""

from collections.abc import Iterable

from onecity.core.words import Language, chapter, say
from onecity.region.manifest import Assumption

from .figures import unit_words

_SPEED = "speed_"


def name_of(key: str, language: Language) -> str:
    """Return what an assumption is called; one that a recipe made up keeps its key."""
    known = chapter("assumptions")
    if f"name_{key}" in known:
        return say(f"assumptions.name_{key}", language)
    if key.startswith(_SPEED):
        return say("assumptions.speed_of_road", language, road=_road(key, language))
    return key


def _road(key: str, language: Language) -> str:
    """Return the words for the class of road whose speed is assumed; its own where unknown."""
    name = key.removeprefix(_SPEED)
    if f"road_{name}" in chapter("assumptions"):
        return say(f"assumptions.road_{name}", language)
    return f" {name} " if language == "zh" else name


def amount_of(one: Assumption, language: Language) -> str:
    """Return the value with its unit: 30 分钟, 50%, 百万元/公里."""
    return _amount(one.value, one.unit, language)


def range_of(one: Assumption, language: Language) -> str:
    """Return what is believable, 20–45; nothing where no range is given."""
    if one.low is None or one.high is None:
        return ""
    low, high = (_amount(end, "share" if one.unit == "share" else "", language)
                 for end in (one.low, one.high))  # fmt: skip
    return f"{low}–{high}"


def _amount(value: float | str, unit: str, language: Language) -> str:
    if isinstance(value, str):
        return f"{value} {unit_text(unit, language)}".strip()
    match unit:
        case "share":
            return f"{100 * value:g}%"
        case "count":
            return f"{value:,g}"
        case "ratio":
            return f"{value:,g} {unit_words('times', language)}"
        case "H3":
            return f"H3 {value:g}"
        case _:
            return f"{value:,g} {unit_text(unit, language)}".strip()


def unit_text(unit: str, language: Language) -> str:
    """Return the words for a unit, or the unit as a recipe wrote it."""
    return unit_words(unit, language) if unit in chapter("units") else unit


def assumed_words(items: Iterable[Assumption], language: Language) -> str:
    """Return assumptions as one line with their ranges: 人均每日出行 1 次/天; …."""
    parts = []
    for one in items:
        bounds = range_of(one, language)
        if bounds:
            bounds = f"（{bounds}）" if language == "zh" else f" ({bounds})"
        parts.append(f"{name_of(one.key, language)} {amount_of(one, language)}{bounds}")
    return ("；" if language == "zh" else "; ").join(parts)
