"""The topic ``traffic``: which roads are full in the peak hour, and what one more lane gives."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence, both
from onecity.region.store import Region
from onecity.strands.contract import Findings, Indicator, Layer, Level, Need
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer, Topic
from onecity.strands.scales import BROWNS, fixed, quantiles
from onecity.strands.transport.layers import MINUTES

from .bottlenecks import (
    LaneDrop,
    Stretch,
    city_of_nodes,
    lane_drops,
    lane_values,
    stretches_of,
    users_of,
)
from .figures import ranges, seconds_on_empty, unit_figures
from .indicators import (
    CORE_ADDED,
    FULL_SHARE,
    HOURS_LOST,
    OF_DROPS,
    OF_STRETCHES,
    OF_UNITS,
    ROAD_HOURS,
    SATURATION,
    SHARE_LOST,
    TO_CORE,
    indicators,
)
from .loading import Loading, loading_of
from .naming import Names
from .remarks import lanes_known, on_loading

STRAND = "transport"
KEY = "traffic"
RESOLVED = 5
"""Stretches whose next lane is built and the equilibrium found anew."""
LISTED = 50
"""Rows of a list."""
USERS_TOLD = 3
"""Pairs of cities named beside a stretch."""
RATIOS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SHARES = (2.0, 5.0, 10.0, 20.0, 30.0, 40.0)
_TABLES = ("cities", "counties", "zones", "road_nodes", "road_edges", "connectors")


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return the peak hour of a region; errors as of `loading.loading_of`."""
    return examination_of(loading_of(region, progress=progress), progress=progress)


def examination_of(loading: Loading, *, progress: Progress = SILENCE) -> Examination:
    """Return what a loading shows: figures, lists, layers."""
    region = loading.region
    remarks = on_loading(loading)
    known = indicators(
        region,
        (*OF_UNITS, *OF_STRETCHES, *OF_DROPS),
        remarks,
        lanes_known=lanes_known(loading),
        hours_lost=float(loading.hours_lost.sum()),
    )
    on_empty = seconds_on_empty(loading)
    tables = unit_figures(loading, on_empty)
    low, high = ranges(loading, tables, on_empty)
    findings = Findings(
        strand=STRAND,
        region_hash=region.hash,
        indicators={one.key: known[one.key] for one in OF_UNITS},
        tables=tables,
        low=low,
        high=high,
        remarks=remarks,
        headline=(SHARE_LOST.key, HOURS_LOST.key, CORE_ADDED.key, FULL_SHARE.key),
    )
    return Examination(
        topic=KEY,
        findings=findings,
        rankings=(*_of_stretches(loading, known, progress), _of_drops(loading, known)),
        layers=_layers(loading, findings, known),
        assumptions=loading.assumptions,
    )


def _of_stretches(
    loading: Loading, known: Mapping[str, Indicator], progress: Progress
) -> tuple[Ranking, ...]:
    """Return the same stretches by what a lane gives, found anew; by v/c; and by first order."""
    found = stretches_of(loading)
    worth = [one for one in found[:RESOLVED] if one.first_order > 0]
    values = dict(zip(map(id, worth), lane_values(loading, worth, progress=progress), strict=True))
    rows = _Rows(loading, values)
    columns = tuple(known[one.key] for one in OF_STRETCHES)

    def ranking(name: str, order: Callable[[Stretch], float], among: Sequence[Stretch]) -> Ranking:
        ranked = sorted(among, key=lambda one: (-order(one), int(one.arcs[0])))
        listed = tuple(rows.of(one) for one in ranked[:LISTED])
        return Ranking(f"traffic.{name}", columns, listed, total=len(among))

    return (
        ranking("by_lane_value", lambda one: values[id(one)], worth),
        ranking("by_saturation", lambda one: one.saturation, found),
        ranking("by_first_order", lambda one: one.first_order, found),
    )


