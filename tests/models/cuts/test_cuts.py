"""What holds a network together, against taking edges away one by one and against networkx."""

import doctest
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from onecity.core.errors import InputError, RangeError
from onecity.models import cuts
from onecity.models.cuts import FlowNetwork, bridges_of, losses_of, quickest_loads, two_sides
from onecity.network import Network
from tests.network.assignment import tntp


@st.composite
def graphs(draw: Any) -> tuple[int, list[tuple[int, int]]]:
    """Networks with loose nodes, parallel edges and loops, one node included."""
    nodes = draw(st.integers(1, 9))
    edge = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    return nodes, draw(st.lists(edge, max_size=14))


def columns(edges: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [a for a, _ in edges], [b for _, b in edges]


def pieces(nodes: int, edges: list[tuple[int, int]], without: int = -1) -> Any:
    """Return the piece of each node by spreading labels until nothing changes."""
    label = list(range(nodes))
    for _ in range(nodes):
        for row, (a, b) in enumerate(edges):
            if row != without:
                label[a] = label[b] = min(label[a], label[b])
    return np.array(label)


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(cuts).attempted


@given(graphs(), st.data())
def test_bridges_are_what_parts_a_network_when_taken_away(
    case: tuple[int, list[tuple[int, int]]], data: Any
) -> None:
    nodes, edges = case
    weight = np.array(data.draw(st.lists(st.integers(0, 9), min_size=nodes, max_size=nodes)), float)
    found = bridges_of(*columns(edges), nodes=nodes)
    whole = pieces(nodes, edges)
    counts = [len(set(pieces(nodes, edges, row))) for row in range(len(edges))]
    assert_array_equal(found.edge, [count > len(set(whole)) for count in counts])
    assert_array_equal(found.piece, np.unique(whole, return_inverse=True)[1])
    kept = [one for row, one in enumerate(edges) if not found.edge[row]]
    assert_array_equal(found.block, np.unique(pieces(nodes, kept), return_inverse=True)[1])
    for v in range(nodes):
        rest = [(a, b) for a, b in edges if v not in (a, b)]
        left = set(np.delete(pieces(nodes, rest), v).tolist())
        alone = v not in set(np.delete(whole, v)) and whole[v] == v and (whole == v).sum() == 1
        assert found.node[v] == (len(left) > len(set(whole)) - alone)
    sides = two_sides(found, weight)
    assert_array_equal(sides.edge, np.flatnonzero(found.edge))
    for k, edge in enumerate(sides.edge):
        apart = pieces(nodes, edges, int(edge))
        tail, head = (weight[apart == apart[end]].sum() for end in edges[edge])
        assert (sides.tail_side[k], sides.head_side[k]) == (tail, head)
        assert sides.pairs[k] == tail * head
        assert sides.smaller[k] == min(tail, head)


def test_closed_forms_of_path_cycle_and_barbell() -> None:
    n = 200_000  # deep: a search that calls itself would not return
    path = bridges_of(np.arange(n - 1), np.arange(1, n), nodes=n)
    assert path.edge.all()
    assert path.node.sum() == n - 2
    assert_array_equal(two_sides(path, np.ones(n)).tail_side, np.arange(1, n))
    ring = bridges_of(np.arange(n), (np.arange(n) + 1) % n, nodes=n)
    assert not ring.edge.any()
    assert not ring.node.any()
    edges = [*product(range(3), range(3)), *product(range(3, 6), range(3, 6)), (2, 3)]
    barbell = bridges_of(*columns(edges), nodes=6)
    assert_array_equal(np.flatnonzero(barbell.edge), [len(edges) - 1])
    assert_array_equal(np.flatnonzero(barbell.node), [2, 3])
    assert two_sides(barbell, np.ones(6)).pairs == [9]


@pytest.mark.shared
def test_sioux_falls_has_no_bridge_and_no_dead_end(shared_data: Path) -> None:
    roads, _, _ = tntp.read(shared_data / "peers" / "tntp", "SiouxFalls")
    both = np.unique(np.sort(np.stack([roads.tail, roads.head], axis=1)), axis=0)
    found = bridges_of(both[:, 0], both[:, 1], nodes=24)
    assert not found.edge.any()
    assert not found.node.any()
    assert np.bincount(both.ravel(), minlength=24).min() > 1


# --- Smallest cuts ----------------------------------------------------------------------

CAPACITIES = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.5, 1e-9, 1e12, inf])


