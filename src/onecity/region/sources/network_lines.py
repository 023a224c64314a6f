"""Edges of other networks (power, fibre, pipelines, logistics) from a table or a vector file.

A table gives an edge by the positions of its two ends, a vector file by its course. Nodes are
named by ``from`` and ``to``; where a file names none, ends at one position are one node.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError, MissingError
from onecity.core.files import checked_file
from onecity.region.geometry import EARTH_KM
from onecity.region.schema import CRS
from onecity.region.schema import LINES as SCHEMA

from .coordinates import to_wgs84
from .lines import line_km
from .reading import Flags, Objects, ReadReport, Reals, Remark, Shapes
from .tables import Table, read_table
from .vector import LINES, read_vectors

Outside = Literal["refuse", "leave_out"]

ENDS = ("from_lon", "from_lat", "to_lon", "to_lat")
COLUMNS = ("line", "kind", "from", "to", "capacity", "unit", "needs", *ENDS)
_VECTORS = {".geojson", ".json", ".gpkg", ".shp", ".zip"}
APART_KM = 1.0
"""Ends farther apart than this are not one node, whatever their name says."""


@dataclass(frozen=True, slots=True)
class NetworkLines:
    """Edges: `table` in the schema LINES, in the order of the file."""

    table: gpd.GeoDataFrame
    report: ReadReport


@dataclass(frozen=True, slots=True)
class Stated:
    """What holds for all rows of a file that do not say otherwise.

    Attributes
    ----------
    kind
        Which network: power, fibre, gas, ... any word.
    unit
        Of the capacities.
    """

    kind: str | None = None
    unit: str | None = None


def read_network_lines(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    land: Any,
    stated: Stated = Stated(),
    layer: str | None = None,
    crs: str | None = None,
    outside: Outside = "refuse",
) -> NetworkLines:
    """Read edges of one or several networks.

    Parameters
    ----------
    path
        CSV or Parquet with `ENDS`; or GeoJSON, GeoPackage or Shapefile with lines.
    columns
        Our name of a column to the file's name; see `COLUMNS`. ``kind`` is needed unless stated,
        the rest is optional.
    land
        The region's land, one geometry.
    stated
        What the rows do not say themselves.
    layer
        Of a vector file that holds several.
    crs
        System of the positions; WGS-84 of a table, the file's own of vectors, if not given.
    outside
        What to do with edges that touch no land of the region: ``"leave_out"`` drops and counts
        them.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a capacity that is negative or no number, or missing where
        others of its kind have one; capacities without a unit, or in two; an edge that begins and
        ends at one node, lies outside the region, or is there twice; a name at two places.
    """
    file = checked_file(path)
    if file.suffix.lower() in _VECTORS:
        table, shapes, dropped = _vectors(file, dict(columns or {}), layer, crs)
    else:
        table = read_table(file, columns, known=COLUMNS)
        shapes, dropped = _straight(table, crs or "EPSG:4326"), ()
    kind = _words(table, "kind", stated.kind, needed=True)
    capacity, unit = _capacities(table, kind, stated.unit)
    tail, head = _nodes(table, shapes)
    frame = gpd.GeoDataFrame(
        {
            "line": pd.Series(_names(table, kind), dtype="str"),
            "kind": pd.Series(kind, dtype="str"),
            "tail": pd.Series(tail, dtype="str"),
            "head": pd.Series(head, dtype="str"),
            "capacity": capacity,
            "unit": pd.Series(unit, dtype="str"),
            "km": line_km(shapes),
            "needs": pd.Series(_optional(table, "needs"), dtype="str"),
        },
        geometry=list(shapes),
        crs=CRS,
    )
    inside = _inside(table, shapes, land, outside)
    lost = int((~inside).sum())
    if lost:
        dropped = (*dropped, Remark("networks.left_out", lost))
    kept = frame[inside].reset_index(drop=True)
    names = [column.name for column in SCHEMA.columns]
    return NetworkLines(kept.loc[:, names], ReadReport(table.path, len(table), len(kept), dropped))


def join_network_lines(found: Sequence[NetworkLines]) -> NetworkLines:
    """Return the edges of several files as one table.

    Raises
    ------
    InputError
        An identifier twice, one kind in two units, an edge that needs one that is not there, or
        itself.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    paths = np.repeat([one.report.path for one in found], [len(one.table) for one in found])
    twice = table["line"].duplicated().to_numpy()
    if twice.any():
        at = int(twice.argmax())
        raise InputError("networks.twice", path=paths[at], given=table["line"].iloc[at])
    for kind, rows in table.groupby("kind", sort=False):
        units = rows["unit"].dropna().unique()
        if len(units) > 1:
            raise InputError("networks.mixed_units", kind=kind, given=" / ".join(units))
    known = set(table["line"])
    for row, needs in table["needs"].dropna().items():
        for one in needs_of(needs):
            if one not in known or one == table["line"].loc[row]:
                key = "networks.needs_itself" if one in known else "networks.needs_unknown"
                line = table["line"].loc[row]
                raise InputError(key, path=paths[int(str(row))], line=line, given=one)
    report = ReadReport(
        ", ".join(one.report.path for one in found),
        seen=sum(one.report.seen for one in found),
        kept=len(table),
        dropped=tuple(remark for one in found for remark in one.report.dropped),
        noted=_noted(table),
    )
    return NetworkLines(gpd.GeoDataFrame(table, crs=CRS), report)


