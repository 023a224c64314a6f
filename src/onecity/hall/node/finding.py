"""Finding somebody's cases by their identity number or credit code: a look at each of them.

The number stands in no address and in no log. Every case that is shown is logged as looked at, and
its owner is told, as if it had been opened: that somebody has a case here is personal by itself.
"""

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.identity import Actor

from .desk import CASE_COLUMNS, MOST, CaseRows, case_row, rows_before
from .looks import look
from .rights import LOOK
from .tables.cases import CASES

if TYPE_CHECKING:
    from .node import Node

SEARCHED = "person.searched"
"""What the trail calls it."""
_IDENTITY = re.compile(r"[0-9A-Z]{18}")


def of_person(
    node: "Node",
    number: str,
    *,
    by: Actor,
    address: str = "",
    reason: str = "",
    page: int = 1,
    size: int = 20,
) -> CaseRows:
    """Return a page of the cases of whoever has an identity number or credit code, newest first.

    Those alone that whoever asks may look at; how many there are besides is not told.

    Raises
    ------
    ForbiddenError
        They may not look at cases.
    InputError
        It is no such number, or the page is out of range.
    """
    first = rows_before(page, size)
    units = node.handling.desk.units(by, LOOK)
    typed = "".join(number.split()).upper()
    if not _IDENTITY.fullmatch(typed):
        raise InputError("hall_node.no_identity")
    subject, why = node.vault.blind(typed), reason.strip() or say("hall_node.look_by_number", "zh")
    query: Select[Any] = select(*CASE_COLUMNS, CASES.c.portal).where(CASES.c.subject == subject)
    with node.writing(by, address) as write:
        every = write.connection.execute(query.limit(MOST)).all()
        mine = sorted(
            (one for one in every if units is None or one.unit in units),
            key=lambda one: (one.opened, one.id),
            reverse=True,
        )
        shown = mine[first : first + size]
        for one in shown:
            look(
                write, case=one.id, number=one.number, portal=one.portal, subject=subject,
                reason=why,
            )  # fmt: skip
        write.tell(SEARCHED, "node", node.code, after={"found": len(mine), "shown": len(shown)})
        return CaseRows(tuple(case_row(one, write.now) for one in shown), len(mine))
