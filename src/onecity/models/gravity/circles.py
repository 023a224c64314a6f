"""What flows between cities say of circles and provinces, and what they do not.

    ln T_ij = theta ln d_ij + p province_ij + c circle_ij + a_i + g_j + rest

with province_ij = 1 where i and j lie in different provinces and circle_ij = 1 where both lie in
the same circle, on lists that were cut off (`censored`); where every pair is known, zeros among
them, by Poisson regression (`ppml`). c is the same-circle premium: how much more flows between
cities of one circle than between others as far apart and as strong.

It is not the effect of a city border. Every flow between cities crosses one, so that its effect
is a constant which the effects of origins and destinations take up: any value fits as well. Only
flows within cities tell it; where they are given it is estimated, where not a sentence says so.

Premium and border are held against those of made-up groups (placebos): clusters say how sure a
coefficient is if the model is right; made-up groups, how large it gets where there is nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.models.effects import Reals

from .censored import CensoredFit, Flags, censored
from .pairs import flow_pairs
from .ppml import PoissonFit, ppml
from .variance import Clusters

DISTANCE, PROVINCE, CIRCLE, CITY = "ln distance", "province border", "same circle", "city border"

Groups = NDArray[np.int64]
"""Group of each place, numbered from 0; -1 for none."""


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """What groups do to flows, beside what made-up groups seem to do.

    Attributes
    ----------
    beta, interval
        Effect on ln T.
    factor, factor_interval
        e^beta: flows are this many times as large.
    placebos : float64 (n,)
        The same of made-up groups, without redraws; NaN where no pair tells.
    as_extreme
        Made-up groups at least as far from zero on the side of beta.
    """

    beta: float
    interval: tuple[float, float]
    placebos: Reals
    as_extreme: int

    @property
    def factor(self) -> float:
        """How many times as large flows are."""
        return float(np.exp(self.beta))

    @property
    def factor_interval(self) -> tuple[float, float]:
        """The interval of the factor."""
        return float(np.exp(self.interval[0])), float(np.exp(self.interval[1]))

    @property
    def p_value(self) -> float:
        """(as_extreme + 1) / (n + 1), one-sided; NaN without made-up groups."""
        known = int((~np.isnan(self.placebos)).sum())
        return (self.as_extreme + 1) / (known + 1) if known else float("nan")


@dataclass(frozen=True, slots=True)
class CircleFlows:
    """What flows say of circles and provinces.

    Attributes
    ----------
    circle
        The premium of pairs within one circle.
    province
        The effect of a province border; below zero where it holds back.
    city
        The effect of a city border; None where no flow lies within a city.
    city_unknown
        Why it is not known, to be shown in its place; None where it is.
    fit
        The regression.
    """

    circle: GroupEffect
    province: GroupEffect
    city: GroupEffect | None
    city_unknown: Sentence | None
    fit: CensoredFit | PoissonFit


def circle_flows(
    origin: ArrayLike,
    destination: ArrayLike,
    flow: ArrayLike,
    listed: ArrayLike,
    km: ArrayLike,
    *,
    circle: ArrayLike,
    province: ArrayLike,
    circle_placebos: ArrayLike | None = None,
    province_placebos: ArrayLike | None = None,
    clusters: Clusters | ArrayLike = "origin",
    redraws: int = 20,
    level: float = 0.95,
) -> CircleFlows:
    """Return the same-circle premium and the effect of province borders.

    Parameters
    ----------
    origin, destination
        Places 0..Z-1 of each pair, shape (M,), those not listed among them.
    flow, listed
        As in `censored.censored`. Where all are listed, flows may be zero.
    km
        Distance, above zero, shape (M,).
    circle, province
        Group of each place, shape (Z,): circle -1 for a place in no circle.
    circle_placebos, province_placebos
        Made-up groups, shape (n, Z), numbered like `circle`; see `compact_groups` and
        `partition.random_partitions`. Each is fitted in place of the real one, all else equal.
    clusters, redraws
        As in `censored.censored`; placebos go without redraws and so does their comparison. Where
        all are listed there is no bias to take off, and no redraws.
    level
        Of the intervals.

    Raises
    ------
    InputError
        Groups that do not fit the places, no pair within a circle or across provinces, a
        distance that is not above zero, or what `censored` refuses.
    """
    o, d = np.asarray(origin, np.int64), np.asarray(destination, np.int64)
    places = 1 + int(max(o.max(), d.max()))
    far = np.asarray(km, np.float64)
    wrong = ~(np.isfinite(far) & (far > 0))
    if wrong.any():
        raise InputError("flows.no_distance", row=int(wrong.argmax()), given=float(far[wrong][0]))
    circles, provinces = _groups(circle, places, "circle"), _groups(province, places, "province")
    within = o == d
    columns = {DISTANCE: np.log(far), PROVINCE: _across(provinces, o, d)}
    columns[CIRCLE] = _inside(circles, o, d)
    for name, what in ((CIRCLE, "circle"), (PROVINCE, "province")):
        if columns[name].min() == columns[name].max():
            raise InputError("flows.no_contrast", what=what)
    if within.any():
        columns[CITY] = (~within).astype(np.float64)
    arguments = (o, d, flow, listed)
    fit = _fitted(arguments, columns, clusters=clusters, redraws=redraws)
    found: dict[str, Reals] = {}
    for name, made, column in (
        (CIRCLE, circle_placebos, _inside),
        (PROVINCE, province_placebos, _across),
    ):
        tried = [] if made is None else [_groups(one, places, name) for one in np.asarray(made)]
        betas = [
            _placebo(arguments, {**columns, name: column(groups, o, d)}, name) for groups in tried
        ]
        found[name] = np.array(betas, np.float64)
    lines = {line.name: line for line in fit.table(level)}

    def effect(name: str) -> GroupEffect:
        line = lines[fit.names[fit.place(name)]]
        placebos = found.get(name, np.empty(0))
        bias = float(fit.bias[fit.place(name)]) if isinstance(fit, CensoredFit) else 0.0
        raw = line.coefficient + bias
        side = 1.0 if raw >= 0 else -1.0
        extreme = int((side * placebos >= side * raw).sum())
        return GroupEffect(line.coefficient, (line.low, line.high), placebos, extreme)

    return CircleFlows(
        circle=effect(CIRCLE),
        province=effect(PROVINCE),
        city=effect(CITY) if within.any() else None,
        city_unknown=None if within.any() else Sentence("flows.city_border_unknown", {}),
        fit=fit,
    )


def compact_groups(
    x: ArrayLike, y: ArrayLike, sizes: ArrayLike, *, count: int = 99, seed: int = 0
) -> Groups:
    """Return made-up circles: a random place and those nearest to it, as many as real ones have.

    Parameters
    ----------
    x, y
        Positions on a plane, shape (Z,).
    sizes
        Places in each group, at least 2, together at most Z.
    count
        Groupings to make.
    seed
        Of the random numbers; grouping k depends on it and k alone.

    Returns
    -------
    int64 (count, Z)
        -1 for places in no group.

    Raises
    ------
    InputError
        Sizes out of range.
    """
    spots = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    wanted = np.asarray(sizes, np.int64)
    if not len(wanted) or wanted.min() < 2 or wanted.sum() > len(spots):
        raise InputError("flows.group_sizes", given=wanted.tolist(), places=len(spots))
    found = np.full((count, len(spots)), -1, np.int64)
    for k, groups in enumerate(found):
        rng = np.random.default_rng((seed, k))
        # The largest first, while there is room around every place.
        for group in np.argsort(-wanted, kind="stable"):
            free = np.flatnonzero(groups < 0)
            centre = spots[rng.choice(free)]
            near = np.argsort(((spots[free] - centre) ** 2).sum(axis=1), kind="stable")
            groups[free[near[: wanted[group]]]] = group
    return found


def _fitted(
    arguments: tuple[ArrayLike, ...],
    columns: dict[str, Reals],
    *,
    clusters: Clusters | ArrayLike = "origin",
    redraws: int = 0,
) -> CensoredFit | PoissonFit:
    """Return the regression of lists that were cut off, or of whole ones."""
    origin, destination, flow, listed = arguments
    if np.all(listed):
        return ppml(flow_pairs(origin, destination, flow, columns), clusters=clusters)
    return censored(origin, destination, flow, listed, columns, clusters=clusters, redraws=redraws)


def _placebo(arguments: tuple[ArrayLike, ...], columns: dict[str, Reals], name: str) -> float:
    """Return the coefficient of made-up groups, NaN where no pair tells it."""
    try:
        fit = _fitted(arguments, columns)
    except InputError as error:
        # All pairs alike, or not to be told from the effects: this grouping says nothing.
        if error.key in {"border.constant", "border.absorbed", "border.collinear"}:
            return float("nan")
        raise
    return float(fit.coefficients[fit.place(name)]) if name in fit.names else float("nan")


def _groups(given: ArrayLike, places: int, what: str) -> Groups:
    groups = np.asarray(given)
    if groups.ndim != 1 or len(groups) < places or groups.dtype.kind not in "iu":
        raise InputError("flows.groups", what=what, places=places, given=groups.shape)
    return groups.astype(np.int64)


def _inside(groups: Groups, o: Groups, d: Groups) -> Reals:
    """Return where two places are different and of one group."""
    inside: Flags = (groups[o] == groups[d]) & (groups[o] >= 0) & (o != d)
    return inside.astype(np.float64)


def _across(groups: Groups, o: Groups, d: Groups) -> Reals:
    across: Flags = groups[o] != groups[d]
    return across.astype(np.float64)
