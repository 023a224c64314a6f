"""By which figures invented cases are made, as ``rates.toml`` tells them with their sources."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from onecity.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Rate:
    """One figure and what it is taken from; `source` begins with “assumed” where it is not."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Place:
    """A city: its residents, and the seat of its government in degrees."""

    people: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Rates:
    """All figures: cities by code, rates by ``section.name``."""

    cities: Mapping[str, Place]
    rates: Mapping[str, Rate]
    cities_from: str

    def __getitem__(self, name: str) -> float:
        return self.rates[name].value

    def places(self, codes: Mapping[str, str]) -> dict[str, Place]:
        """Return the cities of a catalogue, which are given with their names.

        Raises
        ------
        InputError
            Nothing is known of one.
        """
        strange = [name for code, name in codes.items() if code not in self.cities]
        if strange:
            raise InputError("hall_demo.no_place", names=" ".join(strange))
        return {code: self.cities[code] for code in codes}


@cache
def rates() -> Rates:
    """Return the figures that come with the demonstration."""
    told: dict[str, Any] = tomllib.loads((files(__package__) / "rates.toml").read_text("utf-8"))
    cities = told.pop("cities")
    source = str(cities.pop("from"))
    found = {
        f"{section}.{name}": Rate(float(one["value"]), str(one["from"]))
        for section, several in told.items()
        for name, one in several.items()
    }
    places = {code: Place(int(one[0]), *map(float, one[1:])) for code, one in cities.items()}
    return Rates(MappingProxyType(places), MappingProxyType(found), source)
