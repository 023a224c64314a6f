"""Time limits of one unit set against those of another."""

from .model import Limit, TimeUnit

WORKING_HOURS = 7.0
"""Hours of a working day: 35 a week is what most counters are open."""


def working_days(limit: Limit | None) -> float:
    """Return a limit in working days: five of seven calendar days, seven hours of a day.

    None, which promises nothing, counts as no time at all.
    """
    if limit is None:
        return 0.0
    match limit.unit:
        case TimeUnit.WORKING_DAY:
            return limit.count
        case TimeUnit.CALENDAR_DAY:
            return limit.count * 5 / 7
        case TimeUnit.HOUR:
            return limit.count / WORKING_HOURS
