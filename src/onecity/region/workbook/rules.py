"""What cells must be to each other and to the region: codes, names, doubles, places, sums."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from onecity.core.severity import Severity
from onecity.core.workbook.findings import Collector, shown_value
from onecity.region.sources.coordinates import to_wgs84
from onecity.region.sources.reading import Flags
from onecity.region.store import Region

from .intake import ROW, Grid
from .rules_people import check_people
from .sheets import Kind, Units
from .sums import tell_sum
from .units import Known

MARGIN_DEGREES = 0.2
"""A position may lie this far outside the region's bounds before it is a fault."""
FAR_KM = 1.0
"""A facility farther than this from the county it names is told."""

_GEOD = Geod(ellps="WGS84")
_FAULT, _WARNING = Severity.FAULT, Severity.WARNING
_FIGURES = ("output", "value_added", "employees")


def check_grids(grids: Mapping[str, Grid], region: Region, told: Collector) -> None:
    """Check all sheets; positions of facilities are turned into WGS-84 where they stand."""
    known = Known.of(region)
    for grid in grids.values():
        _codes(grid, known, told)
    rules: dict[str, Callable[[Grid, Known, Collector], None]] = {
        "cities": _cities,
        "counties": _counties,
        "facilities": lambda grid, known, told: _facilities(grid, known, region, told),
        "recognition": _recognition,
        "industries": _industries,
        "undertakings": _undertakings,
        "people": lambda grid, known, told: check_people(grid, known, region, told),
    }
    for key, grid in grids.items():
        rules[key](grid, known, told)


def _codes(grid: Grid, known: Known, told: Collector) -> None:
    """Every code must be one of the region's."""
    for field in grid.form.fields:
        if field.kind not in {Kind.CODE, Kind.CODES} or field.units is None:
            continue
        right = known.codes(field.units)
        column = grid.frame[field.name]
        if field.kind is Kind.CODE:
            wrong = column.notna() & ~column.isin(right)
        else:
            wrong = pd.Series([not right.issuperset(codes or ()) for codes in column])
        for at in np.flatnonzero(wrong.to_numpy(dtype=bool)):
            row, value = int(grid.frame[ROW].iloc[at]), column.iloc[at]
            given = value if isinstance(value, str) else next(c for c in value if c not in right)
            _unknown(grid, known, told, row, field.name, given, field.units)


def _unknown(
    grid: Grid, known: Known, told: Collector, row: int, name: str, given: str, units: Units
) -> None:
    """Tell of an unknown code, with the right one where a name was written instead."""
    meant = known.code_of(given, units)
    if meant is not None:
        told.at(grid, _FAULT, "workbook.name_for_code", row, name, given=given, expected=meant)
    else:
        key = f"workbook.unknown_{units.value}"
        told.at(grid, _FAULT, key, row, name, given=given)


def _doubles(
    grid: Grid, names: Iterable[str], cell: str, told: Collector, key: str = "workbook.twice"
) -> None:
    """Tell of rows that speak of the same thing as an earlier one."""
    seen: dict[tuple[Any, ...], int] = {}
    columns = [grid.frame[name].tolist() for name in names]
    shown = grid.frame[cell].tolist()
    for at, (row, *values) in enumerate(zip(grid.frame[ROW].tolist(), *columns, strict=True)):
        if any(value is None for value in values):
            continue
        first = seen.setdefault(tuple(values), row)
        if first != row:
            told.at(grid, _FAULT, key, row, cell, given=shown[at], first=first)


def _name(
    grid: Grid, told: Collector, row: int, given: object, expected: str | None, code: object
) -> None:
    """Warn where a name does not belong to the code beside it; short forms are fine."""
    if given is None or expected is None:
        return
    text = str(given)
    if not (expected.startswith(text) or text.startswith(expected)):
        told.at(
            grid, _WARNING, "workbook.name_differs", row, "name_zh",
            given=text, code=code, expected=expected,
        )  # fmt: skip


def _cities(grid: Grid, known: Known, told: Collector) -> None:
    _doubles(grid, ("kind", "code"), "code", told)
    for one in grid.records():
        row = int(one[ROW])
        if one["kind"] == "city":
            _city(grid, one, row, known, told)
        elif one["kind"] == "group":
            _needed(grid, one, row, ("role", "members", "source", "grade"), told)
            _unneeded(grid, one, row, ("lon", "lat"), "workbook.not_for_group", told)


