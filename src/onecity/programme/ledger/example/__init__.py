"""The example ledger: what an office's ledger looks like in use, every word of it invented.

Its headings follow the circle's public agenda; items, days, amounts and reports are made up and
marked so, each in its title and its source. The days count from the day on which it is filled, so
that something is always due, late and done.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.identity import Actor
from onecity.programme.ledger.model import (
    BudgetLine,
    Dependency,
    Item,
    Measure,
    Milestone,
    Payment,
    Place,
    Unit,
)
from onecity.programme.ledger.store import Ledger, LedgerSettings
from onecity.programme.ledger.way import CHINA, Move, Said

MARK = "【示例】"
"""Begins the title of every invented item and meeting."""
PREFIX = "EX"
"""Begins the numbers of invented items."""

_CENTRES = {
    "420100": (114.3, 30.5956),
    "420200": (115.0336, 30.2035),
    "420700": (114.8899, 30.3938),
    "420900": (113.9515, 30.9202),
    "421100": (114.8671, 30.4563),
    "421200": (114.3172, 29.8438),
    "429004": (113.4175, 30.3638),
    "429005": (112.8942, 30.4049),
    "429006": (113.16, 30.6657),
}
"""Longitude and latitude of the nine seats: a project between two is drawn as a line, a sketch."""
_HOUR = time(10, 0)
_EVERY_DAYS = 35
"""Days between reports of an item that is at work."""


def fill(ledger: Ledger, by: Actor, *, day: date | None = None) -> tuple[Item, ...]:
    """Fill an empty ledger with the example, all or nothing; return its items.

    What happened is told as of past days, so that history, lateness and reminders have something
    to say; the trail keeps when it was really written.

    Parameters
    ----------
    ledger
        Without any items or units.
    by
        Somebody who may do everything in it.
    day
        From which the example's days count; today if None.

    Raises
    ------
    InputError
        The ledger holds something already.
    ForbiddenError
        They may not.
    """
    if ledger.book().items or len(ledger.register):
        raise InputError("ledger_files.example_not_empty", place=ledger.office.database.place)
    with ledger.office.database.writing(), _Hands(ledger, day or ledger.today()).held() as hands:
        return _Telling(ledger, by, hands).tell()


@cache
def agenda() -> Mapping[str, Any]:
    """Return the example as its file holds it."""
    return tomllib.loads(files(__name__).joinpath("agenda.toml").read_text("utf-8"))


class _Hands:
    """Says which moment it is while the example is told; days count from the day it is filled."""

    def __init__(self, ledger: Ledger, day: date) -> None:
        self.ledger, self.day = ledger, day
        self.now = self.at(0)
        self._last = self.now

    @contextmanager
    def held(self) -> Iterator["_Hands"]:
        """Let the ledger ask these hands for the time."""
        clock, self.ledger.office.clock = self.ledger.office.clock, lambda: self.now
        self._last = clock()
        try:
            yield self
        finally:
            self.ledger.office.clock = clock

    def on(self, day: int) -> date:
        """Return a day of the example, in the past on a working one."""
        found = self.day + timedelta(days=day)
        while day < 0 and not self.ledger.calendar.is_working(found):
            found -= timedelta(days=1)
        return found

    def at(self, day: int) -> datetime:
        """Return a moment of a day."""
        return datetime.combine(self.on(day), _HOUR, CHINA).astimezone(UTC)

    def turn(self, day: int, after: datetime | None = None) -> None:
        """Move to a day, never back before `after`, nor beyond the moment of filling."""
        then = self.at(day)
        self.now = min(then if after is None else max(then, after), self._last)


class _Telling:
    """Tells the example: enters units and meetings, then each item's way so far."""

    def __init__(self, ledger: Ledger, by: Actor, hands: _Hands) -> None:
        self.ledger, self.by, self.hands = ledger, by, hands
        self.made: dict[str, Item] = {}
        self.meetings: dict[str, str] = {}

    def tell(self) -> tuple[Item, ...]:
        """Return the items, each as far as it is."""
        whole = agenda()
        title = say("ledger_files.example_title", "zh")
        settings = LedgerSettings.made(title=title, prefix=PREFIX, example=True)
        self.ledger.set_settings(settings, by=self.by)
        units = [self._unit(code, given) for code, given in whole["units"].items()]
        self.ledger.add_units(units, by=self.by)
        for key, given in whole["meetings"].items():
            self.hands.turn(given["held"])
            held = {"title": given["title"], "held_on": self.hands.on(given["held"])}
            held["minutes"] = given["minutes"]
            self.meetings[key] = self.ledger.hold(held, by=self.by).id
        for key, given in whole["items"].items():
            self.made[key] = self._item(given)
        return tuple(self.made.values())

    def _unit(self, code: str, given: Mapping[str, Any]) -> Unit:
        values = {name: given[name] for name in given if name not in {"from", "until"}}
        if "replaced_by" in values:
            values["replaced_by"] = (values["replaced_by"],)
        for name, key in (("valid_from", "from"), ("valid_to", "until")):
            if key in given:
                values[name] = self.hands.day + timedelta(days=given[key])
        return Unit.made(code=code, **values)

    def _item(self, given: Mapping[str, Any]) -> Item:
        begin = given.get("from", -3)
        self.hands.turn(begin - 2)
        item = self.ledger.draft(self._fields(given), by=self.by)
        step = given.get("step", "")
        if step == "draft":
            return item
        item = self._move(item, Move.ASSIGN, begin)
        if "cancelled" in given:
            return self._move(item, Move.CANCEL, given["cancelled"], "cancelled")
        if step == "assigned":
            return item
        item = self._move(item, Move.SIGN, begin + 2)
        if step == "signed":
            return item
        item = self._move(item, Move.START, begin + 5)
        return self._work(item, given)

    def _work(self, item: Item, given: Mapping[str, Any]) -> Item:
        """Let the responsible unit work and report, as far as the item is."""
        begin, done = given["from"], given.get("done")
        end = given["heard"] if done is None else done
        last = given.get("progress", 95)
        returned = given.get("returned")
        for day in range(begin + _EVERY_DAYS, end - 7, _EVERY_DAYS):
            share = round(last * (day - begin) / max(end - begin, 1))
            item = self._move(item, Move.PROGRESS, day, "progress", share)
            if returned is not None and day < returned <= min(day + _EVERY_DAYS, end):
                item, returned = self._returned(item, returned), None
        if returned is not None and returned < end:
            item = self._returned(item, returned)
        later = self._later(given)
        if later:
            self.hands.turn(end, item.changed)
            said = Said(text=say("ledger_files.example_edited", "zh"), fields=later)
            item = self.ledger.edit(item.id, said, seen=item.version, by=self._of(item))
        if done is None:
            item = self._move(item, Move.PROGRESS, end, "progress", last)
            if returned is not None:
                item = self._returned(item, returned)
            if "suspended" in given:
                item = self._move(item, Move.SUSPEND, given["suspended"], "suspended")
            return item
        item = self._move(item, Move.REPORT, done, "report", 100)
        if given.get("waiting"):
            return item
        item = self._move(item, Move.ACCEPT, min(done + 4, 0))
        return item if done > -20 else self._move(item, Move.CLOSE, done + 8)

    def _returned(self, item: Item, day: int) -> Item:
        item = self._move(item, Move.REPORT, day - 3, "report", 100)
        return self._move(item, Move.RETURN, day, "return")

    def _move(
        self, item: Item, move: Move, day: int, text: str = "", progress: int | None = None
    ) -> Item:
        self.hands.turn(day, item.changed)
        words = say(f"ledger_files.example_{text}", "zh", progress=progress) if text else ""
        unit = move in {Move.SIGN, Move.START, Move.PROGRESS, Move.REPORT}
        by = self._of(item) if unit else self.by
        said = Said(text=words, progress=progress)
        return self.ledger.move(item.id, move, said, seen=item.version, by=by)

    def _of(self, item: Item) -> Actor:
        """Return who acts for the responsible unit."""
        today = self.ledger.today()
        now = self.ledger.register.now(str(item.responsible_unit), today)
        return replace(self.by, unit=now[0].code if now else item.responsible_unit)

    def _fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a draft of an item holds."""
        fields: dict[str, Any] = {
            "title": MARK + given["title"],
            "kind": given["kind"],
            "strand": given["strand"],
            "level": given.get("level", "city"),
            "lead_unit": given.get("lead"),
            "responsible_unit": given["unit"],
            "supporting_units": tuple(given.get("support", ())),
            "owner": say("ledger_files.example_owner", "zh"),
            "due": self.hands.on(given["due"]),
            "gate": given.get("gate"),
            "deliverable": given.get("deliverable", ""),
            "source": agenda()["source"],
            "example": True,
            "depends_on": tuple(
                Dependency.made(item=self.made[key].id) for key in given.get("after", ())
            ),
            "milestones": self._milestones(given, done=False),
            "measures": self._measures(given, measured=False),
            "budget": tuple(
                BudgetLine.made(name=name, year=self.hands.day.year, amount=_money(amount))
                for name, amount in given.get("budget", {}).items()
            ),
        }
        if "from" in given:
            fields["start"] = self.hands.on(given["from"])
        if "meeting" in given:
            fields["meeting"] = self.meetings[given["meeting"]]
        ends = [list(_CENTRES[city]) for city in given.get("between", ())]
        if ends or "counties" in given:
            line = {"type": "LineString", "coordinates": ends} if ends else None
            fields["place"] = Place.made(geometry=line, counties=tuple(given.get("counties", ())))
        return fields

    def _later(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what became known while work went on."""
        found = {
            "milestones": self._milestones(given, done=True),
            "measures": self._measures(given, measured=True),
            "payments": tuple(
                Payment.made(
                    date=self.hands.on(day),
                    amount=_money(amount),
                    to=say("ledger_files.example_payee", "zh"),
                )
                for day, amount in given.get("paid", ())
            ),
        }
        before = {
            "milestones": self._milestones(given, done=False),
            "measures": self._measures(given, measured=False),
            "payments": (),
        }
        return {name: value for name, value in found.items() if value != before[name]}

    def _milestones(self, given: Mapping[str, Any], *, done: bool) -> tuple[Milestone, ...]:
        return tuple(
            Milestone.made(
                name=name,
                due=self.hands.on(due),
                done_on=self.hands.on(on[0]) if on and done else None,
            )
            for name, due, *on in given.get("steps", ())
        )

    def _measures(self, given: Mapping[str, Any], *, measured: bool) -> tuple[Measure, ...]:
        if "measure" not in given:
            return ()
        name, unit, baseline, target, *value = given["measure"]
        now = value if measured else []
        return (
            Measure.made(
                name=name,
                unit=unit,
                baseline=baseline,
                target=target,
                value=now[0] if now else None,
                at=self.hands.on(given.get("heard", given.get("done"))) if now else None,
                source=say("ledger_files.example_measured", "zh"),
            ),
        )


def _money(amount: float) -> Decimal:
    return Decimal(str(amount))
