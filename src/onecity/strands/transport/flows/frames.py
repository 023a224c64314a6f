"""Figures by level, as frames that have every unit of every level."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.units import Reals, Units

from .areas import Areas, Land
from .indicators import Figure


def frames(
    units: Mapping[Level, Units],
    figures: Sequence[Figure],
    values: Mapping[Level, Mapping[str, Reals]],
) -> dict[Level, pd.DataFrame]:
    """Return a frame for each level; a figure that was not found is NaN.

    Parameters
    ----------
    values
        By level and name of the figure, in the order of the level's units.
    """
    found = {}
    for level, one in units.items():
        nothing = np.full(len(one.codes), np.nan)
        given = values.get(level, {})
        columns = {f.key: given.get(f.name, nothing) for f in figures if level in f.levels}
        found[level] = u.frame(one, columns)
    return found


def definitions_of(land: Land, areas: Areas) -> Reals:
    """Return how many definitions of the one-hour circle counties meet; NaN if one is unknown."""
    return np.asarray(land.in_reach + areas.in_urban + areas.in_work)