class _Rows:
    """Makes rows of stretches; the same stretch makes the same row in every list."""

    def __init__(self, loading: Loading, values: Mapping[int, float]) -> None:
        self.loading = loading
        self.values = values
        self.names = Names(loading.region)
        self.city = city_of_nodes(loading.region)
        cities = loading.region.table("cities")
        self.codes = cities["city"].tolist()
        self.called = [
            both([zh], [en]) for zh, en in zip(cities["name_zh"], cities["name_en"], strict=True)
        ]
        self.made: dict[int, Ranked] = {}

    def of(self, one: Stretch) -> Ranked:
        """Return the row of a stretch."""
        if id(one) not in self.made:
            self.made[id(one)] = self._made(one)
        return self.made[id(one)]

    def _made(self, one: Stretch) -> Ranked:
        users = users_of(self.loading, one)
        told = [
            Sentence(
                "traffic.used_within" if start == end else "traffic.used_between",
                {"one": self.called[start], "other": self.called[end], "share": share},
            )
            for start, end, share in users.most(USERS_TOLD)
        ]
        remarks = [Sentence("traffic.used_by", {"pairs": _joined(told)})] if told else []
        if one.both:
            remarks.append(Sentence("traffic.both_ways"))
        if not one.observed:
            remarks.append(Sentence("traffic.lanes_assumed"))
        return Ranked(
            name=self.names.of(one.arcs, both=one.both),
            values=(
                one.saturation,
                one.flow,
                one.lanes,
                one.km,
                one.hours_lost,
                one.first_order,
                self.values.get(id(one), float("nan")),
                100 * users.across,
            ),
            cities=self.cities(one.arcs),
            edges=edges_of(self.loading, one.arcs),
            remarks=tuple(remarks),
        )

    def cities(self, arcs: np.ndarray) -> tuple[str, ...]:
        """Return the codes of the cities that some road arcs lie in."""
        ends = np.concatenate([self.loading.supply.tail[arcs], self.loading.supply.head[arcs]])
        rows = np.unique(self.city[ends])
        return tuple(self.codes[row] for row in rows if row >= 0)


def edges_of(loading: Loading, arcs: np.ndarray) -> tuple[int, ...]:
    """Return the road edges of some road arcs, each once."""
    return tuple(dict.fromkeys((arcs % loading.supply.edges).tolist()))


def _joined(sentences: Sequence[Sentence]) -> Mapping[str, str]:
    words = both([one.text("zh") for one in sentences], [one.text("en") for one in sentences])
    return {str(language): text for language, text in words.items()}


def _of_drops(loading: Loading, known: Mapping[str, Indicator]) -> Ranking:
    """Return the roads that carry less after a city border than before."""
    found, crossings, observed = lane_drops(loading)
    cities = loading.region.table("cities")
    codes, names = cities["city"].tolist(), Names(loading.region)

    def row(one: LaneDrop) -> Ranked:
        arcs = np.array([one.arc])
        remarks = () if one.observed else (Sentence("traffic.lanes_assumed"),)
        return Ranked(
            name=names.of(arcs, both=False),
            values=(one.ratio, one.lanes_before, one.lanes_after, one.saturation),
            cities=tuple(codes[city] for city in one.cities),
            edges=edges_of(loading, arcs),
            remarks=remarks,
        )

    return Ranking(
        "traffic.lane_drops",
        tuple(known[one.key] for one in OF_DROPS),
        tuple(row(one) for one in found[:LISTED]),
        total=len(found),
        remarks=(Sentence("traffic.crossings_known", {"known": observed, "crossings": crossings}),),
    )


def _layers(
    loading: Loading, findings: Findings, known: Mapping[str, Indicator]
) -> tuple[Layer | RoadLayer, ...]:
    ratio = loading.saturation
    open_edges = np.flatnonzero(~np.isnan(ratio).all(axis=1))
    fullest = pd.DataFrame({SATURATION.key: np.nanmax(ratio[open_edges], axis=1)}, index=open_edges)
    lost = loading.hours_lost.sum(axis=1)[open_edges]
    hours = pd.DataFrame({ROAD_HOURS.key: lost}, index=open_edges)
    of_units = findings.indicators
    busy = hours.loc[hours[ROAD_HOURS.key] > 0, ROAD_HOURS.key]
    return (
        RoadLayer(SATURATION.key, known[SATURATION.key], fullest, fixed(RATIOS, BROWNS)),
        RoadLayer(ROAD_HOURS.key, known[ROAD_HOURS.key], hours, quantiles(busy, BROWNS)),
        Layer(
            f"{SHARE_LOST.key}.zone", of_units[SHARE_LOST.key], Level.ZONE, fixed(SHARES, BROWNS)
        ),
        Layer(f"{TO_CORE.key}.zone", of_units[TO_CORE.key], Level.ZONE, fixed(MINUTES, BROWNS)),
        Layer(
            f"{CORE_ADDED.key}.zone", of_units[CORE_ADDED.key], Level.ZONE, fixed(SHARES, BROWNS)
        ),
    )


def _fits(region: Region) -> bool:
    """Whether there are roads, and people in more than one place."""
    zones = region.table("zones")
    return len(region.table("road_edges")) > 0 and int((zones["people"] > 0).sum()) > 1


TOPIC = Topic(
    STRAND,
    KEY,
    (
        *(Need(name) for name in _TABLES),
        Need("local_links", optional=True, without=Sentence("transport.without_links")),
        Need("jobs", optional=True, without=Sentence("traffic.symmetric")),
        Need("places", optional=True, without=Sentence("traffic.without_places")),
    ),
    examine,
    _fits,
)
