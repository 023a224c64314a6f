import geopandas as gpd
import pytest
from shapely import LineString, box

from onecity.region.dead_ends import near_misses_of
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.transport import obstacles as o
from onecity.strands.transport.candidates import given_candidates
from onecity.strands.travel import network_of
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

LINK = AddRoad(*DEAD_ENDS, 60.0)  # from (-29.52, 1.45) to (-29.47, 1.45), 5.6 km


def crossed(region: Region, link: AddRoad = LINK) -> o.Obstacles:
    links = given_candidates(region, network_of(region), [link], near_misses_of(region, 150.0))
    (found,) = o.obstacles_of(region, links)
    return found


def waters(*rows: tuple[str, str | None, object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "water": [f"w{row}" for row in range(len(rows))],
            "kind": [kind for kind, _, _ in rows],
            "name_zh": [name for _, name, _ in rows],
            "name_en": [None for _ in rows],
        },
        geometry=[shape for _, _, shape in rows],
        crs="EPSG:4326",
    )


def test_ends_and_borders() -> None:
    found = crossed(tiny_region())
    assert found.ends.counties == ("990102", "990202")
    assert found.ends.cities == ("990100", "990200")
    assert [str(one.text("zh")) for one in found.ends.names] == ["外湾区", "浦北县"]
    assert found.ends.names[1].text("en") == "浦北县"  # it has no English name
    assert found.ends.city_border
    assert found.ends.county_border
    assert found.ends.banks == ("west", "east")
    assert found.over_river
    assert not found.along_river
    assert found.land == {"990100": pytest.approx(0.4), "990200": pytest.approx(0.6)}
    within = crossed(tiny_region(), AddRoad(22, 9, 60.0))
    assert within.ends.banks is None
    assert not within.over_river


def test_a_bank_that_is_not_known_is_no_other_bank() -> None:
    counties = tiny_tables()["counties"]
    counties.loc[counties["county"] == "990202", "bank"] = None
    found = crossed(tiny_region(counties=counties))
    assert found.ends.sides is None
    assert found.ends.banks is None
    assert not found.over_river  # the river is a line without a width


def test_water_with_its_width() -> None:
    river = box(-29.50, 1.0, -29.48, 2.0)
    lake = box(-29.48, 1.4, -29.475, 1.5)
    stream = LineString([(-29.51, 1.0), (-29.51, 2.0)])
    middle = LineString([(-29.49, 1.0), (-29.49, 2.0)])  # the same river, drawn as a line too
    table = waters(
        ("river", "甲江", river), ("river", "甲江", middle), ("lake", None, lake),
        ("river", None, stream), ("river", "远河", LineString([(0, 0), (1, 1)])),
    )  # fmt: skip
    water = crossed(tiny_region(water=table)).water
    assert water is not None
    assert [one.zh for one in water.names] == ["甲江"]
    assert water.names[0].en == "甲江"
    assert water.great == water.names[0]
    assert (water.unnamed, water.brooks, water.count) == (2, 1, 3)
    assert water.river == pytest.approx(0.4)
    assert water.lake == pytest.approx(0.1)


def test_a_river_along_one_bank() -> None:
    counties = tiny_tables()["counties"].assign(bank="west")
    table = waters(("river", "甲江", box(-29.50, 1.0, -29.48, 2.0)))
    found = crossed(tiny_region(counties=counties, water=table))
    assert not found.over_river
    assert found.along_river
    unknown = crossed(tiny_region(counties=counties.assign(bank=None), water=table))
    assert unknown.over_river
    assert not unknown.along_river


def test_railways_side_by_side_are_crossed_once() -> None:
    tracks = [-29.5100, -29.5099, -29.5098, -29.4800]
    lines = [LineString([(x, 1.4), (x, 1.5)]) for x in tracks]
    rail = gpd.GeoDataFrame({"edge": range(4), "km": [11.0] * 4}, geometry=lines, crs="EPSG:4326")
    assert crossed(tiny_region(rail_edges=rail)).railways == 2
    assert crossed(tiny_region()).railways == 0


def test_a_railway_on_the_same_line_is_one_place() -> None:
    along = LineString([(-29.51, 1.45), (-29.48, 1.45)])
    rail = gpd.GeoDataFrame({"edge": [0], "km": [3.0]}, geometry=[along], crs="EPSG:4326")
    assert crossed(tiny_region(rail_edges=rail)).railways == 1


def test_nothing_is_known_without_tables() -> None:
    found = crossed(tiny_region(without=("water", "rail_edges")))
    assert found.water is None
    assert found.railways is None
    assert found.over_river  # the banks are known


def test_land_outside_the_region_is_nobodys() -> None:
    counties = tiny_tables()["counties"]
    shapes = counties.geometry.copy()
    shapes[2] = shapes[3] = shapes[2].buffer(-0.2)
    found = crossed(tiny_region(counties=counties.assign(geometry=shapes)))
    assert found.land == {"990100": pytest.approx(0.4)}
    assert found.ends.counties == ("990102", "")
    assert found.ends.sides is None
