"""What can be read off an assignment: who uses a road, where a zone's trips go, what trips meet.

Flows of arcs are the only ones an equilibrium has; how they divide into paths is not. What is
read off paths here holds for those that were found, and may differ a little from a solution
reached in another way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network.graph import first_row, node_ids, whole_numbers

from .compiled import kernel
from .delays import Reals, amounts
from .paths import room_for
from .results import Assignment
from .solve import with_ancestors
from .trees import customise, sweep, unpack


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The part of an assignment that was chosen.

    Attributes
    ----------
    trips : for each class float64 (rows,)
        Vehicles of each row of the class's demand.
    class_flow : float64 (classes, arcs)
        Vehicles of these trips on every arc.
    """

    trips: tuple[Reals, ...]
    class_flow: Reals


def select_link(found: Assignment, arcs: ArrayLike, *, every: bool = False) -> Selection:
    """Return the trips that use some arcs, and where else they drive.

    Parameters
    ----------
    found
        An assignment.
    arcs
        Rows of arcs, at least one.
    every
        Whether a trip must use all of them, not just one.

    Raises
    ------
    InputError
        No arc, or one that does not exist.
    """
    chosen = np.unique(whole_numbers(arcs, "arcs"))
    if chosen.size == 0:
        raise InputError("assignment.no_arcs")
    if (row := first_row((chosen < 0) | (chosen >= found.roads.arcs))) is not None:
        raise InputError("assignment.no_such_arc", given=chosen[row], arcs=found.roads.arcs)
    marked = np.zeros(found.roads.arcs, np.bool_)
    marked[chosen] = True
    return _selected(found, _uses(found.paths, marked, chosen.size if every else 1))


def select_zone(
    found: Assignment,
    *,
    origins: ArrayLike | None = None,
    destinations: ArrayLike | None = None,
) -> Selection:
    """Return the trips from some nodes, to some nodes, or both, and where they drive.

    Parameters
    ----------
    found
        An assignment.
    origins, destinations
        Node ids; None for all.

    Raises
    ------
    InputError
        A node that does not exist.
    """
    n = found.roads.n
    of_pair = np.ones(len(found.demand.key), np.bool_)
    ends = (found.demand.key // n % n, origins, "origins"), (
        found.demand.key % n, destinations, "destinations",
    )  # fmt: skip
    for node, chosen, what in ends:
        if chosen is not None:
            of_pair &= np.isin(node, node_ids(chosen, n, what))
    return _selected(found, np.repeat(of_pair, np.diff(found.paths.first)))


def skim(found: Assignment, values: ArrayLike, *, group: int = 0) -> Reals:
    """Return what trips meet on their way, the mean of the paths they take.

    Parameters
    ----------
    found
        An assignment.
    values
        Of each arc, as its length or ``found.time``, shape (arcs,), at least 0.
    group
        Class of vehicles.

    Returns
    -------
    float64, for each row of the class's demand: 0 where it stays at its node, NaN where it has
    no trips or no path.
    """
    mean = _means(found.paths, amounts(values, found.roads.arcs, "values"))
    of_row: Reals = np.append(mean, [0.0, np.nan])[found.demand.row_pair[group]]
    return of_row


def cheapest(
    found: Assignment,
    origins: ArrayLike,
    destinations: ArrayLike,
    values: ArrayLike | None = None,
    *,
    group: int = 0,
) -> Reals:
    """Return the cost of cheapest paths at the costs found, with or without demand.

    Parameters
    ----------
    found
        An assignment.
    origins, destinations
        Node ids, shapes (O,) and (D,).
    values
        Added up along these paths instead of the cost, shape (arcs,), at least 0.
    group
        Class of vehicles.

    Returns
    -------
    float64, shape (O, D). +inf where there is no path, 0 from a node to itself.

    Raises
    ------
    InputError
        A node that does not exist, values that are missing or of a wrong shape.
    """
    roads = found.roads
    source = node_ids(origins, roads.n, "origins")
    target = node_ids(destinations, roads.n, "destinations")
    added = None if values is None else amounts(values, roads.arcs, "values")
    weights, room = room_for(roads.shape)
    wanted = with_ancestors(roads.shape.parent, roads.arrive[target])
    matrix: Reals = _cheapest_matrix(
        roads.shape, wanted, found.cost[group], roads.leave[source], roads.arrive[target],
        np.zeros(0) if added is None else added, weights, room,
    )  # fmt: skip
    matrix[source[:, None] == target] = 0.0
    return matrix


def _selected(found: Assignment, kept: NDArray[np.bool_]) -> Selection:
    volume = np.zeros_like(found.class_flow)
    part = _load_kept(found.demand.pairs, found.paths, kept, volume)
    shares = np.append(part / found.demand.pairs.amount, [0.0, 0.0])
    trips = tuple(
        all_trips * shares[pair]
        for all_trips, pair in zip(found.demand.trips, found.demand.row_pair, strict=True)
    )
    return Selection(trips, volume / found.demand.size[:, None])


@kernel
def _uses(paths, marked, needed):  # type: ignore[no-untyped-def]
    """Return for each path whether so many of its arcs are marked."""
    kept = np.zeros(len(paths.flow), np.bool_)
    for p in range(len(paths.flow)):
        count = 0
        for i in range(paths.begin[p], paths.begin[p + 1]):
            count += marked[paths.arcs[i]]
        kept[p] = count >= needed
    return kept


@kernel
def _load_kept(pairs, paths, kept, volume):  # type: ignore[no-untyped-def]
    """Add the flow of kept paths to (classes, arcs); return how much of each pair they carry."""
    part = np.zeros(len(pairs.group))
    for r in range(len(pairs.group)):
        on = volume[pairs.group[r]]
        for p in range(paths.first[r], paths.first[r + 1]):
            if not kept[p]:
                continue
            part[r] += paths.flow[p]
            for i in range(paths.begin[p], paths.begin[p + 1]):
                on[paths.arcs[i]] += paths.flow[p]
    return part


@kernel
def _means(paths, values):  # type: ignore[no-untyped-def]
    """Return the mean of a pair's paths, weighted by their flow; NaN without flow."""
    mean = np.empty(len(paths.first) - 1)
    for r in range(len(mean)):
        total = 0.0
        flow = 0.0
        for p in range(paths.first[r], paths.first[r + 1]):
            flow += paths.flow[p]
            for i in range(paths.begin[p], paths.begin[p + 1]):
                total += paths.flow[p] * values[paths.arcs[i]]
        mean[r] = total / flow if flow > 0.0 else np.nan
    return mean


@kernel
def _cheapest_matrix(shape, wanted, cost, source, target, values, weights, room):  # type: ignore[no-untyped-def]
    """Return costs of cheapest paths between positions, or the sums of `values` if there are."""
    matrix = np.empty((len(source), len(target)))
    customise(shape.first, shape.head, shape.place, shape.upward, cost, weights)
    for s in range(len(source)):
        sweep(shape.first, shape.head, shape.parent, wanted, weights, source[s], room.dist, room.by)
        for t in range(len(target)):
            matrix[s, t] = room.dist[target[t]]
            if len(values) == 0 or matrix[s, t] == np.inf or source[s] == target[t]:
                continue
            length = unpack(
                shape.owner, shape.head, weights, room.by, source[s], target[t], shape.ends, room
            )
            total = 0.0
            for i in range(length):
                total += values[room.arcs[i]]
            matrix[s, t] = total
    return matrix
