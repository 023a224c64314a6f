"""Make what ships for the league from open packages, byte for byte the same each time.

Needs the packages of the extra ``league`` in the versions that the lock file names. First the
list of cities (seats from GeoNames, names from the national map), then the extract of every group
in ``groups.csv``; extracts of land that no group has any longer are removed.
"""

import csv
import json
from pathlib import Path

import click
import shapely
from pypinyin import lazy_pinyin
from shapely.geometry import shape

from onecity.league.extracts import write
from onecity.league.gazetteer import data_folder, gazetteer
from onecity.league.groups import read_groups
from onecity.league.highways import Highways
from onecity.league.land import Settlement, settlements
from onecity.league.packages import CITIES, HIGHWAYS

CHINA = "156"
HEADER = ("city", "name_zh", "name_en", "lon", "lat", "point")


@click.command()
def main() -> None:
    """Make what ships for the league from open packages."""
    click.echo(f"cities: {write_cities(data_folder() / 'cities.csv')}")
    gazetteer.cache_clear()
    highways = Highways.read(HIGHWAYS.locate())
    groups = read_groups()
    for group in groups:
        path = data_folder() / f"{group.land}.zip"
        write(group, highways, path)
        click.echo(f"{group.key}: {path.name}, {path.stat().st_size / 1000:.0f} kB")
    for path in data_folder().glob("*.zip"):
        if path.stem not in {one.land for one in groups}:
            path.unlink()


def write_cities(path: Path) -> int:
    """Write code, names and seat of every city and return their number."""
    every = settlements()
    spots = shapely.points([(one.lon, one.lat) for one in every])
    tree = shapely.STRtree(spots)
    rows = []
    for feature in json.loads(CITIES.locate().read_text(encoding="utf-8"))["features"]:
        code, name = feature["properties"]["gb"].removeprefix(CHINA), feature["properties"]["name"]
        if not code or code[0] not in "123456":
            continue
        area = shape(feature["geometry"])
        inside = [every[at] for at in tree.query(area, predicate="intersects")]
        rows.append((code, name, *seat(name, area, inside)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(sorted(rows))
    return len(rows)


def seat(
    name: str, area: shapely.Geometry, inside: list[Settlement]
) -> tuple[str, float, float, str]:
    """Return English name, longitude, latitude and what was taken for a city's seat.

    The most populous place that bears the city's name, else the most populous of all, else a
    point of its land.
    """
    own = [one for one in inside if {name, name.removesuffix("市")} & one.alternates]
    spelt = "".join(lazy_pinyin(name.removesuffix("市"))).capitalize()
    for found, how in ((own, "GeoNames place of this name"), (inside, "GeoNames, most populous")):
        if found:
            best = max(found, key=lambda one: (one.people, -one.key))
            english = best.name_en.replace("’", "'") if own else spelt
            return english, best.lon, best.lat, how
    point = shapely.point_on_surface(area)
    return spelt, round(point.x, 4), round(point.y, 4), "a point of its land"


if __name__ == "__main__":
    main()
