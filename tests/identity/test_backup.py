"""Backups: out of one database and into another, old ones too, and never by halves."""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, ForeignKey, LargeBinary, MetaData, Table, insert, select

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.identity import Grant, Office, Part, Via
from onecity.identity.archive import Writing
from onecity.identity.backup import backup, restore
from onecity.identity.columns import NUMBER, WORDS
from onecity.identity.database import Database
from onecity.identity.migrating import migrate, revisions
from onecity.identity.places import kind_of
from onecity.identity.schema import IDENTITY
from tests.stores import Cluster

from .conftest import ADDRESS, CONSOLE, PASSWORD, Hands, quick, staffed

FILES = MetaData()
FILE = Table(
    "files",
    FILES,
    Column("id", NUMBER, primary_key=True),
    Column("before", ForeignKey("files.id")),
    Column("name", WORDS, nullable=False),
    Column("content", LargeBinary),
)
WITH_FILES = Part("files", FILES, "revisions_of_files")
SOURCE = """
import sqlalchemy as sa
from alembic import op
from onecity.identity.columns import NUMBER, WORDS
revision, down_revision = "0001", None
def upgrade():
    op.create_table(
        "files",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("before", NUMBER, sa.ForeignKey("files.id")),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("content", sa.LargeBinary),
    )
    op.execute("INSERT INTO files VALUES (1, NULL, 'what the migration puts there', NULL)")
"""
CONTENTS = [(1, 2, "照片.jpg", bytes(range(256)) * 10), (2, None, "空", None), (3, 2, "a\nb", b"")]


@pytest.fixture(autouse=True, scope="module")
def _revisions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("revisions")
    folder = root / WITH_FILES.migrations
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "v0001.py").write_text(SOURCE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        yield


def filled(where: str, hands: Hands) -> Office:
    """Open a store with accounts, a session, a token, files and a trail that tells of them."""
    staffed(where, hands).close()
    office = quick(Office.open(where, parts=(WITH_FILES,), clock=hands))
    office.accounts.add("li", grants=[Grant("editor", "420200"), Grant("viewer")], by=CONSOLE)
    office.tokens.add("夜间导入", "li", scopes=["view"], by=CONSOLE)
    office.login("wang", PASSWORD, address=ADDRESS)
    with office.change(CONSOLE, "files.added", "file", "1") as change:
        rows = [dict(zip(FILE.columns.keys(), row, strict=True)) for row in CONTENTS]
        change.connection.execute(FILE.delete())
        change.connection.execute(insert(FILE), rows[1:])
        change.connection.execute(insert(FILE), rows[:1])
    return office


def everything(office: Office) -> dict[str, list[tuple[Any, ...]]]:
    with office.database.reading() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for part in office.database.parts
            for table in part.metadata.tables.values()
        }


@contextmanager
def place_of(kind: str, tmp_path: Path, cluster: Cluster) -> Iterator[str]:
    if kind == "sqlite":
        yield str(tmp_path / "新" / "office.sqlite")
    else:
        with cluster.fresh() as url:
            yield url


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("goal", ["sqlite", "postgresql"])
def test_a_store_is_the_same_in_either_database(
    tmp_path: Path, cluster: Cluster, hands: Hands, source: str, goal: str
) -> None:
    file = tmp_path / "备份.zip"
    with place_of(source, tmp_path / "旧", cluster) as old, filled(old, hands) as office:
        made = backup(office.database, file, clock=hands)
        before, head = everything(office), office.trail.head()
    assert made.trail == str(head)
    assert made.rows == sum(map(len, before.values()))
    assert file.stat().st_mode & 0o777 == 0o600
    with place_of(goal, tmp_path, cluster) as new:
        assert restore(file, new, (WITH_FILES,), address=ADDRESS, clock=hands) == made
        with quick(Office.open(new, parts=(WITH_FILES,), clock=hands, create=False)) as office:
            entry = office.trail.page(limit=1).entries[0]
            assert (entry.action, entry.id, entry.previous) == (
                "store.restored", head.id + 1, head.hash,
            )  # fmt: skip
            assert entry.after == {"made": made.made, "trail": made.trail}
            after = everything(office)
            assert [row for row in after.pop("trail") if row[0] <= head.id] == before.pop("trail")
            del after["trail_head"], before["trail_head"]
            assert after == before
            verdict = office.trail.verify(anchor=head)
            assert (verdict.sound, verdict.guarded) == (True, True)
            # It goes on: numbers of new rows follow those that are there.
            assert office.accounts.add("zhao", by=CONSOLE).id == 3
            assert office.login("wang", PASSWORD, address=ADDRESS).actor.via is Via.SESSION
            with office.database.writing() as connection:
                connection.execute(insert(FILE).values(name="x"))
                assert connection.execute(select(FILE.c.id)).scalars().all() == [1, 2, 3, 4]


