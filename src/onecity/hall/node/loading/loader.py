"""Bringing in cases of another system: all rows are looked at first, then kept in batches.

Nothing is written if any row has a fault. A batch is one transaction with one entry in the log;
the entry says which rows of which file it was. So whoever is interrupted gives the same file
again: what is there already is passed over, and giving it a third time changes nothing.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from onecity.core.errors import InputError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.hall.catalogue import Item
from onecity.hall.node.items import whole
from onecity.hall.node.rights import MANAGE
from onecity.hall.node.tables.cases import CASES
from onecity.hall.processes import Shipped, shipped
from onecity.identity import Actor
from onecity.identity.schema import TRAIL

from .columns import SLACK, Fault, Given, Reader, Row, WrongError, wrong_heads
from .files import digest_of, heads_of, rows_of
from .making import TABLES, Maker, standing

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

LOADED = "cases.loaded"
"""What the log calls a batch."""
BATCH = 2_000
MOST_FAULTS = 100
"""So many faults are told; looking on would only tell more of the same."""
_ASKED_AT_ONCE = 500
_CHANCE_BITS = 79


class FaultsError(InputError):
    """Rows have faults: nothing was written. `faults` holds the first of them."""

    def __init__(self, faults: tuple[Fault, ...], rows: int) -> None:
        first = faults[0]
        super().__init__(
            "hall_loading.faulty",
            count=len(faults),
            rows=rows,
            row=first.row,
            column=first.column,
            why=first.why,
        )
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: by what it is known, rows in all, written now, there before."""

    key: str
    rows: int
    written: int
    known: int


def load_file(
    node: "Node",
    path: Path,
    *,
    by: Actor,
    address: str = "",
    check_only: bool = False,
    progress: Progress = SILENCE,
) -> Loaded:
    """Load the cases of a CSV or Parquet file; see `load_rows`.

    Raises
    ------
    MissingError, InputError
        The file is not there, or cannot be read.
    """
    key = digest_of(path)
    faults = wrong_heads(heads_of(path))
    if faults:
        raise FaultsError(tuple(faults[:MOST_FAULTS]), 0)
    return load_rows(
        node,
        lambda: rows_of(path),
        key=key,
        by=by,
        address=address,
        check_only=check_only,
        progress=progress,
    )


def load_rows(
    node: "Node",
    rows: Callable[[], Iterable[Row]],
    *,
    key: str,
    by: Actor,
    address: str = "",
    check_only: bool = False,
    progress: Progress = SILENCE,
) -> Loaded:
    """Load cases from rows, each a mapping of `columns` to texts, numbers or times.

    Parameters
    ----------
    rows
        Called twice: to look at every row, and to write them. It has to give the same both times.
    key
        By what these rows are known: giving them again under it goes on where it was left off.
    check_only
        Whether they are looked at and not written.

    Raises
    ------
    FaultsError
        Rows have faults; nothing was written.
    InputError
        Under this key other rows were loaded before.
    ForbiddenError
        The actor may not look after the node.
    """
    node.office.require(by, MANAGE)
    reader = _reader(node)
    with node.reading() as connection:
        before = _done(connection, key)
    progress.stage("hall_loading.stage_check")
    count, sum_ = _look(node, rows, reader, before, progress)
    if count < before.rows or (before.rows and sum_.hexdigest() != before.digest):
        raise InputError("hall_loading.other_rows", key=key, given=count, done=before.rows)
    if check_only:
        return Loaded(key, count, 0, before.rows)
    progress.stage("hall_loading.stage_write", count)
    progress.advance(before.rows)
    left = islice(enumerate(rows(), start=2), before.rows, None)
    done = before
    while some := list(islice(left, BATCH)):
        for _, row in some:
            sum_.update(_part(row))
        after = _Done(done.rows + len(some), sum_.hexdigest())
        _write(node, reader, some, key, done, after, by, address)
        done = after
        progress.advance(len(some))
    return Loaded(key, count, done.rows - before.rows, before.rows)


@dataclass(frozen=True, slots=True)
class _Done:
    """Rows that were loaded under a key, and a digest of their numbers."""

    rows: int = 0
    digest: str = ""


def _part(row: Row) -> bytes:
    return f"{row.get('number')}\n".encode()


