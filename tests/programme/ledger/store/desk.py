"""A ledger with units and people, and items at each step of their way, for tests."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from onecity.core.working_days import WorkingCalendar
from onecity.identity import Actor, Grant, Via
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.store import Ledger, LedgerSettings
from onecity.programme.ledger.way import Move, Said
from tests.programme.ledger.samples import unit

CALENDAR = WorkingCalendar.weekends()
WUHAN, EZHOU = "420100", "420700"
UNITS = (
    unit("hb", name="省发展改革委", level="province"),
    unit("circle", name="圈办", level="office"),
    unit("wh-dot", name="武汉市交通运输局", city=WUHAN, parent="circle"),
    unit("ez-dot", name="鄂州市交通运输局", city=EZHOU, parent="circle"),
    unit("ez-sci", name="鄂州市科学技术局", city=EZHOU),
)


@dataclass
class Hands:
    """A clock whose hands are moved."""

    now: datetime = datetime(2026, 3, 2, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def person(name: str, role: str, unit_: str | None = None, city: str | None = None) -> Actor:
    """Somebody with one role, everywhere or in one city."""
    return Actor(name, name, unit_, city, (Grant(role, city),), Via.SESSION)


OFFICE = person("圈办甲", "circle_office", "circle")
EDITOR = person("鄂州乙", "unit_editor", "ez-dot")
CITY = person("鄂州丙", "city_office", None, EZHOU)
ADMIN = Actor.local()


def opened(where: str, hands: Hands) -> Ledger:
    """A ledger that has its units."""
    ledger = Ledger.open(where, clock=hands, calendar=CALENDAR)
    ledger.add_units(UNITS, by=ADMIN)
    ledger.set_settings(LedgerSettings(prefix="WH"), by=ADMIN)
    return ledger


def fields(**given: object) -> dict[str, object]:
    """What a draft is made of."""
    values = {
        "kind": "project",
        "title": "打通断头路",
        "lead_unit": "wh-dot",
        "responsible_unit": "ez-dot",
        "due": date(2026, 6, 30),
    }
    return {**values, **given}


def assigned(ledger: Ledger, **given: object) -> Item:
    """An item that the unit has been given."""
    item = ledger.draft(fields(**given), by=OFFICE)
    return ledger.move(item.id, Move.ASSIGN, seen=item.version, by=OFFICE)


def at_work(ledger: Ledger, **given: object) -> Item:
    """An item that the unit has signed for and begun."""
    item = assigned(ledger, **given)
    for move in (Move.SIGN, Move.START):
        item = ledger.move(item.id, move, seen=item.version, by=OFFICE)
    return item


def reported(ledger: Ledger, **given: object) -> Item:
    """An item that waits to be looked at."""
    item = at_work(ledger, **given)
    said = Said(text="已贯通", progress=100)
    return ledger.move(item.id, Move.REPORT, said, seen=item.version, by=OFFICE)
