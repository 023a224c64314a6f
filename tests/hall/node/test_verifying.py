"""Verification finds what was changed, names it, and finds nothing where nothing was."""
# ruff: noqa: S608  (the statements are these tests' own)

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.hall.node.verifying import Checked, Report, verify
from onecity.identity.backup import backup
from tests.hall.node.kept import STORE, Made, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("nodes"))


# --- Nothing is wrong ---


def told(report: Report) -> str:
    return "\n".join(
        f"{one.node} {one.check}: {one.first.table} {one.first.record} {one.first.text('en')}"
        for one in report.checks
        if one.first is not None
    )


def test_nodes_that_only_did_their_work_are_sound(made: Made) -> None:
    report = verify(made.jia, peers=[made.yi, made.men])
    assert report.sound, told(report)
    assert report.nodes == ("jia", "yi", "men")
    assert {one.check for one in report.checks} >= {"chain", "exchange", "witness"}
    assert not any(report.notes.values())
    jia = report.counts["jia"]
    assert jia["sent"] == 4 + 2 + 1 + 1 + 1 + 3 + 2 * 2 + 1  # self, unheard, look, later, seals
    assert jia["under way"] == 2  # the last one, and the look: men does not follow that case
    assert jia["erased"] == 2
    assert jia["erased values"] == 3
    assert jia["compared seals"] == 4
    assert jia["seals"] == 2
    assert jia["cases"] == 2
    assert report.counts["yi"]["received"] == 4 + 2 + 1 + 3 + 2
    assert json.loads(json.dumps(report.as_record()))["sound"] is True


def test_the_files_alone_are_enough_and_are_not_touched(made: Made, tmp_path: Path) -> None:
    copy = tmp_path / "alone"
    copy.mkdir()
    shutil.copy(made.jia / STORE, copy / STORE)
    before = (copy / STORE).read_bytes()
    report = verify(copy / STORE)
    assert report.sound, told(report)
    assert report.nodes == ("jia",)
    assert {one.key for one in report.notes["jia"]} == {
        "hall_verify.no_trust", "hall_verify.no_vault",
    }  # fmt: skip
    assert report.counts["jia"]["closed"] > 0
    assert "opened" not in report.counts["jia"]
    assert (copy / STORE).read_bytes() == before
    assert [file.name for file in copy.iterdir()] == [STORE]
    given = verify(copy / STORE, trust=made.jia / "trust.json", anchor=made.jia / "anchor.pub")
    assert [one.key for one in given.notes["jia"]] == ["hall_verify.no_vault"]
    assert given.counts["jia"]["receipts"] > 10
    assert "receipts" not in report.counts["jia"]


def test_a_backup_is_verified_as_the_node_itself(made: Made, tmp_path: Path) -> None:
    from onecity.hall.node.node import Node

    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)
    with Node.open(copy) as node:
        backup(node.office.database, copy / "jia.zip")
    (copy / STORE).unlink()
    report = verify(copy / "jia.zip", peers=[made.yi])
    assert report.sound, told(report)
    assert report.counts["jia"]["opened"] > 0


