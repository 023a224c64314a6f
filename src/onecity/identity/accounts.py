"""Accounts: who may log in, as what, and for which office.

Of a person the store keeps the login name, the name shown to colleagues, and the codes of unit
and city; no number, mail address or phone, because nothing here needs them. Login names are
never changed, deleted or used again: the trail names people by them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from onecity.core.errors import InputError, MissingError

from .actors import RESERVED, Actor, Grant, Via
from .clock import Clock, moment, stamp
from .columns import storable
from .database import Database
from .errors import ForbiddenError, LoginError
from .passwords import Passwords, check_password
from .rules import Rules
from .schema import ACCOUNTS, GRANTS, SESSIONS
from .throttle import Attempt, Limits, forget, subject_of
from .trail import Note, Trail

_NAME = re.compile(r"\w[\w.@-]{0,63}")
_LONGEST_TYPED = 200
_LONGEST = {"title_zh": 100, "unit": 64, "city": 32}
_COLUMNS = tuple(
    ACCOUNTS.c[name]
    for name in ("id", "name", "title_zh", "unit", "city", "active", "created", "password_changed")
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in, or a machine that acts by token.

    `title_zh` is how colleagues know them, `unit` and `city` the codes of their office.
    `password_changed` is None where there is no password and so no login.
    """

    id: int
    name: str
    title_zh: str
    unit: str | None
    city: str | None
    grants: tuple[Grant, ...]
    active: bool
    created: datetime
    password_changed: datetime | None

    def as_actor(self, via: Via, scopes: frozenset[str] | None = None) -> Actor:
        """Return the account as somebody who does something."""
        return Actor(self.name, self.title_zh, self.unit, self.city, self.grants, via, scopes)

    def summary(self) -> dict[str, Any]:
        """Return what the trail says of it."""
        return {
            "unit": self.unit,
            "city": self.city,
            "grants": [str(one) for one in self.grants],
            "active": self.active,
        }


