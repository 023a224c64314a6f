"""Suites: which signature and which hash a key works with.

A suite is named in every key, head and receipt, so several can live side by side while an
office moves from one to the next. Two come along; SM2 with SM3, which cryptographic law asks of
some offices and which comes as a certified device or library, is one more object of the same
shape in `Suites`: nothing else names an algorithm.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from .refusal import Refusal


class Suite(Protocol):
    """A way to sign and to hash. Keys are bytes here: how they are read is the suite's affair."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """Its name in keys, heads and receipts, such as ``ed25519-sha256``."""

    @property
    def algorithm(self) -> str:
        """The signature's name in the registry of RFC 9421, such as ``ed25519``."""

    def new(self) -> bytes:
        """Return a new private key."""

    def public(self, private: bytes) -> bytes:
        """Return the public key of a private one."""

    def signer(self, private: bytes) -> Any:
        """Return a private key, read once, as `sign` takes it."""

    def verifier(self, public: bytes) -> Any:
        """Return a public key, read once, as `verify` takes it.

        Raises
        ------
        ValueError
            These bytes are no such key.
        """

    def sign(self, signer: Any, data: bytes) -> bytes:
        """Return the signature of `data`."""

    def verify(self, verifier: Any, signature: bytes, data: bytes) -> bool:
        """Whether a signature is that of `data` by the holder of the key."""

    def digest(self, data: bytes) -> str:
        """Return the hash of `data` in lower-case hexadecimals."""


class _Ed25519:
    """Ed25519 (RFC 8032) and SHA-256; keys are their 32 raw bytes."""

    name = "ed25519-sha256"
    algorithm = "ed25519"

    def new(self) -> bytes:
        return Ed25519PrivateKey.generate().private_bytes(
            Encoding.Raw, PrivateFormat.Raw, NoEncryption()
        )

    def public(self, private: bytes) -> bytes:
        return self.signer(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def signer(self, private: bytes) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(private)

    def verifier(self, public: bytes) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(public)

    def sign(self, signer: Ed25519PrivateKey, data: bytes) -> bytes:
        return signer.sign(data)

    def verify(self, verifier: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
        try:
            verifier.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def digest(self, data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()


class _P256:
    """ECDSA over P-256 with SHA-256; the signature is r then s, 32 bytes each (RFC 9421)."""

    name = "ecdsa-p256-sha256"
    algorithm = "ecdsa-p256-sha256"
    _BYTES = 32

    def new(self) -> bytes:
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return number.to_bytes(self._BYTES, "big")

    def public(self, private: bytes) -> bytes:
        return (
            self.signer(private)
            .public_key()
            .public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        )

    def signer(self, private: bytes) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())

    def verifier(self, public: bytes) -> ec.EllipticCurvePublicKey:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)

    def sign(self, signer: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        halves = decode_dss_signature(signer.sign(data, ec.ECDSA(hashes.SHA256())))
        return b"".join(half.to_bytes(self._BYTES, "big") for half in halves)

    def verify(self, verifier: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
        if len(signature) != 2 * self._BYTES:
            return False
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        try:
            verifier.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def digest(self, data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()


class Suites(Mapping[str, Suite]):
    """The suites that a node knows, by name; the first is what new keys are made with."""

    def __init__(self, *suites: Suite) -> None:
        self._suites = {suite.name: suite for suite in suites}

    def __getitem__(self, name: str) -> Suite:
        try:
            return self._suites[name]
        except (KeyError, TypeError):
            raise Refusal("hall_wire.unknown_suite", given=name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._suites

    def __iter__(self) -> Iterator[str]:
        return iter(self._suites)

    def __len__(self) -> int:
        return len(self._suites)

    @property
    def first(self) -> Suite:
        """What new keys are made with."""
        return next(iter(self._suites.values()))


ED25519: Suite = _Ed25519()
P256: Suite = _P256()
STANDARD = Suites(ED25519, P256)
"""What every node knows."""
