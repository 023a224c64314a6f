"""Life events: what is asked twice, which steps could run side by side, before and after.

A life event is walked in one city at a time, each step by the item that implements it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue import Catalogue, Item, LifeEvent, Origin
from onecity.hall.catalogue.limits import working_days
from onecity.hall.catalogue.steps import in_turn, needed_by, steps_in

FASTEST = 0.5
"""Shortest time a step is drawn to take, as a share of what is promised."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A life event in one city.

    Attributes
    ----------
    event, city
        What is walked, and where.
    items
        The item of each step, in today's order; steps without one there are left out.
    today, needed
        For each step the steps (by place) that come before it: as it is done today; because the
        law wants it or because it yields a document that this one asks for.
    missing
        Basic codes that the city has no item for.
    """

    event: LifeEvent
    city: str
    items: tuple[Item, ...]
    today: tuple[frozenset[int], ...]
    needed: tuple[frozenset[int], ...]
    missing: tuple[str, ...]


def walks_of(catalogue: Catalogue) -> tuple[Walk, ...]:
    """Return every life event in every city that has at least one of its items.

    Items of departments above the cities (of a province) serve every city; an event of such items
    alone is walked once, in no city.

    Raises
    ------
    InputError
        Steps of a life event wait for each other in a circle.
    """
    cities = sorted({one.city for one in catalogue.items if one.city})
    found = []
    for event in catalogue.life_events:
        walks = [_walk(catalogue, event, city) for city in cities]
        mine = [one for one in walks if any(item.city for item in one.items)]
        above = _walk(catalogue, event, "")
        found += mine or ([above] if above.items else [])
    return tuple(found)


def _walk(catalogue: Catalogue, event: LifeEvent, city: str) -> Walk:
    found = steps_in(event, catalogue.items, city)
    items = tuple(item for _, item in found)
    place = {step.basic_code: at for at, (step, _) in enumerate(found)}
    today = tuple(
        frozenset(place[code] for code in step.after if code in place and code != step.basic_code)
        for step, _ in found
    )
    needed = needed_by(items)
    missing = tuple(one.basic_code for one in event.steps if one.basic_code not in place)
    walk = Walk(event, city, items, today, needed, missing)
    for before in (today, needed):
        _in_turn(walk, before)
    return walk


def _in_turn(walk: Walk, before: Sequence[frozenset[int]]) -> list[int]:
    """Return the steps of a walk in an order in which each comes after those it waits for."""
    order, left = in_turn(dict(enumerate(before)))
    if left:
        codes = ", ".join(walk.items[step].basic_code for step in left)
        raise InputError("hall_findings.circle", event=walk.event.title, steps=codes)
    return order


@dataclass(frozen=True, slots=True)
class Twice:
    """A document that a life event asks for more than once, or that it yields itself.

    `times` asked in the city, by the items `askers`; `yielded_by` the item of the event whose
    result it is, empty where none.
    """

    event: LifeEvent
    city: str
    document: str
    times: int
    askers: tuple[str, ...]
    yielded_by: str


def asked_twice(walks: Sequence[Walk]) -> tuple[Twice, ...]:
    """Return what people hand in again within one life event, most often first."""
    found = []
    for walk in walks:
        askers: dict[str, list[str]] = {}
        for item in walk.items:
            for code in dict.fromkeys(one.document for one in item.requirements):
                askers.setdefault(code, []).append(item.code)
        yielded = {code: item.code for item in walk.items for code in item.results}
        found += [
            Twice(walk.event, walk.city, code, len(items), tuple(items), yielded.get(code, ""))
            for code, items in askers.items()
            if len(items) > 1 or code in yielded
        ]
    return tuple(
        sorted(found, key=lambda one: (-one.times, one.event.code, one.city, one.document))
    )


@dataclass(frozen=True, slots=True)
class Length:
    """How long a life event takes by promised limits, in working days.

    `today` in today's order; `possible` where steps wait only for what they need; `pairs` of
    steps (basic codes) that wait for each other today without need. `unlimited` counts items that
    promise no time: they are taken as on the spot, so that both figures are too small.
    """

    walk: Walk
    today: float
    possible: float
    pairs: tuple[tuple[str, str], ...]
    unlimited: int


def lengths(walks: Sequence[Walk]) -> tuple[Length, ...]:
    """Return how long life events take, those that could be shortened most first."""
    found = []
    for walk in walks:
        days = [working_days(one.promised) for one in walk.items]
        needed = _all_before(walk.needed)
        pairs = tuple(
            (walk.items[before].basic_code, walk.items[step].basic_code)
            for step, several in enumerate(walk.today)
            for before in sorted(several)
            if before not in needed[step]
        )
        found.append(
            Length(
                walk,
                longest(days, walk.today),
                longest(days, walk.needed),
                pairs,
                sum(one.promised is None for one in walk.items),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.possible - one.today, one.walk.event.code)))


def longest(days: Sequence[float], before: Sequence[frozenset[int]]) -> float:
    """Return the length of the longest chain of steps (critical path; Kelley & Walker 1959)."""
    end: dict[int, float] = {}

    def ends(step: int) -> float:
        if step not in end:
            end[step] = days[step] + max((ends(one) for one in before[step]), default=0.0)
        return end[step]

    return max((ends(step) for step in range(len(days))), default=0.0)


def _all_before(before: Sequence[frozenset[int]]) -> list[set[int]]:
    """Return for every step all steps that come before it, near and far."""
    found: list[set[int]] = []
    for step in range(len(before)):
        seen: set[int] = set()
        ahead = list(before[step])
        while ahead:
            one = ahead.pop()
            if one not in seen:
                seen.add(one)
                ahead += before[one]
        found.append(seen)
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """How a life event is walked: documents that are exchanged, and whether steps run side by side.

    With `together` it is one application: people come once at most, and only where a step needs
    a visit that nothing spares.
    """

    exchanged: frozenset[str] = frozenset()
    side_by_side: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What walking a life event took, again and again.

    Attributes
    ----------
    days : float64 (D,)
        Calendar days from application to the last result, for each draw.
    visits, documents
        Of one walk.
    """

    days: NDArray[np.float64]
    visits: int
    documents: int

    def quantile(self, share: float) -> float:
        """Return the days that this share of walks does not exceed."""
        return float(np.quantile(self.days, share))


