"""Files of all figures of a level."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from onecity.web import answers
from onecity.web.asking import TheDesk, TheState
from onecity.web.figure_files import file_of
from onecity.web.figure_tables import figure_table
from onecity.web.packed import Packed, packed
from onecity.web.problems import READING

router = APIRouter(tags=["exports"], responses=READING)

Exported = Literal["zone", "county", "city", "group", "region", "border"]
Kind = Literal["csv", "geojson", "parquet", "arrow", "xlsx"]


@router.get(
    "/exports/{level}",
    summary="All figures of a level as a file 指标导出",
    responses=answers.documented("csv", "geojson", "parquet", "arrow", "xlsx"),
    response_class=Response,
)
def export(
    level: Exported,
    state: TheState,
    desk: TheDesk,
    request: Request,
    format: Kind = "csv",  # noqa: A002
) -> Response:
    """Return every figure of every unit of a level, with its range where it has one.

    Heads stand in both languages: two lines in CSV, two in a cell in Excel. What the figures
    mean, how far they can be trusted and where they come from stands on sheets of their own
    (Excel), in the member ``onecity`` (GeoJSON) or in the metadata ``onecity`` (Parquet, Arrow).
    """

    def made() -> Packed:
        with desk.computing():
            table = figure_table(state, level)
            name = " ".join(filter(None, (table.title["zh"], state.key)))
            return packed(file_of(table, format), format, name)

    return state.once(("exports", level, format), made).answer(request)