def _city(grid: Grid, one: Mapping[str, Any], row: int, known: Known, told: Collector) -> None:
    if one["code"] is not None and one["code"] not in known.cities:
        _unknown(grid, known, told, row, "code", str(one["code"]), Units.CITY)
    _name(grid, told, row, one["name_zh"], known.cities.get(str(one["code"])), one["code"])
    _unneeded(grid, one, row, ("role", "members"), "workbook.not_for_city", told)
    _centre(grid, one, row, known, told)


def _needed(
    grid: Grid, one: Mapping[str, Any], row: int, names: Iterable[str], told: Collector
) -> None:
    for name in names:
        if one[name] is None:
            told.at(grid, _FAULT, "workbook.needed_for_group", row, name)


def _unneeded(
    grid: Grid, one: Mapping[str, Any], row: int, names: Iterable[str], key: str, told: Collector
) -> None:
    for name in names:
        if one[name] is not None:
            told.at(grid, _WARNING, key, row, name)


def _centre(grid: Grid, one: Mapping[str, Any], row: int, known: Known, told: Collector) -> None:
    lon, lat = one["lon"], one["lat"]
    if (lon is None) != (lat is None):
        told.at(grid, _FAULT, "workbook.half_position", row, "lat" if lat is None else "lon")
    elif lon is not None:
        _position(grid, row, lon, lat, known, told)


def _position(grid: Grid, row: int, lon: float, lat: float, known: Known, told: Collector) -> bool:
    """Whether a position lies within the region's bounds; tell if not."""
    if known.holds(lon, lat, MARGIN_DEGREES):
        return True
    given = f"{shown_value(lon)}, {shown_value(lat)}"
    west, south, east, north = known.bounds
    if known.holds(lat, lon, MARGIN_DEGREES):
        told.at(grid, _FAULT, "workbook.position_swapped", row, "lon", given=given)
    else:
        told.at(
            grid, _FAULT, "workbook.position_outside", row, "lon", given=given,
            west=west, south=south, east=east, north=north,
        )  # fmt: skip
    return False


def _counties(grid: Grid, known: Known, told: Collector) -> None:
    _doubles(grid, ("code",), "code", told)
    for one in grid.records():
        row = int(one[ROW])
        code = str(one["code"])
        _name(grid, told, row, one["name_zh"], known.counties.get(code), code)
        right = known.city_of.get(code)
        if right is not None and one["city"] in known.cities and one["city"] != right:
            told.at(
                grid, _FAULT, "workbook.other_city", row, "city",
                given=one["city"], county=code, expected=right,
            )  # fmt: skip


def _facilities(grid: Grid, known: Known, region: Region, told: Collector) -> None:
    _doubles(grid, ("facility",), "facility", told)
    unnamed = _without(grid, "facility")
    _doubles(unnamed, ("county", "kind", "name_zh"), "name_zh", told, "workbook.facility_twice")
    frame = grid.frame
    for name, other in (("capacity", "capacity_unit"), ("capacity_unit", "capacity")):
        lone = frame[name].notna() & frame[other].isna()
        for row in frame.loc[lone, ROW]:
            told.at(grid, _FAULT, "workbook.capacity_without_unit", int(row), other)
    placed = _placed(grid, known, told)
    _in_county(grid, placed, known, region, told)


