"""The range of a figure under the recipe's low and high assumptions."""

from math import isfinite

import numpy as np
import pandas as pd

from .contract import Findings, Level


def bounds_in(
    findings: Findings, level: Level, key: str, code: object
) -> tuple[float, float] | None:
    """Return the lower and the upper end of a figure's range in one unit; see `bounds`."""
    ends = [
        float(frames[level][key].get(code, np.nan))
        for frames in (findings.low, findings.high)
        if level in frames and key in frames[level].columns
    ]
    if len(ends) != 2:
        return None
    known = all(map(isfinite, ends))
    return (min(ends), max(ends)) if known else (float("nan"), float("nan"))


def bounds(findings: Findings, level: Level, key: str) -> tuple[pd.Series, pd.Series] | None:
    """Return the lower and the upper end of a figure's range, for every unit of a level.

    A low assumption may well give the higher figure: ends are put in order, unit by unit. NaN
    where a unit lacks either end; None where the strand gives no range.
    """
    ends = [
        frames[level][key].reindex(findings.tables[level].index)
        for frames in (findings.low, findings.high)
        if level in frames and key in frames[level].columns
    ]
    if len(ends) != 2:
        return None
    one, other = ends
    return (
        pd.Series(np.minimum(one, other), index=one.index),
        pd.Series(np.maximum(one, other), index=one.index),
    )
