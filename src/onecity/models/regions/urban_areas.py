"""Functional urban areas: cores and the municipalities whose residents work there.

The EU-OECD definition (Dijkstra, Poelman & Veneri 2019): cores that send 15 % of their workers to
another are one; a municipality that sends 15 % to a core belongs to it, to the one it sends most
to; a municipality surrounded by one area belongs to it, and one that does not touch it does not.
What a core is, the caller says: officially municipalities at least half of whose people live in an
urban centre, cells of 1 km² that touch, of 1,500 people and more, with 50,000 people in all. Here
the rule may be repeated, with all that has joined as the place to send workers to: a second ring
works in the first. The round in which each municipality joined is kept, so that the first ring
alone, which is the official definition, can be told.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows
from onecity.models.partition import Neighbours

#: The round of a zone that was filled in because one area surrounds it; of one outside.
FILLED, OUTSIDE = -2, -1


@dataclass(frozen=True, slots=True)
class UrbanAreas:
    """Areas and how they came about.

    Attributes
    ----------
    area : int64 (Z,)
        Area of each zone, 0..A-1; -1 outside.
    round : int64 (Z,)
        0 in a core, k for those that joined in round k, `FILLED`, `OUTSIDE`.
    share : float64 (Z,)
        Share of workers sent to the area that the zone belongs to when it joined, or to the one
        it sends most to; NaN where there are none. Of cores: to their own area.
    cores : int64 (C,)
        Area of each core given, in the order of their numbers: cores that merged share one.
    dropped : int64
        Zones that would belong to an area but do not hang together with it.
    """

    area: Rows
    round: Rows
    share: Reals
    cores: Rows
    dropped: Rows


def functional_urban_areas(
    flows: csr_array,
    core: ArrayLike,
    *,
    share: float = 0.15,
    rounds: int | None = None,
    near: Neighbours | None = None,
    edge: ArrayLike | None = None,
) -> UrbanAreas:
    """Return functional urban areas.

    Parameters
    ----------
    flows
        Workers from home to work, from `table.flow_matrix`; those who work at home included.
    core
        Core of each zone, 0..C-1, or -1, shape (Z,).
    share
        Of workers, above which zones and cores belong to a core.
    rounds
        How often the rule is applied; None means until nobody joins, 1 is the official one.
    near
        Zones that touch: holes are filled and what does not hang together is dropped. None
        does neither.
    edge
        Which zones border on what is outside the data, (Z,): such a gap is no hole.

    Raises
    ------
    InputError
        No core, numbers that are not 0..C-1 or -1, or a setting out of range.
    """
    zones = flows.shape[0]
    code = _cores(core, zones)
    if not 0 < share <= 1:
        raise InputError("border.setting", what="share", given=share)
    if rounds is not None and rounds < 1:
        raise InputError("border.setting", what="rounds", given=rounds)
    if near is not None and len(near) != zones:
        raise InputError("border.zone_shape", what="near", given=len(near), zones=zones)
    cores = _merged(flows, code, share)
    area = np.where(code >= 0, cores[code], -1)
    when = np.where(code >= 0, 0, OUTSIDE)
    seen = np.full(zones, np.nan)
    sent = _sent(flows, area)
    seen[code >= 0] = sent[code >= 0, area[code >= 0]]
    number = 0
    while rounds is None or number < rounds:
        number += 1
        sent = _sent(flows, area)
        outside = area < 0
        best = sent.argmax(axis=1)
        most = sent[np.arange(zones), best]
        seen[outside] = most[outside]
        joins = outside & (np.nan_to_num(most) >= share)
        if not joins.any():
            break
        area[joins], when[joins] = best[joins], number
    dropped = np.empty(0, np.int64)
    if near is not None:
        dropped = _exclaves(area, when, near)
        area[dropped], when[dropped] = -1, OUTSIDE
        holes = _holes(area, near, edge)
        area, when = holes, np.where((holes >= 0) & (area < 0), FILLED, when)
    return UrbanAreas(area.astype(np.int64), when.astype(np.int64), seen, cores, dropped)


def _cores(core: ArrayLike, zones: int) -> Rows:
    given = np.asarray(core)
    if given.shape != (zones,):
        raise InputError("border.zone_shape", what="core", given=given.shape, zones=zones)
    if not np.issubdtype(given.dtype, np.integer):
        raise InputError("border.zones_not_whole", what="core", given=given.dtype.name)
    numbers = np.unique(given[given >= 0])
    if given.min() < -1 or not len(numbers) or numbers[-1] != len(numbers) - 1:
        raise InputError("gravity.cores", given=np.unique(given).tolist()[:12])
    return given.astype(np.int64)


def _sent(flows: csr_array, area: Rows) -> Reals:
    """Return the share of each zone's workers that goes to each area (Z, A), NaN without any."""
    inside = np.flatnonzero(area >= 0)
    member = csr_array(
        (np.ones(len(inside)), (inside, area[inside])), shape=(len(area), int(area.max()) + 1)
    )
    total = np.asarray(flows.sum(axis=1), np.float64)
    total[total == 0] = np.nan
    return np.asarray((flows @ member).toarray() / total[:, None])


