"""Layers: across tiles nothing is lost or doubled, and many features still make a small tile."""

import zlib
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from onecity.web.tiles import layer as layers
from onecity.web.tiles.address import EXTENT, LAST_ZOOM, Tile, world
from onecity.web.tiles.index import BoxIndex
from onecity.web.tiles.layer import GRIDS, Group, Layer, box_of
from onecity.web.tiles.pyramid import Pyramid
from onecity.web.tiles.shapes import Kind, Shapes, areas, boxes, flatten, project
from onecity.web.tiles.wire import Properties
from tests.web.tiles.reading import Read, read_layers


def layer_of(geometries: Any, kind: Kind, **changed: Any) -> Layer:
    """Make a layer of geometries in world units."""
    shapes = flatten(np.asarray(geometries, np.object_), kind)
    around = boxes(shapes)
    rows = np.arange(len(around))
    given: dict[str, Any] = {
        "name": "one", "kind": kind, "shapes": shapes, "ids": rows, "box": box_of(around),
        "groups": (Group(0, BoxIndex.of(around, rows)),),
        "properties": Properties.of({}, len(rows)),
    }  # fmt: skip
    return Layer(**(given | changed))


def bricks(side: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return six-sided zones that share their points, in the square from 0.2 to 0.3."""
    x, y = np.meshgrid(np.arange(2 * side + 2), np.arange(side + 1), indexing="ij")
    shake = rng.uniform(-0.3, 0.3, (2, *x.shape))
    points = 0.2 + 0.1 * np.stack(
        [(x + shake[0]) / (2 * side + 2), (y + shake[1]) / (side + 1)], axis=-1
    )
    column, row = (one.ravel() for one in np.meshgrid(np.arange(side), np.arange(side)))
    left = 2 * column + row % 2
    corners = [(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1), (0, 0)]
    rings = np.stack([points[left + a, row + b] for a, b in corners], axis=1)
    return np.asarray(shapely.polygons(rings), np.object_)


def tiles_of(box: tuple[float, float, float, float], zoom: int) -> list[Tile]:
    west, north, east, south = (int(one * 2**zoom) for one in box)
    return [Tile(zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


def on_world(read: Read, tile: Tile) -> dict[int, Any]:
    """Return the shapes of a read layer in world units, without what lies beyond the tile."""
    side = shapely.box(0, 0, read.extent, read.extent)
    corner = np.array([tile.x, tile.y])
    return {
        key: shapely.transform(
            shapely.intersection(one.shape, side),
            lambda xy: (xy / read.extent + corner) / 2**tile.z,
        )
        for key, one in read.by_id.items()
    }


def read(one: Layer, tile: Tile) -> Read | None:
    content = one.encode(tile)
    return read_layers(content)["one"] if content else None


@pytest.mark.parametrize("zoom", [2, 5, 7])
def test_zones_fill_the_ground_without_gaps_across_tiles(zoom: int) -> None:
    zones = bricks(12, np.random.default_rng(zoom))
    one = layer_of(zones, Kind.AREA)
    assert one.box is not None
    found: dict[int, list[Any]] = {}
    for tile in tiles_of(one.box, zoom):
        layer = read(one, tile)
        for key, shape in on_world(layer, tile).items() if layer else []:
            found.setdefault(key, []).append(shape)
    assert found.keys() == set(range(len(zones)))
    step = 1 / (2**zoom * EXTENT)
    for key, parts in found.items():
        assert shapely.union_all(parts).symmetric_difference(zones[key]).area <= (
            2 * step * zones[key].length
        )
    everything = shapely.union_all([part for parts in found.values() for part in parts])
    assert everything.symmetric_difference(shapely.union_all(zones)).area <= (
        step * shapely.union_all(zones).length
    )


@pytest.mark.parametrize("most", [30_000, 12_000, 3_000])
def test_too_many_zones_are_rounded_and_leave_no_gaps(most: int) -> None:
    zones = bricks(60, np.random.default_rng(most))
    one = layer_of(zones, Kind.AREA, most_bytes=most)
    tile = Tile(1, 0, 0)
    content = one.encode(tile)
    layer = read_layers(content)["one"]
    assert layer.extent in GRIDS[1:]
    assert len(zlib.compress(content)) <= most or layer.extent == GRIDS[-1]
    assert 0 < len(layer.features) <= len(zones)
    true = shapely.transform(zones, lambda xy: xy * 2 * layer.extent)
    covered = shapely.union_all([feature.shape for feature in layer.features])
    ground = shapely.union_all(true)
    assert ground.symmetric_difference(covered).area <= 0.8 * ground.length
    # Inside, nothing is left blank but what two zones cross over, a hundredth at most.
    deep = shapely.buffer(ground, -2)
    assert deep.difference(covered).area <= 0.01 * deep.area
    # Wherever a zone is drawn, it really lies no further than a unit away.
    for key, feature in layer.by_id.items():
        assert shapely.buffer(true[key], 2**0.5).covers(feature.shape)


def test_a_tile_that_cannot_fit_the_finest_grid_does_not_try_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []
    one = layer_of(bricks(30, np.random.default_rng(1)), Kind.AREA, most_bytes=2_000)
    written = Layer._written

    def noted(self: Layer, tile: Tile, rows: Any, inside: Any, grid: int) -> bytes:
        tried.append(grid)
        return written(self, tile, rows, inside, grid)

    monkeypatch.setattr(Layer, "_written", noted)
    one.encode(Tile(3, 1, 1))
    assert tried[0] == GRIDS[1]


def test_areas_that_rounding_spoils_are_mended() -> None:
    # A comb whose teeth are finer than a unit, and a lake with an island that touches its shore.
    step = 1 / EXTENT
    teeth = [(0.3 + k * 0.31 * step, 0.3 + (k % 2) * 40 * step) for k in range(60)]
    comb = shapely.Polygon([*teeth, (0.4, 0.2), (0.3, 0.2)])
    lake = shapely.box(0.5, 0.5, 0.6, 0.6) - shapely.box(0.5 + 0.4 * step, 0.52, 0.55, 0.58)
    one = layer_of([comb, lake], Kind.AREA)
    layer = read(one, Tile(0, 0, 0))
    assert layer is not None
    for key, true in enumerate((comb, lake)):
        mine = on_world(layer, Tile(0, 0, 0))[key]
        assert mine.symmetric_difference(true).area <= true.length * step


def test_an_invalid_area_is_drawn_as_far_as_it_makes_sense() -> None:
    bow = shapely.Polygon([(0.3, 0.3), (0.4, 0.4), (0.4, 0.3), (0.3, 0.4)])
    assert not bow.is_valid
    one = layer_of([bow], Kind.AREA)
    inside, cut = read(one, Tile(0, 0, 0)), read(one, Tile(3, 2, 2))
    assert inside is not None
    assert cut is not None
    assert on_world(inside, Tile(0, 0, 0))[0].area == pytest.approx(0.005, rel=0.01)


def test_a_tile_deep_in_an_area_is_full() -> None:
    one = layer_of([shapely.box(0.1, 0.1, 0.9, 0.9).segmentize(0.01)], Kind.AREA)
    tile = Tile(LAST_ZOOM, 2**13, 2**13)
    layer = read(one, tile)
    assert layer is not None
    assert layer.by_id[0].shape.covers(shapely.box(0, 0, EXTENT, EXTENT))


def test_lines_meet_at_the_sides_of_tiles() -> None:
    rng = np.random.default_rng(4)
    ends = rng.uniform(0.2, 0.3, (40, 6, 2))
    courses: Any = shapely.linestrings(ends)
    one = layer_of(courses, Kind.LINE)
    assert one.box is not None
    zoom = 6
    reached: dict[int, float] = {}
    for tile in tiles_of(one.box, zoom):
        layer = read(one, tile)
        for key, shape in on_world(layer, tile).items() if layer else []:
            reached[key] = reached.get(key, 0.0) + shape.length
    for key, course in enumerate(courses):
        assert reached[key] == pytest.approx(course.length, rel=2e-3)


def test_edges_that_share_an_end_still_share_it_when_rounded() -> None:
    rng = np.random.default_rng(5)
    walk = 0.25 + np.cumsum(rng.normal(0, 1e-4, (3000, 2)), axis=0)
    edges: Any = shapely.linestrings(np.stack([walk[:-1], walk[1:]], axis=1))
    one = layer_of(edges, Kind.LINE, most_bytes=4_000)
    layer = read(one, Tile(1, 0, 0))
    assert layer is not None
    assert layer.extent < EXTENT
    assert len(layer.features) < len(edges)
    road = shapely.union_all([feature.shape for feature in layer.features])
    assert road.buffer(0.01).geom_type == "Polygon", "the road fell to pieces"


def test_features_wait_for_their_zoom() -> None:
    lines = shapely.linestrings([[[0.5, 0.5], [0.6, 0.6]], [[0.5, 0.6], [0.6, 0.5]]])
    around = boxes(flatten(lines, Kind.LINE))
    groups = (
        Group(6, BoxIndex.of(around, np.array([0]))),
        Group(3, BoxIndex.of(around, np.array([1]))),
    )
    one = layer_of(lines, Kind.LINE, groups=groups)
    assert one.first_zoom == 3
    assert read(one, Tile(2, 2, 2)) is None
    for zoom, wanted in ((3, [1]), (6, [0, 1])):
        layer = read(one, Tile(zoom, 2 ** (zoom - 1), 2 ** (zoom - 1)))
        assert layer is not None
        # The first zoom comes last: what matters most is drawn on top.
        assert [feature.id for feature in layer.features] == [
            key for key in wanted if zoom == 3 or key == 0
        ]


# --- Pyramids --------------------------------------------------------------------------


def _coast(side: int = 6, points: int = 60) -> Shapes:
    """Return squares whose sides are rough, shared by neighbours."""
    rng = np.random.default_rng(8)
    across = rng.normal(0, 3e-5, (2, side + 1, side, points))
    across[..., [0, -1]] = 0

    def edge(x: int, y: int, *, up: bool) -> list[tuple[float, float]]:
        steps = np.linspace(0, 0.02, points)
        off = across[int(up), x if up else y, y if up else x]
        along = 0.2 + 0.02 * np.array([x, y])
        return [(along[0] + (o if up else s), along[1] + (s if up else o))
                for s, o in zip(steps, off, strict=True)]  # fmt: skip

    cells = []
    for x in range(side):
        for y in range(side):
            ring = edge(x, y, up=False)[:-1] + edge(x + 1, y, up=True)[:-1]
            ring += edge(x, y + 1, up=False)[::-1][:-1] + edge(x, y, up=True)[::-1]
            cells.append(shapely.Polygon(np.round(ring, 12)))
    assert shapely.coverage_is_valid(cells)
    return flatten(np.array(cells, np.object_), Kind.AREA)


def test_simpler_neighbours_still_meet() -> None:
    whole = _coast()
    pyramid = Pyramid(whole, coverage=True)
    counts = []
    for zoom in range(LAST_ZOOM + 1):
        level = pyramid.at(zoom)
        assert pyramid.at(zoom) is level, "a level is made once"
        cells = areas(level, np.arange(36))
        assert shapely.coverage_is_valid(cells)
        counts.append(len(level.xy))
        for mine, true in zip(cells, areas(whole, np.arange(36)), strict=True):
            away = shapely.hausdorff_distance(mine, true)
            assert away <= max(20 * layers.LINE_TOLERANCE / (EXTENT * 2**zoom), 2e-3)
    assert counts == sorted(counts)
    assert counts[0] < len(whole.xy) / 10
    assert pyramid.at(LAST_ZOOM) is whole


def test_areas_without_points_to_spare_are_left_alone() -> None:
    shapes = flatten(bricks(5, np.random.default_rng(0)), Kind.AREA)
    pyramid = Pyramid(shapes, coverage=True)
    assert all(pyramid.at(zoom) is shapes for zoom in range(LAST_ZOOM + 1))


def test_an_invalid_coverage_is_drawn_with_all_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise shapely.GEOSException

    monkeypatch.setattr(shapely, "coverage_simplify", fail)
    whole = _coast(2)
    assert Pyramid(whole, coverage=True).at(3) is whole


def test_lakes_are_simplified_one_by_one() -> None:
    turn = np.linspace(0, 2 * np.pi, 500)
    lake = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * 1e-3 + 0.4)
    pyramid = Pyramid(flatten(np.array([lake], np.object_), Kind.AREA), coverage=False)
    (simple,) = areas(pyramid.at(8), np.arange(1))
    assert len(simple.geoms[0].exterior.coords) < 100
    assert simple.symmetric_difference(lake).area < 0.02 * lake.area


def test_a_window_is_in_world_units() -> None:
    shapes, _ = project(gpd.GeoSeries.from_xy([114.3], [30.6]).to_numpy(), Kind.POINT)
    ((x, y),) = world([114.3], [30.6])
    assert np.allclose(shapes.xy, [[x, y]])
    west, north, east, south = Tile(9, int(x * 512), int(y * 512)).window(0)
    assert west <= x < east
    assert north <= y < south
