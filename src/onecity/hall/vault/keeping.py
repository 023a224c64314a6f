"""Sealing, with a random key for each owner, and erasing, by destroying it.

What is sealed is ``1 | nonce (12 bytes) | AES-256-GCM (ciphertext, tag)``, bound to its owner: a
value that is put under another owner does not open. The owner's key is kept wrapped the same way
by the newest master key of the node, bound to the owner too. The first byte tells later versions,
such as SM4, apart.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from onecity.core.errors import MissingError, StoreError
from onecity.identity.clock import Clock, utc_now

from .master import KEY_BYTES, MasterKeys

_VERSION = b"\x01"
_NONCE_BYTES = 12
_SEAL, _WRAP = b"onecity seal 1\n", b"onecity wrap 1\n"
REWRAPPED_AT_ONCE = 1000
PATIENCE = timedelta(days=1)
"""How long a master key that was replaced is kept at least."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The key of an owner as it is kept: under which master key; None once it is destroyed."""

    owner: str
    master: str
    wrapped: bytes | None


class KeyStore(Protocol):
    """Where the wrapped keys of owners are kept. All of it is inside a transaction."""

    def find(self, connection: Connection, owner: str) -> Wrapped | None:
        """Return the key of an owner, also a destroyed one; None if there never was one."""

    def put(self, connection: Connection, key: Wrapped, at: datetime) -> None:
        """Keep the key of a new owner."""

    def destroy(self, connection: Connection, owner: str, at: datetime) -> bool:
        """Destroy an owner's key and keep that it was there; whether there was one to destroy."""

    def others(self, connection: Connection, master: str, limit: int) -> Sequence[Wrapped]:
        """Return keys that another master key wraps, at most so many."""

    def replace(self, connection: Connection, key: Wrapped) -> None:
        """Keep an owner's key as it is wrapped now."""

    def wrapped_by(self, connection: Connection, master: str) -> int:
        """Return how many keys a master key wraps."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An owner's key in use: it seals without asking the store, for loading many at once."""

    wrapped: Wrapped
    _key: AESGCM = field(repr=False)

    def seal(self, content: bytes) -> bytes:
        """Return bytes sealed for the owner."""
        return _sealed(self._key, content, _SEAL, self.wrapped.owner)


