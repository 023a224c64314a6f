"""How far airports and ports are, on the tiny circle with more of them than it has."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from onecity.core.provenance import Grade, Nature
from onecity.region.manifest import TableRecord
from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.strands.contract import Level
from onecity.strands.examination import Examination
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.hubs import TOPIC
from onecity.strands.transport.hubs.topic import gdp_of_zones
from onecity.strands.travel import network_of
from tests.tiny import OFF, tiny_manifest, tiny_region, tiny_tables


def with_places(*more: tuple[str, str, float, float]) -> Region:
    """Return the tiny circle with hubs: identifier, kind, longitude, latitude."""
    places = tiny_tables()["places"]
    rows = [
        {
            "place": name,
            "kind": kind,
            "name_zh": f"{name}港",
            "name_en": None,
            "lon": lon,
            "lat": lat,
            "grade": "B",
            "source": "x",
            "geometry": Point(lon, lat),
        }
        for name, kind, lon, lat in more
    ]
    added = gpd.GeoDataFrame(rows, crs=CRS)
    return tiny_region(places=pd.concat([places, added], ignore_index=True))


EAST = ("e", "airport", -29.25, 1.25)


def table(found: Examination, level: Level, key: str) -> Any:
    return found.findings.tables[level][f"hubs.{key}"]


def test_every_zone_goes_to_the_nearest_hub_and_knows_the_next() -> None:
    region = with_places(EAST)
    found = TOPIC.examine(region)
    travel, zones = network_of(region), region.table("zones")
    own = [zones.index[zones["zone"] == name][0] for name in ("z33", "z27")]
    times = travel.network.travel_times(travel.zone_nodes, travel.zone_nodes[own]) / 60
    near, far = np.sort(times, axis=1).T
    near, far = (np.where(np.isfinite(one), one, np.nan) for one in (near, far))
    assert np.allclose(table(found, Level.ZONE, "minutes_airport"), near, equal_nan=True)
    assert np.allclose(table(found, Level.ZONE, "minutes_second_airport"), far, equal_nan=True)
    people = zones["people"].to_numpy()
    within = np.nan_to_num(near, nan=np.inf) <= 60
    share = table(found, Level.REGION, "share_airport_60").iloc[0]
    assert share == pytest.approx(100 * people[within].sum() / people.sum())
    alone = within_only(near, far)
    assert table(found, Level.REGION, "alone_airport").iloc[0] == pytest.approx(
        100 * people[alone].sum() / people.sum()
    )
    hubs, cities = found.rankings
    names = [one.key for one in hubs.columns]
    rows = {row.name["en"]: dict(zip(names, row.values, strict=True)) for row in hubs.rows}
    assert set(rows) == {"Invented Airport", "e港"}
    nearest = sum(row["hubs.people_nearest"] for row in rows.values())
    assert nearest == pytest.approx(people[np.isfinite(near)].sum())
    first = times[:, 0] <= times[:, 1]
    assert rows["Invented Airport"]["hubs.people_nearest"] == pytest.approx(
        people[first & np.isfinite(times[:, 0])].sum()
    )
    assert len(cities.rows) == 6
    minutes = [row.values[0] for row in cities.rows]
    assert minutes == sorted(minutes)
    assert from_bytes(to_bytes(found), "here").rankings == found.rankings


def within_only(near: Any, far: Any) -> Any:
    return (np.nan_to_num(near, nan=np.inf) <= 90) & ~(np.nan_to_num(far, nan=np.inf) <= 90)


def test_ports_come_after_airports_and_are_told_apart() -> None:
    found = TOPIC.examine(with_places(("p", "port", -29.25, 1.25)))
    keys = [key for key in found.findings.indicators if "minutes" in key]
    assert keys == ["hubs.minutes_airport", "hubs.minutes_port"]
    assert [row.name["zh"] for row in found.rankings[0].rows] == ["虚构机场", "p港"]
    told = [one.key for one in found.findings.remarks]
    assert told.count("hubs.one_only") == 2


def test_hubs_off_the_network_are_left_out_and_named() -> None:
    zones = tiny_tables()["zones"].set_index("zone")
    off = ("off", "airport", *zones.loc[OFF, ["lon", "lat"]])
    far = ("far", "airport", -20.0, 1.0)
    sea = ("sea", "airport", -30.045, 1.26)  # beyond the land, near node 10
    found = TOPIC.examine(with_places(off, far, sea))
    hubs: list[tuple[str, Any]] = [
        (one.key, one.values.get("hub", {"zh": ""})) for one in found.findings.remarks
    ]
    told = {(key, hub["zh"]) for key, hub in hubs}
    assert {("hubs.lost", "off港"), ("hubs.lost", "far港"), ("hubs.outside", "sea港")} <= told
    assert len(found.rankings[0].rows) == 2


def test_a_region_without_a_hub_on_the_network_says_so() -> None:
    region = with_places(("far", "airport", -20.0, 1.0))
    places = region.table("places")
    bare = tiny_region(places=places[places["place"] == "far"].reset_index(drop=True))
    found = TOPIC.examine(bare)
    assert "hubs.none" in {one.key for one in found.findings.remarks}
    assert not found.rankings
    assert not found.findings.indicators
    assert TOPIC.open_to(bare)
    assert not TOPIC.open_to(tiny_region(without=("places",)))
    stations = places[places["kind"] == "station"].reset_index(drop=True)
    assert not TOPIC.open_to(tiny_region(places=stations))


def with_industries(*rows: tuple[str, str, int, float]) -> Region:
    """Return the tiny circle with value added: level, code, year, CNY."""
    made = pd.DataFrame(
        [
            {
                "level": level,
                "code": code,
                "year": year,
                "section": section,
                "output_cny": np.nan,
                "value_added_cny": value / 2,
                "employees": np.nan,
                "source": "x",
                "grade": "B",
                "note": None,
            }
            for level, code, year, value in rows
            for section in "AC"
        ]
    )
    tables = tiny_tables()
    manifest = tiny_manifest(tables)
    record = TableRecord(len(made), "", ("bulletin",), Nature.OBSERVED, Grade.B)
    manifest.tables["industries"] = record  # type: ignore[index]
    return Region.from_tables(manifest, {**tables, "industries": made})


def test_value_added_is_kept_when_it_is_spread() -> None:
    region = with_industries(
        ("city", "990100", 2020, 9e11),
        ("county", "990101", 2019, 1e11),
        ("county", "990101", 2020, 4e11),
        ("city", "999001", 2020, 1e10),
    )
    gdp, zones = gdp_of_zones(region), region.table("zones")
    assert gdp is not None
    county = pd.Series(gdp).groupby(zones["county"]).sum()
    assert county["990101"] == pytest.approx(4e11)
    assert county["990102"] == pytest.approx(5e11)  # what the city has beyond
    assert county["999001"] == pytest.approx(1e10)
    assert county["990201"] == county["990202"] == 0
    found = TOPIC.examine(region)
    names = [one.key for one in found.rankings[0].columns]
    (row,) = found.rankings[0].rows
    within = dict(zip(names, row.values, strict=True))
    assert within["hubs.gdp_120"] >= within["hubs.gdp_60"] > 0
    assert within["hubs.gdp_120"] <= 9100 + 1e-6
    (lacking,) = [one for one in found.rankings[0].remarks if one.key == "hubs.gdp_lacking"]
    assert lacking.values["count"] == 2  # nobody speaks of 990201 and 990202
    assert gdp_of_zones(tiny_region()) is None
