"""``onecity dossier``: one printable page on one border or one link."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError, MissingError

from .files import write_text
from .frame import Command, Number, shared
from .info import identity
from .measuring import measured, strands_named
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region

_ENDINGS = (".html", ".htm")


@click.command("dossier", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--border", nargs=2, metavar="CITY CITY")
@click.option("--link", type=Number(1, 1000), metavar="RANK")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE.html")
@shared
@click.pass_obj
def dossier(
    terminal: Terminal,
    region: Path,
    border: tuple[str, str] | None,
    link: float | None,
    out: Path,
) -> None:
    """Write the page on a border or on a link."""
    if (border is None) == (link is None):
        raise InputError("cli.border_or_link")
    if out.suffix.lower() not in _ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_ENDINGS))
    from onecity.region.store import Region

    opened = Region.open(region)
    page = _on_border(terminal, opened, border) if border else _on_link(terminal, opened, link)
    write_text(out, page)
    if terminal.json:
        terminal.emit({"command": "dossier", "file": str(out), "region": identity(opened)})
    terminal.tell("cli.written", path=out)


def _on_border(terminal: Terminal, region: "Region", names: tuple[str, str]) -> str:
    from onecity.report.dossier import border_dossier

    from .where import find_spot

    codes = []
    for name in names:
        spot = find_spot(region, name)
        if spot.kind != "city":
            raise InputError("cli.no_city", given=name)
        codes.append(spot.code)
    chosen = strands_named(("transport",))
    findings = measured(terminal, region, chosen)["transport"]
    layers = chosen["transport"].layers(region, findings)
    return border_dossier(region, findings, layers, (codes[0], codes[1]))


def _on_link(terminal: Terminal, region: "Region", rank: float | None) -> str:
    from onecity.report.dossier import proposal_dossier

    from .links import proposed

    found = proposed(terminal, region)
    one = next((each for each in found if each.rank == rank), None)
    if one is None:
        raise MissingError("cli.no_such_link", given=f"{rank:g}", count=len(found))
    return proposal_dossier(region, one)
