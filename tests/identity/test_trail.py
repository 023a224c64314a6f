"""The trail: nothing is written without it, and nobody changes it without notice."""

# ruff: noqa: S608  (names of columns are ours)
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.words import LANGUAGES
from onecity.identity import FILE, Actor, Anchor, Entry, Office, Verdict, Via, verify_file
from onecity.identity.chain import FIELDS, LONGEST_VALUE, beginning, canonical, digest
from onecity.identity.clock import moment, stamp
from onecity.identity.schema import GUARDS
from onecity.identity.trail import INTENT, Note
from tests.stores import Cluster

from .conftest import ADDRESS, CONSOLE, Hands

WANG = Actor("wang", "王规划", None, None, (), Via.SESSION)
NOTHING = sha256(b"").hexdigest()
NAMES = (*FIELDS, "previous", "hash")


def saved(office: Office, target: str = "s1", **more: Any) -> int:
    note = Note("scenario.saved", "scenario", target, address=ADDRESS, **more)
    return office.trail.append(WANG, note)


# --- Entries ----------------------------------------------------------------------------------


def test_an_entry_says_who_when_what_before_and_after(office: Office, hands: Hands) -> None:
    head = office.trail.head()
    hands.move(seconds=1.5)
    number = saved(office, before={"hash": "a"}, after={"hash": "b", "名": ["九", 1, None]})
    entry = office.trail.entry(number)
    assert entry == Entry(
        id=head.id + 1,
        time=hands.now,
        who="wang",
        via="session",
        address=ADDRESS,
        action="scenario.saved",
        kind="scenario",
        target="s1",
        phase="done",
        of=None,
        before={"hash": "a"},
        after={"hash": "b", "名": ["九", 1, None]},
        note="",
        previous=head.hash,
        hash=office.trail.head().hash,
    )
    assert office.trail.head().id == number
    with pytest.raises(MissingError):
        office.trail.entry(number + 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "Scenario saved"},
        {"action": ""},
        {"action": "a" * 40},
        {"kind": "场景"},
        {"target": "x" * 301},
        {"note": "x" * 2001},
        {"address": "x" * 201},
        {"note": "\ud800"},
        {"target": "a\x00b"},
        {"before": float("nan")},
        {"after": {"x": object()}},
        {"after": "\ud800"},
        {"after": "x" * LONGEST_VALUE},
    ],
)
def test_what_is_no_entry_is_refused_and_the_change_undone(
    office: Office, wrong: dict[str, Any]
) -> None:
    head = office.trail.head()
    given_ = {"action": "a.b", "kind": "k", "target": "t", **wrong}
    address = given_.pop("address", "")
    with (
        pytest.raises(InputError),
        office.change(WANG, **given_, address=address) as change,
    ):
        change.connection.exec_driver_sql("UPDATE accounts SET title_zh = 'x'")
    assert office.trail.head() == head
    assert office.accounts.get("wang").title_zh == "王规划"


def test_deep_values_are_refused(office: Office) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError):
        saved(office, after=deep)


# --- A change and its entry -------------------------------------------------------------------


def test_a_change_and_its_entry_are_one(office: Office) -> None:
    with office.change(
        WANG, "account.described", "account", "wang", address=ADDRESS, before="王规划"
    ) as change:
        change.connection.exec_driver_sql("UPDATE accounts SET title_zh = '王主任'")
        change.after = "王主任"
        change.note = "改称呼"
    entry = office.trail.page(limit=1).entries[0]
    assert (entry.before, entry.after, entry.note) == ("王规划", "王主任", "改称呼")
    assert office.accounts.get("wang").title_zh == "王主任"


def test_entries_of_one_change_follow_each_other(office: Office) -> None:
    first = office.trail.head().id
    with office.database.writing():
        for number in range(3):
            assert saved(office, str(number)) == office.trail.head().id == first + number + 1
        assert office.trail.verify() == Verdict(first + 3, office.trail.head(), None, True)
        saved(office, "4")
    assert office.trail.verify() == Verdict(first + 4, office.trail.head(), None, True)


def test_a_change_that_fails_has_no_entry(office: Office) -> None:
    head = office.trail.head()
    with pytest.raises(IntegrityError), office.change(WANG, "a.b", "k", "t") as change:
        change.connection.exec_driver_sql("UPDATE accounts SET name = NULL")
    assert office.trail.head() == head


