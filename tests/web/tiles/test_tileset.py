"""The tiles of a region as the service asks for them."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity

from onecity.core.errors import RangeError
from onecity.region.interventions import CloseRoad
from onecity.region.store import Region
from onecity.web.tiles import TileSet, tileset
from onecity.web.tiles.address import LAST_ZOOM, world
from onecity.web.tiles.ground import LAYERS
from onecity.web.tiles.layer import Layer
from tests.tiny import tiny_region, tiny_tables
from tests.web.tiles.reading import Read, read_tile

MIDDLE = (-29.5, 1.25)


def address(zoom: int, spot: tuple[float, float] = MIDDLE) -> tuple[int, int, int]:
    ((x, y),) = world([spot[0]], [spot[1]]) * 2**zoom
    return zoom, int(x), int(y)


def read(tiles: TileSet, zoom: int, spot: tuple[float, float] = MIDDLE) -> dict[str, Read]:
    return read_tile(tiles.tile(*address(zoom, spot)))


@pytest.fixture(scope="module")
def tiny_tiles() -> TileSet:
    """The tiles of the tiny region."""
    return TileSet.of(tiny_region())


# --- What a tile holds -----------------------------------------------------------------


def test_one_tile_carries_all_layers(tiny_tiles: TileSet) -> None:
    layers = read(tiny_tiles, 6)
    assert list(layers) == list(LAYERS)
    # What a feature has no value of, it does not carry: the trunk road has a name, the lake none.
    assert {name: set(one.features[0].properties) for name, one in layers.items()} == {
        "zones": set(),
        "counties": {"code", "zh", "en"},
        "cities": {"code", "zh", "en"},
        "water": {"kind"},
        "rivers": {"zh", "en", "kind"},
        "county_lines": {"a", "b"},
        "city_lines": {"a", "b"},
        "roads": {"class", "kmh", "bridge", "zh", "rank"},
        "rail": set(),
        "places": {"zh", "en", "kind", "rank"},
    }


def test_ids_are_rows_so_that_figures_can_be_joined() -> None:
    region = tiny_region()
    tiles = TileSet.of(region)
    seen: dict[int, Any] = {}
    zones = region.table("zones").geometry
    for zoom in (6, 9):
        _, x, y = address(zoom)
        for column in range(x - 2, x + 3):
            for row in range(y - 2, y + 3):
                content = tiles.tile(zoom, column, row)
                layer = read_tile(content).get("zones") if content else None
                seen.update(layer.by_id if layer else {})
    assert set(seen) == set(range(len(zones)))
    z, x, y = address(9)
    layer = read_tile(tiles.tile(z, x, y))["zones"]
    side = shapely.box(0, 0, layer.extent, layer.extent)
    for row, feature in layer.by_id.items():
        true = shapely.transform(
            zones[row], lambda xy: (world(*xy.T) * 2**z - [x, y]) * layer.extent
        )
        part = side.intersection(true)
        assert side.intersection(feature.shape).symmetric_difference(part).area <= true.length


def test_roads_tell_what_they_are(tiny_tiles: TileSet) -> None:
    roads = read(tiny_tiles, 6)["roads"].by_id
    assert roads[4].properties == {
        "class": "trunk", "kmh": 80, "bridge": True, "zh": "虚构大道", "rank": 1,
    }  # fmt: skip
    ranks = [road.properties["rank"] for road in read(tiny_tiles, 9)["roads"].features]
    assert ranks == sorted(ranks, reverse=True), "what matters most is drawn last, on top"


def test_borders_carry_the_codes_of_both_cities(tiny_tiles: TileSet) -> None:
    lines = [one.properties for one in read(tiny_tiles, 6)["city_lines"].features]
    assert {"a": "990100", "b": "990200"} in lines
    assert {"a": "990200", "b": "999001"} in lines
    assert {"a": "990100", "b": ""} in lines


def test_names_are_read_as_they_were_written(tiny_tiles: TileSet) -> None:
    cities = read(tiny_tiles, 6)["cities"].by_id
    assert cities[0].properties == {"code": "990100", "zh": "云湾市", "en": "Yunwan"}


def test_tables_a_region_lacks_are_layers_it_lacks() -> None:
    tiles = TileSet.of(tiny_region(without=("water", "rail_edges", "places", "groups")))
    assert not {"water", "rivers", "rail"} & set(read(tiles, 7))
    none = tiny_tables()["water"][:0]
    assert "water" not in read(TileSet.of(tiny_region(water=none)), 7)


def test_far_from_the_region_is_nothing(tiny_tiles: TileSet) -> None:
    assert tiny_tiles.tile(8, 0, 0) == b""
    assert tiny_tiles.tile(LAST_ZOOM, 2**LAST_ZOOM - 1, 2**LAST_ZOOM - 1) == b""


@pytest.mark.parametrize(("z", "x", "y"), [(15, 0, 0), (-1, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_tiles_that_cannot_be_are_refused(tiny_tiles: TileSet, z: int, x: int, y: int) -> None:
    with pytest.raises(RangeError):
        tiny_tiles.tile(z, x, y)


# --- Odd regions -------------------------------------------------------------------------


def moved(lon: float, lat: float, scale: float = 1.0) -> Region:
    """Return the tiny region elsewhere."""
    tables: dict[str, Any] = tiny_tables()
    for table in tables.values():
        if isinstance(table, gpd.GeoDataFrame):
            table["geometry"] = [
                affinity.translate(
                    affinity.scale(shape, scale, scale, origin=(*MIDDLE, 0)),
                    lon - MIDDLE[0],
                    lat - MIDDLE[1],
                )
                for shape in table.geometry
            ]
    changed = {name: one for name, one in tables.items() if isinstance(one, gpd.GeoDataFrame)}
    return tiny_region(**changed)


@pytest.mark.parametrize("lat", [78.2, -54.8, 84.9])
def test_a_region_near_a_pole(lat: float) -> None:
    tiles = TileSet.of(moved(15.6, lat))
    assert len(read(tiles, 5, (15.6, lat))["zones"].features) > 10
    west, south, east, north = tiles.tilejson("x")["bounds"]
    assert west < 15.6 < east
    assert south <= lat <= north


def test_a_region_as_wide_as_a_continent() -> None:
    tiles = TileSet.of(moved(100.0, 30.0, scale=40.0))
    assert len(read(tiles, 5, (100.0, 30.0))["zones"].features) > 1
    assert len(read(tiles, 0, (100.0, 30.0))["cities"].features) == 3


def test_a_region_of_one_zone() -> None:
    tables = tiny_tables()
    region = tiny_region(zones=tables["zones"][:1])
    layers = read(TileSet.of(region), 7)
    assert [one.id for one in layers["zones"].features] == [0]


def test_a_region_without_roads() -> None:
    region = tiny_region(road_edges=tiny_tables()["road_edges"][:0])
    assert "roads" not in read(TileSet.of(region), 7)
    assert "roads" in {one["id"] for one in TileSet.of(region).tilejson("x")["vector_layers"]}


# --- TileJSON ------------------------------------------------------------------------------


def test_tilejson_says_where_and_what(tiny_tiles: TileSet) -> None:
    told = tiny_tiles.tilejson("/tiles/{z}/{x}/{y}")
    assert told["tilejson"] == "3.0.0"
    assert told["tiles"] == ["/tiles/{z}/{x}/{y}"]
    assert (told["minzoom"], told["maxzoom"]) == (0, LAST_ZOOM)
    west, south, east, north = told["bounds"]
    # A road begins west of all zones.
    assert (west, east) == pytest.approx((-30.04, -29.0))
    assert (south, north) == pytest.approx((1.0, 1.5))
    layers = {one["id"]: one for one in told["vector_layers"]}
    assert list(layers) == list(LAYERS)
    assert layers["roads"]["fields"] == {
        "class": "String", "kmh": "Number", "bridge": "Boolean", "zh": "String", "rank": "Number",
    }  # fmt: skip
    assert layers["zones"]["minzoom"] == 5
    for zoom in range(LAST_ZOOM + 1):
        content = tiny_tiles.tile(*address(zoom))
        for name in read_tile(content):
            assert layers[name]["minzoom"] <= zoom


def test_tilejson_is_known_again_without_reading_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = tiny_region().write(tmp_path / "区域")
    first = TileSet.of(region).tilejson("x")
    tile = TileSet.of(region).tile(*address(8))

    def unread(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Region, "table", unread)
    again = TileSet.of(Region.open(tmp_path / "区域"))
    assert again.tilejson("x") == first
    assert again.tile(*address(8)) == tile


# --- Keeping --------------------------------------------------------------------------------


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []
    encode = Layer.encode

    def counting(self: Layer, tile: Any) -> bytes:
        made.append(tile)
        return encode(self, tile)

    monkeypatch.setattr(Layer, "encode", counting)
    return made


def test_a_tile_is_made_once_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    tiles = TileSet.of(tiny_region())
    first = tiles.tile(*address(8))
    assert tiles.tile(*address(8)) is first
    assert len(made) == len(LAYERS)
    assert TileSet.of(tiny_region()).tile(*address(8)) == first


def test_empty_tiles_are_made_once_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    tiles = TileSet.of(tiny_region())
    assert tiles.tile(8, 0, 0) == tiles.tile(8, 0, 0) == b""
    assert len(made) == len(LAYERS)


def test_a_damaged_tile_on_disk_is_made_anew(tmp_path: Path) -> None:
    region = tiny_region().write(tmp_path / "region")
    whole = TileSet.of(region).tile(*address(8))
    (file,) = (tmp_path / "region" / tileset.FOLDER).rglob("8-*.mvt")
    file.write_bytes(file.read_bytes()[:-20])
    assert TileSet.of(region).tile(*address(8)) == whole
    file.write_bytes(b"")
    assert TileSet.of(region).tile(*address(8)) == whole


def test_nothing_is_kept_on_disk_where_that_is_not_wanted(tmp_path: Path) -> None:
    region = tiny_region().write(tmp_path / "region")
    tiles = TileSet.of(region, disk_bytes=0, memory_bytes=0)
    assert tiles.tile(*address(8)) == tiles.tile(*address(8))
    assert not (tmp_path / "region" / tileset.FOLDER).exists()


def test_another_state_has_other_tiles(tmp_path: Path) -> None:
    region = tiny_region().write(tmp_path / "region")
    scenario = region.apply([CloseRoad((0,))])
    assert TileSet.of(scenario).hash != TileSet.of(region).hash
    assert TileSet.of(Region.open(tmp_path / "region")).hash == TileSet.of(region).hash
    for one in (region, scenario):
        TileSet.of(one).tile(*address(8))
    assert len(list((tmp_path / "region" / tileset.FOLDER).glob("tiles-*"))) == 2


def test_tiles_of_states_long_gone_are_deleted(tmp_path: Path) -> None:
    region = tiny_region().write(tmp_path / "region")
    folder = tmp_path / "region" / tileset.FOLDER
    for row in range(tileset.STATES + 3):
        (folder / f"tiles-{row}").mkdir(parents=True)
    TileSet.of(region).tile(*address(8))
    assert len(list(folder.glob("tiles-*"))) == tileset.STATES


def test_what_many_ask_for_at_once_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = TileSet.of(tiny_region())
    tiles.prepare()
    made: list[object] = []
    gate = threading.Barrier(8)
    encode = Layer.encode

    def slow(self: Layer, tile: Any) -> bytes:
        made.append((self.name, tile))
        threading.Event().wait(0.01)
        return encode(self, tile)

    def ask(_: int) -> bytes:
        gate.wait()
        return tiles.tile(*address(9))

    monkeypatch.setattr(Layer, "encode", slow)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(set(found)) == 1
    assert len(made) == len(LAYERS)


def test_different_tiles_are_made_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = TileSet.of(tiny_region())
    tiles.prepare()
    meet = threading.Barrier(2, timeout=60)
    encode = Layer.encode

    def waiting(self: Layer, tile: Any) -> bytes:
        if self.name == "zones":
            meet.wait()  # breaks unless the other tile is being made at the same time
        return encode(self, tile)

    monkeypatch.setattr(Layer, "encode", waiting)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda zoom: tiles.tile(*address(zoom)), (8, 9))
    assert first
    assert second


def test_an_error_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = TileSet.of(tiny_region())
    with monkeypatch.context() as broken:
        broken.setattr(Layer, "encode", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tiles.tile(*address(8))
    assert tiles.tile(*address(8))


def test_content_is_plain_gzip_without_a_date(tiny_tiles: TileSet) -> None:
    content = tiny_tiles.tile(*address(8))
    assert content[:2] == b"\x1f\x8b"
    assert content[4:8] == bytes(4)
    assert len(gzip.decompress(content)) > len(content)


def test_every_zone_of_many_is_on_some_tile() -> None:
    """On a larger sheet all zones arrive, at a zoom where each is wide enough to be drawn."""
    rng = np.random.default_rng(3)
    side = 40
    x, y = np.meshgrid(np.linspace(0, 1, side + 1), np.linspace(0, 0.5, side + 1), indexing="ij")
    x, y = (one + rng.uniform(-0.004, 0.004, one.shape) for one in (x, y / 1.0))
    points = np.stack([-30 + x, 1 + y], axis=-1)
    corners = [points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]]
    cells: Any = shapely.polygons(np.stack(corners, axis=-2).reshape(-1, 4, 2))
    zones = tiny_tables()["zones"]
    many = gpd.GeoDataFrame(
        {
            **{name: zones[name].iloc[0] for name in zones.columns if name != "geometry"},
            "zone": [f"z{row}" for row in range(len(cells))],
        },
        geometry=cells,
        crs=zones.crs,
    )[zones.columns]
    tiles = TileSet.of(tiny_region(zones=many))
    seen: set[int] = set()
    zoom = 9
    _, west, north = address(zoom, (-30.02, 1.52))
    _, east, south = address(zoom, (-28.98, 0.98))
    for column in range(west, east + 1):
        for row in range(north, south + 1):
            content = tiles.tile(zoom, column, row)
            layer = read_tile(content).get("zones") if content else None
            seen.update(layer.by_id if layer else {})
    assert seen == set(range(len(cells)))
