"""What opening gives: the worked case in full, inequality beside its twins, one border alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.models.access import (
    Service,
    access_to,
    border_gains,
    group_gains,
    inequality,
    opening,
    permeability,
    places_of,
    reach_of,
    worst_off,
)
from tests.models.access import access_twins as twins

# Two cities, three zones, three facilities: the worked case of the package's tests.
ZONE, FACILITY = (k.ravel() for k in np.indices((3, 3)))
REACH = reach_of(ZONE, FACILITY, [5.0, 25, 18, 15, 12, 8, 28, 6, 4], zones=3, facilities=3)
PLACES = places_of([0, 0, 1], [0, 0, 1], 2)
PEOPLE = np.array([1000.0, 2000.0, 1500.0])
HEALTH = Service("health", [100, 0, 60], permeability(2))


def test_opening_moves_capacity_from_the_core_to_the_circle() -> None:
    (found,) = opening(REACH, PLACES, PEOPLE, [HEALTH], shares=(0, 0.25, 1))
    assert [stage.share for stage in found.stages] == [0, 0.25, 1]
    assert (found.winners, found.losers, found.level) == (3000, 1500, 0)
    assert (found.gain > 0).tolist() == [True, True, False]
    assert found.gain @ PEOPLE == pytest.approx(0, abs=1e-10)
    for stage in found.stages:
        assert stage.spread.mean == pytest.approx(160 / 4500, rel=1e-13)
    # Zone 1 may use the facility 8 minutes away, not only the one at 15: choice saves 11 minutes.
    after = -np.log(np.exp(-1.5) + np.exp(-0.8)) / 0.1
    assert found.saved[1] == pytest.approx(15 - after)
    assert (found.saved >= 0).all()
    # Both hospitals get more who ask, the one in the circle most.
    assert found.crowding[0] == pytest.approx(0.22 * 1500 / 100)
    assert found.crowding[2] == pytest.approx((0.68 * 1000 + 2000) / 60)
    assert found.today.spread.theil > 0
    expected = 1 - found.open.spread.theil / found.today.spread.theil
    assert found.border_share == pytest.approx(expected)
    middle = Service("health", [100, 0, 60], permeability(2, 0.25))
    (direct,) = access_to(REACH, PLACES, PEOPLE, [middle])
    assert found.stages[1].access.access == pytest.approx(direct.access, rel=1e-14)


def test_groups_add_up() -> None:
    (found,) = opening(REACH, PLACES, PEOPLE, [HEALTH])
    gains = group_gains(found, [0, 1, 1], 3)
    assert gains.people.tolist() == [1000, 3500, 0]
    assert gains.winners.tolist() == [1000, 2000, 0]
    assert gains.losers.tolist() == [0, 1500, 0]
    assert np.isnan(gains.open[2])
    today = found.today.access.access
    assert gains.today[1] == pytest.approx((2000 * today[1] + 1500 * today[2]) / 3500)


def test_open_borders_change_nothing_when_opened() -> None:
    service = Service("health", [100, 0, 60], permeability(2, 1.0), method="balanced")
    (found,) = opening(REACH, PLACES, PEOPLE, [service])
    assert not found.gain.any()
    assert not found.saved.any()
    assert (found.winners, found.losers, found.level) == (0, 0, 4500)
    assert found.border_share == pytest.approx(0, abs=1e-12)
    assert border_gains(REACH, PLACES, PEOPLE, service) == ()


def test_who_had_nothing_is_saved_without_end() -> None:
    reach = reach_of([0, 1], [1, 1], [9.0, 5.0], zones=3, facilities=2)
    places = places_of([0, 1, 1], [0, 1], 2)
    (found,) = opening(reach, places, [1, 1, 1], [Service("s", [1, 1], permeability(2))])
    assert found.saved[0] == np.inf
    assert found.saved[1] == 0
    assert np.isnan(found.saved[2])
    assert list(found.open.access.unreached_facilities) == [0]


def test_the_border_worth_most_for_the_worst_off_comes_first() -> None:
    # City 0 has much, city 1 nothing, city 2 a little; 1 lies beside both.
    minutes = [[5.0, 40, 40], [9, 40, 9], [40, 40, 5]]
    zone, facility = (k.ravel() for k in np.indices((3, 3)))
    reach = reach_of(zone, facility, np.array(minutes).ravel(), zones=3, facilities=3)
    places = places_of([0, 1, 2], [0, 1, 2], 3)
    service = Service("s", [100, 0, 10], permeability(3))
    people = [100.0, 50, 100]
    found = border_gains(reach, places, people, service)
    assert [(one.a, one.b) for one in found] == [(0, 1), (1, 2), (0, 2)]
    first = found[0]
    # Half of the 50 in zone 1 are the worst tenth of 250; they get 100 / 150 each.
    assert first.worst == pytest.approx(25 * 100 / 150)
    assert (first.winners, first.losers) == (50, 100)
    assert first.per_loser == pytest.approx(first.worst / 100)
    assert first.crowded == pytest.approx(50 / 100)
    assert (found[2].worst, found[2].per_loser) == (0, 0)


# --- Inequality ------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0, 1.0 + 1e-9, 7.0, 300.0]),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=8,
    ).filter(lambda rows: any(p * v > 0 for p, v, _ in rows)),
    st.sampled_from([0.1, 0.25, 1.0]),
)  # fmt: skip
def test_inequality_equals_its_twins(rows: list[Any], share: float) -> None:
    people, value = (np.array([row[k] for row in rows], float) for k in (0, 1))
    group = np.array([row[2] for row in rows])
    # Whole people times twenty, so that a tenth and a quarter of them are whole as well.
    found = inequality(people * 20, value, group, 3, worst=share)
    assert found.gini == pytest.approx(twins.gini(people, value), abs=1e-12)
    assert found.theil == pytest.approx(twins.theil(people, value), abs=1e-12)
    assert found.between + found.within == pytest.approx(found.theil, abs=1e-12)
    assert found.worst == pytest.approx(twins.worst_mean(people * 20, value, share), abs=1e-12)
    turned = inequality(people[::-1] * 20, value[::-1], group[::-1], 3, worst=share)
    assert turned.worst == pytest.approx(found.worst, rel=1e-12, abs=1e-15)
    assert found.worst <= found.mean * (1 + 1e-12)


def test_inequality_in_closed_form() -> None:
    # One in four has all: Gini 3/4, Theil log 4, all of it between the two groups.
    found = inequality([3, 1], [0, 8], [0, 1], 2)
    assert (found.mean, found.worst) == (2, 0)
    assert found.gini == pytest.approx(0.75)
    assert found.theil == pytest.approx(np.log(4))
    assert found.between_share == pytest.approx(1)
    level = inequality([3, 1], [5e300, 5e300], [0, 1], 2)
    assert (level.gini, level.theil) == (0, 0)
    assert np.isnan(level.between_share)
    nothing = inequality([3, 1], [0, 0], [0, 1], 2)
    assert nothing.mean == 0
    assert np.isnan(nothing.gini)


def test_the_worst_off_on_the_edge_count_in_part() -> None:
    people = np.array([10.0, 30.0, 10.0, 50.0])
    counted = worst_off(people, np.array([0.0, 1.0, 1.0, 2.0]), 0.3)
    assert counted == pytest.approx([10, 15, 5, 0])


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("access.shares", lambda: opening(REACH, PLACES, PEOPLE, [HEALTH], shares=(0, 0.5))),
        ("access.shares", lambda: opening(REACH, PLACES, PEOPLE, [HEALTH], shares=(0, 1, 1))),
        ("access.setting", lambda: inequality([1], [1], [0], 1, worst=0)),
        ("access.no_row", lambda: inequality([1], [1], [1], 1)),
        ("access.not_whole", lambda: inequality([1], [1], [0.0], 1)),
        ("access.shape", lambda: inequality([1, 2], [1, 2], [0], 1)),
        ("access.shape", lambda: inequality([1, 2], [1], [0, 0], 1)),
        ("access.amount", lambda: inequality([1, 2], [1, np.nan], [0, 0], 1)),
    ],
)
def test_wrong_input_is_named(key: str, call: Any) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == key