def phases(office: Office, of: int) -> list[tuple[str, int | None]]:
    found = office.trail.page(kind="file").entries
    return [(one.phase, one.of) for one in reversed(found) if of in {one.id, one.of}]


def test_a_deed_is_told_before_and_after(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "情景.json"
    with office.deed(WANG, "file.written", "file", "s1", before={"hash": "a"}) as deed:
        assert office.trail.unfinished()[0].id == deed.intent
        file.write_text("new")
        deed.after = {"hash": "b"}
        deed.target = "s2"
    intent = deed.intent
    assert phases(office, intent) == [("intent", None), ("done", intent)]
    assert office.trail.unfinished() == ()
    last = office.trail.page(limit=1).entries[0]
    assert (last.target, last.before, last.after) == ("s2", {"hash": "a"}, {"hash": "b"})


def test_a_deed_that_fails_is_told_without_its_words(office: Office) -> None:
    def fail() -> None:
        with office.deed(WANG, "file.written", "file", "s1"):
            raise ValueError("居民身份证号 1234")

    with pytest.raises(ValueError, match="1234"):
        fail()
    last = office.trail.page(limit=1).entries[0]
    assert (last.phase, last.note) == ("failed", "ValueError")
    assert office.trail.unfinished() == ()


def test_a_deed_that_cannot_be_told_is_not_done(office: Office) -> None:
    done = []
    office.close()
    with pytest.raises(StoreError), office.deed(WANG, "file.written", "file", "s1"):
        done.append(1)
    assert not done


@pytest.mark.parametrize("done", [True, False])
def test_what_a_crash_left_open_is_found_and_settled_once(office: Office, done: bool) -> None:
    office.trail.append(WANG, Note("file.written", "file", "s0"), phase=INTENT)
    (left,) = office.trail.unfinished()
    assert left.target == "s0"
    office.settle(left, Actor.local(), done=done, after={"hash": "b"}, note="启动时核对")
    office.settle(left, Actor.local(), done=not done)
    assert office.trail.unfinished() == ()
    assert phases(office, left.id)[1:] == [("done" if done else "failed", left.id)]


# --- Reading ----------------------------------------------------------------------------------


def test_pages_and_filters_are_those_of_a_plain_search(office: Office, hands: Hands) -> None:
    actors = [WANG, Actor.local()]
    for number in range(40):
        hands.move(minutes=1)
        action = ["scenario.saved", "scenario.deleted", "scenarios.listed", "data"][number % 4]
        office.trail.append(
            actors[number % 2], Note(action, ["scenario", "data"][number % 3 > 0], str(number % 5))
        )
    every = office.trail.page(limit=1000).entries
    assert [one.id for one in every] == list(range(len(every), 0, -1))
    since = hands.now - timedelta(minutes=30)
    until = since.astimezone(timezone(timedelta(hours=8))) + timedelta(minutes=20)
    searches: list[tuple[dict[str, Any], Callable[[Entry], bool]]] = [
        ({"who": "wang"}, lambda one: one.who == "wang"),
        ({"action": "scenario.saved"}, lambda one: one.action == "scenario.saved"),
        ({"action": "scenario.*"}, lambda one: one.action.startswith("scenario.")),
        ({"kind": "data", "target": "3"}, lambda one: (one.kind, one.target) == ("data", "3")),
        ({"since": since, "until": until}, lambda one: since <= one.time < until),
        ({"who": "nobody"}, lambda _: False),
    ]
    for search, right in searches:
        expected = [one for one in every if right(one)]
        found: list[Entry] = []
        page = office.trail.page(limit=3, **search)
        while True:
            found += page.entries
            if page.next is None:
                break
            assert len(page.entries) == 3
            page = office.trail.page(limit=3, before=page.next, **search)
        assert found == expected
        handle = io.StringIO()
        assert office.trail.export(handle, **search) == len(expected)
        lines = [json.loads(line) for line in handle.getvalue().splitlines()]
        assert lines == [one.as_record() for one in reversed(expected)]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_size(office: Office, limit: int) -> None:
    with pytest.raises(InputError):
        office.trail.page(limit=limit)


# --- Guards -----------------------------------------------------------------------------------

ROW = "12, 't', 'w', 'v', '', 'a', 'k', 't', 'done', NULL, NULL, NULL, '', 'x', 'y'"
FORBIDDEN = (
    "UPDATE trail SET note = 'x' WHERE id = 1",
    "UPDATE trail SET hash = hash",
    "DELETE FROM trail WHERE id = 1",
    "DELETE FROM trail",
    f"INSERT INTO trail VALUES ({ROW})",
    f"INSERT INTO trail VALUES ({ROW.replace('12', 'NULL', 1)})",
    "UPDATE trail_head SET id = 0",
    "UPDATE trail_head SET hash = ''",
    "UPDATE trail_head SET name = 'other'",
    "DELETE FROM trail_head",
    "INSERT INTO trail_head VALUES (2, '', 0, '')",
    "DELETE FROM accounts",
)
FORBIDDEN_IN = {
    "sqlite": (
        "INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE id = 1",
        f"REPLACE INTO trail VALUES ({ROW.replace('12', '1', 1)})",
        "REPLACE INTO trail_head VALUES (1, '', 0, '')",
    ),
    "postgresql": (
        "TRUNCATE trail",
        "TRUNCATE trail_head",
        "TRUNCATE accounts CASCADE; TRUNCATE trail CASCADE",
        "INSERT INTO trail TABLE trail LIMIT 1 ON CONFLICT (id) DO UPDATE SET note = 'x'",
    ),
}


def test_the_store_forbids_it(office: Office) -> None:
    saved(office)
    before = office.trail.head()
    for statement in (*FORBIDDEN, *FORBIDDEN_IN[office.database.dialect]):
        with pytest.raises(IntegrityError), office.database.writing() as connection:
            connection.exec_driver_sql(statement)
        assert office.trail.head() == before, statement
    assert office.trail.verify().sound


@pytest.mark.parametrize("name", [name for name, guard in GUARDS.items() if guard.sqlite])
def test_a_guard_that_is_gone_or_weaker_is_noticed(path: Path, name: str) -> None:
    with Office.open(path) as office:
        assert office.trail.verify().guarded
        with office.database.writing() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        verdict = office.trail.verify()
        assert verdict.sound
        assert not verdict.guarded
        made = GUARDS[name].sqlite
        if "WHEN" not in made:
            with office.database.writing() as connection:
                connection.exec_driver_sql(made.replace("BEGIN", "WHEN 0 BEGIN"))
            assert not office.trail.verify().guarded


def test_a_guard_of_a_server_that_is_gone_or_weaker_is_noticed(cluster: Cluster) -> None:
    spoilt = "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS {}"
    idle = "CREATE {kind} {name} {when} WHEN (false) EXECUTE FUNCTION {name}()"
    ways = (
        "DROP TRIGGER {name} ON {table}",
        "ALTER TABLE {table} DISABLE TRIGGER {name}",
        "ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",
        spoilt.format("{name}", "'BEGIN RETURN NEW; END'"),
        f"DROP TRIGGER {{name}} ON {{table}}; {idle}",
    )
    with cluster.fresh() as url, Office.open(url) as office:
        for name, guard in GUARDS.items():
            for way in ways:
                table = guard.when.split()[3]
                kind = "CONSTRAINT TRIGGER" if "DEFERRABLE" in guard.when else "TRIGGER"
                with office.database.writing() as connection:
                    made = {"name": name, "table": table, "when": guard.when, "kind": kind}
                    connection.exec_driver_sql(way.format(**made))
                    assert not office.trail.verify().guarded, (name, way)
                    connection.rollback()
                    office.database.kind.begin(connection, write=True)
        assert office.trail.verify().guarded


# --- Tampering --------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner,
                      max_size=3),
    max_leaves=5,
)  # fmt: skip
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
NOTES = st.builds(
    Note,
    st.sampled_from(["a.b", "scenario.saved"]),
    st.just("scenario"),
    LINE,
    JSON,
    JSON,
    LINE,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an empty trail, to be copied."""
    path = tmp_path_factory.mktemp("库") / FILE
    with Office.open(path, clock=Hands()) as office, office.database.writing():
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def kept(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        columns = ", ".join(f'quote("{name}")' for name in NAMES)
        rows: list[tuple[Any, ...]] = connection.execute(f"SELECT {columns} FROM trail").fetchall()
    return rows


class Forger:
    """Somebody who may write the file and knows how it works."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = OFF")
        for name, guard in GUARDS.items():
            if guard.sqlite:
                self.connection.execute(f"DROP TRIGGER {name}")

    def execute(self, statement: str, *values: Any) -> None:
        try:
            self.connection.execute(statement, values)
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
            assume(False)  # the tables themselves forbid it

    def rewrite(self, first: int, *, head: bool) -> None:
        """Give every entry from `first` on the hashes that fit what it says now."""
        names = ", ".join(f'"{name}"' for name in FIELDS)
        (name,) = self.connection.execute("SELECT name FROM trail_head").fetchone()
        last = beginning(name)
        for row in self.connection.execute(f"SELECT {names} FROM trail ORDER BY id").fetchall():
            if row[0] >= first:
                own = digest(last, row)
                self.execute(
                    "UPDATE trail SET previous = ?, hash = ? WHERE id = ?", last, own, row[0]
                )
            (last,) = self.connection.execute(
                "SELECT hash FROM trail WHERE id = ?", (row[0],)
            ).fetchone()
            if head:
                self.execute("UPDATE trail_head SET id = ?, hash = ?", row[0], last)


