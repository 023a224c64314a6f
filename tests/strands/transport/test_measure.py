"""The strand's figures against loops over dictionaries, and against a case done by hand."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf, isnan, nan
from statistics import mean as plain_mean
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pyproj import Geod

from onecity.core.errors import MissingError
from onecity.core.provenance import Grade, Nature
from onecity.region.interventions import AddRoad, CloseRoad, SetSpeed
from onecity.region.manifest import Manifest
from onecity.region.store import Region
from onecity.strands.contract import Findings, Level
from onecity.strands.transport import strand
from onecity.strands.transport.figures import figures
from onecity.strands.transport.measure import Ready, without_borders
from tests.strands.twins import arcs_of, search
from tests.tiny import (
    BY_LINK,
    CORE,
    DEAD_ENDS,
    ISLAND,
    LAKE,
    OFF,
    tiny_manifest,
    tiny_region,
    tiny_tables,
)

CENTRES = {"990100": "z21", "990200": "z26", "999001": "z18"}
ABOVE = (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION)


def figure(findings: Findings, level: Level, unit: str, name: str) -> float:
    return row_of(findings, level, unit)[name]


def row_of(findings: Findings, level: Level, unit: str, tables: str = "tables") -> dict[str, float]:
    """Figures of a unit, by names without the strand's prefix."""
    values = getattr(findings, tables)[level].loc[unit].to_dict()
    return {str(key).removeprefix("transport."): float(value) for key, value in values.items()}


def pairs_of(findings: Findings) -> list[dict[tuple[str, str], float]]:
    """Figures between cities, from the first of a pair to the second, one dict a matrix."""
    return [
        {(a, b): float(values[b][a]) for a in values.index for b in values.columns}
        for values in (one.values for one in findings.matrices)
    ]


def remark_keys(findings: Findings) -> list[str]:
    return [one.key.removeprefix("transport.") for one in findings.remarks]


def members(region: Region, level: Level) -> dict[str, list[str]]:
    """Zones of each unit of a level."""
    zones = region.table("zones").to_dict("records")
    if level is Level.REGION:
        return {region.manifest.key: [one["zone"] for one in zones]}
    if level is not Level.GROUP:
        table = {Level.COUNTY: "counties", Level.CITY: "cities"}[level]
        return {
            code: [one["zone"] for one in zones if one[level.value] == code]
            for code in region.table(table)[level.value]
        }
    found: dict[str, list[str]] = {}
    for row in region.table("groups").to_dict("records"):
        inside = [one["zone"] for one in zones if one["county"] == row["county"]]
        found.setdefault(row["group"], []).extend(inside)
    return found


def weighted(zones: Iterable[str], value: dict[str, float], people: dict[str, float]) -> float:
    known = [zone for zone in zones if not isnan(value[zone]) and people[zone] > 0]
    whole = sum(people[zone] for zone in known)
    return sum(value[zone] * people[zone] for zone in known) / whole if whole else nan


class Twin:
    """All figures of a region by loops."""

    def __init__(self, region: Region, factor: float = 1.0) -> None:
        zones = region.table("zones").to_dict("records")
        self.names = [one["zone"] for one in zones]
        self.people = {one["zone"]: one["people"] for one in zones}
        self.city = {one["zone"]: one["city"] for one in zones}
        self.spot = {one["zone"]: (one["lon"], one["lat"]) for one in zones}
        arcs = arcs_of(region)
        self.off = {
            zone
            for zone in self.names
            if not any(isinstance(node, int) for node in search(arcs, zone)[0])
        }
        ways = {zone: search(arcs, zone) for zone in self.names}
        self.minutes = {
            a: {b: ways[a][0].get(b, inf) / 60_000 / factor for b in self.names} for a in self.names
        }
        self.km = {a: ways[a][1] for a in self.names}

    def from_centre(self, zone: str, city: str) -> float:
        time = self.minutes[CENTRES[city]][zone]
        return nan if time == inf else time

    def zone_columns(self) -> dict[str, dict[str, float]]:
        columns: dict[str, dict[str, float]] = {
            "minutes_core": {zone: self.from_centre(zone, CORE) for zone in self.names},
            "minutes_own_centre": {z: self.from_centre(z, self.city[z]) for z in self.names},
            "minutes_nearest_centre": {
                z: min(
                    (t for city in CENTRES if not isnan(t := self.from_centre(z, city))),
                    default=nan,
                )
                for z in self.names
            },
        }
        for limit in (30, 60, 90):
            columns[f"reach_people_{limit}"] = {
                z: nan
                if z in self.off
                else sum(self.people[o] for o in self.names if self.minutes[z][o] <= limit)
                for z in self.names
            }
        return columns


