"""Borders in a regression of flows: columns of zeros and ones, and what a coefficient says."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.dummies import By, Label, border_dummies, codes
from onecity.models.effects import Reals, Rows
from onecity.models.least_squares import Errors

from .ppml import PoissonFit


@dataclass(frozen=True, slots=True)
class Borders:
    """Borders as regressors.

    Attributes
    ----------
    columns
        Name to values (M,), ready for `flow_pairs`.
    labels
        Name to kind and label: ``("city", "all")``, ``("city", ("A", "B"))``.
    absent
        Kinds and labels of borders that no pair crosses; they have no column.
    """

    columns: Mapping[str, Reals]
    labels: Mapping[str, tuple[str, Label]]
    absent: tuple[tuple[str, Label], ...]


@dataclass(frozen=True, slots=True)
class FlowBorder:
    """What one border does to flows. Intervals are (low, high).

    Attributes
    ----------
    name
        Its regressor.
    beta, beta_interval
        Effect on ln T: below zero where borders hold back.
    permeability, permeability_interval
        e^beta: the share of flows that the border lets through; above 1 where it draws them.
    distance_factor, distance_factor_interval
        e^(beta/theta): crossing is like a way this many times as far; NaN where the regression
        has no ln distance.
    minutes, minutes_interval
        beta / theta_t: crossing is like this much more time; NaN where time is no regressor.
    """

    name: str
    beta: float
    beta_interval: tuple[float, float]
    permeability: float
    permeability_interval: tuple[float, float]
    distance_factor: float
    distance_factor_interval: tuple[float, float]
    minutes: float
    minutes_interval: tuple[float, float]


def border_columns(
    origin: Rows,
    destination: Rows,
    kinds: Mapping[str, ArrayLike],
    *,
    by: By = "circle",
    touching: ArrayLike | None = None,
) -> Borders:
    """Return columns that say which pairs cross which borders.

    Parameters
    ----------
    origin, destination
        Zones 0..Z-1, shape (M,).
    kinds
        Kind of border to the label of each zone, (Z,) each: city, province. One column each
        with ``by="circle"``; kinds that nest add up, so that the effect of a province border
        is what it adds to that of the city border it also is.
    by, touching
        As in `dummies.border_dummies`, of the first kind alone; the others have one column.

    Raises
    ------
    InputError
        No kind; one label only; no pair crosses any border of a kind; a zone without a label.
    """
    if not kinds:
        raise InputError("gravity.no_kind")
    columns: dict[str, Reals] = {}
    labels: dict[str, tuple[str, Label]] = {}
    absent: list[tuple[str, Label]] = []
    zones = 1 + int(max(np.max(origin), np.max(destination)))
    for place, (kind, given) in enumerate(kinds.items()):
        names, _ = codes(given, zones, kind)
        if len(names) < 2:
            raise InputError("border.one_city", given=names[0])
        way: By = by if place == 0 else "circle"
        found = border_dummies(
            origin, destination, given, by=way, touching=touching if place == 0 else None
        )
        for label, column in zip(found.labels, found.columns.T, strict=True):
            name = f"{kind} {'–'.join(map(str, label)) if isinstance(label, tuple) else label}"
            columns[name] = np.ascontiguousarray(column)
            labels[name] = kind, label
        absent += [(kind, label) for label in found.absent]
    return Borders(columns, labels, tuple(absent))


def border_figures(
    fit: PoissonFit,
    name: str,
    *,
    distance: str | None = None,
    minutes: str | None = None,
    level: float = 0.95,
    errors: Errors = "clustered",
) -> FlowBorder:
    """Return what a coefficient of a border says.

    Parameters
    ----------
    fit
        The regression.
    name
        The border's regressor.
    distance
        The regressor that is a logarithm of distance or time, if there is one.
    minutes
        The regressor that is time in minutes, if there is one.
    level, errors
        Of the intervals; those of ratios are by the delta method.

    Raises
    ------
    InputError
        A regressor that took no part.
    """
    k = fit.place(name)
    beta = float(fit.coefficients[k])
    low, high = (float(x) for x in fit.intervals(level, errors)[k])
    log_factor, log_interval = _ratio(fit, k, distance, level, errors)
    more, more_interval = _ratio(fit, k, minutes, level, errors)
    return FlowBorder(
        name=name,
        beta=beta,
        beta_interval=(low, high),
        permeability=float(np.exp(beta)),
        permeability_interval=(float(np.exp(low)), float(np.exp(high))),
        distance_factor=float(np.exp(log_factor)),
        distance_factor_interval=(float(np.exp(log_interval[0])), float(np.exp(log_interval[1]))),
        minutes=more,
        minutes_interval=more_interval,
    )


def _ratio(
    fit: PoissonFit, k: int, beside: str | None, level: float, errors: Errors
) -> tuple[float, tuple[float, float]]:
    """Return beta / theta and its interval; NaN without a theta."""
    if beside is None:
        return float("nan"), (float("nan"), float("nan"))
    other = fit.place(beside)
    beta, theta = float(fit.coefficients[k]), float(fit.coefficients[other])
    slope = np.zeros(len(fit.names))
    slope[k] += 1 / theta
    slope[other] -= beta / theta**2
    spread = float(np.sqrt(slope @ fit.covariance(errors) @ slope))
    half = fit.quantile(level, errors) * spread
    return beta / theta, (beta / theta - half, beta / theta + half)
