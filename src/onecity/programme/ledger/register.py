"""The register of units: who is there on which day, and who took over from whom.

A unit that is renamed, merged or split keeps its code and its last day; those that took over are
named in it. So an old item keeps the code it was given to, is shown with both names, and is
answered for by whoever took over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Language, Sentence

from .checks import field
from .model import Item, Unit

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A unit's name for readers: with the names of those that took over, where there are any."""

    unit: Unit
    now: tuple[Unit, ...]

    def text(self, language: Language) -> str:
        """Return the name, as "原名（现为…）" where others took over."""
        if not self.now:
            return self.unit.text(language)
        joint = "、" if language == "zh" else ", "
        values = {
            "old": self.unit.text(language),
            "new": joint.join(one.text(language) for one in self.now),
        }
        return Sentence("ledger.unit_renamed", values).text(language)


@dataclass(frozen=True, slots=True)
class Register:
    """Units by their codes; make one with `of`. Changes give a new register."""

    units: Mapping[str, Unit]

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "Register":
        """Return a register.

        Raises
        ------
        InputError
            A code stands twice, a parent or a successor is not there, units are above or after
            one another in a ring, or a successor begins before the unit it follows has ended.
        """
        found: dict[str, Unit] = {}
        for one in units:
            if one.code in found:
                raise InputError("ledger.twice", field=field("code"), given=one.code)
            found[one.code] = one
        for one in found.values():
            _check_kin(one, found)
        parents = {code: (one.parent,) if one.parent else () for code, one in found.items()}
        _refuse_rings("parent", parents)
        _refuse_rings("replaced_by", {code: one.replaced_by for code, one in found.items()})
        return cls(MappingProxyType(found))

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units.values())

    def __len__(self) -> int:
        return len(self.units)

    def unit(self, code: str) -> Unit:
        """Return the unit of a code, whether it is still there or not.

        Raises
        ------
        MissingError
            There never was one.
        """
        try:
            return self.units[code]
        except KeyError as error:
            raise MissingError("ledger.no_unit", given=code) from error

    def valid(self, on: date) -> tuple[Unit, ...]:
        """Return the units that are there on a day, in the order of the register."""
        return tuple(one for one in self if one.is_valid(on))

    def named(self, name: str, on: date) -> Unit:
        """Return the unit that has a name, in either language, on a day.

        A name that only a former unit had leads to it.

        Raises
        ------
        MissingError
            No unit has it.
        InputError
            Several have it: the code has to be given.
        """
        plain = name.strip()
        having = [one for one in self if plain in {one.code, one.name, one.name_en}]
        found = [one for one in having if one.is_valid(on)] or having
        if not found:
            raise MissingError("ledger.no_unit", given=plain)
        if len(found) > 1:
            codes = ", ".join(one.code for one in found)
            raise InputError("ledger.unit_ambiguous", given=plain, codes=codes)
        return found[0]

    def now(self, code: str, on: date) -> tuple[Unit, ...]:
        """Return who answers on a day for what a unit was given: itself, or who took over.

        Nobody does if the unit has ended and none took over by then.
        """
        one = self.unit(code)
        if one.valid_to is None or on <= one.valid_to:
            return (one,)
        after = (unit for next_ in one.replaced_by for unit in self.now(next_, on))
        return tuple(dict.fromkeys(after))

    def answers_for(self, code: str, on: date) -> frozenset[str]:
        """Return the codes whose items a unit answers for on a day: its own and those before it."""
        before: dict[str, list[str]] = {}
        for one in self:
            for after in one.replaced_by if one.valid_to is not None and one.valid_to < on else ():
                before.setdefault(after, []).append(one.code)
        found, open_ = {self.unit(code).code}, [code]
        while open_:
            for earlier in before.get(open_.pop(), ()):
                if earlier not in found:
                    found.add(earlier)
                    open_.append(earlier)
        return frozenset(found)

    def shown(self, code: str, on: date) -> Shown:
        """Return a unit's name as it is to be shown on a day, with both names if it has two."""
        one = self.unit(code)
        return Shown(one, tuple(unit for unit in self.now(code, on) if unit.code != code))

    def below(self, code: str) -> tuple[Unit, ...]:
        """Return a unit and all that are under it, each after the one above it."""
        children: dict[str, list[Unit]] = {}
        for one in self:
            if one.parent is not None:
                children.setdefault(one.parent, []).append(one)
        found = [self.unit(code)]
        for one in found:
            found.extend(children.get(one.code, ()))
        return tuple(found)

    def above(self, code: str) -> Unit | None:
        """Return the unit above one, if there is any."""
        parent = self.unit(code).parent
        return None if parent is None else self.unit(parent)

    def check_item(self, item: Item, on: date) -> None:
        """Refuse an item that names a unit which is not there on a day.

        `on` is the day the item was given out; what a unit was given before it ended stays its.

        Raises
        ------
        InputError
            Names the field and the unit.
        """
        for name in ("lead_unit", "responsible_unit", "supporting_units"):
            given = getattr(item, name)
            for code in given if isinstance(given, tuple) else (given,):
                if code is None:
                    continue
                if code not in self.units:
                    raise InputError("ledger.unknown_unit", field=field(name), given=code)
                if not self.units[code].is_valid(on):
                    shown = self.shown(code, on)
                    raise InputError(
                        "ledger.unit_not_then", field=field(name), unit=shown, code=code, on=on
                    )

    # --- Changes ---------------------------------------------------------------------------------

    def added(self, *units: Unit) -> "Register":
        """Return the register with more units; errors as in `of`."""
        return Register.of([*self, *units])

    def replaced(self, codes: Iterable[str], by: Iterable[Unit], on: date) -> "Register":
        """Return the register in which units are replaced by others from a day on.

        One by one is a new name, several by one a merger, one by several a split. Units under
        those that end pass under the first that takes over.

        Parameters
        ----------
        codes
            Of the units that end on the day before.
        by
            Units that take over: new ones, or such that are there already.

        Raises
        ------
        InputError, MissingError
            There is no such unit, it ended before, or a new one does not fit.
        """
        after = tuple(by)
        if not after:
            raise InputError("ledger.text_missing", field=field("replaced_by"))
        names = tuple(one.code for one in after)
        ending = dict.fromkeys(codes)
        units = dict(self.units)
        for code in ending:
            old = self.unit(code)
            if not old.is_valid(on - _DAY) or old.replaced_by:
                shown = self.shown(code, on)
                raise InputError(
                    "ledger.unit_not_then",
                    field=field("replaced_by"),
                    unit=shown,
                    code=code,
                    on=on - _DAY,
                )
            units[code] = replace(old, valid_to=on - _DAY, replaced_by=names)
        for one in after:
            if one.code not in units:
                units[one.code] = one if one.valid_from else replace(one, valid_from=on)
            elif one.code in ending:
                raise InputError("ledger.twice", field=field("code"), given=one.code)
        for code, one in units.items():
            if one.parent in ending and code not in ending and one.is_valid(on):
                units[code] = replace(one, parent=names[0])
        return Register.of(units.values())


