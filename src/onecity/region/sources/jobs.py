"""Jobs where people work, in zones, counties or cities, from a table."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade, Nature
from onecity.region.schema import JOBS

from .flows import level_name
from .reading import Objects, ReadReport, Remark
from .tables import Table, read_table

Level = Literal["zone", "county", "city"]
COLUMNS = tuple(column.name for column in JOBS.columns)
_KEY = list(JOBS.key)


@dataclass(frozen=True, slots=True)
class JobsRead:
    """Jobs: `table` in the schema JOBS, in the order of the file."""

    table: pd.DataFrame
    report: ReadReport


@dataclass(frozen=True, slots=True)
class Stated:
    """What holds for all rows of a file that do not say otherwise.

    Attributes
    ----------
    source, grade, nature
        Where they were read, how far that is verified, and how they came to be.
    level
        Of what the codes are.
    year
        Of what year.
    """

    source: str
    grade: Grade
    nature: Nature
    level: Level | None = None
    year: int | None = None


def read_jobs(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    codes: Mapping[str, Collection[str]],
    stated: Stated,
    outside: Literal["refuse", "leave_out"] = "refuse",
    encoding: str | None = None,
) -> JobsRead:
    """Read jobs.

    ``code`` and ``jobs`` are needed; ``level`` and ``year`` unless stated; ``source``,
    ``grade``, ``nature`` and ``note`` may be given row by row. A row whose jobs are empty says
    nothing: it is left out and counted.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: jobs that are no number or below zero, a code, level, grade
        or nature that is not known, a year that is none, a place twice; or no row left.
    """
    table = read_table(path, columns, known=COLUMNS, encoding=encoding)
    jobs = table.numbers("jobs", required=False, minimum=0.0)
    said = {
        "level": stated.level,
        "year": None if stated.year is None else str(stated.year),
        "source": stated.source,
        "grade": stated.grade.value,
        "nature": stated.nature.value,
        "note": None,
    }
    text = {name: _words(table, name, word) for name, word in said.items()}
    text["code"] = table.texts("code", required=True)
    known = {"level": get_args(Level), "grade": tuple(Grade), "nature": tuple(Nature)}
    for name, words in known.items():
        wrong = ~np.isin(text[name].astype(str), list(words))
        if wrong.any():
            table.fail("sources.cell_unknown_word", name, wrong.argmax(), known=", ".join(words))
    years = pd.to_numeric(pd.Series(text.pop("year")), errors="coerce").to_numpy(np.float64)
    wrong = ~((years == np.round(years)) & (years >= 1900) & (years <= 2200))
    if wrong.any():
        table.fail("facilities.no_year", "year", wrong.argmax())
    frame = pd.DataFrame({name: pd.Series(one, dtype="str") for name, one in text.items()})
    frame = frame.assign(year=years.astype(np.int64), jobs=jobs).loc[:, list(COLUMNS)]
    twice = frame.duplicated(_KEY).to_numpy()
    if twice.any():
        at = int(twice.argmax())
        alike = (frame[_KEY] == frame.loc[at, _KEY]).all(axis=1).to_numpy()
        table.fail("facilities.jobs_twice", "code", at, first=table.row(alike.argmax()))
    inside = np.zeros(len(frame), dtype=np.bool_)
    for one, some in codes.items():
        inside |= ((frame["level"] == one) & frame["code"].isin(list(some))).to_numpy()
    if outside == "refuse" and not inside.all():
        at = int((~inside).argmax())
        table.fail("facilities.unknown_code", "code", at, level=level_name(frame.loc[at, "level"]))
    empty = np.isnan(jobs)
    kept = inside & ~empty
    if not kept.any():
        raise InputError("facilities.no_jobs_inside", path=table.path, seen=len(table))
    counts = {
        "facilities.jobs_left_out": int((~inside).sum()),
        "facilities.jobs_empty": int((inside & empty).sum()),
    }
    dropped = tuple(Remark(key, count) for key, count in counts.items() if count)
    report = ReadReport(table.path, len(table), int(kept.sum()), dropped)
    return JobsRead(frame.loc[kept].reset_index(drop=True), report)


def join_jobs(found: Sequence[JobsRead], codes: Mapping[str, Collection[str]]) -> JobsRead:
    """Return the jobs of several files as one table, and what they do not say.

    Raises
    ------
    InputError
        If two files speak of the same place and year.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    paths = ", ".join(one.report.path for one in found)
    twice = table.duplicated(_KEY).to_numpy()
    if twice.any():
        row = table.iloc[int(twice.argmax())]
        raise InputError("facilities.jobs_twice_files", path=paths, **{k: row[k] for k in _KEY})
    noted = []
    lists: Any = table.groupby(["level", "year"], sort=True)
    for (level, year), rows in lists:
        silent = len(set(codes[level]) - set(rows["code"]))
        if silent:
            about = {"level": level_name(level), "year": int(year)}
            noted.append(Remark("facilities.silent_jobs", silent, about))
    report = ReadReport(
        paths,
        seen=sum(one.report.seen for one in found),
        kept=len(table),
        dropped=tuple(remark for one in found for remark in one.report.dropped),
        noted=tuple(noted),
    )
    return JobsRead(table, report)


def _words(table: Table, name: str, stated: str | None) -> Objects:
    """Return a column of words, what is stated standing for cells that say nothing."""
    if not table.has(name):
        if stated is None and name != "note":
            raise MissingError(
                "facilities.not_stated", path=table.path, column=table.named(name), name=name
            )
        return np.full(len(table), stated, object)
    words = table.texts(name)
    words[pd.isna(words)] = stated
    if name != "note" and pd.isna(words).any():
        table.fail("sources.cell_empty", name, pd.isna(words).argmax())
    return words
