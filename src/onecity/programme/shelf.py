"""A folder of scenarios, one file each.

Every file is written whole or not at all. Two who write at once do not write over each other
unawares: a new scenario needs a key that is free, and who changes one says which version of it
they saw.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from onecity.core.errors import (
    InputError,
    MissingError,
    OneCityError,
    StaleError,
    StoreError,
)
from onecity.core.files import replacing

from .scenario import MAX_BYTES, Scenario, checked_key
from .strict import Value

ENDING = ".json"
_LOCK = ".lock"
_HERE = Lock()
"""Locks of files do not hold threads of one process apart."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder of scenarios.

    Attributes
    ----------
    scenarios
        Those that can be read, the newest first.
    damaged
        Names of files that cannot, each with the reason.
    """

    scenarios: tuple[Scenario, ...]
    damaged: tuple[tuple[str, OneCityError], ...]


class Shelf:
    """Scenarios kept in a folder; it is made when the first is put there."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def listing(self) -> Listing:
        """Return all scenarios, and what cannot be read; a folder that is not there is empty."""
        found, damaged = [], []
        for file in sorted(self.folder.glob(f"*{ENDING}")) if self.folder.is_dir() else []:
            if file.name.startswith("."):  # being written just now
                continue
            try:
                found.append(self.get(file.name.removesuffix(ENDING)))
            except MissingError:  # gone meanwhile
                continue
            except OneCityError as error:
                damaged.append((file.name, error))
        # Of those made in one second the first by key.
        found.sort(key=lambda one: one.key)
        found.sort(key=lambda one: one.created, reverse=True)
        return Listing(tuple(found), tuple(damaged))

    def get(self, key: str) -> Scenario:
        """Return a scenario.

        Raises
        ------
        InputError
            The key is none, or the file is no scenario or that of another key.
        MissingError
            There is no such scenario.
        StoreError
            The file cannot be read.
        """
        file = self._file(key)
        try:
            with file.open("rb") as handle:
                raw = handle.read(MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise MissingError("programme.no_scenario", given=key) from error
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("programme.not_read", path=str(file), reason=reason) from error
        found = Scenario.from_json(raw, str(file))
        if found.key != key:
            raise InputError("programme.other_key", path=str(file), given=found.key)
        return found

    def add(self, scenario: Scenario) -> None:
        """Keep a new scenario.

        Raises
        ------
        InputError
            The key is taken, or is none.
        StoreError
            The file cannot be written.
        """
        with self._alone():
            if self._file(scenario.key).exists():
                raise InputError("programme.key_taken", given=scenario.key)
            self._write(scenario)

    def put(self, scenario: Scenario, *, over: str) -> None:
        """Keep a scenario in the place of one with its key.

        Parameters
        ----------
        over
            The version that was seen, see `version`.

        Raises
        ------
        StaleError
            What is there is another version.
        InputError
            The key is none.
        MissingError
            There is none with this key.
        StoreError
            The file cannot be written.
        """
        with self._alone():
            self._seen(scenario.key, over)
            self._write(scenario)

    def delete(self, key: str, *, over: str | None = None) -> None:
        """Throw a scenario away; if `over` is given, only that version of it.

        Raises
        ------
        StaleError
            What is there is another version.
        InputError
            The key is none.
        MissingError
            There is none with this key.
        StoreError
            The file cannot be thrown away.
        """
        with self._alone():
            if over is not None:
                self._seen(key, over)
            try:
                self._file(key).unlink()
            except FileNotFoundError as error:
                raise MissingError("programme.no_scenario", given=key) from error
            except OSError as error:
                reason = error.strerror or error
                raise StoreError(
                    "core.not_written", path=str(self._file(key)), reason=reason
                ) from error

    def _file(self, key: str) -> Path:
        """Return the file of a scenario; no key leads out of the folder."""
        return self.folder / f"{checked_key(Value(str(self.folder), 'key', key))}{ENDING}"

    def _seen(self, key: str, version_seen: str) -> None:
        if version(self.get(key)) != version_seen:
            raise StaleError("programme.changed_meanwhile", given=key)

    def _write(self, scenario: Scenario) -> None:
        text = scenario.to_json()
        Scenario.from_json(text, scenario.key)  # what could not be read again is not written
        with replacing(self._file(scenario.key)) as draft, draft.open("wb") as handle:
            handle.write(text.encode("utf-8"))
            handle.flush()
            os.fsync(handle.fileno())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else write to the folder meanwhile, in this process or another."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _HERE, (self.folder / _LOCK).open("ab") as handle, _locked(handle.fileno()):
                yield
        except OSError as error:
            if isinstance(error, OneCityError):
                raise
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(self.folder), reason=reason) from error


def version(scenario: Scenario) -> str:
    """Return a name for a scenario as it is: equal names mean equal scenarios."""
    return sha256(scenario.to_json().encode("utf-8")).hexdigest()


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Hold the lock of an open file; the system lets go of it if the process ends."""
    try:
        import fcntl  # noqa: PLC0415  (not on Windows)
    except ImportError:
        import msvcrt  # noqa: PLC0415  (on Windows alone)

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        try:
            yield
        finally:
            with suppress(OSError):
                os.lseek(handle, 0, os.SEEK_SET)
                msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
