"""Flows between places (trips, commuters, calls, parcels) from a long table: a row for each pair.

What a list leaves out is as much a part of it as what it holds. Where an origin's list is
``whole``, a destination that is not there has no flow. Where it is the ``top`` of one, as
portals publish them, a destination that is not there has at most the smallest flow listed:
``at_most``. It is unknown below that and is never filled with zero.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES, say
from onecity.region.schema import FLOWS

from .reading import Flags, Objects, ReadReport, Reals, Remark
from .tables import Table, read_table

Level = Literal["zone", "county", "city"]
Listing = Literal["whole", "top"]
Outside = Literal["refuse", "leave_out"]

COLUMNS = tuple(column.name for column in FLOWS.columns if column.name != "at_most")
LISTS = ["level", "kind", "year", "origin"]
"""What one list is: all rows that are alike in these."""

_NAMED = 10
"""How many places a remark names."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Flows: `table` in the schema FLOWS, in the order of the file."""

    table: pd.DataFrame
    report: ReadReport


@dataclass(frozen=True, slots=True)
class Stated:
    """What holds for all rows of a file that do not say otherwise.

    Attributes
    ----------
    level
        Of what the codes are.
    kind
        What flows: trips, commuters, ...
    year
        Of what year.
    unit
        Of the values: people/day, trips, ...
    listing
        Whether lists of origins are whole or their top.
    """

    level: Level | None = None
    kind: str | None = None
    year: int | None = None
    unit: str | None = None
    listing: Listing | None = None


def read_flows(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    codes: Mapping[str, Collection[str]],
    stated: Stated = Stated(),
    outside: Outside = "refuse",
    encoding: str | None = None,
) -> Flows:
    """Read flows.

    ``origin``, ``destination`` and ``value`` are needed; ``level``, ``kind``, ``year``,
    ``unit`` and ``listing`` where `stated` does not give them.

    Parameters
    ----------
    path
        CSV or Parquet.
    columns
        Our name of a column to the file's name.
    codes
        Level to the codes of that level in the region.
    stated
        What the rows do not say themselves.
    outside
        What to do with rows whose origin or destination is no code of the region:
        ``"leave_out"`` drops and counts them, after `at_most` was taken from the whole list.
    encoding
        Of a text file; found when not given.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a value that is empty, negative or no number, a code or a
        word that is not known, a pair twice, two units in one kind, a list that is both whole
        and top; all flows of a kind zero; or no row left.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    value = table.numbers("value", minimum=0.0)
    frame = pd.DataFrame(
        {
            "level": _words(table, "level", stated.level, get_args(Level)),
            "kind": _words(table, "kind", stated.kind),
            "year": _years(table, stated.year),
            "origin": table.texts("origin", required=True),
            "destination": table.texts("destination", required=True),
            "value": value,
            "unit": _words(table, "unit", stated.unit),
            "listing": _words(table, "listing", stated.listing, get_args(Listing)),
        }
    )
    _check_pairs(table, frame)
    _check_one(table, frame, ["kind"], "unit", "flows.mixed_units")
    _check_one(table, frame, LISTS, "listing", "flows.mixed_listing")
    frame["at_most"] = _at_most(frame)
    inside = _inside(table, frame, codes, outside)
    kept = frame.loc[inside].reset_index(drop=True)
    if kept.empty:
        raise InputError("flows.none_inside", path=table.path, seen=len(table))
    _check_zero(table, kept)
    for name in ("level", "kind", "origin", "destination", "unit", "listing"):
        kept[name] = kept[name].astype("str")
    lost = len(frame) - len(kept)
    dropped = (Remark("flows.left_out", lost),) if lost else ()
    return Flows(
        kept.loc[:, [column.name for column in FLOWS.columns]],
        ReadReport(table.path, len(table), len(kept), dropped),
    )


def join_flows(found: Sequence[Flows], codes: Mapping[str, Collection[str]]) -> Flows:
    """Return the flows of several files as one table, with what a reader of it must know.

    Parameters
    ----------
    found
        From `read_flows`, at least one.
    codes
        Level to the codes of that level in the region.

    Raises
    ------
    InputError
        A pair that two files give, one kind in two units, or a list that is whole in one file
        and cut off in another.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    file = np.repeat([one.report.path for one in found], [len(one.table) for one in found])
    for kind, rows in table.groupby("kind", sort=False):
        units = list(rows["unit"].unique())
        if len(units) > 1:
            paths = ", ".join(dict.fromkeys(file[rows.index]))
            given = " / ".join(units)
            raise InputError("flows.mixed_units_files", path=paths, kind=kind, given=given)
    twice = table.duplicated(list(FLOWS.key)).to_numpy()
    if twice.any():
        row = table.iloc[int(twice.argmax())]
        raise InputError(
            "flows.twice_files",
            path=str(file[twice.argmax()]),
            **{name: row[name] for name in FLOWS.key},
        )
    lists = table.groupby(LISTS, sort=False)
    mixed = (lists["listing"].transform("nunique") > 1).to_numpy()
    if mixed.any():
        at = int(mixed.argmax())
        origin = table.loc[at, "origin"]
        raise InputError("flows.mixed_listing_files", path=str(file[at]), origin=origin)
    # A list that goes on in another file ends where the longer part ends.
    table["at_most"] = lists["at_most"].transform("min")
    report = ReadReport(
        ", ".join(one.report.path for one in found),
        seen=sum(one.report.seen for one in found),
        kept=len(table),
        dropped=tuple(remark for one in found for remark in one.report.dropped),
        noted=_noted(table, codes),
    )
    return Flows(table, report)


