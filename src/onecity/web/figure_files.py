"""Tables of figures as files: heads in both languages, and what the figures mean beside them."""

import csv
import json
from collections.abc import Iterable
from io import BytesIO, StringIO
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from onecity import __version__
from onecity.core.words import LANGUAGES
from onecity.region.schema import CRS
from onecity.report.workbooks import Sheet, meanings_sheet, sources_sheet
from onecity.strands.contract import Indicator

from . import answers
from .figure_tables import FigureTable
from .indicators import indicator_told
from .state import State
from .words import named, words

METADATA = b"onecity"
"""Key of the metadata of Parquet files and Arrow streams, JSON: region, indicators, sources."""


def file_of(table: FigureTable, kind: answers.Format) -> bytes:
    """Return a table as the bytes of a file."""
    match kind:
        case "csv":
            return csv_in_both(table.rows, {one.name: dict(one.words) for one in table.heads})
        case "xlsx":
            return answers.workbook(table.title["zh"], _sheets(table))
        case "geojson":
            return _geojson(table)
        case "parquet":
            buffer = BytesIO()
            pq.write_table(_arrow(table), buffer, compression="zstd")
            return buffer.getvalue()
        case "arrow":
            rows, sink = _arrow(table), pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, rows.schema) as writer:
                writer.write_table(rows)
            return bytes(sink.getvalue())
        case "json":
            msg = "figures of a level are told by layers and cards"
            raise ValueError(msg)


def csv_in_both(rows: pd.DataFrame, heads: dict[str, dict[str, str]]) -> bytes:
    """Return rows as CSV under two lines of heads: Chinese, then English."""
    zh = {name: words["zh"] for name, words in heads.items()}
    whole = bytes(answers.table(rows, "csv", "", zh).body)
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [heads[name]["en"] if name in heads else name for name in rows.columns]
    )
    first = whole.index(b"\n") + 1
    return whole[:first] + line.getvalue().encode() + whole[first:]


def meaning_of(state: State, table: FigureTable) -> dict[str, Any]:
    """Return what the figures of a table are and where they come from, for machines."""
    region = state.region
    columns = {
        one.indicator.key: one.name for one in reversed(table.heads) if one.indicator is not None
    }
    return {
        "region": {"key": region.manifest.key, "hash": region.hash, **words(region.manifest)},
        "state": state.key,
        "level": table.level,
        "software": f"onecity {__version__}",
        "columns": {one.name: dict(one.words) for one in table.heads},
        "indicators": [
            {"column": columns.get(one.key), **indicator_told(one)} for one in table.indicators
        ],
        "sources": [
            {
                "key": key,
                "title": named(one.title_zh, one.title_en),
                "origin": one.origin,
                "licence": one.licence,
                "date": one.date,
                "grade": one.grade.value,
                "nature": one.nature.value,
            }
            for key, one in region.manifest.sources.items()
        ],
    }


def sheets_beside(state: State, indicators: Iterable[Indicator]) -> list[Sheet]:
    """Return the sheets that say what figures mean and where they come from, in both languages."""
    several = tuple(indicators)
    return [
        sheet
        for language in LANGUAGES
        for sheet in (
            meanings_sheet(several, language),
            sources_sheet(state.region, language),
        )
    ]


def _sheets(table: FigureTable) -> list[Sheet]:
    heads = []
    for one in table.heads:
        lines = [*dict.fromkeys(one.words[language] for language in LANGUAGES)]
        if one.indicator is not None:
            nature, grade = one.indicator.nature, one.indicator.grade.value
            lines.append(" ".join([*(nature.text(language) for language in LANGUAGES), grade]))
        heads.append("\n".join(lines))
    rows = table.rows.astype(object).itertuples(index=False)
    title = " ".join(dict.fromkeys(table.level_words[language] for language in LANGUAGES))
    main = Sheet(title, heads, rows, left=2)
    return [main, *sheets_beside(table.state, table.indicators)]


def _shaped(table: FigureTable) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table.rows, geometry=table.shapes, crs=CRS)


def _geojson(table: FigureTable) -> bytes:
    """Return a collection that says what its properties mean (RFC 7946, section 6.1)."""
    features: str = _shaped(table).to_json(na="null", drop_id=True, ensure_ascii=False)
    meaning = json.dumps(meaning_of(table.state, table), ensure_ascii=False)
    return f'{features.rstrip()[:-1]}, "{METADATA.decode()}": {meaning}}}'.encode()


def _arrow(table: FigureTable) -> pa.Table:
    """Return the table for Arrow, outlines as GeoParquet keeps them, meanings as metadata."""
    buffer = BytesIO()
    _shaped(table).to_parquet(buffer, index=False)
    rows = pq.read_table(buffer)
    meaning = json.dumps(meaning_of(table.state, table), ensure_ascii=False)
    known = {one.name: one for one in table.heads}
    fields = []
    for field in rows.schema:
        head, about = known.get(field.name), {}
        if head is not None:
            about = {f"title_{language}": head.words[language] for language in LANGUAGES}
            if head.indicator is not None:
                one = head.indicator
                about |= {
                    "unit": one.unit,
                    "nature": one.nature.value,
                    "grade": one.grade.value,
                    "sources": ";".join(one.sources),
                }
        fields.append(field.with_metadata(about))
    metadata = {**(rows.schema.metadata or {}), METADATA: meaning.encode()}
    return rows.cast(pa.schema(fields, metadata=metadata))
