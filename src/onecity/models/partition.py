"""Random contiguous partitions of zones, for borders that are none.

Each partition grows from random seeds over random lengths. A zone goes to the part p that is
least in d_p + h_p, with d_p the shortest way from seed p over links of random length and h_p a
handicap. Whatever the handicaps, every part hangs together: if p is best for a zone it is best
all along its way there, or another part would win the zone by the same way. So the handicaps are
free to bring the sizes in line, as prices do in semi-discrete transport (Aurenhammer, Hoffmann,
Aronov 1998): a part that is too large pays more. Parts are compact with ragged edges, like
administrative ones; `cut_share` compares them.

Partition k depends on the seed and k alone, not on how many are asked for, nor on threads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from onecity.core.errors import InputError, RangeError
from onecity.network.threads import in_order, thread_count

from .effects import Reals, Rows
from .growth import grow

#: Seeds tried before giving up on a partition.
TRIES = 100
#: Partitions that a thread makes at a time.
_TASK = 4


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Zones that touch: the neighbours of zone i are ``zone[first[i]:first[i + 1]]``.

    Attributes
    ----------
    first : int64 (Z + 1,)
    zone : int32
        Each link stands twice, once from either end; none joins a zone with itself.
    """

    first: Rows
    zone: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Partitions:
    """Made-up partitions.

    Attributes
    ----------
    part : int16 (n, Z)
        Part of each zone, 0..P-1, in the order of the sizes asked for.
    sizes : float64 (n, P)
        Sizes reached, in the unit of the zones' sizes.
    deviation : float64 (n,)
        Largest deviation of a part from its size asked for, relative to that.
    cut_share : float64 (n,)
        Share of links between neighbours that a border cuts.
    tries : int64 (n,)
        Seeds it took.
    """

    part: NDArray[np.int16]
    sizes: Reals
    deviation: Reals
    cut_share: Reals
    tries: Rows


def neighbours(left: ArrayLike, right: ArrayLike, zones: int) -> Neighbours:
    """Return neighbours from links between zones.

    Parameters
    ----------
    left, right
        Ends of each link, shape (L,), in any order; repeated links and loops do no harm.
    zones
        Number of zones.

    Raises
    ------
    InputError
        A zone that does not exist.
    """
    a, b = np.asarray(left, np.int64).ravel(), np.asarray(right, np.int64).ravel()
    if a.shape != b.shape:
        raise InputError("border.shape", what="right", given=b.shape, pairs=len(a))
    both = np.concatenate([a, b])
    wrong = (both < 0) | (both >= zones)
    if wrong.any():
        raise InputError(
            "border.neighbour_range", given=int(both[np.argmax(wrong)]), last=zones - 1
        )
    apart = a != b
    key = np.unique(np.concatenate([a[apart] * zones + b[apart], b[apart] * zones + a[apart]]))
    start, end = np.divmod(key, zones)
    first = np.searchsorted(start, np.arange(zones + 1)).astype(np.int64)
    return Neighbours(first, end.astype(np.int32))


def join_pieces(given: Neighbours, x: ArrayLike, y: ArrayLike) -> Neighbours:
    """Return neighbours with islands linked, so that all zones hang together.

    Again and again, the piece with the fewest zones is linked with the zone nearest to any of its
    own; ties go to the lowest zones.

    Parameters
    ----------
    given
        Neighbours in any number of pieces.
    x, y
        Centres of the zones in the plane, any unit, shape (Z,).

    Raises
    ------
    InputError
        Coordinates that are missing or of a wrong shape.
    """
    zones = len(given)
    points = np.column_stack([np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()])
    if points.shape != (zones, 2) or not np.isfinite(points).all():
        raise InputError("border.coordinates", zones=zones, given=points.shape)
    start = np.repeat(np.arange(zones), np.diff(given.first))
    left, right = [*start.tolist()], [*given.zone.tolist()]
    _, piece = _pieces(given)
    while piece.max() > 0:
        island = piece == np.bincount(piece).argmin()
        inside, outside = np.flatnonzero(island), np.flatnonzero(~island)
        far, nearest = cKDTree(points[outside]).query(points[inside])
        best = int(np.argmin(far))
        a, b = int(inside[best]), int(outside[nearest[best]])
        left.append(a)
        right.append(b)
        piece = np.where(island, piece[b], piece)
        piece = np.unique(piece, return_inverse=True)[1]
    return neighbours(left, right, zones)


def cut_share(given: Neighbours, part: ArrayLike) -> float:
    """Return the share of links between neighbours whose ends lie in different parts (Z,)."""
    labels = np.asarray(part)
    start = np.repeat(np.arange(len(given)), np.diff(given.first))
    return float(np.mean(labels[start] != labels[given.zone])) if len(given.zone) else 0.0


