"""Versions of items and their drafts in the store of a node: what is read and written of them."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from onecity.core.errors import MissingError, StaleError
from onecity.hall.catalogue.model import Catalogue, Department, Document, Item, LifeEvent
from onecity.hall.catalogue.plain import frame_of, part_of, record_of

from .tables.editions import CATALOGUE, ITEM_DRAFTS, ITEMS
from .writing import Write, packed


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an item as a list shows it; `valid_until` None: until further notice."""

    code: str
    version: int
    valid_from: date | None
    valid_until: date | None
    drafted_by: str
    published_by: str
    published: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An item that is to be published.

    Attributes
    ----------
    item
        As it would be; its version is the next one, its days are not set.
    by, at
        Who wrote on it last, and when.
    hands
        Names of everybody who wrote on it: none of them may publish it.
    seen
        Grows with every change.
    """

    item: Item
    by: str
    at: str
    hands: tuple[str, ...]
    seen: int


def revision_of(connection: Connection) -> int:
    """Return how often the catalogue was changed; 0 where there is none."""
    return int(connection.execute(select(CATALOGUE.c.revision)).scalar_one_or_none() or 0)


def whole(connection: Connection) -> Catalogue:
    """Return the catalogue with every version of every item."""
    record = connection.execute(select(CATALOGUE.c.record)).scalar_one_or_none()
    if record is None:
        return Catalogue("")
    frame = json.loads(record)
    rows = connection.execute(
        select(ITEMS.c.record).order_by(ITEMS.c.revision, ITEMS.c.code, ITEMS.c.version)
    )
    return Catalogue(
        title=frame["title"],
        marked=frame["marked"],
        cities=frame["cities"],
        cities_en=frame.get("cities_en", {}),
        departments=tuple(part_of(Department, one) for one in frame["departments"]),
        documents=tuple(part_of(Document, one) for one in frame["documents"]),
        life_events=tuple(part_of(LifeEvent, one) for one in frame["life_events"]),
        items=tuple(part_of(Item, json.loads(row.record)) for row in rows),
    )


def last_version(connection: Connection, code: str) -> Item | None:
    """Return the last version of an item."""
    rows = select(ITEMS.c.record).where(ITEMS.c.code == code)
    record = connection.execute(rows.order_by(ITEMS.c.version.desc()).limit(1)).scalar_one_or_none()
    return None if record is None else part_of(Item, json.loads(record))


def find_draft(connection: Connection, code: str) -> Draft | None:
    """Return the draft of an item, if there is one."""
    row = connection.execute(select(ITEM_DRAFTS).where(ITEM_DRAFTS.c.code == code)).one_or_none()
    return None if row is None else draft_of(row)


def draft_of(row: Any) -> Draft:
    """Return the draft that a row keeps."""
    record = json.loads(row.record)
    item = part_of(Item, record["item"])
    return Draft(item, row.by, row.at, tuple(record["hands"]), record["seen"])


def seen_draft(connection: Connection, code: str, seen: int) -> Draft:
    """Return the draft that somebody looked at.

    Raises
    ------
    MissingError
        There is none any more.
    StaleError
        Somebody wrote on it meanwhile.
    """
    draft = find_draft(connection, code)
    if draft is None:
        raise MissingError("hall_editions.no_draft", code=code)
    if draft.seen != seen:
        raise StaleError("hall_editions.stale", code=code)
    return draft


def keep_draft(write: Write, draft: Draft) -> None:
    """Keep a draft in place of the one before."""
    code = draft.item.code
    record = {"item": record_of(draft.item), "hands": draft.hands, "seen": draft.seen}
    write.run(delete(ITEM_DRAFTS).where(ITEM_DRAFTS.c.code == code))
    write.run(
        insert(ITEM_DRAFTS).values(
            code=code,
            version=draft.item.version,
            by=draft.by,
            at=draft.at,
            record=packed(record).decode(),
        )
    )


def raise_revision(write: Write, frame: str | None = None) -> int:
    """Raise the catalogue's revision, with a new frame if one is given, and return it."""
    found = revision_of(write.connection)
    if found == 0:
        empty = packed(frame_of(Catalogue(""))).decode()
        write.run(insert(CATALOGUE).values(one=1, revision=1, record=frame or empty))
        return 1
    values = {"revision": found + 1} | ({} if frame is None else {"record": frame})
    write.run(update(CATALOGUE).values(**values))
    return found + 1


def add_version(write: Write, item: Item, revision: int, *, drafted_by: str) -> None:
    """Keep a version of an item that is published."""
    write.run(
        insert(ITEMS).values(
            code=item.code,
            version=item.version,
            basic=item.basic_code,
            city=item.city,
            authority=item.authority,
            valid_from=_iso(item.valid_from),
            valid_until=_iso(item.valid_until),
            drafted_by=drafted_by,
            published_by=write.by.name,
            published=write.at,
            revision=revision,
            record=packed(record_of(item)).decode(),
        )
    )


def end_version(write: Write, item: Item, revision: int) -> None:
    """Let a version end on its last day."""
    same = update(ITEMS).where(ITEMS.c.code == item.code, ITEMS.c.version == item.version)
    write.run(
        same.values(
            valid_until=_iso(item.valid_until),
            revision=revision,
            record=packed(record_of(item)).decode(),
        )
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
