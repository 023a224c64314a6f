"""Kept tiles: bounded, whole or absent, and never in the way."""

import os
import threading
from pathlib import Path

import pytest

from onecity.web.tiles import store
from onecity.web.tiles.address import Tile
from onecity.web.tiles.store import Disk, Memory, forget_all_but


def test_memory_keeps_what_was_asked_for_last() -> None:
    cost = 100 + store._OVERHEAD
    memory = Memory(3 * cost)
    tiles = [Tile(4, x, 0) for x in range(4)]
    for tile in tiles[:3]:
        memory.put(tile, bytes(100))
    assert memory.get(tiles[0]) == bytes(100)
    memory.put(tiles[3], bytes(100))
    assert memory.get(tiles[1]) is None
    assert [memory.get(tiles[one]) is not None for one in (0, 2, 3)] == [True] * 3
    assert memory.held == 3 * cost
    memory.put(tiles[0], b"")  # once there, it stays as it is
    assert memory.held == 3 * cost


def test_memory_refuses_what_is_larger_than_all_of_it() -> None:
    memory = Memory(1000)
    memory.put(Tile(1, 0, 0), b"small")
    memory.put(Tile(1, 0, 1), bytes(5000))
    assert memory.get(Tile(1, 0, 1)) is None
    assert memory.get(Tile(1, 0, 0)) == b"small"


def test_an_empty_tile_is_known_to_be_empty() -> None:
    memory = Memory(1000)
    memory.put(Tile(1, 0, 0), b"")
    assert memory.get(Tile(1, 0, 0)) == b""


def test_disk_gives_back_what_it_was_given(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "a" / "b", 10_000)
    assert disk.get("one") is None
    disk.put("one", b"content")
    assert disk.get("one") == b"content"
    assert Disk(tmp_path / "a" / "b", 10_000).get("one") == b"content"
    assert [file.name for file in (tmp_path / "a" / "b").iterdir()] == ["one"]


@pytest.mark.parametrize("size", [0, 3, 8, 12])
def test_a_damaged_file_is_absent(tmp_path: Path, size: int) -> None:
    disk = Disk(tmp_path, 10_000)
    disk.put("one", b"some content")
    file = tmp_path / "one"
    whole = file.read_bytes()
    file.write_bytes(whole[:size])
    assert disk.get("one") is None
    file.write_bytes(whole[:-1] + b"!")
    assert disk.get("one") is None
    disk.put("one", b"some content")
    assert disk.get("one") == b"some content"


def test_disk_drops_the_oldest_files(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 10 * 1008)
    for row in range(30):
        disk.put(f"{row:02}", bytes(1000))
        os.utime(tmp_path / f"{row:02}", ns=(row * 10**9, row * 10**9))
    held = sorted(file.name for file in tmp_path.iterdir())
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 10 * 1008
    assert held[-1] == "29"
    assert held == [f"{row:02}" for row in range(30 - len(held), 30)]
    disk.put("large", bytes(20_000))
    assert disk.get("large") is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    disk = Disk(tmp_path / "file" / "tiles", 10_000)
    disk.put("one", b"content")
    assert disk.get("one") is None


def test_threads_may_share_a_folder(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 20_000)

    def work(number: int) -> None:
        for row in range(40):
            disk.put(f"{number}-{row % 7}", bytes([number]) * 500)
            assert disk.get(f"{number}-{row % 7}") in {None, bytes([number]) * 500}

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not list(tmp_path.glob(".*")), "drafts were left behind"


def test_old_states_go_and_other_folders_stay(tmp_path: Path) -> None:
    for row in range(6):
        folder = tmp_path / f"tiles-{row}"
        folder.mkdir()
        (folder / "one").write_bytes(b"x")
        os.utime(folder, (row, row))
    (tmp_path / "order-1.npz").write_bytes(b"")
    forget_all_but(tmp_path, "tiles-", 3, "tiles-0")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "order-1.npz", "tiles-0", "tiles-4", "tiles-5",
    ]  # fmt: skip
    forget_all_but(tmp_path / "absent", "tiles-", 3, "x")
