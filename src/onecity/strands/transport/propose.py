"""`propose`: missing links worth checking, by the travel time they would save; and `appraise`.

Every candidate (`candidates`) is scanned exactly against the trips between all cells
(`demand`, `onecity.models.links`). Of those that deserve the name of a missing link, the best
stand for their near-duplicates (`spheres`). Links that after better ones give less than half of
what they give alone are other forms of these and left out. What remains is ranked by what each
would save if it alone were built, with what it adds when they are built one after another, how
the ranks fare under redrawn assumptions (`stability`), what is in the way (`obstacles`) and what
it costs (`costs`).

Dead ends that face each other across a border, in data that holds every road
(`Candidates.broken`), are a finding in their own right: they stand for near-duplicates that give
not much more, are never left out as another form of something else, and `MOST_BROKEN` more of
them are given beyond the best links of all.

`appraise` gives the same figures for links the user names.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.models.links import LinkScan, choose, scan
from onecity.region.dead_ends import Flags
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Proposal, Stability
from onecity.strands.units import Reals, Rows

from . import candidates as within
from .assumed import number
from .candidates import Candidates, candidates_of, given_candidates, missing
from .proposals import Judged, proposals_of
from .roads import names_at
from .setting import Setting, Trips
from .spheres import Merged, merge, merge_at_ends, with_preferred
from .stability import draw

MOST = 20
"""Proposals given: the best of all."""
MOST_BROKEN = 20
"""Dead ends facing each other across a border that are given beyond these."""
PROMISING = 20_000
"""Missing links whose benefit is counted between all cells, where there are more than
`candidates.MOST`. In trials on two towns of some 10,000 and 20,000 ends these held all of the best
200 by that count, and 99 of 100 of the best 2,000."""
SHORTLIST = 2_000
"""Missing links, best alone, that are looked at for near-duplicates."""
COMPARED = 60
"""Links that may stand for themselves after that."""
NOT_MUCH_MORE = 0.8
"""Dead ends across a border stand for a near-duplicate if they give this share of it, or more."""
OWN_SHARE = 0.5
"""A link that, after better ones, gives less than this of what it gives alone serves mostly
the same trips as they do: it is another form of one of them, and no proposal of its own."""


def propose(region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return at most `MOST` links that would save travel time, best alone first.

    Beyond these, at most `MOST_BROKEN` more that join dead ends across a border, each with its
    rank among all that compete.

    Raises
    ------
    InputError
        If the recipe assumes what makes no sense; see `assumed`.
    """
    progress.stage("transport.stage_candidates")
    setting = Setting.of(region)
    found = candidates_of(region, setting.travel, setting.assumed, setting.misses)
    if not setting.travels or not len(found):
        return ()
    found = _promising(setting, found, progress)
    alone = _alone(setting, found, progress)
    best = _shortlist(setting, found, alone)
    if not len(best):
        return ()
    links, gains = found.take(best), alone[best]
    merged = _merged(setting, links, gains, progress)
    stands = links.take(merged.stands)
    own = _of_their_own(setting, stands, progress)
    if not len(own):
        return ()
    shown = _shown(stands.broken[own])
    stability = _stability(setting, stands.take(own), gains[merged.stands][own] / 3600, progress)
    judged = _judged(
        setting,
        stands.take(own[shown]),
        stands.take(own[shown]).roads(),
        shown + 1,
        progress,
        stability=tuple(stability[row] for row in shown) if stability else (),
        forms=tuple(_pairs(links.take(merged.forms[row])) for row in own[shown]),
        counts=(len(own), len(found)),
    )
    return proposals_of(region, setting.travel, judged, setting.assumed)


def appraise(
    region: Region, links: Sequence[AddRoad], *, progress: Progress = SILENCE
) -> tuple[Proposal, ...]:
    """Return what given links would save and cost, best alone first; none is left out.

    Stability compares these links with one another.

    Raises
    ------
    InputError
        If a link begins where it ends, ends where no open road is, or is there already; if
        nobody travels; or if the recipe assumes what makes no sense.
    MissingError
        If a link names a node that is not there.
    """
    progress.stage("transport.stage_candidates")
    setting = Setting.of(region)
    given = given_candidates(region, setting.travel, links, setting.misses)
    if not len(given):
        return ()
    if not setting.travels:
        raise InputError("transport.no_trips")
    alone = _alone(setting, given, progress)
    order = np.argsort(-alone, kind="stable")
    ranked = given.take(order)
    judged = _judged(
        setting,
        ranked,
        tuple(links[row] for row in order),
        np.arange(1, len(order) + 1),
        progress,
        stability=_stability(setting, ranked, alone[order] / 3600, progress),
        forms=((),) * len(order),
        counts=(len(order), len(order)),
    )
    return proposals_of(region, setting.travel, judged, setting.assumed)


def _promising(setting: Setting, found: Candidates, progress: Progress) -> Candidates:
    """Return all of them, or `PROMISING` of more than `candidates.MOST`.

    These are what gives most between the larger areas, and what joins dead ends across a border.
    """
    if len(found) <= within.MOST:
        return found
    rough = _scanned(setting, setting.coarse_trips, found, progress).benefit
    order = np.lexsort((np.arange(len(found)), -rough, ~found.broken))
    kept = np.sort(order[:PROMISING])
    return replace(found.take(kept), dropped=len(found) - len(kept))


def _alone(setting: Setting, links: Candidates, progress: Progress) -> Reals:
    """Return what each link saves if it alone is built, person-seconds a day."""
    return _scanned(setting, setting.fine_trips, links, progress).benefit


