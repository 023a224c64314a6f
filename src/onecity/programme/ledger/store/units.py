"""The ledger's register of units: entered, described anew, renamed, merged and split."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, insert, select, update

from onecity.identity import Actor
from onecity.programme.ledger.model import Unit
from onecity.programme.ledger.records import record
from onecity.programme.ledger.register import Register

from . import rows
from .base import Base
from .rights import UNITS as MANAGE_UNITS
from .schema import UNITS
from .writing import Writing


class Units(Base):
    """What can be done with units; see `Ledger`."""

    def set_unit(self, unit: Unit, *, by: Actor, address: str = "") -> Unit:
        """Enter a unit, or describe anew the one that has its code.

        Raises
        ------
        InputError
            It does not fit the others: see `Register.of`.
        ForbiddenError
            They may not change units of its city, as it is and as it was.
        """
        return self.add_units([unit], by=by, address=address)[0]

    def add_units(self, units: Sequence[Unit], *, by: Actor, address: str = "") -> tuple[Unit, ...]:
        """Enter units, or describe them anew, all or none; errors as in `set_unit`."""
        with self.writing(by, address) as write:
            known = dict(write.register.units)
            known.update({one.code: one for one in units})
            self._keep(write, Register.of(known.values()), "unit.set")
        return tuple(units)

    def replace_units(
        self,
        codes: Iterable[str],
        by_units: Sequence[Unit],
        on: date,
        *,
        by: Actor,
        address: str = "",
    ) -> Register:
        """Let units be replaced by others from a day on: renamed, merged or split.

        What they were given stays under their codes, is shown with both names, and is answered
        for by whoever took over. See `Register.replaced`, also for the errors.
        """
        with self.writing(by, address) as write:
            after = write.register.replaced(codes, by_units, on)
            self._keep(write, after, "unit.replaced")
        return after

    def _keep(self, write: Writing, after: Register, action: str) -> None:
        """Write the units that are new or changed, each with its entry in the trail."""
        before = write.register.units
        place = write.connection.execute(
            select(func.coalesce(func.max(UNITS.c.place), 0))
        ).scalar_one()
        for code, unit in after.units.items():
            old = before.get(code)
            if old == unit:
                continue
            for city in {unit.city} if old is None else {unit.city, old.city}:
                self.office.require(write.by, MANAGE_UNITS, city)
            if old is None:
                place += 1
                write.run(insert(UNITS).values(code=code, place=place, record=rows.text_of(unit)))
            else:
                changed = update(UNITS).where(UNITS.c.code == code)
                write.run(changed.values(record=rows.text_of(unit)))
            write.tell_trail(
                action,
                "unit",
                code,
                before=None if old is None else record(old),
                after=record(unit),
            )
        write.mark("units")
