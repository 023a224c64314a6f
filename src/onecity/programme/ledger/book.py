"""The whole ledger in memory: a frozen snapshot, and what can be asked of it.

A book is a value. Nothing here touches a database: a store makes one with `Book.of`, and a newer
one out of it with `Book.changed`, which works out anew only what a change can have touched: the
items changed and those that wait for them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Literal

from onecity.core.errors import MissingError
from onecity.core.working_days import WorkingCalendar

from . import dependencies, figures
from . import earned as earned_value
from .columns import Columns, Numbers
from .model import Item, State
from .past import NO_PAST, Past
from .query import Count, Found, Part, Query
from .register import Register
from .rules import USUAL, Standing, Thresholds, standing
from .search import folded, initials, spelled

Group = Literal["unit", "now", "city"]
_NONE = ""
_MOST_POINTS = 400
_PLANNED = attrgetter(
    "state", "progress", "start", "assigned_on", "due", "reported_on", "depends_on"
)
"""What of an item its place in the plan depends on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Book:
    """The ledger as it is on a day; make one with `of`.

    Attributes
    ----------
    day
        For which the standings hold.
    items, pasts, standings
        By id, in the order of the ids; an item without a past has none yet.
    register, calendar, thresholds
        As they were for the standings.
    waiting
        By id, the ids of the items that depend on it.
    revision
        Of the store it was made from: a newer book has a larger one.
    """

    day: date
    items: Mapping[str, Item]
    pasts: Mapping[str, Past]
    standings: Mapping[str, Standing]
    register: Register
    calendar: WorkingCalendar
    thresholds: Thresholds = USUAL
    waiting: Mapping[str, tuple[str, ...]]
    revision: int = 0
    columns: Columns = field(repr=False)
    memory: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        items: Iterable[Item],
        pasts: Mapping[str, Past],
        register: Register,
        calendar: WorkingCalendar,
        day: date,
        *,
        thresholds: Thresholds = USUAL,
        revision: int = 0,
    ) -> "Book":
        """Return the book of some items on a day."""
        known = {one.id: one for one in sorted(items, key=lambda one: one.id)}
        stands = {
            id_: standing(one, day, calendar, pasts.get(id_, NO_PAST), known, thresholds)
            for id_, one in known.items()
        }
        waiting: dict[str, tuple[str, ...]] = {}
        for one in known.values():
            _wait(waiting, one)
        return cls(
            day=day,
            items=MappingProxyType(known),
            pasts=MappingProxyType(dict(pasts)),
            standings=MappingProxyType(stands),
            register=register,
            calendar=calendar,
            thresholds=thresholds,
            waiting=MappingProxyType(waiting),
            revision=revision,
            columns=Columns.of(known.values(), stands),
        )

    def on(self, day: date, *, thresholds: Thresholds | None = None) -> "Book":
        """Return the book on another day, or with other thresholds: every standing is anew."""
        rules = thresholds or self.thresholds
        stands = {
            id_: standing(one, day, self.calendar, self.pasts.get(id_, NO_PAST), self.items, rules)
            for id_, one in self.items.items()
        }
        return replace(
            self,
            day=day,
            thresholds=rules,
            standings=MappingProxyType(stands),
            columns=self.columns.changed(self.items, (), stands, self.items),
            memory={},
        )

    def changed(
        self,
        items: Iterable[Item],
        pasts: Mapping[str, Past],
        *,
        register: Register | None = None,
        revision: int | None = None,
    ) -> "Book":
        """Return the book with some items new or changed, and their pasts.

        What stands for the others stays, except for those that wait for a changed one.
        """
        new = {one.id: one for one in items}
        known = {**self.items, **new}
        added = [id_ for id_ in new if id_ not in self.items]
        if added and self.items and min(added) < self.columns.ids[-1]:
            known = dict(sorted(known.items()))  # made at the same moment, or by another clock
        elif len(added) > 1:
            known = {**self.items, **{id_: new[id_] for id_ in sorted(new)}}
        all_pasts = {**self.pasts, **pasts}
        waiting = dict(self.waiting)
        for id_, one in new.items():
            before = self.items.get(id_)
            if before is not None and before.depends_on == one.depends_on:
                continue
            if before is not None:
                _wait_no_more(waiting, before)
            _wait(waiting, one)
        touched = set(new) | (pasts.keys() & known.keys())
        touched |= {after for id_ in new for after in waiting.get(id_, ())}
        stands = dict(self.standings)
        for id_ in touched:
            past = all_pasts.get(id_, NO_PAST)
            stands[id_] = standing(
                known[id_], self.day, self.calendar, past, known, self.thresholds
            )
        return replace(
            self,
            items=MappingProxyType(known),
            pasts=MappingProxyType(all_pasts),
            standings=MappingProxyType(stands),
            register=register or self.register,
            waiting=MappingProxyType(waiting),
            revision=self.revision if revision is None else revision,
            columns=self.columns.changed(known, new, stands, touched),
            memory=self._kept(new.values()),
        )

    # --- Questions -------------------------------------------------------------------------------

    def find(self, query: Query) -> Found:
        """Return a page of the items that a query asks for."""
        rows = self._rows(query)
        page = self.columns.sorted(rows, query.sort)[query.offset : query.offset + query.limit]
        ids = self.columns.ids
        return Found(
            rows=tuple(self.items[ids[row]] for row in page),
            total=len(rows),
            states=self.columns.counted(rows, "state"),
            marks=self.columns.counted(rows, "mark"),
        )

    def select(self, query: Query) -> tuple[Item, ...]:
        """Return all items that a query asks for, in its order, whatever its page."""
        ids = self.columns.ids
        rows = self.columns.sorted(self._rows(query), query.sort)
        return tuple(self.items[ids[row]] for row in rows)

    def counts(self, query: Query, by: Count) -> Mapping[str, int]:
        """Return how many items there are of each kind that occurs; "" are those of none.

        `by` "unit" and "city" are those of the responsible unit, "month" is that of the due date.
        """
        rows = self._rows(query)
        if by in {"state", "mark", "strand", "kind", "level", "gate"}:
            return self.columns.counted(rows, by)
        counts = Counter[str]()
        if by == "month":
            for day, count in self.columns.due_days(rows).items():
                counts[_NONE if day is None else day.isoformat()[:7]] += count
            return dict(sorted(counts.items()))
        for code, count in self.columns.responsible(rows).items():
            unit = self.register.units.get(code)
            city = _NONE if unit is None else unit.city or _NONE
            counts[code if by == "unit" else city] += count
        return dict(sorted(counts.items()))

    def city(self, item: Item) -> str | None:
        """Return the code of an item's city: that of the responsible unit."""
        unit = self.register.units.get(item.responsible_unit or _NONE)
        return None if unit is None else unit.city

    def item(self, id_: str) -> Item:
        """Return an item.

        Raises
        ------
        MissingError
            There is none of that id.
        """
        try:
            return self.items[id_]
        except KeyError as error:
            raise MissingError("ledger.no_item", given=id_) from error

    def dependants(self, id_: str) -> tuple[Item, ...]:
        """Return the items that depend on one, in the order of their ids."""
        return tuple(self.items[one] for one in sorted(self.waiting.get(id_, ())))

    def plan(self) -> dependencies.Plan:
        """Return when items can be done and which decide the end; worked out once for a book."""
        if "plan" not in self.memory:
            self.memory["plan"] = dependencies.plan(self.items.values(), self.day, self.calendar)
        found: dependencies.Plan = self.memory["plan"]
        return found

    def figures(self, group: Group = "unit") -> tuple[figures.UnitFigures, ...]:
        """Return how units do: each, or those that took over from it, or all of a city.

        Units of no city are counted under "". Worked out once for a book.
        """
        if group not in self.memory:
            self.memory[group] = figures.by_unit(
                self.items.values(),
                self.day,
                self.calendar,
                self.pasts,
                others=self.items,
                group=lambda code: self._group(code, group),
            )
        found: tuple[figures.UnitFigures, ...] = self.memory[group]
        return found

    def earned(self, query: Query) -> earned_value.Earned:
        """Return the earned value today of the items that a query asks for.

        Raises
        ------
        InputError
            Amounts are in several currencies.
        """
        return earned_value.earned(self.select(query), self.day, self.calendar)

    def curve(self, query: Query, days: Iterable[date] | None = None) -> earned_value.Curve:
        """Return the S-curve of the items that a query asks for; errors as in `earned`.

        Without `days` it has a point for each week, or for longer steps where there would be more
        than some hundreds, from the first begin to the last due date, and one for today.
        """
        items = self.select(query)
        return earned_value.curve(items, self._days(items) if days is None else days, self.calendar)

    # --- Pieces ----------------------------------------------------------------------------------

    def _kept(self, new: Iterable[Item]) -> dict[Any, Any]:
        """Return what was worked out before and still holds when items change."""
        if "plan" not in self.memory:
            return {}
        same = all(
            one.id in self.items and _PLANNED(one) == _PLANNED(self.items[one.id]) for one in new
        )
        return {"plan": self.memory["plan"]} if same else {}

    def _rows(self, query: Query) -> Numbers:
        columns = self.columns
        rows = columns.matching(query)
        if query.meeting is not None:
            rows = columns.keep(rows, lambda one: one.meeting == query.meeting)
        if query.cities:
            of_cities = {one.code for one in self.register if one.city in query.cities}
            rows = columns.keep(rows, lambda one: one.responsible in of_cities)
        if query.units:
            rows = columns.keep(rows, _has_part(query))
        if query.mine is not None:
            own = query.mine.units
            rows = columns.keep(rows, lambda one: not own.isdisjoint(one.units))
        if query.owner:
            wanted = folded(query.owner)
            rows = columns.keep(rows, lambda one: wanted in one.owner)
        for term in folded(query.text).split():
            rows = self._with(rows, term)
        return rows

    def _with(self, rows: Numbers, term: str) -> Numbers:
        """Return the rows in which a folded word stands."""
        letters = spelled(term)
        named = frozenset(
            one.code
            for one in self.register
            if term in folded(f"{one.name} {one.name_en or _NONE} {one.code}")
            or (letters is not None and letters.search(initials(one.name)))
        )
        if letters is None:
            return self.columns.keep(
                rows, lambda one: term in one.text or not named.isdisjoint(one.units)
            )
        search = letters.search
        return self.columns.keep(
            rows,
            lambda one: (
                term in one.text
                or search(one.initials) is not None
                or not named.isdisjoint(one.units)
            ),
        )

    def _group(self, code: str, group: Group) -> str:
        unit = self.register.units.get(code)
        if group == "unit" or unit is None:
            return code if group != "city" else _NONE
        if group == "city":
            return unit.city or _NONE
        return next((one.code for one in self.register.now(code, self.day)), code)

    def _days(self, items: Iterable[Item]) -> list[date]:
        spans = [
            (begin, one.due)
            for one in items
            if (one.budget or one.payments)
            and one.state is not State.CANCELLED
            and one.due is not None
            and (begin := one.start or one.assigned_on) is not None
        ]
        if not spans:
            return []
        first, last = min(begin for begin, _ in spans), max(due for _, due in spans)
        step = max(7, -(-(last - first).days // _MOST_POINTS))
        days = {first + timedelta(days) for days in range(0, (last - first).days, step)}
        return sorted(days | {last} | ({self.day} if first <= self.day <= last else set()))


def _has_part(query: Query) -> Any:
    wanted = query.units
    match query.part:
        case Part.LEAD:
            return lambda one: one.lead in wanted
        case Part.RESPONSIBLE:
            return lambda one: one.responsible in wanted
        case Part.SUPPORTING:
            return lambda one: not wanted.isdisjoint(one.supporting)
        case _:
            return lambda one: not wanted.isdisjoint(one.units)


def _wait(waiting: dict[str, tuple[str, ...]], item: Item) -> None:
    for before in item.depends_on:
        waiting[before.item] = (*waiting.get(before.item, ()), item.id)


def _wait_no_more(waiting: dict[str, tuple[str, ...]], item: Item) -> None:
    for before in item.depends_on:
        waiting[before.item] = tuple(one for one in waiting[before.item] if one != item.id)
