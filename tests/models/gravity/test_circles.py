"""The same-circle premium and the province border, beside made-up groups; no city border."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import Delaunay

from onecity.core.errors import InputError
from onecity.models.gravity.circles import CircleFlows, circle_flows, compact_groups
from onecity.models.partition import join_pieces, neighbours, random_partitions
from onecity.region.flows import all_pairs
from onecity.region.sources.flows import Stated, join_flows, read_flows

THETA, PROVINCE, CIRCLE, CITY, SIGMA = -1.5, -0.8, 0.7, -1.2, 0.5
PLACES, TOP = 80, 12
WUHAN = [420100, 420200, 420700, 420900, 421100, 421200, 429004, 429005, 429006]


def world(*, within: bool, seed: int = 1) -> dict[str, Any]:
    """Cities in four provinces with three circles; gravity explains flows but for a factor."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 400, (2, PLACES))
    province = 2 * (x > 200) + (y > 200).astype(int)
    circle = compact_groups(x, y, [8, 7, 6], count=1, seed=5)[0]
    o, d = (side.ravel() for side in np.indices((PLACES, PLACES)))
    if not within:
        o, d = o[o != d], d[o != d]
    km = np.where(o == d, 8.0, np.hypot(x[o] - x[d], y[o] - y[d]))
    mean = 9 + rng.normal(0, 0.8, PLACES)[o] + rng.normal(0, 0.8, PLACES)[d] + THETA * np.log(km)
    mean += PROVINCE * (province[o] != province[d]) + CITY * (o != d)
    mean += CIRCLE * ((circle[o] == circle[d]) & (circle[o] >= 0) & (o != d))
    flow = np.exp(mean + SIGMA * rng.normal(size=len(o)))
    last = np.array([np.sort(flow[o == i])[-TOP] for i in range(PLACES)])
    listed = flow >= last[o]
    return {
        "origin": o, "destination": d, "flow": np.where(listed, flow, last[o]), "listed": listed,
        "km": km, "circle": circle, "province": province, "x": x, "y": y,
    }  # fmt: skip


def measured(of: dict[str, Any], **more: Any) -> CircleFlows:
    given = {name: one for name, one in of.items() if name not in {"x", "y"}}
    return circle_flows(**{**given, **more})


def provinces(x: Any, y: Any, sizes: Any, count: int) -> Any:
    """Made-up provinces that hang together."""
    corners = Delaunay(np.column_stack([x, y])).simplices
    touching = neighbours(corners.ravel(), corners[:, [1, 2, 0]].ravel(), len(x))
    touching = join_pieces(touching, x, y)
    return random_partitions(touching, sizes, count=count, tolerance=0.5, threads=1).part


def test_planted_effects_come_back_and_placebos_have_none() -> None:
    of = world(within=False)
    found = measured(
        of,
        redraws=10,
        level=0.999,
        circle_placebos=compact_groups(of["x"], of["y"], [8, 7, 6], count=19),
        province_placebos=provinces(of["x"], of["y"], np.bincount(of["province"]), 19),
    )
    for effect, truth in ((found.circle, CIRCLE), (found.province, PROVINCE)):
        low, high = effect.interval
        assert low < truth < high
        assert high - low < 0.8
        assert effect.as_extreme == 0
        assert effect.p_value == pytest.approx(1 / 20)
        assert abs(np.nanmean(effect.placebos)) < abs(truth) / 3
        assert effect.factor_interval == pytest.approx(np.exp(effect.interval))
    assert found.circle.factor == pytest.approx(np.exp(found.circle.beta))


def test_without_flows_inside_a_city_there_is_no_city_border_but_a_sentence() -> None:
    found = measured(world(within=False), redraws=0)
    assert found.city is None
    assert found.city_unknown is not None
    assert "无法" in found.city_unknown.text("zh")
    assert "No figure is given" in found.city_unknown.text("en")
    assert "city border" not in found.fit.names
    assert np.isnan(found.circle.p_value)


def test_the_city_border_is_not_in_such_flows_at_all() -> None:
    """Whatever city borders do, flows between cities are fitted alike: it is not identified."""
    of = world(within=False)
    plain = measured(of, redraws=0)
    bent = measured(
        {**of, "flow": of["flow"] * np.exp(5.0)}, redraws=0
    )  # a border of another strength
    assert bent.circle.beta == pytest.approx(plain.circle.beta, rel=1e-9)
    assert bent.province.beta == pytest.approx(plain.province.beta, rel=1e-9)
    assert bent.fit.log_likelihood == pytest.approx(plain.fit.log_likelihood, rel=1e-9)


def test_with_flows_inside_cities_the_border_is_told() -> None:
    found = measured(world(within=True), redraws=10)
    assert found.city_unknown is None
    assert found.city is not None
    assert found.city.interval[0] < CITY < found.city.interval[1]


