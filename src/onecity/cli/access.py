"""``onecity access``: who reaches which service, today, with borders open, or by a given rule."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .frame import Command, shared
from .info import identity, spoken_twice
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame

    from onecity.core.words import Sentence
    from onecity.region.store import Region
    from onecity.strands.contract import Level
    from onecity.strands.livelihood.stands import Stands

ENDINGS = (".csv", ".xlsx", ".gpkg", ".geojson", ".json", ".parquet")
OPEN, CLOSED = "open", "closed"


@click.command("access", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--service", metavar="SERVICE")
@click.option("--borders", metavar="open|closed|FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def access(
    terminal: Terminal, region: Path, service: str | None, borders: str | None, out: Path | None
) -> None:
    """Show or write access to services under several rules of who may use what."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.region.store import Region
    from onecity.strands.livelihood.stands import stands

    opened = Region.open(region)
    told = _told(opened, borders)
    found = stands(opened, service, closed=borders == CLOSED, told=told)
    if out is not None:
        _write(out, opened, found, terminal)
    if terminal.json:
        terminal.emit(answer(opened, found))
    elif out is None:
        _show(terminal, opened, found)
    if out is not None:
        terminal.tell("cli.written", path=out)


def _told(region: "Region", borders: str | None) -> "DataFrame | None":
    """Return what a file says of recognition; None where no file was named."""
    if borders is None or borders in (OPEN, CLOSED):
        return None
    from onecity.core.provenance import Grade
    from onecity.region.sources.recognition import read_recognition

    cities = list(region.table("cities")["city"])
    read = read_recognition(borders, cities=cities, source=str(borders), grade=Grade.E)
    return read.table


def flat(region: "Region", found: "Sequence[Stands]") -> "DataFrame":
    """Return a row for each service and unit, with all that must travel with it."""
    import pandas as pd

    from onecity.report.names import names_of
    from onecity.strands.livelihood.indicators import SERVED, trust_in
    from onecity.strands.livelihood.stands import LEVELS

    names = names_of(region)
    tables = []
    for one in found:
        silent = bool(one.provision.recognition.silent or one.provision.guessed)
        trust = trust_in(region, SERVED, assumed=silent)
        for level in LEVELS:
            table = one.table(level)
            head = pd.DataFrame(
                {
                    "service": one.provision.service,
                    "level": level.value,
                    "code": [str(code) for code in table.index],
                    "name_zh": [names[level][code].text("zh") for code in table.index],
                    "name_en": [names[level][code].text("en") for code in table.index],
                    "capacity_unit": one.provision.unit or "facilities",
                }
            )
            whole = pd.concat([head, table.reset_index(drop=True)], axis=1)
            tables.append(
                whole.assign(
                    nature=trust.nature.value,
                    grade=trust.grade.value,
                    sources=";".join(trust.sources),
                )
            )
    return pd.concat(tables, ignore_index=True)


def answer(region: "Region", found: "Sequence[Stands]") -> dict[str, Any]:
    """Return access with all that belongs to it, for machines."""
    from onecity.strands.livelihood.figures import served
    from onecity.strands.livelihood.remarks import ON_TIMES, on_region, on_rule, on_service

    table = flat(region, found)
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    for record in records:
        record["sources"] = record["sources"].split(";")
    ground = found[0].ground
    remarks = {
        one.provision.service: [
            spoken_twice(each)
            for each in (
                *on_service(ground, served(ground, one.provision)),
                *on_rule(ground, one.provision.service, one.silent),
                *ON_TIMES,
            )
        ]
        for one in found
    }
    return {
        "command": "access",
        "region": identity(region),
        "rules": [one.name for one in found[0].several],
        "access": records,
        "remarks": {"region": [spoken_twice(each) for each in on_region(ground)], **remarks},
    }


