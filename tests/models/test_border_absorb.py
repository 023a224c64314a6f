"""Absorbing effects: the projection of dense algebra, whatever the graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, RangeError
from onecity.models.effects import LANES, TwoWay, absorb, reweighted, two_way
from tests.models.border_twins import Ints, Reals, peel, project


def sums(design: TwoWay, vectors: Reals) -> Reals:
    """Return all weighted sums by origin and destination, the obvious way."""
    weighted = design.weight[:, None] * vectors
    return np.array(
        [
            weighted[ids == k].sum(axis=0)
            for ids in (design.origin, design.destination)
            for k in range(int(ids.max()) + 1)
        ]
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Ints, Ints, Reals, Reals]:
    n, m = draw(st.integers(1, 8)), draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    o, d = rng.integers(0, n, (2, m))
    if draw(st.booleans()):  # two pieces
        d = np.where(o < n // 2, d % max(n // 2, 1), np.maximum(d, n // 2))
    weights = np.exp(rng.normal(0, draw(st.sampled_from([0.0, 2.0])), m))
    weights[rng.random(m) < draw(st.sampled_from([0.0, 0.4]))] = 0.0
    columns = draw(st.sampled_from([1, 2, LANES, LANES + 3]))
    vectors = rng.normal(0, 1, (m, columns)) * 10.0 ** rng.integers(-6, 7, columns)
    return o, d, weights, vectors


@settings(max_examples=200)
@given(graphs())
def test_equals_the_dense_projection(graph: tuple[Ints, Ints, Reals, Reals]) -> None:
    o, d, weights, vectors = graph
    rows = peel(o, d, weights)
    if not len(rows):
        with pytest.raises(InputError) as caught:
            two_way(o, d, weights)
        assert caught.value.key == "border.no_pairs"
        return
    design = two_way(o, d, weights)
    assert sorted(design.rows.tolist()) == rows.tolist()
    assert design.weightless == int((weights == 0).sum())
    assert design.singletons == len(weights) - design.weightless - len(rows)
    found = absorb(design, vectors[design.rows])
    at = design.rows
    expected = project(o[at], d[at], weights[at], vectors[at])
    scale = np.abs(vectors[at]).max(axis=0)
    assert np.abs((found.residual - expected) / scale).max() < 1e-9
    assert np.abs(sums(design, found.residual) / scale).max() < 1e-11
    back = found.residual + found.origin[design.origin] + found.destination[design.destination]
    assert np.abs((back - vectors[at]) / scale).max() < 1e-12


def test_counts_pieces() -> None:
    # Two squares of pairs and nothing between them.
    o = np.array([0, 0, 1, 1, 5, 5, 6, 6])
    d = np.array([2, 3, 2, 3, 7, 8, 7, 8])
    design = two_way(o, d, np.ones(8))
    assert (design.components, design.taken) == (2, 4 + 4 - 2)


def test_a_square_by_hand() -> None:
    # Balanced and unweighted: less row mean and column mean, plus the mean of all.
    o, d = np.divmod(np.arange(6), 3)
    y = np.array([1.0, 5, 2, 8, 0, 3]).reshape(2, 3)
    expected = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    found = absorb(two_way(o, d, np.ones(6)), y.ravel())
    assert found.residual[:, 0] == pytest.approx(expected.ravel(), abs=1e-14)


def test_a_long_chain_converges() -> None:
    # Worst case: every origin shares one destination with the next, so news travels one step
    # at a time.
    n = 1500
    o = np.r_[np.arange(n), np.arange(n), [0, n - 1]]
    d = np.r_[np.arange(n), np.arange(n) + 1, [0, n]]
    rng = np.random.default_rng(0)
    design = two_way(o, d, rng.uniform(0.5, 2, len(o)))
    effects = rng.normal(size=n), rng.normal(size=n + 1)
    noise = np.zeros(len(o))
    noise[-1] = 1.0
    exact = effects[0][design.origin] + effects[1][design.destination]
    found = absorb(design, np.column_stack([exact, exact + noise[design.rows]]))
    assert np.abs(found.residual[:, 0]).max() < 1e-9
    assert found.error < 1e-12


def test_what_rounding_does_not_allow_is_refused() -> None:
    # A chain of 1,600 links with weights over fifteen orders of magnitude, at random.
    n = 800
    rng = np.random.default_rng(0)
    o = np.r_[np.arange(n), np.arange(n), [0, n - 1]]
    d = np.r_[np.arange(n), np.arange(n) + 1, [0, n]]
    design = two_way(o, d, np.exp(rng.normal(0, 5, len(o))))
    with pytest.raises(RangeError) as caught:
        absorb(design, rng.normal(size=len(design.rows)))
    assert caught.value.key == "border.not_absorbed"
    assert "e-" in caught.value.text("zh")


def test_other_weights_on_the_same_pairs() -> None:
    rng = np.random.default_rng(4)
    o, d = np.divmod(rng.permutation(80)[:60], 9)
    first = two_way(o, d, np.ones(60))
    weights = rng.uniform(0.1, 3, len(first.rows))
    v = rng.normal(size=len(first.rows))
    there = absorb(reweighted(first, weights), v).residual[:, 0]
    given_ids = first.origin.astype(int), first.destination.astype(int)
    assert there == pytest.approx(project(*given_ids, weights, v[:, None])[:, 0], abs=1e-11)


def test_lanes_do_not_see_each_other() -> None:
    rng = np.random.default_rng(8)
    o, d = rng.integers(0, 12, (2, 120))
    design = two_way(o, d, rng.uniform(0.1, 2, 120))
    v = rng.normal(size=(len(design.rows), 40)) * 10.0 ** np.arange(-20, 20)
    whole = absorb(design, v, threads=2).residual
    for k in range(0, 40, 7):
        assert absorb(design, v[:, k]).residual[:, 0] == pytest.approx(
            whole[:, k], rel=1e-9, abs=1e-12 * np.abs(v[:, k]).max()
        )
