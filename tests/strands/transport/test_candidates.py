from math import inf, isnan

import pytest
from pyproj import Geod

from onecity.core.errors import InputError, MissingError
from onecity.region.dead_ends import NearMisses, near_misses_of
from onecity.region.interventions import AddRoad, CloseRoad
from onecity.region.store import Region
from onecity.strands.transport import candidates as c
from onecity.strands.transport import pairs as p
from onecity.strands.transport.assumed import assumed_in
from onecity.strands.travel import network_of
from tests.strands.transport.link_twins import assuming
from tests.strands.twins import arcs_of, search
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

RADIUS_KM = 8.0
FAR = 1e6  # as many mean distances as it takes


def misses_in(region: Region) -> NearMisses:
    return near_misses_of(region, 150.0)


def found_in(region: Region | None = None) -> c.Candidates:
    region = region or tiny_region()
    return c.candidates_of(region, network_of(region), assumed_in(region), misses_in(region))


def pairs_in(region: Region, radius: float, reach: float = FAR) -> tuple[list[int], ...]:
    ends = p.ends_of(region, p.county_of_nodes(region))
    tail, head, _ = p.close_pairs(region, ends, reach=reach, radius_km=radius)
    return tail.tolist(), head.tolist()


def through_ends(region: Region) -> set[int]:
    """Nodes with other than two neighbours on roads that are no motorway and no ferry."""
    edges = region.table("road_edges")
    edges = edges[~edges["class"].isin(["motorway", "ferry"])]
    neighbours: dict[int, set[int]] = {}
    for a, b in zip(edges["tail"], edges["head"], strict=True):
        if a != b:
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    return {node for node, others in neighbours.items() if len(others) != 2}


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
    assert found.kmh[at] == 40.0  # both end secondary roads
    assert found.seconds[at] == pytest.approx(km * 1.2 / 40 * 3600)
    assert not found.every_road
    assert not found.broken.any()


def test_a_link_is_as_quick_as_the_lesser_of_its_roads() -> None:
    region = assuming(tiny_region(), link_radius_km=40.0)
    found = found_in(region)
    edges = region.table("road_edges")
    usual = {"trunk": 80.0, "primary": 60.0, "secondary": 40.0}
    best: dict[int, float] = {}
    for column in ("tail", "head"):
        for node, kind in zip(edges[column], edges["class"], strict=True):
            best[node] = max(best.get(node, 0.0), usual.get(kind, 0.0))
    assert len(set(found.kmh)) > 1
    for row in range(len(found)):
        assert found.kmh[row] == min(best[found.tail[row]], best[found.head[row]])


def test_what_would_be_built_is_as_long_and_as_quick() -> None:
    region = tiny_region()
    found = found_in(region)
    for row, road in enumerate(found.roads()):
        built = region.apply([road]).table("road_edges").iloc[-1]
        assert built["km"] == pytest.approx(found.km[row])
        assert built["seconds_forward"] == pytest.approx(found.seconds[row])
        assert built["seconds_backward"] == pytest.approx(found.seconds[row])


def test_the_time_now_is_that_of_the_quicker_direction_the_link_beats() -> None:
    region = assuming(tiny_region(), link_radius_km=30.0)
    found, arcs = found_in(region), arcs_of(region)
    assert len(found) >= 10
    for row in range(len(found)):
        tail, head = int(found.tail[row]), int(found.head[row])
        there = search(arcs, tail)[0].get(head, inf)
        back = search(arcs, head)[0].get(tail, inf)
        assert found.quicker[row] == pytest.approx(min(there, back) / 1000)
        assert found.slower[row] == pytest.approx(max(there, back) / 1000)
        beaten = [one / 1000 for one in (there, back) if one / 1000 > found.seconds[row]]
        assert found.now[row] == pytest.approx(min(beaten))
        assert found.detour[row] == pytest.approx(found.now[row] / found.seconds[row])
        assert tail < head


def test_no_pair_is_left_out_that_a_link_would_quicken() -> None:
    region = assuming(tiny_region(), link_radius_km=30.0)
    found, arcs = found_in(region), arcs_of(region)
    nodes = region.table("road_nodes")
    pairs = zip(found.tail.tolist(), found.head.tolist(), strict=True)
    kmh = dict(zip(pairs, found.kmh, strict=True))
    lon, lat = nodes["lon"], nodes["lat"]
    expected = []
    for a, b in zip(*pairs_in(region, 30.0), strict=True):
        km = Geod(ellps="WGS84").line_length([lon[a], lon[b]], [lat[a], lat[b]]) / 1000 * 1.2
        now = max(search(arcs, a)[0].get(b, inf), search(arcs, b)[0].get(a, inf)) / 1000
        if now > km / kmh.get((a, b), 40.0) * 3600:
            expected.append((a, b))
    assert list(zip(found.tail.tolist(), found.head.tolist(), strict=True)) == expected


def test_pairs_are_all_that_are_close_and_not_joined() -> None:
    region = tiny_region()
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    joined = {frozenset(one) for one in zip(edges["tail"], edges["head"], strict=True)}
    wanted = through_ends(region) - {10}  # where the extract ends, outside the land
    expected = []
    for a in sorted(wanted):
        for b in sorted(wanted):
            ends = nodes.loc[[a, b]]
            km = Geod(ellps="WGS84").line_length(ends["lon"], ends["lat"]) / 1000
            if a < b and frozenset((a, b)) not in joined:
                # The sphere of the search is not the ellipsoid of the distance.
                assert abs(km - RADIUS_KM) > 0.05
                if km < RADIUS_KM:
                    expected.append((a, b))
    assert list(zip(*pairs_in(region, RADIUS_KM), strict=True)) == expected
    assert DEAD_ENDS in expected


