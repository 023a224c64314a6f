"""Random partitions: connected, of the sizes asked for, different, and the same again."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from onecity.core.errors import InputError, RangeError
from onecity.models.growth import grow
from onecity.models.partition import (
    Neighbours,
    cut_share,
    join_pieces,
    neighbours,
    random_partitions,
    touching,
)

Ints = NDArray[np.int64]


def hexagons(rows: int, columns: int) -> Neighbours:
    """Return a field of hexagons, row by row."""
    cell = np.arange(rows * columns).reshape(rows, columns)
    left = [cell[:, :-1], cell[:-1], cell[1:, :-1]]
    right = [cell[:, 1:], cell[1:], cell[:-1, 1:]]
    return neighbours(
        np.concatenate([x.ravel() for x in left]),
        np.concatenate([x.ravel() for x in right]),
        rows * columns,
    )


def pieces(given: Neighbours, part: Ints, label: int) -> int:
    """Return how many connected pieces a part has, by walking."""
    left = set(np.flatnonzero(part == label).tolist())
    count = 0
    while left:
        count += 1
        queue = deque([left.pop()])
        while queue:
            zone = queue.popleft()
            for other in given.zone[given.first[zone] : given.first[zone + 1]].tolist():
                if other in left:
                    left.remove(other)
                    queue.append(other)
    return count


FIELD = hexagons(40, 40)
SIZES = np.array([8569, 4583, 1596, 8910, 17457, 9752, 2538, 2004, 2622.0])


def test_every_part_is_connected_and_of_its_size() -> None:
    found = random_partitions(FIELD, SIZES, count=20, seed=3, tolerance=0.05)
    wanted = SIZES / SIZES.sum() * 1600
    assert found.part.shape == (20, 1600)
    for k, part in enumerate(found.part):
        assert set(part.tolist()) == set(range(9))
        assert all(pieces(FIELD, part, label) == 1 for label in range(9))
        counts = np.bincount(part)
        assert found.sizes[k].tolist() == counts.tolist()
        deviation = np.abs(counts / wanted - 1).max()
        assert deviation <= 0.05
        assert found.deviation[k] == pytest.approx(deviation, abs=1e-12)


def test_sizes_can_be_people() -> None:
    people = np.random.default_rng(1).lognormal(0, 1, 1600)
    found = random_partitions(FIELD, [3, 1, 1, 2], sizes=people, count=10, tolerance=0.1)
    for part in found.part:
        share = np.bincount(part, people) / people.sum()
        assert np.abs(share / (np.array([3, 1, 1, 2]) / 7) - 1).max() <= 0.1
        assert all(pieces(FIELD, part, label) == 1 for label in range(4))


def test_partitions_differ() -> None:
    found = random_partitions(FIELD, SIZES, count=40, tolerance=0.1)
    start = np.repeat(np.arange(1600), np.diff(FIELD.first))
    cuts = found.part[:, start] != found.part[:, FIELD.zone]
    # Two that cut links independently would share about as many cuts as chance gives.
    common = (cuts.astype(float) @ cuts.T.astype(float))[np.triu_indices(40, 1)]
    average = cuts.sum(axis=1).mean()
    assert common.max() < 0.6 * average
    assert common.mean() < 0.25 * average
    # Borders go nearly everywhere: no place is spared, none is always cut.
    assert (cuts.any(axis=0)).mean() > 0.7
    assert cuts.mean(axis=0).max() < 0.5


def test_parts_are_compact() -> None:
    # Cut like a partition by nearest centres, not like a fractal.
    found = random_partitions(FIELD, np.ones(9), count=30, tolerance=0.1)
    rng = np.random.default_rng(0)
    y, x = np.divmod(np.arange(1600), 40)
    nearest = []
    for _ in range(30):
        centre = rng.uniform(0, 40, (9, 2))
        label = np.argmin((x[:, None] - centre[:, 0]) ** 2 + (y[:, None] - centre[:, 1]) ** 2, 1)
        nearest.append(cut_share(FIELD, label))
    assert found.cut_share.mean() < 1.3 * np.mean(nearest)
    assert found.cut_share[0] == cut_share(FIELD, found.part[0])


def test_the_same_seed_the_same_partitions() -> None:
    few = random_partitions(FIELD, SIZES, count=5, seed=8, tolerance=0.1, threads=1)
    many = random_partitions(FIELD, SIZES, count=9, seed=8, tolerance=0.1, threads=2)
    assert np.array_equal(few.part, many.part[:5])
    other = random_partitions(FIELD, SIZES, count=5, seed=9, tolerance=0.1)
    assert not np.array_equal(few.part, other.part)


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(0, 40))
def test_any_connected_graph(seed: int, n: int, more: int) -> None:
    rng = np.random.default_rng(seed)
    parent = np.array([rng.integers(0, k) for k in range(1, n)])
    extra = rng.integers(0, n, (2, more))
    graph = neighbours(np.r_[np.arange(1, n), extra[0]], np.r_[parent, extra[1]], n)
    wanted = rng.uniform(0.5, 3, int(rng.integers(2, min(n, 5) + 1)))
    sizes = rng.integers(0, 4, n).astype(float)
    sizes[0] += 1
    try:
        found = random_partitions(graph, wanted, sizes=sizes, count=3, tolerance=0.6)
    except RangeError:  # no such sizes, or too lumpy to find any
        return
    scaled = wanted / wanted.sum() * sizes.sum()
    for part in found.part:
        assert ((part >= 0) & (part < len(wanted))).all()
        assert all(pieces(graph, part, label) == 1 for label in range(len(wanted)))
        reached = np.bincount(part, sizes, len(wanted))
        assert np.abs(reached / scaled - 1).max() <= 0.6 + 1e-12


def test_parts_stay_connected_whatever_the_handicaps() -> None:
    # The promise of the method, also for partitions that miss the tolerance.
    start = np.repeat(np.arange(1600), np.diff(FIELD.first))
    links = zip(start.tolist(), FIELD.zone.tolist(), strict=True)
    reverse = {link: p for p, link in enumerate(links)}
    back = np.array([reverse[b, a] for a, b in zip(start, FIELD.zone, strict=True)])
    wanted = np.array([1200.0, 380, 15, 5])
    for seed in range(20):
        part, tries, deviation = grow(
            FIELD.first, FIELD.zone, back, np.ones(1600), wanted, np.uint64(seed), 1e-9, 1
        )
        assert tries == 1
        counts = np.bincount(part, minlength=4)
        assert deviation == pytest.approx(np.abs(counts / wanted - 1).max())
        assert all(pieces(FIELD, part, label) <= 1 for label in range(4))


# --- Islands -----------------------------------------------------------------


def test_islands_are_linked_with_the_nearest_zone() -> None:
    # Mainland 0-1-2-3 on a line, islands 4-5 near 1 and 6 near 5.
    mainland = neighbours([0, 1, 2, 4], [1, 2, 3, 5], 7)
    x = [0.0, 1, 2, 3, 1, 1, 1.2]
    y = [0.0, 0, 0, 0, 2, 3, 4]
    joined = join_pieces(mainland, x, y)
    links = {
        (a, int(b))
        for a in range(7)
        for b in joined.zone[joined.first[a] : joined.first[a + 1]]
        if a < b
    }
    assert links == {(0, 1), (1, 2), (2, 3), (4, 5), (1, 4), (5, 6)}
    again = join_pieces(joined, x, y)
    assert np.array_equal(again.zone, joined.zone)


def test_pieces_are_named() -> None:
    apart = neighbours([0, 1, 3], [1, 2, 4], 5)
    with pytest.raises(InputError) as caught:
        random_partitions(apart, [1, 1], count=1)
    assert caught.value.key == "border.in_pieces"
    assert caught.value.values == {"pieces": 2, "largest": 3, "zone": 3}
    found = random_partitions(
        join_pieces(apart, [0, 1, 2, 5, 6], [0] * 5), [3, 2], count=4, tolerance=0.4
    )
    assert all(pieces(join_pieces(apart, [0, 1, 2, 5, 6], [0] * 5), p, 0) == 1 for p in found.part)


# --- Small pieces ------------------------------------------------------------


def test_neighbours_drop_loops_and_repeats() -> None:
    graph = neighbours([2, 0, 1, 1], [0, 2, 1, 0], 4)
    assert graph.first.tolist() == [0, 2, 3, 4, 4]
    assert graph.zone.tolist() == [1, 2, 0, 0]
    assert len(graph) == 4


def test_touching_and_cut_share() -> None:
    line = neighbours([0, 1, 2, 3], [1, 2, 3, 4], 5)
    cities = ["B", "B", "A", "A", "C"]
    assert touching(line, cities) == [("A", "B"), ("A", "C")]
    assert cut_share(line, cities) == 0.5
    assert touching(line, ["A"] * 5) == []
    assert cut_share(neighbours([], [], 3), [0, 1, 2]) == 0.0


# --- Bad input ---------------------------------------------------------------


def test_bad_input_is_named() -> None:
    def key(call: object, *args: object, **more: object) -> str:
        with pytest.raises(InputError) as caught:
            call(*args, **more)  # type: ignore[operator]
        assert caught.value.text("zh")
        assert caught.value.text("en")
        return caught.value.key.removeprefix("border.")

    assert key(neighbours, [0, 5], [1, 0], 3) == "neighbour_range"
    assert key(neighbours, [0, -1], [1, 0], 3) == "neighbour_range"
    assert key(neighbours, [0, 1], [1], 3) == "shape"
    for parts in ([5.0], [1.0, 0.0], [1.0, np.nan], [1.0] * 2000, [[1.0, 2.0]]):
        assert key(random_partitions, FIELD, parts) == "part_sizes"
    assert key(random_partitions, FIELD, [1, 1], sizes=np.ones(5)) == "zone_shape"
    for bad in (-1.0, np.nan, np.inf):
        sizes = np.ones(1600)
        sizes[7] = bad
        assert key(random_partitions, FIELD, [1, 1], sizes=sizes) == "zone_size"
    assert key(random_partitions, FIELD, [1, 1], sizes=np.zeros(1600)) == "zone_size"
    for more in ({"count": 0}, {"seed": -1}, {"tolerance": 0.0}, {"tolerance": 1.0}):
        assert key(random_partitions, FIELD, [1, 1], **more) == "setting"
    one_sided = Neighbours(np.array([0, 1, 2, 2]), np.array([1, 2], np.int32))
    assert key(random_partitions, one_sided, [1, 1]) == "one_sided"
    no_zone = Neighbours(np.array([0, 1, 2]), np.array([1, 2], np.int32))
    assert key(random_partitions, no_zone, [1, 1]) == "neighbour_range"
    not_rising = Neighbours(np.array([0, 2, 1]), np.array([1], np.int32))
    assert key(random_partitions, not_rising, [1, 1]) == "neighbours_shape"
    assert key(join_pieces, FIELD, np.zeros(5), np.zeros(5)) == "coordinates"
    assert key(join_pieces, FIELD, np.full(1600, np.nan), np.zeros(1600)) == "coordinates"


def test_zones_too_large_for_the_parts() -> None:
    sizes = np.ones(1600)
    sizes[800] = 2000.0
    with pytest.raises(RangeError) as caught:
        random_partitions(FIELD, [1, 1], sizes=sizes, count=1)
    assert caught.value.key == "border.not_balanced"
    assert caught.value.values["lump"] == pytest.approx(2000 / (3599 / 2))
