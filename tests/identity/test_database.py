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
from pathlib import Path

import pytest

from onecity.core.errors import MissingError, StoreError
from onecity.identity import Actor, Office, database
from onecity.identity.database import Database, Migration
from onecity.identity.trail import Note

from .conftest import AS_SHIPPED, CONSOLE

ROOT = Path(__file__).resolve().parents[2]
OURS = 7
FIRST: Migration = ("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",)
SECOND: Migration = (
    "ALTER TABLE notes ADD COLUMN length INTEGER",
    "UPDATE notes SET length = length(text)",
)


def opened(path: Path, *migrations: Migration) -> Database:
    return Database.open(path, application=OURS, migrations=migrations or (FIRST,))


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Database]:
    made = opened(tmp_path / "a.sqlite")
    yield made
    made.close()


def texts(base: Database) -> list[str]:
    with base.reading() as connection:
        return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY id")]


def add(base: Database, text: str) -> None:
    with base.writing() as connection:
        connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))


# --- Opening -----------------------------------------------------------------------------


def test_a_new_file_is_for_its_owner_alone(base: Database) -> None:
    add(base, "a")
    for file in base.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_settings_hold_on_every_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_SETTINGS", AS_SHIPPED)
    base = opened(tmp_path / "b.sqlite")
    with base.reading() as one, base.reading() as other:
        assert one is not other
        for connection in (one, other):
            told = {
                name: connection.execute(f"PRAGMA {name}").fetchone()[0]
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


def test_none_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "b.sqlite"
    with pytest.raises(MissingError, match=r"b\.sqlite"):
        Database.open(path, application=OURS, migrations=(FIRST,), create=False)
    assert not path.exists()


def test_an_older_file_becomes_one_of_today(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    old = opened(path, FIRST)
    add(old, "九城")
    old.close()
    new = opened(path, FIRST, SECOND)
    with new.reading() as connection:
        assert connection.execute("SELECT * FROM notes").fetchall() == [(1, "九城", 2)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    new.close()
    with pytest.raises(StoreError, match="newer version"):
        opened(path, FIRST)


def test_a_step_that_fails_leaves_the_older_version(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    old = opened(path, FIRST)
    add(old, "a")
    old.close()
    with pytest.raises(StoreError, match="no such table"):
        opened(path, FIRST, (*SECOND, "UPDATE nowhere SET x = 1"))
    again = opened(path, FIRST)
    assert texts(again) == ["a"]
    again.close()


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    failed: list[BaseException] = []

    def start(name: str) -> None:
        try:
            mine = opened(path, FIRST, SECOND)
            add(mine, name)
            mine.close()
        except BaseException as error:  # noqa: BLE001  (told by the assertion)
            failed.append(error)

    crowd = [threading.Thread(target=start, args=(str(number),)) for number in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert not failed
    last = opened(path, FIRST, SECOND)
    assert sorted(texts(last)) == sorted(map(str, range(12)))
    last.close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 30, b"short"])
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"a\.sqlite"):
        opened(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a store of OneCity"):
        opened(path)
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match="not a store of OneCity"):
        Office.open(opened(tmp_path / "b.sqlite").path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="directory"):
        opened(tmp_path)


def test_a_damaged_page_is_told(base: Database) -> None:
    for number in range(500):
        add(base, f"{number} {'x' * 200}")
    base.close()
    content = bytearray(base.path.read_bytes())
    content[8192:] = random.Random(1).randbytes(len(content) - 8192)
    base.path.write_bytes(content)
    again = opened(base.path)
    with pytest.raises(StoreError, match=r"a\.sqlite"):
        texts(again)
    again.close()


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
    with pytest.raises(sqlite3.IntegrityError):
        add_and_fail(base, "c", "b")
    assert texts(base) == ["b"]


def test_an_inner_transaction_can_be_undone_alone(base: Database) -> None:
    with base.writing():
        add(base, "a")
        with pytest.raises(ZeroDivisionError):
            add_and_fail(base, "b")
        add(base, "c")
        assert texts(base) == ["a", "c"]  # seen from inside
    assert texts(base) == ["a", "c"]
    with pytest.raises(ZeroDivisionError):
        add_and_fail(base, "d")
    assert texts(base) == ["a", "c"]


def test_a_reader_sees_one_state(base: Database) -> None:
    add(base, "a")
    with base.reading() as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        writer = threading.Thread(target=add, args=(base, "b"))
        writer.start()
        writer.join()
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    assert texts(base) == ["a", "b"]


def test_others_who_do_not_let_go_are_told(base: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.1)
    other = opened(base.path)
    with base.writing(), pytest.raises(StoreError, match="in use by others"):
        add(other, "a")  # as another process would
    held = threading.Event()
    free = threading.Event()

    def hold() -> None:
        with other.writing():
            held.set()
            free.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(StoreError, match="in use by others"):
        add(other, "a")
    free.set()
    thread.join()
    add(other, "a")
    assert texts(base) == ["a"]
    other.close()


def test_a_full_disk_undoes_the_change(base: Database) -> None:
    add(base, "a")
    with base.writing() as connection:
        connection.execute("PRAGMA max_page_count = 3")
    with pytest.raises(StoreError, match="full"):
        add_and_fail(base, "b", "x" * 100_000)
    assert texts(base) == ["a"]
    add(base, "c")
    assert texts(base) == ["a", "c"]


def test_a_closed_file_is_told(base: Database) -> None:
    base.close()
    with pytest.raises(StoreError, match="closed"):
        texts(base)


def test_connections_are_used_again(base: Database) -> None:
    for number in range(50):
        add(base, str(number))
        texts(base)
    assert len(base._idle) == 1


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
    sys.path.insert(0, sys.argv[1])
    from onecity.identity import Actor, Office
    from onecity.identity.trail import Note
    office = Office.open(sys.argv[2])
    number = 0
    while number < int(sys.argv[4]):
        number += 1
        office.trail.append(Actor.local(), Note("test.appended", "test", f"{sys.argv[3]}-{number}"))
        print(number, flush=True)
""")


def writer(path: Path, name: str, count: int) -> tuple["subprocess.Popen[bytes]", Path]:
    """Start a process that appends, and writes to a file what it knows to be kept."""
    told = path.with_name(f"{name}.txt")
    told.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-c", WRITER, str(ROOT), str(path), name, str(count)]
    with told.open("wb") as handle:
        return subprocess.Popen(command, stdout=handle), told


def test_many_processes_append_to_one_chain(path: Path) -> None:
    crowd = [writer(path, name, 60) for name in "abc"]
    assert [one.wait(timeout=60) for one, _ in crowd] == [0, 0, 0]
    with Office.open(path) as office:
        assert office.trail.verify().sound
        assert office.trail.head().id == 180


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_kill_loses_nothing_acknowledged(path: Path) -> None:
    """Kill two writers at random moments, again and again, on one file."""
    chance = random.Random(20250301)
    total = 0
    for attempt in range(4):
        crowd = {f"{attempt}{name}": writer(path, f"{attempt}{name}", 1_000_000) for name in "ab"}
        while any(not told.stat().st_size for _, told in crowd.values()):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.15))
        for process, _ in crowd.values():
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=60)
        with Office.open(path) as office:
            verdict = office.trail.verify()
            assert verdict.sound
            for name, (_, told) in crowd.items():
                known = {f"{name}-{number}" for number in told.read_text().split()}
                query = "SELECT target FROM trail WHERE target LIKE ?"
                with office.database.reading() as connection:
                    kept = {one for (one,) in connection.execute(query, (f"{name}-%",))}
                assert known <= kept
                # One may have been on the disk and not yet told of.
                assert len(kept - known) <= 1
                total += len(kept)
            assert verdict.rows == total


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
