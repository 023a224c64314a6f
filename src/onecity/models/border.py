"""The border effect on travel time: how much slower a trip is because it crosses a border.

    ln t_ij = a_i + g_j + theta ln d_ij + beta b_ij + further regressors

by weighted least squares with an effect a_i of every origin and g_j of every destination, so
that places off the network and places on it are compared with themselves (Anderson & van
Wincoop 2003, for the effects; McCallum 1995, for b). t is travel time, d the straight line,
b_ij = 1 where i and j lie in different cities. What stands between places and is no border, a
river or a ridge, enters as a further regressor, lest it be called one.

e^beta is the factor on time; e^(beta/theta) is the factor on distance that would slow a trip as
much. Pairs within a city pair are anything but independent, and the clustered errors rest on a
few dozen clusters: `placebo` says how large an effect borders have that are none.

>>> origin = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
>>> destination = [1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2]
>>> km = [10.0, 25, 30, 10, 15, 20, 25, 15, 12, 30, 20, 12]
>>> city = ["A", "A", "B", "B"]
>>> minutes = [
...     d * (1.5 if city[i] != city[j] else 1.0)
...     for i, j, d in zip(origin, destination, km, strict=True)
... ]
>>> effect = border_effect(travel_pairs(origin, destination, minutes, km), city)
>>> print(f"crossing takes {effect.factor[0]:.4f} times as long")
crossing takes 1.5000 times as long
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError

from .dummies import By, Dummies, Label, border_dummies, codes
from .effects import CONVERGED, Reals, Rows, TwoWay, absorb, two_way
from .least_squares import Errors, Fit, check_apart, fit, orthonormal, residual_freedom, spread

__all__ = [
    "BorderEffect",
    "By",
    "Dummies",
    "Range",
    "TravelPairs",
    "border_dummies",
    "border_effect",
    "head_ries",
    "travel_pairs",
]

LN_KM = "ln km"


@dataclass(frozen=True, slots=True)
class TravelPairs:
    """Pairs of zones with everything absorbed that does not depend on where borders run.

    Attributes
    ----------
    design
        The pairs kept, their order and weights.
    origin, destination : int64 (m,)
        Zones of each pair kept, in the design's order.
    response : float64 (m,)
        ln minutes, effects absorbed.
    regressors : float64 (m, 1 + F)
        ln km and the further regressors, effects absorbed.
    names
        Their names; the first is ``ln km``.
    basis : float64 (m, 1 + F)
        The same, orthonormal under the weights.
    zones
        One more than the largest zone of any pair given.
    """

    design: TwoWay
    origin: Rows
    destination: Rows
    response: Reals
    regressors: Reals
    names: tuple[str, ...]
    basis: Reals
    zones: int


@dataclass(frozen=True, slots=True)
class BorderEffect:
    """Border effects with their errors.

    Attributes
    ----------
    labels
        What each of the B effects is of: ``"all"``; two cities; a city; ``"other"`` for
        borders that have no effect of their own.
    fits
        The regression of each effect, its own coefficient first; by circle and by border all
        are one and the same regression, with the coefficients in the order of `labels`.
    places
        Place of each effect's coefficient in its fit, (B,).
    crossings : int64 (B,)
        Pairs that cross.
    crossing_share : float64 (B,)
        Their share of the weight of all pairs.
    absent
        Borders that no pair crosses: they have no effect.
    """

    labels: tuple[Label, ...]
    fits: tuple[Fit, ...]
    places: tuple[int, ...]
    crossings: Rows
    crossing_share: Reals
    absent: tuple[Label, ...]

    @property
    def beta(self) -> Reals:
        """Effects on ln minutes (B,): above zero where crossing is slower."""
        return np.array([f.coefficients[k] for f, k in zip(self.fits, self.places, strict=True)])

    @property
    def theta(self) -> Reals:
        """Elasticity of time to distance beside each effect (B,)."""
        return np.array([f.coefficients[f.names.index(LN_KM)] for f in self.fits])

    @property
    def factor(self) -> Reals:
        """e^beta (B,): crossing takes this many times as long."""
        return np.asarray(np.exp(self.beta))

    @property
    def distance_factor(self) -> Reals:
        """e^(beta/theta) (B,): crossing is like a way this many times as far."""
        return np.asarray(np.exp(self.beta / self.theta))

    def standard_errors(self, errors: Errors = "clustered") -> Reals:
        """Return the standard error of each effect (B,)."""
        return np.array(
            [f.standard_errors(errors)[k] for f, k in zip(self.fits, self.places, strict=True)]
        )

    def intervals(self, level: float = 0.95, errors: Errors = "clustered") -> Reals:
        """Return the interval of each effect (B, 2)."""
        return np.array(
            [f.intervals(level, errors)[k] for f, k in zip(self.fits, self.places, strict=True)]
        )

    def distance_factor_intervals(self, level: float = 0.95, errors: Errors = "clustered") -> Reals:
        """Return the interval of each distance factor (B, 2), by the delta method on its log."""
        rows = []
        for f, k in zip(self.fits, self.places, strict=True):
            distance = f.names.index(LN_KM)
            beta, theta = f.coefficients[k], f.coefficients[distance]
            slope = np.zeros(len(f.names))
            slope[k] += 1 / theta
            slope[distance] -= beta / theta**2
            half = f.quantile(level, errors) * np.sqrt(slope @ f.covariance(errors) @ slope)
            rows.append(np.exp([beta / theta - half, beta / theta + half]))
        return np.array(rows)


@dataclass(frozen=True, slots=True)
class Range:
    """What a figure ranges over when assumptions change.

    Attributes
    ----------
    lowest, median, highest
        Of the figure.
    count
        Variants seen.
    """

    lowest: float
    median: float
    highest: float
    count: int

    @classmethod
    def of(cls, values: ArrayLike) -> "Range":
        """Return the range of some values.

        Raises
        ------
        InputError
            There is none, or one is not a number.
        """
        given = np.asarray(values, np.float64).ravel()
        if not given.size or not np.isfinite(given).all():
            raise InputError("border.range_of_nothing", given=given.tolist())
        return cls(float(given.min()), float(np.median(given)), float(given.max()), given.size)


def travel_pairs(
    origin: ArrayLike,
    destination: ArrayLike,
    minutes: ArrayLike,
    km: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    people: ArrayLike | None = None,
    further: Mapping[str, ArrayLike] | None = None,
    threads: int | None = None,
) -> TravelPairs:
    """Check pairs of zones and absorb what does not depend on where borders run.

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,); both directions are two pairs. Pairs may repeat.
    minutes
        Travel time, above zero and finite, shape (M,): pairs without a way are left out before.
    km
        Straight line, above zero, shape (M,).
    weights
        Not negative, shape (M,). Only their ratios matter; a weight of zero leaves a pair out.
    people
        Instead of `weights`: people of each zone, shape (Z,); a pair weighs P_i P_j. Neither
        means that all pairs weigh the same.
    further
        Name to regressor, shape (M,) each: 1 where a river lies between, relief on the way.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        A value that is missing or out of range, with the pair it belongs to; no pair left; a
        regressor that is constant, absorbed by the effects or a combination of others.
    RangeError
        Weights too far apart for the effects to be found.
    """
    count = np.size(origin)
    ends = (_zones(origin, "origin", count), _zones(destination, "destination", count))
    more = {} if further is None else dict(further)
    times = _numbers(minutes, "minutes", ends, count, least=0.0)
    lengths = _numbers(km, "km", ends, count, least=0.0)
    columns = [np.log(lengths)]
    columns += [_numbers(column, name, ends, count) for name, column in more.items()]
    design = two_way(*ends, _weights(weights, people, ends, count))
    stacked = np.column_stack([np.log(times), *columns])[design.rows]
    names = (LN_KM, *more)
    residual_freedom(design, len(names))
    given = spread(design, stacked[:, 1:])
    left = absorb(design, stacked, threads).residual
    regressors = np.ascontiguousarray(left[:, 1:])
    check_apart(design, given, regressors, names, np.empty((len(left), 0)))
    return TravelPairs(
        design=design,
        origin=ends[0][design.rows],
        destination=ends[1][design.rows],
        response=unless_nothing(design, stacked[:, 0], left[:, 0]),
        regressors=regressors,
        names=names,
        basis=orthonormal(design, regressors),
        zones=1 + int(max(ends[0].max(), ends[1].max())),
    )


def border_effect(
    pairs: TravelPairs,
    city: ArrayLike,
    *,
    by: By = "circle",
    touching: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    threads: int | None = None,
) -> BorderEffect:
    """Return the effect of borders on travel time.

    Parameters
    ----------
    pairs
        From `travel_pairs`.
    city
        City of each zone, any labels, shape (Z,).
    by
        ``"circle"``: one effect of all borders. ``"border"``: one of each two cities that
        touch, all in one regression. ``"city"``: of each city against the rest, each in a
        regression of its own, in which the other borders have an effect too.
    touching
        With ``"border"``: pairs of labels of cities that touch, shape (T, 2); None means that
        every two cities have an effect of their own. See `partition.touching`.
    clusters
        Cluster of each zone, any labels, shape (Z,): errors are clustered by its unordered
        pairs. None means the cities. An effect of two cities alone then rests on the one
        cluster that crosses, and its clustered error is far too small (MacKinnon & Webb 2017):
        by border, give something finer, such as counties.
    threads
        How many to use; None means one for each processor.

    Raises
    ------
    InputError
        One city only; no pair crosses, or all do; too few pairs; a border that the effects or
        the other regressors absorb.
    """
    if by not in get_args(By):
        raise InputError("border.setting", what="by", given=by)
    names, code = codes(city, pairs.zones, "city")
    if len(names) < 2:
        raise InputError("border.one_city", given=names[0])
    dummies = border_dummies(pairs.origin, pairs.destination, city, by=by, touching=touching)
    groups = pair_codes(pairs, code if clusters is None else codes(clusters, pairs.zones)[1])
    if by == "city":
        return _by_city(pairs, dummies, groups, code, threads)
    weight = pairs.design.weight
    one = _fit(pairs, dummies.columns, _named(dummies.labels), groups, threads)
    return BorderEffect(
        labels=dummies.labels,
        fits=(one,) * len(dummies.labels),
        places=tuple(range(len(dummies.labels))),
        crossings=np.count_nonzero(dummies.columns, axis=0),
        crossing_share=weight @ dummies.columns / weight.sum(),
        absent=dummies.absent,
    )


def head_ries(flows: ArrayLike) -> Reals:
    """Return the border between every two places from flows inside and between them.

    beta_ij = 1/2 ln(F_ij F_ji / (F_ii F_jj)), where nothing but a border sets two places apart
    (Head & Ries 2001).

    Parameters
    ----------
    flows
        Square, above zero, shape (n, n).

    Returns
    -------
    float64 (n, n), symmetric, zero on the diagonal.

    Raises
    ------
    InputError
        Not square, or a flow that is not above zero.
    """
    given = np.asarray(flows, np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError("border.flows_shape", given=given.shape)
    wrong = np.argwhere(~((given > 0) & np.isfinite(given)))
    if len(wrong):
        row, column = (int(k) for k in wrong[0])
        raise InputError("border.flow", row=row, column=column, given=float(given[row, column]))
    logs = np.log(given)
    own = np.diag(logs)
    return np.asarray((logs + logs.T - own[:, None] - own[None, :]) / 2)


def _by_city(
    pairs: TravelPairs,
    dummies: Dummies,
    groups: NDArray[np.integer],
    code: Rows,
    threads: int | None,
) -> BorderEffect:
    """Fit each city's border beside one effect of all other borders."""
    crossing = (code[pairs.origin] != code[pairs.destination]).astype(np.float64)
    fits = []
    for label, column in zip(dummies.labels, dummies.columns.T, strict=True):
        others = crossing - column
        some = bool(others.any())
        columns = np.column_stack([column, others] if some else [column])
        labels: tuple[Label, ...] = (label, "other") if some else (label,)
        fits.append(_fit(pairs, columns, _named(labels), groups, threads))
    weight = pairs.design.weight
    return BorderEffect(
        labels=dummies.labels,
        fits=tuple(fits),
        places=(0,) * len(fits),
        crossings=np.count_nonzero(dummies.columns, axis=0),
        crossing_share=weight @ dummies.columns / weight.sum(),
        absent=dummies.absent,
    )