def _show(terminal: Terminal, region: "Region", found: "Sequence[Stands]") -> None:
    from onecity.strands.livelihood.figures import served
    from onecity.strands.livelihood.indicators import SERVED, trust_in
    from onecity.strands.livelihood.remarks import (
        ON_TIMES,
        on_region,
        on_rule,
        on_service,
        service_name,
    )
    from onecity.strands.livelihood.stands import LEVELS

    language = terminal.language
    numbers = {key: place for place, key in enumerate(region.manifest.sources, 1)}
    remarks: list[Sentence] = []
    cited: dict[str, int] = {}
    for one in found:
        silent = bool(one.provision.recognition.silent or one.provision.guessed)
        trust = trust_in(region, SERVED, assumed=silent)
        cited |= {key: numbers[key] for key in trust.sources}
        for level in LEVELS:
            title = terminal.say(
                "livelihood.access_title",
                service=service_name(one.provision.service),
                level=level,
                trust=f"{trust.nature.text(language)} {trust.grade.value}",
                sources=",".join(str(numbers[key]) for key in trust.sources),
            )
            _table(terminal, region, one, level, title)
        remarks += on_service(one.ground, served(one.ground, one.provision))
        remarks += on_rule(one.ground, one.provision.service, one.silent)
    told = [*on_region(found[0].ground), *remarks, *ON_TIMES]
    for words in dict.fromkeys(one.text(language) for one in told):
        terminal.tell("cli.remark", remark=words)
    for key, number in cited.items():
        source = region.manifest.sources[key]
        terminal.tell("cli.source_line", number=number, title=source, grade=source.grade)


def _table(terminal: Terminal, region: "Region", one: "Stands", level: "Level", title: str) -> None:
    """Show one level: of the region a row for each rule, else a row for each unit."""
    from onecity.report.figures import plain
    from onecity.report.names import names_of
    from onecity.strands.contract import Level
    from onecity.strands.livelihood.stands import FIGURES, WHOLE

    table = one.table(level)
    decimals = {"access": 2, "worst": 2, "minutes": 1, "border_minutes": 1, "without": 0}
    rules = [stand.name for stand in one.several]
    words = {name: terminal.say(f"livelihood.rule_{name}") for name in rules}
    if level is Level.REGION:
        names = (*FIGURES, *WHOLE)
        heads = ["", *(terminal.say(f"livelihood.column_{name}") for name in names)]
        row = table.iloc[0]
        rows = [
            (words[rule], *(plain(row[f"{name}_{rule}"], decimals.get(name, 3)) for name in names))
            for rule in rules
        ]
        terminal.table(title, heads, rows)
        return
    units = names_of(region)[level]
    shown = ("access", "minutes")
    heads = [level.text(terminal.language)] + [
        f"{terminal.say(f'livelihood.column_{name}')}\n{words[rule]}"
        for name in shown
        for rule in rules
    ]
    rows = [
        (
            units[str(code)].text(terminal.language),
            *(plain(row[f"{name}_{rule}"], decimals[name]) for name in shown for rule in rules),
        )
        for code, row in table.iterrows()
    ]
    terminal.table(title, heads, rows)


def _write(path: Path, region: "Region", found: "Sequence[Stands]", terminal: Terminal) -> None:
    from onecity.report.workbooks import (
        assumptions_sheet,
        flat_sheet,
        sources_sheet,
        write_workbook,
    )

    from .files import write_json, write_shapes, write_table, write_whole

    match path.suffix.lower():
        case ".json":
            write_json(path, answer(region, found))
        case ".csv" | ".parquet":
            write_table(path, flat(region, found))
        case ".xlsx":
            title = terminal.say("livelihood.sheet_access")
            sheets = [
                flat_sheet(title, flat(region, found)),
                assumptions_sheet(found[0].ground.assumptions, terminal.language),
                sources_sheet(region, terminal.language),
            ]
            write_whole(path, lambda draft: write_workbook(draft, title, sheets))
        case _:
            write_shapes(path, _shapes(region, flat(region, found)), "access")


def _shapes(region: "Region", table: "DataFrame") -> Any:
    """Return the rows of cities and counties with their outlines."""
    import geopandas as gpd
    import pandas as pd

    parts = []
    for level, name in (("city", "cities"), ("county", "counties")):
        outlines = region.table(name)[[level, "geometry"]].rename(columns={level: "code"})
        mine = table[table["level"] == level]
        parts.append(outlines.merge(mine, on="code", how="inner"))
    whole = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=parts[0].crs)
