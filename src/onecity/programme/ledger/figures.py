"""Fair figures of how units do: each with the counts behind it, and no rate from a handful.

A unit is counted for what it answers for (主责). Its time ends on the day it reported an item as
done; what waits for others is counted apart; moved due dates are counted, so that a rate cannot
be mended by moving them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from onecity.core.words import Language, Sentence
from onecity.core.working_days import WorkingCalendar

from .model import Item, State
from .past import NO_PAST, Past
from .rules import blockers, lateness

FEWEST = 5
"""No rate or median is told of fewer: one case would move it by a fifth or more."""

_DONE = {State.ACCEPTED, State.CLOSED}
_REPORTED = _DONE | {State.REPORTED}
_COUNTED = _REPORTED | {State.ASSIGNED, State.SIGNED, State.IN_PROGRESS, State.RETURNED}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; None if there are fewer than `FEWEST`."""
        return self.count / self.of if self.of >= FEWEST else None

    def text(self, language: Language) -> str:
        """Return the rate with its counts, or the counts alone where they are few."""
        count, of = self.count, self.of
        if self.share is None:
            few = Sentence("ledger.rate_few", {"count": count, "of": of, "fewest": FEWEST})
            return few.text(language)
        percent = 100 * self.share
        told = Sentence("ledger.rate", {"count": count, "of": of, "percent": percent})
        return told.text(language)


@dataclass(frozen=True, slots=True)
class Lateness:
    """Working days by which some items are late.

    Attributes
    ----------
    count
        Items that are late.
    median
        Of their days; None if there are fewer than `FEWEST`.
    longest
        Of their days; None if there are none.
    """

    count: int
    median: float | None
    longest: int | None

    @classmethod
    def of(cls, days: Iterable[int]) -> "Lateness":
        """Return the lateness of items, of which those with 0 days are not late."""
        late = [one for one in days if one > 0]
        middle = float(median(late)) if len(late) >= FEWEST else None
        return cls(len(late), middle, max(late, default=None))


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """How one unit does.

    Attributes
    ----------
    unit
        Its code, or that of the group it is counted in.
    items
        Given out to it and counted: neither drafts nor suspended or cancelled ones.
    done
        Of the items: accepted or closed.
    on_time
        Of the done: reported by the due date.
    waiting
        Reported and not yet looked at; they count neither as done nor as overdue.
    done_late
        Of the done, how late they were reported.
    open
        Neither done nor waiting.
    overdue
        Of the open, how late they are now.
    held_up
        Of the overdue, how many wait for an item that is not done.
    returned
        Of all reports, how many were returned.
    extended
        Of the items: their due date was moved to a later day, at least once.
    """

    unit: str
    items: int
    done: int
    on_time: Rate
    waiting: int
    done_late: Lateness
    open: int
    overdue: Lateness
    held_up: int
    returned: Rate
    extended: Rate


def by_unit(
    items: Iterable[Item],
    today: date,
    calendar: WorkingCalendar,
    pasts: Mapping[str, Past],
    *,
    others: Mapping[str, Item] | None = None,
    group: Callable[[str], str] = str,
) -> tuple[UnitFigures, ...]:
    """Return the figures of every unit that answers for an item, in the order of their codes.

    Parameters
    ----------
    items
        Those to count; drafts, suspended and cancelled ones are passed over.
    pasts
        By item id, see `Past`.
    others
        Items that may be depended on; `items` themselves if None.
    group
        Gives the code to count a unit under: its own, its successor's, its city's.
    """
    every = [one for one in items if one.state in _COUNTED and one.due is not None]
    known = {one.id: one for one in every} if others is None else others
    having: dict[str, list[Item]] = {}
    for item in every:
        if item.responsible_unit is not None:
            having.setdefault(group(item.responsible_unit), []).append(item)
    return tuple(
        _figures(unit, having[unit], today, calendar, pasts, known) for unit in sorted(having)
    )


def _figures(
    unit: str,
    items: list[Item],
    today: date,
    calendar: WorkingCalendar,
    pasts: Mapping[str, Past],
    others: Mapping[str, Item],
) -> UnitFigures:
    done = [one for one in items if one.state in _DONE]
    open_ = [one for one in items if one.state not in _REPORTED]
    late_done = [_late(one, one.reported_on, calendar) for one in done]
    late_open = [_late(one, today, calendar) for one in open_]
    past = [pasts.get(one.id, NO_PAST) for one in items]
    return UnitFigures(
        unit=unit,
        items=len(items),
        done=len(done),
        on_time=Rate(sum(days == 0 for days in late_done), len(late_done)),
        waiting=len(items) - len(done) - len(open_),
        done_late=Lateness.of(late_done),
        open=len(open_),
        overdue=Lateness.of(late_open),
        held_up=sum(
            days > 0 and bool(blockers(one, others))
            for one, days in zip(open_, late_open, strict=True)
        ),
        returned=Rate(sum(one.returned for one in past), sum(one.reported for one in past)),
        extended=Rate(sum(one.extended > 0 for one in past), len(past)),
    )


def _late(item: Item, on: date | None, calendar: WorkingCalendar) -> int:
    """Return the lateness of an item; the model holds that both days are there."""
    if item.due is None or on is None:
        msg = f"an item without its days: {item.id}"
        raise ValueError(msg)
    return lateness(item.due, on, calendar)
