"""What city borders do to flows: estimates, other ways of looking, made-up borders.

    E T_ij = exp(a_i + g_j + theta ln d_ij + beta b_ij + river, relief)

by Poisson pseudo-likelihood (`onecity.models.gravity`), d the straight line, b_ij = 1 where i and
j lie in different cities; lists that are cut off by the censored likelihood. beta is what a border
does in all, its worse roads included. Other ways of looking: travel time in place of distance, as
a logarithm and in minutes, which leaves what the border does beyond its roads; and pairs of
different places alone.

Errors are clustered by pairs of cities, a city with itself among them. Where these are fewer than
`FEW`, the interval is that of a wild bootstrap of scores (Kline & Santos 2012). Made-up borders are
those of random connected partitions of the places into parts as many and as large as the cities:
the same regression, again and again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onecity.core.errors import InputError, RangeError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.gravity import border_figures, wild_bootstrap
from onecity.models.gravity.ppml import PoissonFit
from onecity.models.partition import random_partitions
from onecity.strands.contract import Chance, Level, Verdict
from onecity.strands.transport.border_estimates import SEED, SLACK
from onecity.strands.transport.border_findings import Estimated
from onecity.strands.transport.borders import RARE
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals, Rows

from .costs import Costs, neighbours_of
from .lists import FlowList
from .pairs import (
    BORDER,
    LN_KM,
    LN_MINUTES,
    MINUTES,
    RELIEF,
    RIVER,
    Fitted,
    ListPairs,
    effect_alone,
    fitted,
    labels_between,
    pairs_of,
)

DRAWS = 200
"""Made-up partitions, where pairs are few."""
LEAST_DRAWS = 19
"""Fewer could not tell what one in twenty is."""
WORK = 8_000_000
"""Pairs fitted for made-up borders in all, about."""
FEW = 50
"""With fewer clusters than this, their errors are too small."""
NORMAL = 1.959964
"""Standard errors on either side of a normal's 95 % interval."""
WORSE = -1
"""Less flow is worse."""
OTHERS = "other borders"
WITHOUT = {RIVER: "flow_findings.without_river", RELIEF: "flow_findings.without_relief"}
"""What is said where a regressor cannot be told from borders."""
PLACES_EACH = 2
"""Made-up borders need this many places to a city."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What borders do to the flows of one list.

    Attributes
    ----------
    found
        All borders at once, cities, borders; none, with the reason among the remarks, where it
        cannot be told.
    beta_time
        Effect of all borders where travel time stands in place of distance.
    distance_factor, distance_interval
        Crossing is like a way this many times as far; NaN where not known.
    minutes, minutes_interval
        Crossing is like this much more time on the way.
    province
        What a province border adds to that of the city border it also is; NaN where there is none.
    remarks
        What must be known of these.
    """

    found: tuple[Estimated, ...]
    beta_time: float
    distance_factor: float
    distance_interval: tuple[float, float]
    minutes: float
    minutes_interval: tuple[float, float]
    province: float
    remarks: tuple[Sentence, ...]

    @property
    def circle(self) -> Estimated | None:
        """The effect of all borders at once."""
        return next((one for one in self.found if not one.cities), None)


