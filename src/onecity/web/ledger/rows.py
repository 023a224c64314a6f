"""Items as rows of answers: made once and kept as JSON, because tables of thousands are asked for.

A row depends on the item, on how it stands and on the register alone. A book that follows another
one shares whatever did not change, so that a change costs a few rows and not all.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from onecity.identity.clock import stamp
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.rules import Standing
from onecity.web.words import named, words

if TYPE_CHECKING:
    from onecity.programme.ledger.register import Register

Words = dict[str, str]


class _Kept(NamedTuple):
    item: Item
    standing: Standing
    text: str


class RowTexts:
    """The rows of one ledger as JSON texts. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._register: Register | None = None
        self._day: date | None = None
        self._names: dict[str, Words] = {}
        self._rows: dict[str, _Kept] = {}

    def of(self, book: Book, items: Iterable[Item]) -> list[str]:
        """Return the rows of some items of a book."""
        names, rows = self._for(book)
        standings = book.standings
        found = []
        for item in items:
            standing = standings[item.id]
            kept = rows.get(item.id)
            if kept is None or kept.item is not item or kept.standing is not standing:
                text = json_of(_row(item, standing, book, names))
                rows[item.id] = kept = _Kept(item, standing, text)
            found.append(kept.text)
        return found

    def _for(self, book: Book) -> tuple[dict[str, Words], dict[str, _Kept]]:
        """Return names and rows that fit a book's register and day."""
        with self._lock:
            if self._register is not book.register or self._day != book.day:
                self._register, self._day = book.register, book.day
                self._names, self._rows = {}, {}
            return self._names, self._rows


def json_of(value: Any) -> str:
    """Return a plain value as JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def listed(texts: Iterable[str]) -> str:
    """Return JSON texts as a JSON list."""
    return f"[{','.join(texts)}]"


def with_more(text: str, more: Mapping[str, Any]) -> str:
    """Return the JSON text of an object with more fields."""
    return f"{text[:-1]},{json_of(more)[1:]}"


def row(book: Book, item: Item) -> dict[str, Any]:
    """Return one item as a row."""
    return _row(item, book.standings[item.id], book, {})


def unit_ref(book: Book, code: str | None) -> dict[str, Any] | None:
    """Return a unit as rows name it; None for none."""
    return None if code is None else _unit(book, code, {})


def _unit(book: Book, code: str, names: dict[str, Words]) -> dict[str, Any]:
    name = names.get(code)
    if name is None:
        known = code in book.register.units
        name = words(book.register.shown(code, book.day)) if known else named(code, code)
        names[code] = name
    return {"code": code, "name": name}


def _row(item: Item, stands: Standing, book: Book, names: dict[str, Words]) -> dict[str, Any]:
    lead, responsible = item.lead_unit, item.responsible_unit
    return {
        "id": item.id,
        "number": item.number,
        "title": item.title,
        "kind": item.kind.value,
        "strand": item.strand.value,
        "level": item.level.value,
        "state": item.state.value,
        "mark": stands.mark.value,
        "reasons": [words(one) for one in stands.reasons],
        "remarks": [words(one) for one in stands.remarks],
        "progress": item.progress,
        "gate": item.gate.value if item.gate else None,
        "lead_unit": None if lead is None else _unit(book, lead, names),
        "responsible_unit": None if responsible is None else _unit(book, responsible, names),
        "supporting_units": [_unit(book, one, names) for one in item.supporting_units],
        "city": book.city(item),
        "owner": item.owner,
        "assigned_on": _day(item.assigned_on),
        "start": _day(item.start),
        "due": _day(item.due),
        "reported_on": _day(item.reported_on),
        "closed_on": _day(item.closed_on),
        "left": stands.left,
        "late": stands.late,
        "used": stands.used,
        "meeting": item.meeting,
        "changed": stamp(item.changed),
        "version": item.version,
        "example": item.example,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
