"""`propose`: which borders to open first, for which service.

Each border between two cities is opened alone, both ways, and what today's worst-off tenth of the
whole region gain together is held against the people whose access falls, since others come to use
what they have. Beds and seats cannot be compared: gains are counted in *average shares*, what a
person has of the service on average today, so that a hundred of them bring a hundred people
from nothing to the average. Where nobody has any of it today, the average with all borders open
stands in. The rank is average shares for the worst-off for each thousand people
exposed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, worst_grade
from onecity.core.words import Sentence
from onecity.models.access import Access, access_to, worst_off
from onecity.region.interventions import OpenBorder
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Proposal
from onecity.strands.units import Name, Reals

from . import remarks as say
from .border import opened_in
from .ground import Ground, Provision, ground_of, usable
from .indicators import KEY, SERVED, Definition, indicator

EXPOSED = 1000.0
"""People exposed that a benefit is given for."""
OPENING = Definition("opening_benefit", "per_1000", Better.HIGHER, (), SERVED, 2)
"""What `Proposal.benefit` counts."""

FEWEST = 0.01
"""At least this share of the two cities' people counts as exposed, lest a gain that costs nobody
be good without end."""
MOST = 40
"""Proposals that are told."""
_WORST = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """What opening one border for one service does.

    Attributes
    ----------
    provision
        The service.
    a, b
        Rows of the cities.
    shares
        Average shares that the worst-off of each zone gain, (Z,).
    loses : bool (Z,)
        Zones whose access falls.
    winners, losers
        People.
    exposed
        People that the gain is held against.
    saved
        Person-minutes on the way to usable care, people without any counted as assumed.
    """

    provision: Provision
    a: int
    b: int
    shares: Reals
    loses: NDArray[np.bool_]
    winners: float
    losers: float
    exposed: float
    saved: float

    @property
    def benefit(self) -> float:
        """Average shares for the worst-off per thousand people exposed."""
        return EXPOSED * float(self.shares.sum()) / self.exposed


def propose(region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return the borders worth opening, best first; none where there are no facilities.

    Borders that are open already, and those that give the worst-off nothing, are left out.

    Raises
    ------
    InputError
        As `measure`.
    """
    progress.stage("livelihood.stage_network")
    ground = ground_of(region)
    if not ground.people.any():
        return ()
    progress.stage("livelihood.stage_opening", max(len(ground.provisions), 1))
    found: list[Opened] = []
    for provision in ground.provisions.values():
        found += openings(ground, provision)
        progress.advance()
    # Ties in the order of services, then of cities.
    best = sorted((one for one in found if one.benefit > 0), key=lambda one: -one.benefit)
    silent = any(one.recognition.silent for one in ground.provisions.values())
    common = Sentence(f"{KEY}.opening_exposed", {"share": FEWEST})
    remarks = (common, Sentence(f"{KEY}.opening_capacity_kept"), *say.ON_TIMES)
    measure = indicator(OPENING, region, remarks, assumed=silent)
    return tuple(
        _proposal(ground, one, rank, measure) for rank, one in enumerate(best[:MOST], start=1)
    )


def openings(ground: Ground, provision: Provision) -> list[Opened]:
    """Return what each border that is not open gives if it alone opens, both ways."""
    service, places = provision.asked(ground), provision.places(ground)
    pi = provision.recognition.pi
    (today,) = access_to(provision.reach, places, ground.people, [service])
    mean = float(today.access @ ground.people / ground.people.sum())
    if mean == 0:
        everywhere = provision.asked(ground, np.ones_like(pi))
        (opened,) = access_to(provision.reach, places, ground.people, [everywhere])
        mean = float(opened.access @ ground.people / ground.people.sum())
    if mean == 0:
        return []
    among = worst_off(today.people, today.access, _WORST)
    minutes = _way(ground, provision, pi)
    found = []
    for a in range(len(ground.cities)):
        for b in range(a + 1, len(ground.cities)):
            if pi[a, b] == 1 and pi[b, a] == 1:
                continue
            after_pi = opened_in(pi, (a, b))
            asked = provision.asked(ground, after_pi)
            (after,) = access_to(provision.reach, places, ground.people, [asked])
            saved = float((minutes - _way(ground, provision, after_pi)) @ ground.people)
            found.append(_opened(ground, provision, (a, b), today, after, among / mean, saved))
    return found


