"""What opening borders gives: to whom, and who pays for it in crowding.

Stages lie on the way from today's pi to all open. Opening moves capacity: where the same capacity
is reached before and after, as under two-step and three-step, the mean of all people cannot rise,
so that winners and losers, the worst-off, inequality and travel are told beside it, never the mean
alone.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals

from .borders import Places, checked_permeability, opened
from .inequality import Inequality, group_codes, inequality, worst_off
from .measure import CHOICE, Access, Service, access_to
from .reach import Reach

#: Part of the larger of two values that counts as a change: sums differ in their last digits.
CHANGE = 1e-9


@dataclass(frozen=True, slots=True)
class Stage:
    """One state between today and all open.

    Attributes
    ----------
    share
        0 is today, 1 all open.
    access
        What zones get and facilities are asked for.
    spread
        How unevenly, groups being cities.
    """

    share: float
    access: Access
    spread: Inequality


@dataclass(frozen=True, slots=True)
class Opening:
    """A service from today to all open.

    Attributes
    ----------
    service
        Its name.
    stages
        Ascending; the first is today, the last all open.
    gain : float64 (Z,)
        Access all open less today; zero where it is level but for the last digits.
    saved : float64 (Z,)
        Time to usable care today less all open: what the border costs in minutes. Never below
        zero; infinite where there is none today, NaN where there is none either way.
    crowding : float64 (F,)
        People who ask per unit of capacity, all open less today; NaN without capacity.
    winners, losers, level
        People whose access rises, falls and stays.
    """

    service: str
    stages: tuple[Stage, ...]
    gain: Reals
    saved: Reals
    crowding: Reals
    winners: float
    losers: float
    level: float

    @property
    def today(self) -> Stage:
        """The state today."""
        return self.stages[0]

    @property
    def open(self) -> Stage:
        """The state with every border open."""
        return self.stages[-1]

    @property
    def border_share(self) -> float:
        """Part of today's Theil that goes when borders open.

        Below zero where opening makes access more uneven; NaN where all are level today.
        """
        before, after = self.today.spread.theil, self.open.spread.theil
        return 1.0 - after / before if before > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class GroupGain:
    """What opening gives to groups, as counties.

    Attributes
    ----------
    people, winners, losers : float64 (G,)
        All, those whose access rises, those whose access falls.
    today, open : float64 (G,)
        Mean access; NaN without people.
    """

    people: Reals
    winners: Reals
    losers: Reals
    today: Reals
    open: Reals


@dataclass(frozen=True, slots=True)
class BorderGain:
    """What opening one border alone would give.

    Attributes
    ----------
    a, b
        Its cities, a < b.
    worst
        What today's worst-off gain together: access times people.
    winners, losers
        People whose access rises and falls.
    crowded
        People who ask for a unit of capacity, at the facility where that rises most: the rise.
    """

    a: int
    b: int
    worst: float
    winners: float
    losers: float
    crowded: float

    @property
    def per_loser(self) -> float:
        """Gain of the worst-off for each who loses; infinite for a gain that costs nobody."""
        if self.losers > 0:
            return self.worst / self.losers
        return float(np.copysign(np.inf, self.worst)) if self.worst else 0.0


def opening(
    reach: Reach,
    places: Places,
    people: ArrayLike,
    services: tuple[Service, ...] | list[Service],
    *,
    shares: tuple[float, ...] = (0.0, 0.5, 1.0),
    choice: float = CHOICE,
    worst: float = 0.1,
) -> tuple[Opening, ...]:
    """Return what opening borders gives, for each service.

    Parameters
    ----------
    reach, places, people, services, choice
        As in `access_to`; pi of a service is today's.
    shares
        From 0 to 1, both included, ascending.
    worst
        Share of people who count as the worst-off.

    Raises
    ------
    InputError
        As `access_to`, or shares that are wrong.
    """
    if len(shares) < 2 or shares[0] != 0 or shares[-1] != 1 or (np.diff(shares) <= 0).any():
        raise InputError("access.shares", given=shares)
    states = [
        access_to(reach, places, people, [_opened(s, share) for s in services], choice=choice)
        for share in shares
    ]
    found = []
    for number in range(len(services)):
        stages = []
        for share, state in zip(shares, states, strict=True):
            one = state[number]
            spread = inequality(
                one.people, one.access, places.zone_city, places.cities, worst=worst
            )
            stages.append(Stage(share, one, spread))
        found.append(_compared(tuple(stages)))
    return tuple(found)


def group_gains(found: Opening, group: ArrayLike, groups: int) -> GroupGain:
    """Return what opening gives to each group of zones.

    Parameters
    ----------
    found
        What opening gives.
    group
        Of each zone, 0..G-1, (Z,).
    groups
        G.

    Raises
    ------
    InputError
        Groups that are wrong.
    """
    people = found.today.access.people
    code = group_codes(group, len(people), groups)

    def total(value: Reals) -> Reals:
        return np.bincount(code, people * value, groups).astype(np.float64)

    size = total(np.ones(len(people)))
    some = np.where(size > 0, size, np.nan)
    return GroupGain(
        size,
        total((found.gain > 0).astype(np.float64)),
        total((found.gain < 0).astype(np.float64)),
        total(found.today.access.access) / some,
        total(found.open.access.access) / some,
    )


def border_gains(
    reach: Reach, places: Places, people: ArrayLike, service: Service, *, worst: float = 0.1
) -> tuple[BorderGain, ...]:
    """Return what each border would give if it alone opened, both ways.

    Most for the worst-off per person who loses come first. Borders that are open already are
    left out.

    Parameters
    ----------
    reach, places, people
        As in `access_to`.
    service
        With today's pi.
    worst
        Share of people who count as the worst-off, by their access today.

    Raises
    ------
    InputError
        As `access_to`.
    """
    (today,) = access_to(reach, places, people, [service])
    among = worst_off(today.people, today.access, worst)
    pi = checked_permeability(service.pi, places.cities)
    found = []
    for a in range(places.cities):
        for b in range(a + 1, places.cities):
            if pi[a, b] == 1 and pi[b, a] == 1:
                continue
            other = pi.copy()
            other[a, b] = other[b, a] = 1.0
            (after,) = access_to(reach, places, people, [replace(service, pi=other)])
            gain = _change(today.access, after.access)
            rise = after.crowding - today.crowding
            found.append(
                BorderGain(
                    a,
                    b,
                    float(among @ gain),
                    float(today.people[gain > 0].sum()),
                    float(today.people[gain < 0].sum()),
                    float(max(np.nanmax(rise), 0.0)),
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.per_loser, -one.worst, one.a, one.b)))


def _opened(service: Service, share: float) -> Service:
    return replace(service, pi=opened(service.pi, share))


def _change(before: Reals, after: Reals) -> Reals:
    gap = after - before
    return np.where(np.abs(gap) > CHANGE * np.maximum(before, after), gap, 0.0)


def _compared(stages: tuple[Stage, ...]) -> Opening:
    today, after = stages[0].access, stages[-1].access
    gain = _change(today.access, after.access)
    with np.errstate(invalid="ignore"):
        saved = np.maximum(today.choice - after.choice, 0.0)
    people = today.people
    return Opening(
        today.service,
        stages,
        gain,
        saved,
        after.crowding - today.crowding,
        float(people[gain > 0].sum()),
        float(people[gain < 0].sum()),
        float(people[gain == 0].sum()),
    )
