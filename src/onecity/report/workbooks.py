"""Answers as Excel workbooks: plain tables under frozen heads, with what they mean beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from onecity.core.words import Language, say
from onecity.strands.contract import Findings, Indicator, Level

from .assumed import amount_of, name_of, range_of
from .figures import unit_words
from .names import names_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from onecity.region.manifest import Assumption
    from onecity.region.store import Region

    from .names import Name

_TITLE = 31
"""Characters that Excel allows in the name of a sheet."""
_BANNED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_NARROW, _WIDE, _DAY = 9, 46, 10
_LIKE_FORMULAS = ("=", "#")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it is to be written: heads may have several lines, cells are plain values."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]
    left: int = 1


def write_workbook(path: Path | IO[bytes], title: str, sheets: Iterable[Sheet]) -> None:
    """Write tables as the sheets of one workbook, in order.

    Row by row, as openpyxl writes large books: half a million cells take some seconds.
    """
    book = Workbook(write_only=True)
    for one in sheets:
        _add(book, one)
    book.properties.title = title
    book.properties.creator = "OneCity"
    book.save(path)


def _add(book: Workbook, one: Sheet) -> None:
    sheet = book.create_sheet(_free_name(book, one.title))
    rows = [[_cell(value) for value in row] for row in one.rows]
    # All that stands before the rows in the file has to be known before they are written.
    for place, width in enumerate(_widths(one.heads, rows)):
        letter = get_column_letter(place + 1)
        sheet.column_dimensions[letter].width = min(max(width + 2, _NARROW), _WIDE)
    sheet.freeze_panes = f"{get_column_letter(one.left + 1)}2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.append([_head(sheet, text) for text in one.heads])
    for row in rows:
        sheet.append([_as_text(sheet, value) for value in row])


def _widths(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[int]:
    """Return how wide the texts of each column are; figures are never wider than a head."""
    widths = [max(map(_width, head.split("\n")), default=0) for head in heads]
    for row in rows:
        for place, value in enumerate(row):
            if isinstance(value, str):
                widths[place] = max(widths[place], _width(value))
            elif isinstance(value, date):
                widths[place] = max(widths[place], _DAY)
    return widths


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="DDEBF7")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _as_text(sheet: Any, value: Any) -> Any:
    """Return a value so that what begins like a formula or an error is a text all the same."""
    if not (isinstance(value, str) and value[:1] in _LIKE_FORMULAS):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _free_name(book: Workbook, wanted: str) -> str:
    """Return a name that Excel takes and no sheet has."""
    name = wanted.translate(_BANNED).strip("' ")[:_TITLE]
    number = 2
    while name.casefold() in {one.casefold() for one in book.sheetnames}:
        tail = f" {number}"
        name, number = f"{wanted.translate(_BANNED)[: _TITLE - len(tail)]}{tail}", number + 1
    return name


def _width(text: str) -> int:
    return sum(2 if letter >= "\u2e80" else 1 for letter in text)


def _cell(value: Any) -> Any:
    """Return a value as a cell holds it: what has no figure is empty, never zero."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", value)
    return value if value is None or isinstance(value, bool | int | float | date) else str(value)


def of_findings(
    region: "Region", found: Sequence[Findings], levels: Sequence[Level], language: Language
) -> list[Sheet]:
    """Return one sheet for each level and matrix, then what the figures mean and their sources."""
    names = names_of(region)
    sheets = [
        _of_level(findings, level, names[level], language)
        for findings in found
        for level in levels
        if level in findings.tables and len(findings.tables[level])
    ]
    sheets += [
        Sheet(
            matrix.indicator.text(language),
            [
                trusted(matrix.indicator, language),
                *(names[matrix.level][code].text(language) for code in matrix.values.columns),
            ],
            [
                (names[matrix.level][code].text(language), *row)
                for code, *row in matrix.values.itertuples(name=None)
            ],
        )
        for findings in found
        for matrix in findings.matrices
        if matrix.level in levels
    ]
    indicators = [
        one
        for findings in found
        for one in (
            *findings.indicators.values(),
            *(matrix.indicator for matrix in findings.matrices),
        )
    ]
    return [*sheets, meanings_sheet(indicators, language), sources_sheet(region, language)]


def _of_level(
    findings: Findings, level: Level, names: Mapping[str, "Name"], language: Language
) -> Sheet:
    table = findings.tables[level]
    heads = [say("cli.column_code", language), level.text(language)]
    columns: list[Any] = []
    for key in table.columns:
        one = findings.indicators[key]
        unit = trusted(one, language)
        heads.append(f"{one.text(language)}\n{unit}")
        columns.append(table[key])
        for ends, word in ((findings.low, "low"), (findings.high, "high")):
            if level in ends and key in ends[level].columns:
                assumed = say(f"cli.column_{word}", language)
                heads.append(f"{one.text(language)}\n{unit}\n{assumed}")
                columns.append(ends[level][key].reindex(table.index))
    rows = [
        (code, names[code].text(language) if code in names else code, *values)
        for code, *values in zip(map(str, table.index), *columns, strict=True)
    ]
    return Sheet(level.text(language), heads, rows, left=2)


def trusted(one: Indicator, language: Language) -> str:
    """Return unit, nature and grade, short enough for a head."""
    return f"{unit_words(one.unit, language)} · {one.nature.text(language)} {one.grade.value}"


def meanings_sheet(indicators: Iterable[Indicator], language: Language) -> Sheet:
    """Return what some figures mean, and how far they can be trusted, as a sheet."""
    words = ("indicator", "key", "unit", "nature", "grade", "sources", "meaning", "remarks")
    return Sheet(
        say("cli.sheet_indicators", language),
        [say(f"cli.column_{word}", language) for word in words],
        [
            (
                one.text(language),
                one.key,
                unit_words(one.unit, language),
                one.nature.text(language),
                one.grade.value,
                ";".join(one.sources),
                one.about(language),
                " ".join(remark.text(language) for remark in one.remarks),
            )
            for one in {one.key: one for one in indicators}.values()
        ],
    )


def sources_sheet(region: "Region", language: Language) -> Sheet:
    """Return every source of a region as a sheet."""
    words = ("key", "title", "licence", "date", "grade", "nature", "origin")
    return Sheet(
        say("cli.info_sources", language),
        [say(f"cli.column_{word}", language) for word in words],
        [
            (
                key,
                one.text(language),
                one.terms(language),
                one.date,
                one.grade.value,
                one.nature.text(language),
                one.origin,
            )
            for key, one in region.manifest.sources.items()
        ],
    )


def assumptions_sheet(assumed: "Iterable[Assumption]", language: Language) -> Sheet:
    """Return what is assumed, how far it may be off and why, as a sheet."""
    words = ("assumption", "value", "range", "reason", "key")
    return Sheet(
        say("cli.info_assumptions", language),
        [say(f"cli.column_{word}", language) for word in words],
        [
            (
                name_of(one.key, language),
                amount_of(one, language),
                range_of(one, language),
                one.text(language),
                one.key,
            )
            for one in assumed
        ],
    )


def flat_sheet(title: str, table: "DataFrame") -> Sheet:
    """Return a frame as a sheet: its columns by their own names, for programs."""
    return Sheet(title, list(table.columns), table.astype(object).itertuples(index=False))
