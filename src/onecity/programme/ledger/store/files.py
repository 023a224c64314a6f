"""The files of items: kept in the same transaction as the event that tells of them."""

from hashlib import sha256

from sqlalchemy import func, insert, select

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.words import Sentence
from onecity.identity import Actor
from onecity.identity.columns import storable
from onecity.identity.errors import ForbiddenError
from onecity.programme.ledger.model import Attachment, Event, What
from onecity.programme.ledger.way import COMMENT, MANAGE, WORK
from onecity.programme.strict import shown

from . import contents, rows
from .base import Base
from .schema import ATTACHMENTS, CONTENTS
from .writing import item_of


class Files(Base):
    """What can be done with files; see `Ledger`."""

    def attach(
        self, id_: str, name: str, content: bytes, *, by: Actor, address: str = ""
    ) -> Attachment:
        """Attach a file to an item; its id can then be given as evidence with a move.

        Raises
        ------
        InputError
            It is too large, of a kind that is not taken, or not what its name says.
        ForbiddenError
            Their unit has no part in the item, and they are no office.
        MissingError
            There is no such item.
        """
        type_ = contents.type_of(name, content)
        digest = sha256(content).hexdigest()
        with self.writing(by, address) as write:
            item, past = write.item(id_)
            rights = self._by(by, item, write.register)
            own = WORK in rights.permissions and item.responsible_unit in rights.units
            if not own and not {MANAGE, COMMENT} & rights.permissions:
                what = Sentence("ledger_store.permission_comment")
                raise ForbiddenError("identity.forbidden", who=by.name, what=what)
            count = select(func.count()).where(ATTACHMENTS.c.item == id_)
            if write.connection.execute(count).scalar_one() >= contents.MOST:
                raise InputError("ledger_store.files_many", most=contents.MOST)
            made = Attachment.made(
                id=write.new_id(),
                item=id_,
                name=name,
                type=type_,
                size=len(content),
                sha256=digest,
                at=write.now,
                who=by.name,
            )
            held = select(CONTENTS.c.sha256).where(CONTENTS.c.sha256 == digest)
            if write.connection.execute(held).first() is None:
                write.run(insert(CONTENTS).values(sha256=digest, content=content))
            values = {"id": made.id, "item": id_, "sha256": digest, "size": made.size}
            write.run(insert(ATTACHMENTS).values(**values, record=rows.text_of(made)))
            event = Event.made(
                item=id_,
                at=write.now,
                who=by.name,
                unit=rights.unit,
                what=What.ATTACHED,
                evidence=(made.id,),
                after={"file": digest},
            )
            write.touch(item, past, event)
            write.event(event, item)
        return made

    def attachments(self, id_: str) -> tuple[Attachment, ...]:
        """Return the files of an item, first to last.

        Raises
        ------
        MissingError
            There is no such item.
        """
        query = (
            select(ATTACHMENTS.c.record).where(ATTACHMENTS.c.item == id_).order_by(ATTACHMENTS.c.id)
        )
        with self.office.database.reading() as connection:
            found = tuple(map(rows.attachment, connection.execute(query).scalars()))
            if not found:
                item_of(connection, id_)
            return found

    def content(self, attachment_id: str) -> tuple[Attachment, bytes]:
        """Return a file, and what is known of it.

        Raises
        ------
        MissingError
            There is none of that id.
        StoreError
            Its content is not what was attached.
        """
        query = (
            select(ATTACHMENTS.c.record, CONTENTS.c.content)
            .join(CONTENTS, CONTENTS.c.sha256 == ATTACHMENTS.c.sha256)
            .where(ATTACHMENTS.c.id == storable(attachment_id))
        )
        with self.office.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise MissingError("ledger_store.no_file", given=shown(attachment_id))
        found, content = rows.attachment(row.record), bytes(row.content)
        if sha256(content).hexdigest() != found.sha256:
            raise StoreError("ledger_store.file_damaged", name=found.name)
        return found, content
