"""Reports written out: a page, a Word document, a workbook."""

from datetime import date
from decimal import Decimal
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Language, say
from onecity.report.workbooks import Sheet, write_workbook

from .data import COLUMNS, Cell, Kind, Report
from .filled import filled
from .printed import page_of
from .slots import example_words, footer_words, said

Format = Literal["docx", "html", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)


def written(
    report: Report,
    form: str,
    language: Language = "zh",
    template: Path | bytes | None = None,
) -> bytes:
    """Return a report as a file.

    Parameters
    ----------
    form
        ``docx``, ``html`` (one page that needs nothing else), ``xlsx`` (figures as numbers).
    language
        Of the document or workbook; the page has both and begins with this one.
    template
        A Word template to fill instead of the package's, as edited from `template`; with ``docx``
        alone.

    Raises
    ------
    InputError
        There is no such format, or the template is wrong: the sentence says where.
    MissingError
        There is no such template file.
    """
    if form not in FORMATS:
        raise InputError("ledger_report.format_unknown", given=form, known=", ".join(FORMATS))
    if template is not None and form != "docx":
        raise InputError("ledger_report.template_format", given=form)
    match form:
        case "docx":
            own = template is None
            given = _own(report.kind, language) if template is None else _given(template)
            return filled(report, language, given, own=own)
        case "html":
            return page_of(report, language).encode()
        case _:
            return workbook_of(report, language)


def template(kind: str, language: Language = "zh") -> bytes:
    """Return the Word template of a kind of report: to be edited in Word and given back.

    Raises
    ------
    MissingError
        There is no such kind.
    """
    if kind not in set(Kind):
        known = ", ".join(Kind)
        raise MissingError("ledger_report.kind_unknown", given=kind, known=known)
    return _own(Kind(kind), language)


def workbook_of(report: Report, language: Language) -> bytes:
    """Return a report as a workbook: what it says, then every table with all its rows."""

    def word(key: str) -> str:
        return say(f"ledger_report.{key}", language)

    words: list[tuple[str, str]] = [("", report.subtitle.text(language))]
    example = example_words(report, language)
    if example:
        words.append(("", example))
    for chapter in report.chapters:
        name = chapter.text(language)
        words += [(name, one.text(language)) for one in chapter.paragraphs]
    words += [(word("notes"), one.text(language)) for one in report.notes]
    words.append(("", footer_words(report, language)))
    sheets = [
        Sheet(word("sheet_report"), [word("sheet_chapter"), report.title.text(language)], words),
        *(
            Sheet(
                word(f"table_{table.key}"),
                [word(f"column_{one}") for one in COLUMNS[table.key]],
                [[_value(one, language) for one in row] for row in table.rows],
            )
            for table in report.tables()
        ),
    ]
    made = BytesIO()
    write_workbook(made, report.title.text(language), sheets)
    return made.getvalue()


def _value(cell: Cell, language: Language) -> object:
    plain = cell is None or isinstance(cell, int | float | Decimal | date)
    return cell if plain else said(cell, language)  # type: ignore[arg-type]


def _own(kind: Kind, language: Language) -> bytes:
    return (files(__package__) / "templates" / f"{kind.value}.{language}.docx").read_bytes()


def _given(given: Path | bytes) -> bytes:
    if isinstance(given, bytes):
        return given
    try:
        return given.read_bytes()
    except OSError as error:
        raise MissingError("ledger_report.no_template", given=str(given)) from error
