"""The file: its versions, who may open it, many threads and processes, and sudden ends."""

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.identity import FILE, Actor, Office, kinds, sqlite
from onecity.identity.database import Database
from onecity.identity.migrating import revisions, versions
from onecity.identity.parts import Part
from onecity.identity.schema import IDENTITY, TRAIL
from onecity.identity.trail import Note
from tests.stores import Cluster, running

from .conftest import AS_SHIPPED, CONSOLE

ROOT = Path(__file__).resolve().parents[2]
REVISIONS = {
    "0001": ("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL UNIQUE)",),
    "0002": (
        "ALTER TABLE notes ADD COLUMN length INTEGER",
        "UPDATE notes SET length = length(text)",
    ),
    "0003": ("CREATE TABLE more (x INTEGER)", "UPDATE nowhere SET x = 1"),
}
"""Of a part of a store for these tests; the third fails half-way."""
SOURCE = """
from alembic import op
revision, down_revision = {name!r}, {before!r}
def upgrade():
    for statement in {statements!r}:
        op.execute(statement)
"""


def notes(count: int) -> Part:
    """Return the part as a program of that many revisions knows it."""
    return Part("notes", MetaData(), f"notes_of_{count}")


@pytest.fixture(autouse=True, scope="module")
def _revisions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Write the revisions, one program after another."""
    root = tmp_path_factory.mktemp("revisions")
    for count in range(1, len(REVISIONS) + 1):
        folder = root / notes(count).migrations
        folder.mkdir()
        (folder / "__init__.py").touch()
        before = None
        for name, statements in list(REVISIONS.items())[:count]:
            source = SOURCE.format(name=name, before=before, statements=statements)
            (folder / f"v{name}.py").write_text(source, "utf-8")
            before = name
    sys.path.insert(0, str(root))
    yield
    sys.path.remove(str(root))


def opened(where: str | os.PathLike[str], count: int = 1) -> Database:
    return Database.open(where, parts=(notes(count),))


@pytest.fixture
def base(store_url: str) -> Iterator[Database]:
    made = opened(store_url)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.sqlite"


def texts(base: Database) -> list[str]:
    with base.reading() as connection:
        found = connection.exec_driver_sql("SELECT text FROM notes ORDER BY id")
        return list(found.scalars())


def add(base: Database, text: str) -> None:
    statement = "INSERT INTO notes (id, text) SELECT coalesce(max(id), 0) + 1, ? FROM notes"
    if base.dialect == "postgresql":
        statement = statement.replace("?", "%s")
    with base.writing() as connection:
        connection.exec_driver_sql(statement, (text,))


def count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one())


# --- Opening -----------------------------------------------------------------------------


def test_a_new_file_is_for_its_owner_alone(file: Path) -> None:
    base = opened(file)
    add(base, "a")
    for one in file.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name
    base.close()


def test_settings_hold_on_every_connection(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "SETTINGS", AS_SHIPPED)
    base = opened(file)
    with base.reading() as one, base.reading() as other:
        assert one is not other
        for connection in (one, other):
            told = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "recursive_triggers")
            }
            full = 2
            assert told == {
                "journal_mode": "wal",
                "foreign_keys": 1,
                "synchronous": full,
                "recursive_triggers": 1,
            }
    base.close()


def test_none_is_made_where_none_is_wanted(store_url: str) -> None:
    for _ in range(2):  # asking leaves nothing behind
        with pytest.raises(MissingError, match=r"office\.sqlite|postgresql://"):
            Database.open(store_url, parts=(notes(1),), create=False)
    assert not Path(store_url).exists()


def test_an_older_store_becomes_one_of_today(store_url: str) -> None:
    old = opened(store_url)
    add(old, "九城")
    old.close()
    new = opened(store_url, 2)
    with new.reading() as connection:
        assert connection.exec_driver_sql("SELECT * FROM notes").all() == [(1, "九城", 2)]
    new.close()
    with pytest.raises(StoreError, match=r"newer version \(version notes 0002; .* knows 0001"):
        opened(store_url)


def test_a_step_that_fails_leaves_the_older_version(store_url: str) -> None:
    old = opened(store_url)
    add(old, "a")
    old.close()
    with pytest.raises(StoreError, match="nowhere"):
        opened(store_url, 3)
    again = opened(store_url)
    assert texts(again) == ["a"]
    with again.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_notes", "notes"}
    again.close()


def test_a_file_of_before_alembic_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(Path(__file__).with_name("first_version.sql").read_text("utf-8"))
    with Office.open(path, create=False) as office:
        assert [one.name for one in office.accounts.all()] == ["li", "wang"]
        assert office.accounts.get("wang").title_zh == "王规划"
        office.accounts.enable("li", by=CONSOLE)
        verdict = office.trail.verify()
        assert (verdict.sound, verdict.guarded, verdict.rows) == (True, True, 4)
        with office.database.reading() as connection:
            assert versions(connection) == {"identity": revisions(IDENTITY)[-1]}
            # Programs of before leave it alone now.
            assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == 2
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 3")
    with pytest.raises(StoreError, match="newer version"):
        Office.open(path)


def test_migrations_make_the_tables_that_are_declared(store_url: str) -> None:
    with Office.open(store_url) as office, office.database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": IDENTITY.version_table, "compare_type": True}
        )
        assert compare_metadata(context, IDENTITY.metadata) == []


def test_many_open_a_new_store_at_once(store_url: str) -> None:
    failed: list[BaseException] = []

    def start(name: str) -> None:
        try:
            mine = opened(store_url, 2)
            add(mine, name)
            mine.close()
        except BaseException as error:  # noqa: BLE001  (told by the assertion)
            failed.append(error)

    crowd = [threading.Thread(target=start, args=(str(number),)) for number in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert not failed
    last = opened(store_url, 2)
    assert sorted(texts(last)) == sorted(map(str, range(8)))
    last.close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 30, b"short"])
def test_what_is_no_database_is_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"a\.sqlite"):
        opened(file)
    assert file.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(file: Path, cluster: Cluster) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="not a store of OneCity"):
        opened(file)
    assert file.read_bytes() == before
    with cluster.fresh() as url:
        with psycopg.connect(url) as theirs:
            theirs.execute("CREATE TABLE theirs (x integer)")
        with pytest.raises(StoreError, match="not a store of OneCity"):
            opened(url)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="directory"):
        opened(tmp_path)


def test_a_damaged_page_is_told(file: Path) -> None:
    base = opened(file)
    with base.writing():
        for number in range(500):
            add(base, f"{number} {'x' * 200}")
    base.close()
    content = bytearray(file.read_bytes())
    content[8192:] = random.Random(1).randbytes(len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"a\.sqlite"):
        texts(opened(file))


# --- Addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("mysql://li:geheim@host/x", "mysql"),
        ("postgresql://li:geheim@host:port/x", "understood"),
        ("postgresql://li:geheim@[::1/x", "understood"),
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(given: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        opened(given)
    assert "geheim" not in str(caught.value)


def test_a_password_is_in_no_message(cluster: Cluster) -> None:
    url = cluster.url("nobody").replace("@", ":geheim@")
    with pytest.raises(StoreError, match="nobody") as caught:
        opened(url)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "geheim" not in f"{chain} {chain!r}"
        chain = chain.__cause__ or chain.__context__
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        opened("postgresql://li:geheim@127.0.0.1:1/x?sslpassword=geheim")
    assert "geheim" not in str(caught.value)


def test_a_database_that_cannot_hold_chinese_is_refused(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="LATIN1"):
        opened(cluster.url("narrow"))


# --- Transactions ----------------------------------------------------------------------------


def add_and_fail(base: Database, *given: str) -> None:
    with base.writing():
        for text in given:
            add(base, text)
        raise ZeroDivisionError


def test_all_takes_effect_or_nothing(base: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail(base, "a")
    assert texts(base) == []
    add(base, "b")
    with pytest.raises(IntegrityError):
        add_and_fail(base, "c", "b")
    assert texts(base) == ["b"]


def test_an_inner_transaction_can_be_undone_alone(base: Database) -> None:
    with base.writing():
        add(base, "a")
        with pytest.raises(ZeroDivisionError):
            add_and_fail(base, "b")
        with pytest.raises(IntegrityError):
            add(base, "a")
        add(base, "c")
        assert texts(base) == ["a", "c"]  # seen from inside
    assert texts(base) == ["a", "c"]
    with pytest.raises(ZeroDivisionError):
        add_and_fail(base, "d")
    assert texts(base) == ["a", "c"]


def test_a_reader_sees_one_state(base: Database) -> None:
    add(base, "a")
    with base.reading() as connection:
        assert count(connection) == 1
        writer = threading.Thread(target=add, args=(base, "b"))
        writer.start()
        writer.join()
        assert count(connection) == 1
    assert texts(base) == ["a", "b"]


def test_nothing_is_kept_of_what_a_reader_does(base: Database) -> None:
    add(base, "a")
    with suppress(StoreError), base.reading() as connection:
        connection.exec_driver_sql("DELETE FROM notes")
    assert texts(base) == ["a"]


def test_others_who_do_not_let_go_are_told(
    base: Database, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "PATIENCE_S", 0.1)
    other = opened(store_url)
    with base.writing(), pytest.raises(StoreError, match="in use by others"):
        add(other, "a")  # as another process would
    held = threading.Event()
    free = threading.Event()

    def hold() -> None:
        with other.writing():
            held.set()
            free.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    with pytest.raises(StoreError, match="in use by others"):
        add(other, "a")
    free.set()
    thread.join()
    add(other, "a")
    assert texts(base) == ["a"]
    other.close()


def test_a_full_disk_undoes_the_change(file: Path) -> None:
    base = opened(file)
    add(base, "a")
    with base.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        add_and_fail(base, "b", "x" * 100_000)
    assert texts(base) == ["a"]
    add(base, "c")
    assert texts(base) == ["a", "c"]
    base.close()


def test_a_closed_store_is_told(base: Database) -> None:
    base.close()
    with pytest.raises(StoreError, match="closed"):
        texts(base)


def test_connections_are_used_again(base: Database) -> None:
    for number in range(20):
        add(base, str(number))
        texts(base)
    pool = base.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedin() == 1


# --- Crowds and crashes ------------------------------------------------------------------------


def test_many_threads_append_to_one_chain(office: Office) -> None:
    def append(who: int) -> None:
        for number in range(25):
            note = Note("test.appended", "test", f"{who}-{number}")
            office.trail.append(Actor.local(), note)

    before = office.trail.head().id
    crowd = [threading.Thread(target=append, args=(who,)) for who in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    verdict = office.trail.verify()
    assert verdict.sound
    assert verdict.rows == before + 200
    found = office.trail.page(kind="test", limit=1000).entries
    assert {one.target for one in found} == {f"{w}-{n}" for w in range(8) for n in range(25)}


WRITER = textwrap.dedent("""
    import sys
    from onecity.identity import Actor, Office
    from onecity.identity.schema import ACCOUNTS
    where, name, count = sys.argv[1:]
    office = Office.open(where)
    change = ACCOUNTS.update().where(ACCOUNTS.c.name == name)
    for number in range(1, int(count) + 1):
        with office.change(Actor.local(), "test.changed", name, str(number)) as made:
            made.connection.execute(change.values(title_zh=str(number)))
        print(number, flush=True)