@given(graphs(), st.data())
def test_a_smallest_cut_is_what_networkx_finds_and_parts_the_groups(
    case: tuple[int, list[tuple[int, int]]], data: Any
) -> None:
    nodes, edges = case
    if nodes < 2:
        return
    count = len(edges)
    capacity = data.draw(st.lists(CAPACITIES, min_size=count, max_size=count))
    group = data.draw(st.lists(st.integers(0, 2), min_size=nodes, max_size=nodes))
    sources = [0, *(v for v in range(1, nodes - 1) if group[v] == 1)]
    sinks = [nodes - 1, *(v for v in range(1, nodes - 1) if group[v] == 2)]
    found = FlowNetwork.of(*columns(edges), capacity, nodes=nodes).smallest_cut(sources, sinks)
    graph = nx.DiGraph()
    graph.add_nodes_from(["s", "t", *range(nodes)])
    for (a, b), size in zip(edges, capacity, strict=True):
        if a != b:
            before = graph.get_edge_data(a, b, {"capacity": 0.0})["capacity"]
            graph.add_edge(a, b, capacity=before + size)
    graph.add_edges_from(("s", v) for v in sources)
    graph.add_edges_from((v, "t") for v in sinks)
    # Its way around infinite capacities: one no cut of finite ones can be as large as.
    most = 1 + sum(one for one in capacity if one != inf)
    for _, _, given_ in graph.edges(data=True):
        given_["capacity"] = min(given_.get("capacity", inf), 2 * most)
    value = nx.maximum_flow_value(graph, "s", "t")
    if value >= 1.5 * most:
        assert found.value == found.flow == inf
        return
    assert_allclose([found.value, found.flow], value, rtol=1e-9, atol=1e-12 * most)
    left = nx.DiGraph()
    left.add_nodes_from(range(nodes))
    shut = set(found.arcs.tolist())
    left.add_edges_from(
        edges[row] for row in range(count) if row not in shut and capacity[row] > 1e-12 * most
    )
    for source in sources:
        assert not set(sinks) & nx.descendants(left, source)


def test_a_cut_adds_up_as_capacities_do() -> None:
    tail, head = [0, 0, 1, 2, 1], [1, 2, 3, 3, 2]
    small = FlowNetwork.of(tail, head, [0.3, 0.2, 0.2, 0.3, 0.1], nodes=4).smallest_cut([0], [3])
    assert small.value == pytest.approx(0.5, rel=1e-15)
    huge = FlowNetwork.of(tail, head, [3e300, 2e300, 2e300, 3e300, 1e300], nodes=4)
    assert huge.smallest_cut([0], [3]).value == pytest.approx(5e300, rel=1e-12)
    assert huge.smallest_cut([3], [0]).value == 0


@pytest.mark.parametrize(
    ("sources", "sinks", "key"),
    [
        ([], [1], "cuts.no_group"),
        ([0], [0], "cuts.in_both_groups"),
        ([0], [7], "cuts.no_such_node"),
    ],
)
def test_groups_that_cannot_be_parted_are_refused(
    sources: list[int], sinks: list[int], key: str
) -> None:
    with pytest.raises(InputError) as raised:
        FlowNetwork.of([0], [1], [1.0], nodes=2).smallest_cut(sources, sinks)
    assert raised.value.key == key


