"""What roads hang on: crossings, single roads and cuts between cities, on the tiny circle."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, box

from onecity.core.errors import InputError
from onecity.core.words import chapter
from onecity.models.cuts import FlowNetwork
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.examination import Examination, Ranking, RoadLayer
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.cuts import TOPIC
from onecity.strands.transport.cuts.ground import Ground
from onecity.strands.transport.cuts.rivers import (
    _parts,
    crossings_in,
    legs_over,
    rivers_in,
)
from onecity.strands.transport.cuts.single import nearest_road, single_roads
from onecity.strands.travel import network_of
from tests.tiny import _EDGES, CORE, tiny_region, tiny_tables

BRIDGE, FERRY = 4, 24
"""Rows of the trunk road over the river, and of the ferry."""


@cache
def legs() -> pd.DataFrame:
    """Access legs that keep to their bank: those of the tiny circle lead across the river."""
    tables = tiny_tables()
    zone = tables["zones"].set_index("zone")["lon"]
    legs, node = tables["connectors"], tables["road_nodes"]["lon"]
    west = zone.loc[legs["zone"]].to_numpy() < -29.5
    same = west == (node.loc[legs["node"]].to_numpy() < -29.5)
    kept: pd.DataFrame = legs[same].reset_index(drop=True)
    return kept


def made(**changed: Any) -> Region:
    return tiny_region(connectors=legs(), **changed)


@cache
def region() -> Region:
    return made()


@cache
def found() -> Examination:
    return TOPIC.examine(region())


def ranking(name: str, seen: Examination | None = None) -> Ranking:
    rankings = (seen or found()).rankings
    return next(one for one in rankings if one.key == f"cuts.ranking_{name}")


def row_of(edges: tuple[int, ...]) -> dict[str, float]:
    """Return the figures of the row of the list of crossings that lies on some edges."""
    listed = ranking("water")
    row = next(one for one in listed.rows if one.edges == edges)
    names = (one.key.partition(".")[2] for one in listed.columns)
    return dict(zip(names, row.values, strict=True))


def test_the_tiny_circle_is_as_these_tests_take_it_to_be() -> None:
    assert _EDGES[BRIDGE][:3] == (4, 5, "trunk")
    assert _EDGES[FERRY][:3] == (15, 24, "ferry")


def test_it_finds_the_bridge_and_the_ferry_over_the_river() -> None:
    ground = Ground.of(region())
    crossings = crossings_in(ground, rivers_in(ground), 300.0)
    assert {(tuple(one.edges), one.ferry) for one in crossings} == {
        ((BRIDGE,), False),
        ((FERRY,), True),
    }
    assert all(one.river and one.river.name.en == "Invented River" for one in crossings)
    # Neither banks nor a drawing: a ferry is one all the same.
    bare = Ground.of(tiny_region(without=("water",)))
    (ferry,) = crossings_in(bare, rivers_in(bare), 300.0)
    assert (ferry.river, tuple(ferry.edges)) == (None, (FERRY,))
    tables = tiny_tables()
    known = tables["counties"].assign(bank=pd.Series(None, range(5), "str"))
    drawn = Ground.of(tiny_region(counties=known))
    crossings = crossings_in(drawn, rivers_in(drawn), 300.0)
    assert {tuple(one.edges) for one in crossings} == {(BRIDGE,), (FERRY,)}


def test_a_river_closes_with_the_legs_over_it() -> None:
    """Without banks the drawing decides: the legs of the tiny circle lead across the river."""
    tables = tiny_tables()
    known = tables["counties"].assign(bank=pd.Series(None, range(5), "str"))
    ground = Ground.of(tiny_region(counties=known))
    (river,) = rivers_in(ground)
    assert not river.great
    (over,) = legs_over(ground, [river])
    travel = ground.travel
    points: list[Any] = [*tables["road_nodes"]["geometry"]]
    points += [Point(*one) for one in tables["zones"][["lon", "lat"]].to_numpy()]
    met = [
        arc
        for arc in range(2 * travel.edges, len(travel.tail))
        if LineString([points[travel.tail[arc]], points[travel.head[arc]]]).intersects(river.shape)
    ]
    assert met
    assert sorted(over) == met
    # With banks, only legs to the one node that lies outside all counties may lead over it.
    ground = Ground.of(region())
    (river,) = rivers_in(ground)
    assert river.great
    (over,) = legs_over(ground, [river])
    arcs = np.arange(2 * ground.travel.edges, len(ground.travel.tail))
    outside = (ground.travel.tail[arcs] == 10) | (ground.travel.head[arcs] == 10)
    assert sorted(over) == arcs[outside].tolist()


RIVER = box(0, -1, 0.01, 1)


@pytest.mark.parametrize(
    ("course", "river", "crosses"),
    [
        ([(-0.1, 0), (0.1, 0)], RIVER, True),
        ([(-0.1, 0), (0.002, 0.01), (-0.1, 0.02)], RIVER, False),  # in, and out on the same side
        ([(-0.1, 0), (0.005, 0)], RIVER, False),  # ends in the river
        ([(-0.1, 0), (0.1, 0)], LineString([(0, -1), (0, 1)]), True),
        ([(-0.1, 0), (0, 0)], LineString([(0, -1), (0, 1)]), False),  # ends on the bank
    ],
)
def test_a_road_crosses_a_river_that_parts_it(course: Any, river: Any, crosses: bool) -> None:
    assert _parts(LineString(course), river) == crosses


@pytest.mark.parametrize("edges", [(BRIDGE,), (FERRY,), (BRIDGE, FERRY)])
def test_a_closure_costs_what_travel_without_those_roads_takes_longer(
    edges: tuple[int, ...],
) -> None:
    ground = Ground.of(region())
    roads = tiny_tables()["road_edges"]
    roads.loc[list(edges), ["seconds_forward", "seconds_backward"]] = np.nan
    before = ground.travel.network.travel_times(ground.nodes, ground.nodes)
    closed = network_of(made(road_edges=roads)).network
    after = closed.travel_times(ground.nodes, ground.nodes)
    lost = np.isfinite(before) & np.isinf(after) & (ground.trips > 0)
    longer = np.where(np.isfinite(after), after, 0) - np.where(np.isfinite(after), before, 0)
    row = row_of(edges)
    assert row["hours"] == pytest.approx(np.nansum(ground.trips * longer) / 3600)
    assert row["cut_trips"] == pytest.approx(ground.trips[lost].sum())
    assert row["cut_pairs"] == lost.sum()
    assert (row["cut_trips"] > 0) == (len(edges) == 2)
    zones = region().table("zones")
    if len(edges) == 2:  # the east is cut off, but for what was off before
        east = zones[(zones["lon"] > -29.5) & ~zones["zone"].isin(["z48", "z49", "z09"])]
        assert row["cut_people"] == east["people"].sum()
    else:
        assert row["cut_people"] == 0


def test_costly_closures_come_first_and_trips_without_a_way_count_as_hours() -> None:
    listed = ranking("water")
    costs = [row.values[0] + 4 * row.values[2] for row in listed.rows]
    assert costs == sorted(costs, reverse=True)
    assert listed.rows[0].edges == (BRIDGE, FERRY)
    assert listed.rows[0].point is None
    assert listed.rows[0].cities == (CORE, "990200")
    assert found().findings.tables[Level.REGION]["cuts.crossings"].tolist() == [2]


def test_people_behind_single_roads_are_found_by_taking_roads_away() -> None:
    ground = Ground.of(region())
    single = single_roads(ground)
    travel, people = ground.travel, region().table("zones")["people"].to_numpy()
    node = nearest_road(travel)
    count = travel.edges
    behind = np.zeros(len(people), bool)
    whole = _reached(travel, range(count), node)
    for edge in range(count):
        left = _reached(travel, [one for one in range(count) if one != edge], node)
        lost = whole & ~left
        if (people * lost).sum() > (people * (whole & left)).sum():
            lost = whole & left
        if lost.any():
            assert single.people_of_edge[edge] == pytest.approx((people * lost).sum())
        behind |= lost
    assert np.array_equal(single.behind, behind)
    # The island and what is joined by nothing have no part in it.
    zones = region().table("zones")["zone"]
    assert set(zones[single.apart]) == {"z48", "z49", "z09"}
    table = found().findings.tables[Level.REGION]
    assert table["cuts.single_people"].iloc[0] == pytest.approx(people[behind].sum())


def test_of_roads_on_one_branch_the_first_stands_for_the_next() -> None:
    single = single_roads(Ground.of(region()))
    # Behind the end of the trunk road nobody lives; the branch 12-11 ... 13-28 has its own people.
    for edge in np.flatnonzero(single.people_of_edge > 0):
        onward = int(single.onward[edge])
        assert onward < 0 or single.people_of_edge[onward] >= single.people_of_edge[edge]
    made = replace(
        single,
        edges=np.array([7, 8, 9, 5]),
        people=np.array([100.0, 60.0, 50.0, 10.0]),
        onward=np.where(np.arange(len(single.onward)) == 8, 7, -1).astype(np.int64),
    )
    made.onward[9] = 8
    assert made.apart_from_each_other(9).tolist() == [7, 9, 5]
    assert made.apart_from_each_other(1).tolist() == [7]
    alike = replace(made, edges=np.array([8, 7, 5]), people=np.array([100.0, 100.0, 10.0]))
    assert alike.apart_from_each_other(9).tolist() == [8, 5]


def _reached(travel: Any, edges: Any, node: Any) -> Any:
    """Return the zones at road nodes that the trunk road's first node reaches, by spreading."""
    known = {1}
    for _ in range(travel.roads):
        for edge in edges:
            ends = {int(travel.tail[edge]), int(travel.head[edge])}
            if ends & known:
                known |= ends
    return np.isin(node, list(known))


