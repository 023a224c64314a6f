"""Names that can be searched: what is called so first, what begins so next, what sounds so last.

All spellings of all names stand in one row of letters, one after the other; a query is found
in it by comparing letters of the whole row at once. 100,000 names are about five million
letters: a millisecond. `onecity.web.spelling` says how names and queries become letters.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spelling import LONGEST, Family, Spelling, fold, is_latin, readings, spellings

_START, _WORD, _END, _SHORT_END = 1, 2, 4, 8
_FAMILY = 16
"""The family stands in the bits above the marks."""
_TOKENS = 5
_LEAST_INSIDE = 3
"""Letters that say something in the middle of a word."""
_SEPARATORS = str.maketrans(dict.fromkeys("·•、，,;；/|—–", " "))

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Ranks = NDArray[np.uint8]

_NOWHERE = np.zeros(0, np.int64)

# How a query lies in a spelling, best first: all of it, all but the word for its kind, its
# beginning, the beginning of a word in it, anything else.
_WHOLE, _SHORT, _PREFIX, _IN_WORD, _INSIDE = range(5)
_N, _S, _I = Family
_ORDER: tuple[tuple[Family, int], ...] = (
    *((_N, _WHOLE), (_N, _SHORT), (_S, _WHOLE), (_S, _SHORT), (_N, _PREFIX)),
    *((_I, _WHOLE), (_I, _SHORT), (_S, _PREFIX), (_N, _IN_WORD), (_S, _IN_WORD)),
    *((_I, _PREFIX), (_N, _INSIDE)),
)
"""What counts as found, best first: a syllable's middle and initials inside a name are noise."""
_BEST = len(_ORDER)
"""The rank of what was not found."""


def _rank(first: int, last: int) -> int:
    """Return how well a text lies between a letter with some marks and another."""
    if first & _START:
        lie = _WHOLE if last & _END else _SHORT if last & _SHORT_END else _PREFIX
    else:
        lie = _IN_WORD if first & _WORD else _INSIDE
    family = first // _FAMILY
    return next((at for at, known in enumerate(_ORDER) if known == (family, lie)), _BEST)


_MARKS = len(Family) * _FAMILY
_RANK = np.array([[_rank(one, two) for two in range(_MARKS)] for one in range(_MARKS)], np.uint8)
_CODE_WHOLE, _CODE_PREFIX = _ORDER.index((_N, _WHOLE)), _ORDER.index((_N, _PREFIX))


@dataclass(frozen=True, slots=True)
class Thing:
    """Something with a name.

    Attributes
    ----------
    kind, code
        What it is; both together name it once.
    zh, en
        Its names, as shown.
    names
        Its names, as searched; none for what is known by its code alone.
    at
        Where it is: longitude, latitude.
    bbox
        What it covers: west, south, east, north.
    under
        Kind and code of what it lies in.
    unit
        Whether it is an administrative unit, known without the word for its kind: 武汉.
    numbered
        Whether people know it by its code.
    sort
        What sort of its kind it is: settlement, station, airport; empty where there is one sort.
    """

    kind: str
    code: str
    zh: str
    en: str
    names: tuple[str, ...]
    at: tuple[float, float]
    bbox: tuple[float, float, float, float]
    under: tuple[tuple[str, str], ...] = ()
    unit: bool = False
    numbered: bool = True
    sort: str = ""


