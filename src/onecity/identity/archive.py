"""The file of a backup: a ZIP with a manifest, and one file of JSON Lines for each table.

Anybody can read it with other programs, in ten years too. ``manifest.json`` says when it was
made, which version each part of the store had, where the trail ended, and of each table how many
rows there are and the SHA-256 of its file. A row is an object of its columns; bytes stand in it as
``{"base64": "…"}``.
"""

import base64
import binascii
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from onecity.core.errors import InputError, MissingError, OneCityError
from onecity.core.files import replacing

FORMAT = 1
"""Which arrangement of the ZIP this is."""
_MANIFEST = "manifest.json"
_MARK = "onecity backup"
_LONGEST_MANIFEST = 1 << 20
_LONGEST_LINE = 1 << 28
_BYTES = "base64"
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows of a table a backup holds, and the SHA-256 of its file."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    made
        When, as a text of `clock.stamp`.
    program
        Version of the program that made it.
    parts
        Revision of each part of the store.
    trail
        The anchor of the trail's last entry.
    tables
        What it holds, by name of table.
    """

    made: str
    program: str
    parts: Mapping[str, str]
    trail: str
    tables: Mapping[str, Held]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(one.rows for one in self.tables.values())


class Writing:
    """A backup that is being written. Made by `writing`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.tables: dict[str, Held] = {}

    def table(self, name: str, lines: Iterable[Line]) -> None:
        """Write the rows of a table."""
        told, count = sha256(), 0
        with self._archive.open(_name(name), "w", force_zip64=True) as handle:
            for line in lines:
                text = json.dumps(line, ensure_ascii=False, default=_plain)
                content = f"{text}\n".encode()
                told.update(content)
                handle.write(content)
                count += 1
        self.tables[name] = Held(count, told.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write what the backup says of itself."""
        told = {"format": _MARK, "version": FORMAT, **asdict(manifest)}
        self._archive.writestr(_MANIFEST, json.dumps(told, ensure_ascii=False, indent=1))


@contextmanager
def writing(path: Path) -> Iterator[Writing]:
    """Let a backup be written, whole or not at all, readable by its owner alone.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    with replacing(path) as draft:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as handle:
            with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
                yield Writing(archive)
            handle.flush()
            os.fsync(handle.fileno())


class Reading:
    """A backup that was found whole. Made by `reading`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._path, self._archive, self.manifest = path, archive, manifest

    def lines(self, table: str) -> Iterator[Line]:
        """Yield the rows of a table."""
        with self._archive.open(_name(table)) as handle:
            number = 0
            while content := handle.readline(_LONGEST_LINE):
                number += 1
                try:
                    line = json.loads(content, object_hook=_value)
                    if not isinstance(line, dict):
                        raise TypeError  # noqa: TRY301  (told as any other line that is none)
                except (ValueError, TypeError) as error:
                    raise damaged(self._path, f"{table}, {number}") from error
                yield line


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a backup and check all of it.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is no backup, of a newer arrangement, or damaged: it says where.
    """
    if not path.is_file():
        raise MissingError("identity.no_backup", path=str(path))
    if not zipfile.is_zipfile(path):
        raise InputError("identity.backup_none", path=str(path))
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            manifest = _manifest(path, archive)
            for name, held in manifest.tables.items():
                _check(path, archive, name, held)
        except OneCityError:
            raise
        # The last for a ZIP that is encrypted or packed in a way that is not known.
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise damaged(path, str(error)) from error
        yield Reading(path, archive, manifest)


def damaged(path: Path, what: str) -> InputError:
    """Return the error that tells where a backup is not whole."""
    return InputError("identity.backup_damaged", path=str(path), what=what)


def _check(path: Path, archive: zipfile.ZipFile, table: str, held: Held) -> None:
    """Do nothing if the file of a table is as the manifest says."""
    told, count = sha256(), 0
    try:
        handle = archive.open(_name(table))
    except KeyError as error:
        raise damaged(path, _name(table)) from error
    with handle:
        while content := handle.read(1 << 20):
            told.update(content)
            count += content.count(b"\n")
    if (count, told.hexdigest()) != (held.rows, held.sha256):
        raise damaged(path, _name(table))


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    """Return what a backup says of itself."""
    try:
        known = archive.getinfo(_MANIFEST)
    except KeyError as error:
        raise InputError("identity.backup_none", path=str(path)) from error
    if known.file_size > _LONGEST_MANIFEST:
        raise damaged(path, _MANIFEST)
    try:
        told = json.loads(archive.read(known))
        if told["format"] != _MARK:
            raise InputError("identity.backup_none", path=str(path))
        version = int(told["version"])
        if version > FORMAT:
            raise InputError("identity.backup_newer", path=str(path), given=version, known=FORMAT)
        return Manifest(
            made=str(told["made"]),
            program=str(told["program"]),
            parts={str(name): str(one) for name, one in told["parts"].items()},
            trail=str(told["trail"]),
            tables={
                str(name): Held(int(one["rows"]), str(one["sha256"]))
                for name, one in told["tables"].items()
            },
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged(path, _MANIFEST) from error


def _name(table: str) -> str:
    return f"tables/{table}.jsonl"


def _plain(value: object) -> Line:
    """Return what JSON has no word for."""
    if isinstance(value, bytes | memoryview):
        return {_BYTES: base64.b64encode(value).decode()}
    msg = f"a column holds {type(value)}"
    raise TypeError(msg)


def _value(found: Line) -> Any:
    """Return the bytes that an object stands for; any other object is a row."""
    if found.keys() == {_BYTES}:
        try:
            return base64.b64decode(found[_BYTES], validate=True)
        except (TypeError, binascii.Error) as error:
            raise ValueError(*error.args) from error
    return found
