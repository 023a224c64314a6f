"""Cases of a node as a catalogue's caseloads: how many crossed which border, and how they fared.

What an office has handled can so be analysed like any catalogue (`onecity.hall.exchange`), and
drawn on the map as flows between cities. Sums alone, of nobody's case.
"""

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from onecity.core.words import say
from onecity.hall.cases import Outcome
from onecity.hall.cases.clock import CHINA
from onecity.hall.catalogue import Caseload, Way
from onecity.identity.clock import moment, stamp

from .items import whole
from .tables.cases import CASES

if TYPE_CHECKING:
    from onecity.hall.catalogue import Item

    from .node import Node

_HOME = case((CASES.c.from_city == "", CASES.c.city), else_=CASES.c.from_city)
_ACROSS = case((CASES.c.city == _HOME, None), else_=CASES.c.way)
"""How a case crosses a border: one that was handed over to the applicant's own city does not."""


def caseloads(node: "Node") -> tuple[Caseload, ...]:
    """Return the cases of a node by item, year, applicant's city and way; handed over ones apart.

    Days are the mean of those decided, in working days; visits and documents those that the item
    asks for. A year is that in China in which a case came in.
    """
    here = CASES.c.state != "handed_over"
    with node.reading() as connection:
        items = {one.code: one for one in whole(connection).items}
        first, last = connection.execute(
            select(func.min(CASES.c.opened), func.max(CASES.c.opened)).where(here)
        ).one()
        if first is None:
            return ()
        found = []
        for year in range(_year(moment(first)), _year(moment(last)) + 1):
            keys = (CASES.c.item, _HOME, _ACROSS)
            refused = func.sum((CASES.c.outcome == Outcome.REFUSE.value).cast(CASES.c.in_time.type))
            query = (
                select(*keys, func.count(), func.avg(CASES.c.days), refused)
                .where(here, CASES.c.opened >= _begins(year), CASES.c.opened < _begins(year + 1))
                .group_by(*keys)
                .order_by(*keys)
            )
            for code, home, way, count, days, no in connection.execute(query):
                item = items.get(code)
                if item is not None:
                    found.append(_load(item, year, home, way, float(count), days, float(no or 0)))
    return tuple(found)


def _load(
    item: "Item", year: int, home: str, way: str | None, count: float, days: float | None, no: float
) -> Caseload:
    return Caseload(
        item.code,
        year,
        home,
        None if way is None else Way(way),
        count,
        None if days is None else float(days),
        float(item.visits),
        float(len(item.requirements)),
        no,
        say("hall_loading.caseload_source", "zh"),
    )


def _year(at: datetime) -> int:
    return at.astimezone(CHINA).year


def _begins(year: int) -> str:
    return stamp(datetime.combine(date(year, 1, 1), time(), CHINA))
