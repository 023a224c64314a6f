"""The supervisor's board: load, lateness, differences between cities, satisfaction; no person.

It sums counts that are kept with every change (`counts`), and those that other nodes tell of their
cities once a day (`figures`), so it costs the same at a thousand cases
and at a million. What is late or short of time is counted at the tasks that are open.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from onecity.core.errors import InputError
from onecity.hall.cases import State
from onecity.identity import Actor
from onecity.identity.clock import stamp

from .counts import EVENT, SUMS
from .mail.outbox import Peer
from .rights import BOARD
from .tables.cases import DAYS, LOADS, PEER_DAYS, TASKS

if TYPE_CHECKING:
    from .node import Node

LONGEST_DAYS = 1100
"""Days that a board may look back over."""
_USUAL_DAYS = 30
_OPEN = frozenset(
    {State.RECEIVED, State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED, State.DECIDED}
)
"""What a department still has to do with: what is decided has to be delivered."""


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What a department has before it now, and how it did in the period.

    `days_mean` are working days from acceptance to the decision, `on_time` the share of what was
    decided that was in time; None where nothing was.
    """

    unit: str
    city: str
    open: int
    late: int
    due_soon: int
    came: int
    done: int
    days_mean: float | None
    on_time: float | None


@dataclass(frozen=True, slots=True)
class ItemCity:
    """One item in one city over the period: means are None where nothing was counted."""

    city: str
    came: int
    cases: int
    crossed: int
    days: float | None
    visits: float | None
    refused: int
    on_time: float | None
    stars: float | None


@dataclass(frozen=True, slots=True)
class ItemCities:
    """The same item side by side in the cities: this node's, and others' as they told them.

    `spread` is the longest mean of days less the shortest; None with fewer than two cities.
    """

    basic_code: str
    title: str
    cities: tuple[ItemCity, ...]
    spread: float | None


@dataclass(frozen=True, slots=True)
class EventCity:
    """A life event that one city leads, over the period: whole applications, not their steps.

    `days` is the mean of working days from the application to its end, `refused` of how many a
    step was not granted; means are None where nothing was counted.
    """

    city: str
    came: int
    ended: int
    refused: int
    days: float | None
    stars: float | None
    appraised: int


@dataclass(frozen=True, slots=True)
class EventCities:
    """The same life event side by side in the cities that lead it."""

    code: str
    title: str
    cities: tuple[EventCity, ...]


