"""What can be asked of the ledger: which items, in which order, which page of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any, Literal, Self

from onecity.core.errors import InputError
from onecity.core.words import Language, say
from onecity.programme.strict import shown

from . import checks
from .kinds import Gate, Kind, Level, State, Strand
from .model import Item
from .rules import Mark
from .way import By

MOST_ROWS = 100_000
"""Rows that may be asked for at once: a file of the whole ledger is made of one page."""
LONGEST_TEXT = 200

SORTS = (
    "due", "start", "number", "title", "state", "mark", "progress", "left", "unit",
    "created", "changed",
)  # fmt: skip
"""What items can be sorted by; with ``-`` before it from the last to the first."""

Count = Literal["state", "mark", "strand", "kind", "level", "gate", "unit", "city", "month"]
"""What items can be counted by; the month is that of the due date."""


class Part(StrEnum):
    """Which part a unit has in an item."""

    ANY = "any"
    LEAD = "lead"
    RESPONSIBLE = "responsible"
    SUPPORTING = "supporting"

    def text(self, language: Language) -> str:
        """Return the word for it."""
        return say(f"ledger_store.part_{self.value}", language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which items are asked for. What is empty or None leaves all; what is given must all hold.

    Attributes
    ----------
    text
        Words, each of which stands in title, number, text, owner, deliverable or the name of a
        unit, or is the first letters of the pinyin of a piece of the title, owner or a unit.
    states, marks, strands, kinds, levels, gates
        One of these.
    units, part
        One of these units has this part in it.
    cities
        The responsible unit is of one of these (codes).
    owner
        Stands in the owner.
    due_from, due_to
        Due on one of these days; items without a due date are not found then.
    meeting
        Id of the meeting it comes from.
    open, example, finding
        Whether anything is still asked of anybody, it is invented, a finding proposed it.
    mine
        One of the units this person answers for has a part in it.
    sort
        Of `SORTS`, the first decides; last of all the id.
    offset, limit
        The page.
    """

    text: str = ""
    states: frozenset[State] = frozenset()
    marks: frozenset[Mark] = frozenset()
    strands: frozenset[Strand] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    levels: frozenset[Level] = frozenset()
    gates: frozenset[Gate] = frozenset()
    units: frozenset[str] = frozenset()
    part: Part = Part.ANY
    cities: frozenset[str] = frozenset()
    owner: str = ""
    due_from: date | None = None
    due_to: date | None = None
    meeting: str | None = None
    open: bool | None = None
    example: bool | None = None
    finding: bool | None = None
    mine: By | None = field(default=None, compare=False)
    sort: tuple[str, ...] = ("mark", "due")
    offset: int = 0
    limit: int = 50

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a query of checked values: enumerations may be given by value, sets as lists.

        Raises
        ------
        InputError
            ``ledger.*``, ``ledger_store.*``: a value is wrong; the field is named.
        """
        unknown = given.keys() - _CHECKS.keys()
        if unknown:
            known = ", ".join(_CHECKS)
            name = shown(min(unknown))
            raise InputError("ledger_store.query_field", given=name, known=known)
        made = cls(**{name: _CHECKS[name](name, value) for name, value in given.items()})
        checks.in_order(("due", made.due_from), ("due", made.due_to))
        return made

    def record(self) -> dict[str, Any]:
        """Return what is asked as JSON holds it, without what is not asked and without `mine`."""
        usual = Query()
        return {
            one.name: _plain(getattr(self, one.name))
            for one in fields(self)
            if one.name != "mine" and getattr(self, one.name) != getattr(usual, one.name)
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the query of a `record`; errors as in `made`."""
        values = dict(record)
        for name in ("due_from", "due_to"):
            if isinstance(values.get(name), str):
                values[name] = _day(name, values[name])
        return cls.made(**values)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of items, how many there are in all, and of these how many of each state and mark."""

    rows: tuple[Item, ...]
    total: int
    states: Mapping[str, int]
    marks: Mapping[str, int]


# --- Checks --------------------------------------------------------------------------------------


def _several(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def read(name: str, given: Any) -> frozenset[Any]:
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise InputError("ledger_store.query_list", given=shown(given), name=name)
        return frozenset(check(name, one) for one in given)

    return read


def _as(field: str, check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return a check that calls a value by the field of an item that it is compared with."""
    return lambda _, given: None if given is None else check(field, given)


def _choices(kind: type[StrEnum]) -> Callable[[str, Any], Any]:
    def check(name: str, given: Any) -> Any:
        try:
            return kind(str(given))
        except ValueError as error:
            known = ", ".join(one.value for one in kind)
            raise InputError(
                "ledger_store.query_choice", name=name, given=shown(given), known=known
            ) from error

    return check


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_TEXT:
        raise InputError("ledger_store.query_text", name=name, most=LONGEST_TEXT)
    return given.strip()


def _sort(name: str, given: Any) -> tuple[str, ...]:
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, Iterable):
        raise InputError("ledger_store.query_list", given=shown(given), name=name)
    found = tuple(str(one) for one in keys)
    for one in found:
        if one.removeprefix("-") not in SORTS:
            known = ", ".join(SORTS)
            raise InputError("ledger_store.query_choice", name=name, given=shown(one), known=known)
    return found


def _whole(low: int, high: int) -> Callable[[str, Any], Any]:
    def check(name: str, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise InputError(
                "ledger_store.query_whole", name=name, given=shown(given), low=low, high=high
            )
        return given

    return check


def _day(name: str, given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InputError("ledger_store.query_day", name=name, given=shown(given)) from error


def _by(_: str, given: Any) -> By | None:
    if given is not None and not isinstance(given, By):
        msg = f"mine must be a By, not a {type(given).__name__}"
        raise TypeError(msg)
    return given


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "states": _several(_choices(State)),
    "marks": _several(_choices(Mark)),
    "strands": _several(_choices(Strand)),
    "kinds": _several(_choices(Kind)),
    "levels": _several(_choices(Level)),
    "gates": _several(_choices(Gate)),
    "units": _several(_as("unit", checks.code)),
    "part": _choices(Part),
    "cities": _several(_as("city", checks.code)),
    "owner": _text,
    "due_from": _as("due", checks.day),
    "due_to": _as("due", checks.day),
    "meeting": _as("meeting", checks.identity),
    "open": _as("state", checks.flag),
    "example": _as("example", checks.flag),
    "finding": _as("finding", checks.flag),
    "mine": _by,
    "sort": _sort,
    "offset": _whole(0, 10**9),
    "limit": _whole(0, MOST_ROWS),
}
