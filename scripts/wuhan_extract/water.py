"""Rivers and lakes around the nine cities, out of GSHHG, with the names of the large ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from .boundaries import Territory
from .gshhg import DECIMALS, Piece, Shore, gshhg_folder, read_rivers, read_shores
from .writing import Cell, write_geojson

GEOGRAPHIC = "urn:ogc:def:crs:OGC:1.3:CRS84"
# 30 km, as for the roads, rounded up: 0.3 degrees of latitude are 33 km, of longitude 29 km.
MARGIN_DEGREES = 0.3
BANKS = 0
YANGTZE = ("长江", "Yangtze River")

# By the number of the shoreline in GSHHG. Without a name: one too small or too far to matter.
LAKES = {
    180679: ("龙感湖", "Longgan Lake"),
    180844: ("梁子湖", "Liangzi Lake"),
    180986: ("洪湖", "Honghu Lake"),
    181066: ("斧头湖", "Futou Lake"),
    181247: ("鸭儿湖", "Ya'er Lake"),
    181341: ("西凉湖", "Xiliang Lake"),
    181358: ("涨渡湖", "Zhangdu Lake"),
    181364: ("大冶湖", "Daye Lake"),
    181447: ("保安湖", "Bao'an Lake"),
    181772: ("鲁湖", "Luhu Lake"),
    181811: ("武湖", "Wuhu Lake"),
    182318: ("东湖", "East Lake"),
    182419: ("汤逊湖", "Tangxun Lake"),
    182452: ("花马湖", "Huama Lake"),
    183398: ("沉湖", "Chenhu Lake"),
    183476: ("黄家湖", "Huangjia Lake"),
}


@dataclass(frozen=True, slots=True)
class NamedRiver:
    """A river line is this river if it has this rank and passes this point within 3 km."""

    name_zh: str
    name_en: str
    rank: int
    lon: float
    lat: float


NEAR_DEGREES = 0.03
RIVERS = (
    NamedRiver(*YANGTZE, 1, 112.35, 30.05),
    NamedRiver(*YANGTZE, 1, 112.97, 29.73),
    NamedRiver(*YANGTZE, 1, 113.18, 29.52),
    NamedRiver(*YANGTZE, 1, 113.99, 30.26),
    NamedRiver("汉江", "Han River", 2, 113.78, 30.61),
    NamedRiver("东荆河", "Dongjing River", 3, 113.39, 30.18),
    NamedRiver("府河", "Fu River", 3, 113.65, 31.20),
)


def _name(line: BaseGeometry, rank: int) -> tuple[str, str]:
    for river in RIVERS:
        if river.rank == rank and line.distance(Point(river.lon, river.lat)) < NEAR_DEGREES:
            return river.name_zh, river.name_en
    return "", ""


def _rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Bring the points that clipping made to the precision of all others."""
    return shapely.transform(geometry, lambda points: np.round(points, DECIMALS))


def river_features(
    pieces: list[Piece], window: BaseGeometry
) -> list[tuple[dict[str, Cell], BaseGeometry]]:
    """Join the pieces of each river, name it, clip it; banks are left to the surfaces."""
    features: list[tuple[dict[str, Cell], BaseGeometry]] = []
    for rank in sorted({piece.rank for piece in pieces} - {BANKS}):
        joined = shapely.line_merge(
            shapely.union_all([piece.line for piece in pieces if piece.rank == rank])
        )
        for line in shapely.get_parts(joined):
            clipped = shapely.intersection(line, window)
            if not clipped.is_empty:
                zh, en = _name(line, rank)
                kept = _rounded(clipped)
                features.append(({"name_zh": zh, "name_en": en, "rank": rank}, kept))
    return sorted(features, key=lambda feature: (feature[0]["rank"], feature[1].wkt))


def surface_features(
    shores: list[Shore], window: BaseGeometry
) -> list[tuple[dict[str, Cell], BaseGeometry]]:
    """Take the lakes near the territory whole, the wide river clipped, both without islands."""
    islands = shapely.union_all([shore.area for shore in shores if shore.level == 3])
    features: list[tuple[dict[str, Cell], BaseGeometry]] = []
    for shore in shores:
        if shore.level != 2 or not shore.area.intersects(window):
            continue
        water = shapely.difference(shore.area, islands)
        if shore.is_river:
            zh, en = YANGTZE
            water = shapely.intersection(water, window)
        else:
            zh, en = LAKES.get(shore.polygon, ("", ""))
        kind = "river" if shore.is_river else "lake"
        properties: dict[str, Cell] = {
            "shore": shore.polygon,
            "kind": kind,
            "name_zh": zh,
            "name_en": en,
        }
        features.append((properties, _rounded(shapely.normalize(water))))
    return features


def write_water(territory: Territory, folder: Path) -> tuple[int, int]:
    """Write `rivers.geojson` and `surfaces.geojson` and return their numbers of features."""
    west, south, east, north = territory.area.bounds
    box = (
        west - MARGIN_DEGREES,
        south - MARGIN_DEGREES,
        east + MARGIN_DEGREES,
        north + MARGIN_DEGREES,
    )
    window = shapely.box(*box)
    with gshhg_folder() as source:
        rivers = river_features(read_rivers(source, box), window)
        surfaces = surface_features(read_shores(source, box), window)
    return (
        write_geojson(folder / "rivers.geojson", "rivers", rivers, GEOGRAPHIC),
        write_geojson(folder / "surfaces.geojson", "surfaces", surfaces, GEOGRAPHIC),
    )