def _fit(
    pairs: TravelPairs,
    columns: Reals,
    names: tuple[str, ...],
    groups: NDArray[np.integer],
    threads: int | None,
) -> Fit:
    """Absorb the border columns and fit them beside the others."""
    residual_freedom(pairs.design, columns.shape[1] + len(pairs.names))
    given = spread(pairs.design, columns)
    absorbed = absorb(pairs.design, columns, threads).residual
    check_apart(pairs.design, given, absorbed, names, pairs.regressors)
    together = np.column_stack([absorbed, pairs.regressors])
    return fit(pairs.design, pairs.response, together, names + pairs.names, groups)


def unless_nothing(design: TwoWay, given: Reals, absorbed: Reals) -> Reals:
    """Return the absorbed response, or zeros if all that is left of it is rounding."""
    before = float(spread(design, given[:, None])[0])
    nothing = float(design.weight @ absorbed**2) <= CONVERGED**2 * before
    return np.zeros(len(absorbed)) if nothing else np.ascontiguousarray(absorbed)


def pair_codes(pairs: TravelPairs, code: Rows) -> Rows:
    """Return the cluster of each pair: the unordered pair of its ends' codes, without gaps."""
    a, b = code[pairs.origin], code[pairs.destination]
    key = np.minimum(a, b) * (int(code.max()) + 1) + np.maximum(a, b)
    return np.asarray(np.unique(key, return_inverse=True)[1], np.int64)


