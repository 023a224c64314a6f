"""What is encoded can be decoded: by a slow reader of the specification, and by another library."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from onecity.web.tiles import encode
from onecity.web.tiles.encode import ASK, NOTHING, WRITTEN, Frame, room, write
from onecity.web.tiles.layer import mend
from onecity.web.tiles.shapes import Kind, flatten
from onecity.web.tiles.wire import Properties, layer_bytes
from tests.web.tiles.reading import Feature, read_layers

SIDE = 256
HALF = 0.5 * 2**0.5 + 1e-9
"""No point moves further than this when it is rounded."""
NONE = Properties.of({}, 0)

eighths = st.integers(-40 * 8, 300 * 8).map(lambda whole: whole / 8)
places = st.tuples(eighths, eighths)
grid = st.tuples(st.integers(-4, 12), st.integers(-4, 12))
courses = st.lists(places, min_size=2, max_size=12)


def frame(kind: Kind, **changed: Any) -> Frame:
    given: dict[str, Any] = {
        "kind": int(kind), "scale": 1.0, "left": 0.0, "top": 0.0, "low": -16.4, "high": SIDE + 16.4,
        "tolerance": -1.0, "checked": False,
    }  # fmt: skip
    return Frame(**(given | changed))


def encoded(
    shapes: list[Any], kind: Kind, **changed: Any
) -> tuple[dict[int, Feature], NDArray[np.uint8]]:
    """Encode geometries given in units of the tile, ids from 7 on, and read them again."""
    flat = flatten(np.array([*shapes, None], np.object_)[:-1], kind)
    rows = np.arange(len(shapes))
    tags = np.empty((len(rows), 0), np.int32)
    out = np.full(room(flat, rows, 0), 255, np.uint8)
    status = np.full(len(rows), 9, np.uint8)
    size = write(flat, rows, rows + 7, tags, frame(kind, **changed), out, status)
    content = layer_bytes("one", SIDE, [out[:size]])
    found = read_layers(content)["one"].by_id if content else {}
    assert {row + 7 for row in rows[status == WRITTEN]} == set(found)
    return found, status


def rounded(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: np.floor(xy + 0.5))


def _all_near(one: Any, other: Any, most: float) -> bool:
    """Whether no point of one shape's lines is further from another shape."""
    spots = shapely.points(shapely.get_coordinates(shapely.segmentize(one, 0.5)))
    return bool(shapely.dwithin(spots, other, most).all())


# --- Points ------------------------------------------------------------------------


@given(st.lists(places, min_size=1, max_size=6))
def test_points_are_kept_where_they_lie_on_one_tile_alone(spots: list[tuple[float, float]]) -> None:
    shape = shapely.MultiPoint(spots)
    found, _ = encoded([shape], Kind.POINT, low=0.0, high=float(SIDE))
    inside = [(x, y) for x, y in spots if 0 <= x < SIDE and 0 <= y < SIDE]
    if not inside:
        assert not found
        return
    assert np.array_equal(
        shapely.get_coordinates(found[7].shape), np.floor(np.array(inside, np.float64) + 0.5)
    )


# --- Lines -------------------------------------------------------------------------


@given(st.lists(courses, min_size=1, max_size=4))
def test_lines_are_what_lies_in_the_window(lines: list[list[tuple[float, float]]]) -> None:
    shapes = [shapely.LineString(line) for line in lines]
    found, status = encoded(shapes, Kind.LINE)
    window = shapely.box(-16.4, -16.4, SIDE + 16.4, SIDE + 16.4)
    for row, shape in enumerate(shapes):
        seen = shapely.intersection(shape, window)
        if status[row] == NOTHING:
            # Nothing, a corner, or too short to be seen.
            assert seen.length <= 2 * HALF * len(shapely.get_parts(seen))
            continue
        # Ours lies along the line, and along all of it that is seen but for what rounding makes
        # a point.
        mine = found[row + 7].shape
        assert _all_near(mine, shape, HALF)
        for part in shapely.get_parts(seen):
            if part.length > 2 * HALF:
                assert _all_near(part, mine, 2 * HALF)


@given(courses)
def test_a_line_inside_keeps_its_points_in_order(line: list[tuple[float, float]]) -> None:
    shape = shapely.LineString(line)
    found, _ = encoded([shape], Kind.LINE, low=-1000.0, high=1000.0)
    whole = np.floor(np.array(line, np.float64) + 0.5)
    kept = whole[np.append(True, (whole[1:] != whole[:-1]).any(axis=1))]
    if len(kept) < 2:
        assert not found
    else:
        assert np.array_equal(shapely.get_coordinates(found[7].shape), kept)


