"""Relief of zones, against the plain reading of its definition."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from onecity.core.errors import InputError
from onecity.region.build import build
from onecity.region.relief import LEAST, WINDOW_KM, relief_of
from onecity.region.schema import TABLES
from onecity.region.validation import check_table
from tests.tiny import tiny_region

ROOT = Path(__file__).resolve().parents[2]
SPHERE = Geod(a=6371008.8, b=6371008.8)
ZONES = tiny_region().table("zones")
WEST, SOUTH, EAST, NORTH = ZONES.total_bounds


def grid(step: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    lon = np.arange(WEST - 0.1, EAST + 0.1, step)
    lat = np.arange(SOUTH - 0.1, NORTH + 0.1, step)
    across, up = np.meshgrid(lon, lat)
    return across.ravel(), up.ravel()


@given(st.integers(0, 2**32 - 1), st.floats(-400, 8000))
def test_is_the_plain_definition(seed: int, sea: float) -> None:
    lon, lat = grid()
    metres = sea + np.random.default_rng(seed).gamma(1.0, 200.0, len(lon))
    found = relief_of(ZONES, lon, lat, metres).set_index("zone")
    for zone in ZONES.itertuples():
        km = np.array(
            [SPHERE.inv(zone.lon, zone.lat, a, b)[2] / 1000 for a, b in zip(lon, lat, strict=True)]
        )
        near = km <= WINDOW_KM
        assert near.sum() >= LEAST
        inside = metres[near]
        weight = km[near] ** -2.0
        row = found.loc[zone.zone]
        assert row["range_m"] == pytest.approx(inside.max() - inside.min(), abs=1e-9)
        assert row["metres"] == pytest.approx((weight * inside).sum() / weight.sum(), abs=0.05)


def test_a_point_on_the_spot_is_its_height() -> None:
    one = ZONES.iloc[:1]
    lon = np.array([one["lon"].iloc[0], one["lon"].iloc[0] + 0.05])
    lat = np.repeat(one["lat"].to_numpy(), 2)
    found = relief_of(one, lon, lat, np.array([50.0, 950.0]))
    assert found["metres"].iloc[0] == pytest.approx(50, abs=0.1)
    assert found["range_m"].iloc[0] == 900


def test_gaps_are_counted_and_named() -> None:
    lon, lat = grid()
    kept = lon < ZONES["lon"].median()
    with pytest.raises(InputError, match=r"zones.*10 km") as caught:
        relief_of(ZONES, lon[kept], lat[kept], np.zeros(kept.sum()))
    count = caught.value.values["count"]
    assert isinstance(count, int)
    assert 0 < count < len(ZONES)


def test_the_shipped_circle_has_plains_and_mountains(tmp_path: Path) -> None:
    region = build(ROOT / "regions" / "wuhan", tmp_path / "wuhan")
    table = region.table("relief")
    check_table(table, TABLES["relief"])
    assert region.manifest.tables["relief"].sources == ("relief",)
    zones = region.table("zones").merge(table, on="zone", validate="1:1")
    counties = {str(code): some for code, some in zones.groupby("county")}
    ranges = {code: float(some["range_m"].mean()) for code, some in counties.items()}
    heights = {code: float(some["metres"].mean()) for code, some in counties.items()}
    assert ranges["429005"] < 10  # 潜江 lies in the Jianghan plain
    assert ranges["421124"] > 200  # 英山 in the Dabie Mountains
    assert heights["420106"] == pytest.approx(30, abs=15)  # 武昌
