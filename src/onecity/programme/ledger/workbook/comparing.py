"""Rows of a workbook against the ledger: new items, edits, conflicts, and rings of dependencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from onecity.core.errors import InputError, OneCityError
from onecity.core.ids import new_id
from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.core.workbook.findings import Collector, listing
from onecity.core.workbook.rows import Row
from onecity.programme.ledger import checks
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Edited
from onecity.programme.ledger.kinds import State
from onecity.programme.ledger.model import Item, Place
from onecity.programme.ledger.way import Move

from .forms import ID, ITEMS, NUMBER, PARTS, REASON, UNITS, VERSION, Cell
from .parts import Parts
from .rings import tell_rings
from .rows import FIELDS, FIXED, ROW_FIELDS, fields_of, summed
from .sheets import Sheet

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING
_WAY = {"state", "progress"}
"""Fields that moves change; the ledger itself keeps the other fixed ones."""
_UNIT_FIELDS = {"lead_unit", "responsible_unit", "supporting_units"}
_NEEDED = {"title", "kind", "strand", "level", "currency"}
"""Fields that an item always has."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Base:
    """What an item was when the workbook was written: version, number, sums of its fields."""

    version: int
    number: str
    sums: Mapping[str, str]


@dataclass(slots=True)
class Given:
    """A row of the sheet of items: the item it is (None: new) and the fields it gives."""

    row: Row
    item: Item | None
    label: str
    values: dict[str, Any] = field(default_factory=dict)


