"""The border effect of a region's travel times: estimates, variants and chance borders.

The main estimate looks at times from door to door, pairs weighted by the product of their
people. Variants weigh all pairs alike, look at roads alone, let roads or access legs be slower
or quicker, leave out near pairs, or take another sample of places. Chance borders are those of
`DRAWS` random partitions of the places into connected parts as large as the cities (in places,
so about in area); the same ones serve every variant.

Three scopes, by the regressions of `onecity.models.border`: all borders of the circle at once;
each two cities that share a border line; each city against the rest. For each the real effect is
held against made-up ones of its own kind: the circle against whole made-up partitions, a city
against the made-up parts of its own size, the border of two cities against the `ALIKE` made-up
borders whose share of all crossing is most like its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import InputError, RangeError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.border import BorderEffect, By, TravelPairs, border_effect, travel_pairs
from onecity.models.dummies import border_dummies
from onecity.models.part_effects import PartEffects, part_effects
from onecity.models.partition import random_partitions
from onecity.region.store import Region
from onecity.strands.contract import Chance, Level
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

from .border_findings import Estimated
from .border_pairs import (
    NEAR_KM,
    Sample,
    Ways,
    across_river,
    at_other_speeds,
    doors,
    neighbours_of,
    roads_only,
    sample_of,
)
from .border_relief import relief_between
from .figures import Ground

DRAWS = 200
"""Random partitions."""
ALIKE = 200
"""Made-up borders that the border of two cities is held against."""
SEED = 20_201_101
SLACK = 0.05
"""How far a made-up part may be from a city's size; a place more or less always may. Twice
that where no partition is found, as along ragged coasts."""

SCOPES: tuple[By, ...] = ("circle", "city", "border")
RIVER, RELIEF = "river", "relief"

INSEPARABLE = {"border.constant", "border.absorbed", "border.collinear"}
"""Errors that say no more than that a river and borders are one."""

Flags = NDArray[np.bool_]
Cities = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Estimate(Estimated):
    """One border effect on travel times.

    Attributes
    ----------
    river_share
        Share of the pairs' weight that crosses the great river too.
    river
        Whether the river's own effect is taken out.
    """

    river_share: float
    river: bool


@dataclass(frozen=True, slots=True)
class Estimates:
    """All border effects of a region.

    Attributes
    ----------
    found
        Those that could be estimated: circle, cities, borders.
    reasons
        Why a scope has none, by its name.
    places, pairs
        How many were looked at.
    side_km
        See `border_pairs.Sample`.
    river
        Whether some pair is known to lie on different banks of a great river.
    relief
        Effect on ln minutes of 100 m of relief on the way, for the circle; None where relief is
        not known.
    """

    found: tuple[Estimate, ...]
    reasons: Mapping[By, Sentence]
    places: int
    pairs: int
    side_km: float | None
    river: bool
    relief: float | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """A sample with the cities it lies in.

    Attributes
    ----------
    sample
        The places.
    rows
        Row of each city that has a place, ascending, shape (P,).
    city
        City of each place as 0..P-1; -1 for none of them.
    county
        Row of the county of each place.
    relief
        Between the places, shape (places, places), see `border_relief`; None where not known.
    """

    sample: Sample
    rows: Rows
    city: Rows
    county: Rows
    relief: Reals | None = None

    @property
    def cities(self) -> int:
        """P, the number of cities that have a place."""
        return len(self.rows)

    def numbered(self, near: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return pairs of rows of cities as pairs of 0..P-1, those without a place left out."""
        number = {int(row): place for place, row in enumerate(self.rows)}
        return [(number[a], number[b]) for a, b in near if a in number and b in number]


@dataclass(frozen=True)
class Variant:
    """Pairs, whether people weigh them, and whether each crosses the great river.

    What is absorbed is kept, so that a variant takes some ten MB once it was asked for it.
    """

    places: Places
    ways: Ways
    weighed: bool
    across: Flags

    def pairs(self, *, river: bool) -> TravelPairs:
        """Return the pairs with everything absorbed that does not hang on borders."""
        return self.beside if river else self.plain

    @cached_property
    def beside(self) -> TravelPairs:
        """The pairs with the river among what is absorbed."""
        return self._made({RIVER: self.across.astype(np.float64)})

    @cached_property
    def plain(self) -> TravelPairs:
        """The pairs without it."""
        return self._made({})

    def _made(self, further: Mapping[str, Reals]) -> TravelPairs:
        ways, relief = self.ways, self.places.relief
        people = self.places.sample.people if self.weighed else None
        if relief is not None:
            further = {**further, RELIEF: relief[ways.origin, ways.destination]}
        return travel_pairs(
            ways.origin, ways.destination, ways.minutes, ways.km, people=people, further=further
        )


@dataclass(frozen=True, slots=True)
class _Main:
    """The main estimate of a scope, and whether the river is beside it."""

    effect: BorderEffect
    river: bool


@dataclass(frozen=True, slots=True)
class _MadeUp:
    """Made-up partitions of the places, shape (n, places), and which parts touch (n, P, P)."""

    part: NDArray[np.integer]
    near: Flags