def _way(ground: Ground, provision: Provision, pi: Reals) -> Reals:
    found = usable(provision.quickest, pi, ground.city, ground.assumed.choice)
    return np.minimum(found, ground.assumed.unserved)


def _opened(
    ground: Ground,
    provision: Provision,
    pair: tuple[int, int],
    today: Access,
    after: Access,
    among: Reals,
    saved: float,
) -> Opened:
    gap = after.access - today.access
    gain = np.where(np.abs(gap) > 1e-9 * np.maximum(after.access, today.access), gap, 0.0)
    losers = float(ground.people[gain < 0].sum())
    both = float(ground.people[np.isin(ground.city, pair)].sum())
    return Opened(
        provision=provision,
        a=pair[0],
        b=pair[1],
        shares=among * gain,
        loses=gain < 0,
        winners=float(ground.people[gain > 0].sum()),
        losers=losers,
        exposed=max(losers, FEWEST * both, 1.0),
        saved=saved,
    )


def _proposal(ground: Ground, one: Opened, rank: int, measure: Indicator) -> Proposal:
    region, service = ground.region, one.provision.service
    cities = region.table("cities").iloc[[one.a, one.b]]
    codes = [str(ground.cities[row]) for row in (one.a, one.b)]
    names = [Name(zh, en) for zh, en in zip(cities["name_zh"], cities["name_en"], strict=True)]
    pi = one.provision.recognition.pi
    return Proposal(
        intervention=OpenBorder(service, codes[0], codes[1]),
        rank=rank,
        indicator=measure,
        benefit=one.benefit,
        gains=_by_city(ground, EXPOSED * one.shares / one.exposed),
        cost_million_cny=None,
        evidence={
            "names": tuple(names),
            "lon": tuple(float(x) for x in cities["lon"]),
            "lat": tuple(float(y) for y in cities["lat"]),
            "service": service,
            "today": (float(pi[one.a, one.b]), float(pi[one.b, one.a])),
            "worst_off_shares": float(one.shares.sum()),
            "winners": one.winners,
            "losers": one.losers,
            "exposed": one.exposed,
            "person_hours_saved": one.saved / 60,
        },
        remarks=_remarks(one),
        kind=service,
        payers=_payers(ground, one),
        grade=worst_grade([measure.grade, Grade.E]),
        assumptions=ground.assumptions,
    )


def _remarks(one: Opened) -> tuple[Sentence, ...]:
    what = Sentence(f"livelihood.kind_{one.provision.service}")
    values = {"what": what, "winners": one.winners, "losers": one.losers}
    told = [Sentence(f"{KEY}.opening_people", values)]
    if one.saved > 0:
        told.append(Sentence(f"{KEY}.opening_saves", {"hours": one.saved / 60}))
    if one.losers:
        told.append(Sentence(f"{KEY}.opening_payers"))
    return tuple(told)


def _by_city(ground: Ground, values: Reals) -> Mapping[str, float]:
    total = np.bincount(ground.city, values, len(ground.cities))
    return {str(code): float(value) for code, value in zip(ground.cities, total, strict=True)}


def _payers(ground: Ground, one: Opened) -> Mapping[str, float]:
    """Return the share of the people who lose by city: they pay, in crowding."""
    if not one.losers:
        return {}
    lost = np.bincount(ground.city, ground.people * one.loses, len(ground.cities)) / one.losers
    return {
        str(code): float(value)
        for code, value in zip(ground.cities, lost, strict=True)
        if value > 0
    }
