"""How unevenly something is spread over people, and how much of it lies between groups.

With p_i shares of people, x_i the value over its mean:

* Gini: half the mean difference of two people, over the mean;
* Theil's T = sum_i p_i x_i log x_i (Theil 1967), which splits exactly: between groups, as if all in
  a group had its mean, and within them, weighted by the group's share of the value;
* the worst-off: the given share of people with the least, counted to the person. Where zones are
  level at the edge each of them counts in part, so that the order of zones does not matter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError
from onecity.models.effects import Reals, Rows

from .measure import amounts


@dataclass(frozen=True, slots=True)
class Inequality:
    """How unevenly a value is spread.

    Attributes
    ----------
    mean
        Of all people.
    worst
        Mean of the worst-off.
    gini
        0 where all are level, below 1; NaN where nobody has anything.
    theil, between, within
        Theil's T and its two parts; NaN where nobody has anything.
    group_mean : float64 (G,)
        Mean of each group; NaN without people.
    """

    mean: float
    worst: float
    gini: float
    theil: float
    between: float
    within: float
    group_mean: Reals

    @property
    def between_share(self) -> float:
        """Part of Theil's T between groups; NaN where all are level."""
        return self.between / self.theil if self.theil > 0 else float("nan")


def inequality(
    people: ArrayLike, value: ArrayLike, group: ArrayLike, groups: int, *, worst: float = 0.1
) -> Inequality:
    """Return how unevenly a value is spread over people.

    Parameters
    ----------
    people
        Not negative, (Z,).
    value
        Of each person in a zone, not negative, (Z,).
    group
        Of each zone, 0..G-1, as cities, (Z,).
    groups
        G.
    worst
        Share of people who count as the worst-off.

    Raises
    ------
    InputError
        Numbers or shapes that are wrong, or nobody at all.
    """
    weight = amounts("people", people, len(np.atleast_1d(people)))
    given = np.asarray(value, np.float64)
    code = group_codes(group, len(weight), groups)
    among = worst_off(weight, given, worst)
    top = float(given[weight > 0].max())
    if top == 0:
        level = _means(weight, given, code, groups)
        nan = float("nan")
        return Inequality(0.0, 0.0, nan, nan, nan, nan, level)
    # Shares and values by their largest: no sum can leave the range of numbers.
    share, scaled = weight / weight.max(), given / top
    share = share / share.sum()
    mean = float(share @ scaled)
    level = _means(share, scaled, code, groups)
    size = np.bincount(code, share, groups).astype(np.float64)
    return Inequality(
        mean * top,
        float(among @ scaled / among.sum()) * top,
        _gini(share, scaled, mean),
        _theil(share, scaled, mean),
        _theil(size, level, mean),
        # From each group's own mean: no small difference of two large numbers.
        _theil(share, scaled, level[code]),
        level * top,
    )


def worst_off(people: Reals, value: Reals, share: float = 0.1) -> Reals:
    """Return how many people of each zone are among the worst-off (Z,).

    Raises
    ------
    InputError
        Values that are wrong, or a share outside (0, 1].
    """
    if value.shape != people.shape:
        raise InputError("access.shape", what="value", given=value.shape, needed=len(people))
    wrong = ~(np.isfinite(value) & (value >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.amount", what="value", row=row, given=float(value[row]))
    if not 0 < share <= 1:
        raise InputError("access.setting", what="worst", given=share)
    levels, place = np.unique(value, return_inverse=True)
    size = np.bincount(place, people, len(levels))
    wanted = share * size.sum()
    before = np.cumsum(size) - size
    part = np.clip(wanted - before, 0.0, size)
    with np.errstate(invalid="ignore"):
        fraction = np.where(size > 0, part / np.where(size > 0, size, 1.0), 0.0)
    return np.asarray(people * fraction[place], np.float64)


def group_codes(group: ArrayLike, zones: int, groups: int) -> Rows:
    """Return the group of each zone, checked.

    Raises
    ------
    InputError
        Not one whole number 0..G-1 for each zone.
    """
    code = np.asarray(group)
    if code.shape != (zones,):
        raise InputError("access.shape", what="group", given=code.shape, needed=zones)
    if not np.issubdtype(code.dtype, np.integer):
        raise InputError("access.not_whole", what="group", given=code.dtype.name)
    wrong = (code < 0) | (code >= groups)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError("access.no_row", what="group", row=row, given=int(code[row]), count=groups)
    return code.astype(np.int64)


def _means(share: Reals, value: Reals, code: Rows, groups: int) -> Reals:
    """Return the mean of each group, NaN without people."""
    size = np.bincount(code, share, groups)
    total = np.bincount(code, share * value, groups)
    return np.asarray(np.divide(total, size, out=np.full(groups, np.nan), where=size > 0))


def _theil(share: Reals, value: Reals, mean: float | Reals) -> float:
    """Return sum of share times value times log(value / mean), over the mean of all."""
    some = (share > 0) & (value > 0)
    at = np.broadcast_to(mean, value.shape)[some]
    p, v = share[some], value[some]
    return float(max((p * v * np.log(v / at)).sum() / (p * v).sum(), 0.0))


def _gini(share: Reals, value: Reals, mean: float) -> float:
    """Return one less twice the area under Lorenz's curve."""
    order = np.argsort(value, kind="stable")
    p, held = share[order], share[order] * value[order] / mean
    curve = np.cumsum(held)
    return float(max(1.0 - (p * (2.0 * curve - held)).sum(), 0.0))
