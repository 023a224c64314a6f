"""``onecity measure``: the figures of every strand."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .compare import with_scenario
from .frame import Command, OneOf, shared
from .info import identity, indicator_told, spoken_twice
from .integrated import index_told, integrated, moments_of, weights_of
from .measuring import measured, region_at, strands_named
from .terminal import Terminal
from .topics import show_examination, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from onecity.index import Integration, Moment
    from onecity.region.store import Region
    from onecity.strands.contract import Findings, Level
    from onecity.strands.examination import Examination

LEVELS = ("region", "group", "city", "county", "zone")
"""Levels as they are named on the command line, widest first."""

SHOWN = ("region", "group", "city")
WRITTEN = (*SHOWN, "county")
ENDINGS = (".csv", ".xlsx", ".json", ".geojson", ".parquet", ".gpkg")


@click.command("measure", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--strand", "strand", multiple=True, metavar="STRAND")
@click.option("--scenario", type=click.Path(path_type=Path), metavar="SCENARIO.json")
@click.option("--level", "level", multiple=True, type=OneOf(LEVELS), metavar="LEVEL")
@click.option("--weights", metavar="STRAND=N,...")
@click.option("--history", "history", multiple=True, metavar="[NAME=]FOLDER")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def measure(
    terminal: Terminal,
    region: Path,
    strand: tuple[str, ...],
    scenario: Path | None,
    level: tuple[str, ...],
    weights: str | None,
    history: tuple[str, ...],
    out: Path | None,
) -> None:
    """Measure a region and show, or write, its index and its figures."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.strands.contract import Level

    weighed = weights_of(weights)
    done = with_scenario(region_at(terminal, region), scenario)
    opened = done.region
    for remark in done.remarks:
        terminal.tell("cli.remark", remark=remark)
    chosen = strands_named(strand)
    findings = measured(terminal, opened, chosen)
    levels = [Level(one) for one in LEVELS if one in (level or SHOWN)]
    whole = Whole()
    # The index speaks of the whole region: who asks for other levels alone is spared it.
    if Level.REGION in levels or weighed or history:
        earlier = moments_of(terminal, history, region, chosen, weighed)
        whole = Whole(
            *integrated(terminal, opened, findings, weights=weighed, earlier=earlier), earlier
        )
    if out is not None:
        wanted = [Level(one) for one in LEVELS if one in (level or WRITTEN)]
        _write(terminal, out, opened, findings, wanted, whole)
    if terminal.json:
        terminal.emit(answer(opened, findings, levels, whole))
    elif out is None:
        if whole.shown is not None:
            show_examination(terminal, opened, whole.shown, levels=levels)
        for one in findings.values():
            _show(terminal, opened, one, levels)
    if out is not None:
        terminal.tell("cli.written", path=out)


@dataclass(frozen=True, slots=True)
class Whole:
    """The index, the same as a topic, and what it was before; none where it was not asked for."""

    index: "Integration | None" = None
    shown: "Examination | None" = None
    earlier: "Sequence[Moment]" = ()

    def beside(self, findings: "dict[str, Findings]") -> "list[Findings]":
        """Return what is measured, figures of the index first."""
        return [*([self.shown.findings] if self.shown else []), *findings.values()]


def answer(
    region: "Region",
    findings: "dict[str, Findings]",
    levels: "Sequence[Level]",
    whole: Whole,
) -> dict[str, Any]:
    """Return figures, what they are and where they come from, for machines."""
    several = whole.beside(findings)
    return {
        "command": "measure",
        "region": identity(region),
        "indicators": {
            key: indicator_told(one)
            for found in several
            for key, one in [
                *found.indicators.items(),
                *((matrix.indicator.key, matrix.indicator) for matrix in found.matrices),
            ]
        },
        "figures": figure_records(region, several, levels),
        "index": None if whole.index is None else index_told(whole.index, whole.earlier),
        "rankings": [] if whole.shown is None else told(region, whole.shown)["rankings"],
        "remarks": {
            found.strand: [spoken_twice(remark) for remark in found.remarks] for found in several
        },
    }


def figure_records(
    region: "Region", found: "Iterable[Findings]", levels: "Iterable[Level]"
) -> list[dict[str, Any]]:
    """Return every figure of some levels with what must travel with it, for machines."""
    from onecity.report.tidy import figures

    rows = figures(region, found, levels).drop(columns=["title_zh", "title_en"])
    rows["sources"] = [one.split(";") if one else [] for one in rows["sources"]]
    return [
        {str(name): value for name, value in record.items()}
        for record in rows.astype(object).to_dict("records")
    ]


def _write(
    terminal: Terminal,
    path: Path,
    region: "Region",
    findings: "dict[str, Findings]",
    levels: "list[Level]",
    whole: Whole,
) -> None:
    import json

    from onecity.report.tidy import feature_collection, figures, write_geopackage

    from .files import write_json, write_table, write_text, write_whole

    ending, several = path.suffix.lower(), whole.beside(findings)
    if ending == ".json":
        write_json(path, answer(region, findings, levels, whole))
    elif ending == ".gpkg":
        write_whole(path, lambda scratch: write_geopackage(scratch, region, several, levels))
    elif ending == ".xlsx":
        from onecity.report.topic_sheets import list_sheets
        from onecity.report.workbooks import of_findings, write_workbook

        sheets = of_findings(region, several, levels, terminal.language)
        if whole.shown is not None:
            sheets = [*list_sheets(region, [whole.shown], terminal.language), *sheets]
        title = region.manifest.text(terminal.language)
        write_whole(path, lambda scratch: write_workbook(scratch, title, sheets))
    elif ending == ".geojson":
        collection = feature_collection(region, several, levels)
        write_text(path, f"{json.dumps(collection, ensure_ascii=False, allow_nan=False)}\n")
    else:
        write_table(path, figures(region, several, levels))


def _show(
    terminal: Terminal, region: "Region", findings: "Findings", levels: "Sequence[Level]"
) -> None:
    from .tables import numbered, show_sources

    show_findings(terminal, region, findings, levels)
    remarks = [remark for one in findings.indicators.values() for remark in one.remarks]
    told = dict.fromkeys(remark.text(terminal.language) for remark in (*findings.remarks, *remarks))
    for remark in told:
        terminal.tell("cli.remark", remark=remark)
    show_sources(terminal, region, region.manifest.sources, numbered(region))


def show_findings(
    terminal: Terminal, region: "Region", findings: "Findings", levels: "Sequence[Level]"
) -> None:
    """Show the figures of some levels as tables, matrices below those of their level."""
    from onecity.report.names import names_of
    from onecity.strands.contract import Level

    from .tables import numbered, show_matrix, show_region, show_units

    numbers, names = numbered(region), names_of(region)
    for level in levels:
        if level == Level.REGION:
            show_region(terminal, findings, numbers)
        elif level in findings.tables and len(findings.tables[level]):
            show_units(terminal, findings, level, names[level], numbers)
        for matrix in findings.matrices:
            if matrix.level == level:
                show_matrix(terminal, matrix, names[level], numbers)
