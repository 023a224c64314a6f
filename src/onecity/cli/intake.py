"""``onecity template`` and ``onecity import``: data from people who do not program."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .exits import Exit
from .frame import Command, shared
from .info import identity, spoken_twice
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.region.workbook import Finding, Intake

_ENDING = ".xlsx"
_COLOURS = {"fault": "red", "warning": "yellow", "note": "dim"}


@click.command("template", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="[REGION]", required=False)
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE.xlsx")
@shared
@click.pass_obj
def template(terminal: Terminal, region: Path | None, out: Path) -> None:
    """Write an empty workbook to be filled."""
    _only_excel(out)
    from onecity.region.store import Region
    from onecity.region.workbook import template as write_template

    opened = None if region is None else Region.open(region)
    write_template(out, opened, language=terminal.language)
    if terminal.json:
        known = None if opened is None else identity(opened)
        terminal.emit({"command": "template", "file": str(out), "region": known})
    terminal.tell("cli.template_written", path=out)


@click.command("import", cls=Command)
@click.argument("workbook", type=click.Path(path_type=Path), metavar="FILE.xlsx")
@click.option("--into", type=click.Path(path_type=Path), required=True, metavar="REGION")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="NEWREGION")
@shared
@click.pass_context
def import_(ctx: click.Context, workbook: Path, into: Path, out: Path) -> None:
    """Check a filled workbook to the cell and merge it into a region."""
    terminal: Terminal = ctx.obj
    from onecity.region.store import Region
    from onecity.region.workbook import annotated, merge, read_workbook

    if out.absolute().resolve() == into.absolute().resolve():
        raise InputError("cli.import_same", path=out)
    region = Region.open(into)
    intake = read_workbook(workbook, region)
    if not intake.sound:
        copy = workbook.with_name(
            f"{workbook.stem}-{terminal.say('cli.import_marked')}{workbook.suffix}"
        )
        annotated(workbook, intake, copy, language=terminal.language)
        _refuse(terminal, region, intake, copy)
        ctx.exit(Exit.FAULTS)
    made = merge(region, intake).write(out)
    changed = changes(region, made)
    if terminal.json:
        terminal.emit(
            {
                **_answer(region, intake),
                "folder": str(out),
                "result": identity(made),
                "changed": changed,
            }
        )
        return
    _list(terminal, intake.warnings + intake.notes)
    terminal.table(
        terminal.say("cli.import_changed"),
        [terminal.say(f"cli.column_{one}") for one in ("table", "rows_before", "rows_now")],
        [
            (name, "—" if before is None else f"{before:,}", f"{now:,}")
            for name, before, now in ((one["table"], one["before"], one["now"]) for one in changed)
        ],
    )
    terminal.tell(
        "cli.import_done", rows=sum(intake.rows.values()), folder=out, hash=made.hash[:12]
    )


def _only_excel(path: Path) -> None:
    if path.suffix.lower() != _ENDING:
        raise InputError("cli.unknown_ending", path=path, known=_ENDING)


def changes(before: "Region", after: "Region") -> list[dict[str, Any]]:
    """Return the tables whose content differs, with their rows before and now."""
    old, new = before.manifest.tables, after.manifest.tables
    return [
        {
            "table": name,
            "before": old[name].rows if name in old else None,
            "now": record.rows,
            "grade": record.grade.value,
            "sources": list(record.sources),
        }
        for name, record in new.items()
        if name not in old or old[name].sha256 != record.sha256
    ]


def _refuse(terminal: Terminal, region: "Region", intake: "Intake", copy: Path) -> None:
    if terminal.json:
        terminal.emit({**_answer(region, intake), "annotated": str(copy)})
        return
    terminal.answer(
        terminal.say(
            "cli.import_faults",
            file=intake.file,
            faults=len(intake.faults),
            warnings=len(intake.warnings),
            notes=len(intake.notes),
        )
    )
    _list(terminal, intake.findings)
    terminal.tell("cli.import_copy", path=copy)


def _list(terminal: Terminal, findings: "tuple[Finding, ...]") -> None:
    for one in findings:
        words = one.text(terminal.language)
        terminal.out.print(words, style=_COLOURS[one.severity.value], soft_wrap=True)


def _answer(region: "Region", intake: "Intake") -> dict[str, Any]:
    return {
        "command": "import",
        "file": intake.path,
        "sha256": intake.sha256,
        "region": identity(region),
        "sound": intake.sound,
        "rows": dict(intake.rows),
        "findings": [
            {
                "severity": one.severity.value,
                "sheet": one.sheet,
                "cell": one.cell,
                "column": one.column,
                "given": one.given,
                "key": one.sentence.key,
                **spoken_twice(one.sentence),
            }
            for one in intake.findings
        ],
    }
