"""When a request is fresh: how far its clock may be off, and how long its nonce is kept.

A request is taken if its sender's clock and the receiver's differ by at most `WINDOW`, and if no
other with its nonce and key was taken before. A nonce is kept for as long as a request that
carries it could still be in time; after that it is refused for its time alone. Messages are
besides taken once by their id, for ever: a replay that slipped through changes nothing.
"""

from datetime import datetime, timedelta

from .refusal import Refusal

WINDOW = timedelta(seconds=600)
"""How far two clocks may differ: five minutes are seen in offices, ten are borne."""


def check_time(created: datetime, now: datetime, window: timedelta = WINDOW) -> None:
    """Do nothing if something was made near enough to now.

    Raises
    ------
    Refusal
        It was made too long ago, or lies too far ahead.
    """
    if created < now - window:
        seconds = round((now - created).total_seconds())
        raise Refusal("hall_wire.too_old", seconds=seconds, most=round(window.total_seconds()))
    if created > now + window:
        seconds = round((created - now).total_seconds())
        raise Refusal("hall_wire.too_new", seconds=seconds, most=round(window.total_seconds()))


def kept_until(created: datetime, window: timedelta = WINDOW) -> datetime:
    """Return until when the nonce of a request made at `created` must be remembered.

    Up to and including that moment a request with it would still be in time.
    """
    return created + window
