"""Dossiers on a county, a city or a group: how it stands and what would help it."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES
from onecity.region.store import Region
from onecity.strands.contract import Findings, Indicator, Level, Proposal
from onecity.strands.standing import standing_of

from .borders import name_of, ordered, signed
from .both import both, in_both, told, twice
from .chapter import Card, Chip, bounds_of, figure_words
from .dossier import Bar, Dossier, Part, view_of
from .figures import plain, unit_words
from .ground import ground_of
from .names import Name, names_of, role_of
from .overlay import Overlay, Stroke, on_sheet
from .page import numbers_of
from .paper import svg_path
from .proposed import place_of

LEVELS = (Level.COUNTY, Level.CITY, Level.GROUP)
_CARDS, _PROPOSALS, _MEMBERS = 3, 6, 12
_COLOUR, _WIDE = "#c8102e", 3.0


def unit_dossier(
    region: Region,
    findings: Iterable[Findings],
    level: Level,
    code: str,
    proposals: Sequence[Proposal] = (),
) -> Dossier:
    """Return the dossier on a county, a city or a group.

    Parameters
    ----------
    findings
        What strands find; those that say nothing of this level are left out.
    proposals
        Those that give it most are named.

    Raises
    ------
    MissingError
        If there is no such unit.
    """
    names = names_of(region)
    if level not in LEVELS or code not in names[level]:
        known = ", ".join(f"{one.code} {one.zh}" for one in names.get(level, {}).values())
        raise MissingError("report.no_unit", level=level, given=code, known=known)
    several = [one for one in findings if level in one.tables and code in one.tables[level].index]
    ground, numbers = ground_of(region, names), numbers_of(region)
    counties = _counties(region, level, code)
    shape = shapely.union_all(
        region.table("counties").set_index("county").geometry.loc[counties].to_numpy()
    )
    (placed,) = on_sheet(ground, [shape])
    figures = [(one, key) for one in several for key in _ordered(one, level)]
    shown = [one.indicators[key] for one, key in figures]
    title = names[level][code]
    return Dossier(
        ground=ground,
        title=twice(title),
        kind=_kind(region, level, code, names),
        cards=tuple(_card(one, level, key, code, numbers) for one, key in figures[:_CARDS]),
        parts=(
            Part(told("report.unit_figures"), tuple(_bar(*pair, level, code) for pair in figures)),
            *_borders(several, level, code, names[Level.CITY]),
            *_members(level, counties, names[Level.COUNTY], several),
            *_proposals(proposals, level, code, counties),
        ),
        remarks=_remarks(shown),
        overlay=Overlay((Stroke(svg_path(placed.boundary), _COLOUR, _WIDE, title.zh),)),
        view=view_of([placed], ground),
        sources=tuple(dict.fromkeys(key for one in shown for key in one.sources)),
    )


def _counties(region: Region, level: Level, code: str) -> list[str]:
    """Return the counties a unit consists of."""
    match level:
        case Level.COUNTY:
            return [code]
        case Level.CITY:
            table = region.table("counties")
            return [str(one) for one in table.loc[table["city"] == code, "county"]]
        case _:
            table = region.table("groups")
            return [str(one) for one in table.loc[table["group"] == code, "county"]]


def _kind(
    region: Region, level: Level, code: str, names: Mapping[Level, Mapping[str, Name]]
) -> Markup:
    """Return what the unit is: a county of a city, a group with its role."""
    if level is Level.COUNTY:
        city = names[Level.CITY][names[level][code].city or ""]
        return in_both(lambda language: f"{level.text(language)} · {city.text(language)}")
    if level is Level.GROUP:
        table = region.table("groups")
        role = str(table.loc[table["group"] == code, "role"].iloc[0])
        return in_both(lambda language: f"{level.text(language)} · {role_of(role, language)}")
    return twice(level)


def _ordered(findings: Findings, level: Level) -> list[str]:
    """Return the figures of a level, those of the region's headline first."""
    table = findings.tables[level]
    first = [key for key in findings.headline if key in table.columns]
    return first + [key for key in table.columns if key not in first]


