"""Tables of flows for the tiny region, from numbers and from a gravity world of known effects."""

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from onecity.region.store import Region
from tests.tiny import tiny_region, tiny_tables

_GEOD = Geod(ellps="WGS84")
_NAMES = [
    "level", "kind", "year", "origin", "destination", "value", "unit", "listing", "at_most",
]  # fmt: skip


def flows(
    rows: Iterable[tuple[str, str, float]],
    *,
    level: str = "county",
    kind: str = "commuters",
    year: int = 2023,
    top: int | None = None,
) -> pd.DataFrame:
    """Return a table of whole lists, or of the top of each."""
    table = pd.DataFrame(list(rows), columns=["origin", "destination", "value"])
    table = table.assign(level=level, kind=kind, year=year, unit="people/day", listing="whole")
    table["at_most"] = np.nan
    if top is not None:
        table = table.sort_values("value", ascending=False, kind="stable")
        table = table.groupby("origin", sort=False).head(top).assign(listing="top")
        table["at_most"] = table.groupby("origin")["value"].transform("min")
    return table[_NAMES].reset_index(drop=True)


def zone_km(zones: gpd.GeoDataFrame) -> Any:
    """Return geodesics between zones' points; inside one, of a disc of its area (Santalo)."""
    lon, lat = zones["lon"].to_numpy(), zones["lat"].to_numpy()
    o, d = (k.ravel() for k in np.indices((len(zones),) * 2))
    km = np.array(_GEOD.inv(lon[o], lat[o], lon[d], lat[d])[2]).reshape((len(zones),) * 2) / 1000
    np.fill_diagonal(km, 128 / (45 * np.pi) * np.sqrt(zones["area_km2"] / np.pi))
    return km


def world(
    *, beta: float, theta: float = -1.1, seed: int | None = None, spread: float = 0.0
) -> list[tuple[str, str, float]]:
    """Return flows between the tiny region's zones: exact, or drawn from Poisson's law."""
    zones = tiny_tables()["zones"]
    city, people = zones["city"].to_numpy(), zones["people"].to_numpy() + 1.0
    apart = city[:, None] != city[None, :]
    mean = np.outer(people, people) / people.sum()
    mean *= np.exp(theta * np.log(zone_km(zones)) + beta * apart)
    if seed is not None:
        rng = np.random.default_rng(seed)
        mean = mean * np.exp(spread * rng.standard_normal(mean.shape))
        mean = rng.poisson(mean).astype(float) if not spread else mean
    codes = list(zones["zone"])
    return [(codes[o], codes[d], float(mean[o, d])) for o, d in np.ndindex(mean.shape)]


def with_flows(table: pd.DataFrame) -> Region:
    """Return the tiny region with a table of flows."""
    return tiny_region(flows=table)


def fifty_cities() -> dict[str, pd.DataFrame]:
    """Return the tiny region's tables with every zone a city of its own, in two provinces.

    The core keeps its code. The three southern rows of each province are one group each.
    """
    tables = tiny_tables()
    zones = tables["zones"].copy()
    east = zones["lon"] > zones["lon"].median()
    number = np.arange(10, 10 + len(zones))
    code = np.array([f"{98 if e else 99}{n}00" for e, n in zip(east, number, strict=True)])
    code[0] = "990100"
    zones["city"], zones["county"] = code, [f"{one[:4]}01" for one in code]
    land = {name: zones[name] for name in ("area_km2", "people", "lon", "lat", "geometry")}
    shared = {"people_grade": "B", "name_en": zones["zone"]}
    cities = gpd.GeoDataFrame(
        {"city": code, "name_zh": zones["zone"] + "市", "core": code == "990100"} | land,
        crs=zones.crs,
    ).assign(**shared)
    counties = gpd.GeoDataFrame(
        {"county": zones["county"], "city": code, "name_zh": zones["zone"] + "区"} | land,
        crs=zones.crs,
    ).assign(bank=None, people_nature="modelled", **shared)
    south = zones["zone"].str[1].astype(int) < 3
    groups = pd.DataFrame(
        {
            "group": np.where(east, "east", "west")[south],
            "county": zones["county"][south],
            "role": "wing",
            "name_zh": "虚构组团",
            "name_en": "Invented Wing",
            "source": "虚构规划 invented plan",
            "grade": "B",
            "note": None,
        }
    )
    return {"zones": zones, "cities": cities, "counties": counties, "groups": groups}
