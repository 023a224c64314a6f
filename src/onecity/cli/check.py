"""``onecity check``: the data-quality report of a region."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .exits import Exit
from .frame import Command, shared
from .info import identity
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.check import Quality
    from onecity.region.store import Region

_CITY_COLUMNS = ("city", "grade", "people", "counties", "zones", "km_of_road", "far_share")
_TABLE_COLUMNS = ("table", "nature", "grade", "sources", "rows")
_COLOURS = {"fault": "red", "warning": "yellow", "note": "dim"}


@click.command("check", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@shared
@click.pass_context
def check(ctx: click.Context, region: Path) -> None:
    """Look a region over; the exit code tells whether a fault was found."""
    from onecity.region.check import check as look_over
    from onecity.region.store import Region

    terminal: Terminal = ctx.obj
    opened = Region.open(region)
    quality = look_over(opened)
    if terminal.json:
        terminal.emit(_answer(opened, quality))
    else:
        _show(terminal, quality)
    if not quality.sound:
        ctx.exit(Exit.FAULTS)


def _answer(region: "Region", quality: "Quality") -> dict[str, Any]:
    return {
        "command": "check",
        "region": identity(region),
        "sound": quality.sound,
        "items": [
            {
                "severity": one.severity.value,
                "key": one.sentence.key,
                "zh": one.text("zh"),
                "en": one.text("en"),
            }
            for one in quality.items
        ],
        "cities": quality.cities.reset_index().astype(object).to_dict("records"),
        "tables": quality.tables.reset_index().astype(object).to_dict("records"),
    }


def _show(terminal: Terminal, quality: "Quality") -> None:
    from onecity.core.provenance import Nature
    from onecity.report.figures import plain

    language = terminal.language
    counts = {name: sum(one.severity.value == name for one in quality.items) for name in _COLOURS}
    key = "cli.check_sound" if quality.sound else "cli.check_faults"
    terminal.answer(terminal.say(key, **counts))
    for one in quality.items:
        colour = _COLOURS[one.severity.value]
        terminal.out.print(
            f"[{one.severity.text(language)}] {one.text(language)}", style=colour, soft_wrap=True
        )
    terminal.table(
        terminal.say("cli.check_cities"),
        [terminal.say(f"cli.column_{word}") for word in _CITY_COLUMNS],
        [
            (
                row[f"name_{language}"],
                row["people_grade"],
                plain(row["people"], 0),
                plain(row["counties"], 0),
                plain(row["zones"], 0),
                plain(row["km_of_road"], 0),
                f"{row['far_people_share']:.1%}",
            )
            for _, row in quality.cities.iterrows()
        ],
        left=2,
    )
    terminal.table(
        terminal.say("cli.check_tables"),
        [terminal.say(f"cli.column_{word}") for word in _TABLE_COLUMNS],
        [
            (
                str(name),
                Nature(row["nature"]).text(language),
                row["grade"],
                row["sources"],
                plain(row["rows"], 0),
            )
            for name, row in quality.tables.iterrows()
        ],
        left=4,
    )
