"""Where a unit stands among the units of its level."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .contract import Better

SAME = 1e-9
"""Figures closer than this share of the larger are one: sums differ in their last digits."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of a unit among all that have the figure.

    Attributes
    ----------
    place
        One more than the number of units that do better; units that do as well share it.
    of
        Units that have the figure.
    tied
        Other units on the same place.
    """

    place: int
    of: int
    tied: int


def standing_of(values: npt.ArrayLike, row: int, better: Better) -> Standing | None:
    """Return where the unit in a row stands: places as in sport (1, 2, 2, 4).

    None where there is no place to speak of: neither way is better, the unit has no figure, no
    other has one, or all do equally well.

    Parameters
    ----------
    values
        A figure for each unit, shape (units,); NaN where there is none.
    """
    figures = np.asarray(values, dtype=np.float64)
    mine = figures[row]
    if better is Better.NEITHER or not np.isfinite(mine):
        return None
    others = np.delete(figures, row)
    others = others[np.isfinite(others)]
    if not len(others):
        return None
    gain = others - mine if better is Better.HIGHER else mine - others
    same = np.abs(gain) <= SAME * np.maximum(np.abs(others), abs(mine))
    if same.all():
        return None
    above = int(np.count_nonzero((gain > 0) & ~same))
    return Standing(above + 1, len(others) + 1, int(np.count_nonzero(same)))