@pytest.fixture
def whole(tmp_path: Path, hands: Hands) -> Path:
    """A backup of a filled store."""
    file = tmp_path / "备份.zip"
    with filled(str(tmp_path / "旧.sqlite"), hands) as office:
        backup(office.database, file, clock=hands)
    return file


def test_a_backup_of_an_older_version_becomes_a_store_of_today(
    tmp_path: Path, cluster: Cluster
) -> None:
    """The store is made at the first version by its migration alone."""
    first = revisions(IDENTITY)[0]
    assert first != revisions(IDENTITY)[-1]
    old, file = tmp_path / "old.sqlite", tmp_path / "old.zip"
    kind = kind_of(old)
    kind.prepare(create=True)
    with closing(Database(kind, (IDENTITY,))) as database:
        with database.writing() as connection:
            migrate(connection, (IDENTITY,), {IDENTITY.name: first})
            kind.mark(connection)
            connection.exec_driver_sql(
                "INSERT INTO accounts (id, name, title_zh, active, created)"
                " VALUES (7, 'li', '李', 1, '2025-03-01T08:00:00.000000Z')"
            )
        held = MetaData()
        with database.reading() as connection:
            held.reflect(connection, only=lambda name, _: not name.startswith("alembic_"))
        database.parts = (Part(IDENTITY.name, held, IDENTITY.migrations),)
        assert backup(database, file).parts == {IDENTITY.name: first}
    with cluster.fresh() as url:
        for where in (str(tmp_path / "new.sqlite"), url):
            restore(file, where)
            with Office.open(where, create=False) as office:
                assert office.accounts.get("li").id == 7
                assert office.trail.verify().sound
                assert office.accounts.add("zhao", by=CONSOLE).id == 8


# --- What is refused ------------------------------------------------------------------------


def nothing_at(where: str) -> bool:
    """Whether nothing was left at a place, or beside it."""
    if "://" in where:
        with psycopg.connect(where) as connection:
            return connection.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchone() == (0,)
    folder = Path(where).parent
    return not folder.exists() or list(folder.iterdir()) == []