class Accounts:
    """The accounts of one store. Whoever changes them needs the permission ``admin``.

    Who has it in one city alone may manage accounts of that city with grants in that city.
    """

    def __init__(
        self, database: Database, trail: Trail, rules: Rules, clock: Clock, limits: Limits
    ) -> None:
        self._database, self._trail, self._rules = database, trail, rules
        self._clock, self._limits = clock, limits
        self.passwords = Passwords()

    def add(
        self,
        name: str,
        *,
        by: Actor,
        title_zh: str = "",
        unit: str | None = None,
        city: str | None = None,
        grants: Iterable[Grant] = (),
        password: str | None = None,
        address: str = "",
    ) -> Account:
        """Make an account; without a password nobody can log in to it, only use its tokens.

        Raises
        ------
        InputError
            The name is taken or not fit, a role is unknown, the password too weak.
        ForbiddenError
            `by` may not.
        """
        login = checked_name(name)
        _check_texts(title_zh=title_zh, unit=unit, city=city)
        roles = self._rules.check_grants(grants)
        self._require(by, city, roles)
        kept = self._hashed(password, login)
        now = stamp(self._clock())
        note = Note("account.added", "account", login, address=address)
        with self._database.writing() as connection:
            try:
                connection.execute(
                    insert(ACCOUNTS).values(
                        name=login,
                        title_zh=title_zh,
                        unit=unit,
                        city=city,
                        active=1,
                        created=now,
                        password=kept,
                        password_changed=now if kept else None,
                    )
                )
            except IntegrityError as error:
                raise InputError("identity.name_taken", given=login) from error
            self._write_grants(connection, login, roles)
            made = self.get(login)
            note.after = made.summary()
            self._trail.append(by, note)
        return made

    def get(self, name: str) -> Account:
        """Return an account.

        Raises
        ------
        MissingError
            There is none of that name.
        """
        login = plain_name(name)
        query = select(*_COLUMNS).where(ACCOUNTS.c.name == login)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise MissingError("identity.no_account", given=name)
            return _account(row, _grants(connection, row[0]))

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name, those that are not active too."""
        query = select(*_COLUMNS).order_by(ACCOUNTS.c.name)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            return tuple(_account(row, _grants(connection, row[0])) for row in rows)

    def describe(
        self,
        name: str,
        *,
        by: Actor,
        title_zh: str,
        unit: str | None,
        city: str | None,
        address: str = "",
    ) -> Account:
        """Change what colleagues see of an account, and its office."""
        _check_texts(title_zh=title_zh, unit=unit, city=city)
        with self._changing("account.described", name, by, address) as (connection, old):
            self._require(by, city, old.grants)
            connection.execute(_changed(old).values(title_zh=title_zh, unit=unit, city=city))
        return self.get(name)

    def set_grants(
        self, name: str, grants: Iterable[Grant], *, by: Actor, address: str = ""
    ) -> Account:
        """Give an account these roles and no others; they count from its next request on."""
        roles = self._rules.check_grants(grants)
        with self._changing("account.grants", name, by, address) as (connection, old):
            self._require(by, old.city, roles)
            connection.execute(delete(GRANTS).where(GRANTS.c.account == old.id))
            self._write_grants(connection, old.name, roles)
        return self.get(name)

    def set_password(self, name: str, password: str, *, by: Actor, address: str = "") -> None:
        """Give an account another password, and end its sessions."""
        kept = self._hashed(password, plain_name(name))
        with self._changing("account.password", name, by, address) as (connection, old):
            self._write_password(connection, old, kept)

    def change_password(
        self, name: str, old: str, new: str, *, by: Actor, address: str = ""
    ) -> None:
        """Let somebody change their own password, who knows the old one; ends their sessions.

        Raises
        ------
        LoginError
            The old one is wrong, or was too often: it counts as an attempt to log in.
        InputError
            The new one is too weak.
        ForbiddenError
            It is not the password of `by`.
        """
        login = plain_name(name)
        if by.name != login or by.via is not Via.SESSION:
            raise ForbiddenError("identity.password_of_another", who=by.name)
        kept = self._hashed(new, login)
        account = self.check(login, old, address=address)
        note = Note("account.password", "account", login, address=address)
        with self._database.writing() as connection:
            self.check_unchanged(account)
            self._write_password(connection, account, kept)
            self._trail.append(by, note)

    def disable(self, name: str, *, by: Actor, address: str = "") -> None:
        """Close an account: its sessions end, its tokens rest."""
        with self._changing("account.disabled", name, by, address) as (connection, old):
            connection.execute(_changed(old).values(active=0))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.account == old.id))

    def enable(self, name: str, *, by: Actor, address: str = "") -> None:
        """Open an account again, and forget its failed attempts."""
        with self._changing("account.enabled", name, by, address) as (connection, old):
            connection.execute(_changed(old).values(active=1))
            forget(connection, subject_of(old.name))

    def unlock(self, name: str, *, by: Actor, address: str = "") -> None:
        """Forget an account's failed attempts to log in."""
        with self._changing("account.unlocked", name, by, address) as (connection, old):
            forget(connection, subject_of(old.name))

    def check(self, name: str, password: str, *, address: str = "") -> Account:
        """Return the account that a name and a password are of.

        It takes as long whether the name is unknown, the account closed or the password wrong,
        and the answer is the same.

        Raises
        ------
        LoginError
            They do not fit, or too many attempts have failed.
        """
        login = plain_name(name)
        attempt = Attempt.of(login, address, self._limits)
        now = self._clock()
        with self._database.writing() as connection:
            seconds = attempt.wait(connection, now)
            if not seconds:
                attempt.count(connection, now)
        if seconds:
            raise LoginError("identity.login_locked", seconds=seconds)
        account, kept = self._kept(login)
        if not self.passwords.fits(password, kept) or account is None or kept is None:
            self._note_lock(login, account, attempt, address)
            raise LoginError("identity.login_wrong")
        stronger = self.passwords.hashed(password) if self.passwords.is_weak(kept) else kept
        with self._database.writing() as connection:
            attempt.take_back(connection)
            # Not if it was changed or closed while this was looked at.
            done = connection.execute(
                _changed(account)
                .where(ACCOUNTS.c.password == kept, ACCOUNTS.c.active == 1)
                .values(password=stronger)
            )
        if not done.rowcount:
            raise LoginError("identity.login_wrong")
        return account

    def check_unchanged(self, account: Account) -> None:
        """Do nothing if an account may still log in as it did; inside `Database.writing`.

        Raises
        ------
        LoginError
            It was closed, or has another password.
        """
        now = self.get(account.name)
        if not now.active or now.password_changed != account.password_changed:
            raise LoginError("identity.login_wrong")

    def _kept(self, login: str) -> tuple[Account | None, str | None]:
        """Return an account that may log in, and what is kept of its password."""
        query = select(*_COLUMNS, ACCOUNTS.c.password).where(
            ACCOUNTS.c.name == login, ACCOUNTS.c.active == 1
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None, None
            *fields, kept = row
            return _account(fields, _grants(connection, row.id)), kept

    def _note_lock(
        self, login: str, account: Account | None, attempt: Attempt, address: str
    ) -> None:
        """Tell the trail of an account that is now locked; never of names that are none."""
        with self._database.writing() as connection:
            locked = attempt.locks_account(connection, self._clock())
            if locked and account is not None:
                note = Note("login.locked", "account", login, address=address)
                self._trail.append(Actor.guest(), note)

    def _hashed(self, password: str | None, login: str) -> str | None:
        if password is None:
            return None
        check_password(password, login)
        return self.passwords.hashed(password)

    def require_over(self, by: Actor, account: Account) -> None:
        """Do nothing if `by` may manage an account.

        Raises
        ------
        ForbiddenError
            They may not.
        """
        self._require(by, account.city, account.grants)

    def _require(self, by: Actor, city: str | None, grants: Iterable[Grant]) -> None:
        """Let pass who may manage an account of this city with these grants."""
        if self._rules.may(by, "admin"):
            return
        self._rules.require(by, "admin", city)
        for grant in grants:
            self._rules.require(by, "admin", grant.city)

    @contextmanager
    def _changing(
        self, action: str, name: str, by: Actor, address: str
    ) -> Iterator[tuple[Connection, Account]]:
        """Let an account be changed, and write what it was and is to the trail."""
        with self._database.writing() as connection:
            old = self.get(name)
            self.require_over(by, old)
            yield connection, old
            note = Note(action, "account", old.name, old.summary(), address=address)
            note.after = self.get(name).summary()
            self._trail.append(by, note)

    def _write_password(self, connection: Connection, account: Account, kept: str | None) -> None:
        connection.execute(
            _changed(account).values(password=kept, password_changed=stamp(self._clock()))
        )
        connection.execute(delete(SESSIONS).where(SESSIONS.c.account == account.id))
        forget(connection, subject_of(account.name))

    @staticmethod
    def _write_grants(connection: Connection, login: str, grants: Iterable[Grant]) -> None:
        number = connection.execute(
            select(ACCOUNTS.c.id).where(ACCOUNTS.c.name == login)
        ).scalar_one()
        rows = [{"account": number, "role": one.role, "city": one.city or ""} for one in grants]
        if rows:
            connection.execute(insert(GRANTS), rows)


def plain_name(name: str) -> str:
    """Return the one spelling of a login name: small letters, narrow forms, no spaces around."""
    plain = unicodedata.normalize("NFKC", name[:_LONGEST_TYPED]).strip().casefold()
    return storable(plain)


def checked_name(name: str) -> str:
    """Return the spelling of a new login name.

    Raises
    ------
    InputError
        It is reserved, too long, or holds a sign that names do not have.
    """
    login = plain_name(name)
    if not _NAME.fullmatch(login) or login in RESERVED:
        raise InputError("identity.bad_name", given=name)
    return login


def load(connection: Connection, number: int) -> Account:
    """Return the account of a number that another table refers to."""
    row = connection.execute(select(*_COLUMNS).where(ACCOUNTS.c.id == number)).one()
    return _account(row, _grants(connection, number))


def _changed(account: Account) -> Update:
    return update(ACCOUNTS).where(ACCOUNTS.c.id == account.id)


def _grants(connection: Connection, number: int) -> tuple[Grant, ...]:
    query = (
        select(GRANTS.c.role, GRANTS.c.city)
        .where(GRANTS.c.account == number)
        .order_by(GRANTS.c.role, GRANTS.c.city)
    )
    return tuple(Grant(role, city or None) for role, city in connection.execute(query))


def _account(row: Sequence[Any], grants: tuple[Grant, ...]) -> Account:
    number, name, title_zh, unit, city, active, created, changed = row
    return Account(
        id=number,
        name=name,
        title_zh=title_zh,
        unit=unit,
        city=city,
        grants=grants,
        active=bool(active),
        created=moment(created),
        password_changed=moment(changed) if changed else None,
    )


def _check_texts(**given: str | None) -> None:
    for name, text in given.items():
        if text is not None and len(text) > _LONGEST[name]:
            raise InputError(
                "identity.field_too_long", name=name, given=len(text), longest=_LONGEST[name]
            )
        if text is not None and not text.isprintable():
            raise InputError("identity.unprintable", name=name)