def estimates(
    region: Region,
    travel: Travel,
    ground: Ground,
    near: tuple[tuple[int, int], ...],
    *,
    progress: Progress = SILENCE,
) -> Estimates:
    """Return the border effects of a region; none, with reasons, where there can be none.

    Parameters
    ----------
    near
        Rows of cities that share a border line, ascending, each once.
    """
    places = places_of(region, ground)
    sample, rows = places.sample, places.rows
    if len(rows) < 2:
        reason = Sentence("transport.border_one_city")
        return Estimates((), dict.fromkeys(SCOPES, reason), len(sample), 0, None, river=False)
    ways = doors(ground, travel, sample)
    first = Variant(places, ways, weighed=True, across=across_river(region, sample, ways))
    lines = places.numbered(near)
    several = list(_several(region, travel, ground, places, ways))
    variants = 2 * len(several)
    progress.stage("transport.stage_borders", 2 + variants)
    main, reasons = _mains(first, lines)
    progress.advance()
    held: list[Mapping[By, PartEffects]] = []
    changed: list[Mapping[By, PartEffects]] = []
    if main:
        made = _made_up(region, ground, places)
        progress.advance()
        for variant in chain((first,), _others(region, several)):
            # Chance borders serve both weights; more would say little and take long.
            with_chance = variant.ways is ways
            with suppress(InputError, RangeError):
                one = _effects(variant, main, lines, made if with_chance else None)
                if with_chance and (held or variant is first):
                    held.append(one)
                if variant is not first:
                    changed.append(one)
            progress.advance()
    found = [
        each for by in main for each in _found(first, by, main[by], lines, rows, held, changed)
    ]
    return Estimates(
        found=tuple(found),
        reasons=reasons,
        places=len(sample),
        pairs=len(ways.km),
        side_km=sample.side_km,
        river=bool(first.across.any()),
        relief=_relief_effect(main),
    )


def _relief_effect(main: Mapping[By, _Main]) -> float | None:
    """Return the effect of 100 m of relief beside all borders at once."""
    fits = main["circle"].effect.fits if "circle" in main else ()
    known = (one for one in fits if RELIEF in one.names)
    return next((float(one.coefficients[one.names.index(RELIEF)]) for one in known), None)


def places_of(region: Region, ground: Ground) -> Places:
    """Return the places that border effects are looked at on, with the cities they lie in."""
    area = float(region.table("zones")["area_km2"].sum())
    sample = sample_of(ground, area_km2=area)
    return _placed(region, ground, sample, np.unique(ground.city[sample.zone]))


def _placed(region: Region, ground: Ground, sample: Sample, rows: Rows) -> Places:
    """Give each place the number of its city among `rows`; -1 if it is none of them."""
    city = ground.city[sample.zone]
    number = np.minimum(np.searchsorted(rows, city), len(rows) - 1)
    number = np.where(rows[number] == city, number, -1)
    county = ground.units[Level.COUNTY].unit[sample.zone]
    return Places(sample, rows, number, county, relief_between(region, ground, sample.zone))


def _mains(
    first: Variant, lines: list[tuple[int, int]]
) -> tuple[dict[By, _Main], dict[By, Sentence]]:
    """Return the main estimate of each scope, or why there is none."""
    main: dict[By, _Main] = {}
    reasons: dict[By, Sentence] = {}
    places = first.places
    for by in SCOPES:
        # Where the border of a scope is the river, the river cannot be taken out.
        for river in (True, False) if first.across.any() else (False,):
            try:
                effect = border_effect(
                    first.pairs(river=river),
                    places.city,
                    by=by,
                    touching=lines,
                    clusters=None if by == "circle" else places.county,
                )
            except (InputError, RangeError) as error:
                reasons[by] = Sentence(error.key, error.values)
                if error.key not in INSEPARABLE:
                    break
            else:
                main[by] = _Main(effect, river)
                reasons.pop(by, None)
                break
    return main, reasons


def _several(
    region: Region, travel: Travel, ground: Ground, places: Places, ways: Ways
) -> Iterator[tuple[Places, Ways]]:
    """Yield the places and ways of all variants, the main ones first."""
    sample = places.sample
    yield places, ways
    yield places, ways.beyond(NEAR_KM)
    yield places, roads_only(region, travel, sample)
    for other in at_other_speeds(region, travel):
        yield places, doors(ground, other, sample)
    if sample.side_km is not None:
        area = float(region.table("zones")["area_km2"].sum())
        moved = sample_of(ground, area_km2=area, shifted=True)
        elsewhere = _placed(region, ground, moved, np.unique(ground.city[sample.zone]))
        if (elsewhere.city >= 0).all():
            yield elsewhere, doors(ground, travel, moved)


def _others(region: Region, several: list[tuple[Places, Ways]]) -> Iterator[Variant]:
    """Yield all variants but the main one, each made when its turn comes."""
    for number, (where, ways) in enumerate(several):
        across = across_river(region, where.sample, ways)
        for weighed in (True, False) if number else (False,):
            yield Variant(where, ways, weighed=weighed, across=across)