@pytest.fixture(scope="module")
def findings() -> Findings:
    return strand.measure(tiny_region())


@pytest.mark.parametrize(("tables", "factor"), [("tables", 1.0), ("low", 0.8), ("high", 1.25)])
def test_figures_are_those_of_loops(findings: Findings, tables: str, factor: float) -> None:
    region, found = tiny_region(), getattr(findings, tables)
    twin = Twin(region, factor)
    columns = twin.zone_columns()
    for name, expected in columns.items():
        values = found[Level.ZONE][f"transport.{name}"].to_dict()
        assert values == pytest.approx(expected, nan_ok=True), name
    for level in ABOVE:
        for unit, zones in members(region, level).items():
            row = row_of(findings, level, unit, tables)
            for name, expected in columns.items():
                mean = weighted(zones, expected, twin.people)
                assert row[name] == pytest.approx(mean, nan_ok=True), (unit, name)
            everybody = sum(twin.people[zone] for zone in zones)
            for limit in (30, 60, 90):
                inside = [z for z in zones if columns["minutes_core"][z] <= limit]
                people = sum(twin.people[zone] for zone in inside)
                assert row[f"core_people_{limit}"] == pytest.approx(people)
                assert row[f"core_share_{limit}"] == pytest.approx(100 * people / everybody)
            off = [zone for zone in zones if zone in twin.off]
            unreached = [zone for zone in zones if isnan(columns["minutes_core"][zone])]
            assert row["off_zones"] == len(off)
            assert row["off_people"] == pytest.approx(sum(twin.people[z] for z in off))
            assert row["unreached_people"] == pytest.approx(sum(twin.people[z] for z in unreached))


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_other_speeds_are_those_of_a_network_with_other_times(factor: float) -> None:
    """Times are divided, not summed anew: the same but for milliseconds of rounding."""
    ready = Ready.of(tiny_region())
    travel = ready.travel
    network = travel.network.with_seconds(travel.seconds / factor)
    (divided,) = figures(ready.ground, travel, (factor,))
    (anew,) = figures(ready.ground, replace(travel, network=network))
    for level, table in divided.tables.items():
        assert_frame_equal(table, anew.tables[level], rtol=1e-5, obj=level)
    assert divided.pairs is not None
    assert anew.pairs is not None
    assert divided.pairs.kmh == pytest.approx(anew.pairs.kmh, rel=1e-5, nan_ok=True)


def test_a_quick_look_has_the_same_times_and_circles() -> None:
    ready = Ready.of(tiny_region())
    quick, whole = without_borders(ready, quick=True), without_borders(ready)
    assert "transport.circle_people_60" in quick.tables[Level.CITY]
    assert set(quick.indicators) < set(whole.indicators)
    for name in ("tables", "low", "high"):
        for level, table in getattr(quick, name).items():
            other = getattr(whole, name)[level][table.columns]
            assert_frame_equal(table, other, check_exact=True, obj=f"{name} {level}")
    assert quick.matrices == ()
    assert set(quick.headline) < set(whole.headline)


def test_circles_are_those_of_loops(findings: Findings) -> None:
    twin = Twin(tiny_region())
    for city, centre in CENTRES.items():
        for limit in (30, 60, 90):
            inside = [z for z in twin.names if twin.minutes[centre][z] <= limit]
            expected = sum(twin.people[zone] for zone in inside)
            assert figure(findings, Level.CITY, city, f"circle_people_{limit}") == expected
            if limit == 60:
                assert figure(findings, Level.CITY, city, "circle_zones_60") == len(inside)
    whole = figure(findings, Level.REGION, "tiny", "core_people_60")
    assert figure(findings, Level.CITY, CORE, "circle_people_60") == whole