def needs_of(given: str) -> list[str]:
    """Return the identifiers that a cell of ``needs`` names."""
    return [one.strip() for one in given.replace("；", ";").split(";") if one.strip()]


def _noted(table: pd.DataFrame) -> tuple[Remark, ...]:
    """Return what may surprise: lines that carry nothing."""
    none = int((table["capacity"] == 0).sum())
    return (Remark("networks.no_capacity", none),) if none else ()


def _vectors(
    file: Any, columns: dict[str, str], layer: str | None, crs: str | None
) -> tuple[Table, Shapes, tuple[Remark, ...]]:
    """Return lines with their columns; a line in several parts that do not join is several."""
    known = [name for name in COLUMNS if name not in ENDS]
    for name in columns:
        if name not in known:
            raise InputError("sources.mapping_unknown", given=name, known=", ".join(known))
    vectors = read_vectors(file, layer=layer, crs=crs, columns=columns.values())
    types = vectors.frame.geometry.geom_type
    fits = types.isin(LINES).to_numpy(bool) & ~vectors.frame.geometry.is_empty.to_numpy(bool)
    if not fits.any():
        found = ", ".join(sorted(map(str, set(types))))
        raise InputError(
            "sources.no_wanted_shapes", path=vectors.path, wanted=", ".join(LINES), found=found
        )
    kept = vectors.frame[fits]
    merged = [
        shapely.line_merge(one) if one.geom_type == "MultiLineString" else one
        for one in kept.geometry.to_numpy()
    ]
    shapes, row = shapely.get_parts(np.array(merged, object), return_index=True)
    frame = pd.DataFrame(kept.drop(columns=kept.geometry.name)).iloc[row]
    name = columns.get("line", "line")
    if name in frame.columns:  # parts of one line are numbered
        part = pd.Series(row).groupby(row).cumcount().to_numpy()
        several = np.bincount(row)[row] > 1
        own = frame[name].astype(object).to_numpy()
        # One without a name keeps none: parts of nothing are not to be told from another's.
        numbered = [
            f"{one}/{number + 1}" if more and not pd.isna(one) else one
            for one, number, more in zip(own, part, several, strict=True)
        ]
        frame = frame.assign(**{name: pd.Series(numbered, index=frame.index, dtype=object)})
    lost = int((~fits).sum())
    dropped = (Remark("networks.no_lines", lost),) if lost else ()
    return Table(vectors.path, frame, columns, 1), shapes, (*vectors.noted, *dropped)


def _straight(table: Table, crs: str) -> Shapes:
    """Return the straight lines between the ends of each row."""
    ends = [table.numbers(name) for name in ENDS]
    try:
        tail, head = to_wgs84(ends[0], ends[1], crs), to_wgs84(ends[2], ends[3], crs)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=table.path, reason=error) from error
    points = np.stack([np.stack(tail, axis=1), np.stack(head, axis=1)], axis=1)
    lines: Shapes = np.asarray(shapely.linestrings(points))
    return lines


