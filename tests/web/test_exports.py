import csv
import io
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from onecity.report.tidy import figures
from onecity.strands import strands
from onecity.strands.contract import Findings, Level
from onecity.strands.residents import residents
from tests.tiny import tiny_region, tiny_tables
from tests.web.conftest import Serve

BASE = "/api/v1"
LEVELS = [one.value for one in Level]
KINDS = ("csv", "geojson", "parquet", "arrow", "xlsx")


@pytest.fixture(scope="module")
def found() -> dict[str, Findings]:
    region = tiny_region()
    measured = {key: one.measure(region) for key, one in strands().items()}
    return {"residents": residents(region), **measured}


def fetched(service: TestClient, level: str, kind: str) -> bytes:
    answer = service.get(f"{BASE}/exports/{level}", params={"format": kind})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    content: bytes = answer.content
    return content


def read(content: bytes, kind: str) -> pd.DataFrame:
    """Return the rows of a file under the names that programs read."""
    match kind:
        case "geojson":
            return pd.DataFrame(gpd.GeoDataFrame.from_features(json.loads(content)))
        case "parquet":
            return pd.DataFrame(gpd.read_parquet(io.BytesIO(content)))
        case _:
            frame: pd.DataFrame = pa.ipc.open_stream(content).read_all().to_pandas()
            return frame


@pytest.mark.parametrize("kind", ["geojson", "parquet", "arrow"])
@pytest.mark.parametrize("level", LEVELS)
def test_files_hold_every_figure_that_measure_gives(
    service: TestClient, found: dict[str, Findings], level: str, kind: str
) -> None:
    rows = read(fetched(service, level, kind), kind).set_index("code")
    assert rows["geometry"].notna().all()
    for findings in found.values():
        table = findings.tables[Level(level)]
        assert list(rows.index) == [str(code) for code in table.index]
        for key in table.columns:
            column = rows[str(key).replace(".", "_")].to_numpy(dtype=float)
            assert np.array_equal(column, table[key], equal_nan=True), key


@pytest.mark.parametrize("level", LEVELS)
def test_ranges_are_those_of_the_long_table(
    service: TestClient, found: dict[str, Findings], level: str
) -> None:
    long = figures(tiny_region(), [found["transport"]], [Level(level)])
    long = long[long["to_code"].isna()]
    rows = read(fetched(service, level, "parquet"), "parquet").set_index("code")
    for key, part in long.groupby("indicator"):
        name = str(key).replace(".", "_")
        for end in ("low", "high"):
            expected = part[end].to_numpy()
            if f"{name}_{end}" in rows:
                given = rows[f"{name}_{end}"].to_numpy(dtype=float)
                assert np.array_equal(given, expected, equal_nan=True), (key, end)
            else:
                assert np.array_equal(part["value"], expected, equal_nan=True), (key, end)


