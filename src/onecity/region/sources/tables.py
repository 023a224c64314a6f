"""Plain tables (CSV, CSV.gz, Parquet): columns by name, numbers checked cell by cell."""

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from onecity.core.errors import InputError, MissingError
from onecity.core.files import checked_file

from .encoding import read_text
from .reading import Flags, Objects, Reals

NOTHING = frozenset({"", "-", "--", "—", "——", "…", "/", "na", "n/a", "nan", "null", "none", "无"})
"""Cells that count as empty, in lower case."""

_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_MINUS = "\N{MINUS SIGN}"
_TRUE = frozenset({"1", "1.0", "true", "t", "yes", "y", "是"})
_FALSE = frozenset({"0", "0.0", "false", "f", "no", "n", "否"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its file holds it.

    Columns are found by the names of our schema: `columns` maps those to the file's own;
    a name that is not in it stands for itself. The index of `frame` counts the records of
    the file from 0, those left out for being blank too; `first_row` is the number a
    spreadsheet shows for the first.
    """

    path: str
    frame: pd.DataFrame
    columns: Mapping[str, str]
    first_row: int

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.frame)

    def named(self, name: str) -> str:
        """Return what the file calls the column `name`."""
        return self.columns.get(name, name)

    def has(self, name: str) -> bool:
        """Whether the file has the column `name`."""
        return self.named(name) in self.frame.columns

    def row(self, at: int | np.intp) -> int:
        """Return the row number a user sees for the record at position `at`."""
        return int(self.frame.index[int(at)]) + self.first_row

    def texts(self, name: str, *, required: bool = False) -> Objects:
        """Return a column as stripped text, None where empty.

        Raises
        ------
        MissingError
            If there is no such column.
        InputError
            If `required` and a cell is empty.
        """
        column = self._column(name)
        if pd.api.types.is_numeric_dtype(column):
            numbers = column.to_numpy(np.float64, na_value=np.nan)
            whole = np.isfinite(numbers) & (numbers == np.trunc(numbers))
            text = column.astype(str).where(~whole, column.where(whole).astype("Int64").astype(str))
        else:
            text = column.astype(str).str.strip()
        empty = column.isna() | text.str.lower().isin(NOTHING)
        values = text.astype(object).to_numpy(copy=True)
        values[empty.to_numpy(bool)] = None
        if required and empty.any():
            self.fail("sources.cell_empty", name, int(empty.to_numpy().argmax()))
        return values

    def numbers(self, name: str, *, required: bool = True, minimum: float | None = None) -> Reals:
        """Return a column as numbers, NaN where empty.

        Full-width digits and grouped thousands (1,234,567) are read. Words and units
        in a cell (约 12 万) are errors: what they mean is for the user to say.

        Raises
        ------
        MissingError
            If there is no such column.
        InputError
            If a cell is no finite number, empty while `required`, or below `minimum`.
        """
        column = self._column(name)
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            values = column.to_numpy(np.float64, na_value=np.nan, copy=True)
            empty = np.isnan(values)
        else:
            text = column.fillna("").astype(str).str.strip()
            empty = text.str.lower().isin(NOTHING).to_numpy(bool)
            parsed = pd.to_numeric(text.map(_plain), errors="coerce")
            values = parsed.to_numpy(np.float64, na_value=np.nan, copy=True)
            values[empty] = np.nan
            self._refuse(np.isnan(values) & ~empty, "sources.cell_not_number", name)
        self._refuse(np.isinf(values), "sources.cell_not_number", name)
        if required:
            self._refuse(empty, "sources.cell_empty", name)
        if minimum is not None:
            self._refuse(values < minimum, "sources.cell_below", name, minimum=minimum)
        return values

    def flags(self, name: str) -> Flags:
        """Return a column of yes and no (1/0, true/false, 是/否; empty is no).

        Raises
        ------
        MissingError
            If there is no such column.
        InputError
            If a cell is neither.
        """
        words = pd.Series(self.texts(name), dtype=object).fillna("").astype(str).str.lower()
        known = words.isin(_TRUE | _FALSE | {""}).to_numpy(bool)
        self._refuse(~known, "sources.cell_not_flag", name)
        return words.isin(_TRUE).to_numpy(bool)

    def fail(self, key: str, name: str, at: int | np.intp, **values: object) -> NoReturn:
        """Raise an InputError that names file, row, column and cell."""
        raise InputError(
            key,
            path=self.path,
            row=self.row(at),
            column=self.named(name),
            given=self.frame[self.named(name)].iloc[int(at)],
            **values,
        )

    def _refuse(self, bad: Flags, key: str, name: str, **values: object) -> None:
        if bad.any():
            self.fail(key, name, bad.argmax(), **values)

    def _column(self, name: str) -> "pd.Series":
        if not self.has(name):
            raise MissingError(
                "sources.no_column",
                path=self.path,
                column=self.named(name),
                meaning=name,
                found=", ".join(map(str, self.frame.columns)),
            )
        return self.frame[self.named(name)]


def _plain(text: str) -> str:
    """Return a number as Python writes it: half-width digits, no grouping commas."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace(_MINUS, "-")
    text = text.strip()
    return text.replace(",", "") if "," in text and _GROUPED.match(text) else text


def read_table(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    known: Iterable[str] = (),
    encoding: str | None = None,
) -> Table:
    """Read a table from CSV (comma, semicolon or tab; also gzipped) or Parquet.

    Parameters
    ----------
    path
        The file; ``.parquet`` or ``.pq`` is Parquet, all else text.
    columns
        Our name of a column to the file's name.
    known
        Our names that may stand in `columns`; any other there is an error (a misspelling).
    encoding
        Of a text file; found when not given.

    Raises
    ------
    MissingError
        If there is no such file, or a column named in `columns` is not in it.
    InputError
        If the file cannot be read as a table, has no records or a column twice, or `columns`
        holds a name that means nothing here.
    """
    columns = dict(columns or {})
    known = list(known)
    for name in columns:
        if name not in known:
            raise InputError("sources.mapping_unknown", given=name, known=", ".join(known))
    file = checked_file(path)
    if file.suffix.lower() in {".parquet", ".pq"}:
        frame, first_row = _read_parquet(file), 1
    else:
        frame, first_row = _read_csv(file, encoding), 2
    table = Table(str(file), frame, columns, first_row)
    for name in columns:
        table._column(name)  # noqa: SLF001 - raises the error that names it
    if frame.empty:
        raise InputError("sources.no_records", path=str(file))
    return table


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError("sources.parquet_damaged", path=str(file), reason=error) from error


def _read_csv(file: Path, encoding: str | None) -> pd.DataFrame:
    text = read_text(file, encoding).text
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    header = next(csv.reader(io.StringIO(text), delimiter=separator), [])
    names = [name.strip() for name in header]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("sources.column_twice", path=str(file), column=twice)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError("sources.csv_damaged", path=str(file), reason=error) from error
    if not isinstance(frame.index, pd.RangeIndex) or len(frame.columns) != len(names):
        # More cells than names: pandas would take the first ones for an index.
        raise InputError("sources.csv_wide", path=str(file), count=len(names))
    frame.columns = pd.Index(names)
    blank = frame.isna() | (frame == "")
    return frame.loc[~blank.all(axis=1)]
