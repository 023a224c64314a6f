"""Who wants to go where: trips of a class of vehicles, and what it pays beside its time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network.graph import Nodes, first_row, node_ids

from .delays import Reals, amounts
from .paths import Pairs
from .roads import Roads


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Trips of one class of vehicles.

    Attributes
    ----------
    origin, destination : (rows,)
        Node ids.
    trips : (rows,)
        Vehicles, at least 0. Rows of the same two nodes add up.
    extra : (arcs,) or one number
        What an arc costs this class beside its time, in units of time; see
        `generalised_cost`. +inf closes the arc to the class.
    size : float
        Passenger car units of one vehicle, above 0: how much room it takes.
    name : str
        For tables and messages.
    """

    origin: ArrayLike
    destination: ArrayLike
    trips: ArrayLike
    extra: ArrayLike = 0.0
    size: float = 1.0
    name: str = field(default="car", kw_only=True)

    @classmethod
    def from_matrix(
        cls,
        matrix: ArrayLike,
        nodes: ArrayLike,
        *,
        extra: ArrayLike = 0.0,
        size: float = 1.0,
        name: str = "car",
    ) -> "Demand":
        """Return the demand of a square matrix, rows origins, columns destinations.

        Parameters
        ----------
        matrix
            Vehicles, shape (Z, Z).
        nodes
            Node of each zone, shape (Z,).
        extra, size, name
            See `Demand`.
        """
        values = np.asarray(matrix, dtype=np.float64)
        ids = np.asarray(nodes)
        if values.ndim != 2 or values.shape != (ids.size, ids.size):
            raise InputError("assignment.matrix_shape", given=values.shape, zones=ids.size)
        # What is not zero, so that NaN and negative trips are told of and not dropped.
        row, column = np.nonzero(values)
        return cls(ids[row], ids[column], values[row, column], extra, size, name=name)


class Checked(NamedTuple):
    """All classes together, as the kernels read them.

    Attributes
    ----------
    pairs
        Pairs of different nodes with demand, each once.
    key : int64 (pairs,)
        Class, origin and destination in one number, ascending.
    row_pair : for each class int64 (rows,)
        Pair of each row; -1 where it has no trips, -2 where it stays at its node.
    fixed : float64 (classes, arcs)
    size : float64 (classes,)
    trips : for each class float64 (rows,)
    """

    pairs: Pairs
    key: NDArray[np.int64]
    row_pair: tuple[NDArray[np.int64], ...]
    fixed: Reals
    size: Reals
    trips: tuple[Reals, ...]


def generalised_cost(*terms: tuple[float, ArrayLike]) -> Reals:
    """Return weights times values of the arcs, added up, in units of time.

    >>> generalised_cost((0.04, [10.0, 20.0]), (0.02, [0.0, 50.0]))
    array([0.4, 1.8])

    Parameters
    ----------
    terms
        A weight, as minutes per kilometre, and the values, as kilometres, shape (arcs,).

    Raises
    ------
    InputError
        Weights or values that are negative or not finite, or of different lengths.
    """
    if not terms:
        raise InputError("assignment.no_terms")
    count = np.size(terms[0][1])
    total = np.zeros(count)
    for weight, values in terms:
        total += amounts(weight, 1, "weight")[0] * amounts(values, count, "values")
    return total


def checked(roads: Roads, demands: Sequence[Demand]) -> Checked:
    """Return all classes together, or say what is wrong with one.

    Raises
    ------
    InputError
        No class; nodes that do not exist; trips, sizes or costs that are negative or missing;
        arrays of different lengths.
    """
    if not demands:
        raise InputError("assignment.no_demand")
    fixed = np.stack([_extra(roads, one) for one in demands])
    size = np.array([_size(one) for one in demands])
    rows = [_rows(roads, one) for one in demands]
    n = np.int64(roads.n)
    keys, pcu, kept = [], [], []
    for m, (origin, destination, trips) in enumerate(rows):
        wanted = (trips > 0) & (origin != destination)
        key = (m * n + origin.astype(np.int64)) * n + destination
        keys.append(key[wanted])
        pcu.append(trips[wanted] * size[m])
        kept.append(np.where(wanted, 0, np.where(trips > 0, -2, -1)).astype(np.int64))
    key, pair = np.unique(np.concatenate(keys), return_inverse=True)
    amount = np.bincount(pair, np.concatenate(pcu), len(key)).astype(np.float64)
    start = 0
    for row_pair in kept:
        wanted = row_pair == 0
        row_pair[wanted] = pair[start : start + wanted.sum()]
        start += int(wanted.sum())
    pairs = Pairs(
        (key // (n * n)).astype(np.int32), roads.leave[key // n % n], roads.arrive[key % n], amount
    )
    return Checked(pairs, key, tuple(kept), fixed, size, tuple(trips for _, _, trips in rows))


def _rows(roads: Roads, one: Demand) -> tuple[Nodes, Nodes, Reals]:
    origin = node_ids(one.origin, roads.n, "origin")
    destination = node_ids(one.destination, roads.n, "destination")
    if len(origin) != len(destination):
        raise InputError(
            "assignment.rows", name=one.name, origins=len(origin), destinations=len(destination)
        )
    return origin, destination, amounts(one.trips, len(origin), "trips")


def _extra(roads: Roads, one: Demand) -> Reals:
    extra = np.asarray(one.extra, dtype=np.float64)
    closed = np.isposinf(extra)
    values = amounts(np.where(closed, 0.0, extra), roads.arcs, "extra").copy()
    values[np.broadcast_to(closed, values.shape)] = np.inf
    return values


def _size(one: Demand) -> float:
    size = np.array([one.size], np.float64)
    if first_row(~np.isfinite(size) | (size <= 0)) is not None:
        raise InputError("assignment.bad_size", name=one.name, given=one.size)
    return float(size[0])
