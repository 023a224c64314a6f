"""What the page says of borders: a table for the circle, its borders and its cities, and a map."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from markupsafe import Markup

from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, Language, Sentence, say
from onecity.strands.contract import BorderFinding, BorderLayer, percent

from .both import both, in_both, told, twice
from .figures import NO_FIGURE, class_words, plain
from .ground import Ground
from .names import Name
from .overlay import Key, Overlay, Stroke, on_sheet
from .paper import svg_path

SCOPES = ("region", "city", "border")
"""What a border effect is of, by the number of its codes."""
_TOLERANCE = 1.5
_WIDE, _THIN = 5.0, 2.5


@dataclass(frozen=True, slots=True)
class Line:
    """One border effect as a row of the table; `value` is what the column is sorted by."""

    name: Markup
    value: float
    percent: str
    interval: str
    variants: str
    variant_count: int
    chance: Markup
    share: str
    chance_range: str
    verdict: Markup
    mark: str
    remarks: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Borders:
    """The part of a chapter that speaks of borders."""

    title: Markup
    about: Markup
    nature: Nature
    grade: Grade
    numbers: tuple[int, ...]
    lines: Mapping[str, tuple[Line, ...]]
    common: tuple[Markup, ...]
    overlay: Overlay
    label_zh: str
    label_en: str
    marks: tuple[str, ...] = ()


def scope_of(one: BorderFinding) -> str:
    """Return what an effect is of: region, city or border."""
    return SCOPES[len(one.codes)]


def name_of(one: BorderFinding, cities: Mapping[str, Name], language: Language) -> str:
    """Return which border an effect is of, in words."""
    names = [cities[code].text(language) if code in cities else code for code in one.codes]
    match names:
        case [city]:
            return say("report.border_of_city", language, city=city)
        case [city, other]:
            return say("report.place_between", language, one=city, other=other)
        case _:
            return say("report.border_all", language)


def ordered(found: Sequence[BorderFinding], scope: str) -> list[BorderFinding]:
    """Return the effects of one scope, worst first."""
    several = [one for one in found if scope_of(one) == scope]
    return sorted(several, key=lambda one: (-one.worse * one.beta, one.codes))


def signed(value: float, decimals: int) -> str:
    """Return a change in percent with its sign: +4.3%; nothing at all has none."""
    if not isfinite(value):
        return NO_FIGURE
    text = plain(value, decimals)
    return f"+{text}%" if round(value, decimals) > 0 else f"{text}%".replace("-", "−")


def spread(ends: tuple[float, float], decimals: int) -> str:
    """Return a range of effects on the logarithm as changes in percent; a dash where unknown."""
    if not all(isfinite(end) for end in ends):
        return "—"
    low, high = (percent(end) for end in sorted(ends))
    return f"{signed(low, decimals)} … {signed(high, decimals)}"


def borders_of(
    found: Sequence[BorderFinding],
    layer: BorderLayer | None,
    places: gpd.GeoDataFrame,
    cities: Mapping[str, Name],
    numbers: Mapping[str, int],
    ground: Ground,
    known: Collection[str] = (),
) -> Borders | None:
    """Lay out a strand's border effects; nothing where it has none.

    `known` holds remarks, in Chinese, that the reader meets elsewhere; `places` the lines
    between cities, see `onecity.strands.border_lines`.
    """
    if not found:
        return None
    first = next((one for one in found if not one.codes), found[0])
    measure = first.indicator
    measures = {one.indicator.key: one.indicator for one in (first, *found)}
    said = [{remark.text("zh") for remark in one.remarks} for one in found]
    common = [one for one in first.remarks if all(one.text("zh") in some for some in said)]
    once = {one.text("zh") for one in common}
    labels = [say("report.borders_map_label", language, title=measure) for language in LANGUAGES]
    return Borders(
        title=twice(measure),
        about=in_both(measure.about),
        nature=measure.nature,
        grade=measure.grade,
        numbers=tuple(sorted(numbers[key] for key in measure.sources)),
        lines={
            scope: tuple(_line(one, cities, once) for one in ordered(found, scope))
            for scope in SCOPES
        },
        common=_once((*common, *(one for key in measures.values() for one in key.remarks)), known),
        overlay=Overlay() if layer is None else overlay_of(found, layer, places, cities, ground),
        label_zh=labels[0],
        label_en=labels[1],
    )


def _once(remarks: Sequence[Sentence], known: Collection[str]) -> tuple[Markup, ...]:
    """Return every remark once, those left out that the reader meets elsewhere."""
    words = {one.text("zh"): one for one in remarks}
    return tuple(twice(one) for text, one in words.items() if text not in known)


def _line(one: BorderFinding, cities: Mapping[str, Name], common: set[str]) -> Line:
    decimals, chance = one.indicator.decimals, one.chance
    return Line(
        name=in_both(lambda language: name_of(one, cities, language)),
        value=one.percent,
        percent=signed(one.percent, decimals),
        interval=spread(one.interval, decimals),
        variants=spread(one.variants, decimals),
        variant_count=one.variant_count,
        chance=told("report.no_chance")
        if chance is None
        else told("report.chance", p=chance.p, count=chance.count),
        share=NO_FIGURE if chance is None else f"{chance.p:.1%}",
        chance_range="" if chance is None else "–".join(f"{end:.1%}" for end in chance.p_range),
        verdict=twice(one.verdict),
        mark=one.verdict.value,
        remarks=tuple(twice(remark) for remark in one.remarks if remark.text("zh") not in common),
    )


def overlay_of(
    found: Sequence[BorderFinding],
    layer: BorderLayer,
    places: gpd.GeoDataFrame,
    cities: Mapping[str, Name],
    ground: Ground,
) -> Overlay:
    """Draw each border in the colour of its effect; what may be chance is drawn thin."""
    effects = {one.codes: one for one in found}
    decimals = layer.indicator.decimals
    strokes = []
    lines = on_sheet(ground, places.geometry)
    for row, line in zip(places.itertuples(), lines, strict=True):
        codes = (row.city_a, row.city_b)
        value, one = layer.values.get(codes), effects.get(codes)
        colour = layer.missing
        if value is not None and isfinite(value):
            rank = sum(limit < value for limit in layer.scale.limits)
            colour = layer.scale.colours[rank]
        names = [
            name_of(one, cities, language) if one else "–".join(codes) for language in LANGUAGES
        ]
        figure = NO_FIGURE if value is None else signed(value, decimals)
        verdict = "" if one is None else f" {one.verdict.text('zh')} {one.verdict.text('en')}"
        strokes.append(
            Stroke(
                svg_path(shapely.simplify(line, _TOLERANCE)),
                colour,
                _THIN if codes in layer.faint else _WIDE,
                f"{' '.join(dict.fromkeys(names))}: {figure}{verdict}",
            )
        )
    return Overlay(tuple(strokes), legend=_legend(layer))


def border_legend(layer: BorderLayer, language: Language) -> list[tuple[str, str]]:
    """Return the colours of a layer on borders, and what each means in one language."""
    found = [
        (colour, class_words(layer, row, language, "%"))
        for row, colour in enumerate(layer.scale.colours)
    ]
    return [*found, (layer.missing, say("report.legend_none", language))]


def _legend(layer: BorderLayer) -> tuple[Key, ...]:
    found = (border_legend(layer, language) for language in LANGUAGES)
    return tuple(Key(colour, both(zh, en)) for (colour, zh), (_, en) in zip(*found, strict=True))


def flat(found: Sequence[BorderFinding], cities: Mapping[str, Name]) -> pd.DataFrame:
    """Return one row for each border effect with all that must travel with it."""
    several = [one for scope in ("region", "border", "city") for one in ordered(found, scope)]
    return pd.DataFrame([_row(one, cities) for one in several])


def _row(one: BorderFinding, cities: Mapping[str, Name]) -> dict[str, Any]:
    measure, chance = one.indicator, one.chance
    codes = (*one.codes, None, None)
    interval, variants = sorted(map(percent, one.interval)), sorted(map(percent, one.variants))
    row: dict[str, Any] = {
        "strand": measure.key.partition(".")[0],
        "scope": scope_of(one),
        "city_a": codes[0],
        "city_b": codes[1],
        "name_zh": name_of(one, cities, "zh"),
        "name_en": name_of(one, cities, "en"),
        "indicator": measure.key,
        "title_zh": measure.text("zh"),
        "title_en": measure.text("en"),
        "percent": one.percent,
        "interval_low": interval[0],
        "interval_high": interval[1],
        "variants_low": variants[0],
        "variants_high": variants[1],
        "variants": one.variant_count,
        "placebo_borders": chance.count if chance else None,
        "placebo_p": chance.p if chance else None,
        "placebo_p_low": chance.p_range[0] if chance else None,
        "placebo_p_high": chance.p_range[1] if chance else None,
        "placebo_mean_percent": percent(chance.mean) if chance else None,
        "verdict": one.verdict.value,
        "verdict_zh": one.verdict.text("zh"),
        "verdict_en": one.verdict.text("en"),
        "permeability": one.permeability,
        "permeability_low": one.permeability_range[0],
        "permeability_high": one.permeability_range[1],
        "beta": one.beta,
        "theta": one.theta,
        "pairs": one.pairs,
        "unit": measure.unit,
        "nature": measure.nature.value,
        "grade": measure.grade.value,
        "sources": ";".join(measure.sources),
    }
    for language in LANGUAGES:
        said = (*one.remarks, *measure.remarks)
        row[f"remarks_{language}"] = " ".join(remark.text(language) for remark in said)
    return row
