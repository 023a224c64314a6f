"""``onecity compare``: what scenarios would change, and who would gain and lose."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError, MissingError

from .frame import Command, Number, shared
from .info import identity, indicator_told, spoken_twice
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onecity.programme.comparison import Comparison
    from onecity.programme.scenario import Applied, Scenario
    from onecity.region.store import Region

ENDINGS = (".csv", ".xlsx", ".json", ".parquet")


@click.command("compare", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.argument(
    "scenarios",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="SCENARIO.json...",
)
@click.option("--quick", is_flag=True)
@click.option("--minutes", type=Number(0, 600), metavar="MINUTES")
@click.option("--people", type=Number(0, 1e9), metavar="PEOPLE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def compare(
    terminal: Terminal,
    region: Path,
    scenarios: tuple[Path, ...],
    *,
    quick: bool,
    minutes: float | None,
    people: float | None,
    out: Path | None,
) -> None:
    """Compare scenarios with the region as it is."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.programme.balance import THRESHOLDS
    from onecity.programme.baseline import Baseline, compare_many
    from onecity.region.store import Region

    opened = Region.open(region)
    asked = [read_scenario(one) for one in scenarios]
    given = {"minutes": minutes, "people": people}
    thresholds = {**THRESHOLDS, **{k: value for k, value in given.items() if value is not None}}
    with terminal.progress() as progress:
        found = compare_many(
            Baseline(opened), asked, quick=quick, thresholds=thresholds, progress=progress
        )
    if out is not None:
        _write(terminal, out, opened, found)
    if terminal.json:
        terminal.emit(answer(opened, found))
    elif out is None:
        _show(terminal, opened, found)
    if out is not None:
        terminal.tell("cli.written", path=out)


def read_scenario(path: Path) -> "Scenario":
    """Return the scenario of a file.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is no scenario, with the place of what is wrong.
    """
    from onecity.programme.scenario import MAX_BYTES, Scenario

    if not path.is_file():
        raise MissingError("cli.no_scenario_file", path=path)
    with path.open("rb") as handle:
        raw = handle.read(MAX_BYTES + 1)
    return Scenario.from_json(raw, str(path))


def with_scenario(region: "Region", path: Path | None) -> "Applied":
    """Return a region with the scenario of a file done, or as it is if there is none."""
    from onecity.programme.scenario import Applied

    return Applied(region, (), ()) if path is None else read_scenario(path).applied(region)


def answer(region: "Region", found: "Sequence[Comparison]") -> dict[str, Any]:
    """Return comparisons with what they rest on, for machines."""
    from onecity.programme.tables import side_by_side

    from .compared import measures_of

    table = side_by_side(found)
    records: list[dict[str, Any]] = (
        table.astype(object).where(table.notna(), None).to_dict("records")  # type: ignore[assignment]
    )
    for record in records:
        record["sources"] = record["sources"].split(";") if record["sources"] else []
    return {
        "command": "compare",
        "region": identity(region),
        "scenarios": [
            {
                "key": one.key,
                "title": one.title,
                "hash": one.hash,
                "quick": one.quick,
                "interventions": [dict(done.as_record()) for done in one.interventions],
                "remarks": [spoken_twice(remark) for remark in one.remarks],
            }
            for one in found
        ],
        "indicators": {key: indicator_told(one) for key, one in measures_of(found).items()},
        "figures": [_without_nothing(record) for record in records],
        "remarks": {
            key: [spoken_twice(remark) for remark in each.remarks]
            for key, each in found[0].differences.items()
        },
    }


def _without_nothing(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the columns that it does not tell; what it tells may be null."""
    told = {"before", "after", "change"}
    return {key: value for key, value in record.items() if value is not None or key in told}


def _show(terminal: Terminal, region: "Region", found: "Sequence[Comparison]") -> None:
    from .compared import show_one, show_remarks, show_several

    if len(found) == 1:
        show_one(terminal, region, found[0])
    else:
        show_several(terminal, region, found)
    show_remarks(terminal, region, found)


def _write(terminal: Terminal, path: Path, region: "Region", found: "Sequence[Comparison]") -> None:
    from onecity.programme.tables import side_by_side
    from onecity.strands.contract import Level

    from .files import write_json, write_table, write_whole

    levels = (Level.REGION, Level.GROUP, Level.CITY, Level.COUNTY)
    match path.suffix.lower():
        case ".json":
            write_json(path, answer(region, found))
        case ".xlsx":
            from onecity.report.workbooks import write_workbook

            from .compared import sheets_of

            sheets = sheets_of(terminal, region, found)
            title = terminal.say("cli.sheet_compare")
            write_whole(path, lambda scratch: write_workbook(scratch, title, sheets))
        case _:
            write_table(path, side_by_side(found, levels))
