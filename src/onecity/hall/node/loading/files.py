"""Files of rows: CSV as spreadsheets save it, and Parquet."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from onecity.core.errors import InputError, MissingError

from .columns import Row

_CHUNK = 1 << 20
_ENDINGS = (".csv", ".parquet")
_ROWS_AT_ONCE = 10_000


def digest_of(path: Path) -> str:
    """Return by what a file is known: the beginning of its SHA-256.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is neither CSV nor Parquet.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise InputError("cli.unknown_ending", path=path, known=" ".join(_ENDINGS))
    if not path.is_file():
        raise MissingError("hall_loading.no_file", path=path)
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()[:32]


def heads_of(path: Path) -> list[str]:
    """Return the names of a file's columns.

    Raises
    ------
    InputError
        It cannot be read.
    """
    if path.suffix.lower() == ".csv":
        with path.open(encoding=_encoding(path), newline="") as file:
            return [one.strip() for one in next(csv.reader(file), [])]
    return [str(one) for one in _parquet(path).schema_arrow.names]


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, one after another.

    Raises
    ------
    InputError
        It cannot be read, or a line has more or fewer cells than there are heads.
    """
    return _from_csv(path) if path.suffix.lower() == ".csv" else _from_parquet(path)


def _from_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding=_encoding(path), newline="") as file:
        reader = csv.reader(file, strict=True)
        heads = [one.strip() for one in next(reader, [])]
        number = 1
        try:
            for cells in reader:
                number += 1
                if len(cells) != len(heads):
                    if not any(cells):
                        yield {}
                        continue
                    raise InputError(
                        "hall_loading.cells", row=number, given=len(cells), wanted=len(heads)
                    )
                yield dict(zip(heads, cells, strict=True))
        except csv.Error as error:
            raise InputError(
                "hall_loading.not_csv", row=number + 1, path=path, reason=str(error)
            ) from error


def _encoding(path: Path) -> str:
    """Return how a CSV file is written: UTF-8, or as Chinese offices' Excel saves it.

    Raises
    ------
    InputError
        It is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(_CHUNK):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError("hall_loading.no_encoding", path=path)


def _parquet(path: Path) -> Any:
    import pyarrow as pa  # noqa: PLC0415  (heavy)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise InputError("hall_loading.not_parquet", path=path, reason=str(error)) from error


def _from_parquet(path: Path) -> Iterator[Row]:
    for batch in _parquet(path).iter_batches(_ROWS_AT_ONCE):
        yield from batch.to_pylist()
