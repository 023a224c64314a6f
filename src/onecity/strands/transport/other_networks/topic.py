"""The topic itself: figures and lists of networks besides roads."""

from dataclasses import dataclass
from itertools import combinations
from math import expm1

import numpy as np
import pandas as pd
import shapely

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Nature
from onecity.core.words import LANGUAGES, Sentence, say
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Better, Findings, Indicator, Level, Matrix, Need
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.transport.assumed import Default, check_number, number
from onecity.strands.transport.cuts.columns import Figure, indicator_of
from onecity.strands.transport.indicators import TIMES
from onecity.strands.units import Name

from .across import Across, Borders, across, borders_of, pairs_of
from .kinds import ROADS, Kind, kinds_of
from .together import Together, couplings

KEY = "networks"
BESIDE = Default(100.0, "m", 30.0, 300.0)
_LINES = ("cities", "lines", "rail_edges", "road_nodes")
"""Where roads run is as sure as their nodes; the table of edges is graded by its assumed times."""
_SEEN = Nature.OBSERVED
_HIGHER, _NEITHER = Better.HIGHER, Better.NEITHER

EDGES = Figure("networks.edges", "count", _NEITHER, _LINES, made=_SEEN)
CROSSING = Figure("networks.crossing", "count", _HIGHER, _LINES, made=_SEEN)
PLACED = Figure("networks.placed", "count", _HIGHER, (*_LINES, "zones"))
EXPECTED = Figure("networks.expected", "count", _NEITHER, (*_LINES, "zones"), 1)
LOW = Figure("networks.expected_low", "count", _NEITHER, (*_LINES, "zones"), 1)
HIGH = Figure("networks.expected_high", "count", _NEITHER, (*_LINES, "zones"), 1)
EFFECT = Figure("networks.border", "percent", _HIGHER, (*_LINES, "zones"), 1)
CHANCE = Figure("networks.chance", "percent", _NEITHER, (*_LINES, "zones"), 1)
BORDER = (EDGES, CROSSING, PLACED, EXPECTED, LOW, HIGH, EFFECT, CHANCE)
MEAN = Figure("networks.coupling", "percent", Better.LOWER, _LINES, 2)
WORST = Figure("networks.coupling_worst", "percent", Better.LOWER, _LINES, 2)
TAKING = Figure("networks.coupling_edges", "count", Better.LOWER, _LINES)
KINDS = Figure(
    "networks.kinds", "count", _HIGHER, _LINES, levels=(Level.CITY, Level.REGION), made=_SEEN
)
BETWEEN = Figure("networks.kinds_between", "count", _HIGHER, _LINES, made=_SEEN)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """All that was found, before it is told."""

    region: Region
    kinds: tuple[Kind, ...]
    borders: Borders | None
    crossing: tuple[Across, ...]
    together: tuple[Together, ...]
    beside: Assumption

    def indicator(self, one: Figure, *remarks: Sentence) -> Indicator:
        """Return an indicator, trusted as those of its tables that are there."""
        return indicator_of(one, self.region, remarks)