@given(courses, st.sampled_from([0.5, 4.0, 30.0]))
def test_a_thinned_line_stays_near_and_keeps_its_ends(
    line: list[tuple[float, float]], tolerance: float
) -> None:
    shape = shapely.LineString(line)
    found, _ = encoded([shape], Kind.LINE, low=-1e4, high=1e4, tolerance=tolerance)
    twin = np.array(_thinned(line, tolerance))
    whole = np.floor(twin + 0.5)
    kept = whole[np.append(True, (whole[1:] != whole[:-1]).any(axis=1))]
    if len(kept) < 2:
        assert not found
        return
    mine = found[7].shape
    assert np.array_equal(shapely.get_coordinates(mine), kept)
    assert all(shapely.dwithin(mine, shapely.Point(spot), tolerance + 2 * HALF) for spot in line)


def _thinned(line: list[tuple[float, float]], tolerance: float) -> list[tuple[float, float]]:
    """Douglas and Peucker as they tell it."""
    if len(line) < 3:
        return line
    chord = shapely.LineString([line[0], line[-1]])
    away = [shapely.distance(chord, shapely.Point(spot)) for spot in line[1:-1]]
    far = int(np.argmax(away))
    if away[far] <= tolerance:
        return [line[0], line[-1]]
    first, last = _thinned(line[: far + 2], tolerance), _thinned(line[far + 1 :], tolerance)
    return [*first[:-1], *last]


def test_a_line_that_leaves_and_comes_back_is_two_lines() -> None:
    line = shapely.LineString([(10, 10), (10, -100), (50, -100), (50, 10)])
    found, _ = encoded([line], Kind.LINE)
    parts = shapely.get_parts(found[7].shape)
    assert [shapely.get_coordinates(part).tolist() for part in parts] == [
        [[10, 10], [10, -16]], [[50, -16], [50, 10]],
    ]  # fmt: skip


# --- Areas -------------------------------------------------------------------------


@given(st.lists(grid, min_size=3, max_size=8), st.floats(-0.49, 0.49), st.floats(-0.49, 0.49))
def test_areas_come_out_valid_or_are_asked_about(
    corners: list[tuple[int, int]], shift_x: float, shift_y: float
) -> None:
    # A small grid with shifts makes what rounding spoils: points that meet, sides that touch.
    ring = [(x * 0.7 + shift_x + 20, y * 0.7 + shift_y + 20) for x, y in corners]
    shape = shapely.Polygon(ring)
    assume(shape.is_valid and shape.area > 0)
    found, status = encoded([shape], Kind.AREA)
    whole = rounded(shape)
    if status[0] == WRITTEN:
        mine = found[7].shape
        assert mine.symmetric_difference(shapely.make_valid(whole)).area == pytest.approx(0)
        assert _all_near(mine, shape, HALF)
    elif status[0] == ASK:
        assert not shapely.is_valid(whole)  # with few points it is only asked where need be
    else:
        # A sliver: its two sides have become one, or crossed so that as much is gained as lost.
        assert shape.area <= shape.length * HALF


@given(st.lists(grid, min_size=3, max_size=8), st.lists(grid, min_size=3, max_size=5))
def test_mended_areas_are_valid_and_near(
    corners: list[tuple[int, int]], hole: list[tuple[int, int]]
) -> None:
    shape: Any = shapely.Polygon([(x * 0.7 + 20, y * 0.7 + 20) for x, y in corners])
    assume(shape.is_valid and shape.area > 0)
    inner = shapely.Polygon([(x * 0.4 + 20, y * 0.4 + 20) for x, y in hole])
    if inner.is_valid:
        shape = shape.difference(inner)
    assume(shape.area > 0)
    mended = mend(np.array([shape], np.object_))
    assert shapely.is_valid(mended[0])
    found, status = encoded(list(mended), Kind.AREA, checked=True)
    if not mended[0].area:
        assert status[0] == NOTHING
        assert shape.area < shape.length * 2 * HALF
        return
    mine = found[7].shape
    assert mine.symmetric_difference(mended[0]).area == 0  # lines that were areas are left out
    # Rounding moves no side further than that.
    assert mine.symmetric_difference(shape).area <= shape.length * 2 * HALF + 4


def test_holes_and_several_areas_keep_their_meaning() -> None:
    hollow: Any = (
        shapely.box(0, 0, 100, 100) - shapely.box(20, 20, 40, 40) - shapely.box(60, 60, 80, 80)
    )
    shape = shapely.MultiPolygon([hollow, shapely.box(25, 25, 35, 35), shapely.box(150, 0, 160, 9)])
    _, status = encoded([shape], Kind.AREA)
    assert status[0] == ASK  # several rings might touch
    for turned in (shape, shapely.reverse(shape), shapely.orient_polygons(shape)):
        found, _ = encoded([turned], Kind.AREA, checked=True)
        assert found[7].shape.equals(shape)