def _reader(node: "Node") -> Reader:
    with node.reading() as connection:
        every = whole(connection)
    versions: dict[str, list[Item]] = defaultdict(list)
    for one in sorted(every.items, key=lambda item: item.version):
        versions[one.code].append(one)

    def find(code: str, version: int, day: date) -> Item | None:
        several = versions.get(code, [])
        if version:
            return next((one for one in several if one.version == version), None)
        standing = [one for one in several if one.stands_on(day)]
        # Cases from before the first version that is known are held to that one.
        found = standing or several[:1]
        return found[-1] if found else None

    departments = every.department
    ours = {
        code: code in departments and node.acts_for(departments[code])
        for code in {one.authority for one in every.items}
    }
    return Reader(
        find,
        lambda item: node.processes.of(item) is shipped(Shipped.SPOT),
        lambda item: ours[item.authority],
        every.cities,
        node.office.clock() + SLACK,
        node.code,
    )


def _done(connection: Connection, key: str) -> _Done:
    query = select(TRAIL.c.after).where(
        TRAIL.c.kind == "load", TRAIL.c.target == key, TRAIL.c.action == LOADED
    )
    last = connection.scalars(query.order_by(TRAIL.c.id.desc()).limit(1)).first()
    told = {} if last is None else json.loads(last)
    return _Done(int(told.get("last", 0)), str(told.get("digest", "")))


def _look(
    node: "Node",
    rows: Callable[[], Iterable[Row]],
    reader: Reader,
    done: _Done,
    progress: Progress,
) -> tuple[int, Any]:
    """Return how many rows there are, all of them sound, and the sum over those loaded before."""
    faults: list[Fault] = []
    seen: set[bytes] = set()
    asked: dict[str, int] = {}
    count, sum_ = 0, hashlib.sha256()
    for number, row in enumerate(rows(), start=2):
        count += 1
        if count <= done.rows:
            sum_.update(_part(row))
            continue
        try:
            given = reader.read(row)
        except WrongError as error:
            faults.append(Fault(number, error.column, error.why))
        else:
            faults += _no_place(node, number, given)
            short = hashlib.blake2b(given.number.encode(), digest_size=12).digest()
            if short in seen:
                faults.append(_known_twice(number, given.number))
            seen.add(short)
            asked[given.number] = number
        if len(asked) >= _ASKED_AT_ONCE:
            with node.reading() as connection:
                faults += _there(connection, asked)
            asked.clear()
            progress.advance(_ASKED_AT_ONCE)
        if len(faults) >= MOST_FAULTS:
            break
    with node.reading() as connection:
        faults += _there(connection, asked)
    if faults:
        raise FaultsError(tuple(sorted(faults, key=lambda one: one.row)[:MOST_FAULTS]), count)
    return count, sum_


def _no_place(node: "Node", row: int, given: Given) -> Iterator[Fault]:
    """Yield that the process of a case, which its office drew, has no place for its state."""
    if node.processes.is_own(given.item):
        try:
            standing(node, given)
        except InputError as error:
            yield Fault(row, "state", Sentence(error.key, error.values))


def _known_twice(row: int, number: str) -> Fault:
    return Fault(row, "number", Sentence("hall_loading.twice", {"given": number}))


def _there(connection: Connection, asked: Mapping[str, int]) -> Iterator[Fault]:
    """Yield rows whose number a case of this node has already."""
    several = iter(asked)
    while some := list(islice(several, _ASKED_AT_ONCE)):
        known = select(CASES.c.number).where(CASES.c.number.in_(some))
        for number in connection.scalars(known):
            yield Fault(asked[number], "number", Sentence("hall_loading.there", {"given": number}))


def _write(
    node: "Node",
    reader: Reader,
    some: list[tuple[int, Row]],
    key: str,
    done: _Done,
    after: _Done,
    by: Actor,
    address: str,
) -> None:
    """Keep a batch: all of it, or nothing."""
    with node.writing(by, address) as write:
        if _done(write.connection, key) != done:
            raise InputError("hall_loading.at_once", key=key)
        given = [(number, _sound(reader, number, row)) for number, row in some]
        there = tuple(_there(write.connection, {one.number: row for row, one in given}))
        if there:
            raise FaultsError(there, after.rows)
        maker = Maker(node, write.now, by.name, secrets.randbits(_CHANCE_BITS))
        made: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _, one in given:
            for name, several in maker.rows(one).items():
                made[name] += several
        maker.keep_definitions(write.connection)
        for table in TABLES:
            if made.get(table.name):
                write.connection.execute(insert(table), made[table.name])
        maker.tally.write(write.connection)
        told = {"count": len(some), "first": done.rows + 1, "last": after.rows}
        write.tell(LOADED, "load", key, after={**told, "digest": after.digest})


def _sound(reader: Reader, number: int, row: Row) -> Given:
    try:
        return reader.read(row)
    except WrongError as error:  # it was sound when it was looked at: the rows have changed
        raise FaultsError((Fault(number, error.column, error.why),), number - 1) from error
