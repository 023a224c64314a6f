"""Invented cases of the last twelve months, brought into nodes as those of an older system.

They come on working days and in opening hours, as far as windows take them in; what is accepted
and decided, is in opening hours. So boards show a trend, some lateness, and what people thought.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onecity.core.progress import SILENCE, Progress
from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases import Outcome, State
from onecity.hall.cases.clock import CHINA, OPENING, day_of
from onecity.hall.catalogue import Applicant, Caseload, Catalogue, Item, TimeUnit, Way
from onecity.hall.catalogue.workbook import write_workbook
from onecity.hall.node.caseloads import caseloads
from onecity.hall.node.loading import Loaded, load_rows
from onecity.hall.node.node import Node
from onecity.identity import Actor
from onecity.identity.clock import Clock, utc_now

from .crowd import resident
from .making import Demonstration
from .rates import Rates, rates
from .traffic import End, Intended, plan

if TYPE_CHECKING:
    from onecity.hall.node.applying.views import Person

Row = dict[str, Any]
DAYS = 365
WORKBOOK = "办件目录.xlsx"
_STILL_OPEN = 10
"""Working days in which a case may still be open as its end says; older ones were decided."""
_LIMIT = 4.5
"""Working days by which a case is accepted or not; the law gives five."""
_PEOPLE = 2_000
"""So many of a kind applied in each city."""
_APART = 500_000
"""Between the seed of a plan of today and that of the year before it."""
_SPOT_DAYS = 0.03
_HOURS_A_DAY = 7.0
_AWAKE = (7, 23)


def load_history(
    made: Demonstration,
    count: int,
    seed: int,
    clock: Clock = utc_now,
    *,
    progress: Progress = SILENCE,
) -> dict[str, Loaded]:
    """Bring so many past cases into the nodes that decided them; return what each has, by code.

    With the same seed what is there is passed over, and a larger number adds to it.

    Raises
    ------
    InputError
        More of them were brought in before than are asked for now.
    StoreError
        A node cannot be written.
    """
    now = clock()
    found: dict[str, Loaded] = {}
    cases = plan(made.catalogue, count, seed + _APART)
    for code, rows in rows_of(made, cases, now, seed).items():
        with Node.open(made.folders[code], clock=clock) as node:
            found[code] = load_rows(
                node,
                lambda rows=rows: rows,  # type: ignore[misc]
                key=f"demonstration-{seed}",
                by=Actor.console(),
                progress=progress,
            )
    return found


def rows_of(
    made: Demonstration, cases: Sequence[Intended], now: datetime, seed: int
) -> dict[str, list[Row]]:
    """Return past cases as rows for the loader, by the code of the node that decided them."""
    past = Past(made.catalogue, now)
    found: dict[str, list[Row]] = defaultdict(list)
    for one in cases:
        item = past.item(one)
        node = made.cities[item.city] if item.city else made.province
        found[node].append(past.row(one, item, f"XG{seed}-{one.number:07d}"))
    return dict(found)


@dataclass
class Past:
    """Tells how cases went that came in during the year before a moment."""

    catalogue: Catalogue
    now: datetime
    known: Rates | None = None

    def __post_init__(self) -> None:
        self.rates = self.known or rates()
        self.calendar = WorkingCalendar.china()
        self._same = {(one.basic_code, one.city): one for one in self.catalogue.items}
        self._people: dict[tuple[str, Applicant, int], Person] = {}
        today = day_of(self.now)
        self._days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
        self._worked = [one for one in self._days if self.calendar.is_working(one)]
        self._lately = self.calendar.add_working_days(today, -_STILL_OPEN)

    def item(self, one: Intended) -> Item:
        """Return what was decided at last: of the city it was handed over to, if it was."""
        item = self.catalogue.item[one.item]
        return self._same[item.basic_code, one.to] if one.to else item

    def row(self, one: Intended, item: Item, number: str) -> Row:
        """Return a case as the loader takes it."""
        chance = random.Random(one.seed)  # noqa: S311  (invented)
        key = one.home, one.kind, one.seed % _PEOPLE
        if key not in self._people:
            self._people[key] = resident(self.catalogue, *key).person
        person = self._people[key]
        row: Row = {
            "number": number,
            "item": item.code,
            "way": "" if one.way is None or one.to == one.home else one.way.value,
            "from_city": one.home,
            "applicant_kind": person.kind.value,
            "applicant_name": person.name,
            "id_number": person.id_number,
            "credit_code": person.credit_code,
            "phone": person.phone,
        }
        return row | self._story(one, item, chance)

    # --- What happened when ----------------------------------------------------------------------

    def _story(self, one: Intended, item: Item, chance: random.Random) -> Row:
        opened = self._opened(one, chance)
        lately = day_of(opened) >= self._lately
        end = one.end if lately or one.end.decided or one.end in _OVER else End.GRANTED
        spot = item.promised is not None and item.promised.count == 0
        wait = _SPOT_DAYS if spot else min(_LIMIT, chance.expovariate(1 / self._rate("intake")))
        accepted = self._later(opened, wait)
        taken = self._taken(item, one.pace)
        decided = self._later(accepted, _SPOT_DAYS if spot else taken)
        closed = self._later(decided, chance.expovariate(1 / self._rate("delivery")))
        if end is End.WAITING or accepted > self.now or (spot and decided > self.now):
            return {"opened": opened, "state": State.RECEIVED.value}
        if end in _EARLY:
            name = "stopped" if end is End.UNANSWERED else "closed"
            return {"opened": opened, "state": end.state.value, name: accepted}
        told: Row = {"opened": opened, "accepted": accepted}
        if end is End.UNDER_WAY or decided > self.now:
            return told | {"state": State.ACCEPTED.value}
        outcome = Outcome.REFUSE if end is End.REFUSED else Outcome.GRANT
        told |= {"decided": decided, "outcome": outcome.value, "stars": one.stars}
        if closed > self.now:
            return told | {"state": State.DECIDED.value}
        return told | {"state": State.CLOSED.value, "closed": closed}

    def _rate(self, name: str) -> float:
        return self.rates[f"pace.{name}"]

    def _opened(self, one: Intended, chance: random.Random) -> datetime:
        """Return when it came in: at a window while it is open, over the net at any hour awake."""
        if one.way is Way.AGENT or chance.random() < self.rates["arrival.open_hours"]:
            return _office(chance.choice(self._worked), chance.random())
        minutes = chance.randrange(60 * _AWAKE[0], 60 * _AWAKE[1])
        day = chance.choice(self._days)
        return datetime.combine(day, time(minutes // 60, minutes % 60), CHINA)

    def _taken(self, item: Item, pace: float) -> float:
        """Return working days from the acceptance to the decision."""
        if item.promised is None:
            return pace * _HOURS_A_DAY
        count = item.promised.count
        match item.promised.unit:
            case TimeUnit.HOUR:
                return pace * count / _HOURS_A_DAY
            case TimeUnit.CALENDAR_DAY:
                return pace * count * len(self._worked) / len(self._days)
        return pace * count

    def _later(self, start: datetime, days: float) -> datetime:
        """Return the moment so many working days after another, in opening hours."""
        local = start.astimezone(CHINA)
        day = self.calendar.on_or_after(local.date())
        begun = _elapsed(local) if day == local.date() else 0.0
        whole, share = divmod(begun + days, 1.0)
        return max(start, _office(self.calendar.add_working_days(day, int(whole)), share))


_OVER = frozenset({End.REJECTED, End.WITHDRAWN})
_EARLY = _OVER | {End.UNANSWERED}
"""Ends that a case comes to before it is accepted."""


def _lengths() -> Iterator[tuple[time, float]]:
    for first, last in OPENING:
        yield first, (_minutes(last) - _minutes(first))


def _minutes(at: time) -> float:
    return 60.0 * at.hour + at.minute + at.second / 60.0


def _office(day: date, share: float) -> datetime:
    """Return the moment of a day at which a share of its opening hours is over."""
    left = share * sum(length for _, length in _lengths())
    for first, length in _lengths():
        if left <= length:
            return datetime.combine(day, first, CHINA) + timedelta(minutes=left)
        left -= length
    return datetime.combine(day, OPENING[-1][1], CHINA)


def _elapsed(local: datetime) -> float:
    """Return the share of a day's opening hours that is over at a moment."""
    now = _minutes(local.time())
    over = sum(min(max(now - _minutes(first), 0.0), length) for first, length in _lengths())
    return min(over / sum(length for _, length in _lengths()), 1.0)


def written(made: Demonstration) -> Path:
    """Write the catalogue with the cases that the nodes have had; return the workbook's path.

    It is analysed as any other is.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    loads: list[Caseload] = []
    for code, folder in made.folders.items():
        if code != made.portal:
            with Node.open(folder) as node:
                loads += caseloads(node)
    return write_workbook(replace(made.catalogue, caseloads=tuple(loads)), made.folder / WORKBOOK)
