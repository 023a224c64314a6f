"""Envelopes, receipts, the trust list and keys: every field counts."""

import json
import stat
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.hall.wire import (
    P256,
    STANDARD,
    Anchor,
    Head,
    Keys,
    Message,
    Outcome,
    Receipt,
    Refusal,
    TrustList,
    canonical,
    check_time,
    kept_until,
    read_json,
)
from onecity.hall.wire.message import check_head
from onecity.hall.wire.replay import WINDOW
from tests.hall.wire.parties import BEFORE, NOW, Parties, meet, peer

BODY = {"applicant": {"name": "李四"}, "files": [], "n": 3}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return meet(tmp_path_factory.mktemp("nodes"), STANDARD)


def write(parties: Parties, **other: Any) -> Message:
    given: dict[str, Any] = {
        "sender": "wuhan", "receiver": "huangshi", "kind": "application", "case": "C1", "seq": 1,
        "at": NOW, "purpose": "hall.apply", "body": BODY,
    }  # fmt: skip
    return Message.make(parties.wuhan.current(NOW), **{**given, **other})


def test_a_message_is_its_senders_after_the_journey(parties: Parties) -> None:
    sent = write(parties)
    arrived = Message.from_record(read_json(canonical(sent.as_record())))
    assert arrived == sent
    assert arrived.verify(parties.trust, receiver="huangshi").code == "wuhan"
    assert set(arrived.head.as_record()) == {
        "id", "from", "to", "kind", "case", "seq", "at", "purpose", "commitment", "kid", "suite",
    }  # fmt: skip


def test_the_head_tells_nothing_of_the_body(parties: Parties) -> None:
    first, second = write(parties), write(parties)
    assert first.head.commitment != second.head.commitment  # salted: equal bodies do not show
    assert "李四" not in json.dumps(first.head.as_record(), ensure_ascii=False)
    assert check_head(first.head, first.signature, parties.trust).code == "wuhan"


@pytest.mark.parametrize("name", [field.name for field in fields(Head)])
def test_a_changed_field_of_the_head_is_seen(parties: Parties, name: str) -> None:
    sent = write(parties)
    value = getattr(sent.head, name)
    other: Any = (
        value + 1 if isinstance(value, int) else value[:-1] + ("1" if value[-1] != "1" else "2")
    )
    if name == "at":
        other = value.replace("2026-03-02T08", "2026-03-02T07")
    forged = replace(sent, head=replace(sent.head, **{name: other}))
    with pytest.raises(Refusal):
        forged.verify(parties.trust, receiver="huangshi")


@pytest.mark.parametrize(
    "change",
    [{"body": {**BODY, "n": 4}}, {"body": None}, {"salt": "AAAA"}, {"signature": "AAAA"},
     {"signature": "no base 64"}],
    ids=["body", "no body", "salt", "signature", "no signature"],
)  # fmt: skip
def test_a_changed_body_or_signature_is_seen(parties: Parties, change: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        replace(write(parties), **change).verify(parties.trust)


def test_nobody_signs_in_anothers_name(parties: Parties) -> None:
    forged = Message.make(
        parties.stranger.current(NOW), sender="wuhan", receiver="huangshi", kind="seal", case="",
        seq=1, at=NOW, purpose="", body={},
    )  # fmt: skip
    with pytest.raises(Refusal) as caught:
        forged.verify(parties.trust)
    assert caught.value.key == "hall_wire.unknown_key"
    other = Message.make(
        parties.huangshi.current(NOW), sender="wuhan", receiver="huangshi", kind="seal", case="",
        seq=1, at=NOW, purpose="", body={},
    )  # fmt: skip
    with pytest.raises(Refusal) as caught:
        other.verify(parties.trust)
    assert caught.value.key == "hall_wire.key_of_another"
    with pytest.raises(Refusal) as caught:
        write(parties).verify(parties.trust, receiver="xiaogan")
    assert caught.value.key == "hall_wire.not_for_us"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: {**r, "more": 1},
        lambda r: {k: v for k, v in r.items() if k != "salt"},
        lambda r: {**r, "head": {**r["head"], "seq": "1"}},
        lambda r: {**r, "head": {**r["head"], "seq": True}},
        lambda r: {**r, "head": {**r["head"], "seq": -1}},
        lambda r: {**r, "head": {**r["head"], "at": "yesterday"}},
        lambda r: {**r, "head": {**r["head"], "case": "x" * 301}},
        lambda r: {**r, "head": [1]},
        lambda r: {**r, "signature": None},
        lambda r: [r],
    ],
    ids=["more", "less", "text", "true", "negative", "time", "long", "list", "none", "listed"],
)
def test_a_message_of_another_form_is_refused(parties: Parties, spoil: Any) -> None:
    with pytest.raises(Refusal):
        Message.from_record(spoil(write(parties).as_record()))


