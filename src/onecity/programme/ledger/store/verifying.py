"""Holding the ledger against the trail: whether its rows are what was written through it.

The trail's chain shows whether an entry was changed; every entry of an item names the hash of the
item's row and of the event's. So a row that somebody altered in the database itself is found.
"""

import json
from collections import defaultdict
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from onecity.core.words import Sentence
from onecity.identity import parts
from onecity.identity.schema import TRAIL
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.records import record

from . import rows
from .base import Base
from .schema import ATTACHMENTS, CONTENTS, EVENTS, GUARDS, ITEMS, UNITS

_AT_ONCE = 1_000


class Verifying(Base):
    """What holds the ledger against the trail; see `Ledger`."""

    def verify(self) -> tuple[Sentence, ...]:
        """Return what in the ledger is not as the trail tells it; nothing if all is.

        The trail itself is for `Trail.verify`. Reads every row once, files too.

        Raises
        ------
        StoreError
            A row cannot be read at all.
        """
        with self.office.database.reading() as connection:
            return (
                *_guards(connection),
                *_items(connection),
                *_units(connection),
                *_files(connection),
            )


def _guards(connection: Connection) -> list[Sentence]:
    gone = parts.missing(connection, GUARDS)
    if not gone:
        return []
    return [Sentence("ledger_store.verify_guards", {"names": ", ".join(sorted(gone))})]


def _items(connection: Connection) -> list[Sentence]:
    """Compare items, their histories and what is kept of them with the trail."""
    told_item: dict[str, str] = {}
    told_events: dict[str, list[str]] = defaultdict(list)
    for target, after in _entries(connection, "item"):
        told_events[target].append(after["event"])
        if "item" in after:
            told_item[target] = after["item"]
    histories: dict[str, list[str]] = defaultdict(list)
    stream = connection.execute(select(EVENTS.c.item, EVENTS.c.record).order_by(EVENTS.c.id))
    for item, text in stream.yield_per(_AT_ONCE):
        histories[item].append(text)
    found, seen = [], set()
    query = select(ITEMS.c.id, ITEMS.c.number, ITEMS.c.version, ITEMS.c.record, ITEMS.c.past)
    for row in connection.execute(query.order_by(ITEMS.c.id)).yield_per(_AT_ONCE):
        seen.add(row.id)
        history = histories[row.id]
        item = rows.item(row.record)
        same = (item.id, item.number, item.version) == (row.id, row.number, row.version)
        if rows.hash_of(row.record) != told_item.get(row.id) or not same:
            found.append(Sentence("ledger_store.verify_item", {"number": row.number}))
        if list(map(rows.hash_of, history)) != told_events[row.id]:
            found.append(Sentence("ledger_store.verify_history", {"number": row.number}))
        if rows.past(row.past) != Past.of(map(rows.event, history)):
            found.append(Sentence("ledger_store.verify_past", {"number": row.number}))
    gone = sorted(told_item.keys() - seen)
    return found + [Sentence("ledger_store.verify_gone", {"given": one}) for one in gone]


def _units(connection: Connection) -> list[Sentence]:
    told = dict(_entries(connection, "unit"))
    held = {
        code: record(rows.unit(text))
        for code, text in connection.execute(select(UNITS.c.code, UNITS.c.record))
    }
    return [
        Sentence("ledger_store.verify_unit", {"code": code})
        for code in sorted(told.keys() | held.keys())
        if told.get(code) != held.get(code)
    ]


def _files(connection: Connection) -> list[Sentence]:
    damaged = {
        digest
        for digest, content in connection.execute(select(CONTENTS)).yield_per(1)
        if sha256(content).hexdigest() != digest
    }
    query = select(ATTACHMENTS.c.record, ATTACHMENTS.c.sha256).order_by(ATTACHMENTS.c.id)
    return [
        Sentence("ledger_store.file_damaged", {"name": one.name})
        for text, digest in connection.execute(query)
        if (one := rows.attachment(text)).sha256 in damaged or one.sha256 != digest
    ]


def _entries(connection: Connection, kind: str) -> list[tuple[str, Any]]:
    """Return targets and what stood there afterwards, of one kind of thing, first to last."""
    query = select(TRAIL.c.target, TRAIL.c.after).where(TRAIL.c.kind == kind).order_by(TRAIL.c.id)
    return [(target, json.loads(after)) for target, after in connection.execute(query)]
