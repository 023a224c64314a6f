"""Reach: which zone gets to which facility, in how many minutes, zone by zone."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reach:
    """Pairs of a zone and a facility in compressed rows.

    Attributes
    ----------
    first : int64 (Z + 1,)
        Where each zone's pairs begin.
    facility : int32 (M,)
        Facility of each pair, in the order given within a zone.
    minutes : float64 (M,)
        Time of each pair.
    row : int64 (M,)
        The given row of each pair.
    facilities
        How many there are, F; some may be in nobody's reach.
    """

    first: Rows
    facility: NDArray[np.int32]
    minutes: Reals
    row: Rows
    facilities: int

    @property
    def zones(self) -> int:
        """How many zones there are, Z."""
        return len(self.first) - 1

    def zone(self) -> Rows:
        """Return the zone of each pair (M,)."""
        return np.repeat(np.arange(self.zones), np.diff(self.first))


def reach_of(
    zone: ArrayLike, facility: ArrayLike, minutes: ArrayLike, *, zones: int, facilities: int
) -> Reach:
    """Return pairs, checked and in order.

    Parameters
    ----------
    zone, facility
        Rows of both, 0..Z-1 and 0..F-1, shape (M,).
    minutes
        Not negative, finite: a pair without a way is no pair. Shape (M,).
    zones, facilities
        Z and F.

    Raises
    ------
    InputError
        Shapes that differ, a row that does not exist, a time that is negative or no number, or
        the same pair twice; with the first row that is wrong.
    """
    starts = _rows("zone", zone, zones)
    ends = _rows("facility", facility, facilities)
    times = np.asarray(minutes, np.float64)
    for what, values in (("facility", ends), ("minutes", times)):
        if values.shape != starts.shape:
            raise InputError("access.pair_shape", what=what, given=values.shape, pairs=len(starts))
    wrong = ~(np.isfinite(times) & (times >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.minutes", row=row, given=float(times[row]))
    first, to, ordered, row_given = _ordered(starts, ends, times, zones)
    found = Reach(first, to, ordered, row_given, facilities)
    twice = int(_twice(found.first, found.facility, facilities))
    if twice >= 0:
        row = int(found.row[twice])
        raise InputError(
            "access.pair_twice", row=row, zone=int(starts[row]), facility=int(ends[row])
        )
    return found


def kept(reach: Reach, keep: Flags) -> Reach:
    """Return the pairs of which `keep` (M,) holds."""
    count = np.concatenate([[0], np.cumsum(keep, dtype=np.int64)])
    return Reach(
        count[reach.first],
        reach.facility[keep],
        reach.minutes[keep],
        reach.row[keep],
        reach.facilities,
    )


def _rows(what: str, given: ArrayLike, count: int) -> NDArray[np.integer]:
    values = np.asarray(given)
    if values.ndim != 1:
        raise InputError("access.pair_shape", what=what, given=values.shape, pairs=values.size)
    if not len(values):
        return values.astype(np.int64)
    if not np.issubdtype(values.dtype, np.integer):
        raise InputError("access.not_whole", what=what, given=values.dtype.name)
    wrong = (values < 0) | (values >= count)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.no_row", what=what, row=row, given=int(values[row]), count=count)
    return values


@njit(cache=True, nogil=True)
def _ordered(zone, facility, minutes, zones):  # type: ignore[no-untyped-def]
    """Return where each zone's pairs begin, and the pairs by zone (a counting sort)."""
    first = np.zeros(zones + 1, np.int64)
    for k in range(len(zone)):
        first[zone[k] + 1] += 1
    for i in range(zones):
        first[i + 1] += first[i]
    free = first[:-1].copy()
    to = np.empty(len(zone), np.int32)
    times = np.empty(len(zone))
    row = np.empty(len(zone), np.int64)
    for k in range(len(zone)):
        place = free[zone[k]]
        free[zone[k]] = place + 1
        to[place] = facility[k]
        times[place] = minutes[k]
        row[place] = k
    return first, to, times, row


@njit(cache=True, nogil=True)
def _twice(first, facility, facilities):  # type: ignore[no-untyped-def]
    """Return the place of the first pair that was there before, or -1."""
    seen = np.full(facilities, -1, np.int64)
    for i in range(len(first) - 1):
        for k in range(first[i], first[i + 1]):
            if seen[facility[k]] == i:
                return k
            seen[facility[k]] = i
    return -1
