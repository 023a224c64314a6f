"""Earned value of items with money: worked numbers, and what is left out."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.ids import new_id
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger.earned import curve, earned
from onecity.programme.ledger.model import BudgetLine, Item, Payment
from tests.programme.ledger.samples import NOON, item

CHINA = WorkingCalendar.china()


def project(number: int, budget: int, *paid: tuple[int, int], **given: Any) -> Item:
    values = {
        "id": new_id(NOON, number),
        "start": date(2026, 6, 1),  # a Monday
        "due": date(2026, 6, 12),  # the Friday after next: ten working days
        "budget": [BudgetLine.made(name="土建", year=2026, amount=budget)] if budget else [],
        "payments": [Payment.made(date=date(2026, 6, d), amount=amount) for d, amount in paid],
    }
    return item(**{**values, **given})


def test_worked_numbers() -> None:
    items = [
        project(1, 1000, (2, 300), (20, 50), progress=20),
        project(2, 500, progress=50, start=date(2026, 6, 8), due=date(2026, 6, 12)),
    ]
    found = earned(items, date(2026, 6, 3), CHINA)  # three of ten days are over
    assert found.each.planned.tolist() == pytest.approx([300, 0])
    assert found.each.earned.tolist() == [200, 250]
    assert found.each.spent.tolist() == [300, 0]
    assert found.total.budget.tolist() == [1500]
    assert found.total.cost_index[0] == pytest.approx(450 / 300)
    assert found.each.cost_index[0] == pytest.approx(2 / 3)
    assert set(found.each.undefined(1)) >= {"schedule_index", "cost_index", "estimate"}
    assert found.currency == "CNY"
    assert found.remarks == ()


def test_weekends_and_the_last_day_count_as_the_calendar_does() -> None:
    items = [project(1, 1000)]
    days = [date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 5), date(2026, 6, 7)]
    days += [date(2026, 6, 12), date(2026, 7, 1)]
    assert curve(items, days, CHINA).planned.tolist() == pytest.approx(
        [0, 100, 500, 500, 1000, 1000]
    )
    paid = curve([project(1, 1000, (5, 10), (12, 5))], days, CHINA).paid
    assert paid.tolist() == [0, 0, 10, 10, 15, 15]


def test_what_has_no_dates_is_said_and_what_was_dropped_is_not_counted() -> None:
    draft = project(1, 100, state="draft", assigned_on=None, start=None, due=None)
    dropped = project(2, 100, state="cancelled", closed_on=date(2026, 6, 1))
    plain = project(3, 0)
    found = earned([draft, dropped, plain], date(2026, 6, 3), CHINA)
    assert found.left_out == (draft.id,)
    assert found.items == ()
    assert found.currency is None
    assert np.isnan(found.total.cost_index[0])
    assert curve([plain], [date(2026, 6, 1)], CHINA).planned.tolist() == [0]


def test_currencies_are_not_added_up() -> None:
    items = [project(1, 100), project(2, 100, currency="USD")]
    with pytest.raises(InputError, match="CNY, USD"):
        earned(items, date(2026, 6, 3), CHINA)
    with pytest.raises(InputError):
        curve(items, [date(2026, 6, 3)], CHINA)


def test_cents_are_kept() -> None:
    line = BudgetLine.made(name="a", year=2026, amount=Decimal("0.10"))
    whole = project(1, 0, progress=100).changed_to(budget=[line] * 3)
    found = earned([whole], date(2026, 7, 1), CHINA)
    assert found.total.budget[0] == 0.3  # a sum of floats would be 0.30000000000000004
