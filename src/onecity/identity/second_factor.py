"""A second factor: a code from a device that somebody has, besides the password they know.

Codes of RFC 6238 (six digits, thirty seconds), as every authenticator makes them, and codes on
paper for the day the device is lost. A code counts once. The key that a device shares with the
store lies in the store as it is, because codes are made of it: who can read the store could make
them, but still needs the password, of which it holds a hash alone.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import pyotp
from sqlalchemy import Connection, Delete, Table, delete, insert, select, update

from onecity.core.errors import InputError

from .accounts import Account, Accounts
from .actors import Actor, Via
from .clock import Clock, stamp
from .database import Database
from .errors import ForbiddenError, LoginError, SecondFactorError
from .schema import RECOVERY_CODES, SECOND_FACTORS
from .throttle import Attempt, Limits, subject_of
from .trail import Note, Trail

ISSUER = "OneCity"
STEP_S = 30
_DRIFT = 1
"""Steps that the clock of a device may be off, either way."""
_PAPER_CODES = 10
_PAPER_BYTES = 8
_SPACES = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device needs to make codes: the key, and the address that a QR code holds."""

    key: str = field(repr=False)
    address: str = field(repr=False)


class SecondFactors:
    """The second factors of one store."""

    def __init__(
        self, database: Database, trail: Trail, accounts: Accounts, clock: Clock, limits: Limits
    ) -> None:
        self._database, self._trail, self._accounts = database, trail, accounts
        self._clock, self._limits = clock, limits

    def has(self, name: str) -> bool:
        """Whether an account has a second factor that was confirmed."""
        account = self._accounts.get(name)
        with self._database.reading() as connection:
            return _confirmed(connection, account) is not None

    def begin(self, *, by: Actor) -> Enrolment:
        """Begin to give one's own account a second factor; it counts once it is confirmed.

        Raises
        ------
        InputError
            It has one already.
        ForbiddenError
            `by` is nobody who has logged in.
        """
        account = self._own(by)
        key = pyotp.random_base32()
        with self._database.writing() as connection:
            if _confirmed(connection, account) is not None:
                raise InputError("logins.factor_there")
            connection.execute(_gone(SECOND_FACTORS, account))
            row = {"account": account.id, "key": key, "begun": stamp(self._clock()), "last": 0}
            connection.execute(insert(SECOND_FACTORS), row)
        address = pyotp.TOTP(key).provisioning_uri(name=account.name, issuer_name=ISSUER)
        return Enrolment(key, address)

    def confirm(self, code: str, *, by: Actor, address: str = "") -> tuple[str, ...]:
        """Confirm one's own second factor by a code of the device.

        Returns the codes for paper. They are told this once.

        Raises
        ------
        InputError
            None was begun, or the code is wrong.
        ForbiddenError
            `by` is nobody who has logged in.
        """
        account = self._own(by)
        with self._database.writing() as connection:
            factors = SECOND_FACTORS
            query = select(factors.c.key, factors.c.confirmed)
            row = connection.execute(query.where(factors.c.account == account.id)).one_or_none()
            if row is None or row.confirmed is not None:
                raise InputError("logins.factor_not_begun")
            step = _step_of(row.key, code, self._clock(), after=0)
            if step is None:
                raise InputError("logins.factor_wrong")
            done = {"confirmed": stamp(self._clock()), "last": step}
            connection.execute(update(factors).where(factors.c.account == account.id).values(done))
            paper = [_paper_code() for _ in range(_PAPER_CODES)]
            rows = [{"account": account.id, "code": _hash(one)} for one in paper]
            connection.execute(insert(RECOVERY_CODES), rows)
            self._trail.append(by, Note("factor.added", "account", account.name, address=address))
        return tuple(paper)

    def remove(self, name: str, *, by: Actor, code: str | None = None, address: str = "") -> None:
        """Take a second factor away: one's own with a code, or as who manages the account.

        Raises
        ------
        LoginError
            It is one's own, and the code is wrong, or was too often.
        ForbiddenError
            It is another's, and `by` may not.
        """
        account = self._accounts.get(name)
        if by.name == account.name and by.via is Via.SESSION:
            self.check(account, code or "", address=address)
        else:
            self._accounts.require_over(by, account)
        with self._database.writing() as connection:
            connection.execute(_gone(RECOVERY_CODES, account))
            gone = connection.execute(_gone(SECOND_FACTORS, account))
            if gone.rowcount:
                note = Note("factor.removed", "account", account.name, address=address)
                self._trail.append(by, note)

    def pass_(self, account: Account, code: str | None, *, address: str = "") -> None:
        """Do nothing if somebody who knows the password may log in; see `check`.

        Raises
        ------
        SecondFactorError
            A code is needed and none was given.
        LoginError
            The code is wrong, or codes were wrong too often.
        """
        with self._database.reading() as connection:
            needed = _confirmed(connection, account) is not None
        if needed and not (code or "").strip():
            raise SecondFactorError("logins.factor_needed")
        if needed:
            self.check(account, code or "", address=address)

    def check(self, account: Account, code: str, *, address: str = "") -> None:
        """Do nothing if a code is one of the device's, or of those on paper; it is used up.

        Wrong codes count by themselves: a right password forgets wrong passwords, and must not
        forget these.

        Raises
        ------
        LoginError
            The code is wrong, or codes were wrong too often.
        """
        attempt = Attempt(((_subject(account), self._limits.account),))
        now = self._clock()
        with self._database.writing() as connection:
            seconds = attempt.wait(connection, now)
            if seconds:
                raise LoginError("identity.login_locked", seconds=seconds)
            attempt.count(connection, now)
        with self._database.writing() as connection:
            fits = self._use(connection, account, code, now)
            if fits:
                attempt.take_back(connection)
            elif attempt.locks_account(connection, self._clock()):
                note = Note("login.locked", "account", account.name, address=address)
                self._trail.append(Actor.guest(), note)
        if not fits:
            raise LoginError("logins.factor_wrong")

    # --- Pieces ---

    def _own(self, by: Actor) -> Account:
        if by.via is not Via.SESSION:
            raise ForbiddenError("logins.factor_of_another", who=by.name)
        return self._accounts.get(by.name)

    @staticmethod
    def _use(connection: Connection, account: Account, code: str, now: datetime) -> bool:
        """Use a code up; False if it is none."""
        row = _confirmed(connection, account)
        if row is None:
            return False
        key, last = row
        step = _step_of(key, code, now, after=last)
        if step is not None:
            factors = SECOND_FACTORS
            used = update(factors).where(factors.c.account == account.id, factors.c.last < step)
            return bool(connection.execute(used.values(last=step)).rowcount)
        paper = _gone(RECOVERY_CODES, account).where(RECOVERY_CODES.c.code == _hash(code))
        return bool(connection.execute(paper).rowcount)


