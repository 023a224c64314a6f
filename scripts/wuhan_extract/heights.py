"""Heights above sea level around the nine cities, out of the coarse world grid in `pvlib`."""

from pathlib import Path

import h5py
import numpy as np

from .boundaries import Territory
from .inputs import HEIGHTS
from .writing import write_csv

HEADER = ("lon", "lat", "metres")
# The grid: 5 minutes, row 0 farthest north, column 0 farthest west, values of cells' centres.
CELLS_A_DEGREE = 12
STEP_M, LOWEST_M, NOTHING = 28, -450, 255
MARGIN = 2
"""Cells kept beyond the nine cities, so that zones at the edge have heights on every side."""


def write_heights(territory: Territory, folder: Path) -> int:
    """Write the cells of the box around the nine cities, from north to south, west to east."""
    west, south, east, north = territory.area.bounds
    rows = _cells(90 - north, 90 - south)
    columns = _cells(west + 180, east + 180)
    with h5py.File(HEIGHTS.locate()) as file:
        grid = file["Altitude"][rows.start : rows.stop, columns.start : columns.stop]
    found = [
        (
            round((column + 0.5) / CELLS_A_DEGREE - 180, 5),
            round(90 - (row + 0.5) / CELLS_A_DEGREE, 5),
            int(grid[row - rows.start, column - columns.start]) * STEP_M + LOWEST_M,
        )
        for row in rows
        for column in columns
        if grid[row - rows.start, column - columns.start] != NOTHING
    ]
    return write_csv(folder / "heights.csv", HEADER, found)


def _cells(low: float, high: float) -> range:
    """Return the cells from one number of degrees to another, with a margin."""
    first = int(np.floor(low * CELLS_A_DEGREE)) - MARGIN
    return range(first, int(np.floor(high * CELLS_A_DEGREE)) + MARGIN + 1)