@pytest.mark.parametrize("bad", [float("nan"), -1.0])
def test_capacities_that_are_none_are_refused(bad: float) -> None:
    with pytest.raises(InputError, match="1"):
        FlowNetwork.of([0, 0], [1, 1], [1.0, bad], nodes=2)
    with pytest.raises(RangeError):
        FlowNetwork.of([0, 0], [1, 1], [1e308, 1e308], nodes=2)


# --- Closures ------------------------------------------------------------------------------


@st.composite
def closures(draw: Any) -> dict[str, Any]:
    nodes, edges = draw(graphs())
    arcs = [*edges, *((b, a) for a, b in edges)]
    seconds = draw(
        st.lists(
            st.sampled_from([0, 1, 1, 2, 3, 5.25, inf]), min_size=len(arcs), max_size=len(arcs)
        )
    )
    places = draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=5))
    row = st.lists(st.integers(0, 4), min_size=len(places), max_size=len(places))
    trips = draw(st.lists(row, min_size=len(places), max_size=len(places)))
    some = st.lists(st.integers(0, max(len(arcs) - 1, 0)), max_size=4)
    sets = draw(st.lists(some, max_size=3)) if arcs else []
    return {
        "network": Network.from_arcs(*columns(arcs), np.array(seconds, float), n=nodes),
        "places": places,
        "trips": np.array(trips, float),
        "sets": sets,
    }


@given(closures())
@settings(max_examples=60)
def test_a_closure_costs_what_a_network_without_it_costs_more(case: dict[str, Any]) -> None:
    network, places, trips = case["network"], case["places"], case["trips"]
    found = losses_of(network, places, trips, case["sets"], threads=1)
    before = network.travel_times(places, places, threads=1)
    for k, arcs in enumerate(case["sets"]):
        seconds = network.seconds
        seconds[arcs] = inf
        after = network.with_seconds(seconds).travel_times(places, places, threads=1)
        had = np.isfinite(before)
        lost = had & np.isinf(after)
        both = had & np.isfinite(after)
        longer = np.where(both, after, 0) - np.where(both, before, 0)
        assert_allclose(found.hours_by_place[k], (trips * longer).sum(axis=1) / 3600, atol=1e-12)
        assert_array_equal(found.cut_by_place[k], (trips * lost).sum(axis=1))
        assert found.hours[k] == pytest.approx(found.hours_by_place[k].sum())
        assert found.pairs[k] == (lost & (trips > 0)).sum()
        assert found.slower[k] == trips[longer > 0].sum()
        assert found.users[k] >= found.slower[k] + found.cut[k]


@given(closures())
@settings(max_examples=60)
def test_loads_take_as_long_as_trips_do(case: dict[str, Any]) -> None:
    network, places, trips = case["network"], case["places"], case["trips"]
    found = quickest_loads(network, places, trips, threads=1)
    times = network.travel_times(places, places, threads=1)
    joined = np.isfinite(times)
    open_ = np.isfinite(network.seconds)
    assert not found.arc[~open_].any()
    spent = (found.arc[open_] * network.seconds[open_]).sum()
    assert spent == pytest.approx((trips[joined] * times[joined]).sum())
    assert found.no_way == trips[~joined].sum()


def test_a_bridge_lost_cuts_all_that_crossed_it() -> None:
    arcs = [(0, 1), (1, 0), (1, 2), (2, 1)]
    network = Network.from_arcs(*columns(arcs), [60.0, 60, 120, 120])
    trips = np.array([[0.0, 0, 6], [0, 0, 2], [1, 0, 0]])
    found = losses_of(network, [0, 1, 2], trips, [[2, 3], [0], []], threads=1)
    assert found.cut.tolist() == [9, 6, 0]
    assert found.users.tolist() == [9, 6, 0]
    assert found.cut_by_place[0].tolist() == [6, 2, 1]
    assert not found.hours.any()
    with pytest.raises(InputError):
        losses_of(network, [0, 1], trips, [[0]])
    with pytest.raises(InputError):
        losses_of(network, [0, 1, 2], -trips, [[0]])
