"""`propose`: missing links worth checking, by the travel time they would save; and `appraise`.

Every candidate (`candidates`) is scanned exactly against the trips between all cells
(`demand`, `onecity.models.links`). Of those that deserve the name of a missing link, the best
stand for their near-duplicates (`spheres`). Links that after better ones give less than half of
what they give alone are other forms of these and left out. What remains is ranked by what each
would save if it alone were built, with what it adds when they are built one after another, how
the ranks fare under redrawn assumptions (`stability`), what is in the way (`obstacles`) and what
it costs (`costs`).

`appraise` gives the same figures for links the user names.
"""

from collections.abc import Sequence

import numpy as np

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.models.links import choose, scan
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.strands.contract import Proposal, Stability
from onecity.strands.units import Reals, Rows

from .assumed import number
from .candidates import Candidates, candidates_of, given_candidates, missing
from .proposals import Judged, proposals_of
from .setting import Setting
from .spheres import Merged, merge
from .stability import draw

MOST = 20
"""Proposals given."""
SHORTLIST = 2_000
"""Missing links, best alone, that are looked at for near-duplicates."""
COMPARED = 60
"""Links that may stand for themselves after that."""
OWN_SHARE = 0.5
"""A link that, after better ones, gives less than this of what it gives alone serves mostly
the same trips as they do: it is another form of one of them, and no proposal of its own."""


def propose(region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return at most `MOST` links that would save travel time, best alone first.

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
    alone = _alone(setting, found, progress)
    wanted = missing(found, number(setting.assumed.link_least_detour)) & (alone > 0)
    best = np.flatnonzero(wanted)
    best = best[np.argsort(-alone[best], kind="stable")][:SHORTLIST]
    if not len(best):
        return ()
    links = found.take(best)
    merged = _merged(setting, links, alone[best], progress)
    stands = links.take(merged.stands)
    own = _of_their_own(setting, stands, progress)
    if not len(own):
        return ()
    exact = alone[best][merged.stands][own] / 3600
    stability = _stability(setting, stands.take(own), exact, progress)
    shown = stands.take(own[:MOST])
    judged = _judged(
        setting,
        shown,
        shown.roads(),
        progress,
        stability=stability[:MOST],
        forms=tuple(_pairs(links.take(merged.forms[row])) for row in own[:MOST]),
        compared=len(own),
        scanned=len(found),
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
        progress,
        stability=_stability(setting, ranked, alone[order] / 3600, progress),
        forms=((),) * len(order),
        compared=len(order),
        scanned=len(order),
    )
    return proposals_of(region, setting.travel, judged, setting.assumed)


def _alone(setting: Setting, links: Candidates, progress: Progress) -> Reals:
    """Return what each link saves if it alone is built, person-seconds a day."""
    nodes, flows = setting.flows(setting.fine)
    found = scan(
        setting.travel.network,
        nodes,
        flows,
        *links.ends,
        both_ways=links.both_ways,
        progress=progress,
    )
    return found.benefit


def _merged(setting: Setting, links: Candidates, benefit: Reals, progress: Progress) -> Merged:
    nodes, flows = setting.flows(setting.coarse)
    found = scan(
        setting.travel.network,
        nodes,
        flows,
        *links.ends,
        both_ways=links.both_ways,
        groups=setting.coarse.area,
        progress=progress,
    )
    if found.by_origin is None or found.by_destination is None:
        raise ValueError("the scan was asked for gains by area")
    sphere = np.hstack([found.by_origin, found.by_destination])
    spots = setting.region.table("road_nodes")[["lon", "lat"]].to_numpy()
    middle = (spots[links.tail] + spots[links.head]) / 2
    middle *= 111.2 * np.array([np.cos(np.radians(middle[:, 1].mean())), 1.0])
    near = number(setting.assumed.link_radius_km)
    return merge(benefit, sphere, middle, near, COMPARED)


def _of_their_own(setting: Setting, links: Candidates, progress: Progress) -> Rows:
    """Return the rows of links that serve trips of their own, best alone first.

    Links are chosen one after another, each time the one that adds most to those before, on
    the coarse cells; the benefits shown are counted anew.
    """
    nodes, flows = setting.flows(setting.coarse)
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
    return np.sort(choice.chosen[own])


def _stability(
    setting: Setting, links: Candidates, exact: Reals, progress: Progress
) -> tuple[Stability, ...]:
    if number(setting.assumed.link_draws) < 1:
        return ()
    drawn = draw(setting, links, exact, progress=progress)
    return drawn.of_links()


def _judged(
    setting: Setting,
    links: Candidates,
    roads: tuple[AddRoad, ...],
    progress: Progress,
    *,
    stability: tuple[Stability, ...],
    forms: tuple[tuple[tuple[int, int], ...], ...],
    compared: int,
    scanned: int,
) -> Judged:
    """Count exactly what the links to be shown give: alone, by county, one after another."""
    nodes, flows = setting.flows(setting.fine)
    given = (setting.travel.network, nodes, flows, *links.ends)
    found = scan(*given, both_ways=links.both_ways, groups=setting.fine.county, progress=progress)
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
        benefit=found.benefit / 3600,
        by_county=by_county,
        new_trips=found.newly_reached,
        order=order,
        added=added,
        stability=stability,
        forms=forms,
        compared=compared,
        scanned=scanned,
        people_left_out=setting.fine.left_out,
    )


def _pairs(links: Candidates) -> tuple[tuple[int, int], ...]:
    return tuple(zip(links.tail.tolist(), links.head.tolist(), strict=True))
