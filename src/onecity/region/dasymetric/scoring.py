"""Agreement with another estimate of where people live, and terms fitted to one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from onecity.core.errors import InputError

from ._checks import Real, column, indices
from .weighing import Term, log_factors

SAME = 1e-9
"""Difference of ln(1 + x / scale) that is no difference between zones."""

NOTHING_TO_GAIN = 1e-14
"""Fall of the deviance per person that a step must promise to be taken."""

STEPS = 100
"""Newton steps a fit may take; ten are usual."""

ROUNDING = 1e-13
"""Rise of the deviance that is rounding, not a step too long."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well modelled people agree with another estimate, over zones.

    `r2` = 1 - Σ (m - t)² / Σ (t - mean t)², every zone counting once; `misplaced_share` =
    Σ |m - t| / 2 / Σ t, the part of the people one would have to move. Both also for the
    zones of the outer districts taken together, and for each district (D,) alone. An R² is
    NaN where it has no meaning: no zones, or all with the same people.
    """

    r2: float
    misplaced_share: float
    r2_outer: float
    misplaced_share_outer: float
    r2_of_district: Real
    misplaced_share_of_district: Real


@dataclass(frozen=True, slots=True)
class Fit:
    """Powers (F,) of a fit, and its deviance per person (0: every zone exact)."""

    power: Real
    deviance: float


def agreement(
    modelled: ArrayLike, truth: ArrayLike, district: ArrayLike, outer: ArrayLike
) -> Agreement:
    """Compare modelled people with another estimate, zone by zone.

    Both must have the same people in each district: then what is measured is where inside
    their districts the people were put, not how many there are.

    Parameters
    ----------
    modelled, truth
        People per zone (Z,), zero or more.
    district
        The district each zone lies in (Z,), numbers from 0 to D - 1.
    outer
        Which districts (D,) are outer ones.

    Raises
    ------
    InputError
        If a number is missing or negative, lengths differ, there are no people, or a district
        has other totals in the two (by more than one in a million).
    """
    ours = column("modelled", modelled)
    theirs = column("truth", truth, len(ours))
    is_outer = np.asarray(outer, dtype=bool)
    where = indices("district", district, len(is_outer), len(ours))
    total = np.bincount(where, theirs, len(is_outer))
    if total.sum() == 0:
        raise InputError("dasymetric.no_people")
    differs = ~np.isclose(np.bincount(where, ours, len(is_outer)), total, rtol=1e-6, atol=1e-9)
    if differs.any():
        raise InputError("dasymetric.totals_differ", district=int(np.argmax(differs)))
    masks = [where == number for number in range(len(is_outer))]
    outside = is_outer[where]
    return Agreement(
        r2=_r2(ours, theirs),
        misplaced_share=_misplaced(ours, theirs),
        r2_outer=_r2(ours[outside], theirs[outside]),
        misplaced_share_outer=_misplaced(ours[outside], theirs[outside]),
        r2_of_district=np.array([_r2(ours[mask], theirs[mask]) for mask in masks]),
        misplaced_share_of_district=np.array(
            [_misplaced(ours[mask], theirs[mask]) for mask in masks]
        ),
    )


def fit_powers(
    area_km2: ArrayLike,
    feature: ArrayLike,
    terms: Sequence[Term],
    truth: ArrayLike,
    district: ArrayLike,
) -> Fit:
    """Fit the powers of some terms to people known per zone, inside districts.

    Given each district's total, the people of its zones are taken as multinomial in the
    weights: Poisson regression with an effect per district (Hausman, Hall & Griliches 1984,
    doi:10.2307/1911191). The likelihood is log-concave; it is climbed by Newton's method with
    powers held at zero or more. The powers that the terms carry are not used; a power that
    nothing speaks for is zero.

    Parameters
    ----------
    area_km2, feature
        As for `weights`; every area over zero.
    terms
        One or more terms, for their scales.
    truth
        People per zone (Z,).
    district
        The district each zone lies in (Z,), numbers from 0.

    Raises
    ------
    InputError
        If a number is missing or negative, an area is zero, lengths differ, there are no
        people, or the search fails.
    """
    area = column("area_km2", area_km2)
    if (area == 0).any():
        raise InputError("dasymetric.no_area", row=int(np.argmin(area)))
    people = column("truth", truth, len(area))
    if people.sum() == 0:
        raise InputError("dasymetric.no_people")
    numbers = indices("district", district, None, len(area))
    where = np.unique(numbers, return_inverse=True)[1]  # districts left out leave no gap
    logs = log_factors(feature, len(area), terms)
    count = int(where.max()) + 1
    # Only differences inside a district matter. Columns of one size, so that none is lost
    # beside another; a column that tells zones apart by rounding alone tells nothing.
    zones = np.bincount(where, minlength=count)
    middle = np.stack([np.bincount(where, x, count) / zones for x in logs.T], axis=1)
    logs = logs - middle[where]
    size = np.abs(logs).max(axis=0)
    size[size < SAME] = np.inf
    logs /= size

    power = np.zeros(len(terms))
    value, slope, curve = _deviance(power, logs, area, people, where, count)
    for _ in range(STEPS):
        step = _best_of_parabola(power, slope, curve) - power
        if -(slope @ step) < NOTHING_TO_GAIN:
            return Fit(power / size, value)
        length = 1.0
        while True:
            trial = power + length * step
            found = _deviance(trial, logs, area, people, where, count)
            if found[0] <= value + 1e-4 * length * (slope @ step) + ROUNDING * (1 + abs(value)):
                break
            length /= 2  # ends: the step points downhill
        power, (value, slope, curve) = trial, found
    raise InputError("dasymetric.no_fit", steps=STEPS)


def _best_of_parabola(power: Real, slope: Real, curve: Real) -> Real:
    """Return the powers, zero or more, where the parabola around some powers is lowest.

    With the root R of the curvature (RᵀR), that is a least-squares problem with y >= 0.
    """
    height, axes = np.linalg.eigh(curve)
    kept = height > height.max() * 1e-12 if height.max() > 0 else height > 0
    root = np.sqrt(height[kept])
    target = axes[:, kept].T @ (curve @ power - slope) / root
    return np.asarray(nnls(root[:, None] * axes[:, kept].T, target)[0])


def _deviance(
    power: Real, logs: Real, area: Real, people: Real, where: NDArray[np.int64], count: int
) -> tuple[float, Real, Real]:
    """Return the deviance per person, its slope (F,) and its curvature (F, F)."""
    height = logs @ power + np.log(area)
    peak = np.full(count, -np.inf)
    np.maximum.at(peak, where, height)
    relative = np.exp(height - peak[where])
    mass = np.bincount(where, relative, count)
    total = np.bincount(where, people, count)
    modelled = total[where] * relative / mass[where]
    lived = people > 0
    log_share = (height - peak[where] - np.log(mass)[where])[lived]
    gap = np.log(people[lived] / total[where][lived]) - log_share
    sums = np.stack([np.bincount(where, modelled * x, count) for x in logs.T], axis=1)
    means = sums[total > 0] / np.sqrt(total[total > 0])[:, None]
    curve = logs.T @ (modelled[:, None] * logs) - means.T @ means
    each = 2 / people.sum()
    return float(each * (people[lived] @ gap)), each * (logs.T @ (modelled - people)), each * curve


def _r2(modelled: Real, truth: Real) -> float:
    """Return 1 - squared error / squared deviation; NaN where nothing deviates."""
    if not len(truth) or not np.ptp(truth):
        return float("nan")
    return float(1 - ((modelled - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def _misplaced(modelled: Real, truth: Real) -> float:
    """Return half the absolute difference over the people; NaN where there are none."""
    total = truth.sum()
    return float(np.abs(modelled - truth).sum() / 2 / total) if total else float("nan")
