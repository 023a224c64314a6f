"""What departments of a node hold: put in as results are issued, found by whom it is about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from onecity.hall.node.tables.mail import HOLDINGS

from .model import Holding, Subject

if TYPE_CHECKING:
    from onecity.hall.node.writing import Write


def put(write: "Write", holding: Holding) -> None:
    """Keep a document; its contents sealed under its own key, its subject blind."""
    content = {
        "subject": holding.subject.as_record(),
        "number": holding.number,
        "fields": dict(holding.fields),
        "labels": dict(holding.labels),
    }
    write.run(
        insert(HOLDINGS).values(
            id=holding.id,
            subject=write.node.vault.blind(holding.subject.number),
            document=holding.document,
            department=holding.department,
            issued=holding.issued,
            until=holding.until,
            source=holding.source,
            revoked=None,
            sealed=write.seal(holding.id, content),
        )
    )


def find(write: "Write", document: str, subject: Subject, today: str) -> Holding | None:
    """Return the newest document of a kind that stands on a day and is about somebody.

    Number and name must both fit: a number alone, perhaps guessed, finds nothing.
    """
    rows = write.connection.execute(
        select(HOLDINGS)
        .where(
            HOLDINGS.c.subject == write.node.vault.blind(subject.number),
            HOLDINGS.c.document == document,
            HOLDINGS.c.revoked.is_(None),
            or_(HOLDINGS.c.until.is_(None), HOLDINGS.c.until >= today),
        )
        .order_by(HOLDINGS.c.issued.desc(), HOLDINGS.c.id.desc())
    )
    for row in rows.all():
        held = _holding(row, write.unseal(row.id, row.sealed))
        if held.subject == subject:
            return held
    return None


def revoke(write: "Write", source: str) -> int:
    """Let documents that came from somewhere, as a case, stand no more; return how many did."""
    done = write.connection.execute(
        update(HOLDINGS)
        .where(HOLDINGS.c.source == source, HOLDINGS.c.revoked.is_(None))
        .values(revoked=write.at)
    )
    return int(done.rowcount)


def only(values: Mapping[str, Any], wanted: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that are wanted and there, no other."""
    return {name: values[name] for name in wanted if name in values}


def _holding(row: Any, content: Mapping[str, Any]) -> Holding:
    subject = content["subject"]
    return Holding(
        id=row.id,
        document=row.document,
        department=row.department,
        issued=row.issued,
        until=row.until,
        source=row.source,
        subject=Subject(subject["number"], subject["name"]),
        number=content["number"],
        fields=content["fields"],
        labels=content["labels"],
    )
