"""``onecity hall demo`` as somebody meets it who tries the shared services for the first time."""

import json
from pathlib import Path

from argon2 import PasswordHasher

from onecity.hall.demonstration import make
from onecity.identity.passwords import Passwords

from .conftest import Run

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_five_nodes_are_served_used_and_ended(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "演示"
    # Made before, so that nobody waits for hashes of passwords that nobody uses.
    make(folder, passwords=QUICK)
    order = ("hall", "demo", folder, "--no-walk", "--no-stay")
    told = run(*order, "--cases", 2, "--history", 12, "--json")
    assert told.exit_code == 0, told.stdout + told.stderr
    answer = json.loads(told.stdout)
    assert answer["sound"] is True
    assert len(answer["nodes"]) == len(list(folder.glob("*/node.toml"))) == 5
    assert sum(answer["history"].values()) == 12
    assert answer["cases"]["created"] == sum(answer["cases"]["reached"].values()) == 2
    checked = run("hall", "check", folder / "办件目录.xlsx", "--json")
    assert json.loads(checked.stdout)["sound"] is True
    # A demonstration of nine cities needs a folder of its own.
    more = run(*order, "--cities", 9)
    assert more.exit_code == 2
    assert "另一套演示" in more.stderr
    # They are gone: whoever asks now finds nobody, and the folder is a whole one.
    assert run("hall", "verify", folder / "wuhan", "--json").exit_code == 0


def test_what_cannot_be_run_is_refused_before_anything_is_made(run: Run, tmp_path: Path) -> None:
    for wrong in (("--cities", "4"), ("--rate", "0"), ("--cases", "-1")):
        told = run("hall", "demo", tmp_path / "演示", "--no-stay", *wrong)
        assert told.exit_code == 2, told.stdout
        assert wrong[0] in told.stderr
    assert not (tmp_path / "演示").exists()
