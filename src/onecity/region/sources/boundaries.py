"""Boundaries of counties (or any units) from GeoJSON, GeoPackage or Shapefile (zip too)."""

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError
from onecity.core.words import Language, say
from onecity.region.schema import CRS

from .reading import ReadReport, Reals, Remark, Shapes
from .roads import ELLIPSOID
from .vector import AREAS, Vectors, areas_of, read_vectors

MAX_OVERLAP_KM2 = 1.0
"""Two units may overlap by this much (slivers of careless digitising); more is an error."""

_SLIVER_KM2 = 1e-6
_SPECK_DEGREES2 = 1e-10
"""Each about a square metre: what is smaller comes of rounding."""
_GBT2260 = re.compile(r"^[1-8]\d{5}$")
_CHINA = "156"
"""Country code of China (ISO 3166); some maps put it before the six digits."""
_COUNTY_ZEROS = "000000"
"""What the statistical code of 12 digits adds to a county's six."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two units that cover the same land."""

    first: str
    second: str
    km2: float

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return say("sources.overlap", language, first=self.first, second=self.second, km2=self.km2)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Units with their boundaries.

    `table` is a GeoDataFrame in WGS-84 with the columns ``code`` and ``name`` (text),
    ``area_km2`` (on the ellipsoid) and ``geometry`` (MultiPolygon or Polygon, valid), in the
    order of the file, and the columns asked for by `keep`. `overlaps` lists those within the
    tolerance, the largest first; the table keeps them.
    """

    table: gpd.GeoDataFrame
    overlaps: tuple[Overlap, ...]
    report: ReadReport


def read_boundaries(  # noqa: PLR0913 - each says one thing about the file
    path: str | os.PathLike[str],
    *,
    code_column: str,
    name_column: str,
    keep: Iterable[str] = (),
    codes: Literal["gbt2260", "any"] = "gbt2260",
    prefixes: Collection[str] = (),
    layer: str | None = None,
    crs: object = None,
    encoding: str | None = None,
    max_overlap_km2: float = MAX_OVERLAP_KM2,
) -> Boundaries:
    """Read units with their boundaries.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile or zipped Shapefile.
    code_column, name_column
        Columns of the file that hold code and name.
    keep
        Further columns to carry along under their own names.
    codes
        ``gbt2260``: six digits; a leading country code (156) and the six zeros of the
        12-digit statistical code of a county are taken off and noted. ``any``: any text.
    prefixes
        If given, a code must begin with one of them (``42`` for Hubei).
    layer, crs, encoding
        As in `read_vectors`.
    max_overlap_km2
        Two units that overlap by more are an error; less is listed in `overlaps`.

    Returns
    -------
    Boundaries
        Invalid polygons are mended (`shapely.make_valid`, only areas kept); the report says
        which, where, and by how much their area changed.

    Raises
    ------
    MissingError
        If the file, layer or a column is not there.
    InputError
        If a code is missing, malformed or given twice, a shape is missing, no polygon or
        without area, units overlap, or the file cannot be read (see `read_vectors`).
    """
    keep = list(keep)
    vectors = read_vectors(
        path, layer=layer, crs=crs, encoding=encoding, columns=[code_column, name_column, *keep]
    )
    code, noted = _codes(vectors, code_column, codes, prefixes)
    names = vectors.frame[name_column].astype("str").str.strip()
    shapes, mended = _polygons(vectors, code)
    overlaps = find_overlaps(code, shapes)
    if overlaps and overlaps[0].km2 > max_overlap_km2:
        wrong = [overlap for overlap in overlaps if overlap.km2 > max_overlap_km2]
        raise InputError(
            "sources.units_overlap",
            path=vectors.path,
            count=len(wrong),
            worst=wrong[0],
            limit=max_overlap_km2,
        )
    table = gpd.GeoDataFrame(
        {
            "code": pd.Series(code, dtype="str"),
            "name": names.reset_index(drop=True),
            "area_km2": area_km2(shapes),
            **{name: vectors.frame[name].reset_index(drop=True) for name in keep},
        },
        geometry=shapes,
        crs=CRS,
    )
    report = ReadReport(
        vectors.path, len(table), len(table), noted=(*vectors.noted, *noted, *mended)
    )
    return Boundaries(table, overlaps, report)


def prefecture_of(code: str) -> str:
    """Return the code of the city a county's GB/T 2260 code belongs to.

    The first four digits name the prefecture. Counties that answer to the province itself
    (third and fourth digit 90, as 429004 仙桃) are cities of their own.
    """
    return code if code[2:4] == "90" else f"{code[:4]}00"


def area_km2(shapes: Shapes) -> Reals:
    """Return areas on the WGS-84 ellipsoid in km2 (Karney 2013), holes taken off."""
    oriented = shapely.orient_polygons(shapes)
    return np.array(
        [abs(ELLIPSOID.geometry_area_perimeter(shape)[0]) / 1e6 for shape in oriented], np.float64
    )


def find_overlaps(names: Sequence[str], shapes: Shapes) -> tuple[Overlap, ...]:
    """Return which valid polygons overlap by more than a square metre, the largest first."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    apart = first < second
    first, second = first[apart], second[apart]
    common = shapely.intersection(shapes[first], shapes[second])
    areal = shapely.area(common) > 0
    km2 = area_km2(np.array([areas_of(shape) for shape in common[areal]], object))
    found = [
        Overlap(names[a], names[b], float(size))
        for a, b, size in zip(first[areal], second[areal], km2, strict=True)
        if size > _SLIVER_KM2
    ]
    return tuple(sorted(found, key=lambda overlap: (-overlap.km2, overlap.first, overlap.second)))


