"""Quickest times are exact on any network."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from onecity.core.errors import MissingError, RangeError
from onecity.network import UNREACHABLE, Network
from tests.network.oracle import Arcs, arcs, scipy_times, sheets

Sheet = tuple[Arcs, NDArray[np.float64], NDArray[np.float64]]
some_nodes = st.lists(st.integers(0, 10**6), max_size=90)


@given(arcs())
def test_all_times_are_those_of_the_twin_and_of_scipy(given: Arcs) -> None:
    ms = given.network().travel_times_ms(range(given.n))
    np.testing.assert_array_equal(ms, given.twin())
    times = [UNREACHABLE if row[2] is None else row[2] for row in given.rows]
    scipy = scipy_times(given.n, given.tail, given.head, times, range(given.n))
    np.testing.assert_array_equal(ms, scipy)


@given(sheets(), some_nodes, some_nodes)
def test_any_rows_and_columns(sheet: Sheet, s: list[int], t: list[int]) -> None:
    given, lon, lat = sheet
    sources, targets = np.array(s, int) % given.n, np.array(t, int) % given.n
    net = given.network(lon=lon, lat=lat)
    twin = given.twin()
    np.testing.assert_array_equal(net.travel_times_ms(sources), twin[sources])
    some = twin[np.ix_(sources, targets)]
    np.testing.assert_array_equal(net.travel_times_ms(sources, targets), some)
    seconds = np.where(some == UNREACHABLE, np.inf, some / 1000)
    np.testing.assert_array_equal(net.travel_times(sources, targets), seconds)
    np.testing.assert_array_equal(net.travel_times(sources, targets, threads=3), seconds)


@given(sheets(), st.data())
def test_another_metric_keeps_the_order_and_is_exact(sheet: Sheet, data: st.DataObject) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    times = st.one_of(st.none(), st.integers(0, 5), st.integers(0, 10**6))
    size = len(given.rows)
    fresh = data.draw(st.lists(times, min_size=size, max_size=size))
    other = Arcs(given.n, [(a, b, ms) for (a, b, _), ms in zip(given.rows, fresh, strict=True)])
    changed = net.with_seconds(other.seconds)
    assert changed.order is net.order
    assert changed.hierarchy is net.hierarchy
    np.testing.assert_array_equal(changed.travel_times_ms(range(given.n)), other.twin())
    np.testing.assert_array_equal(net.travel_times_ms(range(given.n)), given.twin())
    np.testing.assert_array_equal(changed.seconds, other.seconds)


@given(sheets())
def test_the_reversed_network_runs_against_the_arcs(
    sheet: Sheet,
) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    back = net.reversed()
    assert back.hierarchy is net.hierarchy
    twin = given.twin()
    np.testing.assert_array_equal(back.travel_times_ms(range(given.n)), twin.T)
    np.testing.assert_array_equal(back.reversed().travel_times_ms([0]), twin[:1])
    again = back.with_seconds(given.seconds[::-1])
    fresh = [(h, t, ms) for (t, h, _), (_, _, ms) in zip(given.rows, given.rows[::-1], strict=True)]
    np.testing.assert_array_equal(
        again.travel_times_ms(range(given.n)), Arcs(given.n, fresh).twin()
    )


@given(arcs(), st.integers(0, 10**6), st.integers(0, 20_000_000))
def test_reachable_is_the_row_within_the_limit(given: Arcs, node: int, limit: int) -> None:
    net, node = given.network(), node % given.n
    twin = given.twin()
    for direction, row in (("out", twin[node]), ("in", twin[:, node])):
        found = net.reachable(node, limit / 1000, direction=direction)  # type: ignore[arg-type]
        nodes = np.flatnonzero(row <= limit)
        nodes = nodes[np.argsort(row[nodes], kind="stable")]
        np.testing.assert_array_equal(found.nodes, nodes)
        np.testing.assert_array_equal(found.seconds, row[nodes] / 1000)


@given(sheets(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_path_is_made_of_real_arcs_and_as_long_as_the_time(sheet: Sheet, a: int, b: int) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    source, target = a % given.n, b % given.n
    time = given.twin_from(source)[target]
    if time == UNREACHABLE:
        with pytest.raises(MissingError, match="no path"):
            net.path(source, target)
        return
    path = net.path(source, target)
    assert path.nodes[0] == source
    assert path.nodes[-1] == target
    assert len(set(path.nodes.tolist())) == len(path.nodes)
    np.testing.assert_array_equal(given.tail[path.arcs], path.nodes[:-1])
    np.testing.assert_array_equal(given.head[path.arcs], path.nodes[1:])
    np.testing.assert_allclose(np.diff(path.seconds), given.seconds[path.arcs], atol=1e-9)
    assert path.seconds[0] == 0
    assert path.seconds[-1] == time / 1000


@given(sheets(), some_nodes, some_nodes, st.one_of(st.none(), st.integers(0, 200_000)))
def test_pairs_are_the_joined_ones_within_the_limit(
    sheet: Sheet, s: list[int], t: list[int], limit: int | None
) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    sources, targets = np.array(s, int) % given.n, np.array(t, int) % given.n
    seconds = None if limit is None else limit / 1000
    found = [
        pair
        for batch in net.pairs(sources, targets, limit_seconds=seconds, threads=2)
        for pair in zip(
            batch.sources.tolist(), batch.targets.tolist(), batch.seconds.tolist(), strict=True
        )
    ]
    twin = given.twin()
    most = UNREACHABLE - 1 if limit is None else limit
    wanted = [
        (int(i), int(j), twin[i, j] / 1000) for i in sources for j in targets if twin[i, j] <= most
    ]
    assert sorted(found) == sorted(wanted)


@settings(max_examples=20)
@given(sheets(), st.randoms(use_true_random=False))
def test_any_order_is_exact(sheet: Sheet, random: object) -> None:
    given, _, _ = sheet
    order = list(range(given.n))
    random.shuffle(order)  # type: ignore[attr-defined]
    net = given.network(order=order)
    np.testing.assert_array_equal(net.order, order)
    np.testing.assert_array_equal(net.travel_times_ms(range(given.n)), given.twin())


@given(sheets())
def test_an_order_is_kept_in_a_file_and_is_repeatable(
    tmp_path_factory: pytest.TempPathFactory, sheet: Sheet
) -> None:
    given, lon, lat = sheet
    net = given.network(lon=lon, lat=lat)
    file: Path = tmp_path_factory.mktemp("order") / "次序.npz"
    net.save_order(file)
    kept = given.network(order=file)
    np.testing.assert_array_equal(kept.order, net.order)
    np.testing.assert_array_equal(given.network(lon=lon, lat=lat).order, net.order)
    assert kept.topology == net.topology
    np.testing.assert_array_equal(np.sort(net.order), np.arange(given.n))


def ring(n: int, ms: int) -> Arcs:
    """One way round a ring of n nodes."""
    return Arcs(n, [(i, (i + 1) % n, ms) for i in range(n)])


def test_shapes_that_are_hard_to_cut() -> None:
    star = [(0, i, 5) for i in range(1, 400)] + [(i, 0, 7) for i in range(1, 400)]
    full = [(i, j, 1 + (i * j) % 9) for i in range(40) for j in range(40)]
    ladder = [(0, i, 1) for i in range(2, 300)] + [(i, 1, 1) for i in range(2, 300)]
    chain = [(i, i + 1, 3) for i in range(2_999)] + [(i + 1, i, 4) for i in range(2_999)]
    for hard in (
        Arcs(400, [*star]), Arcs(40, [*full]), Arcs(300, [*ladder]), Arcs(3_000, [*chain]),
        ring(1_000, 2), Arcs(500, []), Arcs(1, [(0, 0, 4)]),
    ):  # fmt: skip
        some = np.arange(0, hard.n, max(1, hard.n // 7))
        twin = np.array([hard.twin_from(int(source)) for source in some])
        np.testing.assert_array_equal(hard.network().travel_times_ms(some), twin)


def test_a_long_chain_makes_a_flat_tree() -> None:
    depth = ring(5_000, 1).network().hierarchy.depth
    assert depth.max() < 40


def test_the_longest_time_in_range_is_exact_and_one_more_is_an_error() -> None:
    half = 2**30
    good = Arcs(3, [(0, 1, half), (1, 2, half - 2)]).network()
    assert good.travel_times_ms([0])[0, 2] == UNREACHABLE - 1
    assert good.path(0, 2).seconds[-1] == (UNREACHABLE - 1) / 1000
    bad = Arcs(3, [(0, 1, half), (1, 2, half - 1)]).network()
    assert bad.travel_times_ms([0], [1])[0, 0] == half
    assert bad.travel_times_ms([2], [0])[0, 0] == UNREACHABLE
    for ask in (
        lambda: bad.travel_times_ms([2, 0]),
        lambda: bad.travel_times([0], [0, 2]),
        lambda: bad.path(0, 2),
        lambda: [*bad.pairs([0])],
        lambda: bad.reversed().travel_times([2], [0]),
    ):
        with pytest.raises(RangeError, match=r"24\.8 days"):
            ask()
    np.testing.assert_array_equal(bad.reachable(0, half / 1000).nodes, [0, 1])


@given(arcs(nodes=12, most=UNREACHABLE - 1))
def test_a_path_beyond_the_range_is_never_a_wrong_time(given: Arcs) -> None:
    net = given.network()
    exact = [given.twin_without_range(source) for source in range(given.n)]
    if any(time is not None and time >= UNREACHABLE for row in exact for time in row):
        with pytest.raises(RangeError):
            net.travel_times_ms(range(given.n))
        return
    wanted = [[UNREACHABLE if time is None else time for time in row] for row in exact]
    np.testing.assert_array_equal(net.travel_times_ms(range(given.n)), wanted)


def test_a_result_goes_where_it_is_wanted(tmp_path: Path) -> None:
    given = ring(200, 1_500)
    net = given.network()
    here = np.zeros((3, 200))
    assert net.travel_times([0, 5, 9], out=here) is here
    np.testing.assert_array_equal(here, net.travel_times([0, 5, 9]))
    mapped = net.travel_times([9, 0], out=tmp_path / "时间.npy")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(np.load(tmp_path / "时间.npy"), net.travel_times([9, 0]))
    exact = net.travel_times_ms(range(200), out=tmp_path / "ms.npy", threads=2)
    np.testing.assert_array_equal(exact, given.twin())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ms.npy", "时间.npy"]


def test_times_are_rounded_to_milliseconds() -> None:
    seconds: list[float] = [0.0004, 0.0005, 0.0006, 0.0015, 1.2344, float(np.float32(0.1)), 3]
    net = Network.from_arcs(range(7), range(1, 8), seconds)
    np.testing.assert_array_equal(net.times, [0, 0, 1, 2, 1234, 100, 3000])
