"""Nested dissection by inertial flow: cut a network in two by few arcs, again and again.

The nodes are sorted along a direction. The first quarter is the source, the last quarter the
sink, and the smallest cut between them is a maximum flow with every arc of capacity one each
way (Dinic's algorithm). Four directions are tried; the best ratio of cut to smaller side wins.
The end points of the cut arcs on one side separate the rest.

Source: Schild, Sommer (2015), On Balanced Separators in Road Networks, SEA.
"""

import numpy as np

from .kernels import kernel

#: Sets of nodes up to this size are not cut further.
LEAF = 16
#: Part of the nodes that is source, and that is sink. So each side keeps a quarter at least,
#: whatever the network looks like, and cutting ends after log(n) / log(4 / 3) levels.
QUARTER = 0.25

_MIDDLE, _SOURCE, _SINK = 0, 1, 2
_LEFT, _RIGHT, _CUT = 0, 1, 2


@kernel
def dissect(first, neighbour, x, y):  # type: ignore[no-untyped-def]
    """Return a nested dissection order: the node eliminated first, second, ...; int32 (n,).

    Parameters
    ----------
    first, neighbour
        Undirected graph of n nodes, neighbours ascending.
    x, y
        Place of the nodes in the plane, float64 (n,).
    """
    n = len(first) - 1
    nodes = np.arange(n).astype(np.int32)
    segment = np.full(n, -1, np.int32)
    twin = _twins(first, neighbour)
    flow = np.zeros(len(neighbour), np.int8)
    level = np.empty(n, np.int32)
    kind = np.empty(n, np.int8)
    part = np.empty(n, np.int8)
    next_arc = np.empty(n, np.int64)
    queue = np.empty(n, np.int32)
    path = np.empty(n + 1, np.int64)
    key = np.empty(n)
    scratch = np.empty(n)
    # Two segments are pushed for one popped and their size shrinks by a quarter each level, so
    # 2 * log(2**31) / log(4 / 3) = 150 places are never exceeded.
    low_of = np.empty(256, np.int64)
    high_of = np.empty(256, np.int64)
    low_of[0] = 0
    high_of[0] = n
    top = 1
    name = 0
    while top > 0:
        top -= 1
        low = low_of[top]
        high = high_of[top]
        name += 1
        for i in range(low, high):
            segment[nodes[i]] = name
        if high - low <= LEAF:
            _order_leaf(first, neighbour, segment, name, nodes, low, high)
            continue
        _cut(
            first, neighbour, twin, x, y, segment, name, nodes, low, high,
            flow, level, kind, part, next_arc, queue, path, key, scratch,
        )  # fmt: skip
        a, b = _separate(first, neighbour, segment, name, nodes, low, high, part, queue)
        if a > 0:
            low_of[top] = low
            high_of[top] = low + a
            top += 1
        if b > 0:
            low_of[top] = low + a
            high_of[top] = low + a + b
            top += 1
    return nodes


@kernel
def _twins(first, neighbour):  # type: ignore[no-untyped-def]
    """Return for every arc the place of the opposite arc."""
    n = len(first) - 1
    twin = np.empty(len(neighbour), np.int64)
    seen = first[:-1].copy()
    for v in range(n):  # arcs into u come by ascending v, as u's own neighbours do
        for a in range(first[v], first[v + 1]):
            u = neighbour[a]
            twin[a] = seen[u]
            seen[u] += 1
    return twin


@kernel
def _order_leaf(first, neighbour, segment, name, nodes, low, high):  # type: ignore[no-untyped-def]
    """Sort a small segment by the number of neighbours inside it (insertion sort)."""
    degree = np.empty(high - low, np.int64)
    for i in range(low, high):
        v = nodes[i]
        inside = 0
        for a in range(first[v], first[v + 1]):
            inside += segment[neighbour[a]] == name
        j = i
        while j > low and degree[j - 1 - low] > inside:
            degree[j - low] = degree[j - 1 - low]
            nodes[j] = nodes[j - 1]
            j -= 1
        degree[j - low] = inside
        nodes[j] = v


