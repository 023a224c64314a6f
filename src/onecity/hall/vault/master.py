"""The keys of a node that wrap the keys of owners: a file each, ``keys/vault-N.key``.

They lie beside the store and not in it: who has a copy of the store alone can read nothing
personal, and who erases an owner and later destroys the master key has erased it in every copy
of the store too. A further file, ``keys/blind.key``, makes look-ups by identity number possible
without the number; it is never changed, as what was made with it could not be found again.
"""

import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Self

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.files import write_secret
from onecity.identity.clock import moment, stamp

KEY_BYTES = 32
_NAME = re.compile(r"vault-([1-9][0-9]{0,8})\.key")
_BLIND = "blind.key"


class MasterKeys:
    """The master keys of one node, by name; any thread may use them.

    A key that another process made is seen when it is first asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen = folder, -1
        self._keys: dict[str, _Master] = {}
        self._look()
        if not self._keys:
            raise MissingError("hall_vault.no_keys", folder=str(folder))
        self._blind = _read(folder / _BLIND).key

    @classmethod
    def make(cls, folder: str | os.PathLike[str], at: datetime) -> Self:
        """Make the first master key and the one for look-ups.

        Raises
        ------
        InputError
            There are some already.
        StoreError
            They cannot be written.
        """
        place = Path(folder)
        if any(_NAME.fullmatch(file.name) for file in place.glob("*.key")):
            raise InputError("hall_vault.keys_exist", folder=str(place))
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(place), reason=reason) from error
        _write(place / _BLIND, at)
        _write(place / "vault-1.key", at)
        return cls(place)

    @property
    def newest(self) -> str:
        """Name of the key that new owners' keys are wrapped with."""
        found = self._look()
        if not found:
            raise MissingError("hall_vault.no_keys", folder=str(self._folder))
        return max(found, key=_number)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all that are there, oldest first."""
        return tuple(sorted(self._look(), key=_number))

    def made(self, name: str) -> datetime:
        """Return when a key was made.

        Raises
        ------
        MissingError
            There is none of that name.
        """
        return self._find(name).made

    def key(self, name: str) -> bytes:
        """Return a key.

        Raises
        ------
        MissingError
            There is none of that name: what it wrapped cannot be read any more.
        """
        return self._find(name).key

    def add(self, at: datetime) -> str:
        """Make a further key, which is the newest from now on, and return its name.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        name = f"vault-{_number(self.newest) + 1}"
        _write(self._folder / f"{name}.key", at)
        self._seen = -1
        return name

    def destroy(self, name: str) -> None:
        """Overwrite and delete a key that wraps nothing any more.

        Raises
        ------
        InputError
            It is the newest.
        StoreError
            The file cannot be deleted.
        """
        if name == self.newest:
            raise InputError("hall_vault.newest_stays", name=name)
        file = self._folder / f"{name}.key"
        try:
            with file.open("r+b") as handle:
                handle.write(secrets.token_bytes(file.stat().st_size))
                handle.flush()
                os.fsync(handle.fileno())
            file.unlink()
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(file), reason=reason) from error
        self._seen = -1

    def blind(self, text: str) -> str:
        """Return what stands for a text where it must be found but not read."""
        return hmac.new(self._blind, text.encode(), sha256).hexdigest()

    def _find(self, name: str) -> "_Master":
        found = self._keys.get(name) or self._look().get(name)
        if found is None:
            raise MissingError("hall_vault.no_master_key", name=name, folder=str(self._folder))
        return found

    def _look(self) -> "dict[str, _Master]":
        """Return the keys, read anew if the folder has changed."""
        try:
            seen = self._folder.stat().st_mtime_ns
        except OSError:
            return self._keys
        if seen != self._seen:
            files = {
                file.stem: file for file in self._folder.glob("*.key") if _NAME.fullmatch(file.name)
            }
            self._keys = {name: self._keys.get(name) or _read(file) for name, file in files.items()}
            self._seen = seen
        return self._keys


@dataclass(frozen=True, slots=True)
class _Master:
    key: bytes = field(repr=False)
    made: datetime


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])


def _write(file: Path, at: datetime) -> None:
    write_secret(file, f"{secrets.token_hex(KEY_BYTES)}\n{stamp(at)}\n".encode())


def _read(file: Path) -> _Master:
    try:
        digits, made = file.read_text("ascii").split()
        found = _Master(bytes.fromhex(digits), moment(made))
    except FileNotFoundError as error:
        raise MissingError("sources.no_file", path=str(file)) from error
    except OSError as error:
        reason = error.strerror or error
        raise StoreError("identity.store_failed", path=str(file), reason=reason) from error
    except ValueError as error:
        raise InputError("hall_vault.bad_key_file", path=str(file)) from error
    if len(found.key) != KEY_BYTES:
        raise InputError("hall_vault.bad_key_file", path=str(file))
    return found
