"""Border effects of a region: against dense regressions, planted effects, none, and chance."""

from itertools import product
from math import log
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString, Point, box

from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.strands.contract import BorderFinding, BorderLayer, Chance, Level, Verdict, percent
from onecity.strands.transport import border_pairs as bp
from onecity.strands.transport import borders, strand
from onecity.strands.transport.border_estimates import Estimate
from onecity.strands.transport.borders import verdict_of
from onecity.strands.transport.figures import Ground, ground_of
from onecity.strands.travel import Travel, centres_of, leg_km, network_of
from tests.models.border_twins import regress
from tests.strands.twins import arcs_of, search, seconds_between_zones
from tests.tiny import CORE, LAKE, OFF, tiny_region, tiny_tables

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

GEOD = Geod(ellps="WGS84")
REST = ("990200", "999001")


def by_codes(region: Region) -> dict[tuple[str, ...], BorderFinding]:
    return {one.codes: one for one in borders(region).findings}


def keys(remarks: object) -> list[str]:
    return [one.key.removeprefix("transport.") for one in remarks]  # type: ignore[attr-defined]


def direct_roads(
    factor: float,
    *,
    noise: float = 0.0,
    seed: int = 0,
    zones: gpd.GeoDataFrame | None = None,
    banks: bool = False,
) -> Region:
    """A region with a direct road between every two zones, slower where it crosses a border.

    A road of d km takes 10 d^0.3 minutes: that way nothing is won by going through a third zone,
    and a trip across takes `factor` times as long exactly.
    """
    tables = tiny_tables()
    zones = gpd.GeoDataFrame(tables["zones"]) if zones is None else zones
    spots = list(zip(zones["lon"], zones["lat"], strict=True))
    city, random, rows = list(zones["city"]), np.random.default_rng(seed), []
    for a, b in product(range(len(zones)), repeat=2):
        km = GEOD.inv(*spots[a], *spots[b])[2] / 1000
        if a < b and km <= 61:
            minutes = 10 * km**0.3 * (factor if city[a] != city[b] else 1.0)
            seconds = 60 * minutes * float(np.exp(noise * random.normal()))
            rows.append((a, b, km, seconds, LineString([spots[a], spots[b]])))
    tail, head, km, seconds, course = zip(*rows, strict=True)
    count = len(rows)
    edges = gpd.GeoDataFrame(
        {
            "edge": range(count),
            "origin": pd.Series([None] * count, dtype="str"),
            "tail": tail,
            "head": head,
            "class": "primary",
            "km": km,
            "kmh": 60.0,
            "seconds_forward": seconds,
            "seconds_backward": seconds,
            "lanes": np.nan,
            "bridge": False,
            "tunnel": False,
            "ferry": False,
            "name": pd.Series([None] * count, dtype="str"),
        },
        geometry=list(course),
        crs=CRS,
    )
    nodes = gpd.GeoDataFrame(
        {
            "node": range(len(zones)),
            "origin": [f"n{row}" for row in range(len(zones))],
            "lon": zones["lon"].to_numpy(),
            "lat": zones["lat"].to_numpy(),
            "cut": False,
        },
        geometry=[Point(one) for one in spots],
        crs=CRS,
    )
    legs = pd.DataFrame(
        {"zone": zones["zone"].to_numpy(), "node": range(len(zones)), "km": 0.0, "seconds": 0.0}
    )
    counties = tables["counties"]
    if not banks:
        counties = counties.assign(bank=pd.Series([None] * len(counties), dtype="str"))
    return tiny_region(
        without=("local_links", "groups"),
        zones=zones,
        road_edges=edges,
        road_nodes=nodes,
        connectors=legs,
        counties=counties,
    )


# --- Against other ways to the same ----------------------------------------------------------


@pytest.fixture(scope="module")
def tiny() -> dict[tuple[str, ...], BorderFinding]:
    return by_codes(tiny_region())


