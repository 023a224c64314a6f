"""Cheapest paths for costs of any precision, over the engine's hierarchy.

The engine's own sweeps count whole milliseconds; an equilibrium is told from what is nearly one
by the tenth digit. So the same two steps are done here in floating point, and every shortcut
remembers what it stands for: customisation by lower triangles, and a sweep down the elimination
tree to those positions that lead to a destination.

Source: Dibbelt, Strasser, Wagner (2016), Customizable Contraction Hierarchies, JEA 21.
"""

import numpy as np

from .compiled import kernel

_NONE = -1


@kernel
def customise(first, head, place, upward, cost, weights):  # type: ignore[no-untyped-def]
    """Weigh every upward arc in both directions.

    Parameters
    ----------
    first, head, place, upward
        The hierarchy and where the arcs lie in it.
    cost
        Of each arc, float64 (arcs,); +inf where it is closed.
    weights
        Written: `up` and `down` float64 (m,), the costs towards and from the ancestor, and for
        each what it stands for: `up_one`, `up_two`, `down_one`, `down_two`, int32 (m,). One arc
        of the user's if the second is -1; else two upward arcs of a deeper node, the first
        taken down, the second up.
    """
    up = weights.up
    down = weights.down
    up[:] = np.inf
    down[:] = np.inf
    weights.up_one[:] = _NONE
    weights.up_two[:] = _NONE
    weights.down_one[:] = _NONE
    weights.down_two[:] = _NONE
    for a in range(len(place)):
        k = place[a]
        if k < 0:
            continue
        if upward[a]:
            if cost[a] < up[k]:
                up[k] = cost[a]
                weights.up_one[k] = a
        elif cost[a] < down[k]:
            down[k] = cost[a]
            weights.down_one[k] = a
    for v in range(len(first) - 2, -1, -1):
        end = first[v + 1]
        for i in range(first[v], end):
            k = first[head[i]]
            for j in range(i + 1, end):
                u = head[j]
                while head[k] != u:  # present: upward neighbours form a clique
                    k += 1
                there = down[i] + up[j]
                if there < up[k]:
                    up[k] = there
                    weights.up_one[k] = i
                    weights.up_two[k] = j
                back = down[j] + up[i]
                if back < down[k]:
                    down[k] = back
                    weights.down_one[k] = j
                    weights.down_two[k] = i


@kernel
def sweep(first, head, parent, wanted, weights, source, dist, by):  # type: ignore[no-untyped-def]
    """Write the cheapest cost from one position to all `wanted` ones, and how it is reached.

    Parameters
    ----------
    first, head, parent
        The hierarchy.
    wanted
        Positions, ascending, with every ancestor of one of them.
    weights
        See `customise`.
    source
        A position.
    dist, by
        Written: float64 (n,), and int64 (n,): twice the upward arc that was taken last, one more
        if it was taken up; -1 at the source.
    """
    for v in wanted:
        dist[v] = np.inf
    x = source
    while x >= 0:
        dist[x] = np.inf
        x = parent[x]
    dist[source] = 0.0
    by[source] = _NONE
    x = source
    while x >= 0:
        label = dist[x]
        if label < np.inf:
            for k in range(first[x], first[x + 1]):
                reached = label + weights.up[k]
                if reached < dist[head[k]]:
                    dist[head[k]] = reached
                    by[head[k]] = 2 * k + 1
        x = parent[x]
    for v in wanted:
        label = dist[v]
        best = np.int64(_NONE)  # of one type throughout
        for k in range(first[v], first[v + 1]):
            reached = dist[head[k]] + weights.down[k]
            if reached < label:
                label = reached
                best = np.int64(k)
        if best >= 0:
            dist[v] = label
            by[v] = 2 * best


@kernel
def unpack(owner, head, weights, by, source, target, ends, room):  # type: ignore[no-untyped-def]
    """Write the arcs of the path that `sweep` found; return how many.

    Parameters
    ----------
    owner, head
        Lower and upper position of each upward arc.
    weights, by
        See `customise` and `sweep`.
    source, target
        Positions; the target was reached.
    ends
        Positions where each of the user's arcs begins and ends, int32 (2, arcs).
    room
        Written: `arcs` int32 (n,), `stack` int64 (2 n + 2,), `at` int32 (n,).
    """
    stack = room.stack
    top = 0
    v = target
    while v != source:  # the last step is put first, so that the first is taken first
        code = by[v]
        stack[top] = code
        top += 1
        v = owner[code >> 1] if code & 1 else head[code >> 1]
    length = 0
    room.at[source] = 0
    while top > 0:
        top -= 1
        code = stack[top]
        k = code >> 1
        one = weights.up_one[k] if code & 1 else weights.down_one[k]
        two = weights.up_two[k] if code & 1 else weights.down_two[k]
        if two >= 0:
            stack[top] = 2 * np.int64(two) + 1
            stack[top + 1] = 2 * np.int64(one)
            top += 2
            continue
        # Where circles cost nothing, rounding may prefer one: a node met again ends it.
        v = ends[1, one]
        seen = room.at[v]
        if v == source:
            length = 0
            continue
        if 0 < seen <= length and ends[1, room.arcs[seen - 1]] == v:
            length = seen
            continue
        room.arcs[length] = one
        length += 1
        room.at[v] = length
    return length
