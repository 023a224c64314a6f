"""Sweeps: labels of 64 sources at a time, or of one, from the top of the hierarchy down.

A shortest path climbs from its source to some common ancestor and descends to its target. A
batch of sources first *climbs*: labels of the sources' ancestors, the few rows of a table. Then
the batch *descends* through the nodes of a plan, in preorder. A node's label is the least over
its ancestors' labels, and of those only the ones on the present root path are alive: the label
of a node lies in the *slot* of its depth, and all slots together stay in the cache.

Sources: Delling, Goldberg, Nowatzyk, Werneck (2011), PHAST; Delling, Goldberg, Werneck (2011),
Faster Batched Shortest Paths in Road Networks (restriction to targets).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from .graph import UNREACHABLE, Milliseconds, Nodes
from .hierarchy import Hierarchy, Offsets
from .lanes import BLOCK, LANES, ROW_BYTES, clear, copy, lift, relax, turn_block
from .metric import Metric, Packed

_FAR = np.uint32(UNREACHABLE)
#: Subtrees of about these sizes can be skipped as a whole once out of reach.
_CELL_SIZES = np.array([64, 256, 1024, 8192, 65536], np.int64)


class Plan(NamedTuple):
    """The nodes a descent visits, ancestors first, closed under "needs the label of".

    Attributes
    ----------
    node : int32 (m,)
        Positions, ascending.
    depth : int32 (m,)
        The slot the node's label is put in.
    first : int64 (m + 1,)
    slot : int32
    weight : uint32
        Arcs from ancestors, as in `metric.Packed`.
    emit : int32 (m,)
        Row of the result the node's label goes to, or -1.
    cell : int32 (m,)
        The cell that begins at this place, or -1. A cell is a subtree.
    cell_end : int64 (cells,)
        Place after the cell's last node.
    border_first : int64 (cells + 1,)
    border : int32
        Slots of all ancestors a path into the cell can come from.
    same : int32 (rows,)
        The row of the result that gives the label of each row: itself, or for a node asked for
        more than once the first.
    """

    node: Nodes
    depth: Nodes
    first: Offsets
    slot: Nodes
    weight: Milliseconds
    emit: Nodes
    cell: Nodes
    cell_end: Offsets
    border_first: Offsets
    border: Nodes
    same: Nodes

    @property
    def rows(self) -> int:
        """Rows of the result."""
        return len(self.same)


def plan_for(hierarchy: Hierarchy, down: Packed, wanted: Nodes | None) -> Plan:
    """Return the plan that gives the labels of some nodes.

    Parameters
    ----------
    hierarchy, down
        The network, and its arcs in the direction of the descent.
    wanted
        Positions; row i of the result is ``wanted[i]``. None for all of the user's nodes in
        their order.
    """
    emit = np.full(len(hierarchy.parent), -1, np.int32)
    targets = hierarchy.position if wanted is None else wanted
    rows = np.arange(len(targets), dtype=np.int32)
    emit[targets[::-1]] = rows[::-1]  # the first of equals stays
    same = emit[targets]
    parts: Any = _make_plan(
        hierarchy.parent, hierarchy.depth, hierarchy.size, hierarchy.first, hierarchy.head,
        down.first, down.head, down.slot, down.weight, emit, _CELL_SIZES,
    )  # fmt: skip
    return Plan(*parts, same=same)


@njit(cache=True, nogil=True)
def _make_plan(  # type: ignore[no-untyped-def]
    parent, depth, size, first, head, down_first, down_head, down_slot, down_weight, emit, sizes
):
    n = len(parent)
    needed = emit >= 0
    count = 0
    arcs = 0
    for v in range(n - 1, -1, -1):
        if needed[v]:
            count += 1
            for a in range(down_first[v], down_first[v + 1]):
                needed[down_head[a]] = True
                arcs += 1
    node = np.empty(count, np.int32)
    node_depth = np.empty(count, np.int32)
    node_emit = np.empty(count, np.int32)
    node_first = np.zeros(count + 1, np.int64)
    slot = np.empty(arcs, np.int32)
    weight = np.empty(arcs, np.uint32)
    cell = np.full(count, -1, np.int32)
    cells = 0
    borders = 0
    i = 0
    top = 0
    for v in range(n):
        if not needed[v]:
            continue
        node[i] = v
        node_depth[i] = depth[v]
        node_emit[i] = emit[v]
        for a in range(down_first[v], down_first[v + 1]):
            slot[top] = down_slot[a]
            weight[top] = down_weight[a]
            top += 1
        node_first[i + 1] = top
        above = size[parent[v]] if parent[v] >= 0 else n + 1
        for bound in sizes:
            if bound // 8 < size[v] <= bound < above:
                cell[i] = cells
                cells += 1
                borders += first[v + 1] - first[v]
                break
        i += 1
    cell_end = np.empty(cells, np.int64)
    border_first = np.zeros(cells + 1, np.int64)
    border = np.empty(borders, np.int32)
    top = 0
    for i in range(count):
        c = cell[i]
        if c >= 0:
            v = node[i]
            cell_end[c] = np.searchsorted(node, v + size[v])
            for k in range(first[v], first[v + 1]):
                # Not needed means no arc into the cell comes from there.
                if needed[head[k]]:
                    border[top] = depth[head[k]]
                    top += 1
            border_first[c + 1] = top
    return (
        node, node_depth, node_first, slot, weight, node_emit,
        cell, cell_end, border_first, border[:top].copy(),
    )  # fmt: skip


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
    results : uint32 (results, LANES)
        Labels asked for.
    """

    climbed: Nodes
    row_of: Nodes
    path: Nodes
    table: Milliseconds
    labels: Milliseconds
    results: Milliseconds


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
        _rows(climb),
        _rows(slots),
        _rows(results),
    )


