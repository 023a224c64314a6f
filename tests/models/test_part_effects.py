"""Effects of parts and borders for many partitions, against the regressions one by one."""

import numpy as np
import pytest

from onecity.core.errors import InputError, RangeError
from onecity.models.border import TravelPairs, border_effect, travel_pairs
from onecity.models.part_effects import part_effects
from onecity.models.partition import (
    Neighbours,
    neighbours,
    random_partitions,
    touching,
)
from onecity.models.placebo import placebo
from tests.models.border_twins import made_case


def grid(side: int) -> Neighbours:
    at = np.arange(side * side).reshape(side, side)
    left = [*at[:, :-1].ravel(), *at[:-1].ravel()]
    right = [*at[:, 1:].ravel(), *at[1:].ravel()]
    return neighbours(left, right, side * side)


def pairs_on(side: int, *, weights: bool = True, river: bool = True) -> TravelPairs:
    """Pairs of a grid of zones up to four steps apart, unbalanced, with noise."""
    random = np.random.default_rng(3)
    row, column = np.divmod(np.arange(side * side), side)
    km = 5 * np.hypot(row[:, None] - row, column[:, None] - column)
    origin, destination = np.nonzero((km > 0) & (km <= 20) & (random.random(km.shape) < 0.8))
    minutes = km[origin, destination] ** 0.8 * np.exp(random.normal(0, 0.1, len(origin)))
    across = (row[origin] < side // 2) != (row[destination] < side // 2)
    return travel_pairs(
        origin,
        destination,
        minutes,
        km[origin, destination],
        people=random.random(side * side) + 0.1 if weights else None,
        further={"river": across.astype(float)} if river else None,
    )


def matrix_of(given: Neighbours, parts: np.ndarray, count: int) -> np.ndarray:
    near = np.zeros((len(parts), count, count), np.bool_)
    for row, part in enumerate(parts):
        for a, b in touching(given, part):
            near[row, a, b] = True
    return near


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("river", [True, False])
def test_each_is_that_of_its_own_regression(weights: bool, river: bool) -> None:
    given, pairs = grid(9), pairs_on(9, weights=weights, river=river)
    parts = random_partitions(given, [30, 20, 16, 15], count=11, seed=5).part
    near = matrix_of(given, parts, 4)
    found = part_effects(pairs, parts, near)
    for row, part in enumerate(parts):
        circle = border_effect(pairs, part)
        assert found.circle[row] == pytest.approx(circle.beta[0], rel=1e-9, abs=1e-12)
        assert found.circle_share[row] == pytest.approx(circle.crossing_share[0])
        city = border_effect(pairs, part, by="city")
        assert found.part[row] == pytest.approx(city.beta, rel=1e-9, abs=1e-12)
        assert found.part_share[row] == pytest.approx(city.crossing_share)
        borders = border_effect(pairs, part, by="border", touching=touching(given, part))
        own = {label: k for k, label in enumerate(borders.labels) if label != "other"}
        for a in range(4):
            for b in range(4):
                if (min(a, b), max(a, b)) in own:
                    k = own[min(a, b), max(a, b)]
                    expected = pytest.approx(borders.beta[k], rel=1e-9, abs=1e-12)
                    assert found.border[row, a, b] == expected
                    assert found.border_share[row, a, b] == pytest.approx(borders.crossing_share[k])
                else:
                    assert np.isnan(found.border[row, a, b])
    beside = placebo(pairs, parts[0], parts[1:])
    assert found.circle == pytest.approx([beside.beta, *beside.betas], rel=1e-8, abs=1e-12)


def test_pairs_in_pieces_and_pairs_that_repeat() -> None:
    case = made_case()
    apart = np.max(case.origin) + 1
    origin = np.concatenate([case.origin, case.origin + apart, case.origin[:9]])
    destination = np.concatenate([case.destination, case.destination + apart, case.destination[:9]])
    minutes = np.concatenate([case.minutes, case.minutes[::-1], 1.1 * case.minutes[:9]])
    km = np.concatenate([case.km, case.km, case.km[:9]])
    pairs = travel_pairs(origin, destination, minutes, km)
    assert pairs.design.components == 2
    city = np.concatenate([case.city, case.city])
    found = part_effects(pairs, city[None], np.ones((1, 4, 4), np.bool_))
    assert found.circle[0] == pytest.approx(border_effect(pairs, city).beta[0], rel=1e-9)
    by_city = border_effect(pairs, city, by="city")
    assert by_city.labels == (0, 1, 3)  # no zone is of the third
    assert found.part[0, [0, 1, 3]] == pytest.approx(by_city.beta, rel=1e-9)
    assert np.isnan(found.part[0, 2])


def test_what_cannot_be_told_apart_has_no_effect() -> None:
    pairs = pairs_on(8)
    river = (np.arange(64) >= 32).astype(int)  # the border is the river
    alone = np.zeros(64, int)
    found = part_effects(pairs, np.stack([river, alone]), np.ones((2, 2, 2), np.bool_))
    assert np.isnan(found.circle).all()
    assert np.isnan(found.part).all()
    assert np.isnan(found.border).all()
    assert found.circle_share[0] > 0
    assert found.circle_share[1] == 0


def test_input_that_does_not_fit_is_refused() -> None:
    pairs = pairs_on(5)
    near = np.ones((1, 2, 2), np.bool_)
    part = (np.arange(25) % 2)[None]
    for parts, touch in (
        (part[0], near),
        (part[:, :9], near),
        (part.astype(float), near),
        (part + 1, near),
        (part - 1, near),
        (part, near[0]),
        (part, np.ones((2, 2, 2), np.bool_)),
    ):
        with pytest.raises(InputError):
            part_effects(pairs, parts, touch)


@pytest.mark.parametrize("thin", [1e-3, 1e-6, 1e-9, 1e-12, 1e-18])
def test_pieces_that_hang_by_a_thread_are_right_or_refused(thin: float) -> None:
    """Two groups of zones with next to no weight on the pairs between them."""
    random = np.random.default_rng(1)
    origin, destination = np.divmod(np.arange(400), 20)
    apart = origin != destination
    origin, destination = origin[apart], destination[apart]
    km = 1 + random.random(len(origin)) * 20
    weights = np.where((origin < 10) == (destination < 10), 1.0, thin)
    pairs = travel_pairs(
        origin, destination, km * np.exp(random.normal(size=len(km))), km, weights=weights
    )
    part = np.arange(20) % 3
    near = np.ones((1, 3, 3), np.bool_)
    try:
        found = part_effects(pairs, part[None], near)
    except RangeError:
        assert thin <= 1e-9
    else:
        assert found.circle[0] == pytest.approx(border_effect(pairs, part).beta[0], rel=1e-6)
