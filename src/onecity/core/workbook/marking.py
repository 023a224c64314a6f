"""Mark what was found in a copy of the user's own workbook."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, Language, say

from .container import Content, bounds
from .findings import Finding
from .styles import RULES, page, row_height

MOST_COMMENTS = 2_000
"""Cells of one sheet that get a comment; all others are coloured and listed."""
MOST_LISTED = 50_000
"""Findings that the list holds, faults first."""

_AUTHOR = "OneCity"
_OURS = "— OneCity —"
"""Line of a comment above what we wrote; what stands before it is the user's."""
_COLOURS = {Severity.FAULT: "FFC7CE", Severity.WARNING: "FFEB9C"}
_WIDTHS = (7, 12, 8, 18, 20, 64, 64)


def marked(
    content: Content, findings: Sequence[Finding], file: str, language: Language = "zh"
) -> Workbook:
    """Return a copy of a workbook with what was found: cells coloured, commented, and a list.

    Faults are red, warnings yellow; a comment holds both languages. The list is a sheet of
    its own in front. Formats and formulas of the user stay; marks of an earlier copy go.
    Drawings that openpyxl does not know (shapes, form controls) are not carried over.

    Parameters
    ----------
    content, findings
        The workbook, and what was found in it.
    file
        What the list calls it.
    """
    book: Workbook = content.checked().loaded()
    _clear(book)
    by_sheet: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        by_sheet[one.sheet].append(one)
    for name, group in by_sheet.items():
        if name in book.sheetnames:
            _mark(book[name], group)
    _write_list(book, findings, file, language)
    return book


def _clear(book: Workbook) -> None:
    """Take away the list, the comments and the colours of an earlier copy."""
    for one in {list_name(other) for other in LANGUAGES}:
        if one in book.sheetnames:
            del book[one]
    ours = set(_COLOURS.values())
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is None or _OURS not in cell.comment.text:
                    continue
                own, author = cell.comment.text.partition(_OURS)[0].strip(), cell.comment.author
                cell.comment = Comment(own, author) if own else None
                if str(cell.fill.fgColor.rgb)[-6:] in ours:
                    cell.fill = PatternFill()


def _mark(sheet: Any, findings: Sequence[Finding]) -> None:
    """Colour and comment the cells of one sheet."""
    told: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for one in findings:
        if one.cell and one.severity in _COLOURS:
            column, row, _, _ = bounds(one.cell)
            told[row, column].append(one)
    merged = {
        at: (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        if told
        for at in told
        if area.min_row <= at[0] <= area.max_row and area.min_col <= at[1] <= area.max_col
    }
    for number, (at, group) in enumerate(told.items()):
        cell = sheet.cell(*merged.get(at, at))
        if isinstance(cell, MergedCell):
            continue
        worst = min(group, key=lambda one: list(Severity).index(one.severity)).severity
        cell.fill = PatternFill("solid", fgColor=_COLOURS[worst])
        if number < MOST_COMMENTS:
            cell.comment = _comment(cell.comment, group)


def _comment(before: Comment | None, findings: Sequence[Finding]) -> Comment:
    """Return a comment with every finding in both languages, after what the user had written."""
    lines = [_OURS] if before is None else [before.text, _OURS]
    for one in findings:
        lines += [one.sentence.text(language) for language in LANGUAGES]
    text = "\n".join(lines)
    author = _AUTHOR if before is None else before.author
    return Comment(text, author, height=40 + 18 * (len(text) // 30 + len(lines)), width=360)


def list_name(language: Language) -> str:
    """Return the name of the sheet that lists what was found."""
    return say("workbook.sheet_findings", language)


def _write_list(book: Workbook, given: Sequence[Finding], file: str, language: Language) -> None:
    """Write the sheet that lists every finding, faults first."""
    sheet: Worksheet = book.create_sheet(list_name(language), 0)
    order = list(Severity)
    findings = sorted(given, key=lambda one: order.index(one.severity))
    title = sheet.cell(1, 1, say("workbook.findings_title", language, file=file))
    title.font = Font(name="黑体", size=16, bold=True, color="1F3864")
    sheet.row_dimensions[1].height = 30
    counts = {f"{kind}s": sum(one.severity is kind for one in given) for kind in Severity}
    key = "workbook.findings_faulty" if counts["faults"] else "workbook.findings_sound"
    sheet.cell(2, 1, say(key, language, **counts)).font = Font(name="宋体", size=10.5)
    names = ("severity", "sheet", "cell", "column", "given", "zh", "en")
    for column, (name, width) in enumerate(zip(names, _WIDTHS, strict=True), 1):
        cell = sheet.cell(3, column, say(f"workbook.findings_{name}", language))
        cell.font = Font(name="黑体", size=11, bold=True, color="1F3864")
        cell.fill, cell.border = PatternFill("solid", fgColor="DDEBF7"), RULES
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[cell.column_letter].width = width
    for row, one in enumerate(findings[:MOST_LISTED], 4):
        _write_finding(sheet, row, one, language)
    if len(findings) > MOST_LISTED:
        more = say("workbook.findings_more", language, count=len(findings) - MOST_LISTED)
        sheet.cell(MOST_LISTED + 4, 1, more)
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "3:3"
    page(sheet, sheet.title, language)
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    book.active = 0


def _write_finding(sheet: Worksheet, row: int, one: Finding, language: Language) -> None:
    values = (
        one.severity.text(language),
        one.sheet,
        one.cell,
        one.column,
        one.given,
        one.sentence.text("zh"),
        one.sentence.text("en"),
    )
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column)
        cell.value = value or None
        if value[:1] in {"=", "+", "-", "@"}:
            cell.data_type = "s"  # what the user wrote is shown, never computed
        cell.font, cell.border = Font(name="宋体", size=10), RULES
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if column == 1 and one.severity in _COLOURS:
            cell.fill = PatternFill("solid", fgColor=_COLOURS[one.severity])
    sheet.row_dimensions[row].height = row_height(zip(values, _WIDTHS, strict=True), 16)
    if one.cell:
        name = one.sheet.replace("'", "''")
        link = sheet.cell(row, 3)
        link.hyperlink = f"#'{name}'!{one.cell}"
        link.font = Font(name="宋体", size=10, underline="single", color="0563C1")
