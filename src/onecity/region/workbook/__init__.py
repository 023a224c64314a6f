"""Data from people who do not program: one Excel workbook, checked to the cell, and merged.

`template` writes the empty workbook, `read_workbook` reads a filled one and finds everything
that is wrong with it, `annotated` marks that in a copy, `merge` puts it into a region.
"""

from onecity.core.workbook.findings import Finding

from .intake import Intake
from .marking import annotated
from .merging import merge
from .reading import MAX_ROWS, read_workbook
from .sheets import FORMS, guide
from .template import template

__all__ = [
    "FORMS",
    "MAX_ROWS",
    "Finding",
    "Intake",
    "annotated",
    "guide",
    "merge",
    "read_workbook",
    "template",
]
