"""The scan of candidate links against rebuilding the network, and what it refuses."""

import doctest
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from onecity.core.errors import InputError, RangeError
from onecity.models import links
from onecity.models.links import Gravity, blocks, choose, scan, scan_pairs, together
from onecity.network import Network
from tests.models.link_twins import cases, columns, dense_loop, network_of, rebuilt


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Blocks so small that a handful of zones makes several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", 2)
        yield


def decay(seconds: Any) -> Any:
    return np.exp(-seconds / 3.0)


@given(cases())
def test_every_candidate_gives_what_rebuilding_the_network_with_it_gives(case: Any) -> None:
    found = scan(network_of(case), case["zones"], case["demand"], **columns(case))
    for row, link in enumerate(case["links"]):
        saved, new, _ = rebuilt(case["n"], case["arcs"], case["zones"], case["demand"], [link])
        assert found.benefit[row] == pytest.approx(saved.sum(), rel=1e-9, abs=1e-6)
        assert found.newly_reached[row] == case["demand"][new].sum()
        assert found.new_pairs[row] == new.sum()
    base, _, after = rebuilt(case["n"], case["arcs"], case["zones"], case["demand"], [])
    joined = np.isfinite(after)
    assert found.total_seconds == pytest.approx((case["demand"][joined] * after[joined]).sum())
    assert not base.any()
    assert found.groups is found.by_origin is found.by_destination is found.by_group is None


@given(cases())
def test_the_gain_is_split_by_group_of_origin_and_of_destination(case: Any) -> None:
    zones, demand, groups = case["zones"], case["demand"], case["groups"]
    found = scan(network_of(case), zones, demand, **columns(case), groups=groups)
    alone = scan(network_of(case), zones, demand, **columns(case))
    assert found.groups is not None
    assert found.by_origin is not None
    assert found.by_destination is not None
    assert found.by_group is not None
    assert found.benefit == pytest.approx(alone.benefit, rel=1e-12)
    assert list(found.newly_reached) == list(alone.newly_reached)
    for row, link in enumerate(case["links"]):
        saved, _, _ = rebuilt(case["n"], case["arcs"], zones, demand, [link])
        for column, name in enumerate(found.groups):
            begins, ends = saved[groups == name].sum(), saved[:, groups == name].sum()
            assert found.by_origin[row, column] == pytest.approx(begins, abs=1e-6)
            assert found.by_destination[row, column] == pytest.approx(ends, abs=1e-6)
            assert found.by_group[row, column] == pytest.approx((begins + ends) / 2, abs=1e-6)


@given(cases())
def test_gravity_takes_demand_at_the_time_before_and_of_new_pairs_at_the_time_after(
    case: Any,
) -> None:
    zones = case["zones"]
    origin = np.arange(1.0, len(zones) + 1)
    destination = origin[::-1] ** 2
    found = scan(network_of(case), zones, Gravity(origin, destination, decay), **columns(case))
    weights = np.outer(origin, destination)
    _, _, before = rebuilt(case["n"], case["arcs"], zones, weights, [])
    demand = weights * decay(before)
    for row, link in enumerate(case["links"]):
        saved, new, after = rebuilt(case["n"], case["arcs"], zones, demand, [link])
        assert found.benefit[row] == pytest.approx(saved.sum(), rel=1e-9, abs=1e-9)
        reached = (weights * decay(after))[new].sum()
        assert found.newly_reached[row] == pytest.approx(reached, rel=1e-9, abs=1e-300)
        assert found.new_pairs[row] == new.sum()


