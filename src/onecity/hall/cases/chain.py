"""When a life event is over if each of its steps keeps its limit: the chains of steps, modelled.

A step that has ended counts with when it did; one that runs with the day its department names, or
its limit from when it began; one that waits with its limit from when the last of those it waits
for is over. A limit is taken as if the department accepted on the day that the step begins. The
latest of all is the day of the whole (the critical path; Kelley & Walker 1959, "Critical-Path
Planning and Scheduling"), on the working calendar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue.model import Limit
from onecity.hall.catalogue.steps import in_turn

from .clock import standing
from .model import CaseEvent, What


@dataclass(frozen=True, slots=True)
class Link:
    """A step in a chain.

    Attributes
    ----------
    waits
        Places of the steps that come before it.
    limit
        What its department is held to; None takes no time.
    begun, ended
        When it did; None: not yet.
    due
        The end of its limit as its department tells it; None where it tells of none.
    stands
        Whether its clock stands still now: nobody knows when it goes on.
    """

    waits: frozenset[int] = frozenset()
    limit: Limit | None = None
    begun: datetime | None = None
    ended: datetime | None = None
    due: datetime | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """When the whole is over, and each step; None where that is not known.

    `stands` says that it is not known because the clock of a step stands still.
    """

    due: datetime | None
    stands: bool
    ends: tuple[datetime | None, ...]


def expected(links: Sequence[Link], calendar: WorkingCalendar, opened: datetime) -> Expected:
    """Return when steps are over that began with an application, if each keeps its limit.

    Steps that wait for each other in a circle are taken to wait for none in it.

    Raises
    ------
    InputError
        A day is beyond the working calendar.
    """
    order, circling = in_turn({place: link.waits for place, link in enumerate(links)})
    stuck = frozenset(circling)
    ends: dict[int, datetime | None] = {}
    for place in (*order, *circling):
        link = links[place]
        waits = link.waits - stuck if place in stuck else link.waits
        ends[place] = _end(link, [ends[one] for one in sorted(waits)], calendar, opened)
    in_order = tuple(ends[place] for place in range(len(links)))
    known = [one for one in in_order if one is not None]
    stands = len(known) < len(in_order)
    return Expected(None if stands else max(known, default=opened), stands, in_order)


def _end(
    link: Link, before: Sequence[datetime | None], calendar: WorkingCalendar, opened: datetime
) -> datetime | None:
    if link.ended is not None:
        return link.ended
    if link.stands:
        return None
    if link.begun is not None:
        return link.due or end_of_limit(link.limit, link.begun, calendar)
    known = [one for one in before if one is not None]
    if len(known) < len(before):
        return None
    return end_of_limit(link.limit, max(known, default=opened), calendar)


def end_of_limit(limit: Limit | None, since: datetime, calendar: WorkingCalendar) -> datetime:
    """Return when a limit ends that runs from a moment without standing still.

    Raises
    ------
    InputError
        The day is beyond the working calendar.
    """
    found = standing(limit, (CaseEvent(What.ACCEPTED, since, ""),), calendar, since)
    return found.due or since