def test_is_the_dense_regression(tiny: dict[tuple[str, ...], BorderFinding]) -> None:
    region = tiny_region()
    zones = region.table("zones")
    bank = dict(
        zip(region.table("counties")["county"], region.table("counties")["bank"], strict=True)
    )
    seconds = seconds_between_zones(region)
    rows = []
    for a, b in product(range(len(zones)), repeat=2):
        one, other = zones.iloc[a], zones.iloc[b]
        km = GEOD.inv(one["lon"], one["lat"], other["lon"], other["lat"])[2] / 1000
        if (
            a != b
            and km <= 60
            and np.isfinite(seconds[a, b])
            and one["people"] * other["people"] > 0
        ):
            towns = sorted((one["city"], other["city"]))
            lands = sorted((one["county"], other["county"]))
            across = bank[one["county"]] != bank[other["county"]]
            product_of = one["people"] * other["people"]
            rows.append((a, b, seconds[a, b] / 60, km, product_of, towns, lands, across))
    columns = tuple(zip(*rows, strict=True))
    origin, destination, minutes, km, weight, cities, counties, river = columns
    ends = np.array(origin), np.array(destination), np.array(weight)
    crossing = np.array([a != b for a, b in cities], float)
    names = {"cities": cities, "counties": counties}
    cluster = {
        key: np.unique([f"{a}|{b}" for a, b in value], return_inverse=True)[1]
        for key, value in names.items()
    }

    def twin(columns: list[np.ndarray], clusters: str) -> tuple[float, float]:
        X = np.column_stack([*columns, np.log(km)])
        found = regress(*ends, np.log(minutes), X, cluster[clusters])
        return float(found.coefficients[0]), float(np.sqrt(found.clustered[0, 0]))

    beta, error = twin([crossing, np.array(river, float)], "cities")
    circle = tiny[()]
    assert circle.beta == pytest.approx(beta, rel=1e-6)
    assert circle.pairs == int(crossing.sum())
    # Three cities, six pairs of cities that pairs of zones may lie in, less one too far apart.
    assert circle.interval[1] > circle.beta + error
    # Where a city's border or that between two is the river, the river is not taken out.
    for code in (CORE, *REST):
        mine = np.array([a != b and code in (a, b) for a, b in cities], float)
        beta, _ = twin([mine, crossing - mine], "counties")
        assert tiny[code,].beta == pytest.approx(beta, rel=1e-6)
    between = [
        np.array([pair == list(codes) for pair in cities], float)
        for codes in ((CORE, "990200"), ("990200", "999001"))
    ]
    other = crossing - sum(between)
    assert tiny[CORE, "990200"].beta == pytest.approx(
        twin([between[0], between[1], other], "counties")[0], rel=1e-6
    )
    assert tiny["990200", "999001"].beta == pytest.approx(
        twin([between[1], between[0], other], "counties")[0], rel=1e-6
    )
    assert (CORE, "999001") not in tiny  # they share no line


def test_tiny_borders_are_not_told_from_chance(tiny: dict[tuple[str, ...], BorderFinding]) -> None:
    assert {one.verdict for one in tiny.values()} == {Verdict.NONE}
    assert "border_is_river" in keys(tiny[CORE,].remarks)
    assert "border_is_river" not in keys(tiny[()].remarks)


def test_roads_alone_are_those_of_loops() -> None:
    region, travel, ground = made(tiny_region())
    sample = bp.sample_of(ground, area_km2=1.0)
    found = bp.roads_only(region, travel, sample)
    zones = list(region.table("zones")["zone"])
    nodes = region.table("road_nodes")
    legs = (
        region.table("connectors").sort_values(["seconds", "node"]).groupby("zone")["node"].first()
    )
    arcs = [arc for arc in arcs_of(region) if isinstance(arc[0], int) and isinstance(arc[1], int)]
    times = {node: search(arcs, node)[0] for node in set(legs)}
    got = {}
    for a, b, km, minutes in zip(
        found.origin, found.destination, found.km, found.minutes, strict=True
    ):
        got[zones[sample.zone[a]], zones[sample.zone[b]]] = (km, minutes)
    expected = {}
    usable = [zones[row] for row in sample.zone if zones[row] in legs]
    for one, other in product(usable, repeat=2):
        a, b = legs[one], legs[other]
        ends = (nodes["lon"][a], nodes["lat"][a], nodes["lon"][b], nodes["lat"][b])
        km = GEOD.inv(*ends)[2] / 1000
        if 0 < km <= 60 and b in times[a]:
            expected[one, other] = (km, times[a][b] / 60_000)
    assert got.keys() == expected.keys()
    for pair, values in expected.items():
        assert got[pair] == pytest.approx(values)


# --- Planted effects, and none ---------------------------------------------------------------


