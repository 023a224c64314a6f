"""Sessions of people and tokens of machines: random texts, of which only hashes are kept.

A token has 256 random bits, so that a plain SHA-256 of it can be kept: nobody can guess what
it is of. Whoever reads the store cannot log in with what is there.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from onecity.core.errors import InputError, MissingError

from .accounts import Account, Accounts, load
from .actors import Actor, Via
from .clock import Clock, moment, stamp
from .columns import storable
from .database import Database
from .rules import Rules
from .schema import ACCOUNTS, SESSIONS, TOKENS
from .trail import Note, Trail

SESSION, TOKEN = "ocs_", "oct_"
_BYTES = 32
_LONGEST = 100
_HANDLE = 16
_SEEN_STEP = timedelta(minutes=1)
_TOKEN_NAME = re.compile(r"\w[\w.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts: `idle` without a request, `longest` in any case.

    The time of a request is written down every `step`, not at each one.
    """

    idle: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(hours=12)
    step: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A login that lasts. `id` names it in lists and is no secret.

    It is over at `expires` unless a request comes before, and at `ends` in any case.
    """

    id: str
    account: str
    created: datetime
    seen: datetime
    expires: datetime
    ends: datetime
    address: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A key for a machine: it acts for `account`, within `scopes`, until `expires`."""

    name: str
    account: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime | None
    seen: datetime | None
    revoked: datetime | None


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """The sessions of one store."""

    def __init__(
        self,
        database: Database,
        trail: Trail,
        accounts: Accounts,
        clock: Clock,
        lifetimes: Lifetimes,
    ) -> None:
        self._database, self._trail, self._accounts = database, trail, accounts
        self._clock, self._lifetimes = clock, lifetimes

    def begin(self, account: Account, *, address: str = "") -> tuple[str, Session]:
        """Begin a session of an account that has shown who it is; the token is told this once.

        Raises
        ------
        LoginError
            The account was closed, or its password changed, since it was looked at.
        """
        token = f"{SESSION}{secrets.token_urlsafe(_BYTES)}"
        now = self._clock()
        ends = now + self._lifetimes.longest
        row = (hash_of(token), account.id, stamp(now), stamp(now), stamp(ends), address)
        with self._database.writing() as connection:
            self._sweep(connection, now)
            self._accounts.check_unchanged(account)
            connection.execute(insert(SESSIONS).values(row))
            note = Note("login", "account", account.name, address=address)
            self._trail.append(account.as_actor(Via.SESSION), note)
        return token, self._session((*row, account.name))

    def actor(self, token: str) -> Actor | None:
        """Return whose session a token is of, and note that it was seen; None if it is over."""
        now = self._clock()
        own = hash_of(token)
        with self._database.reading() as connection:
            row = connection.execute(
                select(SESSIONS.c.account, SESSIONS.c.seen).where(
                    SESSIONS.c.token == own,
                    SESSIONS.c.seen > stamp(now - self._lifetimes.idle),
                    SESSIONS.c.ends > stamp(now),
                )
            ).one_or_none()
            if row is None:
                return None
            account = load(connection, row[0])
        if not account.active:
            return None
        if now - moment(row[1]) >= min(self._lifetimes.step, self._lifetimes.idle / 4):
            with self._database.writing() as connection:
                # Not back in time, where another request was later.
                connection.execute(
                    update(SESSIONS)
                    .where(SESSIONS.c.token == own, SESSIONS.c.seen < stamp(now))
                    .values(seen=stamp(now))
                )
        return account.as_actor(Via.SESSION)

    def of(self, name: str) -> tuple[Session, ...]:
        """Return the sessions of an account that last, newest first."""
        account = self._accounts.get(name)
        now = self._clock()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(SESSIONS)
                .where(
                    SESSIONS.c.account == account.id,
                    SESSIONS.c.seen > stamp(now - self._lifetimes.idle),
                    SESSIONS.c.ends > stamp(now),
                )
                .order_by(SESSIONS.c.created.desc())
            ).all()
        return tuple(self._session((*row, account.name)) for row in rows)

    def end(self, token: str, *, address: str = "") -> None:
        """End the session of a token; nothing happens if there is none."""
        actor = self.actor(token)
        with self._database.writing() as connection:
            done = connection.execute(delete(SESSIONS).where(SESSIONS.c.token == hash_of(token)))
            if done.rowcount and actor is not None:
                self._trail.append(actor, Note("logout", "account", actor.name, address=address))

    def revoke(self, handle: str, *, by: Actor, address: str = "") -> None:
        """End a session by its `Session.id`: one's own, or as one who may manage the account.

        Raises
        ------
        MissingError
            There is none.
        ForbiddenError
            `by` may not.
        """
        if len(handle) != _HANDLE or not handle.isalnum() or not handle.isascii():
            raise MissingError("identity.no_session", given=handle)
        with self._database.writing() as connection:
            rows = connection.execute(
                select(SESSIONS.c.token, SESSIONS.c.account).where(
                    SESSIONS.c.token >= handle, SESSIONS.c.token < f"{handle}~"
                )
            ).all()
            if not rows:
                raise MissingError("identity.no_session", given=handle)
            for token, number in rows:
                account = load(connection, number)
                self._require(by, account)
                connection.execute(delete(SESSIONS).where(SESSIONS.c.token == token))
                note = Note("session.revoked", "account", account.name, address=address)
                self._trail.append(by, note)

    def revoke_all(self, name: str, *, by: Actor, address: str = "") -> int:
        """End every session of an account and return how many; one's own, or as its manager."""
        account = self._accounts.get(name)
        self._require(by, account)
        with self._database.writing() as connection:
            done = connection.execute(delete(SESSIONS).where(SESSIONS.c.account == account.id))
            note = Note("session.revoked", "account", account.name, address=address)
            note.after = {"count": done.rowcount}
            self._trail.append(by, note)
        return done.rowcount

    def _require(self, by: Actor, account: Account) -> None:
        if by.name != account.name or by.via is not Via.SESSION:
            self._accounts.require_over(by, account)

    def _sweep(self, connection: Connection, now: datetime) -> None:
        """Drop what is over: nobody needs to know it any longer."""
        connection.execute(
            delete(SESSIONS).where(
                or_(
                    SESSIONS.c.seen <= stamp(now - self._lifetimes.idle),
                    SESSIONS.c.ends <= stamp(now),
                )
            )
        )

    def _session(self, row: tuple[str, int, str, str, str, str, str]) -> Session:
        token, _, created, seen, ends, address, name = row
        last = moment(ends)
        return Session(
            id=token[:_HANDLE],
            account=name,
            created=moment(created),
            seen=moment(seen),
            expires=min(moment(seen) + self._lifetimes.idle, last),
            ends=last,
            address=address,
        )


