"""``onecity report``: one page to read, print and send."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError

from .files import write_text, write_whole
from .frame import Command, shared
from .info import identity
from .integrated import integrated
from .measuring import all_proposed, measured, strands_named
from .terminal import Terminal
from .topics import all_examined

if TYPE_CHECKING:
    from onecity.region.store import Region

_PAGES = (".html", ".htm")
_ENDINGS = (*_PAGES, ".docx")


@click.command("report", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE")
@shared
@click.pass_obj
def report(terminal: Terminal, region: Path, out: Path) -> None:
    """Write the report of a region."""
    if out.suffix.lower() not in _ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_ENDINGS))
    from onecity.region.store import Region

    opened = Region.open(region)
    write_report(terminal, opened, out)
    if terminal.json:
        terminal.emit({"command": "report", "file": str(out), "region": identity(opened)})
    terminal.tell("cli.written", path=out)


def write_report(terminal: Terminal, region: "Region", out: Path, *, stamp: str = "") -> None:
    """Measure a region and write its report, whole or not at all.

    `stamp` is written into the page's head, so that the page can be known again.
    """
    from onecity.region.check import check
    from onecity.report import render

    chosen = strands_named(())
    findings = measured(terminal, region, chosen)
    proposals = all_proposed(terminal, region, chosen)
    examinations = all_examined(terminal, region, chosen)
    _, index = integrated(terminal, region, findings, examinations=examinations)
    with terminal.progress() as progress:
        progress.stage("cli.stage_report")
        layers = {key: one.layers(region, findings[key]) for key, one in chosen.items()}
        if out.suffix.lower() in _PAGES:
            page = render(
                region,
                findings,
                layers,
                check(region),
                proposals=proposals,
                examinations=examinations,
                index=index,
                stamp=stamp,
            )
            write_text(out, page)
            return
        from onecity.report.document import write_document

        language = terminal.language
        write_whole(
            out,
            lambda scratch: write_document(
                scratch,
                region,
                findings,
                layers,
                language,
                proposals=proposals,
                examinations=examinations,
                index=index,
            ),
        )
