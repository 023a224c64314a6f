from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError, MissingError
from onecity.region.schema import ROAD_EDGES, ROAD_NODES
from onecity.region.sources.osm import read_osm
from onecity.region.sources.osm_split import WayPoints, split_ways
from onecity.region.sources.roads import ELLIPSOID, Roads
from onecity.region.validation import check_table

from .osm_files import Sketch, street

SPEEDS = {"primary": 60.0, "residential": 30.0, "motorway": 100.0, "ferry": 12.0}


def read(sketch: Sketch, folder: Path, **options: object) -> Roads:
    roads = read_osm(sketch.write(folder / "试验.osm.pbf"), SPEEDS, **options)  # type: ignore[arg-type]
    check_table(roads.nodes, ROAD_NODES)
    check_table(roads.edges, ROAD_EDGES)
    return roads


def pairs(roads: Roads) -> list[tuple[str, str]]:
    """Return the edges as pairs of the ids their ends have in OpenStreetMap, sorted."""
    origin = roads.nodes["origin"].to_numpy()
    ends = roads.edges[["tail", "head"]].to_numpy()
    return sorted((str(origin[a]), str(origin[b])) for a, b in ends)


def one_edge(tmp_path: Path, **tags: str) -> dict[str, Any]:
    sketch = Sketch(street(2))
    sketch.way([1, 2], **{"highway": "primary", **tags})
    (edge,) = read(sketch, tmp_path).edges.to_dict("records")
    return dict(edge)


def test_a_way_is_split_where_another_meets_it_and_nowhere_else(tmp_path: Path) -> None:
    sketch = Sketch({**street(5), 10: (114.002, 30.01)})
    sketch.way([1, 2, 3, 4, 5], highway="primary", name="中山大道", lanes="4", bridge="yes")
    sketch.way([3, 10], highway="residential", ref="X101", tunnel="no")
    roads = read(sketch, tmp_path)
    assert pairs(roads) == [("1", "3"), ("3", "10"), ("3", "5")]
    assert roads.nodes["node"].tolist() == [0, 1, 2, 3]
    assert not roads.nodes["cut"].any(), "ends of roads are dead ends, not cuts"
    main = roads.edges[roads.edges["class"] == "primary"]
    assert [len(shape.coords) for shape in main.geometry] == [3, 3]
    assert main["name"].tolist() == ["中山大道"] * 2
    assert main["lanes"].tolist() == [4.0] * 2
    assert main["bridge"].all()
    side = roads.edges[roads.edges["class"] == "residential"].iloc[0]
    assert side["name"] == "X101"
    assert not side["tunnel"]
    assert (roads.pieces.weak, roads.pieces.strong, roads.pieces.largest_strong) == (1, 1, 4)
    for _, edge in roads.edges.iterrows():
        first, last = edge.geometry.coords[0], edge.geometry.coords[-1]
        for node, place in ((edge["tail"], first), (edge["head"], last)):
            row = roads.nodes.iloc[node]
            assert (row["lon"], row["lat"]) == place


