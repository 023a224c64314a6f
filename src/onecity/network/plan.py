"""Plans: which nodes a descent visits, in what order, and where their labels go."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import Milliseconds, Nodes
from .hierarchy import Hierarchy, Offsets
from .kernels import kernel
from .lanes import BLOCK, PAIR
from .metric import Packed

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
    emit : bool (m,)
        Whether the node's label is asked for; those that are make the rows of the result.
    cell : int32 (m,)
        The cell that begins at this place, or -1. A cell is a subtree that can be skipped
        when nothing gets in: each component, and subtrees of some sizes.
    cell_end : int64 (cells,)
        Place after the cell's last node.
    cell_rows : int32 (cells,)
        Rows of the result that the cell makes.
    border_first : int64 (cells + 1,)
    border : int32
        Slots of all ancestors a path into the cell can come from.
    row : int32 (T, and up to 15 more to make it a multiple of 16)
        Row of the result for each column asked for.
    columns : int64
        T.
    """

    node: Nodes
    depth: Nodes
    first: Offsets
    slot: Nodes
    weight: Milliseconds
    emit: NDArray[np.bool_]
    cell: Nodes
    cell_end: Offsets
    cell_rows: Nodes
    border_first: Offsets
    border: Nodes
    row: Nodes
    columns: int


def plan_for(hierarchy: Hierarchy, down: Packed, wanted: Nodes) -> Plan:
    """Return the plan that gives the labels of some nodes.

    Parameters
    ----------
    hierarchy, down
        The network, and its arcs in the direction of the descent.
    wanted
        Positions, one for each column of the result; repetition is allowed.
    """
    emit = np.zeros(len(hierarchy.parent), np.bool_)
    emit[wanted] = True
    row = np.zeros(-(-len(wanted) // BLOCK) * BLOCK, np.int32)
    row[: len(wanted)] = (np.cumsum(emit) - 1)[wanted]
    parts: Any = _make_plan(
        hierarchy.parent, hierarchy.depth, hierarchy.size, hierarchy.first, hierarchy.head,
        down.first, down.head, down.slot, down.weight, emit, _CELL_SIZES,
    )  # fmt: skip
    fields: Any = (*parts, row, len(wanted))
    return Plan(*fields)


@kernel
def _make_plan(  # type: ignore[no-untyped-def]
    parent, depth, size, first, head, down_first, down_head, down_slot, down_weight, emit, sizes
):
    # Long: three passes over the same arrays that fill one structure.
    n = len(parent)
    needed = emit.copy()
    count = 0
    arcs = 0
    for v in range(n - 1, -1, -1):
        if needed[v]:
            count += 1
            for a in range(down_first[v], down_first[v + 1]):
                needed[down_head[a]] = True
            arcs += -(-(down_first[v + 1] - down_first[v]) // PAIR) * PAIR
    node = np.empty(count, np.int32)
    node_depth = np.empty(count, np.int32)
    node_emit = np.empty(count, np.bool_)
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
        while (top - node_first[i]) % PAIR > 0:  # the last arc again changes no label
            slot[top] = slot[top - 1]
            weight[top] = weight[top - 1]
            top += 1
        node_first[i + 1] = top
        above = size[parent[v]] if parent[v] >= 0 else n + 1
        begins = parent[v] < 0
        for bound in sizes:
            begins = begins or bound // 8 < size[v] <= bound < above
        if begins:
            cell[i] = cells
            cells += 1
            borders += first[v + 1] - first[v]
        i += 1
    rows = np.zeros(count + 1, np.int32)
    for i in range(count):
        rows[i + 1] = rows[i] + node_emit[i]
    cell_end = np.empty(cells, np.int64)
    cell_rows = np.empty(cells, np.int32)
    border_first = np.zeros(cells + 1, np.int64)
    border = np.empty(borders, np.int32)
    top = 0
    for i in range(count):
        c = cell[i]
        if c >= 0:
            v = node[i]
            cell_end[c] = np.searchsorted(node, v + size[v])
            cell_rows[c] = rows[cell_end[c]] - rows[i]
            for k in range(first[v], first[v + 1]):
                # Not needed means no arc into the cell comes from there.
                if needed[head[k]]:
                    border[top] = depth[head[k]]
                    top += 1
            border_first[c + 1] = top
    return (
        node, node_depth, node_first, slot, weight, node_emit,
        cell, cell_end, cell_rows, border_first, border[:top].copy(),
    )  # fmt: skip
