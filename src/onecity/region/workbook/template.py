"""Write the empty workbook, laid out as an official form."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from onecity.core.provenance import Grade
from onecity.core.words import Language, say
from onecity.core.workbook.styles import (
    BODY,
    CENTRE,
    GREY,
    HEADING,
    INK,
    LEFT,
    NEEDED,
    OPEN,
    OPTIONAL,
    QUIET,
    RIGHT,
    RULES,
    TOP,
    page,
    protect,
    row_height,
    save_whole,
    width_of,
)
from onecity.region.store import Region

from .sheets import (
    COUNTIES,
    EARLIEST,
    FORMS,
    LATEST,
    Choices,
    Field,
    Form,
    Kind,
    Units,
    lists,
    own_sheets,
)

TITLE_ROW, INTRO_ROW, HEADER_ROW, ABOUT_ROW, EXAMPLE_ROW = range(1, 6)
FIRST_ROW = EXAMPLE_ROW + 1
"""Where a template's data begin. What is read finds its header by itself."""
BLANK_ROWS = 40
"""Ruled rows below what is filled in: what a printed page holds. More may be added."""

_MARK_WIDTH = 7.0
_DEGREES = "0.0000##"
_FORMATS = {
    Kind.NAME: "@",
    Kind.CODE: "@",
    Kind.CODES: "@",
    Kind.DATE: "yyyy-mm-dd",
    Kind.YEAR: "0",
    Kind.WHOLE: "#,##0",
}


def template(
    path: str | os.PathLike[str], region: Region | None = None, *, language: Language = "zh"
) -> Path:
    """Write an empty workbook; with a region, its cities, counties and groups are filled in.

    The file is written beside `path` and renamed into place. What stands there is replaced.

    Raises
    ------
    StoreError
        If it cannot be written; nothing is changed then.
    """
    book = Workbook()
    readme = book.active
    assert isinstance(readme, Worksheet)  # noqa: S101 - a new workbook has one sheet
    names = own_sheets(language)
    readme.title = names[0]
    filled = _known_rows(region) if region is not None else {}
    sheets = {form.key: book.create_sheet(form.title(language)) for form in FORMS}
    spans = _write_lists(book.create_sheet(names[1]), region, language)
    for form in FORMS:
        _write_form(sheets[form.key], form, filled.get(form.key, []), spans, language)
    _write_readme(readme, region, language)
    book.properties.creator = "OneCity"
    book.properties.title = say("workbook.readme_title", language)
    book.security = WorkbookProtection(lockStructure=False)
    return save_whole(book, path)


def _known_rows(region: Region) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a region's cities, groups and counties, columns as the forms name them."""
    cities = [
        {**_plain(one), "kind": "city", "code": one["city"]}
        for one in region.table("cities")[["city", "name_zh", "name_en", "lon", "lat"]].to_dict(
            "records"
        )
    ]
    groups = []
    if region.has("groups"):
        table = region.table("groups")
        for group, members in table.groupby("group", sort=False):
            one = members.iloc[0].to_dict()
            codes = tuple(members["county"])
            groups.append({**_plain(one), "kind": "group", "code": group, "members": codes})
    counties = [
        {**_plain(one), "code": one["county"]}
        for one in region.table("counties")[["county", "name_zh", "name_en", "city"]].to_dict(
            "records"
        )
    ]
    return {"cities": [*cities, *groups], "counties": counties}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _write_form(
    sheet: Worksheet,
    form: Form,
    rows: Sequence[Mapping[str, Any]],
    spans: Mapping[str, str],
    language: Language,
) -> None:
    _write_heading(sheet, form, language)
    mark = sheet.cell(EXAMPLE_ROW, 1, say("workbook.mark_example", language))
    examples = [mark]
    for column, field in enumerate(form.fields, 2):
        shown = field.shown_example(language)
        examples.append(sheet.cell(EXAMPLE_ROW, column, shown))
    for cell in examples:
        cell.font = Font(name=BODY, size=10, italic=True, color=GREY)
        cell.fill, cell.border, cell.alignment = QUIET, RULES, CENTRE
        if cell.column > 1:
            field = form.fields[cell.column - 2]
            cell.number_format, cell.alignment = _format(field), _aligned(field)
    sheet.row_dimensions[EXAMPLE_ROW].height = row_height(
        (str(cell.value or ""), sheet.column_dimensions[cell.column_letter].width)
        for cell in examples
    )
    # Counties are neither added nor taken away here: a known list stands as it is.
    blank = 0 if rows and form is COUNTIES else BLANK_ROWS
    last = FIRST_ROW + len(rows) + blank - 1
    for number in range(last - FIRST_ROW + 1):
        row = rows[number] if number < len(rows) else {}
        _write_row(sheet, form, FIRST_ROW + number, number + 1, row, language)
    _guide_input(sheet, form, spans, last, language)
    _finish(sheet, form, language)