class Tokens:
    """The keys of machines. Each acts for an account: closing that one stops its tokens.

    People make tokens for themselves while logged in; who manages an account makes them for it.
    What a token may do is what its account may, within its scopes.
    """

    def __init__(
        self, database: Database, trail: Trail, accounts: Accounts, rules: Rules, clock: Clock
    ) -> None:
        self._database, self._trail, self._accounts = database, trail, accounts
        self._rules, self._clock = rules, clock

    def add(
        self,
        name: str,
        account: str,
        *,
        scopes: Iterable[str],
        by: Actor,
        expires: datetime | None = None,
        address: str = "",
    ) -> tuple[str, ApiToken]:
        """Make a token; its text is told this once.

        Raises
        ------
        InputError
            The name is taken or not fit, a scope covers no permission, it would be over already.
        MissingError
            There is no such account.
        ForbiddenError
            `by` may not.
        """
        bounds = self._rules.check_scopes(scopes)
        now = self._clock()
        if expires is not None and expires <= now:
            raise InputError("identity.token_over", given=stamp(expires))
        if not _TOKEN_NAME.fullmatch(name):
            raise InputError("identity.bad_name", given=name)
        owner = self._accounts.get(account)
        self._require(by, owner)
        token = f"{TOKEN}{secrets.token_urlsafe(_BYTES)}"
        until = stamp(expires) if expires else None
        sorted_bounds = sorted(bounds)
        with self._database.writing() as connection:
            try:
                connection.execute(
                    insert(TOKENS).values(
                        name=name,
                        account=owner.id,
                        token=hash_of(token),
                        scopes=json.dumps(sorted_bounds),
                        created=stamp(now),
                        expires=until,
                    )
                )
            except IntegrityError as error:
                raise InputError("identity.name_taken", given=name) from error
            note = Note("token.added", "token", name, address=address)
            note.after = {"account": owner.name, "scopes": sorted_bounds, "expires": until}
            self._trail.append(by, note)
        return token, ApiToken(name, owner.name, bounds, now, expires, None, None)

    def actor(self, token: str) -> Actor | None:
        """Return whom a token acts for, and note that it was seen; None if it is over."""
        now = self._clock()
        with self._database.reading() as connection:
            row = connection.execute(
                select(TOKENS.c.id, TOKENS.c.account, TOKENS.c.scopes, TOKENS.c.seen).where(
                    TOKENS.c.token == hash_of(token),
                    TOKENS.c.revoked.is_(None),
                    or_(TOKENS.c.expires.is_(None), TOKENS.c.expires > stamp(now)),
                )
            ).one_or_none()
            if row is None:
                return None
            number, owner, scopes, seen = row
            account = load(connection, owner)
        if not account.active:
            return None
        if seen is None or now - moment(seen) >= _SEEN_STEP:
            with self._database.writing() as connection:
                connection.execute(
                    update(TOKENS).where(TOKENS.c.id == number).values(seen=stamp(now))
                )
        return account.as_actor(Via.TOKEN, frozenset(json.loads(scopes)))

    def all(self) -> tuple[ApiToken, ...]:
        """Return every token, by name, those that are over too."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(
                    TOKENS.c.name,
                    ACCOUNTS.c.name,
                    TOKENS.c.scopes,
                    TOKENS.c.created,
                    TOKENS.c.expires,
                    TOKENS.c.seen,
                    TOKENS.c.revoked,
                )
                .join_from(TOKENS, ACCOUNTS)
                .order_by(TOKENS.c.name)
            ).all()
        return tuple(
            ApiToken(
                name,
                owner,
                frozenset(json.loads(scopes)),
                moment(created),
                *(moment(one) if one else None for one in times),
            )
            for name, owner, scopes, created, *times in rows
        )

    def revoke(self, name: str, *, by: Actor, address: str = "") -> None:
        """End a token for good.

        Raises
        ------
        MissingError
            There is none of that name that is not over already.
        ForbiddenError
            `by` may not.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                select(TOKENS.c.id, TOKENS.c.account).where(
                    TOKENS.c.name == storable(name), TOKENS.c.revoked.is_(None)
                )
            ).one_or_none()
            if row is None:
                raise MissingError("identity.no_token", given=name)
            self._require(by, load(connection, row.account))
            connection.execute(
                update(TOKENS).where(TOKENS.c.id == row.id).values(revoked=stamp(self._clock()))
            )
            self._trail.append(by, Note("token.revoked", "token", name, address=address))

    def _require(self, by: Actor, owner: Account) -> None:
        # A token does not make others: it would get around its own scopes.
        if by.name != owner.name or by.via is not Via.SESSION:
            self._accounts.require_over(by, owner)
