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
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.words import Sentence

from .actors import Actor
from .chain import FIELDS, Anchor, Break, Row, Verdict, canonical, digest, follow
from .clock import Clock, moment, stamp
from .database import Database
from .schema import GUARDS

DONE, INTENT, FAILED = "done", "intent", "failed"
_NAMES = (*FIELDS, "previous", "hash")
_COLUMNS = ", ".join(f'"{name}"' for name in _NAMES)
_INSERT = f"INSERT INTO trail ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608
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
        with self._database.writing() as connection:
            last, previous = connection.execute("SELECT id, hash FROM trail_head").fetchone()
            time = stamp(self._clock())
            fields = (
                last + 1, time, actor.name, actor.via.value, note.address, note.action,
                note.kind, note.target, phase, of, before, after, note.note,
            )  # fmt: skip
            connection.execute(_INSERT, (*fields, previous, digest(previous, fields)))
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
        where, values = _search(
            before=before, who=who, action=action, kind=kind, target=target, since=since,
            until=until,
        )  # fmt: skip
        query = f"SELECT {_COLUMNS} FROM trail {where} ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._database.reading() as connection:
            rows = connection.execute(query, (*values, limit + 1)).fetchall()
        entries = tuple(map(_entry, rows[:limit]))
        return Page(entries, entries[-1].id if len(rows) > limit else None)

    def entry(self, number: int) -> Entry:
        """Return one entry.

        Raises
        ------
        MissingError
            There is none of that number.
        """
        query = f"SELECT {_COLUMNS} FROM trail WHERE id = ?"  # noqa: S608
        with self._database.reading() as connection:
            row = connection.execute(query, (number,)).fetchone()
        if row is None:
            raise MissingError("identity.no_entry", given=number)
        return _entry(row)

    def unfinished(self) -> tuple[Entry, ...]:
        """Return the intents with no second entry: under way, or cut off by a crash."""
        query = (
            f"SELECT {_COLUMNS} FROM trail AS intent WHERE phase = 'intent' AND NOT EXISTS"  # noqa: S608
            ' (SELECT 1 FROM trail AS later WHERE later."of" = intent.id) ORDER BY id'
        )
        with self._database.reading() as connection:
            return tuple(map(_entry, connection.execute(query).fetchall()))

    def head(self) -> Anchor:
        """Return number and hash of the last entry, to be kept elsewhere as an anchor."""
        with self._database.reading() as connection:
            return Anchor(*connection.execute("SELECT id, hash FROM trail_head").fetchone())

    def verify(self, *, anchor: Anchor | None = None) -> Verdict:
        """Check every entry, find the first that is wrong, and look whether changes are forbidden.

        Whoever can write the file can write it anew from some entry on with hashes that fit;
        only an `anchor` from before that, kept where they cannot write, shows it.
        """
        with self._database.reading() as connection:
            found = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
            guarded = all(_words(found.get(name)) == _words(text) for name, text in GUARDS.items())
            # What is no text is for the check to find, not for the reader to stumble over.
            connection.text_factory = _any_text
            try:
                heads = connection.execute("SELECT name, id, hash FROM trail_head").fetchall()
                if [tuple(map(type, one)) for one in heads] != [(str, int, str)]:
                    missing = Break(1, Sentence("identity.trail_no_head"))
                    return Verdict(0, Anchor(0, ""), missing, guarded)
                [(name, last, own)] = heads
                rows = _rows(connection, "", ())
                verdict = follow(rows, name, head=Anchor(last, own), anchor=anchor)
            finally:
                connection.text_factory = str
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
        where, values = _search(
            who=who, action=action, kind=kind, target=target, since=since, until=until
        )
        count = 0
        with self._database.reading() as connection:
            if not where:
                (name,) = connection.execute("SELECT name FROM trail_head").fetchone()
                handle.write(f"{json.dumps({'trail': name})}\n")
            for row in _rows(connection, where, values):
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


def _rows(connection: sqlite3.Connection, where: str, values: Iterable[Any]) -> Iterator[Row]:
    query = f"SELECT {_COLUMNS} FROM trail {where} ORDER BY id"  # noqa: S608
    cursor = connection.execute(query, tuple(values))
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


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
) -> tuple[str, list[Any]]:
    """Return the condition of a search and its values."""
    terms: list[tuple[str, Any]] = [
        (f"{name} = ?", value) for name, value in equal.items() if value is not None
    ]
    if before is not None:
        terms.append(("id < ?", before))
    if action is not None and action.endswith(".*"):
        # Every text that begins so: "/" is the sign after ".".
        terms += [("action >= ?", action[:-1]), ("action < ?", f"{action[:-2]}/")]
    elif action is not None:
        terms.append(("action = ?", action))
    if since is not None:
        terms.append(("time >= ?", stamp(since)))
    if until is not None:
        terms.append(("time < ?", stamp(until)))
    where = "WHERE " + " AND ".join(term for term, _ in terms) if terms else ""
    return where, [value for _, value in terms]


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


def _words(sql: object) -> list[str]:
    return str(sql).split()


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