def _format(field: Field) -> str:
    return _DEGREES if field.name in {"lon", "lat"} else _FORMATS.get(field.kind, "General")


def _aligned(field: Field) -> Alignment:
    """Return how a column is set: figures to the right, words to the left, the rest between."""
    if field.kind in {Kind.NUMBER, Kind.WHOLE}:
        return RIGHT
    return LEFT if field.kind in {Kind.TEXT, Kind.CODES} else CENTRE


def _write_heading(sheet: Worksheet, form: Form, language: Language) -> None:
    title = sheet.cell(
        TITLE_ROW, 1, say("workbook.form_title", language, sheet=form.title(language))
    )
    title.font = Font(name=HEADING, size=16, bold=True, color=INK)
    title.alignment = Alignment(vertical="center")
    sheet.row_dimensions[TITLE_ROW].height = 30
    intro = sheet.cell(INTRO_ROW, 1, form.intro(language))
    intro.font = Font(name=BODY, size=10, color=GREY)
    intro.alignment = Alignment(vertical="center")
    sheet.row_dimensions[INTRO_ROW].height = 20
    heads = [(say("workbook.head_mark", language), say("workbook.mark_about", language), False)]
    heads += [(one.head(language), one.about(language), one.required) for one in form.fields]
    widths = [_MARK_WIDTH, *(one.width for one in form.fields)]
    for column, ((head, about, needed), width) in enumerate(zip(heads, widths, strict=True), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        cell = sheet.cell(HEADER_ROW, column, f"{head}*" if needed else head)
        cell.font = Font(name=HEADING, size=11, bold=True, color=INK)
        cell.fill = NEEDED if needed else OPTIONAL
        cell.border, cell.alignment = RULES, CENTRE
        note = sheet.cell(ABOUT_ROW, column, about)
        note.font = Font(name=BODY, size=9, color=GREY)
        note.fill, note.border, note.alignment = QUIET, RULES, TOP
    sheet.row_dimensions[HEADER_ROW].height = row_height(
        [(f"{head}*", width * 0.85) for (head, _, _), width in zip(heads, widths, strict=True)], 24
    )
    sheet.row_dimensions[ABOUT_ROW].height = min(
        row_height(
            [(about, width * 1.1) for (_, about, _), width in zip(heads, widths, strict=True)],
            line=12.0,
        ),
        200,
    )


def _write_row(
    sheet: Worksheet,
    form: Form,
    row: int,
    number: int,
    values: Mapping[str, Any],
    language: Language,
) -> None:
    texts: list[tuple[str, float]] = []
    for column, field in enumerate((None, *form.fields), 1):
        value: Any = number
        if field is not None:
            value = values.get(field.name)
            if value is not None and field.choices is not None:
                value = field.choices.label(str(value), language)
            elif isinstance(value, tuple):
                value = "; ".join(value)  # a line may end after each
        cell = sheet.cell(row, column, value)
        cell.font = Font(name=BODY, size=10, color=GREY if field is None else "000000")
        cell.border, cell.protection = RULES, OPEN
        cell.alignment = CENTRE if field is None else _aligned(field)
        if field is not None:
            cell.number_format = _format(field)
            # The margin of a cell takes about two letters.
            texts.append((str(value or ""), field.width - 2))
    if values:
        sheet.row_dimensions[row].height = row_height(texts)


def _guide_input(
    sheet: Worksheet, form: Form, spans: Mapping[str, str], last: int, language: Language
) -> None:
    """Let the spreadsheet offer lists and refuse what cannot be right, below the ruled rows too."""
    for column, field in enumerate(form.fields, 2):
        rule = _validation(field, spans, language)
        if rule is not None:
            letter = get_column_letter(column)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{max(last, 5000)}")
            sheet.add_data_validation(rule)
    sheet.column_dimensions["A"].protection = OPEN
    for column, field in enumerate(form.fields, 2):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.protection, dimension.number_format = OPEN, _format(field)


def _validation(
    field: Field, spans: Mapping[str, str], language: Language
) -> DataValidation | None:
    rule: DataValidation | None = None
    if field.choices is not None:
        rule = DataValidation("list", formula1=spans[field.choices.key])
    elif field.kind is Kind.CODE and field.units is not None and field.units.value in spans:
        rule = DataValidation("list", formula1=spans[field.units.value])
    elif field.kind is Kind.YEAR:
        rule = DataValidation(
            "whole", operator="between", formula1=f"{field.low or EARLIEST:g}", formula2=str(LATEST)
        )
    elif field.kind in {Kind.NUMBER, Kind.WHOLE} and field.low is not None:
        kind: Literal["whole", "decimal"] = "whole" if field.kind is Kind.WHOLE else "decimal"
        if field.high is None:
            rule = DataValidation(kind, operator="greaterThanOrEqual", formula1=f"{field.low:g}")
        else:
            rule = DataValidation(
                kind, operator="between", formula1=f"{field.low:g}", formula2=f"{field.high:g}"
            )
    if rule is not None:
        rule.allow_blank, rule.showErrorMessage = True, True
        rule.errorTitle = say("workbook.refused_title", language)
        rule.error = say("workbook.refused", language, column=field.head(language))
    return rule


def _finish(sheet: Worksheet, form: Form, language: Language) -> None:
    """Freeze the header, protect it, and set up the page."""
    sheet.freeze_panes = f"D{HEADER_ROW + 1}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    protect(sheet)
    page(sheet, form.title(language), language)


def _write_lists(sheet: Worksheet, region: Region | None, language: Language) -> dict[str, str]:
    """Write every closed list into a column of its own; return where each stands."""
    columns: list[tuple[str, str, list[str]]] = [
        (one.key, one.title(language), _labels(one, language)) for one in lists()
    ]
    named: list[tuple[str, list[tuple[str, str]]]] = []
    if region is not None:
        for units, table in ((Units.CITY, "cities"), (Units.COUNTY, "counties")):
            known = region.table(table)
            names = known["name_zh"]
            if language == "en":
                names = known["name_en"].fillna(names)
            pairs = list(zip(known[units.value], names, strict=True))
            named.append((units.value, pairs))
    spans: dict[str, str] = {}
    title = sheet.cell(1, 1, say("workbook.lists_title", language))
    title.font = Font(name=HEADING, size=14, bold=True, color=INK)
    sheet.row_dimensions[1].height = 26
    column = 0
    for key, head, labels in columns:
        column += 1
        spans[key] = _write_list(sheet, column, head, labels)
    for key, pairs in named:
        head = say(f"workbook.list_{key}", language)
        column += 1
        spans[key] = _write_list(sheet, column, head, [code for code, _ in pairs])
        column += 1
        _write_list(
            sheet, column, say("workbook.list_names", language), [name for _, name in pairs]
        )
    if len(named) == len((Units.CITY, Units.COUNTY)):
        column += 1
        both = [code for code, _ in dict((*named[0][1], *named[1][1])).items()]
        spans[Units.EITHER.value] = _write_list(
            sheet, column, say("workbook.list_either", language), both
        )
    sheet.freeze_panes = "A3"
    protect(sheet)
    page(sheet, sheet.title, language)
    return spans


def _labels(choices: Choices, language: Language) -> list[str]:
    return [choices.label(one, language) for one in choices.members]


def _write_list(sheet: Worksheet, column: int, head: str, labels: Sequence[str]) -> str:
    letter = get_column_letter(column)
    top = sheet.cell(2, column, head)
    top.font = Font(name=HEADING, size=11, bold=True, color=INK)
    top.fill, top.border, top.alignment = OPTIONAL, RULES, CENTRE
    for row, label in enumerate(labels, 3):
        cell = sheet.cell(row, column, label)
        cell.font, cell.border = Font(name=BODY, size=10), RULES
        cell.number_format = "@"
    widest = max(width_of(text) for text in (head, *labels))
    sheet.column_dimensions[letter].width = min(max(widest + 3, 10), 40)
    return f"'{sheet.title}'!${letter}$3:${letter}${len(labels) + 2}"


def _write_readme(sheet: Worksheet, region: Region | None, language: Language) -> None:
    """Write what this is, how to fill it, what the grades mean, and what each sheet holds."""
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 104
    lines: list[tuple[str, str, bool]] = [(say("workbook.readme_title", language), "", True)]
    title = region.manifest.text(language) if region is not None else None
    if title is not None:
        lines.append((say("workbook.readme_region", language), title, False))
    for part in ("what", "steps", "rows", "numbers", "codes", "places", "census", "privacy"):
        head, text = (say(f"workbook.readme_{part}{end}", language) for end in ("_head", ""))
        lines.append((head, text, False))
    lines.append((say("workbook.readme_sheets", language), "", True))
    lines += [(form.title(language), form.intro(language), False) for form in FORMS]
    lines.append((say("workbook.readme_grades", language), "", True))
    lines += [
        (grade.value, say(f"workbook.grade_{grade.name.lower()}", language), False)
        for grade in Grade
    ]
    for row, (head, text, heading) in enumerate(lines, 1):
        left, right = sheet.cell(row, 1, head), sheet.cell(row, 2, text or None)
        size = 16 if row == 1 else 12 if heading else 10.5
        left.font = Font(name=HEADING, size=size, bold=True, color=INK)
        right.font = Font(name=BODY, size=10.5)
        left.alignment = Alignment(vertical="center" if heading else "top", wrap_text=not heading)
        right.alignment = TOP
        sheet.row_dimensions[row].height = (
            34
            if row == 1
            else 26
            if heading
            else row_height([(text, 100.0), (head, 22.0)], 20, 14.5)
        )
        if not heading:
            left.border = right.border = RULES
            left.fill = OPTIONAL
    protect(sheet)
    page(sheet, sheet.title, language)
    sheet.page_setup.fitToHeight = 1
