"""Colours of the one map: class limits and ramps, shared by all strands.

Colours are ColorBrewer's YlGnBu and YlOrBr of seven classes (Brewer 2003, Apache-2.0),
which readers with any colour vision can order. Where fewer classes are needed they are
taken evenly from the seven.
"""

import numpy as np
import pandas as pd

from .contract import Scale

BLUES = ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84")
BROWNS = ("#ffffd4", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#8c2d04")
NEAR_DARK = BLUES[::-1]


def fixed(limits: tuple[float, ...], ramp: tuple[str, ...]) -> Scale:
    """Return a scale of given limits."""
    return Scale(limits, _colours(ramp, len(limits) + 1))


def quantiles(values: pd.Series, ramp: tuple[str, ...]) -> Scale:
    """Return a scale whose classes hold about as many units each.

    Limits are values that occur, the largest is none of them, and equal ones are one: a
    column of one value, or of none, has a single class.
    """
    known = values.dropna().to_numpy(dtype=np.float64)
    if not len(known):
        return fixed((), ramp)
    steps = np.arange(1, len(ramp)) / len(ramp)
    limits = np.unique(np.quantile(known, steps, method="inverted_cdf"))
    return fixed(tuple(float(one) for one in limits[limits < known.max()]), ramp)


def _colours(ramp: tuple[str, ...], count: int) -> tuple[str, ...]:
    rows = np.rint(np.linspace(0, len(ramp) - 1, count)).astype(int)
    return tuple(ramp[row] for row in rows)