def _codes(
    vectors: Vectors, column: str, codes: str, prefixes: Collection[str]
) -> tuple[list[str], tuple[Remark, ...]]:
    """Return the codes, checked, and how many had to be shortened."""
    values = vectors.frame[column]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    given = ["" if pd.isna(value) else str(value).strip() for value in values]
    found = [_short(code) for code in given] if codes == "gbt2260" else given
    for row, code in enumerate(found, start=1):
        where = {"path": vectors.path, "row": row, "column": column, "given": given[row - 1]}
        if not code:
            raise InputError("sources.code_missing", **where)
        if codes == "gbt2260" and not _GBT2260.match(code):
            raise InputError("sources.code_malformed", **where)
        if prefixes and not code.startswith(tuple(prefixes)):
            raise InputError("sources.code_elsewhere", known=", ".join(prefixes), **where)
    rows: dict[str, int] = {}
    for row, code in enumerate(found, start=1):
        if code in rows:
            raise InputError(
                "sources.code_twice",
                path=vectors.path,
                column=column,
                given=code,
                first=rows[code],
                second=row,
            )
        rows[code] = row
    changed = sum(a != b for a, b in zip(given, found, strict=True))
    return found, (Remark("sources.codes_shortened", changed),) if changed else ()


def _short(code: str) -> str:
    if len(code) == 9 and code.startswith(_CHINA):
        return code[3:]
    return code[:6] if len(code) == 12 and code.endswith(_COUNTY_ZEROS) else code


def _polygons(vectors: Vectors, code: list[str]) -> tuple[Shapes, tuple[Remark, ...]]:
    """Return valid polygons, and one remark for each that had to be mended."""
    shapes = vectors.frame.geometry.to_numpy(copy=True)
    mended = []
    for at, shape in enumerate(shapes):
        where = {"path": vectors.path, "row": at + 1, "code": code[at]}
        if shape is None or shape.is_empty:
            raise InputError("sources.shape_missing", **where)
        if shape.geom_type not in AREAS:
            raise InputError("sources.shape_not_area", given=shape.geom_type, **where)
        if not shape.is_valid:
            shapes[at] = areas_of(shapely.make_valid(shape))
            before, after = area_km2(np.array([shape, shapes[at]], object))
            values = {
                "code": code[at],
                "reason": shapely.is_valid_reason(shape),
                "before": float(before),
                "after": float(after),
            }
            mended.append(Remark("sources.polygon_mended", 1, values))
        if shapes[at].area < _SPECK_DEGREES2:
            raise InputError("sources.shape_flat", **where)
    return shapes, tuple(mended)
