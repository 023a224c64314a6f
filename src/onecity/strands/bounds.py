"""The range of a figure under the recipe's low and high assumptions."""

import numpy as np
import pandas as pd

from .contract import Findings, Level


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