def grid(side: int, seed: int = 0, kept_share: float = 0.8) -> tuple[Network, Any]:
    """A grid of one-way streets with random times, some missing; and a generator."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    kept = rng.random(len(tail)) < kept_share
    return Network.from_arcs(
        tail[kept], head[kept], rng.integers(1, 90, kept.sum()), n=side * side
    ), rng  # fmt: skip


def some_links(rng: Any, n: int, count: int) -> tuple[Any, Any, Any]:
    tail = rng.integers(0, n, count)
    return tail, (tail + rng.integers(1, n, count)) % n, rng.integers(0, 120, count) / 2


def test_the_scan_equals_the_dense_loop_over_all_pairs() -> None:
    net, rng = grid(9)
    zones = rng.permutation(81)[:40]
    demand = rng.random((40, 40)) * 10.0 ** rng.integers(-6, 6, (40, 40))
    tail, head, seconds = some_links(rng, 81, 25)
    found = scan(net, zones, demand, tail, head, seconds)
    one_way = scan(net, zones, demand, tail, head, seconds, both_ways=False)
    times = net.travel_times(zones, zones)
    for row, (u, v, w) in enumerate(zip(tail, head, seconds, strict=True)):
        to_u, to_v = net.travel_times(zones, [u])[:, 0], net.travel_times(zones, [v])[:, 0]
        from_u, from_v = net.travel_times([u], zones)[0], net.travel_times([v], zones)[0]
        out = dense_loop(times, to_u, from_v, w, demand)
        back = dense_loop(times, to_v, from_u, w, demand)
        assert one_way.benefit[row] == pytest.approx(out, rel=1e-10)
        assert found.benefit[row] == pytest.approx(out + back, rel=1e-10)
    assert np.count_nonzero(found.benefit) > 10


@pytest.mark.parametrize("kind", ["matrix", "gravity"])
def test_threads_and_tiles_do_not_change_a_bit(kind: str) -> None:
    net, rng = grid(20, seed=3, kept_share=0.6)
    zones = rng.permutation(400)[:150]
    amounts = rng.random((150, 150)) * 10.0 ** rng.integers(-9, 9, (150, 150))
    demand = amounts if kind == "matrix" else Gravity(amounts[0], amounts[1], decay)
    links = some_links(rng, 400, 700)
    groups = rng.integers(0, 5, 150)
    whole = scan(net, zones, demand, *links, groups=groups, threads=1)
    # Room for 20 origins and 200 of 400 ends: at least 8 tiles and 2 batches of candidates.
    small = scan(net, zones, demand, *links, groups=groups, threads=3, memory_limit=480_000)
    for name in ("benefit", "newly_reached", "new_pairs", "by_origin", "by_destination"):
        same = np.array_equal(getattr(whole, name), getattr(small, name))
        assert same, name
    assert whole.total_seconds == small.total_seconds
    gaining, joining = np.count_nonzero(whole.benefit), np.count_nonzero(whole.new_pairs)
    assert gaining > 100
    assert joining > 10


@pytest.mark.parametrize("size", [1, 7, 32, 1000])
def test_the_size_of_blocks_does_not_change_the_result(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, rng = grid(14, seed=5, kept_share=0.6)
    zones = rng.integers(0, 196, 120)
    demand = rng.integers(0, 50, (120, 120))
    links = some_links(rng, 196, 150)
    wanted = scan(net, zones, demand, *links, groups=zones % 3)
    monkeypatch.setattr(blocks, "BLOCK", size)
    found = scan(net, zones, demand, *links, groups=zones % 3)
    # Whole numbers add up exactly in any order.
    for name in ("benefit", "newly_reached", "new_pairs", "by_origin", "by_destination"):
        same = np.array_equal(getattr(found, name), getattr(wanted, name))
        assert same, name
    gaining = np.count_nonzero(wanted.benefit)
    assert gaining > 30


def test_tiny_demand_is_not_lost_beside_huge() -> None:
    # A star: zone 0 sends 2**53 trips, 400 others one each, all save 1 ms by the link 0 -> 1.
    leaves = 400
    tail = [0, *range(2, 2 + leaves)]
    head = [1, *[0] * leaves]
    net = Network.from_arcs(tail, head, [0.002, *[0.0] * leaves])
    demand = np.zeros((leaves + 2, leaves + 2))
    demand[0, 1], demand[2:, 1] = 2.0**53, 1.0
    found = scan(net, np.arange(leaves + 2), demand, [0], [1], [0.001], both_ways=False)
    assert found.benefit[0] * 1000 == 2.0**53 + leaves


def test_a_link_beside_a_quicker_arc_gives_nothing_and_beside_a_slower_one_the_difference() -> None:
    net = Network.from_arcs([0, 1], [1, 0], [10.0, 10.0])
    demand = [[0, 3], [4, 0]]
    found = scan(net, [0, 1], demand, [0, 0, 0], [1, 1, 1], [10.0, 30.0, 4.0])
    assert found.benefit.tolist() == [0, 0, 7 * 6]
    one_way = scan(net, [0, 1], demand, [0, 1], [1, 0], [4.0, 4.0], both_ways=False)
    assert one_way.benefit.tolist() == [3 * 6, 4 * 6]
    assert found.total_seconds == 70


def test_what_a_link_newly_joins_is_counted_and_never_infinite() -> None:
    net = Network.from_arcs([0, 1], [1, 0], [10.0, 10.0], n=3)
    demand = [[0, 1, 5], [0, 0, 2], [7, 0, 0]]
    both = scan(net, [0, 1, 2], demand, [1], [2], [1.0])
    assert (both.benefit[0], both.newly_reached[0], both.new_pairs[0]) == (0, 14, 4)
    out = scan(net, [0, 1, 2], demand, [1], [2], [1.0], both_ways=False)
    assert (out.benefit[0], out.newly_reached[0], out.new_pairs[0]) == (0, 7, 2)
    by_time = scan(net, [0, 1, 2], Gravity([1, 1, 1], [1, 1, 1], decay), [1], [2], [1.0])
    assert by_time.newly_reached[0] == pytest.approx(2 * decay(1.0) + 2 * decay(11.0))


def test_a_new_path_beyond_the_range_is_counted_but_not_built() -> None:
    half = 2.0**30 / 1000
    net = Network.from_arcs([0, 2], [1, 3], [half, half])
    demand = np.ones((4, 4))
    found = scan(net, range(4), demand, [1], [2], [half], both_ways=False)
    assert found.new_pairs.tolist() == [4]
    with pytest.raises(RangeError, match=r"24\.8 days"):
        together(net, range(4), demand, [1, 1], [2, 2], [half, half], both_ways=False)


def test_one_zone_and_no_candidate_give_zeros() -> None:
    net = Network.from_arcs([0, 1], [1, 0], [10.0, 10.0])
    assert scan(net, [0], [[5.0]], [0], [1], [1.0]).benefit.tolist() == [0]
    gravity = Gravity([5.0], [5.0], lambda seconds: seconds**-2.0)
    assert scan(net, [0], gravity, [0], [1], [1.0]).benefit.tolist() == [0]
    none = scan(net, [0, 1], np.ones((2, 2)), [], [], [], groups=["a", "b"])
    assert none.benefit.shape == (0,)
    assert none.by_origin is not None
    assert none.by_origin.shape == (0, 2)
    assert none.total_seconds == 20


def test_whole_numbers_and_single_precision_are_demand_too() -> None:
    net, rng = grid(5)
    demand = rng.integers(0, 9, (25, 25))
    links = some_links(rng, 25, 9)
    wanted = scan(net, range(25), demand.astype(float), *links).benefit
    assert np.array_equal(scan(net, range(25), demand, *links).benefit, wanted)
    assert np.array_equal(scan(net, range(25), demand.astype("f4"), *links).benefit, wanted)


def test_the_example_of_the_package_does_what_it_says() -> None:
    done = doctest.testmod(links)
    assert done.attempted > 3
    assert not done.failed


class Listener:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def stage(self, key: str, total: int | None = None) -> None:
        self.heard.append([key, total, 0])

    def advance(self, steps: int = 1) -> None:
        self.heard[-1][2] += steps


def test_progress_is_told_and_comes_to_its_end() -> None:
    net, rng = grid(6)
    listener = Listener()
    scan(
        net, range(36), np.ones((36, 36)), *some_links(rng, 36, 20), memory_limit=100_000,
        progress=listener,
    )  # fmt: skip
    ((key, total, done),) = listener.heard
    assert key == "models.scanning_links"
    assert total == done > 1


# --- Bad input -----------------------------------------------------------------


def refused(message: str, *, error: type[Exception] = InputError, **changed: Any) -> None:
    net = Network.from_arcs([0, 1, 2], [1, 2, 0], [10.0, 10.0, 10.0])
    given: dict[str, Any] = {
        "zones": [0, 1, 2],
        "demand": np.ones((3, 3)),
        "tail": [0, 1],
        "head": [2, 0],
        "seconds": [1.0, 1.0],
    }
    scan(net, **given)
    with pytest.raises(error, match=message):
        scan(net, **{**given, **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"head": [2, 1]}, "link 1 .* begins and ends at the same node: 1"),
        ({"head": [2, 3]}, "head, row 1 .* no node 3"),
        ({"tail": [-1, 1]}, "tail, row 0 .* no node -1"),
        ({"tail": [0.0, 1.0]}, "tail must be whole-number"),
        ({"zones": [0, 1, 9]}, "zones, row 2 .* no node 9"),
        ({"zones": []}, "no zones"),
        ({"seconds": [1.0, -2.0]}, r"link 1 .*-2\.0 is not a time"),
        ({"seconds": [np.nan, 1.0]}, "link 0 .*nan is not a time"),
        ({"seconds": [1.0, np.inf]}, "link 1 .*inf is not a time"),
        ({"seconds": [1.0, 3e6]}, r"link 1 .*3000000\.0 is not a time"),
        ({"seconds": ["a", "b"]}, "must be numbers"),
        ({"seconds": [1.0]}, "needs a tail, a head and a time"),
        ({"both_ways": [True]}, "both_ways"),
        ({"both_ways": [1, 0]}, "both_ways"),
        ({"demand": np.ones((3, 2))}, "must be 3 x 3"),
        ({"demand": np.zeros((3, 3))}, "zero everywhere"),
        ({"demand": [[1, 1, 1], [1, 1, -4], [1, 1, 1]]}, "row 1, column 2 .*-4"),
        ({"demand": [[1, 1, 1], [1, 1, np.nan], [1, 1, 1]]}, "row 1, column 2 .*nan"),
        ({"demand": [[1, 1, np.inf], [1, 1, 1], [1, 1, 1]]}, "row 0, column 2 .*inf"),
        ({"demand": [["a"] * 3] * 3}, "demand must be numbers"),
        ({"groups": ["a", "b"]}, "one group"),
        ({"groups": [1.0, np.nan, 2.0]}, r"Zone 1 .*no group"),
        ({"groups": np.array(["a", None, "b"], object)}, r"Zone 1 .*no group"),
        ({"groups": np.array(["a", 3, "b"], object)}, "not both"),
        ({"demand": Gravity([1, 1], [1, 1, 1], decay)}, "origin must hold 3 weights"),
        ({"demand": Gravity([1, 1, 1], [1, -1, 1], decay)}, "destination, row 1 .*-1"),
        ({"demand": Gravity([0, 0, 0], [1, 1, 1], decay)}, "zero everywhere"),
        ({"demand": Gravity([1, 1, 1], [1, 1, 1], lambda t: -t)}, r"at \d0\.0 s is -\d0\.0"),
        ({"demand": Gravity([1, 1, 1], [1, 1, 1], lambda t: t / 0)}, r"at \d0\.0 s is inf"),
        ({"demand": Gravity([1, 1, 1], [1, 1, 1], lambda _: 1.0)}, "one weight for each time"),
        ({"demand": Gravity([1, 1, 1], [1, 1, 1], lambda _: "x")}, "must return numbers"),
        ({"threads": 0}, "threads"),
    ],
)
def test_bad_input_is_named_with_its_place(changed: dict[str, Any], message: str) -> None:
    refused(message, **changed)


def test_a_demand_beyond_the_range_and_too_little_memory_are_refused() -> None:
    refused("leaves the range", error=RangeError, demand=np.full((3, 3), 1e300))
    refused("at least 1440 bytes", error=RangeError, memory_limit=1439)


# --- Sioux Falls ---------------------------------------------------------------


def sioux_falls(folder: Path) -> tuple[Network, Any, Any, Any, Any]:
    """Network, demand, and all absent unordered pairs as links of two minutes."""
    lines = (folder / "SiouxFalls_net.tntp").read_text("utf-8").splitlines()
    arcs = np.array([line.split()[:5] for line in lines if re.match(r"\s*\d", line)], float)
    tail, head = arcs[:, 0].astype(int) - 1, arcs[:, 1].astype(int) - 1
    demand = np.zeros((24, 24))
    text = (folder / "SiouxFalls_trips.tntp").read_text("utf-8")
    for block in re.split(r"Origin", text)[1:]:
        origin = int(block.split()[0])
        for destination, trips in re.findall(r"(\d+)\s*:\s*([\d.]+)", block):
            demand[origin - 1, int(destination) - 1] = float(trips)
    present = set(zip(tail, head, strict=True))
    pairs = np.array([pair for pair in combinations(range(24), 2) if pair not in present])
    net = Network.from_arcs(tail, head, arcs[:, 4] * 60.0)
    return net, demand, pairs[:, 0], pairs[:, 1], np.full(len(pairs), 120.0)


@pytest.mark.shared
def test_the_worked_numbers_of_sioux_falls(shared_data: Path) -> None:
    net, demand, tail, head, seconds = sioux_falls(shared_data / "peers" / "tntp")
    zones = np.arange(24)
    assert net.travel_times(zones).sum() / 60 == 6_254
    found = scan(net, zones, demand, tail, head, seconds)
    assert found.total_seconds / 60 == 3_176_000
    assert len(tail) == 238
    ranked = np.argsort(-found.benefit, kind="stable")[:5]
    assert [(tail[row] + 1, head[row] + 1, found.benefit[row] / 60) for row in ranked] == [
        (12, 16, 277_600), (10, 13, 262_800), (13, 16, 262_000), (10, 12, 258_300),
        (12, 17, 250_200),
    ]  # fmt: skip
    two = ranked[:2]
    both = together(net, zones, demand, tail[two], head[two], seconds[two])
    assert both.benefit / 60 == 375_200

    greedy = choose(net, zones, demand, tail, head, seconds, count=2)
    links = [(tail[row] + 1, head[row] + 1) for row in greedy.chosen]
    assert links == [(12, 16), (16, 22)]
    assert greedy.total / 60 == 485_600
    pairs = scan_pairs(net, zones, demand, tail, head, seconds)
    assert [(tail[row] + 1, head[row] + 1) for row in pairs.best] == [(10, 12), (10, 22)]
    assert pairs.benefit[pairs.best] / 60 == 486_200
