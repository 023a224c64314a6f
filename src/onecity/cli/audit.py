"""``onecity audit``: who changed what, and whether the record of it is whole."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .exits import Exit
from .files import write_whole
from .frame import Command, Group, Number, shared, without_command
from .stores import database_option, opened, store_at, with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from onecity.identity import Entry, Verdict

_COLUMNS = ("number", "time", "who", "address", "action", "target", "change", "note")
_ENDING = ".jsonl"
_MOST = 1000


class Moment(click.ParamType):  # type: ignore[type-arg]
    """A date or a time; without a zone, that of this machine."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, _: click.Context | None
    ) -> datetime:
        """Return the moment."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError, OSError) as error:
            name = "-" if param is None else param.opts[-1]
            raise InputError("cli.no_moment", name=name, given=value) from error


@click.group("audit", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def audit(ctx: click.Context) -> None:
    """Read, check and export the trail of a service."""
    without_command(ctx)


def _filters(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """Give a command the options that choose entries."""
    for option in (
        click.option("--until", type=Moment(), metavar="TIME"),
        click.option("--since", type=Moment(), metavar="TIME"),
        click.option("--target", metavar="ID"),
        click.option("--kind", metavar="KIND"),
        click.option("--action", metavar="ACTION"),
        click.option("--who", metavar="NAME"),
    ):
        command = option(command)
    return command


@audit.command("show", cls=Command)
@with_store
@_filters
@click.option("--limit", type=Number(1, _MOST), default=50, show_default=True, metavar="N")
@click.option("--before", type=Number(1, 2**62), metavar="NUMBER")
@shared
@click.pass_obj
def show(
    terminal: Terminal, /, store: str, limit: float, before: float | None, **filters: Any
) -> None:
    """Show entries, the newest first."""
    with opened(store) as office:
        known = office.rules.actions
        number = None if before is None else int(before)
        page = office.trail.page(limit=int(limit), before=number, **filters)
    if terminal.json:
        records = [one.as_record() for one in page.entries]
        terminal.emit({"command": "audit show", "entries": records, "next": page.next})
        return
    language = terminal.language

    def action(one: "Entry") -> str:
        words = known[one.action].text(language) if one.action in known else one.action
        done = one.phase == "done" and one.of is None
        phase = terminal.say(f"identity.phase_{one.phase}")
        return words if done else terminal.say("cli.audit_phase", action=words, phase=phase)

    terminal.table(
        terminal.say("cli.audit_title", count=len(page.entries)),
        [terminal.say(f"cli.column_{one}") for one in _COLUMNS],
        [
            (
                str(one.id),
                f"{one.time.astimezone():%Y-%m-%d %H:%M:%S %z}",
                one.who,
                _shown(one.address),
                action(one),
                _shown(f"{one.kind} {one.target}"),
                _shown(_change(one)),
                _shown(one.note),
            )
            for one in page.entries
        ],
        left=len(_COLUMNS),
    )
    if page.next is not None:
        terminal.tell("cli.audit_more", next=page.next)


@audit.command("verify", cls=Command)
@click.argument("audited", metavar="FOLDER|FILE|URL|FILE.jsonl")
@database_option
@click.option("--anchor", metavar="NUMBER:HASH")
@shared
@click.pass_context
def verify(ctx: click.Context, audited: str, database: str | None, anchor: str | None) -> None:
    """Check every entry; the exit code tells whether one is wrong."""
    from onecity.identity import Anchor, verify_file

    terminal: Terminal = ctx.obj
    known = None if anchor is None else Anchor.parse(anchor)
    if Path(audited).suffix.lower() == _ENDING:
        verdict, left = verify_file(Path(audited), anchor=known), 0
    else:
        with opened(store_at(audited, database)) as office:
            verdict = office.trail.verify(anchor=known)
            left = len(office.trail.unfinished())
    _tell(terminal, verdict, left)
    if not verdict.sound or verdict.guarded is False:
        ctx.exit(Exit.FAULTS)


@audit.command("export", cls=Command)
@with_store
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE.jsonl")
@_filters
@shared
@click.pass_obj
def export(terminal: Terminal, /, store: str, out: Path, **filters: Any) -> None:
    """Write entries to a file, the oldest first."""
    if out.suffix.lower() != _ENDING:
        raise InputError("cli.unknown_ending", path=out, known=_ENDING)
    counted = 0

    def write(draft: Path) -> None:
        nonlocal counted
        with draft.open("w", encoding="utf-8", newline="\n") as handle:
            counted = office.trail.export(handle, **filters)

    with opened(store) as office:
        write_whole(out, write)
    if terminal.json:
        terminal.emit({"command": "audit export", "file": str(out), "entries": counted})
    terminal.tell("cli.audit_exported", count=counted, path=out)


def _change(one: "Entry") -> str:
    """Return what was before and after, as short as it can be written."""
    from onecity.identity.chain import canonical

    sides = ["" if value is None else canonical(value) for value in (one.before, one.after)]
    return " → ".join(sides) if any(sides) else ""


def _shown(text: str) -> str:
    """Return a text without the signs that would steer the terminal: strangers may have sent it."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _tell(terminal: Terminal, verdict: "Verdict", left: int) -> None:
    from .info import spoken_twice

    if terminal.json:
        broken = verdict.broken
        wrong = None if broken is None else {"id": broken.id, **spoken_twice(broken.sentence)}
        terminal.emit(
            {
                "command": "audit verify",
                "sound": verdict.sound,
                "entries": verdict.rows,
                "anchor": str(verdict.head),
                "broken": wrong,
                "guarded": verdict.guarded,
                "unfinished": left,
            }
        )
        return
    if verdict.broken is not None:
        words = verdict.broken.text(terminal.language)
        terminal.answer(
            terminal.say("cli.audit_broken", count=verdict.rows, id=verdict.broken.id, why=words)
        )
    else:
        terminal.answer(terminal.say("cli.audit_sound", count=verdict.rows, anchor=verdict.head))
    if verdict.guarded is False:
        terminal.answer(terminal.say("cli.audit_unguarded"))
    if left:
        terminal.tell("cli.audit_unfinished", count=left)