def written(template: Path, folder: Path, notes: list[Note]) -> tuple[Path, Anchor]:
    path = folder / FILE
    shutil.copyfile(template, path)
    with Office.open(path, clock=Hands()) as office, office.database.writing():
        for note in notes:
            office.trail.append(WANG, note)
        head = office.trail.head()
    return path, head


def judged(path: Path, anchor: Anchor | None = None) -> Verdict:
    with Office.open(path) as office:
        return office.trail.verify(anchor=anchor)


def test_an_anchor_of_another_trail_is_told(template: Path) -> None:
    assert judged(template, judged(template).head).sound
    broken = judged(template, Anchor(0, NOTHING)).broken
    assert broken
    assert broken.sentence.key == "identity.trail_of_another"


def test_an_untouched_trail_is_sound(template: Path, tmp_path: Path) -> None:
    assert judged(template) == Verdict(0, Anchor(0, judged(template).head.hash), None, True)
    path, head = written(template, tmp_path, [Note("a.b", "k", str(one)) for one in range(5)])
    assert judged(path) == Verdict(5, head, None, True)
    assert judged(path, head).sound


@settings(max_examples=60)
@given(
    notes=st.lists(NOTES, min_size=1, max_size=6),
    place=st.integers(0, 5),
    column=st.sampled_from(NAMES),
    value=st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
    | st.text(max_size=6) | st.binary(max_size=6) | st.just(NOTHING),
)  # fmt: skip
def test_any_cell_that_is_changed_is_found(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    notes: list[Note],
    place: int,
    column: str,
    value: Any,
) -> None:
    path, head = written(template, tmp_path_factory.mktemp("改"), notes)
    before = kept(path)
    number = place % len(notes) + 1
    forger = Forger(path)
    forger.execute(f'UPDATE trail SET "{column}" = ? WHERE id = ?', value, number)
    forger.connection.close()
    assume(kept(path) != before)
    verdict = judged(path)
    assert verdict.broken is not None
    assert not verdict.guarded
    # A number that is moved is missed where it was, or found in the way before.
    assert verdict.broken.id <= number if column == "id" else verdict.broken.id == number
    assert verdict.head.id == verdict.rows == verdict.broken.id - 1
    assert not judged(path, head).sound