def _check_kin(one: Unit, units: Mapping[str, Unit]) -> None:
    """Refuse parents and successors that are not there, or that begin too early."""
    if one.parent is not None and one.parent not in units:
        raise InputError("ledger.unknown_unit", field=field("parent"), given=one.parent)
    for code in one.replaced_by:
        if code not in units:
            raise InputError("ledger.unknown_unit", field=field("replaced_by"), given=code)
        last = units[code].valid_to
        if last is not None and one.valid_to is not None and last <= one.valid_to:
            raise InputError(
                "ledger.successor_ended",
                field=field("replaced_by"),
                given=code,
                last=last,
                after=one.valid_to,
            )


def _refuse_rings(name: str, next_: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse units that are after one another in a ring; walks without recursion."""
    done: set[str] = set()
    for begin in next_:
        path, stack = [], [(begin, iter(next_[begin]))]
        on_path = {begin}
        path.append(begin)
        while stack:
            code, rest = stack[-1]
            for after in rest:
                if after in on_path:
                    ring = " → ".join([*path[path.index(after) :], after])
                    raise InputError("ledger.unit_ring", field=field(name), given=ring)
                if after not in done:
                    stack.append((after, iter(next_[after])))
                    on_path.add(after)
                    path.append(after)
                    break
            else:
                stack.pop()
                on_path.discard(code)
                path.pop()
                done.add(code)