def effects_of(
    ready: Ready,
    given: FlowList,
    costs: Costs,
    near: tuple[tuple[int, int], ...] = (),
    *,
    progress: Progress = SILENCE,
) -> Effects:
    """Return what borders do to the flows of a list that tells it.

    Parameters
    ----------
    near
        Rows of cities that share a border line, ascending, each once; without any, single borders,
        single cities and made-up borders are left out.
    """
    main = pairs_of(given, costs)
    if not (main.flow[main.crosses & main.listed] > 0).any():
        return _nothing(Sentence("flow_findings.nothing_crosses"))
    clusters = labels_between(given.city[main.origin], given.city[main.destination])
    found = fitted(main, {BORDER: main.crosses.astype(np.float64)}, clusters)
    if isinstance(found, Sentence):
        return _nothing(Sentence("flow_findings.no_effect", {"reason": found}))
    if BORDER not in found.fit.names:
        return _nothing(Sentence("flow_findings.nothing_crosses"))
    by_time = {cost: _by_time(given, costs, cost) for cost in (LN_MINUTES, MINUTES)}
    logged = by_time[LN_MINUTES]
    interval, unsure = _interval(found, clusters)
    chance = _chance(ready, given, costs, main, found, progress) if near else None
    circle = Estimated(
        cities=(),
        beta=found.beta(BORDER),
        theta=found.beta(LN_KM),
        interval=interval,
        variants=tuple(_variants(found, main, clusters, by_time)),
        chance=chance,
        pairs=int(main.crosses.sum()),
    )
    factor, factor_interval = _as_distance(found)
    minutes, minutes_interval = _as_minutes(by_time[MINUTES])
    return Effects(
        found=(circle, *_single(given, main, near)),
        beta_time=float("nan") if logged is None else logged.beta(BORDER),
        distance_factor=factor,
        distance_interval=factor_interval,
        minutes=minutes,
        minutes_interval=minutes_interval,
        province=_province(ready, given, main, clusters),
        remarks=(*_treated(main, found, given), *_without_time(given, costs, main), *unsure),
    )


def verdict_of(estimate: Estimated) -> Verdict:
    """Return whether an effect stands out, as of travel times (`borders.verdict_of`).

    Clear if fewer flows cross by the interval and by every way of looking, and made-up borders as
    bad are rare; unsure if that holds in part, or there are no made-up borders.
    """
    chance = estimate.chance
    if not estimate.interval[1] < 0 or (chance is not None and chance.p > RARE):
        return Verdict.NONE
    if chance is None or not max(estimate.variants) < 0:
        return Verdict.UNSURE
    return Verdict.CLEAR


def _nothing(reason: Sentence) -> Effects:
    nan = float("nan")
    return Effects((), nan, nan, (nan, nan), nan, (nan, nan), nan, (reason,))


def _by_time(given: FlowList, costs: Costs, cost: str) -> Fitted | None:
    """Return the regression with travel time as its cost."""
    pairs = pairs_of(given, costs, cost)
    crossing = pairs.crosses[pairs.listed]
    if not crossing.any() or crossing.all():
        return None
    clusters = labels_between(given.city[pairs.origin], given.city[pairs.destination])
    found = fitted(pairs, {BORDER: pairs.crosses.astype(np.float64)}, clusters)
    if isinstance(found, Sentence) or cost in found.left_out or BORDER not in found.fit.names:
        return None
    return found


def _variants(
    main: Fitted, pairs: ListPairs, clusters: Rows, by_time: Mapping[str, Fitted | None]
) -> list[float]:
    """Return the effect of all borders in every way of looking, the main one first."""
    values = [main.beta(BORDER)]
    values += [one.beta(BORDER) for one in by_time.values() if one is not None]
    apart = pairs.origin != pairs.destination
    if not apart.all():
        other = pairs.chosen(apart)
        crossing = other.crosses[other.listed]
        if crossing.any() and not crossing.all():
            found = fitted(other, {BORDER: other.crosses.astype(np.float64)}, clusters[apart])
            if isinstance(found, Fitted):
                values.append(found.beta(BORDER))
    return [value for value in values if np.isfinite(value)]


def _interval(found: Fitted, clusters: Rows) -> tuple[tuple[float, float], tuple[Sentence, ...]]:
    """Return the interval of the border, and how it was found."""
    fit, by_cluster = found.fit, found.interval(BORDER)
    if found.pairs is None or not isinstance(fit, PoissonFit):
        return by_cluster, ()
    if fit.clusters >= FEW or not np.isfinite(by_cluster).all():
        return by_cluster, ()
    values: dict[str, object] = {"clusters": fit.clusters}
    try:
        wild = wild_bootstrap(found.pairs, fit, BORDER, clusters=clusters)
    except (InputError, RangeError):
        return by_cluster, (Sentence("flow_findings.few_clusters", values),)
    values["p"] = wild.p_value
    if not np.isfinite((wild.low, wild.high)).all():
        return by_cluster, (Sentence("flow_findings.wild_open", values),)
    low, high = np.exp(by_cluster)
    values |= {"low": float(low), "high": float(high)}
    return (wild.low, wild.high), (Sentence("flow_findings.wild", values),)


