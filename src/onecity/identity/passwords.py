"""Passwords: only what Argon2id makes of them is kept, by the library's own parameters (RFC 9106).

Rules for a new one follow NIST SP 800-63B: length is what counts, no set of characters is
demanded, none runs out by the calendar.
"""

import secrets
import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from onecity.core.errors import InputError

SHORTEST, LONGEST = 10, 256
_FEWEST_DIFFERENT = 5
_NAME_COUNTS = 4
"""A name shorter than this is in many a good password by chance."""
_AT_ONCE = 2
"""Each takes 64 MiB and a core for tens of milliseconds: more at once would starve the service."""


class Passwords:
    """Makes and checks the hashes of passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._turns:
            return self._hasher.hash(_normal(password))

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that `kept` was made of.

        Where nothing is kept, for an unknown name or an account without a password, the answer
        is no and takes as long.
        """
        with self._turns:
            nobodys = self._nobodys  # asked for in any case: the first time it takes a while
            try:
                self._hasher.verify(kept or nobodys, _normal(password))
            except VerifyMismatchError:
                return False
            except (VerificationError, InvalidHashError):  # damaged in the store
                return False
        return kept is not None

    def is_weak(self, kept: str) -> bool:
        """Whether a hash was made by older parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_hex())


def _normal(password: str) -> bytes:
    """Return one spelling of what different keyboards write differently."""
    return unicodedata.normalize("NFKC", password)[:LONGEST].encode("utf-8", "surrogatepass")


def check_password(password: str, name: str) -> None:
    """Do nothing if a password is good enough for the account `name`.

    Raises
    ------
    InputError
        It is too short or long, holds the name, or hardly differs in its characters. The
        sentence never quotes it.
    """
    text = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise InputError(
            "identity.password_length", given=len(text), shortest=SHORTEST, longest=LONGEST
        )
    if len(name) >= _NAME_COUNTS and name.casefold() in text.casefold():
        raise InputError("identity.password_holds_name")
    if len(set(text)) < _FEWEST_DIFFERENT:
        raise InputError("identity.password_same", fewest=_FEWEST_DIFFERENT)
