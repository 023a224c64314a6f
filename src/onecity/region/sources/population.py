"""Census units with their residents, from a table."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.provenance import Grade
from onecity.region.schema import CENSUS

from .reading import Objects, ReadReport
from .tables import Table, read_table

KINDS = ("county", "group", "functional_zone", "city_total")
COLUMNS = tuple(column.name for column in CENSUS.columns)

_NEEDED = ("unit", "kind", "name_zh", "city", "people", "grade", "date", "source")
_ALONE = ("county", "city_total")


@dataclass(frozen=True, slots=True)
class Census:
    """Census units: `table` in the schema CENSUS, in the order of the file."""

    table: pd.DataFrame
    report: ReadReport


def read_census(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    counties: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> Census:
    """Read census units and their residents.

    Numbers may have full-width digits and grouped thousands; words or units in a number's
    cell (约 12 万) are errors. ``counties`` may be empty for a county, which is its own land,
    and for the total of a city, which then has none.

    Parameters
    ----------
    path
        CSV or Parquet.
    columns
        Our name of a column to the file's name.
    counties
        Every county of the region to its city, to check against: unknown counties and
        counties named with another city are errors, and so is a county that no unit other
        than a city's total speaks of.
    encoding
        Of a text file; found when not given.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a unit twice, a kind or grade that is not known, residents
        missing, negative or no number, an unknown county, or a county without population.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    texts = {name: table.texts(name, required=True) for name in _NEEDED if name != "people"}
    people = table.numbers("people", minimum=0.0)
    twice = pd.Series(texts["unit"]).duplicated().to_numpy()
    if twice.any():
        table.fail("sources.unit_twice", "unit", twice.argmax())
    _check_words(table, "kind", texts["kind"], KINDS)
    _check_words(table, "grade", texts["grade"], [grade.value for grade in Grade])
    land = _land(table, texts)
    if counties is not None:
        _check_counties(table, texts, land, counties)
    blank = np.full(len(table), None, object)
    optional = {
        name: table.texts(name) if table.has(name) else blank for name in ("name_en", "note")
    }
    values = {**texts, **optional, "counties": land}
    frame = pd.DataFrame({name: pd.Series(values[name], dtype="str") for name in values})
    frame["people"] = people
    return Census(frame.loc[:, list(COLUMNS)], ReadReport(table.path, len(table), len(table)))


def _check_words(table: Table, name: str, words: Objects, known: Collection[str]) -> None:
    wrong = ~np.isin(words.astype(str), list(known))
    if wrong.any():
        table.fail("sources.cell_unknown_word", name, wrong.argmax(), known=", ".join(known))


def _land(table: Table, texts: Mapping[str, Objects]) -> Objects:
    """Return the counties of each unit, joined by semicolons."""
    given = table.texts("counties") if table.has("counties") else np.full(len(table), None, object)
    land = np.empty(len(table), object)
    for at, (kind, unit, codes) in enumerate(zip(texts["kind"], texts["unit"], given, strict=True)):
        parts = [code.strip() for code in (codes or "").replace("；", ";").split(";")]
        parts = [code for code in parts if code]
        if not parts and kind == "county":
            parts = [unit]
        if not parts and kind not in _ALONE:
            raise InputError(
                "sources.unit_without_counties", path=table.path, row=table.row(at), unit=unit
            )
        land[at] = ";".join(parts)
    return land


def _check_counties(
    table: Table,
    texts: Mapping[str, Objects],
    land: Objects,
    counties: Mapping[str, str],
) -> None:
    """Check that every county is known, in its city, and spoken of."""
    spoken: set[str] = set()
    for at, (kind, city, codes) in enumerate(zip(texts["kind"], texts["city"], land, strict=True)):
        for code in filter(None, codes.split(";")):
            where = {"path": table.path, "row": table.row(at), "given": code}
            if code not in counties:
                raise InputError("sources.county_unknown", **where)
            if counties[code] != city:
                raise InputError(
                    "sources.county_in_other_city", city=city, right=counties[code], **where
                )
            if kind != "city_total":
                spoken.add(code)
    silent = sorted(set(counties) - spoken)
    if silent:
        raise InputError(
            "sources.county_without_people",
            path=table.path,
            count=len(silent),
            given=", ".join(silent),
        )