class Comparison:
    """Holds the rows of a workbook against the ledger; `compare` fills what it finds."""

    def __init__(self, book: Book, base: Mapping[str, Base], told: Collector) -> None:
        self.book, self.base, self.told = book, base, told
        self.new: list[Mapping[str, Any]] = []
        self.edited: list[Edited] = []
        self.unchanged = 0
        self._after: dict[str, Item] = {}
        self._numbers = {one.number: one for one in book.items.values()}

    def compare(self, sheets: Mapping[str, Sheet]) -> None:
        """Compare every row; all that is wrong is told."""
        self._items = sheets["items"]
        given = [one for row in self._items.rows if (one := self._known(row)) is not None]
        self._refuse_twice(given)
        self._tell_gone(given)
        labels = {one.label: one.item for one in given if one.label}
        currencies = {one.label: _currency(one) for one in given}
        parts = Parts(self.book, self._numbers, labels, currencies, self.told)
        for form in PARTS:
            if form.key in sheets:
                parts.read(sheets[form.key])
        self._parts = parts
        for one in given:
            self._take_values(one)
            if one.item is None:
                self._take_new(one)
            else:
                self._take_known(one, one.item)
        if "depends_on" in sheets:
            tell_rings(sheets["depends_on"], {**self.book.items, **self._after}, parts, self.told)
        if "units" in sheets:
            self._tell_units(sheets["units"])

    # --- Which item a row is -----------------------------------------------------------------

    def _known(self, row: Row) -> Given | None:
        """Return the item of a row, by its hidden id or else by its number."""
        id_, number = row.values.get(ID), row.values.get(NUMBER) or ""
        if id_ is not None:
            item = self.book.items.get(id_)
            if item is None:
                self._tell(_FAULT, "ledger_files.unknown_id", row, NUMBER, given=id_)
                return None
            if number != fields_of(item)[NUMBER]:
                values = {"number": item.number}
                self._tell(_FAULT, "ledger_files.number_changed", row, NUMBER, **values)
            return Given(row, item, item.number)
        item = self._numbers.get(number)
        if item is None and number:
            self._tell(_WARNING, "ledger_files.number_given", row, NUMBER)
        return Given(row, item, number)

    def _refuse_twice(self, given: Sequence[Given]) -> None:
        first: dict[str, int] = {}
        for one in given:
            if not one.label:
                continue
            if one.label in first:
                other = first[one.label]
                self._tell(_FAULT, "ledger_files.twice", one.row, NUMBER, other=other)
            first.setdefault(one.label, one.row.row)

    def _tell_gone(self, given: Sequence[Given]) -> None:
        """Tell of items that were written and are in no row now: they stay in the ledger."""
        there = {one.item.id for one in given if one.item is not None}
        gone = [one.number for id_, one in self.base.items() if id_ not in there]
        if gone:
            shown = [*gone[:_SHOWN], *(["…"] if len(gone) > _SHOWN else [])]
            self.told.add(
                _WARNING,
                "ledger_files.rows_gone",
                sheet=self._items.sheet,
                count=len(gone),
                listed=listing(shown),
            )

    # --- What it gives -----------------------------------------------------------------------

    def _take_values(self, one: Given) -> None:
        """Gather the fields of a row that could be read, as the model holds them."""
        row = one.row
        for name in (*ROW_FIELDS, "counties"):
            if name not in row.values or name in row.bad:
                continue
            value = row.values[name]
            if value is None and name in _NEEDED:
                if one.item is not None:
                    self._tell(_FAULT, "workbook.empty", row, name, given="")
                continue
            if value is None and not name.endswith("_unit"):
                value = _EMPTY.get(ITEMS.column(name).cell)
            one.values[name] = value
        one.values |= self._parts.of(one.label)

    def _take_new(self, one: Given) -> None:
        """Check a new item and keep its fields."""
        row = one.row
        for name in FIXED:
            value = row.values.get(name)
            fine = name in {NUMBER, ID} or value in {None, False, State.DRAFT}
            if not fine:
                self._tell(_FAULT, "ledger_files.fixed_new", row, name, given=_shown(value))
        values = {name: value for name, value in one.values.items() if value not in (None, "", ())}
        place = values.pop("counties", None)
        at = datetime.now(UTC)
        made = {"id": new_id(at), "number": "-", "created": at, "changed": at, **values}
        if {"title", "kind"} & row.bad:
            return
        item = self._checked(one, None, made)
        if item is not None and place is not None:
            item = self._checked(one, item, {"place": ("counties", place)})
            values["place"] = None if item is None else item.place
        if item is not None and self._check_units(one, item, set(values)):
            self.new.append(values)

    def _take_known(self, one: Given, item: Item) -> None:
        """Find what a row changes; tell of what cannot be changed so."""
        now = fields_of(item)
        base = self._base_of(one, item)
        if base is None:
            return
        changed: dict[str, Any] = {}
        for name in FIXED:
            if name in {ID, VERSION, NUMBER} or name not in one.row.values or name in one.row.bad:
                continue
            self._check_fixed(one, name, now[name], base)
        for name, value in one.values.items():
            mine = summed(value)
            if mine in {base[name], summed(now[name])}:
                continue
            if base[name] != summed(now[name]):
                self._conflict(one, name, now[name])
                continue
            changed[name] = value
        if not changed:
            self.unchanged += 1
            return
        self._take_edit(one, item, changed)

    def _base_of(self, one: Given, item: Item) -> Mapping[str, str] | None:
        """Return the sums that a row's fields had when the file was written."""
        base = self.base.get(item.id)
        version = one.row.values.get(VERSION)
        now = fields_of(item)
        if base is not None and version in {None, base.version} and base.sums.keys() >= now.keys():
            return base.sums
        if version is not None and version != item.version:
            # What it was made from is not known: nobody can say who changed what.
            differing = [
                name for name, given in one.values.items() if summed(given) != summed(now[name])
            ]
            if differing:
                words = {
                    language: "、".join(checks.field(name).text(language) for name in differing)
                    for language in LANGUAGES
                }
                values = {"seen": version, "now": item.version, "listed": words}
                self._tell(_FAULT, "ledger_files.changed_since", one.row, NUMBER, **values)
            else:
                self.unchanged += 1
            return None
        return {name: summed(value) for name, value in now.items()}

    def _check_fixed(self, one: Given, name: str, now: Any, base: Mapping[str, str]) -> None:
        given = one.row.values[name]
        if summed(given) in {base[name], summed(now)}:
            return
        key = "ledger_files.fixed_way" if name in _WAY else "ledger_files.fixed"
        self._tell(_FAULT, key, one.row, name, given=_shown(given), now=_shown(now))

    def _conflict(self, one: Given, name: str, now: Any) -> None:
        sheet, row, at = self._cell(one, name)
        self.told.at(
            sheet,
            _FAULT,
            "ledger_files.conflict",
            row,
            at,
            field=checks.field(name),
            given=_shown(one.values[name]),
            now=_shown(now),
        )

    def _take_edit(self, one: Given, item: Item, changed: dict[str, Any]) -> None:
        """Check an edit as the ledger would, each wrong field at its cell, and keep it."""
        if not item.is_open:
            for name in changed:
                self._at(one, name, InputError("ledger.edit_ended", state=item.state))
            return
        draft = item.state is State.DRAFT
        if "responsible_unit" in changed and not draft:
            error = InputError("ledger.edit_unit", move=Move.TRANSFER)
            self._at(one, "responsible_unit", error)
            del changed["responsible_unit"]
        reason = one.row.values.get(REASON) or ""
        if "due" in changed and not draft and not reason:
            self._at(one, REASON, InputError("ledger.edit_due", field=checks.field("due")))
        made = dict(changed)
        if "counties" in made:
            made["place"] = ("counties", made.pop("counties"))
        after = self._checked(one, item, made)
        if after is None or not self._check_units(one, after, set(changed)):
            return
        if "place" in made:
            made["place"] = after.place
        if made:
            self._after[item.id] = after
            self.edited.append(Edited(item.id, item.version, made, reason))

    def _checked(self, one: Given, item: Item | None, given: Mapping[str, Any]) -> Item | None:
        """Return the item made or changed; every wrong field is told once, at its cell."""
        left = dict(given)
        sound = True
        while True:
            try:
                values = dict(left)
                if "place" in values:
                    values["place"] = _placed(item, values["place"])
                made = Item.made(**values) if item is None else item.changed_to(**values)
            except InputError as error:
                sound = False
                name = checks.field_of(error)
                name = "place" if name == "counties" else name
                self._at(one, name or "title", error)
                if name not in left or name in {"title", "kind"}:
                    return None
                del left[name]
                continue
            return made if sound else None

    def _check_units(self, one: Given, item: Item, changed: set[str]) -> bool:
        """Whether the units that are named are there on the day that counts."""
        if not changed & _UNIT_FIELDS:
            return True
        try:
            self.book.register.check_item(item, item.assigned_on or self.book.day)
        except InputError as error:
            self._at(one, checks.field_of(error) or "responsible_unit", error)
            return False
        return True

    def _tell_units(self, sheet: Sheet) -> None:
        """Tell of units that were edited: they are kept in the ledger itself."""
        for row in sheet.rows:
            code = row.values.get("code")
            unit = self.book.register.units.get(str(code))
            differs = unit is None or any(
                row.values[one.name] not in {_plain(getattr(unit, one.name)), None}
                for one in UNITS.columns
                if one.name in row.values and one.name not in row.bad
            )
            if differs:
                self.told.at(
                    sheet, _WARNING, "ledger_files.units_not_read", row.row, "code", given=code
                )

    # --- Telling -----------------------------------------------------------------------------

    def _cell(self, one: Given, name: str) -> tuple[Sheet, int, str]:
        """Return where a field of an item stands: its cell, or the first of its rows below."""
        if name == "place":
            name = "counties"
        part = self._parts.first(one.label, name)
        return part if part is not None else (self._items, one.row.row, name)

    def _at(self, one: Given, name: str, error: OneCityError) -> None:
        sheet, row, at = self._cell(one, name)
        given = "" if sheet is not self._items else _shown(one.row.values.get(at))
        values = {"given": given, **error.values}
        self.told.at(sheet, _FAULT, error.key, row, at, **values)

    def _tell(self, severity: Severity, key: str, row: Row, name: str, /, **values: object) -> None:
        values.setdefault("given", _shown(row.values.get(name)))
        self.told.at(self._items, severity, key, row.row, name, **values)


_EMPTY: Mapping[Cell, Any] = {Cell.TEXT: "", Cell.LINES: "", Cell.UNITS: (), Cell.CODES: ()}


def _currency(one: Given) -> str:
    """Return the currency of a row's item: what the row says, else what the ledger knows."""
    given = one.row.values.get("currency")
    return given or ("CNY" if one.item is None else one.item.currency)


def _placed(item: Item | None, given: Any) -> Place | None:
    """Return the place of an item after its counties changed; its geometry stays."""
    if not isinstance(given, tuple):
        return given  # type: ignore[no-any-return]  # a Place
    geometry = None if item is None or item.place is None else item.place.geometry
    if geometry is None and not given[1]:
        return None
    return Place.made(geometry=geometry, counties=given[1])


def _plain(value: Any) -> Any:
    return value if value != () else None


def _shown(value: Any) -> Any:
    """Return a value as a sentence quotes it."""
    if value is None or value == ():
        return "—"
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}
    if isinstance(value, tuple):
        words = ["；".join(str(one) for one in value)] if isinstance(value[0], str) else None
        count = str(len(value))
        return words[0] if words else {"zh": f"{count} 行", "en": f"{count} rows"}
    return value


__all__ = ["FIELDS", "Base", "Comparison"]
