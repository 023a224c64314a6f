"""Requests and answers: what is signed is believed, whatever is changed is not."""

import hashlib
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519 as LIBRARY_ED25519

from onecity.hall.wire import (
    ED25519,
    P256,
    STANDARD,
    WINDOW,
    Refusal,
    Suite,
    Suites,
    sign_answer,
    sign_request,
    verify_answer,
    verify_request,
)
from onecity.hall.wire.signing import _algorithm
from tests.hall.wire.parties import NOW, Parties, meet

URL = "http://huangshi.test/api/v1/hall/exchange"
JSON = {"Content-Type": "application/json"}
BODY = b'{"messages":[]}'


class Sm3(type(P256)):  # type: ignore[misc]
    """A suite of a third kind, as SM2 with SM3 would come: with another hash."""

    name = "ecdsa-p256-sm3"
    algorithm = "ecdsa-p256-sm3"
    _HASH = hashes.SM3()

    def sign(self, signer: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
        return signer.sign(data, ec.ECDSA(self._HASH))

    def verify(self, verifier: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
        try:
            verifier.verify(signature, data, ec.ECDSA(self._HASH))
        except Exception:  # noqa: BLE001
            return False
        return True

    def digest(self, data: bytes) -> str:
        made = hashes.Hash(self._HASH)
        made.update(data)
        return made.finalize().hex()


SM3: Suite = Sm3()
SUITES = Suites(*STANDARD.values(), SM3)


@pytest.fixture(scope="module", params=[ED25519, P256, SM3], ids=lambda suite: suite.name)
def parties(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return meet(tmp_path_factory.mktemp("nodes"), SUITES, request.param)


def ask(parties: Parties, at: datetime = NOW) -> dict[str, str]:
    return sign_request(parties.wuhan.current(NOW), "POST", URL, JSON, BODY, at=at)


def test_a_signed_request_is_its_senders(parties: Parties) -> None:
    caller = verify_request(parties.trust, "POST", URL, ask(parties), BODY, now=NOW)
    assert caller.peer.code == "wuhan"
    assert caller.kid == parties.wuhan.current(NOW).kid
    assert caller.created == NOW
    assert (
        caller.nonce
        != verify_request(parties.trust, "POST", URL, ask(parties), BODY, now=NOW).nonce
    )
    lower = {name.lower(): value for name, value in ask(parties).items()}
    assert verify_request(parties.trust, "POST", URL, lower, BODY, now=NOW).peer.code == "wuhan"


def changed(headers: dict[str, str], name: str, old: str, new: str) -> dict[str, str]:
    assert old in headers[name]
    return {**headers, name: headers[name].replace(old, new)}


REQUESTS: dict[str, Any] = {
    "another body": lambda h: ("POST", URL, h, BODY + b" "),
    "no body": lambda h: ("POST", URL, h, b""),
    "another method": lambda h: ("PUT", URL, h, BODY),
    "another path": lambda h: ("POST", URL + "s", h, BODY),
    "another host": lambda h: ("POST", URL.replace("huangshi", "wuhan"), h, BODY),
    "a query": lambda h: ("POST", URL + "?a=1", h, BODY),
    "another type": lambda h: ("POST", URL, {**h, "Content-Type": "text/plain"}, BODY),
    "no type": lambda h: ("POST", URL, {k: v for k, v in h.items() if k != "Content-Type"}, BODY),
    "no signature": lambda h: ("POST", URL, JSON, BODY),
    "a fresh time": lambda h: (
        "POST", URL, changed(h, "Signature-Input", "ed=1772438400", "ed=1772438401"), BODY,
    ),
    "less covered": lambda h: ("POST", URL, changed(h, "Signature-Input", '"@method" ', ""), BODY),
    "another tag": lambda h: ("POST", URL, changed(h, "Signature-Input", "hall-1", "hall-2"), BODY),
    "a made-up header": lambda h: ("POST", URL, {**h, "Signature-Input": "onecity=((("}, BODY),
    "a made-up key": lambda h: (
        "POST", URL, changed(h, "Signature-Input", 'keyid="wuhan', 'keyid="x'), BODY,
    ),
    "a long digest": lambda h: (
        "POST", URL, changed(h, "Content-Digest", "sha-256=:", "sha-256=:A"), BODY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_changed_request_is_refused(parties: Parties, name: str) -> None:
    with pytest.raises(Refusal):
        verify_request(parties.trust, *REQUESTS[name](ask(parties)), now=NOW)


def test_the_digest_of_another_body_does_not_help(parties: Parties) -> None:
    other = b'{"messages":[1]}'
    ours, theirs = (
        sign_request(parties.wuhan.current(NOW), "POST", URL, JSON, body, at=NOW)
        for body in (BODY, other)
    )
    mixed = {**ours, "Content-Digest": theirs["Content-Digest"]}
    with pytest.raises(Refusal):
        verify_request(parties.trust, "POST", URL, mixed, other, now=NOW)


def test_a_key_that_the_list_does_not_name_is_refused(parties: Parties) -> None:
    signed = sign_request(parties.stranger.current(NOW), "POST", URL, JSON, BODY, at=NOW)
    with pytest.raises(Refusal) as caught:
        verify_request(parties.trust, "POST", URL, signed, BODY, now=NOW)
    assert caught.value.key == "hall_wire.unknown_key"


@pytest.mark.parametrize("off", [-WINDOW, -timedelta(minutes=5), timedelta(minutes=5), WINDOW])
def test_clocks_may_differ_within_the_window(parties: Parties, off: timedelta) -> None:
    caller = verify_request(parties.trust, "POST", URL, ask(parties), BODY, now=NOW + off)
    assert caller.created == NOW


@pytest.mark.parametrize(
    ("off", "key"),
    [
        (WINDOW + timedelta(seconds=1), "hall_wire.too_old"),
        (-WINDOW - timedelta(seconds=1), "hall_wire.too_new"),
    ],
    ids=["late", "early"],
)
def test_beyond_the_window_a_request_is_refused(parties: Parties, off: timedelta, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        verify_request(parties.trust, "POST", URL, ask(parties), BODY, now=NOW + off)
    assert caught.value.key == key


def answered(parties: Parties, request: dict[str, str], body: bytes = b"{}") -> dict[str, str]:
    return sign_answer(
        parties.huangshi.current(NOW), 200, JSON, body, at=NOW, request=("POST", URL, request)
    )


def test_an_answer_belongs_to_its_request(parties: Parties) -> None:
    request, another = ask(parties), ask(parties)
    answer = answered(parties, request)

    def read(
        headers: dict[str, str], asked: dict[str, str], status: int = 200, body: bytes = b"{}"
    ) -> str:
        return verify_answer(
            parties.trust, status, headers, body, now=NOW, request=("POST", URL, asked),
            sender="huangshi",
        ).peer.code  # fmt: skip

    assert read(answer, request) == "huangshi"
    for wrong in (
        lambda: read(answer, another),
        lambda: read(answer, request, 500),
        lambda: read(answer, request, body=b"{} "),
        lambda: read(JSON, request),
        # Its own request handed back, and an answer by another node.
        lambda: read(request, request, body=BODY),
        lambda: read(
            sign_answer(
                parties.wuhan.current(NOW), 200, JSON, b"{}", at=NOW, request=("POST", URL, request)
            ),
            request,
        ),
    ):
        with pytest.raises(Refusal):
            wrong()  # type: ignore[no-untyped-call]


def test_an_answer_to_an_unsigned_request_cannot_be_signed(parties: Parties) -> None:
    with pytest.raises(Refusal):
        answered(parties, JSON)


# --- The standard's own example (RFC 9421, appendix B.2.6) ---

B26_PRIVATE = b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF")[-32:]
B26_HEADERS = {
    "Host": "example.com",
    "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "Content-Type": "application/json",
    "Content-Length": "18",
}
B26_COVERED = ("date", "@method", "@path", "@authority", "content-type", "content-length")
B26_INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
B26_SIGNATURE = (
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKR"
    "Cw==:"
)


class Message:
    method, url = "POST", "https://example.com/foo?param=Value&Pet=dog"

    def __init__(self) -> None:
        self.headers = dict(B26_HEADERS)


def test_our_suite_in_the_library_makes_the_signature_of_rfc_9421() -> None:
    signer: Any = HTTPMessageSigner(signature_algorithm=_algorithm(ED25519))
    message = Message()
    prepared = signer.prepare(
        message, key_id="test-key-ed25519", created=datetime.fromtimestamp(1618884473, UTC),
        label="sig-b26", include_alg=False, covered_component_ids=B26_COVERED,
    )  # fmt: skip
    signature = ED25519.sign(ED25519.signer(B26_PRIVATE), prepared.signature_base)
    signer.apply(message, prepared, signature)
    assert message.headers["Signature-Input"] == B26_INPUT
    assert message.headers["Signature"] == B26_SIGNATURE


def test_what_we_write_is_what_the_library_would(tmp_path: Path) -> None:
    """We put the two headers together ourselves: the library's own verifier must take them."""
    parties = meet(tmp_path, STANDARD)
    key = parties.wuhan.current(NOW)
    at = datetime.now(UTC)
    signed = sign_request(key, "POST", URL, JSON, BODY, at=at, nonce="n")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from http_message_signatures import HTTPMessageVerifier

    message = Message()
    message.url, message.headers = URL, signed
    public = Ed25519PublicKey.from_public_bytes(key.public.public)
    finder = MappingKeyResolver(public_keys={key.kid: public}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=LIBRARY_ED25519, key_resolver=finder)
    found = verifier.verify(message, body=BODY)[0]
    assert found.parameters["nonce"] == "n"
    digest = hashlib.sha256(BODY).digest()
    assert b64decode(signed["Content-Digest"].removeprefix("sha-256=:")[:-1]) == digest


def test_a_key_that_has_ended_signs_no_more_requests(tmp_path: Path) -> None:
    parties = meet(tmp_path, STANDARD)
    wuhan = parties.trust.node("wuhan")
    ended = replace(wuhan.keys[0], until=NOW)
    trust = replace(parties.trust, nodes=(replace(wuhan, keys=(ended,)), *parties.trust.nodes[1:]))
    signed = ask(parties)
    with pytest.raises(Refusal) as caught:
        verify_request(trust, "POST", URL, signed, BODY, now=NOW)
    assert caught.value.key == "hall_wire.key_not_in_use"
    earlier = ask(parties, NOW - timedelta(seconds=1))
    assert verify_request(trust, "POST", URL, earlier, BODY, now=NOW).peer.code == "wuhan"
