"""Bad input is refused with a sentence that says what, where and what to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError, RangeError, StoreError
from onecity.network import Network

GOOD: dict[str, Any] = {"tail": [0, 1, 2], "head": [1, 2, 0], "seconds": [1.0, 2.0, 3.0]}


@pytest.fixture
def net() -> Network:
    return Network.from_arcs(**GOOD)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tail": [], "head": [], "seconds": []}, "no nodes"),
        ({"tail": [], "head": [], "seconds": [], "n": 0}, "no nodes"),
        ({"n": 2.5}, "whole number, not 2.5"),
        ({"n": True}, "whole number"),
        ({"n": 2**31}, "Too many nodes"),
        ({"n": 2}, "tail, row 2 .* no node 2"),
        ({"tail": [0, -1, 2]}, "tail, row 1 .* no node -1"),
        ({"head": [0, 1, 7], "n": 3}, "head, row 2 .* no node 7"),
        ({"tail": [0, 2**40, 2], "n": 3}, "no node 1099511627776"),
        ({"tail": [0.0, 1.0, 2.0]}, "tail must be whole-number .* float64"),
        ({"head": [True, False, True]}, "head must be whole-number .* bool"),
        ({"tail": ["0", "1", "2"]}, "tail must be whole-number"),
        ({"tail": [[0, 1, 2]]}, "tail must be one-dimensional"),
        ({"tail": [0, 1]}, "2 arc tails but 3 heads"),
        ({"seconds": [1, 2]}, "3 arcs, the shape given is \\(2,\\)"),
        ({"seconds": 1.0}, "the shape given is \\(\\)"),
        ({"seconds": [1, np.nan, 2]}, "Arc 1 .* no time"),
        ({"seconds": [1, None, 2]}, "Arc 1 .* no time"),
        ({"seconds": [1, 2, -0.5]}, "Arc 2 .* negative time: -0.5"),
        ({"seconds": [1, 2, -np.inf]}, "Arc 2 .* negative"),
        ({"seconds": [1, "fast", 2]}, "must be numbers"),
        ({"lon": [1, 2, 3]}, "lat is missing"),
        ({"lat": [1, 2, 3]}, "lon is missing"),
        ({"lon": [1, 2, 3], "lat": [1, 2]}, "lat must be 3 numbers"),
        ({"lon": [1, 2, np.nan], "lat": [1, 2, 3]}, "lon, row 2 .* nan"),
        ({"lon": [1, 2, 3], "lat": [1, np.inf, 3]}, "lat, row 1 .* inf"),
        ({"lon": ["a", 2, 3], "lat": [1, 2, 3]}, "lon must be 3 numbers"),
        ({"order": [0, 1]}, "every node .* exactly once; 2"),
        ({"order": [0, 1, 1]}, "exactly once"),
        ({"order": [0, 1, 3]}, "order, row 2"),
    ],
)
def test_arcs(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Network.from_arcs(**{**GOOD, **changed})


def test_an_arc_beyond_the_range() -> None:
    with pytest.raises(RangeError, match=r"Arc 2 .* 3000000\.0 s.* 24\.8 days"):
        Network.from_arcs([0, 1, 2], [1, 2, 0], [1, np.inf, 3e6])


@pytest.mark.parametrize("seconds", [[1, 2], [1, 2, np.nan], [-1, 2, 3], "abc"])
def test_another_metric_is_checked_too(net: Network, seconds: Any) -> None:
    with pytest.raises(InputError):
        net.with_seconds(seconds)


@pytest.mark.parametrize("nodes", [[3], [-1], [0.0], ["a"], [[0]], [0, None]])
def test_nodes_that_do_not_exist(net: Network, nodes: Any) -> None:
    for ask in (
        lambda: net.travel_times(nodes),
        lambda: net.travel_times_ms([0], nodes),
        lambda: net.access(np.ones(len(nodes)), 10, nodes=nodes),
        lambda: net.access(np.ones(3), 10, at=nodes),
        lambda: [*net.pairs(nodes)],
    ):
        with pytest.raises(InputError):
            ask()
    with pytest.raises(InputError):
        net.reachable(nodes[0] if nodes[0] != [0] and nodes != [0, None] else 9, 10)
    with pytest.raises(InputError):
        net.path(0, 3)


@pytest.mark.parametrize("limit", [-1, np.nan, np.inf, 3e6, "soon", None])
def test_limits(net: Network, limit: Any) -> None:
    with pytest.raises(InputError):
        net.reachable(0, limit)
    with pytest.raises(InputError):
        net.access(np.ones(3), limit)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"opportunities": [1, 2]}, "must have 3 rows"),
        ({"opportunities": np.ones((3, 2, 2))}, "must have 3 rows"),
        ({"opportunities": 1.0}, "must have 3 rows"),
        ({"opportunities": [[1, 2], [3, np.nan], [0, 0]]}, "row 1, column 1 .* nan"),
        ({"opportunities": ["many", 1, 1]}, "must be numbers"),
        ({"limits_seconds": []}, "at least one"),
        ({"limits_seconds": [[1.0]]}, "at least one"),
        ({"limits_seconds": None}, "Give limits_seconds"),
        ({"direction": "both"}, "not both"),
        ({"decay": np.sqrt, "limits_seconds": [1, 2]}, "one time limit only"),
        ({"decay": lambda t: t[:-1]}, "one weight for each time"),
        ({"decay": lambda t: t * np.nan}, "second 0 is not a number"),
        ({"decay": lambda t: ["x" for _ in t]}, "must be numbers"),
        ({"decay": [[1.0, 2.0]]}, "one weight for each time"),
        ({"threads": -2}, "threads must be"),
        ({"threads": 1.5}, "threads must be"),
    ],
)
def test_access(net: Network, given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        net.access(**{"opportunities": [1, 1, 1], "limits_seconds": 10, **given})


def test_a_bad_direction(net: Network) -> None:
    with pytest.raises(InputError, match="sideways"):
        net.reachable(0, 10, direction="sideways")  # type: ignore[arg-type]


def test_memory_is_never_taken_by_surprise(net: Network) -> None:
    with pytest.raises(RangeError, match="out="):
        net.travel_times(range(3), memory_limit=71)
    net.travel_times(range(3), memory_limit=72)
    with pytest.raises(RangeError, match="out="):
        net.travel_times(np.zeros(10**8, np.int8))


def test_where_a_result_cannot_go(net: Network, tmp_path: Path) -> None:
    wrongs: tuple[Any, ...] = (
        np.zeros((2, 3)),
        np.zeros((3, 3), np.float32),
        np.zeros((3, 3), order="F"),
    )
    for wrong in wrongs:
        with pytest.raises(InputError, match=r"\(3, 3\), float64"):
            net.travel_times(range(3), out=wrong)
    with pytest.raises(InputError, match=r"end in \.npy"):
        net.travel_times([0], out=tmp_path / "times.csv")
    with pytest.raises(StoreError, match="Cannot write"):
        net.travel_times([0], out=tmp_path / "missing" / "times.npy")


def test_a_file_is_whole_or_not_there(net: Network, tmp_path: Path) -> None:
    long = Network.from_arcs([0, 1], [1, 2], [2e6, 2e6])
    with pytest.raises(RangeError):
        long.travel_times(range(3), out=tmp_path / "times.npy")
    assert [*tmp_path.iterdir()] == []


def test_files_of_orders(net: Network, tmp_path: Path) -> None:
    file = tmp_path / "order.npz"
    with pytest.raises(StoreError, match="Cannot read"):
        Network.from_arcs(**GOOD, order=file)
    net.save_order(file)
    with pytest.raises(InputError, match="another network"):
        Network.from_arcs(GOOD["head"], GOOD["tail"], GOOD["seconds"], order=file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="Cannot read"):
        Network.from_arcs(**GOOD, order=file)
    file.write_bytes(b"")
    with pytest.raises(StoreError, match="Cannot read"):
        Network.from_arcs(**GOOD, order=file)
    np.savez(file, version=99, order=net.order, topology=net.topology)
    with pytest.raises(StoreError, match="version 99"):
        Network.from_arcs(**GOOD, order=file)
    with pytest.raises(StoreError, match="Cannot write"):
        net.save_order(tmp_path / "missing" / "order.npz")