def simulate(
    walk: Walk,
    catalogue: Catalogue,
    plan: Plan,
    *,
    calendar: WorkingCalendar,
    first: date,
    last: date,
    draws: int = 1000,
    seed: int = 1,
) -> Run:
    """Return how long a life event takes on the working calendar, drawn again and again.

    Every draw begins on a day between `first` and `last`; waiting for documents from elsewhere
    comes before the step that asks for them; every step takes between half of what it promises
    and all of it, evenly (an assumption: an office that measures its times does better). The same
    seed draws the same days for every plan, so that plans are compared draw by draw.

    Raises
    ------
    InputError
        There are no draws, or the days are in the wrong order.
    """
    if draws < 1 or last < first:
        raise InputError("hall_findings.no_draws", draws=draws, first=first, last=last)
    random = np.random.default_rng(seed)
    starts = random.integers(first.toordinal(), last.toordinal() + 1, draws)
    pace = random.uniform(FASTEST, 1.0, (draws, len(walk.items)))
    before = walk.needed if plan.side_by_side else walk.today
    order = _in_turn(walk, before)
    promised = [working_days(one.promised) for one in walk.items]
    waits = [_waiting(one, catalogue, plan) for one in walk.items]
    days = np.empty(draws)
    for draw in range(draws):
        begun = date.fromordinal(int(starts[draw]))
        end: dict[int, date] = {}
        for step in order:
            start = max((end[one] for one in before[step]), default=begun)
            work = ceil(promised[step] * pace[draw, step])
            handed_in = date.fromordinal(start.toordinal() + ceil(waits[step]))
            end[step] = calendar.add_working_days(calendar.on_or_after(handed_in), work)
        days[draw] = max((one.toordinal() for one in end.values()), default=begun.toordinal())
        days[draw] -= begun.toordinal()
    visits, documents = effort(walk, catalogue, plan)
    return Run(days, visits, documents)


def effort(walk: Walk, catalogue: Catalogue, plan: Plan) -> tuple[int, int]:
    """Return the visits and documents that one walk takes.

    A step's own visits fall away only where all that forces them is exchanged. Within one
    application a document is handed in once and nobody comes twice.
    """
    visits, carried = 0, []
    own_results = {code for item in walk.items for code in item.results}
    for item in walk.items:
        wanted = [one.document for one in item.requirements if one.document not in plan.exchanged]
        if plan.together:
            wanted = [one for one in wanted if one not in own_results]
        carried += wanted
        forcing = [one for one in item.requirements if one.visit]
        spared = bool(forcing) and all(one.document in plan.exchanged for one in forcing)
        visits += max(0, item.visits - 1) if spared else item.visits
    if plan.together:
        carried, visits = list(dict.fromkeys(carried)), min(visits, 1)
    fetched = {
        code for code in carried if (one := catalogue.document.get(code)) is not None and one.visit
    }
    return visits + len(fetched), len(carried)


def _waiting(item: Item, catalogue: Catalogue, plan: Plan) -> float:
    """Return the days of waiting for the slowest document that has to be fetched."""
    found = [catalogue.document.get(one.document) for one in item.requirements]
    return max(
        (one.days for one in found if one is not None and one.code not in plan.exchanged),
        default=0.0,
    )


def exchangeable(catalogue: Catalogue) -> frozenset[str]:
    """Return the documents that an exchange between departments could carry."""
    return frozenset(
        one.code for one in catalogue.documents if one.origin is Origin.GOVERNMENT and one.issuer
    )


@dataclass(frozen=True, slots=True)
class Rework:
    """A life event before and after: as it is today, and as the plan would have it."""

    walk: Walk
    before: Run
    after: Run
    remarks: tuple[Sentence, ...] = field(default=())


def rework(
    walks: Sequence[Walk],
    catalogue: Catalogue,
    plan: Plan,
    *,
    calendar: WorkingCalendar,
    first: date,
    last: date,
    draws: int = 1000,
    seed: int = 1,
) -> tuple[Rework, ...]:
    """Return every life event before and after; see `simulate`."""
    remark = calendar.remark(first, last)
    remarks = (remark,) if remark else ()
    return tuple(
        Rework(
            walk,
            simulate(
                walk,
                catalogue,
                Plan(),
                calendar=calendar,
                first=first,
                last=last,
                draws=draws,
                seed=seed,
            ),
            simulate(
                walk,
                catalogue,
                plan,
                calendar=calendar,
                first=first,
                last=last,
                draws=draws,
                seed=seed,
            ),
            remarks,
        )
        for walk in walks
    )