def _named(labels: tuple[Label, ...]) -> tuple[str, ...]:
    """Return names of border regressors for messages."""
    return tuple(
        "border " + (" | ".join(map(str, label)) if isinstance(label, tuple) else str(label))
        for label in labels
    )


def _zones(given: ArrayLike, what: str, count: int) -> Rows:
    """Return zones of pairs, or say which is wrong."""
    array = np.asarray(given)
    if array.shape != (count,):
        raise InputError("border.shape", what=what, given=array.shape, pairs=count)
    if count == 0:
        raise InputError("border.no_pairs", given=0, weighty=0, weightless=0)
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError("border.zones_not_whole", what=what, given=array.dtype.name)
    if (array < 0).any():
        row = int(np.argmax(array < 0))
        raise InputError("border.negative_zone", what=what, row=row, given=int(array[row]))
    return array.astype(np.int64)


def _numbers(
    given: ArrayLike,
    what: str,
    ends: tuple[Rows, Rows],
    count: int,
    least: float | None = None,
) -> Reals:
    """Return finite values of pairs, above `least` if given, or name the pair that is wrong."""
    try:
        array = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("border.not_numbers", what=what, given=str(error)) from error
    if array.shape != (count,):
        raise InputError("border.shape", what=what, given=array.shape, pairs=count)
    wrong = ~np.isfinite(array)
    key = "border.not_finite"
    if not wrong.any() and least is not None:
        wrong, key = array <= least, "border.not_above_zero"
    if wrong.any():
        row = int(np.argmax(wrong))
        _blame(key, what, row, ends, float(array[row]))
    return array