@settings(max_examples=60)
@given(
    count=st.integers(2, 6),
    place=st.integers(0, 5),
    other=st.integers(0, 5),
    way=st.sampled_from(["delete", "swap", "repeat", "cut"]),
)
def test_entries_left_out_swapped_or_repeated_are_found(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    place: int,
    other: int,
    way: str,
) -> None:
    notes = [Note("a.b", "k", str(number)) for number in range(count)]
    path, _ = written(template, tmp_path_factory.mktemp("删"), notes)
    one, two = sorted((place % count + 1, other % count + 1))
    forger = Forger(path)
    rest = ", ".join(f'"{name}"' for name in NAMES[1:])
    if way == "delete":
        forger.execute("DELETE FROM trail WHERE id = ?", one)
    elif way == "cut":
        forger.execute("DELETE FROM trail WHERE id >= ?", one)
    elif way == "repeat":
        forger.execute(
            f"INSERT INTO trail SELECT ?, {rest} FROM trail WHERE id = ?", count + 1, one
        )
    else:
        assume(one != two)
        for old, new in ((one, 99), (two, one), (99, two)):
            forger.execute("UPDATE trail SET id = ? WHERE id = ?", new, old)
    forger.connection.close()
    broken = judged(path).broken
    assert broken is not None
    assert broken.id == (count + 1 if way == "repeat" else one)
    assert all(broken.text(language) for language in LANGUAGES)


