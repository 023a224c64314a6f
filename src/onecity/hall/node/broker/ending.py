"""The end of what a department holds: revoked by a person, or run out; then erased.

A document that was issued is not the file of the case that it came from. It stands by its own law:
until its last day, or until the authority cancels it (行政许可法 art. 70: the term ran out, the
holder died, the permit was withdrawn). So erasing a case leaves what was granted in it standing.
Once it stands no more, nobody is given it, and after as many days as the node keeps cases its key
is destroyed, as nothing needs it any longer (个人信息保护法 art. 47).
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from onecity.core.errors import MissingError
from onecity.hall.node.rights import MANAGE
from onecity.hall.node.tables.cases import CASES
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.tables.mail import HOLDINGS
from onecity.identity import Actor
from onecity.identity.clock import stamp

from . import holding

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

REVOKED, ERASED = "evidence.revoked", "evidence.erased"
"""What the trail calls it."""
_AT_ONCE = 500


def revoke_numbered(node: "Node", number: str, *, reason: str, by: Actor, address: str = "") -> int:
    """Let the documents that a case granted be given to nobody any more; return how many stood.

    Parameters
    ----------
    number
        Of the case, or of its result.
    reason
        Why, as the log keeps it: nothing personal.

    Raises
    ------
    ForbiddenError
        Whoever asks may not look after the node.
    MissingError
        There is no such case here, or nothing of it stands.
    """
    node.office.require(by, MANAGE)
    with node.writing(by, address) as write:
        query = select(CASES.c.id).where(CASES.c.number == number.removesuffix("-R"))
        case = write.connection.execute(query).scalar_one_or_none()
        done = 0 if case is None else holding.revoke(write, case)
        if case is None or not done:
            raise MissingError("hall_broker.nothing_stands", given=number[:60])
        write.tell(REVOKED, "case", case, after={"documents": done, "reason": reason[:200]})
    return done


def erase_ended(node: "Node") -> int:
    """Destroy the keys of documents that have stood no more for as long as cases are kept.

    Returns how many; none where the node keeps cases for ever.
    """
    days = node.config.limits.keep_days
    if not days:
        return 0
    now, erased = node.office.clock(), 0
    moment = stamp(now - timedelta(days=days))
    day = (node.today() - timedelta(days=days)).isoformat()
    ended = (
        select(HOLDINGS.c.id)
        .join(KEYS, KEYS.c.owner == HOLDINGS.c.id)
        .where(KEYS.c.wrapped.is_not(None))
        .where(or_(HOLDINGS.c.revoked < moment, HOLDINGS.c.until < day))
    )
    while True:
        with node.writing(node.itself) as write:
            some = list(write.connection.execute(ended.limit(_AT_ONCE)).scalars())
            for one in some:
                write.erase(one)
            if some:
                write.tell(ERASED, "node", node.code, after={"holdings": len(some)})
        erased += len(some)
        if len(some) < _AT_ONCE:
            return erased
