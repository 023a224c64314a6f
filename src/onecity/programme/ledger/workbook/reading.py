"""Read a workbook and hold it against the ledger: what is new, what was edited, what is wrong.

What was edited is told from what others changed meanwhile by the sums of fields that the file
carries: a change in the file is a value that differs from what was written there.
"""

import json
from collections.abc import Iterable
from functools import partial
from io import BytesIO

from onecity.core.severity import Severity
from onecity.core.words import Language
from onecity.core.workbook.container import Book as File
from onecity.core.workbook.container import Content, bounds
from onecity.core.workbook.findings import Collector, Finding
from onecity.core.workbook.marking import marked
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Intake, Problem

from .cells import Context
from .comparing import Base, Comparison
from .forms import BASE
from .rows import Names
from .sheets import read_sheets

MOST_BYTES = 300_000_000
"""Unpacked size of a workbook that is still read."""


def read(content: bytes, name: str, book: Book) -> Intake:
    """Read a workbook and hold it against the ledger; nothing is changed.

    Parameters
    ----------
    content, name
        The file, and what errors call it.
    book
        The ledger as it is.

    Raises
    ------
    InputError
        It is no ``.xlsx`` workbook, is locked, too large or damaged. Everything else is a problem
        of the result.
    """
    told = Collector()
    with File(Content(name, content).checked(MOST_BYTES)) as file:
        context = Context(
            book.register, Names.of(book.register), book.day, book.calendar, file.epoch
        )
        order = list(file.sheets)
        base = _base(file) if BASE in order else {}
        sheets = read_sheets(file, context, told)
    comparison = Comparison(book, base, told)
    if "items" in sheets:
        comparison.compare(sheets)
    problems = [_problem(one) for one in sorted(told.all(), key=partial(_place, order))]
    return Intake(
        new=tuple(comparison.new),
        edited=tuple(comparison.edited),
        unchanged=comparison.unchanged,
        problems=tuple(problems),
        revision=book.revision,
    )


def annotated(
    content: bytes, name: str, problems: Iterable[Problem], language: Language = "zh"
) -> bytes:
    """Return a copy of a workbook with every problem marked at its cell and listed in front."""
    findings = [
        Finding(one.severity, one.sheet, one.cell, one.column, one.given, one.message)
        for one in problems
    ]
    held = BytesIO()
    marked(Content(name, content), findings, name, language).save(held)
    return held.getvalue()


def _base(file: File) -> dict[str, Base]:
    """Return what the workbook was made from, by id; a row that was tampered with is left out."""
    found = {}
    for _, cells in file.rows(BASE, 2, None, 4):
        values = [cell.value for cell in cells]
        try:
            id_, version, number, sums = values
            whole = json.loads(sums)
            found[str(id_)] = Base(int(version), str(number), {str(k): v for k, v in whole.items()})
        except (TypeError, ValueError, AttributeError):
            continue
    return found


def _problem(one: Finding) -> Problem:
    row = bounds(one.cell)[1] if one.cell else None
    return Problem(one.sheet, one.cell, row, one.column, one.sentence, one.severity, one.given)


def _place(order: list[str], finding: Finding) -> tuple[int, int, int]:
    """Return what findings are sorted by: sheet, row, column; the whole before its parts."""
    sheet = order.index(finding.sheet) + 1 if finding.sheet in order else 0
    column, row, _, _ = bounds(finding.cell) if finding.cell else (0, 0, 0, 0)
    return sheet, row, column


__all__ = ["Severity", "annotated", "read"]