def _as_distance(found: Fitted) -> tuple[float, tuple[float, float]]:
    """Return the border as a distance; NaN where more distance is no hindrance."""
    theta, beta, nan = found.beta(LN_KM), found.beta(BORDER), float("nan")
    if not theta < 0:
        return nan, (nan, nan)
    if not isinstance(found.fit, PoissonFit):
        return float(np.exp(beta / theta)), (nan, nan)
    seen = border_figures(found.fit, BORDER, distance=LN_KM)
    return seen.distance_factor, seen.distance_factor_interval


def _as_minutes(found: Fitted | None) -> tuple[float, tuple[float, float]]:
    nan = float("nan")
    if found is None or not found.beta(MINUTES) < 0:
        return nan, (nan, nan)
    if not isinstance(found.fit, PoissonFit):
        return found.beta(BORDER) / found.beta(MINUTES), (nan, nan)
    seen = border_figures(found.fit, BORDER, minutes=MINUTES)
    return seen.minutes, seen.minutes_interval


def _province(ready: Ready, given: FlowList, pairs: ListPairs, clusters: Rows) -> float:
    """Return what a province border adds; the first two digits of a code are its province."""
    province = np.array([str(code)[:2] for code in ready.region.table("cities")["city"]])
    of = province[given.city]
    crosses = of[pairs.origin] != of[pairs.destination]
    if not crosses.any():
        return float("nan")
    borders = {
        BORDER: pairs.crosses.astype(np.float64),
        "province": crosses.astype(np.float64),
    }
    found = fitted(pairs, borders, clusters)
    return found.beta("province") if isinstance(found, Fitted) else float("nan")


def _single(
    given: FlowList, pairs: ListPairs, near: tuple[tuple[int, int], ...]
) -> list[Estimated]:
    """Return the effect of each city's border and of each border between two cities.

    A city has a regression of its own, in which the other borders have an effect too; borders
    between two cities that touch have one together. Their clusters are pairs of counties: a
    border between two cities lies in one pair of cities.
    """
    if given.level is Level.CITY or not near:
        return []
    city, county = given.city, given.county
    clusters = labels_between(county[pairs.origin], county[pairs.destination])
    a, b = city[pairs.origin], city[pairs.destination]
    found: list[Estimated] = []
    present = np.unique(np.concatenate([a, b]))
    for one in present if len(present) > 2 else ():
        mine = (a == one) != (b == one)
        columns = {BORDER: mine.astype(np.float64)}
        if (pairs.crosses & ~mine).any():
            columns[OTHERS] = (pairs.crosses & ~mine).astype(np.float64)
        fit = fitted(pairs, columns, clusters)
        if isinstance(fit, Fitted) and BORDER in fit.fit.names:
            found.append(_alone(fit, BORDER, (int(one),), int(mine.sum())))
    lines = {pair: np.isin(a, pair) & np.isin(b, pair) & pairs.crosses for pair in near}
    columns = {f"{x} {y}": line.astype(np.float64) for (x, y), line in lines.items() if line.any()}
    rest = pairs.crosses & ~np.any([*lines.values()], axis=0)
    fit = fitted(
        pairs, columns | ({OTHERS: rest.astype(np.float64)} if rest.any() else {}), clusters
    )
    if isinstance(fit, Fitted):
        for pair, line in lines.items():
            name = f"{pair[0]} {pair[1]}"
            if name in fit.fit.names:
                found.append(_alone(fit, name, pair, int(line.sum())))
    return found