def changed(file: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Write a backup anew after its files were changed."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def sealed(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    """Return a change of a table that the manifest is made to fit."""
    from hashlib import sha256

    def write(content: dict[str, bytes]) -> None:
        data = change(content[f"tables/{name}.jsonl"])
        content[f"tables/{name}.jsonl"] = data
        told = json.loads(content["manifest.json"])
        told["tables"][name] = {"rows": data.count(b"\n"), "sha256": sha256(data).hexdigest()}
        content["manifest.json"] = json.dumps(told).encode()

    return write


def told(**values: Any) -> Callable[[dict[str, bytes]], None]:
    """Return a change of the manifest."""

    def write(content: dict[str, bytes]) -> None:
        manifest = {**json.loads(content["manifest.json"]), **values}
        content["manifest.json"] = json.dumps(manifest).encode()

    return write


DAMAGES: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "no manifest": (lambda content: content.pop("manifest.json"), "no backup"),
    "another's": (told(format="other"), "no backup"),
    "no JSON": (lambda content: content.update({"manifest.json": b"{"}), "manifest.json"),
    "no parts": (told(parts=None), "manifest.json"),
    "a newer arrangement": (told(version=2), "format 2"),
    "a newer version": (told(parts={"identity": "9999"}), "newer version"),
    "an unknown part": (told(parts={"identity": "0001", "budget": "0001"}), "budget"),
    "no identity": (told(parts={"files": "0001"}), "identity"),
    "no table": (lambda content: content.pop("tables/grants.jsonl"), "tables/grants.jsonl"),
    "a row less": (
        lambda content: content.update(
            {"tables/trail.jsonl": content["tables/trail.jsonl"].split(b"\n", 1)[1]}
        ),
        "tables/trail.jsonl",
    ),
    "other words": (
        lambda content: content.update(
            {"tables/accounts.jsonl": content["tables/accounts.jsonl"].replace(b"hs-", b"ez-")}
        ),
        "tables/accounts.jsonl",
    ),
    "no line": (sealed("accounts", lambda data: data + b"[1]\n"), "accounts, 3"),
    "no bytes": (sealed("files", lambda data: data.replace(b"AAEC", b"A?EC")), "files, 1"),
    "a column too many": (
        sealed("grants", lambda data: data.replace(b"{", b'{"x": 1, ', 1)),
        "grants: x",
    ),
    "no such account": (
        sealed("grants", lambda data: data.replace(b'"account": 2', b'"account": 77')),
        "references",
    ),
    "an account twice": (
        sealed("accounts", lambda data: data.replace(b'"li"', b'"wang"')),
        "accounts",
    ),
    "a forged trail": (
        sealed("trail", lambda data: data.replace(b'"target": "li"', b'"target": "wu"')),
        "trail in the backup",
    ),
    "a trail that was cut": (
        sealed("trail", lambda data: data[: data[:-1].rindex(b"\n") + 1]),
        "trail in the backup",
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_backup_that_is_not_whole_is_refused(whole: Path, tmp_path: Path, what: str) -> None:
    change, word = DAMAGES[what]
    changed(whole, change)
    where = str(tmp_path / "新" / "office.sqlite")
    with pytest.raises((InputError, StoreError), match=word):
        restore(whole, where, (WITH_FILES,))
    assert nothing_at(where)


def test_a_backup_that_is_not_whole_leaves_a_server_as_it_was(
    whole: Path, cluster: Cluster
) -> None:
    content = whole.read_bytes()
    with cluster.fresh() as url:
        for what in ("no such account", "an account twice", "a forged trail", "a column too many"):
            change, word = DAMAGES[what]
            changed(whole, change)
            with pytest.raises((InputError, StoreError), match=word):
                restore(whole, url, (WITH_FILES,))
            assert nothing_at(url), what
            whole.write_bytes(content)
        restore(whole, url, (WITH_FILES,))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_was_cut_off_or_spoilt_is_refused(
    whole: Path, tmp_path: Path, share: float
) -> None:
    content = whole.read_bytes()
    at = int(len(content) * share)
    where = str(tmp_path / "新" / "office.sqlite")
    spoilt = bytearray(content)
    spoilt[at : at + 4] = bytes(one ^ 0x55 for one in spoilt[at : at + 4])
    for wrong in (content[:at], bytes(spoilt)):
        whole.write_bytes(wrong)
        with pytest.raises(InputError, match=r"备份\.zip"):
            restore(whole, where, (WITH_FILES,))
        assert nothing_at(where)


def test_a_store_with_anything_in_it_is_not_written_to(
    whole: Path, place: str, tmp_path: Path, hands: Hands
) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match="something at"):
            restore(whole, place, (WITH_FILES,))
    with staffed(place, hands) as office:
        assert office.trail.head().id == 1
    for name in ("new.sqlite", "new.sqlite-wal"):
        left = tmp_path / name
        left.touch()
        with pytest.raises(StoreError, match=f"{name} already"):
            restore(whole, tmp_path / "new.sqlite", (WITH_FILES,))
        left.unlink()


def test_what_is_missing_or_unknown_is_told(whole: Path, tmp_path: Path, hands: Hands) -> None:
    with pytest.raises(MissingError, match=r"none\.zip"):
        restore(tmp_path / "none.zip", tmp_path / "new.sqlite")
    with pytest.raises(StoreError, match="files"):
        restore(whole, tmp_path / "new.sqlite")
    # A store with a part that this program was not told of would lose it in the backup.
    old = str(tmp_path / "旧.sqlite")
    with (
        Office.open(old, clock=hands) as office,
        pytest.raises(StoreError, match="files"),
    ):
        backup(office.database, tmp_path / "part.zip")
    with (
        Office.open(old, parts=(WITH_FILES,), clock=hands) as office,
        pytest.raises(StoreError, match="nowhere"),
    ):
        backup(office.database, tmp_path / "nowhere" / "x.zip")
    assert sorted(one.name for one in tmp_path.glob("*.zip")) == ["备份.zip"]


def test_a_backup_is_one_state_while_others_write(
    place: str, tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Writing.table
    with staffed(place, hands) as office:
        head = office.trail.head()

        def table(self: Writing, name: str, lines: Iterable[dict[str, Any]]) -> None:
            office.accounts.add(f"li-{name}", by=CONSOLE)
            write(self, name, lines)

        monkeypatch.setattr(Writing, "table", table)
        made = backup(office.database, tmp_path / "a.zip")
        assert office.trail.head().id > head.id
    assert made.trail == str(head)
    assert (made.tables["accounts"].rows, made.tables["trail"].rows) == (1, 1)
    restore(tmp_path / "a.zip", tmp_path / "new.sqlite")
