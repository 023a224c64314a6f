"""Sweeps: labels of 64 sources at a time, or of one, from the top of the hierarchy down.

A shortest path climbs from its source to some common ancestor and descends to its target. A
batch of sources first *climbs*: labels of the sources' ancestors, the few rows of a table. Then
the batch *descends* through the nodes of a plan, in preorder. A node's label is the least over
its ancestors' labels, and of those only the ones on the present root path are alive: the label
of a node lies in the *slot* of its depth, and all slots together stay in the cache.

Sources: Delling, Goldberg, Nowatzyk, Werneck (2011), PHAST; Delling, Goldberg, Werneck (2011),
Faster Batched Shortest Paths in Road Networks (restriction to targets).
"""

from typing import NamedTuple

import numpy as np

from .graph import UNREACHABLE, Milliseconds, Nodes
from .hierarchy import Hierarchy
from .kernels import kernel
from .lanes import (
    BLOCK,
    LANES,
    ROW_BYTES,
    clear,
    fetch,
    lift,
    put,
    put_one,
    put_one_second,
    put_seconds,
    relax,
    settle,
    turn_block,
)
from .metric import Metric
from .plan import Plan

_FAR = np.uint32(UNREACHABLE)
#: Columns turned at a time.
RUN = 512
#: How many columns early a row of results is asked for from memory.
AHEAD = 32


class Space(NamedTuple):
    """Working memory of one thread.

    Attributes
    ----------
    climbed : int32
        Positions a batch has climbed to, ascending.
    row_of : int32 (n,)
        Place of a position in `climbed`; means something only where ``climbed`` agrees.
    path : int32
        Positions on the way up from one source.
    table : uint32 (rows, LANES)
        Labels of the positions in `climbed`.
    labels : uint32 (slots, LANES)
        Labels along the present root path, by depth.
    results : uint32 (results + 1, LANES)
        Labels asked for; the last row is unreachable in all lanes.
    alias : int32 (results,)
        Row that holds the label of a row: itself, or the last for all of a skipped cell.
    row : int32
        As `Plan.row`, but where labels really are.
    corner : uint32 (LANES, RUN and some)
        Labels about to be written.
    """

    climbed: Nodes
    row_of: Nodes
    path: Nodes
    table: Milliseconds
    labels: Milliseconds
    results: Milliseconds
    alias: Nodes
    row: Nodes
    corner: Milliseconds


