"""One random partition: seeds, random lengths, ways from every seed, handicaps.

All in whole numbers, so that the argument for connected parts (see `partition`) holds exactly;
ties go to the lowest part, which keeps it too.
"""

from typing import Any

import numpy as np
from numba import njit

#: Changes of handicaps before a new try, each with a look at every zone.
STEPS = 60
#: Links are this long at least and at most: edges of parts are ragged, not torn.
SHORT, LONG = 256, 768

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = (np.uint64(k) for k in (11, 27, 30, 31))


@njit(cache=True, nogil=True)
def _below(state: Any, bound: Any) -> Any:
    """Return a random whole number below `bound`, and move the state on (SplitMix64)."""
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    z ^= z >> _S31
    return int(np.float64(z >> _S11) * 2.0**-53 * bound)


@njit(cache=True, nogil=True)
def grow(
    first: Any,
    zone: Any,
    reverse: Any,
    mass: Any,
    wanted: Any,
    begin: Any,
    tolerance: Any,
    tries: Any,
) -> Any:
    """Return the part of each zone, the tries taken and the largest relative deviation.

    Parameters
    ----------
    first, zone
        Neighbours (Z + 1,), (2L,), connected.
    reverse
        Place of each link seen from its other end, (2L,).
    mass
        Size of each zone (Z,).
    wanted
        Size of each part (P,), with the same sum.
    begin
        State of the random numbers, uint64.
    tolerance
        Largest relative deviation allowed.
    tries
        Seeds to try; if all miss, the best partition is returned with its deviation.
    """
    n, parts = len(first) - 1, len(wanted)
    state = np.array([begin], np.uint64)
    far = np.empty((n, parts), np.int32)
    length = np.full(len(zone), LONG, np.int32)
    part = np.empty(n, np.int16)
    best = np.empty(n, np.int16)
    least = np.inf
    order = np.arange(n)
    head = np.empty(LONG + 1, np.int64)
    after = np.empty(len(zone) + 1, np.int64)
    entry = np.empty(len(zone) + 1, np.int32)
    for attempt in range(tries):
        for p in range(len(zone)):
            if reverse[p] >= p:
                length[p] = SHORT + _below(state, LONG - SHORT + 1)
                length[reverse[p]] = length[p]
        for k in range(parts):
            other = k + _below(state, n - k)
            order[k], order[other] = order[other], order[k]
            _ways(first, zone, length, order[k], far, k, head, after, entry)
        deviation = _balance(far, mass, wanted, tolerance, part)
        if deviation < least:
            least = deviation
            best[:] = part
        if least <= tolerance:
            return best, attempt + 1, least
    return best, tries, least


@njit(cache=True, nogil=True)
def _ways(
    first: Any,
    zone: Any,
    length: Any,
    seed: Any,
    far: Any,
    column: Any,
    head: Any,
    after: Any,
    entry: Any,
) -> None:
    """Set a column of `far` to the lengths of the shortest ways from a seed (Dial 1969)."""
    unseen = np.iinfo(np.int32).max
    for i in range(len(far)):
        far[i, column] = unseen
    head[:] = -1
    far[seed, column] = 0
    entry[0], after[0], head[0] = seed, -1, 0
    used, waiting, at = 1, 1, 0
    span = len(head)
    while waiting:
        slot = at % span
        while head[slot] >= 0:
            e = head[slot]
            head[slot] = after[e]
            waiting -= 1
            i = entry[e]
            # A zone put in again nearer leaves its old entry behind.
            if far[i, column] != at:
                continue
            for p in range(first[i], first[i + 1]):
                j = zone[p]
                reached = at + length[p]
                if reached < far[j, column]:
                    far[j, column] = reached
                    entry[used] = j
                    after[used] = head[reached % span]
                    head[reached % span] = used
                    used += 1
                    waiting += 1
        at += 1


@njit(cache=True, nogil=True)
def _balance(far: Any, mass: Any, wanted: Any, tolerance: Any, part: Any) -> Any:
    """Set `part` by the best handicaps found, and return the largest relative deviation.

    Each handicap moves by a step of its own, longer while the sign of the excess stays and
    shorter when it turns (Riedmiller & Braun 1993): excesses jump by whole zones, so that a
    method that believes their size would not settle.
    """
    parts = len(wanted)
    handicap = np.zeros(parts, np.int64)
    step = np.full(parts, 2.0 * LONG)
    sign = np.zeros(parts, np.int64)
    size = np.empty(parts)
    for _ in range(STEPS):
        size[:] = 0.0
        for i in range(len(far)):
            winner, least = 0, far[i, 0] + handicap[0]
            for k in range(1, parts):
                cost = far[i, k] + handicap[k]
                if cost < least:
                    winner, least = k, cost
            part[i] = winner
            size[winner] += mass[i]
        deviation = 0.0
        for k in range(parts):
            deviation = max(deviation, abs(size[k] - wanted[k]) / wanted[k])
        if deviation <= tolerance:
            break
        for k in range(parts):
            turn = 1 if size[k] > wanted[k] else -1
            if abs(size[k] - wanted[k]) <= 0.5 * tolerance * wanted[k]:
                continue
            step[k] *= 1.3 if turn == sign[k] else 0.5
            step[k] = min(max(step[k], 1.0), 64.0 * LONG)
            sign[k] = turn
            handicap[k] += turn * int(step[k])
    return deviation