def test_a_receipt_is_for_one_message_and_by_its_receiver(parties: Parties) -> None:
    sent, other = write(parties), write(parties, seq=2)
    key = parties.huangshi.current(NOW)
    receipt = Receipt.make(key, sent.head, Outcome.EARLY, at=NOW, expected=7)
    arrived = Receipt.from_record(read_json(canonical(receipt.as_record())))
    assert arrived.verify(parties.trust, sent.head).code == "huangshi"
    assert (arrived.outcome, arrived.expected) == ("early", 7)
    for wrong in (
        lambda: arrived.verify(parties.trust, other.head),
        lambda: replace(arrived, outcome="taken").verify(parties.trust, sent.head),
        lambda: replace(arrived, expected=0).verify(parties.trust, sent.head),
        lambda: Receipt.make(parties.wuhan.current(NOW), sent.head, Outcome.TAKEN, at=NOW).verify(
            parties.trust, sent.head
        ),
        lambda: Receipt.from_record({**receipt.as_record(), "outcome": "lost"}),
    ):
        with pytest.raises(Refusal):
            wrong()


# --- Trust ---


def test_a_list_is_what_its_issuer_signed(parties: Parties, tmp_path: Path) -> None:
    file, pinned = tmp_path / "trust.json", tmp_path / "anchor.pub"
    parties.trust.write(file)
    parties.anchor.write(pinned)
    found = TrustList.read(file, Anchor.read(pinned))
    assert found == parties.trust
    assert found.text() == parties.trust.text()
    assert found.of_city("huangshi").code == "huangshi"
    assert found.of_department("anybody", "wuhan").code == "wuhan"
    for missing in (
        lambda: found.node("x"),
        lambda: found.of_city("x"),
        lambda: found.of_department("x", "x"),
        lambda: found.key("x", NOW),
    ):
        with pytest.raises(Refusal):
            missing()


def test_any_changed_byte_of_a_list_is_seen(parties: Parties) -> None:
    data = parties.trust.text()
    for place in range(0, len(data) - 1, 7):
        other = bytearray(data)
        other[place] ^= 1
        with pytest.raises(InputError):
            TrustList.parse(bytes(other), parties.anchor)


def test_an_old_or_foreign_list_is_not_taken(parties: Parties) -> None:
    with pytest.raises(Refusal) as caught:
        TrustList.parse(parties.trust.text(), parties.anchor, least=2)
    assert caught.value.key == "hall_wire.trust_older"
    forged = parties.trust.signed(parties.stranger.current(NOW))
    with pytest.raises(Refusal) as caught:
        TrustList.parse(forged.text(), parties.anchor)
    assert caught.value.key == "hall_wire.trust_not_signed"
    twice = TrustList(2, NOW, (*parties.trust.nodes, parties.trust.nodes[0]))
    with pytest.raises(Refusal) as caught:
        TrustList.parse(twice.signed(parties.anchor_key).text(), parties.anchor)
    assert caught.value.key == "hall_wire.twice"
    with pytest.raises(Refusal):
        Anchor.parse("ed25519-sha256")


def test_a_department_that_a_node_names_is_that_nodes(parties: Parties) -> None:
    province = replace(
        peer("hubei", parties.stranger, "province"), cities=("wuhan",), departments=("HB-1",)
    )
    trust = TrustList(2, NOW, (*parties.trust.nodes, province))
    assert trust.of_department("HB-1", "wuhan").code == "hubei"
    assert trust.of_department("WH-1", "wuhan").code == "wuhan"


# --- Keys ---


def test_keys_change_at_a_moment_and_old_messages_stay_good(tmp_path: Path) -> None:
    parties = meet(tmp_path, STANDARD)
    keys, start = parties.wuhan, NOW + timedelta(days=1)
    old = keys.current(NOW)
    before = write(parties)
    new = keys.prepare("wuhan", start, suite=P256)
    assert keys.current(NOW).kid == old.kid
    assert keys.current(start).kid == new.kid
    keys.end(old.kid, start)
    other = Keys.open(tmp_path / "wuhan" / "keys")  # as a second process sees it
    assert [key.kid for key in other.public] == [old.kid, new.kid]
    trust = TrustList(2, NOW, (peer("wuhan", other), peer("huangshi", parties.huangshi)))
    assert before.verify(trust).code == "wuhan"
    late = Message.make(
        keys.current(start), sender="wuhan", receiver="huangshi", kind="seal", case="", seq=2,
        at=start, purpose="", body={},
    )  # fmt: skip
    assert late.head.suite == P256.name
    assert late.verify(trust).code == "wuhan"
    with pytest.raises(Refusal) as caught:  # the old key, after its time
        Message.make(
            old, sender="wuhan", receiver="huangshi", kind="seal", case="", seq=3, at=start,
            purpose="", body={},
        ).verify(trust)  # fmt: skip
    assert caught.value.key == "hall_wire.key_not_in_use"
    with pytest.raises(InputError):
        keys.prepare("wuhan", NOW)
    with pytest.raises(MissingError):
        keys.current(BEFORE - timedelta(days=1))


def test_key_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    Keys.make(folder, "wuhan", NOW)
    (file,) = folder.glob("sign-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(InputError):
        Keys.make(folder, "wuhan", NOW)
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "private": record["public"]}))
    with pytest.raises(InputError):
        Keys.open(folder)
    file.unlink()
    with pytest.raises(MissingError):
        Keys.open(folder)


def test_a_nonce_is_kept_for_as_long_as_it_could_come_again() -> None:
    end = kept_until(NOW)
    check_time(NOW, end)
    with pytest.raises(Refusal):
        check_time(NOW, end + timedelta(microseconds=1))
    assert end - NOW == WINDOW