@dataclass(frozen=True, slots=True)
class _Letters:
    """Spellings in one row of letters, a 0 after each.

    Attributes
    ----------
    letters
        Code points, shape (letters,).
    marks
        Where spellings and words begin and end, and of which family they are.
    thing
        Row of the thing each letter belongs to.
    starts
        For each letter, where the words that begin with it stand in the row, ascending.
    """

    letters: NDArray[Any]
    marks: NDArray[np.uint8]
    thing: NDArray[np.int32]
    starts: Mapping[int, Rows]

    def at_words(self, text: str) -> Rows:
        """Return where a text begins together with a word."""
        return self._among(self.starts.get(ord(text[0]), _NOWHERE), text, 1)

    def anywhere(self, text: str) -> Rows:
        """Return where a text begins."""
        return self._among(np.flatnonzero(self.letters == ord(text[0])), text, 1)

    def _among(self, places: Rows, text: str, known: int) -> Rows:
        """Return the places where a text stands whose first `known` letters do."""
        # A row ends with more zeros than a text has letters: nothing is looked up beyond it.
        for place in range(known, len(text)):
            places = places[self.letters[places + place] == ord(text[place])]
        return places

    def best(self, places: Rows, length: int, things: int) -> Ranks:
        """Return how well a text of some length that stands at some places fits each thing."""
        ranks = _RANK[self.marks[places], self.marks[places + length - 1]]
        thing = self.thing[places]
        best = np.full(things, _BEST, np.uint8)
        for rank in range(_BEST - 1, -1, -1):
            best[thing[ranks == rank]] = rank
        return best


@dataclass(slots=True)
class _Row:
    """A row of letters in the making."""

    letters: list[str] = field(default_factory=list)
    marks: bytearray = field(default_factory=bytearray)
    things: list[int] = field(default_factory=list)

    def add(self, one: Spelling, thing: int, *, unit: bool) -> None:
        """Append a spelling of the thing in a row."""
        marks = bytearray([one.family * _FAMILY]) * (len(one.text) + 1)
        for place in one.starts:
            marks[place] |= _WORD
        marks[0] |= _START
        if one.short:
            # A city is called by its name alone as often as not.
            marks[one.short - 1] |= _END if unit else _SHORT_END
        marks[len(one.text) - 1] |= _END
        self.letters.append(one.text)
        self.marks += marks
        self.things.append(thing)

    def done(self, width: type[np.uint8 | np.uint32]) -> _Letters:
        """Return the row."""
        text = "".join(f"{one}\0" for one in self.letters) + "\0" * LONGEST
        letters = np.array(np.frombuffer(text.encode("utf-32-le"), np.uint32), width)
        marks = np.frombuffer(bytes(self.marks) + bytes(LONGEST), np.uint8)
        lengths = [len(one) + 1 for one in self.letters]
        thing = np.repeat(np.array([*self.things, 0], np.int32), [*lengths, LONGEST])
        words = np.flatnonzero(marks & _WORD)
        words = words[np.argsort(letters[words], kind="stable")]
        first, at = np.unique(letters[words], return_index=True)
        starts = zip(first.tolist(), np.split(words, at[1:]), strict=True) if len(words) else ()
        return _Letters(letters, marks, thing, dict(starts))


