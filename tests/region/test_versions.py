"""Versions of a region: the old ones stay, a crash leaves the one that was current."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core import files
from onecity.core.errors import InputError, MissingError, StaleError, StoreError
from onecity.region.interventions import AddRoad, CloseRoad
from onecity.region.manifest import FILE as MANIFEST
from onecity.region.store import CACHE, Region
from onecity.region.versions import FILE, Version, Versions
from onecity.region.workbook import merge, read_workbook
from tests.region.workbook.forms import HOSPITAL, filled
from tests.tiny import tiny_region

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny region in a folder; not to be changed."""
    folder = tmp_path_factory.mktemp("原始") / "圈"
    tiny_region().write(folder)
    return folder


@pytest.fixture
def original(shipped: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "圈"
    shutil.copytree(shipped, folder)
    return folder


@pytest.fixture
def versions(original: Path, tmp_path: Path) -> Versions:
    return Versions.open(tmp_path / "版本", original, clock=lambda: NOON)


def accept(versions: Versions, *edges: int) -> Region:
    """Accept the current region with some more roads closed."""
    now = versions.current()
    return versions.accept(
        now.apply([CloseRoad(edges)]), after=now.hash, reason=f"封闭 {edges}", by="wang"
    )


def closed(region: Region) -> set[int]:
    edges = region.table("road_edges")
    before = tiny_region().table("road_edges")
    gone = edges["seconds_forward"].isna() & edges["seconds_backward"].isna()
    was = before["seconds_forward"].isna() & before["seconds_backward"].isna()
    return set(edges.index[gone & ~was])


def test_before_the_first_change_there_is_the_original_and_nothing_is_written(
    versions: Versions, original: Path
) -> None:
    region = versions.current()
    assert region.hash == Region.open(original).hash
    assert versions.current() is region
    assert [one.number for one in versions.history] == [0]
    assert versions.head.parent is None
    assert not versions.can_undo
    assert not versions.can_redo
    assert not versions.original_changed
    assert not versions.folder.exists()


def test_what_is_accepted_is_current_and_the_old_stays(versions: Versions, original: Path) -> None:
    before = {one.name: one.read_bytes() for one in original.iterdir()}
    first = versions.current()
    made = accept(versions, 3)
    assert versions.current() is made
    assert made.path == versions.folder / made.hash
    assert closed(made) == {3}
    assert closed(versions.at(first.hash)) == set()
    assert {one.name: one.read_bytes() for one in original.iterdir()} == before
    assert versions.head == Version(1, made.hash, NOON, "封闭 (3,)", "wang", 0)
    assert [one.hash for one in versions.history] == [first.hash, made.hash]
    again = Versions.open(versions.folder, original)
    assert again.current().hash == made.hash
    assert again.history == versions.history


def test_untouched_tables_are_the_same_files(versions: Versions, original: Path) -> None:
    made = accept(versions, 3)
    assert made.path
    for name in made.manifest.tables:
        same = (made.path / f"{name}.parquet").samefile(original / f"{name}.parquet")
        assert same == (name != "road_edges"), name


def test_a_workbook_costs_what_it_brings_and_no_new_order_of_the_roads(
    versions: Versions, original: Path, tmp_path: Path
) -> None:
    (original / CACHE).mkdir()
    (original / CACHE / "order-x.npz").write_bytes(b"an order")
    (original / CACHE / ".order-y.npz").write_bytes(b"half an ord")
    base = versions.current()
    intake = read_workbook(filled(tmp_path / "表.xlsx", facilities=[HOSPITAL]), base)
    made = versions.accept(merge(base, intake), after=base.hash, reason="医院", by="wang")
    assert made.path
    new = {
        one.name
        for one in made.path.iterdir()
        if (original / one.name).is_file() and not one.samefile(original / one.name)
    }
    assert new == {MANIFEST, "facilities.parquet"}
    assert [one.name for one in (made.path / CACHE).iterdir()] == ["order-x.npz"]
    assert not (accept(versions, 3).path or original).joinpath(CACHE).exists()
    assert len(made.table("facilities")) == len(base.table("facilities")) + 1


def test_without_links_files_are_copied(
    versions: Versions, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = accept(versions, 3)
    assert made.path
    assert not (made.path / "zones.parquet").samefile(original / "zones.parquet")
    assert (made.path / "zones.parquet").read_bytes() == (original / "zones.parquet").read_bytes()
    assert closed(versions.at(made.hash)) == {3}


def test_a_link_to_a_table_is_followed(versions: Versions, original: Path, tmp_path: Path) -> None:
    real = tmp_path / "zones.parquet"
    (original / "zones.parquet").rename(real)
    (original / "zones.parquet").symlink_to(real)
    made = accept(versions, 3)
    assert made.path
    assert not (made.path / "zones.parquet").is_symlink()


def test_undo_and_redo(versions: Versions) -> None:
    zero = versions.current().hash
    one = accept(versions, 3).hash
    two = accept(versions, 4).hash
    assert versions.undo(after=two).hash == one
    assert versions.undo(after=one).hash == zero
    with pytest.raises(InputError, match="nothing to undo"):
        versions.undo(after=zero)
    assert versions.redo(after=zero).hash == one
    assert (versions.can_undo, versions.can_redo) == (True, True)
    other = accept(versions, 5)
    assert closed(other) == {3, 5}
    with pytest.raises(InputError, match="done again"):
        versions.redo(after=other.hash)
    assert [one.parent for one in versions.history] == [None, 0, 1, 1]
    assert closed(versions.at(two)) == {3, 4}


@given(st.lists(st.sampled_from(["accept", "undo", "redo"]), max_size=12))
@settings(max_examples=8)
def test_versions_move_as_a_list_of_states_would(
    shipped: Path, tmp_path_factory: pytest.TempPathFactory, moves: list[str]
) -> None:
    """The twin: closed roads in a list, a place in it; accepting drops what lies after it."""
    versions = Versions.open(tmp_path_factory.mktemp("动") / "版本", shipped)
    states: list[set[int]] = [set()]
    place = 0
    for number, move in enumerate(moves):
        now = versions.current().hash
        if move == "accept":
            states = [*states[: place + 1], states[place] | {number}]
            place += 1
            accept(versions, number)
        elif move == "undo" and place:
            place -= 1
            versions.undo(after=now)
        elif move == "redo" and place + 1 < len(states):
            place += 1
            versions.redo(after=now)
        else:
            with pytest.raises(InputError):
                (versions.undo if move == "undo" else versions.redo)(after=now)
        assert closed(versions.current()) == states[place]
        assert versions.can_undo == (place > 0)
        assert versions.can_redo == (place + 1 < len(states))


def test_a_change_made_from_another_version_is_refused(versions: Versions, original: Path) -> None:
    """Two people import into the same version: the second would undo the first unseen."""
    base = versions.current()
    other = Versions.open(versions.folder, original)
    first = accept(versions, 3)
    change = base.apply([CloseRoad((4,))])
    with pytest.raises(StaleError, match="somebody else"):
        other.accept(change, after=base.hash, reason="晚了", by="li")
    for move in (other.undo, other.redo):
        with pytest.raises(StaleError, match="somebody else"):
            move(after=base.hash)
    assert other.current().hash == first.hash


def test_the_current_region_is_no_new_version(versions: Versions) -> None:
    now = versions.current()
    with pytest.raises(InputError, match="same"):
        versions.accept(now, after=now.hash, reason="", by="wang")
    assert len(versions.history) == 1


def test_a_version_accepted_twice_is_kept_once(versions: Versions) -> None:
    base = versions.current()
    made = accept(versions, 3)
    versions.undo(after=made.hash)
    again = versions.accept(base.apply([CloseRoad((3,))]), after=base.hash, reason="再来", by="li")
    assert again.hash == made.hash
    assert [one.hash for one in versions.history] == [base.hash, made.hash, made.hash]
    assert versions.head.number == 2
    assert versions.undo(after=made.hash).hash == base.hash


def test_an_original_built_anew_takes_nothing_away(versions: Versions, original: Path) -> None:
    base = versions.current()
    made = accept(versions, 3)
    tiny_region().apply([AddRoad(23, 25, 60.0)]).write(original)
    assert versions.original_changed
    assert versions.current().hash == made.hash
    assert closed(versions.undo(after=made.hash)) == set()
    fresh = Region.open(original)
    taken = versions.accept(fresh, after=base.hash, reason="重新生成", by="wang")
    assert taken.hash == fresh.hash
    shutil.rmtree(original)
    assert versions.undo(after=taken.hash).hash == base.hash
    assert not versions.original_changed


def test_an_original_built_anew_before_the_first_change_is_current(
    versions: Versions, original: Path
) -> None:
    old = versions.current()
    old.table("road_edges")
    tiny_region().apply([AddRoad(23, 25, 60.0)]).write(original)
    assert versions.current().hash == Region.open(original).hash != old.hash
    with pytest.raises(StaleError, match="somebody else"):
        versions.accept(old.apply([CloseRoad((3,))]), after=old.hash, reason="", by="wang")


# --- Damage ------------------------------------------------------------------------------


def test_a_table_that_was_changed_is_found(versions: Versions, original: Path) -> None:
    made = accept(versions, 3)
    assert made.path
    zones = made.path / "zones.parquet"
    people = pd.read_parquet(zones)
    zones.unlink()
    people.assign(people=people["people"] + 1).to_parquet(zones)
    with pytest.raises(StoreError, match=r"zones\.parquet"):
        versions.at(made.hash)
    with pytest.raises(StoreError, match=r"zones\.parquet"):
        Versions.open(versions.folder, original)
    with pytest.raises(StoreError, match=r"zones\.parquet"):
        accept(versions, 4)
    zero = versions.history[0].hash
    assert versions.undo(after=made.hash).hash == zero
    with pytest.raises(StoreError, match=r"zones\.parquet"):
        versions.redo(after=zero)
    assert versions.current().hash == zero


def test_a_missing_table_is_found(versions: Versions, original: Path) -> None:
    made = accept(versions, 3)
    assert made.path
    (made.path / "zones.parquet").unlink()
    with pytest.raises(StoreError, match="missing"):
        versions.at(made.hash)
    (original / "water.parquet").unlink()
    with pytest.raises(StoreError, match="missing"):
        Region.open(original).write(original.parent / "copy")
    assert not (original.parent / "copy").exists()


def test_a_folder_with_another_region_is_found(versions: Versions) -> None:
    one, two = accept(versions, 3), accept(versions, 4)
    assert one.path
    assert two.path
    shutil.rmtree(one.path)
    shutil.copytree(two.path, one.path)
    with pytest.raises(StoreError, match="is not version"):
        versions.at(one.hash)


@pytest.mark.parametrize("name", ["", "..", "0" * 64, "../圈", "/etc"])
def test_a_version_nobody_made_is_missing(versions: Versions, name: str) -> None:
    accept(versions, 3)
    with pytest.raises(MissingError):
        versions.at(name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "[]",
        lambda raw: json.dumps({**raw, "current": 7}),
        lambda raw: json.dumps({**raw, "current": -1}),
        lambda raw: json.dumps({**raw, "versions": []}),
        lambda raw: json.dumps({**raw, "versions": raw["versions"][::-1]}),
        lambda raw: json.dumps({**raw, "undone": ["x"]}),
        lambda raw: json.dumps(raw).replace(raw["versions"][1]["hash"], "../圈"),
        lambda raw: json.dumps({**raw, "schema": 2}),
    ],
)
def test_a_damaged_list_is_told(
    versions: Versions, original: Path, spoil: Callable[[dict[str, Any]], str]
) -> None:
    accept(versions, 3)
    file = versions.folder / FILE
    file.write_text(spoil(json.loads(file.read_text("utf-8"))), "utf-8")
    with pytest.raises(StoreError, match=FILE):
        Versions.open(versions.folder, original)


def test_no_region_at_all(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        Versions.open(tmp_path / "版本", tmp_path / "无")


# --- Crashes and crowds ----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
@pytest.mark.parametrize("moment", ["first write", "swap", "rename", "list", "replace"])
def test_a_kill_leaves_the_version_that_was_current(
    versions: Versions, original: Path, moment: str
) -> None:
    before = accept(versions, 3) if moment in {"list", "rename"} else versions.current()
    script = textwrap.dedent(f"""
        import os, signal, sys
        sys.path.insert(0, {str(ROOT)!r})
        from onecity.region import store, versions
        from onecity.region.interventions import CloseRoad
        kept = versions.Versions.open({str(versions.folder)!r}, {str(original)!r})
        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        moment = {moment!r}
        if moment == "first write":
            store._sync = die
        elif moment == "swap":
            store._swap = die
        elif moment == "list":
            versions.json.dump = die
        else:
            real = getattr(versions.Path, moment)
            def deadly(self, target):
                if moment == "replace" or self.name == "draft":
                    die()
                return real(self, target)
            setattr(versions.Path, moment, deadly)
        now = kept.current()
        kept.accept(now.apply([CloseRoad((7,))]), after=now.hash, reason="", by="x")
    """)
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    again = Versions.open(versions.folder, original)
    assert again.current().hash == before.hash
    accept(again, 7)
    assert 7 in closed(again.current())
    kept = {one.hash for one in again.history}
    left = {one.name for one in again.folder.iterdir() if one.is_dir()}
    assert not any("draft" in name for name in left)
    assert kept <= left


@pytest.mark.parametrize("by", ["threads", "processes"])
def test_of_many_at_once_none_is_lost(versions: Versions, original: Path, by: str) -> None:
    """Each closes a road of its own and tries again where another was quicker."""
    script = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from tests.region.test_versions import persist
        persist({str(versions.folder)!r}, {str(original)!r}, int(sys.argv[1]))
    """)
    edges = range(3)
    if by == "threads":
        crowd = [
            threading.Thread(target=persist, args=(versions.folder, original, edge))
            for edge in edges
        ]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
    else:
        started = [subprocess.Popen([sys.executable, "-c", script, str(edge)]) for edge in edges]
        assert [one.wait(timeout=120) for one in started] == [0] * len(edges)
    assert closed(versions.current()) == set(edges)
    assert len(versions.history) == 1 + len(edges)


def persist(folder: str | Path, original: str | Path, edge: int) -> None:
    versions = Versions.open(folder, original)
    while True:
        try:
            accept(versions, edge)
        except StaleError:
            continue
        else:
            return


def test_a_lock_that_is_never_let_go_is_told(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(versions, 3)
    monkeypatch.setattr(files, "PATIENCE_S", 0.1)
    with (
        files.locked(versions.folder / ".lock"),
        pytest.raises(StoreError, match=r"\.lock"),
    ):
        accept(versions, 4)
    assert closed(accept(versions, 4)) == {3, 4}
