"""Many items at once: counted, on a board, over time, on the calendar and on the map."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from onecity.core.errors import InputError
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.dependencies import Planned
from onecity.programme.ledger.kinds import State
from onecity.programme.ledger.model import Item, Meeting
from onecity.programme.ledger.query import Count
from onecity.programme.ledger.records import record
from onecity.programme.ledger.rules import Mark
from onecity.web.desk import Desk
from onecity.web.ledger.asked import Day, Filters, Limit, Offset, Reader, Sort, paged
from onecity.web.ledger.money import curve_of
from onecity.web.ledger.overview_shapes import (
    Board,
    CalendarAnswer,
    Curve,
    Gantt,
    ItemCounts,
    ItemMap,
)
from onecity.web.ledger.places import county_names
from onecity.web.ledger.rows import RowTexts, json_of, listed, with_more
from onecity.web.problems import READING, documented
from onecity.web.words import words

WITHOUT_REGION = True
router = APIRouter(
    tags=["ledger"],
    responses=READING
    | documented(401, 403)
    | {304: {"description": "The asker holds this answer already."}},
)

CARDS = 50
"""Items that one column of the board shows."""
LONGEST = 400
"""Days of one calendar."""
MOST_HOLIDAYS = 366 * 5
"""Days around a page of the Gantt chart for which it is told which are not worked."""
MOST_FEATURES = 5_000
"""Items on one map."""
_DAY = timedelta(days=1)


@router.get("/ledger/counts", summary="How many items 计数", response_model=ItemCounts)
def counts(request: Request, hand: Reader, wanted: Filters, by: Count = "state") -> Response:
    """Return how many of the items there are of each state, mark, unit, city, month or the like."""
    book = hand.book
    hand.tagged(*(hand.who if wanted.mine else ()))

    def make() -> str:
        found = book.counts(wanted, by)
        return json_of({"by": by, "total": sum(found.values()), "counts": dict(found)})

    return hand.desk.shown.packed(book, ("counts", by), wanted, make).answer(request)


@router.get("/ledger/board", summary="Board 看板", response_model=Board)
def board(request: Request, hand: Reader, wanted: Filters, sort: Sort = "due") -> Response:
    """Return the items by their state, the first fifty of each."""
    query, book, rows = paged(wanted, sort, 0, CARDS), hand.book, hand.desk.shown.rows
    hand.tagged(*(hand.who if query.mine else ()))

    def make() -> str:
        several: dict[State, list[Item]] = {state: [] for state in State}
        totals: Counter[State] = Counter()
        for one in book.select(query):
            totals[one.state] += 1
            if totals[one.state] <= CARDS:
                several[one.state].append(one)
        columns = [
            f'{{"items":{listed(rows.of(book, cards))},'
            + json_of({"state": state.value, "label": words(state), "total": totals[state]})[1:]
            for state, cards in several.items()
        ]
        return f'{{"columns":{listed(columns)}}}'

    return hand.desk.shown.packed(book, "board", query, make).answer(request)


@router.get("/ledger/gantt", summary="Gantt chart 甘特图", response_model=Gantt)
def gantt(
    request: Request,
    hand: Reader,
    wanted: Filters,
    sort: Sort = "start",
    offset: Offset = 0,
    limit: Limit = 200,
) -> Response:
    """Return a page of items over time; critical path and slack are those of the whole ledger."""
    query, book, rows = paged(wanted, sort, offset, limit), hand.book, hand.desk.shown.rows
    hand.tagged(*(hand.who if query.mine else ()))

    def make() -> str:
        found = book.find(query)
        planned = {one.item: one for one in book.plan().items}
        texts = [
            with_more(text, _over_time(one, planned.get(one.id)))
            for one, text in zip(found.rows, rows.of(book, found.rows), strict=True)
        ]
        rest = {
            "total": found.total,
            "offset": offset,
            "limit": limit,
            "revision": book.revision,
            "today": book.day.isoformat(),
            "days": _holidays(book, found.rows),
        }
        return f'{{"rows":{listed(texts)},{json_of(rest)[1:]}'

    return hand.desk.shown.packed(book, "gantt", query, make).answer(request)


@router.get("/ledger/curve", summary="S-curve and earned value 进度曲线", response_model=Curve)
def curve(
    request: Request,
    hand: Reader,
    wanted: Filters,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
) -> Response:
    """Return what was planned, done and paid, and what the figures do not say.

    Amounts of different currencies are not added: without `currency` the one that most items have
    is taken, and the answer says so.
    """
    book = hand.book
    hand.tagged(*(hand.who if wanted.mine else ()))
    shown = hand.desk.shown
    return shown.packed(
        book, ("curve", currency), wanted, lambda: json_of(curve_of(book, wanted, currency))
    ).answer(request)


@router.get("/ledger/calendar", summary="Calendar 日历", response_model=CalendarAnswer)
def calendar(request: Request, hand: Reader, wanted: Filters, first: Day, last: Day) -> Response:
    """Return what is due from day to day, milestones and meetings; 400 days at most."""
    if not timedelta(0) <= last - first < LONGEST * _DAY:
        raise InputError("web_ledger.days", first=first, last=last, most=LONGEST)
    book, rows = hand.book, hand.desk.shown.rows
    hand.tagged(*(hand.who if wanted.mine else ()))
    meetings = hand.ledger.meetings()

    def make() -> str:
        days = _calendar(book, rows, book.select(wanted), meetings, first, last)
        return f'{{"today":"{book.day.isoformat()}","days":{listed(days)}}}'

    key = ("calendar", first, last)
    return hand.desk.shown.packed(book, key, wanted, make).answer(request)


@router.get("/ledger/map", summary="Items on the map 事项地图", response_model=ItemMap)
def item_map(request: Request, hand: Reader, wanted: Filters) -> Response:
    """Return where items lie as GeoJSON, the first 5,000, and how many each county has."""
    book, rows, desk = hand.book, hand.desk.shown.rows, hand.desk
    hand.tagged(*(hand.who if wanted.mine else ()))

    def make() -> str:
        placed = [one for one in book.select(wanted) if one.place is not None]
        features = [
            _feature(one, text)
            for one, text in zip(
                placed[:MOST_FEATURES], rows.of(book, placed[:MOST_FEATURES]), strict=True
            )
        ]
        counties = json_of(_by_county(book, placed, county_names(desk)))
        return (
            f'{{"type":"FeatureCollection","features":{listed(features)},"by_county":{counties}}}'
        )

    return desk.shown.packed(book, ("map", hand.region), wanted, make).answer(request)


# --- Pieces --------------------------------------------------------------------------------------


def warm(desk: Desk) -> None:
    """Work out the plan of the ledger, where there is one."""
    if desk.has_office and desk.settings.ledger:
        desk.ledger.book().plan()


def _over_time(item: Item, planned: Planned | None) -> dict[str, Any]:
    """Return what the Gantt chart shows of an item besides its row."""
    return {
        "milestones": [record(one) for one in item.milestones],
        "depends_on": [record(one) for one in item.depends_on],
        "critical": planned is not None and planned.critical,
        "slack": None if planned is None else planned.slack,
        "plan": None
        if planned is None
        else {
            "start": planned.start.isoformat(),
            "finish": planned.finish.isoformat(),
            "late": planned.late,
        },
    }


def _holidays(book: Book, items: Sequence[Item]) -> dict[str, Any]:
    """Return the days that are not worked while some items last."""
    begins = [day for one in items if (day := one.start or one.assigned_on or one.due)]
    ends = [one.due for one in items if one.due]
    if not begins or not ends:
        return {"holidays": [], "remark": None}
    first, last = min(begins), max(ends)
    if (last - first).days > MOST_HOLIDAYS:
        first = max(first, book.day - MOST_HOLIDAYS // 2 * _DAY)
        last = min(last, first + MOST_HOLIDAYS * _DAY)
    remark = book.calendar.remark(first, last)
    return {
        "holidays": [
            day.isoformat() for day in _days(first, last) if not book.calendar.is_working(day)
        ],
        "remark": None if remark is None else words(remark),
    }


def _days(first: date, last: date) -> Iterable[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _calendar(
    book: Book,
    rows: RowTexts,
    items: Iterable[Item],
    meetings: Iterable[Meeting],
    first: date,
    last: date,
) -> list[str]:
    """Return the days of a calendar as JSON."""
    due: dict[date, list[Item]] = defaultdict(list)
    steps: dict[date, list[dict[str, Any]]] = defaultdict(list)
    held: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for one in items:
        if one.due is not None and first <= one.due <= last:
            due[one.due].append(one)
        for step in one.milestones:
            if first <= step.due <= last:
                done = None if step.done_on is None else step.done_on.isoformat()
                told = {"id": one.id, "number": one.number, "title": one.title}
                steps[step.due].append({**told, "name": step.name, "done_on": done})
    for meeting in meetings:
        held[meeting.held_on].append({"id": meeting.id, "title": meeting.title})
    found = []
    for day in _days(first, last):
        remark = book.calendar.remark(day, day)
        rest = {
            "day": day.isoformat(),
            "working": book.calendar.is_working(day),
            "remark": None if remark is None else words(remark),
            "milestones": steps[day],
            "meetings": held[day],
        }
        found.append(f'{{"items":{listed(rows.of(book, due[day]))},{json_of(rest)[1:]}')
    return found


def _feature(item: Item, text: str) -> str:
    place = item.place
    geometry, counties = (None, ()) if place is None else (place.geojson, place.counties)
    shape = json.dumps(geometry, ensure_ascii=False, separators=(",", ":"))
    properties = with_more(text, {"counties": list(counties)})
    return f'{{"type":"Feature","id":"{item.id}","geometry":{shape},"properties":{properties}}}'


def _by_county(
    book: Book, items: Iterable[Item], names: dict[str, dict[str, str]]
) -> list[dict[str, Any]]:
    every: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for one in items:
        for county in one.place.counties if one.place else ():
            every[county] += 1
            late[county] += book.standings[one.id].mark is Mark.OVERDUE
    return [
        {
            "county": county,
            "name": names.get(county, {"zh": county, "en": county}),
            "count": every[county],
            "overdue": late[county],
        }
        for county in sorted(every)
    ]