def _card(
    findings: Findings, level: Level, key: str, code: str, numbers: Mapping[str, int]
) -> Card:
    one = findings.indicators[key]
    value = float(findings.tables[level][key].loc[code])
    low, high = bounds_of(findings, level, key, code)
    span = None
    if isfinite(low) and isfinite(high) and low < high:
        span = both(*(figure_words(low, high, one, language) for language in LANGUAGES))
    chip = Chip(one.nature, one.grade, tuple(sorted(numbers[each] for each in one.sources)))
    figure = both(*(figure_words(value, value, one, language) for language in LANGUAGES))
    return Card(twice(one), _place(findings, level, key, code), figure, span, chip)


def _place(findings: Findings, level: Level, key: str, code: str) -> Markup:
    """Return where the unit stands among its like, in words; nothing where no place is known."""
    table = findings.tables[level]
    row = list(table.index).index(code)
    standing = standing_of(table[key].to_numpy(), row, findings.indicators[key].better)
    if standing is None:
        return Markup()
    key = "unit_place_tied" if standing.tied else "unit_place"
    return told(f"report.{key}", place=standing.place, of=standing.of)


def _bar(findings: Findings, key: str, level: Level, code: str) -> Bar:
    one = findings.indicators[key]
    value = float(findings.tables[level][key].loc[code])
    units = {language: unit_words(one.unit, language) for language in LANGUAGES}
    place = _place(findings, level, key, code)
    text = Markup("{0} <small>{1}</small>").format(plain(value, one.decimals), place)
    return Bar(Markup("{0} ({1}) {2}").format(twice(one), both(**units), one.grade.value), text, 0)


def _borders(
    several: Sequence[Findings], level: Level, code: str, cities: Mapping[str, Name]
) -> tuple[Part, ...]:
    """Return what the city's borders cost, that against all the rest first."""
    if level is not Level.CITY:
        return ()
    bars = []
    for findings in several:
        mine = [one for one in findings.borders if code in one.codes]
        for one in (*ordered(mine, "city"), *ordered(mine, "border")):
            decimals = one.indicator.decimals
            text = Markup("{0}% <small>{1}</small>").format(
                signed(one.percent, decimals), twice(one.verdict)
            )
            name = both(*(name_of(one, cities, language) for language in LANGUAGES))
            bars.append(Bar(name, text, 0))
    return (Part(told("report.borders_heading"), tuple(bars)),) if bars else ()


def _members(
    level: Level,
    counties: Sequence[str],
    names: Mapping[str, Name],
    several: Sequence[Findings],
) -> tuple[Part, ...]:
    """Return the counties of a unit with the first figure they have."""
    if level is Level.COUNTY or not several or Level.COUNTY not in several[0].tables:
        return ()
    findings = several[0]
    table = findings.tables[Level.COUNTY]
    key = _ordered(findings, Level.COUNTY)[0]
    one = findings.indicators[key]
    values = table[key].reindex(list(counties)).to_numpy(dtype=np.float64)
    bars = tuple(
        Bar(twice(names[county]), plain(float(value), one.decimals), 0)
        for county, value in list(zip(counties, values, strict=True))[:_MEMBERS]
    )
    units = {language: unit_words(one.unit, language) for language in LANGUAGES}
    return (Part(Markup("{0} ({1})").format(twice(one), both(**units)), bars),)


def _proposals(
    proposals: Sequence[Proposal], level: Level, code: str, counties: Sequence[str]
) -> tuple[Part, ...]:
    """Return the proposals that give the unit most, with its share of each."""

    def gain(one: Proposal) -> float:
        if level is Level.CITY:
            return one.gains.get(code, 0.0)
        return sum(one.gains_by_county.get(county, 0.0) for county in counties)

    best = sorted((one for one in proposals if gain(one) > 0), key=gain, reverse=True)
    if not best:
        return ()
    most = gain(best[0])
    bars = tuple(
        Bar(
            both(*(f"{one.rank}. {place_of(one, language)}" for language in LANGUAGES)),
            plain(gain(one), one.indicator.decimals),
            100 * gain(one) / most,
        )
        for one in best[:_PROPOSALS]
    )
    measure = best[0].indicator
    units = {language: unit_words(measure.unit, language) for language in LANGUAGES}
    title = Markup("{0} · {1} ({2})").format(
        told("report.unit_proposals"), twice(measure), both(**units)
    )
    return (Part(title, bars),)


def _remarks(shown: Sequence[Indicator]) -> tuple[Markup, ...]:
    """Return what changes how the figures are read, each once."""
    told_of: dict[str, Any] = {remark.text("zh"): remark for one in shown for remark in one.remarks}
    return tuple(twice(remark) for remark in told_of.values())
