"""Workbooks that were sent in: kept for a day, looked at, taken in or thrown away."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from onecity.core.errors import InputError, MissingError, OneCityError, StoreError
from onecity.core.words import Language
from onecity.region.store import Region
from onecity.region.workbook import Intake, annotated, merge, read_workbook

FOLDER = "intakes"
"""Where they lie, in the work folder."""
ID = "^[0-9a-f]{32}$"
MOST = 24
"""How many are kept; of more the oldest go."""
UNPACKED = 200_000_000
"""Bytes of a workbook once unpacked, at most: a small file can hold very much."""

_FILE, _NOTE = "workbook.xlsx", "note.json"
_LONGEST_NAME = 120
_CHUNK = 1 << 20
_UNFIT = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a workbook beside its content.

    `name` is what the sender calls it, fit to be shown; `region` the hash of the version it was
    checked against; `at` when it came, seconds since 1970.
    """

    id: str
    name: str
    region: str
    at: float


@dataclass(frozen=True, slots=True)
class Read:
    """A workbook that was read and checked; `made` is the region with it, None if it has faults."""

    note: Note
    intake: Intake
    made: Region | None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it changes."""
        return tuple(self.made.manifest.history[-1]["tables"]) if self.made else ()


class Intakes:
    """The workbooks of one service, each in a folder of a name that nobody can guess."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds

    def add(self, name: str, content: BinaryIO, region: Region) -> Note:
        """Keep a workbook that was sent in.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        self._sweep(MOST - 1)
        note = Note(secrets.token_hex(16), shown_name(name), region.hash, time.time())
        place = self._folder / note.id
        try:
            place.mkdir(mode=0o700, parents=True)
            with (place / _FILE).open("wb") as handle:
                shutil.copyfileobj(content, handle, _CHUNK)
            (place / _NOTE).write_text(json.dumps(asdict(note)), encoding="utf-8")
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(place), reason=reason) from error
        return note

    def get(self, name: str) -> Note:
        """Return what is known of a workbook.

        Raises
        ------
        MissingError
            If there is none, or not any longer.
        """
        self._sweep(MOST)
        if re.fullmatch(ID, name) is None:
            raise MissingError("web.no_intake", given=name)
        try:
            raw = json.loads((self._folder / name / _NOTE).read_text(encoding="utf-8"))
            return Note(**raw)
        except (OSError, ValueError, TypeError) as error:
            raise MissingError("web.no_intake", given=name) from error

    def has(self, name: str) -> bool:
        """Whether there is such a workbook."""
        return re.fullmatch(ID, name) is not None and (self._folder / name).is_dir()

    def read(self, note: Note, region: Region) -> Read:
        """Read a workbook, check it against a region, and make the region with it.

        Raises
        ------
        InputError
            If it is no workbook, or there is nothing new in it.
        MissingError
            If somebody else took it in or threw it away meanwhile.
        """
        file = self._folder / note.id / _FILE
        with told_by_name(note), _told_if_gone(note):
            _check_size(file)
            intake = replace(read_workbook(file, region), file=note.name, path=note.name)
            return Read(note, intake, merge(region, intake) if intake.sound else None)

    def marked(self, note: Note, region: Region, language: Language) -> bytes:
        """Return a copy of a workbook in which every finding stands at its cell.

        Raises
        ------
        InputError
            If it is no workbook.
        MissingError
            If somebody else took it in or threw it away meanwhile.
        """
        place = self._folder / note.id
        copy = place / f"marked-{language}.xlsx"
        with told_by_name(note), _told_if_gone(note):
            if not copy.is_file():
                _check_size(place / _FILE)
                intake = replace(read_workbook(place / _FILE, region), file=note.name)
                annotated(place / _FILE, intake, copy, language=language)
            return copy.read_bytes()

    def drop(self, note: Note) -> None:
        """Throw a workbook away."""
        shutil.rmtree(self._folder / note.id, ignore_errors=True)

    def _sweep(self, most: int) -> None:
        """Throw away what is older than it may be, and the oldest of too many."""
        if not self._folder.is_dir():
            return
        known = sorted((_age(place), place) for place in self._folder.iterdir())
        too_old = [place for age, place in known if age > self._seconds]
        too_many = [place for _, place in known[most:]]
        for place in {*too_old, *too_many}:
            shutil.rmtree(place, ignore_errors=True)


def shown_name(given: str) -> str:
    """Return a file's name as it may be shown and sent back: no folders, no control characters."""
    bare = _UNFIT.sub(" ", re.split(r"[/\\]", given)[-1]).strip(" .")
    stem = bare[: -len(".xlsx")] if bare.lower().endswith(".xlsx") else bare
    return f"{stem[:_LONGEST_NAME].strip() or 'workbook'}.xlsx"


@contextmanager
def told_by_name(note: Note) -> Iterator[None]:
    """Let errors name a file as its sender does, not where it lies here."""
    try:
        yield
    except OneCityError as error:
        if "path" not in error.values:
            raise
        values: dict[str, Any] = {**error.values, "path": note.name}
        raise type(error)(error.key, **values) from error


@contextmanager
def _told_if_gone(note: Note) -> Iterator[None]:
    """Tell that a workbook is gone if its file goes while it is read: somebody was quicker."""
    try:
        yield
    except FileNotFoundError as error:
        raise MissingError("web.no_intake", given=note.id) from error


def _check_size(file: Path) -> None:
    """Refuse a workbook that would fill the memory; what is no archive is told by its reader."""
    try:
        with ZipFile(file) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except (BadZipFile, OSError, ValueError, RuntimeError):
        return
    if size > UNPACKED:
        limit = UNPACKED // 1_000_000
        raise InputError("workbook.too_large", path=str(file), given=size // 1_000_000, limit=limit)


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
