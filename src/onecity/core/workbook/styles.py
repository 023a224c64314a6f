"""How our workbooks look: faces, colours, rules and pages, as official forms have them."""

import os
from collections.abc import Iterable
from math import ceil
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, PatternFill, Protection, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from onecity.core.files import replacing
from onecity.core.words import Language, say

BODY, HEADING = "宋体", "黑体"
INK, GREY = "1F3864", "595959"
HAIR = Side(style="thin", color="A6A6A6")
RULES = Border(left=HAIR, right=HAIR, top=HAIR, bottom=HAIR)
NEEDED = PatternFill("solid", fgColor="FCE4D6")
OPTIONAL = PatternFill("solid", fgColor="DDEBF7")
QUIET = PatternFill("solid", fgColor="F2F2F2")
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
TOP = Alignment(vertical="top", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
RIGHT = Alignment(horizontal="right", vertical="center", indent=1)
OPEN = Protection(locked=False)
_LINE_POINTS = 13.5
"""Height of a line of 10 points."""


def save_whole(book: Workbook, path: str | os.PathLike[str]) -> Path:
    """Save a workbook beside `path` and rename it into place.

    Raises
    ------
    StoreError
        If it cannot be written; what stood at `path` is still there then.
    """
    target = Path(path).absolute()
    with replacing(target) as draft:
        target.parent.mkdir(parents=True, exist_ok=True)
        book.save(draft)
    return target


def width_of(text: str) -> int:
    """Return how many columns of letters a text takes; a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _lines(text: str, width: float) -> int:
    return sum(max(1, ceil(width_of(line) / max(width - 1, 1))) for line in text.split("\n"))


def row_height(
    texts: Iterable[tuple[str, float]], least: float = 18.0, line: float = _LINE_POINTS
) -> float:
    """Return the height in points of a row whose texts wrap at these widths."""
    return max(least, max(_lines(*one) for one in texts) * line + 4)


def protect(sheet: Worksheet) -> None:
    """Protect locked cells without a password; everything else stays possible."""
    guard = sheet.protection
    guard.sheet = True
    for name in (
        "formatCells",
        "formatColumns",
        "formatRows",
        "insertRows",
        "deleteRows",
        "sort",
        "autoFilter",
    ):
        setattr(guard, name, False)  # False: not forbidden


def page(sheet: Worksheet, name: str, language: Language) -> None:
    """Set up printing: A4 across, as wide as the paper, page numbers below."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.5, 0.7
    margins.header = margins.footer = 0.3  # inches; the footer stands within the margin
    sheet.print_options.horizontalCentered = True
    foot: Any = sheet.oddFooter
    foot.center.text = say("workbook.footer", language, sheet=name)
    sheet.sheet_view.showGridLines = False
