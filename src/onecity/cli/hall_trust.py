"""``onecity hall trust``: which nodes believe each other, as one office signs it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onecity.core.errors import InputError, MissingError
from onecity.core.extras import needing
from onecity.core.words import Sentence

from .files import write_json
from .frame import Command, Group, shared, without_command
from .hall_node import FOLDER, card_of, given_day, made_folder
from .terminal import Terminal

if TYPE_CHECKING:
    from datetime import datetime

    from onecity.hall.wire import Peer

SECRET, CARDS = "anchor.json", "nodes"
"""The private half of the anchor, which never leaves its folder, and the nodes' cards."""


@click.group("trust", cls=Group, invoke_without_command=True)
@shared
@click.pass_context
def trust(ctx: click.Context) -> None:
    """Keep the signed list of nodes."""
    without_command(ctx)


@trust.command("make", cls=Command)
@FOLDER
@shared
@click.pass_obj
def make(terminal: Terminal, folder: Path) -> None:
    """Make the key that lists of nodes are signed with."""
    with needing("hall"):
        from onecity.hall.node.node import ANCHOR
        from onecity.hall.wire import ED25519, Anchor
        from onecity.hall.wire.keys import write_private
    from onecity.identity.clock import utc_now

    if (folder / SECRET).exists():
        raise InputError("cli_hall_node.anchor_there", folder=folder)
    made_folder(folder / CARDS)
    key = write_private(folder / SECRET, "anchor", utc_now(), ED25519)
    anchor = Anchor(key.suite, key.public.public)
    anchor.write(folder / ANCHOR)
    if terminal.json:
        terminal.emit({"command": "hall trust make", "folder": str(folder), "anchor": str(anchor)})
    terminal.tell("cli_hall_node.anchor_made", folder=folder, anchor=anchor)


@trust.command("add", cls=Command)
@FOLDER
@click.argument("nodes", nargs=-1, required=True, metavar="NODE...")
@shared
@click.pass_obj
def add(terminal: Terminal, folder: Path, nodes: tuple[str, ...]) -> None:
    """Take nodes into the list, or what changed of them; it is signed afterwards."""
    _known(folder)
    found = [_card(Path(one)) for one in nodes]
    for one in found:
        write_json(folder / CARDS / f"{one.code}.json", one.as_record())
    codes = [one.code for one in found]
    if terminal.json:
        terminal.emit({"command": "hall trust add", "nodes": codes})
    terminal.tell("cli_hall_node.cards_taken", codes=" ".join(codes))


@trust.command("withdraw", cls=Command)
@FOLDER
@click.argument("code", metavar="CODE")
@click.option("--from", "since", required=True, metavar="DAY")
@shared
@click.pass_obj
def withdraw(terminal: Terminal, folder: Path, code: str, since: str) -> None:
    """Believe a node no more from a day on; what it signed before stays evidence."""
    from dataclasses import replace

    _known(folder)
    file = folder / CARDS / f"{code}.json"
    if Path(code).name != code or not file.is_file():
        raise MissingError("cli_hall_node.no_card", path=file)
    write_json(file, replace(_card(file), until=_start_of(since)).as_record())
    if terminal.json:
        terminal.emit({"command": "hall trust withdraw", "node": code, "from": since})
    terminal.tell("cli_hall_node.withdrawn", code=code, day=since)


@trust.command("sign", cls=Command)
@FOLDER
@click.argument("nodes", nargs=-1, type=click.Path(path_type=Path), metavar="[NODE...]")
@click.option("--until", metavar="DAY")
@shared
@click.pass_obj
def sign(terminal: Terminal, folder: Path, nodes: tuple[Path, ...], until: str | None) -> None:
    """Sign the list anew, and put it into folders of nodes on this machine."""
    _known(folder)
    with needing("hall"):
        from onecity.hall.node.config import Config
        from onecity.hall.node.node import ANCHOR, TRUST
        from onecity.hall.wire import Anchor, TrustList
        from onecity.hall.wire.keys import read_private
    from onecity.identity.clock import utc_now

    key, anchor = read_private(folder / SECRET), Anchor.read(folder / ANCHOR)
    settings = [(one, Config.read(one)) for one in nodes]  # what is no node gets no list
    version = 1
    if (folder / TRUST).is_file():
        version += TrustList.read(folder / TRUST, anchor).version
    peers = tuple(_card(one) for one in sorted((folder / CARDS).glob("*.json")))
    if not peers:
        raise InputError("cli_hall_node.no_cards", folder=folder)
    listed = {one.code for one in peers}
    for one, config in settings:
        if config.code not in listed:
            raise InputError("cli_hall_node.not_listed", node=one, code=config.code, folder=folder)
    end = None if until is None else _start_of(until)
    if end is not None and end <= utc_now():
        raise InputError("cli_hall_node.until_past", given=until)
    made = TrustList(version, utc_now(), peers, until=end).signed(key)
    made = TrustList.parse(made.text(), anchor)  # two of one code or key show here
    for place in (folder, *nodes):
        made.write(place / TRUST)
        anchor.write(place / ANCHOR)
    if terminal.json:
        codes = [one.code for one in peers]
        terminal.emit({"command": "hall trust sign", "version": version, "nodes": codes})
    terminal.tell("cli_hall_node.signed", version=version, count=len(peers), path=folder / TRUST)


def _start_of(day: str) -> "datetime":
    """Return the first moment of a day, by universal time as in all of the list."""
    from datetime import UTC, datetime, time

    return datetime.combine(given_day(day), time(), UTC)


def _known(folder: Path) -> None:
    if not (folder / SECRET).is_file():
        raise MissingError("cli_hall_node.no_anchor", folder=folder)


def _card(given: Path) -> "Peer":
    """Return what is known of a node: from its folder, or from its card."""
    with needing("hall"):
        from onecity.hall.wire import Peer
    if given.is_dir():
        return card_of(given)
    if not given.is_file():
        raise MissingError("cli_hall_node.no_card", path=given)
    try:
        record = json.loads(given.read_text("utf-8"))
    except ValueError as error:
        raise InputError("cli_hall_node.card_unread", path=given, reason=error) from error
    try:
        return Peer.from_record(record)
    except InputError as error:
        reason = Sentence(error.key, error.values)
        raise InputError("cli_hall_node.card_unread", path=given, reason=reason) from error
