"""Signing keys: a file for each in the folder `keys/` of a node, readable by its owner alone.

A key has a time from which it signs, and may have one until which it does. To change keys, a
new one is made that begins later (`Keys.prepare`), the trust list is signed anew with it and
handed round, and when its time comes it signs; the old one is then ended (`Keys.end`) and stays
in the list, so that what it signed can be checked for as long as evidence is kept.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.files import write_secret
from onecity.identity.clock import moment, stamp

from .canonical import bytes_of, canonical, read_json, text_of
from .refusal import Refusal
from .suites import STANDARD, Suite, Suites

_BEGINNING = "sign-"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with: its name, suite, and when its owner used it."""

    kid: str
    suite: Suite
    public: bytes
    start: datetime
    until: datetime | None = None
    _verifier: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            verifier = self.suite.verifier(self.public)
        except ValueError as error:
            raise Refusal("hall_wire.bad_key", kid=self.kid, suite=self.suite.name) from error
        object.__setattr__(self, "_verifier", verifier)

    def valid(self, at: datetime) -> bool:
        """Whether its owner signed with it at that moment."""
        return self.start <= at and (self.until is None or at < self.until)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is its owner's, of `data`."""
        return self.suite.verify(self._verifier, signature, data)

    def as_record(self) -> dict[str, Any]:
        """Return it as the trust list holds it."""
        return {
            "kid": self.kid,
            "suite": self.suite.name,
            "public": text_of(self.public),
            "from": stamp(self.start),
            "until": stamp(self.until) if self.until else None,
        }

    @classmethod
    def from_record(cls, record: Any, suites: Suites = STANDARD) -> Self:
        """Read what `as_record` wrote.

        Raises
        ------
        Refusal
            It is no such record, or its suite is not known.
        """
        try:
            until = record["until"]
            return cls(
                str(record["kid"]),
                suites[record["suite"]],
                bytes_of(record["public"]),
                moment(record["from"]),
                moment(until) if until else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, Refusal):
                raise
            raise Refusal("hall_wire.bad_record", what="key", reason=error) from error


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of one's own: the public half, and what signs."""

    public: PublicKey
    _signer: Any = field(repr=False)

    @property
    def kid(self) -> str:
        """Its name."""
        return self.public.kid

    @property
    def suite(self) -> Suite:
        """What it works with."""
        return self.public.suite

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`."""
        return self.suite.sign(self._signer, data)


class Keys:
    """The signing keys of one node. Any thread may use them.

    A key that another process made or ended is seen at the next use.
    """

    def __init__(self, folder: Path, suites: Suites = STANDARD) -> None:
        self._folder, self._suites = folder, suites
        self._seen = -1
        self._keys: tuple[SigningKey, ...] = ()
        self._look()

    @classmethod
    def make(
        cls,
        folder: str | os.PathLike[str],
        code: str,
        at: datetime,
        *,
        suite: Suite | None = None,
        suites: Suites = STANDARD,
    ) -> Self:
        """Make the folder with a first key that begins at `at`, for the node called `code`.

        Raises
        ------
        InputError
            There are keys already.
        StoreError
            They cannot be written.
        """
        place = Path(folder)
        if any(place.glob(f"{_BEGINNING}*.json")):
            raise InputError("hall_wire.keys_exist", folder=str(place))
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("core.not_written", path=str(place), reason=reason) from error
        _write_new(place, code, at, suite or suites.first)
        return cls(place, suites)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, suites: Suites = STANDARD) -> Self:
        """Open the keys of a node.

        Raises
        ------
        MissingError
            There are none.
        InputError
            A file is no key.
        """
        keys = cls(Path(folder), suites)
        if not keys._keys:
            raise MissingError("hall_wire.no_keys", folder=str(folder))
        return keys

    @property
    def public(self) -> tuple[PublicKey, ...]:
        """Return the public halves, oldest first."""
        return tuple(key.public for key in self._look())

    def current(self, at: datetime) -> SigningKey:
        """Return the key to sign with: the newest that has begun and has not ended.

        Raises
        ------
        MissingError
            There is none at that time.
        """
        for key in reversed(self._look()):
            if key.public.valid(at):
                return key
        raise MissingError("hall_wire.no_key_now", folder=str(self._folder), at=stamp(at))

    def prepare(self, code: str, start: datetime, *, suite: Suite | None = None) -> PublicKey:
        """Make a further key that begins at `start`; by the suite of the newest if none is given.

        Raises
        ------
        InputError
            `start` is not after the newest key's.
        StoreError
            It cannot be written.
        """
        newest = self._look()[-1].public
        if start <= newest.start:
            raise InputError("hall_wire.key_too_early", start=stamp(start), newest=newest.kid)
        kid = _write_new(self._folder, code, start, suite or newest.suite)
        self._seen = -1
        return next(key for key in self.public if key.kid == kid)

    def end(self, kid: str, until: datetime) -> None:
        """Let a key sign no more from `until` on.

        Raises
        ------
        MissingError
            There is no such key.
        StoreError
            It cannot be written.
        """
        file = self._folder / f"{_BEGINNING}{kid}.json"
        if kid not in {key.kid for key in self._look()}:
            raise MissingError("hall_wire.unknown_key", kid=kid)
        record = read_json(file.read_bytes())
        _write(file, record | {"until": stamp(until)})
        self._seen = -1

    def _look(self) -> tuple[SigningKey, ...]:
        """Return the keys, read anew if the folder has changed."""
        try:
            seen = self._folder.stat().st_mtime_ns
        except OSError:
            return self._keys
        if seen != self._seen:
            files = sorted(self._folder.glob(f"{_BEGINNING}*.json"))
            self._keys = tuple(
                sorted(
                    (_read(file, self._suites) for file in files), key=lambda key: key.public.start
                )
            )
            self._seen = seen
        return self._keys


def read_private(file: Path, suites: Suites = STANDARD) -> SigningKey:
    """Return the key of one file, such as that of the anchor.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is no key.
    """
    if not file.is_file():
        raise MissingError("sources.no_file", path=str(file))
    return _read(file, suites)


def write_private(file: Path, name: str, at: datetime, suite: Suite) -> SigningKey:
    """Make a key in a file that only its owner may read, and return it.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    private = suite.new()
    public = PublicKey(_kid(name, suite.public(private)), suite, suite.public(private), at)
    _write(file, public.as_record() | {"private": text_of(private)})
    return SigningKey(public, suite.signer(private))


def _write_new(folder: Path, code: str, at: datetime, suite: Suite) -> str:
    private = suite.new()
    public = suite.public(private)
    key = PublicKey(_kid(code, public), suite, public, at)
    _write(folder / f"{_BEGINNING}{key.kid}.json", key.as_record() | {"private": text_of(private)})
    return key.kid


def _kid(name: str, public: bytes) -> str:
    """Return the name of a key: whose it is, and the beginning of its hash."""
    return f"{name}-{sha256(public).hexdigest()[:12]}"


def _read(file: Path, suites: Suites) -> SigningKey:
    try:
        record = read_json(file.read_bytes())
        public = PublicKey.from_record(record, suites)
        private = bytes_of(record["private"])
        whole = public.suite.public(private) == public.public
        signer = public.suite.signer(private)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError("hall_wire.bad_key_file", path=str(file), reason=error) from error
    if not whole:
        reason = "public ≠ private"
        raise InputError("hall_wire.bad_key_file", path=str(file), reason=reason)
    return SigningKey(public, signer)


def _write(file: Path, record: dict[str, Any]) -> None:
    write_secret(file, canonical(record) + b"\n")
