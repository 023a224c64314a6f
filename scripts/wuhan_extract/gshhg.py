"""Read the binned shorelines and rivers of GSHHG, as GMT stores them.

The world is cut into bins of one degree, row by row from the north-west. A bin has segments, a
segment has points, a point is two unsigned 16-bit fractions of the bin from its south-west
corner. A shoreline that crosses bins is cut at their edges and shares the points there.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, MultiPolygon, Polygon

from .inputs import InputAbsentError, check_bytes

PACKAGE = "gmt-gshhg-full"
VERSION = "2.3.7-6"
INSTALLED = Path("/usr/share/gmt-gshhg")
SHORES = "binned_GSHHS_f.nc"
RIVERS = "binned_river_f.nc"
SHA256 = {
    SHORES: "3b0c146b7ac3af37daebc44bc66cce5bc2703ca7f42e84e680f3efd5dcc08dc3",
    RIVERS: "1e0f34b06bb73fa21ee1a52764d6979521c3342215e0a2cdc8de6c72d37d0cb6",
}
COLUMNS, ROWS = 360, 180
FRACTIONS = 65535
# Half a fraction of a bin is 0.8 m; six decimals of a degree are 0.1 m.
DECIMALS = 6


@contextmanager
def gshhg_folder() -> Iterator[Path]:
    """Give the folder with the data: the installed package, or a download of it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = INSTALLED if (INSTALLED / SHORES).is_file() else _download(Path(scratch))
        for name, sha256 in SHA256.items():
            check_bytes(folder / name, sha256)
        yield folder


def _download(scratch: Path) -> Path:
    try:
        for command in (
            ["apt-get", "download", "--quiet", f"{PACKAGE}={VERSION}"],
            ["dpkg-deb", "--extract", f"{PACKAGE}_{VERSION}_all.deb", "."],
        ):
            subprocess.run(command, cwd=scratch, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputAbsentError(
            f"rivers and lakes need the Debian package {PACKAGE} {VERSION}, and it could not be "
            f"downloaded: apt-get install {PACKAGE}, or run with --without-water"
        ) from error
    return scratch / INSTALLED.relative_to("/")


@dataclass(frozen=True, slots=True)
class Piece:
    """One segment of a river: its rank in the World Data Bank (1 to 11; 0 is a bank), its line."""

    rank: int
    line: LineString


def _lines(
    data: h5py.File, segments: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
) -> list[LineString]:
    """Return the coordinates of some segments; `sizes` holds the number of points of each."""
    first_of_bin = data["Id_of_first_segment_in_a_bin"][...].astype(np.int64)
    filled = np.flatnonzero(data["N_segments_in_a_bin"][...])
    first_point = data["Id_of_first_point_in_a_segment"][...]
    east = data["Relative_longitude_from_SW_corner_of_bin"]
    north = data["Relative_latitude_from_SW_corner_of_bin"]
    lines = []
    for segment, size in zip(segments.tolist(), sizes.tolist(), strict=True):
        at = filled[np.searchsorted(first_of_bin[filled], segment, side="right") - 1]
        west_edge, south_edge = at % COLUMNS, ROWS // 2 - 1 - at // COLUMNS
        points = slice(first_point[segment], first_point[segment] + size)
        lon = west_edge + east[points].view(np.uint16) / FRACTIONS
        lat = south_edge + north[points].view(np.uint16) / FRACTIONS
        lines.append(LineString(np.round(np.column_stack((lon, lat)), DECIMALS)))
    return lines


def _segments_in(data: h5py.File, box: tuple[float, float, float, float]) -> npt.NDArray[np.int64]:
    """Return the segments of every bin that touches a box (west, south, east, north)."""
    west, south, east, north = box
    first = data["Id_of_first_segment_in_a_bin"][...].astype(np.int64)
    count = data["N_segments_in_a_bin"][...].astype(np.int64)
    found: list[int] = []
    for bin_ in range(COLUMNS * ROWS):
        lon, lat = bin_ % COLUMNS, ROWS // 2 - 1 - bin_ // COLUMNS
        if west < lon + 1 and lon < east and south < lat + 1 and lat < north:
            found.extend(range(first[bin_], first[bin_] + count[bin_]))
    return np.array(found, dtype=np.int64)


def read_rivers(folder: Path, box: tuple[float, float, float, float]) -> list[Piece]:
    """Read the river lines of the bins that touch a box."""
    with h5py.File(folder / RIVERS) as data:
        segments = _segments_in(data, box)
        ranks = data["Hierarchial_level_of_a_segment"][...][segments]
        sizes = data["N_points_for_a_segment"][...][segments].astype(np.int64)
        return [
            Piece(int(rank), line)
            for rank, line in zip(ranks, _lines(data, segments, sizes), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Shore:
    """One closed shoreline, whole also where it leaves the box it was looked for in.

    `level` is 2 for water in land and 3 for an island in it. `is_river` marks the surface of a
    river wide enough to have two banks on the map.
    """

    polygon: int
    level: int
    is_river: bool
    area: MultiPolygon


def read_shores(folder: Path, box: tuple[float, float, float, float]) -> list[Shore]:
    """Read the lakes, river surfaces and islands in them that touch the bins of a box."""
    with h5py.File(folder / SHORES) as data:
        polygon_of = data["Id_of_GSHHS_ID"][...]
        packed = data["Embedded_npts_levels_exit_entry_for_a_segment"][...].astype(np.int64)
        square_km = data["The_km_squared_area_of_polygons"][...]
        shores = []
        for polygon in np.unique(polygon_of[_segments_in(data, box)]).tolist():
            segments = np.flatnonzero(polygon_of == polygon)
            level = int(packed[segments[0]] >> 6 & 7)
            if level < 2:
                continue
            lines = _lines(data, segments, packed[segments] >> 9)
            faces = shapely.polygonize([shapely.union_all(lines)]).geoms
            area = MultiPolygon([face for face in faces if isinstance(face, Polygon)])
            if area.is_empty:
                raise ValueError(f"shoreline {polygon} does not close")
            shores.append(Shore(polygon, level, bool(square_km[polygon] < 0), area))
    return shores