def test_the_narrowest_place_between_cities_is_that_of_the_whole_network() -> None:
    ground = Ground.of(region())
    travel = ground.travel
    open_ = np.flatnonzero(np.isfinite(travel.seconds[: 2 * travel.edges]))
    net = FlowNetwork.of(
        travel.tail[open_], travel.head[open_], np.ones(len(open_)), nodes=travel.roads
    )
    roads = next(m for m in found().findings.matrices if m.indicator.key == "cuts.roads_between")
    west, east = (np.flatnonzero(ground.city == row) for row in (0, 1))
    assert roads.values.loc[CORE, "990200"] == net.smallest_cut(west, east).value == 2
    assert np.isnan(roads.values.to_numpy().diagonal()).all()
    rows = ranking("between").rows
    assert {row.cities for row in rows} >= {(CORE, "990200")}
    first = next(row for row in rows if set(row.cities) == {CORE, "990200"})
    assert set(first.edges) <= {BRIDGE, FERRY, 25}
    values = [row.values[2] for row in rows]
    assert values == sorted(values)


def test_all_is_told_and_kept() -> None:
    seen = found()
    assert from_bytes(to_bytes(seen), "here").rankings == seen.rankings
    for column in (one for listed in seen.rankings for one in listed.columns):
        assert column.text("zh") != column.about("en")
        assert column.sources
    assert all(f"name_{one.key}" in chapter("assumptions") for one in seen.assumptions)
    layers = [one for one in seen.layers if isinstance(one, RoadLayer)]
    assert {one.key for one in layers} == {"cuts.hours.road", "cuts.behind.road"}
    assert layers[0].values.loc[BRIDGE].iloc[0] == row_of((BRIDGE,))["hours"]
    worst = seen.findings.tables[Level.CITY]["cuts.worst_minutes"]
    assert (worst > 0).all()


def test_one_city_without_rivers_says_so() -> None:
    tables = tiny_tables()
    alone = tables["cities"].iloc[:1].copy()
    alone["geometry"] = [tables["cities"].geometry.union_all()]
    one = tiny_region(
        without=("water", "groups"),
        cities=alone,
        counties=tables["counties"].assign(city=CORE),
        zones=tables["zones"].assign(city=CORE),
        road_edges=tables["road_edges"].assign(ferry=False),
    )
    seen = TOPIC.examine(one)
    keys = {remark.key for remark in seen.findings.remarks}
    assert {"cuts.one_city", "cuts.without_water"} <= keys
    assert not seen.findings.matrices
    assert not ranking("water", seen).rows
    assert seen.findings.tables[Level.REGION]["cuts.worst_minutes"].isna().all()


def test_a_road_without_lanes_is_refused() -> None:
    roads = tiny_tables()["road_edges"]
    roads.loc[0, "lanes"] = 0.0
    with pytest.raises(InputError, match="0"):
        TOPIC.examine(tiny_region(road_edges=roads))