def _alone(fit: Fitted, name: str, cities: tuple[int, ...], pairs: int) -> Estimated:
    """Return one border's estimate, its interval the wider of two.

    Where few clusters cross it, clustered errors are far too small (MacKinnon & Webb 2017);
    quasi-Poisson ones, with the spread of all flows about what is modelled, are not.
    """
    beta, (low, high) = fit.beta(name), fit.interval(name)
    half = fit.quasi_error(name) * NORMAL
    interval = float(np.fmin(low, beta - half)), float(np.fmax(high, beta + half))
    return Estimated(cities, beta, fit.beta(LN_KM), interval, (beta,), None, pairs)


def _chance(
    ready: Ready,
    given: FlowList,
    costs: Costs,
    pairs: ListPairs,
    main: Fitted,
    progress: Progress,
) -> Chance | None:
    """Return the effects of made-up borders; None where there are too few places for any."""
    sizes = np.bincount(given.city)
    sizes = sizes[sizes > 0]
    if given.level is Level.CITY or len(given) < PLACES_EACH * len(sizes):
        return None
    draws = min(DRAWS, max(LEAST_DRAWS, WORK // max(len(pairs.flow), 1)))
    slack = min(max(SLACK, 1.01 / sizes.min()), 0.99)
    try:
        near = neighbours_of(ready, given, costs)
        made = random_partitions(near, sizes, count=draws, seed=SEED, tolerance=slack).part
    except (InputError, RangeError):
        return None
    made = np.unique([_numbered(part) for part in made], axis=0)
    columns = {name: x for name, x in pairs.columns.items() if name in main.fit.names}
    progress.stage("flow_findings.stage_chance", len(made))
    betas = []
    for part in made:
        crossing = part[pairs.origin] != part[pairs.destination]
        betas.append(effect_alone(pairs, columns, crossing.astype(np.float64)))
        progress.advance()
    return chance_of(np.array(betas), main.beta(BORDER))


def _numbered(part: NDArray[np.integer]) -> Rows:
    """Return parts numbered as they appear: partitions that differ in numbers alone are one."""
    _, first, place = np.unique(part, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[place], np.int64)


def chance_of(made: Reals, beta: float) -> Chance | None:
    """Return how a border stands beside made-up ones; None if these are too few to tell."""
    made = made[np.isfinite(made)]
    if len(made) < LEAST_DRAWS:
        return None
    p = float((np.count_nonzero(made <= beta) + 1) / (len(made) + 1))
    return Chance(len(made), float(made.mean()), float(made.std(ddof=1)), p, (p, p))


def _without_time(given: FlowList, costs: Costs, main: ListPairs) -> tuple[Sentence, ...]:
    """Return what is left out where travel time is the cost, for want of a way."""
    timed = pairs_of(given, costs, LN_MINUTES)
    count, flow = timed.lost - main.lost, timed.lost_flow - main.lost_flow
    if count <= 0:
        return ()
    values = {"count": count, "flow": flow, "unit": given.unit}
    return (Sentence("flow_findings.no_time", values),)


def _treated(main: ListPairs, found: Fitted, given: FlowList) -> tuple[Sentence, ...]:
    """Return how pairs were treated that could not take part."""
    fit, remarks = found.fit, []
    if main.lost:
        values = {"count": main.lost, "flow": main.lost_flow, "unit": given.unit}
        remarks.append(Sentence("flow_findings.no_way", values))
    if isinstance(fit, PoissonFit):
        separated, alone = len(fit.dropped.separated), len(fit.dropped.singletons)
        key = "flow_findings.separated"
    else:
        separated, alone = len(fit.separated), len(fit.singletons)
        key = "flow_findings.never_listed"
        remarks.append(
            Sentence("flow_findings.censored", {"listed": fit.listed, "pairs": fit.pairs})
        )
    if separated:
        remarks.append(Sentence(key, {"count": separated}))
    if alone:
        remarks.append(Sentence("flow_findings.alone", {"count": alone}))
    remarks += [
        Sentence(WITHOUT.get(name, "flow_findings.without_distance")) for name in found.left_out
    ]
    if not found.beta(LN_KM) < 0 and LN_KM in fit.names:
        remarks.append(Sentence("flow_findings.distance_no_hindrance"))
    return tuple(remarks)
