"""``onecity league``: groups of cities measured alike, as one table and one chart."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError

from .frame import Command, shared
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.league.table import League

ENDINGS = (".csv", ".xlsx", ".json", ".html", ".svg", ".png")
WORK = Path("out/league")


@click.command("league", cls=Command)
@click.option("--groups", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--only", multiple=True, metavar="GROUP")
@click.option("--flows", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--work", type=click.Path(path_type=Path), default=WORK, metavar="FOLDER")
@shared
@click.pass_obj
def league(
    terminal: Terminal,
    groups: Path | None,
    only: tuple[str, ...],
    flows: Path | None,
    out: Path | None,
    work: Path,
) -> None:
    """Measure groups of cities alike and show or write them side by side."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.league.groups import chosen, read_groups
    from onecity.league.premium import read_city_flows
    from onecity.league.table import league as measured
    from onecity.report.league import answer

    # All that can be wrong with files is told before minutes are spent.
    wanted = chosen(read_groups(groups), only)
    between = None if flows is None else read_city_flows(flows)
    with terminal.progress() as progress:
        found = measured(wanted, work, flows=between, progress=progress)
    if out is not None:
        _write(out, found, terminal)
    if terminal.json:
        terminal.emit({"command": "league", **answer(found)})
    elif out is None:
        _show(terminal, found)
    if out is not None:
        terminal.tell("cli.written", path=out)
    terminal.tell("cli.league_kept", folder=work)


def _show(terminal: Terminal, found: "League") -> None:
    from onecity.report.league import heads, lines

    language = terminal.language
    terminal.table(terminal.say("league.title"), heads(found, language), lines(found, language))
    for remark in found.remarks:
        terminal.tell("cli.remark", remark=remark.text(language))
    for one in found.rows:
        for remark in one.remarks:
            words = f"{one.group.text(language)}: {remark.text(language)}"
            terminal.tell("cli.remark", remark=words)
    for number, source in enumerate(found.sources.values(), 1):
        terminal.tell("cli.source_line", number=number, title=source, grade=source.grade)


def _write(path: Path, found: "League", terminal: Terminal) -> None:
    from onecity.report.league import answer, chart, flat, page, sheets
    from onecity.report.picture import png_from
    from onecity.report.workbooks import write_workbook

    from .files import write_json, write_table, write_text, write_whole

    language = terminal.language
    match path.suffix.lower():
        case ".json":
            write_json(path, {"command": "league", **answer(found)})
        case ".csv":
            write_table(path, flat(found))
        case ".xlsx":
            title = terminal.say("league.title")
            several = sheets(found, language)
            write_whole(path, lambda draft: write_workbook(draft, title, several))
        case ".html":
            write_text(path, page(found))
        case ".svg":
            write_text(path, chart(found, language))
        case _:
            drawn = png_from(chart(found, language))
            write_whole(path, lambda draft: draft.write_bytes(drawn))
