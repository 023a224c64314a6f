"""``onecity ledger``: whose tasks, by when, and what the cities report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .exits import Exit
from .frame import Command, Group, shared, without_command
from .info import spoken_twice
from .ledger_files import console, export, field_words, import_, opened, report
from .serve import run_service, service_options, with_provider
from .stores import database_option, store_at, with_store
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.programme.ledger.book import Book

_MOST_DUE = 200


@click.group("ledger", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def ledger(ctx: click.Context) -> None:
    """Keep the ledger: whose tasks, by when, how far."""
    without_command(ctx)


@ledger.command("init", cls=Command)
@with_store
@click.option("--title", metavar="TEXT")
@click.option("--prefix", metavar="LETTERS")
@click.option("--example", is_flag=True)
@shared
@click.pass_obj
def init(
    terminal: Terminal,
    store: str,
    title: str | None,
    prefix: str | None,
    example: bool,  # noqa: FBT001
) -> None:
    """Make a ledger, empty or with the example."""
    from onecity.identity import console_address
    from onecity.programme.ledger.example import fill
    from onecity.programme.ledger.store import LedgerSettings

    actor, address = console(), console_address()
    with opened(store, create=True) as book:
        items = fill(book, actor) if example else ()
        if title is not None or prefix is not None:
            known = book.settings.record()
            given = {"title": title, "prefix": prefix}
            known |= {name: value for name, value in given.items() if value is not None}
            book.set_settings(LedgerSettings.from_record(known), by=actor, address=address)
        units, place = len(book.register), book.office.database.place
    if terminal.json:
        answer = {"command": "ledger init", "store": place, "example": example}
        terminal.emit({**answer, "units": units, "items": len(items)})
        return
    if example:
        terminal.tell("cli_ledger.example_filled", items=len(items), units=units)
    terminal.tell("cli_ledger.init_done", place=place)


# --- Rules ---------------------------------------------------------------------------------------


@ledger.command("remind", cls=Command)
@with_store
@click.option("--dry-run", is_flag=True)
@shared
@click.pass_obj
def remind(terminal: Terminal, store: str, dry_run: bool) -> None:  # noqa: FBT001
    """Write the reminders that are due today, or only show them."""
    from onecity.identity import console_address

    with opened(store) as kept:
        who, where = console(), console_address()
        due = kept.reminders() if dry_run else kept.remind(by=who, address=where)
        book = kept.book()
    if terminal.json:
        terminal.emit(
            {
                "command": "ledger remind",
                "day": book.day.isoformat(),
                "written": not dry_run,
                "reminders": [
                    {
                        "number": book.items[one.item].number,
                        "call": one.call.value,
                        "to": list(one.to),
                        "because": [spoken_twice(each) for each in one.because],
                    }
                    for one in due
                ],
            }
        )
        return
    if due:
        _list_reminders(terminal, book, due)
    key = "cli_ledger.remind_shown" if dry_run else "cli_ledger.remind_done"
    terminal.answer(terminal.say(key, count=len(due), day=book.day))


def _list_reminders(terminal: Terminal, book: "Book", due: Any) -> None:
    language = terminal.language
    terminal.table(
        terminal.say("cli_ledger.remind_title"),
        [
            field_words(terminal, "number"),
            field_words(terminal, "title"),
            terminal.say("cli_ledger.column_call"),
            terminal.say("cli_ledger.column_to"),
            terminal.say("cli_ledger.column_because"),
        ],
        [
            (
                book.items[one.item].number,
                book.items[one.item].title,
                one.call.text(language),
                "、".join(book.register.shown(code, book.day).text(language) for code in one.to),
                " ".join(each.text(language) for each in one.because),
            )
            for one in due[:_MOST_DUE]
        ],
        left=5,
    )


@ledger.command("verify", cls=Command)
@with_store
@shared
@click.pass_context
def verify(ctx: click.Context, store: str) -> None:
    """Check that the ledger is whole: trail, items, histories, files."""
    terminal: Terminal = ctx.obj
    with opened(store) as kept:
        verdict = kept.office.trail.verify()
        wrong: list[Any] = [] if verdict.broken is None else [verdict.broken.sentence]
        wrong += kept.verify()
        book = kept.book()
        counts = {"items": len(book.items), "units": len(book.register), "entries": verdict.rows}
        wrong += _checked(book)
    if terminal.json:
        told = [{"key": one.key, **spoken_twice(one)} for one in wrong]
        answer = {"command": "ledger verify", "sound": not wrong, "anchor": str(verdict.head)}
        terminal.emit({**answer, **counts, "wrong": told})
    else:
        for one in wrong:
            terminal.out.print(one.text(terminal.language), style="red", soft_wrap=True)
        key = "cli_ledger.verify_broken" if wrong else "cli_ledger.verify_sound"
        terminal.answer(terminal.say(key, **counts, anchor=verdict.head))
    if wrong:
        ctx.exit(Exit.FAULTS)


def _checked(book: "Book") -> list[Any]:
    """Return what is wrong with the values of items and with how they wait for one another."""
    from onecity.core.errors import OneCityError
    from onecity.programme.ledger.dependencies import refuse_rings

    wrong: list[Any] = []
    for item in book.items.values():
        try:
            item.changed_to()
            for code in item.units:
                book.register.unit(code)
        except OneCityError as error:
            wrong.append(error)
    try:
        refuse_rings(book.items.values())
    except OneCityError as error:
        wrong.append(error)
    return wrong


@ledger.command("serve", cls=Command)
@click.argument("work", metavar="[FOLDER]", required=False, default="ledger")
@database_option
@service_options
@shared
@click.pass_obj
def serve(  # noqa: PLR0913, PLR0917  (one for each option)
    terminal: Terminal,
    work: str,
    database: str | None,
    host: str,
    port: int,
    login: bool,  # noqa: FBT001
    name: tuple[str, ...],
    provider: Path | None,
    open_: bool,  # noqa: FBT001
) -> None:
    """Serve the ledger without a map until the user ends it."""
    from onecity.web.settings import Settings

    store = store_at(work, database)
    folder = Path(work)
    if store == work:  # a file or an address: the service still needs a folder of its own
        folder = Path(work).absolute().parent if "://" not in work else Path("ledger")
        database = work
    settings = Settings.for_ledger(
        folder, host=host, port=port, login=login, names=name, database=database
    )
    run_service(terminal, with_provider(settings, provider), open_=open_)


for one in (import_, export, report):
    ledger.add_command(one)
