"""What the layers are made of: lines drawn once, names named once, important roads first."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity

from onecity.strands.border_lines import border_lines
from onecity.web.tiles import ground, ranks
from onecity.web.tiles.address import LAST_ZOOM
from onecity.web.tiles.lines import NOBODY, city_lines, county_lines, unit_lines
from onecity.web.tiles.places import place_names
from onecity.web.tiles.ranks import groups, place_ranks, road_ranks
from tests.tiny import tiny_region, tiny_tables

SIDE = 0.1


def lines_by_pair(one: Any) -> dict[tuple[str, str], Any]:
    return dict(zip(zip(one.one, one.other, strict=True), one.shapes, strict=True))


# --- Boundary lines ------------------------------------------------------------------


def test_boundaries_of_counties_are_drawn_once() -> None:
    region = tiny_region()
    counties = region.table("counties").set_index("county").geometry
    found = lines_by_pair(county_lines(region))
    assert list(found) == sorted(found)
    assert all(a < b for a, b in found if b != NOBODY)
    for (a, b), line in found.items():
        wanted = counties[a].boundary
        if b == NOBODY:
            wanted = wanted.intersection(counties.union_all().boundary)
        else:
            wanted = wanted.intersection(counties[b].boundary)
        assert line.length == pytest.approx(shapely.length(wanted))
        assert line.equals(shapely.line_merge(wanted)) or line.buffer(1e-9).covers(wanted)
    everything = shapely.union_all(counties.boundary.to_numpy())
    assert sum(line.length for line in found.values()) == pytest.approx(everything.length)


def test_lines_between_cities_are_those_that_border_effects_are_for() -> None:
    region = tiny_region()
    found = lines_by_pair(city_lines(region))
    between = border_lines(region)
    pairs = list(zip(between["city_a"], between["city_b"], strict=True))
    assert pairs
    assert [pair for pair in found if pair[1] != NOBODY] == pairs
    for pair, line in zip(pairs, between.geometry, strict=True):
        assert found[pair].equals(line)
    outside = shapely.union_all([line for (_, b), line in found.items() if b == NOBODY])
    assert outside.equals(region.table("cities").geometry.union_all().boundary)


def test_outlines_that_only_nearly_meet_share_one_line() -> None:
    west, east = shapely.box(0, 0, 1, 1), shapely.box(1.00005, 0, 2, 1)
    found = lines_by_pair(
        unit_lines(np.array(["b", "a"], object), np.array([west, east], np.object_))
    )
    assert set(found) == {("a", "b"), ("a", NOBODY), ("b", NOBODY)}
    assert found["a", "b"].length == pytest.approx(1, abs=1e-3)
    assert found["a", NOBODY].length == pytest.approx(2.99995, abs=1e-3)
    assert found["b", NOBODY].length == pytest.approx(3, abs=1e-3)


def test_units_far_apart_or_alone_have_edges_only() -> None:
    apart = np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)], np.object_)
    codes = np.array(["a", "b"], object)
    assert set(lines_by_pair(unit_lines(codes, apart))) == {("a", NOBODY), ("b", NOBODY)}
    assert set(lines_by_pair(unit_lines(codes[:1], apart[:1]))) == {("a", NOBODY)}
    assert unit_lines(codes[:0], apart[:0]).one == []
    assert unit_lines(codes[:1], np.array([shapely.Polygon()], np.object_)).one == []


def test_an_island_inside_another_unit_has_a_border_all_around() -> None:
    hole = shapely.box(0.3, 0.3, 0.6, 0.6)
    shapes = np.array([shapely.box(0, 0, 1, 1) - hole, hole], np.object_)
    found = lines_by_pair(unit_lines(np.array(["a", "b"], object), shapes))
    assert set(found) == {("a", "b"), ("a", NOBODY)}
    assert found["a", "b"].length == pytest.approx(1.2)


def test_the_cut_inside_one_unit_is_no_border() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    found = lines_by_pair(unit_lines(np.array(["a"], object), np.array([two], np.object_)))
    assert found["a", NOBODY].length == pytest.approx(6)


# --- Ranks -----------------------------------------------------------------------------


def test_roads_rank_by_class_and_else_by_speed() -> None:
    classes = pd.Series(["motorway", "motorway_link", "trunk_extract", "residential", "旧路", "x"])
    found = road_ranks(classes, np.array([10.0, 10.0, 10.0, 130.0, 80.0, 20.0]))
    assert found.tolist() == [0, 0, 1, 5, 1, ranks.SLOW_RANK]
    assert len(road_ranks(classes[:0], np.empty(0))) == 0


def test_places_rank_by_kind_and_people() -> None:
    kinds = pd.Series(["airport", "settlement", "settlement", "settlement", "station", "temple"])
    found = place_ranks(kinds, np.array([np.nan, 2e5, 3e4, np.nan, np.nan, 1e6]))
    assert found.tolist() == [3, 3, 4, 5, 5, 6]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=1, max_size=200),
    st.integers(1, 60),
)
def test_what_matters_less_waits(spots: list[tuple[int, int]], most: int) -> None:
    rank = np.array([one for one, _ in spots])
    x = np.array([place for _, place in spots]) / 31
    around = np.column_stack([x, x, x, x])
    zooms = (2, 3, 5, 7, 9)
    found = groups(rank, around, zooms, most)
    assert sum(len(group.index) for group in found) == len(spots)
    firsts = [group.first_zoom for group in found][::-1]
    assert firsts == sorted(firsts)
    assert firsts[0] >= zooms[0]
    present = np.unique(rank)
    for zoom in range(LAST_ZOOM):
        shown = np.isin(rank, present[: sum(first <= zoom for first in firsts)])
        tile = (x[shown] * 2**zoom).astype(int)
        # One spot on both axes: no two tiles of a column are used.
        fullest = np.bincount(tile).max() if len(tile) else 0
        assert fullest <= most
    assert firsts[-1] <= LAST_ZOOM


def test_a_region_with_small_roads_only_is_not_blank_from_afar() -> None:
    around = np.random.default_rng(1).uniform(0.3, 0.31, (500, 2))
    found = groups(np.full(500, 5), np.hstack([around, around]), ranks.ROAD_ZOOMS, 1_000)
    assert [group.first_zoom for group in found] == [ranks.ROAD_ZOOMS[0]]


# --- Names -----------------------------------------------------------------------------


def names_of(region: Any) -> dict[str, list[tuple[str, int, float, float]]]:
    found: dict[str, list[tuple[str, int, float, float]]] = {}
    names = place_names(region)
    for zh, en, kind, rank, lon, lat in zip(
        names.zh, names.en, names.kind, names.rank, names.lon, names.lat, strict=True
    ):
        name = zh if isinstance(zh, str) else en
        found.setdefault(kind, []).append((name, rank, lon, lat))
    return found


def test_every_city_and_county_has_a_name_on_the_map() -> None:
    region = tiny_region()
    found = names_of(region)
    cities = region.table("cities").set_index("name_zh")
    assert {name: rank for name, rank, _, _ in found["city"]} == {
        "云湾市": 0, "岚浦市": 1, "砾泽市": 1,
    }  # fmt: skip
    for name, _, lon, lat in found["city"]:
        assert (lon, lat) == (cities["lon"][name], cities["lat"][name])
    counties = region.table("counties").set_index("name_zh").geometry
    # 砾泽市 is a county and a city: it is named once.
    assert [name for name, *_ in found["county"]] == ["内湾区", "外湾区", "浦南区", "浦北县"]
    for name, _, lon, lat in found["county"]:
        assert counties[name].contains(shapely.Point(lon, lat))
    # The settlement 砾泽 is the city's own; the one without any name cannot be drawn.
    assert "town" not in found
    assert [name for name, *_ in found["station"]] == ["云湾站", "岚浦站"]


def test_a_county_stands_at_the_town_it_is_named_after() -> None:
    places = tiny_tables()["places"]
    spot = shapely.Point(-29.3, 1.42)
    places.loc[3, ["name_zh", "name_en"]] = ["浦北", None]
    places.loc[4, ["name_zh", "name_en"]] = [None, "Waiwan"]
    places["geometry"] = [*places.geometry[:3], spot, shapely.Point(-29.75, 1.11)]
    places["lon"], places["lat"] = places.geometry.x, places.geometry.y
    found = names_of(tiny_region(places=places))
    where = {name: (lon, lat) for name, _, lon, lat in found["county"]}
    assert where["浦北县"] == (spot.x, spot.y)
    assert where["外湾区"] == (-29.75, 1.11)
    assert "town" not in found


def test_a_town_of_the_same_name_elsewhere_keeps_its_own() -> None:
    places = tiny_tables()["places"]
    places.loc[3, ["name_zh", "name_en"]] = ["浦北", None]  # lies in 砾泽
    found = names_of(tiny_region(places=places))
    assert ("浦北", 4, places["lon"][3], places["lat"][3]) in found["town"]


def test_without_places_the_units_are_named() -> None:
    assert set(names_of(tiny_region(without=("places",)))) == {"city", "county"}
    none = tiny_tables()["places"][:0]
    assert set(names_of(tiny_region(places=none))) == {"city", "county"}


# --- Layers ------------------------------------------------------------------------------


def test_every_layer_is_there_even_where_its_table_is_not() -> None:
    region = tiny_region(without=("water", "rail_edges", "places", "groups"))
    for name, make in ground.LAYERS.items():
        layer = make(region)
        assert layer.name == name
        assert layer.properties.names == ground.LAYERS[name](tiny_region()).properties.names
        assert (layer.box is None) == (name in {"water", "rivers", "rail"})


def test_ids_are_rows_of_the_table_even_when_some_have_no_shape_of_the_kind() -> None:
    region = tiny_region()
    water, rivers = ground.water(region), ground.rivers(region)
    assert water.ids.tolist() == [1]
    assert rivers.ids.tolist() == [0]


def test_a_region_whose_outlines_cross_nothing() -> None:
    cities = tiny_tables()["cities"]
    cities["geometry"] = [
        affinity.translate(shape, 3 * row) for row, shape in enumerate(cities.geometry)
    ]
    region = tiny_region(cities=gpd.GeoDataFrame(cities, crs="EPSG:4326"))
    assert city_lines(region).other == [NOBODY] * 3
    assert len(ground.boundaries_of_cities(region).ids) == 3
