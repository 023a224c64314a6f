"""Invented units and items for the tests of the ledger."""

from datetime import UTC, date, datetime
from typing import Any

from onecity.core.ids import new_id
from onecity.programme.ledger.model import Item, Level, Unit

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
ID = new_id(NOON, 1)
OTHER = new_id(NOON, 2)


def item(**given: Any) -> Item:
    """An item that somebody works on."""
    values = {
        "id": ID,
        "number": "WH-2026-0017",
        "kind": "project",
        "title": "打通武鄂黄黄快速路断头段",
        "created": NOON,
        "changed": NOON,
        "lead_unit": "wh-dot",
        "responsible_unit": "ez-dot",
        "assigned_on": date(2026, 3, 2),
        "due": date(2026, 12, 31),
        "state": "in_progress",
    }
    return Item.made(**{**values, **given})


def unit(code: str, **given: Any) -> Unit:
    """A unit of a city."""
    return Unit.made(**{"code": code, "name": f"{code}局", "level": Level.CITY, **given})
