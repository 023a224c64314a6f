import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from onecity.strands import strands
from onecity.strands.contract import BorderLayer, Level
from onecity.strands.residents import residents
from onecity.web.packed import figures_json
from tests.strands.yearly import with_years
from tests.tiny import tiny_region
from tests.web.conftest import Serve

BASE = "/api/v1"
TABLES = {"zone": "zones", "county": "counties", "city": "cities"}


@pytest.fixture(scope="module")
def listed(service: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get(f"{BASE}/layers").json()["layers"]
    return found


def measured() -> dict[str, Any]:
    region = tiny_region()
    return {key: one.measure(region) for key, one in strands().items()} | {
        "residents": residents(region)
    }


def floats(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if one is None else one for one in values], float)


def test_every_layer_of_every_strand_is_listed(listed: list[dict[str, Any]]) -> None:
    region = tiny_region()
    wanted = {
        f"{layer.indicator.key}@"
        + ("border" if isinstance(layer, BorderLayer) else layer.level.value)
        for one in strands().values()
        for layer in one.layers(region)
    }
    keys = [one["key"] for one in listed]
    assert wanted <= set(keys)
    assert len(set(keys)) == len(keys)
    for one in listed:
        assert len(one["scale"]["colours"]) == len(one["scale"]["limits"]) + 1
        assert set(one["strand_name"]) == {"zh", "en"}
        assert set(one["indicator"]["sources"]) <= set(region.manifest.sources)
        assert one["indicator"]["unit"]["zh"]


def test_values_are_those_that_measure_gives(
    service: TestClient, listed: list[dict[str, Any]]
) -> None:
    known, region = measured(), tiny_region()
    for one in listed:
        if one["level"] == "border":
            continue
        given = service.get(f"{BASE}/layers/{one['key']}/values").json()
        findings, level = known[one["strand"]], Level(one["level"])
        key = one["indicator"]["key"]
        expected = findings.tables[level][key]
        assert np.array_equal(floats(given["values"]), expected, equal_nan=True), one["key"]
        assert ("codes" in given) == (level is not Level.ZONE)
        if level in TABLES:
            assert len(given["values"]) == len(region.table(TABLES[level]))
        if one["strand"] == "residents" or level not in findings.low:
            assert given["low"] is None
            assert given["high"] is None
            continue
        ends = [findings.low[level][key].to_numpy(), findings.high[level][key].to_numpy()]
        assert np.array_equal(floats(given["low"]), np.minimum(*ends), equal_nan=True)
        assert np.array_equal(floats(given["high"]), np.maximum(*ends), equal_nan=True)


def test_a_zone_off_the_network_has_no_value(service: TestClient) -> None:
    answer = service.get(f"{BASE}/layers/transport.minutes_core@zone/values")
    row = list(tiny_region().table("zones")["zone"]).index("z09")
    assert answer.json()["values"][row] is None
    assert "NaN" not in answer.text


def test_borders_carry_all_that_stands_behind_them(service: TestClient) -> None:
    findings = strands()["transport"].measure(tiny_region())
    layer = "transport.border_time_between@border"
    lines = service.get(f"{BASE}/layers/{layer}/values").json()["lines"]
    known = {one.codes: one for one in findings.borders}
    assert {(one["a"], one["b"]) for one in lines} >= {c for c in known if len(c) == 2}
    for one in lines:
        found = known.get((one["a"], one["b"]))
        if found is None:
            assert one["value"] is None
            continue
        assert one["value"] == found.percent
        assert one["verdict"]["key"] == found.verdict.value
        assert one["interval"][0] <= one["value"] <= one["interval"][1]
        assert one["variants"][0] <= one["value"] <= one["variants"][1]


@pytest.mark.parametrize("kind", ["csv", "geojson", "arrow", "parquet"])
def test_every_layer_in_every_format_holds_the_same(
    service: TestClient, listed: list[dict[str, Any]], kind: str
) -> None:
    for one in listed:
        address = f"{BASE}/layers/{one['key']}/values"
        plain = service.get(address).json()
        answer = service.get(address, params={"format": kind})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        table = read(answer.content, kind)
        if one["level"] == "border":
            assert len(table) == len(plain["lines"])
            expected = [line["value"] for line in plain["lines"]]
        else:
            expected = plain["values"]
        name = next(
            name
            for name in table.columns
            if name == "value" or str(name).startswith(one["indicator"]["title"]["zh"])
        )
        column = table[name].to_numpy(dtype=float)
        assert np.array_equal(column, floats(expected), equal_nan=True)
        if kind == "geojson":
            assert table.geometry.notna().all()


def read(content: bytes, kind: str) -> Any:
    match kind:
        case "csv":
            assert content.startswith(b"\xef\xbb\xbf")
            return pd.read_csv(io.BytesIO(content))
        case "geojson":
            return gpd.GeoDataFrame.from_features(json.loads(content))
        case "arrow":
            return pa.ipc.open_stream(content).read_all().to_pandas()
        case _:
            return pd.read_parquet(io.BytesIO(content))


def test_what_does_not_exist_is_said_in_both_languages(service: TestClient) -> None:
    for address, status in (
        ("layers/no.such@zone/values", 404),
        ("layers/transport.minutes_core@zone/values?year=2020", 404),
        ("layers/transport.border_time_between@border/values?year=2020", 404),
        ("layers/transport.minutes_core@zone/values?format=shp", 422),
        ("layers/%00/values", 404),
    ):
        answer = service.get(f"{BASE}/{address}")
        assert answer.status_code == status, address
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()["detail"]) == {"zh", "en"}


def test_who_holds_the_answer_gets_none(service: TestClient) -> None:
    address = f"{BASE}/layers/transport.minutes_core@zone/values"
    first = service.get(address)
    again = service.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


def test_packed_and_plain_are_one_answer(service: TestClient) -> None:
    address = f"{BASE}/layers/transport.minutes_core@zone/values"
    plain = service.get(address, headers={"Accept-Encoding": "identity"})
    packed = service.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.json() == packed.json()
    assert plain.headers["etag"] != packed.headers["etag"]


def test_years_are_listed_and_asked_for(serve: Serve, tmp_path: Path) -> None:
    rows = [("city", "990100", 2010, 1.0), ("city", "990100", 2020, 2.0)]
    folder = tmp_path / "years"
    with_years(rows).write(folder)
    client = serve(region=folder)
    listed = {one["key"]: one["years"] for one in client.get(f"{BASE}/layers").json()["layers"]}
    assert listed["residents.people@city"] == [2010, 2020]
    assert listed["residents.people@county"] == []
    address = f"{BASE}/layers/residents.people@city/values"
    found = client.get(address, params={"year": 2010}).json()
    assert found["values"] == [1.0, None, None]
    missing = client.get(address, params={"year": 1990})
    assert missing.status_code == 404
    assert "2010, 2020" in missing.json()["detail"]["en"]


def test_figures_are_written_so_that_they_come_back() -> None:
    random = np.random.default_rng(1)
    size = 5000
    values = random.standard_normal(size) * 10.0 ** random.integers(-300, 300, size)
    values[:4] = [np.nan, np.inf, -np.inf, -0.0]
    back = json.loads(figures_json(values))
    assert back[:3] == [None] * 3
    assert back[3:] == values[3:].tolist()
    assert figures_json([]) == "[]"
