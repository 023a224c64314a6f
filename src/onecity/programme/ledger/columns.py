"""Items as columns of whole numbers and prepared words: so that 20,000 are looked through at once.

The rows stand in the order of the ids. Columns are never written to once they are made; a change
copies them, which costs less than a millisecond.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from .kinds import ENDED, Gate, Kind, Level, State, Strand
from .model import Item
from .query import Query
from .rules import Mark, Standing
from .search import folded, initials

Numbers = NDArray[np.int64]

_ENUMERATIONS: dict[str, list[str]] = {
    name: [one.value for one in kind] + [""]
    for name, kind in (
        ("state", State),
        ("mark", Mark),
        ("strand", Strand),
        ("kind", Kind),
        ("level", Level),
        ("gate", Gate),
    )
}
"""Values of each such column, at their numbers; the last stands for none."""
_PLACES = {
    name: {value: number for number, value in enumerate(values)}
    for name, values in _ENUMERATIONS.items()
}
_NAMES = (
    *_ENUMERATIONS, "due", "start", "left", "progress", "created", "changed",
    "open", "example", "finding",
)  # fmt: skip
_ROW = {name: number for number, name in enumerate(_NAMES)}
_NOTHING = np.iinfo(np.int64).max
"""Stands for what is not there; it sorts last, whichever way."""
_DIGITS = re.compile(r"\d+")
_SETS = (
    ("states", "state"),
    ("marks", "mark"),
    ("strands", "strand"),
    ("kinds", "kind"),
    ("levels", "level"),
    ("gates", "gate"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for in one item, as it is compared."""

    text: str
    initials: str
    owner: str
    lead: str | None
    responsible: str | None
    supporting: tuple[str, ...]
    units: tuple[str, ...]
    meeting: str | None
    number: str
    title: str

    @classmethod
    def of(cls, item: Item) -> "Words":
        """Return the words of an item."""
        parts = (item.number, item.title, item.owner, item.deliverable, item.text)
        return cls(
            text=folded("\n".join(parts)),
            initials=initials(f"{item.title}\n{item.owner}"),
            owner=folded(item.owner),
            lead=item.lead_unit,
            responsible=item.responsible_unit,
            supporting=item.supporting_units,
            units=tuple(sorted(item.units)),
            meeting=item.meeting,
            # So that 2 comes before 10.
            number=_DIGITS.sub(lambda found: found[0].zfill(9), folded(item.number)),
            title=folded(item.title),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns; make them with `of`.

    Attributes
    ----------
    ids
        Of the rows.
    rows
        The row of each id.
    numbers : int64 (K, N)
        A column for each of the names in this module.
    words
        Of each row.
    """

    ids: Sequence[str]
    rows: Mapping[str, int]
    numbers: Numbers
    words: Sequence[Words]

    @classmethod
    def of(cls, items: Iterable[Item], standings: Mapping[str, Standing]) -> "Columns":
        """Return the columns of items, which come in the order of their ids."""
        every = list(items)
        ids = [one.id for one in every]
        numbers = np.array(
            [_numbers(one, standings[one.id]) for one in every], dtype=np.int64
        ).reshape(len(every), len(_NAMES))
        rows = {id_: row for row, id_ in enumerate(ids)}
        return cls(ids, rows, np.ascontiguousarray(numbers.T), [Words.of(one) for one in every])

    def changed(
        self,
        items: Mapping[str, Item],
        new: Iterable[str],
        standings: Mapping[str, Standing],
        judged: Iterable[str],
    ) -> "Columns":
        """Return the columns after some items were added or changed, and others judged anew.

        Parameters
        ----------
        items, standings
            All of them, as they are now.
        new
            Ids of the items added or changed.
        judged
            Ids of the items whose standing may be another, those of `new` among them.
        """
        every = sorted(new)
        added = [id_ for id_ in every if id_ not in self.rows]
        if added and self.ids and added[0] < self.ids[-1]:
            return Columns.of(items.values(), standings)
        ids = [*self.ids, *added]
        rows = {**self.rows, **{id_: row for row, id_ in enumerate(added, len(self.ids))}}
        numbers = np.concatenate(
            [self.numbers, np.empty((len(_NAMES), len(added)), np.int64)], axis=1
        )
        words = [*self.words, *(Words.of(items[id_]) for id_ in added)]
        for id_ in every:
            words[rows[id_]] = Words.of(items[id_])
        for id_ in judged:
            numbers[:, rows[id_]] = _numbers(items[id_], standings[id_])
        return Columns(ids, rows, numbers, words)

    def matching(self, query: Query) -> Numbers:
        """Return the rows for what a query asks of numbers alone."""
        found = np.ones(len(self.ids), dtype=np.bool_)
        for asked, name in _SETS:
            wanted: frozenset[State | Mark | Strand | Kind | Level | Gate] = getattr(query, asked)
            if wanted:
                table = np.zeros(len(_ENUMERATIONS[name]), dtype=np.bool_)
                table[[_PLACES[name][one.value] for one in wanted]] = True
                found &= table[self._column(name)]
        due = self._column("due")
        if query.due_from is not None:
            found &= (due >= query.due_from.toordinal()) & (due != _NOTHING)
        if query.due_to is not None:
            found &= due <= query.due_to.toordinal()
        for name in ("open", "example", "finding"):
            asked_flag: bool | None = getattr(query, name)
            if asked_flag is not None:
                found &= self._column(name) == asked_flag
        return np.flatnonzero(found)

    def keep(self, rows: Numbers, holds: Callable[[Words], bool]) -> Numbers:
        """Return those rows for whose words something holds."""
        words = self.words
        return np.array([row for row in rows.tolist() if holds(words[row])], dtype=np.int64)

    def sorted(self, rows: Numbers, keys: Iterable[str]) -> list[int]:
        """Return rows in an order; what a key does not decide stays in the order of the ids."""
        found = rows
        for key in reversed(tuple(keys)):
            name = key.removeprefix("-")
            last_first = key != name
            if name in _ROW:
                column = self._column(name)[found]
                if last_first:
                    column = np.where(column == _NOTHING, column, -column)
                found = found[np.argsort(column, kind="stable")]
            else:
                found = self._by_words(found, name, last_first=last_first)
        return [int(row) for row in found]

    def counted(self, rows: Numbers, name: str) -> dict[str, int]:
        """Return how many rows have each value of a column that occurs, in the values' order."""
        values = _ENUMERATIONS[name]
        counts = np.bincount(self._column(name)[rows], minlength=len(values))
        return {value: int(count) for value, count in zip(values, counts, strict=True) if count}

    def responsible(self, rows: Numbers) -> dict[str, int]:
        """Return how many rows each responsible unit has; "" stands for none."""
        words = self.words
        return Counter(words[row].responsible or "" for row in rows.tolist())

    def due_days(self, rows: Numbers) -> dict[date | None, int]:
        """Return how many rows are due on each day; None stands for no due date."""
        days, counts = np.unique(self._column("due")[rows], return_counts=True)
        return {
            None if day == _NOTHING else date.fromordinal(day): count
            for day, count in zip(days.tolist(), counts.tolist(), strict=True)
        }

    def _by_words(self, rows: Numbers, name: str, *, last_first: bool) -> Numbers:
        value = attrgetter("responsible" if name == "unit" else name)
        there = [row for row in rows.tolist() if value(self.words[row]) is not None]
        without = [row for row in rows.tolist() if value(self.words[row]) is None]
        # `reverse` keeps the order of what is equal.
        there.sort(key=lambda row: value(self.words[row]), reverse=last_first)
        return np.array([*there, *without], dtype=np.int64)

    def _column(self, name: str) -> Numbers:
        column: Numbers = self.numbers[_ROW[name]]
        return column


def _numbers(item: Item, stands: Standing) -> list[int]:
    return [
        _PLACES["state"][item.state.value],
        _PLACES["mark"][stands.mark.value],
        _PLACES["strand"][item.strand.value],
        _PLACES["kind"][item.kind.value],
        _PLACES["level"][item.level.value],
        _PLACES["gate"]["" if item.gate is None else item.gate.value],
        _NOTHING if item.due is None else item.due.toordinal(),
        _NOTHING if item.start is None else item.start.toordinal(),
        _NOTHING if stands.left is None else stands.left,
        item.progress,
        int(item.created.timestamp() * 1e6),
        int(item.changed.timestamp() * 1e6),
        item.state not in ENDED,
        item.example,
        item.finding is not None,
    ]
