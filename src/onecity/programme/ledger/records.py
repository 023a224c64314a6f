"""The ledger's values as plain JSON, and back: what a file or a request may hold.

Amounts are texts ("1200.50"), so that they stay exact; days and moments are ISO 8601. A reader
takes nothing it does not know, and says where in the text a wrong value stands.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from onecity.core.errors import InputError
from onecity.identity.clock import stamp
from onecity.programme.strict import Value, parsed, shown

from . import checks
from .model import (
    Attachment,
    BudgetLine,
    Dependency,
    Event,
    Finding,
    Item,
    Measure,
    Meeting,
    Milestone,
    Payment,
    Place,
    Unit,
)

MAX_BYTES = 64_000_000
MOST = 10_000
"""Values that one list of a record may have."""

Made = TypeVar("Made", Attachment, Event, Item, Meeting, Unit)
Reader = Callable[[Value], Any]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMOUNT = re.compile(r"-?\d{1,24}(\.\d{1,12})?")


def record(value: Any) -> dict[str, Any]:
    """Return a value of the ledger as JSON can hold it, every field in its order."""
    return {one.name: _plain(value, one.name) for one in fields(value)}


def plain_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as JSON can hold them, as `record` writes those of a whole value."""
    return {name: _json(value) for name, value in given.items()}


def changes(before: Item, after: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that differ, before and after, as an event keeps them."""
    # Counted and stamped with each change: they say nothing of what was changed.
    names = [
        one.name
        for one in fields(Item)
        if one.name not in {"version", "changed"}
        and getattr(before, one.name) != getattr(after, one.name)
    ]
    return {name: _plain(before, name) for name in names}, {
        name: _plain(after, name) for name in names
    }


def from_text(kind: type[Made], text: str | bytes, where: str) -> Made:
    """Read one value from the text of a file, which errors call `where`.

    Raises
    ------
    InputError
        It is no JSON, or a value is missing, unknown or wrong; its place is named.
    """
    return from_value(kind, parsed(text, where, MAX_BYTES))


def from_value(kind: type[Made], value: Value) -> Made:
    """Read one value of the ledger from a place in a JSON text; errors as in `from_text`."""
    made: Made = _object(kind, _READERS[kind])(value)
    return made


def item_fields(value: Value) -> dict[str, Any]:
    """Read some fields of an item, as `Item.made` takes them; errors as in `from_text`."""
    whole = value.object()
    found = {name: whole.get(name) for name in _ITEM}
    whole.done()
    return {name: _ITEM[name](one) for name, one in found.items() if one is not None}


# --- Written -------------------------------------------------------------------------------------


def _plain(owner: Any, name: str) -> Any:
    """Return a field as JSON holds it."""
    if isinstance(owner, Place) and name == "geometry":
        return owner.geojson
    return _json(getattr(owner, name))


def _json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return record(value)
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date | Decimal):
        return str(value)  # an amount has two decimals: no exponent is ever written
    return dict(value) if isinstance(value, Mapping) else value


# --- Read ----------------------------------------------------------------------------------------


def _object(kind: Any, readers: Mapping[str, Reader]) -> Reader:
    """Return a reader of objects that `kind.made` takes the fields of."""

    def read(value: Value) -> Any:
        whole = value.object()
        found = {name: whole.get(name) for name in readers}
        whole.done()
        given = {name: readers[name](one) for name, one in found.items() if one is not None}
        try:
            return kind.made(**given)
        except InputError as error:
            name = checks.field_of(error)
            place = f"{value.place}.{name}" if name in readers else value.place
            raise InputError(
                "ledger.at_place", where=value.where, place=place, reason=error
            ) from error

    return read


def _text(value: Value) -> str:
    if not isinstance(value.given, str):
        value.wrong("text", least=0, most=MAX_BYTES)
    return value.given


def _any(value: Value) -> Any:
    return value.given


def _day(value: Value) -> date:
    given = value.given
    try:
        # `fromisoformat` alone takes other forms too, such as those of weeks.
        if isinstance(given, str) and _DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise InputError("ledger.file_day", where=value.where, place=value.place, given=str(given)[:40])


def _moment(value: Value) -> datetime:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        given = shown(value.given)
        raise InputError("ledger.file_moment", where=value.where, place=value.place, given=given)
    return found


def _amount(value: Value) -> Decimal:
    if not isinstance(value.given, str) or not _AMOUNT.fullmatch(value.given):
        given = shown(value.given)
        raise InputError("ledger.file_amount", where=value.where, place=value.place, given=given)
    return Decimal(value.given)


def _maybe(reader: Reader) -> Reader:
    return lambda value: None if value.given is None else reader(value)


def _list(reader: Reader) -> Reader:
    return lambda value: tuple(reader(one) for one in value.items(MOST))


def _mapping(value: Value) -> Mapping[str, Any]:
    value.object()
    return dict(value.given)


def _readers(texts: str = "", maybe_texts: str = "", plain: str = "") -> dict[str, Reader]:
    """Return readers of fields whose names stand in one text: texts, texts or null, any value."""
    return {
        **dict.fromkeys(texts.split(), _text),
        **dict.fromkeys(maybe_texts.split(), _maybe(_text)),
        **dict.fromkeys(plain.split(), _any),
    }


_DAY_OR_NULL = _maybe(_day)
_MILESTONE = {
    **_readers("name", plain="weight"),
    "due": _day,
    "done_on": _DAY_OR_NULL,
}
_MEASURE = {**_readers("name unit source", plain="baseline target value"), "at": _DAY_OR_NULL}
_BUDGET_LINE = {**_readers("name", plain="year"), "amount": _amount}
_PAYMENT = {**_readers("to note"), "date": _day, "amount": _amount}
_PLACE = {**_readers(plain="geometry"), "counties": _list(_text)}
_FINDING = {**_readers("strand key region unit", plain="benefit"), "promised_on": _day}
_DEPENDENCY = _readers("item", plain="lag_days")
_ITEM = {
    **_readers(
        "id number kind title text strand level owner state deliverable currency source",
        "lead_unit responsible_unit back_to gate meeting",
        "progress example version",
    ),
    **dict.fromkeys(("assigned_on", "start", "due", "reported_on", "closed_on"), _DAY_OR_NULL),
    "created": _moment,
    "changed": _moment,
    "supporting_units": _list(_text),
    "milestones": _list(_object(Milestone, _MILESTONE)),
    "measures": _list(_object(Measure, _MEASURE)),
    "budget": _list(_object(BudgetLine, _BUDGET_LINE)),
    "payments": _list(_object(Payment, _PAYMENT)),
    "place": _maybe(_object(Place, _PLACE)),
    "finding": _maybe(_object(Finding, _FINDING)),
    "depends_on": _list(_object(Dependency, _DEPENDENCY)),
}
_READERS: Mapping[type, dict[str, Reader]] = MappingProxyType(
    {
        Item: _ITEM,
        Unit: {
            **_readers("code name level", "city parent name_en"),
            "valid_from": _DAY_OR_NULL,
            "valid_to": _DAY_OR_NULL,
            "replaced_by": _list(_text),
        },
        Event: {
            **_readers("item who what text", "unit", "progress"),
            "at": _moment,
            "evidence": _list(_text),
            "before": _mapping,
            "after": _mapping,
        },
        Attachment: {**_readers("id item name type sha256 who", plain="size"), "at": _moment},
        Meeting: {**_readers("id title minutes"), "held_on": _day, "items": _list(_text)},
    }
)
