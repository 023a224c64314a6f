"""Lines across borders beside chance, and what one network loses with another."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import poisson

from onecity.core.errors import InputError
from onecity.models.cuts import Layer, coupling_of, crossings_of
from onecity.models.cuts.crossings import garwood
from onecity.models.partition import cut_share, neighbours, random_partitions

SIDE = 12


def sheet() -> tuple[Any, Any]:
    """Return the neighbours of a square sheet of places, and its links."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    links = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.stack([number[:-1].ravel(), number[1:].ravel()]),
        ],
        axis=1,
    )
    tail, head = links
    return neighbours(tail, head, SIDE * SIDE), links


def crossed(part: Any, tail: Any, head: Any, weight: Any = None) -> Any:
    near, _ = sheet()
    made = random_partitions(near, np.bincount(part), count=40, seed=3, threads=1)
    return crossings_of(
        tail,
        head,
        part,
        made.part,
        length=cut_share(near, part),
        lengths=made.cut_share,
        weight=weight,
    )


def test_lines_that_run_everywhere_show_no_border() -> None:
    _, (tail, head) = sheet()
    part = (np.arange(SIDE * SIDE) % SIDE >= SIDE // 2).astype(int)
    found = crossed(part, tail, head)
    # Each link of neighbours is a line: crossings are length itself, whatever the borders.
    assert found.observed == SIDE
    assert found.expected == pytest.approx(SIDE, rel=1e-12)
    assert found.beta == pytest.approx(0, abs=1e-12)
    assert found.p_value == 1.0
    assert_allclose(found.betas, 0, atol=1e-12)


def test_lines_that_shun_a_border_show_it() -> None:
    _, (tail, head) = sheet()
    part = (np.arange(SIDE * SIDE) % SIDE >= SIDE // 2).astype(int)
    across = np.flatnonzero(part[tail] != part[head])
    kept = np.setdiff1d(np.arange(len(tail)), across[3:])
    found = crossed(part, tail[kept], head[kept])
    assert found.observed == 3
    assert found.p_value < 0.05
    assert found.beta_interval[0] < found.beta < found.beta_interval[1] < 0
    low, high = found.expected_range
    assert low <= found.expected <= high
    carried = crossed(part, tail[kept], head[kept], np.full(len(kept), 7.0))
    assert carried.beta == pytest.approx(found.beta)
    assert carried.edges == 7 * found.edges
    assert np.isnan(carried.beta_interval).all()
    none = crossed(part, tail[:0], head[:0])
    assert none.observed == none.expected == 0
    assert np.isnan(none.beta)


def test_the_interval_of_a_count_is_garwoods() -> None:
    assert_allclose(garwood(0), [0, 3.6888794541139363])
    assert_allclose(garwood(10), [4.795389, 18.390356], rtol=1e-6)
    low, high = garwood(7)
    assert poisson.sf(6, low) == pytest.approx(0.025)
    assert poisson.cdf(7, high) == pytest.approx(0.025)


def test_what_has_no_border_is_refused() -> None:
    _, (tail, head) = sheet()
    part = np.zeros(SIDE * SIDE, int)
    with pytest.raises(InputError) as raised:
        crossings_of(tail, head, part, part[None], length=0.0, lengths=[0.0])
    assert raised.value.key == "cuts.one_part"
    part[0] = 1
    with pytest.raises(InputError) as raised:
        crossings_of(tail, head, part, 0 * part[None], length=0.1, lengths=[0.0])
    assert raised.value.key == "cuts.no_border"


# --- Coupling ---------------------------------------------------------------------------------


def joined(nodes: int, edges: list[tuple[int, int]], dead: set[int]) -> set[tuple[int, int]]:
    """Return the pairs of nodes that edges join, by squaring who reaches whom."""
    reach = np.eye(nodes, dtype=bool)
    for a, b in edges:
        if a not in dead and b not in dead:
            reach[a, b] = reach[b, a] = True
    for _ in range(nodes):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    return {(a, b) for a in range(nodes) for b in range(a) if reach[a, b]}


@st.composite
def layers(draw: Any) -> tuple[Layer, list[tuple[int, int]]]:
    nodes = draw(st.integers(1, 6))
    edge = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(edge, max_size=7))
    place = draw(st.lists(st.integers(-1, 4), min_size=nodes, max_size=nodes))
    ends = np.array(edges, int).reshape(-1, 2)
    return Layer.of(ends[:, 0], ends[:, 1], np.array(place)), edges


@given(layers(), layers(), st.data())
@settings(max_examples=80)
def test_a_coupling_is_what_taking_each_edge_away_shows(one: Any, other: Any, data: Any) -> None:
    (a, edges_a), (b, edges_b) = one, other
    needs: list[tuple[int, int]] = []
    if edges_a and edges_b:
        pair = st.tuples(st.integers(0, len(edges_b) - 1), st.integers(0, len(edges_a) - 1))
        needs = data.draw(st.lists(pair, max_size=3))
    at_nodes = data.draw(st.booleans())
    found = coupling_of(
        a, b, needs=([x for x, _ in needs], [y for _, y in needs]), at_nodes=at_nodes
    )
    nodes_a, nodes_b = len(a.place), len(b.place)
    whole_a, whole_b = joined(nodes_a, edges_a, set()), joined(nodes_b, edges_b, set())
    assert found.pairs == len(whole_b)
    for e, (u, v) in enumerate(edges_a):
        here = {a.place[u], a.place[v]}
        gone = {y for y, x in needs if x == e}
        if len(here) == 2 and -1 not in here:
            gone |= {k for k, (x, y) in enumerate(edges_b) if {b.place[x], b.place[y]} == here}
        left = joined(nodes_a, [one for k, one in enumerate(edges_a) if k != e], set())
        dead: set[int] = set()
        if at_nodes and u != v and left != whole_a:
            sides = [
                {w for w in range(nodes_a) if w == end or (max(w, end), min(w, end)) in left}
                for end in (u, v)
            ]
            parted = sides[0] if len(sides[0]) < len(sides[1]) else sides[1]
            places = {a.place[w] for w in parted} - {-1}
            dead = {w for w in range(nodes_b) if b.place[w] in places}
        rest = [one for k, one in enumerate(edges_b) if k not in gone]
        lost = whole_b - joined(nodes_b, rest, dead)
        if whole_b:
            assert found.share[e] == pytest.approx(len(lost) / len(whole_b), abs=1e-12)
        else:
            assert np.isnan(found.share[e])
        assert (found.edges[e], found.nodes[e]) == (len(gone), len(dead))


def test_two_lines_on_one_bridge_are_lost_together() -> None:
    road = Layer.of([0, 1, 2], [1, 2, 3], np.array([10, 11, 12, 13]))
    fibre = Layer.of([0, 1], [1, 2], np.array([11, 12, 13]))
    found = coupling_of(road, fibre, at_nodes=False)
    assert_allclose(found.share, [0, 2 / 3, 2 / 3])
    assert found.figure == pytest.approx(4 / 9)
    assert_array_equal(found.edges, [0, 1, 1])
    alone = Layer.of([0, 1], [1, 2], np.array([-1, -1, -1]))
    assert coupling_of(road, alone).figure == 0
    with pytest.raises(InputError):
        coupling_of(road, fibre, needs=([0], [9]))
    with pytest.raises(InputError):
        Layer.of([0], [1], [0.5, 1.5])