def test_length_is_geodesic_and_time_is_length_over_speed(tmp_path: Path) -> None:
    edge = one_edge(tmp_path)
    _, _, metres = ELLIPSOID.inv(114.0, 30.0, 114.001, 30.0)
    assert edge["km"] == pytest.approx(metres / 1000, rel=1e-12)
    assert edge["seconds_forward"] == pytest.approx(metres / 1000 / 60 * 3600, rel=1e-12)
    assert edge["seconds_backward"] == edge["seconds_forward"]


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, 60, 60),
        ({"oneway": "yes"}, 60, None),
        ({"oneway": "-1"}, None, 60),
        ({"junction": "roundabout"}, 60, None),
        ({"junction": "roundabout", "oneway": "no"}, 60, 60),
        ({"highway": "motorway"}, 100, None),
        ({"highway": "motorway", "oneway": "no"}, 100, 100),
        ({"oneway": "alternating"}, 60, 60),
        ({"maxspeed": "80"}, 72, 72),
        ({"maxspeed": "50 mph"}, 50 * 1.609344 * 0.9, 50 * 1.609344 * 0.9),
        ({"maxspeed": "CN:urban"}, 45, 45),
        ({"maxspeed": "none"}, 60, 60),
        ({"maxspeed": "variable"}, 60, 60),
        ({"maxspeed": "walk"}, 6.3, 6.3),
        ({"maxspeed": "70;40"}, 36, 36),
        ({"maxspeed:forward": "80", "maxspeed:backward": "40"}, 72, 36),
        ({"maxspeed": "50", "maxspeed:backward": "20"}, 45, 18),
        ({"access": "no", "motor_vehicle": "yes"}, 60, 60),
        ({"vehicle:backward": "no"}, 60, None),
        ({"access": "destination"}, 60, 60),
        ({"access": "agricultural;customers"}, 60, 60),
    ],
)
def test_directions_and_speeds(
    tmp_path: Path, tags: dict[str, str], forward: float | None, backward: float | None
) -> None:
    edge = one_edge(tmp_path, **tags)
    hours = edge["km"] * 3600
    for column, kmh in (("seconds_forward", forward), ("seconds_backward", backward)):
        if kmh is None:
            assert np.isnan(edge[column])
        else:
            assert hours / edge[column] == pytest.approx(kmh)
    assert edge["kmh"] == pytest.approx(forward if forward is not None else backward)


@pytest.mark.parametrize(
    ("tags", "key", "value"),
    [
        ({"highway": "footway"}, "sources.osm_class", "footway"),
        ({"highway": "tertiary"}, "sources.osm_class", "tertiary"),
        ({"area": "yes"}, "sources.osm_area", "primary"),
        ({"access": "private"}, "sources.osm_closed", "private"),
        ({"motor_vehicle": "no", "access": "yes"}, "sources.osm_closed", "no"),
        ({"motorcar": "no", "motor_vehicle": "yes"}, "sources.osm_closed", "no"),
        ({"oneway": "yes", "vehicle:forward": "no"}, "sources.osm_closed", "no"),
        ({"access": "bus"}, "sources.osm_closed", "bus"),
        ({"oneway": "reversible"}, "sources.osm_reversible", ""),
        ({"highway": "", "route": "ferry"}, "sources.osm_ferry_without_cars", ""),
        ({"highway": "", "route": "ferry", "motor_vehicle": "no"}, "sources.osm_closed", "no"),
    ],
)
def test_what_is_dropped_is_counted_with_its_reason(
    tmp_path: Path, tags: dict[str, str], key: str, value: str
) -> None:
    sketch = Sketch({**street(2), **street(2, 30.1, first=11)})
    sketch.way([11, 12], highway="primary")
    given_tags = {k: v for k, v in {"highway": "primary", **tags}.items() if v}
    sketch.way([1, 2], **given_tags)
    report = read(sketch, tmp_path).report
    assert (report.seen, report.kept) == (2, 1)
    assert [(r.key, r.count, r.values["value"]) for r in report.dropped] == [(key, 1, value)]
    assert all(sentence.text("zh") for sentence in report.sentences)
    assert report.text("zh") != report.text("en")


def test_an_unread_limit_is_noted(tmp_path: Path) -> None:
    sketch = Sketch(street(3))
    sketch.way([1, 2, 3], highway="primary", maxspeed="fast")
    report = read(sketch, tmp_path).report
    assert report.count("sources.osm_unread_limit") == 1


def test_ferries_with_cars_take_their_duration(tmp_path: Path) -> None:
    sketch = Sketch({**street(3), 9: (114.001, 30.01)})
    sketch.way([1, 2, 3], route="ferry", motor_vehicle="yes", duration="00:20")
    sketch.way([2, 9], route="ferry", motorcar="yes")
    roads = read(sketch, tmp_path)
    assert roads.edges["ferry"].all()
    assert set(roads.edges["class"]) == {"ferry"}
    timed = roads.edges[roads.edges["origin"] == "1"]
    assert len(timed) == 2
    assert timed["seconds_forward"].sum() == pytest.approx(20 * 60)
    assert timed["kmh"].to_numpy() == pytest.approx(timed["km"].sum() * 3)
    free = roads.edges[roads.edges["origin"] == "2"].iloc[0]
    assert free["kmh"] == 12.0