def _words(table: Table, name: str, stated: str | None, known: Collection[str] = ()) -> Objects:
    """Return a column of words, what is stated standing for cells that say nothing."""
    if not table.has(name) and stated is None:
        raise MissingError("flows.not_stated", path=table.path, column=table.named(name), name=name)
    words = table.texts(name) if table.has(name) else np.full(len(table), None, object)
    words[pd.isna(words)] = stated
    empty = pd.isna(words)
    if empty.any():
        table.fail("sources.cell_empty", name, empty.argmax())
    if known:
        wrong = ~np.isin(words.astype(str), list(known))
        if wrong.any():
            table.fail("sources.cell_unknown_word", name, wrong.argmax(), known=", ".join(known))
    return words


def _years(table: Table, stated: int | None) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    words = _words(table, "year", None if stated is None else str(stated))
    numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy(np.float64)
    wrong = ~((numbers == np.round(numbers)) & (numbers >= 1900) & (numbers <= 2200))
    if wrong.any():
        table.fail("flows.no_year", "year", wrong.argmax())
    return numbers.astype(np.int64)


def _check_pairs(table: Table, frame: pd.DataFrame) -> None:
    twice = frame.duplicated(list(FLOWS.key)).to_numpy()
    if twice.any():
        at = int(twice.argmax())
        alike = (frame[list(FLOWS.key)] == frame.loc[at, list(FLOWS.key)]).all(axis=1).to_numpy()
        first = int(alike.argmax())
        table.fail(
            "flows.twice",
            "origin",
            at,
            destination=frame.loc[at, "destination"],
            first=table.row(first),
        )


def _check_one(table: Table, frame: pd.DataFrame, within: list[str], name: str, key: str) -> None:
    """Make sure that a column says one thing in each group of rows."""
    first = frame.groupby(within, sort=False)[name].transform("first")
    other = (frame[name] != first).to_numpy()
    if other.any():
        at = int(other.argmax())
        raise InputError(
            key,
            path=table.path,
            row=table.row(at),
            column=table.named(name),
            given=frame.loc[at, name],
            before=first.iloc[at],
            within=frame.loc[at, within[-1]],
        )


def _at_most(frame: pd.DataFrame) -> Reals:
    """Return the smallest flow of each list that is cut off, NaN where it is whole."""
    least = frame.groupby(LISTS, sort=False)["value"].transform("min").to_numpy(np.float64)
    return np.where(frame["listing"] == "top", least, np.nan)


def _inside(
    table: Table, frame: pd.DataFrame, codes: Mapping[str, Collection[str]], outside: Outside
) -> Flags:
    inside = np.ones(len(frame), np.bool_)
    for name in ("origin", "destination"):
        known = np.zeros(len(frame), np.bool_)
        for level, some in codes.items():
            known |= ((frame["level"] == level) & frame[name].isin(list(some))).to_numpy()
        if outside == "refuse" and not known.all():
            at = int((~known).argmax())
            table.fail("flows.unknown_code", name, at, level=level_name(frame.loc[at, "level"]))
        inside &= known
    return inside


def _check_zero(table: Table, frame: pd.DataFrame) -> None:
    """Refuse a kind whose flows are all zero: nobody counts what is nowhere."""
    most = frame.groupby(["kind", "level", "year"], sort=False)["value"].max()
    empty = most[most == 0]
    if len(empty):
        kind, level, year = empty.index[0]
        raise InputError(
            "flows.all_zero", path=table.path, kind=kind, level=level_name(level), year=year
        )


def _noted(table: pd.DataFrame, codes: Mapping[str, Collection[str]]) -> tuple[Remark, ...]:
    """Return what each kind of flow does not say, though a reader may think it does."""
    noted: list[Remark] = []
    lists: Any = table.groupby(["level", "kind", "year"], sort=False)
    for (level, kind, year), rows in lists:
        known = list(codes[level])
        about = {"kind": kind, "level": level_name(level), "year": int(year)}
        silent = sorted(set(known) - set(rows["origin"]))
        if silent:
            names = ", ".join(silent[:_NAMED]) + (", …" if len(silent) > _NAMED else "")
            noted.append(Remark("flows.silent", len(silent), {**about, "given": names}))
        totals = rows.groupby("origin")["value"].sum()
        if (totals == 0).any():
            noted.append(Remark("flows.zero_origins", int((totals == 0).sum()), about))
        if (rows["origin"] != rows["destination"]).all():
            noted.append(Remark("flows.nothing_within", len(rows), about))
        cut = rows[rows["listing"] == "top"]
        if len(cut):
            origins = cut["origin"].nunique()
            share = 1 - len(cut) / (origins * len(known))
            values = {**about, "share": float(share), "listed": len(cut)}
            noted.append(Remark("flows.cut_off", origins, values))
    return tuple(noted)


def level_name(level: object) -> dict[str, str]:
    """Return what places of a level are called, by language."""
    return {language: say(f"flows.level_{level}", language) for language in LANGUAGES}
