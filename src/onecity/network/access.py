"""Access: what can be reached within a time, summed at every node, never storing a matrix.

Every batch of opportunity nodes is swept once; at each node visited, the amounts of the lanes
within the limit are added up. Cells of the hierarchy whose whole border is beyond the limit
are skipped.

Sums are float64 and must not depend on the number of threads: batches come in fixed groups, a
group is summed by one thread, and the groups' sums are added in order.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError

from .graph import Nodes, first_row, node_ids
from .hierarchy import Hierarchy
from .kernels import kernel
from .lanes import LANES, ROW_BYTES, any_within, dot, relax, sum_within
from .metric import Packed
from .plan import Plan
from .sweep import Space, climb, space_for
from .threads import in_order

#: Batches summed together before they are added to the total.
GROUP = 4
_ROW_F64_BYTES = 8 * LANES


class Weighting(NamedTuple):
    """How a time turns into a weight.

    Attributes
    ----------
    limits : int64 (L,)
        Milliseconds, ascending. With a decay, one: the time beyond which nothing counts.
    table : float64
        Weight at whole seconds, joined by straight lines; empty without decay.
    """

    limits: NDArray[np.int64]
    table: NDArray[np.float64]


Decay = Callable[[NDArray[np.float64]], ArrayLike]


@kernel
def add_batch(up, parent, plan, sources, amounts, weighting, total, space):  # type: ignore[no-untyped-def]
    """Add what a batch of opportunity nodes gives to every node of a plan.

    Parameters
    ----------
    up, parent, plan
        The network in the direction from the opportunities.
    sources
        Positions of the opportunities, int32, ascending, at most LANES of them.
    amounts
        float64 (C, LANES), C-contiguous; zero in lanes without a source.
    weighting
        See `Weighting`.
    total
        float64 (plan nodes, L, C), added to.
    space
        See `sweep.space_for`.
    """
    count = climb(up, parent, sources, space)
    # In bounds below: slots are depths and `labels` has a row for each; `table` has `count`
    # rows; `amounts` and `factors` have LANES items a row.
    labels = np.int64(space.labels.ctypes.data)
    table = np.int64(space.table.ctypes.data)
    slot = np.int64(plan.slot.ctypes.data)
    weight = np.int64(plan.weight.ctypes.data)
    amount = np.int64(amounts.ctypes.data)
    factors = np.zeros(LANES)
    farthest = weighting.limits[-1]
    columns = len(amounts)
    z = 0
    i = 0
    while i < len(plan.node):
        v = plan.node[i]
        while z < count and space.climbed[z] < v:
            z += 1
        c = plan.cell[i]
        if c >= 0 and not _enters(plan, c, space, z, count, labels, farthest):
            i = plan.cell_end[c]
            continue
        i, z = _descend(
            plan.node, plan.depth, plan.first, plan.cell, space.climbed, space.labels,
            i, z, count, labels, table, slot, weight,
            weighting.limits, weighting.table, factors, columns, amount, total,
        )  # fmt: skip


@kernel
def _descend(  # type: ignore[no-untyped-def]
    node, depth, first, cell, climbed, rows,
    i, z, count, labels, table, slot, weight,
    limits, decay, factors, columns, amount, total,
):  # fmt: skip
    """Label and sum the nodes of a plan from place i up to where the next cell begins.

    The innermost loop, alone so that the compiler sees how simple it is. Arguments as in
    `add_batch`; returns where it stopped, and `z` there.
    """
    farthest = limits[-1]
    factor = np.int64(factors.ctypes.data)
    while True:
        v = node[i]
        while z < count and climbed[z] < v:
            z += 1
        seed = np.int64(0)
        if z < count and climbed[z] == v:
            seed = table + z * ROW_BYTES
        here = np.int64(depth[i])
        relax(labels, slot, weight, first[i], first[i + 1], here, seed, np.int64(0))
        row = labels + here * ROW_BYTES
        if any_within(row, farthest):
            if len(decay) > 0:
                _weigh(rows[here], farthest, decay, factors)
                for k in range(columns):
                    total[i, 0, k] += dot(factor, amount + k * _ROW_F64_BYTES)
            else:
                for j in range(len(limits)):
                    for k in range(columns):
                        within = sum_within(row, limits[j], amount + k * _ROW_F64_BYTES)
                        total[i, j, k] += within
        i += 1
        if i == len(node) or cell[i] >= 0:
            return i, z


@partial(kernel, inline="always")  # or else every array is counted in and out of each call
def _enters(plan, c, space, z, count, labels, limit):  # type: ignore[no-untyped-def]
    """Return whether a time up to `limit` gets into cell c.

    `z`: the first of the `count` positions climbed to that is not before the cell; `labels`:
    address of the rows by slot.
    """
    end = plan.cell_end[c]
    # A cell is a range of positions, ending before that of the next place in the plan.
    if z < count and (end == len(plan.node) or space.climbed[z] < plan.node[end]):
        return True
    for b in range(plan.border_first[c], plan.border_first[c + 1]):
        if any_within(labels + np.int64(plan.border[b]) * ROW_BYTES, limit):
            return True
    return False


@partial(kernel, error_model="numpy")
def _weigh(times, limit, table, factors):  # type: ignore[no-untyped-def]
    """Write the weight of every lane's time (without branches: so the compiler vectorises)."""
    most = np.uint32(limit)
    for lane in range(LANES):
        time = min(times[lane], most)
        second = np.int64(np.uint32(time // np.uint32(1000)))
        part = (np.int64(time) - second * 1000) / 1000.0
        weight = table[second] + part * (table[second + 1] - table[second])
        factors[lane] = weight if times[lane] <= most else 0.0


def access_sums(
    hierarchy: Hierarchy,
    up: Packed,
    plan: Plan,
    positions: Nodes,
    amounts: NDArray[np.float64],
    weighting: Weighting,
    threads: int,
) -> NDArray[np.float64]:
    """Return what can be reached from every node of a plan.

    Parameters
    ----------
    hierarchy, up, plan
        The network in the direction from the opportunities.
    positions
        Positions of the opportunities, ascending, all different, shape (O,).
    amounts
        Shape (C, O).
    weighting
        See `Weighting`.
    threads
        How many; the result does not depend on it.

    Returns
    -------
    float64, shape (plan nodes, L, C).
    """
    shape = (len(plan.node), len(weighting.limits), len(amounts))
    total = np.zeros(shape)
    batches = range(0, len(positions), LANES)
    groups = [batches[k : k + GROUP] for k in range(0, len(batches), GROUP)]

    def sum_group(group: range, space: Space) -> NDArray[np.float64]:
        part = np.zeros(shape)
        lanes = np.zeros((len(amounts), LANES))
        for start in group:
            sources = positions[start : start + LANES]
            lanes[:, : len(sources)] = amounts[:, start : start + LANES]
            lanes[:, len(sources) :] = 0.0
            add_batch(up, hierarchy.parent, plan, sources, lanes, weighting, part, space)
        return part

    for part in in_order(sum_group, groups, lambda: space_for(hierarchy, 0), threads):
        total += part
    return total


def decay_table(decay: Decay | ArrayLike, limit: int) -> NDArray[np.float64]:
    """Return the weights of whole seconds 0, 1, ... up to one beyond a limit.

    Parameters
    ----------
    decay
        A function of seconds (an array in, an array of the same shape out), or the weights of
        the seconds 0, 1, ... themselves; after the last of them the weight is zero.
    limit
        Milliseconds.

    Raises
    ------
    InputError
        The weights have a wrong shape or are not finite numbers.
    """
    seconds = np.arange(limit // 1000 + 2, dtype=np.float64)
    try:
        given = np.asarray(decay(seconds) if callable(decay) else decay, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("network.decay_not_numbers", given=str(error)) from error
    if given.ndim != 1 or (callable(decay) and given.shape != seconds.shape):
        raise InputError("network.decay_shape", given=given.shape, needed=seconds.shape)
    if (row := first_row(~np.isfinite(given))) is not None:
        raise InputError("network.decay_not_finite", second=row, given=given[row])
    table = np.zeros(len(seconds))
    kept = min(len(given), len(seconds))
    table[:kept] = given[:kept]
    return table


def opportunity_amounts(
    opportunities: ArrayLike, nodes: ArrayLike | None, n: int
) -> tuple[NDArray[np.float64], Nodes]:
    """Return amounts, shape (rows, C), and the node of each row.

    Raises
    ------
    InputError
        Wrong shapes, amounts that are not finite numbers, or nodes that do not exist.
    """
    try:
        amounts = np.asarray(opportunities, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("network.amounts_not_numbers", given=str(error)) from error
    rows = np.arange(n, dtype=np.int32) if nodes is None else node_ids(nodes, n, "nodes")
    if amounts.ndim not in (1, 2) or len(amounts) != len(rows):
        raise InputError("network.amounts_shape", given=amounts.shape, rows=len(rows))
    columns = amounts if amounts.ndim == 2 else amounts[:, None]
    wrong: NDArray[np.bool_] = ~np.isfinite(columns)
    if (row := first_row(np.any(wrong, axis=1))) is not None:
        column = int(np.argmax(wrong[row]))
        given = columns[row, column]
        raise InputError("network.amount_not_finite", row=row, column=column, given=given)
    return columns, rows


def gathered(amounts: NDArray[np.float64], positions: Nodes) -> tuple[NDArray[np.float64], Nodes]:
    """Return amounts added up by position, shape (C, O), and the O positions, ascending."""
    busy = (amounts != 0).any(axis=1)
    places, row = np.unique(positions[busy], return_inverse=True)
    summed = np.zeros((amounts.shape[1], len(places)))
    for k in range(amounts.shape[1]):
        summed[k] = np.bincount(row, amounts[busy, k], len(places))
    return summed, places
