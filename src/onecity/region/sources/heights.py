"""Heights of points from a table: the cells of an elevation model, spot heights, a survey."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from onecity.core.errors import InputError

from .coordinates import to_wgs84
from .reading import ReadReport, Reals, Remark
from .tables import read_table

COLUMNS = ("lon", "lat", "metres")


@dataclass(frozen=True, slots=True)
class Heights:
    """Points with a height; `lon`, `lat` in WGS-84, `metres` above sea level, shape (points,)."""

    lon: Reals
    lat: Reals
    metres: Reals
    report: ReadReport


def read_heights(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    crs: object = "EPSG:4326",
    encoding: str | None = None,
) -> Heights:
    """Read heights from a CSV or Parquet table with ``lon``, ``lat`` and ``metres``.

    Parameters
    ----------
    path
        The table.
    columns
        Our name of a column to the file's name.
    crs
        System of the positions: WGS-84, GCJ-02, BD-09 or any that PROJ knows.
    encoding
        Of a text file; found when not given.

    Returns
    -------
    Heights
        Points without a height, as an elevation model has them at sea, are dropped and counted.

    Raises
    ------
    MissingError
        If the file or a column is not there.
    InputError
        With file, row and column: a cell that is no number, a position that cannot be right;
        or no height at all.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    x, y = table.numbers("lon"), table.numbers("lat")
    metres = table.numbers("metres", required=False)
    there = ~np.isnan(metres)
    if not there.any():
        raise InputError("sources.no_heights", path=table.path, seen=len(table))
    try:
        lon, lat = to_wgs84(x[there], y[there], crs)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=table.path, reason=error) from error
    lost = int((~there).sum())
    dropped = (Remark("sources.without_height", lost),) if lost else ()
    report = ReadReport(table.path, len(table), int(there.sum()), dropped)
    return Heights(lon, lat, metres[there], report)
