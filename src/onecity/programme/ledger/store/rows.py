"""Rows of the store as values, and back.

What the store reads here it wrote itself, checked: it is not checked again value by value, which
would take ten times as long. A row that is no such text at all is reported as damaged.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from onecity.core.errors import StoreError
from onecity.programme.ledger import records
from onecity.programme.ledger.kinds import Gate, Kind, Level, State, Strand, What
from onecity.programme.ledger.model import (
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
from onecity.programme.ledger.past import Past


def text_of(value: Any) -> str:
    """Return a value of the ledger, or a plain one, as the one JSON text that means it."""
    plain = value if isinstance(value, Mapping) else records.record(value)
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def hash_of(text: str) -> str:
    """Return the SHA-256 of a row's text, as the trail keeps it."""
    return sha256(text.encode()).hexdigest()


def item(text: str) -> Item:
    """Return an item."""
    try:
        row = json.loads(text)
        row["kind"] = Kind(row["kind"])
        row["strand"] = Strand(row["strand"])
        row["level"] = Level(row["level"])
        row["state"] = State(row["state"])
        row["back_to"] = None if row["back_to"] is None else State(row["back_to"])
        row["gate"] = None if row["gate"] is None else Gate(row["gate"])
        row["created"] = datetime.fromisoformat(row["created"])
        row["changed"] = datetime.fromisoformat(row["changed"])
        for name in ("assigned_on", "start", "due", "reported_on", "closed_on"):
            row[name] = _day(row[name])
        row["supporting_units"] = tuple(row["supporting_units"])
        row["milestones"] = tuple(map(_milestone, row["milestones"]))
        row["measures"] = tuple(map(_measure, row["measures"]))
        row["budget"] = tuple(map(_budget_line, row["budget"]))
        row["payments"] = tuple(map(_payment, row["payments"]))
        row["place"] = None if row["place"] is None else _place(row["place"])
        row["finding"] = None if row["finding"] is None else _finding(row["finding"])
        row["depends_on"] = tuple(Dependency(**one) for one in row["depends_on"])
        return Item(**row)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise _damaged("ledger_items", text) from error


def event(text: str) -> Event:
    """Return an event."""
    try:
        row = json.loads(text)
        row["at"] = datetime.fromisoformat(row["at"])
        row["what"] = What(row["what"])
        row["evidence"] = tuple(row["evidence"])
        return Event(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("ledger_events", text) from error


def unit(text: str) -> Unit:
    """Return a unit."""
    try:
        row = json.loads(text)
        row["level"] = Level(row["level"])
        row["valid_from"], row["valid_to"] = _day(row["valid_from"]), _day(row["valid_to"])
        row["replaced_by"] = tuple(row["replaced_by"])
        return Unit(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("ledger_units", text) from error


def attachment(text: str) -> Attachment:
    """Return what is known of an attachment."""
    try:
        row = json.loads(text)
        row["at"] = datetime.fromisoformat(row["at"])
        return Attachment(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("ledger_attachments", text) from error


def meeting(text: str, items: tuple[str, ...]) -> Meeting:
    """Return a meeting; which items came of it stands in the items."""
    try:
        row = json.loads(text)
        row["held_on"] = date.fromisoformat(row["held_on"])
        row["items"] = items
        return Meeting(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("ledger_meetings", text) from error


def past(text: str) -> Past:
    """Return what rules need of an item's history."""
    try:
        row = json.loads(text)
        for name in ("heard", "reminded", "escalated"):
            row[name] = _day(row[name])
        return Past(**row)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("ledger_items", text) from error


def plain(text: str, table: str) -> Any:
    """Return the plain value of a JSON text."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise _damaged(table, text) from error


# --- Pieces --------------------------------------------------------------------------------------


def _damaged(table: str, text: object) -> StoreError:
    return StoreError("ledger_store.row_damaged", table=table, given=str(text)[:60])


def _day(given: str | None) -> date | None:
    return None if given is None else date.fromisoformat(given)


def _milestone(row: dict[str, Any]) -> Milestone:
    row["due"], row["done_on"] = date.fromisoformat(row["due"]), _day(row["done_on"])
    return Milestone(**row)


def _measure(row: dict[str, Any]) -> Measure:
    row["at"] = _day(row["at"])
    return Measure(**row)


def _budget_line(row: dict[str, Any]) -> BudgetLine:
    row["amount"] = Decimal(row["amount"])
    return BudgetLine(**row)


def _payment(row: dict[str, Any]) -> Payment:
    row["date"], row["amount"] = date.fromisoformat(row["date"]), Decimal(row["amount"])
    return Payment(**row)


def _place(row: dict[str, Any]) -> Place:
    shape = row["geometry"]
    if shape is not None:
        # In the order in which the model writes it.
        ordered = {"type": shape["type"], "coordinates": shape["coordinates"]}
        shape = json.dumps(ordered, separators=(",", ":"))
    return Place(geometry=shape, counties=tuple(row["counties"]))


def _finding(row: dict[str, Any]) -> Finding:
    row["promised_on"] = date.fromisoformat(row["promised_on"])
    return Finding(**row)
