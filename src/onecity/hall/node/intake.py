"""Taking in an application: checked against the item, kept as a case, before its department."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases import Case, CaseEvent, State, What
from onecity.hall.catalogue import Applicant, Item, Way
from onecity.identity.clock import moment

from . import clocks, rows, workflow
from .acting import number_of, set_timers, tell
from .clocks import Limits
from .processes import facts_of
from .rows import Kept, News
from .tables.cases import CASES
from .writing import CHINA, Write

if TYPE_CHECKING:
    from .node import Node

_LONGEST = 200
_OWN = frozenset(
    {
        "case", "number", "item", "version", "way", "from_city", "taken_in_by", "portal",
        "on_behalf", "parent", "step", "at", "hops", "case_version", "from_node",
    }
)  # fmt: skip
"""What of an application stands in columns; the rest is sealed."""


def take_in(write: Write, application: Mapping[str, Any], *, sender: str = "") -> Case:
    """Make a case of an application, in a transaction under way.

    Parameters
    ----------
    application
        As portals and windows send it: ``case`` and ``number``, ``item`` and ``version``, ``way``,
        ``from_city``, ``taken_in_by`` and ``portal`` (nodes that are told), ``on_behalf``,
        ``applicant``, ``data``, ``files``, ``evidence``, ``parent``, ``step``, ``agrees``.
    sender
        The node that sent it; it is told that the case is here, unless it is this one.

    Raises
    ------
    InputError
        Something is missing or not fit, the item is not decided here, or the case is known.
    MissingError
        There is no such item or version.
    """
    node = write.node
    id_, number = _text(application, "case"), _text(application, "number")
    item = node.editions.item(_text(application, "item"), _version(application))
    _check(node, item, application)
    known = select(CASES.c.number).where((CASES.c.id == id_) | (CASES.c.number == number))
    if write.connection.execute(known).first() is not None:
        raise InputError("hall_node.case_known", number=number)
    kept = _kept(write, id_, number, item, application)
    event = CaseEvent(What.RECEIVED, write.now, write.by.name, unit=item.authority)
    words, origin = str(application.get("words") or ""), application.get("from_node")
    news = News(event, words, {"from_node": origin} if origin else {})
    rows.add(write, kept, news)
    process = node.processes.of(item)
    first = workflow.first_tasks(process, facts_of(process, kept.case))
    if node.processes.is_own(item):  # it may be another one before the case begins
        workflow.keep_definition(write.connection, process)
    workflow.add_tasks(write, kept.case, first, kept.due, kept.warn)
    set_timers(write, kept)
    tell(write, kept, news, to=() if sender == node.code else None)
    return kept.case


def _kept(write: Write, id_: str, number: str, item: Item, application: Mapping[str, Any]) -> Kept:
    node, process = write.node, write.node.processes.of(item)
    applicant = application["applicant"]
    way = application.get("way")
    case = Case(
        id=id_,
        number=number,
        item=item.code,
        version=item.version,
        authority=item.authority,
        city=item.city,
        state=State.RECEIVED,
        applicant=Applicant(applicant["kind"]),
        submitted_at=_moment(application, "at", write.now),
        way=None if way is None else Way(way),
        from_city=_text(application, "from_city", ""),
        # Empty for a case of an older system that is handed over: nobody follows it.
        taken_in_by=_text(application, "taken_in_by", ""),
        portal=_text(application, "portal", ""),
        on_behalf=bool(application.get("on_behalf")),
        parent=_text(application, "parent", ""),
        step=_text(application, "step", ""),
        process=process.code,
        edition=process.digest,
        legal=item.legal,
        promised=item.promised,
        seen=max(1, int(application.get("case_version") or 1)),
    )
    found = first_limits(node.calendar, write.now)
    mine = number_of(applicant)
    sealed = write.seal(id_, {k: v for k, v in application.items() if k not in _OWN})
    more = {
        "applicant": case.applicant.value,
        "hops": int(application.get("hops") or 0),
    }
    subject = node.vault.blind(mine) if mine else None
    return Kept(case, item, more, subject, found.due, found.warn, sealed)


def first_limits(calendar: WorkingCalendar, now: datetime) -> Limits:
    """Return the limits of a case that came in now: for a whole day they are the same."""
    there = now.astimezone(CHINA)
    return _first_limits(calendar, there.replace(hour=0, minute=0, second=0, microsecond=0))


@lru_cache(maxsize=64)
def _first_limits(calendar: WorkingCalendar, start: datetime) -> Limits:
    return clocks.intake_limits(calendar, (CaseEvent(What.RECEIVED, start),), start)


def _check(node: "Node", item: Item, application: Mapping[str, Any]) -> None:
    department = node.editions.catalogue(node.today()).department.get(item.authority)
    if department is None or not node.acts_for(department):
        raise InputError("hall_node.not_ours", item=item.code, unit=item.authority)
    applicant = application.get("applicant")
    if not isinstance(applicant, Mapping) or applicant.get("kind") not in set(Applicant):
        raise InputError("hall_node.bad_body", name="applicant")
    if not isinstance(application.get("data", {}), Mapping):
        raise InputError("hall_node.bad_body", name="data")
    way = application.get("way")
    if way is None:
        return
    if way not in set(Way):
        raise InputError("hall_node.bad_body", name="way")
    if Way(way) not in item.ways:
        raise InputError("hall_node.way_not_offered", item=item.code, way=Way(way))


def _version(application: Mapping[str, Any]) -> int:
    version = application.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise InputError("hall_node.bad_body", name="version")
    return version


def _moment(application: Mapping[str, Any], name: str, default: datetime) -> datetime:
    value = application.get(name)
    if value is None:
        return default
    try:
        return min(moment(str(value)), default)
    except ValueError as error:
        raise InputError("hall_node.bad_body", name=name) from error


def _text(application: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = application.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        if value == "" and default is not None:
            return default
        raise InputError("hall_node.bad_body", name=name)
    return value
