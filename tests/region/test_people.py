"""Every census total is kept, whatever is known and whatever is not."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError
from onecity.region import dasymetric
from onecity.region.people import People, model_points, people_of

COUNTIES = pd.DataFrame(
    {
        "county": ["a1", "a2", "b1", "b2", "b3", "c1"],
        "city": ["A", "A", "B", "B", "B", "C"],
        "name_zh": ["甲一", "甲二", "乙一", "乙二", "乙三", "丙"],
    }
)
ZONES = pd.DataFrame(
    {
        "zone": [f"z{i}" for i in range(24)],
        "county": np.repeat(COUNTIES["county"].to_numpy(), 4),
        "city": np.repeat(COUNTIES["city"].to_numpy(), 4),
        "lon": 114 + np.arange(24) * 0.02,
        "lat": 30 + np.arange(24) % 3 * 0.02,
        "area_km2": 4.0 + np.arange(24) % 5,
    }
)
POINTS: dasymetric.Points = {
    "junction": (114 + np.arange(9) * 0.05, np.full(9, 30.01)),
    "place": ([114.1], [30.0]),
}


def unit(name: str, kind: str, city: str, land: str, people: float, grade: str) -> dict[str, Any]:
    return {
        "unit": name,
        "kind": kind,
        "name_zh": name,
        "name_en": None,
        "city": city,
        "counties": land,
        "people": people,
        "grade": grade,
        "date": "2020",
        "source": "tests",
        "note": None,
    }


FULL = [
    unit("a1", "county", "A", "a1", 1000, "A"),
    unit("a2", "county", "A", "a2", 500, "B"),
    unit("park", "functional_zone", "A", "a1;a2", 300, "A"),
    unit("A-total", "city_total", "A", "a1;a2", 1800, "A"),
    unit("b1", "county", "B", "b1", 700, "B-"),
    unit("b23", "group", "B", "b2;b3", 800, "D"),
    unit("B-total", "city_total", "B", "b1;b2;b3", 1510, "C"),
    unit("C-total", "city_total", "C", "c1", 400, "C"),
]


def run(units: list[dict[str, Any]]) -> People:
    return people_of(pd.DataFrame(units), COUNTIES, gpd.GeoDataFrame(ZONES), POINTS)


def total(people: People, *counties: str) -> float:
    return float(people.of_zone[ZONES["county"].isin(counties).to_numpy()].sum())


def test_totals_are_kept_exactly_per_unit() -> None:
    people = run(FULL)
    assert total(people, "a1", "a2") == pytest.approx(1800, rel=1e-12)
    assert total(people, "b1") == pytest.approx(700, rel=1e-12)
    assert total(people, "b2", "b3") == pytest.approx(800, rel=1e-12)
    assert total(people, "c1") == pytest.approx(400, rel=1e-12)
    assert total(people, "a1") > 1000
    assert (people.of_zone > 0).all()


def test_grades_and_natures_travel() -> None:
    counties = run(FULL).counties.set_index("county")
    assert counties["people_grade"].to_dict() == {
        "a1": "A", "a2": "B", "b1": "B-", "b2": "D", "b3": "D", "c1": "C",
    }  # fmt: skip
    assert counties["people_nature"].to_dict() == {
        "a1": "modelled", "a2": "modelled", "b1": "observed", "b2": "modelled", "b3": "modelled",
        "c1": "observed",
    }  # fmt: skip
    cities = run(FULL).cities.set_index("city")
    assert cities["people"].to_dict() == {"A": 1800, "B": 1510, "C": 400}
    assert cities["people_grade"].to_dict() == {"A": "A", "B": "C", "C": "C"}


def test_a_sum_that_differs_is_told() -> None:
    told = {remark.key: remark.values for remark in run(FULL).remarks}
    assert told["people.sum_differs"]["city"] == {"zh": "B-total", "en": "B"}
    assert told["people.sum_differs"]["units"] == pytest.approx(1500)


def test_counties_without_a_figure_share_what_is_left() -> None:
    people = run([one for one in FULL if one["unit"] != "b23"])
    assert total(people, "b2", "b3") == pytest.approx(1510 - 700)
    made = people.census[people.census["kind"] == "remainder"]
    assert made.set_index("city")["counties"].to_dict() == {"B": "b2;b3", "C": "c1"}
    assert made.set_index("city")["grade"].to_dict() == {"B": "D", "C": "C"}
    assert any(remark.key == "people.remainder" for remark in people.remarks)


@pytest.mark.parametrize(
    ("units", "word"),
    [
        ([one for one in FULL if one["city"] != "C"], "丙"),
        ([*FULL, unit("x", "county", "A", "a1", 5, "A")], "a1"),
        ([*FULL, unit("x", "county", "A", "a9", 5, "A")], "a9"),
        ([*FULL, unit("x", "county", "Z", "a1", 5, "A")], "Z"),
        (
            [unit("a1", "county", "A", "a1", 9000, "A"), *FULL[3:]],
            "9,000",
        ),
    ],
)
def test_what_is_wrong_is_named(units: list[dict[str, Any]], word: str) -> None:
    with pytest.raises(InputError, match=word):
        run(units)


def test_only_trunk_junctions_and_settlements_enter_the_model() -> None:
    nodes = pd.DataFrame({"lon": [0.0, 1, 2, 3, 4], "lat": [0.0] * 5})
    edges = pd.DataFrame(
        {
            "class": [
                "trunk",
                "primary_link",
                "secondary",
                "residential",
                "residential",
                "footway",
            ],
            "tail": [0, 0, 0, 4, 4, 4],
            "head": [1, 2, 3, 1, 2, 3],
        }
    )
    places = pd.DataFrame({"kind": ["settlement", "airport"], "lon": [5.0, 6.0], "lat": [1.0, 1.0]})
    points = model_points(nodes, edges, places)
    assert points["junction"][0].tolist() == [0.0]
    assert points["place"][0].tolist() == [5.0]
    assert len(model_points(nodes, edges, None)["place"][0]) == 0
