"""Versions of a region: each accepted change is one more folder, and the old ones stay.

A folder holds one region folder for each version, named by its hash, and `versions.json`,
which lists them and says which is current. That file is replaced whole, last: a crash leaves
the version that was current before. Tables that a version shares with the one before are the
same files on the disk (see `Region.write`), so that a version of a big region is cheap. The
original stays where it is until the first change is accepted, and is never written to; then it
is kept here too, so that building it anew takes nothing away.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from onecity.core.errors import (
    InputError,
    MissingError,
    OneCityError,
    StaleError,
    StoreError,
)
from onecity.core.files import locked, replacing

from .manifest import FILE as MANIFEST
from .store import Region, check_file

FILE = "versions.json"
_LOCK = ".lock"
_DRAFT = "draft"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the region that was accepted; number 0 is the original.

    `hash` is that of the region. `parent` is the number of the version it was made from, None
    for the original. `why` and `by` are plain text.
    """

    number: int
    hash: str
    when: datetime
    why: str
    by: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class _State:
    """What `versions.json` holds; `undone` are numbers that can be redone, the next one last."""

    versions: tuple[Version, ...]
    current: int
    undone: tuple[int, ...] = ()

    @property
    def head(self) -> Version:
        return self.versions[self.current]


class Versions:
    """The versions of one region. Made by `open`.

    Several threads and processes may use the same folder: changes come one after another, and
    each names the version it was made from, so that nobody overwrites what they have not seen.
    """

    def __init__(self, folder: Path, original: Path, clock: Callable[[], datetime]) -> None:
        self.folder, self.original = folder, original
        self._clock = clock
        self._last: Region | None = None

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        original: str | os.PathLike[str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> "Versions":
        """Open the versions in `folder`, which is made when the first one is accepted.

        Parameters
        ----------
        folder
            Where versions are kept.
        original
            Folder of the region they begin with.
        clock
            What tells the time.

        Raises
        ------
        MissingError
            There is no region, neither here nor in `original`.
        StoreError
            The region that is current, or the list of versions, is damaged.
        """
        made = cls(Path(folder).absolute(), Path(original).absolute(), clock)
        made.current()
        return made

    def current(self) -> Region:
        """Return the current region: the same object until another version becomes current.

        Raises
        ------
        MissingError, StoreError
            It is not there any longer, or damaged.
        """
        state, last = self._read(), self._last
        if state is None:
            found = Region.open(self.original)
            if last is None or last.hash != found.hash:
                self._last = last = found
        elif last is None or last.hash != state.head.hash:
            self._last = last = self._opened(state, state.head.hash)
        return last

    @property
    def head(self) -> Version:
        """The version that is current."""
        return self._known().head

    @property
    def history(self) -> tuple[Version, ...]:
        """Every version, oldest first, those that were undone too."""
        return self._known().versions

    @property
    def can_undo(self) -> bool:
        """Whether there is a version to go back to."""
        return self.head.parent is not None

    @property
    def can_redo(self) -> bool:
        """Whether a version was undone and nothing accepted since."""
        return bool(self._known().undone)

    @property
    def original_changed(self) -> bool:
        """Whether the original was built anew since it was taken in.

        ``accept(Region.open(original), …)`` makes what it is now the current version.
        """
        try:
            return Region.open(self.original).hash != self._known().versions[0].hash
        except (MissingError, StoreError):
            return False

    def at(self, name: str) -> Region:
        """Return the region of a version by its hash.

        Raises
        ------
        MissingError
            There is no such version.
        StoreError
            Its files are not those that were written.
        """
        return self._opened(self._known(), name)

    def accept(self, region: Region, *, after: str, reason: str, by: str) -> Region:
        """Make a region the current version and return it as it is kept here.

        Parameters
        ----------
        region
            What is to be current, for example what `workbook.merge` gives.
        after
            Hash of the version it was made from.
        reason, by
            Why, and on whose word, as plain text.

        Raises
        ------
        StaleError
            Another version became current meanwhile.
        InputError
            The region is the current one.
        StoreError
            It cannot be written; the version that was current still is.
        """
        with self._changing(after) as state:
            kept = self._keep(region)
            if kept.hash == after:
                raise InputError("region.version_same", hash=after[:12])
            made = Version(len(state.versions), kept.hash, self._now(), reason, by, state.current)
            self._write(_State((*state.versions, made), made.number))
        self._last = kept
        return kept

    def undo(self, *, after: str) -> Region:
        """Go back to the version that the current one was made from, and return it.

        Raises
        ------
        StaleError
            The current version is not the one whose hash is `after`.
        InputError
            There is none.
        StoreError
            It is damaged: nothing changed then.
        """
        with self._changing(after) as state:
            parent = state.head.parent
            if parent is None:
                raise InputError("region.nothing_to_undo")
            return self._moved(state, parent, (*state.undone, state.current))

    def redo(self, *, after: str) -> Region:
        """Go forward to the version that was undone last, and return it.

        Raises
        ------
        StaleError
            The current version is not the one whose hash is `after`.
        InputError
            There is none.
        StoreError
            It is damaged: nothing changed then.
        """
        with self._changing(after) as state:
            if not state.undone:
                raise InputError("region.nothing_to_redo")
            return self._moved(state, state.undone[-1], state.undone[:-1])

    # --- Folders ---

    def _opened(self, state: _State, name: str) -> Region:
        if all(one.hash != name for one in state.versions):
            raise MissingError("region.no_version", given=name)
        folder = self.folder / name
        if not folder.is_dir() and name == state.versions[0].hash:
            folder = self.original
        found = Region.open(folder)
        if found.hash != name:
            raise StoreError("region.version_damaged", path=str(folder), hash=name[:12])
        for table, record in found.manifest.tables.items():
            check_file(folder / f"{table}.parquet", table, record)
        return found

    def _keep(self, region: Region) -> Region:
        """Write a region into a folder of its own hash, unless it is there already."""
        draft = self.folder / _DRAFT
        for left in (draft, *self.folder.glob(f".{_DRAFT}.*")):  # by a crash
            shutil.rmtree(left, ignore_errors=True)
        written = region.write(draft)
        place = self.folder / written.hash
        found: Region | None = None
        try:
            found = Region.open(place)
            for table, record in found.manifest.tables.items():
                check_file(place / f"{table}.parquet", table, record)
        except OneCityError:
            found = None
        try:
            if found is None or found.hash != written.hash:
                shutil.rmtree(place, ignore_errors=True)
                draft.rename(place)
            else:
                shutil.rmtree(draft)
        except OSError as error:
            raise StoreError("region.not_written", path=str(place), reason=error) from error
        return Region.open(place)

    # --- The list ---

    @contextmanager
    def _changing(self, after: str) -> Iterator[_State]:
        """Keep others out, and make sure that the caller has seen what is current."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("region.not_written", path=str(self.folder), reason=error) from error
        with locked(self.folder / _LOCK):
            state = self._known()
            if state.head.hash != after:
                raise StaleError(
                    "region.version_moved", given=after[:12], current=state.head.hash[:12]
                )
            if not (self.folder / state.versions[0].hash).is_dir():
                self._keep(self._opened(state, state.versions[0].hash))
            yield state

    def _moved(self, state: _State, to: int, undone: tuple[int, ...]) -> Region:
        found = self._opened(state, state.versions[to].hash)
        self._write(replace(state, current=to, undone=undone))
        self._last = found
        return found

    def _known(self) -> _State:
        """Return the list; before the first change, that of the original alone."""
        state = self._read()
        if state is not None:
            return state
        region = Region.open(self.original)
        made = datetime.fromtimestamp((self.original / MANIFEST).stat().st_mtime, UTC)
        return _State((Version(0, region.hash, made, "", region.manifest.made_by, None),), 0)

    def _read(self) -> _State | None:
        file = self.folder / FILE
        try:
            raw = json.loads(file.read_text(encoding="utf-8"))
            schema = int(raw["schema"])
            if schema == _SCHEMA:
                return _state(raw)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise StoreError("region.versions_damaged", path=str(file), reason=error) from error
        raise StoreError("region.versions_newer", path=str(file), given=schema, known=_SCHEMA)

    def _write(self, state: _State) -> None:
        raw = {
            "schema": _SCHEMA,
            "current": state.current,
            "undone": state.undone,
            "versions": [{**asdict(one), "when": one.when.isoformat()} for one in state.versions],
        }
        with replacing(self.folder / FILE) as draft, draft.open("w", encoding="utf-8") as handle:
            json.dump(raw, handle, ensure_ascii=False, indent=1)
            handle.flush()
            os.fsync(handle.fileno())

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)


def _state(raw: dict[str, Any]) -> _State:
    """Return the list from its file.

    Raises
    ------
    KeyError, TypeError, ValueError
        It is not one.
    """
    versions = tuple(
        Version(**{**one, "when": datetime.fromisoformat(one["when"])}) for one in raw["versions"]
    )
    state = _State(versions, raw["current"], tuple(raw["undone"]))
    numbers = range(len(versions))
    right = (
        [one.number for one in versions] == list(numbers)
        and versions[0].parent is None
        and all(one.parent in numbers[: one.number] for one in versions[1:])
        and all(one in numbers for one in (state.current, *state.undone))
        and all(_is_hash(one.hash) for one in versions)
    )
    if not right:
        msg = "numbers of versions do not fit"
        raise ValueError(msg)
    return state


def _is_hash(text: object) -> bool:
    """Whether a text is a hash: it becomes the name of a folder."""
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")