@pytest.mark.parametrize(
    ("tags", "stops"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "bollard": "rising"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
        ({"barrier": "block"}, True),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "locked": "yes"}, True),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "lift_gate", "access": "no", "motorcar": "yes"}, False),
        ({"barrier": "toll_booth"}, False),
    ],
)
def test_barriers_stop_cars_and_part_the_road(
    tmp_path: Path, tags: dict[str, str], stops: bool
) -> None:
    sketch = Sketch(street(5), {3: tags})
    sketch.way([1, 2, 3, 4, 5], highway="primary")
    roads = read(sketch, tmp_path)
    kind = tags["barrier"]
    assert roads.pieces.weak == (2 if stops else 1)
    assert pairs(roads) == ([("1", "3"), ("3", "5")] if stops else [("1", "5")])
    assert roads.report.count("sources.osm_barrier", value=kind) == int(stops)
    assert not roads.nodes["cut"].any()


def test_a_barrier_on_a_crossing_parts_every_road_there(tmp_path: Path) -> None:
    sketch = Sketch({**street(3), 8: (114.001, 30.1), 9: (114.001, 29.9)}, {2: {"barrier": "yes"}})
    sketch.way([1, 2, 3], highway="primary")
    sketch.way([8, 2, 9], highway="residential")
    roads = read(sketch, tmp_path)
    assert roads.pieces.weak == 4
    assert len(roads.nodes) == 8
    assert roads.report.count("sources.osm_barrier", value="yes") == 1


def test_loops_and_parallel_ways_are_kept(tmp_path: Path) -> None:
    sketch = Sketch({**street(4), 5: (114.0015, 30.01), 6: (114.004, 30.01)})
    sketch.way([1, 5, 2], highway="primary")
    sketch.way([1, 2], highway="residential")
    sketch.way([2, 3, 4, 6, 3], highway="residential")
    roads = read(sketch, tmp_path)
    assert pairs(roads) == [("1", "2"), ("1", "2"), ("2", "3"), ("3", "3")]
    loop = roads.edges[roads.edges["tail"] == roads.edges["head"]]
    assert len(loop.geometry.iloc[0].coords) == 4


def test_a_closed_way_alone_is_one_loop(tmp_path: Path) -> None:
    sketch = Sketch({**street(2), 3: (114.0, 30.01)})
    sketch.way([1, 2, 3, 1], highway="primary", junction="roundabout")
    roads = read(sketch, tmp_path)
    assert pairs(roads) == [("1", "1")]
    assert len(roads.nodes) == 1


def test_ways_that_leave_the_extract_are_cut_and_marked(tmp_path: Path) -> None:
    sketch = Sketch(street(4))
    sketch.way([99, 1, 2, 3, 98, 4], highway="primary")
    roads = read(sketch, tmp_path)
    assert pairs(roads) == [("1", "3")]
    assert roads.nodes["cut"].all()
    assert roads.report.count("sources.osm_lost_points") == 2
    assert roads.report.count("sources.osm_cut") == 2


def test_bounds_cut_too(tmp_path: Path) -> None:
    sketch = Sketch({**street(6), **street(2, 31.0, first=11)})
    sketch.way([1, 2, 3, 4, 5, 6], highway="primary")
    sketch.way([11, 12], highway="primary")
    roads = read(sketch, tmp_path, bounds=(114.0005, 29.0, 114.0035, 30.5), rim_km=0.0)
    assert pairs(roads) == [("2", "4")]
    assert roads.nodes["cut"].all()
    assert roads.report.count("sources.osm_way_outside") == 1
    assert roads.report.count("sources.osm_lost_points") == 0
    with pytest.raises(InputError, match="None of the 2 ways"):
        read(sketch, tmp_path, bounds=(10.0, 50.0, 11.0, 51.0))