def test_pairs_of_centres_are_those_of_loops(findings: Findings) -> None:
    twin, geod = Twin(tiny_region()), Geod(ellps="WGS84")
    minutes, circuity, kmh, _ = pairs_of(findings)
    bends, speeds = {}, {}
    for a, start in CENTRES.items():
        assert minutes[a, a] == 0
        assert isnan(circuity[a, a])
        assert isnan(kmh[a, a])
        for b, end in CENTRES.items():
            assert minutes[a, b] == pytest.approx(twin.minutes[start][end])
            if a != b:
                straight = geod.inv(*twin.spot[start], *twin.spot[end])[2] / 1000
                bends[a, b] = twin.km[start][end] / straight
                speeds[a, b] = straight / twin.minutes[start][end] * 60
                assert circuity[a, b] == pytest.approx(bends[a, b])
                assert kmh[a, b] == pytest.approx(speeds[a, b])
    for name, pairs in (("circuity", bends), ("straight_kmh", speeds)):
        mean = plain_mean(pairs.values())
        assert figure(findings, Level.REGION, "tiny", name) == pytest.approx(mean)
        for city in CENTRES:
            mine = plain_mean(value for pair, value in pairs.items() if city in pair)
            assert figure(findings, Level.CITY, city, name) == pytest.approx(mine)


def test_legs_and_coverage(findings: Findings) -> None:
    region = tiny_region()
    zones = region.table("zones").set_index("zone")
    legs = region.table("connectors").groupby("zone")["km"].min()
    links = region.table("local_links")
    beside = links[(links["zone_a"] == BY_LINK) | (links["zone_b"] == BY_LINK)].iloc[0]
    legs[BY_LINK] = beside["km"] + legs["z18"]
    found = findings.tables[Level.ZONE]["transport.leg_km"]
    assert found.drop(OFF).to_dict() == pytest.approx(legs.to_dict())
    assert isnan(found[OFF])
    far = [zone for zone in zones.index if not legs.get(zone, inf) <= 5]
    share = 100 * zones.loc[far, "people"].sum() / zones["people"].sum()
    assert 5 < share < 95
    assert figure(findings, Level.REGION, "tiny", "far_share") == pytest.approx(share)
    assert figure(findings, Level.REGION, "tiny", "off_zones") == 1
    assert figure(findings, Level.REGION, "tiny", "off_people") == zones.loc[OFF, "people"]
    lost = zones.loc[[OFF, *ISLAND], "people"].sum()
    assert figure(findings, Level.REGION, "tiny", "unreached_people") == lost


def test_what_no_way_leads_to_has_no_figures_and_is_told(findings: Findings) -> None:
    assert all(isnan(one) for one in row_of(findings, Level.ZONE, OFF).values())
    for name in ISLAND:
        row = row_of(findings, Level.ZONE, name)
        assert isnan(row["minutes_core"])
        assert row["reach_people_90"] > 0  # the island itself
    assert not any(isnan(one) for one in row_of(findings, Level.ZONE, LAKE).values())
    by_key = {one.key: one.values for one in findings.remarks}
    assert by_key["transport.off_network"]["zones"] == 1
    assert by_key["transport.unreached"]["zones"] == 3


def test_by_hand() -> None:
    """One road of 20 minutes there and 30 back, legs of 5 and 10 minutes, nothing else."""
    tables = tiny_tables()
    edges = tables["road_edges"]
    edges[["seconds_forward", "seconds_backward"]] = np.nan
    edges.loc[0, ["tail", "head", "km"]] = [0, 1, 30.0]
    edges.loc[0, ["seconds_forward", "seconds_backward"]] = [1200.0, 1800.0]
    legs = {"zone": ["z21", "z26"], "node": [0, 1], "km": [4.0, 6.0], "seconds": [300.0, 600.0]}
    region = tiny_region(without=("local_links",), road_edges=edges, connectors=pd.DataFrame(legs))
    found = strand.measure(region)
    people = region.table("zones").set_index("zone")["people"]
    core, other, all_people = people["z21"], people["z26"], people.sum()
    minutes, circuity, kmh, _ = pairs_of(found)
    assert minutes[CORE, "990200"] == 35
    assert minutes["990200", CORE] == 45
    assert all(
        isnan(minutes[city, "999001"]) for city in CENTRES
    )  # its own centre is off the network: no 0 either
    straight = Geod(ellps="WGS84").inv(-29.85, 1.25, -29.35, 1.25)[2] / 1000
    assert circuity[CORE, "990200"] == pytest.approx(40 / straight)
    assert kmh["990200", CORE] == pytest.approx(straight / 0.75)
    assert figure(found, Level.REGION, "tiny", "circuity") == pytest.approx(40 / straight)
    region_row = {
        "minutes_core": 35 * other / (core + other),
        "minutes_own_centre": 0,
        "core_people_30": core,
        "core_people_60": core + other,
        "core_share_60": 100 * (core + other) / all_people,
        "reach_people_30": (core * core + other * other) / (core + other),
        "reach_people_60": core + other,
        "off_zones": 48,
        "off_people": all_people - core - other,
        "unreached_people": all_people - core - other,
        "far_share": 100 * (all_people - core) / all_people,
        "leg_km": 4.0,
    }
    for name, expected in region_row.items():
        assert figure(found, Level.REGION, "tiny", name) == pytest.approx(expected), name
    assert figure(found, Level.CITY, "990200", "circle_people_30") == other
    assert figure(found, Level.CITY, "990200", "circle_people_60") == core + other
    assert figure(found, Level.CITY, "990200", "circle_zones_60") == 2
    assert isnan(figure(found, Level.CITY, "999001", "circle_people_90"))
    assert isnan(figure(found, Level.COUNTY, "990102", "minutes_core"))
    assert figure(found, Level.COUNTY, "990102", "core_people_90") == 0
    # Slower: 43.75 minutes at 0.8; quicker: 28 at 1.25, which the half hour then holds.
    assert row_of(found, Level.ZONE, "z26", "low")["minutes_core"] == 43.75
    assert row_of(found, Level.ZONE, "z26", "high")["minutes_core"] == 28
    assert row_of(found, Level.REGION, "tiny", "high")["core_people_30"] == core + other
    keys = remark_keys(found)
    assert keys == ["centre_off", "off_network", "pairs_unreached"]
    assert "砾泽市" in found.remarks[0].text("zh")
    assert "Lize" in found.remarks[0].text("en")


