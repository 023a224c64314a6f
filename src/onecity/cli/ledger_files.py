"""What goes into the ledger and comes out: workbooks, packages, minutes, reports."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .exits import Exit
from .files import write_whole
from .frame import Command, shared
from .info import spoken_twice
from .stores import with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.identity import Actor
    from onecity.programme.ledger.intake import Intake, Problem
    from onecity.programme.ledger.minutes import Draft, Split
    from onecity.programme.ledger.store import Ledger

_COLOURS = {"fault": "red", "warning": "yellow", "note": "dim"}
_REPORTS = (".docx", ".html", ".htm", ".xlsx")
_MINUTES = (".docx", ".txt", ".md")
_WORKBOOK, _PACKAGE = ".xlsx", ".json"


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, _: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            name = "-" if param is None else param.opts[-1]
            raise InputError("cli_ledger.no_day", name=name, given=value) from error


def opened(store: str, *, create: bool = False) -> "Ledger":
    """Open a ledger.

    Raises
    ------
    MissingError
        There is none and it is not to be made.
    """
    from onecity.programme.ledger.store import Ledger

    if create and "://" not in store:
        Path(store).absolute().parent.mkdir(parents=True, exist_ok=True)
    return Ledger.open(store, create=create)


def console() -> "Actor":
    """Return who works on a store with a command."""
    from onecity.identity import Actor

    return Actor.console()


def field_words(terminal: Terminal, name: str) -> str:
    """Return what a field is called, as a heading."""
    from onecity.programme.ledger.checks import field

    words = field(name).text(terminal.language)
    return words[:1].upper() + words[1:]


@click.command("import", cls=Command)
@with_store
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.xlsx|.json|.docx|.txt")
@click.option("--check", is_flag=True)
@click.option("--accept", is_flag=True)
@click.option("--held-on", type=Day(), metavar="DATE")
@click.option("--title", metavar="TEXT")
@shared
@click.pass_context
def import_(
    ctx: click.Context,
    store: str,
    file: Path,
    check: bool,  # noqa: FBT001
    accept: bool,  # noqa: FBT001
    held_on: date | None,
    title: str | None,
) -> None:
    """Take in a workbook, an OC4IDS package or the minutes of a meeting."""
    terminal: Terminal = ctx.obj
    from onecity.core.files import checked_file

    ending = file.suffix.lower()
    known = (_WORKBOOK, _PACKAGE, *_MINUTES)
    if ending not in known:
        raise InputError("cli.unknown_ending", path=file, known=" ".join(known))
    content = checked_file(file).read_bytes()
    with opened(store) as book:
        if ending in _MINUTES:
            day = held_on or book.today()
            _minutes(terminal, book, file, content, day, title or file.stem, accept=accept)
            return
        intake = _read(book, ending, content, file.name)
        copy = None
        if not intake.sound and ending == _WORKBOOK:
            copy = _annotated(terminal, file, content, intake)
        taken = intake.sound and not check
        if taken and (intake.new or intake.edited):
            from onecity.identity import console_address

            book.take_in(intake, by=console(), address=console_address())
        numbers = {one: book.get(one).number for one in {each.id for each in intake.edited}}
    _tell_intake(terminal, file, intake, numbers, copy, taken=taken)
    if not intake.sound:
        ctx.exit(Exit.FAULTS)


def _read(book: "Ledger", ending: str, content: bytes, name: str) -> "Intake":
    from onecity.programme.ledger import oc4ids, workbook

    reader = workbook.read if ending == _WORKBOOK else oc4ids.read
    return reader(content, name, book.book())


def _annotated(terminal: Terminal, file: Path, content: bytes, intake: "Intake") -> Path:
    """Write a copy of a workbook with what is wrong marked in it."""
    from onecity.programme.ledger import workbook

    copy = file.with_name(f"{file.stem}-{terminal.say('cli.import_marked')}{file.suffix}")
    marked = workbook.annotated(content, file.name, intake.problems, terminal.language)
    write_whole(copy, lambda draft: draft.write_bytes(marked))
    return copy


def _tell_intake(
    terminal: Terminal,
    file: Path,
    intake: "Intake",
    numbers: dict[str, str],
    copy: Path | None,
    *,
    taken: bool,
) -> None:
    if terminal.json:
        terminal.emit(
            {
                "command": "ledger import",
                "file": str(file),
                "sound": intake.sound,
                "taken": taken,
                "new": len(intake.new),
                "edited": [
                    {"number": numbers[one.id], "fields": sorted(one.fields)}
                    for one in intake.edited
                ],
                "unchanged": intake.unchanged,
                "problems": [_problem(one) for one in intake.problems],
                "annotated": None if copy is None else str(copy),
            }
        )
        return
    for one in intake.problems:
        words = one.text(terminal.language)
        terminal.out.print(words, style=_COLOURS[one.severity.value], soft_wrap=True)
    counts = {"new": len(intake.new), "edited": len(intake.edited), "same": intake.unchanged}
    if not intake.sound:
        faults = {"faults": len(intake.faults), "warnings": len(intake.warnings)}
        terminal.answer(terminal.say("cli_ledger.import_faults", file=file.name, **faults))
        if copy is not None:
            terminal.tell("cli.import_copy", path=copy)
        return
    key = "cli_ledger.import_done" if taken else "cli_ledger.import_checked"
    terminal.answer(terminal.say(key, **counts))


def _problem(one: "Problem") -> dict[str, Any]:
    return {
        "severity": one.severity.value,
        "sheet": one.sheet,
        "cell": one.cell,
        "column": one.column,
        "given": one.given,
        "key": one.message.key,
        **spoken_twice(one.message),
    }


def _minutes(
    terminal: Terminal,
    book: "Ledger",
    file: Path,
    content: bytes,
    held_on: date,
    title: str,
    *,
    accept: bool,
) -> None:
    """Show the tasks of a minute as drafts; keep them with their meeting if accepted."""
    from onecity.identity import console_address
    from onecity.programme.ledger.kinds import Kind
    from onecity.programme.ledger.minutes import split
    from onecity.programme.ledger.minutes_file import paragraphs_in

    paragraphs = paragraphs_in(content, file.name)
    found = split(paragraphs, held_on, book.register, book.calendar)
    numbers: tuple[str, ...] = ()
    if accept:
        text = "\n".join(one.text for one in paragraphs)
        meeting = {"title": title, "held_on": held_on, "minutes": text}
        fields = [{"kind": Kind.POLICY_TASK, **one.fields()} for one in found.drafts]
        made = book.hold(meeting, fields, by=console(), address=console_address())
        numbers = tuple(book.get(one).number for one in made.items)
    _tell_minutes(terminal, file, found, held_on, numbers, accept=accept)


def _tell_minutes(
    terminal: Terminal,
    file: Path,
    found: "Split",
    held_on: date,
    numbers: tuple[str, ...],
    *,
    accept: bool,
) -> None:
    drafts = found.drafts
    if terminal.json:
        terminal.emit(
            {
                "command": "ledger import",
                "file": str(file),
                "held_on": held_on.isoformat(),
                "drafts": [_draft(one) for one in drafts],
                "rest": list(found.rest),
                "taken": accept,
                "numbers": list(numbers),
            }
        )
        return
    columns = ("title", "lead_unit", "responsible_unit", "supporting_units", "due")
    terminal.table(
        terminal.say("cli_ledger.minutes_title", file=file.name, day=held_on, count=len(drafts)),
        [terminal.say("cli_ledger.column_row"), *(field_words(terminal, one) for one in columns)],
        [
            (
                str(row),
                one.title,
                *("、".join(each.name for each in names) for names in _named(one)),
                one.due.isoformat() if one.due else "—",
            )
            for row, one in enumerate(drafts, 1)
        ],
        left=len(columns) + 1,
    )
    for row, one in enumerate(drafts, 1):
        for doubt in one.doubts:
            words = terminal.say("cli_ledger.minutes_doubt", row=row, doubt=doubt)
            terminal.out.print(words, style="yellow", soft_wrap=True)
    if accept:
        listed = "、".join(numbers) or "—"
        terminal.answer(terminal.say("cli_ledger.minutes_done", count=len(numbers), listed=listed))
    else:
        terminal.tell("cli_ledger.minutes_shown")


def _named(one: "Draft") -> tuple[Any, ...]:
    return one.lead, one.responsible, one.supporting


def _draft(one: "Draft") -> dict[str, Any]:
    lead, responsible, supporting = ([each.name for each in names] for names in _named(one))
    return {
        "title": one.title,
        "text": one.text,
        "strand": one.strand.value,
        "lead": lead,
        "responsible": responsible,
        "supporting": supporting,
        "due": one.due.isoformat() if one.due else None,
        "doubts": [spoken_twice(doubt) for doubt in one.doubts],
    }


@click.command("export", cls=Command)
@with_store
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE.xlsx|.json")
@click.option("--city", metavar="CODE")
@click.option("--unit", metavar="CODE")
@click.option("--publisher", metavar="TEXT")
@shared
@click.pass_obj
def export(
    terminal: Terminal,
    store: str,
    out: Path,
    city: str | None,
    unit: str | None,
    publisher: str | None,
) -> None:
    """Write items to a workbook, or projects to an OC4IDS package."""
    ending = out.suffix.lower()
    if ending not in {_WORKBOOK, _PACKAGE}:
        raise InputError("cli.unknown_ending", path=out, known=f"{_WORKBOOK} {_PACKAGE}")
    from onecity.programme.ledger import oc4ids, workbook
    from onecity.programme.ledger.query import Query

    with opened(store) as kept:
        book, place = kept.book(), kept.office.database.place
        name = publisher or kept.settings.title or terminal.say("cli_ledger.serve_title")
        now = kept.office.clock()
    query = Query.made(cities=[city] if city else [], units=[unit] if unit else [])
    items = book.select(query)
    left: tuple[Any, ...] = ()
    if ending == _WORKBOOK:
        workbook.written(
            items,
            book.register,
            out,
            others=book.items,
            revision=book.revision,
            language=terminal.language,
        )
        count = len(items)
    else:
        packed = oc4ids.packed(items, book.register, publisher=name, at=now)
        write_whole(out, lambda draft: draft.write_bytes(packed.content()))
        count, left = packed.count, packed.left
    if terminal.json:
        told = [spoken_twice(one) for one in left]
        answer = {"command": "ledger export", "store": place, "file": str(out)}
        terminal.emit({**answer, "items": count, "left": told})
        return
    for one in left:
        terminal.tell("cli_ledger.export_left", what=one)
    terminal.tell("cli_ledger.export_done", count=count, path=out)


@click.command("report", cls=Command)
@with_store
@click.option("--city", metavar="CODE")
@click.option("--unit", metavar="CODE")
@click.option("--circle", is_flag=True)
@click.option("--page", is_flag=True)
@click.option("--first", type=Day(), required=True, metavar="DATE")
@click.option("--last", type=Day(), required=True, metavar="DATE")
@click.option("--template", type=click.Path(path_type=Path), metavar="FILE.docx")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE")
@shared
@click.pass_obj
def report(  # noqa: PLR0913, PLR0917  (one for each option)
    terminal: Terminal,
    store: str,
    city: str | None,
    unit: str | None,
    circle: bool,  # noqa: FBT001
    page: bool,  # noqa: FBT001
    first: date,
    last: date,
    template: Path | None,
    out: Path,
) -> None:
    """Write the report of a city or unit, of all together, or on one page."""
    form = {".htm": "html"}.get(out.suffix.lower(), out.suffix.lower().removeprefix("."))
    if out.suffix.lower() not in _REPORTS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(_REPORTS))
    if sum([city is not None, unit is not None, circle, page]) != 1:
        raise InputError("cli_ledger.report_whose")
    from onecity.programme.ledger.model import What
    from onecity.report.ledger import circle_summary, city_report, needed_from, one_page, written

    with opened(store) as kept:
        book = kept.book()
        events = kept.events(needed_from(first, last), last, {What.RETURNED})
    code = city or unit
    if code is not None:
        made = city_report(book, code, first, last, events=events)
    else:
        made = (circle_summary if circle else one_page)(book, first, last, events=events)
    content = written(made, form, terminal.language, template)
    write_whole(out, lambda draft: draft.write_bytes(content))
    if terminal.json:
        answer = {"command": "ledger report", "kind": str(made.kind), "file": str(out)}
        terminal.emit({**answer, "first": first.isoformat(), "last": last.isoformat()})
    terminal.tell("cli.written", path=out)