def test_dead_ends_at_the_rim_of_the_extract_are_marked(tmp_path: Path) -> None:
    sketch = Sketch(street(8), box=(113.99, 29.9, 114.0071, 30.1))
    sketch.way([1, 2, 3, 4, 5, 6, 7, 8], highway="primary")
    roads = read(sketch, tmp_path)
    cut = roads.nodes.set_index("origin")["cut"]
    assert cut["8"], "10 m from the edge"
    assert not cut["1"], "a kilometre from the edge"
    assert not read(sketch, tmp_path, rim_km=0.0).nodes["cut"].any()


def test_a_stub_of_one_node_marks_the_crossing_it_hung_on(tmp_path: Path) -> None:
    sketch = Sketch(street(3))
    sketch.way([1, 2, 3], highway="primary")
    sketch.way([2], highway="primary")
    roads = read(sketch, tmp_path)
    assert pairs(roads) == [("1", "2"), ("2", "3")]
    assert roads.nodes.set_index("origin")["cut"].to_dict() == {"1": False, "2": True, "3": False}
    assert roads.report.count("sources.osm_way_outside") == 1


def test_repeated_nodes_are_taken_once(tmp_path: Path) -> None:
    sketch = Sketch(street(3))
    sketch.way([1, 1, 2, 2, 2, 3, 3], highway="primary")
    assert pairs(read(sketch, tmp_path)) == [("1", "3")]


def test_progress_is_told(tmp_path: Path) -> None:
    class Listener:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def stage(self, key: str, total: int | None = None) -> None:
            self.heard.append(key)

        def advance(self, steps: int = 1) -> None:
            self.heard.append(str(steps))

    listener = Listener()
    sketch = Sketch(street(2))
    sketch.way([1, 2], highway="primary")
    read(sketch, tmp_path, progress=listener)
    assert listener.heard == ["sources.stage_osm_read", "sources.stage_osm_build"]


# --- Bad input ---------------------------------------------------------------


def good(tmp_path: Path) -> bytes:
    sketch = Sketch(street(5000))
    sketch.way(list(range(1, 2000)), highway="primary")
    return sketch.write(tmp_path / "good.osm.pbf").read_bytes()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    content = good(tmp_path)
    file = tmp_path / "截断.osm.pbf"
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="截断"):
        read_osm(file, SPEEDS)


@pytest.mark.parametrize(
    "content", [b"<html>404 Not Found</html>" * 50, b"\0" * 500, b"PK\x03\x04" + b"x" * 500]
)
def test_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.osm.pbf"
    file.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap"):
        read_osm(file, SPEEDS)


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "roads.xyz"
    file.write_bytes(good(tmp_path))
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap"):
        read_osm(file, SPEEDS)


def test_no_bytes_no_file_a_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty.osm.pbf"
    empty.touch()
    with pytest.raises(InputError, match="0 bytes"):
        read_osm(empty, SPEEDS)
    with pytest.raises(MissingError, match="There is no file"):
        read_osm(tmp_path / "没有.osm.pbf", SPEEDS)
    with pytest.raises(InputError, match="is a folder"):
        read_osm(tmp_path, SPEEDS)