class NameIndex:
    """Things by their names. Never changes; any thread may ask.

    Parameters
    ----------
    things
        Most important first: of what is found equally well, earlier ones come first.
    """

    def __init__(self, things: Iterable[Thing]) -> None:
        self.things = tuple(things)
        latin, other = _Row(), _Row()
        for row, one in enumerate(self.things):
            for name in one.names:
                for spelling in spellings(name):
                    chosen = latin if is_latin(spelling.text) else other
                    chosen.add(spelling, row, unit=one.unit)
        self._latin, self._other = latin.done(np.uint8), other.done(np.uint32)
        codes = sorted(
            (text, row)
            for row, one in enumerate(self.things)
            if one.numbered and (text := fold(one.code).text)
        )
        self._codes = [text for text, _ in codes]
        self._coded = np.array([row for _, row in codes], np.int64)
        self._child, self._parent = self._kinship()
        self._units = self._unit_names()

    def __len__(self) -> int:
        """Return how many things are known."""
        return len(self.things)

    def search(self, query: str, limit: int) -> list[Thing]:
        """Return what a query may mean, likeliest first, `limit` things at most.

        What is called or begins so is found; several words are found in a thing and what it
        lies in together (孝感 城关); where there is nothing, what sounds alike is found
        (武漢, and characters that an input method took wrongly).
        """
        text = fold(query).text
        if not text or limit < 1:
            return []
        for ranks in self._attempts(query[:LONGEST], text):
            if (rows := _first(ranks, limit)).size:
                return [self.things[row] for row in rows]
        return []

    def _attempts(self, query: str, text: str) -> Iterator[Ranks]:
        """Yield ranks of all things, one way to understand the query after the other."""
        yield self._ranks(text)
        words = [one for part in query.translate(_SEPARATORS).split() if (one := fold(part).text)]
        if len(words) > 1:
            yield self._together(words[:_TOKENS])
        if not is_latin(text):
            for cut in range(len(text) - 1, 0, -1):
                if text[:cut] in self._units:
                    yield self._together([text[:cut], text[cut:]])
            yield self._alike(query)
        elif len(text) >= _LEAST_INSIDE:
            yield self._inside(text)

    def _ranks(self, text: str) -> Ranks:
        """Return how well a folded text fits each thing, `_BEST` for not at all."""
        best = np.full(len(self.things), _BEST, np.uint8)
        start = bisect_left(self._codes, text)
        if start < len(self._codes) and self._codes[start].startswith(text):
            # No letter of a folded text is above the last one of Unicode.
            best[self._coded[start : bisect_left(self._codes, f"{text}\U0010ffff")]] = _CODE_PREFIX
            whole = bisect_left(self._codes, f"{text}\0")
            best[self._coded[start:whole]] = _CODE_WHOLE
        row = self._row(text)
        return np.minimum(best, row.best(row.at_words(text), len(text), len(best)))

    def _inside(self, text: str) -> Ranks:
        """Return how well a folded text fits each thing, the middle of words included."""
        row = self._row(text)
        return row.best(row.anywhere(text), len(text), len(self.things))

    def _row(self, text: str) -> _Letters:
        return self._latin if is_latin(text) else self._other

    def _together(self, words: Sequence[str]) -> Ranks:
        """Return ranks of things that have each word themselves or in what they lie in."""
        best = np.full(len(self.things), _BEST, np.uint8)
        all_ = np.ones(len(self.things), bool)
        for word in words:
            own = self._ranks(word)
            np.minimum(best, own, out=best)
            all_ &= self._with_children(own < _BEST)
        best[~all_] = _BEST
        return best

    def _alike(self, query: str) -> Ranks:
        """Return ranks of things whose syllables sound like the query's."""
        best = np.full(len(self.things), _BEST, np.uint8)
        row = self._latin
        for syllables in readings(query):
            text = "".join(syllables)
            if not text or not is_latin(text):
                continue
            places = row.at_words(text)
            after = places + len(text)
            ended = (row.letters[after] == 0) | (row.marks[after] & _WORD > 0)
            sound = row.marks[places] // _FAMILY == Family.SOUND
            np.minimum(best, row.best(places[ended & sound], len(text), len(best)), out=best)
        return best

    def _with_children(self, some: Flags) -> Flags:
        """Return some things with all that lies in them: counties in cities, places in both."""
        wide = some.copy()
        for _ in range(2):
            wide[self._child[wide[self._parent]]] = True
        return wide

    def _kinship(self) -> tuple[Rows, Rows]:
        row = {(one.kind, one.code): place for place, one in enumerate(self.things)}
        pairs = [
            (place, row[above])
            for place, one in enumerate(self.things)
            for above in one.under
            if above in row
        ]
        made = np.array(pairs, np.int64).reshape(-1, 2)
        return made[:, 0], made[:, 1]

    def _unit_names(self) -> frozenset[str]:
        """Return what units are called, with and without the word for their kind."""
        found: defaultdict[Family, set[str]] = defaultdict(set)
        for one in self.things:
            if one.unit:
                for name in one.names:
                    for spelling in spellings(name):
                        found[spelling.family] |= {
                            spelling.text,
                            spelling.text[: spelling.short],
                        }
        return frozenset(found[Family.NAME] - {""})


def _first(ranks: Ranks, limit: int) -> Rows:
    """Return the rows of the best ranks, in the order of ranks and then of rows."""
    found: list[Rows] = []
    left = limit
    for rank in range(_BEST):
        rows = np.flatnonzero(ranks == rank)[:left]
        found.append(rows)
        left -= len(rows)
        if left <= 0:
            break
    return np.concatenate(found)
