"""Files a command writes: whole, or not at all. The folder is made where it is missing."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onecity.core.errors import StoreError
from onecity.core.files import replacing
from onecity.core.plain import plain_values

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, then put it in its place.

    Raises
    ------
    StoreError
        If it cannot be written; what was there before is still there.
    """
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("core.not_written", path=str(path), reason=reason) from error
    with replacing(path) as draft:
        write(draft)


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text file whole.

    Raises
    ------
    StoreError
        If it cannot be written.
    """

    def write(draft: Path) -> None:
        with draft.open("w", encoding=encoding, newline="\n") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())

    write_whole(path, write)


def write_json(path: Path, answer: Any) -> None:
    """Write what ``--json`` would print."""
    write_text(path, f"{json.dumps(plain_values(answer), ensure_ascii=False, indent=1)}\n")


def write_table(path: Path, table: "DataFrame") -> None:
    """Write a table as CSV or, by the ending of `path`, Parquet."""
    if path.suffix.lower() == ".parquet":
        write_whole(path, lambda draft: table.to_parquet(draft, index=False))
    else:
        # The mark at the start tells spreadsheet programs that the file is UTF-8.
        write_text(path, table.to_csv(index=False), encoding="utf-8-sig")


def write_shapes(path: Path, shapes: "GeoDataFrame", layer: str) -> None:
    """Write shapes as GeoJSON or, by the ending of `path`, GeoPackage."""
    driver = "GPKG" if path.suffix.lower() == ".gpkg" else "GeoJSON"
    write_whole(path, lambda draft: shapes.to_file(draft, driver=driver, layer=layer))