class Vault:
    """Seals and opens what belongs to owners: cases, applicants, drafts. Any thread may use it."""

    def __init__(self, masters: MasterKeys, store: KeyStore, clock: Clock = utc_now) -> None:
        self.masters, self._store, self._clock = masters, store, clock

    @classmethod
    def make(cls, folder: Path, store: KeyStore, clock: Clock = utc_now) -> Self:
        """Make the vault of a new node: its keys in `folder`.

        Raises
        ------
        InputError
            There are keys already.
        StoreError
            They cannot be written.
        """
        return cls(MasterKeys.make(folder, clock()), store, clock)

    @classmethod
    def open(cls, folder: Path, store: KeyStore, clock: Clock = utc_now) -> Self:
        """Open the vault of a node.

        Raises
        ------
        MissingError
            Its keys are not there.
        InputError
            A file is no key.
        """
        return cls(MasterKeys(folder), store, clock)

    def seal(self, connection: Connection, owner: str, content: bytes) -> bytes:
        """Return bytes sealed with an owner's key, which is made on first use.

        Raises
        ------
        MissingError
            The owner was erased: nothing more is kept of it.
        """
        return self.lock_of(connection, owner).seal(content)

    def lock_of(self, connection: Connection, owner: str) -> Lock:
        """Return an owner's key, which is made on first use, for several seals in one transaction.

        Raises
        ------
        MissingError
            The owner was erased: nothing more is kept of it.
        """
        found = self._store.find(connection, owner)
        if found is None:
            lock = self.lock(owner)
            self._store.put(connection, lock.wrapped, self._clock())
            return lock
        return Lock(found, self._open(found))

    def unseal(self, connection: Connection, owner: str, sealed: bytes) -> bytes:
        """Return bytes that were sealed.

        Raises
        ------
        MissingError
            The owner was erased, never had a key, or its master key is not there.
        StoreError
            It is not what was sealed for this owner.
        """
        found = self._store.find(connection, owner)
        if found is None:
            raise MissingError("hall_vault.no_owner", owner=owner)
        return self.unseal_by(found, sealed)

    def unseal_by(self, key: Wrapped, sealed: bytes) -> bytes:
        """Return bytes that were sealed, by their owner's key as it is kept; see `unseal`."""
        return _unsealed(self._open(key), sealed, _SEAL, key.owner)

    def check(self, key: Wrapped) -> None:
        """Do nothing if an owner's key opens; it is not told.

        Raises
        ------
        MissingError
            It was destroyed, or its master key is not there.
        StoreError
            It is not the key that was kept for this owner.
        """
        self._unwrap(key)

    def erase(self, connection: Connection, owner: str, at: datetime | None = None) -> bool:
        """Destroy an owner's key, and with it all that it sealed; whether there was one."""
        return self._store.destroy(connection, owner, at or self._clock())

    def is_erased(self, connection: Connection, owner: str) -> bool:
        """Whether an owner's key was destroyed."""
        found = self._store.find(connection, owner)
        return found is not None and found.wrapped is None

    def blind(self, text: str) -> str:
        """Return what stands for a text, as an identity number, where it is looked up by it."""
        return self.masters.blind(text)

    def lock(self, owner: str) -> Lock:
        """Return a new key for an owner that has none; the caller keeps `Lock.wrapped`."""
        key = secrets.token_bytes(KEY_BYTES)
        return Lock(self._wrap(owner, key), AESGCM(key))

    def add_master(self) -> str:
        """Make a new master key, which wraps from now on, and return its name; then `rewrap`."""
        return self.masters.add(self._clock())

    def rewrap(self, connection: Connection, limit: int = REWRAPPED_AT_ONCE) -> int:
        """Wrap keys of older master keys with the newest; return how many, 0 when all are."""
        newest = self.masters.newest
        found = self._store.others(connection, newest, limit)
        for key in found:
            self._store.replace(connection, self._wrap(key.owner, self._unwrap(key)))
        return len(found)

    def retire(self, connection: Connection) -> tuple[str, ...]:
        """Destroy older master keys that wrap nothing any more; return their names.

        To be called outside of the transactions of `rewrap`. A key is destroyed at the earliest
        `PATIENCE` after the next one was made: nobody is then still at work with it. After that,
        what was erased before the last `rewrap` cannot be read from any older copy of the store
        either, unless the master key was copied too.
        """
        names, now = self.masters.names, self._clock()
        idle = tuple(
            name
            for name, following in pairwise(names)
            if now - self.masters.made(following) >= PATIENCE
            and not self._store.wrapped_by(connection, name)
        )
        for name in idle:
            self.masters.destroy(name)
        return idle

    def _wrap(self, owner: str, key: bytes) -> Wrapped:
        master = self.masters.newest
        wrapped = _sealed(AESGCM(self.masters.key(master)), key, _WRAP, owner)
        return Wrapped(owner, master, wrapped)

    def _unwrap(self, key: Wrapped) -> bytes:
        if key.wrapped is None:
            raise MissingError("hall_vault.erased", owner=key.owner)
        return _unsealed(AESGCM(self.masters.key(key.master)), key.wrapped, _WRAP, key.owner)

    def _open(self, key: Wrapped) -> AESGCM:
        return AESGCM(self._unwrap(key))


def _sealed(key: AESGCM, content: bytes, what: bytes, owner: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + key.encrypt(nonce, content, what + owner.encode())


def _unsealed(key: AESGCM, sealed: bytes, what: bytes, owner: str) -> bytes:
    if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE_BYTES:
        raise StoreError("hall_vault.not_sealed", owner=owner)
    try:
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        return key.decrypt(nonce, rest, what + owner.encode())
    except (InvalidTag, ValueError) as error:
        raise StoreError("hall_vault.not_sealed", owner=owner) from error
