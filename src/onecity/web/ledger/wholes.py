"""One item with all that is known of it, and what its reader may do."""

from typing import Any

from onecity.programme.ledger import way
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.records import item_fields, record
from onecity.programme.ledger.rules import Standing
from onecity.programme.strict import Value
from onecity.web.words import words

from .asked import Hand
from .rows import row
from .shapes import Fields

_FORMS = {way.Move.ASSIGN, way.Move.TRANSFER}
"""Moves that take fields."""
_EMPTIED = {
    "lead_unit",
    "responsible_unit",
    "start",
    "due",
    "gate",
    "place",
    "finding",
    "meeting",
}
"""Fields that may hold nothing."""


def given_fields(given: Fields | None, where: str) -> dict[str, Any]:
    """Return the fields of a form as the ledger takes them; those that were not given are left out.

    Raises
    ------
    InputError
        A value is wrong; its place in the request is named.
    """
    if given is None:
        return {}
    plain = given.model_dump(mode="json", by_alias=True, exclude_unset=True)
    # A form says null for what was not filled in; where there may be nothing, it means nothing.
    said = {name: one for name, one in plain.items() if one is not None or name in _EMPTIED}
    return item_fields(Value("request", where, said))


def whole_of(hand: Hand, item: Item) -> dict[str, Any]:
    """Return an item as its page shows it."""
    ledger, book = hand.ledger, hand.book
    by = ledger.by_of(hand.asker.actor, item)
    before = [book.items[one.item] for one in item.depends_on if one.item in book.items]
    return {
        "item": record(item),
        "row": row(book, item),
        "standing": standing_of(book.standings[item.id]),
        "moves": offers(item, by),
        "editable": editable(item, by),
        "attachments": [record(one) for one in ledger.attachments(item.id)],
        "history": [record(one) for one in ledger.history(item.id)],
        "depends_on": [row(book, one) for one in before],
        "dependants": [row(book, one) for one in book.dependants(item.id)],
    }


def standing_of(stands: Standing) -> dict[str, Any]:
    """Return how an item stands."""
    return {
        "mark": stands.mark.value,
        "label": words(stands.mark),
        "reasons": [words(one) for one in stands.reasons],
        "remarks": [words(one) for one in stands.remarks],
        "late": stands.late,
        "left": stands.left,
        "used": stands.used,
    }


def offers(item: Item, by: way.By) -> list[dict[str, Any]]:
    """Return what somebody may do to an item now, and what has to be given with it."""
    return [
        {
            "move": move.value,
            "label": words(move),
            "needs": list(way.WAY[move].needs),
            "fields": sorted(way.GIVEN_OUT) if move in _FORMS else [],
        }
        for move in way.moves(item, by)
    ]


def editable(item: Item, by: way.By) -> list[str]:
    """Return the names of the fields of an item that somebody may edit now."""
    if not item.is_open:
        return []
    if way.MANAGE in by.permissions:
        return sorted(way.EDITABLE)
    own = way.WORK in by.permissions and item.responsible_unit in by.units
    return sorted(way.OWN_EDITABLE) if own else []
