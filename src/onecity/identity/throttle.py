"""Refusing attempts to log in for a while after too many have failed, per account and address.

An attempt is counted before its password is looked at, and taken back if it was right: many
at once cannot be more than one after another. What is counted is kept in the store, so that
a restart forgets nothing, and dropped when it no longer matters. Names are kept as hashes,
since people type passwords where the name belongs.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil

from sqlalchemy import Connection, delete, insert, select, update

from .clock import moment, stamp
from .columns import storable
from .schema import ATTEMPTS

_LONGEST_ADDRESS = 100
_DOUBLINGS = 32
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is let pass: `allowed` failures, then a lock that doubles with each further one.

    Without a failure for `memory` all is forgotten.
    """

    allowed: int
    first: timedelta
    longest: timedelta
    memory: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit of an account, and that of an address, which a whole office may share."""

    account: Limit = Limit(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(days=1))
    address: Limit = Limit(30, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to log in: the subjects it counts for, with their limits."""

    limits: tuple[tuple[str, Limit], ...]

    @classmethod
    def of(cls, name: str, address: str, limits: Limits) -> "Attempt":
        """Return the attempt for the account `name` from `address` (empty: not known)."""
        found = [(subject_of(name), limits.account)]
        if address:
            found.append((f"address:{_network(address)}", limits.address))
        return cls(tuple(found))

    def wait(self, connection: Connection, now: datetime) -> int:
        """Return for how many seconds the attempt is refused; 0 if it is not."""
        return max(_wait(connection, subject, limit, now) for subject, limit in self.limits)

    def count(self, connection: Connection, now: datetime) -> None:
        """Count the attempt as failed."""
        for subject, limit in self.limits:
            failures = _failures(connection, subject, limit, now) + 1
            _keep(connection, subject, limit, failures, now)
            kind = subject.partition(":")[0]
            connection.execute(
                delete(ATTEMPTS).where(
                    ATTEMPTS.c.subject > f"{kind}:",
                    ATTEMPTS.c.subject < f"{kind};",
                    ATTEMPTS.c.last < stamp(now - limit.memory),
                )
            )

    def locks_account(self, connection: Connection, now: datetime) -> bool:
        """Whether the account is locked now."""
        subject, limit = self.limits[0]
        return _wait(connection, subject, limit, now) > 0

    def take_back(self, connection: Connection) -> None:
        """Forget the account's failures, and of the address's this one: others may be at it."""
        (account, _), *others = self.limits
        forget(connection, account)
        for subject, _ in others:
            connection.execute(
                update(ATTEMPTS)
                .where(ATTEMPTS.c.subject == subject)
                .values(failures=ATTEMPTS.c.failures - 1, until=None)
            )


def subject_of(name: str) -> str:
    """Return what failures of the account `name` are counted under."""
    return f"account:{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def forget(connection: Connection, subject: str) -> None:
    """Forget the failures of a subject."""
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.subject == subject))


def _network(address: str) -> str:
    """Return the address; of one in IPv6 the network, because each house has one of those."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return storable(address[:_LONGEST_ADDRESS])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(found), 64), strict=False))
    return str(found)


def _row(connection: Connection, subject: str) -> tuple[int, datetime, datetime | None]:
    query = select(ATTEMPTS.c.failures, ATTEMPTS.c.last, ATTEMPTS.c.until)
    row = connection.execute(query.where(ATTEMPTS.c.subject == subject)).one_or_none()
    if row is None:
        return 0, _LONG_AGO, None
    failures, last, until = row
    return failures, moment(last), moment(until) if until else None


def _failures(connection: Connection, subject: str, limit: Limit, now: datetime) -> int:
    failures, last, _ = _row(connection, subject)
    return failures if failures and now - last < limit.memory else 0


def _wait(connection: Connection, subject: str, limit: Limit, now: datetime) -> int:
    _, _, until = _row(connection, subject)
    # A lock longer than there is means that the clock was set back.
    if until is None or not now < until <= now + limit.longest:
        return 0
    return ceil((until - now).total_seconds())


def _keep(connection: Connection, subject: str, limit: Limit, failures: int, now: datetime) -> None:
    over = failures - limit.allowed
    lock = min(limit.longest, limit.first * 2 ** min(over, _DOUBLINGS)) if over >= 0 else None
    until = stamp(now + lock) if lock else None
    values = {"failures": failures, "last": stamp(now), "until": until}
    known = connection.execute(update(ATTEMPTS).where(ATTEMPTS.c.subject == subject).values(values))
    if not known.rowcount:  # there is one writer at a time
        connection.execute(insert(ATTEMPTS).values(subject=subject, **values))
