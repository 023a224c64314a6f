"""Counts that nodes tell each other each day, so that a board can set cities side by side.

They are sums by day, basic item and city, of nobody's case: how many came, were decided, refused,
in time, how many working days, visits and stars. Each node keeps what others told it, and can
show the differences between cities also while another node is down.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from onecity.core.errors import InputError
from onecity.core.words import say

from .counts import SUMS
from .mail.received import Received
from .tables.cases import COUNTERS, DAYS, PEER_DAYS
from .writing import Write

if TYPE_CHECKING:
    from .node import Node

KIND = "figures"
_SERIES = "figures"
_AGAIN = timedelta(days=7)
"""Days that are told once more: an application may come late, an appraisal later still."""
_LONGEST = timedelta(days=400)
_MOST = 20_000
_LARGEST = 1e9


def share(node: "Node") -> int:
    """Tell other nodes the counts of the days that are over, once a day; return to how many."""
    today = node.today()
    with node.reading() as connection:
        if _told_until(connection) >= today.toordinal():
            return 0
    others = [
        one.code
        for one in node.trust.standing(node.office.clock())
        if one.kind != "portal" and one.code != node.code
    ]
    with node.writing(node.itself) as write:
        told = _told_until(write.connection)
        if told >= today.toordinal():
            return 0
        since = today - _LONGEST if not told else date.fromordinal(told) - _AGAIN
        _keep_told(write, today)
        rows = _rows(write, since, today)
        if not rows:
            return 0
        body = {"since": since.isoformat(), "until": today.isoformat(), "rows": rows}
        for code in others:
            write.send(code, KIND, "", body, purpose=say("hall_node.purpose_figures", "zh"))
    return len(others)


def _told_until(connection: Any) -> int:
    query = select(COUNTERS.c.last).where(COUNTERS.c.series == _SERIES)
    return int(connection.execute(query).scalar_one_or_none() or 0)


def _keep_told(write: Write, today: date) -> None:
    mine = update(COUNTERS).where(COUNTERS.c.series == _SERIES).values(last=today.toordinal())
    if not write.connection.execute(mine).rowcount:
        write.run(insert(COUNTERS).values(series=_SERIES, last=today.toordinal()))


def _rows(write: Write, since: date, until: date) -> list[list[Any]]:
    keys = (DAYS.c.day, DAYS.c.basic, DAYS.c.city)
    query = select(*keys, *(func.sum(DAYS.c[one]) for one in SUMS)).where(
        DAYS.c.day >= since.isoformat(), DAYS.c.day < until.isoformat()
    )
    found = write.connection.execute(query.group_by(*keys).order_by(*keys).limit(_MOST))
    return [
        [day, basic, city, *(one if isinstance(one, float) else int(one) for one in sums)]
        for day, basic, city, *sums in found
    ]


def taken(write: Write, received: Received) -> None:
    """Keep the counts that another node tells of its own cities.

    Raises
    ------
    InputError
        They are not fit, or of a city that is not the sender's.
    """
    body, peer = received.body, write.node.peer(received.sender)
    since, until = _day(body, "since"), _day(body, "until")
    given = body.get("rows")
    if not isinstance(given, list) or len(given) > _MOST:
        raise InputError("hall_node.bad_body", name="rows")
    cities = {*peer.cities, ""} if peer.kind == "province" else set(peer.cities)
    rows = [_row(received.sender, one, since, until, cities) for one in given]
    if len({(one["day"], one["basic"], one["city"]) for one in rows}) < len(rows):
        raise InputError("hall_node.bad_body", name="rows")
    table = PEER_DAYS.c
    write.run(
        delete(PEER_DAYS).where(
            table.node == received.sender,
            table.day >= since.isoformat(),
            table.day < until.isoformat(),
        )
    )
    if rows:
        write.connection.execute(insert(PEER_DAYS), rows)


def _row(node: str, given: Any, since: date, until: date, cities: set[str]) -> dict[str, Any]:
    if not isinstance(given, list) or len(given) != len(SUMS) + 3:
        raise InputError("hall_node.bad_body", name="rows")
    day, basic, city, *sums = given
    texts = all(isinstance(one, str) and len(one) <= 64 for one in (day, basic, city))
    if not texts or city not in cities or not since.isoformat() <= day < until.isoformat():
        raise InputError("hall_node.bad_body", name="rows")
    for one in sums:
        number = isinstance(one, int | float) and not isinstance(one, bool)
        if not number or not 0 <= one <= _LARGEST:
            raise InputError("hall_node.bad_body", name="rows")
    named = dict(zip(SUMS, sums, strict=True))
    whole = {name: value if name == "days" else int(value) for name, value in named.items()}
    return {"node": node, "day": day, "basic": basic, "city": city, **whole}


def _day(body: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(body.get(name)))
    except ValueError as error:
        raise InputError("hall_node.bad_body", name=name) from error


HANDLERS = {KIND: taken}