def test_a_planted_effect_comes_back_and_stands_out() -> None:
    found = by_codes(direct_roads(1.3))
    for codes in ((), (CORE,), ("990200",), ("999001",), (CORE, "990200"), ("990200", "999001")):
        one = found[codes]
        assert one.beta == pytest.approx(log(1.3), abs=1e-5)
        assert one.theta == pytest.approx(0.3, abs=1e-5)
        assert one.percent == pytest.approx(30, abs=1e-3)
        assert one.permeability == pytest.approx(1 / 1.3, abs=1e-5)
        assert one.variants == pytest.approx([log(1.3)] * 2, abs=1e-5)
        assert not one.capped
    circle = found[()]
    assert circle.verdict is Verdict.CLEAR
    assert circle.chance is not None
    assert circle.chance.count == 200
    assert circle.chance.p == pytest.approx(1 / 201)
    assert abs(circle.chance.mean) < 0.05


def test_crossing_that_is_quicker_is_capped_and_never_slower() -> None:
    found = by_codes(direct_roads(0.9))
    for one in found.values():
        assert one.beta == pytest.approx(log(0.9), abs=1e-5)
        assert one.permeability == 1
        assert one.capped
        assert one.verdict is Verdict.NONE
        assert "border_capped" in keys(one.remarks)


def test_no_effect_is_flagged_no_more_often_than_chance_has_it() -> None:
    """Of 60 seeds, 2 circles and 12 of 360 effects are called clear: one in thirty.

    Effects of one draw hang together: where the circle stands out by chance, so do most.
    """
    draws_flagged = 0
    for seed in range(8):
        found = by_codes(direct_roads(1.0, noise=0.1, seed=seed))
        circle = found[()]
        assert circle.chance is not None
        assert abs(circle.beta - circle.chance.mean) < 3 * circle.chance.sd
        draws_flagged += Verdict.CLEAR in {one.verdict for one in found.values()}
    assert draws_flagged <= 1


def test_noise_does_not_hide_an_effect() -> None:
    found = by_codes(direct_roads(1.3, noise=0.1))
    assert found[()].verdict is Verdict.CLEAR
    assert found[()].beta == pytest.approx(log(1.3), abs=0.03)


def test_a_river_is_not_called_a_border() -> None:
    """Only trips across the river are slow, and the river runs through a city as well."""
    region = direct_roads(1.0)
    counties = region.table("counties")
    side = counties["county"].map(lambda code: "west" if code in {"990101", "990201"} else "east")
    west = dict(zip(counties["county"], side == "west", strict=True))
    zone = region.table("zones")["county"].map(west).to_numpy()
    edges = region.table("road_edges")
    across = zone[edges["tail"]] != zone[edges["head"]]
    for column in ("seconds_forward", "seconds_backward"):
        edges[column] = edges[column] * np.where(across, 1.2, 1.0)
    tables = {name: region.table(name) for name in ("zones", "road_nodes", "connectors")}
    known: dict[str, Any] = {"road_edges": edges, **tables, "without": ("local_links", "groups")}
    with_banks = by_codes(tiny_region(counties=counties.assign(bank=side), **known))
    assert with_banks[()].beta == pytest.approx(0, abs=1e-5)
    without = by_codes(tiny_region(counties=counties, **known))
    assert abs(without[()].beta) > 0.05  # the river, had it not been known


# --- Variants ----------------------------------------------------------------------------------


def made(region: Region) -> tuple[Region, Travel, Ground]:
    travel = network_of(region)
    return region, travel, ground_of(region, centres_of(region), 0, leg_km(travel))


def test_roads_and_legs_change_alone() -> None:
    region, travel, _ = made(tiny_region())
    edges = 2 * travel.edges
    factors = []
    for other in bp.at_other_speeds(region, travel):
        taken = np.isfinite(travel.seconds) & (travel.seconds > 0)
        assert (other.seconds[~taken] == travel.seconds[~taken]).all()
        rows = np.flatnonzero(taken)
        ratio = travel.seconds[rows] / other.seconds[rows]
        roads, legs = ratio[rows < edges], ratio[rows >= edges]
        factors.append((set(roads.round(9)), set(legs.round(9))))
        assert other.network.travel_times([0], [5]) == pytest.approx(
            travel.network.travel_times([0], [5]) / roads[0], rel=1e-4
        )
    alone = {1.0}
    assert factors == [({0.8}, alone), ({1.25}, alone), (alone, {0.7}), (alone, {1.4})]


def test_all_speeds_together_change_nothing(tiny: dict[tuple[str, ...], BorderFinding]) -> None:
    tables = tiny_tables()
    for name, columns in (
        ("road_edges", ("seconds_forward", "seconds_backward")),
        ("connectors", ("seconds",)),
        ("local_links", ("seconds",)),
    ):
        for column in columns:
            tables[name][column] = tables[name][column] * 2
    changed: dict[str, Any] = {n: tables[n] for n in ("road_edges", "connectors", "local_links")}
    slow = by_codes(tiny_region(**changed))
    for codes, one in tiny.items():
        assert slow[codes].beta == pytest.approx(one.beta, abs=1e-5)


