"""What borders cost before and after roads change, on the same pairs of places.

The main estimate of `border_estimates`, and that alone: variants and chance borders take half a
minute and say how firm an effect is, which a road or two hardly change. All that hangs on places
and borders is made ready once; other times then take a tenth of a second (see `models.refit`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from onecity.core.errors import InputError, RangeError
from onecity.core.words import Sentence
from onecity.models.border import By, TravelPairs, pair_codes
from onecity.models.refit import Answer, Columns, Question, columns_of, question, refit
from onecity.region.store import Region
from onecity.strands.contract import BorderEstimate, BorderShift, Indicator, Level
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

from .border_estimates import INSEPARABLE, RIVER, SCOPES, Cities, Flags, Places, Variant, places_of
from .border_pairs import Ways, across_river, within_reach
from .borders import WORSE, meeting
from .figures import Ground


@dataclass(frozen=True, slots=True)
class Shifts:
    """Border effects before and after, and what must be known of them."""

    found: tuple[BorderShift, ...]
    remarks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A regression, the cities of each effect asked of it, and how many pairs cross there."""

    question: Question
    keys: tuple[Cities, ...]
    pairs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Regressions on some of the near pairs, with their effects at the times before.

    `kept` are rows of the near pairs, in the order of the regressions.
    """

    kept: Rows
    columns: Columns
    asked: tuple[_Asked, ...]
    before: tuple[Answer, ...]

    def at(self, minutes: Reals) -> tuple[Answer, ...]:
        """Return the effects at other times of all near pairs."""
        return refit(self.columns, [one.question for one in self.asked], minutes[self.kept])


@dataclass(frozen=True, slots=True)
class BorderGround:
    """What the border effects of a region rest on besides times; make one with `of`.

    Attributes
    ----------
    places
        The places looked at.
    near
        Pairs of them within reach, with their times before.
    lines
        Cities that share a border line, as `Places` number them.
    fitted
        The regressions on all pairs joined before; None where there is none to be made.
    """

    region: Region
    ground: Ground
    places: Places
    near: Ways
    lines: tuple[tuple[int, int], ...]
    fitted: _Fitted | None

    @classmethod
    def of(cls, region: Region, travel: Travel, ground: Ground) -> "BorderGround":
        """Return what the border effects of a region rest on; some seconds for a large one."""
        places = places_of(region, ground)
        zones = places.sample.zone
        near = within_reach(ground.lon[zones], ground.lat[zones])
        near = near.at(_seconds(travel, places))
        lines = tuple(places.numbered(meeting(region, ground)))
        fitted = _fitted(region, places, lines, near, near.joined)
        return cls(region, ground, places, near, lines, fitted)

    def shifts(self, travel: Travel, *, time: Indicator, between: Indicator) -> Shifts:
        """Return what borders cost before and after.

        Pairs that a way joins only before or only after are left out of both, lest what
        changes be the pairs that are looked at.

        Parameters
        ----------
        travel
            Of a region whose zones and access legs are those of this one.
        time, between
            What effects at units and between two cities are.
        """
        after = self.near.at(_seconds(travel, self.places))
        lost, won = self.near.joined & ~after.joined, after.joined & ~self.near.joined
        fitted = self.fitted
        if fitted is not None and lost.any():
            both = self.near.joined & after.joined
            fitted = _fitted(self.region, self.places, self.lines, self.near, both)
        if fitted is None:
            return Shifts((), (Sentence("transport.shift_none"),))
        remarks = [Sentence("transport.shift_main")]
        if lost.any() or won.any():
            counts = {"lost": int(lost.sum()), "won": int(won.sum())}
            remarks.append(Sentence("transport.shift_pairs", counts))
        found = self._shifts(fitted, fitted.at(after.minutes), time, between)
        return Shifts(tuple(found), tuple(remarks))

    def _shifts(
        self, fitted: _Fitted, after: tuple[Answer, ...], time: Indicator, between: Indicator
    ) -> Iterator[BorderShift]:
        codes = self.ground.units[Level.CITY].codes[self.places.rows]
        for asked, old, new in zip(fitted.asked, fitted.before, after, strict=True):
            for k, key in enumerate(asked.keys):
                yield BorderShift(
                    # Rows of the table of cities need not be in the order of codes.
                    codes=tuple(sorted(str(codes[place]) for place in key)),
                    indicator=between if len(key) == 2 else time,
                    before=_estimate(old, k),
                    after=_estimate(new, k),
                    pairs=asked.pairs[k],
                    worse=WORSE,
                )


def _estimate(answer: Answer, k: int) -> BorderEstimate:
    low, high = (float(end) for end in answer.interval[k])
    return BorderEstimate(float(answer.beta[k]), answer.theta, (low, high))


def _seconds(travel: Travel, places: Places) -> Reals:
    nodes = travel.zone_nodes[places.sample.zone]
    return travel.network.travel_times(nodes, nodes)


def _fitted(
    region: Region,
    places: Places,
    lines: tuple[tuple[int, int], ...],
    near: Ways,
    chosen: Flags,
) -> _Fitted | None:
    """Return the regressions on some of the near pairs; None where no scope has one."""
    if places.cities < 2:
        return None
    ways = near.chosen(chosen)
    first = Variant(places, ways, weighed=True, across=across_river(region, places.sample, ways))
    pairs = _pairs(first)
    if pairs is None:
        return None
    one, other = (places.city[end] for end in (pairs.origin, pairs.destination))
    kind = np.minimum(one, other) * places.cities + np.maximum(one, other)
    borders, crossing = np.unique(np.where(one == other, -1, kind), return_inverse=True)
    crossing = crossing - int(borders[0] == -1)
    ends = np.column_stack(np.divmod(borders[borders >= 0], places.cities))
    if not len(ends):
        return None
    columns = columns_of(pairs, crossing)
    asked = tuple(
        question for by in SCOPES for question in _scope(columns, places, ends, lines, by)
    )
    if not asked:
        return None
    kept = np.flatnonzero(chosen)[pairs.design.rows]
    before = refit(columns, [one.question for one in asked], near.minutes[kept])
    return _Fitted(kept, columns, asked, before)


def _pairs(first: Variant) -> TravelPairs | None:
    """Return the pairs with the river beside them, where it can be told apart from the rest."""
    for river in (True, False) if first.across.any() else (False,):
        try:
            return first.pairs(river=river)
        except (InputError, RangeError) as error:
            if error.key not in INSEPARABLE:
                return None
    return None


def _scope(
    columns: Columns, places: Places, ends: Rows, lines: tuple[tuple[int, int], ...], by: By
) -> tuple[_Asked, ...]:
    """Return the regressions of one scope; none where there can be none.

    Parameters
    ----------
    ends
        The two cities of each kind of border, ascending, shape (kinds, 2).
    """
    names = columns.pairs.names
    without = tuple(name for name in names if name != RIVER)
    cluster = places.city if by == "circle" else places.county
    clusters = pair_codes(columns.pairs, cluster)
    crossed = np.bincount(columns.crossing[columns.crossing >= 0], minlength=len(ends))
    # Where the border of a scope is the river, the river cannot be taken out.
    for beside in (names, without) if RIVER in names else (names,):
        try:
            return tuple(
                _Asked(
                    question=question(
                        columns,
                        choice,
                        tuple(f"border {key}" for key in (*keys, "other"))[: choice.shape[1]],
                        clusters,
                        wanted=len(keys),
                        beside=beside,
                    ),
                    keys=keys,
                    pairs=tuple(int(one) for one in crossed @ choice[:, : len(keys)]),
                )
                for choice, keys in _choices(ends, lines, by, places.cities)
            )
        except (InputError, RangeError) as error:
            if error.key not in INSEPARABLE:
                break
    return ()


def _choices(
    ends: Rows, lines: tuple[tuple[int, int], ...], by: By, cities: int
) -> Iterator[tuple[Reals, tuple[Cities, ...]]]:
    """Yield how the border regressors of each regression are summed from kinds of border.

    With the effects that are asked for; what else is crossed has one effect after them.
    """
    if by == "circle":
        yield np.ones((len(ends), 1)), ((),)
        return
    scopes: list[list[tuple[Cities, Flags]]]
    if by == "city":
        scopes = [[((k,), (ends == k).any(axis=1))] for k in range(cities)]
    else:
        scopes = [[((a, b), (ends == (a, b)).all(axis=1)) for a, b in lines]]
    for scope in scopes:
        some = [(key, mine) for key, mine in scope if mine.any()]
        if not some:
            continue
        chosen = np.column_stack([mine for _, mine in some])
        others = ~chosen.any(axis=1)
        choice = np.column_stack([chosen, others]) if others.any() else chosen
        yield choice.astype(np.float64), tuple(key for key, _ in some)
