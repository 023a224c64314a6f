"""Who applicants are: what they say of themselves, once, and who has checked it."""

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from onecity.core.errors import InputError, MissingError, StaleError
from onecity.hall.catalogue import Applicant
from onecity.hall.forms.numbers import is_credit_code, is_id_number, is_phone, plain_number
from onecity.hall.node.rights import APPLY, WINDOW
from onecity.hall.node.tables.applying import APPLICANTS
from onecity.hall.node.writing import Write
from onecity.identity import Actor, ForbiddenError
from onecity.identity.clock import moment

from .access import require
from .views import Person, Profile

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

SAVED, VERIFIED, ERASED = "applicant.saved", "applicant.verified", "applicant.erased"
_PERSON_LENGTH = 18


class Profiles:
    """Profiles of a node's applicants, one for each account, sealed under the applicant's key."""

    def __init__(self, node: "Node") -> None:
        self.node = node

    def of(self, by: Actor) -> Profile | None:
        """Return an account's profile, None where it has none."""
        require(self.node, by, APPLY)
        with self.node.reading() as connection:
            return self.read(connection, by.name)

    def read(self, connection: Connection, account: str) -> Profile | None:
        """Return an account's profile, None where it has none; in a transaction under way."""
        row = _row(connection, account)
        if row is None or row.sealed is None:
            return None
        record = unsealed(self.node, connection, row.id, row.sealed)
        verified = moment(row.verified) if row.verified else None
        return Profile(Person.from_record(record), row.version, verified)

    def save(
        self, by: Actor, person: Person, *, seen: int | None = None, address: str = ""
    ) -> Profile:
        """Keep what an account says of itself; another number has to be checked anew.

        Raises
        ------
        InputError
            A number is none.
        StaleError
            It was changed since it was seen.
        """
        require(self.node, by, APPLY)
        plain = checked(person)
        with self.node.writing(by, address) as write:
            self._put(write, by.name, plain, seen)
            write.tell(SAVED, "applicant", by.name)
            found = self.read(write.connection, by.name)
        assert found is not None  # noqa: S101  (written a line before)
        return found

    def verify(self, account: str, person: Person, *, by: Actor, address: str = "") -> Profile:
        """Note that somebody's identity was checked, with their papers, at a window.

        From then on evidence about them is fetched for the account, and what was handed in for
        them at windows is shown to it.

        Raises
        ------
        InputError
            A number is none, or none was given.
        ForbiddenError
            Whoever says so works at no window, or it is they themselves.
        """
        require(self.node, by, WINDOW)
        if account == by.name:
            raise ForbiddenError("hall_applying.checks_oneself")
        plain = checked(person)
        if not plain.number:
            raise InputError("hall_applying.no_number")
        with self.node.writing(by, address) as write:
            self._put(write, account, plain, None)
            of = APPLICANTS.c.account == account
            write.run(update(APPLICANTS).where(of).values(verified=write.at, verified_by=by.name))
            write.tell(VERIFIED, "applicant", account)
            found = self.read(write.connection, account)
        assert found is not None  # noqa: S101  (written a few lines before)
        return found

    def erase(self, by: Actor, *, address: str = "") -> None:
        """Destroy the key of an account's profile: what stood in it cannot be read any more.

        Raises
        ------
        MissingError
            It has none.
        """
        require(self.node, by, APPLY)
        with self.node.writing(by, address) as write:
            row = _row(write.connection, by.name)
            if row is None:
                raise MissingError("hall_applying.no_profile")
            write.erase(row.id)
            # The next profile of the account gets a row and key of its own.
            write.run(
                update(APPLICANTS)
                .where(APPLICANTS.c.id == row.id)
                .values(account=None, sealed=None, subject=None, erased=write.at)
            )
            write.tell(ERASED, "applicant", by.name)

    def _put(self, write: Write, account: str, person: Person, seen: int | None) -> None:
        connection = write.connection
        row = _row(connection, account)
        applicant = write.new_id() if row is None else row.id
        version = 0 if row is None else row.version
        if seen is not None and seen != version:
            raise StaleError("hall_applying.profile_stale")
        subject = self.node.vault.blind(person.number) if person.number else None
        fresh: dict[str, Any] = {
            "kind": person.kind.value,
            "subject": subject,
            "version": version + 1,
            "changed": write.at,
            "sealed": write.seal(applicant, person.as_record()),
        }
        if row is None:
            write.run(
                insert(APPLICANTS).values(id=applicant, account=account, made=write.at, **fresh)
            )
            return
        if row.verified and not self._same(connection, account, person):
            fresh |= {"verified": None, "verified_by": None}
        write.run(update(APPLICANTS).where(APPLICANTS.c.id == applicant).values(**fresh))

    def _same(self, connection: Connection, account: str, person: Person) -> bool:
        """Whether somebody is still who was checked."""
        before = self.read(connection, account)
        return before is not None and _identity(before.person) == _identity(person)


def _identity(person: Person) -> tuple[str, ...]:
    return (person.kind, person.name, person.id_number, person.credit_code)


def _row(connection: Connection, account: str) -> Any:
    return connection.execute(
        select(APPLICANTS).where(APPLICANTS.c.account == account)
    ).one_or_none()


def checked(person: Person) -> Person:
    """Return somebody with their numbers as they are compared.

    Raises
    ------
    InputError
        There is no name, or a number is none.
    """
    name = " ".join(person.name.split())
    if not name:
        raise InputError("hall_applying.no_name")
    id_number, code = plain_number(person.id_number), plain_number(person.credit_code)
    if id_number and len(id_number) == _PERSON_LENGTH and not is_id_number(id_number):
        raise InputError("hall_applying.bad_id_number")
    if code and not is_credit_code(code):
        raise InputError("hall_applying.bad_credit_code")
    if code and person.kind is Applicant.PERSON:
        raise InputError("hall_applying.person_with_code")
    phone = person.phone.strip()
    if phone and not is_phone(phone):
        raise InputError("hall_applying.bad_phone")
    return Person(person.kind, name, id_number, code, phone, person.address.strip())


def unsealed(node: "Node", connection: Connection, owner: str, sealed: bytes) -> Any:
    """Return a value that was sealed, outside of a write."""
    return json.loads(node.vault.unseal(connection, owner, sealed))