@dataclass(frozen=True, slots=True)
class DayFlow:
    """Cases that came, and that left, on a day."""

    day: date
    came: int
    left: int


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board of a period: both days are in it."""

    since: date
    until: date
    units: tuple[UnitLoad, ...]
    items: tuple[ItemCities, ...]
    events: tuple[EventCities, ...]
    trend: tuple[DayFlow, ...]
    peers: tuple[Peer, ...]
    stars: float | None
    appraised: int


class Board:
    """The board of one node."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def view(self, *, by: Actor, since: date | None = None, until: date | None = None) -> BoardView:
        """Return the board: of the last thirty days where nothing is said.

        Who may see it in one city alone sees the departments of that city.

        Raises
        ------
        ForbiddenError
            They may not see it.
        InputError
            The period ends before it begins, or is too long.
        """
        rules, node = self.node.office.rules, self.node
        cities = rules.cities(by, BOARD)
        if cities is not None and not cities:
            rules.require(by, BOARD)
        last = until or node.today()
        first = since or last - timedelta(days=_USUAL_DAYS - 1)
        if not first <= last <= first + timedelta(days=LONGEST_DAYS):
            raise InputError("hall_node.bad_period", since=first, until=last)
        now = stamp(node.office.clock())
        with node.reading() as connection:
            rows = _sums(connection, first, last)
            loads = _loads(connection)
            late = _tasks(connection, TASKS.c.due < now)
            yellow = _tasks(connection, TASKS.c.warn <= now)
            flows = _flows(connection, first, last, cities)
            others = _of_peers(connection, first, last)
        titles = self._titles()
        if cities is not None:
            rows = [one for one in rows if one["city"] in cities]
        events = self._events([*rows, *others])
        rows, others = ([one for one in each if not _of_event(one)] for each in (rows, others))
        units = self._units(rows, loads, late, yellow, cities)
        appraised = sum(one["appraised"] for one in rows)
        return BoardView(
            since=first,
            until=last,
            units=units,
            items=_items([*rows, *others], titles),
            events=events,
            trend=_trend(flows, first, last),
            peers=node.mail.peers(),
            stars=_mean(sum(one["stars"] for one in rows), appraised),
            appraised=appraised,
        )

    def _titles(self) -> Mapping[str, str]:
        catalogue = self.node.editions.catalogue(self.node.today())
        return {one.basic_code: one.title for one in reversed(catalogue.items)}

    def _events(self, rows: list[dict[str, Any]]) -> tuple[EventCities, ...]:
        """Return life events by the city that leads them, the most frequent first."""
        catalogue = self.node.editions.catalogue(self.node.today())
        titles = {one.code: one.title for one in catalogue.life_events}
        found = []
        for basic, by_city in _by_basic([one for one in rows if _of_event(one)]).items():
            code = basic.removeprefix(EVENT)
            cities = tuple(_event_city(city, by_city[city]) for city in sorted(by_city))
            found.append(EventCities(code, titles.get(code, code), cities))
        return tuple(
            sorted(found, key=lambda one: (-sum(city.came for city in one.cities), one.code))
        )

    def _units(
        self,
        rows: list[dict[str, Any]],
        loads: Mapping[str, int],
        late: Mapping[str, int],
        yellow: Mapping[str, int],
        cities: frozenset[str] | None,
    ) -> tuple[UnitLoad, ...]:
        departments = self.node.editions.catalogue(self.node.today()).department
        of_unit: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
        city_of = {code: one.city for code, one in departments.items()}
        for row in rows:
            city_of.setdefault(row["unit"], row["city"])
            for name in SUMS:
                of_unit[row["unit"]][name] += row[name]
        found = []
        for unit in sorted({*of_unit, *loads, *late, *yellow}):
            city = city_of.get(unit, "")
            if cities is not None and city not in cities:
                continue
            sums = of_unit[unit]
            found.append(
                UnitLoad(
                    unit=unit,
                    city=city,
                    open=loads.get(unit, 0),
                    late=late.get(unit, 0),
                    due_soon=max(0, yellow.get(unit, 0) - late.get(unit, 0)),
                    came=int(sums["came"]),
                    done=int(sums["decided"]),
                    days_mean=_mean(sums["days"], sums["decided"]),
                    on_time=_mean(sums["in_time"], sums["decided"]),
                )
            )
        return tuple(sorted(found, key=lambda one: (-one.late, -one.open, one.unit)))


