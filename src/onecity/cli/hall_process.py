"""``onecity hall process``: whether a drawn process can be carried out; put it to use."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError, MissingError
from onecity.core.extras import needing

from .exits import Exit
from .frame import Command, shared
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.cases.model import TaskKind
    from onecity.hall.processes import Check, Lack, Process
    from onecity.hall.processes.checking import Finding


@click.command("process", cls=Command)
@click.argument(
    "file", type=click.Path(path_type=Path), metavar="FILE.bpmn", required=False, default=None
)
@click.option("--for", "code", metavar="CODE", default=None)
@click.option("--node", "folder", type=click.Path(path_type=Path), metavar="FOLDER", default=None)
@click.option("--drop", is_flag=True)
@shared
@click.pass_context
def process(
    ctx: click.Context,
    *,
    file: Path | None,
    code: str | None,
    folder: Path | None,
    drop: bool,
) -> None:
    """Check a process drawn in BPMN, or put it to use for an item of a node."""
    with needing("hall"):
        from onecity.hall.processes import Process, check
    terminal: Terminal = ctx.obj
    if (code is None) != (folder is None) or (drop and code is None) or drop == (file is not None):
        raise InputError("cli_hall.process_which")
    if file is None:
        _drop(terminal, str(code), folder or Path())
        return
    if not file.is_file():
        raise MissingError("cli_hall.no_file", path=file)
    found = check(file)
    made = Process.read(file) if found.sound else None
    said, put = _put(file, made, code, folder)
    if terminal.json:
        terminal.emit(_answer(file, found, made) | {"remarks": _told(said), "put": put})
    else:
        _tell(terminal, found, made)
        for one in said:
            terminal.answer(
                f"{one.severity.text(terminal.language)}  {one.text(terminal.language)}"
            )
        if put:
            terminal.answer(terminal.say("cli_hall.process_put", code=code, path=folder))
        elif code is not None:
            terminal.answer(terminal.say("cli_hall.process_not_put", code=code))
    if made is None or (code is not None and not put):
        ctx.exit(Exit.FAULTS)


def _put(
    file: Path, made: "Process | None", code: str | None, folder: Path | None
) -> "tuple[tuple[Finding, ...], bool]":
    """Put a drawing into a node's folder if it fits; return what there is to say of it there."""
    if made is None or code is None or folder is None:
        return (), False
    from onecity.core.severity import Severity
    from onecity.hall.processes import lacks
    from onecity.identity import Actor, console_address

    from .hall_node import opened

    with opened(folder) as node:
        said = node.processes.remarks(made, code)
        if lacks(made) or any(one.severity is Severity.FAULT for one in said):
            return said, False
        content = file.read_bytes()
        node.processes.put(content, code, by=Actor.console(), address=console_address())
    return said, True


def _drop(terminal: Terminal, code: str, folder: Path) -> None:
    """Take the drawing of an item away from a node."""
    from onecity.identity import Actor, console_address

    from .hall_node import opened

    with opened(folder) as node:
        node.processes.take_away(code, by=Actor.console(), address=console_address())
    if terminal.json:
        terminal.emit({"command": "hall process", "dropped": code})
    terminal.tell("cli_hall.process_dropped", code=code)


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
    lacking = _lacks(made)
    for lack in lacking:
        terminal.answer(f"· {lack.text(terminal.language)}")
    key = "process_no_case" if lacking else "process_case"
    terminal.answer(terminal.say(f"cli_hall.{key}", count=len(lacking)))


def _lacks(made: "Process | None") -> "tuple[Lack, ...]":
    """Return what a process lacks to carry a case."""
    from onecity.hall.processes import lacks

    return () if made is None else lacks(made)


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
        "findings": _told(found.findings),
        "lacks": [{"zh": one.text("zh"), "en": one.text("en")} for one in _lacks(made)],
    }


def _told(findings: "tuple[Finding, ...]") -> list[dict[str, object]]:
    return [
        {
            "severity": one.severity.value,
            "element": one.element,
            "id": one.id,
            "line": one.line,
            "zh": one.text("zh"),
            "en": one.text("en"),
        }
        for one in findings
    ]