def _blame(key: str, what: str, row: int, ends: tuple[Rows, Rows], given: float) -> None:
    """Raise the error `key` about a pair."""
    origin, destination = (int(end[row]) for end in ends)
    raise InputError(key, what=what, row=row, origin=origin, destination=destination, given=given)


def _weights(
    weights: ArrayLike | None, people: ArrayLike | None, ends: tuple[Rows, Rows], count: int
) -> Reals:
    """Return the weight of each pair."""
    if weights is not None and people is not None:
        raise InputError("border.two_weights")
    if weights is not None:
        result = _numbers(weights, "weights", ends, count)
        if (result < 0).any():
            row = int(np.argmax(result < 0))
            _blame("border.negative_weight", "weights", row, ends, float(result[row]))
        return result
    if people is None:
        return np.ones(count)
    persons = np.asarray(people, np.float64)
    zones = 1 + int(max(end.max() for end in ends))
    if persons.ndim != 1 or len(persons) < zones:
        raise InputError("border.zone_shape", what="people", given=persons.shape, zones=zones)
    wrong = ~(np.isfinite(persons) & (persons >= 0))
    if wrong.any():
        zone = int(np.argmax(wrong))
        raise InputError("border.people", zone=zone, given=float(persons[zone]))
    # Scaled, so that the product of two large numbers stays one.
    scaled = persons / persons.max() if persons.max() > 0 else persons
    return np.asarray(scaled[ends[0]] * scaled[ends[1]])
