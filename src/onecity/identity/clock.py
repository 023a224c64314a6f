"""Time as the store keeps it: UTC to the microsecond, texts of one length that sort as time does.

Whatever needs the time is given a clock, so that a test can move it.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Something that tells the time, with its zone."""

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def utc_now() -> datetime:
    """Return the time of the machine."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Return a moment as text, such as ``2025-03-01T08:00:00.000000Z``.

    Raises
    ------
    ValueError
        The moment does not say its zone: what time it means is then unknown.
    """
    if moment.tzinfo is None:
        msg = f"a moment without a time zone: {moment}"
        raise ValueError(msg)
    # `strftime` does not fill the year up to four digits everywhere.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Return the moment that a text of `stamp` means."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
