"""The trail: an entry for every write, that nobody can change, drop or add to without notice.

What an entry says, and why it says that much of a person:

* `who`: the login name of the account (or ``guest``, ``local``, ``console``) and `via`, how it
  was known: that a change can be answered for is what a trail is for. Names are never used
  twice. An office may name accounts by posts instead of people.
* `address`: where the request came from (for a command, user and machine), to tell a misused
  account from its owner.
* `action`, `kind` and `target`: what was done to what, such as ``scenario.saved`` to
  ``scenario`` ``s12``.
* `before` and `after`: plain JSON values, hashes and summaries instead of whole files. Entries
  cannot be erased: what must be erasable, as residents' data, stands in them only as a salted
  hash. Passwords and tokens never stand in them, nor what somebody failed to log in with.

The times when an account or token was last seen, counts of failed logins, and a password
hashed anew with stronger parameters are no writes of a user and have no entries.

What is written in this database shares one transaction with its entry. What is written
elsewhere, as a file, has an intent first, then the file, then a second entry that it was done
or failed: an intent without one (see `Trail.unfinished`) is what a crash left half-way.
"""

import json
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    insert,
    literal_column,
    select,
    union_all,
)

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.words import Sentence

from .actors import Actor
from .chain import FIELDS, Anchor, Break, Row, Verdict, canonical, digest, follow
from .clock import Clock, moment, stamp
from .columns import NOTHING, storable
from .database import Database
from .parts import missing
from .schema import GUARDS, HEAD, TRAIL

DONE, INTENT, FAILED = "done", "intent", "failed"
_NAMES = (*FIELDS, "previous", "hash")
_ROWS = select(*(TRAIL.c[name] for name in _NAMES))
_HEAD = select(HEAD.c.id, HEAD.c.hash)
_BOTH = union_all(select(TRAIL.c.id, TRAIL.c.hash), _HEAD.where(HEAD.c.id == 0)).subquery()
_LAST = {
    "sqlite": _HEAD,
    # The head is moved at the end of a transaction there.
    "postgresql": select(_BOTH.c.id, _BOTH.c.hash).order_by(_BOTH.c.id.desc()).limit(1),
}
_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z0-9_]{1,32}){0,3}")
_LONGEST = {"target": 300, "note": 2000, "address": 200}
_AT_ONCE = 2000
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; see the module for what it says.

    `phase` is ``done``, or ``intent`` and then ``done`` or ``failed`` with the intent's number
    in `of`. `previous` and `hash` are the chain's.
    """

    id: int
    time: datetime
    who: str
    via: str
    address: str
    action: str
    kind: str
    target: str
    phase: str
    of: int | None
    before: Any
    after: Any
    note: str
    previous: str
    hash: str

    def as_record(self) -> dict[str, Any]:
        """Return the entry as plain values, as the export writes it."""
        record = {name: getattr(self, name) for name in _NAMES}
        return {**record, "time": stamp(self.time)}


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first; `next` asks for those before them, None if there are none."""

    entries: tuple[Entry, ...]
    next: int | None


@dataclass(slots=True)
class Note:
    """What is about to be written to the trail; the writer completes it as it learns more."""

    action: str
    kind: str
    target: str
    before: Any = None
    after: Any = None
    note: str = ""
    address: str = ""


