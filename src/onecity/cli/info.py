"""``onecity info``: what a region holds, where it came from, what was assumed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .frame import Command, shared
from .terminal import Terminal

if TYPE_CHECKING:
    from pandas import DataFrame

    from onecity.region.manifest import Assumption, Manifest
    from onecity.region.store import Region
    from onecity.strands.contract import Indicator

_TABLES = ("table", "nature", "grade", "sources", "rows")
_SOURCES = ("title", "licence", "date", "grade")
_ASSUMPTIONS = ("assumption", "reason", "value", "range")


@click.command("info", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@shared
@click.pass_obj
def info(terminal: Terminal, region: Path) -> None:
    """Show what a region holds."""
    from onecity.region.store import Region

    opened = Region.open(region)
    if terminal.json:
        terminal.emit({"command": "info", "folder": str(region), **overview(opened)})
        return
    _show(terminal, opened)


def overview(region: "Region") -> dict[str, Any]:
    """Return what is known of a region, for machines."""
    known = region.manifest
    return {
        "region": identity(region),
        "tables": {
            name: {
                "rows": one.rows,
                "sha256": one.sha256,
                "nature": one.nature.value,
                "grade": one.grade.value,
                "sources": list(one.sources),
                "remarks": [spoken_twice(remark) for remark in one.remarks],
            }
            for name, one in known.tables.items()
        },
        "sources": {
            key: {
                "title_zh": one.title_zh,
                "title_en": one.title_en,
                "origin": one.origin,
                "licence": one.licence,
                "date": one.date,
                "grade": one.grade.value,
                "nature": one.nature.value,
            }
            for key, one in known.sources.items()
        },
        "assumptions": [assumption_told(one) for one in known.assumptions],
        "records": dict(known.records),
        "history": [dict(one) for one in known.history],
        "remarks": [spoken_twice(remark) for remark in known.remarks],
    }


def identity(region: "Region") -> dict[str, Any]:
    """Return which region this is, for machines."""
    known = region.manifest
    return {
        "key": known.key,
        "title_zh": known.title_zh,
        "title_en": known.title_en,
        "core_city": known.core_city,
        "hash": region.hash,
        "recipe_sha256": known.recipe_sha256,
        "made_by": known.made_by,
        "schema": known.schema,
    }


def assumption_told(one: "Assumption") -> dict[str, Any]:
    """Return an assumption with its name, range and reason, for machines."""
    from onecity.report.assumed import name_of

    return {
        "key": one.key,
        "name_zh": name_of(one.key, "zh"),
        "name_en": name_of(one.key, "en"),
        "value": one.value,
        "unit": one.unit,
        "low": one.low,
        "high": one.high,
        "reason_zh": one.reason_zh,
        "reason_en": one.reason_en,
    }


def indicator_told(one: "Indicator") -> dict[str, Any]:
    """Return what a figure is and where it comes from, for machines."""
    return {
        "title_zh": one.text("zh"),
        "title_en": one.text("en"),
        "about_zh": one.about("zh"),
        "about_en": one.about("en"),
        "unit": one.unit,
        "better": one.better.value,
        "nature": one.nature.value,
        "grade": one.grade.value,
        "sources": list(one.sources),
        "decimals": one.decimals,
        "remarks": [spoken_twice(remark) for remark in one.remarks],
    }


def spoken_twice(words: Any) -> dict[str, str]:
    """Return a sentence in both languages, for machines."""
    return {"zh": words.text("zh"), "en": words.text("en")}


def _show(terminal: Terminal, region: "Region") -> None:
    known, cities = region.manifest, region.table("cities")
    core = cities.loc[cities["core"], f"name_{terminal.language}"].iloc[0]
    terminal.answer(
        terminal.say(
            "cli.info_title",
            title=known,
            core=core,
            cities=len(cities),
            counties=known.tables["counties"].rows,
            hash=region.hash[:12],
            made_by=known.made_by,
        )
    )
    _show_cities(terminal, cities)
    _show_origins(terminal, known)
    for remark in known.remarks:
        terminal.tell("cli.remark", remark=remark)


def _show_cities(terminal: Terminal, cities: "DataFrame") -> None:
    from onecity.report.figures import plain

    terminal.table(
        terminal.say("cli.info_cities"),
        [terminal.say(f"cli.column_{one}") for one in ("city", "people", "grade", "area_km2")],
        [
            (
                row[f"name_{terminal.language}"],
                plain(row["people"], 0),
                row["people_grade"],
                plain(row["area_km2"], 0),
            )
            for _, row in cities.iterrows()
        ],
    )


def _show_origins(terminal: Terminal, known: "Manifest") -> None:
    from onecity.report.assumed import amount_of, name_of, range_of
    from onecity.report.figures import plain

    from .tables import cited

    language = terminal.language
    numbers = {key: place for place, key in enumerate(known.sources, 1)}
    terminal.table(
        terminal.say("cli.info_tables"),
        [terminal.say(f"cli.column_{one}") for one in _TABLES],
        [
            (
                name,
                one.nature.text(language),
                one.grade.value,
                cited(one.sources, numbers),
                plain(one.rows, 0),
            )
            for name, one in known.tables.items()
        ],
        left=4,
    )
    terminal.table(
        terminal.say("cli.info_sources"),
        ["#", *(terminal.say(f"cli.column_{one}") for one in _SOURCES)],
        [
            (
                f"[{numbers[key]}]",
                one.text(language),
                one.terms(language),
                one.date,
                one.grade.value,
            )
            for key, one in known.sources.items()
        ],
        left=5,
    )
    terminal.table(
        terminal.say("cli.info_assumptions"),
        [terminal.say(f"cli.column_{one}") for one in _ASSUMPTIONS],
        [
            (
                name_of(one.key, language),
                one.text(language),
                amount_of(one, language),
                range_of(one, language),
            )
            for one in known.assumptions
        ],
        left=2,
    )
