"""Which exchanges to open first: from what a catalogue asks for to a choice, and back to words.

What an exchange spares is counted in visits, documents and days of a year's cases:

* a document that an exchange carries is no longer handed in;
* a visit to fetch it falls away with it;
* a visit to hand in originals falls away once *every* document that forces it is carried;
* an item waits for its slowest document: with d_1 >= d_2 >= ... days, the wait shrinks by
  d_1 - d_2 once the first is carried, by d_2 - d_3 once the second is too, and so on.

Documents that are wanted in a share of the cases only are taken to be wanted in the same ones: a
document wanted in fewer cases goes with those wanted in more. So an item's cases fall into layers,
in each of which it is plain which documents are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

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

    def worth(self, weights: Spared) -> tuple[np.ndarray, np.ndarray]:
        """Return the weighted worth of each exchange alone, and of each group."""
        of_kind = {"visits": weights.visits, "documents": weights.documents, "days": weights.days}
        alone, gains = np.zeros(len(self.names)), np.zeros(len(self.groups))
        for kind, one in of_kind.items():
            alone += self.alone[kind] * one
            gains += self.gains[kind] * one
        return alone, gains

    def useful(self, chosen: Flags, weights: Spared) -> Flags:
        """Return which exchanges have a part in what a set of them spares."""
        alone, gains = self.worth(weights)
        useful = alone > 0
        for place, group in enumerate(self.groups):
            if gains[place] > 0 and all(chosen[one] for one in group):
                useful[list(group)] = True
        return useful

    def choices(self, weights: Spared) -> Choices:
        alone, gains = self.worth(weights)
        return Choices.of(alone, self.groups, gains)


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
    chosen = found.chosen & terms.useful(found.chosen, weights)
    return Openings(
        opened=_in_order(terms, weights, chosen),
        spared=terms.spared(chosen),
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
    for one in asking.asked:
        if one.spared:
            row = rows[_name(one, grain)]
            alone["documents"][row] += one.cases
            alone["visits"][row] += one.cases * one.document.visit
    groups: list[tuple[int, ...]] = []
    gains: dict[str, list[float]] = {kind: [] for kind in alone}
    for members, kind, gain in _together(asking):
        groups.append(tuple(sorted({rows[_name(one, grain)] for one in members})))
        for name, several in gains.items():
            several.append(gain if name == kind else 0.0)
    return _Terms(
        tuple(rows), alone, tuple(groups), {kind: np.array(one) for kind, one in gains.items()}
    )


def _together(asking: Asking) -> Iterable[tuple[list[Asked], str, float]]:
    """Yield documents that have to be carried together, of what they spare then, and how much."""
    for of_item in _by_item(asking):
        for layer, cases in _layers(of_item):
            if forcing := _forcing(layer):
                yield forcing, "visits", cases
            for members, days in _waits(layer):
                yield members, "days", cases * days


def _layers(of_item: list[Asked]) -> Iterable[tuple[list[Asked], float]]:
    """Yield what is asked for together, and in how many cases just that."""
    levels = sorted({one.cases for one in of_item if one.cases > 0}, reverse=True)
    for level, below in pairwise([*levels, 0.0]):
        yield [one for one in of_item if one.cases >= level], level - below


def _forcing(layer: list[Asked]) -> list[Asked]:
    """Return what forces a visit; nothing where a visit stays whatever is exchanged."""
    forcing = [one for one in layer if one.requirement.visit]
    return forcing if all(one.spared for one in forcing) else []


def _waits(layer: list[Asked]) -> Iterable[tuple[list[Asked], float]]:
    """Yield documents that have to be carried together, and the days a case waits less then."""
    slowest = sorted(layer, key=lambda one: -one.document.days)
    for place, one in enumerate(slowest):
        if not one.spared:
            return  # the wait for this one stays
        after = slowest[place + 1].document.days if place + 1 < len(slowest) else 0.0
        days = one.document.days - after
        if days > 0:
            yield slowest[: place + 1], days


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
    alone, gains = terms.worth(weights)
    lacking: dict[int, set[int]] = {}
    groups_of: dict[int, list[int]] = defaultdict(list)
    # A group that is nearly whole counts by its share, so that pairs are begun early.
    gain = np.where(chosen, alone, -np.inf)
    for place, group in enumerate(terms.groups):
        if all(chosen[one] for one in group):
            lacking[place] = set(group)
            for row in group:
                groups_of[row].append(place)
                gain[row] += gains[place] / len(group)
    found = []
    for _ in range(int(chosen.sum())):
        best = int(gain.argmax())
        gain[best] = -np.inf
        adds = {kind: float(one[best]) for kind, one in terms.alone.items()}
        for place in groups_of[best]:
            before = len(lacking[place])
            lacking[place].discard(best)
            for row in lacking[place]:
                gain[row] += gains[place] / (before - 1) - gains[place] / before
            if before == 1:
                for kind, one in terms.gains.items():
                    adds[kind] += float(one[place])
        found.append(Opened(*terms.names[best], Spared(**adds)))
    return tuple(found)
