"""Earned value of items with a budget: what was planned, done and paid by a day, and the curve.

What is planned comes evenly over the working days from an item's start to its due date; what is
earned is the budget times the progress reported, so it is as good as the reports; what is spent
are the payments recorded. Formulas and their limits: `onecity.models.schedule`.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from onecity.core.words import Sentence
from onecity.core.working_days import WorkingCalendar
from onecity.models.schedule import EarnedValue, earned_value, planned_value

from .checks import one_currency
from .model import Item, State

Reals = NDArray[np.float64]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Earned:
    """Earned value on a day.

    Attributes
    ----------
    items
        Ids of the items that are counted, in the order given.
    currency
        Of all amounts; None if no item is counted.
    each, total : EarnedValue
        Of each item, and of all together (one row).
    left_out
        Ids of items that have a budget or payments, and no dates to plan them by.
    remarks
        What a reader has to know besides.
    """

    items: tuple[str, ...]
    currency: str | None
    each: EarnedValue
    total: EarnedValue
    left_out: tuple[str, ...]
    remarks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """The S-curve of items: sums of what is planned and what was paid by the end of each day."""

    days: tuple[date, ...]
    planned: Reals
    paid: Reals


def earned(items: Iterable[Item], today: date, calendar: WorkingCalendar) -> Earned:
    """Return the earned value of items at the end of a day; cancelled ones are passed over.

    Raises
    ------
    InputError
        Amounts are in several currencies.
    """
    counted, left_out = _counted(items)
    currency = one_currency("budget", {one.currency for one in counted}) if counted else None
    budget = _budgets(counted)
    starts, ends = _spans(counted, calendar)
    now = calendar.count_to([today + _DAY])[0]
    share = np.clip((now - starts) / np.maximum(ends - starts, 1), 0.0, 1.0)
    planned = budget * np.where(now >= ends, 1.0, share)
    done = budget * np.array([one.progress for one in counted], dtype=np.float64) / 100
    spent = np.array([_paid(one, today) for one in counted])
    figures = (planned, done, spent, budget)
    known = [today, *(_begin(one) for one in counted), *(one.due or today for one in counted)]
    remark = calendar.remark(min(known), max(known))
    return Earned(
        items=tuple(one.id for one in counted),
        currency=currency,
        each=earned_value(*figures),
        total=earned_value(*([one.sum()] for one in figures)),
        left_out=tuple(left_out),
        remarks=() if remark is None else (remark,),
    )


def curve(items: Iterable[Item], days: Iterable[date], calendar: WorkingCalendar) -> Curve:
    """Return the S-curve of items at the end of some days; errors as in `earned`."""
    counted, _ = _counted(items)
    if counted:
        one_currency("budget", {one.currency for one in counted})
    when = tuple(days)
    starts, ends = _spans(counted, calendar)
    at = calendar.count_to([one + _DAY for one in when])
    payments = sorted((pay.date, pay.amount) for one in counted for pay in one.payments)
    sums = [Decimal(0), *accumulate(amount for _, amount in payments)]
    paid = [float(sums[bisect_right(payments, on, key=itemgetter(0))]) for on in when]
    return Curve(when, planned_value(starts, ends, _budgets(counted), at), np.array(paid))


def _counted(items: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """Return the items with money and dates, and the ids of those with money alone."""
    with_money = [
        one for one in items if one.state is not State.CANCELLED and (one.budget or one.payments)
    ]
    counted = [one for one in with_money if one.due is not None and (one.start or one.assigned_on)]
    taken = {one.id for one in counted}
    return counted, [one.id for one in with_money if one.id not in taken]


def _budgets(items: list[Item]) -> Reals:
    return np.array([float(one.budget_total) for one in items], dtype=np.float64)


def _spans(
    items: list[Item], calendar: WorkingCalendar
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last moment of items, in working days."""
    if not items:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = calendar.count_to([_begin(one) for one in items])
    return starts, calendar.count_to([(one.due or _begin(one)) + _DAY for one in items])


def _begin(item: Item) -> date:
    begin = item.start or item.assigned_on
    if begin is None:
        msg = f"an item without a day to begin: {item.id}"
        raise ValueError(msg)
    return begin


def _paid(item: Item, by: date) -> float:
    return float(sum(one.amount for one in item.payments if one.date <= by))
