"""The S-curve and earned value of items, with what they do not say."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np

from onecity.programme.ledger import earned
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.kinds import State
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.query import Query
from onecity.web.answers import numbers
from onecity.web.words import told, words

FIGURES = {
    "PV": "planned",
    "EV": "earned",
    "AC": "spent",
    "BAC": "budget",
    "SV": "schedule_variance",
    "CV": "cost_variance",
    "SPI": "schedule_index",
    "CPI": "cost_index",
    "EAC": "estimate",
    "EAC_planned": "estimate_as_planned",
    "EAC_both": "estimate_both",
    "TCPI": "to_complete",
    "TCPI_EAC": "to_complete_estimate",
}
"""Names of the figures, as handbooks have them, and as `EarnedValue` has them."""
_MOST_POINTS = 200
_WEEK = 7


def curve_of(book: Book, query: Query, currency: str | None) -> dict[str, Any]:
    """Return the S-curve and the figures of the items that a query asks for.

    Of several currencies one is taken, never added to another.
    """
    every = [one for one in book.select(query) if one.budget or one.payments]
    kinds = Counter(one.currency for one in every)
    taken = currency or next((name for name, _ in kinds.most_common(1)), None)
    items = [one for one in every if one.currency == taken]
    line = earned.curve(items, _points(items, book.day), book.calendar)
    found = earned.earned(items, book.day, book.calendar)
    total = found.total
    done = [total.earned[0] if day == book.day else np.nan for day in line.days]
    limits = [words(one) for one in found.remarks]
    limits += [told("web_ledger.limit_even"), told("web_ledger.limit_reported")]
    if found.left_out:
        limits.append(told("web_ledger.limit_left_out", count=len(found.left_out)))
    if len(kinds) > 1:
        limits.append(told("web_ledger.limit_currency", taken=taken, count=len(every) - len(items)))
    return {
        "days": [day.isoformat() for day in line.days],
        "planned": numbers(line.planned),
        "earned": numbers(np.array(done)),
        "actual": numbers(
            np.array(
                [
                    paid if day <= book.day else np.nan
                    for day, paid in zip(line.days, line.paid, strict=True)
                ]
            )
        ),
        "currency": taken,
        "items": len(found.items),
        "figures": {name: numbers(getattr(total, field))[0] for name, field in FIGURES.items()},
        "why": {
            name: words(why)
            for field, why in total.undefined(0).items()
            for name in FIGURES
            if FIGURES[name] == field
        },
        "limits": limits,
    }


def _points(items: Iterable[Item], today: date) -> list[date]:
    """Return the days of a curve: each week, or longer steps where there would be too many."""
    spans = [
        (begin, one.due)
        for one in items
        if one.state is not State.CANCELLED and one.due and (begin := one.start or one.assigned_on)
    ]
    if not spans:
        return []
    first, last = min(begin for begin, _ in spans), max(due for _, due in spans)
    step = max(_WEEK, -(-(last - first).days // _MOST_POINTS))
    every = {first + timedelta(days) for days in range(0, (last - first).days, step)}
    return sorted(every | {last} | ({today} if first <= today else set()))
