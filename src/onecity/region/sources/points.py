"""Named points (stations, facilities, settlements) from a table or a vector file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError
from onecity.core.provenance import Grade
from onecity.region.schema import CRS, PLACES

from .coordinates import to_wgs84
from .reading import Objects, ReadReport, Reals, Remark
from .tables import Table, read_table

COLUMNS = tuple(column.name for column in PLACES.columns if column.name != "geometry")


@dataclass(frozen=True, slots=True)
class Points:
    """Named points.

    `table` is a GeoDataFrame in the schema PLACES, in the file's order. `x` and `y` are the
    positions of its rows as the file gives them, for `offset.detect_offset`.
    """

    table: gpd.GeoDataFrame
    x: Reals
    y: Reals
    report: ReadReport


def read_points(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    kind: str,
    source: str,
    grade: Grade,
    crs: object = "EPSG:4326",
    encoding: str | None = None,
) -> Points:
    """Read named points from a CSV or Parquet table.

    ``lon`` and ``lat`` are needed (easting and northing in a projected `crs`), and one of
    ``name_zh`` and ``name_en`` in every row; ``place`` (numbered ``kind-1``, ``kind-2``, ...
    where absent), ``people`` and, row by row in place of the arguments, ``kind``, ``grade``
    and ``source`` are optional.

    Parameters
    ----------
    path
        The table.
    columns
        Our name of a column to the file's name.
    kind, source, grade
        What the points are, where they were read, and how far their positions are verified.
    crs
        System of the positions: WGS-84, GCJ-02, BD-09 or any that PROJ knows.
    encoding
        Of a text file; found when not given.

    Returns
    -------
    Points
        Rows without any position are dropped and counted; half a position is an error.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a position that is no number or cannot be right, a place
        twice, a point without name, an unknown grade, negative residents; or no point left.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    x, y = table.numbers("lon", required=False), table.numbers("lat", required=False)
    half = np.isnan(x) != np.isnan(y)
    if half.any():
        at = half.argmax()
        table.fail("sources.cell_empty", "lon" if np.isnan(x[at]) else "lat", at)
    there = ~np.isnan(x)
    if not there.any():
        raise InputError("sources.no_positions", path=table.path, seen=len(table))
    try:
        lon, lat = to_wgs84(x, y, crs)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=table.path, reason=error) from error
    texts = _texts(table, kind, source, grade)
    frame = gpd.GeoDataFrame(
        {
            **{name: pd.Series(values[there], dtype="str") for name, values in texts.items()},
            "people": _people(table)[there],
            "lon": lon[there],
            "lat": lat[there],
        },
        geometry=shapely.points(lon[there], lat[there]),
        crs=CRS,
    )
    lost = int((~there).sum())
    dropped = (Remark("sources.points_without_position", lost),) if lost else ()
    report = ReadReport(table.path, len(table), len(frame), dropped)
    return Points(frame.loc[:, [*COLUMNS, "geometry"]], x[there], y[there], report)


def _people(table: Table) -> Reals:
    if not table.has("people"):
        return np.full(len(table), np.nan)
    return table.numbers("people", required=False, minimum=0.0)


def _texts(table: Table, kind: str, source: str, grade: Grade) -> dict[str, Objects]:
    """Return the text columns, filled and checked."""
    nothing = np.full(len(table), None, object)
    names = ("place", "kind", "name_zh", "name_en", "grade", "source")
    texts = {name: table.texts(name) if table.has(name) else nothing.copy() for name in names}
    for name, value in (("kind", kind), ("grade", grade.value), ("source", source)):
        texts[name][pd.isna(texts[name])] = value
    if not table.has("place"):
        texts["place"][:] = [f"{kind}-{number}" for number in range(1, len(table) + 1)]
    blank = pd.isna(texts["place"])
    if blank.any():
        table.fail("sources.cell_empty", "place", blank.argmax())
    twice = pd.Series(texts["place"]).duplicated().to_numpy()
    if twice.any():
        table.fail("sources.place_twice", "place", twice.argmax())
    unnamed = pd.isna(texts["name_zh"]) & pd.isna(texts["name_en"])
    if unnamed.any():
        row = table.row(unnamed.argmax())
        raise InputError("sources.place_unnamed", path=table.path, row=row)
    known = [member.value for member in Grade]
    strange = ~np.isin(texts["grade"].astype(str), known)
    if strange.any():
        at = strange.argmax()
        table.fail("sources.cell_unknown_word", "grade", at, known=", ".join(known))
    return texts
