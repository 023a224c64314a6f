"""Files in every format, and JSON."""

import json
from io import BytesIO
from typing import Any, get_args
from urllib.parse import unquote

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from openpyxl import load_workbook

from onecity.web import answers
from onecity.web.answers import Format, Json
from tests.tiny import tiny_region

HEADS = {"city": "代码", "name_zh": "名称", "people": "人口（人）"}


@pytest.fixture
def cities() -> Any:
    return tiny_region().table("cities")[["city", "name_zh", "people", "geometry"]]


def test_csv_opens_in_a_spreadsheet_with_chinese_heads(cities: gpd.GeoDataFrame) -> None:
    answer = answers.table(cities, "csv", "各市 人口", HEADS)
    text = bytes(answer.body).decode()
    assert text.startswith("\ufeff代码,名称,人口（人）\n990100,云湾市,")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    _, _, spelled = answer.headers["content-disposition"].partition("filename*=UTF-8''")
    assert unquote(spelled) == "各市 人口.csv"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1"])
def test_no_text_of_a_csv_is_taken_for_a_formula(text: str) -> None:
    frame = pd.DataFrame({"name": [text, "武汉"], "value": [-1.5, 2.0]})
    read = pd.read_csv(BytesIO(bytes(answers.table(frame, "csv", "a").body)))
    assert read["name"].tolist() == [f"'{text}", "武汉"]
    assert read["value"].tolist() == [-1.5, 2.0]


def test_excel(cities: gpd.GeoDataFrame) -> None:
    answer = answers.table(cities, "xlsx", "各市", HEADS)
    sheet = load_workbook(BytesIO(bytes(answer.body)))["各市"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("代码", "名称", "人口（人）")
    assert rows[1][:2] == ("990100", "云湾市")


def test_programs_get_every_figure_and_the_columns_by_their_names(
    cities: gpd.GeoDataFrame,
) -> None:
    parquet = gpd.read_parquet(BytesIO(bytes(answers.table(cities, "parquet", "a").body)))
    assert parquet.geometry.geom_equals(cities.geometry).all()
    pd.testing.assert_frame_equal(pd.DataFrame(parquet)[["city"]], cities[["city"]])
    stream = pa.ipc.open_stream(bytes(answers.table(cities, "arrow", "a").body))
    arrow = stream.read_all()
    assert arrow.column_names == ["city", "name_zh", "people", "geometry"]
    assert arrow["people"].to_pylist() == cities["people"].tolist()
    shapes = gpd.GeoSeries.from_wkb(arrow["geometry"].to_pylist())
    assert shapes.geom_equals(cities.geometry.set_crs(None, allow_override=True)).all()
    told = json.loads(bytes(answers.table(cities, "geojson", "a").body))
    assert told["features"][0]["properties"]["name_zh"] == "云湾市"


@pytest.mark.parametrize("kind", [one for one in get_args(Format) if one != "json"])
def test_every_format_names_its_kind_and_its_file(kind: Format, cities: gpd.GeoDataFrame) -> None:
    answer = answers.table(cities, kind, '坏"名\\字/x', HEADS)
    assert answer.headers["content-type"] == answers.MEDIA[kind]
    shown = answer.headers["content-disposition"]
    assert shown.startswith(f"attachment; filename=\"______x.{kind}\"; filename*=UTF-8''")


@given(npst.arrays(np.float64, st.integers(0, 20)), st.sampled_from([None, 0, 1, 3]))
def test_figures_that_do_not_exist_are_null(array: Any, decimals: int | None) -> None:
    listed = answers.numbers(array, decimals)
    told = json.loads(bytes(Json({"values": listed}).body))["values"]
    for given_, one in zip(array.tolist(), told, strict=True):
        if np.isfinite(given_):
            assert one == (given_ if decimals is None else pytest.approx(round(given_, decimals)))
        else:
            assert one is None


def test_plain_json_of_numpy() -> None:
    content = {"a": np.float32(1.5), "b": np.array([1, 2]), "c": float("nan"), "d": (True, None)}
    assert bytes(Json(content).body) == b'{"a":1.5,"b":[1,2],"c":null,"d":[true,null]}'
