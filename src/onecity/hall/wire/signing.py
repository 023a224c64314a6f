"""Signed requests and answers: HTTP Message Signatures (RFC 9421) by http-message-signatures.

A request's signature covers its method, address and content (by Content-Digest, RFC 9530), an
answer's its status and content and, of the request that it answers, address, digest and
signature: an answer to one request cannot be passed off as the answer to another.

The address that is signed is the one that the sender used. A receiver behind a proxy checks
against its own address in the trust list, not against what the proxy made of it.
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    InvalidSignature,
    MappingKeyResolver,
)

from .keys import PublicKey, SigningKey
from .refusal import Refusal
from .replay import check_time
from .suites import ED25519, Suite
from .trust import Peer, TrustList

LABEL = "onecity"
TAG = "onecity-hall-1"
REQUEST = ("@method", "@target-uri", "content-type", "content-digest")
"""What the signature of a request covers."""
ANSWER = (
    "@status",
    "content-type",
    "content-digest",
    '"@method";req',
    '"@target-uri";req',
    '"content-digest";req',
    f'"signature";req;key="{LABEL}"',
)
"""What the signature of an answer covers."""
_NONCE_BYTES = 16
_LONGEST_NONCE = 100

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request or an answer: the node, its key, when, and the nonce."""

    peer: Peer
    kid: str
    created: datetime
    nonce: str


@dataclass(slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]


@dataclass(slots=True)
class _Answer:
    status_code: int
    headers: dict[str, str]
    request: _Request


def sign_request(
    key: SigningKey,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    *,
    at: datetime,
    nonce: str | None = None,
) -> dict[str, str]:
    """Return the headers with digest and signature; a Content-Type must be among them.

    Raises
    ------
    Refusal
        Method, address or headers are such that they cannot be signed.
    """
    request = _Request(method, url, _bare(headers))
    _sign(request, key, REQUEST, body, at, nonce)
    return request.headers


def verify_request(
    trust: TrustList,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    *,
    now: datetime,
) -> Caller:
    """Return who signed a request, if everything that must be covered fits.

    Whether its nonce was seen before is for the caller to look up, by `Caller.kid` and
    `Caller.nonce`.

    Raises
    ------
    Refusal
        The signature is missing or does not fit, its key is not known or not in use, or it was
        made too long ago or too far ahead.
    """
    return _verify(_Request(method, url, dict(headers)), trust, REQUEST, body, now)


def sign_answer(
    key: SigningKey,
    status: int,
    headers: Headers,
    body: bytes,
    *,
    at: datetime,
    request: tuple[str, str, Headers],
) -> dict[str, str]:
    """Return the headers of an answer with digest and signature.

    `request` is method, address and headers of what is answered, as they were signed.

    Raises
    ------
    Refusal
        The answer cannot be signed, or the request carries no signature.
    """
    method, url, asked = request
    answer = _Answer(status, _bare(headers), _Request(method, url, dict(asked)))
    _sign(answer, key, ANSWER, body, at, None)
    return answer.headers


def verify_answer(
    trust: TrustList,
    status: int,
    headers: Headers,
    body: bytes,
    *,
    now: datetime,
    request: tuple[str, str, Headers],
    sender: str,
) -> Caller:
    """Return who signed an answer, if it is that node's answer to this request.

    Raises
    ------
    Refusal
        It is not.
    """
    method, url, asked = request
    answer = _Answer(status, dict(headers), _Request(method, url, dict(asked)))
    caller = _verify(answer, trust, ANSWER, body, now)
    if caller.peer.code != sender:
        raise Refusal("hall_wire.key_of_another", kid=caller.kid, node=sender)
    return caller


def _sign(
    message: _Request | _Answer,
    key: SigningKey,
    covered: tuple[str, ...],
    body: bytes,
    at: datetime,
    nonce: str | None,
) -> None:
    algorithm = _algorithm(key.suite)
    signer = HTTPMessageSigner(signature_algorithm=algorithm)
    try:
        prepared = signer.prepare(
            message,
            key_id=key.kid,
            created=at,
            nonce=nonce or b64encode(secrets.token_bytes(_NONCE_BYTES)).decode("ascii"),
            label=LABEL,
            tag=TAG,
            covered_component_ids=covered,
            body=body,
        )
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise Refusal("hall_wire.not_signable", reason=error) from error
    # What `apply` would write; it builds the whole base a second time for signers that are far.
    signature = b64encode(key.sign(prepared.signature_base)).decode("ascii")
    message.headers["Signature-Input"] = f"{LABEL}={prepared.signature_params}"
    message.headers["Signature"] = f"{LABEL}=:{signature}:"


def _verify(
    message: _Request | _Answer,
    trust: TrustList,
    covered: tuple[str, ...],
    body: bytes,
    now: datetime,
) -> Caller:
    verifier = _Verifier(trust, now)
    try:
        found = verifier.verify(
            message, max_age=None, expect_tag=TAG, require_components=covered, body=body
        )[0]
    except Refusal:
        raise
    except (HTTPMessageSignaturesException, ValueError, TypeError, AttributeError) as error:
        raise Refusal("hall_wire.bad_request_signature", reason=error) from error
    if verifier.by is None or not found.nonce or len(found.nonce) > _LONGEST_NONCE:
        raise Refusal("hall_wire.no_nonce")
    peer, key = verifier.by
    return Caller(peer, key.kid, verifier.created, found.nonce)


class _Verifier(HTTPMessageVerifier):
    """A verifier of one message, that learns key and algorithm from the signature's key id.

    The time is told by the node's clock, and may differ by more than the library allows.
    """

    def __init__(self, trust: TrustList, now: datetime) -> None:
        super().__init__(signature_algorithm=_algorithm(ED25519), key_resolver=None)
        self._trust, self._now = trust, now
        self.by: tuple[Peer, PublicKey] | None = None
        self.created = now

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:  # noqa: ARG002  (the library's)
        """Check the time, and find the key; the library asks for this before anything else."""
        created, kid = (sig_input.params.get(name) for name in ("created", "keyid"))
        if type(created) is not int or not isinstance(kid, str):
            raise InvalidSignature("created and keyid are needed")
        try:
            self.created = datetime.fromtimestamp(created, UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise InvalidSignature("created is no time") from error
        check_time(self.created, self._now)
        self.by = self._trust.key(kid, self.created)
        key = self.by[1]
        self.signature_algorithm = _algorithm(key.suite)
        self.key_resolver = MappingKeyResolver(public_keys={kid: key}, private_keys={})  # type: ignore[dict-item]


@cache
def _algorithm(suite: Suite) -> type[HTTPSignatureAlgorithm]:
    """Return a suite's signature as the library asks for it, with our keys."""

    class Algorithm(HTTPSignatureAlgorithm):
        algorithm_id = suite.algorithm

        def __init__(self, public_key: Any = None, private_key: Any = None) -> None:  # noqa: ARG002
            self._public = public_key

        def verify(self, signature: bytes, message: bytes) -> None:
            if not self._public.verify(signature, message):
                raise InvalidSignature("the signature does not fit")

    return Algorithm


def _bare(headers: Headers) -> dict[str, str]:
    """Return headers without those that signing makes."""
    made = {"content-digest", "signature", "signature-input"}
    return {name: value for name, value in headers.items() if name.lower() not in made}