def test_what_is_no_node_is_said_so(made: Made, tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        verify(tmp_path)
    with pytest.raises(MissingError):
        verify(tmp_path / "nothing.sqlite")
    shutil.copytree(made.jia, tmp_path / "again")
    with pytest.raises(InputError) as caught:
        verify(made.jia, peers=[tmp_path / "again"])
    assert caught.value.key == "hall_verify.same_node"


# --- Something is ---


def broken(folder: Path, change: Callable[[sqlite3.Connection], Any]) -> None:
    """Change a store as somebody would who may write the file: around the triggers."""
    with closing(sqlite3.connect(folder / STORE)) as store:
        triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            store.execute(f"DROP TRIGGER {name}")
        change(store)
        for _, text in kept:
            store.execute(text)
        store.commit()


def run(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def change(store: sqlite3.Connection) -> None:
        for statement in statements:
            assert store.execute(statement).rowcount > 0, statement

    return change


def swap(table: str, column: str, first: str, second: str) -> Callable[[sqlite3.Connection], None]:
    """Let two rows, named by conditions, have each other's value."""

    def change(store: sqlite3.Connection) -> None:
        values = [
            store.execute(f"SELECT {column} FROM {table} WHERE {one}").fetchone()[0]
            for one in (first, second)
        ]
        for condition, value in zip((first, second), reversed(values), strict=True):
            store.execute(f"UPDATE {table} SET {column} = ? WHERE {condition}", (value,))

    return change


FIRST = "seq = 1 AND \"case\" = 'c1' AND kind = 'note'"
SECOND = "seq = 2 AND \"case\" = 'c1' AND kind = 'note'"
SWAPPED = "seq = CASE seq WHEN 1 THEN -2 ELSE -1 END"

# What is done to the node jia; what is found first, in which table, with which sentence.
BROKEN: dict[str, tuple[Callable[[sqlite3.Connection], None], str, str, str]] = {
    "an entry is changed": (
        run("UPDATE trail SET who = 'nobody' WHERE id = 5"), "chain", "trail",
        "identity.trail_changed",
    ),
    "an entry is dropped": (
        run("DELETE FROM trail WHERE id = 5"), "chain", "trail", "identity.trail_gap",
    ),
    "two entries are swapped": (
        swap("trail", "after", "id = 2", "id = 3"), "chain", "trail", "identity.trail_changed",
    ),
    "the last entry is dropped": (
        run("DELETE FROM trail WHERE id = (SELECT max(id) FROM trail)"), "chain", "trail",
        "identity.trail_cut",
    ),
    "the head is dropped": (
        run("DELETE FROM trail_head"), "chain", "trail_head", "identity.trail_no_head",
    ),
    "a sent message is dropped": (
        run(f"DELETE FROM hall_outbox WHERE {FIRST} AND peer = 'yi'"), "logged", "hall_outbox",
        "hall_verify.row_gone",
    ),
    "a taken message is dropped": (
        run(f"DELETE FROM hall_inbox WHERE {FIRST} AND sender = 'yi'"), "logged", "hall_inbox",
        "hall_verify.row_gone",
    ),
    "two messages are swapped": (
        run(f"UPDATE hall_outbox SET {SWAPPED} WHERE peer = 'yi' AND seq < 3 AND \"case\" = 'c1'",
            "UPDATE hall_outbox SET seq = -seq WHERE seq < 0"), "outbox", "hall_outbox",
        "hall_verify.columns",
    ),
    "two bodies are swapped": (
        swap("hall_outbox", "sealed", f"{FIRST} AND peer = 'yi'", f"{SECOND} AND peer = 'yi'"),
        "outbox", "hall_outbox", "hall_wire.body_changed",
    ),
    "two receipts are swapped": (
        swap("hall_outbox", "receipt", f"{FIRST} AND peer = 'yi'", f"{SECOND} AND peer = 'yi'"),
        "outbox", "hall_outbox", "hall_wire.receipt_of_another",
    ),
    "a receipt is dropped": (
        run(f"UPDATE hall_outbox SET receipt = NULL WHERE {FIRST} AND peer = 'yi'"), "outbox",
        "hall_outbox", "hall_verify.no_receipt",
    ),
    "a refusal is made a success": (
        run("UPDATE hall_outbox SET state = 'taken', reason = '' WHERE kind = 'unheard'"),
        "outbox", "hall_outbox", "hall_verify.receipt_otherwise",
    ),
    "a body is dropped": (
        run(f"UPDATE hall_outbox SET sealed = NULL WHERE {FIRST} AND peer = 'yi'"), "outbox",
        "hall_outbox", "hall_verify.no_body",
    ),
    "a message is slipped in": (
        run(
            "INSERT INTO hall_inbox SELECT number + 100, 'made-up', sender, \"case\", 2, kind, at,"
            " received, head, signature, owner, sealed, state, reason, receipt FROM hall_inbox"
            f" WHERE {FIRST} AND sender = 'yi'"
        ), "inbox", "hall_inbox", "hall_verify.columns",
    ),
    "a count is changed": (
        run("UPDATE hall_sequences SET sent = sent + 1 WHERE peer = 'yi' AND \"case\" = 'c1'"),
        "lines", "hall_sequences", "hall_verify.line_end",
    ),
    "a line is dropped, entries and all": (
        run("DELETE FROM hall_inbox WHERE sender = 'yi' AND \"case\" = 'c1'"), "logged",
        "hall_inbox", "hall_verify.row_gone",
    ),
    "a seal is dropped": (
        run("DELETE FROM hall_seals WHERE id = 1"), "seals", "hall_seals", "hall_verify.seal_gap",
    ),
    "a key is destroyed without a word": (
        run("UPDATE hall_keys SET wrapped = NULL WHERE owner = 'c1'"), "keys", "hall_keys",
        "hall_verify.half_erased",
    ),
    "a key is dropped": (
        run("DELETE FROM hall_keys WHERE owner = 'c1'"), "outbox", "hall_outbox",
        "hall_vault.no_owner",
    ),
    "keys are swapped": (
        swap("hall_keys", "wrapped", "owner = 'c1'", "owner = 'node'"), "outbox", "hall_outbox",
        "hall_vault.not_sealed",
    ),
    "a case is decided otherwise": (
        run("UPDATE hall_cases SET outcome = 'grant' WHERE id = 'c2'"), "rows", "hall_cases",
        "hall_verify.case_otherwise",
    ),
    "a case is dropped": (
        run("DELETE FROM hall_cases WHERE id = 'c2'"), "rows", "hall_cases",
        "hall_verify.row_missing",
    ),
    "a case is added": (
        run("INSERT INTO hall_cases (id, number, version, state, item, item_version, basic, unit,"
            " city, from_city, taken_in_by, portal, opened, record) SELECT 'c9', 'N9', version,"
            " state, item, item_version, basic, unit, city, from_city, taken_in_by, portal, opened,"
            " record FROM hall_cases WHERE id = 'c1'"), "rows", "hall_cases",
        "hall_verify.case_unlogged",
    ),
    "an event is added": (
        run("INSERT INTO hall_case_events SELECT 99, \"case\", at, 'decided', version, who, unit,"
            " record, sealed FROM hall_case_events WHERE id = 1"), "rows", "hall_case_events",
        "hall_verify.row_unlogged",
    ),
    "an event is dropped": (
        run("DELETE FROM hall_case_events WHERE id = 1"), "rows", "hall_case_events",
        "hall_verify.row_missing",
    ),
    "a look is dropped": (
        run("DELETE FROM hall_looks"), "rows", "hall_looks", "hall_verify.row_missing",
    ),
    "a look is somebody else's": (
        run("UPDATE hall_looks SET who = 'another'"), "rows", "hall_looks",
        "hall_verify.row_unlogged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_and_named(made: Made, tmp_path: Path, name: str) -> None:
    change, check, table, key = BROKEN[name]
    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)
    broken(copy, change)
    report = verify(copy)
    assert not report.sound
    found = next((one for one in report.checks if one.check == check), None)
    assert found is not None
    assert found.first is not None, told(report)
    assert (found.first.table, found.first.sentence.key) == (table, key), told(report)
    assert found.first.text("zh")
    assert found.first.record


# Columns that say how work stands, not what happened: how often something was tried, its size.
NO_EVIDENCE = {
    "trail_head": {"one"},
    "hall_outbox": {"number", "size", "due", "tries", "settled"},
    "hall_inbox": {"number", "received"},
    "hall_keys": {"made"},
    "hall_case_events": {"id"},
}
EVIDENCE = ["trail", "trail_head", "hall_outbox", "hall_inbox", "hall_sequences", "hall_seals"]
EVIDENCE += ["hall_witnessed", "hall_keys", "hall_cases", "hall_case_events", "hall_looks"]
EVIDENCE += ["hall_results"]
ONLY_SEALED = ["hall_files", "hall_mine", "hall_told", "hall_drafts", "hall_applicants"]
ONLY_SEALED += ["hall_steps", "hall_opinions", "hall_holdings", "hall_evidence"]
# A row of which as much as may be is filled, and which is not the last, which the witness has.
WHICH = {
    "hall_outbox": "kind = 'unheard'", "hall_inbox": "sender = 'yi'", "hall_keys": "owner = 'c1'",
    "hall_sequences": "peer = 'yi' AND \"case\" = 'c1'", "trail": "id = 5", "hall_cases": "id='c1'",
}  # fmt: skip


def flipped(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:-3] + bytes([value[-3] ^ 1]) + value[-2:]
    if isinstance(value, int | float):
        return value + 7_000_000
    place = len(value) // 2
    return f"{value[:place]}{'~' if value[place] != '~' else '!'}{value[place + 1 :]}"


@pytest.mark.parametrize("table", [*EVIDENCE, *ONLY_SEALED])
def test_a_changed_byte_in_any_column_is_found(made: Made, tmp_path: Path, table: str) -> None:
    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)
    missed, changed = [], 0
    with closing(sqlite3.connect(copy / STORE, isolation_level=None)) as store:
        for setting in ("synchronous = OFF", "ignore_check_constraints = ON"):
            store.execute(f"PRAGMA {setting}")
        triggers = store.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        for (name,) in triggers:
            store.execute(f"DROP TRIGGER {name}")
        store.row_factory = sqlite3.Row
        where = WHICH.get(table, "true")
        row = dict(store.execute(f"SELECT * FROM {table} WHERE {where} LIMIT 1").fetchone())
        for name, value in row.items():
            skipped = NO_EVIDENCE.get(table, set())
            if value in {None, ""} or name in skipped:
                continue
            if table in ONLY_SEALED and not sealed(name, value):
                continue
            change = f'UPDATE {table} SET "{name}" = ? WHERE "{name}" = ? AND {where}'
            assert store.execute(change, (flipped(value), value)).rowcount > 0
            if all(one.check == "guards" or not one.faults for one in verify(copy).checks):
                missed.append(name)
            back = f'UPDATE {table} SET "{name}" = ? WHERE "{name}" = ?'
            assert store.execute(back, (value, flipped(value))).rowcount > 0
            changed += 1
    assert changed
    assert not missed


def sealed(name: str, value: object) -> bool:
    return name in {"sealed", "about"} and isinstance(value, bytes)


def test_a_log_whose_end_was_cut_is_found_by_its_witness(made: Made, tmp_path: Path) -> None:
    """Somebody with the store and its keys takes back everything after an entry, and it fits."""
    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)

    def cut(store: sqlite3.Connection) -> None:
        first, last = store.execute("SELECT first, last FROM hall_seals WHERE id = 2").fetchone()
        end = (first + last) // 2
        gone = [
            row[0]
            for row in store.execute(
                "SELECT target FROM trail WHERE kind = 'message' AND id > ?", (end,)
            )
        ]
        marks = ",".join("?" * len(gone))
        store.execute(f"DELETE FROM hall_outbox WHERE id IN ({marks})", gone)
        store.execute(f"DELETE FROM hall_inbox WHERE id IN ({marks})", gone)
        store.execute("DELETE FROM hall_seals WHERE id = 2")
        store.execute("UPDATE hall_keys SET erased = NULL WHERE wrapped IS NOT NULL")
        store.execute("DELETE FROM trail WHERE id > ?", (end,))
        store.execute("UPDATE trail_head SET id = ?, hash = (SELECT hash FROM trail WHERE id = ?)",
                      (end, end))  # fmt: skip
        for column, table, peer in (("sent", "hall_outbox", "peer"),
                                    ("taken", "hall_inbox", "sender")):  # fmt: skip
            store.execute(
                f"UPDATE hall_sequences SET {column} = (SELECT count(*) FROM {table} t"
                f' WHERE t.{peer} = hall_sequences.peer AND t."case" = hall_sequences."case")'
            )

    broken(copy, cut)
    alone = verify(copy)
    assert alone.sound, told(alone)  # by itself nobody could tell
    report = verify(copy, peers=[made.yi])
    found = next(one for one in report.checks if one.node == "jia ← yi")
    assert found.check == "witness"
    assert found.first is not None
    assert found.first.sentence.key == "hall_verify.seal_lost"
    assert {one.check for one in report.checks if one.faults} == {"witness", "exchange"}
    anchor = verify(made.jia)
    assert anchor.sound


def test_a_log_written_anew_is_found_by_its_witness(made: Made, tmp_path: Path) -> None:
    from onecity.identity.chain import digest

    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)

    def rewrite(store: sqlite3.Connection) -> None:
        store.execute("UPDATE trail SET note = 'other' WHERE id = 3")
        previous = store.execute("SELECT hash FROM trail WHERE id = 2").fetchone()[0]
        for row in store.execute("SELECT * FROM trail WHERE id > 2 ORDER BY id").fetchall():
            own = digest(previous, row[:13])
            store.execute(
                "UPDATE trail SET previous = ?, hash = ? WHERE id = ?", (previous, own, row[0])
            )
            previous = own
        store.execute("UPDATE trail_head SET hash = ?", (previous,))
        store.execute("DELETE FROM hall_seals")

    broken(copy, rewrite)
    alone = {one.check: one.first for one in verify(copy).checks}
    assert alone["chain"] is None
    report = verify(copy, peers=[made.yi])
    found: dict[tuple[str, str], Checked] = {(one.node, one.check): one for one in report.checks}
    assert found["jia ← yi", "witness"].first is not None