def test_made_up_circles_are_compact_and_as_large() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(2, 40))
    groups = compact_groups(x, y, [3, 9, 5], count=7)
    for one in groups:
        assert np.bincount(one[one >= 0]).tolist() == [3, 9, 5]
    centre = np.array([x[groups[0] == 1].mean(), y[groups[0] == 1].mean()])
    away = np.hypot(x - centre[0], y - centre[1])
    assert away[groups[0] == 1].max() < np.sort(away)[20]
    assert np.array_equal(compact_groups(x, y, [3, 9, 5], count=3), groups[:3])
    for sizes in ([1], [], [30, 20]):
        with pytest.raises(InputError) as caught:
            compact_groups(x, y, sizes)
        assert caught.value.key == "flows.group_sizes"


@pytest.mark.parametrize(
    ("name", "given", "key"),
    [
        ("circle", np.full(PLACES, -1), "flows.no_contrast"),
        ("province", np.zeros(PLACES, int), "flows.no_contrast"),
        ("circle", np.zeros(3, int), "flows.groups"),
        ("circle", np.zeros(PLACES), "flows.groups"),
        ("km", np.zeros(PLACES * (PLACES - 1)), "flows.no_distance"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, given: Any, key: str) -> None:
    with pytest.raises(InputError) as caught:
        measured({**world(within=False), name: given})
    assert caught.value.key == key
    assert caught.value.text("zh")


def mobility(folder: Path, work: Path, km: float) -> tuple[dict[str, Any], pd.DataFrame]:
    """Flows of 14 days between Chinese cities nearer than some distance, and the cities.

    Days list the same pairs, so that a list and its last place are those of the sum. They are
    read as a recipe reads them.
    """
    rows = pd.read_csv(folder / "tencent_mobility_375cities_14days.csv.gz")
    rows.columns = pd.Index(["day", "origin", "destination", "value"])
    cities = pd.read_csv(folder / "tencent_city_coordinates.csv").drop_duplicates("Name")
    total = rows.groupby(["origin", "destination"], as_index=False)["value"].sum()
    total.to_parquet(work / "mobility.parquet")
    codes = {"city": list(cities["Name"])}
    stated = Stated("city", "mobility", 2020, "index", "top")
    read = read_flows(work / "mobility.parquet", codes=codes, stated=stated)
    table = join_flows([read], codes).table
    pairs = all_pairs(table, codes["city"], level="city", kind="mobility", year=2020)
    o, d = pairs.origin, pairs.destination
    lon, lat = np.radians(cities["Long"].to_numpy()), np.radians(cities["Lat"].to_numpy())
    half = np.sin((lat[o] - lat[d]) / 2) ** 2
    half += np.cos(lat[o]) * np.cos(lat[d]) * np.sin((lon[o] - lon[d]) / 2) ** 2
    far = 2 * 6371 * np.arcsin(np.sqrt(half))
    kept = (far > 1) & (far < km)  # three places share one position
    code = cities["Code"].to_numpy()
    of = {
        "origin": o[kept], "destination": d[kept], "km": far[kept],
        "flow": pairs.flow[kept], "listed": pairs.listed[kept],
        "province": np.unique(code // 10000, return_inverse=True)[1],
        "circle": np.where(np.isin(code, WUHAN), 0, -1),
        "x": 111 * np.cos(np.radians(33)) * cities["Long"].to_numpy(),
        "y": 111 * cities["Lat"].to_numpy(),
    }  # fmt: skip
    return of, cities


@pytest.mark.shared
def test_mobility_of_chinese_cities(shared_data: Path, tmp_path: Path) -> None:
    of, cities = mobility(shared_data / "wuhan" / "flows", tmp_path, 500.0)
    wuhan = of["origin"] == int(np.argmax(cities["Name"] == "Wuhan"))
    inside = wuhan & (of["circle"][of["destination"]] == 0)
    assert (of["listed"][inside].sum(), inside.sum()) == (3, 8)
    sizes = np.maximum(np.bincount(of["province"]), 5)  # parts of one city cannot be met
    found = measured(
        of,
        redraws=4,
        circle_placebos=compact_groups(of["x"], of["y"], [9], count=9),
        province_placebos=provinces(of["x"], of["y"], sizes, 9),
    )
    # A province border lets less than half through; none that is made up comes near.
    assert found.province.as_extreme == 0
    assert found.province.factor == pytest.approx(0.44, abs=0.02)
    assert np.abs(found.province.placebos).max() < 0.2
    # The Wuhan circle has no premium of its own that these lists could show.
    assert found.circle.interval[0] < 0 < found.circle.interval[1]
    assert found.circle.as_extreme >= 1
    assert found.city is None
    assert found.city_unknown is not None
