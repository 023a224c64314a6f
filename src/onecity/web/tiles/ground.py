"""The layers of a region's tiles: what each is made of.

Their names and properties are what the map in the browser relies on.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from onecity.region.store import Region

from .index import BoxIndex
from .layer import Group, Layer, box_of
from .lines import Lines, city_lines, county_lines
from .places import place_names
from .pyramid import Pyramid
from .ranks import MOST_PLACES, MOST_ROADS, PLACE_ZOOMS, ROAD_ZOOMS, groups, road_ranks
from .shapes import Geometries, Kind, Reals, boxes, project
from .wire import Properties

ZONES_FROM = 5
MOST_ZONE_BYTES, MOST_ROAD_BYTES = 300_000, 190_000
"""In a tile, compressed; a tile of all layers then stays below half a megabyte."""
RAIL_FROM = 6
COUNTY_LINES_FROM = 6
RIVERS_FROM = 5

Cells = NDArray[Any]


def zones(region: Region) -> Layer:
    """Return the zones. They have no properties: figures are joined to them by id.

    A zone is drawn as it is, to an eighth of a pixel. Where the zones of a tile need more than
    `MOST_ZONE_BYTES`, all of them are rounded more coarsely, to two pixels at most: as
    neighbours share their points, they still meet without gaps, and what is smaller than that
    gives its place to its neighbours. So a tile stays small however many zones lie in it, every
    spot has the colour of a zone that lies within a pixel or two of it, and no figure is made
    that no zone has. Going closer brings every zone.
    """
    shapes = region.table("zones").geometry.to_numpy()
    return _layer("zones", Kind.AREA, shapes, {}, _from(ZONES_FROM), most_bytes=MOST_ZONE_BYTES)


def counties(region: Region) -> Layer:
    """Return the counties."""
    return _units(region, "counties", "county")


def cities(region: Region) -> Layer:
    """Return the cities."""
    return _units(region, "cities", "city")


def boundaries_of_counties(region: Region) -> Layer:
    """Return the lines between counties and around all of them."""
    return _boundaries("county_lines", county_lines(region), COUNTY_LINES_FROM)


def boundaries_of_cities(region: Region) -> Layer:
    """Return the lines between cities, which border effects are drawn on, and around all."""
    return _boundaries("city_lines", city_lines(region), 0)


def water(region: Region) -> Layer:
    """Return lakes and wide rivers."""
    return _water(region, "water", Kind.AREA, 0)


def rivers(region: Region) -> Layer:
    """Return rivers that are lines."""
    return _water(region, "rivers", Kind.LINE, RIVERS_FROM)


def roads(region: Region) -> Layer:
    """Return the roads, the important ones from further away (see `onecity.web.tiles.ranks`).

    Roads that are too many for a tile are rounded more coarsely, as zones are: edges that share
    an end still share it, so that a road stays in one piece where its shortest edges vanish.
    """
    table = region.table("road_edges")
    columns = {
        "class": table["class"].to_numpy(),
        "kmh": table["kmh"].to_numpy(),
        "bridge": table["bridge"].to_numpy(),
        "zh": table["name"].to_numpy(),
        "rank": road_ranks(table["class"], table["kmh"].to_numpy(np.float64)),
    }
    shown = partial(groups, zooms=ROAD_ZOOMS, most=MOST_ROADS)
    shapes = table.geometry.to_numpy()
    return _layer("roads", Kind.LINE, shapes, columns, shown, most_bytes=MOST_ROAD_BYTES)


def rail(region: Region) -> Layer:
    """Return the railway lines."""
    has = region.has("rail_edges")
    shapes = region.table("rail_edges").geometry.to_numpy() if has else np.empty(0, np.object_)
    return _layer("rail", Kind.LINE, shapes, {}, _from(RAIL_FROM))


def places(region: Region) -> Layer:
    """Return the names of cities, counties and other places."""
    names = place_names(region)
    columns = {"zh": names.zh, "en": names.en, "kind": names.kind, "rank": names.rank}
    shown = partial(groups, zooms=PLACE_ZOOMS, most=MOST_PLACES)
    points = np.asarray(shapely.points(names.lon, names.lat), np.object_)
    return _layer("places", Kind.POINT, points, columns, shown)


def _units(region: Region, table: str, code: str) -> Layer:
    units = region.table(table)
    columns = {
        "code": units[code].to_numpy(),
        "zh": units["name_zh"].to_numpy(),
        "en": units["name_en"].to_numpy(),
    }
    return _layer(table, Kind.AREA, units.geometry.to_numpy(), columns, _from(0))


def _boundaries(name: str, lines: Lines, first_zoom: int) -> Layer:
    columns = {"a": np.array(lines.one, np.object_), "b": np.array(lines.other, np.object_)}
    return _layer(name, Kind.LINE, lines.shapes, columns, _from(first_zoom))


def _water(region: Region, name: str, kind: Kind, first_zoom: int) -> Layer:
    names = ("zh", "en", "kind")
    if region.has("water"):
        table = region.table("water")
        shapes = table.geometry.to_numpy()
        cells = (table[column].to_numpy() for column in ("name_zh", "name_en", "kind"))
    else:
        shapes = np.empty(0, np.object_)
        cells = (shapes for _ in names)
    columns = dict(zip(names, cells, strict=True))
    return _layer(name, kind, shapes, columns, _from(first_zoom), coverage=False)


Grouping = Callable[[Cells, Reals], tuple[Group, ...]]


def _from(zoom: int) -> Grouping:
    """Return a grouping that draws everything from a zoom on."""
    return lambda _, around: (Group(zoom, BoxIndex.of(around, np.arange(len(around)))),)


def _layer(
    name: str,
    kind: Kind,
    geometries: Geometries,
    columns: Mapping[str, Cells],
    grouping: Grouping,
    *,
    coverage: bool = True,
    most_bytes: int | None = None,
) -> Layer:
    """Make a layer of the rows of a table that have a shape of its kind.

    `grouping` is given the column ``rank``, if there is one, and the boxes of these rows.
    """
    shapes, rows = project(geometries, kind)
    around = boxes(shapes)
    cells = {key: column[rows] for key, column in columns.items()}
    return Layer(
        name=name,
        kind=kind,
        shapes=shapes,
        ids=rows,
        box=box_of(around),
        groups=grouping(cells.get("rank", rows), around),
        properties=Properties.of(cells, len(rows)),
        pyramid=Pyramid(shapes, coverage=coverage) if kind == Kind.AREA else None,
        most_bytes=most_bytes,
    )


LAYERS: Mapping[str, Callable[[Region], Layer]] = {
    "zones": zones,
    "counties": counties,
    "cities": cities,
    "water": water,
    "rivers": rivers,
    "county_lines": boundaries_of_counties,
    "city_lines": boundaries_of_cities,
    "roads": roads,
    "rail": rail,
    "places": places,
}
"""How each layer is made, by its name in the tiles, in the order of the tiles."""
