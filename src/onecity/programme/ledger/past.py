"""What rules and figures need of an item's history: a few values that a store can keep."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .model import Event, What
from .way import day_of

_HEARD = {What.SIGNED, What.STARTED, What.PROGRESSED, What.REPORTED}


@dataclass(frozen=True, slots=True)
class Past:
    """An item's history in short.

    Attributes
    ----------
    heard
        Last day on which the responsible unit signed, began or reported.
    reminded, escalated
        Last days of these.
    reported, returned
        How often it was reported as done, and returned.
    extended
        How often its due date was moved to a later day.
    """

    heard: date | None = None
    reminded: date | None = None
    escalated: date | None = None
    reported: int = 0
    returned: int = 0
    extended: int = 0

    @classmethod
    def of(cls, history: Iterable[Event]) -> "Past":
        """Return the past of one item from its events, in whatever order."""
        events = list(history)

        def last(kinds: set[What]) -> date | None:
            return max((day_of(one.at) for one in events if one.what in kinds), default=None)

        def count(kind: What) -> int:
            return sum(one.what is kind for one in events)

        return cls(
            heard=last(_HEARD),
            reminded=last({What.REMINDED}),
            escalated=last({What.ESCALATED}),
            reported=count(What.REPORTED),
            returned=count(What.RETURNED),
            extended=sum(map(_extends, events)),
        )

    def after(self, event: Event) -> "Past":
        """Return the past once one more thing has happened: `of` of a history, step by step."""
        day, what = day_of(event.at), event.what

        def last(known: date | None, kinds: set[What]) -> date | None:
            return max(known or day, day) if what in kinds else known

        return Past(
            heard=last(self.heard, _HEARD),
            reminded=last(self.reminded, {What.REMINDED}),
            escalated=last(self.escalated, {What.ESCALATED}),
            reported=self.reported + (what is What.REPORTED),
            returned=self.returned + (what is What.RETURNED),
            extended=self.extended + _extends(event),
        )


NO_PAST = Past()


def _extends(event: Event) -> bool:
    before, after = event.before.get("due"), event.after.get("due")
    # Days of ISO 8601 sort as texts.
    return isinstance(before, str) and isinstance(after, str) and after > before
