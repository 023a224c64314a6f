"""What all routes share: the region and its states, what was computed, jobs, accounts, ledger."""

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onecity.core.errors import MissingError, OneCityError, StoreError
from onecity.core.words import Sentence
from onecity.identity import BASIC, FILE, Office, Rules
from onecity.identity.clock import Clock, utc_now
from onecity.programme.ledger.store import LEDGER, RULES_OF, Ledger
from onecity.programme.shelf import Shelf
from onecity.programme.shelf import version as version_of
from onecity.region.manifest import FILE as MANIFEST
from onecity.region.store import Region
from onecity.region.versions import FILE as LIST
from onecity.region.versions import Versions

from .deadline import Deadline
from .hall.offer import Offers
from .hall.opening import HallService
from .intakes import FOLDER as INTAKES
from .intakes import Intakes
from .jobs import Jobs
from .ledger.shown import Shown
from .oidc import SignIn
from .once import Once
from .security import Csrf
from .settings import Settings
from .slots import Slots
from .state import State
from .tiles import TileSet
from .warming import Warming

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

LOG = logging.getLogger("onecity.web")
VERSIONS = "versions"
"""Folder of accepted versions, in the work folder."""
SCENARIOS = "scenarios"
"""Folder of saved scenarios, in the work folder."""
_TILES = 2
"""Versions of the region whose tiles are at hand."""
_OPEN = 8
"""More things than are ever opened: none of them is dropped."""


@dataclass(frozen=True, slots=True)
class Current:
    """The current version of the region, its hash, and whether one can go back and forth."""

    region: Region
    hash: str
    can_undo: bool
    can_redo: bool


