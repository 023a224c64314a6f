"""``onecity demo``: the Wuhan city circle from the recipe that ships, in one command."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.code import code_hash
from onecity.region.shipped import shipped_recipe

from .frame import Command, shared
from .info import identity
from .ledger_files import opened
from .report import write_report
from .serve import serve_command
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region

_HEAD = 4096
_FLOORS = ("cli", "core", "index", "models", "network", "region", "report", "strands")


@click.command("demo", cls=Command)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out/wuhan"),
    show_default=True,
    metavar="FOLDER",
)
@shared
@click.pass_obj
def demo(terminal: Terminal, out: Path) -> None:
    """Build the region that ships, measure it, write its report and fill the example ledger."""
    from onecity.region.build import build

    with terminal.progress() as progress:
        region = build(shipped_recipe(), out, progress=progress)
    page = out.parent / f"{out.name}-report.html"
    stamp = _stamp(region)
    fresh = _is_stamped(page, stamp)
    if not fresh:
        write_report(terminal, region, page, stamp=stamp)
    work = _fill_ledger(out)
    if terminal.json:
        answer = {"command": "demo", "folder": str(out), "file": str(page), "work": str(work)}
        terminal.emit({**answer, "unchanged": fresh, "region": identity(region)})
        return
    key = "cli.demo_unchanged" if fresh else "cli.demo_done"
    terminal.answer(terminal.say(key, folder=out.absolute(), page=page.absolute()))
    terminal.tell("cli_ledger.demo_filled", folder=work)
    terminal.tell("cli.demo_serve", command=serve_command(out))


def _fill_ledger(out: Path) -> Path:
    """Fill the example ledger where the service of this region looks for one; return the folder.

    A ledger that holds anything is left as it is.
    """
    from onecity.identity import FILE, Actor
    from onecity.programme.ledger.example import fill
    from onecity.web.settings import Settings

    work = Settings.for_region(out).work
    with opened(str(work / FILE), create=True) as ledger:
        if not ledger.book().items and not len(ledger.register):
            fill(ledger, Actor.console())
    return work


def _stamp(region: "Region") -> str:
    """Return a name for the page that this program would write of this region.

    It covers the program's own files, so that a page of another version is made again.
    """
    return sha256(f"{region.hash} {code_hash(*_FLOORS)}".encode()).hexdigest()


def _is_stamped(page: Path, stamp: str) -> bool:
    try:
        with page.open(encoding="utf-8") as handle:
            return stamp in handle.read(_HEAD)
    except (OSError, UnicodeDecodeError):
        return False
