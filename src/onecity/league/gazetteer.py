"""The cities of China: codes, names, seats, and residents by the census of 2020.

Two tables ship: ``cities.csv`` is made of registry packages by ``scripts/extract_league.py``;
``census2020_cities.csv`` holds public facts, each row with its source and grade.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from onecity.core.provenance import Grade
from onecity.region.sources.tables import read_table

_SUFFIXES = ("市", "地区", "盟", "林区")


def data_folder() -> Path:
    """Return the folder with what ships for the league."""
    return Path(str(files("onecity"))) / "league" / "data"


@dataclass(frozen=True, slots=True)
class Residents:
    """Residents of a place, with who says so."""

    people: float
    grade: Grade
    date: str
    source: str


@dataclass(frozen=True, slots=True)
class City:
    """A city by its code (GB/T 2260), with its seat in WGS-84.

    `residents` is None where no census figure ships.
    """

    code: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    residents: Residents | None

    @property
    def prefix(self) -> str:
        """What the codes of its counties begin with."""
        return prefix_of(self.code)


def prefix_of(city: str) -> str:
    """Return what the codes of a city's counties begin with.

    Four digits for prefectures, two for municipalities (310000), all six for cities under a
    province itself (429004).
    """
    if city[2:4] == "90":
        return city
    return city[:2] if city.endswith("0000") else city[:4]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All cities by code, and the ways people write them."""

    cities: Mapping[str, City]
    spelt: Mapping[str, str]

    def find(self, given: str) -> City | None:
        """Return the city of a code or a name, with or without 市."""
        text = given.strip()
        code = self.spelt.get(text) or self.spelt.get(text.casefold())
        return self.cities.get(text) or (self.cities[code] if code else None)

    def near(self, given: str) -> str:
        """Return the nearest known names, to ask whether one was meant; empty if none is near."""
        # In a name of two characters one slip leaves half of it.
        known = [*self.spelt, *self.cities]
        found = difflib.get_close_matches(given.strip(), known, n=3, cutoff=0.5)
        return ", ".join(found)


@cache
def gazetteer() -> Gazetteer:
    """Return the cities that ship."""
    known = _residents(data_folder() / "census2020_cities.csv")
    table = read_table(data_folder() / "cities.csv")
    zh, en = table.texts("name_zh", required=True), table.texts("name_en", required=True)
    lon, lat = table.numbers("lon"), table.numbers("lat")
    cities = {
        code: City(code, zh[at], en[at], float(lon[at]), float(lat[at]), known.get(code))
        for at, code in enumerate(table.texts("city", required=True))
    }
    spelt = {name: code for code, one in cities.items() for name in _spellings(one.name_zh)}
    # English names are not unique (Suzhou, Yichun): only those that are name a city.
    english = [one.name_en.casefold() for one in cities.values()]
    spelt |= {
        one.name_en.casefold(): one.code
        for one in cities.values()
        if english.count(one.name_en.casefold()) == 1
    }
    return Gazetteer(cities, spelt)


def _spellings(name: str) -> tuple[str, ...]:
    short = next((name.removesuffix(one) for one in _SUFFIXES if name.endswith(one)), name)
    return (name, short) if len(short) > 1 else (name,)


def _residents(path: Path) -> dict[str, Residents]:
    table = read_table(path)
    people = table.numbers("people", minimum=1.0)
    texts = [table.texts(name, required=True) for name in ("city", "grade", "date", "source")]
    return {
        city: Residents(float(people[at]), Grade(grade), date, source)
        for at, (city, grade, date, source) in enumerate(zip(*texts, strict=True))
    }