def _shortlist(setting: Setting, found: Candidates, alone: Reals) -> Rows:
    """Return the rows of missing links to look at closely, best alone first."""
    wanted = missing(found, number(setting.assumed.link_least_detour)) & (alone > 0)
    best = np.flatnonzero(wanted)
    best = best[np.argsort(-alone[best], kind="stable")]
    return best[(np.arange(len(best)) < SHORTLIST) | found.broken[best]]


def _merged(setting: Setting, links: Candidates, benefit: Reals, progress: Progress) -> Merged:
    """Return which links stand for others, the best first.

    Those that join dead ends across a border stand for themselves: every road broken off, and
    else one for each end.
    """
    found = _scanned(setting, setting.coarse_trips, links, progress, groups=setting.coarse.area)
    if found.by_origin is None or found.by_destination is None:
        raise ValueError("the scan was asked for gains by area")
    sphere = np.hstack([found.by_origin, found.by_destination])
    spots = setting.region.table("road_nodes")[["lon", "lat"]].to_numpy()
    middle = (spots[links.tail] + spots[links.head]) / 2
    middle *= 111.2 * np.array([np.cos(np.radians(middle[:, 1].mean())), 1.0])
    near = np.inf if links.reach is None else links.reach.longest
    every = merge(benefit, sphere, middle, near, COMPARED)
    broken = np.flatnonzero(links.broken)
    ends = links.tail[broken], links.head[broken]
    named = names_at(setting.region.table("road_edges"), *ends)
    one_road = np.array([one is not None and one == other for one, other in named], np.bool_)
    some = merge_at_ends(benefit[broken], *ends, one_road, MOST + MOST_BROKEN)
    return with_preferred(every, some.of(broken), benefit, NOT_MUCH_MORE)


def _of_their_own(setting: Setting, links: Candidates, progress: Progress) -> Rows:
    """Return the rows of links that serve trips of their own, best alone first.

    Links are chosen one after another, each time the one that adds most to those before, on
    the coarse cells; the benefits shown are counted anew.
    """
    nodes, flows = setting.coarse_trips
    choice = choose(
        setting.travel.network,
        nodes,
        flows,
        *links.ends,
        both_ways=links.both_ways,
        count=len(links),
        progress=progress,
    )
    alone = choice.alone.benefit[choice.chosen]
    # What gives something only after others is no proposal either: nobody would build it alone.
    own = (alone > 0) & (choice.benefit >= OWN_SHARE * alone)
    kept = np.zeros(len(links), np.bool_)
    kept[choice.chosen[own]] = True
    return np.flatnonzero(kept | links.broken)


def _shown(broken: Flags) -> Rows:
    """Return the rows of the proposals given, of links ranked best first."""
    beyond = np.flatnonzero(broken)
    return np.union1d(np.arange(min(MOST, len(broken))), beyond[beyond >= MOST][:MOST_BROKEN])


def _scanned(
    setting: Setting,
    trips: Trips,
    links: Candidates,
    progress: Progress,
    groups: Rows | None = None,
) -> LinkScan:
    """Return what each link saves if it alone is built, person-seconds a day."""
    return scan(
        setting.travel.network,
        *trips,
        *links.ends,
        both_ways=links.both_ways,
        groups=groups,
        progress=progress,
    )


def _stability(
    setting: Setting, links: Candidates, exact: Reals, progress: Progress
) -> tuple[Stability | None, ...]:
    if number(setting.assumed.link_draws) < 1:
        return ()
    drawn = draw(setting, links, exact, progress=progress)
    return drawn.of_links()


def _judged(
    setting: Setting,
    links: Candidates,
    roads: tuple[AddRoad, ...],
    rank: Rows,
    progress: Progress,
    *,
    stability: tuple[Stability | None, ...],
    forms: tuple[tuple[tuple[int, int], ...], ...],
    counts: tuple[int, int],
) -> Judged:
    """Count exactly what the links to be shown give: alone, by county, one after another.

    `counts` are how many compete, and how many were scanned.
    """
    nodes, flows = setting.fine_trips
    given = (setting.travel.network, nodes, flows, *links.ends)
    found = _scanned(setting, setting.fine_trips, links, progress, groups=setting.fine.county)
    choice = choose(*given, both_ways=links.both_ways, count=len(links), progress=progress)
    if found.by_origin is None or found.groups is None:
        raise ValueError("the scan was asked for gains by county")
    by_county = np.zeros((len(links), len(setting.region.table("counties"))))
    by_county[:, found.groups.astype(np.int64)] = found.by_origin / 3600
    # What adds nothing after the others is never chosen: it comes last, in the order of ranks.
    last = np.setdiff1d(np.arange(len(links)), choice.chosen)
    sequence = np.concatenate([choice.chosen, last])
    order, added = np.empty(len(links), np.int64), np.zeros(len(links))
    order[sequence] = np.arange(len(links))
    added[choice.chosen] = choice.benefit / 3600
    return Judged(
        links=links,
        roads=roads,
        rank=rank,
        benefit=found.benefit / 3600,
        by_county=by_county,
        new_trips=found.newly_reached,
        order=order,
        added=added,
        stability=stability,
        forms=forms,
        compared=counts[0],
        scanned=counts[1],
        people_left_out=setting.fine.left_out,
    )


def _pairs(links: Candidates) -> tuple[tuple[int, int], ...]:
    return tuple(zip(links.tail.tolist(), links.head.tolist(), strict=True))