def _made_up(region: Region, ground: Ground, places: Places) -> _MadeUp | None:
    """Return partitions into as many connected parts as there are cities, as large as they."""
    given = neighbours_of(region, ground, places.sample)
    sizes = np.bincount(places.city)
    part = None
    for slack in (SLACK, 2 * SLACK):
        allowed = min(max(slack, 1.01 / sizes.min()), 0.99)
        with suppress(InputError, RangeError):
            part = random_partitions(given, sizes, count=DRAWS, seed=SEED, tolerance=allowed).part
            break
    if part is None:
        return None
    start = np.repeat(np.arange(len(given)), np.diff(given.first))
    near = np.zeros((len(part), len(sizes), len(sizes)), np.bool_)
    for row, one in enumerate(part):
        near[row, one[start], one[given.zone]] = True
    return _MadeUp(part, near)


def _effects(
    variant: Variant, main: Mapping[By, _Main], lines: list[tuple[int, int]], made: _MadeUp | None
) -> dict[By, PartEffects]:
    """Return the effects of the real borders, first, and of made-up ones, for each scope."""
    parts = variant.places.cities
    near = np.zeros((1, parts, parts), np.bool_)
    for a, b in lines:
        near[0, a, b] = near[0, b, a] = True
    label = variant.places.city[None]
    if made is not None:
        label, near = np.concatenate([label, made.part]), np.concatenate([near, made.near])
    by_river = {
        river: part_effects(variant.pairs(river=river), label, near)
        for river in sorted({one.river for one in main.values()})
    }
    return {by: by_river[one.river] for by, one in main.items()}


def _found(
    first: Variant,
    by: By,
    main: _Main,
    lines: list[tuple[int, int]],
    rows: Rows,
    held: list[Mapping[By, PartEffects]],
    changed: list[Mapping[By, PartEffects]],
) -> Iterator[Estimate]:
    """Yield the estimates of one scope.

    Parameters
    ----------
    held
        Effects with those of made-up borders: of the main variant, then of others.
    changed
        Effects in all variants but the main one.
    """
    pairs, effect = first.pairs(river=main.river), main.effect
    columns = border_dummies(
        pairs.origin, pairs.destination, first.places.city, by=by, touching=lines
    ).columns
    weight = pairs.design.weight
    across = first.across[pairs.design.rows]
    intervals = effect.intervals()
    for k, label in enumerate(effect.labels):
        if label == "other":
            continue
        key = () if label == "all" else label if isinstance(label, tuple) else (label,)
        values = [_real(one[by], key) for one in changed]
        crossing = weight * columns[:, k]
        yield Estimate(
            cities=tuple(int(rows[place]) for place in key),
            beta=float(effect.beta[k]),
            theta=float(effect.theta[k]),
            interval=(float(intervals[k, 0]), float(intervals[k, 1])),
            variants=(float(effect.beta[k]), *(v for v in values if np.isfinite(v))),
            chance=_chance([one[by] for one in held], key),
            pairs=int(effect.crossings[k]),
            river_share=float(crossing @ across / crossing.sum()),
            river=main.river,
        )


def _real(seen: PartEffects, key: Cities) -> float:
    """Return the effect of the real border in one variant."""
    if not key:
        return float(seen.circle[0])
    return float(seen.part[0, key[0]] if len(key) == 1 else seen.border[0, key[0], key[1]])


def _chance(seen: list[PartEffects], key: Cities) -> Chance | None:
    """Return how the real border stands beside made-up ones, in the variants that have them."""
    held = []
    for one in seen:
        made, real = _made_effects(one, key), _real(one, key)
        if len(made) and np.isfinite(real):
            held.append((made, (np.count_nonzero(made >= real) + 1) / (len(made) + 1)))
    if not held:
        return None
    made, p = held[0]
    several = [float(value) for _, value in held]
    return Chance(
        count=len(made),
        mean=float(made.mean()),
        sd=float(made.std(ddof=1)) if len(made) > 1 else float("nan"),
        p=float(p),
        p_range=(min(several), max(several)),
    )


def _made_effects(seen: PartEffects, key: Cities) -> Reals:
    """Return the effects of the made-up borders that one is held against."""
    if len(key) < 2:
        made = seen.circle[1:] if not key else seen.part[1:, key[0]]
        return np.asarray(made[np.isfinite(made)])
    left, right = np.triu_indices(seen.border.shape[1], 1)
    made = seen.border[1:, left, right].ravel()
    share = seen.border_share[1:, left, right].ravel()
    known = np.isfinite(made) & (share > 0)
    made, share = made[known], share[known]
    own = seen.border_share[0, key[0], key[1]]
    if not own > 0:
        return np.zeros(0)
    # Effects of borders that few cross scatter more: like is held against like.
    alike = np.argsort(np.abs(np.log(share / own)), kind="stable")[:ALIKE]
    return np.asarray(made[alike])
