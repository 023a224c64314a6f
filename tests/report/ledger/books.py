"""Invented ledgers for the tests of reports: the same seed gives the same items."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from onecity.core.ids import new_id
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import (
    BudgetLine,
    Dependency,
    Event,
    Item,
    Measure,
    Payment,
    State,
    Strand,
    Unit,
)
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.register import Register
from tests.programme.ledger.samples import NOON, item

DAY = date(2026, 6, 30)
CITIES = {"wuhan": "武汉市", "ezhou": "鄂州市", "tianmen": "天门市"}
SOURCES = ("三年行动方案", "联席会议纪要第3号", "")
STATES = (*State, State.CLOSED, State.IN_PROGRESS, State.IN_PROGRESS)


def units() -> list[Unit]:
    """A department of the province, and of each city a government with two offices."""
    found = [Unit.made(code="hb-drc", name="省发展改革委", name_en="Hubei DRC", level="province")]
    for code, name in CITIES.items():
        english = f"{code.title()} Government"
        head = {"code": f"{code}-gov", "name": f"{name}人民政府", "name_en": english}
        found.append(Unit.made(**head, level="city", city=code))
        for tail, words in (("dot", "交通运输局"), ("sci", "科学技术局")):
            own = {"code": f"{code}-{tail}", "name": f"{name}{words}", "parent": f"{code}-gov"}
            found.append(Unit.made(**own, level="city", city=code))
    return found


def items(count: int, seed: int = 1, day: date = DAY) -> list[Item]:
    """Items in every state, given out in the half year before a day."""
    random = Random(seed)
    codes = [one.code for one in units() if one.code != "wuhan-gov"]
    found: list[Item] = []
    for number in range(1, count + 1):
        state = random.choice(STATES)
        given = day - timedelta(days=random.randrange(5, 170))
        values: dict[str, Any] = {
            "id": new_id(NOON, number),
            "number": f"WH-2026-{number:05d}",
            "title": f"事项{number}",
            "state": state,
            "responsible_unit": random.choice(codes),
            "lead_unit": "hb-drc",
            "assigned_on": given,
            "due": given + timedelta(days=random.randrange(3, 150)),
            "strand": random.choice(list(Strand)),
            "source": random.choice(SOURCES),
            "example": random.random() < 0.1,
            "progress": random.randrange(0, 100),
        }
        if values["responsible_unit"] == "hb-drc":
            values["lead_unit"] = None
        if state is State.DRAFT:
            values |= {"assigned_on": None, "progress": 0}
        if state in {State.REPORTED, State.ACCEPTED, State.CLOSED}:
            reported = min(day, given + timedelta(days=random.randrange(2, 120)))
            values |= {"reported_on": reported, "progress": 100}
        if state in {State.CLOSED, State.CANCELLED}:
            least = values.get("reported_on") or given
            values["closed_on"] = least + timedelta(days=random.randrange((day - least).days + 1))
        if state is State.SUSPENDED:
            values["back_to"] = State.IN_PROGRESS
        if found and random.random() < 0.3:
            values["depends_on"] = (Dependency(item=random.choice(found).id),)
        if random.random() < 0.2:
            measured = random.choice([(None, None), (12.0, day), (3.5, day)])
            values["measures"] = (
                Measure.made(
                    name="里程", unit="公里", baseline=0, target=10, value=measured[0],
                    at=measured[1], source="月报",
                ),
            )  # fmt: skip
        if random.random() < 0.2:
            values["budget"] = (BudgetLine(name="省级", year=2026, amount=Decimal(50_000_000)),)
            values["payments"] = (Payment(date=given, amount=Decimal(1_250_000)),)
        found.append(item(**values))
    return found


def returns(of: Iterable[Item], seed: int = 1, day: date = DAY) -> list[Event]:
    """Some returns of some items, those that are back now among them."""
    random = Random(seed)
    found = []
    for one in of:
        for _ in range(random.choice((0, 0, 1, 2)) if one.assigned_on else 0):
            at = NOON + timedelta(days=random.randrange((day - NOON.date()).days))
            values = {"item": one.id, "at": at, "who": "审核人", "unit": "hb-drc"}
            found.append(Event.made(**values, what="returned", text=f"缺{one.number}的验收单"))
    return found


def book(
    of: Sequence[Item],
    *,
    day: date = DAY,
    register: Register | None = None,
    pasts: dict[str, Past] | None = None,
) -> Book:
    """A ledger of some items on a day."""
    known = register if register is not None else Register.of(units())
    return Book.of(of, pasts or {}, known, WorkingCalendar.china(), day, revision=7)
