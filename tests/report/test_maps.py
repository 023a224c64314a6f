import re
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from onecity.core.words import LANGUAGES
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.report.ground import LABEL_SIZES, Ground, ground_of
from onecity.report.maps import Drawn, atlas_of, draw
from onecity.report.names import names_of
from onecity.report.paper import WIDTH, sheet_of, svg_path
from onecity.strands.contract import Findings, Level


def points_of(path: str) -> list[list[tuple[int, int]]]:
    """The slow twin of `svg_path`: read the path back, point by point."""
    lines = []
    for piece in re.findall(r"M[^M]*", path):
        x, y = map(int, re.findall(r"-?\d+", piece.partition("l")[0]))
        points = [(x, y)]
        numbers = [int(one) for one in re.findall(r"-?\d+", piece.partition("l")[2])]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        lines.append(points)
    return lines


def test_a_path_reads_back() -> None:
    shape = shapely.Polygon([(0, 0), (10, 0), (10, -5), (0, 10)], [[(2, 1), (3, 1), (3, 2)]])
    path = svg_path(shape)
    assert path.startswith("M0 0l10 0 0-5-10 15z")
    assert points_of(path) == [[(0, 0), (10, 0), (10, -5), (0, 10)], [(2, 1), (3, 1), (3, 2)]]


@given(
    st.lists(st.tuples(st.integers(-500, 4000), st.integers(-500, 4000)), min_size=2, max_size=40)
)
def test_every_line_reads_back(points: list[tuple[int, int]]) -> None:
    kept = [one for one, before in zip(points, [None, *points], strict=False) if one != before]
    read = points_of(svg_path(shapely.LineString(points)))
    assert read == ([kept] if len(kept) > 1 else [])


def test_what_is_smaller_than_the_unit_is_left_out() -> None:
    assert svg_path(shapely.box(0.1, 0.1, 0.3, 0.3)) == ""
    assert svg_path(shapely.Point(1, 1)) == ""
    assert svg_path(shapely.Polygon()) == ""
    both = shapely.GeometryCollection([shapely.box(0, 0, 5, 5), shapely.Point(9, 9)])
    assert len(points_of(svg_path(both))) == 1


def test_the_scale_bar_is_as_long_as_it_says(region: Region) -> None:
    sheet = sheet_of(region.table("cities").geometry)
    km, units = sheet.scale_bar()
    assert 0.05 * WIDTH < units < 0.25 * WIDTH
    ends = gpd.GeoSeries.from_xy([-29.5, -29.5 + km / 111.195], [1.25, 1.25], crs="EPSG:4326")
    placed = sheet.place(ends)
    metres = Geod(ellps="WGS84").inv(ends[0].x, 1.25, ends[1].x, 1.25)[2]
    assert placed[0].distance(placed[1]) * sheet.metres == pytest.approx(metres, rel=2e-3)


def test_the_land_lies_on_the_sheet(region: Region) -> None:
    land = region.table("cities").geometry
    sheet = sheet_of(land)
    west, north, east, south = shapely.total_bounds(sheet.place(land))
    assert 0 < west < east < WIDTH
    assert 0 < north < south < sheet.height
    # North is up.
    placed = sheet.place(gpd.GeoSeries.from_xy([-29.5, -29.5], [1.1, 1.4], crs="EPSG:4326"))
    assert placed[1].y < placed[0].y


@pytest.fixture(scope="module")
def ground(region: Region) -> Ground:
    return ground_of(region, names_of(region))


def test_place_names_hide_neither_names_nor_points(ground: Ground) -> None:
    for size, height in LABEL_SIZES.items():
        for language in LANGUAGES:
            boxes = []
            for label in ground.labels[size][language]:
                wide = sum(height if ord(one) > 0x2E80 else height * 0.5 for one in label.text)
                left = {"start": 0.0, "end": wide, "middle": wide / 2}[label.anchor]
                boxes.append(
                    shapely.box(
                        label.x - left, label.y - height * 0.7, label.x - left + wide, label.y
                    )
                )
            centres = shapely.points([(x, y) for x, y, _ in ground.centres])
            for row, box in enumerate(boxes):
                assert not any(box.intersects(other) for other in boxes[:row])
                assert not shapely.intersects(box, centres).any()


