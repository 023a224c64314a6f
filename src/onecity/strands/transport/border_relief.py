"""Relief on the way between two places, so that hills along a border are not called the border.

The measure is the mean relief amplitude (highest less lowest point around, see `region.relief`)
of the land that the straight line between two places crosses. That terrain is averaged over what
is crossed follows Nunn & Puga, *Ruggedness: the blessing of bad geography in Africa*, Review of
Economics and Statistics 94(1), 2012, who average the ruggedness of a country's cells.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from onecity.region.store import Region
from onecity.strands.units import Reals, Rows

from .border_pairs import plane
from .figures import Ground

METRES = 100.0
"""The regressor counts relief in these."""
STEPS = 16
"""Points looked at on each line, evenly spaced: 4 km apart on the longest that count."""
_CELL_KM = 2.0


def relief_between(region: Region, ground: Ground, zone: Rows) -> Reals | None:
    """Return the mean relief on the straight lines between places, hundreds of metres.

    Parameters
    ----------
    zone
        Row of each place's zone, shape (places,).

    Returns
    -------
    array or None
        Shape (places, places), symmetric, on the diagonal the places' own. None where the region
        has no relief, or the same on every line.
    """
    if not region.has("relief"):
        return None
    table = region.table("relief").set_index("zone")["range_m"]
    relief = table.reindex(region.table("zones")["zone"]).to_numpy(dtype=np.float64) / METRES
    spots = plane(ground)
    start, cells = _raster(spots, relief)
    places = spots[zone]
    # All of them: on roads alone, places further apart than the reach may be within it.
    one, other = np.triu_indices(len(zone))
    begin, way = places[one], places[other] - places[one]
    total = np.zeros(len(one))
    for step in range(STEPS):
        across, up = _cell(begin + (step + 0.5) / STEPS * way, start).T
        total += cells[across, up]
    found = np.empty((len(zone), len(zone)))
    found[one, other] = found[other, one] = total / STEPS
    return found if np.ptp(found) > 0 else None


def _raster(spots: NDArray[np.float64], values: Reals) -> tuple[NDArray[np.float64], Reals]:
    """Return where a raster over points begins, and the value of the nearest point in each cell."""
    start = spots.min(axis=0)
    wide, high = _cell(spots.max(axis=0), start) + 1
    across, up = np.meshgrid(np.arange(wide), np.arange(high), indexing="ij")
    middles = start + _CELL_KM * (np.stack([across, up], axis=-1) + 0.5)
    _, nearest = cKDTree(spots).query(middles)
    return start, values[nearest]


def _cell(points: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(np.floor((points - start) / _CELL_KM), dtype=np.int64)
