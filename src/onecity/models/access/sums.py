"""Sums of the floating catchment family over the pairs of a block of zones, see `measure`.

`weight` and `ease` are of the pairs of the block alone, from zone start to before stop; `right` is
pi of home cities at facilities (C, F), zero without capacity. Rows of facilities are taken as
unsigned: Numba need not ask whether they count from the end.
"""

import numpy as np
from numba import njit

#: Methods, in the order of `measure.Method`.
POTENTIAL, TWO, THREE, MODIFIED, BALANCED = range(5)
#: Below it exp begins to lose digits.
_SMALL = 1e-290


@njit(cache=True, nogil=True)
def demand_in(  # type: ignore[no-untyped-def]
    start, stop, first, facility, weight, home, people, by_city
):
    """Add w P of a block to `by_city`."""
    begin = first[start]
    for i in range(start, stop):
        mine, count = by_city[home[i]], people[i]
        for k in range(first[i], first[i + 1]):
            mine[np.uint32(facility[k])] += weight[k - begin] * count


@njit(cache=True, nogil=True)
def share_in(  # type: ignore[no-untyped-def]
    start, stop, first, facility, weight, home, right, people, kind, by_zone, by_facility, demand
):
    """Add what a block asks for to `demand`, where a zone's people are shared among facilities."""
    begin = first[start]
    for i in range(start, stop):
        mine = right[home[i]]
        total = 0.0
        for k in range(first[i], first[i + 1]):
            j = np.uint32(facility[k])
            e = mine[j] * weight[k - begin]
            total += e
            by_facility[j] += e
        by_zone[i] = total
        if people[i] == 0.0 or total == 0.0:
            continue
        for k in range(first[i], first[i + 1]):
            j = np.uint32(facility[k])
            e = mine[j] * weight[k - begin]
            # The quotient first: it is at most one, while e * e may be too small for a number.
            share = e / total
            demand[j] += (e * share if kind == THREE else share) * people[i]


@njit(cache=True, nogil=True)
def access_in(  # type: ignore[no-untyped-def]
    start, stop, first, facility, weight, home, right, offers, minutes, level, by_zone, by_facility,
    kind, ease, choice, found, counts,
):  # fmt: skip
    """Write what the zones of a block find, and add to the counts of pairs without use.

    The time to usable care is NaN where `choice` is.
    """
    begin = first[start]
    for i in range(start, stop):
        a, b = first[i], first[i + 1]
        mine, its, t = right[home[i]], facility[a:b], minutes[a:b]
        w, s = weight[a - begin : b - begin], ease[a - begin : b - begin]
        if kind <= TWO:
            got, way, near, total, idle = _plain(mine, its, t, w, s, level)
        else:
            got, way, near, total, idle = _other(
                mine, its, t, w, s, level, kind, by_zone[i], by_facility
            )
        if idle:
            _count_idle(mine, its, w, offers, counts)
        found[0, i] = got
        found[1, i] = way / got if got > 0.0 else np.nan
        found[2, i] = near
        if np.isnan(choice):
            found[3, i] = np.nan
        elif near == np.inf:
            found[3, i] = np.inf
        elif total > _SMALL:
            found[3, i] = -np.log(total) / choice
        else:
            # So far away that exp leaves the range of numbers: counted from the nearest.
            total = 0.0
            for k in range(len(its)):
                if w[k] > 0.0:
                    total += mine[np.uint32(its[k])] * np.exp(-choice * (t[k] - near))
            found[3, i] = near - np.log(total) / choice


# The pairs of one zone: `mine` is its city's right at facilities, `its` those it gets to.


@njit(cache=True, nogil=True)
def _plain(mine, its, t, w, s, level):  # type: ignore[no-untyped-def]
    """Return sums of e R, of e R t and of pi s, the nearest t, and how many pairs have no use.

    For most methods, and nearly all of the time goes here: nothing is asked that needs not be.
    """
    got = way = total = 0.0
    near, idle = np.inf, 0
    for k in range(len(its)):
        j = np.uint32(its[k])
        e = mine[j] * w[k]
        if e == 0.0:
            idle += 1
            continue
        if t[k] < near:  # noqa: PLR1730 - min would ask for NaN at each pair
            near = t[k]
        total += mine[j] * s[k]
        gain = e * level[j]
        got += gain
        way += gain * t[k]
    return got, way, near, total, idle


@njit(cache=True, nogil=True)
def _other(mine, its, t, w, s, level, kind, whole, by_facility):  # type: ignore[no-untyped-def]
    """Return as `_plain` where b is not e; `whole` is the zone's sum of e."""
    got = way = total = 0.0
    near, idle = np.inf, 0
    for k in range(len(its)):
        j = np.uint32(its[k])
        e = mine[j] * w[k]
        if e == 0.0:
            idle += 1
            continue
        near = min(near, t[k])
        total += mine[j] * s[k]
        if kind == THREE:
            e *= e / whole
        elif kind == MODIFIED:
            e *= w[k]
        else:
            e /= by_facility[j]
        gain = e * level[j]
        got += gain
        way += gain * t[k]
    return got, way, near, total, idle


@njit(cache=True, nogil=True)
def _count_idle(mine, its, w, offers, counts):  # type: ignore[no-untyped-def]
    """Add the pairs without use to the counts of those far, closed and empty."""
    for k in range(len(its)):
        j = np.uint32(its[k])
        if not offers[j]:
            counts[2] += 1
        elif w[k] == 0.0:
            counts[0] += 1
        elif mine[j] * w[k] == 0.0:
            counts[1] += 1
