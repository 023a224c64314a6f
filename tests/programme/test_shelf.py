"""A folder of scenarios: whole files, no way out of the folder, nobody overwritten unawares."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError, OneCityError, StaleError, StoreError
from onecity.programme import shelf as module
from onecity.programme.scenario import Base, Scenario
from onecity.programme.shelf import Shelf, version


def made(key: str, title: str = "一案", created: str = "2025-03-01T08:00:00Z") -> Scenario:
    return Scenario(key, title, Base("tiny", "0" * 64), (), created=created)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "情景" / "草稿")


def test_what_is_put_there_is_found_again(shelf: Shelf) -> None:
    assert shelf.listing().scenarios == ()
    first, second = made("a"), made("b", created="2025-03-02T08:00:00Z")
    third = made("c")
    for one in (third, first, second):
        shelf.add(one)
    assert shelf.get("a") == first
    listing = shelf.listing()
    assert listing.scenarios == (second, first, third)  # the newest first
    assert listing.damaged == ()
    shelf.delete("a")
    assert shelf.listing().scenarios == (second, third)
    with pytest.raises(MissingError):
        shelf.get("a")
    with pytest.raises(MissingError):
        shelf.delete("a")


def test_a_taken_key_is_not_written_over(shelf: Shelf) -> None:
    shelf.add(made("a"))
    with pytest.raises(InputError) as caught:
        shelf.add(made("a", "另一案"))
    assert caught.value.key == "programme.key_taken"
    assert shelf.get("a").title == "一案"


def test_only_what_was_seen_is_replaced(shelf: Shelf) -> None:
    first, second = made("a"), made("a", "第二稿")
    shelf.add(first)
    shelf.put(second, over=version(first))
    assert shelf.get("a") == second
    with pytest.raises(StaleError) as caught:
        shelf.put(made("a", "迟到的一稿"), over=version(first))
    assert caught.value.key == "programme.changed_meanwhile"
    with pytest.raises(StaleError):
        shelf.delete("a", over=version(first))
    assert shelf.get("a") == second
    shelf.delete("a", over=version(second))
    with pytest.raises(MissingError):
        shelf.put(first, over=version(first))


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../a", "a/b", "a\\b", "/etc/passwd", "A", "a.json", "a\0", "con", "情"]
)
def test_no_key_leads_out_of_the_folder(shelf: Shelf, key: str) -> None:
    (shelf.folder.parent).mkdir(parents=True)
    (shelf.folder.parent / "a.json").write_text("{}")
    for ask in (shelf.get, shelf.delete, lambda one: shelf.add(made(one))):
        with pytest.raises(InputError):
            ask(key)
    assert (shelf.folder.parent / "a.json").read_text() == "{}"


def test_what_cannot_be_read_is_told_and_the_rest_is_listed(shelf: Shelf) -> None:
    shelf.add(made("good"))
    (shelf.folder / "broken.json").write_text("{")
    (shelf.folder / "other.json").write_text(made("another").to_json())
    (shelf.folder / "NOT A KEY.json").write_text("{}")
    (shelf.folder / "notes.txt").write_text("-")
    (shelf.folder / ".draft.1-2.json").write_text("{")
    listing = shelf.listing()
    assert [one.key for one in listing.scenarios] == ["good"]
    assert [name for name, _ in listing.damaged] == ["NOT A KEY.json", "broken.json", "other.json"]
    for _, error in listing.damaged:
        assert isinstance(error, OneCityError)
        assert str(error)


def test_a_file_that_is_too_large_is_not_read(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add(made("a"))
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    monkeypatch.setattr("onecity.programme.scenario.MAX_BYTES", 10)
    with pytest.raises(InputError) as caught:
        shelf.get("a")
    assert caught.value.key == "programme.file_too_large"


def test_what_could_not_be_read_again_is_not_written(shelf: Shelf) -> None:
    with pytest.raises(InputError):
        shelf.add(made("a", title=""))
    assert not (shelf.folder / "a.json").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("-")
    with pytest.raises(StoreError):
        Shelf(tmp_path / "file").add(made("a"))


def test_a_full_disk_leaves_the_old_scenario(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made("a")
    shelf.add(first)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space"):
        shelf.put(made("a", "第二稿"), over=version(first))
    monkeypatch.undo()
    assert shelf.get("a") == first
    assert [one.name for one in shelf.folder.iterdir() if one.name != ".lock"] == ["a.json"]


def test_of_many_threads_one_adds_and_one_replaces(shelf: Shelf) -> None:
    def add(number: int) -> bool:
        try:
            Shelf(shelf.folder).add(made("a", f"第 {number} 稿"))
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(16))) == 1
    seen = shelf.get("a")

    def put(number: int) -> bool:
        try:
            Shelf(shelf.folder).put(replace(seen, note=str(number)), over=version(seen))
        except StaleError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(put, range(16)))
    assert sum(done) == 1
    assert shelf.get("a").note == str(done.index(True))


def test_of_several_processes_one_adds(shelf: Shelf) -> None:
    code = textwrap.dedent("""
        import sys
        from onecity.core.errors import InputError
        from onecity.programme.scenario import Base, Scenario
        from onecity.programme.shelf import Shelf
        sys.stdin.readline()
        added = 0
        for k in range(20):
            try:
                Shelf(sys.argv[1]).add(
                    Scenario(f"k{k}", sys.argv[2], Base("tiny", "0" * 64), (),
                             created="2025-03-01T08:00:00Z"))
                added += 1
            except InputError:
                pass
        print(added)
    """)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(shelf.folder), f"process {n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    added = [int(one.communicate("go\n", timeout=60)[0]) for one in running]
    assert sum(added) == 20
    assert len(shelf.listing().scenarios) == 20
