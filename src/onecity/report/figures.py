"""How figures are written: plain digits in tables, 万 and 亿 in Chinese prose."""

from math import isfinite

from onecity.core.words import Language, say
from onecity.strands.contract import BorderLayer, Layer
from onecity.strands.examination import RoadLayer

NO_FIGURE = "—"
_STEPS: dict[Language, tuple[tuple[float, str], ...]] = {
    "zh": ((1e8, " 亿"), (1e4, " 万")),
    "en": ((1e9, " billion"), (1e6, " million")),
}
# Where room is short: no space before a word so brief.
_BRIEF: dict[Language, tuple[tuple[float, str], ...]] = {
    "zh": ((1e8, "亿"), (1e4, "万")),
    "en": ((1e9, "bn"), (1e6, "M")),
}
_SIGNIFICANT = 4
_LEGEND = 3


def plain(value: float, decimals: int) -> str:
    """Return a figure for a table: digits in groups of three, a dash where there is none."""
    if not isfinite(value):
        return NO_FIGURE
    # Adding zero turns -0.0 into 0.0: "-0" would read as a figure below nothing.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def spoken(value: float, decimals: int, unit: str, language: Language) -> str:
    """Return a figure for prose with its unit: 1,234 万人, 12.34 million people, 45.6%.

    Large numbers keep four significant digits, others the decimals of their indicator.
    """
    return "".join(spoken_parts(value, value, decimals, unit, language))


def spoken_parts(
    low: float, high: float, decimals: int, unit: str, language: Language
) -> tuple[str, str]:
    """Return a figure, or a range where its ends differ, and what follows: its unit."""
    if not (isfinite(low) and isfinite(high)):
        return NO_FIGURE, ""
    size, word = _step(high, _STEPS[language])
    places = _places(high / size, _SIGNIFICANT) if word else decimals
    ends = dict.fromkeys(plain(end / size, places) for end in (low, high))
    return "–".join(ends) + word, _joint(unit, word, language) + unit_words(unit, language)


def short(value: float, decimals: int, language: Language) -> str:
    """Return a figure for a legend: three digits suffice, no unit."""
    size, word = _step(value, _BRIEF[language])
    if not word:
        return plain(value, 0 if value == round(value) else decimals)
    return plain(value / size, _places(value / size, _LEGEND)) + word


def span_words(low: float, high: float, decimals: int, language: Language) -> str:
    """Return a range as short as it can be told: 1,160–1,430万, 0.95–1.20M."""
    size, word = _step(high, _BRIEF[language])
    places = _places(high / size, _LEGEND) if word else decimals
    return f"{plain(low / size, places)}–{plain(high / size, places)}{word}"


def unit_words(unit: str, language: Language) -> str:
    """Return the words of a unit."""
    return say(f"units.{unit}", language)


def _step(value: float, steps: tuple[tuple[float, str], ...]) -> tuple[float, str]:
    """Return what a figure is counted in, and the word for it."""
    return next(((size, name) for size, name in steps if abs(value) >= size), (1.0, ""))


def _places(value: float, significant: int) -> int:
    """Return how many decimals leave so many significant digits."""
    return max(significant - len(str(int(abs(value)))), 0)


def _joint(unit: str, word: str, language: Language) -> str:
    """Return what stands between figure and unit: nothing before %, nothing after 万."""
    if unit == "percent" or (language == "zh" and word):
        return ""
    return " "


def class_words(
    layer: Layer | BorderLayer | RoadLayer, row: int, language: Language, sign: str = ""
) -> str:
    """Return what a legend says of one class of a layer; `sign` follows each limit."""
    limits, decimals = layer.scale.limits, layer.indicator.decimals
    if not limits:
        return say("report.legend_all", language)
    if row == 0:
        return f"≤ {short(limits[0], decimals, language)}{sign}"
    low = short(limits[row - 1], decimals, language)
    if row == len(limits):
        return f"> {low}{sign}"
    return f"{low}–{short(limits[row], decimals, language)}{sign}"