class Trail:
    """The entries of one store."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def append(self, actor: Actor, note: Note, *, phase: str = DONE, of: int | None = None) -> int:
        """Write an entry and return its number; inside `Database.writing`, with what is there.

        Raises
        ------
        InputError
            A field is too long, the action is no word, or JSON cannot hold a value.
        StoreError
            It cannot be written.
        """
        _check(note)
        before, after = (
            None if value is None else canonical(value) for value in (note.before, note.after)
        )
        with self._database.joined() as connection:
            last, previous = connection.execute(_LAST[self._database.dialect]).one()
            time = stamp(self._clock())
            fields = (
                last + 1, time, actor.name, actor.via.value, note.address, note.action,
                note.kind, note.target, phase, of, before, after, note.note,
            )  # fmt: skip
            row = (*fields, previous, digest(previous, fields))
            connection.execute(insert(TRAIL), dict(zip(_NAMES, row, strict=True)))
        return int(last + 1)

    def page(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        who: str | None = None,
        action: str | None = None,
        kind: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page:
        """Return entries, newest first.

        Parameters
        ----------
        before
            Only entries with a smaller number: `Page.next` of the page before.
        limit
            How many, at most `LARGEST_PAGE`.
        who, action, kind, target
            Only those; an action ``scenario.*`` stands for every one that begins so.
        since, until
            Only entries not before the one and before the other.

        Raises
        ------
        InputError
            The limit is not between 1 and `LARGEST_PAGE`.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InputError("identity.page_size", given=limit, most=LARGEST_PAGE)
        terms = _search(
            before=before, who=who, action=action, kind=kind, target=target, since=since,
            until=until,
        )  # fmt: skip
        query = _ROWS.where(*terms).order_by(TRAIL.c.id.desc()).limit(limit + 1)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        entries = tuple(map(_entry, rows[:limit]))
        return Page(entries, entries[-1].id if len(rows) > limit else None)

    def entry(self, number: int) -> Entry:
        """Return one entry.

        Raises
        ------
        MissingError
            There is none of that number.
        """
        with self._database.reading() as connection:
            row = connection.execute(_ROWS.where(TRAIL.c.id == number)).one_or_none()
        if row is None:
            raise MissingError("identity.no_entry", given=number)
        return _entry(row)

    def unfinished(self) -> tuple[Entry, ...]:
        """Return the intents with no second entry: under way, or cut off by a crash."""
        later = TRAIL.alias("later")
        closed = exists().where(later.c.of == TRAIL.c.id)
        query = _ROWS.where(TRAIL.c.phase == literal_column("'intent'"), ~closed)
        with self._database.reading() as connection:
            return tuple(map(_entry, connection.execute(query.order_by(TRAIL.c.id)).all()))

    def head(self) -> Anchor:
        """Return number and hash of the last entry, to be kept elsewhere as an anchor."""
        with self._database.reading() as connection:
            return Anchor(*connection.execute(_LAST[self._database.dialect]).one())

    def verify(self, *, anchor: Anchor | None = None) -> Verdict:
        """Check every entry, find the first that is wrong, and look whether changes are forbidden.

        Whoever can write the file can write it anew from some entry on with hashes that fit;
        only an `anchor` from before that, kept where they cannot write, shows it.
        """
        with self._database.reading() as connection:
            guarded = not missing(connection, GUARDS)
            if self._database.dialect == "postgresql":
                # Moves the head now if entries were written in this very transaction.
                connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
                connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
            with self._database.kind.any_text(connection):
                heads = connection.execute(select(HEAD.c.name, HEAD.c.id, HEAD.c.hash)).all()
                if [tuple(map(type, one)) for one in heads] != [(str, int, str)]:
                    gone = Break(1, Sentence("identity.trail_no_head"))
                    return Verdict(0, Anchor(0, ""), gone, guarded)
                [(name, last, own)] = heads
                # Closed, because what is wrong may stand before the last row.
                with closing(_rows(connection, _ROWS)) as rows:
                    verdict = follow(rows, name, head=Anchor(last, own), anchor=anchor)
        return Verdict(verdict.rows, verdict.head, verdict.broken, guarded)

    def export(
        self,
        handle: TextIO,
        *,
        who: str | None = None,
        action: str | None = None,
        kind: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Write entries as JSON Lines, oldest first, and return how many.

        Without a filter the first line names the trail, and `verify_file` checks the file
        without the store.
        """
        terms = _search(who=who, action=action, kind=kind, target=target, since=since, until=until)
        count = 0
        with self._database.reading() as connection:
            if not terms:
                name = connection.execute(select(HEAD.c.name)).scalar_one()
                handle.write(f"{json.dumps({'trail': name})}\n")
            for row in _rows(connection, _ROWS.where(*terms)):
                handle.write(f"{json.dumps(_entry(row).as_record(), ensure_ascii=False)}\n")
                count += 1
        return count


def verify_file(path: Path, *, anchor: Anchor | None = None) -> Verdict:
    """Check a trail that `Trail.export` wrote whole, without the store.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is not such a file: the line is named.
    """
    if not path.is_file():
        raise MissingError("identity.no_export", path=str(path))
    with path.open(encoding="utf-8") as handle:
        try:
            first = json.loads(handle.readline())
            name = first["trail"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("identity.export_part", path=str(path)) from error
        return follow(_lines(handle, path), str(name), anchor=anchor)


def _lines(handle: Iterable[str], path: Path) -> Iterator[Row]:
    """Yield rows from lines, the first of which is the second of the file."""
    for number, line in enumerate(handle, 2):
        try:
            row = _row(json.loads(line))
        except (ValueError, TypeError) as error:
            raise InputError("identity.export_line", path=str(path), row=number) from error
        yield row


def _row(record: dict[str, Any]) -> Row:
    """Return the fields of a record of the export.

    Raises
    ------
    ValueError, TypeError
        It is none.
    """
    if set(record) != set(_NAMES) or type(record["id"]) is not int:
        msg = "not the fields of an entry"
        raise ValueError(msg)
    for name in ("before", "after"):
        if record[name] is not None:
            record[name] = canonical(record[name])
    return [record[name] for name in _NAMES]


def _rows(connection: Connection, query: Select[Any]) -> Generator[Row, None, None]:
    """Yield rows, the oldest first, without holding all of them."""
    ordered = query.order_by(TRAIL.c.id).execution_options(yield_per=_AT_ONCE)
    with connection.execute(ordered) as found:
        yield from map(tuple, found)


def _entry(row: Row) -> Entry:
    values = dict(zip(_NAMES, row, strict=True))
    try:
        values["time"] = moment(values["time"])
        for name in ("before", "after"):
            if values[name] is not None:
                values[name] = json.loads(values[name])
    except (ValueError, TypeError) as error:
        raise StoreError("identity.entry_damaged", id=values["id"]) from error
    return Entry(**values)


def _search(
    *,
    before: int | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    **equal: str | None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of a search."""
    column = TRAIL.c
    terms: list[ColumnElement[bool]] = [
        column[name] == storable(value) for name, value in equal.items() if value is not None
    ]
    if before is not None:
        terms.append(column.id < before)
    if action is not None and action.endswith(".*"):
        # Every text that begins so: "/" is the sign after ".".
        begin = storable(action[:-2])
        terms += [column.action >= f"{begin}.", column.action < f"{begin}/"]
    elif action is not None:
        terms.append(column.action == storable(action))
    if since is not None:
        terms.append(column.time >= stamp(since))
    if until is not None:
        terms.append(column.time < stamp(until))
    return terms


def _check(note: Note) -> None:
    for name in ("action", "kind"):
        if not _WORD.fullmatch(getattr(note, name)):
            raise InputError("identity.no_action", given=getattr(note, name))
    for name, longest in _LONGEST.items():
        text = getattr(note, name)
        if len(text) > longest:
            raise InputError("identity.field_too_long", name=name, given=len(text), longest=longest)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError("identity.not_json", reason=error) from error
        if NOTHING in text:
            raise InputError("identity.unprintable", name=name)
