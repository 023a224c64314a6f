"""Railway lines, rivers and lakes from vector files or edge tables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError
from onecity.region.schema import CRS

from .edge_table import read_edges
from .reading import ReadReport, Reals, Remark, Shapes
from .roads import ELLIPSOID
from .vector import Vectors, read_vectors

WATER_KINDS = ("river", "lake")

_LINES = ("LineString", "MultiLineString")
_AREAS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines or areas: `table` is a GeoDataFrame in the schema RAIL or WATER."""

    table: gpd.GeoDataFrame
    report: ReadReport


def read_rail(
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
    kept, dropped = _of_type(vectors, _LINES)
    parts = shapely.get_parts(vectors.frame.geometry.to_numpy()[kept])
    report = ReadReport(vectors.path, len(vectors.frame), int(kept.sum()), dropped, vectors.noted)
    return _rail(line_km(parts), parts, report)


def read_rail_edges(
    nodes_path: str | os.PathLike[str],
    edges_path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
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
    *,
    kind: str,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    crs: object = None,
    encoding: str | None = None,
) -> Lines:
    """Read rivers (lines or areas) or lakes (areas) from a vector file.

    `columns` gives the file's names of ``water`` (identifier; numbered ``kind-1``,
    ``kind-2``, ... where not given), ``name_zh`` and ``name_en``. Invalid areas are mended
    and counted; points, and lines among lakes, are dropped and counted.

    Raises
    ------
    MissingError, InputError
        As `read_vectors`; InputError also for an unknown `kind`, an identifier twice or
        where nothing is left.
    """
    if kind not in WATER_KINDS:
        raise InputError("sources.water_kind", given=kind, known=", ".join(WATER_KINDS))
    columns = dict(columns or {})
    for name in columns:
        if name not in {"water", "name_zh", "name_en"}:
            known = "water, name_zh, name_en"
            raise InputError("sources.mapping_unknown", given=name, known=known)
    vectors = read_vectors(path, layer=layer, crs=crs, encoding=encoding, columns=columns.values())
    kept, dropped = _of_type(vectors, _AREAS if kind == "lake" else (*_LINES, *_AREAS))
    frame = vectors.frame.loc[kept].reset_index(drop=True)
    shapes = frame.geometry.to_numpy(copy=True)
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid])
    noted = vectors.noted
    if invalid.any():
        noted = (*noted, Remark("sources.water_mended", int(invalid.sum())))
    count = len(frame)
    texts = {
        "water": pd.Series([f"{kind}-{n}" for n in range(1, count + 1)], dtype="str"),
        "kind": pd.Series([kind] * count, dtype="str"),
        "name_zh": pd.Series([None] * count, dtype="str"),
        "name_en": pd.Series([None] * count, dtype="str"),
    }
    texts |= {name: frame[column].astype("str").str.strip() for name, column in columns.items()}
    twice = texts["water"].duplicated().to_numpy()
    if twice.any():
        given = texts["water"].iloc[int(twice.argmax())]
        raise InputError("sources.water_twice", path=vectors.path, given=given)
    table = gpd.GeoDataFrame(texts, geometry=shapes, crs=CRS)
    report = ReadReport(vectors.path, len(vectors.frame), count, dropped, noted)
    return Lines(table, report)


def line_km(lines: Shapes) -> Reals:
    """Return the geodesic length of LineStrings on the WGS-84 ellipsoid, in km."""
    return np.array([ELLIPSOID.geometry_length(line) / 1000.0 for line in lines], np.float64)


def _rail(km: Reals, shapes: Shapes, report: ReadReport) -> Lines:
    values = {"edge": np.arange(len(km), dtype=np.int64), "km": km}
    return Lines(gpd.GeoDataFrame(values, geometry=shapes, crs=CRS), report)


def _of_type(
    vectors: Vectors, wanted: tuple[str, ...]
) -> "tuple[np.typing.NDArray[np.bool_], tuple[Remark, ...]]":
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
