"""Relief of zones: how high they lie, and how far heights around them differ.

The range of heights within a window is the relief amplitude (地势起伏度) of Chinese geography:
Feng, Tang, Yang & Zhang, *The relief degree of land surface in China and its correlation with
population distribution*, Acta Geographica Sinica 62(10), 2007. It grows with the window and with
how dense the points are, so that it compares zones of one region, not regions with other data.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from onecity.core.errors import InputError

from .geometry import chord_of, on_sphere
from .sources.reading import Reals

WINDOW_KM = 10.0
"""Radius around a zone's point within which heights are compared."""
LEAST = 2
"""Points a window needs: of one alone there is no range."""


def relief_of(zones: gpd.GeoDataFrame, lon: Reals, lat: Reals, metres: Reals) -> pd.DataFrame:
    """Return the relief of every zone in the schema RELIEF, in the order of `zones`.

    Parameters
    ----------
    zones
        With ``zone``, ``lon``, ``lat``.
    lon, lat, metres
        Points with a height, degrees (WGS-84) and metres, shape (points,).

    Returns
    -------
    DataFrame
        ``metres`` is the mean of the heights within the window, weighted by closeness (the
        inverse of the squared distance); ``range_m`` their highest less their lowest.

    Raises
    ------
    InputError
        If some zones have fewer than `LEAST` heights around them.
    """
    tree = cKDTree(on_sphere(lon, lat))
    middles = on_sphere(zones["lon"], zones["lat"])
    near = tree.query_ball_point(middles, chord_of(WINDOW_KM), return_sorted=True)
    count = np.array([len(one) for one in near], dtype=np.int64)
    bare = count < LEAST
    if bare.any():
        raise InputError(
            "region.relief_gaps",
            count=int(bare.sum()),
            zones=len(zones),
            km=WINDOW_KM,
            given=str(zones["zone"].iloc[int(bare.argmax())]),
        )
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    flat = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
    zone = np.repeat(np.arange(len(zones)), count)
    heights = metres[flat]
    apart = ((tree.data[flat] - middles[zone]) ** 2).sum(axis=1)
    # A point on the spot itself would outweigh all others without end: a metre is on the spot.
    weight = 1 / np.maximum(apart, chord_of(0.001) ** 2)
    mean = np.add.reduceat(weight * heights, first) / np.add.reduceat(weight, first)
    highest, lowest = np.maximum.reduceat(heights, first), np.minimum.reduceat(heights, first)
    return pd.DataFrame(
        {"zone": zones["zone"].to_numpy(), "metres": mean, "range_m": highest - lowest}
    )