def test_an_extract_without_objects_or_without_roads(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 ways looked at"):
        read(Sketch(), tmp_path)
    sketch = Sketch(street(2))
    sketch.way([1, 2], highway="footway")
    sketch.way([1, 2], building="yes")
    with pytest.raises(InputError, match="1 ways looked at"):
        read(sketch, tmp_path)


def test_ways_before_nodes_are_refused(tmp_path: Path) -> None:
    sketch = Sketch(street(2))
    sketch.way([1, 2], highway="primary")
    file = sketch.write(tmp_path / "unsorted.osm.pbf", ways_first=True)
    with pytest.raises(InputError, match="osmium sort"):
        read_osm(file, SPEEDS)


@pytest.mark.parametrize("kmh", [0.0, -5.0, float("nan"), float("inf")])
def test_speeds_must_be_positive(tmp_path: Path, kmh: float) -> None:
    file = Sketch(street(2)).write(tmp_path / "x.osm.pbf")
    with pytest.raises(InputError, match="'primary'"):
        read_osm(file, {"primary": kmh})
    with pytest.raises(InputError, match="share of the speed limit"):
        read_osm(file, SPEEDS, limit_factor=kmh)


def test_bounds_must_hold_something(tmp_path: Path) -> None:
    file = Sketch(street(2)).write(tmp_path / "x.osm.pbf")
    with pytest.raises(InputError, match="west, south"):
        read_osm(file, SPEEDS, bounds=(115.0, 30.0, 114.0, 31.0))


# --- Splitting against its slow twin -----------------------------------------


def slow_split(
    ways: list[list[int]], gone: set[int], blocked: set[int]
) -> tuple[list[tuple[int, ...]], set[int]]:
    """Split ways one by one; return the courses of all edges and the nodes that are cut."""
    runs: list[list[int]] = []
    cut: set[int] = set()
    for way in ways:
        fresh = [ref for at, ref in enumerate(way) if at == 0 or ref != way[at - 1]]
        run: list[int] = []
        for at, ref in enumerate(fresh):
            if ref in gone:
                if at and fresh[at - 1] not in gone:
                    cut.add(fresh[at - 1])
                if at + 1 < len(fresh) and fresh[at + 1] not in gone:
                    cut.add(fresh[at + 1])
                runs.append(run)
                run = []
            else:
                run.append(ref)
        runs.append(run)
    runs = [run for run in runs if run]
    cut |= {run[0] for run in runs if len(run) == 1}
    uses: dict[int, int] = {}
    for run in runs:
        for ref in run:
            uses[ref] = uses.get(ref, 0) + 1
    ends = {ref for run in runs for ref in (run[0], run[-1])}
    stops = ends | blocked | {ref for ref, count in uses.items() if count > 1}
    edges = []
    for run in runs:
        course = [run[0]]
        for ref in run[1:]:
            course.append(ref)
            if ref in stops:
                edges.append(tuple(course))
                course = [ref]
    return edges, cut


REFS = st.integers(0, 12)


@given(
    ways=st.lists(st.lists(REFS, min_size=1, max_size=9), min_size=1, max_size=8),
    gone=st.sets(REFS, max_size=4),
    blocked=st.sets(REFS, max_size=3),
)
def test_splitting_equals_its_slow_twin(
    ways: list[list[int]], gone: set[int], blocked: set[int]
) -> None:
    ref = np.array([ref for way in ways for ref in way])
    split = split_ways(
        WayPoints(
            way=np.repeat(np.arange(len(ways)), [len(way) for way in ways]),
            ref=ref,
            here=~np.isin(ref, list(gone)),
            blocked=np.array(sorted(blocked), np.int64),
        )
    )
    edges, cut = slow_split(ways, gone, blocked)
    starts, ends = split.start[:-1], split.start[1:]
    courses = [tuple(ref[split.points[a:b]].tolist()) for a, b in zip(starts, ends, strict=True)]
    assert courses == edges
    node_ref = ref[split.node_point]
    assert node_ref[split.tail].tolist() == [course[0] for course in edges]
    assert node_ref[split.head].tolist() == [course[-1] for course in edges]
    used = np.concatenate([split.tail, split.head])
    assert set(used.tolist()) == set(range(len(node_ref))), "no node without an edge, none missing"
    for number in set(node_ref.tolist()):
        copies = int((node_ref == number).sum())
        degree = sum((course[0] == number) + (course[-1] == number) for course in edges)
        assert copies == (degree if number in blocked else 1)
        assert bool(split.cut[node_ref == number].all()) == (number in cut)