def _gone(table: Table, account: Account) -> Delete:
    """Return the statement that deletes an account's rows."""
    return delete(table).where(table.c.account == account.id)


def _confirmed(connection: Connection, account: Account) -> tuple[str, int] | None:
    """Return the key of an account's second factor and the last step used; None without one."""
    table = SECOND_FACTORS
    query = select(table.c.key, table.c.last).where(
        table.c.account == account.id, table.c.confirmed.is_not(None)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (str(row.key), int(row.last))


def _step_of(key: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the step of time that a code is of; None if it is of none that may still be used."""
    digits = _SPACES.sub("", code)
    totp, today = pyotp.TOTP(key), int(now.timestamp()) // STEP_S
    for step in range(max(today - _DRIFT, after + 1), today + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "replace")):
            return step
    return None


def _paper_code() -> str:
    text = secrets.token_hex(_PAPER_BYTES)
    return "-".join(text[k : k + 4] for k in range(0, len(text), 4))


def _hash(code: str) -> str:
    """Return what is kept of a code on paper: 64 random bits need no slower hash."""
    plain = _SPACES.sub("", code).casefold()
    return sha256(plain.encode("utf-8", "replace")).hexdigest()


def _subject(account: Account) -> str:
    return subject_of(account.name).replace("account:", "factor:", 1)