def test_a_closed_road_takes_time_and_a_new_or_quicker_one_gives_it() -> None:
    base = strand.measure(tiny_region())
    trunk = (3, 4)  # both lie on the trunk road between the core and Lanpu
    for change, sign in (
        ([CloseRoad(trunk)], 1),
        ([SetSpeed(trunk, 20.0)], 1),
        ([SetSpeed(trunk, 160.0)], -1),
        ([AddRoad(1, 6, kmh=160.0)], -1),
        ([AddRoad(*DEAD_ENDS, kmh=60.0)], -1),
    ):
        found = strand.measure(tiny_region().apply(change))
        step = found.tables[Level.ZONE] - base.tables[Level.ZONE]
        for name in ("minutes_core", "minutes_own_centre", "minutes_nearest_centre"):
            assert (sign * step[f"transport.{name}"].fillna(0) >= -1e-9).all()
        assert (sign * step["transport.minutes_core"].fillna(0) > 0.1).any()
        for limit in (30, 60, 90):
            assert (sign * step[f"transport.reach_people_{limit}"].fillna(0) <= 0).all()
        assert remark_keys(found)[0] == "scenario"
        assert found.region_hash != base.region_hash


def test_when_all_roads_are_closed_only_what_shares_a_node_is_left() -> None:
    region = tiny_region(without=("local_links",))
    found = strand.measure(region.apply([CloseRoad(tuple(range(32)))]))
    twin = Twin(region.apply([CloseRoad(tuple(range(32)))]))
    minutes = found.tables[Level.ZONE]["transport.minutes_core"].to_dict()
    assert minutes == pytest.approx(twin.zone_columns()["minutes_core"], nan_ok=True)
    assert sum(isnan(one) for one in minutes.values()) > 25
    assert isnan(figure(found, Level.CITY, "990200", "minutes_core"))
    assert figure(found, Level.CITY, "990200", "core_people_90") == 0
    assert isnan(figure(found, Level.CITY, CORE, "circuity"))
    keys = remark_keys(found)
    assert "unreached" in keys
    assert "pairs_unreached" in keys


def test_without_any_leg_there_is_no_figure_but_the_count() -> None:
    none = tiny_tables()["connectors"].iloc[:0]
    found = strand.measure(tiny_region(without=("local_links",), connectors=none))
    assert found.tables[Level.ZONE].isna().all(axis=None)
    row = row_of(found, Level.REGION, "tiny")
    people = tiny_tables()["zones"]["people"].sum()
    assert {name: value for name, value in row.items() if not isnan(value)} == {
        "far_share": 100,
        "off_people": people,
        "off_zones": 50,
        "unreached_people": people,
    }
    assert found.matrices[0].values.isna().all(axis=None)
    layers = strand.layers(tiny_region(), found)
    assert {len(one.scale.colours) for one in layers if "people" in one.key} == {1}


