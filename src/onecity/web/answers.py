"""Answers in the formats that were asked for."""

import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from starlette.responses import JSONResponse, Response

from onecity.core.plain import plain_values
from onecity.report.workbooks import Sheet, write_workbook

Format = Literal["json", "csv", "geojson", "arrow", "parquet", "xlsx"]
"""Every format there is; a route names those it has: ``format: Literal["json", "csv"]``."""

MEDIA: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BINARY: Mapping[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_BOM = "\ufeff"
_LIKE_FORMULAS = ("=", "+", "-", "@", "\t")


class Json(JSONResponse):
    """JSON; a figure that does not exist is null, arrays are lists."""

    def render(self, content: Any) -> bytes:
        """Return the bytes."""
        try:
            text = _text(content, default=plain_values)
        except ValueError:  # there is a figure that does not exist: look at each
            text = _text(plain_values(content))
        return text.encode()


def _text(content: Any, default: Callable[[Any], Any] | None = None) -> str:
    return json.dumps(
        content, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default
    )


def documented(*formats: Format) -> dict[int | str, dict[str, Any]]:
    """Return what a route's ``responses`` says of the formats it answers in besides JSON."""
    text: dict[str, Any] = {"schema": {"type": "string"}}
    kinds = {"csv": text, "geojson": {"schema": {"type": "object"}}}
    content = {
        MEDIA[one].partition(";")[0]: kinds.get(one, BINARY) for one in formats if one != "json"
    }
    return {200: {"content": content}, 304: {"description": "The asker holds this answer already."}}


def numbers(values: "np.ndarray[Any, Any]", decimals: int | None = None) -> list[float | None]:
    """Return an array of figures as JSON holds it, quickly; what is not finite is None."""
    array = np.asarray(values, dtype=np.float64)
    if decimals is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = np.round(array, decimals) + 0.0
        # What is too large to have decimals stays as it is.
        array = np.where(np.isfinite(rounded), rounded, array)
    listed: list[float | None] = array.tolist()
    for row in np.flatnonzero(~np.isfinite(array)).tolist():
        listed[row] = None
    return listed


def table(
    frame: pd.DataFrame, kind: Format, name: str, heads: Mapping[str, str] | None = None
) -> Response:
    """Return a table as a file to keep.

    Parameters
    ----------
    frame
        The rows; with a geometry for GeoJSON. Its index is left out.
    kind
        Not JSON: every route has its own.
    name
        What the file is called, without its ending; Chinese is welcome.
    heads
        What people read over a column, in CSV and Excel; programs get the columns' names.
    """
    return download(_written(frame, kind, name, heads or {}), kind, name)


def download(content: bytes, kind: Format, name: str) -> Response:
    """Return bytes as a file to keep, named `name` (RFC 6266) with the ending of its kind."""
    return Response(content, media_type=MEDIA[kind], headers=named_file(f"{name}.{kind}"))


def document(content: bytes, name: str) -> Response:
    """Return a Word document as a file to keep."""
    return Response(content, media_type=WORD, headers=named_file(f"{name}.docx"))


def named_file(name: str) -> dict[str, str]:
    """Return the header that names a file; browsers of any age find a name in it."""
    plain = name.encode("ascii", "replace").decode().translate(str.maketrans('?"\\/', "____"))
    spelled = f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": f"attachment; {spelled}"}


def workbook(title: str, sheets: Sequence[Sheet]) -> bytes:
    """Return sheets as an Excel workbook."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answer.xlsx"
        write_workbook(file, title, sheets)
        return file.read_bytes()


def _written(frame: pd.DataFrame, kind: Format, name: str, heads: Mapping[str, str]) -> bytes:
    rows = frame.drop(columns="geometry", errors="ignore")
    match kind:
        case "csv":
            return (_BOM + _tame(rows.rename(columns=heads)).to_csv(index=False)).encode()
        case "xlsx":
            titles = [heads.get(one, one) for one in rows.columns]
            return workbook(
                name, [Sheet(name, titles, rows.astype(object).itertuples(index=False))]
            )
        case "geojson":
            features: str = gpd.GeoDataFrame(frame).to_json(
                na="null", drop_id=True, ensure_ascii=False
            )
            return features.encode()
        case "parquet":
            buffer = BytesIO()
            frame.to_parquet(buffer, index=False, compression="zstd")
            return buffer.getvalue()
        case "arrow":
            plain = pa.Table.from_pandas(_without_shapes(frame), preserve_index=False)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, plain.schema) as writer:
                writer.write_table(plain)
            return bytes(sink.getvalue())
        case "json":
            msg = "every route makes its own JSON"
            raise ValueError(msg)


def _without_shapes(frame: pd.DataFrame) -> Any:
    """Return a table whose shapes are WKB, as GeoParquet keeps them."""
    return gpd.GeoDataFrame(frame).to_wkb() if "geometry" in frame.columns else frame


def _tame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose texts no spreadsheet takes for formulas, nor for several rows."""

    def tame(value: object) -> object:
        if not isinstance(value, str):
            return value
        line = value.replace("\r", " ")
        return f"'{line}" if line[:1] in _LIKE_FORMULAS else line

    texts = rows.select_dtypes(exclude=["number", "bool"]).columns
    return rows.assign(**{str(one): rows[one].map(tame) for one in texts})
