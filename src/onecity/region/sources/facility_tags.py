"""Facilities from an OpenStreetMap extract: nodes and areas whose tags name a kind."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import osmium
import pandas as pd
import shapely

from onecity.core.errors import InputError
from onecity.core.files import checked_file
from onecity.core.progress import SILENCE, Progress
from onecity.region.facility_kinds import KINDS, TAG_KEYS, kind_of_tags

_UNITS = {one.key: one.unit for one in KINDS}
_WHOLE = re.compile(r"\d{1,6}")
_YEAR = re.compile(r"(\d{4})(?:-\d{2}){0,2}")
_CAPACITY = {
    "beds": ("capacity:beds", "beds"),
    "places": ("capacity:persons", "capacity"),
    "seats": ("capacity:persons", "capacity", "seats"),
}
_STEP = 1000


@dataclass(frozen=True, slots=True)
class Tagged:
    """Facilities as tagged: `frame` has the columns of a table of facilities, as text."""

    path: str
    frame: pd.DataFrame
    seen: int


def read_tagged(path: str | os.PathLike[str], *, progress: Progress = SILENCE) -> Tagged:
    """Read what an OpenStreetMap extract holds of facilities.

    A node stands where it is, an area (closed way or multipolygon) at a point inside it. The
    capacity is taken from ``beds`` or ``capacity`` where that is a whole number, the year of
    opening from ``start_date`` where that is a plain date.

    Returns
    -------
    Tagged
        `frame` with ``facility`` (``osm:n12``, ``osm:w12``, ``osm:r12``), ``kind``,
        ``name_zh`` (the local name where there is no Chinese one), ``name_en``, ``lon``,
        ``lat``, ``capacity``, ``capacity_unit`` and ``opened``; rows in the order of ids.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is no OpenStreetMap file, or holds no facility.
    """
    file = checked_file(path)
    progress.stage("facilities.stage_osm")
    try:
        rows, seen = _read(file, progress)
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise InputError("sources.osm_damaged", path=str(file), reason=error) from error
    if not rows:
        raise InputError("facilities.none_tagged", path=str(file), seen=seen)
    frame = pd.DataFrame(rows, dtype=object).sort_values("facility", ignore_index=True)
    return Tagged(str(file), frame, seen)


def _read(file: Path, progress: Progress) -> tuple[list[dict[str, object]], int]:
    wanted = osmium.filter.KeyFilter(*TAG_KEYS)
    things = osmium.FileProcessor(str(file)).with_areas(wanted).with_filter(wanted)
    shapes = osmium.geom.WKBFactory()
    rows: list[dict[str, object]] = []
    seen = 0
    for thing in things:
        # A closed way comes again as an area; only the area is sure to be one.
        if not isinstance(thing, osmium.osm.Node | osmium.osm.Area):
            continue
        seen += 1
        if seen % _STEP == 0:
            progress.advance(_STEP)
        tags = dict(thing.tags)
        kind = kind_of_tags(tags)
        if kind is None:
            continue
        if isinstance(thing, osmium.osm.Node):
            name, lon, lat = f"osm:n{thing.id}", thing.location.lon, thing.location.lat
        else:
            inside = shapely.from_wkb(shapes.create_multipolygon(thing)).point_on_surface()
            letter = "w" if thing.from_way() else "r"
            name, lon, lat = f"osm:{letter}{thing.orig_id()}", inside.x, inside.y
        rows.append({"facility": name, "kind": kind, "lon": lon, "lat": lat, **_said(tags, kind)})
    return rows, seen


def _said(tags: dict[str, str], kind: str) -> dict[str, object]:
    """Return what the tags say of name, capacity and opening."""
    unit = _UNITS[kind]
    words = (tags.get(key, "").strip() for key in _CAPACITY.get(unit or "", ()))
    capacity = next((word for word in words if _WHOLE.fullmatch(word)), None)
    opened = _YEAR.fullmatch(tags.get("start_date", "").strip())
    return {
        "name_zh": tags.get("name:zh") or tags.get("name"),
        "name_en": tags.get("name:en"),
        "capacity": capacity,
        "capacity_unit": unit if capacity is not None else None,
        "opened": opened[1] if opened else None,
    }