class Desk:
    """One for each service. Safe to use from any thread; all it holds is bounded.

    What is written to is opened when it is first needed: who only looks leaves no trace.
    """

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._hall = None if settings.hall is None else HallService(settings.hall)
        self.rules = _rules() if self._hall is None else self._hall.rules(_rules())
        limits = settings.limits
        self.slots = Slots(limits.computations, limits.queue, limits.queue_seconds)
        self.jobs = Jobs(limits.jobs, limits.job_seconds, self.slots)
        self.csrf = Csrf()
        self.shown = Shown()
        self.offers = Offers()
        self._open = Once(_OPEN)
        self._tiles = Once(_TILES, self.slots.lent)
        self._states = Once(limits.states, self.slots.lent)
        self._lock = threading.Lock()
        self.has_region = settings.region is not None
        if settings.region is not None:
            self._seen = self._stamp(settings.region)
            self._versions = Versions.open(settings.work / VERSIONS, settings.region)
            self._current = self._read()
        self._warming = Warming(self)

    def warm(self) -> None:
        """Begin to make ready, in the background, what is asked for first."""
        if self.settings.warm:
            self._warming.begin()

    def close(self) -> None:
        """End what runs in the background."""
        self._warming.end()
        self.jobs.close()
        if self._hall is not None:
            self._hall.stop()
        office: Office | None = self._open.peek("office")
        if office is not None:
            office.close()

    @property
    def work(self) -> Path:
        """The folder that the service may write to; it is made where it is missing.

        Raises
        ------
        StoreError
            If it cannot be made.
        """
        folder = self.settings.work
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "core.not_written", path=str(folder), reason=error.strerror or error
            ) from error
        return folder

    @property
    def has_office(self) -> bool:
        """Whether anybody was given an account, or changed anything, yet."""
        given = self.settings.database
        if given is None:
            return (self.settings.work / FILE).is_file()
        return "://" in given or Path(given).is_file()

    @property
    def office(self) -> Office:
        """Accounts, sessions and the trail; the ledger is in the same database."""
        return self._open.get("office", self._office)

    def _office(self) -> Office:
        where = self.settings.database or self.work / FILE
        parts = (LEDGER,) if self.settings.ledger else ()
        if self._hall is not None:
            parts = (*parts, *self._hall.parts())
        return Office.open(where, rules=self.rules, parts=parts, clock=self.clock)

    @property
    def has_hall(self) -> bool:
        """Whether the service holds a node of the shared services."""
        return self._hall is not None

    @property
    def hall(self) -> "Node":
        """The node of the shared services; it keeps what it has in the same database.

        Raises
        ------
        MissingError
            The service holds none, or what it needs is not installed.
        """
        if self._hall is None:
            raise MissingError("web_hall.no_hall")
        return self._hall.node(self.office, self.clock)

    def start_hall(self) -> None:
        """Let the node, where there is one, begin to send, to seal and to keep deadlines."""
        if self._hall is not None:
            self._hall.start(self.office, self.clock)

    @property
    def ledger(self) -> Ledger:
        """The ledger 台账, whose and how far everything is.

        Raises
        ------
        MissingError
            The service keeps none.
        """
        if not self.settings.ledger:
            raise MissingError("web_hall.no_ledger")
        office = self.office
        return self._open.get("ledger", lambda: Ledger(office))

    @property
    def versions(self) -> Versions:
        """The versions of the region's data.

        Raises
        ------
        MissingError
            If the service has no region.
        """
        self._need_region()
        return self._versions

    def _need_region(self) -> Path:
        """Return the region's folder, if there is one."""
        folder = self.settings.region
        if folder is None:
            raise MissingError("web.no_region")
        return folder

    @property
    def sign_in(self) -> SignIn | None:
        """Logins by an office's own provider, where there is one."""
        provider = self.settings.provider
        if provider is None or not self.settings.login:
            return None
        return self._open.get("sign_in", lambda: SignIn(provider))

    @property
    def region(self) -> Region:
        """The current version of the region."""
        return self.current.region

    @property
    def current(self) -> Current:
        """The current version, seen anew when its files change.

        While another program puts a new one in its place, the one before goes on being served.
        """
        folder = self._need_region()
        with self._lock:
            stamp = self._stamp(folder)
            if stamp != self._seen:
                try:
                    self._current, self._seen = self._read(), stamp
                except OneCityError as error:
                    LOG.warning("%s", error)
            return self._current

    def _read(self) -> Current:
        known = self._versions
        region = known.current()
        return Current(region, region.hash, known.can_undo, known.can_redo)

    def _stamp(self, folder: Path) -> tuple[object, ...]:
        """Return what changes when another version becomes current, or the region is built anew."""
        files = (self.settings.work / VERSIONS / LIST, folder / MANIFEST)
        return tuple(_state_of(file) for file in files)

    @property
    def shelf(self) -> Shelf:
        """The saved scenarios."""
        self._need_region()
        return Shelf(self.settings.work / SCENARIOS)

    @property
    def intakes(self) -> Intakes:
        """The workbooks that were sent in."""
        self._need_region()
        return Intakes(self.work / INTAKES, self.settings.limits.intake_seconds)

    @property
    def state(self) -> State:
        """The current version of the region, as it is."""
        return self.state_of(None)

    def state_of(self, key: str | None) -> State:
        """Return the state of a saved scenario; None for the region as it is.

        Raises
        ------
        MissingError
            If there is no such scenario.
        InputError
            If it does not fit the region as it is now.
        """
        now, most = self.current, self.settings.limits.answers
        region, version = now.region, now.hash
        if key is None:
            return self._states.get(
                (version, None), lambda: State.of(region, self.slots, answers=most)
            )
        scenario = self.shelf.get(key)
        return self._states.get(
            (version, key, version_of(scenario)),
            lambda: State.of(region, self.slots, answers=most, scenario=scenario),
        )

    @property
    def tiles(self) -> TileSet:
        """The tiles of the current version. Scenarios share them: they are drawn on top."""
        state = self.state
        tiles = state.part("tiles", lambda: TileSet.of(state.region))
        return self._tiles.get(tiles.hash, lambda: tiles)

    def tiles_of(self, name: str) -> TileSet:
        """Return the tiles of the current version or one shown before, by their hash.

        Raises
        ------
        MissingError
            If there are none: the region has changed since.
        """
        now = self.tiles
        found: TileSet | None = now if now.hash == name else self._tiles.peek(name)
        if found is None:
            raise MissingError("web.no_tiles", given=name)
        return found

    def computing(self) -> AbstractContextManager[None]:
        """Hold a place for a heavy computation; see `onecity.web.slots.Slots.taken`."""
        return self.slots.taken()

    def deadline(self) -> Deadline:
        """Return the time limit of a computation that begins now and that somebody waits for."""
        return Deadline.after(self.settings.limits.answer_seconds)


def _rules() -> Rules:
    """Return what everybody may do, and the words for what the trail of a service tells of."""
    return RULES_OF(BASIC).extended(
        permissions={},
        actions={
            "data.received": Sentence("web.action_data_received"),
            "data.dropped": Sentence("web.action_data_dropped"),
        },
    )


def _state_of(file: Path) -> tuple[int, ...] | None:
    """Return what tells one content of a file from another; None if there is no file."""
    try:
        known = file.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size, known.st_ino
