"""Who does something: an account that logged in, a machine with a token, a guest, this machine."""

import getpass
import ipaddress
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from onecity.core.words import Language, say


class Via(StrEnum):
    """How it is known who somebody is."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  (a word, not a secret)
    LOCAL = "local"
    CONSOLE = "console"
    GUEST = "guest"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"identity.via_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has: everywhere, or in one city alone (its code)."""

    role: str
    city: str | None = None

    def __str__(self) -> str:
        return self.role if self.city is None else f"{self.role}@{self.city}"

    @classmethod
    def parse(cls, text: str) -> "Grant":
        """Read a grant such as ``planner`` or ``editor@420200``."""
        role, at, city = text.strip().partition("@")
        return cls(role, city if at else None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, as far as what they may do and what the trail says of them goes.

    `unit` and `city` are codes of the office they work for. `scopes`, where given, bounds what
    the grants allow: permissions, or beginnings of them such as ``ledger.*``.
    """

    name: str
    title_zh: str
    unit: str | None
    city: str | None
    grants: tuple[Grant, ...]
    via: Via
    scopes: frozenset[str] | None = None

    @classmethod
    def guest(cls) -> Self:
        """Return somebody who did not log in."""
        return cls("guest", say("identity.via_guest", "zh"), None, None, _one("guest"), Via.GUEST)

    @classmethod
    def local(cls) -> Self:
        """Return the one user of a service that listens to its own machine alone: may do all."""
        title = say("identity.via_local", "zh")
        return cls("local", title, None, None, _one("administrator"), Via.LOCAL)

    @classmethod
    def console(cls) -> Self:
        """Return whoever works on the store with a command: who can write the file may do all."""
        title = say("identity.via_console", "zh")
        return cls("console", title, None, None, _one("administrator"), Via.CONSOLE)


RESERVED = frozenset({"guest", "local", "console"})
"""Names of actors that no account may take."""


def _one(role: str) -> tuple[Grant, ...]:
    return (Grant(role),)


def console_address() -> str:
    """Return what the trail says of where a command was given: user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        user = "?"
    return f"{user}@{socket.gethostname()}"


def is_loopback(host: str) -> bool:
    """Whether a service that listens on `host` can be reached from its own machine alone.

    A page in a browser there can still send requests to it under another name: a service in
    local mode answers those alone whose ``Host`` is such a host too.
    """
    bare = host.strip().removeprefix("[").removesuffix("]").rstrip(".").lower()
    if bare == "localhost":
        return True
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return False
    # Older Pythons do not look into an IPv4 address that is written as IPv6.
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