# What is done to which node, and which sentence tells of it when jia and yi are set side by side.
ACROSS = {
    "what was sent was never taken": (
        "yi",
        run(
            f"DELETE FROM hall_inbox WHERE {FIRST} AND sender = 'jia'",
        ),
        "hall_verify.never_taken",
    ),
    "what was taken was never sent": (
        "jia",
        run(f"DELETE FROM hall_outbox WHERE {FIRST} AND peer = 'yi'"),
        "hall_verify.never_sent",
    ),
    "both keep another signature": (
        "yi",
        run(f"UPDATE hall_inbox SET signature = 'x' WHERE {FIRST} AND sender = 'jia'"),
        "hall_verify.sent_otherwise",
    ),
    "a receipt is another": (
        "yi",
        run(f"UPDATE hall_inbox SET state = 'refused' WHERE {FIRST} AND sender = 'jia'"),
        "hall_verify.receipts_differ",
    ),
}


@pytest.mark.parametrize("name", ACROSS)
def test_two_nodes_that_disagree_are_told_apart(made: Made, tmp_path: Path, name: str) -> None:
    which, change, key = ACROSS[name]
    for code in ("jia", "yi"):
        shutil.copytree(made.folder / code, tmp_path / code)
    broken(tmp_path / which, change)
    report = verify(tmp_path / "jia", peers=[tmp_path / "yi"])
    found = next(one for one in report.checks if one.node == "jia → yi")
    assert found.first is not None
    assert found.first.sentence.key == key
    assert found.first.record in {*made.sent["c1"]}


def test_missing_triggers_are_named(made: Made, tmp_path: Path) -> None:
    copy = tmp_path / "jia"
    shutil.copytree(made.jia, copy)
    with closing(sqlite3.connect(copy / STORE)) as store:
        store.execute("DROP TRIGGER trail_stays")
        store.commit()
    (found,) = [one for one in verify(copy).checks if one.faults]
    assert (found.check, found.faults) == ("guards", 1)
    assert found.first is not None
    assert found.first.record == "trail_stays"
