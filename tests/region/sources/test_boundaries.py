import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from onecity.core.errors import InputError, MissingError
from onecity.region.sources.boundaries import (
    Boundaries,
    area_km2,
    find_overlaps,
    prefecture_of,
    read_boundaries,
)
from onecity.region.sources.coordinates import wgs84_to_gcj02

LEFT, RIGHT = shapely.box(114.0, 30.0, 114.1, 30.1), shapely.box(114.1, 30.0, 114.2, 30.1)
BOW_TIE = shapely.Polygon([(114, 30), (114.1, 30.1), (114.1, 30), (114, 30.1)])


def frame(
    codes: list[object], shapes: list[object], names: list[str] | None = None
) -> gpd.GeoDataFrame:
    names = names or [f"县{n}" for n in range(len(codes))]
    return gpd.GeoDataFrame({"adcode": codes, "name": names}, geometry=shapes, crs=4326)


def save(table: gpd.GeoDataFrame, file: Path, **options: object) -> Path:
    table.to_file(file, **options)
    return file


def read(file: Path, **options: object) -> Boundaries:
    return read_boundaries(
        file,
        code_column="adcode",
        name_column="name",
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp"])
def test_reads_every_format(tmp_path: Path, suffix: str) -> None:
    file = save(frame(["420102", "420103"], [LEFT, RIGHT]), tmp_path / f"县界{suffix}")
    found = read(file)
    assert found.table["code"].tolist() == ["420102", "420103"]
    assert found.table["name"].tolist() == ["县0", "县1"]
    assert found.table.crs == "EPSG:4326"
    assert found.table["area_km2"].to_numpy() == pytest.approx(106.94, abs=0.1)
    assert found.overlaps == ()
    assert not found.report.noted


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    save(frame(["420102"], [LEFT], ["江岸区"]), tmp_path / "x.shp", encoding="GB18030")
    with zipfile.ZipFile(tmp_path / "县界.zip", "w") as archive:
        for part in tmp_path.glob("x.*"):
            archive.write(part, part.name)
    assert read(tmp_path / "县界.zip").table["name"].tolist() == ["江岸区"]


@pytest.mark.parametrize("zipped", [False, True])
def test_a_gbk_shapefile_that_does_not_say_so(tmp_path: Path, zipped: bool) -> None:
    file = save(frame(["420102"], [LEFT], ["硚口区"]), tmp_path / "x.shp", encoding="GBK")
    (tmp_path / "x.cpg").unlink()
    if zipped:
        file = tmp_path / "x.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for part in tmp_path.glob("x.[!z]*"):
                archive.write(part, part.name)
    assert read(file).table["name"].tolist() == ["硚口区"]
    assert read(file, encoding="GBK").table["name"].tolist() == ["硚口区"]


def test_a_gbk_geojson(tmp_path: Path) -> None:
    file = save(frame(["420102"], [LEFT], ["黄陂区"]), tmp_path / "x.geojson")
    file.write_bytes(file.read_text(encoding="utf-8").encode("gbk"))
    assert read(file).table["name"].tolist() == ["黄陂区"]


def test_a_geojson_that_states_no_name(tmp_path: Path) -> None:
    file = save(frame(["420102"], [LEFT]), tmp_path / "x.geojson")
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["name"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert read(file).table["code"].tolist() == ["420102"]


def test_further_columns_are_carried(tmp_path: Path) -> None:
    table = frame(["420102"], [LEFT]).assign(city="420100")
    found = read(save(table, tmp_path / "x.geojson"), keep=["city"])
    assert found.table["city"].tolist() == ["420100"]


def test_a_layer_is_named_where_there_are_several(tmp_path: Path) -> None:
    file = tmp_path / "x.gpkg"
    for layer, code in (("市", "420100"), ("县", "420102")):
        save(frame([code], [LEFT]), file, layer=layer)
    assert read(file, layer="县").table["code"].tolist() == ["420102"]
    with pytest.raises(InputError, match="several layers: 市, 县"):
        read(file)
    with pytest.raises(MissingError, match="no layer '乡'"):
        read(file, layer="乡")


# --- Coordinate systems ------------------------------------------------------


def test_projected_files_come_to_degrees(tmp_path: Path) -> None:
    file = save(frame(["420102"], [LEFT]).to_crs(4547), tmp_path / "x.gpkg")
    assert read(file).table.total_bounds == pytest.approx([114.0, 30.0, 114.1, 30.1], abs=1e-6)


def test_a_geojson_in_gcj02_is_read_as_told(tmp_path: Path) -> None:
    moved = shapely.transform(LEFT, lambda xy: np.column_stack(wgs84_to_gcj02(*xy.T)))
    found = read(save(frame(["420102"], [moved]), tmp_path / "x.geojson"), crs="GCJ-02")
    assert found.table.total_bounds == pytest.approx([114.0, 30.0, 114.1, 30.1], abs=1e-6)
    assert found.report.count("sources.crs_overridden") == 1
    assert "GCJ-02" in found.report.text("zh")


def test_a_missing_system_is_asked_for(tmp_path: Path) -> None:
    file = save(frame(["420102"], [LEFT]), tmp_path / "x.shp")
    (tmp_path / "x.prj").unlink()
    with pytest.raises(InputError, match="does not state its coordinate system"):
        read(file)
    assert len(read(file, crs="CGCS2000").table) == 1


def test_metres_called_degrees_are_refused(tmp_path: Path) -> None:
    table = frame(["420102"], [shapely.box(5e5, 3.3e6, 5.1e5, 3.31e6)])
    with pytest.raises(InputError, match="metres of a projection"):
        read(save(table, tmp_path / "x.geojson"))


# --- Codes -------------------------------------------------------------------


@pytest.mark.parametrize("code", [420102, 420102.0, "420102 ", "156420102", "420102000000"])
def test_codes_as_files_hold_them(tmp_path: Path, code: object) -> None:
    found = read(save(frame([code], [LEFT]), tmp_path / "x.gpkg"))
    assert found.table["code"].tolist() == ["420102"]
    assert found.report.count("sources.codes_shortened") == int(len(str(code)) > 8)


@pytest.mark.parametrize("code", ["42010", "4201022", "江岸", "042010", "420102001000"])
def test_malformed_codes(tmp_path: Path, code: str) -> None:
    file = save(frame(["420103", code], [LEFT, RIGHT]), tmp_path / "x.geojson")
    with pytest.raises(InputError, match=f"feature 2: 'adcode' is '{code}'"):
        read(file)
    assert read(file, codes="any").table["code"].tolist() == ["420103", code]


def test_codes_missing_twice_or_of_another_province(tmp_path: Path) -> None:
    file = save(frame(["420102", None], [LEFT, RIGHT]), tmp_path / "a.geojson")
    with pytest.raises(InputError, match="feature 2: 'adcode' is empty"):
        read(file)
    file = save(frame(["420102", "420102"], [LEFT, RIGHT]), tmp_path / "b.geojson")
    with pytest.raises(InputError, match=r"'420102' .* features 1 and 2"):
        read(file)
    file = save(frame(["420102", "430102"], [LEFT, RIGHT]), tmp_path / "c.geojson")
    assert len(read(file, prefixes=["42", "43"]).table) == 2
    with pytest.raises(InputError, match=r"'430102'.*begin with: 42"):
        read(file, prefixes=["42"])


def test_the_city_of_a_county() -> None:
    assert prefecture_of("420102") == "420100"
    assert prefecture_of("429004") == "429004"


# --- Shapes ------------------------------------------------------------------


def test_an_invalid_polygon_is_mended_and_said(tmp_path: Path) -> None:
    found = read(save(frame(["420102"], [BOW_TIE]), tmp_path / "x.geojson"))
    shape = found.table.geometry.iloc[0]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    (remark,) = found.report.noted
    assert remark.key == "sources.polygon_mended"
    assert "Self-intersection[114.05 30.05]" in str(remark.values["reason"])
    assert float(str(remark.values["after"])) == pytest.approx(53.47, abs=0.05)
    assert "114.05" in found.report.text("zh")


def test_what_mending_leaves_beside_areas_is_let_go(tmp_path: Path) -> None:
    spike = shapely.Polygon(
        [(114, 30), (114.1, 30), (114.1, 30.1), (114.2, 30.2), (114.1, 30.1), (114, 30.1)]
    )
    found = read(save(frame(["420102"], [spike]), tmp_path / "x.geojson"))
    assert found.table.geometry.iloc[0].equals(LEFT)


def test_overlaps_are_listed_or_refused(tmp_path: Path) -> None:
    near = shapely.box(114.0999, 30.0, 114.2, 30.1)
    file = save(frame(["420102", "420103"], [LEFT, near]), tmp_path / "x.geojson")
    with pytest.raises(InputError, match=r"420102 and 420103 overlap by 0\.1069 km²"):
        read(file, max_overlap_km2=0.01)
    (overlap,) = read(file).overlaps
    assert (overlap.first, overlap.second) == ("420102", "420103")
    assert overlap.km2 == pytest.approx(0.1069, abs=1e-3)
    far = shapely.box(114.05, 30.0, 114.2, 30.1)
    file = save(frame(["420102", "420103"], [LEFT, far]), tmp_path / "y.geojson")
    with pytest.raises(InputError, match="1 pairs of units that overlap by more than 1"):
        read(file)


def test_overlaps_against_every_pair() -> None:
    rng = np.random.default_rng(5)
    corners = rng.uniform([114.0, 30.0], [114.5, 30.5], (12, 2))
    shapes = np.asarray(shapely.box(*corners.T, *(corners + 0.12).T))
    names = [str(n) for n in range(12)]
    slow = {
        (names[a], names[b]): area_km2(np.array([shapes[a] & shapes[b]]))[0]
        for a in range(12)
        for b in range(a + 1, 12)
        if (shapes[a] & shapes[b]).area > 0
    }
    fast = find_overlaps(names, shapes)
    assert {(o.first, o.second): o.km2 for o in fast} == pytest.approx(slow)
    assert [o.km2 for o in fast] == sorted((o.km2 for o in fast), reverse=True)


def test_area_is_geodesic_with_holes_taken_off() -> None:
    # A band of one degree around the equator, from the closed formula for the ellipsoid.
    ring = shapely.segmentize(shapely.box(0, 0, 1, 1), 0.01)
    with_hole = ring - shapely.box(0.25, 0.25, 0.75, 0.75)
    whole, holed = area_km2(np.array([ring, with_hole]))
    assert whole == pytest.approx(12308.8, rel=1e-4)
    assert holed == pytest.approx(whole * 0.75, rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (None, "has no shape"),
        (shapely.Polygon(), "has no shape"),
        (shapely.Point(114, 30), "is a Point"),
        (shapely.Polygon([(114, 30), (114.1, 30.1), (114.2, 30.2)]), "has no area"),
    ],
)
def test_shapes_that_are_no_areas(tmp_path: Path, shape: object, message: str) -> None:
    file = save(frame(["420102", "420103"], [LEFT, shape]), tmp_path / "x.gpkg")
    with pytest.raises(InputError, match=f"feature 2 .420103. {message}"):
        read(file)


# --- Files -------------------------------------------------------------------


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        read(tmp_path / "没有.geojson")
    with pytest.raises(InputError, match="folder"):
        read(tmp_path)
    file = save(frame(["420102"], [LEFT]), tmp_path / "x.geojson")
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        read(file)
    file = tmp_path / "x.gpkg"
    file.write_bytes(b"no database at all" * 10)
    with pytest.raises(InputError, match="cannot be read"):
        read(file)


def test_columns_and_records_that_are_not_there(tmp_path: Path) -> None:
    file = save(frame(["420102"], [LEFT]), tmp_path / "x.geojson")
    with pytest.raises(MissingError, match=r"no column 'code'.*It has: adcode, name"):
        read_boundaries(file, code_column="code", name_column="name")
    file = save(frame(["420102"], [LEFT]).iloc[:0], tmp_path / "y.gpkg")
    with pytest.raises(InputError, match="no records"):
        read(file)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "code", "name"),
    [
        ("tianditu_counties_nine_cities.geojson", "adcode", "name"),
        ("amap_wgs84_counties_nine_cities.geojson", "district_adcode", "district_name"),
    ],
)
def test_the_counties_of_the_circle(shared_data: Path, file: str, code: str, name: str) -> None:
    found = read_boundaries(
        shared_data / "wuhan" / "boundaries" / file,
        code_column=code,
        name_column=name,
        prefixes=["42"],
    )
    assert len(found.table) == 48
    assert found.table["area_km2"].sum() == pytest.approx(58_000, rel=0.003)
    assert found.overlaps == ()
    assert {prefecture_of(c) for c in found.table["code"]} == {
        *("420100", "420200", "420700", "420900", "421100", "421200"),
        *("429004", "429005", "429006"),
    }