def space_for(hierarchy: Hierarchy, results: int) -> Space:
    """Return working memory for batches on a network, with `results` rows of results."""
    n = len(hierarchy.parent)
    slots = int(hierarchy.depth.max()) + 1
    # A source has at most `slots` ancestors, itself included.
    climb = min(n, LANES * slots)
    return Space(
        np.zeros(climb, np.int32),
        np.zeros(n, np.int32),
        np.empty(slots, np.int32),
        _rows(climb, LANES),
        _rows(slots, LANES),
        _rows(results + 1, LANES),
        np.arange(results, dtype=np.int32),
        np.empty(-(-results // BLOCK) * BLOCK, np.int32),
        # One line more than a run, lest all lanes fall on the same few sets of the cache.
        _rows(LANES, RUN + BLOCK),
    )


def _rows(count: int, width: int) -> Milliseconds:
    """Return uninitialised rows of labels that begin at a line of the cache."""
    raw = np.empty(4 * count * width + 64, np.uint8)
    start = -raw.ctypes.data % 64
    rows: Milliseconds = raw[start : start + 4 * count * width].view(np.uint32)
    return rows.reshape(count, width)


@kernel
def climb(up, parent, sources, space):  # type: ignore[no-untyped-def]
    """Label all ancestors of a batch; return how many rows of `space.table` are in use.

    `sources`: positions, ascending, at most LANES. In bounds: a row is used for each ancestor
    of a source, and `space.table` has one for each; heads of arcs are ancestors.
    """
    climbed = space.climbed
    row_of = space.row_of
    table = np.int64(space.table.ctypes.data)
    count = 0
    for lane in range(len(sources)):
        x = sources[lane]
        length = 0
        while x >= 0 and not (row_of[x] < count and climbed[row_of[x]] == x):
            space.path[length] = x
            length += 1
            x = parent[x]
        # What is new lies beside all that was there, since sources ascend in preorder: taken
        # from the top, `climbed` stays ascending.
        for i in range(length - 1, -1, -1):
            climbed[count] = space.path[i]
            row_of[space.path[i]] = count
            clear(table + count * ROW_BYTES)
            count += 1
        space.table[row_of[sources[lane]], lane] = 0
    for row in range(count - 1, -1, -1):
        x = climbed[row]
        for a in range(up.first[x], up.first[x + 1]):
            target = table + row_of[up.head[a]] * ROW_BYTES
            lift(table + row * ROW_BYTES, target, np.int64(up.weight[a]))
    return count


@kernel
def _descend(  # type: ignore[no-untyped-def]
    node, depth, first, emit, cell, climbed,
    i, z, row, count, labels, table, result, slot, weight,
):  # fmt: skip
    """Label the nodes of a plan from place i up to where the next cell begins.

    The innermost loop of all, alone so that the compiler sees how simple it is. Arguments as in
    `fill_times`; returns where it stopped, and `z` and `row` there.
    """
    while True:
        v = node[i]
        while z < count and climbed[z] < v:
            z += 1
        seed = np.int64(0)
        if z < count and climbed[z] == v:
            seed = table + z * ROW_BYTES
        target = np.int64(0)
        if emit[i]:
            target = result + row * ROW_BYTES
            row += 1
        relax(labels, slot, weight, first[i], first[i + 1], np.int64(depth[i]), seed, target)
        i += 1
        if i == len(node) or cell[i] >= 0:
            return i, z, row


@kernel
def fill_times(up, parent, plan, sources, rows, milliseconds, seconds, space):  # type: ignore[no-untyped-def]
    """Write the times from a batch of sources into rows of a matrix.

    Parameters
    ----------
    up, parent, plan
        The network and the targets.
    sources
        Positions, int32, ascending, at most LANES of them.
    rows
        Row of the matrix for each source, int64; rows that the matrix has.
    milliseconds, seconds
        The matrix, uint32 or float64, shape (any, plan.columns), C-contiguous. The one that is
        not wanted has no columns.
    space
        See `space_for`; `results` and `row` hold the labels afterwards.
    """
    count = climb(up, parent, sources, space)
    # In bounds below: slots are depths and `labels` has a row for each; `table` has `count`
    # rows; `results` has a row for each node that emits, and one more.
    labels = np.int64(space.labels.ctypes.data)
    table = np.int64(space.table.ctypes.data)
    result = np.int64(space.results.ctypes.data)
    slot = np.int64(plan.slot.ctypes.data)
    weight = np.int64(plan.weight.ctypes.data)
    far_row = len(space.results) - 1
    clear(result + far_row * ROW_BYTES)
    skipped = False
    row = 0
    z = 0
    i = 0
    while i < len(plan.node):
        v = plan.node[i]
        while z < count and space.climbed[z] < v:
            z += 1
        c = plan.cell[i]
        if c >= 0 and plan.border_first[c] == plan.border_first[c + 1]:
            # A component of its own: if no source is in it, all of it is unreachable.
            end = plan.cell_end[c]
            if z == count or (end < len(plan.node) and space.climbed[z] >= plan.node[end]):
                skipped = True
                for k in range(row, row + plan.cell_rows[c]):
                    space.alias[k] = far_row
                row += plan.cell_rows[c]
                i = end
                continue
        i, z, row = _descend(
            plan.node, plan.depth, plan.first, plan.emit, plan.cell, space.climbed,
            i, z, row, count, labels, table, result, slot, weight,
        )  # fmt: skip
    for k in range(len(plan.row)):
        space.row[k] = space.alias[plan.row[k]] if skipped else plan.row[k]
    if skipped:
        for k in range(row):
            space.alias[k] = k
    _turn(plan, rows, milliseconds, seconds, space)


@kernel
def _turn(plan, rows, milliseconds, seconds, space):  # type: ignore[no-untyped-def]
    """Write lane j of `space.results` into row ``rows[j]`` of the matrix.

    A run of columns is turned in a corner of the cache, then each lane's part of it is written
    at one go.
    """
    results = np.int64(space.results.ctypes.data)
    chosen = np.int64(space.row.ctypes.data)
    corner = np.int64(space.corner.ctypes.data)
    stride = np.int64(space.corner.shape[1] * 4)
    for start in range(0, plan.columns, RUN):
        end = min(start + RUN, plan.columns)
        # In bounds: `space.row` is filled up to a multiple of BLOCK and names rows of `results`;
        # LANES and RUN are multiples of BLOCK too; `corner` has a run for each lane.
        for c in range(start, end, BLOCK):
            for k in range(c + AHEAD, min(c + AHEAD + BLOCK, len(plan.row))):
                fetch(results + np.int64(space.row[k]) * ROW_BYTES)
            for lane in range(0, LANES, BLOCK):
                at = corner + lane * stride + (c - start) * 4
                turn_block(results + lane * 4, chosen + c * 4, at, stride)
        for j in range(len(rows)):
            at = corner + j * stride
            if seconds.shape[1] > 0:
                goal = np.int64(seconds.ctypes.data) + (rows[j] * plan.columns + start) * 8
                _write_seconds(at, end - start, goal)
            else:
                goal = np.int64(milliseconds.ctypes.data) + (rows[j] * plan.columns + start) * 4
                _write_milliseconds(at, end - start, goal)
    settle()


# Addresses, not slices, in these two: counting references to a slice is a locked instruction,
# which waits for all that was put past the cache before.
@kernel
def _write_milliseconds(source, count, target):  # type: ignore[no-untyped-def]
    k = 0
    while k < count:
        if (target + k * 4) & 63 == 0 and k + BLOCK <= count:
            put(source + k * 4, target + k * 4)
            k += BLOCK
        else:
            put_one(source + k * 4, target + k * 4)
            k += 1


@kernel
def _write_seconds(source, count, target):  # type: ignore[no-untyped-def]
    k = 0
    while k < count:
        if (target + k * 8) & 63 == 0 and k + BLOCK <= count:
            put_seconds(source + k * 4, target + k * 8)
            k += BLOCK
        else:
            put_one_second(source + k * 4, target + k * 8)
            k += 1


@kernel
def count_far(plan, space, lanes):  # type: ignore[no-untyped-def]
    """Return for each lane how many columns of the result are unreachable."""
    found = np.zeros(lanes, np.int64)
    for c in range(plan.columns):
        for j in range(lanes):
            found[j] += space.results[space.row[c], j] == _FAR
    return found


@kernel
def fill_one(up, parent, plan, source, limit, labels):  # type: ignore[no-untyped-def]
    """Write the times from one source, by position; beyond `limit` they may stay unreachable.

    Parameters
    ----------
    up, parent, plan
        The network; `plan` of all nodes.
    source
        A position.
    limit
        Milliseconds; UNREACHABLE for none.
    labels
        uint32 (n,), written.
    """
    labels[:] = _FAR
    labels[source] = 0
    x = source
    while x >= 0:
        label = labels[x]
        for a in range(up.first[x], up.first[x + 1]):
            u = up.head[a]
            labels[u] = min(labels[u], np.uint32(label + up.weight[a]))
        x = parent[x]
    on_path = np.zeros(plan.depth.max() + 1, np.uint32)  # labels by slot
    i = 0
    while i < len(plan.node):
        c = plan.cell[i]
        if c >= 0 and not i <= source < plan.cell_end[c]:
            near = False
            for b in range(plan.border_first[c], plan.border_first[c + 1]):
                if on_path[plan.border[b]] <= limit:
                    near = True
                    break
            if not near:
                i = plan.cell_end[c]
                continue
        label = labels[i]
        for a in range(plan.first[i], plan.first[i + 1]):
            label = min(label, np.uint32(on_path[plan.slot[a]] + plan.weight[a]))
        labels[i] = label
        on_path[plan.depth[i]] = label
        i += 1


def labels_from(
    hierarchy: Hierarchy, metric: Metric, plan: Plan, node: int, limit: int
) -> Milliseconds:
    """Return the times from one node to all, by node, right up to `limit` at least."""
    labels = np.empty(len(hierarchy.parent), np.uint32)
    fill_one(metric.up, hierarchy.parent, plan, hierarchy.position[node], limit, labels)
    by_node: Milliseconds = labels[hierarchy.position]
    return by_node