@kernel
def _cut(  # type: ignore[no-untyped-def]
    first, neighbour, twin, x, y, segment, name, nodes, low, high,
    flow, level, kind, part, next_arc, queue, path, key, scratch,
):  # fmt: skip
    """Write the side of every node in the best cut found into `part`."""
    count = high - low
    wing = max(1, int(count * QUARTER))
    best_flow = np.int64(0)
    best_side = np.int64(0)  # zero: nothing found yet
    for direction in range(4):
        for i in range(count):
            v = nodes[low + i]
            if direction == 0:
                key[i] = x[v]
            elif direction == 1:
                key[i] = y[v]
            elif direction == 2:
                key[i] = x[v] + y[v]
            else:
                key[i] = x[v] - y[v]
        _mark_wings(nodes, low, count, wing, key, scratch, kind)
        for i in range(low, high):
            v = nodes[i]
            for a in range(first[v], first[v + 1]):
                flow[a] = 0
        total = np.int64(0)
        while True:
            if not _levels(
                first, neighbour, segment, name, nodes, low, high, flow, level, kind, queue
            ):
                break
            total += _augment(
                first, neighbour, twin, segment, name, nodes, low, high,
                flow, level, kind, next_arc, path,
            )  # fmt: skip
            # Even with two equal sides this direction could not win any more.
            if best_side > 0 and total * best_side >= best_flow * (count // 2):
                break
        if best_side > 0 and total * best_side >= best_flow * (count // 2):
            continue
        side = np.int64(0)
        for i in range(low, high):
            side += level[nodes[i]] >= 0
        towards_sink = side * 2 < count
        if towards_sink:  # of all smallest cuts, the one nearest to the sink may be fairer
            side = _reach_sink(
                first, neighbour, segment, name, nodes, low, high, flow, level, kind, queue
            )
        smaller = min(side, count - side)
        if best_side == 0 or total * best_side < best_flow * smaller:
            best_flow = total
            best_side = smaller
            for i in range(low, high):
                part[nodes[i]] = _LEFT if level[nodes[i]] >= 0 else _RIGHT


@kernel
def _mark_wings(nodes, low, count, wing, key, scratch, kind):  # type: ignore[no-untyped-def]
    """Mark the `wing` nodes of smallest key as source and those of largest as sink."""
    scratch[:count] = key[:count]
    lower = _select(scratch, 0, count - 1, wing - 1)
    upper = _select(scratch, 0, count - 1, count - wing)
    below = 0
    above = 0
    for i in range(count):
        below += key[i] < lower
        above += key[i] > upper
    # Among equal keys the first nodes go to the source and the last to the sink.
    spare = wing - below
    for i in range(count):
        mark = _MIDDLE
        if key[i] < lower:
            mark = _SOURCE
        elif key[i] == lower and spare > 0:
            mark = _SOURCE
            spare -= 1
        kind[nodes[low + i]] = mark
    spare = wing - above
    for i in range(count - 1, -1, -1):
        v = nodes[low + i]
        if key[i] > upper and kind[v] == _MIDDLE:
            kind[v] = _SINK
        elif key[i] == upper and spare > 0 and kind[v] == _MIDDLE:
            kind[v] = _SINK
            spare -= 1


@kernel
def _select(values, low, high, rank):  # type: ignore[no-untyped-def]
    """Return the value of a rank, reordering `values` (Hoare's selection)."""
    while low < high:
        a = values[low]
        b = values[(low + high) >> 1]
        c = values[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i = low
        j = high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            return values[rank]
    return values[rank]


@kernel
def _levels(first, neighbour, segment, name, nodes, low, high, flow, level, kind, queue):  # type: ignore[no-untyped-def]
    """Level the nodes by residual hops from the source; return whether the sink is reached.

    If it is not, the nodes with a level are one side of a smallest cut.
    """
    for i in range(low, high):
        v = nodes[i]
        level[v] = 0 if kind[v] == _SOURCE else -1
    tail = 0
    for i in range(low, high):
        v = nodes[i]
        if kind[v] == _SOURCE:
            for a in range(first[v], first[v + 1]):
                u = neighbour[a]
                if segment[u] == name and level[u] < 0 and flow[a] < 1:
                    level[u] = 1
                    queue[tail] = u
                    tail += 1
    front = 0
    last = np.int64(1) << 40
    while front < tail:
        v = queue[front]
        front += 1
        if level[v] >= last:
            break
        if kind[v] == _SINK:
            last = level[v]
            continue
        for a in range(first[v], first[v + 1]):
            u = neighbour[a]
            if segment[u] == name and level[u] < 0 and flow[a] < 1:
                level[u] = level[v] + 1
                queue[tail] = u
                tail += 1
    return last < np.int64(1) << 40


@kernel
def _augment(  # type: ignore[no-untyped-def]
    first, neighbour, twin, segment, name, nodes, low, high, flow, level, kind, next_arc, path
):  # fmt: skip
    """Push a blocking flow along rising levels; return what arrived at the sink."""
    for i in range(low, high):
        v = nodes[i]
        next_arc[v] = first[v]
    arrived = 0
    for i in range(low, high):
        start = nodes[i]
        if kind[start] != _SOURCE:
            continue
        # `path` holds the arcs from `start` to v; levels rise along it, so it is shorter than n.
        v = start
        length = 0
        while True:
            if kind[v] == _SINK:
                for j in range(length):
                    flow[path[j]] += 1
                    flow[twin[path[j]]] -= 1
                arrived += 1
                v = start
                length = 0
                continue
            a = next_arc[v]
            if a < first[v + 1]:
                u = neighbour[a]
                if segment[u] == name and flow[a] < 1 and level[u] == level[v] + 1:
                    path[length] = a
                    length += 1
                    v = u
                else:
                    next_arc[v] = a + 1
            elif length > 0:
                length -= 1
                back = path[length]
                v = neighbour[twin[back]]
                next_arc[v] = back + 1
            else:
                break
    return arrived


@kernel
def _reach_sink(first, neighbour, segment, name, nodes, low, high, flow, level, kind, queue):  # type: ignore[no-untyped-def]
    """Give level -1 to the nodes that can still reach the sink, 0 to all others; count these."""
    tail = 0
    for i in range(low, high):
        v = nodes[i]
        level[v] = 0
        if kind[v] == _SINK:
            level[v] = -1
            queue[tail] = v
            tail += 1
    front = 0
    while front < tail:
        v = queue[front]
        front += 1
        for a in range(first[v], first[v + 1]):
            u = neighbour[a]
            # the residual of u -> v is one plus the flow of v -> u
            if segment[u] == name and level[u] == 0 and flow[a] > -1:
                level[u] = -1
                queue[tail] = u
                tail += 1
    return high - low - tail


@kernel
def _separate(first, neighbour, segment, name, nodes, low, high, part, queue):  # type: ignore[no-untyped-def]
    """Sort a segment into left, right and the end points of the cut on one side.

    Returns the sizes of left and right.
    """
    at_left = 0
    at_right = 0
    for i in range(low, high):
        v = nodes[i]
        for a in range(first[v], first[v + 1]):
            u = neighbour[a]
            if segment[u] == name and part[u] & 1 != part[v] & 1:
                part[v] += _CUT  # the low bit still tells the side
                if part[v] & 1 == _LEFT:
                    at_left += 1
                else:
                    at_right += 1
                break
    chosen = _CUT + (_LEFT if at_left <= at_right else _RIGHT)
    left = 0
    right = 0
    for i in range(low, high):
        v = nodes[i]
        queue[i] = v
        if part[v] != chosen:
            if part[v] & 1 == _LEFT:
                left += 1
            else:
                right += 1
    at = low
    right_at = low + left
    cut_at = low + left + right
    for i in range(low, high):
        v = queue[i]
        if part[v] == chosen:
            nodes[cut_at] = v
            cut_at += 1
            segment[v] = -1
        elif part[v] & 1 == _LEFT:
            nodes[at] = v
            at += 1
        else:
            nodes[right_at] = v
            right_at += 1
    return left, right