def has_networks(region: Region) -> bool:
    """Return whether a region has a network besides its roads."""
    return any(region.has(name) and len(region.table(name)) for name in ("lines", "rail_edges"))


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return whether networks stop at city borders, and what one loses with another.

    Raises
    ------
    InputError
        If tables name nodes, zones, counties or cities that the region does not have, or an
        assumption is no number.
    """
    beside = _assumed(region)
    progress.stage("networks.stage_borders")
    kinds = kinds_of(region)
    borders = borders_of(region)
    crossing = () if borders is None else tuple(across(region, borders, one) for one in kinds)
    progress.stage("networks.stage_together")
    seen = _Seen(
        region=region,
        kinds=kinds,
        borders=borders,
        crossing=tuple(one for one in crossing if one is not None),
        together=tuple(couplings(kinds, number(beside))),
        beside=beside,
    )
    rankings = [_borders(seen), _pairs(seen)] if seen.crossing else []
    if seen.together:
        rankings.append(_couplings(seen))
    return Examination(KEY, _findings(seen), tuple(rankings), (), (beside,))


def _assumed(region: Region) -> Assumption:
    given = {one.key: one for one in region.manifest.assumptions}
    why = {language: say("networks.why_network_beside_m", language) for language in LANGUAGES}
    default = Assumption(
        "network_beside_m", BESIDE.value, BESIDE.unit, why["zh"], why["en"], BESIDE.low, BESIDE.high
    )
    found = given.get("network_beside_m", default)
    check_number(found, may_be_zero=False)
    return found


def _findings(seen: _Seen) -> Findings:
    codes = pd.Index(seen.region.table("cities")["city"], name="city")
    joined = [pairs_of(one, len(codes)) > 0 for one in seen.crossing]
    between = np.zeros((len(codes), len(codes))) if not joined else np.sum(joined, axis=0)
    between = between.astype(np.float64)
    np.fill_diagonal(between, np.nan)
    every = np.array([one.any(axis=1) for one in joined]).reshape(len(joined), len(codes))
    units = u.units_of(seen.region)
    columns = {
        Level.CITY: {KINDS.key: every.sum(axis=0).astype(np.float64)},
        Level.REGION: {KINDS.key: np.array([float(len(seen.kinds))])},
    }
    tables = {level: u.frame(one, columns.get(level, {})) for level, one in units.items()}
    matrices: tuple[Matrix, ...] = ()
    if len(codes) > 1:
        values = pd.DataFrame(between, index=codes, columns=codes.rename(None), dtype=float)
        matrices = (Matrix(seen.indicator(BETWEEN), Level.CITY, values),)
    remarks = [Sentence("networks.by_ends")]
    if seen.borders is None:
        remarks.append(Sentence("networks.no_borders"))
    shown = {one.kind.key for one in seen.crossing}
    if seen.borders is not None:
        remarks += [
            Sentence("networks.none_within", {"kind": one.name})
            for one in seen.kinds
            if one.key not in shown
        ]
    if len(seen.kinds) == 1:
        remarks.append(Sentence("networks.roads_alone"))
    return Findings(
        strand="transport",
        region_hash=seen.region.hash,
        indicators={KINDS.key: seen.indicator(KINDS)},
        tables=tables,
        matrices=matrices,
        remarks=tuple(remarks),
        headline=(KINDS.key,),
    )


def _borders(seen: _Seen) -> Ranking:
    """Return every network with what crosses borders, the most held back first."""
    rows = []
    for one in seen.crossing:
        found = one.counted
        low, high = found.expected_range
        values = (
            float((one.between >= 0).all(axis=1).sum()),
            float(one.crossing),
            found.observed,
            found.expected,
            low,
            high,
            100 * expm1(found.beta) if found.expected > 0 else float("nan"),
            100 * found.p_value,
        )
        rows.append(Ranked(one.kind.name, values, remarks=_on_border(one)))
    rows.sort(key=lambda row: (np.nan_to_num(row.values[6], nan=np.inf), row.name["en"]))
    columns = tuple(seen.indicator(one) for one in BORDER)
    return Ranking("networks.ranking_borders", columns, tuple(rows), len(rows))


def _on_border(one: Across) -> tuple[Sentence, ...]:
    found = one.counted
    remarks = [Sentence(f"networks.verdict_{one.verdict.value}")]
    if found.expected > 0:
        low, high = (100 * expm1(beta) for beta in found.beta_interval)
        remarks.append(Sentence("networks.interval", {"low": low, "high": high}))
    if one.carried is not None:
        told = {
            "unit": one.kind.unit,
            "observed": one.carried.observed,
            "expected": one.carried.expected,
            "p": one.carried.p_value,
        }
        remarks.append(Sentence("networks.carries", told))
    return tuple(remarks)


def _pairs(seen: _Seen) -> Ranking:
    """Return which lines of which network join which cities, network by network."""
    cities = seen.region.table("cities")
    rows = []
    for one in seen.crossing:
        count = pairs_of(one, len(cities))
        for a, b in combinations(range(len(cities)), 2):
            if not count[a, b]:
                continue
            names = [Name(*cities[["name_zh", "name_en"]].iloc[row]) for row in (a, b)]
            kind = one.kind
            mine = (np.sort(one.between, axis=1) == sorted((a, b))).all(axis=1)
            edges = kind.rows[mine] if kind.key == ROADS else kind.rows[:0]
            rows.append(
                Ranked(
                    name={
                        "zh": f"{kind.name['zh']}：{names[0].zh}—{names[1].zh}",
                        "en": f"{kind.name['en']}: {names[0].en}–{names[1].en}",
                    },
                    values=(float(count[a, b]),),
                    cities=tuple(str(cities["city"].iloc[row]) for row in (a, b)),
                    edges=tuple(int(edge) for edge in edges),
                    remarks=_sums(kind, mine),
                )
            )
    columns = (seen.indicator(CROSSING),)
    return Ranking("networks.ranking_pairs", columns, tuple(rows), len(rows))


def _sums(kind: Kind, mine: np.ndarray) -> tuple[Sentence, ...]:
    capacity = kind.capacity[mine]
    if kind.unit is None or np.isnan(capacity).any():
        return ()
    return (Sentence("networks.sum", {"given": float(capacity.sum()), "unit": kind.unit}),)


def _couplings(seen: _Seen) -> Ranking:
    rows = []
    for one in seen.together:
        worst = one.worst
        share = one.found.share
        middle = shapely.line_interpolate_point(one.a.course[worst], 0.5, normalized=True)
        taken = {
            "edges": int(one.found.edges[worst]),
            "nodes": int(one.found.nodes[worst]),
            "line": one.a.line[worst],
        }
        takes = bool(share[worst] > 0)
        rows.append(
            Ranked(
                name={
                    "zh": f"{one.a.name['zh']}→{one.b.name['zh']}",
                    "en": f"{one.a.name['en']} → {one.b.name['en']}",
                },
                values=(
                    100 * one.found.figure,
                    100 * float(share[worst]),
                    float((share > 0).sum()),
                ),
                edges=(int(one.a.rows[worst]),) if takes and one.a.key == ROADS else (),
                point=(float(middle.x), float(middle.y)) if takes else None,
                remarks=(Sentence("networks.worst_line", taken),) if takes else (),
            )
        )
    shown = [Sentence("networks.beside", {"metres": number(seen.beside)})]
    if any(one.named for one in seen.together):
        shown.append(Sentence("networks.shared_nodes"))
    columns = tuple(seen.indicator(one) for one in (MEAN, WORST, TAKING))
    return Ranking("networks.ranking_couplings", columns, tuple(rows), len(rows), tuple(shown))


TOPIC = Topic(
    strand="transport",
    key=KEY,
    needs=(
        *(Need(name) for name in TIMES[:1]),
        *(Need(name) for name in ("counties", *TIMES[1:4])),
        Need("rail_edges", optional=True, without=Sentence("networks.without_rail")),
        Need("lines", optional=True, without=Sentence("networks.without_lines")),
    ),
    examine=examine,
    fits=has_networks,
)
