"""What is verified: a node's store, opened without a trace, its trust list and its keys."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from onecity.core.errors import InputError, MissingError, OneCityError, StoreError
from onecity.core.words import Sentence
from onecity.hall.node.config import Config
from onecity.hall.node.keystore import KeyTable
from onecity.hall.node.mail.resuming import RESUMED
from onecity.hall.node.schema import HALL
from onecity.hall.node.tables.mail import INBOX, OUTBOX
from onecity.hall.vault import Vault
from onecity.hall.wire import Anchor, Head, Keys, Peer, Refusal, TrustList, read_json
from onecity.identity import FILE
from onecity.identity.backup import restore
from onecity.identity.clock import utc_now
from onecity.identity.database import Database
from onecity.identity.schema import IDENTITY, TRAIL

KEYS, TRUST, ANCHOR = "keys", "trust.json", "anchor.pub"
_BACKUP = ".zip"


@dataclass(frozen=True, slots=True)
class Source:
    """One node to be verified.

    `vault` is None where its keys are not there: what is sealed stays closed then. `notes` say
    what could not be checked, and why.
    """

    place: str
    code: str
    connection: Connection
    trust: TrustList
    vault: Vault | None
    live: bool
    notes: tuple[Sentence, ...] = field(default=())

    def lost(self, peer: str, case: str) -> frozenset[int]:
        """Return the numbers of a line that the node lost to a backup, as its log says."""
        said = select(TRAIL.c.after).where(TRAIL.c.action == RESUMED, TRAIL.c.target == peer)
        told = [json.loads(after) for after in self.connection.execute(said).scalars()]
        return frozenset(
            number
            for one in told
            if one["case"] == case
            for number in range(one["first"], one["last"] + 1)
        )


@contextmanager
def opened(place: Path, trust: Path | None = None, anchor: Path | None = None) -> Iterator[Source]:
    """Open a node's folder, a store alone, or a backup, for reading only.

    Parameters
    ----------
    place
        What to open.
    trust, anchor
        Trust list and anchor, where they do not lie beside the store.

    Raises
    ------
    MissingError
        It is not there.
    InputError
        It is no such thing, or trust list or keys are not fit.
    StoreError
        The store is damaged.
    """
    folder = place if place.is_dir() else place.parent
    with ExitStack() as stack:
        connection = stack.enter_context(_connected(place))
        notes: list[Sentence] = []
        listed = _trust(trust or folder / TRUST, anchor or folder / ANCHOR, notes)
        code = _code(folder, connection)
        source = Source(
            str(place), code, connection, _with_own(listed, code, folder / KEYS),
            _vault(folder / KEYS, notes), place.suffix.lower() != _BACKUP,
        )  # fmt: skip
        yield replace(source, notes=tuple(notes))


@contextmanager
def _connected(place: Path) -> Iterator[Connection]:
    if place.is_dir():
        where = Config.read(place).place(place)
        if "://" in where:
            with _of_server(where) as connection:
                yield connection
            return
        place = Path(where)
    if not place.is_file():
        raise MissingError("hall_verify.no_store", path=str(place))
    if place.suffix.lower() == _BACKUP:
        with tempfile.TemporaryDirectory() as room:
            copy = Path(room) / FILE
            restore(place, copy, (HALL,))
            with _of_file(copy) as connection:
                yield connection
        return
    with _of_file(place) as connection:
        yield connection


@contextmanager
def _of_server(where: str) -> Iterator[Connection]:
    database = Database.open(where, parts=(IDENTITY, HALL), create=False)
    try:
        with database.reading() as connection:
            yield connection
    finally:
        database.close()


@contextmanager
def _of_file(file: Path) -> Iterator[Connection]:
    """Open a SQLite file as it is: a service may be at work with it, or it may lie on a DVD."""
    engine = create_engine("sqlite://", creator=lambda: _raw(file), poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
            yield connection
    except DBAPIError as error:
        raise StoreError("identity.store_failed", path=str(file), reason=error.orig) from error
    finally:
        engine.dispose()


def _raw(file: Path) -> sqlite3.Connection:
    # A service that is at work has a write-ahead log beside it. Where there is none, nobody is,
    # and the file is read as it lies: SQLite would make files of its own beside it otherwise.
    logged = file.with_name(f"{file.name}-wal").exists()
    made = sqlite3.connect(
        f"file:{quote(str(file.resolve()))}?mode=ro{'' if logged else '&immutable=1'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    made.text_factory = _any_text
    return made


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _trust(file: Path, anchor: Path, notes: list[Sentence]) -> TrustList:
    if not file.is_file() or not anchor.is_file():
        notes.append(Sentence("hall_verify.no_trust", {"path": str(file)}))
        return TrustList(0, utc_now(), ())
    return TrustList.read(file, Anchor.read(anchor))


def _with_own(listed: TrustList, code: str, keys: Path) -> TrustList:
    """Return the list with the node itself in it: one that stands alone is in no list."""
    if code in listed:
        return listed
    with suppress(OneCityError):
        own = Keys.open(keys).public
        return replace(listed, nodes=(*listed.nodes, _peer(code, own)))
    return listed


def _peer(code: str, keys: tuple[object, ...]) -> Peer:
    return Peer(code, {"zh": code, "en": code}, "city", (), (), "", keys)  # type: ignore[arg-type]


def _vault(keys: Path, notes: list[Sentence]) -> Vault | None:
    try:
        return Vault.open(keys, KeyTable())
    except MissingError:
        notes.append(Sentence("hall_verify.no_vault", {"path": str(keys)}))
        return None


def _code(folder: Path, connection: Connection) -> str:
    """Return the node's code, from its settings or from what it sent or took."""
    with suppress(MissingError):
        return Config.read(folder).code
    for table, name in ((OUTBOX, "sender"), (INBOX, "receiver")):
        for text in connection.execute(select(table.c.head).limit(1)).scalars():
            with suppress(Refusal, InputError, UnicodeEncodeError):
                return str(getattr(Head.from_record(read_json(text.encode())), name))
    return ""
