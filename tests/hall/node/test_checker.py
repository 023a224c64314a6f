"""The benchmarks' independent checker finds nothing in sound nodes, and whatever is damaged."""

import importlib.util
import shutil
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from onecity.hall.node.seals import Sealing
from tests.hall.node.cases import CITY, HUANGSHI, OTHER, PORTAL, act, apply, exchange, halls
from tests.hall.node.conftest import Hands
from tests.hall.node.test_two_nodes import ITEM, LI

CHECKER = Path(__file__).resolve().parents[3] / "benchmarks" / "hall_checker.py"
NODES = ("wuhan", "huangshi", "portal")

DAMAGE = {
    "an entry of the log": ("wuhan", "UPDATE trail SET who = 'x' WHERE id = 2", "log breaks"),
    "a message that was taken": (
        "wuhan",
        "DELETE FROM hall_inbox WHERE number = (SELECT max(number) FROM hall_inbox)",
        "lost",
    ),
    "the order of messages": (
        "wuhan",
        "UPDATE hall_inbox SET seq = seq + 1 WHERE kind = 'application'",
        "out of order",
    ),
    "a receipt": (
        "portal",
        "UPDATE hall_outbox SET receipt = NULL WHERE kind = 'application'",
        "no receipt",
    ),
    "what a head says": (
        "portal",
        'UPDATE hall_outbox SET head = replace(head, \'"purpose":\', \'"purpose":"x","p":\')',
        "not signed",
    ),
    "a case": ("wuhan", "DELETE FROM hall_cases WHERE state = 'received'", "not there"),
    "the state of a case": (
        "wuhan",
        "UPDATE hall_cases SET state = 'closed' WHERE state = 'accepted'",
        "its history: accepted",
    ),
    "what happened": (
        "wuhan",
        "DELETE FROM hall_case_events WHERE what = 'accepted'",
        "its history: received",
    ),
    "a seal": ("wuhan", "UPDATE hall_seals SET root = 'x'", "seal 1"),
    "a witness": ("huangshi", "UPDATE hall_witnessed SET root = 'x'", "witnessed another"),
}


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hall_checker", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made  # dataclasses look for it there
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """Return the folder of three nodes that handled two cases, and what was acknowledged."""
    folder = tmp_path_factory.mktemp("lived")
    with halls(folder, Hands(), [CITY, OTHER, PORTAL]) as made:
        wuhan, portal = made["wuhan"], made["portal"]
        ids = [apply(portal, ITEM, "wuhan", way="online", from_city=HUANGSHI) for _ in range(2)]
        exchange(made)
        act(wuhan.node, ids[0], LI, "accept")
        assert Sealing(wuhan.node).make() is not None
        exchange(made)
    return folder, [{"case": one, "node": "wuhan"} for one in ids]


def test_sound_nodes_are_sound(
    checker: ModuleType, lived: tuple[Path, list[dict[str, str]]]
) -> None:
    folder, told = lived
    found = checker.check([folder / one for one in NODES], told)
    assert found.faults == []
    assert found.counts["acknowledged"] == found.counts["cases"] == 2
    assert found.counts["seals"] == 1
    assert found.counts["seals witnessed"] == 2
    assert found.counts["messages sent"] >= found.counts["messages taken"] >= 4


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(
    what: str, checker: ModuleType, lived: tuple[Path, list[dict[str, str]]], tmp_path: Path
) -> None:
    node, statement, words = DAMAGE[what]
    folder, told = lived
    shutil.copytree(folder, tmp_path / "copy")
    change(tmp_path / "copy" / node / "office.sqlite", statement)
    found = checker.check([tmp_path / "copy" / one for one in NODES], told)
    assert any(words in one for one in found.faults), found.faults


def test_a_case_at_two_nodes_is_doubled(
    checker: ModuleType, lived: tuple[Path, list[dict[str, str]]], tmp_path: Path
) -> None:
    folder, told = lived
    shutil.copytree(folder, tmp_path / "copy")
    source = tmp_path / "copy" / "wuhan" / "office.sqlite"
    change(
        tmp_path / "copy" / "huangshi" / "office.sqlite",
        "INSERT INTO hall_cases SELECT * FROM other.hall_cases",
        other=source,
    )
    found = checker.check([tmp_path / "copy" / one for one in NODES], told)
    assert sum("doubled" in one for one in found.faults) == 2
    unknown = [*told, {"case": "never", "node": "wuhan"}]
    assert any("never" in one for one in checker.check([folder / "wuhan"], unknown).faults)


def test_what_people_were_told_is_there_once_and_nothing_else(
    checker: ModuleType, lived: tuple[Path, list[dict[str, str]]]
) -> None:
    folder, told = lived
    places = [folder / one for one in NODES]
    accepted = {**told[0], "what": "accepted"}
    assert checker.check(places, [*told, accepted], only=True).faults == []
    wrong = {
        "one too many": told[:1],
        "two applications": [*told, told[0]],
        "accepted stands 0 times": [*told, {**accepted, "case": told[1]["case"]}],
    }
    for words, said in wrong.items():
        faults = checker.check(places, said, only=True).faults
        assert len(faults) == 1
        assert words in faults[0]


def change(store: Path, statement: str, other: Path | None = None) -> None:
    """Change a store behind its guards."""
    base: Any = sqlite3.connect(store)
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f"DROP TRIGGER {name}")
    if other is not None:
        base.execute("ATTACH ? AS other", (str(other),))
    assert base.execute(statement).rowcount
    base.commit()
    base.close()
