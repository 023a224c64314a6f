"""Dossiers on a border between two cities and on a proposal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES, chapter
from onecity.region.road_classes import holds_every_road
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import (
    BorderFinding,
    BorderLayer,
    Findings,
    Layer,
    Level,
    Matrix,
    Proposal,
)

from .borders import Line, borders_of, name_of
from .both import both, in_both, told, twice
from .chapter import Card, Chip
from .dossier import LEAST_VIEW, Bar, Dossier, Part, view_of
from .figures import plain, unit_words
from .ground import ground_of, with_streets
from .names import Name, names_of
from .overlay import on_sheet
from .page import numbers_of
from .proposals import overlay_of, proposals_of
from .proposed import ends_of, shares

_MOST_COUNTIES = 8
_STREETS_M = 1_200.0
"""Where every road is known, the map of a link shows the streets in this width around it."""
_EVIDENCE = (
    "km", "minutes", "minutes_now", "detour", "roads_crossed", "water", "railways", "new_trips",
)  # fmt: skip


def border_dossier(
    region: Region,
    findings: Findings,
    layers: Sequence[Layer | BorderLayer],
    codes: tuple[str, str],
) -> Dossier:
    """Return the dossier on the border of two cities.

    Raises
    ------
    MissingError
        If the strand says nothing of that border.
    """
    wanted = tuple(sorted(codes))
    one = next((each for each in findings.borders if each.codes == wanted), None)
    names = names_of(region)
    cities = names[Level.CITY]
    if one is None:
        given = " – ".join(cities[code].zh if code in cities else code for code in wanted)
        known = [name_of(each, cities, "zh") for each in findings.borders if len(each.codes) == 2]
        raise MissingError("report.no_border", given=given, known=", ".join(known))
    lines, ground = border_lines(region), ground_of(region, names)
    layer = next((each for each in layers if isinstance(each, BorderLayer)), None)
    numbers = numbers_of(region)
    # The circle and both cities beside it: one border says little alone.
    near = [each for each in findings.borders if set(each.codes) <= set(wanted)]
    laid = borders_of(near, layer, lines, cities, numbers, ground)
    if laid is None:
        raise ValueError("a border that was found can be laid out")
    line = laid.lines["border"][0]
    measure = one.indicator
    chip = Chip(measure.nature, measure.grade, tuple(sorted(numbers[k] for k in measure.sources)))
    beside = [
        Bar(row.name, row.percent, 0.0)
        for scope in ("region", "border", "city")
        for row in laid.lines[scope]
    ]
    at = lines[(lines["city_a"] == wanted[0]) & (lines["city_b"] == wanted[1])]
    shapes = on_sheet(ground, at.geometry)
    return Dossier(
        ground=ground,
        title=in_both(lambda language: name_of(one, cities, language)),
        kind=told("report.borders_heading"),
        cards=_cards(one, line, chip),
        parts=(
            Part(told("report.dossier_beside"), tuple(beside)),
            *_between(findings.matrices, wanted, cities, measure.key),
        ),
        remarks=_said(one, measure),
        overlay=laid.overlay,
        view=view_of(shapes, ground),
        sources=measure.sources,
    )


def _cards(one: BorderFinding, line: Line, chip: Chip) -> tuple[Card, ...]:
    return (
        Card(
            twice(one.indicator),
            twice(one.verdict),
            Markup("{0}").format(line.percent),
            Markup("{0}").format(line.variants),
            chip,
        ),
        Card(
            told("report.border_interval"),
            Markup(),
            Markup("{0}").format(line.interval),
            None,
            chip,
        ),
        Card(
            told("report.border_chance"), line.chance, Markup("{0}").format(line.share), None, chip
        ),
    )


def _between(
    matrices: Iterable[Matrix], codes: Sequence[str], cities: Mapping[str, Name], shown: str
) -> tuple[Part, ...]:
    """Return what is known between two cities, both ways, but for the indicator shown."""
    bars = []
    for matrix in matrices:
        if matrix.level is not Level.CITY or matrix.indicator.key == shown:
            continue
        one = matrix.indicator
        figures = {str(row): dict(line) for row, line in matrix.values.iterrows()}
        for start, end in (tuple(codes), tuple(reversed(codes))):
            ways = told("report.from_city_to_city", title=one, one=cities[start], other=cities[end])
            units = {language: unit_words(one.unit, language) for language in LANGUAGES}
            value = plain(float(figures[start][end]), one.decimals)
            bars.append(Bar(Markup("{0} ({1})").format(ways, both(**units)), value, 0.0))
    return (Part(told("report.dossier_between"), tuple(bars)),) if bars else ()


def _said(one: BorderFinding | Proposal, measure: Any) -> tuple[Markup, ...]:
    words = {remark.text("zh"): remark for remark in (*one.remarks, *measure.remarks)}
    return tuple(twice(remark) for remark in words.values())


def proposal_dossier(region: Region, one: Proposal) -> Dossier:
    """Return the dossier on one proposal."""
    names = names_of(region)
    cities, counties = names[Level.CITY], names[Level.COUNTY]
    numbers, ground = numbers_of(region), ground_of(region, names)
    laid = proposals_of([replace(one, rank=1)], cities, numbers, ground)
    if laid is None:
        raise ValueError("one proposal can be laid out")
    line, measure = laid.lines[0], one.indicator
    chip = Chip(measure.nature, one.grade, laid.numbers)
    dash = Markup("{0}")
    cards = [
        Card(laid.title, laid.about, laid.top, laid.top_span, chip),
        Card(
            told("report.rank_range"),
            line.in_top,
            dash.format(line.ranks or "—"),
            None,
            chip,
        ),
        Card(
            told("report.cost"),
            told("report.proposals_no_cost") if not laid.costed else Markup(),
            dash.format(line.cost),
            dash.format(line.per_million) if laid.costed else None,
            chip,
        ),
    ]
    overlay = overlay_of([one], ground)
    shapes = on_sheet(ground, [_line(one)]) if ends_of(one) else []
    streets = bool(shapes) and holds_every_road(region)
    least = min(LEAST_VIEW, _STREETS_M / ground.sheet.metres) if streets else LEAST_VIEW
    view = view_of(shapes, ground, least)
    if streets:
        ground = with_streets(ground, region, view.x, view.y, view.width, view.height)
    return Dossier(
        ground=ground,
        title=line.place,
        kind=Markup("{0} · {1} {2}").format(line.kind, told("report.rank"), one.rank),
        cards=tuple(cards),
        parts=(
            Part(told("report.winners"), _bars(one.gains, cities)),
            Part(told("report.payers"), _bars(one.payers, cities)),
            Part(
                told("report.dossier_counties"),
                _bars(one.gains_by_county, counties)[:_MOST_COUNTIES],
            ),
            *_evidence(one),
        ),
        remarks=_said(one, measure),
        overlay=overlay,
        view=view,
        assumptions=one.assumptions,
        sources=measure.sources,
    )


def _line(one: Proposal) -> BaseGeometry:
    return LineString(ends_of(one) or ())


def _bars(values: Mapping[str, float], names: Mapping[str, Name]) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            twice(names[code]) if code in names else Markup("{0}").format(code),
            f"{part:.0%}",
            100 * max(part, 0.0),
        )
        for code, part in shares(values)
    )


def _evidence(one: Proposal) -> tuple[Part, ...]:
    """Return the plain figures among the evidence that the catalogue has words for."""
    bars = []
    for name in _EVIDENCE:
        value = one.evidence.get(name)
        if f"evidence_{name}" in chapter("report") and isinstance(value, int | float):
            bars.append(Bar(told(f"report.evidence_{name}"), plain(value, _decimals(value)), 0.0))
    ends = ends_of(one)
    if ends:
        at = LineString(ends).interpolate(0.5, normalized=True)
        bars.append(Bar(told("report.evidence_at"), f"{at.x:.4f}, {at.y:.4f}", 0.0))
    return (Part(told("report.dossier_evidence"), tuple(bars)),) if bars else ()


def _decimals(value: float) -> int:
    if isinstance(value, int) or value == 0 or abs(value) >= 100:
        return 0
    return 1 if abs(value) >= 1 else 2
