"""Rows of cases that another system had: their columns, and what is wrong with one."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from onecity.core.words import Language, Sentence, say
from onecity.hall.cases import Outcome, State
from onecity.hall.cases.clock import CHINA
from onecity.hall.catalogue import Applicant, Item, Way
from onecity.hall.forms.numbers import is_credit_code, is_id_number
from onecity.identity.columns import NOTHING

Word = TypeVar("Word", bound=StrEnum)
Row = Mapping[str, Any]
"""A row by the names of its columns; None and empty text say nothing."""

NEEDED = ("number", "item", "state", "opened")
OPTIONAL = (
    "version", "outcome", "accepted", "decided", "closed", "stopped", "until", "way", "from_city",
    "applicant_kind", "applicant_name", "id_number", "credit_code", "phone", "stars",
)  # fmt: skip
DATA = "data."
"""What columns begin with that say an answer of the form: ``data.address``."""
EARLIEST = datetime(1990, 1, 1, tzinfo=CHINA)
_LONGEST, _LONGEST_ANSWER, _MOST_STARS = 200, 10_000, 5
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.()/-]{1,63}")
_TIMES = ("opened", "accepted", "decided", "closed", "stopped")

_HAS: Mapping[State, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        State.RECEIVED: (frozenset(), frozenset()),
        State.SUPPLEMENT: (frozenset({"stopped"}), frozenset({"accepted", "until"})),
        State.ACCEPTED: (frozenset({"accepted"}), frozenset()),
        State.SUSPENDED: (frozenset({"accepted", "stopped"}), frozenset()),
        State.DECIDED: (frozenset({"accepted", "decided", "outcome"}), frozenset({"stars"})),
        State.CLOSED: (
            frozenset({"accepted", "decided", "closed", "outcome"}),
            frozenset({"stars"}),
        ),
        State.REJECTED: (frozenset({"closed"}), frozenset({"stars"})),
        State.WITHDRAWN: (frozenset({"closed"}), frozenset({"accepted"})),
    }
)
"""What a case in a state says besides: what it has to, and what it may."""
_AT_WORK = frozenset({State.SUPPLEMENT, State.ACCEPTED, State.SUSPENDED})
"""States in which a case is that was accepted and not decided yet, or may be."""
_OF_STATE = frozenset({"accepted", "decided", "closed", "stopped", "until", "outcome", "stars"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: its number (the first after the heads is 2) and its column."""

    row: int
    column: str
    why: Sentence

    def text(self, language: Language) -> str:
        """Return the whole sentence in one language."""
        return say("hall_loading.fault", language, row=self.row, column=self.column, why=self.why)


@dataclass(frozen=True, slots=True)
class Given:
    """A sound row: a case as another system had it.

    `stopped` is when it was asked for a supplement or suspended, `until` the last day for that
    supplement. `applicant` and `data` are personal.
    """

    number: str
    item: Item
    state: State
    opened: datetime
    accepted: datetime | None
    decided: datetime | None
    closed: datetime | None
    stopped: datetime | None
    until: date | None
    outcome: Outcome | None
    way: Way | None
    from_city: str
    stars: int | None
    applicant: Mapping[str, str]
    data: Mapping[str, str]


class WrongError(ValueError):
    """Something is wrong with a column of a row."""

    def __init__(self, column: str, name: str, **values: object) -> None:
        self.column, self.why = column, Sentence(f"hall_loading.{name}", values)
        super().__init__(column, name)


def wrong_heads(heads: Sequence[str]) -> list[Fault]:
    """Return what is wrong with the names of the columns."""
    known = {*NEEDED, *OPTIONAL}
    found = [
        Fault(
            1, name, Sentence("hall_loading.no_column", {"known": " ".join((*NEEDED, *OPTIONAL))})
        )
        for name in heads
        if name not in known and not (name.startswith(DATA) and len(name) > len(DATA))
    ]
    found += [
        Fault(1, name, Sentence("hall_loading.column_missing"))
        for name in NEEDED
        if name not in heads
    ]
    doubled = {name for name in heads if list(heads).count(name) > 1}
    return found + [
        Fault(1, name, Sentence("hall_loading.column_twice")) for name in sorted(doubled)
    ]