@settings(max_examples=60)
@given(
    count=st.integers(1, 6),
    place=st.integers(0, 5),
    way=st.sampled_from(["change", "cut", "add"]),
    head=st.booleans(),
)
def test_a_trail_written_anew_is_found_by_its_head_or_an_anchor(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    place: int,
    way: str,
    head: bool,
) -> None:
    """Whoever makes all hashes fit, and the head too, is found by an anchor alone."""
    notes = [Note("a.b", "k", str(number)) for number in range(count)]
    path, anchor = written(template, tmp_path_factory.mktemp("重写"), notes)
    number = place % count + 1
    forger = Forger(path)
    if way == "change":
        forger.execute("UPDATE trail SET who = 'li' WHERE id = ?", number)
    elif way == "cut":
        forger.execute("DELETE FROM trail WHERE id >= ?", number)
    else:
        rest = ", ".join(f'"{name}"' for name in NAMES[1:])
        for old in range(count, number - 1, -1):
            forger.execute("UPDATE trail SET id = ? WHERE id = ?", old + 1, old)
        forger.execute(
            f"INSERT INTO trail SELECT ?, {rest} FROM trail WHERE id = ?", number, number + 1
        )
        forger.execute("UPDATE trail SET who = 'li' WHERE id = ?", number)
    forger.rewrite(number, head=head)
    if way == "cut" and number == 1 and head:
        (name,) = forger.connection.execute("SELECT name FROM trail_head").fetchone()
        forger.execute("UPDATE trail_head SET id = 0, hash = ?", beginning(name))
    forger.connection.close()
    assert judged(path).sound == head
    found = judged(path, anchor)
    assert not found.sound
    if way == "cut":
        assert found.broken
        assert found.broken.id == number


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trail_head",
        "UPDATE trail_head SET name = 'other'",
        "UPDATE trail_head SET name = x'ff'",
        "UPDATE trail_head SET name = CAST(x'ff' AS TEXT)",
        "UPDATE trail_head SET hash = 7",
        "UPDATE trail_head SET id = 'x'",
        "UPDATE trail_head SET id = id + 1",
        "UPDATE trail_head SET id = id - 1",
        "UPDATE trail SET note = CAST(x'ff' AS TEXT) WHERE id = 2",
    ],
)
def test_a_damaged_head_or_text_is_found(template: Path, tmp_path: Path, statement: str) -> None:
    path, _ = written(template, tmp_path, [Note("a.b", "k", "1"), Note("a.b", "k", "2")])
    forger = Forger(path)
    forger.connection.execute(statement)
    forger.connection.close()
    assert not judged(path).sound


def test_a_damaged_entry_is_told_to_its_reader(template: Path, tmp_path: Path) -> None:
    path, _ = written(template, tmp_path, [Note("a.b", "k", "1", {"a": 1})])
    forger = Forger(path)
    for statement in ("SET before = '{'", "SET time = 'noon'"):
        forger.connection.execute(f"UPDATE trail {statement}")
        with Office.open(path) as office, pytest.raises(StoreError, match="audit verify"):
            office.trail.page()
    forger.connection.close()


def test_a_trail_of_a_server_that_was_changed_is_found(cluster: Cluster) -> None:
    """The check is the one that files have; here it is the reading that is shown to be."""
    changes = [
        ("UPDATE trail SET who = 'li' WHERE id = 2", 2),
        ("DELETE FROM trail WHERE id = 3", 3),
        ("DELETE FROM trail WHERE id = 4", 4),
        ("UPDATE trail_head SET id = 3", 4),
        ("DELETE FROM trail_head", 1),
    ]
    with cluster.fresh() as url, Office.open(url, clock=Hands()) as office:
        for number in range(4):
            saved(office, str(number))
        assert office.trail.verify() == Verdict(4, office.trail.head(), None, True)
        for statement, number in changes:
            with office.database.writing() as connection:
                for table in ("trail", "trail_head"):
                    connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                connection.exec_driver_sql(statement)
                assert not office.trail.verify().guarded
                broken = office.trail.verify().broken
                assert broken is not None
                assert broken.id == number
                connection.rollback()
                office.database.kind.begin(connection, write=True)