def touching(given: Neighbours, part: ArrayLike) -> list[tuple[Any, Any]]:
    """Return every two labels of parts (Z,) that touch, ascending, each once."""
    labels, code = np.unique(np.asarray(part), return_inverse=True)
    start = np.repeat(np.arange(len(given)), np.diff(given.first))
    a, b = code[start], code[given.zone]
    key = np.unique(a[a < b] * len(labels) + b[a < b])
    names = labels.tolist()
    return [(names[k // len(names)], names[k % len(names)]) for k in key.tolist()]


def random_partitions(
    given: Neighbours,
    parts: ArrayLike,
    *,
    sizes: ArrayLike | None = None,
    count: int = 300,
    seed: int = 0,
    tolerance: float = 0.05,
    threads: int | None = None,
) -> Partitions:
    """Return random partitions into connected parts of given sizes.

    Parameters
    ----------
    given
        Zones that touch; they must hang together, see `join_pieces`.
    parts
        Size of each part, shape (P,), above zero; only the ratios matter. The sizes of the real
        cities give as many parts of like size.
    sizes
        Size of each zone, shape (Z,), not negative; None counts zones.
    count
        Partitions to make.
    seed
        Of the random numbers.
    tolerance
        How far a part may be from its size, relative to it.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        Zones in pieces, or sizes that are missing or out of range.
    RangeError
        `TRIES` seeds in a row miss the tolerance: zones too large for the smallest part.
    """
    _check_neighbours(given)
    mass = _check_sizes(sizes, len(given))
    wanted = _check_parts(parts, len(given))
    wanted = wanted * (mass.sum() / wanted.sum())
    for what, value, good in (
        ("count", count, count >= 1),
        ("seed", seed, seed >= 0),
        ("tolerance", tolerance, 0 < tolerance < 1),
    ):
        if not good:
            raise InputError("border.setting", what=what, given=value)
    reverse = _reverse(given)

    def some(start: int, _: None) -> list[tuple[NDArray[np.int16], int, float]]:
        return [
            grow(given.first, given.zone, reverse, mass, wanted, _state(seed, k), tolerance, TRIES)
            for k in range(start, min(start + _TASK, count))
        ]

    tasks = range(0, count, _TASK)
    found = [
        each
        for batch in in_order(some, tasks, lambda: None, thread_count(threads))
        for each in batch
    ]
    for _, _, deviation in found:
        if deviation > tolerance:
            raise RangeError(
                "border.not_balanced",
                tries=TRIES,
                tolerance=tolerance,
                best=deviation,
                lump=float(mass.max() / wanted.min()),
            )
    part = np.stack([labels for labels, _, _ in found])
    return Partitions(
        part=part,
        sizes=np.stack([np.bincount(row, mass, len(wanted)) for row in part]),
        deviation=np.array([deviation for _, _, deviation in found]),
        cut_share=np.array([cut_share(given, row) for row in part]),
        tries=np.array([tries for _, tries, _ in found]),
    )


def _check_neighbours(given: Neighbours) -> None:
    first, zone = given.first, given.zone
    if first[0] != 0 or first[-1] != len(zone) or (np.diff(first) < 0).any():
        raise InputError("border.neighbours_shape", neighbours=len(zone), given=first.tolist()[:9])
    wrong = (zone < 0) | (zone >= len(given))
    if wrong.any():
        raise InputError(
            "border.neighbour_range", given=int(zone[np.argmax(wrong)]), last=len(given) - 1
        )
    pieces, piece = _pieces(given)
    if pieces > 1:
        counts = np.bincount(piece)
        raise InputError(
            "border.in_pieces",
            pieces=pieces,
            largest=int(counts.max()),
            zone=int(np.argmax(piece != counts.argmax())),
        )


def _check_sizes(sizes: ArrayLike | None, zones: int) -> Reals:
    if sizes is None:
        return np.ones(zones)
    mass = np.asarray(sizes, np.float64)
    if mass.shape != (zones,):
        raise InputError("border.zone_shape", what="sizes", given=mass.shape, zones=zones)
    wrong = ~(np.isfinite(mass) & (mass >= 0))
    if not wrong.any() and mass.sum() == 0:
        wrong[:] = True
    if wrong.any():
        zone = int(np.argmax(wrong))
        raise InputError("border.zone_size", zone=zone, given=float(mass[zone]))
    return mass


def _check_parts(parts: ArrayLike, zones: int) -> Reals:
    wanted = np.asarray(parts, np.float64)
    good = wanted.ndim == 1 and 2 <= wanted.size <= min(zones, np.iinfo(np.int16).max)
    if not good or not (np.isfinite(wanted) & (wanted > 0)).all():
        raise InputError("border.part_sizes", zones=zones, given=wanted.tolist())
    return wanted


def _pieces(given: Neighbours) -> tuple[int, Rows]:
    """Return the number of connected pieces and the piece of each zone."""
    links = csr_array(
        (np.ones(len(given.zone), np.int8), given.zone, given.first), shape=(len(given),) * 2
    )
    count, piece = connected_components(links, directed=False)
    return int(count), np.asarray(piece, np.int64)


def _reverse(given: Neighbours) -> Rows:
    """Return where each link stands seen from its other end."""
    zones = len(given)
    start = np.repeat(np.arange(zones), np.diff(given.first))
    there, back = start * zones + given.zone, given.zone.astype(np.int64) * zones + start
    order = np.argsort(there, kind="stable")
    place = np.minimum(np.searchsorted(there[order], back), max(len(order) - 1, 0))
    wrong = there[order][place] != back
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("border.one_sided", zone=int(start[row]), neighbour=int(given.zone[row]))
    return np.asarray(order[place], np.int64)


def _state(seed: int, k: int) -> np.uint64:
    """Return the random state that partition k begins with."""
    return np.uint64(np.random.SeedSequence([seed, k]).generate_state(1, np.uint64)[0])
