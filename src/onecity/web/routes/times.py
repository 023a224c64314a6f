"""Figures between units: the table of times between the cities."""

from typing import Any, Literal

import pandas as pd
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES
from onecity.report.workbooks import Sheet
from onecity.strands import strands
from onecity.strands.contract import Level, Matrix
from onecity.web import answers
from onecity.web.asking import TheState
from onecity.web.figure_files import csv_in_both, sheets_beside
from onecity.web.found import codes_of
from onecity.web.indicators import Indicator, indicator_told, unit_told
from onecity.web.packed import Packed, packed
from onecity.web.problems import READING
from onecity.web.state import State
from onecity.web.words import Words, told, words

router = APIRouter(tags=["times"], responses=READING)

AnyLevel = Literal["zone", "county", "city", "group", "region"]
Kind = Literal["json", "csv", "xlsx"]


class Square(BaseModel):
    """矩阵: a figure between all units, from the row's to the column's."""

    indicator: Indicator
    values: list[list[float | None]]


class Times(BaseModel):
    """两两之间: figures between units, in the order of `codes` both ways."""

    level: AnyLevel
    state: str | None
    codes: list[str]
    names: list[Words]
    matrices: list[Square]


@router.get(
    "/times",
    summary="Times between cities 市际时间",
    response_model=Times,
    responses=answers.documented("csv", "xlsx"),
)
def times(
    state: TheState,
    request: Request,
    level: AnyLevel = "city",
    format: Kind = "json",  # noqa: A002
) -> Response:
    """Return every figure between units of a level: times, detours, speeds."""

    def made() -> Packed:
        several = _matrices(state, Level(level))
        if format == "json":
            return packed(bytes(answers.Json(_told(state, Level(level), several)).body), "json")
        title = told("web_data.between", level=Level(level))["zh"]
        name = " ".join(filter(None, (state.region.manifest.text("zh"), title, state.key)))
        make = _csv if format == "csv" else _workbook
        return packed(make(state, Level(level), several, name), format, name)

    return state.once(("times", level, format), made).answer(request)


def _matrices(state: State, level: Level) -> list[Matrix]:
    """Return the matrices of a level, of every strand.

    Raises
    ------
    MissingError
        If no strand gives any.
    """
    several = [one for key in strands() for one in state.findings(key).matrices]
    found = [one for one in several if one.level is level]
    if not found:
        known = ", ".join(dict.fromkeys(one.level.value for one in several))
        raise MissingError("web_data.no_matrix", level=level, known=known)
    return found


def _values(state: State, level: Level, one: Matrix) -> pd.DataFrame:
    codes = codes_of(state, level)
    return one.values.reindex(index=codes, columns=codes)


def _told(state: State, level: Level, several: list[Matrix]) -> dict[str, Any]:
    codes, names = codes_of(state, level), state.names[level]
    return {
        "level": level.value,
        "state": state.key,
        "codes": [str(code) for code in codes],
        "names": [words(names[code]) for code in codes],
        "matrices": [
            {
                "indicator": indicator_told(one.indicator),
                "values": _values(state, level, one).to_numpy(),
            }
            for one in several
        ],
    }


def _csv(state: State, level: Level, several: list[Matrix], _: str) -> bytes:
    """Return a row for each pair of units, a column for each figure."""
    codes, names = codes_of(state, level), state.names[level]
    pairs = [(start, end) for start in codes for end in codes]
    starts, ends = ([names[pair[place]] for pair in pairs] for place in (0, 1))
    columns: dict[str, Any] = {
        "from_code": [start for start, _ in pairs],
        "from_name_zh": [one.zh for one in starts],
        "from_name_en": [one.en for one in starts],
        "to_code": [end for _, end in pairs],
        "to_name_zh": [one.zh for one in ends],
        "to_name_en": [one.en for one in ends],
    }
    heads = {name: told(f"web_data.{name}") for name in columns}
    for one in several:
        unit = unit_told(one.indicator.unit)
        columns[one.indicator.key] = _values(state, level, one).to_numpy().ravel()
        heads[one.indicator.key] = told(
            "web_data.of_unit",
            title=one.indicator,
            unit={language: unit[language] for language in LANGUAGES},
        )
    return csv_in_both(pd.DataFrame(columns), heads)


def _workbook(state: State, level: Level, several: list[Matrix], name: str) -> bytes:
    """Return a sheet for each figure, then what they mean and where they come from."""
    codes, names = codes_of(state, level), state.names[level]
    titles = ["\n".join(dict.fromkeys(words(names[code]).values())) for code in codes]
    sheets = []
    for one in several:
        unit = unit_told(one.indicator.unit)
        corner = "\n".join(
            f"{one.indicator.text(language)} · {unit[language]}" for language in LANGUAGES
        )
        rows = [
            (names[code].text("zh"), names[code].text("en"), *row)
            for code, row in zip(codes, _values(state, level, one).to_numpy(), strict=True)
        ]
        sheets.append(Sheet(one.indicator.text("zh"), [corner, "", *titles], rows, left=2))
    beside = sheets_beside(state, [one.indicator for one in several])
    return answers.workbook(name, [*sheets, *beside])
