"""Reports made from the ledger: of each city, of all together, for a meeting, on one page.

`reports` and `pack` make a report as pure data (`data.Report`): every sentence is filled with
facts (`facts`), none is written by hand. `output.written` sets it as a page, a Word document or a
workbook, `output.template` gives the Word template for an office to make its own.
"""

from .data import Kind, Report
from .filled import check_template
from .output import FORMATS, template, written
from .pack import latest, meeting_pack
from .period import needed_from
from .reports import circle_summary, city_report, one_page

__all__ = [
    "FORMATS",
    "Kind",
    "Report",
    "check_template",
    "circle_summary",
    "city_report",
    "latest",
    "meeting_pack",
    "needed_from",
    "one_page",
    "template",
    "written",
]
