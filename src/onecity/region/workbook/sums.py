"""Parts against their total."""

from onecity.core.severity import Severity
from onecity.core.workbook.findings import Collector, shown_value

from .intake import Grid

ROUNDING = 0.001
"""Share of a total by which its parts may differ from it without a word."""
MISTAKE = 0.05
"""Share of a total by which people may not differ: a figure or its unit is wrong."""


def tell_sum(
    told: Collector,
    grid: Grid,
    row: int,
    name: str,
    *,
    total: float,
    parts: float,
    whole: bool,
    mistake: float = float("inf"),
) -> None:
    """Tell where parts do not add up to a total, or some of them already exceed it.

    Parameters
    ----------
    row, name
        The cell of the total.
    whole
        Whether all parts are known; a few may well be less than the total.
    mistake
        Share of the total from which a difference is a fault.
    """
    off = parts - total
    if not whole and off <= 0:
        return
    if abs(off) <= ROUNDING * abs(total):
        return
    severity = Severity.FAULT if abs(off) > mistake * abs(total) else Severity.WARNING
    told.at(
        grid,
        severity,
        "workbook.sum_differs" if whole else "workbook.part_exceeds",
        row,
        name,
        given=shown_value(total),
        parts=shown_value(round(parts, 6)),
    )