def _sums(connection: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """Return the counts of a period, summed up by department and item."""
    sums = [func.sum(DAYS.c[one]).label(one) for one in SUMS]
    keys = (DAYS.c.unit, DAYS.c.item, DAYS.c.basic, DAYS.c.city)
    query = select(*keys, *sums).where(
        DAYS.c.day >= first.isoformat(), DAYS.c.day <= last.isoformat()
    )
    found = connection.execute(query.group_by(*keys)).mappings()
    return [{**row, **{one: _number(row[one]) for one in SUMS}} for row in found]


def _of_peers(connection: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """Return what other nodes told of their cities in a period, summed up by item."""
    sums = [func.sum(PEER_DAYS.c[one]).label(one) for one in SUMS]
    keys = (PEER_DAYS.c.basic, PEER_DAYS.c.city)
    query = select(*keys, *sums).where(
        PEER_DAYS.c.day >= first.isoformat(), PEER_DAYS.c.day <= last.isoformat()
    )
    found = connection.execute(query.group_by(*keys)).mappings()
    return [{**row, **{one: _number(row[one]) for one in SUMS}} for row in found]


def _number(value: Any) -> float:
    """Return a sum as a number: PostgreSQL gives whole ones as decimals."""
    return float(value) if isinstance(value, float) else int(value)


def _flows(
    connection: Connection, first: date, last: date, cities: frozenset[str] | None
) -> dict[str, tuple[int, int]]:
    """Return what came and left on each day that had any."""
    query = select(DAYS.c.day, func.sum(DAYS.c.came), func.sum(DAYS.c.ended)).where(
        DAYS.c.day >= first.isoformat(), DAYS.c.day <= last.isoformat(), DAYS.c.unit != ""
    )
    if cities is not None:
        query = query.where(DAYS.c.city.in_(sorted(cities)))
    found = connection.execute(query.group_by(DAYS.c.day))
    return {str(day): (int(came), int(ended)) for day, came, ended in found}


def _loads(connection: Connection) -> dict[str, int]:
    query = select(LOADS.c.unit, func.sum(LOADS.c.count)).where(LOADS.c.state.in_(sorted(_OPEN)))
    found = connection.execute(query.group_by(LOADS.c.unit))
    return {str(unit): int(count) for unit, count in found}


def _tasks(connection: Connection, term: Any) -> dict[str, int]:
    """Return how many open tasks each department has that are late, or yellow."""
    query = select(TASKS.c.unit, func.count()).where(TASKS.c.done.is_(None), term)
    found = connection.execute(query.group_by(TASKS.c.unit))
    return {str(unit): int(count) for unit, count in found}


def _of_event(row: Mapping[str, Any]) -> bool:
    return str(row["basic"]).startswith(EVENT)


def _by_basic(rows: list[dict[str, Any]]) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Return the sums of each item, or life event, by city."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: dict.fromkeys(SUMS, 0))
    )
    for row in rows:
        sums = found[row["basic"]][row["city"]]
        for name in SUMS:
            sums[name] += row[name]
    return found


def _items(rows: list[dict[str, Any]], titles: Mapping[str, str]) -> tuple[ItemCities, ...]:
    found = []
    for basic, by_city in _by_basic(rows).items():
        cities = tuple(_item_city(city, by_city[city]) for city in sorted(by_city))
        means = [one.days for one in cities if one.days is not None]
        spread = max(means) - min(means) if len(means) > 1 else None
        found.append(ItemCities(basic, titles.get(basic, basic), cities, spread))
    busy = {one.basic_code: sum(city.came for city in one.cities) for one in found}
    return tuple(
        sorted(found, key=lambda one: (-(one.spread or 0.0), -busy[one.basic_code], one.basic_code))
    )


def _item_city(city: str, sums: Mapping[str, float]) -> ItemCity:
    return ItemCity(
        city=city,
        came=int(sums["came"]),
        cases=int(sums["decided"]),
        crossed=int(sums["crossed"]),
        days=_mean(sums["days"], sums["decided"]),
        visits=_mean(sums["visits"], sums["decided"]),
        refused=int(sums["refused"]),
        on_time=_mean(sums["in_time"], sums["decided"]),
        stars=_mean(sums["stars"], sums["appraised"]),
    )


def _event_city(city: str, sums: Mapping[str, float]) -> EventCity:
    return EventCity(
        city=city,
        came=int(sums["came"]),
        ended=int(sums["ended"]),
        refused=int(sums["refused"]),
        days=_mean(sums["days"], sums["decided"]),
        stars=_mean(sums["stars"], sums["appraised"]),
        appraised=int(sums["appraised"]),
    )


def _trend(flows: Mapping[str, tuple[int, int]], first: date, last: date) -> tuple[DayFlow, ...]:
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    return tuple(DayFlow(day, *flows.get(day.isoformat(), (0, 0))) for day in days)


def _mean(total: float, count: float) -> float | None:
    return total / count if count else None