def _merged(flows: csr_array, code: Rows, share: float) -> Rows:
    """Return the area of each core: cores merge until none sends `share` to another."""
    cores = np.arange(int(code.max()) + 1)
    while True:
        area = np.where(code >= 0, cores[code], -1)
        inside = np.flatnonzero(area >= 0)
        count = int(cores.max()) + 1
        member = csr_array((np.ones(len(inside)), (area[inside], inside)), (count, len(area)))
        sums = (member @ flows @ member.T).toarray()
        total = np.asarray((member @ flows).sum(axis=1), np.float64)
        links = (sums >= share * total[:, None]) & (total[:, None] > 0)
        np.fill_diagonal(links, val=False)
        if not links.any():
            return np.asarray(cores, np.int64)
        # The strongest first: two that merge may no longer send as much to a third.
        shares = np.where(links, sums / np.where(total > 0, total, 1.0)[:, None], -1.0)
        left, right = np.unravel_index(int(shares.argmax()), shares.shape)
        cores = np.unique(
            np.where(cores == max(left, right), min(left, right), cores), return_inverse=True
        )[1]


def _links(near: Neighbours, keep: NDArray[np.bool_]) -> csr_array:
    """Return links between neighbours, both ways, where `keep` holds of a link."""
    start = np.repeat(np.arange(len(near)), np.diff(near.first))
    return csr_array(
        (np.ones(int(keep.sum()), np.int8), (start[keep], near.zone[keep])), (len(near),) * 2
    )


def _exclaves(area: Rows, when: Rows, near: Neighbours) -> Rows:
    """Return zones that no way through their area joins with its core."""
    start = np.repeat(np.arange(len(near)), np.diff(near.first))
    keep = (area[start] == area[near.zone]) & (area[start] >= 0)
    _, piece = connected_components(_links(near, keep), directed=False)
    rooted = np.zeros(int(piece.max()) + 1, np.bool_)
    rooted[piece[when == 0]] = True
    return np.flatnonzero((area >= 0) & ~rooted[piece]).astype(np.int64)


def _holes(area: Rows, near: Neighbours, edge: ArrayLike | None) -> Rows:
    """Return areas with gaps filled that one area surrounds and no edge opens."""
    zones = len(near)
    opens = np.zeros(zones, np.bool_) if edge is None else np.asarray(edge, np.bool_)
    if opens.shape != (zones,):
        raise InputError("border.zone_shape", what="edge", given=opens.shape, zones=zones)
    start = np.repeat(np.arange(zones), np.diff(near.first))
    _, piece = connected_components(
        _links(near, (area[start] < 0) & (area[near.zone] < 0)), directed=False
    )
    found = area.copy()
    for k in np.unique(piece[area < 0]):
        gap = piece == k
        around = np.unique(area[near.zone[gap[start]]])
        around = around[around >= 0]
        if len(around) == 1 and not opens[gap].any():
            found[gap] = around[0]
    return found
