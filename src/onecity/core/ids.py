"""Ids that sort as they were made: 48 bits of milliseconds, then 80 bits of chance.

The form is that of a ULID: 26 letters and digits of Crockford's base 32, which has no letter that
can be taken for a digit.
"""

import secrets
from datetime import UTC, datetime

from .errors import InputError

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHANCE_BITS = 80
_LENGTH = 26


def new_id(at: datetime, chance: int | None = None) -> str:
    """Return an id of something made at a moment, which says its zone.

    `chance`, of 80 bits, comes from the system where it is not given.

    Raises
    ------
    InputError
        The moment does not say its zone, or is before 1970.
    """
    if at.tzinfo is None or at.timestamp() < 0:
        raise InputError("core.id_without_zone", given=at)
    bits = secrets.randbits(_CHANCE_BITS) if chance is None else chance % (1 << _CHANCE_BITS)
    rest = (int(at.timestamp() * 1000) << _CHANCE_BITS) | bits
    return "".join(_LETTERS[(rest >> (5 * place)) & 31] for place in reversed(range(_LENGTH)))


def made_at(given: str) -> datetime:
    """Return when an id was made, to the millisecond."""
    whole = 0
    for letter in given:
        whole = whole * 32 + _LETTERS.index(letter)
    return datetime.fromtimestamp((whole >> _CHANCE_BITS) / 1000, UTC)