""")
Crowd = dict[str, tuple["subprocess.Popen[bytes]", Path]]


@contextmanager
def writers(where: str, folder: Path, names: str, count: int) -> Iterator[Crowd]:
    """Start processes that change an account each, and write to a file what they know is kept."""
    with Office.open(where) as office:
        for name in names:
            with suppress(InputError):
                office.accounts.add(name, by=CONSOLE)
    crowd = {}
    for name in names:
        told, wrong = folder / f"{name}.txt", folder / f"{name}.err"
        command = [sys.executable, "-c", WRITER, where, name, str(count)]
        with told.open("wb") as out, wrong.open("wb") as err:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err)
        crowd[name] = process, told
    yield crowd
    for process, _ in crowd.values():
        process.kill()
        process.wait(timeout=60)


def check_kept(where: str, crowd: Crowd) -> int:
    """Check that what was acknowledged is there with its entry; return how much that is."""
    total = 0
    with Office.open(where) as office:
        verdict = office.trail.verify()
        assert verdict.sound
        assert verdict.guarded
        for name, (_, told) in crowd.items():
            known = [int(line) for line in told.read_text().split("\n")[:-1]]
            query = select(TRAIL.c.target).where(TRAIL.c.kind == name).order_by(TRAIL.c.id)
            with office.database.reading() as connection:
                kept = [int(one) for one in connection.execute(query).scalars()]
            # Of the run before this one, more were kept.
            begun = max((at for at, one in enumerate(kept) if one == 1), default=0)
            last = kept[begun:]
            assert last[: len(known)] == known
            # One may have been on the disk and not yet told of.
            assert len(last) - len(known) <= 1
            assert office.accounts.get(name).title_zh == str(last[-1] if last else "")
            total += len(known)
    return total


def test_many_processes_append_to_one_chain(store_url: str, tmp_path: Path) -> None:
    with writers(store_url, tmp_path, "ab", 50) as crowd:
        assert [one.wait(timeout=60) for one, _ in crowd.values()] == [0, 0]
        assert check_kept(store_url, crowd) == 100


def wait_until_all_write(crowd: Crowd) -> None:
    end = time.monotonic() + 60
    while any(not told.stat().st_size for _, told in crowd.values()):
        assert time.monotonic() < end
        assert all(process.poll() is None for process, _ in crowd.values())
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_kill_loses_nothing_acknowledged(store_url: str, tmp_path: Path) -> None:
    """Kill two writers at random moments, again and again, on one store."""
    chance = random.Random(20250301)
    for _ in range(2):
        with writers(store_url, tmp_path, "ab", 1_000_000) as crowd:
            wait_until_all_write(crowd)
            time.sleep(chance.uniform(0.0, 0.15))
            for process, _ in crowd.values():
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=60)
            assert check_kept(store_url, crowd) >= 2


def test_a_servers_sudden_end_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Kill all processes of the server while two programs write, and start it again."""
    chance = random.Random(20250301)
    with running(safe=True) as server:
        where = server.url()
        office = Office.open(where)
        for _ in range(2):
            with writers(where, tmp_path, "ab", 1_000_000) as crowd:
                wait_until_all_write(crowd)
                time.sleep(chance.uniform(0.0, 0.15))
                server.crash()
                with pytest.raises(StoreError, match="postgresql://"):
                    office.accounts.all()
                assert [one.wait(timeout=60) for one, _ in crowd.values()] == [1, 1]
                for name in crowd:
                    told = (tmp_path / f"{name}.err").read_text()
                    assert told.count("StoreError") == 1
                server.start()
                assert check_kept(where, crowd) >= 2
                # Who was connected before goes on without being opened again.
                assert len(office.accounts.all()) == 2
        office.close()


