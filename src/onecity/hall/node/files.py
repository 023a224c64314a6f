"""Files of cases: kept sealed under the case's key, and sent to other nodes before what needs them.

`about` of a row is ``{name, document, sha256}``, sealed: what a file is called may be personal.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, insert, select

from onecity.core.errors import InputError, MissingError
from onecity.hall.cases import State
from onecity.identity.clock import moment

from . import claims
from .mail.received import Received
from .tables.applying import FILES
from .tables.cases import CASES
from .writing import Write

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case: what it is called, of which kind, and for which document."""

    id: str
    name: str
    media: str
    size: int
    document: str
    sha256: str
    at: datetime


def of_case(write: Write, case: str) -> tuple[CaseFile, ...]:
    """Return the files of a case, the oldest first.

    Raises
    ------
    MissingError
        They were erased.
    """
    names = (FILES.c.id, FILES.c.owner, FILES.c.media, FILES.c.size, FILES.c.at, FILES.c.about)
    query = select(*names).where(FILES.c.case == case).order_by(FILES.c.id)
    rows = write.connection.execute(query)
    return tuple(_told(row, write.unseal(row.owner, row.about)) for row in rows)


def content_of(write: Write, case: str, file: str) -> tuple[CaseFile, bytes]:
    """Return a file of a case with its bytes.

    Raises
    ------
    MissingError
        The case has none of that id, or it was erased.
    """
    row = _row(write, file)
    if row.case != case:
        raise MissingError("hall_node.no_file", given=file)
    found = _told(row, write.unseal(row.owner, row.about))
    return found, write.unseal_bytes(row.owner, row.sealed)


def _told(row: Any, about: Mapping[str, Any]) -> CaseFile:
    name, document, digest = about["name"], about["document"], about["sha256"]
    return CaseFile(row.id, name, row.media, row.size, document, digest, moment(row.at))


def packed(write: Write, file: str) -> dict[str, Any]:
    """Return a file as the body of a message."""
    row = _row(write, file)
    about = write.unseal(row.owner, row.about)
    content = write.unseal_bytes(row.owner, row.sealed)
    return {
        "id": row.id,
        "name": about["name"],
        "media": row.media,
        "document": about["document"],
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "content": b64encode(content).decode("ascii"),
    }


def keep(write: Write, received: Received) -> None:
    """Keep a file that another node sent for a case; one that is here already stays.

    Raises
    ------
    InputError
        It is not what the message says it is, too large, or one too many.
    """
    body = received.body
    _check_sender(write, received)
    texts = {one: _text(body, one) for one in ("id", "name", "media", "document", "sha256")}
    try:
        content = b64decode(str(body.get("content")).encode("ascii"), validate=True)
    except ValueError as error:
        raise InputError("hall_node.bad_body", name="content") from error
    if len(content) > write.node.config.limits.file_bytes:
        raise InputError("hall_node.bad_body", name="size")
    if sha256(content).hexdigest() != texts["sha256"]:
        raise InputError("hall_node.bad_body", name="sha256")
    known = select(FILES.c.case).where(FILES.c.id == texts["id"])
    found = write.connection.execute(known).one_or_none()
    if found is not None:
        if found.case != received.case:
            raise InputError("hall_node.bad_body", name="id")
        return
    there = select(func.count()).where(FILES.c.owner == received.case)
    most = write.node.config.limits.files
    if write.connection.execute(there).scalar_one() >= most:
        raise InputError("hall_applying.too_many_files", most=most)
    about = {name: texts[name] for name in ("name", "document", "sha256")}
    write.connection.execute(
        insert(FILES),
        {
            "id": texts["id"],
            "owner": received.case,
            "draft": None,
            "case": received.case,
            "at": write.at,
            "media": texts["media"],
            "size": len(content),
            "about": write.seal(received.case, about),
            "sealed": write.seal_bytes(received.case, content),
        },
    )


def _check_sender(write: Write, received: Received) -> None:
    """Refuse a file for a case that is here already, of a node that has no part in it."""
    query = select(CASES.c.number, CASES.c.portal, CASES.c.taken_in_by, CASES.c.state)
    case = write.connection.execute(query.where(CASES.c.id == received.case)).one_or_none()
    # A case that went on from here may come back, with files that came to it there.
    gone = case is not None and case.state == State.HANDED_OVER
    if case is None:
        claims.require_free(write, received)
    if case is None or gone or received.sender in {case.portal, case.taken_in_by}:
        return
    raise InputError("hall_node.not_follower", node=received.sender, number=case.number)


def _row(write: Write, file: str) -> Any:
    row = write.connection.execute(select(FILES).where(FILES.c.id == file)).one_or_none()
    if row is None:
        raise MissingError("hall_node.no_file", given=file)
    return row


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InputError("hall_node.bad_body", name=name)
    return value
