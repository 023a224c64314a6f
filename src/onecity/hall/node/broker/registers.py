"""Registers of departments: what they hold from before, brought in from a table as holdings.

A register is brought in whole, again and again as it changes: what it held before stands until
the new rows are all there, and is then revoked and its keys are destroyed. One that breaks off on
its way is made good by bringing it in once more. The service may run meanwhile.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from onecity.core.errors import InputError
from onecity.core.files import checked_file
from onecity.core.progress import SILENCE, Progress
from onecity.hall.forms.numbers import is_credit_code, is_id_number
from onecity.hall.node.rights import MANAGE
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.tables.mail import HOLDINGS
from onecity.hall.node.writing import packed
from onecity.identity import Actor

from .model import Subject

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.writing import Write

COLUMNS = {
    "subject": ("subject", "证件号码"),
    "name": ("name", "姓名或名称"),
    "number": ("number", "证照编号"),
    "issued": ("issued", "发证日期"),
    "until": ("until", "有效期至"),
}
"""Names that a table may have for what every document has; `until` may be missing."""
BROUGHT, REVOKED = "evidence.held", "evidence.revoked"
"""What the trail calls it."""
_KIND = "register"
_AT_ONCE = 1000
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a register; `fields` are its further columns by name."""

    subject: Subject
    number: str
    issued: str
    until: str | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a register: rows kept, rows of before that were revoked."""

    register: str
    kept: int
    revoked: int


@dataclass(frozen=True, slots=True)
class Heads:
    """Where each column of a table is; `fields` are name, label and place of further ones."""

    places: Mapping[str, int]
    fields: tuple[tuple[str, str, int], ...]

    @property
    def labels(self) -> dict[str, str]:
        """Names of the further fields for people."""
        return {name: label for name, label, _ in self.fields}


def bring(
    node: "Node",
    file: Path,
    *,
    document: str,
    department: str,
    by: Actor,
    register: str = "",
    address: str = "",
    progress: Progress = SILENCE,
) -> Brought:
    """Bring a register in from a CSV file, in place of what it held before.

    Parameters
    ----------
    node
        Whose departments' register it is.
    file
        In UTF-8 or GB 18030. Columns are those of `COLUMNS`; every further one is a field of the
        document, its head ``name`` or ``name:label``.
    document, department
        Codes: what the rows are, and who issued them.
    by, address
        Who brings it in, from where.
    register
        Its name; the file's where none is given.

    Raises
    ------
    InputError
        A column, row or cell is not fit (row and column are named; nothing is kept then), or the
        department does not issue the document, or not here.
    ForbiddenError
        Who brings it in may not look after the node.
    """
    node.office.require(by, MANAGE)
    _check_issuer(node, document, department)
    text = _text(checked_file(file))
    heads = _heads(_rows(text), file)
    # Every row is looked at before one is kept.
    count = sum(1 for _ in _entries(text, heads, file))
    if not count:  # all that was held would go: more likely the wrong file
        raise InputError("hall_broker.no_rows", path=str(file))
    progress.stage("hall_broker.bringing", count)
    name = (register or file.stem).replace(":", "：")  # a colon parts it from the rows' own
    told = {
        "document": document,
        "department": department,
        "file": sha256(text.encode()).hexdigest(),
    }
    entries = _entries(text, heads, file)
    source = ""
    while some := list(islice(entries, _AT_ONCE)):
        with node.writing(by, address) as write:
            source = source or f"{_KIND}:{name}:{write.new_id()}"
            _put(write, some, heads.labels, document, department, source)
            whole = {**told, "source": source, "rows": len(some)}
            write.tell(BROUGHT, "register", name, after=whole)
        progress.advance(len(some))
    return Brought(name, count, _supersede(node, name, source, by, address))


def _check_issuer(node: "Node", document: str, department: str) -> None:
    catalogue = node.editions.catalogue(node.today())
    kind, unit = catalogue.document.get(document), catalogue.department.get(department)
    if kind is None or unit is None or kind.issuer not in {unit.code, unit.basic}:
        raise InputError("hall_broker.no_issuer", document=document, department=department)
    if not node.acts_for(unit):
        raise InputError("hall_broker.other_node", department=department, node=node.code)


def _text(file: Path) -> str:
    content = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("hall_broker.bad_encoding", path=str(file))


def _rows(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""))


def _heads(rows: Iterator[list[str]], file: Path) -> Heads:
    given = [one.strip() for one in next(rows, [])]
    twice = sorted({one for one in given if given.count(one) > 1})
    if twice:
        raise InputError("hall_broker.column_twice", path=str(file), column=twice[0])
    places: dict[str, int] = {}
    fields: list[tuple[str, str, int]] = []
    known = {one: name for name, names in COLUMNS.items() for one in names}
    for place, head in enumerate(given):
        if head in known:
            places[known[head]] = place
        elif head:
            name, _, label = head.replace("：", ":").partition(":")
            fields.append((name.strip(), label.strip() or name.strip(), place))
    for name, names in COLUMNS.items():
        if name not in places and name != "until":
            raise InputError("hall_broker.no_column", path=str(file), column="/".join(names))
    return Heads(places, tuple(fields))


def _entries(text: str, heads: Heads, file: Path) -> Iterator[Entry]:
    """Yield the rows of a register; empty lines are passed over.

    Raises
    ------
    InputError
        A cell is not fit.
    """
    rows = _rows(text)
    next(rows, None)
    for line, row in enumerate(rows, start=2):
        if not any(one.strip() for one in row):
            continue
        yield _entry([one.strip() for one in row], line, heads, file)


def _entry(row: Sequence[str], line: int, heads: Heads, file: Path) -> Entry:
    def fault(column: str, given: str) -> InputError:
        head = "/".join(COLUMNS[column])
        return InputError(
            "hall_broker.bad_cell", path=str(file), row=line, column=head, given=given
        )

    def cell(column: str) -> str:
        place = heads.places.get(column)
        value = row[place] if place is not None and place < len(row) else ""
        if len(value) > _LONGEST or (not value and column != "until"):
            raise fault(column, value[:60])
        return value

    subject = Subject(cell("subject"), cell("name"))
    if not (is_id_number(subject.number) or is_credit_code(subject.number)):
        raise fault("subject", subject.number)
    days = {}
    for column in ("issued", "until"):
        value = cell(column)
        try:
            days[column] = date.fromisoformat(value).isoformat() if value else None
        except ValueError as error:
            raise fault(column, value) from error
    fields = {
        name: row[place] for name, _, place in heads.fields if place < len(row) and row[place]
    }
    return Entry(subject, cell("number"), str(days["issued"]), days["until"], fields)


def _put(
    write: "Write",
    entries: Sequence[Entry],
    labels: Mapping[str, str],
    document: str,
    department: str,
    source: str,
) -> None:
    """Keep rows as holdings: each sealed under a key of its own, all in two statements."""
    vault = write.node.vault
    keys: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for one in entries:
        lock = vault.lock(write.new_id())
        key = lock.wrapped
        keys.append(
            {
                "owner": key.owner,
                "kek": key.master,
                "wrapped": key.wrapped,
                "made": write.at,
                "erased": None,
            }
        )
        content = {
            "subject": one.subject.as_record(),
            "number": one.number,
            "fields": dict(one.fields),
            "labels": {name: label for name, label in labels.items() if name in one.fields},
        }
        rows.append(
            {
                "id": key.owner,
                "subject": vault.blind(one.subject.number),
                "document": document,
                "department": department,
                "issued": one.issued,
                "until": one.until,
                "source": source,
                "revoked": None,
                "sealed": lock.seal(packed(content)),
            }
        )
    write.connection.execute(insert(KEYS), keys)
    write.connection.execute(insert(HOLDINGS), rows)


def _supersede(node: "Node", name: str, source: str, by: Actor, address: str) -> int:
    """Revoke what the register held before, and destroy the keys of it; return how many stood."""
    before = (
        HOLDINGS.c.source.startswith(f"{_KIND}:{name}:", autoescape=True),
        HOLDINGS.c.source != source,
        HOLDINGS.c.revoked.is_(None),
    )
    revoked = 0
    while True:
        with node.writing(by, address) as write:
            some = select(HOLDINGS.c.id).where(*before).limit(_AT_ONCE)
            ids = list(write.connection.execute(some).scalars())
            if not ids:
                return revoked
            gone = update(KEYS).where(KEYS.c.owner.in_(ids))
            write.run(gone.values(wrapped=None, kek="", erased=write.at))
            write.run(update(HOLDINGS).where(HOLDINGS.c.id.in_(ids)).values(revoked=write.at))
            write.tell(REVOKED, "register", name, after={"rows": len(ids), "for": source})
        revoked += len(ids)