def test_an_outer_ring_that_vanishes_takes_its_holes_along() -> None:
    speck = shapely.Polygon(
        [(10, 10), (10.4, 10), (10.4, 10.4), (10, 10.4)],
        [[(10.1, 10.1), (10.3, 10.1), (10.2, 10.3)]],
    )
    shape = shapely.MultiPolygon([speck, shapely.box(50, 50, 60, 60)])
    found, _ = encoded([shape], Kind.AREA)
    assert found[7].shape.equals(shapely.box(50, 50, 60, 60))


def test_ways_back_and_points_said_twice_are_left_out() -> None:
    ring = [(0, 0), (10, 0), (10, 0), (20, 0), (12, 0), (10, 10), (10, 30), (10, 10), (0, 10)]
    found, _ = encoded([shapely.Polygon(ring)], Kind.AREA)
    assert found[7].shape.equals(shapely.Polygon([(0, 0), (12, 0), (10, 10), (0, 10)]))


def test_a_ring_that_turns_twice_is_not_taken_for_simple() -> None:
    # A star drawn in one stroke turns one way only, but twice around.
    turn = np.arange(5) * 4 * np.pi / 5 + 0.1
    star = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * 60 + 100)
    _, status = encoded([star], Kind.AREA)
    assert status[0] == ASK


@given(st.integers(encode.MANY + 1, encode.MANY + 30))
def test_long_rings_are_asked_about_unless_plainly_simple(count: int) -> None:
    turn = np.arange(count) * 2 * np.pi / count
    round_ = np.column_stack([np.cos(turn), np.sin(turn)]) * 100 + 120
    waves = 120 + (round_ - 120) * (1 + 0.3 * np.cos(turn * 5))[:, None]
    _, status = encoded([shapely.Polygon(round_), shapely.Polygon(waves)], Kind.AREA)
    assert status[1] == ASK
    assert status[0] in {WRITTEN, ASK}  # rounding may have bent it inwards


# --- Messages ----------------------------------------------------------------------


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "zh": st.none() | st.text(max_size=5),
                "kmh": st.sampled_from([float("nan"), 30.0, 62.5, -7.25, -7.0, 1e300, 2.0**60]),
                "rank": st.integers(-5, 300),
                "bridge": st.booleans(),
            }
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 2**52),
)
def test_properties_and_ids_come_back(rows: list[dict[str, Any]], first: int) -> None:
    columns = {
        "zh": np.array([row["zh"] for row in rows], np.object_),
        "kmh": np.array([row["kmh"] for row in rows]),
        "rank": np.array([row["rank"] for row in rows]),
        "bridge": np.array([row["bridge"] for row in rows]),
    }
    properties = Properties.of(columns, len(rows))
    assert properties.fields == ("String", "Number", "Number", "Boolean")
    some = np.arange(len(rows))[::2]
    spots = np.asarray(shapely.points(np.arange(len(rows)), 3.0), np.object_)
    shapes = flatten(spots, Kind.POINT)
    tags, values = properties.of_rows(some)
    out = np.empty(room(shapes, some, len(columns)), np.uint8)
    status = np.empty(len(some), np.uint8)
    size = write(shapes, some, some + first, tags, frame(Kind.POINT), out, status)
    content = layer_bytes("many", 4096, [out[:size]], properties.names, values)
    assert len(values) <= sum(len(one) for one in properties.values)
    found = read_layers(content)["many"].features
    assert [one.id for one in found] == [int(row) + first for row in some]
    for one, row in zip(found, some, strict=True):
        wanted = {k: v for k, v in rows[row].items() if v is not None and v == v}  # noqa: PLR0124
        assert one.properties == wanted


def test_a_layer_without_features_is_no_layer() -> None:
    assert layer_bytes("none", 4096, [np.empty(0, np.uint8), b""]) == b""


def test_nothing_is_written_beyond_the_room() -> None:
    # The worst that can happen to a line: every step leaves the window and the ids are huge.
    zigzag = [(x, 500.0 * (-1) ** x) for x in range(200)]
    flat = flatten(np.array([shapely.LineString(zigzag)], np.object_), Kind.LINE)
    row = np.zeros(1, np.int64)
    size = room(flat, row, 3)
    out = np.full(size + 500, 99, np.uint8)
    tags = np.full((1, 3), 2**30, np.int32)
    status = np.empty(1, np.uint8)
    write(flat, row, row + 2**62, tags, frame(Kind.LINE), out, status)
    assert (out[size:] == 99).all()
