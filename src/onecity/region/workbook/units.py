"""What a workbook's codes and names are held against: the cities and counties of a region."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from onecity.region.sources.reading import Flags, Reals
from onecity.region.store import Region

from .sheets import Units


@dataclass(frozen=True, slots=True)
class Known:
    """Codes and Chinese names of a region, and the bounds of its land."""

    cities: Mapping[str, str]
    counties: Mapping[str, str]
    city_of: Mapping[str, str]
    bounds: tuple[float, float, float, float]

    @classmethod
    def of(cls, region: Region) -> Self:
        """Return what a region knows."""
        cities, counties = region.table("cities"), region.table("counties")
        west, south, east, north = (float(one) for one in counties.total_bounds)
        return cls(
            cities=dict(zip(cities["city"], cities["name_zh"], strict=True)),
            counties=dict(zip(counties["county"], counties["name_zh"], strict=True)),
            city_of=dict(zip(counties["county"], counties["city"], strict=True)),
            bounds=(west, south, east, north),
        )

    def codes(self, units: Units) -> frozenset[str]:
        """Return the codes of one kind of unit."""
        wanted = {
            Units.CITY: (self.cities,),
            Units.COUNTY: (self.counties,),
            Units.EITHER: (self.cities, self.counties),
        }
        return frozenset(code for names in wanted[units] for code in names)

    def name(self, code: str, units: Units) -> str | None:
        """Return the name of a unit."""
        return (self.cities if units is Units.CITY else self.counties).get(code)

    def code_of(self, name: str, units: Units) -> str | None:
        """Return the code of the one unit that has this name."""
        names = {**self.counties, **self.cities} if units is Units.EITHER else (
            self.cities if units is Units.CITY else self.counties
        )  # fmt: skip
        found = [code for code, known in names.items() if known == name]
        return found[0] if len(found) == 1 else None

    def members(self, city: str) -> set[str]:
        """Return the counties of a city."""
        return {county for county, whose in self.city_of.items() if whose == city}

    def holds(self, lon: float, lat: float, margin: float) -> bool:
        """Whether a position lies within the region's bounds, `margin` degrees around."""
        return bool(self.hold(np.array([lon]), np.array([lat]), margin)[0])

    def hold(self, lon: Reals, lat: Reals, margin: float) -> Flags:
        """Which positions lie within the region's bounds, `margin` degrees around."""
        west, south, east, north = self.bounds
        return (
            (lon >= west - margin)
            & (lon <= east + margin)
            & (lat >= south - margin)
            & (lat <= north + margin)
        )
