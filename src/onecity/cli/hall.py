"""``onecity hall``: the shared services: check a catalogue, and analyse what it asks of people."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError, StoreError

from .exits import Exit
from .files import write_json, write_table, write_text, write_whole
from .frame import Command, Group, Number, OneOf, shared, without_command
from .hall_demo import demo
from .hall_hold import hold
from .hall_load import load
from .hall_mending import resume, revoke
from .hall_node import node
from .hall_process import process
from .hall_serve import serve
from .hall_trust import trust
from .hall_verify import rewrap, verify
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.catalogue import Catalogue
    from onecity.hall.catalogue.workbook import Intake
    from onecity.hall.exchange.opening import Spared
    from onecity.report.hall import Table

_OUT = (".html", ".xlsx", ".json")
_SHOWN = 12
_MOST = 100_000
_FIRST, _LAST = 1990, 2100


@click.group("hall", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def hall(ctx: click.Context) -> None:
    """Work with the catalogue of shared services."""
    without_command(ctx)


class Day(click.ParamType):  # type: ignore[type-arg]
    """A day, as 2025-12-31."""

    name = "day"

    def convert(self, value: Any, *_: Any) -> date:
        """Return the day."""
        try:
            day = value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError as error:
            raise InputError("cli_hall.no_day", given=value) from error
        if not _FIRST <= day.year <= _LAST:  # as years of cases are
            raise InputError("cli_hall.no_day", given=value)
        return day


@hall.command("template", cls=Command)
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--example", is_flag=True)
@shared
@click.pass_obj
def template(terminal: Terminal, out: Path, example: bool) -> None:  # noqa: FBT001
    """Write the workbook to be filled, empty or with the invented catalogue."""
    from onecity.hall.catalogue import Catalogue
    from onecity.hall.catalogue.example import example as invented
    from onecity.hall.catalogue.workbook import write_workbook

    if out.suffix.lower() != ".xlsx":
        raise InputError("cli.unknown_ending", path=out, known=".xlsx")
    if out.exists():
        raise StoreError("cli_hall.is_there", path=out)
    catalogue = invented() if example else Catalogue("")
    write_workbook(catalogue, out, language=terminal.language)
    if terminal.json:
        terminal.emit({"command": "hall template", "file": str(out), "example": example})
    terminal.tell("cli.written", path=out)


@hall.command("check", cls=Command)
@click.argument("catalogue", type=click.Path(path_type=Path), metavar="CATALOGUE.xlsx")
@click.option("--marked", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_context
def check(ctx: click.Context, catalogue: Path, marked: Path | None) -> None:
    """Check a catalogue, to the cell."""
    terminal: Terminal = ctx.obj
    intake = _read(catalogue)
    if marked is not None:
        _mark(catalogue, intake, marked, terminal)
    if terminal.json:
        terminal.emit(
            {
                "command": "hall check",
                "file": str(catalogue),
                "sound": not intake.faults,
                "findings": [
                    {
                        "severity": one.severity.value,
                        "sheet": one.sheet,
                        "cell": one.cell,
                        "given": one.given,
                        "key": one.sentence.key,
                        "zh": one.text("zh"),
                        "en": one.text("en"),
                    }
                    for one in intake.findings
                ],
            }
        )
    else:
        _tell(intake, terminal)
        if intake.catalogue is not None:
            terminal.answer(terminal.say("cli_hall.sound", **_sizes(intake.catalogue)))
    if marked is not None:
        terminal.tell("cli.written", path=marked)
    if intake.faults:
        ctx.exit(Exit.FAULTS)


@hall.command("export", cls=Command)
@click.argument("catalogue", type=click.Path(path_type=Path), metavar="CATALOGUE.xlsx")
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE.jsonld")
@shared
@click.pass_obj
def export(terminal: Terminal, catalogue: Path, out: Path) -> None:
    """Write a catalogue as linked data."""
    from onecity.hall.catalogue.cpsv import linked_data

    if out.suffix.lower() != ".jsonld":
        raise InputError("cli.unknown_ending", path=out, known=".jsonld")
    sound = _sound(catalogue, _read(catalogue), terminal)
    write_json(out, linked_data(sound))
    if terminal.json:
        terminal.emit({"command": "hall export", "file": str(out)})
    terminal.tell("cli.written", path=out)


@hall.command("crossings", cls=Command)
@click.argument("catalogue", type=click.Path(path_type=Path), metavar="CATALOGUE.xlsx")
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE.csv")
@shared
@click.pass_obj
def crossings(terminal: Terminal, catalogue: Path, out: Path) -> None:
    """Write cases between cities as flows that a region takes."""
    from pandas import DataFrame

    from onecity.hall.exchange.crossings import COLUMNS, crossings_of

    if out.suffix.lower() not in {".csv", ".parquet"}:
        raise InputError("cli.unknown_ending", path=out, known=".csv .parquet")
    found = crossings_of(_sound(catalogue, _read(catalogue), terminal))
    if not found:
        raise InputError("cli_hall.no_cases", path=catalogue)
    write_table(out, DataFrame([one.row() for one in found], columns=list(COLUMNS)))
    if terminal.json:
        terminal.emit({"command": "hall crossings", "file": str(out), "rows": len(found)})
    terminal.tell("cli.written", path=out)


@hall.command("analyse", cls=Command)
@click.argument("catalogue", type=click.Path(path_type=Path), metavar="CATALOGUE.xlsx")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--exchanges", type=Number(0, _MOST), default=10, metavar="COUNT")
@click.option("--weights", metavar="VISIT:DOCUMENT:DAY", default="1:1:1")
@click.option("--grain", type=OneOf(("document", "pair", "single")), default="document")
@click.option("--on", type=Day(), metavar="DAY")
@click.option("--seconds", type=Number(1, 86_400), default=60, metavar="SECONDS")
@shared
@click.pass_context
def analyse(
    ctx: click.Context,
    catalogue: Path,
    out: Path | None,
    exchanges: float,
    weights: str,
    grain: str,
    on: date | None,
    seconds: float,
) -> None:
    """Find what government asks for and holds, and which exchanges to open first."""
    from onecity.hall.exchange.analysis import analyse as analysed
    from onecity.hall.exchange.opening import Grain
    from onecity.report.hall import answer_of, figures_of, notes_of, tables_of

    terminal: Terminal = ctx.obj
    if out is not None:
        _can_be_written(out, catalogue)
    if exchanges != int(exchanges):
        raise InputError("cli_hall.not_whole", given=exchanges)
    sound = _sound(catalogue, _read(catalogue), terminal)
    found = analysed(
        sound,
        count=int(exchanges),
        weights=_weights(weights),
        grain=Grain(grain),
        on=on or _last_year(sound),
        seconds=seconds,
    )
    if out is not None:
        _write(out, found, terminal)
    if terminal.json:
        terminal.emit({"command": "hall analyse", "file": str(catalogue), **answer_of(found)})
        return
    if out is None:
        if sound.marked:
            terminal.answer(sound.marked)
        for title, figure in figures_of(found, terminal.language):
            terminal.answer(f"{title}: {figure}")
        for table in tables_of(found):
            _show(terminal, table)
        for note in notes_of(found, terminal.language):
            terminal.tell("cli.remark", remark=note)
    else:
        terminal.tell("cli.written", path=out)


def _read(catalogue: Path) -> "Intake":
    from onecity.hall.catalogue.workbook import read_workbook

    return read_workbook(catalogue)


def _sound(catalogue: Path, intake: "Intake", terminal: Terminal) -> "Catalogue":
    """Return a catalogue without faults; tell of those it has."""
    if intake.catalogue is None:
        _tell(intake, terminal)
        raise InputError("cli_hall.faulty", path=catalogue, count=len(intake.faults))
    return intake.catalogue


def _can_be_written(out: Path, catalogue: Path) -> None:
    if out.suffix.lower() not in _OUT:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_OUT))
    _apart(catalogue, out)


def _apart(catalogue: Path, out: Path) -> None:
    """Refuse to write over the catalogue that is read."""
    if out.absolute().resolve() == catalogue.absolute().resolve():
        raise InputError("cli_hall.same_file", path=catalogue)


def _mark(catalogue: Path, intake: "Intake", out: Path, terminal: Terminal) -> None:
    """Write a copy of a workbook with what was found in it."""
    from onecity.core.workbook.container import Content
    from onecity.core.workbook.marking import marked
    from onecity.core.workbook.styles import save_whole

    _apart(catalogue, out)
    content = Content.of(catalogue)
    save_whole(marked(content, intake.findings, intake.name, terminal.language), out)


def _tell(intake: "Intake", terminal: Terminal) -> None:
    if terminal.json:
        return
    for one in intake.findings:
        terminal.answer(one.text(terminal.language))


def _sizes(catalogue: "Catalogue") -> dict[str, int]:
    return {
        "items": len(catalogue.items),
        "documents": len(catalogue.documents),
        "departments": len(catalogue.departments),
        "events": len(catalogue.life_events),
    }


def _weights(given: str) -> "Spared":
    """Return the weights of a visit, a document and a day."""
    from onecity.hall.exchange.opening import Spared

    parts = given.replace("：", ":").split(":")
    try:
        visits, documents, days = map(float, parts)
    except ValueError as error:
        raise InputError("cli_hall.no_weights", given=given) from error
    if min(visits, documents, days) < 0 or not visits + documents + days < float("inf"):
        raise InputError("cli_hall.no_weights", given=given)
    return Spared(visits, documents, days)


def _last_year(catalogue: "Catalogue") -> date:
    """Return the first day of the last year with cases, or today where none are counted."""
    years = [one.year for one in catalogue.caseloads]
    return date(max(years), 1, 1) if years else datetime.now().astimezone().date()


def _show(terminal: Terminal, table: "Table") -> None:
    language = terminal.language
    rows = [table.shown(row, language) for row in table.rows[:_SHOWN]]
    figures = [isinstance(cell, int | float) for cell in table.rows[0]]
    left = figures.index(True) if True in figures else len(figures)
    terminal.table(table.title(language), table.heads(language), rows, left=max(1, left))
    if len(table.rows) > _SHOWN:
        terminal.tell("hall_report.more", count=len(table.rows) - _SHOWN)


def _write(out: Path, found: Any, terminal: Terminal) -> None:
    from onecity.report.hall import answer_of, page_of, write_analysis

    match out.suffix.lower():
        case ".html":
            write_text(out, page_of(found, terminal.language))
        case ".xlsx":
            write_whole(out, lambda draft: write_analysis(draft, found, terminal.language))
        case _:
            write_json(out, answer_of(found))


for one in (demo, node, trust, serve, process, verify, rewrap, hold, load, revoke):
    hall.add_command(one)
node.add_command(resume)
