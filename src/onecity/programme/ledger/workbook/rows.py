"""Items as the rows of sheets, and short sums of their fields, by which a change is known."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any

from onecity.programme.ledger.model import Item, Unit
from onecity.programme.ledger.records import record
from onecity.programme.ledger.register import Register

from .forms import ITEMS, PARTS, REASON

SEPARATORS = re.compile(r"[;；,，、\n]")
"""What may stand between several units or codes in one cell."""
_NEVER = re.compile("[\ufffe\uffff]")
"""Characters that are in no XML file."""

ROW_FIELDS = tuple(
    one.name for one in ITEMS.columns if not one.fixed and one.name not in {REASON, "counties"}
)
FIELDS = (*ROW_FIELDS, "counties", *(one.key for one in PARTS))
"""Fields that can be edited in a workbook; counties stand for the place of an item."""
FIXED = tuple(one.name for one in ITEMS.columns if one.fixed)


@dataclass(frozen=True, slots=True)
class Names:
    """How units are named in cells: by their name where only one has it, else by their code."""

    shown: Mapping[str, str]

    @classmethod
    def of(cls, register: Register) -> "Names":
        """Return the names of a register."""
        having: dict[str, int] = {}
        for unit in register:
            for name in {unit.name, unit.name_en, unit.code} - {None}:
                having[str(name)] = having.get(str(name), 0) + 1
        return cls({one.code: _name(one, having) for one in register})

    def of_unit(self, code: str | None) -> str | None:
        """Return what stands in a cell for a unit."""
        return None if code is None else self.shown.get(code, code)


def _name(unit: Unit, having: Mapping[str, int]) -> str:
    plain = unit.name == unit.name.strip() and not SEPARATORS.search(unit.name)
    return unit.name if plain and having[unit.name] == 1 else unit.code


def writable(text: str) -> str:
    """Return a text as a file of XML can hold it."""
    return _NEVER.sub("\ufffd", text)


def fields_of(item: Item) -> dict[str, Any]:
    """Return the fields of an item that a workbook holds, as reading them gives them."""
    found = {name: _held(getattr(item, name)) for name in (*ROW_FIELDS, *FIXED)}
    found |= {one.key: _held(getattr(item, one.key)) for one in PARTS}
    found["counties"] = () if item.place is None else item.place.counties
    return found


def _held(value: Any) -> Any:
    """Return a value with texts as a file can hold them."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return writable(value)
    if isinstance(value, tuple):
        return tuple(_held(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: _held(getattr(value, one.name)) for one in fields(value)}
        )
    # A cell shows fifteen digits and writes hardly more; it knows no negative zero.
    return float(f"{value:.15g}") + 0.0 if isinstance(value, float) else value


def summed(value: Any) -> str:
    """Return a short sum of a field's value: equal for equal values."""
    return sha256(json.dumps(_json(value), sort_keys=True).encode()).hexdigest()[:12]


def sums(item: Item) -> dict[str, str]:
    """Return the sum of every field of an item that a workbook holds."""
    return {name: summed(value) for name, value in fields_of(item).items()}


def _json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return record(value)
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