def test_a_sample_keeps_people_and_takes_the_most_populous(monkeypatch: pytest.MonkeyPatch) -> None:
    region, travel, ground = made(tiny_region())
    zones = region.table("zones")
    area = float(zones["area_km2"].sum())
    every = bp.sample_of(ground, area_km2=area)
    left_out = set(zones["zone"]) - set(zones["zone"].iloc[every.zone])
    assert left_out == {LAKE, OFF}
    assert every.side_km is None
    monkeypatch.setattr(bp, "MOST", 12)
    some = bp.sample_of(ground, area_km2=area)
    moved = bp.sample_of(ground, area_km2=area, shifted=True)
    assert some.side_km == pytest.approx((area / 12) ** 0.5)
    for sample in (some, moved):
        assert 9 <= len(sample) <= 25
        assert sample.people.sum() == pytest.approx(every.people.sum())
        assert (sample.people >= ground.people[sample.zone]).all()
        assert len(set(sample.zone)) == len(sample)
    assert set(some.zone) != set(moved.zone)
    assert int(np.argmax(ground.people)) in some.zone
    found = by_codes(region)
    assert found[()].variant_count == 16
    remarks = keys(borders(region).time.remarks)
    assert "border_sample" in remarks
    assert "border_everywhere" not in remarks
    assert travel.zones == 50


# --- As findings -------------------------------------------------------------------------------


def test_stands_among_the_other_findings() -> None:
    region = tiny_region()
    found = strand.measure(region)
    by = {one.codes: one for one in found.borders}
    key = "transport.border_time_percent"
    cities = list(region.table("cities")["city"])
    assert [one.codes for one in found.borders] == [
        (),
        *((city,) for city in cities),
        (CORE, "990200"),
        ("990200", "999001"),
    ]
    for city in cities:
        assert found.tables[Level.CITY][key][city] == by[city,].percent
        assert found.low[Level.CITY][key][city] == percent(by[city,].variants[0])
        assert found.high[Level.CITY][key][city] == percent(by[city,].variants[1])
    assert found.tables[Level.REGION][key]["tiny"] == by[()].percent
    first, second = by[CORE, "990200"].percent, by["990200", "999001"].percent
    nan = np.nan
    expected = [[nan, first, nan], [first, nan, second], [nan, second, nan]]
    np.testing.assert_array_equal(found.matrices[-1].values.to_numpy(), expected)
    (layer,) = [one for one in strand.layers(region, found) if isinstance(one, BorderLayer)]
    assert layer.values == {codes: by[codes].percent for codes in by if len(codes) == 2}
    assert layer.faint == set(layer.values)  # none stands out
    assert found.borders == strand.measure(region).borders


def test_says_what_it_rests_on() -> None:
    found = borders(tiny_region())
    told = keys(found.time.remarks)
    for key in ("border_everywhere", "border_range", "border_by_chance", "border_no_relief"):
        assert key in told
        assert key in keys(found.between.remarks)
    assert "border_river" in told
    assert "border_circle_none" in told
    assert "border_cities_none" in told
    assert "border_many" in keys(found.between.remarks)
    assert "assumed_speed" not in told  # all speeds together leave it as it is
    assert "border_no_river" in keys(borders(direct_roads(1.0)).time.remarks)
    listed = [one for one in found.between.remarks if one.key == "transport.border_lines_none"]
    assert "云湾市—岚浦市、岚浦市—砾泽市" in listed[0].text("zh")
    assert "Yunwan–Lanpu, Lanpu–Lize" in listed[0].text("en")


def chance(*p: float) -> Chance:
    return Chance(200, 0.0, 0.01, p[0], (min(p), max(p)))


