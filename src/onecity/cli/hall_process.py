"""``onecity hall process``: whether a drawn process can be carried out, place by place."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import MissingError
from onecity.core.extras import needing

from .exits import Exit
from .frame import Command, shared
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.cases.model import TaskKind
    from onecity.hall.processes import Check, Process


@click.command("process", cls=Command)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.bpmn")
@shared
@click.pass_context
def process(ctx: click.Context, file: Path) -> None:
    """Check a process drawn in BPMN."""
    with needing("hall"):
        from onecity.hall.processes import Process, check
    terminal: Terminal = ctx.obj
    if not file.is_file():
        raise MissingError("cli_hall.no_file", path=file)
    found = check(file)
    made = Process.read(file) if found.sound else None
    if terminal.json:
        terminal.emit(_answer(file, found, made))
    else:
        _tell(terminal, found, made)
    if made is None:
        ctx.exit(Exit.FAULTS)


def _tell(terminal: Terminal, found: "Check", made: "Process | None") -> None:
    for one in found.findings:
        severity = one.severity.text(terminal.language)
        terminal.answer(f"{severity}  {one.text(terminal.language)}")
    if made is None:
        terminal.answer(terminal.say("cli_hall.process_faulty", count=len(found.faults)))
        return
    heads = [
        terminal.say(f"cli_hall.process_{one}") for one in ("name", "kind", "title", "outcomes")
    ]
    rows = [
        [name, kind.text(terminal.language), title, " ".join(made.outcomes(name)) or "–"]
        for name, title, kind in _tasks(found)
    ]
    terminal.table(found.title, heads, rows, left=4)
    terminal.answer(terminal.say("cli_hall.process_sound", count=len(rows)))


def _tasks(found: "Check") -> list[tuple[str, str, "TaskKind"]]:
    from onecity.hall.cases.model import kind_of

    return [(name, title, kind_of(name)) for name, title in found.tasks]


def _answer(file: Path, found: "Check", made: "Process | None") -> dict[str, object]:
    return {
        "command": "hall process",
        "file": str(file),
        "sound": made is not None,
        "code": found.code,
        "title": found.title,
        "digest": made.digest if made else None,
        "tasks": [
            {
                "name": name,
                "title": title,
                "kind": kind.value,
                "outcomes": list(made.outcomes(name)) if made else [],
            }
            for name, title, kind in _tasks(found)
        ],
        "findings": [
            {
                "severity": one.severity.value,
                "element": one.element,
                "id": one.id,
                "line": one.line,
                "zh": one.text("zh"),
                "en": one.text("en"),
            }
            for one in found.findings
        ],
    }
