"""``onecity hall verify`` and ``rewrap``: whether a node's records are whole; its master key."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.extras import needing
from onecity.core.words import both

from .exits import Exit
from .frame import Command, shared
from .hall_node import FOLDER
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.node.verifying import Report

PLACE = click.Path(path_type=Path)


@click.command("verify", cls=Command)
@click.argument("node", type=PLACE, metavar="FOLDER|FILE")
@click.option("--peer", "peers", type=PLACE, multiple=True, metavar="FOLDER|FILE")
@click.option("--trust", type=PLACE, metavar="trust.json")
@click.option("--anchor", type=PLACE, metavar="anchor.pub")
@click.option("--head", metavar="NUMBER:HASH")
@shared
@click.pass_context
def verify(
    ctx: click.Context,
    node: Path,
    peers: tuple[Path, ...],
    trust: Path | None,
    anchor: Path | None,
    head: str | None,
) -> None:
    """Check a node's records offline; the exit code tells whether one is wrong."""
    with needing("hall"):
        from onecity.hall.node.verifying import verify as check
    from onecity.identity import Anchor

    terminal: Terminal = ctx.obj
    known = None if head is None else Anchor.parse(head)
    with terminal.progress() as progress:
        report = check(
            node, peers=peers, trust=trust, anchor=anchor, log_anchor=known, progress=progress
        )
    if terminal.json:
        terminal.emit({"command": "hall verify", **report.as_record()})
    else:
        _tell(terminal, report)
    if not report.sound:
        ctx.exit(Exit.FAULTS)


def _tell(terminal: Terminal, report: "Report") -> None:
    language = terminal.language
    heads = [
        terminal.say(f"cli_hall_node.verify_{one}") for one in ("node", "check", "first", "faults")
    ]
    rows = []
    for one in report.checks:
        words = "–"
        if one.first is not None:
            words = _shown(f"{one.first.table} {one.first.record}: {one.first.text(language)}")
        check = terminal.say(f"hall_verify.check_{one.check}")
        rows.append([one.node, check, words, str(one.faults)])
    title = terminal.say("cli_hall_node.verify_title", nodes=both(report.nodes))
    terminal.table(title, heads, rows, left=3)
    for node, notes in report.notes.items():
        for note in notes:
            terminal.answer(f"{node}: {note.text(language)}")
    for node, counts in report.counts.items():
        terminal.answer(terminal.say("cli_hall_node.verify_counts", node=node, **_sums(counts)))
    broken = report.broken
    if broken is None or broken.first is None:
        terminal.answer(terminal.say("cli_hall_node.verify_sound"))
        return
    first = broken.first
    terminal.answer(
        terminal.say(
            "cli_hall_node.verify_broken", node=broken.node, table=first.table,
            record=_shown(first.record), why=_shown(first.text(language)),
        )
    )  # fmt: skip


def _sums(counts: dict[str, int]) -> dict[str, int]:
    """Return what is told of a node in one line."""
    return {
        "entries": counts.get("entries", 0),
        "messages": counts.get("sent", 0) + counts.get("received", 0),
        "cases": counts.get("cases", 0),
        "erased": counts.get("erased owners", 0),
        "closed": counts.get("closed", 0),
    }


def _shown(text: Any) -> str:
    """Return a text without the signs that would steer the terminal: strangers may have sent it."""
    return "".join(one if one.isprintable() else "\ufffd" for one in str(text))


@click.command("rewrap", cls=Command)
@FOLDER
@click.option("--finish", is_flag=True)
@shared
@click.pass_obj
def rewrap(terminal: Terminal, folder: Path, finish: bool) -> None:  # noqa: FBT001
    """Change the key that all keys of a node's personal data are wrapped with."""
    with needing("hall"):
        from onecity.hall.node.node import Node
        from onecity.hall.node.rewrapping import rewrap as change
    from onecity.identity import Actor, console_address

    with Node.open(folder) as node:
        done = change(node, Actor.console(), address=console_address(), add=not finish)
    if terminal.json:
        terminal.emit(
            {
                "command": "hall rewrap",
                "added": done.added,
                "keys": done.keys,
                "retired": list(done.retired),
            }
        )
        return
    terminal.answer(
        terminal.say(
            "cli_hall_node.rewrapped",
            added=done.added or "–",
            count=done.keys,
            retired=" ".join(done.retired) or "–",
        )
    )
