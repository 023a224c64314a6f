"""What a group is measured on: cut from registry packages, or shipped so.

An extract is a zip with ``counties.geojson``, ``counties.csv``, ``nodes.csv``, ``edges.csv``,
``places.csv``, ``heights.csv`` and ``about.json`` (whose land it is, and which packages it was
cut from). The same land of the same packages is the same bytes.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import shapely

from onecity.core.errors import StoreError
from onecity.core.files import replacing
from onecity.core.progress import SILENCE, Progress

from .gazetteer import data_folder
from .groups import Group
from .highways import Highways
from .land import counties_of, heights_in, settlements_in
from .packages import ALL, HIGHWAYS

VERSION = 1
"""Of what an extract holds; a change makes kept ones be cut anew."""
ABOUT = "about.json"
_STAMP = (1980, 1, 1, 0, 0, 0)
_GEOGRAPHIC = "urn:ogc:def:crs:EPSG::4490"


def shipped(group: Group) -> Path | None:
    """Return the extract of this land that ships, if one does."""
    path = data_folder() / f"{group.land}.zip"
    return path if path.is_file() else None


def absent(groups: Sequence[Group], folder: Path) -> list[Group]:
    """Return the groups whose extract neither ships nor lies in a folder, whole."""
    return [one for one in groups if shipped(one) is None and not _is_whole(kept(one, folder))]


def kept(group: Group, folder: Path) -> Path:
    """Return where the extract of a group is kept in a folder: its name says what it is of."""
    return folder / f"{group.land}-v{VERSION}.zip"


def extract_of(group: Group, folder: Path) -> Path:
    """Return the extract of a group: the one that ships, else the one kept."""
    return shipped(group) or kept(group, folder)


def cut(groups: Iterable[Group], folder: Path, *, progress: Progress = SILENCE) -> None:
    """Cut the extracts of some groups from the installed packages and keep them in a folder.

    Raises
    ------
    MissingError
        If a package is not installed.
    InputError
        If the map lacks a county, or a package is not what is expected.
    StoreError
        If the folder cannot be written.
    """
    wanted = list(groups)
    if not wanted:
        return
    for one in ALL:  # all of them, before a minute is spent on the first
        one.locate()
    progress.stage("league.stage_packages", len(wanted) + 1)
    highways = Highways.read(HIGHWAYS.locate())
    progress.advance()
    for group in wanted:
        write(group, highways, kept(group, folder))
        progress.advance()


def write(group: Group, highways: Highways, path: Path) -> None:
    """Write the extract of a group."""
    counties = counties_of(group)
    area = shapely.union_all([one.outline for one in counties])
    roads = highways.around(area)
    shapes: list[tuple[dict[str, str], Any]] = [
        ({"code": one.code, "name_zh": one.name}, json.loads(shapely.to_geojson(one.outline)))
        for one in counties
    ]
    parts = {
        "counties.geojson": _geojson(shapes),
        "counties.csv": _csv(
            ("county", "name_zh", "city"), [(one.code, one.name, one.city) for one in counties]
        ),
        "nodes.csv": _csv(
            ("node", "lon", "lat", "cut"),
            zip(roads.node, roads.lon, roads.lat, roads.cut.astype(int), strict=True),
        ),
        "edges.csv": _csv(
            ("tail", "head", "km"), zip(roads.tail, roads.head, roads.km, strict=True)
        ),
        "places.csv": _csv(
            ("place", "name_zh", "name_en", "lon", "lat"),
            [(one.key, one.name_zh, one.name_en, one.lon, one.lat) for one in settlements_in(area)],
        ),
        "heights.csv": _csv(("lon", "lat", "metres"), heights_in(area)),
        ABOUT: json.dumps(
            {
                "version": VERSION,
                "land": sorted(one.land for one in group.members),
                "packages": sorted({one.named for one in ALL}),
            },
            indent=1,
        ),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("core.not_written", path=str(path), reason=reason) from error
    with replacing(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, _STAMP)  # no clock: the same land is the same bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, text.encode(), compresslevel=9)


def unpack(path: Path, folder: Path) -> None:
    """Write the files of an extract into a folder.

    Raises
    ------
    StoreError
        If it cannot be read or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():
                (folder / Path(name).name).write_bytes(file.read(name))
    except zipfile.BadZipFile as error:
        raise StoreError("league.extract_damaged", path=str(path), reason=error) from error
    except OSError as error:
        raise StoreError("core.not_written", path=str(folder), reason=error) from error


def packages_of(path: Path) -> tuple[str, ...]:
    """Return which packages an extract was cut from, with versions."""
    with zipfile.ZipFile(path) as file:
        return tuple(json.loads(file.read(ABOUT))["packages"])


def _is_whole(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path)


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _geojson(features: Iterable[tuple[dict[str, str], Any]]) -> str:
    lines = [
        json.dumps(
            {"type": "Feature", "properties": named, "geometry": outline},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for named, outline in features
    ]
    head = (
        '{"type":"FeatureCollection","name":"counties",'
        f'"crs":{{"type":"name","properties":{{"name":"{_GEOGRAPHIC}"}}}},"features":[\n'
    )
    return head + ",\n".join(lines) + "\n]}\n"
