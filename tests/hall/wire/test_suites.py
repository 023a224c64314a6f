"""The signatures are those of the standards: published vectors, by key, text and signature."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.hall.wire import ED25519, P256, STANDARD, Refusal, Suite, canonical, read_json

# RFC 8032, section 7.1: secret key, public key, message, signature.
RFC_8032 = {
    "empty": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
            "1cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "one byte": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
            "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "two bytes": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
            "984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
}

# RFC 9421, appendix B.2.4: an answer signed with test-key-ecc-p256.
B24_KEY = "03a885586552c2acf6471878cfd7b0935b4ffe0fd2dfc341248ea17bc41e058af0"
B24_BASE = (
    '"@status": 200\n'
    '"content-type": application/json\n'
    '"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdX'
    "ymyU0rjJuahq4l5aGgfLQ==:\n"
    '"content-length": 23\n'
    '"@signature-params": ("@status" "content-type" "content-digest" "content-length")'
    ';created=1618884473;keyid="test-key-ecc-p256"'
)
B24_SIGNATURE = (
    "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
)


@pytest.mark.parametrize("name", RFC_8032)
def test_ed25519_is_that_of_rfc_8032(name: str) -> None:
    secret, public, message, signature = map(bytes.fromhex, RFC_8032[name])
    assert ED25519.public(secret) == public
    assert ED25519.sign(ED25519.signer(secret), message) == signature
    assert ED25519.verify(ED25519.verifier(public), signature, message)
    assert not ED25519.verify(ED25519.verifier(public), signature, message + b"\0")


def test_p256_is_that_of_rfc_9421() -> None:
    key = P256.verifier(bytes.fromhex(B24_KEY))
    signature = b64decode(B24_SIGNATURE)
    assert P256.verify(key, signature, B24_BASE.encode())
    assert not P256.verify(key, signature, B24_BASE.encode().replace(b"200", b"201"))
    assert not P256.verify(key, signature[:-1], B24_BASE.encode())


@pytest.mark.parametrize("suite", [ED25519, P256], ids=lambda suite: suite.name)
def test_any_changed_bit_of_a_signature_is_seen(suite: Suite) -> None:
    private = suite.new()
    key, verifier = suite.signer(private), suite.verifier(suite.public(private))
    signature = suite.sign(key, b"text")
    assert suite.verify(verifier, signature, b"text")
    for place in range(len(signature)):
        other = bytearray(signature)
        other[place] ^= 1
        assert not suite.verify(verifier, bytes(other), b"text")
    assert suite.public(suite.new()) != suite.public(private)


def test_an_unknown_suite_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as caught:
        STANDARD["rot13"]
    assert "rot13" in caught.value.text("zh")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_a_value_has_one_text_however_often_it_travels(value: object) -> None:
    once = canonical(value)
    assert canonical(read_json(once)) == once
    assert b"\n" not in once


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":2}', b"[NaN]", b"[1e999]", b"[Infinity]", b"\xff", b"", b"[" * 100_000],
    ids=["key twice", "NaN", "too large", "infinity", "no UTF-8", "nothing", "too deep"],
)
def test_a_text_that_two_readers_may_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(Refusal):
        read_json(text)


@pytest.mark.parametrize(
    "value", [float("nan"), "\ud800", {1, 2}, datetime(2026, 1, 1, tzinfo=UTC)]
)
def test_a_value_that_has_no_such_text_is_refused(value: object) -> None:
    with pytest.raises(Refusal):
        canonical(value)
