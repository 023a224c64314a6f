"""People: from census units to zones, counties and cities, totals kept exactly."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature, worst_grade
from onecity.core.words import Language, Sentence, both

from . import dasymetric

CITY_TOTAL = "city_total"
REMAINDER = "remainder"
TRUNK_CLASSES = ("motorway", "trunk", "primary", "secondary", "trunk_extract")
"""Classes whose junctions the shipped model was fitted to; their ``_link`` roads too."""


@dataclass(frozen=True, slots=True)
class People:
    """Residents of every unit.

    `census` is the census table with the units made for want of one (`remainder`);
    `of_zone` (Z,) people by zone row; `counties` has county, people, people_grade and
    people_nature; `cities` has city, people and people_grade.
    """

    census: pd.DataFrame
    of_zone: np.ndarray
    counties: pd.DataFrame
    cities: pd.DataFrame
    remarks: tuple[Sentence, ...]


def people_of(
    census: pd.DataFrame,
    counties: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    points: dasymetric.Points,
) -> People:
    """Split each census unit among the zones on whose land it lies.

    A city total is used only where it is needed: for the counties of its city that no
    other unit covers, after the people of those units (grade D, as any remainder).

    Parameters
    ----------
    census
        Table ``census`` as read.
    counties
        Columns county, city, name_zh.
    zones
        Table ``zones`` without people.
    points
        What the model reads: see `onecity.region.dasymetric.TERMS`.

    Raises
    ------
    InputError
        If a county has no census figure at all, is covered by two units of its own, or
        the units of a city exceed its total.
    """
    _check_counties(census, counties)
    made, remarks = _remainders(census, counties)
    census = pd.concat([census, made], ignore_index=True) if len(made) else census
    units = census[census["kind"] != CITY_TOTAL].reset_index(drop=True)
    land = [codes.split(";") for codes in units["counties"]]
    members = dasymetric.membership(zones["county"].to_numpy(), land)
    area = zones["area_km2"].to_numpy()
    feature = dasymetric.features(zones["lon"], zones["lat"], points)
    split = dasymetric.disaggregate(
        units["people"].to_numpy(), members, dasymetric.weights(area, feature), area
    )
    if split.by_area.any():
        bare = units[split.by_area]
        remarks.append(Sentence("people.by_area", {"units": names_of(bare)}))
    return People(
        census=census,
        of_zone=split.people,
        counties=_county_people(units, land, counties, zones["county"], split.people),
        cities=_city_people(census, counties, zones["city"], split.people, remarks),
        remarks=tuple(remarks),
    )


def model_points(
    nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, places: pd.DataFrame | None
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the points the model reads: junctions of trunk roads, and named places."""
    base = edges["class"].str.removesuffix("_link")
    trunk = edges[base.isin(TRUNK_CLASSES)]
    junction = dasymetric.junctions(len(nodes), trunk["tail"].to_numpy(), trunk["head"].to_numpy())
    crossing = nodes[junction]
    if places is None:
        named = pd.DataFrame({"lon": [], "lat": []}, dtype=float)
    else:
        named = places[places["kind"] == "settlement"]
    return {
        "junction": (crossing["lon"].to_numpy(), crossing["lat"].to_numpy()),
        "place": (named["lon"].to_numpy(), named["lat"].to_numpy()),
    }


def _check_counties(census: pd.DataFrame, counties: pd.DataFrame) -> None:
    known = set(counties["county"])
    cities = set(counties["city"])
    for row in census.to_dict("records"):
        if row["city"] not in cities:
            raise InputError("people.unknown_city", unit=row["unit"], given=row["city"])
        if row["kind"] == CITY_TOTAL:
            continue
        for code in row["counties"].split(";"):
            if code not in known:
                raise InputError("people.unknown_county", unit=row["unit"], given=code)


def _covered(census: pd.DataFrame) -> dict[str, str]:
    """Return which unit counts the residents of each county; functional zones add to others."""
    unit_of: dict[str, str] = {}
    counting = census[census["kind"].isin(("county", "group", REMAINDER))]
    for row in counting.to_dict("records"):
        unit = row["unit"]
        for code in row["counties"].split(";"):
            if code in unit_of:
                raise InputError("people.county_twice", county=code, one=unit_of[code], other=unit)
            unit_of[code] = unit
    return unit_of


