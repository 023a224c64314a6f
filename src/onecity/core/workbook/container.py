"""The file of a workbook: what kind it is, its sheets, and how they are laid out.

openpyxl's streaming reader gives values but neither merged cells nor what is hidden nor
which values come from formulas; those are read from the sheet's XML beforehand.
"""

import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from posixpath import join, normpath
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import fromstring
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException

from onecity.core.errors import InputError, OneCityError
from onecity.core.files import checked_file

MAX_BYTES = 1_000_000_000
"""Unpacked size of a workbook that is still read."""

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_VALUE, _CELL, _ROW, _FORMULA, _COLUMN, _MERGED = (
    f"{_MAIN[1:-1]} {tag}" for tag in ("v", "c", "row", "f", "col", "mergeCell")
)
_YES = {"1", "true"}
_BROKEN = (
    BadZipFile,
    InvalidFileException,
    expat.ExpatError,
    zlib.error,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # what parsers of XML raise
    TypeError,
    ValueError,
)
"""What reading a damaged workbook raises, in zip, XML and openpyxl."""

Rows = Iterator[tuple[int, tuple[Any, ...]]]


@dataclass(slots=True)
class Layout:
    """How a sheet is laid out: merged ranges, hidden rows and columns, cells with formulas.

    Rows and columns count from 1; formulas are (row, column).
    """

    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a workbook and what errors call it: a path, or the name it was sent with."""

    name: str
    data: bytes

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "Content":
        """Return the content of a file; errors as in `checked_file`."""
        file = checked_file(path)
        return cls(str(file), file.read_bytes())

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimals."""
        return sha256(self.data).hexdigest()

    def checked(self, most_bytes: int = MAX_BYTES) -> "Content":
        """Return the content if it is a workbook of the kind ``.xlsx``, up to a size unpacked.

        Raises
        ------
        InputError
            If it is something else: an old ``.xls``, locked by a password, text, another kind
            of document, or damaged.
        """
        if self.data.startswith(_COMPOUND):
            locked = _ENCRYPTED in self.data
            raise InputError("workbook.encrypted" if locked else "workbook.old_xls", path=self.name)
        if not self.data.startswith(_ZIP):
            raise InputError("workbook.not_xlsx", path=self.name)
        try:
            with ZipFile(BytesIO(self.data)) as archive:
                names = set(archive.namelist())
                size = sum(one.file_size for one in archive.infolist())
        except _BROKEN as error:
            raise InputError("workbook.damaged", path=self.name, reason=str(error)) from error
        if "xl/workbook.bin" in names:
            raise InputError("workbook.is_xlsb", path=self.name)
        if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
            raise InputError("workbook.not_xlsx", path=self.name)
        if size > most_bytes:
            given, limit = size // 1_000_000, most_bytes // 1_000_000
            raise InputError("workbook.too_large", path=self.name, given=given, limit=limit)
        return self

    def loaded(self, *, fast: bool = False) -> Any:
        """Return openpyxl's workbook of it; `fast` reads values alone, from top to bottom."""
        with reading(self.name):
            return load_workbook(BytesIO(self.data), read_only=fast, data_only=fast)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what a damaged workbook raises into one clear error; openpyxl's warnings are muted.

    It warns of drawings and extensions that it does not read; they hold no figures.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except OneCityError:
            raise  # it says already what is wrong
        except _BROKEN as error:
            raise InputError("workbook.damaged", path=name, reason=str(error)) from error


class Book:
    """An open workbook, to be read once from top to bottom."""

    def __init__(self, content: Content) -> None:
        self.name = content.checked().name
        with reading(self.name):
            self._archive = ZipFile(BytesIO(content.data))
            try:
                self._parts = _sheet_parts(self._archive)
                self._book = content.loaded(fast=True)
            except BaseException:
                self._archive.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._book.close()
        self._archive.close()

    @property
    def epoch(self) -> Any:
        """Day zero of the workbook's date numbers."""
        return self._book.epoch

    @property
    def sheets(self) -> dict[str, bool]:
        """Return the names of all sheets with cells, and whether each is hidden."""
        return {
            one.title: one.sheet_state != "visible"
            for one in self._book.worksheets
            if one.title in self._parts
        }

    def layout(self, sheet: str) -> Layout:
        """Read the layout of a sheet."""
        with reading(self.name), self._archive.open(self._parts[sheet]) as source:
            return _layout(source)

    def rows(self, sheet: str, first: int, last: int | None, columns: int) -> Rows:
        """Yield row number and cells of a sheet, rows without any cell left out.

        A cell has `value`, `data_type` and `number_format`.
        """
        with reading(self.name):
            table = self._book[sheet]
            table.reset_dimensions()  # what the file says of its size is often wrong
            stream = table.iter_rows(min_row=first, max_row=last, max_col=columns)
        row = first - 1
        while True:
            with reading(self.name):
                cells = next(stream, None)
            if cells is None:
                return
            row += 1
            yield row, cells


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Return where each sheet's XML lies in the archive."""
    # Entities of XML are bounded by expat itself since 2.4.
    links = {
        one.get("Id"): one.get("Target", "")
        for one in fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    }
    book = fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    names = set(archive.namelist())
    parts = {}
    for one in book.iter(f"{_MAIN}sheet"):
        target = links.get(one.get(_LINK), "")
        part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if part in names and "worksheets" in part:
            parts[one.get("name", "")] = part
    return parts


def _layout(source: Any) -> Layout:
    found = Layout()
    row = column = 0
    spelled = ""  # where the last cell says it stands

    def start(tag: str, attributes: dict[str, str]) -> None:
        # Called for every element: cells and their values come first.
        nonlocal row, column, spelled
        if tag == _VALUE:
            return
        if tag == _CELL:
            column += 1
            spelled = attributes.get("r", "")
        elif tag == _ROW:
            row, column = int(float(attributes.get("r", row + 1))), 0
            if attributes.get("hidden") in _YES:
                found.hidden_rows.add(row)
        elif tag == _FORMULA:
            found.formulas.add(coordinate_to_tuple(spelled) if spelled else (row, column))
        elif tag == _COLUMN:
            if attributes.get("hidden") in _YES:
                first, last = int(attributes["min"]), int(attributes["max"])
                found.hidden_columns.update(range(first, last + 1))
        elif tag == _MERGED:
            found.merged.append(attributes["ref"])

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.ParseFile(source)
    return found


def bounds(reference: str) -> tuple[int, int, int, int]:
    """Return first column, first row, last column and last row of a range."""
    left, top, right, bottom = range_boundaries(reference)
    return int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)
