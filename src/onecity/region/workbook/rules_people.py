"""The sheet of people: census units that must cover their city once, and figures by year."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from onecity.core.severity import Severity
from onecity.core.workbook.findings import Collector, listing, shown_value
from onecity.region.people import CITY_TOTAL
from onecity.region.store import Region

from .intake import ROW, Grid
from .sheets import Units
from .sums import MISTAKE, tell_sum
from .units import Known

FAR_FROM_KNOWN = 10.0
"""Times a known figure from which a new one must be in another unit (people, 万人)."""
ODD = 2.0
"""Times a known figure from which a new one is told."""

_FAULT, _WARNING = Severity.FAULT, Severity.WARNING
_MANY = ("group", "functional_zone")
Row = dict[str, Any]


def check_people(grid: Grid, known: Known, region: Region, told: Collector) -> None:
    """Check every row alone, then the census city by city, then the years."""
    _spell_out(grid, known, told)
    rows: list[Row] = list(grid.records())
    census = [one for one in rows if one["basis"] == "census"]
    yearly = [one for one in rows if one["basis"] == "yearly"]
    _doubles(grid, census, ("unit",), told)
    _doubles(grid, yearly, ("unit_kind", "unit", "year"), told)
    _against_known(grid, rows, region, told)
    by_city: dict[str, list[Row]] = defaultdict(list)
    for one in census:
        if one["city"] in known.cities and one["unit_kind"] is not None:
            by_city[one["city"]].append(one)
    table = region.table("census")
    for city, units in by_city.items():
        _census_of(grid, city, units, known, told)
        _vintage(grid, city, units, table, known, told)
    own = [one for one in census if one["unit"] not in known.codes(Units.EITHER)]
    _elsewhere(grid, own, table, by_city, told)
    _years(grid, yearly, known, told)


def _spell_out(grid: Grid, known: Known, told: Collector) -> None:
    """Check what each kind of row needs, and fill in what follows: city and land of a county."""
    frame = grid.frame
    cities, counties = frame["city"].tolist(), frame["counties"].tolist()
    for at, one in enumerate(grid.records()):
        row, kind, unit = int(one[ROW]), one["unit_kind"], one["unit"]
        if kind is None or unit is None:
            continue
        if kind in _MANY:
            if one["basis"] == "yearly":
                given = one["unit_kind"]
                told.at(grid, _FAULT, "workbook.yearly_kind", row, "unit_kind", given=given)
            _many(grid, one, known, told)
            continue
        level = Units.COUNTY if kind == "county" else Units.CITY
        if unit not in known.codes(level):
            meant = known.code_of(unit, level)
            key = "workbook.name_for_code" if meant else f"workbook.unknown_{level.value}"
            extra = {"expected": meant} if meant else {}
            told.at(grid, _FAULT, key, row, "unit", given=unit, **extra)
            continue
        right = known.city_of[unit] if kind == "county" else unit
        if one["city"] in known.cities and one["city"] != right:
            told.at(
                grid, _FAULT, "workbook.other_city", row, "city",
                given=one["city"], county=unit, expected=right,
            )  # fmt: skip
        _name(grid, told, row, one["name_zh"], known.name(unit, level), unit)
        cities[at] = right
        counties[at] = (unit,) if kind == "county" else tuple(sorted(known.members(unit)))
    for name, values in (("city", cities), ("counties", counties)):
        frame[name] = pd.Series(values, index=frame.index, dtype=object)


def _name(
    grid: Grid, told: Collector, row: int, given: str | None, right: str | None, code: str
) -> None:
    if given is None or right is None or right.startswith(given) or given.startswith(right):
        return
    told.at(
        grid, _WARNING, "workbook.name_differs", row, "name_zh",
        given=given, code=code, expected=right,
    )  # fmt: skip


def _many(grid: Grid, one: Mapping[str, Any], known: Known, told: Collector) -> None:
    """Check a unit on the land of several counties, or of a part of one."""
    row = int(one[ROW])
    if one["unit"] in known.codes(Units.EITHER):
        told.at(grid, _FAULT, "workbook.unit_is_code", row, "unit", given=one["unit"])
    for name in ("city", "counties"):
        if one[name] is None:
            told.at(grid, _FAULT, "workbook.needed_for_unit", row, name)
    for code in one["counties"] or ():
        right = known.city_of.get(code)
        if right is not None and one["city"] in known.cities and right != one["city"]:
            told.at(
                grid, _FAULT, "workbook.other_city", row, "counties",
                given=one["city"], county=code, expected=right,
            )  # fmt: skip


def _doubles(grid: Grid, rows: list[Row], names: tuple[str, ...], told: Collector) -> None:
    # A city that is its own county has both figures under one code.
    seen: dict[tuple[Any, ...], int] = {}
    for one in rows:
        key = (one["unit_kind"] == CITY_TOTAL, *(one[name] for name in names))
        if None in key:
            continue
        first = seen.setdefault(key, int(one[ROW]))
        if first != one[ROW]:
            told.at(
                grid, _FAULT, "workbook.figure_twice", int(one[ROW]), "unit",
                given=one["unit"], first=first,
            )  # fmt: skip


def _against_known(grid: Grid, rows: list[Row], region: Region, told: Collector) -> None:
    """Hold each figure against the one the region has: another unit shows in a factor of 10,000."""
    census = region.table("census")
    before: dict[tuple[str, str], float] = {}
    for kind, table, key in (("county", "counties", "county"), (CITY_TOTAL, "cities", "city")):
        held = region.table(table)
        before |= {
            (kind, code): people for code, people in zip(held[key], held["people"], strict=True)
        }
    own = census[census["kind"] != CITY_TOTAL]
    before |= {
        (kind, unit): people
        for kind, unit, people in zip(own["kind"], own["unit"], own["people"], strict=True)
    }
    for one in rows:
        was, now = before.get((one["unit_kind"], one["unit"])), one["people"]
        if not was or now is None:
            continue
        ratio = max(now, 1.0) / was
        times = max(ratio, 1 / ratio)
        if times > ODD:
            key = "workbook.other_unit" if times > FAR_FROM_KNOWN else "workbook.far_from_known"
            severity = _FAULT if times > FAR_FROM_KNOWN else _WARNING
            told.at(
                grid, severity, key, int(one[ROW]), "people",
                given=shown_value(now), was=shown_value(round(was)), times=times,
            )  # fmt: skip


def _census_of(grid: Grid, city: str, units: list[Row], known: Known, told: Collector) -> None:
    """Check that the units of a city count each of its counties once and fit its total."""
    counted: dict[str, Row] = {}
    for one in units:
        if one["unit_kind"] not in {"county", "group"}:
            continue
        for code in one["counties"] or ():
            other = counted.setdefault(code, one)
            if other is not one:
                told.at(
                    grid, _FAULT, "workbook.county_twice", int(one[ROW]), "counties",
                    given=code, first=int(other[ROW]),
                )  # fmt: skip
    total = next((one for one in units if one["unit_kind"] == CITY_TOTAL), None)
    parts = [one for one in units if one["unit_kind"] != CITY_TOTAL]
    bare = known.members(city) - counted.keys()
    if bare and total is None:
        names = listing(known.counties[code] for code in sorted(bare))
        told.at(
            grid, _FAULT, "workbook.city_not_covered", int(units[0][ROW]), "unit",
            given=known.cities[city], counties=names,
        )  # fmt: skip
    figures = [one["people"] for one in parts]
    if total is None or total["people"] is None or not parts or None in figures:
        return
    people = sum(figures)
    if bare and people >= total["people"]:
        # Nothing, or less, would be left for the other counties.
        told.at(
            grid, _FAULT, "workbook.part_exceeds", int(total[ROW]), "people",
            given=shown_value(total["people"]), parts=shown_value(people),
        )  # fmt: skip
    else:
        tell_sum(
            told, grid, int(total[ROW]), "people",
            total=total["people"], parts=people, whole=not bare, mistake=MISTAKE,
        )  # fmt: skip


def _vintage(
    grid: Grid, city: str, units: list[Row], census: pd.DataFrame, known: Known, told: Collector
) -> None:
    """One city, one census; tell what goes and when the new figures are older than the old."""
    first = units[0]
    for one in units:
        if None not in {one["year"], first["year"]} and one["year"] != first["year"]:
            told.at(
                grid, _FAULT, "workbook.two_censuses", int(one[ROW]), "year",
                given=one["year"], first=first["year"], city=known.cities[city],
            )  # fmt: skip
    old = census[(census["city"] == city) & (census["kind"] != "remainder")]
    named = {(one["unit_kind"] == CITY_TOTAL, one["unit"]) for one in units}
    gone = [
        f"{name} {people:,.0f}"
        for unit, kind, name, people in zip(
            old["unit"], old["kind"], old["name_zh"], old["people"], strict=True
        )
        if kind != CITY_TOTAL and (False, unit) not in named
    ]
    if gone:
        told.at(
            grid, _WARNING, "workbook.units_replaced", int(first[ROW]), "unit",
            given=known.cities[city], units=listing(gone),
        )  # fmt: skip
    latest = max((str(date)[:4] for date in old["date"]), default="")
    if first["year"] is not None and str(first["year"]) < latest:
        told.at(
            grid, _WARNING, "workbook.older_census", int(first[ROW]), "year",
            given=first["year"], was=latest, city=known.cities[city],
        )  # fmt: skip


def _elsewhere(
    grid: Grid,
    census: list[Row],
    table: pd.DataFrame,
    by_city: Mapping[str, list[Row]],
    told: Collector,
) -> None:
    """Tell of units that bear the name of one in a city that is not replaced."""
    kept = table[~table["city"].isin(by_city.keys())]
    taken = dict(zip(kept["unit"], kept["city"], strict=True))
    for one in census:
        if one["unit_kind"] in _MANY and one["unit"] in taken:
            told.at(
                grid, _FAULT, "workbook.unit_taken", int(one[ROW]), "unit",
                given=one["unit"], city=taken[one["unit"]],
            )  # fmt: skip


def _years(grid: Grid, rows: list[Row], known: Known, told: Collector) -> None:
    """Hold the counties of a city against its figure, year by year."""
    parts: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for one in rows:
        if one["unit_kind"] == "county" and None not in {one["city"], one["year"], one["people"]}:
            parts[one["city"], one["year"]][one["unit"]] = one["people"]
    for one in rows:
        if one["unit_kind"] != CITY_TOTAL or one["people"] is None:
            continue
        mine = parts.get((one["unit"], one["year"]))
        if mine:
            tell_sum(
                told, grid, int(one[ROW]), "people", total=one["people"],
                parts=sum(mine.values()), whole=mine.keys() == known.members(one["unit"]),
                mistake=MISTAKE,
            )  # fmt: skip
