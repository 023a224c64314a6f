"""Files that were given: sealed under their owner, a draft first and then a case."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from onecity.core.errors import InputError, MissingError
from onecity.core.words import say
from onecity.hall.forms import FileSlot, fault_of_file, medium_of
from onecity.identity.clock import moment

from .tables.applying import FILES
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

_LONGEST_NAME = 200
_ABOUT = [one for one in FILES.c if one.name != "sealed"]


@dataclass(frozen=True, slots=True)
class File:
    """A file that was given; `name` is the document that it is."""

    id: str
    name: str
    filename: str
    size: int
    media: str
    sha256: str
    at: datetime


def put(write: Write, slot: FileSlot, filename: str, content: bytes, *, draft: str) -> File:
    """Keep a file for a place of a draft's form.

    Raises
    ------
    InputError
        It is not what the place takes, is too large, or there are too many.
    """
    return _put(write, slot, filename, content, {"owner": draft, "draft": draft})


def put_for_case(write: Write, slot: FileSlot, filename: str, content: bytes, *, case: str) -> File:
    """Keep a file for a case, before the supplement that names it; see `put`."""
    return _put(write, slot, filename, content, {"owner": case, "case": case})


def _put(
    write: Write, slot: FileSlot, filename: str, content: bytes, whose: Mapping[str, str]
) -> File:
    limits = write.node.config.limits
    name = plain(filename)
    fault = fault_of_file(slot, name, content)
    if fault is not None:
        raise InputError(fault.key, **fault.values)
    if len(content) > limits.file_bytes:
        most = limits.file_bytes // 1_000_000
        raise InputError("hall_forms.file_large", file=name, most=most)
    owner = whose["owner"]
    given = of_owner(write.node, write.connection, owner)
    if len(given) >= limits.files:
        raise InputError("hall_applying.too_many_files", most=limits.files)
    if sum(one.name == slot.name for one in given) >= slot.most_files:
        raise InputError("hall_applying.slot_full", document=dict(slot.title), most=slot.most_files)
    medium = medium_of(content) or ""
    sha256 = hashlib.sha256(content).hexdigest()
    made = File(write.new_id(), slot.name, name, len(content), medium, sha256, write.now)
    write.run(insert(FILES).values(**_columns(write, made, content, owner), **whose))
    return made


def plain(filename: str) -> str:
    """Return a file's name without what a browser may send of folders."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    return "".join(one for one in name if one.isprintable())[:_LONGEST_NAME] or "—"


def _columns(write: Write, file: File, content: bytes, owner: str) -> dict[str, Any]:
    about = {"name": file.filename, "document": file.name, "sha256": file.sha256}
    return {
        "id": file.id,
        "at": write.at,
        "media": file.media,
        "size": file.size,
        "about": write.seal(owner, about),
        "sealed": write.seal_bytes(owner, content),
    }


def of_owner(node: "Node", connection: Connection, owner: str) -> tuple[File, ...]:
    """Return the files of a draft or case, in order; none of one that was erased."""
    if node.vault.is_erased(connection, owner):
        return ()
    query = select(*_ABOUT).where(FILES.c.owner == owner).order_by(FILES.c.id)
    return tuple(_file(node, connection, row) for row in connection.execute(query))


def _file(node: "Node", connection: Connection, row: Row[Any]) -> File:
    about = json.loads(node.vault.unseal(connection, row.owner, row.about))
    return File(
        row.id,
        about["document"],
        about["name"],
        row.size,
        row.media,
        about["sha256"],
        moment(row.at),
    )


def content_of(node: "Node", connection: Connection, owner: str, file: str) -> tuple[File, bytes]:
    """Return a file of a draft or case with what is in it.

    Raises
    ------
    MissingError
        The draft or case has no such file.
    """
    query = select(FILES).where(FILES.c.id == file, FILES.c.owner == owner)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise MissingError("hall_applying.no_file", given=file)
    content = node.vault.unseal(connection, owner, row.sealed)
    return _file(node, connection, row), content


def drop(write: Write, owner: str, file: str) -> None:
    """Drop a file of a draft.

    Raises
    ------
    MissingError
        The draft has no such file.
    """
    gone = write.connection.execute(delete(FILES).where(FILES.c.id == file, FILES.c.owner == owner))
    if not gone.rowcount:
        raise MissingError("hall_applying.no_file", given=file)


def move(write: Write, draft: str, case: str) -> None:
    """Give the files of a draft to the case that it became: sealed anew, under the case's key."""
    query = select(FILES).where(FILES.c.owner == draft).order_by(FILES.c.id)
    for row in write.connection.execute(query).all():
        about = write.unseal(draft, row.about)
        content = write.unseal_bytes(draft, row.sealed)
        write.run(
            update(FILES)
            .where(FILES.c.id == row.id)
            .values(
                owner=case,
                case=case,
                draft=None,
                about=write.seal(case, about),
                sealed=write.seal_bytes(case, content),
            )
        )


def send(write: Write, to: str, owner: str, files: Iterable[File]) -> None:
    """Send files of a case ahead of the message that names them; nothing to the node itself."""
    if to != write.node.code:
        for file in files:
            _send(write, to, owner, owner, file, file.id)


def pass_on(write: Write, to: str, owner: str, case: str, files: Iterable[File]) -> list[str]:
    """Give copies of a joint case's files to one of its steps; return their ids.

    Each step has copies of its own, under its own key: one can be erased without the other.
    """
    made = []
    for file in files:
        own = write.new_id()
        if to == write.node.code:
            _, content = content_of(write.node, write.connection, owner, file.id)
            copied = replace(file, id=own)
            columns = _columns(write, copied, content, case)
            write.run(insert(FILES).values(**columns, owner=case, case=case))
        else:
            _send(write, to, owner, case, file, own)
        made.append(own)
    return made


def _send(write: Write, to: str, owner: str, case: str, file: File, id_: str) -> None:
    _, content = content_of(write.node, write.connection, owner, file.id)
    body = {**told(file), "id": id_, "content": base64.b64encode(content).decode()}
    write.send(to, "file", case, body, purpose=say("hall_applying.purpose_file", "zh"))


def told(file: File) -> dict[str, Any]:
    """Return what a message says of a file."""
    return {
        "id": file.id,
        "name": file.filename,
        "document": file.name,
        "media": file.media,
        "sha256": file.sha256,
        "size": file.size,
    }


def forget(write: Write, owner: str) -> None:
    """Drop all files of a draft that is dropped."""
    write.run(delete(FILES).where(FILES.c.owner == owner))
