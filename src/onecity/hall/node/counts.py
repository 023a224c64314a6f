"""What the board sums up, kept with every change: cases of a day, and of a state.

Both tables are small whatever the number of cases: a row for each day, department and item that
had any, and one for each department and state. Whoever adds cases in bulk sums them up in a
`Tally`; `anew` makes both tables from the cases.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import Insert as InsertPg
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import Insert as InsertLite
from sqlalchemy.dialects.sqlite import insert as insert_lite

from onecity.hall.cases import Case, Outcome, State
from onecity.hall.catalogue import Item
from onecity.identity.clock import moment

from .tables.applying import JOINTS, STEPS
from .tables.cases import CASES, DAYS, LOADS
from .writing import CHINA, Write

if TYPE_CHECKING:
    from datetime import datetime

    from .rows import Kept

SUMS = (
    "came", "ended", "decided", "refused", "in_time", "days", "visits", "appraised", "stars",
    "crossed",
)  # fmt: skip
_KEY = ("day", "unit", "item")
LEFT = frozenset({State.DECIDED, State.CLOSED, State.REJECTED, State.WITHDRAWN, State.HANDED_OVER})
"""States in which the authority has said what it says: the case is no load any more."""
DECIDED = frozenset({State.DECIDED, State.CLOSED, State.REJECTED})
"""Those of them in which it has decided, or said that it does not accept."""


def _added(dialect: str) -> InsertPg | InsertLite:
    """Return the statement that adds figures to those of a day."""
    made = insert_pg(DAYS) if dialect == "postgresql" else insert_lite(DAYS)
    sums = {name: DAYS.c[name] + made.excluded[name] for name in SUMS}
    return made.on_conflict_do_update(index_elements=[DAYS.c[one] for one in _KEY], set_=sums)


def _moved(dialect: str) -> InsertPg | InsertLite:
    """Return the statement that adds to the number of cases of a department in a state."""
    made = insert_pg(LOADS) if dialect == "postgresql" else insert_lite(LOADS)
    return made.on_conflict_do_update(
        index_elements=[LOADS.c.unit, LOADS.c.state],
        set_={"count": LOADS.c.count + made.excluded.count},
    )


_ADD = {name: _added(name) for name in ("sqlite", "postgresql")}
_MOVE = {name: _moved(name) for name in ("sqlite", "postgresql")}


def came(write: Write, given: Case, item: Item) -> None:
    """Count a case that came."""
    crossed = int(bool(given.from_city) and given.from_city != item.city)
    _day(write, given, item, given.submitted_at, came=1, crossed=crossed)
    _load(write, given.authority, {given.state: 1})


def changed(write: Write, before: "Kept", after: "Kept") -> None:
    """Count what a change of a case adds."""
    old, new = before.case, after.case
    if old.state is not new.state:
        _load(write, new.authority, {old.state: -1, new.state: 1})
    if old.state not in LEFT and new.state in LEFT:
        decided = new.state in DECIDED
        more = after.more
        _day(
            write, new, after.item, write.now,
            ended=1,
            decided=int(decided),
            refused=int(new.outcome is Outcome.REFUSE or new.state is State.REJECTED),
            in_time=int(more.get("in_time") or 0) if decided else 0,
            days=float(more.get("days") or 0.0) if decided else 0.0,
            visits=after.item.visits if decided else 0,
        )  # fmt: skip
    stars = int(after.more.get("stars") or 0) - int(before.more.get("stars") or 0)
    if stars:
        _day(write, new, after.item, write.now, appraised=1, stars=stars)


NOT_DONE = ("refused", "withdrawn", "stopped")
"""States of a step of a life event that is over and was not granted."""
EVENT = "event:"
"""How the item of a row begins that sums up life events, which are no department's."""


def event(write: Write, code: str, city: str, **sums: float) -> None:
    """Count what a change of a life event adds, in the city that leads it."""
    values = _of_event(code, city, f"{write.now.astimezone(CHINA):%Y-%m-%d}")
    write.connection.execute(_ADD[write.connection.dialect.name], {**values, **sums})


def _of_event(code: str, city: str, day: str) -> dict[str, Any]:
    """Return the row of a life event and a day, with nothing counted."""
    name = f"{EVENT}{code}"
    keys = {"day": day, "unit": "", "item": name, "basic": name, "city": city}
    return {**keys, **dict.fromkeys(SUMS, 0)}


def _day(write: Write, given: Case, item: Item, at: "datetime", **sums: float) -> None:
    values: dict[str, Any] = {
        "day": f"{at.astimezone(CHINA):%Y-%m-%d}",
        "unit": given.authority,
        "item": given.item,
        "basic": item.basic_code,
        "city": given.city,
        **dict.fromkeys(SUMS, 0),
        **sums,
    }
    write.connection.execute(_ADD[write.connection.dialect.name], values)


