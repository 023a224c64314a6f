"""``onecity hall node``: make a node of the shared services and look after it."""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError, StoreError
from onecity.core.extras import needing

from .accounts import asked_password
from .files import write_json
from .frame import Command, Group, OneOf, shared, without_command
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.wire import Peer

FOLDER = click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
EXAMPLES = ("three", "nine")
"""The invented catalogue: of three cities, or of nine."""
KINDS = ("city", "portal", "province")


@click.group("node", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def node(ctx: click.Context) -> None:
    """Make a node and look after it."""
    without_command(ctx)


@node.command("init", cls=Command)
@FOLDER
@click.option("--code", required=True, metavar="CODE")
@click.option("--title", required=True, metavar="TEXT")
@click.option("--title-en", default="", metavar="TEXT")
@click.option("--kind", type=OneOf(KINDS), default="city", metavar="KIND")
@click.option("--city", multiple=True, metavar="CODE")
@click.option("--department", multiple=True, metavar="CODE")
@click.option("--url", required=True, metavar="URL")
@click.option("--listen", default="127.0.0.1:8750", metavar="HOST:PORT")
@click.option("--database", metavar="FILE|URL")
@click.option("--registers", is_flag=True)
@shared
@click.pass_obj
def init(  # noqa: PLR0913, PLR0917  (one for each option)
    terminal: Terminal,
    folder: Path,
    code: str,
    title: str,
    title_en: str,
    kind: str,
    city: tuple[str, ...],
    department: tuple[str, ...],
    url: str,
    listen: str,
    database: str | None,
    registers: bool,  # noqa: FBT001
) -> None:
    """Make a node: its settings, keys and store."""
    with needing("hall"):
        from onecity.hall.node.config import Config
        from onecity.hall.node.node import Node

    record: dict[str, Any] = {
        "code": code,
        "title": title,
        "title_en": title_en,
        "kind": kind,
        "cities": list(city),
        "url": url.rstrip("/"),
        "listen": listen,
        "registers": registers,
    }
    if department:
        record["departments"] = list(department)
    if database is not None:
        record["database"] = database
    config = Config.from_record(record, "onecity hall node init")
    if kind != "portal" and not city and not department:
        raise InputError("cli_hall_node.no_city", kind=config.kind)
    with Node.make(folder, config) as made:
        kid = made.keys.current(made.office.clock()).kid
    if terminal.json:
        answer = {"command": "hall node init", "folder": str(folder), "code": config.code}
        terminal.emit({**answer, "key": kid})
    terminal.tell("cli_hall_node.made", title=config.title, folder=folder, key=kid)


@node.command("card", cls=Command)
@FOLDER
@click.argument("out", type=click.Path(path_type=Path), metavar="FILE.json")
@shared
@click.pass_obj
def card(terminal: Terminal, folder: Path, out: Path) -> None:
    """Write what others have to know of a node: its address and public keys."""
    if out.suffix.lower() != ".json":
        raise InputError("cli.unknown_ending", path=out, known=".json")
    write_json(out, card_of(folder).as_record())
    if terminal.json:
        terminal.emit({"command": "hall node card", "file": str(out)})
    terminal.tell("cli.written", path=out)


@node.command("key", cls=Command)
@FOLDER
@click.option("--begins", required=True, metavar="DAY")
@shared
@click.pass_obj
def key(terminal: Terminal, folder: Path, begins: str) -> None:
    """Make the next signing key; it signs from a day on."""
    from datetime import UTC, datetime, time

    from onecity.identity.clock import utc_now

    start = datetime.combine(given_day(begins), time(), UTC)
    if start <= utc_now():
        raise InputError("cli_hall_node.key_past", given=begins)
    with opened(folder) as known:
        made = known.keys.prepare(known.code, start)
    if terminal.json:
        terminal.emit({"command": "hall node key", "key": made.kid, "begins": start.isoformat()})
    terminal.tell("cli_hall_node.key_made", key=made.kid, day=begins)


@node.command("account", cls=Command)
@FOLDER
@click.argument("account", metavar="NAME")
@click.option("--title", default="", metavar="TEXT")
@click.option("--unit", metavar="CODE")
@click.option("--city", metavar="CODE")
@click.option("--role", multiple=True, metavar="ROLE[@CITY]")
@click.option("--no-password", is_flag=True)
@shared
@click.pass_obj
def account(
    terminal: Terminal,
    folder: Path,
    account: str,
    title: str,
    unit: str | None,
    city: str | None,
    role: tuple[str, ...],
    no_password: bool,  # noqa: FBT001
) -> None:
    """Make an account at a node, of a resident or of staff."""
    from onecity.identity import Actor, Grant, console_address
    from onecity.identity.accounts import checked_name

    with opened(folder) as known:
        # What is wrong with the command is told before a password is asked for.
        grants = known.office.rules.check_grants(map(Grant.parse, role))
        checked_name(account)
        _of_catalogue(known, unit, (city, *(one.city for one in grants)))
        password = None if no_password else asked_password(terminal, account)
        made = known.office.accounts.add(
            account,
            title_zh=title,
            unit=unit,
            city=city,
            grants=grants,
            password=password,
            by=Actor.console(),
            address=console_address(),
        )
    roles = [str(one) for one in made.grants]
    if terminal.json:
        terminal.emit({"command": "hall node account", "name": made.name, "roles": roles})
    terminal.tell("cli.accounts_added", name=made.name, roles=" ".join(roles) or "—")


@node.command("publish", cls=Command)
@FOLDER
@click.argument(
    "catalogue", type=click.Path(path_type=Path), metavar="[CATALOGUE.xlsx]", required=False
)
@click.option("--example", type=OneOf(EXAMPLES), metavar="three|nine")
@shared
@click.pass_obj
def publish(terminal: Terminal, folder: Path, catalogue: Path | None, example: str | None) -> None:
    """Bring a catalogue into a node."""
    from onecity.hall.catalogue.example import example as invented
    from onecity.hall.catalogue.workbook import read_workbook
    from onecity.identity import Actor, console_address

    if (catalogue is None) == (example is None):
        raise InputError("cli_hall_node.catalogue_or_example")
    if catalogue is None:
        found = invented(whole=example == "nine")
    else:
        intake = read_workbook(catalogue)
        if intake.catalogue is None:
            raise InputError("cli_hall.faulty", path=catalogue, count=len(intake.faults))
        found = intake.catalogue
    if example is not None:
        from onecity.hall.forms import own
        from onecity.hall.node import processes

        own.put_example(folder)
        processes.put_example(folder)
    with opened(folder) as known:
        taken = known.editions.take_in(found, by=Actor.console(), address=console_address())
    counts = {name: len(getattr(taken, name)) for name in ("published", "drafted", "same", "held")}
    if terminal.json:
        terminal.emit({"command": "hall node publish", **counts})
    terminal.tell("cli_hall_node.taken_in", **counts)


def _of_catalogue(known: "Node", unit: str | None, cities: Iterable[str | None]) -> None:
    """Refuse a department or city that the node's catalogue does not have, as far as it has one.

    Such an account would see no task and nobody would be told why.
    """
    catalogue = known.editions.catalogue(known.today())
    if not catalogue.departments:
        return
    units = [one.code for one in catalogue.departments]
    if unit is not None and unit not in units:
        near = get_close_matches(unit, units, n=5, cutoff=0.4) or units[:5]
        raise InputError("cli_hall_node.no_unit", given=unit, near=" ".join(near))
    for one in cities:
        if one is not None and one not in catalogue.cities:
            raise InputError(
                "cli_hall_node.no_such_city", given=one, known=" ".join(catalogue.cities)
            )


def opened(folder: Path) -> "Node":
    """Open a node.

    Raises
    ------
    MissingError, InputError, StoreError
        The folder is no node's, or it cannot be opened.
    """
    with needing("hall"):
        from onecity.hall.node.node import Node

    return Node.open(folder)


def card_of(folder: Path) -> "Peer":
    """Return what others have to know of a node.

    Raises
    ------
    MissingError, InputError
        The folder is no node's, or it says nowhere where the node is reached.
    """
    with needing("hall"):
        from onecity.hall.node.config import Config
        from onecity.hall.node.node import KEYS
        from onecity.hall.wire import Keys, Peer

    config = Config.read(folder)
    if not config.url:
        raise InputError("cli_hall_node.no_url", folder=folder)
    return Peer(
        config.code,
        config.titles,
        config.kind.value,
        config.cities,
        config.departments,
        config.url.rstrip("/"),
        Keys.open(folder / KEYS).public,
    )


def made_folder(folder: Path) -> None:
    """Make a folder that its owner alone may read.

    Raises
    ------
    StoreError
        The system refuses.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            "core.not_written", path=str(folder), reason=error.strerror or error
        ) from error


def given_day(given: str) -> date:
    """Return a day that was typed, as 2027-01-01.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InputError("cli_hall.no_day", given=given) from error
