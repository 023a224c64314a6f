"""One path: the arcs of a quickest route, for drawing and explaining.

The times from all nodes to the target are one backward sweep. An arc is *tight* if it brings
the target nearer by just its own time; breadth-first search over tight arcs finds, of all
quickest paths, one of fewest arcs. (Following any tight arc would not do: arcs of no time can
run in circles.)
"""

import numpy as np

from .graph import UNREACHABLE
from .kernels import kernel


@kernel
def tight_path(first, arc_rows, head, times, to_target, source, target):  # type: ignore[no-untyped-def]
    """Return the arcs of a quickest path, in order.

    Parameters
    ----------
    first, arc_rows
        Arcs by tail, see `graph.outgoing`.
    head, times
        The user's arcs, milliseconds.
    to_target
        Time from every node to the target, uint32 (n,); finite at `source`.
    source, target
        Nodes.
    """
    n = len(first) - 1
    far = np.uint32(UNREACHABLE)
    came_by = np.full(n, -1, np.int64)
    came_from = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    queue[0] = source
    came_from[source] = source
    front = 0
    end = 1
    while front < end and came_from[target] < 0:
        v = queue[front]
        front += 1
        for i in range(first[v], first[v + 1]):
            a = arc_rows[i]
            u = head[a]
            if came_from[u] >= 0 or times[a] == far or to_target[u] == far:
                continue
            if np.int64(to_target[u]) + np.int64(times[a]) == np.int64(to_target[v]):
                came_from[u] = v
                came_by[u] = a
                queue[end] = u
                end += 1
    length = 0
    v = target
    while v != source:
        length += 1
        v = came_from[v]
    arcs = np.empty(length, np.int64)
    v = target
    for i in range(length - 1, -1, -1):
        arcs[i] = came_by[v]
        v = came_from[v]
    return arcs