class Reader:
    """Reads rows into cases.

    `items` finds an item by code, version (0: any) and day; `spot` says whether it is decided
    on the spot, `ours` whether it is decided here; `node` is the code of the node, whose
    own numbers of days to come are left to it.
    """

    def __init__(
        self,
        items: Callable[[str, int, date], Item | None],
        spot: Callable[[Item], bool],
        ours: Callable[[Item], bool],
        cities: Mapping[str, str],
        now: datetime,
        node: str,
    ) -> None:
        self._items, self._ours, self._cities, self._now = items, ours, cities, now
        self._spot = spot
        self._series = re.compile(rf"{re.escape(node.upper())}([0-9]{{8}})-[0-9]+")
        self._today = f"{now.astimezone(CHINA):%Y%m%d}"

    def read(self, row: Row) -> Given:
        """Return the case of a row.

        Raises
        ------
        WrongError
            A column is missing, or not what it should be.
        """
        number, state = _text(row, "number"), _word(row, "state", State)
        if not _NUMBER.fullmatch(number):
            raise WrongError("number", "bad_number", given=number[:80])
        mine = self._series.fullmatch(number)
        if mine is not None and mine[1] >= self._today:
            raise WrongError("number", "own_series", given=number)
        if state not in _HAS:
            known = " ".join(one.value for one in _HAS)
            raise WrongError("state", "not_a_word", given=state.value, known=known)
        _check_state(row, state)
        times = {name: self._moment(row, name) for name in _TIMES}
        opened = times["opened"]
        if opened is None:
            raise WrongError("opened", "nothing")
        _check_order(times, opened)
        item = self._item(row, opened)
        accepted = state is not State.SUPPLEMENT or times["accepted"] is not None
        if state in _AT_WORK and accepted and self._spot(item):
            raise WrongError("state", "on_the_spot", given=state, item=item.code)
        way = _word(row, "way", Way) if _said(row, "way") else None
        if way is not None and way not in item.ways:
            raise WrongError("way", "way_not_offered", given=way)
        city = _text(row, "from_city", item.city)
        if self._cities and city and city not in self._cities:
            raise WrongError("from_city", "no_city", given=city[:80])
        return Given(
            number,
            item,
            state,
            opened,
            times["accepted"],
            times["decided"],
            times["closed"],
            times["stopped"],
            _day(row, "until"),
            _word(row, "outcome", Outcome) if _said(row, "outcome") else None,
            way,
            city,
            _whole(row, "stars", 1, _MOST_STARS) if _said(row, "stars") else None,
            _applicant(row, item),
            _data(row),
        )

    def _item(self, row: Row, opened: datetime) -> Item:
        code = _text(row, "item")
        version = _whole(row, "version", 1, 1_000_000) if _said(row, "version") else 0
        item = self._items(code, version, opened.astimezone(CHINA).date())
        if item is None:
            raise WrongError("item", "no_item", given=code[:80], version=version or "–")
        if not self._ours(item):
            raise WrongError("item", "not_ours", given=code, unit=item.authority)
        return item

    def _moment(self, row: Row, name: str) -> datetime | None:
        if not _said(row, name):
            return None
        given = row[name]
        try:
            found = given if isinstance(given, datetime) else _parsed(str(given).strip())
        except ValueError as error:
            raise WrongError(name, "no_time", given=str(given)[:80]) from error
        if found.tzinfo is None:
            found = found.replace(tzinfo=CHINA)
        if not EARLIEST <= found <= self._now:
            raise WrongError(name, "time_beyond", given=str(given)[:80], first=EARLIEST.date())
        return found


def _parsed(text: str) -> datetime:
    """Return a moment as Excel and databases write it; without a zone it is China's."""
    return datetime.fromisoformat(text.replace("/", "-"))


def _said(row: Row, name: str) -> bool:
    value = row.get(name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    return not (isinstance(value, str) and not value.strip())


def _text(row: Row, name: str, default: str | None = None) -> str:
    if not _said(row, name):
        if default is None:
            raise WrongError(name, "nothing")
        return default
    value = row[name]
    text = value.strip() if isinstance(value, str) else str(value)
    if len(text) > _LONGEST or NOTHING in text or not text.isprintable():
        raise WrongError(name, "bad_text", given=ascii(text[:40]), most=_LONGEST)
    return text


def _word(row: Row, name: str, kind: type[Word]) -> Word:
    text = _text(row, name)
    try:
        return kind(text)
    except ValueError as error:
        known = " ".join(one.value for one in kind)
        raise WrongError(name, "not_a_word", given=text[:80], known=known) from error


def _whole(row: Row, name: str, low: int, high: int) -> int:
    value = row[name]
    try:
        number = int(value) if not isinstance(value, float) else int(value) + 0 * (value % 1)
        fits = float(value) == number and low <= number <= high
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise WrongError(name, "no_number", given=str(value)[:80], low=low, high=high)
    return int(number)


def _day(row: Row, name: str) -> date | None:
    if not _said(row, name):
        return None
    given = row[name]
    try:
        if isinstance(given, datetime):
            return given.date()
        return given if isinstance(given, date) else _parsed(str(given).strip()).date()
    except ValueError as error:
        raise WrongError(name, "no_time", given=str(given)[:80]) from error


def _check_state(row: Row, state: State) -> None:
    must, may = _HAS[state]
    for name in must:
        if not _said(row, name):
            raise WrongError(name, "needed_in_state", state=state)
    for name in _OF_STATE - must - may:
        if _said(row, name):
            raise WrongError(name, "not_in_state", state=state, given=str(row[name])[:80])


def _check_order(times: Mapping[str, datetime | None], opened: datetime) -> None:
    before = opened
    for name in ("accepted", "stopped", "decided", "closed"):
        at = times[name]
        if at is None:
            continue
        if at < before:
            raise WrongError(name, "before_the_last", given=at, last=before)
        before = at


def _applicant(row: Row, item: Item) -> dict[str, str]:
    if _said(row, "applicant_kind"):
        kind = _word(row, "applicant_kind", Applicant)
        if kind not in item.applicants:
            raise WrongError("applicant_kind", "not_for", given=kind, item=item.code)
    else:
        kind = min(item.applicants) if item.applicants else Applicant.PERSON
    found = {"kind": kind.value}
    for name, column in (("name", "applicant_name"), ("phone", "phone")):
        if _said(row, column):
            found[name] = _text(row, column)
    for column, is_one in (("id_number", is_id_number), ("credit_code", is_credit_code)):
        if _said(row, column):
            text = _text(row, column).upper()
            if not is_one(text):  # not repeated: it may be somebody's, with a slip
                raise WrongError(column, "bad_code")
            found[column] = text
    return found


def _data(row: Row) -> dict[str, str]:
    found = {}
    for name, value in row.items():
        if name.startswith(DATA) and _said(row, name):
            text = value if isinstance(value, str) else str(value)
            if len(text) > _LONGEST_ANSWER or NOTHING in text:
                raise WrongError(name, "long_answer", most=_LONGEST_ANSWER)
            found[name.removeprefix(DATA)] = text
    return found


SLACK = timedelta(minutes=5)
"""How far clocks of two systems may be apart: a case that opened just now is not in the future."""
