"""Vector files (GeoJSON, GeoPackage, Shapefile, zipped Shapefile) as GeoDataFrames in WGS-84."""

import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from onecity.core.errors import InputError, MissingError
from onecity.core.files import checked_file
from onecity.region.schema import CRS

from .coordinates import shapes_to_wgs84, system_name
from .encoding import decode, read_text
from .reading import Remark

LINES = ("LineString", "MultiLineString")
AREAS = ("Polygon", "MultiPolygon")

_JSON = {".json", ".geojson"}
_DBF_HEADER = slice(8, 10)
"""Where a dBASE file says how long its header is."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Features of one layer: `frame` in WGS-84, and what had to be assumed."""

    path: str
    frame: gpd.GeoDataFrame
    noted: tuple[Remark, ...]


def read_vectors(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: object = None,
    encoding: str | None = None,
    columns: Iterable[str] = (),
) -> Vectors:
    """Read one layer of a vector file.

    Parameters
    ----------
    path
        The file. A Shapefile may be the ``.shp`` or a ``.zip`` with all its parts.
    layer
        Needed where the file holds several.
    crs
        Coordinate system; overrides what the file says (a GeoJSON in GCJ-02 cannot say so).
    encoding
        Of the text of a Shapefile or GeoJSON; found when not given. A Shapefile's ``.cpg``
        is believed.
    columns
        Columns that must be there.

    Raises
    ------
    MissingError
        If the file, the layer or a column is not there.
    InputError
        If the file cannot be read, has several layers and none is named, no features, no
        coordinate system, or positions that cannot be right.
    """
    file = checked_file(path)
    layer = _layer(file, layer)
    frame = _read(file, layer, encoding)
    for column in columns:
        if column not in frame.columns:
            found = ", ".join(str(name) for name in frame.columns if name != "geometry")
            raise MissingError(
                "sources.no_column", path=str(file), column=column, meaning=column, found=found
            )
    if frame.empty:
        raise InputError("sources.no_records", path=str(file))
    stated = None if frame.crs is None else system_name(frame.crs)
    if crs is None and stated is None:
        raise InputError("sources.crs_missing", path=str(file))
    used = system_name(crs) if crs is not None else stated
    noted: tuple[Remark, ...] = ()
    if stated is not None and used != stated:
        values = {"stated": stated, "used": used}
        noted = (Remark("sources.crs_overridden", len(frame), values),)
    try:
        shapes = shapes_to_wgs84(frame.geometry.to_numpy(), used)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=str(file), reason=error) from error
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index), crs=CRS)
    return Vectors(str(file), frame, noted)


def areas_of(shape: Any) -> Any:
    """Return the areas of a geometry, joined, without its points and lines."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in AREAS]
    if not parts:
        return shapely.MultiPolygon()
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _layer(file: Path, layer: str | None) -> str:
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(file)]
    except (DataSourceError, ValueError) as error:
        raise InputError("sources.vector_damaged", path=str(file), reason=error) from error
    if layer is None:
        if len(names) > 1:
            raise InputError("sources.layer_needed", path=str(file), found=", ".join(names))
        return names[0]
    if layer not in names:
        raise MissingError("sources.no_layer", path=str(file), layer=layer, found=", ".join(names))
    return layer


def _read(file: Path, layer: str, encoding: str | None) -> gpd.GeoDataFrame:
    source: Path | bytes = file
    wanted: str | None = layer
    if file.suffix.lower() in _JSON:
        # GeoJSON is UTF-8 by its standard; offices also write GBK. It holds one layer, which
        # takes the file's name where it states none: as bytes it would be called otherwise.
        source, encoding, wanted = read_text(file, encoding).text.encode(), None, None
    elif encoding is None:
        encoding = _shapefile_encoding(file)
    try:
        frame = pyogrio.read_dataframe(source, layer=wanted, encoding=encoding)
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise InputError("sources.vector_damaged", path=str(file), reason=error) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("sources.no_geometry", path=str(file))
    # pyogrio names the geometry so, whatever the file calls it.
    return frame


def _shapefile_encoding(file: Path) -> str | None:
    """Return the encoding of a Shapefile's text where no ``.cpg`` states it, else None."""
    if file.suffix.lower() == ".shp":
        beside = {part.suffix.lower(): part for part in file.parent.glob(f"{file.stem}.*")}
        if ".cpg" in beside or ".dbf" not in beside:
            return None
        content = beside[".dbf"].read_bytes()
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            inside = {Path(name).suffix.lower(): name for name in archive.namelist()}
            if ".cpg" in inside or ".dbf" not in inside:
                return None
            content = archive.read(inside[".dbf"])
    else:
        return None
    header = int.from_bytes(content[_DBF_HEADER], "little")
    records = content[header:].rstrip(b"\x1a\0").replace(b"\0", b" ")
    return decode(records, str(file)).encoding
