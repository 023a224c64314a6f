"""The ledger: an office's items, units, files, meetings, views and reminders in one store."""

import os
from typing import Any, Self

from sqlalchemy import update

from onecity.core.working_days import WorkingCalendar
from onecity.identity import BASIC, Actor, Office, Rules
from onecity.identity.clock import Clock, utc_now

from . import rights, rows
from .files import Files
from .meetings import Meetings
from .reminders import Reminders
from .schema import HEAD, LEDGER
from .settings import LedgerSettings
from .units import Units
from .verifying import Verifying
from .views import Views


class Ledger(Meetings, Units, Files, Views, Reminders, Verifying):
    """One ledger; made by `open`, or over an office that is open already with the part `LEDGER`.

    Every write is one transaction: the item, the event that tells of it, the entry in the trail
    and the revision of the whole are kept together, or nothing is. Any thread may use it, and
    several processes the same store. What is read of the ledger as a whole comes from `book`.

    Whoever writes is given as `by`, where from as `address`. Besides what each method names, a
    write raises ForbiddenError where they may not, and StoreError where it cannot be kept.
    Who may read is for the caller to ask: `may_view`.
    """

    @classmethod
    def open(
        cls,
        where: str | os.PathLike[str],
        *,
        clock: Clock = utc_now,
        calendar: WorkingCalendar | None = None,
        rules: Rules = BASIC,
        create: bool = True,
    ) -> Self:
        """Open the ledger in a store, or make it there; see `Office.open` for the errors.

        Parameters
        ----------
        where
            Path of a SQLite file, or URL of a PostgreSQL database.
        clock, calendar
            What tells the time, and which days are worked; China's if None.
        rules
            What each role may do, besides those of the ledger.
        create
            Whether a missing store is made.
        """
        office = Office.open(
            where, rules=rights.RULES_OF(rules), parts=(LEDGER,), clock=clock, create=create
        )
        return cls(office, calendar=calendar)

    def close(self) -> None:
        """Close the store."""
        self.office.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def set_settings(
        self, settings: LedgerSettings, *, by: Actor, address: str = ""
    ) -> LedgerSettings:
        """Change the settings.

        Raises
        ------
        ForbiddenError
            They may not.
        """
        self.office.require(by, rights.SETTINGS)
        checked = LedgerSettings.from_record(settings.record())
        with self.writing(by, address) as write:
            before: dict[str, Any] = self.settings.record()
            write.run(update(HEAD).values(record=rows.text_of(checked.record())))
            write.mark("settings")
            after = checked.record()
            write.tell_trail("settings.changed", "ledger", "settings", before=before, after=after)
        return checked
