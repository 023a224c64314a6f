"""The names on the map: cities, counties, settlements, stations, airports."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from onecity.region.store import Region

from .ranks import CITY_RANK, CORE_RANK, COUNTY_RANK, SETTLEMENT, place_ranks
from .shapes import Reals

CITY, COUNTY, TOWN = "city", "county", "town"
ENDINGS = ("市", "县", "区", "旗", " City", " County", " District")
"""What a unit's name may end in; the settlement it is named after lacks it."""
Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
_COLUMNS = ["lon", "lat", "zh", "en", "kind", "rank"]


class Names(NamedTuple):
    """Names with their places, (N,) each: a city, a county, a town, or a kind of `places`.

    `rank` is 0 for the core, 1 for other cities, 2 for counties and more for what matters less.
    """

    lon: Reals
    lat: Reals
    zh: NDArray[np.object_]
    en: NDArray[np.object_]
    kind: NDArray[np.object_]
    rank: Rows


def place_names(region: Region) -> Names:
    """Return the names of a region.

    A city's stands at its centre; a county's at the settlement it is named after, or inside it
    where there is none. Such a settlement, and a county that is a city too, is not named twice.
    """
    cities, counties = region.table("cities"), region.table("counties")
    spots = _spots(region)
    seat, taken = _seats(counties, spots)
    alone = ~counties["county"].isin(cities["city"]) & ~counties["name_zh"].isin(cities["name_zh"])
    capital = _seats(cities, spots)[1]
    frames = [
        _of_cities(cities),
        _of_counties(counties, spots, seat)[alone.to_numpy()],
        spots.loc[~(taken | capital), _COLUMNS],
    ]
    # Columns of one type: an empty table must not change those of the others.
    joined = {
        name: np.concatenate([one[name].to_numpy(object) for one in frames]) for name in _COLUMNS
    }
    return Names(
        joined["lon"].astype(np.float64),
        joined["lat"].astype(np.float64),
        joined["zh"],
        joined["en"],
        joined["kind"],
        joined["rank"].astype(np.int64),
    )


def _of_cities(cities: pd.DataFrame) -> pd.DataFrame:
    rank = np.where(cities["core"], CORE_RANK, CITY_RANK)
    return _frame(cities, cities["lon"].to_numpy(), cities["lat"].to_numpy(), CITY, rank)


def _of_counties(counties: pd.DataFrame, spots: pd.DataFrame, seat: Rows) -> pd.DataFrame:
    inside = shapely.point_on_surface(counties["geometry"].to_numpy())
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    known = seat >= 0
    lon[known], lat[known] = (spots[axis].to_numpy()[seat[known]] for axis in ("lon", "lat"))
    return _frame(counties, lon, lat, COUNTY, np.full(len(lon), COUNTY_RANK))


def _frame(table: pd.DataFrame, lon: Reals, lat: Reals, kind: str, rank: Rows) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "zh": table["name_zh"].to_numpy(object),
            "en": table["name_en"].to_numpy(object),
            "kind": kind,
            "rank": rank,
        }
    )


def _spots(region: Region) -> pd.DataFrame:
    """Return the places that have a name."""
    if not region.has("places"):
        return pd.DataFrame(columns=_COLUMNS)
    table = region.table("places")
    table = table[table["name_zh"].notna() | table["name_en"].notna()]
    ranks = place_ranks(table["kind"], table["people"].to_numpy(np.float64))
    named = _frame(table, table["lon"].to_numpy(), table["lat"].to_numpy(), TOWN, ranks)
    named["kind"] = table["kind"].replace(SETTLEMENT, TOWN).to_numpy(object)
    return named


def _seats(units: pd.DataFrame, spots: pd.DataFrame) -> tuple[Rows, Flags]:
    """Return the settlement each unit is named after, -1 for none, and which ones these are."""
    seat = np.full(len(units), -1)
    towns = np.flatnonzero(spots["kind"] == TOWN)
    where = spots[["lon", "lat"]].to_numpy(np.float64)[towns]
    points = np.asarray(shapely.points(where), np.object_)
    unit, town = shapely.STRtree(points).query(units["geometry"].to_numpy(), "intersects")
    spot = towns[town]
    # A town has the name of its unit, with or without the ending, in either language.
    names = [
        _names(zh) | _names(en) for zh, en in zip(units["name_zh"], units["name_en"], strict=True)
    ]
    same = np.zeros(len(spot), np.bool_)
    for language in ("zh", "en"):
        called = spots[language].to_numpy(object)[spot]
        pairs = zip(called, unit, strict=True)
        same |= np.array([one in names[row] for one, row in pairs], np.bool_)
    seat[unit[same]] = spot[same]
    taken = np.zeros(len(spots), np.bool_)
    taken[spot[same]] = True
    return seat, taken


def _names(unit: object) -> set[object]:
    if not isinstance(unit, str):
        return set()
    if len(unit) <= 2:
        return {unit}  # as 淇县: a single letter names nothing
    return {unit, *(unit.removesuffix(end) for end in ENDINGS)}
