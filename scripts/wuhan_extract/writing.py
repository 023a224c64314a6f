"""Write tables and map layers so that the same content is always the same bytes."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

Cell = str | int | float


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a UTF-8 table with plain line ends and return its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def write_geojson(
    path: Path,
    name: str,
    features: Sequence[tuple[Mapping[str, Cell], BaseGeometry]],
    crs: str,
) -> int:
    """Write a layer, one feature a line so that changes can be read, and return their number.

    `crs` is an OGC name, longitude first in the file whatever the axis order of the name, as
    every reader of GeoJSON takes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(
            {"type": "Feature", "properties": dict(properties), "geometry": mapping(geometry)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, geometry in features
    ]
    head = (
        f'{{"type":"FeatureCollection","name":"{name}",'
        f'"crs":{{"type":"name","properties":{{"name":"{crs}"}}}},"features":[\n'
    )
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")
    return len(lines)
