from math import inf, isnan

import pytest
from pyproj import Geod

from onecity.core.errors import InputError, MissingError
from onecity.region.dead_ends import NearMisses, near_misses_of
from onecity.region.interventions import AddRoad, CloseRoad
from onecity.region.store import Region
from onecity.strands.transport import candidates as c
from onecity.strands.transport.assumed import assumed_in
from onecity.strands.travel import network_of
from tests.strands.transport.link_twins import assuming
from tests.strands.twins import arcs_of, search
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

RADIUS_KM = 8.0


def misses_in(region: Region) -> NearMisses:
    return near_misses_of(region, 150.0)


def found_in(region: Region | None = None) -> c.Candidates:
    region = region or tiny_region()
    return c.candidates_of(region, network_of(region), assumed_in(region), misses_in(region))


def given_in(region: Region, *links: AddRoad) -> c.Candidates:
    return c.given_candidates(region, network_of(region), links, misses_in(region))


def test_the_dead_ends_that_face_each_other_are_found() -> None:
    found = found_in()
    pairs = list(zip(found.tail, found.head, strict=True))
    at = pairs.index(DEAD_ENDS)
    assert found.dead_ends[at]
    assert found.across[at]
    assert found.dead_ends.sum() == 1
    nodes = tiny_tables()["road_nodes"]
    line = nodes.loc[list(DEAD_ENDS)]
    km = Geod(ellps="WGS84").line_length(line["lon"], line["lat"]) / 1000
    assert found.straight[at] == pytest.approx(km)
    assert found.km[at] == pytest.approx(km * 1.2)
    assert (found.kmh == 60.0).all()
    assert found.seconds[at] == pytest.approx(km * 1.2 / 60 * 3600)


def test_what_would_be_built_is_as_long_and_as_quick() -> None:
    region = tiny_region()
    found = found_in(region)
    for row, road in enumerate(found.roads()):
        built = region.apply([road]).table("road_edges").iloc[-1]
        assert built["km"] == pytest.approx(found.km[row])
        assert built["seconds_forward"] == pytest.approx(found.seconds[row])
        assert built["seconds_backward"] == pytest.approx(found.seconds[row])


def test_the_time_now_is_that_of_the_slower_direction() -> None:
    region = assuming(tiny_region(), link_radius_km=30.0)
    found, arcs = found_in(region), arcs_of(region)
    assert len(found) >= 10
    for row in range(len(found)):
        tail, head = int(found.tail[row]), int(found.head[row])
        there = search(arcs, tail)[0].get(head, inf)
        back = search(arcs, head)[0].get(tail, inf)
        assert found.now[row] == pytest.approx(max(there, back) / 1000)
        assert found.detour[row] == pytest.approx(found.now[row] / found.seconds[row])
        assert tail < head


def test_no_pair_is_left_out_that_a_link_would_quicken() -> None:
    region = assuming(tiny_region(), link_radius_km=30.0)
    found, arcs = found_in(region), arcs_of(region)
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head, _ = c.close_pairs(nodes, edges, 30.0)
    lon, lat = nodes["lon"], nodes["lat"]
    expected = []
    for a, b in zip(tail.tolist(), head.tolist(), strict=True):
        km = Geod(ellps="WGS84").line_length([lon[a], lon[b]], [lat[a], lat[b]]) / 1000 * 1.2
        now = max(search(arcs, a)[0].get(b, inf), search(arcs, b)[0].get(a, inf)) / 1000
        if now > km / 60 * 3600:
            expected.append((a, b))
    assert list(zip(found.tail.tolist(), found.head.tolist(), strict=True)) == expected


def test_pairs_are_all_that_are_close_and_not_joined() -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    joined = {frozenset(one) for one in zip(edges["tail"], edges["head"], strict=True)}
    neighbours = {
        node: {other for pair in joined if node in pair for other in pair - {node}}
        for node in nodes["node"]
    }
    expected = []
    for a in nodes["node"]:
        for b in nodes["node"]:
            ends = nodes.loc[[a, b]]
            km = Geod(ellps="WGS84").line_length(ends["lon"], ends["lat"]) / 1000
            wanted = all(len(neighbours[one]) not in {0, 2} for one in (a, b))
            if a < b and wanted and not ends["cut"].any() and frozenset((a, b)) not in joined:
                # The sphere of the search is not the ellipsoid of the distance.
                assert abs(km - RADIUS_KM) > 0.05
                if km < RADIUS_KM:
                    expected.append((a, b))
    tail, head, radius = c.close_pairs(nodes, edges, RADIUS_KM)
    assert list(zip(tail, head, strict=True)) == expected
    assert DEAD_ENDS in expected
    assert radius == RADIUS_KM


def test_ends_of_the_extract_are_left_out() -> None:
    tables = tiny_tables()
    nodes = tables["road_nodes"].assign(cut=True)
    assert len(c.close_pairs(nodes, tables["road_edges"], RADIUS_KM)[0]) == 0