def only(city: str) -> Region:
    """The tiny region with one city alone."""
    tables = tiny_tables()
    changed: dict[str, Any] = {
        name: tables[name][tables[name]["city"] == city].reset_index(drop=True)
        for name in ("cities", "counties", "zones", "census")
    }
    kept = set(changed["zones"]["zone"])
    legs = tables["connectors"]
    changed["connectors"] = legs[legs["zone"].isin(kept)].reset_index(drop=True)
    return tiny_region(without=("local_links", "groups"), **changed)


def test_a_region_of_one_city() -> None:
    found = strand.measure(only(CORE))
    row = row_of(found, Level.REGION, "tiny")
    assert row["minutes_core"] == row["minutes_own_centre"]
    assert isnan(row["circuity"])
    assert found.matrices[0].values.to_numpy().tolist() == [[0.0]]
    assert len(found.tables[Level.GROUP]) == 0


def test_a_core_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingError, match="990100"):
        strand.measure(only("990200"))


def test_a_unit_without_people_has_no_means_and_no_shares() -> None:
    zones = tiny_tables()["zones"]
    zones.loc[zones["city"] == "999001", "people"] = 0.0
    row = row_of(strand.measure(tiny_region(zones=zones)), Level.CITY, "999001")
    assert row["core_people_60"] == 0
    assert isnan(row["core_share_60"])
    assert isnan(row["minutes_core"])
    assert isnan(row["leg_km"])


def test_a_centre_outside_all_zones_is_told() -> None:
    cities = tiny_tables()["cities"]
    cities.loc[1, ["lon", "lat"]] = [-29.35, 1.9]
    found = strand.measure(tiny_region(cities=cities))
    assert remark_keys(found)[0] == "centre_outside"
    assert "岚浦市" in found.remarks[0].text("zh")


def test_no_range_without_its_assumption() -> None:
    region = tiny_region()
    manifest = _manifest(assumptions=())
    found = strand.measure(Region.from_tables(manifest, tiny_tables()))
    assert found.low == {}
    assert found.high == {}
    remarks = [one.key for one in found.indicators["transport.minutes_core"].remarks]
    assert "transport.assumed_speed_no_range" in remarks
    with_range = strand.measure(region).indicators["transport.minutes_core"]
    assert "transport.assumed_speed" in [one.key for one in with_range.remarks]


def _manifest(**changed: Any) -> Manifest:
    return replace(tiny_manifest(tiny_tables()), **changed)


def test_trust_is_that_of_the_weakest_table(findings: Findings) -> None:
    times = findings.indicators["transport.minutes_core"]
    assert (times.nature, times.grade) == (Nature.ASSUMED, Grade.E)
    assert times.sources == ("outline", "bulletin", "roads", "recipe")
    tables = tiny_tables()
    records = _manifest().tables
    observed = {
        name: replace(one, nature=Nature.OBSERVED, grade=Grade.B, sources=("roads",))
        for name, one in records.items()
    }
    region = Region.from_tables(_manifest(tables=observed), tables)
    times = strand.measure(region).indicators["transport.minutes_core"]
    assert (times.nature, times.grade) == (Nature.MODELLED, Grade.B)
    assert times.sources == ("roads",)
    keys = [one.key for one in times.remarks]
    assert keys == ["transport.free_flow", "transport.own_zone"]


def test_the_score_of_the_people_model_stands_beside_the_figures() -> None:
    score = {"held_out": {"r2": 0.734, "misplaced_share": 0.271}}
    region = Region.from_tables(_manifest(records={"population_score": score}), tiny_tables())
    remarks = strand.measure(region).indicators["transport.core_people_60"].remarks
    assert "R² 为 0.73，27%" in remarks[-1].text("zh")
    for other in ({}, {"held_out": 3}, {"held_out": {"r2": 1.0}}, "0.7"):
        region = Region.from_tables(_manifest(records={"population_score": other}), tiny_tables())
        remarks = strand.measure(region).indicators["transport.core_people_60"].remarks
        assert remarks[-1].key == "transport.people_modelled"


def test_roads_without_a_class_are_told() -> None:
    edges = tiny_tables()["road_edges"]
    edges.loc[edges["class"] == "trunk", "class"] = "trunk_extract"
    found = strand.measure(tiny_region(road_edges=edges)).indicators["transport.minutes_core"]
    (told,) = [one for one in found.remarks if one.key == "transport.trunk_only"]
    part = edges.loc[edges["class"] == "trunk_extract", "km"].sum() / edges["km"].sum()
    assert told.values["share"] == pytest.approx(part)
