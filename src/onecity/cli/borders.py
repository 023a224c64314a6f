"""``onecity borders``: what city borders cost, for the circle, each border and each city."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .frame import Command, shared
from .info import identity, indicator_told
from .measuring import measured, strands_named
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onecity.region.store import Region
    from onecity.strands.contract import BorderFinding

ENDINGS = (".csv", ".xlsx", ".gpkg", ".geojson", ".json", ".parquet")
_COLUMNS = ("border", "effect", "interval", "variants", "placebo", "placebo_range", "verdict")


@click.command("borders", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--strand", "strand", multiple=True, metavar="STRAND")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def borders(terminal: Terminal, region: Path, strand: tuple[str, ...], out: Path | None) -> None:
    """Show or write border effects, worst first."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.region.store import Region

    opened = Region.open(region)
    findings = measured(terminal, opened, strands_named(strand))
    found = [one for each in findings.values() for one in each.borders]
    if out is not None:
        _write(out, opened, found, terminal)
    if terminal.json:
        terminal.emit(answer(opened, found))
    elif out is None:
        _show(terminal, opened, found)
    if out is not None:
        terminal.tell("cli.written", path=out)


def answer(region: "Region", found: "Sequence[BorderFinding]") -> dict[str, Any]:
    """Return border effects with all that belongs to them, for machines."""
    from onecity.report.borders import flat
    from onecity.report.names import names_of
    from onecity.strands.contract import Level

    table = flat(found, names_of(region)[Level.CITY])
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    measures = {one.indicator.key: one.indicator for one in found}
    for record in records:
        record["sources"] = record["sources"].split(";")
    return {
        "command": "borders",
        "region": identity(region),
        "indicators": {key: indicator_told(one) for key, one in measures.items()},
        "borders": records,
    }


def _show(terminal: Terminal, region: "Region", found: "Sequence[BorderFinding]") -> None:
    from .tables import numbered, show_sources

    if not found:
        terminal.answer(terminal.say("cli.no_borders"))
        return
    numbers = numbered(region)
    show_borders(terminal, region, found, numbers)
    remarks = [remark for one in found for remark in (*one.remarks, *one.indicator.remarks)]
    for words in dict.fromkeys(remark.text(terminal.language) for remark in remarks):
        terminal.tell("cli.remark", remark=words)
    show_sources(terminal, region, (key for one in found for key in one.indicator.sources), numbers)


def show_borders(
    terminal: Terminal,
    region: "Region",
    found: "Sequence[BorderFinding]",
    numbers: "Mapping[str, int]",
) -> None:
    """Show border effects as tables, one for each kind, worst first."""
    from onecity.report.borders import name_of, ordered, signed, spread
    from onecity.report.names import names_of
    from onecity.strands.contract import Level

    from .tables import cited

    language, cities = terminal.language, names_of(region)[Level.CITY]
    measures = {one.indicator.key: one.indicator for one in found}
    for key, measure in measures.items():
        own = [one for one in found if one.indicator.key == key]
        rows = []
        for one in (each for scope in ("region", "border", "city") for each in ordered(own, scope)):
            chance, decimals = one.chance, measure.decimals
            rows.append(
                (
                    name_of(one, cities, language),
                    signed(one.percent, decimals),
                    spread(one.interval, decimals),
                    spread(one.variants, decimals),
                    f"{chance.p:.1%}" if chance else "—",
                    "–".join(f"{end:.1%}" for end in chance.p_range) if chance else "—",
                    one.verdict.text(language),
                )
            )
        trust = f"{measure.nature.text(language)} {measure.grade.value}"
        terminal.table(
            terminal.say(
                "cli.borders_title",
                title=measure,
                trust=trust,
                cited=cited(measure.sources, numbers),
            ),
            [terminal.say(f"cli.column_{name}") for name in _COLUMNS],
            rows,
        )


def _write(
    path: Path, region: "Region", found: "Sequence[BorderFinding]", terminal: Terminal
) -> None:
    from onecity.report.borders import flat
    from onecity.report.names import names_of
    from onecity.report.workbooks import flat_sheet, sources_sheet, write_workbook
    from onecity.strands.border_lines import border_lines
    from onecity.strands.contract import Level

    from .files import write_json, write_shapes, write_table, write_whole

    if not found:
        raise InputError("cli.no_borders")
    table = flat(found, names_of(region)[Level.CITY])
    match path.suffix.lower():
        case ".json":
            write_json(path, answer(region, found))
        case ".csv" | ".parquet":
            write_table(path, table)
        case ".xlsx":
            title = terminal.say("cli.sheet_borders")
            sheets = [flat_sheet(title, table), sources_sheet(region, terminal.language)]
            write_whole(path, lambda scratch: write_workbook(scratch, title, sheets))
        case _:
            lines = border_lines(region)
            shapes = lines.merge(table, on=["city_a", "city_b"], how="right").set_geometry(
                "geometry", crs=lines.crs
            )
            write_shapes(path, shapes, "borders")