def test_ends_of_the_extract_and_in_the_air_are_left_out() -> None:
    tables = tiny_tables()
    cut = tiny_region(road_nodes=tables["road_nodes"].assign(cut=True))
    assert len(p.ends_of(cut, p.county_of_nodes(cut))) == 0
    edges = tables["road_edges"]
    for name in ("bridge", "tunnel"):
        flags = edges[name] | ((edges["tail"] == 18) & (edges["head"] == 23)).to_numpy()
        region = tiny_region(road_edges=edges.assign(**{name: flags}))
        assert 23 not in p.ends_of(region, p.county_of_nodes(region)).node
        assert 25 in p.ends_of(region, p.county_of_nodes(region)).node


def test_no_link_begins_at_a_motorway_a_yard_or_a_slip_road() -> None:
    edges = tiny_tables()["road_edges"]
    at = (edges["tail"] == 18) & (edges["head"] == 23)
    for name, ends in (("service", False), ("primary_link", False), ("track", False),
                       ("residential", True), ("of my own", True)):  # fmt: skip
        region = tiny_region(road_edges=edges.assign(**{"class": edges["class"].mask(at, name)}))
        assert (23 in p.ends_of(region, p.county_of_nodes(region)).node) == ends
    # Their crossing is one of nothing but motorways once the road to the north is closed.
    assert 11 in p.ends_of(tiny_region(), p.county_of_nodes(tiny_region())).node
    closed = tiny_region().apply([CloseRoad((10,))])
    assert 11 not in p.ends_of(closed, p.county_of_nodes(closed)).node


def test_reach_follows_the_roads_of_each_level() -> None:
    region = tiny_region()
    ends = p.ends_of(region, p.county_of_nodes(region))
    land = region.table("counties")["area_km2"].sum()
    _, _, found = p.close_pairs(region, ends, reach=0.7, radius_km=1e6)
    assert found.share == 1.0
    for level, km in found.km.items():
        count = sum(one <= level for one in ends.level)
        assert km == pytest.approx(0.7 * (land / count) ** 0.5)
    assert found.longest == found.km[1] > found.km[3] == found.shortest
    nodes = region.table("road_nodes")
    levels = dict(zip(ends.node.tolist(), ends.level.tolist(), strict=True))
    tail, head = pairs_in(region, 1e6, 0.7)
    everything = set(zip(*pairs_in(region, 1e6), strict=True))
    chosen = set(zip(tail, head, strict=True))
    assert chosen < everything
    for a, b in everything:
        both = nodes.loc[[a, b]]
        km = Geod(ellps="WGS84").line_length(both["lon"], both["lat"]) / 1000
        limit = found.km[max(levels[a], levels[b])]
        assert abs(km - limit) > 0.05
        assert ((a, b) in chosen) == (km < limit)


def test_a_dense_network_is_searched_less_far(monkeypatch: pytest.MonkeyPatch) -> None:
    region = tiny_region()
    ends = p.ends_of(region, p.county_of_nodes(region))
    everything = pairs_in(region, 60.0)
    monkeypatch.setattr(p, "MOST_PAIRS", 15)
    tail, head, reach = p.close_pairs(region, ends, reach=FAR, radius_km=60.0)
    assert len(tail) <= 3 * 15 < len(everything[0])
    assert 0 < reach.share < 1
    assert reach.shortest == pytest.approx(60 * reach.share)
    assert len(head)


def test_a_link_that_is_there_is_no_candidate() -> None:
    found = found_in(tiny_region().apply([AddRoad(*DEAD_ENDS, kmh=80.0)]))
    assert DEAD_ENDS not in list(zip(found.tail, found.head, strict=True))


def test_a_closed_road_may_be_built_again() -> None:
    region = tiny_region().apply([CloseRoad((12,))])
    edges = region.table("road_edges").iloc[12]
    ends = (int(edges["tail"]), int(edges["head"]))
    assert ends == (1, 13)
    # Node 1 keeps the trunk road, node 13 the road to the north and the one that ends.
    assert ends not in zip(*pairs_in(tiny_region(), 20.0), strict=True)
    assert len(given_in(region, AddRoad(*ends, 60.0))) == 1


def test_the_usual_speed_is_that_of_half_the_length() -> None:
    edges = tiny_tables()["road_edges"]
    found = c.usual_kmh(edges)
    roads = edges[~edges["ferry"]]
    half = roads["km"].sum() / 2
    assert roads.loc[roads["kmh"] < found, "km"].sum() < half
    assert roads.loc[roads["kmh"] <= found, "km"].sum() >= half
    assert isnan(c.usual_kmh(edges.iloc[:0]))


def test_only_missing_links_are_kept_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    region = assuming(tiny_region(), link_radius_km=40.0)
    everything = found_in(region)
    monkeypatch.setattr(c, "MOST", len(everything) - 1)
    some = found_in(region)
    wanted = everything.take(c.missing(everything, 2.0).nonzero()[0])
    assert 0 < len(some) < len(everything)
    assert some.tail.tolist() == wanted.tail.tolist()
    assert some.head.tolist() == wanted.head.tolist()
    assert some.dropped == 0  # nothing is lost that could be proposed


def test_what_deserves_to_be_called_missing() -> None:
    found = found_in(assuming(tiny_region(), link_radius_km=40.0))
    flags = c.missing(found, 3.0)
    for row in range(len(found)):
        facing = found.dead_ends[row] and found.across[row]
        long = found.quicker[row] >= 3.0 * found.seconds[row]
        assert flags[row] == (long or facing)
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