def names_of(units: pd.DataFrame) -> dict[Language, str]:
    """Return the names of some units in both languages; Chinese where there is no English."""
    if "name_en" not in units:
        return both(units["name_zh"])
    return both(units["name_zh"], units["name_en"].where(units["name_en"].notna(), None))


def _totals(census: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the rows of city totals by city."""
    rows = census[census["kind"] == CITY_TOTAL].to_dict("records")
    return {row["city"]: {str(name): value for name, value in row.items()} for row in rows}


def _remainders(
    census: pd.DataFrame, counties: pd.DataFrame
) -> tuple[pd.DataFrame, list[Sentence]]:
    covered = _covered(census)
    totals = _totals(census)
    rows, remarks = [], []
    for city in sorted(set(counties["city"].tolist())):
        bare = counties[(counties["city"] == city) & ~counties["county"].isin(covered)]
        if bare.empty:
            continue
        names = names_of(bare)
        if city not in totals:
            raise InputError("people.county_without", county=names, city=city)
        total = totals[city]
        own = census[(census["city"] == city) & (census["kind"] != CITY_TOTAL)]
        left = float(total["people"] - own["people"].sum())
        if left < 0:
            raise InputError(
                "people.units_exceed", city=city, total=total["people"], units=own["people"].sum()
            )
        grades = [Grade(grade) for grade in [total["grade"], *own["grade"]]]
        whole = own.empty and len(bare) == 1
        rows.append(
            {
                **total,
                "unit": f"{city}-{REMAINDER}",
                "kind": REMAINDER,
                "name_zh": names["zh"],
                "name_en": names["en"],
                "counties": ";".join(bare["county"]),
                "people": left,
                "grade": (worst_grade(grades) if whole else Grade.D).value,
            }
        )
        remarks.append(Sentence("people.remainder", {"counties": names, "people": left}))
    return pd.DataFrame(rows, columns=census.columns), remarks


def _county_people(
    units: pd.DataFrame,
    land: list[list[str]],
    counties: pd.DataFrame,
    county_of_zone: pd.Series,
    people: np.ndarray,
) -> pd.DataFrame:
    sums = pd.Series(people).groupby(county_of_zone.to_numpy()).sum()
    grades: dict[str, list[Grade]] = {code: [] for code in counties["county"]}
    alone: dict[str, bool] = dict.fromkeys(counties["county"], True)
    for grade, codes in zip(units["grade"], land, strict=True):
        for code in codes:
            grades[code].append(Grade(grade))
            alone[code] &= len(codes) == 1
    natures = {True: Nature.OBSERVED.value, False: Nature.MODELLED.value}
    return pd.DataFrame(
        {
            "county": list(grades),
            "people": sums.reindex(list(grades)).to_numpy(dtype=np.float64),
            "people_grade": [worst_grade(given).value for given in grades.values()],
            "people_nature": [natures[alone[code]] for code in grades],
        }
    )


def _city_people(
    census: pd.DataFrame,
    counties: pd.DataFrame,
    city_of_zone: pd.Series,
    people: np.ndarray,
    remarks: list[Sentence],
) -> pd.DataFrame:
    sums = pd.Series(people).groupby(city_of_zone.to_numpy()).sum()
    totals = _totals(census)
    rows = []
    for city in sorted(set(counties["city"].tolist())):
        if city in totals:
            total, grade = float(totals[city]["people"]), totals[city]["grade"]
            # Rounded county figures need not add up to the city's own; both are kept.
            if round(total - sums[city]) != 0:
                name = {"zh": totals[city]["name_zh"], "en": totals[city]["name_en"] or city}
                values = {"city": name, "total": total, "units": float(sums[city])}
                remarks.append(Sentence("people.sum_differs", values))
        else:
            own = census[census["city"] == city]
            total, grade = float(sums[city]), worst_grade(Grade(g) for g in own["grade"]).value
        rows.append({"city": city, "people": total, "people_grade": grade})
    return pd.DataFrame(rows)
