"""``onecity dossier``: one printable page on a border, a link, a county, a city or a group."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError, MissingError

from .files import write_text, write_whole
from .frame import Command, Number, shared
from .info import identity
from .measuring import measured, strands_named
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.report.dossier import Dossier

_ENDINGS = (".html", ".htm", ".docx")
_UNITS = ("county", "city", "group")


@click.command("dossier", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--border", nargs=2, metavar="CITY CITY")
@click.option("--link", type=Number(1, 1000), metavar="RANK")
@click.option("--county", metavar="NAME")
@click.option("--city", metavar="NAME")
@click.option("--group", metavar="NAME")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE.html")
@shared
@click.pass_obj
def dossier(
    terminal: Terminal,
    region: Path,
    border: tuple[str, str] | None,
    link: float | None,
    county: str | None,
    city: str | None,
    group: str | None,
    out: Path,
) -> None:
    """Write the page on one thing, as a page to print or a Word document."""
    named = dict(zip(_UNITS, (county, city, group), strict=True))
    wanted = [one for one in (border, link, *named.values()) if one is not None]
    if len(wanted) != 1:
        raise InputError("cli.one_dossier")
    if out.suffix.lower() not in _ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_ENDINGS))
    from onecity.region.store import Region

    opened = Region.open(region)
    if border:
        made = _on_border(terminal, opened, border)
    elif link:
        made = _on_link(terminal, opened, link)
    else:
        level, name = next((key, name) for key, name in named.items() if name is not None)
        made = _on_unit(terminal, opened, level, name)
    _write(terminal, opened, made, out)
    if terminal.json:
        terminal.emit({"command": "dossier", "file": str(out), "region": identity(opened)})
    terminal.tell("cli.written", path=out)


def _write(terminal: Terminal, region: "Region", made: "Dossier", out: Path) -> None:
    if out.suffix.lower() == ".docx":
        from onecity.report.dossier_document import write_dossier

        def write(path: Path) -> None:
            write_dossier(path, region, made, terminal.language)

        write_whole(out, write)
        return
    from onecity.report.dossier import page_of

    write_text(out, page_of(region, made))


def _on_border(terminal: Terminal, region: "Region", names: tuple[str, str]) -> "Dossier":
    from onecity.report.dossiers import border_dossier

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


def _on_link(terminal: Terminal, region: "Region", rank: float | None) -> "Dossier":
    from onecity.report.dossiers import proposal_dossier

    from .links import proposed

    found = proposed(terminal, region)
    one = next((each for each in found if each.rank == rank), None)
    if one is None:
        raise MissingError("cli.no_such_link", given=f"{rank:g}", count=len(found))
    return proposal_dossier(region, one)


def _on_unit(terminal: Terminal, region: "Region", level: str, name: str) -> "Dossier":
    from onecity.report.names import names_of
    from onecity.report.unit_dossier import unit_dossier
    from onecity.strands.contract import Level

    from .links import proposed

    at = Level(level)
    known = names_of(region)[at].values()
    code = next((one.code for one in known if name in {one.code, one.zh, one.en}), name)
    if code == name:  # a part of a name will do where it is of one unit alone
        several = [one.code for one in known if name in one.zh]
        code = several[0] if len(several) == 1 else name
    found = measured(terminal, region, strands_named(()))
    return unit_dossier(region, found.values(), at, code, proposed(terminal, region))