def test_a_dense_network_is_searched_less_far(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = tiny_tables()
    nodes, edges = tables["road_nodes"], tables["road_edges"]
    everything = c.close_pairs(nodes, edges, 60.0)
    monkeypatch.setattr(c, "MOST_PAIRS", 20)
    tail, head, radius = c.close_pairs(nodes, edges, 60.0)
    assert len(tail) <= 20 < len(everything[0])
    assert radius < 60.0
    assert len(head)


def test_a_link_that_is_there_is_no_candidate() -> None:
    found = found_in(tiny_region().apply([AddRoad(*DEAD_ENDS, kmh=80.0)]))
    assert DEAD_ENDS not in list(zip(found.tail, found.head, strict=True))


def test_a_closed_road_may_be_built_again() -> None:
    region = assuming(tiny_region().apply([CloseRoad((10,))]), link_radius_km=20.0)
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    pairs = list(zip(*c.close_pairs(nodes, edges, 20.0)[:2], strict=True))
    # Node 11 keeps its motorway alone, and node 12 its road to the north.
    assert (11, 12) in pairs
    assert len(given_in(region, AddRoad(11, 12, 60.0))) == 1


def test_the_usual_speed_is_that_of_half_the_length() -> None:
    edges = tiny_tables()["road_edges"]
    found = c.usual_kmh(edges)
    roads = edges[~edges["ferry"]]
    half = roads["km"].sum() / 2
    assert roads.loc[roads["kmh"] < found, "km"].sum() < half
    assert roads.loc[roads["kmh"] <= found, "km"].sum() >= half
    assert isnan(c.usual_kmh(edges.iloc[:0]))


def test_only_the_longest_detours_are_kept_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    region = assuming(tiny_region(), link_radius_km=40.0)
    everything = found_in(region)
    assert len(everything) > 5
    assert everything.dropped == 0
    monkeypatch.setattr(c, "MOST", 3)
    some = found_in(region)
    assert some.dropped == len(everything) - 3
    assert some.dead_ends.sum() == min(3, everything.dead_ends.sum())
    rest = everything.detour[~everything.dead_ends]
    kept = some.detour[~some.dead_ends]
    assert sorted(kept, reverse=True) == sorted(rest, reverse=True)[: len(kept)]
    assert list(some.tail) == sorted(some.tail)


def test_what_deserves_to_be_called_missing() -> None:
    found = found_in(assuming(tiny_region(), link_radius_km=40.0))
    flags = c.missing(found, 3.0)
    for row in range(len(found)):
        facing = found.dead_ends[row] and found.across[row]
        assert flags[row] == (found.detour[row] >= 3.0 or facing)
    assert 0 < flags.sum() < len(found)


def test_a_users_own_links_keep_their_order_speed_and_direction() -> None:
    region = tiny_region()
    links = (AddRoad(25, 23, 80.0, both_ways=False), AddRoad(9, 22, 40.0, detour=1.5))
    found = given_in(region, *links)
    assert found.tail.tolist() == [25, 9]
    assert found.head.tolist() == [23, 22]
    assert found.both_ways.tolist() == [False, True]
    assert found.roads() == links
    arcs = arcs_of(region)
    assert found.now[0] == pytest.approx(search(arcs, 25)[0][23] / 1000)  # no way back needed
    assert found.km[1] == pytest.approx(1.5 * found.straight[1])
    assert len(given_in(region)) == 0


@pytest.mark.parametrize(
    ("link", "error", "word"),
    [
        (AddRoad(4, 4, 60.0), InputError, "4"),
        (AddRoad(4, 99, 60.0), MissingError, "99"),
        (AddRoad(-1, 4, 60.0), MissingError, "-1"),
        (AddRoad(4, 9, 0.0), InputError, "0"),
        (AddRoad(4, 9, 60.0, detour=0.5), InputError, "0.5"),
        (AddRoad(4, 5, 60.0), InputError, "Link 2.*already"),
        (AddRoad(18, 14, 60.0, both_ways=True), None, ""),  # there is a one-way road only
        (AddRoad(14, 18, 60.0, both_ways=False), InputError, "Link 2.*already"),
        (AddRoad(18, 14, 60.0, both_ways=False), None, ""),
    ],
)
def test_a_wrong_link_is_named(link: AddRoad, error: type[Exception] | None, word: str) -> None:
    region, good = tiny_region(), AddRoad(*DEAD_ENDS, 60.0)
    if error is None:
        assert len(given_in(region, good, link)) == 2
        return
    with pytest.raises(error, match=word):
        given_in(region, good, link)


def test_a_link_off_the_roads_is_refused() -> None:
    island = tiny_region().apply([CloseRoad((28,))])
    with pytest.raises(InputError, match=r"node 26, which no open road"):
        given_in(island, AddRoad(22, 26, 60.0))
