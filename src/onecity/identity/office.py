"""The office: one store for who may log in, what they may do, and what was done."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import Connection, func, select

from .accounts import Account, Accounts
from .actors import Actor, Via
from .bindings import Bindings
from .clock import Clock, utc_now
from .database import Database
from .parts import Part
from .rules import BASIC, Rules
from .schema import IDENTITY, TRAIL
from .second_factor import SecondFactors
from .sessions import SESSION, TOKEN, Lifetimes, Session, Sessions, Tokens
from .throttle import Limits
from .trail import DONE, FAILED, INTENT, Entry, Note, Trail

FILE = "office.sqlite"
"""Name of the store in the folder that a service works in."""
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Login:
    """What a login gives: the token for the cookie, the session, and who it is."""

    token: str = field(repr=False)  # not for logs
    session: Session
    actor: Actor


@dataclass(slots=True, kw_only=True)
class Change(Note):
    """A change in this database that is under way, with what the trail will say of it."""

    connection: Connection


@dataclass(slots=True, kw_only=True)
class Deed(Note):
    """A change elsewhere that is under way; `intent` is the number of its first entry."""

    intent: int = 0


class Office:
    """One store: `accounts`, `sessions`, `tokens`, `rules` and the `trail`. Made by `open`.

    Any thread may use it, and several processes the same database. Nothing here waits for the
    network; `change` and `deed` belong to one thread from begin to end.
    """

    def __init__(
        self, database: Database, rules: Rules, clock: Clock, lifetimes: Lifetimes, limits: Limits
    ) -> None:
        self.database, self.rules, self.clock = database, rules, clock
        self.trail = Trail(database, clock)
        self.accounts = Accounts(database, self.trail, rules, clock, limits)
        self.second_factors = SecondFactors(database, self.trail, self.accounts, clock, limits)
        self.bindings = Bindings(database, self.trail, self.accounts, clock)
        self.sessions = Sessions(database, self.trail, self.accounts, clock, lifetimes)
        self.tokens = Tokens(database, self.trail, self.accounts, rules, clock)

    @classmethod
    def open(
        cls,
        where: str | os.PathLike[str],
        *,
        rules: Rules = BASIC,
        parts: Sequence[Part] = (),
        clock: Clock = utc_now,
        lifetimes: Lifetimes | None = None,
        limits: Limits | None = None,
        create: bool = True,
    ) -> Self:
        """Open a store, or make it.

        Parameters
        ----------
        where
            Path of its file, or URL of a PostgreSQL database, see `Database.open`.
        rules
            What each role may do.
        parts
            What later floors keep in it besides accounts and the trail.
        clock, lifetimes, limits
            What tells the time, how long logins last, and how many may fail.
        create
            Whether a missing store is made.

        Raises
        ------
        InputError
            `where` is the URL of a database that is not known.
        MissingError
            There is none and `create` is off.
        StoreError
            It is damaged, of another program or a newer version, or cannot be written.
        """
        database = Database.open(where, parts=(IDENTITY, *parts), create=create)
        return cls(database, rules, clock, lifetimes or Lifetimes(), limits or Limits())

    def close(self) -> None:
        """Close the store."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Who ---

    def login(self, name: str, password: str, *, address: str, code: str | None = None) -> Login:
        """Begin a session; `code` is that of the account's second factor, if it has one.

        Raises
        ------
        SecondFactorError
            Name and password fit, and a code is needed besides.
        LoginError
            Name, password or code do not fit, or too many attempts have failed.
        """
        account = self.accounts.check(name, password, address=address)
        self.second_factors.pass_(account, code, address=address)
        return self._begun(account, address)

    def login_by(self, issuer: str, subject: str, name: str, *, address: str) -> Login:
        """Begin a session of somebody whom a provider vouches for; see `Bindings.account`.

        Raises
        ------
        LoginError
            They have no account here that the provider may open.
        """
        return self._begun(self.bindings.account(issuer, subject, name, address=address), address)

    def _begun(self, account: Account, address: str) -> Login:
        token, session = self.sessions.begin(account, address=address)
        return Login(token, session, account.as_actor(Via.SESSION))

    def logout(self, token: str, *, address: str = "") -> None:
        """End the session of a token; nothing happens if there is none."""
        if self._is_token(token):
            self.sessions.end(token, address=address)

    def recognise(self, token: str) -> Actor | None:
        """Return whose session or machine's key a token is, None if it is nobody's."""
        if not self._is_token(token):
            return None
        return (self.sessions if token.startswith(SESSION) else self.tokens).actor(token)

    def actor(self, token: str | None) -> Actor:
        """Return whose token it is; a guest without one, or with one that is nobody's."""
        return (self.recognise(token) if token else None) or Actor.guest()

    # --- What they may ---

    def may(self, actor: Actor, permission: str, city: str | None = None) -> bool:
        """Whether somebody may do something, see `Rules.may`."""
        return self.rules.may(actor, permission, city)

    def require(self, actor: Actor, permission: str, city: str | None = None) -> None:
        """Do nothing if somebody may do something, see `Rules.require`."""
        self.rules.require(actor, permission, city)

    # --- What they did ---

    @contextmanager
    def change(
        self,
        actor: Actor,
        action: str,
        kind: str,
        target: str,
        *,
        address: str = "",
        before: Any = None,
        after: Any = None,
        note: str = "",
    ) -> Iterator[Change]:
        """Let a change be made in this database, and write its entry, in one transaction.

        `Change.connection` is inside the transaction. What is set on the change before the end
        stands in the entry. If the block raises, neither the change nor the entry was made.

        Raises
        ------
        InputError
            The entry is not fit, see `Trail.append`; the change is undone.
        StoreError
            It cannot be written.
        """
        with self.database.writing() as connection:
            made = Change(action, kind, target, before, after, note, address, connection=connection)
            yield made
            self.trail.append(actor, made)

    @contextmanager
    def deed(
        self,
        actor: Actor,
        action: str,
        kind: str,
        target: str,
        *,
        address: str = "",
        before: Any = None,
        after: Any = None,
        note: str = "",
    ) -> Iterator[Deed]:
        """Let something be done outside this database, between two entries that tell of it.

        First the intent is written and on the disk, then the block runs, then a second entry
        says that it was done, or, if the block raises, that it failed. After a crash the intent
        stands alone: `Trail.unfinished` finds it and `settle` closes it.

        Raises
        ------
        InputError
            The entry is not fit, see `Trail.append`; the block does not run then. If it is what
            the block sets that is not, the deed was done and its intent stays open.
        StoreError
            It cannot be written.
        """
        made = Deed(action, kind, target, before, after, note, address)
        made.intent = self.trail.append(actor, made, phase=INTENT)
        try:
            yield made
        except BaseException as error:
            # The class alone: a message may hold what nobody may keep.
            failed = Note(action, kind, made.target, before, None, type(error).__name__, address)
            self.trail.append(actor, failed, phase=FAILED, of=made.intent)
            raise
        self.trail.append(actor, made, phase=DONE, of=made.intent)

    def settle(
        self, intent: Entry, actor: Actor, *, done: bool, after: Any = None, note: str = ""
    ) -> None:
        """Close an intent that a crash left open, once it is known whether it was done.

        Nothing happens if it was closed meanwhile.
        """
        told = Note(intent.action, intent.kind, intent.target, intent.before, after, note)
        with self.database.writing() as connection:
            closed = select(func.count()).where(TRAIL.c.of == intent.id)
            if not connection.execute(closed).scalar_one():
                self.trail.append(actor, told, phase=DONE if done else FAILED, of=intent.id)

    @staticmethod
    def _is_token(token: str) -> bool:
        return len(token) <= _LONGEST_TOKEN and token.startswith((SESSION, TOKEN))