@pytest.mark.parametrize("level", [*LEVELS, "border"])
def test_csv_and_excel_have_heads_in_both_languages(service: TestClient, level: str) -> None:
    content = fetched(service, level, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    zh, en, *rows = lines
    assert len({len(line) for line in lines}) == 1
    assert not any(letter >= "\u2e80" for head in en for letter in head)
    assert any(letter >= "\u2e80" for head in zh for letter in head)
    same = read(fetched(service, level, "parquet"), "parquet")
    assert len(rows) == len(same)
    assert len(zh) == len(same.columns) - 1
    book = load_workbook(io.BytesIO(fetched(service, level, "xlsx")))
    main, *beside = book.worksheets
    heads = [str(cell.value).split("\n") for cell in main[1]]
    assert [head[0] for head in heads] == zh
    assert [head[min(1, len(head) - 1)] for head in heads] == en
    assert main.max_row == len(rows) + 1
    texts = {str(cell.value) for sheet in beside for row in sheet.iter_rows() for cell in row}
    assert len(beside) == 4
    assert {"虚构人口公报", "Invented census bulletin"} <= texts
    if level != "border":
        assert {"距核心城市中心时间", "residents.people"} <= texts


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_files_for_programs_say_what_their_figures_are(service: TestClient, kind: str) -> None:
    content = fetched(service, "county", kind)
    table = (
        pq.read_table(io.BytesIO(content))
        if kind == "parquet"
        else pa.ipc.open_stream(content).read_all()
    )
    meaning = json.loads(table.schema.metadata[b"onecity"])
    check_meaning(meaning)
    assert b"geo" in table.schema.metadata
    field = table.schema.field("transport_minutes_core").metadata
    assert field[b"unit"] == b"minutes"
    assert field[b"grade"] == b"E"
    assert "核心" in field[b"title_zh"].decode()


def check_meaning(meaning: dict[str, Any]) -> None:
    region = tiny_region()
    assert meaning["region"]["hash"] == region.hash
    assert meaning["state"] is None
    assert {one["key"] for one in meaning["sources"]} == set(region.manifest.sources)
    columns = {one["column"]: one for one in meaning["indicators"]}
    assert columns["transport_minutes_core"]["grade"] == "E"
    assert columns["transport_minutes_core"]["remarks"]
    assert set(columns["residents_people"]["sources"]) <= set(region.manifest.sources)
    assert set(columns) <= set(meaning["columns"])


def test_geojson_says_what_its_properties_are(service: TestClient) -> None:
    whole = json.loads(fetched(service, "county", "geojson"))
    assert whole["type"] == "FeatureCollection"
    check_meaning(whole["onecity"])
    assert len(whole["features"]) == 5


def test_borders_are_exported_with_all_that_stands_behind_them(
    service: TestClient, found: dict[str, Findings]
) -> None:
    known = {one.codes: one for one in found["transport"].borders if len(one.codes) == 2}
    for kind in ("geojson", "parquet", "arrow"):
        records = read(fetched(service, "border", kind), kind).to_dict("records")
        rows = {(row["city_a"], row["city_b"]): row for row in records}
        assert set(rows) == set(known)
        for codes, one in known.items():
            row = rows[codes[0], codes[1]]
            assert row["percent"] == one.percent
            assert row["interval_low"] <= row["percent"] <= row["interval_high"]
            assert row["sources"].split(";") == list(one.indicator.sources)


def test_a_region_of_one_city_has_no_borders_and_says_so(serve: Serve, tmp_path: Any) -> None:
    tables = tiny_tables()
    whole = tables["cities"].geometry.union_all()
    cities = tables["cities"].iloc[:1].copy()
    cities.loc[cities.index[0], "geometry"] = whole
    mine = {
        "cities": cities,
        "counties": tables["counties"].assign(city="990100"),
        "zones": tables["zones"].assign(city="990100"),
    }
    folder = tmp_path / "one"
    mine["facilities"] = tables["facilities"].assign(city="990100")
    tiny_region(without=("groups", "recognition"), **mine).write(folder)
    client = serve(region=folder)
    for kind in KINDS:
        for level in ("border", "group", "city"):
            answer = client.get(f"{BASE}/exports/{level}", params={"format": kind})
            assert answer.status_code == 200, (kind, level, answer.text)
    assert client.get(f"{BASE}/layers").status_code == 200
    assert client.get(f"{BASE}/times").json()["matrices"][0]["values"] == [[0.0]]


def test_what_is_not_exported_is_said(service: TestClient) -> None:
    assert service.get(f"{BASE}/exports/street").status_code == 422
    assert service.get(f"{BASE}/exports/city?format=shp").status_code == 422


# --- Times -------------------------------------------------------------------------------------


def test_times_are_the_matrices_of_measure(service: TestClient, found: dict[str, Findings]) -> None:
    given = service.get(f"{BASE}/times").json()
    several = [one for each in found.values() for one in each.matrices]
    matrices = [one for one in several if one.level is Level.CITY]
    assert given["codes"] == ["990100", "990200", "999001"]
    assert [one["zh"] for one in given["names"]] == ["云湾市", "岚浦市", "砾泽市"]
    assert len(given["matrices"]) == len(matrices)
    for told, one in zip(given["matrices"], matrices, strict=True):
        assert told["indicator"]["key"] == one.indicator.key
        expected = one.values.to_numpy(dtype=float)
        assert np.array_equal(np.array(told["values"], dtype=float), expected, equal_nan=True)


def test_times_as_csv_and_excel(service: TestClient) -> None:
    given = service.get(f"{BASE}/times").json()
    content = service.get(f"{BASE}/times?format=csv").content
    zh, en, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert zh[:2] == ["起点代码", "起点"]
    assert en[0] == "From (code)"
    assert len(rows) == 9
    minutes = [float(row[6]) if row[6] else None for row in rows]
    assert minutes == [value for row in given["matrices"][0]["values"] for value in row]
    book = load_workbook(io.BytesIO(service.get(f"{BASE}/times?format=xlsx").content))
    sheet = book.worksheets[0]
    assert sheet["C1"].value == "云湾市\nYunwan"
    assert sheet["D2"].value == given["matrices"][0]["values"][0][1]
    assert len(book.worksheets) == len(given["matrices"]) + 4


def test_levels_without_matrices_say_so(service: TestClient) -> None:
    answer = service.get(f"{BASE}/times?level=zone")
    assert answer.status_code == 404
    assert "city" in answer.json()["detail"]["en"]
    assert service.get(f"{BASE}/times?level=planet").status_code == 422