def _optional(table: Table, name: str) -> Objects:
    return table.texts(name) if table.has(name) else np.full(len(table), None, object)


def _words(table: Table, name: str, stated: str | None, *, needed: bool) -> Objects:
    """Return a column of words, what is stated standing for cells that say nothing."""
    if needed and stated is None and not table.has(name):
        raise MissingError("networks.not_stated", path=table.path, column=table.named(name))
    words = _optional(table, name)
    words[pd.isna(words)] = stated
    empty = pd.isna(words)
    if needed and empty.any():
        table.fail("sources.cell_empty", name, empty.argmax())
    return words


def _capacities(table: Table, kind: Objects, unit: str | None) -> tuple[Reals, Objects]:
    """Return capacities and their units; a kind has all of them or none, in one unit."""
    units = _words(table, "unit", unit, needed=False)
    if not table.has("capacity"):
        return np.full(len(table), np.nan), np.full(len(table), None, object)
    capacity = table.numbers("capacity", required=False, minimum=0.0)
    there = ~np.isnan(capacity)
    lacks = np.isin(kind.astype(str), kind[there].astype(str)) & ~there
    if lacks.any():
        at = lacks.argmax()
        table.fail("networks.capacity_missing", "capacity", at, kind=kind[at])
    bare = there & pd.isna(units)
    if bare.any():
        table.fail("networks.no_unit", "capacity", bare.argmax())
    for at in np.flatnonzero(there):
        first = int((there & (kind == kind[at])).argmax())
        if units[at] != units[first]:
            raise InputError(
                "networks.mixed_units", kind=kind[at], given=f"{units[first]} / {units[at]}"
            )
    units[~there] = None
    return capacity, units


def _nodes(table: Table, shapes: Shapes) -> tuple[Objects, Objects]:
    """Return the nodes each edge begins and ends at."""
    ends = [shapely.get_coordinates(shapely.get_point(shapes, at)) for at in (0, -1)]
    names = [_optional(table, name) for name in ("from", "to")]
    for words, spots in zip(names, ends, strict=True):
        bare = pd.isna(words)
        words[bare] = [f"{x:.5f},{y:.5f}" for x, y in spots[bare]]
    loop = (names[0] == names[1]) | (shapely.length(shapes) == 0)
    if loop.any():
        at = int(loop.argmax())
        given = names[0][at]
        raise InputError("networks.loop", path=table.path, row=table.row(at), given=given)
    every = pd.DataFrame(np.concatenate(ends), columns=["x", "y"])
    every["node"] = np.concatenate(names)
    first = every.groupby("node", sort=False)[["x", "y"]].transform("first")
    shift = every[["x", "y"]].to_numpy() - first.to_numpy()
    shift[:, 0] *= np.cos(np.radians(every["y"].to_numpy()))
    km = np.radians(np.hypot(*shift.T)) * EARTH_KM
    if (km > APART_KM).any():
        at = int((km > APART_KM).argmax())
        row, given = table.row(at % len(table)), every["node"].iloc[at]
        raise InputError(
            "networks.node_apart", path=table.path, row=row, given=given, km=float(km[at])
        )
    return names[0], names[1]


def _names(table: Table, kind: Objects) -> Objects:
    """Return identifiers, numbered within their kind where the file has none."""
    if table.has("line"):
        return table.texts("line", required=True)
    number = pd.Series(kind).groupby(kind).cumcount() + 1
    return np.array([f"{one}-{n}" for one, n in zip(kind, number, strict=True)], object)


def _inside(table: Table, shapes: Shapes, land: Any, outside: Outside) -> Flags:
    shapely.prepare(land)
    inside = shapely.intersects(land, shapes)
    if not inside.any():
        raise InputError("networks.none_inside", path=table.path, seen=len(table))
    if outside == "refuse" and not inside.all():
        at = int((~inside).argmax())
        raise InputError("networks.outside", path=table.path, row=table.row(at))
    return np.asarray(inside, np.bool_)
