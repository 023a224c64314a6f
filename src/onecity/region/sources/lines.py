"""Railway lines, rivers and lakes from vector files or edge tables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError
from onecity.region.schema import CRS

from .edge_table import read_edges
from .reading import Flags, ReadReport, Reals, Remark, Shapes
from .roads import ELLIPSOID
from .vector import AREAS, LINES, Vectors, areas_of, read_vectors

WATER_KINDS = ("river", "lake")
WATER_COLUMNS = ("water", "kind", "name_zh", "name_en")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines or areas: `table` is a GeoDataFrame in the schema RAIL or WATER."""

    table: gpd.GeoDataFrame
    report: ReadReport


def read_rail_lines(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: object = None,
    encoding: str | None = None,
) -> Lines:
    """Read railway lines from a vector file; multi-part lines become one edge each part.

    Features that are no lines are dropped and counted.

    Raises
    ------
    MissingError, InputError
        As `read_vectors`; InputError also where no line is left.
    """
    vectors = read_vectors(path, layer=layer, crs=crs, encoding=encoding)
    kept, dropped = _of_type(vectors, LINES)
    parts = shapely.get_parts(vectors.frame.geometry.to_numpy()[kept])
    report = ReadReport(vectors.path, len(vectors.frame), int(kept.sum()), dropped, vectors.noted)
    return _rail(line_km(parts), parts, report)


def read_rail(
    nodes_path: str | os.PathLike[str],
    edges_path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    crs: object = "EPSG:4326",
    encoding: str | None = None,
) -> Lines:
    """Read railway lines from a table of nodes and a table of edges (see `edge_table`).

    Only courses and lengths are taken; no speed is needed.

    Raises
    ------
    MissingError, InputError
        As `read_edges`.
    """
    network = read_edges(
        nodes_path, edges_path, kmh=1.0, columns=columns, crs=crs, encoding=encoding
    )
    edges = network.edges
    return _rail(edges["km"].to_numpy(), edges.geometry.to_numpy(), network.report)


def read_water(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    layer: str | None = None,
    crs: object = None,
    encoding: str | None = None,
) -> Lines:
    """Read rivers (lines or areas) and lakes (areas) from a vector file.

    Optional columns, under these names or those `columns` gives: ``water`` (identifier; the
    file's name and the number of the feature where absent), ``kind`` (``river`` or ``lake``;
    where absent, a line is a river and an area a lake), ``name_zh`` and ``name_en``. Invalid
    areas are mended and counted; points, and lines among lakes, are dropped and counted.

    Raises
    ------
    MissingError, InputError
        As `read_vectors`; InputError also for an unknown kind, an identifier twice or
        where nothing is left.
    """
    columns = dict(columns or {})
    for name in columns:
        if name not in WATER_COLUMNS:
            known = ", ".join(WATER_COLUMNS)
            raise InputError("sources.mapping_unknown", given=name, known=known)
    vectors = read_vectors(path, layer=layer, crs=crs, encoding=encoding, columns=columns.values())
    kept, dropped = _of_type(vectors, (*LINES, *AREAS))
    texts = _water_texts(vectors, columns)
    lines = vectors.frame.geometry.geom_type.isin(LINES).to_numpy(bool)
    drawn = kept & lines & (texts["kind"] == "lake").to_numpy(bool)
    if drawn.any():
        dropped = (*dropped, Remark("sources.lakes_drawn_as_lines", int(drawn.sum())))
        kept &= ~drawn
    shapes = vectors.frame.geometry.to_numpy()[kept]
    invalid = ~shapely.is_valid(shapes) & ~lines[kept]
    for at in np.flatnonzero(invalid):
        shapes[at] = areas_of(shapely.make_valid(shapes[at]))
    noted = vectors.noted
    if invalid.any():
        noted = (*noted, Remark("sources.water_mended", int(invalid.sum())))
    table = gpd.GeoDataFrame(texts.loc[kept].reset_index(drop=True), geometry=shapes, crs=CRS)
    report = ReadReport(vectors.path, len(vectors.frame), len(table), dropped, noted)
    return Lines(table, report)


def _water_texts(vectors: Vectors, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the text columns of the schema for every feature, filled and checked."""
    frame = vectors.frame
    texts = pd.DataFrame({name: pd.Series(None, frame.index, "str") for name in WATER_COLUMNS})
    for name in WATER_COLUMNS:
        column = columns.get(name, name)
        if column in frame.columns:
            texts[name] = frame[column].astype("str").str.strip().replace("", None)
    stem = Path(vectors.path).stem
    numbers = pd.Series([f"{stem}-{n}" for n in range(1, len(frame) + 1)], frame.index)
    lines = frame.geometry.geom_type.isin(LINES)
    texts["water"] = texts["water"].fillna(numbers)
    texts["kind"] = texts["kind"].fillna(lines.map({True: "river", False: "lake"}))
    strange = ~texts["kind"].isin(WATER_KINDS).to_numpy(bool)
    if strange.any():
        given, known = texts["kind"].iloc[int(strange.argmax())], ", ".join(WATER_KINDS)
        raise InputError("sources.water_kind", path=vectors.path, given=given, known=known)
    twice = texts["water"].duplicated().to_numpy()
    if twice.any():
        given = texts["water"].iloc[int(twice.argmax())]
        raise InputError("sources.water_twice", path=vectors.path, given=given)
    return texts


def line_km(lines: Shapes) -> Reals:
    """Return the geodesic length of LineStrings on the WGS-84 ellipsoid, in km."""
    return np.array([ELLIPSOID.geometry_length(line) / 1000.0 for line in lines], np.float64)


def _rail(km: Reals, shapes: Shapes, report: ReadReport) -> Lines:
    values = {"edge": np.arange(len(km), dtype=np.int64), "km": km}
    return Lines(gpd.GeoDataFrame(values, geometry=shapes, crs=CRS), report)


def _of_type(vectors: Vectors, wanted: tuple[str, ...]) -> tuple[Flags, tuple[Remark, ...]]:
    """Return which features are of a wanted type, and remarks on the others."""
    types = vectors.frame.geometry.geom_type.fillna("None")
    kept = types.isin(wanted).to_numpy(bool) & ~vectors.frame.geometry.is_empty.to_numpy(bool)
    if not kept.any():
        raise InputError(
            "sources.no_wanted_shapes",
            path=vectors.path,
            wanted=", ".join(wanted),
            found=", ".join(sorted(set(types))),
        )
    others = types[~kept].value_counts()
    dropped = tuple(
        Remark("sources.shapes_left_out", int(count), {"value": name})
        for name, count in others.items()
    )
    return kept, dropped
