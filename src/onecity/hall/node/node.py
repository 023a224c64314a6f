"""A node: its folder, store, keys and trust list, and what it can do, each in a part of its own."""

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence
from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue import Department
from onecity.hall.vault import Vault
from onecity.hall.wire import Anchor, Keys, Peer, Refusal, TrustList
from onecity.identity import BASIC, Actor, Office, Via
from onecity.identity.clock import Clock, utc_now

from . import bodies, figures, looks, seals
from .applying import Applying
from .board import Board
from .broker import Broker
from .config import FILE, Config, NodeKind
from .editions import Editions
from .events import LifeEvents
from .handling import Handling
from .keystore import KeyTable
from .mail import Mail
from .processes import Processes
from .rights import RULES_OF
from .schema import HALL
from .timers import Timers
from .writing import CHINA, Write

KEYS = "keys"
"""Folder of the keys, readable by the owner alone."""
TRUST, ANCHOR = "trust.json", "anchor.pub"


class Node:
    """One node; made by `open` or `make`. Any thread may use it.

    Attributes
    ----------
    folder, config
        Where it is, and its settings.
    office
        Store, accounts, trail and clock.
    calendar
        Which days are worked.
    keys, trust, vault
        What it signs with, whom it believes, and what seals personal data.
    editions, processes
        The catalogue, in versions with dates; the drawings by which cases run.
    handling, timers, board
        Its departments' cases, the moments it waits for, and what it all sums up to.
    mail, broker
        What it tells other nodes and they tell it; what it asks of them, gives and holds.
    """

    def __init__(self, folder: Path, config: Config, office: Office, *, owned: bool) -> None:
        self.folder, self.config, self.office = folder, config, office
        self.calendar = WorkingCalendar.china()
        self.keys = Keys.open(folder / KEYS)
        self.vault = Vault.open(folder / KEYS, KeyTable(), office.clock)
        self.trust = _trusted(folder)
        self.mail = Mail(self)
        self.mail.check = bodies.check
        self.broker = Broker(self)
        self.mail.register(self.broker.handlers, self.broker.when_refused)
        self.timers = Timers(self)
        self.handling = Handling(self)
        self.mail.register(self.handling.handlers, self.handling.when_refused)
        self.mail.register(looks.HANDLERS)
        self.mail.register(figures.HANDLERS)
        self.mail.register(seals.HANDLERS)
        self.timers.register(self.handling.moments)
        self.timers.register(self.broker.moments)
        self.board = Board(self)
        self.editions = Editions(self)
        self.processes = Processes(self)
        self.events = LifeEvents(self)
        self.applying = Applying(self)
        self.mail.register(self.events.handlers)
        self.mail.register(self.applying.handlers, self.applying.when_refused)
        self.timers.register({**self.events.moments, **self.applying.moments})
        self.broker.wanted = self.applying.proofs.wanted
        self.handling.when_erased = self.applying.erased
        self._owned = owned
        self._mine = threading.local()

    @classmethod
    def make(
        cls,
        folder: Path,
        config: Config,
        *,
        office: Office | None = None,
        clock: Clock = utc_now,
    ) -> Self:
        """Make a node in a folder: settings, keys and store.

        Raises
        ------
        InputError
            There is a node already, or what an interrupted making left.
        StoreError
            It cannot be written; what was made of it is taken away again.
        """
        if (folder / FILE).exists():
            raise InputError("hall_node.node_exists", path=str(folder))
        if any((folder / KEYS).glob("*")):
            raise InputError("hall_node.half_made", path=str(folder))
        fresh, made = not folder.exists(), None
        try:
            Keys.make(folder / KEYS, config.code, clock())
            Vault.make(folder / KEYS, KeyTable(), clock)
            made = cls._with(folder, config, office, clock)
            # Last: a folder without settings is no node, so a half-made one is never taken for one.
            config.write(folder)
        except BaseException:
            if made is not None:
                made.close()
            shutil.rmtree(folder if fresh else folder / KEYS, ignore_errors=True)
            raise
        return made

    @classmethod
    def open(cls, folder: Path, *, office: Office | None = None, clock: Clock = utc_now) -> Self:
        """Open a node.

        Parameters
        ----------
        folder
            Where its settings are.
        office
            Its store, where that is open already with the part `HALL`; it is not closed then.
        clock
            What tells the time, of a store that is opened here.

        Raises
        ------
        MissingError
            The folder is no node's, or has no keys.
        InputError, StoreError
            Settings, trust list or store are not fit.
        """
        return cls._with(folder, Config.read(folder), office, clock)

    @classmethod
    def _with(cls, folder: Path, config: Config, office: Office | None, clock: Clock) -> Self:
        """Return the node of settings and keys, over a store that is open or is opened here."""
        if office is not None:
            return cls(folder, config, office, owned=False)
        place = config.place(folder)
        made = Office.open(place, rules=RULES_OF(BASIC), parts=(HALL,), clock=clock)
        try:
            return cls(folder, config, made, owned=True)
        except BaseException:
            made.close()
            raise

    def close(self) -> None:
        """Close the store, if it was opened here."""
        if self._owned:
            self.office.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- Reading and writing ---------------------------------------------------------------------

    def today(self) -> date:
        """Return the day in China."""
        return self.office.clock().astimezone(CHINA).date()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the store; inside `writing`, its own."""
        with self.office.database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self, by: Actor, address: str = "") -> Iterator[Write]:
        """Give a write, all of which is kept at the end; nothing is if the block raises.

        Inside another write of the same thread, it takes effect with that one. Nodes that it
        left messages for are told of them once all of it is kept.
        """
        outer: Write | None = getattr(self._mine, "write", None)
        with self.office.database.writing() as connection:
            write = Write(
                node=self,
                connection=connection,
                by=by,
                address=address,
                now=self.office.clock(),
            )
            self._mine.write = write
            try:
                yield write
            finally:
                self._mine.write = outer
        if outer is not None:
            outer.told |= write.told
        else:
            self.mail.wake(*write.told)

    # --- Which node is whose ---------------------------------------------------------------------

    @property
    def code(self) -> str:
        """Its code among the nodes."""
        return self.config.code

    @property
    def itself(self) -> Actor:
        """The node as who does what nobody asks for, such as what a timer brings."""
        return Actor(f"node:{self.code}", self.config.title, None, None, (), Via.LOCAL)

    def acts_for(self, department: Department) -> bool:
        """Whether a department decides at this node."""
        if self.config.departments is not None:
            return department.code in self.config.departments
        return _stands_for(self.config.kind, self.config.cities, department)

    def node_of(self, department: Department) -> str:
        """Return the code of the node at which a department decides.

        Raises
        ------
        MissingError
            The trust list has none.
        """
        if self.acts_for(department):
            return self.code
        nodes = self.trust.standing(self.office.clock())
        found = [one for one in nodes if department.code in (one.departments or ())]
        found += [
            one
            for one in nodes
            if one.departments is None and _stands_for(NodeKind(one.kind), one.cities, department)
        ]
        if not found:
            raise MissingError("hall_node.no_node_of_unit", unit=department.code)
        return found[0].code

    def peer(self, code: str) -> Peer:
        """Return another node of the trust list.

        Raises
        ------
        MissingError
            It names none of that code.
        """
        try:
            return self.trust.node(code)
        except Refusal as error:
            raise MissingError("hall_node.no_peer", given=code) from error

    def title_of(self, code: str) -> Mapping[str, str]:
        """Return the name of a node, of this one too; its code where it is not known."""
        if code in self.trust:
            return self.trust.node(code).title
        return self.config.titles if code == self.code else {"zh": code, "en": code}

    def reload_trust(self) -> None:
        """Read the trust list anew.

        Raises
        ------
        Refusal
            The one that is there now is not signed, or older than the one in use, which stays.
        """
        self.trust = read_trust(self.folder, least=self.trust.version)


def _stands_for(kind: NodeKind, cities: tuple[str, ...], department: Department) -> bool:
    """Whether a node without a list of departments acts for one."""
    if kind is NodeKind.CITY:
        return department.city in cities
    return kind is NodeKind.PROVINCE and not department.city


def _trusted(folder: Path) -> TrustList:
    """Return the trust list of a folder; if it is not fit, say which file, and what to do."""
    try:
        return read_trust(folder)
    except (InputError, MissingError) as error:
        path = str(folder / TRUST)
        raise InputError(
            "hall_node.bad_trust", path=path, reason=Sentence(error.key, error.values)
        ) from error


def read_trust(folder: Path, *, least: int = 0) -> TrustList:
    """Return the trust list of a node's folder; an empty one where the node stands alone."""
    if not (folder / TRUST).is_file():
        return TrustList(0, utc_now(), ())
    return TrustList.read(folder / TRUST, Anchor.read(folder / ANCHOR), least=least)