def test_what_is_done_after_a_lost_connection_is_told_too(cluster: Cluster) -> None:
    """Who goes on although a statement failed has lost the transaction all the same."""
    with cluster.fresh() as url, closing(opened(url)) as base:

        def go_on() -> None:
            with base.writing() as connection:
                own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with psycopg.connect(url) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 10000)", [own])
                with suppress(DBAPIError):
                    connection.exec_driver_sql("SELECT 1")
                connection.exec_driver_sql("INSERT INTO notes VALUES (1, 'a')")

        with pytest.raises(StoreError, match="postgresql://"):
            go_on()
        assert texts(base) == []


def test_a_lost_connection_is_told_and_the_next_is_another(cluster: Cluster) -> None:
    with cluster.fresh() as url, closing(opened(url)) as base:

        def add_and_lose() -> None:
            with base.writing() as connection:
                connection.exec_driver_sql("INSERT INTO notes VALUES (1, 'a')")
                own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with psycopg.connect(url) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 10000)", [own])
                connection.exec_driver_sql("SELECT 1")

        with pytest.raises(StoreError, match="postgresql://"):
            add_and_lose()
        assert texts(base) == []
        add(base, "b")
        assert texts(base) == ["b"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(office: Office) -> None:
    held = office.trail.head()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            office.trail.append(CONSOLE, Note("test.appended", "test", "child"))
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    office.trail.append(CONSOLE, Note("test.appended", "test", "parent"))
    assert office.trail.head().id == held.id + 2
    assert office.trail.verify().sound