def _load(write: Write, unit: str, moves: dict[State, int]) -> None:
    rows = [{"unit": unit, "state": one.value, "count": count} for one, count in moves.items()]
    write.connection.execute(_MOVE[write.connection.dialect.name], rows)


_TO_THE_HOUR = len("2026-03-02T01")


@lru_cache(maxsize=4096)
def _day_at(hour: str) -> str:
    """Return the day in China of an hour: its zone is whole hours from UTC."""
    return f"{moment(f'{hour}:00:00.000000Z').astimezone(CHINA):%Y-%m-%d}"


class Tally:
    """Sums up cases that are added in bulk."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._loads: dict[tuple[str, str], int] = defaultdict(int)

    def add(self, row: Mapping[str, Any], visits: int) -> None:
        """Count a case by the columns of its row, and the visits that its item takes."""
        self._loads[row["unit"], row["state"]] += 1
        crossed = bool(row["from_city"]) and row["from_city"] != row["city"]
        self._sum(row, row["opened"], came=1, crossed=int(crossed))
        left = row["decided"] or row["closed"]
        if row["state"] in LEFT and left is not None:
            decided = row["state"] in DECIDED
            self._sum(
                row,
                left,
                ended=1,
                decided=int(decided),
                refused=int(row["outcome"] == Outcome.REFUSE or row["state"] == State.REJECTED),
                in_time=(row["in_time"] or 0) if decided else 0,
                days=(row["days"] or 0.0) if decided else 0.0,
                visits=visits if decided else 0,
                appraised=int(row["stars"] is not None),
                stars=row["stars"] or 0,
            )

    def _sum(self, row: Mapping[str, Any], at: str, **sums: float) -> None:
        key = (_day_at(at[:_TO_THE_HOUR]), row["unit"], row["item"])
        known = self._days.get(key)
        if known is None:
            known = dict(zip(_KEY, key, strict=True))
            known |= {"basic": row["basic"], "city": row["city"], **dict.fromkeys(SUMS, 0)}
            self._days[key] = known
        for name, value in sums.items():
            known[name] += value

    def write(self, connection: Connection) -> None:
        """Add what was counted to the tables, and begin anew."""
        dialect = connection.dialect.name
        if self._days:
            connection.execute(_ADD[dialect], list(self._days.values()))
        loads = [{"unit": u, "state": s, "count": n} for (u, s), n in self._loads.items()]
        if loads:
            connection.execute(_MOVE[dialect], loads)
        self._days.clear()
        self._loads.clear()


def anew(connection: Connection, visits: Mapping[str, int]) -> None:
    """Make both tables from the cases; `visits` that each item takes, by its code.

    Appraisals count on the day of the decision then: when they came is not in a case's row.
    """
    tally = Tally()
    names = (
        "unit", "state", "item", "basic", "city", "from_city", "opened", "decided", "closed",
        "outcome", "in_time", "days", "stars",
    )  # fmt: skip
    query = select(*(CASES.c[one] for one in names)).execution_options(yield_per=10_000)
    with connection.execute(query) as found:
        for row in found.mappings():
            tally.add(dict(row), visits.get(row["item"], 0))
    events = _events(connection)
    connection.execute(delete(DAYS))
    connection.execute(delete(LOADS))
    tally.write(connection)
    if events:
        connection.execute(_ADD[connection.dialect.name], events)


def _events(connection: Connection) -> list[dict[str, Any]]:
    """Return what every life event that is led here adds to the sums."""
    lost = select(STEPS.c.parent).where(STEPS.c.state.in_(NOT_DONE))
    failed = set(connection.execute(lost).scalars())
    columns = (
        JOINTS.c.case, JOINTS.c.event, JOINTS.c.city, JOINTS.c.state, JOINTS.c.opened,
        JOINTS.c.closed, JOINTS.c.days, JOINTS.c.stars, JOINTS.c.record,
    )  # fmt: skip
    found = []

    def add(row: Any, at: str, **sums: float) -> None:
        found.append({**_of_event(row.event, row.city, _day_at(at[:_TO_THE_HOUR])), **sums})

    for row in connection.execute(select(*columns)):
        add(row, row.opened, came=1)
        if row.closed is not None:
            decided = row.state != State.WITHDRAWN
            refused = int(decided and row.case in failed)
            days = row.days if decided else 0
            add(row, row.closed, ended=1, decided=int(decided), refused=refused, days=days)
        if row.stars is not None:
            at = json.loads(row.record)["appraised"]
            add(row, at, appraised=1, stars=row.stars)
    return found
