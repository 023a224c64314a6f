"""What another node may begin here: nothing under an id or a number that is something else's.

An id is the name of a key as well: a node that could begin a case under the id of somebody's draft
could have that draft's key destroyed with the case.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    literal,
    null,
    select,
    union_all,
)

from onecity.core.errors import InputError
from onecity.hall.cases import Case, State

from . import rows
from .mail.received import NotYetError, Received
from .tables.applying import APPLICANTS, DRAFTS, JOINTS, MINE, STEPS
from .tables.cases import CASES, OPINIONS
from .tables.mail import EVIDENCE, HOLDINGS, INBOX

if TYPE_CHECKING:
    from .writing import Write

_ID = re.compile("[0-9A-HJKMNP-TV-Z]{26}")
_HERE: BindParameter[str] = bindparam("the_id")
_OWN_WORDS = frozenset({"appraisal", "erasure"})
_OTHER, _CASE, _FOLLOWED, _STEP = "other", "case", "followed", "step"
_LEAD = MINE.alias("lead")
_KNOWN = union_all(
    *(
        select(
            literal(_OTHER).label("what"),
            null().label("told"),
            null().label("lead"),
            null().label("record"),
        ).where(column == _HERE)
        for column in (
            DRAFTS.c.id,
            APPLICANTS.c.id,
            HOLDINGS.c.id,
            EVIDENCE.c.id,
            JOINTS.c.case,
        )
    ),
    select(literal(_CASE), CASES.c.state, null(), null()).where(CASES.c.id == _HERE),
    select(literal(_FOLLOWED), MINE.c.node, _LEAD.c.node, MINE.c.record)
    .select_from(MINE.outerjoin(_LEAD, _LEAD.c.case == MINE.c.parent))
    .where(MINE.c.case == _HERE),
    select(literal(_STEP), STEPS.c.nodes, null(), null()).where(STEPS.c.case == _HERE),
)


def require_free(write: "Write", received: Received) -> None:
    """Do nothing if another node may begin something under the id that its message is about.

    A case that went on from here may be asked about by a node that it went to, one that is
    followed here by the node that handles it now, or sent by one that handed it over to this node,
    and a step of what this node leads by one that is known to have handled it.

    Raises
    ------
    InputError
        It is no id, or that of something else here.
    NotYetError
        It is not known yet that the sender handles that case: who does tells of it first.
    """
    node, sender = write.node, received.sender
    if sender == node.code:
        return
    if not _ID.fullmatch(received.case):
        raise InputError("hall_node.bad_body", name="case")
    found = write.connection.execute(_KNOWN, {"the_id": received.case}).all()
    for what, told, lead, record in found:
        if what == _OTHER or (what == _CASE and told != State.HANDED_OVER):
            raise InputError("hall_node.bad_body", name="case")
        if what == _CASE:
            handled_by = rows.went_to(write.connection, received.case)
        elif what == _STEP:
            handled_by = tuple(json.loads(told))
        else:
            came = json.loads(record)["nodes"] if told == node.code else ()
            handled_by = (told, lead, *came)
        if sender not in handled_by:
            raise NotYetError("hall_applying.not_handler", node=sender, case=received.case)


def require_new(write: "Write", received: Received) -> None:
    """Do nothing if nothing at all is here under the id that another node's message is about.

    Raises
    ------
    InputError
        Something is, or it is no id.
    """
    own = received.sender == write.node.code
    if not own and not _is_new(write.connection, received.case):
        raise InputError("hall_node.bad_body", name="case")


def _is_new(connection: Connection, given: str) -> bool:
    """Whether a text is an id under which nothing is kept here."""
    if not _ID.fullmatch(given):
        return False  # the node's own key has a name that is none
    asked = select(OPINIONS.c.id).where(OPINIONS.c.case == given).limit(1)
    known = connection.execute(_KNOWN, {"the_id": given}).first()
    return known is None and connection.execute(asked).first() is None


def require_speaker(case: Case, received: Received) -> None:
    """Do nothing if a node may say what the applicant of a case wants.

    The node that the applicant looks at may, and a window that took the case in; but how it was,
    and that it is to be erased, the applicant's node alone says. The node that leads a life event
    speaks for it in every step.

    Raises
    ------
    InputError
        It may not.
    """
    may = {case.portal} if received.kind in _OWN_WORDS else {case.portal, case.taken_in_by}
    if case.parent:
        may.add(case.taken_in_by)
    if received.sender not in may - {""}:
        raise InputError("hall_node.not_follower", node=received.sender, number=case.number)


def require_steps(write: "Write", received: Received, steps: Sequence[Mapping[str, Any]]) -> None:
    """Do nothing if the steps that a life event's lead tells of are its own, each told once.

    Raises
    ------
    InputError
        A step or its case stands there twice, or the case is something else here.
    """
    names = [one["step"] for one in steps]
    cases = [one["case"] for one in steps if one["case"] is not None]
    if len(set(names)) < len(names) or len(set(cases)) < len(cases):
        raise InputError("hall_node.bad_body", name="steps")
    parents = union_all(
        *(select(table.c.parent).where(_is_case(table)) for table in (CASES, MINE, STEPS))
    )
    for case in cases:
        known = write.connection.execute(_KNOWN, {"the_id": case}).all()
        others = write.connection.execute(parents, {"the_id": case}).scalars()
        if any(one.what == _OTHER for one in known) or set(others) - {received.case}:
            raise InputError("hall_node.bad_body", name="steps")


def erase_refused(write: "Write", received: Received) -> bool:
    """Erase what is left of an application that was refused here, and say so to who sent it.

    Whether that was all that is here under the id: nobody else could say that it is erased.
    """
    case, sender, connection = received.case, received.sender, write.connection
    came = select(INBOX.c.id).where(
        INBOX.c.sender == sender, INBOX.c.case == case, INBOX.c.state == "refused",
        INBOX.c.kind.in_(("application", "joint")),
    )  # fmt: skip
    if connection.execute(came.limit(1)).first() is None or not _is_new(connection, case):
        return False
    write.erase(case)
    write.tell("application.erased", "case", case)
    told = {"case": case, "erased": True, "at": write.at}
    write.send(sender, "erasure", case, told, purpose=received.purpose)
    return True


def _is_case(table: Table) -> ColumnElement[bool]:
    return (table.c.id if table is CASES else table.c.case) == _HERE


def require_number(write: "Write", received: Received) -> None:
    """Do nothing if a case of another node has a number that is not of this node's own series.

    Raises
    ------
    InputError
        It has, and is no case that got the number here: the next one here would find it taken.
    """
    code, number = write.node.code, str(received.body.get("number"))
    own = re.fullmatch(rf"{re.escape(code.upper())}[0-9]{{8}}-[0-9]+", number)
    if received.sender == code or own is None:
        return
    mine = select(MINE.c.case).where(MINE.c.case == received.case, MINE.c.number == number)
    if write.connection.execute(mine).first() is None:
        raise InputError("hall_node.bad_body", name="number")
