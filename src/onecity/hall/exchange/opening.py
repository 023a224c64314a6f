"""Which exchanges to open first: from what a catalogue asks for to a choice, and back to words.

What an exchange spares is counted in visits, documents and days of a year's cases:

* a document that an exchange carries is no longer handed in;
* a visit to fetch it falls away with it;
* a visit to hand in originals falls away once *every* document that forces it is carried;
* an item waits for its slowest document: with d_1 >= d_2 >= ... days, the wait shrinks by
  d_1 - d_2 once the first is carried, by d_2 - d_3 once the second is too, and so on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from onecity.core.words import Language, say

from .asking import Asked, Asking
from .choosing import PATIENCE, Choice, Choices, Flags, choose

Name = tuple[str, str, str]


class Grain(StrEnum):
    """What is opened as one exchange.

    document: one kind of document, by its holder to all who ask for it. pair: everything one duty
    holds, to one other. single: one kind of document to one duty.
    """

    DOCUMENT = "document"
    PAIR = "pair"
    SINGLE = "single"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_findings.grain_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Spared:
    """What is spared in a year."""

    visits: float
    documents: float
    days: float

    def worth(self, weights: "Spared") -> float:
        """Return the weighted sum."""
        return (
            self.visits * weights.visits
            + self.documents * weights.documents
            + self.days * weights.days
        )


EQUAL = Spared(1.0, 1.0, 1.0)
"""A visit, a document and a day weigh the same: an assumption, to be replaced by the user's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An exchange to open.

    `holder`, `document` and `asker` as far as the grain tells them apart, else empty. `adds` is
    what it adds when exchanges are opened in this order.
    """

    holder: str
    document: str
    asker: str
    adds: Spared


@dataclass(frozen=True, slots=True)
class Openings:
    """Exchanges to open, in an order in which each time most is gained.

    Attributes
    ----------
    opened
        The best set found for the budget.
    spared, possible
        What it spares, and what opening all would.
    asked
        What is asked in all: the visits, documents and days of today that an exchange could touch.
    single, grouped
        What the two greedy rules would spare instead.
    count
        Exchanges there are to choose from.
    gap
        By how much the worth might at most be beaten, relative.
    seconds
        Time of the search.
    """

    opened: tuple[Opened, ...]
    spared: Spared
    possible: Spared
    single: Spared
    grouped: Spared
    count: int
    gap: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Terms:
    """What exchanges give: alone and in groups, by kind of gain."""

    names: tuple[Name, ...]
    alone: Mapping[str, np.ndarray]
    groups: tuple[tuple[int, ...], ...]
    gains: Mapping[str, np.ndarray]

    def spared(self, chosen: Flags) -> Spared:
        whole = np.array([all(chosen[one] for one in group) for group in self.groups], dtype=bool)
        found = {
            kind: float(self.alone[kind][chosen].sum() + self.gains[kind][whole].sum())
            for kind in ("visits", "documents", "days")
        }
        return Spared(**found)

    def choices(self, weights: Spared) -> Choices:
        worth = {"visits": weights.visits, "documents": weights.documents, "days": weights.days}
        alone = sum((self.alone[kind] * one for kind, one in worth.items()), np.zeros(1))
        gains = sum((self.gains[kind] * one for kind, one in worth.items()), np.zeros(1))
        count, groups = len(self.names), len(self.groups)
        return Choices.of(
            np.broadcast_to(alone, count) if count else [],
            self.groups,
            np.broadcast_to(gains, groups) if groups else [],
        )


def openings(
    asking: Asking,
    count: int,
    *,
    weights: Spared = EQUAL,
    grain: Grain = Grain.DOCUMENT,
    seconds: float = PATIENCE,
) -> Openings:
    """Return the exchanges whose opening spares people most.

    Parameters
    ----------
    count
        How many to open.
    weights
        What a visit, a document and a day weigh against each other.
    grain
        What counts as one exchange.
    seconds
        Time to search in.

    Raises
    ------
    InputError
        The number or a weight is negative or no number.
    """
    terms = _terms(asking, grain)
    problem = terms.choices(weights)
    found: Choice = choose(problem, count, seconds=seconds)
    return Openings(
        opened=_in_order(terms, weights, found.chosen),
        spared=terms.spared(found.chosen),
        possible=terms.spared(np.ones(len(terms.names), dtype=bool)),
        single=terms.spared(found.single),
        grouped=terms.spared(found.grouped),
        count=len(terms.names),
        gap=found.gap,
        seconds=found.seconds,
    )


def _terms(asking: Asking, grain: Grain) -> _Terms:
    rows: dict[Name, int] = {}
    for one in asking.asked:
        if one.spared:
            rows.setdefault(_name(one, grain), len(rows))
    alone = {kind: np.zeros(len(rows)) for kind in ("visits", "documents", "days")}
    groups: list[tuple[int, ...]] = []
    gains: dict[str, list[float]] = {"visits": [], "documents": [], "days": []}

    def together(members: Iterable[Asked], kind: str, gain: float) -> None:
        groups.append(tuple(sorted({rows[_name(one, grain)] for one in members})))
        for name, several in gains.items():
            several.append(gain if name == kind else 0.0)

    for of_item in _by_item(asking):
        for one in of_item:
            if one.spared:
                row = rows[_name(one, grain)]
                alone["documents"][row] += one.cases
                alone["visits"][row] += one.cases * one.document.visit
        forcing = [one for one in of_item if one.requirement.visit]
        if forcing and all(one.spared for one in forcing):
            together(forcing, "visits", max(one.cases for one in forcing))
        for members, days in _waits(of_item):
            together(members, "days", days)
    return _Terms(
        tuple(rows), alone, tuple(groups), {kind: np.array(one) for kind, one in gains.items()}
    )


def _waits(of_item: list[Asked]) -> Iterable[tuple[list[Asked], float]]:
    """Yield documents that have to be carried together, and the days of waiting that end then."""
    slowest = sorted(of_item, key=lambda one: -one.document.days)
    for place, one in enumerate(slowest):
        if not one.spared:
            return  # the wait for this one stays
        after = slowest[place + 1].document.days if place + 1 < len(slowest) else 0.0
        days = one.document.days - after
        if days > 0:
            together = slowest[: place + 1]
            yield together, days * min(each.cases for each in together)


def _by_item(asking: Asking) -> Iterable[list[Asked]]:
    found: dict[tuple[str, int], list[Asked]] = defaultdict(list)
    for one in asking.asked:
        found[one.item.code, one.item.version].append(one)
    return found.values()


def _name(one: Asked, grain: Grain) -> Name:
    match grain:
        case Grain.DOCUMENT:
            return one.holder, one.document.code, ""
        case Grain.PAIR:
            return one.holder, "", one.asker
        case Grain.SINGLE:
            return one.holder, one.document.code, one.asker


def _in_order(terms: _Terms, weights: Spared, chosen: Flags) -> tuple[Opened, ...]:
    """Return a set of exchanges in an order in which each time most is gained."""
    left = set(np.flatnonzero(chosen).tolist())
    open_now = np.zeros(len(chosen), dtype=bool)
    waiting = {place: set(group) for place, group in enumerate(terms.groups) if left >= set(group)}
    found, so_far = [], terms.spared(open_now)
    while left:
        gain = dict.fromkeys(left, 0.0)
        for row in left:
            gain[row] = Spared(
                *(float(terms.alone[kind][row]) for kind in ("visits", "documents", "days"))
            ).worth(weights)
        for place, lacking in waiting.items():
            # A group that is nearly whole counts by its share, so that pairs are begun early.
            kinds = (float(terms.gains[kind][place]) for kind in ("visits", "documents", "days"))
            worth = Spared(*kinds).worth(weights)
            for row in lacking:
                gain[row] += worth / len(lacking)
        best = max(left, key=lambda row: (gain[row], -row))
        left.remove(best)
        open_now[best] = True
        for lacking in waiting.values():
            lacking.discard(best)
        waiting = {place: lacking for place, lacking in waiting.items() if lacking}
        now = terms.spared(open_now)
        adds = Spared(
            now.visits - so_far.visits,
            now.documents - so_far.documents,
            now.days - so_far.days,
        )
        so_far = now
        found.append(Opened(*terms.names[best], adds))
    return tuple(found)
