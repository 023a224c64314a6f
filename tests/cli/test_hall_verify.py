"""``onecity hall verify`` and ``rewrap`` as somebody meets them who keeps a node."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.hall.node.kept import STORE, Made, make

from .conftest import Run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("nodes"))


def test_whole_records_are_told_to_be_whole(run: Run, made: Made) -> None:
    told = run("hall", "verify", made.jia, "--peer", made.yi, "--peer", made.men)
    assert told.exit_code == 0, told.stdout + told.stderr
    assert "记录完好" in told.stdout
    assert "日志链" in told.stdout
    asked = run("hall", "verify", made.jia, "--peer", made.yi, "--json")
    answer = json.loads(asked.stdout)
    assert answer["sound"] is True
    assert answer["counts"]["jia"]["erased owners"] == 1
    head = answer["counts"]["jia"]["entries"]
    with closing(sqlite3.connect(made.jia / STORE)) as store:
        (own,) = store.execute("SELECT hash FROM trail WHERE id = ?", (head,)).fetchone()
    assert run("hall", "verify", made.jia, "--head", f"{head}:{own}").exit_code == 0
    assert run("hall", "verify", made.jia, "--head", f"{head}:{own[::-1]}").exit_code == 1
    assert run("hall", "verify", made.jia, "--head", "17").exit_code == 2


def test_the_first_broken_record_is_named(run: Run, made: Made, tmp_path: Path) -> None:
    copy = tmp_path / "甲"
    shutil.copytree(made.jia, copy)
    with closing(sqlite3.connect(copy / STORE)) as store:
        store.execute("DROP TRIGGER trail_keeps")
        store.execute("UPDATE trail SET who = '另一人' WHERE id = 4")
        store.commit()
    told = run("hall", "verify", copy, "--lang", "en")
    assert told.exit_code == 1
    assert "The first that is wrong: node jia, trail, record 4." in " ".join(told.stdout.split())
    assert run("hall", "verify", tmp_path / "nowhere").exit_code == 3


def test_the_master_key_is_changed_and_the_records_stay_whole(
    run: Run, made: Made, tmp_path: Path
) -> None:
    copy = tmp_path / "甲"
    shutil.copytree(made.jia, copy)
    told = run("hall", "rewrap", copy, "--json")
    assert told.exit_code == 0, told.stderr
    answer = json.loads(told.stdout)
    assert (answer["added"], answer["retired"]) == ("vault-2", [])
    assert answer["keys"] >= 3
    assert json.loads(run("hall", "rewrap", copy, "--finish", "--json").stdout)["keys"] == 0
    checked = json.loads(run("hall", "verify", copy, "--json").stdout)
    assert checked["sound"] is True
    assert "closed" not in checked["counts"]["jia"]
    with closing(sqlite3.connect(copy / STORE)) as store:
        query = "SELECT kek, count(*) FROM hall_keys GROUP BY kek ORDER BY kek"
        assert [name for name, _ in store.execute(query)] == ["", "vault-2"]
        (said,) = store.execute(
            "SELECT count(*) FROM trail WHERE action = 'vault.added'"
        ).fetchone()
    assert said == 1