# --- Export -----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(notes=st.lists(NOTES, max_size=5))
def test_an_export_is_checked_by_us_and_by_anybody(
    template: Path, tmp_path_factory: pytest.TempPathFactory, notes: list[Note]
) -> None:
    folder = tmp_path_factory.mktemp("出")
    path, head = written(template, folder, notes)
    file = folder / "留痕.jsonl"
    with Office.open(path) as office, file.open("w", encoding="utf-8") as handle:
        assert office.trail.export(handle) == len(notes)
    assert verify_file(file, anchor=head if notes else None) == Verdict(
        len(notes), judged(path).head, None, None
    )
    # The twin: the few lines that the documentation gives.
    first, *lines = file.read_text("utf-8").split("\n")[:-1]
    last = sha256(b"onecity trail " + json.loads(first)["trail"].encode()).hexdigest()
    for line in lines:
        entry = json.loads(line)
        for name in ("before", "after"):
            if entry[name] is not None:
                entry[name] = json.dumps(
                    entry[name], ensure_ascii=False, sort_keys=True, separators=(",", ":")
                )
        fields = [entry[name] for name in FIELDS]
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        assert entry["previous"] == last
        last = sha256(f"{last}\n{text}".encode()).hexdigest()
        assert entry["hash"] == last


def exported(office: Office, file: Path) -> list[dict[str, Any]]:
    for number in range(4):
        saved(office, str(number), after={"n": number})
    with file.open("w", encoding="utf-8") as handle:
        office.trail.export(handle)
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("spoil", "broken"),
    [
        (lambda lines: [*lines[:3], {**lines[3], "who": "li"}, *lines[4:]], 3),
        (lambda lines: [*lines[:3], {**lines[3], "after": {"n": 9}}, *lines[4:]], 3),
        (lambda lines: [*lines[:3], *lines[4:]], 3),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 3),
        (lambda lines: [{"trail": "other"}, *lines[1:]], 1),
        (lambda lines: lines[:-1], 5),
    ],
)
def test_an_export_that_was_changed_is_found(
    office: Office,
    tmp_path: Path,
    spoil: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    broken: int,
) -> None:
    file = tmp_path / "留痕.jsonl"
    lines = exported(office, file)
    file.write_text("".join(f"{json.dumps(line)}\n" for line in spoil(lines)), "utf-8")
    verdict = verify_file(file, anchor=office.trail.head())
    assert verdict.broken
    assert verdict.broken.id == broken


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda _: "", "exported whole"),
        (lambda text: text.split("\n", 1)[1], "exported whole"),
        (lambda text: text[:-20], "line 6"),
        (lambda text: f"{text}[]\n", "line 7"),
        (lambda text: f"{text}{{}}\n", "line 7"),
        (lambda text: text.replace('"id": 2,', '"id": "2",'), "line 3"),
        (lambda text: text.replace('"id": 2,', '"id": 2, "more": 1,'), "line 3"),
    ],
)
def test_what_is_no_export_is_told_with_its_line(
    office: Office, tmp_path: Path, spoil: Callable[[str], str], word: str
) -> None:
    file = tmp_path / "留痕.jsonl"
    exported(office, file)
    file.write_text(spoil(file.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError, match=word):
        verify_file(file)
    with pytest.raises(MissingError):
        verify_file(tmp_path / "无.jsonl")


# --- Pieces -----------------------------------------------------------------------------------


@given(JSON)
def test_one_value_has_one_text(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == text


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32))
def test_an_anchor_is_read_as_it_is_written(number: int, raw: bytes) -> None:
    anchor = Anchor(number, raw.hex())
    assert Anchor.parse(f" {anchor}\n") == anchor


@pytest.mark.parametrize(
    "text", ["", ":", "1", "1:", f":{NOTHING}", f"-1:{NOTHING}", f"x:{NOTHING}", f"1:{NOTHING}0",
             f"1:{NOTHING.upper()}", f"²:{NOTHING}", f"{'9' * 30}:{NOTHING}"],
)  # fmt: skip
def test_what_is_no_anchor_is_told(text: str) -> None:
    with pytest.raises(InputError):
        Anchor.parse(text)


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_texts_of_time_sort_as_time_does(one: datetime, other: datetime) -> None:
    assume(one.year > 1 and other.year > 1 and one.year < 9999 and other.year < 9999)
    assert moment(stamp(one)) == one.astimezone(UTC)
    assert (stamp(one) < stamp(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2025, 3, 1))  # noqa: DTZ001


def test_a_note_is_copied_into_the_entry(office: Office) -> None:
    note = Note("a.b", "k", "t", [1], [2], "n", ADDRESS)
    before = astuple(note)
    office.trail.append(CONSOLE, note)
    assert astuple(note) == before
