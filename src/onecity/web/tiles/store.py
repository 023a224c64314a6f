"""Tiles that were made before: in memory, and on disk beside the region."""

import os
import shutil
import threading
import zlib
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from onecity.core.errors import OneCityError
from onecity.core.files import replacing

from .address import Tile

_OVERHEAD = 200
"""Bytes that a tile in memory costs besides its content."""
_MARK = b"OCT1"
_HEAD = 8
_ROOM = 0.9
"""Share of its limit that a full folder is brought down to."""


class Memory:
    """Tiles in memory, up to a number of bytes; the one asked for longest ago goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[Tile, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """How many bytes are held."""
        return self._bytes

    def get(self, tile: Tile) -> bytes | None:
        """Return a tile, None if it is not there."""
        with self._lock:
            found = self._tiles.get(tile)
            if found is not None:
                self._tiles.move_to_end(tile)
            return found

    def put(self, tile: Tile, content: bytes) -> None:
        """Keep a tile, unless it is larger than all that may be kept."""
        cost = len(content) + _OVERHEAD
        if cost > self._most:
            return
        with self._lock:
            if tile in self._tiles:
                return
            self._tiles[tile] = content
            self._bytes += cost
            while self._bytes > self._most:
                _, gone = self._tiles.popitem(last=False)
                self._bytes -= len(gone) + _OVERHEAD


class Disk:
    """Files in a folder, up to a number of bytes; the one written longest ago goes first.

    A file is a mark, a checksum and its content. One that is damaged counts as absent. A folder
    that cannot be written is no error: then nothing is kept. Several processes may share it.

    Parameters
    ----------
    folder
        Made when the first tile is kept.
    most_bytes
        Of all files together.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def get(self, name: str) -> bytes | None:
        """Return what was kept under a name, None if it is not there or damaged."""
        try:
            found = (self._folder / name).read_bytes()
        except OSError:
            return None
        content = found[_HEAD:]
        return content if found[:_HEAD] == _head(content) else None

    def put(self, name: str, content: bytes) -> None:
        """Keep something under a name."""
        size = len(content) + _HEAD
        if size > self._most:
            return
        with suppress(OneCityError, OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with replacing(self._folder / name) as draft:
                draft.write_bytes(_head(content) + content)
            self._count(size)

    def _count(self, size: int) -> None:
        """Add to what the folder holds, and make room when it is too much."""
        with self._lock:
            if self._bytes is not None:
                self._bytes += size
            if self._bytes is None or self._bytes > self._most:
                self._bytes = _shrunk(self._folder, self._most)


def forget_all_but(parent: Path, prefix: str, most: int, kept: str) -> None:
    """Delete the folders of a name's beginning but for the newest, and one kept in any case."""
    with suppress(OSError):
        others = [one for one in parent.glob(f"{prefix}*") if one.name != kept and one.is_dir()]
        others.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        for folder in others[max(most - 1, 0) :]:
            shutil.rmtree(folder, ignore_errors=True)


def _head(content: bytes) -> bytes:
    return _MARK + zlib.crc32(content).to_bytes(4, "big")


def _shrunk(folder: Path, most: int) -> int:
    """Return the bytes in a folder, after deleting its oldest files if these are too many."""
    files = []
    for entry in os.scandir(folder):
        with suppress(OSError):  # another process may have deleted it
            about = entry.stat()
            files.append((about.st_mtime_ns, about.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    if total <= most:
        return total
    for _, size, path in sorted(files):
        if total <= _ROOM * most:
            break
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)
        total -= size
    return total
