"""Effects at other times, with columns absorbed once: those of whole regressions."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models.border import TravelPairs, border_effect, pair_codes, travel_pairs
from onecity.models.refit import Columns, columns_of, question, refit

NAMES = ("ln km", "river")
ZONES, CITIES = 14, 3


def made(seed: int) -> tuple[TravelPairs, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Pairs with a river beside them, the city of each zone, and times of every given pair."""
    random = np.random.default_rng(seed)
    origin, destination = np.nonzero(~np.eye(ZONES, dtype=bool))
    kept = random.random(len(origin)) < 0.8
    origin, destination = origin[kept], destination[kept]
    spots = random.random((ZONES, 2)) * 40
    km = np.hypot(*(spots[origin] - spots[destination]).T) + 0.1
    river = ((spots[origin, 0] > 20) != (spots[destination, 0] > 20)).astype(float)
    city = np.arange(ZONES) % CITIES
    slow = np.exp(0.2 * (city[origin] != city[destination]) + 0.3 * river)
    minutes = 3 * km**0.8 * slow * np.exp(random.normal(0, 0.1, len(km)))
    ends = {"origin": origin, "destination": destination, "km": km, "minutes": minutes}
    people = 1 + random.random(ZONES)
    pairs = travel_pairs(**ends, people=people, further={"river": river}, threads=1)
    return pairs, city, people, {**ends, "river": river}


def crossing_of(pairs: TravelPairs, city: np.ndarray) -> np.ndarray:
    """Kinds of border: 0-1, 0-2, 1-2."""
    one, other = np.sort([city[pairs.origin], city[pairs.destination]], axis=0)
    return np.where(one == other, -1, one + other - 1)


def columns_in(seed: int) -> tuple[Columns, np.ndarray, dict[str, np.ndarray], np.ndarray]:
    pairs, city, people, given_pairs = made(seed)
    return columns_of(pairs, crossing_of(pairs, city), threads=1), city, given_pairs, people


CHOICES = {
    "circle": [np.ones((3, 1))],
    "border": [np.eye(3)],
    "city": [
        np.array([[1.0, 0], [1, 0], [0, 1]]),
        np.array([[1.0, 0], [0, 1], [1, 0]]),
        np.array([[0.0, 1], [1, 0], [1, 0]]),
    ],
}


@pytest.mark.parametrize("by", ["circle", "border", "city"])
@pytest.mark.parametrize("beside", [NAMES, ("ln km",)])
@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_other_times_get_the_effects_of_a_whole_regression(
    by: str, beside: tuple[str, ...], seed: int
) -> None:
    columns, city, given_pairs, people = columns_in(seed)
    random = np.random.default_rng(seed + 1)
    minutes = given_pairs["minutes"] * np.exp(random.normal(0, 0.2, len(given_pairs["minutes"])))
    further = {name: given_pairs[name] for name in beside if name != "ln km"}
    anew = travel_pairs(
        given_pairs["origin"], given_pairs["destination"], minutes, given_pairs["km"],
        people=people, further=further, threads=1,
    )  # fmt: skip
    clusters = pair_codes(columns.pairs, city)
    asked = []
    try:
        expected = border_effect(anew, city, by=by, threads=1)  # type: ignore[arg-type]
        for choice in CHOICES[by]:
            names = tuple(map(str, range(choice.shape[1])))
            wanted = 1 if by == "city" else None
            asked.append(question(columns, choice, names, clusters, wanted=wanted, beside=beside))
    except InputError:
        assume(False)
    found = refit(columns, asked, minutes[columns.pairs.design.rows], threads=1)
    beta = np.concatenate([one.beta for one in found])
    interval = np.concatenate([one.interval for one in found])
    assert beta == pytest.approx(expected.beta, abs=1e-9)
    assert interval == pytest.approx(expected.intervals(), abs=1e-9)
    theta = [one.theta for one in found for _ in one.beta]
    assert theta == pytest.approx(expected.theta, abs=1e-9)


def test_the_times_of_the_pairs_play_no_part() -> None:
    columns, city, given_pairs, _ = columns_in(3)
    names, clusters = ("border",), pair_codes(columns.pairs, city)
    asked = question(columns, np.ones((3, 1)), names, clusters)
    rows = columns.pairs.design.rows
    (first,) = refit(columns, [asked], given_pairs["minutes"][rows], threads=1)
    (slower,) = refit(columns, [asked], 7 * given_pairs["minutes"][rows], threads=1)
    assert slower.beta == pytest.approx(first.beta, abs=1e-11)
    assert slower.theta == pytest.approx(first.theta, abs=1e-11)
    (narrow,) = refit(columns, [asked], given_pairs["minutes"][rows], level=0.5, threads=1)
    assert first.interval[0, 0] < narrow.interval[0, 0] < first.beta[0] < narrow.interval[0, 1]


def test_times_that_are_all_alike_have_no_border() -> None:
    columns, city, _, _ = columns_in(4)
    asked = question(columns, np.eye(3), ("a", "b", "c"), pair_codes(columns.pairs, city))
    (found,) = refit(columns, [asked], np.full(len(columns.crossing), 30.0), threads=1)
    assert found.beta == pytest.approx([0, 0, 0], abs=1e-14)


def test_what_makes_no_sense_is_refused() -> None:
    columns, city, given_pairs, _ = columns_in(5)
    pairs, clusters = columns.pairs, pair_codes(columns.pairs, city)
    with pytest.raises(InputError, match="crossing"):
        columns_of(pairs, columns.crossing[:-1])
    with pytest.raises(InputError):
        columns_of(pairs, np.full(len(columns.crossing), -1))
    with pytest.raises(InputError):  # no pair crosses the second kind
        columns_of(pairs, np.where(columns.crossing == 1, 0, columns.crossing))
    with pytest.raises(InputError):
        question(columns, np.ones((3, 1)), ("a",), np.zeros(len(clusters)))
    with pytest.raises(InputError, match="second"):
        question(columns, np.ones((3, 2)), ("first", "second"), clusters)
    with pytest.raises(InputError, match="nothing"):
        question(columns, np.zeros((3, 1)), ("nothing",), clusters)
    asked = question(columns, np.ones((3, 1)), ("a",), clusters)
    minutes = given_pairs["minutes"][pairs.design.rows]
    with pytest.raises(InputError):
        refit(columns, [asked], minutes[:-1])
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match="minutes"):
            refit(columns, [asked], np.where(np.arange(len(minutes)) == 2, wrong, minutes))