def _placed(grid: Grid, known: Known, told: Collector) -> Flags:
    """Turn positions into WGS-84, in place; return which rows lie within the region's bounds."""
    frame = grid.frame
    lon = frame["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
    lat = frame["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
    fits = np.isfinite(lon) & np.isfinite(lat)
    inside: Flags = fits.copy()
    for at in np.flatnonzero(fits & ~known.hold(lon, lat, MARGIN_DEGREES)):
        inside[at] = _position(grid, int(frame[ROW].iloc[at]), lon[at], lat[at], known, told)
    for system in frame["system"].dropna().unique():
        mine = inside & (frame["system"] == system).to_numpy(dtype=bool)
        lon[mine], lat[mine] = to_wgs84(lon[mine], lat[mine], system)
    for name, values in (("lon", lon), ("lat", lat)):
        frame[name] = pd.Series(
            [None if np.isnan(one) else one for one in values], index=frame.index, dtype=object
        )
    return inside


def _in_county(grid: Grid, placed: Flags, known: Known, region: Region, told: Collector) -> None:
    """Warn where a facility does not lie in the county it names."""
    frame = grid.frame
    outline = dict(zip(*(region.table("counties")[c] for c in ("county", "geometry")), strict=True))
    for code, rows in frame.groupby("county").indices.items():
        if code not in outline:
            continue
        mine = np.asarray(rows)[placed[rows]]
        lon = frame["lon"].iloc[mine].to_numpy(dtype=np.float64)
        lat = frame["lat"].iloc[mine].to_numpy(dtype=np.float64)
        shape = outline[code]
        shapely.prepare(shape)
        for at in np.flatnonzero(~shapely.intersects_xy(shape, lon, lat)):
            point = shapely.Point(lon[at], lat[at])
            near = shapely.shortest_line(point, shape)
            km = float(_GEOD.geometry_length(near)) / 1000
            if km > FAR_KM:
                told.at(
                    grid, _WARNING, "workbook.not_in_county", int(frame[ROW].iloc[mine[at]]), "lon",
                    given=f"{lon[at]:g}, {lat[at]:g}", county=known.counties[str(code)], km=km,
                )  # fmt: skip


def _recognition(grid: Grid, _known: Known, told: Collector) -> None:
    _doubles(grid, ("service", "from_city", "to_city", "since"), "to_city", told)
    for one in grid.records():
        if one["from_city"] is not None and one["from_city"] == one["to_city"]:
            told.at(
                grid, _FAULT, "workbook.own_city", int(one[ROW]), "to_city", given=one["to_city"]
            )


def _industries(grid: Grid, known: Known, told: Collector) -> None:
    _doubles(grid, ("level", "code", "year", "section"), "section", told, "workbook.figure_twice")
    for one in grid.records():
        row, code = int(one[ROW]), str(one["code"])
        level = Units.CITY if one["level"] == "city" else Units.COUNTY
        if one["level"] is not None and one["code"] is not None:
            if code in known.codes(Units.EITHER) and code not in known.codes(level):
                told.at(grid, _FAULT, f"workbook.unknown_{level.value}", row, "code", given=code)
            else:
                _name(grid, told, row, one["name_zh"], known.name(code, level), code)
        if all(one[name] is None for name in _FIGURES):
            told.at(grid, _FAULT, "workbook.no_figure", row, "output")
        output, added = one["output"], one["value_added"]
        if output is not None and added is not None and float(str(added)) > float(str(output)):
            told.at(
                grid, _FAULT, "workbook.added_exceeds", row, "value_added",
                given=shown_value(added), output=shown_value(output),
            )  # fmt: skip
    _industry_sums(grid, known, told)


def _industry_sums(grid: Grid, known: Known, told: Collector) -> None:
    """Warn where the counties of a city do not add up to its own figure."""
    frame = grid.frame.dropna(subset=["level", "code", "year", "section"])
    parts = frame[frame["level"] == "county"]
    parts = parts.assign(city=parts["code"].map(known.city_of)).dropna(subset=["city"])
    members = dict(list(parts.groupby(["city", "year", "section"])))
    for one in frame[frame["level"] == "city"].to_dict("records"):
        mine = members.get((one["code"], one["year"], one["section"]))
        if mine is None:
            continue
        for name in _FIGURES:
            values = mine[name].dropna()
            if one[name] is None or values.empty:
                continue
            whole = set(mine.loc[values.index, "code"]) == known.members(one["code"])
            tell_sum(
                told, grid, int(one[ROW]), name,
                total=float(one[name]), parts=float(values.sum()), whole=whole,
            )  # fmt: skip


def _undertakings(grid: Grid, _known: Known, told: Collector) -> None:
    _doubles(grid, ("undertaking",), "undertaking", told)
    _doubles(_without(grid, "undertaking"), ("kind", "title_zh", "lead"), "title_zh", told)


def _without(grid: Grid, name: str) -> Grid:
    """Return the rows that give no identifier of their own."""
    return replace(grid, frame=grid.frame[grid.frame[name].isna()])
