"""Links built together, one after another, and in pairs, against rebuilding the network."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from onecity.core.errors import InputError
from onecity.models.links import Gravity, choose, scan, scan_pairs, together
from onecity.network import Network
from tests.models.link_twins import Link, cases, columns, network_of, rebuilt


@settings(max_examples=40)
@given(cases())
def test_links_built_together_give_what_rebuilding_with_all_of_them_gives(case: Any) -> None:
    zones, demand = case["zones"], case["demand"]
    found = together(network_of(case), zones, demand, **columns(case))
    saved, new, _ = rebuilt(case["n"], case["arcs"], zones, demand, case["links"])
    assert found.benefit == pytest.approx(saved.sum(), rel=1e-9, abs=1e-6)
    assert found.newly_reached == pytest.approx(demand[new].sum())
    for row in range(len(case["links"])):
        so_far, _, _ = rebuilt(case["n"], case["arcs"], zones, demand, case["links"][: row + 1])
        assert found.step[: row + 1].sum() == pytest.approx(so_far.sum(), rel=1e-9, abs=1e-6)


@settings(max_examples=40)
@given(cases())
def test_each_choice_is_the_one_that_adds_most_to_those_before(case: Any) -> None:
    zones, demand, links = case["zones"], case["demand"], case["links"]
    found = choose(network_of(case), zones, demand, **columns(case), count=3)
    alone = scan(network_of(case), zones, demand, **columns(case))
    assert np.array_equal(found.alone.benefit, alone.benefit)
    before, built = 0.0, list[Link]()
    for row, step in zip(found.chosen, found.benefit, strict=True):
        totals = [
            rebuilt(case["n"], case["arcs"], zones, demand, [*built, link])[0].sum()
            for link in links
        ]
        assert totals[row] == pytest.approx(max(totals), rel=1e-9, abs=1e-6)
        assert step == pytest.approx(totals[row] - before, rel=1e-9, abs=1e-6)
        before = totals[row]
        built.append(links[row])
    if len(built) < min(3, len(links)):
        for link in links:
            more = rebuilt(case["n"], case["arcs"], zones, demand, [*built, link])[0].sum()
            assert more == pytest.approx(before, rel=1e-9, abs=1e-6)
    assert found.total == pytest.approx(before, rel=1e-9, abs=1e-6)


@settings(max_examples=40)
@given(cases())
def test_every_pair_gives_what_rebuilding_with_both_gives(case: Any) -> None:
    links = [*case["links"], (0, 1, 1.0, True)]
    case = {**case, "links": links}
    zones, demand = case["zones"], case["demand"]
    found = scan_pairs(network_of(case), zones, demand, **columns(case))
    for a in range(len(links)):
        for b in range(len(links)):
            both = [links[a]] if a == b else [links[a], links[b]]
            saved, new, _ = rebuilt(case["n"], case["arcs"], zones, demand, both)
            assert found.benefit[a, b] == pytest.approx(saved.sum(), rel=1e-9, abs=1e-6)
            assert found.newly_reached[a, b] == pytest.approx(demand[new].sum())
    first, second = found.best
    assert first < second
    upper = found.benefit[np.triu_indices(len(links), 1)]
    assert found.benefit[first, second] == upper.max()


@settings(max_examples=40)
@given(cases())
def test_gravity_keeps_the_demand_of_the_network_before_anything_is_built(case: Any) -> None:
    zones = case["zones"]
    origin = np.arange(1.0, len(zones) + 1)
    gravity = Gravity(origin, origin, lambda seconds: 1.0 / (1.0 + seconds))
    found = together(network_of(case), zones, gravity, **columns(case))
    weights = np.outer(origin, origin)
    _, _, before = rebuilt(case["n"], case["arcs"], zones, weights, [])
    saved, new, after = rebuilt(
        case["n"], case["arcs"], zones, weights / (1.0 + before), case["links"]
    )
    assert found.benefit == pytest.approx(saved.sum(), rel=1e-9, abs=1e-9)
    # At the time after the link that first joins them: no less than that, no more than at once.
    least = 0.0
    for i, j in np.argwhere(new):
        for count in range(1, len(case["links"]) + 1):
            _, _, times = rebuilt(case["n"], case["arcs"], zones, weights, case["links"][:count])
            if np.isfinite(times[i, j]):
                least += weights[i, j] / (1.0 + times[i, j])
                break
    assert found.newly_reached == pytest.approx(least, rel=1e-9)
    assert least <= (weights / (1.0 + after))[new].sum() * (1 + 1e-12)


def line(*seconds: float) -> Network:
    """Nodes in a row, joined both ways."""
    nodes = np.arange(len(seconds))
    return Network.from_arcs([*nodes, *nodes + 1], [*nodes + 1, *nodes], [*seconds, *seconds])


def test_one_link_can_make_another_worth_more() -> None:
    # Each half way is too long a detour alone: only both together shorten 0 - 2.
    net = Network.from_arcs([0, 2], [2, 0], [10.0, 10.0], n=4)
    demand = np.zeros((4, 4))
    demand[0, 2] = 1.0
    zones = range(4)
    alone = scan(net, zones, demand, [0, 1], [1, 2], [1.0, 1.0])
    assert alone.benefit.tolist() == [0, 0]
    assert together(net, zones, demand, [0, 1], [1, 2], [1.0, 1.0]).step.tolist() == [0, 8]
    pairs = scan_pairs(net, zones, demand, [0, 1, 0], [1, 2, 3], [1.0, 1.0, 1.0])
    assert pairs.best == (0, 1)
    assert pairs.benefit[0, 1] == 8
    assert choose(net, zones, demand, [0, 1], [1, 2], [1.0, 1.0], count=2).chosen.size == 0


def test_the_choice_heeds_costs_and_budget() -> None:
    net = line(10.0, 10.0, 10.0, 10.0)
    demand = np.zeros((5, 5))
    demand[0, 1], demand[1, 2], demand[2, 3], demand[3, 4] = 4.0, 3.0, 2.0, 1.0
    links = ([0, 1, 2, 3], [1, 2, 3, 4], [0.0] * 4)
    free = choose(net, range(5), demand, *links, count=2)
    assert free.chosen.tolist() == [0, 1]
    assert free.benefit.tolist() == [40, 30]
    assert free.cost is None
    spent = choose(net, range(5), demand, *links, costs=[8.0, 2.0, 2.0, 2.0], budget=10.5)
    assert spent.chosen.tolist() == [1, 2, 3]
    assert spent.cost is not None
    assert spent.cost.tolist() == [2, 2, 2]
    exact = choose(net, range(5), demand, *links, costs=[8.0, 2.0, 2.0, 2.0], budget=14, count=4)
    assert exact.chosen.tolist() == [1, 2, 0, 3]
    assert choose(net, range(5), demand, *links, costs=[1.0] * 4, budget=0.5).chosen.size == 0
    assert choose(net, range(5), demand, *links, count=0).chosen.size == 0
    assert choose(net, range(5), demand, [], [], [], count=3).chosen.size == 0


def test_of_equal_links_the_first_is_taken_and_its_twin_adds_nothing() -> None:
    demand = np.zeros((3, 3))
    demand[0, 1] = demand[1, 2] = 1.0
    found = choose(line(10.0, 10.0), range(3), demand, [1, 0, 0], [2, 1, 1], [4.0] * 3, count=3)
    assert found.chosen.tolist() == [0, 1]
    assert found.benefit.tolist() == [6, 6]


def test_joining_counts_for_as_many_seconds_as_the_caller_says() -> None:
    net = Network.from_arcs([0, 1], [1, 0], [10.0, 10.0], n=3)
    demand = np.array([[0, 1, 6], [0, 0, 0], [0, 0, 0]])
    links = ([0, 0], [1, 2], [5.0, 5.0])
    without = choose(net, range(3), demand, *links, count=2)
    assert without.chosen.tolist() == [0]
    counted = choose(net, range(3), demand, *links, count=2, reached_seconds=60.0)
    assert counted.chosen.tolist() == [1, 0]
    assert counted.newly_reached.tolist() == [6, 0]
    assert counted.total == 5


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "how many"),
        ({"count": -1}, "count must be"),
        ({"count": 1.5}, "count must be"),
        ({"budget": 5.0}, "no costs"),
        ({"count": 1, "costs": [1.0]}, "one cost"),
        ({"count": 1, "costs": [1.0, 0.0]}, "link 1 .*0.0 is not a cost"),
        ({"count": 1, "costs": [np.nan, 1.0]}, "link 0 .*nan is not a cost"),
        ({"costs": [1.0, 1.0], "budget": np.nan}, "budget must be"),
        ({"costs": [1.0, 1.0], "budget": -1.0}, "budget must be"),
        ({"count": 1, "reached_seconds": np.inf}, "reached_seconds"),
        ({"count": 1, "head": [1, 1]}, "same node"),
    ],
)
def test_bad_input_of_a_choice_is_named(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"tail": [0, 1], "head": [1, 2], "seconds": [1.0, 1.0], **changed}
    with pytest.raises(InputError, match=message):
        choose(line(10.0, 10.0), range(3), np.ones((3, 3)), **given)


def test_a_pair_needs_two() -> None:
    with pytest.raises(InputError, match="at least two"):
        scan_pairs(line(10.0), range(2), np.ones((2, 2)), [0], [1], [1.0])
