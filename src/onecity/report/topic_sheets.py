"""Topics as sheets of a workbook: figures, lists, border effects, assumptions, sources."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from onecity.core.words import Language, say
from onecity.strands.contract import Level
from onecity.strands.examination import Examination

from .borders import flat as flat_borders
from .names import names_of
from .ranked import flat_lists, indicators_of
from .workbooks import (
    Sheet,
    assumptions_sheet,
    flat_sheet,
    meanings_sheet,
    of_findings,
    sources_sheet,
)

if TYPE_CHECKING:
    from onecity.region.store import Region

_MEANINGS = 2
"""Sheets that `of_findings` ends with: meanings and sources, which stand once, last."""


def list_sheets(
    region: "Region", examinations: Sequence[Examination], language: Language
) -> list[Sheet]:
    """Return a sheet for each list of some topics."""
    return [
        Sheet(*parts, left=2) for one in examinations for parts in flat_lists(region, one, language)
    ]


def topic_sheets(
    region: "Region",
    examinations: Sequence[Examination],
    levels: Sequence[Level],
    language: Language,
) -> list[Sheet]:
    """Return the sheets of some topics: lists first, what figures mean and their sources last."""
    sheets = list_sheets(region, examinations, language)
    for one in examinations:
        sheets += of_findings(region, [one.findings], levels, language)[:-_MEANINGS]
    borders = [one for each in examinations for one in each.findings.borders]
    if borders:
        table = flat_borders(borders, names_of(region)[Level.CITY])
        sheets.append(flat_sheet(say("cli.sheet_borders", language), table))
    assumed = {one.key: one for each in examinations for one in each.assumptions}
    if assumed:
        sheets.append(assumptions_sheet(assumed.values(), language))
    known = [one for each in examinations for one in indicators_of(each).values()]
    return [*sheets, meanings_sheet(known, language), sources_sheet(region, language)]