def test_the_ground_has_every_unit(region: Region, ground: Ground) -> None:
    for level, table in ((Level.COUNTY, "counties"), (Level.CITY, "cities")):
        codes = region.table(table)[level.value]
        assert list(ground.units[level]) == list(codes)
        assert all(ground.units[level].values())
    assert ground.roads
    assert ground.water_areas
    assert ground.water_lines


def drawn(region: Region, findings: Findings, layer: Any) -> Drawn:
    names = names_of(region)
    made = draw(layer, findings, atlas_of(region, ground_of(region, names)), names)
    assert made is not None
    return made


def test_classes_hold_the_zones_of_their_values(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    zones = region.table("zones")
    sheet = sheet_of(region.table("cities").geometry)
    points = sheet.place(gpd.GeoSeries.from_xy(zones["lon"], zones["lat"], crs="EPSG:4326"))
    for key in ("livelihood", "transport"):
        layer = layers[key][0]
        made = drawn(region, findings[key], layer)
        values = findings[key].tables[Level.ZONE][layer.indicator.key].to_numpy()
        assert np.isnan(values).any()
        colours = [*layer.scale.colours, layer.missing]
        for value, point in zip(values, points, strict=True):
            # The obvious twin: the first limit the value does not exceed.
            place = next(
                (row for row, limit in enumerate(layer.scale.limits) if value <= limit),
                len(layer.scale.limits),
            )
            colour = layer.missing if np.isnan(value) else colours[place]
            rings = points_of(dict(made.paths)[colour])
            inside = sum(shapely.Polygon(ring).contains(point) for ring in rings)
            assert inside % 2 == 1


def test_the_legend_names_every_class_and_the_lack_of_a_figure(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    layer = layers["livelihood"][0]
    made = drawn(region, findings["livelihood"], layer)
    assert [one.text["zh"] for one in made.legend] == [
        "≤ 10.0万",
        "10.0万–20.0万",
        "> 20.0万",
        "无数据",
    ]
    assert [one.text["en"] for one in made.legend] == [
        "≤ 100,000", "100,000–200,000", "> 200,000", "no figure",
    ]  # fmt: skip


def test_pointing_at_a_county_reads_its_figure(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    made = drawn(region, findings["livelihood"], layers["livelihood"][0])
    assert {hint.code for hint in made.hints} == set(region.table("counties")["county"])
    people = findings["livelihood"].tables[Level.COUNTY]["report.people"]
    hint = next(one for one in made.hints if one.code == "990101")
    assert hint.text == f"内湾区 Neiwan: {people['990101']:,.0f} 人 people"


def test_units_that_meet_are_joined_as_a_union_joins_them(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    layer = layers["livelihood"][0]
    made = drawn(region, findings["livelihood"], layer)
    atlas = atlas_of(region, ground_of(region, names_of(region)))
    assert Level.ZONE in atlas.tiled
    values = findings["livelihood"].tables[Level.ZONE][layer.indicator.key].to_numpy()
    place = np.searchsorted(layer.scale.limits, values, side="left")
    for row, colour in enumerate(layer.scale.colours):
        some = atlas.shapes[Level.ZONE][np.isfinite(values) & (place == row)]
        rings = [shapely.Polygon(ring) for ring in points_of(dict(made.paths).get(colour, ""))]
        # Holes are rings too: each point counts as often as rings hold it, even being outside.
        area: Any = shapely.Polygon()
        for ring in rings:
            area = area.symmetric_difference(ring.buffer(0))
        union = shapely.union_all(some)
        # Rounding moves no point by more than half a unit's diagonal.
        assert union.symmetric_difference(area).area <= union.length * 0.5**0.5


def test_units_that_overlap_are_still_drawn(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    zones = region.table("zones").copy()
    zones.loc[zones.index[0], "geometry"] = zones.geometry.iloc[0].buffer(0.01)
    tables = {name: region.table(name) for name in TABLES if region.has(name)}
    other = Region.from_tables(region.manifest, {**tables, "zones": zones})
    atlas = atlas_of(other, ground_of(other, names_of(other)))
    assert Level.ZONE not in atlas.tiled
    assert drawn(other, findings["livelihood"], layers["livelihood"][0]).paths
