"""From what a user calls a place to a point on the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onecity.core.errors import InputError, MissingError

if TYPE_CHECKING:
    from onecity.region.store import Region


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with the names it is known by; `kind` is city, county, zone, place or point."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    lon: float
    lat: float

    def text(self, language: str) -> str:
        """Return the name in one language."""
        return self.name_zh if language == "zh" else self.name_en


def spot_of(lon: float, lat: float) -> Spot:
    """Return a point given by its coordinates."""
    name = f"{lon:.5f}, {lat:.5f}"
    return Spot("point", name, name, name, lon, lat)


def find_spot(region: "Region", wanted: str) -> Spot:
    """Return the place with a code or name; of several kinds the widest counts.

    A city is where its travel is measured from; a county is its most peopled zone.

    Raises
    ------
    MissingError
        If nothing is called so.
    InputError
        If several things of one kind are.
    """
    word = wanted.strip().casefold()
    spots = list(_spots(region))
    kinds = dict.fromkeys(one.kind for one in spots)
    for called in (_is_code, _is_name):
        for kind in kinds:
            found = [one for one in spots if one.kind == kind and called(one, word)]
            if len(found) > 1:
                known = ", ".join(f"{one.code} ({one.name_zh})" for one in found)
                raise InputError("cli.place_ambiguous", given=wanted, known=known)
            if found:
                return found[0]
    raise MissingError("cli.no_place", given=wanted)


def _is_code(spot: Spot, word: str) -> bool:
    return spot.code.casefold() == word


def _is_name(spot: Spot, word: str) -> bool:
    """Whether the word is the name, or the name without the mark of its kind: 武汉, 武汉市."""
    short = spot.name_zh[:-1] if spot.name_zh[-1] in "市区县" else ""
    return word in {spot.name_zh.casefold(), spot.name_en.casefold()} or (
        len(word) > 1 and word == short
    )


def _spots(region: "Region") -> Iterator[Spot]:
    cities, counties = region.table("cities"), region.table("counties")
    zones = region.table("zones")
    for row in cities.itertuples():
        yield Spot("city", row.city, row.name_zh, row.name_en, row.lon, row.lat)
    fullest = zones.loc[zones.groupby("county")["people"].idxmax()].set_index("county")
    for row in counties.itertuples():
        if row.county in fullest.index:
            lon, lat = fullest.loc[row.county, ["lon", "lat"]]
            english = row.name_en if isinstance(row.name_en, str) else row.name_zh
            yield Spot("county", row.county, row.name_zh, english, float(lon), float(lat))
    if region.has("places"):
        for row in region.table("places").itertuples():
            names = [one for one in (row.name_zh, row.name_en) if isinstance(one, str) and one]
            if names:
                yield Spot("place", row.place, names[0], names[-1], row.lon, row.lat)
    for row in zones.itertuples():
        yield Spot("zone", row.zone, row.zone, row.zone, row.lon, row.lat)