@pytest.mark.parametrize(
    ("interval", "variants", "held", "verdict"),
    [
        ((0.01, 0.05), (0.03, 0.02, 0.05), chance(0.005, 0.05), Verdict.CLEAR),
        ((0.01, 0.05), (0.03, -0.01, 0.05), chance(0.005, 0.05), Verdict.UNSURE),
        ((0.01, 0.05), (0.03, 0.02, 0.05), chance(0.005, 0.051), Verdict.UNSURE),
        ((0.01, 0.05), (0.03, 0.02, 0.05), chance(0.06, 0.01), Verdict.UNSURE),
        ((0.01, 0.05), (0.03, 0.02, 0.05), chance(0.06, 0.07), Verdict.NONE),
        ((-0.01, 0.07), (0.03, 0.02, 0.05), chance(0.005, 0.01), Verdict.NONE),
        ((-0.07, -0.01), (-0.04, -0.03), chance(0.9, 0.8), Verdict.NONE),
        ((0.01, 0.05), (0.03, 0.02, 0.05), None, Verdict.UNSURE),
        ((-0.01, 0.07), (0.03, 0.02, 0.05), None, Verdict.NONE),
    ],
)
def test_stands_out_only_if_all_ways_say_so(
    interval: tuple[float, float],
    variants: tuple[float, ...],
    held: Chance | None,
    verdict: Verdict,
) -> None:
    one = Estimate(
        cities=(),
        beta=variants[0],
        theta=0.7,
        interval=interval,
        variants=variants,
        chance=held,
        pairs=9,
        river_share=0.0,
        river=False,
    )
    assert verdict_of(one) is verdict


# --- Where there is little or nothing ----------------------------------------------------------


def nothing_but(region: Region, reason: str) -> None:
    found = strand.measure(region)
    assert found.borders == ()
    key = "transport.border_time_percent"
    for level in (Level.CITY, Level.REGION):
        assert found.tables[level][key].isna().all()
    assert found.matrices[-1].values.isna().all(axis=None)
    told = [one for one in found.indicators[key].remarks if one.key == "transport.border_without"]
    assert len(told) == 1
    assert told[0].values["reason"].key == reason  # type: ignore[attr-defined]
    assert told[0].text("zh")
    assert told[0].text("en")
    assert not any(isinstance(one, BorderLayer) for one in strand.layers(region, found))


def test_one_city_has_no_border() -> None:
    zones = tiny_tables()["zones"]
    zones.loc[zones["city"] != CORE, "people"] = 0.0
    nothing_but(tiny_region(zones=zones), "transport.border_one_city")


def test_without_any_leg_nothing_is_said() -> None:
    none = tiny_tables()["connectors"].iloc[:0]
    region = tiny_region(without=("local_links",), connectors=none)
    nothing_but(region, "transport.border_one_city")


def test_too_few_pairs_are_told() -> None:
    zones = gpd.GeoDataFrame(tiny_tables()["zones"])
    kept = zones[zones["zone"].isin(["z24", "z25", "z34"])].reset_index(drop=True)
    nothing_but(direct_roads(1.3, zones=kept), "border.too_few_pairs")


def test_cities_too_far_apart_are_told() -> None:
    zones = gpd.GeoDataFrame(tiny_tables()["zones"])
    kept = zones[zones["zone"].str[2].isin(["0", "1", "9"])].reset_index(drop=True)
    nothing_but(direct_roads(1.3, zones=kept), "border.none_crosses")


def test_a_city_that_nobody_lives_in_has_no_figure() -> None:
    zones = tiny_tables()["zones"]
    zones.loc[zones["city"] == "999001", "people"] = 0.0
    found = by_codes(tiny_region(zones=zones))
    assert {"999001"} & {code for codes in found for code in codes} == set()


def test_where_no_made_up_city_fits_nothing_is_held_against_chance() -> None:
    """A zone in the middle and five around it that touch nothing else: no other two halves."""
    zones = gpd.GeoDataFrame(tiny_tables()["zones"]).iloc[:6].copy()
    around = [(0, 0), (-2, 0), (2, 0), (0, 2), (0, -2), (2, 2)]
    shapes = [
        box(-30.05 + 0.1 * x, 1 + 0.1 * y, -29.95 + 0.1 * x, 1.1 + 0.1 * y) for x, y in around
    ]
    middle: BaseGeometry = shapes[0]
    for x, y in around[1:]:
        far = Point(-30 + 0.1 * x, 1.05 + 0.1 * y)
        middle = middle.union(LineString([Point(-30, 1.05), far]).buffer(0.01))
    others = [one.difference(middle) for one in shapes[1:]]
    zones = zones.assign(
        geometry=gpd.GeoSeries([middle, *others], index=zones.index, crs=CRS),
        lon=[-30 + 0.1 * x for x, _ in around],
        lat=[1.05 + 0.1 * y for _, y in around],
        people=1000.0,
        city=[CORE, CORE, CORE, "990200", "990200", "990200"],
    )
    found = borders(direct_roads(1.3, zones=zones))
    circle = found.findings[0]
    assert circle.chance is None
    assert circle.beta == pytest.approx(log(1.3), abs=1e-5)
    assert circle.verdict is Verdict.UNSURE
    assert "border_no_chance" in keys(found.time.remarks)