def _rows(count: int) -> Milliseconds:
    """Return uninitialised rows of lanes that begin at a cache line."""
    raw = np.empty(count * ROW_BYTES + 64, np.uint8)
    start = -raw.ctypes.data % 64
    rows: Milliseconds = raw[start : start + count * ROW_BYTES].view(np.uint32)
    return rows.reshape(count, LANES)


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def fill_times(up, parent, plan, sources, rows, out, space):  # type: ignore[no-untyped-def]
    """Write the times from a batch of sources into rows of `out`.

    Parameters
    ----------
    up, parent, plan
        The network; `plan` with results.
    sources
        Positions, int32, ascending, at most LANES of them.
    rows
        Row of `out` for each source, int64.
    out
        uint32, C-contiguous, shape (any, T) with a column for each row of the plan's results,
        milliseconds.
    space
        See `space_for`.
    """
    count = climb(up, parent, sources, space)
    # In bounds below: slots are depths and `labels` has a row for each; `table` has `count`
    # rows; `results` has a row for each that `emit` and `same` name.
    labels = np.int64(space.labels.ctypes.data)
    table = np.int64(space.table.ctypes.data)
    results = np.int64(space.results.ctypes.data)
    slot = np.int64(plan.slot.ctypes.data)
    weight = np.int64(plan.weight.ctypes.data)
    z = 0
    for i in range(len(plan.node)):
        v = plan.node[i]
        while z < count and space.climbed[z] < v:
            z += 1
        seed = np.int64(0)
        if z < count and space.climbed[z] == v:
            seed = table + z * ROW_BYTES
        depth = np.int64(plan.depth[i])
        relax(labels, slot, weight, plan.first[i], plan.first[i + 1], depth, seed)
        if plan.emit[i] >= 0:
            copy(labels + depth * ROW_BYTES, results + np.int64(plan.emit[i]) * ROW_BYTES)
    for i in range(len(plan.same)):
        if plan.same[i] != i:
            copy(results + np.int64(plan.same[i]) * ROW_BYTES, results + i * ROW_BYTES)
    _turn(space.results, len(plan.same), rows, out)


@njit(cache=True, nogil=True)
def _turn(results, width, rows, out):  # type: ignore[no-untyped-def]
    """Write lane j of `results` into row ``rows[j]`` of `out`."""
    lanes = len(rows)
    targets = np.empty(LANES, np.int64)
    for j in range(lanes):
        targets[j] = np.int64(out.ctypes.data) + rows[j] * width * 4
    whole_lanes = lanes // BLOCK * BLOCK
    whole_width = width // BLOCK * BLOCK
    source = np.int64(results.ctypes.data)
    address = np.int64(targets.ctypes.data)
    for t in range(0, whole_width, BLOCK):
        for j in range(0, whole_lanes, BLOCK):  # a whole block of lanes and of results
            turn_block(source + t * ROW_BYTES + j * 4, ROW_BYTES, address + j * 8, t * 4)
        for j in range(whole_lanes, lanes):
            for i in range(t, t + BLOCK):
                out[rows[j], i] = results[i, j]
    for j in range(lanes):
        for i in range(whole_width, width):
            out[rows[j], i] = results[i, j]


@njit(cache=True, nogil=True)
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
