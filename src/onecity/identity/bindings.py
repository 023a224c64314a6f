"""Accounts that log in by an office's own provider instead of a password here.

At the first login the provider's lasting name of somebody (its subject) is bound to the account
of that name; from then on the subject alone decides, so that a name given to somebody else at
the provider opens nothing. An account with a password is never bound: who runs the provider
must not become the administrator here by choosing a name.
"""

from sqlalchemy import insert, select

from .accounts import Account, Accounts, load, plain_name
from .actors import Via
from .clock import Clock, stamp
from .database import Database
from .errors import LoginError
from .schema import BINDINGS
from .trail import Note, Trail


class Bindings:
    """Which account is whose at which provider, in one store."""

    def __init__(self, database: Database, trail: Trail, accounts: Accounts, clock: Clock) -> None:
        self._database, self._trail = database, trail
        self._accounts, self._clock = accounts, clock

    def account(self, issuer: str, subject: str, name: str, *, address: str = "") -> Account:
        """Return the account of somebody whom a provider vouches for, bound if it was not yet.

        Parameters
        ----------
        issuer, subject
            The provider, and its lasting name of them.
        name
            Of the account, as the provider gives it; looked at when nothing is bound yet.

        Raises
        ------
        LoginError
            There is no such account, it is closed, has a password, or is bound to another.
        """
        with self._database.writing() as connection:
            query = select(BINDINGS.c.account).where(
                BINDINGS.c.issuer == issuer, BINDINGS.c.subject == subject
            )
            number = connection.execute(query).scalar_one_or_none()
            if number is not None:
                found = load(connection, number)
                if not found.active:
                    raise LoginError("logins.provider_unknown", name=name)
                return found
            account = next(
                (one for one in self._accounts.all() if one.name == plain_name(name)), None
            )
            if account is None or not account.active:
                raise LoginError("logins.provider_unknown", name=name)
            if account.password_changed is not None:
                raise LoginError("logins.provider_has_password", name=account.name)
            taken = select(BINDINGS.c.subject).where(
                BINDINGS.c.issuer == issuer, BINDINGS.c.account == account.id
            )
            if connection.execute(taken).one_or_none() is not None:
                raise LoginError("logins.provider_unknown", name=name)
            row = {"issuer": issuer, "subject": subject, "account": account.id}
            connection.execute(insert(BINDINGS), {**row, "bound": stamp(self._clock())})
            note = Note("account.bound", "account", account.name, address=address)
            note.after = {"issuer": issuer}
            self._trail.append(account.as_actor(Via.SESSION), note)
            return account
