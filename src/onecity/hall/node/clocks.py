"""Which clock of a case runs in which state, when it ends, and what it says once it has ended.

From when a case came in until it is accepted the law's five days run; then what was promised (or
the law's limit, where nothing was); after the decision the days for delivery.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases import CaseEvent, State
from onecity.hall.cases.clock import (
    DELIVERY_LIMIT,
    INTAKE_LIMIT,
    Light,
    Span,
    Standing,
    standing,
)
from onecity.hall.catalogue import Item, Limit, TimeUnit
from onecity.hall.catalogue.limits import WORKING_HOURS

_URGENT = frozenset({Light.SOON, Light.LATE})
_PRECISION = timedelta(minutes=1)
_NO_LIMIT = Limit(10_000, TimeUnit.WORKING_DAY)


@dataclass(frozen=True, slots=True)
class Limits:
    """The ends of the limit that runs and of the law's, and when the first turns yellow."""

    due: datetime | None = None
    warn: datetime | None = None
    legal_due: datetime | None = None


def limit_of(item: Item) -> Limit | None:
    """Return the limit that a case is held to: what was promised, else what the law sets."""
    return item.legal if item.promised is None else item.promised


def limits(
    calendar: WorkingCalendar,
    item: Item,
    state: State,
    events: Iterable[CaseEvent],
    now: datetime,
    *,
    accepted: bool,
) -> Limits:
    """Return the limits that run for a case in a state."""
    told = tuple(events)
    if state is State.RECEIVED:
        return intake_limits(calendar, told, now)
    if state is State.DECIDED:
        found = standing(DELIVERY_LIMIT, told, calendar, now, span=Span.DELIVERY)
        return Limits(found.due, _warn(DELIVERY_LIMIT, told, calendar, found, now, Span.DELIVERY))
    if state is State.ACCEPTED and accepted:
        limit = limit_of(item)
        found = standing(limit, told, calendar, now)
        legal = standing(item.legal, told, calendar, now)
        warn = _warn(limit, told, calendar, found, now, Span.DECISION)
        return Limits(found.due, warn, legal.due)
    return Limits()


def intake_limits(calendar: WorkingCalendar, told: tuple[CaseEvent, ...], now: datetime) -> Limits:
    """Return the limits of a case that is not accepted yet."""
    found = standing(INTAKE_LIMIT, told, calendar, now, span=Span.INTAKE)
    return Limits(found.due, _warn(INTAKE_LIMIT, told, calendar, found, now, Span.INTAKE))


def _warn(
    limit: Limit | None,
    told: tuple[CaseEvent, ...],
    calendar: WorkingCalendar,
    found: Standing,
    now: datetime,
    span: Span,
) -> datetime | None:
    """Return when a limit turns yellow, to the minute: now where it is already."""
    if found.due is None:
        return None
    early, late = now, max(now, found.due)

    def urgent(at: datetime) -> bool:
        return standing(limit, told, calendar, at, span=span).light in _URGENT

    if urgent(early):
        return early
    while late - early > _PRECISION:
        middle = early + (late - early) / 2
        if urgent(middle):
            late = middle
        else:
            early = middle
    return late.replace(second=0, microsecond=0) + _PRECISION if late.second else late


def outcome_of(
    calendar: WorkingCalendar, item: Item, events: Iterable[CaseEvent], now: datetime
) -> tuple[float, bool]:
    """Return the working days that a case took from acceptance to now, and if it is in time."""
    told = tuple(events)
    limit = limit_of(item)
    used = standing(limit or _NO_LIMIT, told, calendar, now)
    unit = TimeUnit.WORKING_DAY if limit is None else limit.unit
    days = {
        TimeUnit.WORKING_DAY: used.used,
        TimeUnit.CALENDAR_DAY: used.used * 5 / 7,
        TimeUnit.HOUR: used.used / WORKING_HOURS,
    }[unit]
    return float(days), limit is None or used.light is not Light.LATE
