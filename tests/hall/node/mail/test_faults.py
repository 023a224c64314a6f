"""Messages while the net, the clocks, the peers and strangers do their worst."""

import json
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from onecity.hall.node.config import NodeKind
from onecity.hall.node.mail.resuming import Resumed, resume
from onecity.hall.node.mail.sent import Went
from onecity.hall.node.mail.turns import AT_ONCE
from onecity.hall.node.node import TRUST, Node
from onecity.hall.node.running import Running
from onecity.hall.node.verifying import verify
from onecity.hall.wire import Keys, Message, TrustList, sign_request
from onecity.hall.wire.keys import read_private
from onecity.hall.wire.trust import Age
from onecity.identity import Actor
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import (
    INBOX,
    OUTBOX,
    PATH,
    Door,
    Place,
    Receive,
    Reply,
    Town,
    line,
    matched,
    settle,
    towns,
)

Pair = tuple[Town, Town]
Through = Callable[[Receive, Mapping[str, str], bytes, str, str], Reply | None]


def plain(
    receive: Receive, headers: Mapping[str, str], body: bytes, method: str, url: str
) -> Reply:
    return receive(headers, body, method, url)


def lost_back(receive: Receive, *what: Any) -> None:
    receive(*what)


def lost_there(receive: Receive, *what: Any) -> None:
    return None


def twice(receive: Receive, *what: Any) -> Reply:
    first = receive(*what)
    assert receive(*what)[0] == 401  # the very same request, once more
    return first


def cut(receive: Receive, headers: Mapping[str, str], body: bytes, *rest: Any) -> Reply:
    return receive(headers, body[: len(body) // 2], *rest)


def altered(receive: Receive, headers: Mapping[str, str], body: bytes, *rest: Any) -> Reply:
    return receive(headers, body.replace("一".encode(), "七".encode()), *rest)


def answer_altered(receive: Receive, *what: Any) -> Reply:
    status, headers, body = receive(*what)
    return status, headers, body.replace(b'"taken"', b'"known"')


def answer_cut(receive: Receive, *what: Any) -> Reply:
    status, headers, body = receive(*what)
    return status, headers, body[:-10]


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (lost_there, False),
        (lost_back, True),
        (cut, False),
        (altered, False),
        (answer_altered, True),
        (answer_cut, True),
    ],
)
def test_a_request_or_an_answer_that_suffers_on_its_way(
    pair: Pair, fault: Through, arrives: bool
) -> None:
    jia, yi = pair
    jia.tell("yi", "c1", "一", "二")
    yi.door.through = fault
    with line(jia, "yi") as way:
        assert way.send().went is Went.FAILED
        assert jia.waiting() == 2
        assert yi.words() == (["一", "二"] if arrives else [])
        assert way.wait() > 0
        yi.door.through = plain
        assert way.send().settled == 2
    assert yi.words() == ["一", "二"]
    assert matched(jia, yi)


def test_the_same_request_twice_is_taken_once(pair: Pair) -> None:
    jia, yi = pair
    yi.door.through = twice
    jia.tell("yi", "c1", "一")
    with line(jia, "yi") as way:
        assert way.send().settled == 1
    assert yi.words() == ["一"]


def test_a_request_that_comes_late_changes_nothing(pair: Pair, hands: Hands) -> None:
    jia, yi = pair
    jia.tell("yi", "c1", "一")
    kept: list[Any] = []
    yi.door.through = lambda receive, *what: kept.append(what)  # held on the way
    with line(jia, "yi") as way:
        way.send()
        yi.door.through = plain
        assert way.send().settled == 1
    assert yi.node.mail.receive(*kept[0])[0] == 200  # its messages are known
    hands.move(minutes=11)
    late = yi.node.mail.receive(*kept[0])
    assert (late[0], json.loads(late[2])["reason"]) == (401, "hall_wire.too_old")
    assert yi.words() == ["一"]
    assert yi.node.mail.forget() == 2
    assert not yi.node.office.trail.page(action="message.refused").entries


def test_messages_out_of_order_wait_for_those_before(pair: Pair, hands: Hands) -> None:
    jia, yi = pair
    first, second = jia.tell("yi", "c1", "一", "二")
    with line(jia, "yi") as way:
        with jia.node.office.database.writing() as connection:
            later = OUTBOX.update().where(OUTBOX.c.id == first)
            connection.execute(later.values(due="2026-03-02T01:00:05.000000Z"))
        assert way.send().went is Went.HELD
        assert yi.words() == []
        hands.move(minutes=2)
        assert way.send().settled == 2
    assert [one.id for one in yi.heard] == [first, second]
    assert matched(jia, yi)


def forged(town: Town, keys: Keys, **changes: Any) -> bytes:
    """Return a request of one message, signed by some keys, with what a forger changes."""
    now = town.node.office.clock()
    made = {
        "sender": "jia", "receiver": "yi", "kind": "note", "case": "c1", "seq": 1,
        "purpose": "x", "body": {"words": "假"},
    }  # fmt: skip
    message = Message.make(keys.current(now), at=now, **{**made, **changes}).as_record()
    return json.dumps({"messages": [message]}).encode()


def ask(town: Town, keys: Keys, body: bytes) -> tuple[int, Any]:
    """Put a request to a node, signed by some keys; return status and answer."""
    now = town.node.office.clock()
    url = town.door.url + PATH
    headers = {"Content-Type": "application/json"}
    signed = sign_request(keys.current(now), "POST", url, headers, body, at=now)
    lower = {name.lower(): value for name, value in signed.items()}
    status, _, content = town.node.mail.receive(lower, body, "POST", url)
    return status, json.loads(content)


def test_strangers_and_peers_that_lie_are_not_believed(pair: Pair, tmp_path: Path) -> None:
    jia, yi = pair
    stranger = Keys.make(tmp_path / "stranger", "jia", jia.node.office.clock())
    mine, theirs = yi.node.keys, jia.node.keys
    assert ask(yi, stranger, forged(yi, stranger))[0] == 401
    lies = [
        (mine, forged(yi, mine), "hall_mail.of_another"),
        (mine, forged(yi, theirs), "hall_mail.of_another"),
        (theirs, forged(yi, mine), "hall_wire.key_of_another"),
        (theirs, forged(yi, stranger), "hall_wire.unknown_key"),
        (theirs, forged(yi, theirs, receiver="bing"), "hall_wire.not_for_us"),
        (theirs, forged(yi, theirs).replace(rb"\u5047", rb"\u771f"), "hall_wire.body_changed"),
        (theirs, forged(yi, theirs, seq=0), "hall_mail.no_request"),
        (theirs, b'{"messages":[{}]}', "hall_wire.bad_record"),
    ]
    for keys, body, reason in lies:
        status, answer = ask(yi, keys, body)
        assert (status, answer["answers"][0]["outcome"]) == (200, "unfit")
        assert answer["answers"][0]["reason"] == reason
    for body in (b"", b"[]", b'{"messages":{}}', b"\xff"):
        assert ask(yi, theirs, body)[0] == 400
    assert yi.node.mail.receive({}, b"{}", "POST", yi.door.url + PATH)[0] == 401
    assert not yi.rows(INBOX)
    # A number that was taken is not taken by another message, and an id stays what it was.
    [told] = jia.tell("yi", "c1", "真")
    with line(jia, "yi") as way:
        assert way.send().settled == 1
    again = ask(yi, theirs, forged(yi, theirs, seq=1))[1]["answers"][0]
    assert (again["outcome"], again["reason"]) == ("unfit", "hall_mail.number_of_another")
    other = ask(yi, theirs, forged(yi, theirs, seq=2, number=told))[1]["answers"][0]
    assert (other["outcome"], other["reason"]) == ("unfit", "hall_mail.id_of_another")
    assert yi.words() == ["真"]


@pytest.mark.parametrize(("minutes", "taken"), [(5, True), (-5, True), (11, False)])
def test_clocks_that_differ(tmp_path: Path, hands: Hands, minutes: int, taken: bool) -> None:
    off = lambda: hands() + timedelta(minutes=minutes)  # noqa: E731
    places = [Place("jia", cities=("A",)), Place("yi", cities=("B",), clock=off)]
    with towns(tmp_path, hands, places) as made, line(made["jia"], "yi") as way:
        hands.move(minutes=30)  # both have keys that are in use
        made["jia"].tell("yi", "c1", "一")
        assert (way.send().settled == 1) is taken
        assert made["jia"].waiting() == (0 if taken else 1)
        if taken:
            assert made["jia"].node.mail.peers()[0].seconds_off == minutes * 60
        else:
            assert made["jia"].node.mail.peers()[0].reason == "hall_wire.too_new"


def test_a_peer_that_is_down_is_waited_for_and_a_crash_loses_nothing(
    tmp_path: Path, hands: Hands
) -> None:
    places = [Place("jia", cities=("A",)), Place("yi", cities=("B",)), Place("bing", cities=("C",))]
    with towns(tmp_path, hands, places) as made:
        jia, yi, bing = made["jia"], made["yi"], made["bing"]
        port = yi.door.server_address[1]
        yi.door.end()
        jia.tell("yi", "c1", "一")
        jia.tell("bing", "c9", "别处")
        with line(jia, "yi") as way:
            pauses = []
            for _ in range(9):
                assert way.send().went is Went.FAILED
                pauses.append(way.wait())
        assert all(45 <= one <= 60 for one in pauses[7:])
        peers = {one.code: one for one in jia.node.mail.peers()}
        assert (peers["yi"].state, peers["yi"].waiting, peers["yi"].tries) == ("down", 1, 9)
        # The node ends between what it committed and what it would have sent, and begins again.
        jia.node.close()
        jia = settle(Node.open(tmp_path / "jia", clock=hands), jia.door)
        running = Running(jia.node)
        running.start()
        try:
            wait_for(lambda: bing.words() == ["别处"])  # others are not held up
            jia.tell("yi", "c1", "二")
            door = Door(port)
            yi.door = door
            door.node = yi.node
            wait_for(lambda: jia.waiting() == 0)
        finally:
            running.stop()
        assert yi.words() == ["一", "二"]
        assert matched(jia, yi)
        assert jia.node.mail.peers()[0].state == "ok"
        door.end()
        jia.node.close()


def wait_for(what: Callable[[], bool], seconds: float = 60.0) -> None:
    from time import monotonic, sleep

    end = monotonic() + seconds
    while not what():
        assert monotonic() < end
        sleep(0.02)


def test_a_node_that_is_back_is_not_waited_for_any_longer(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onecity.hall.node.mail.line.pause", lambda *_: 30.0)
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        yi.door.through = lost_there
        jia.tell("yi", "c1", "一")
        with Running(jia.node):
            wait_for(lambda: jia.node.mail.peers()[0].state == "down")
            yi.door.through = plain
            with Running(yi.node):
                wait_for(lambda: jia.waiting() == 0)
    assert yi.words() == ["一"]


def test_a_node_stops_at_once_though_another_does_not_answer(tmp_path: Path, hands: Hands) -> None:
    asked, answers = threading.Event(), threading.Event()

    def silent(receive: Receive, *what: Any) -> Reply | None:
        asked.set()
        answers.wait(20)
        return receive(*what)

    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        yi.door.through = silent
        jia.tell("yi", "c1", "一")
        running = Running(jia.node)
        running.start()
        assert asked.wait(8)
        began = monotonic()
        running.stop()
        assert monotonic() - began < 8  # the request alone would wait for 20 s
        told = jia.rows(OUTBOX)
        answers.set()  # the answer comes after all, to nobody
        wait_for(lambda: yi.words() == ["一"])
        wait_for(lambda: not [one for one in threading.enumerate() if one.name == "hall-mail-yi"])
        assert jia.rows(OUTBOX) == told
        assert jia.waiting() == 1
        yi.door.through = plain
        with line(jia, "yi") as way:
            assert way.send().settled == 1
    assert yi.words() == ["一"]


def test_a_peer_set_back_to_a_backup_is_told_again_what_it_lost(
    tmp_path: Path, hands: Hands
) -> None:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        with line(jia, "yi") as way:
            jia.tell("yi", "c1", "一")
            way.send()
            yi.node.close()
            file = tmp_path / "yi" / "office.sqlite"
            shutil.copy(file, tmp_path / "backup")
            yi = settle(Node.open(tmp_path / "yi", clock=hands), yi.door)
            jia.tell("yi", "c1", "二", "三")
            assert way.send().settled == 2
            yi.node.close()
            for one in (tmp_path / "yi").glob("office.sqlite*"):
                one.unlink()
            shutil.copy(tmp_path / "backup", file)
            yi = settle(Node.open(tmp_path / "yi", clock=hands), yi.door)
            jia.tell("yi", "c1", "四")
            assert way.send().went is Went.HELD
            assert way.send().settled == 3
        assert yi.words() == ["二", "三", "四"]
        assert matched(jia, yi)
        assert jia.node.office.trail.page(action="message.reopened").entries
        yi.node.close()


def test_a_sender_set_back_to_a_backup_goes_on_when_a_person_says_so(
    tmp_path: Path, hands: Hands
) -> None:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        jia.tell("yi", "c1", "一")
        with line(jia, "yi") as way:
            way.send()
        jia.node.close()
        file = tmp_path / "jia" / "office.sqlite"
        shutil.copy(file, tmp_path / "backup")
        jia = settle(Node.open(tmp_path / "jia", clock=hands), jia.door)
        jia.tell("yi", "c1", "二", "三")
        with line(jia, "yi") as way:
            assert way.send().settled == 2
        jia.node.close()
        for one in (tmp_path / "jia").glob("office.sqlite*"):
            one.unlink()
        shutil.copy(tmp_path / "backup", file)
        jia = settle(Node.open(tmp_path / "jia", clock=hands), jia.door)
        jia.tell("yi", "c1", "四", "五", "六", *["更多"] * AT_ONCE)
        jia.tell("yi", "c2", "别的")
        with line(jia, "yi") as way:
            assert way.send().went is Went.HELD
            hands.move(minutes=5)
            assert way.send().settled == 1  # other lines go on, whatever waits before them
        [peer] = jia.node.mail.peers()
        assert (peer.waiting, peer.reason) == (3 + AT_ONCE, "hall_mail.number_of_another")
        yi.door.through = lost_there
        with pytest.raises(httpx.HTTPError):
            resume(jia.node, by=Actor.console())
        done: list[Resumed] = []

        def meanwhile(receive: Receive, *what: Any) -> Reply:
            """Let somebody else say so too, before the first who did has an answer."""
            yi.door.through = plain
            done.extend(resume(jia.node, by=Actor.console()))
            return receive(*what)

        yi.door.through = meanwhile
        assert resume(jia.node, by=Actor.console()) == ()
        assert done == [Resumed("yi", "c1", 2, 3, 3 + AT_ONCE)]
        assert resume(jia.node, by=Actor.console()) == ()
        hands.move(seconds=1)
        with line(jia, "yi") as way:
            assert way.send().settled + way.send().settled == 3 + AT_ONCE
        assert yi.words("c1") == ["一", "二", "三", "四", "五", "六", *["更多"] * AT_ONCE]
        jia.tell("yi", "c1", "七")
        with line(jia, "yi") as way:
            assert way.send().settled == 1
        # What was lost is in the log, so that nothing else can be missing.
        jia.node.close()
        report = verify(tmp_path / "jia", peers=[tmp_path / "yi"])
        assert report.sound, report.broken
        taken_away(file, 5)
        assert not verify(tmp_path / "jia").sound


def taken_away(file: Path, seq: int) -> None:
    """Take a message of a line out of a store, past its guards."""
    with sqlite3.connect(file) as store:
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in store.execute(guards).fetchall():
            store.execute(f"DROP TRIGGER {name}")
        store.execute("DELETE FROM hall_outbox WHERE \"case\" = 'c1' AND seq = ?", (seq,))


def test_keys_change_while_messages_wait(tmp_path: Path, hands: Hands) -> None:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        jia.tell("yi", "c1", "旧")
        old = jia.node.keys.current(hands())
        jia.node.keys.prepare("jia", hands() + timedelta(hours=1))
        jia.node.keys.end(old.kid, hands() + timedelta(hours=1))
        hands.move(hours=2)
        jia.tell("yi", "c1", "新")
        with line(jia, "yi") as way:
            assert way.send().went is Went.FAILED  # the list does not know the new key
            anchor = read_private(tmp_path / "anchor.json")
            listed = {one.code: one.as_record() for one in jia.node.trust.nodes}
            listed["jia"]["keys"] = [one.as_record() for one in jia.node.keys.public]
            nodes = tuple(map(type(jia.node.trust.nodes[0]).from_record, listed.values()))
            for town in (jia, yi):
                TrustList(2, hands(), nodes).signed(anchor).write(town.node.folder / TRUST)
                town.node.reload_trust()
            assert way.send().settled == 2
        assert yi.words() == ["旧", "新"]
        kids = [json.loads(one.head)["kid"] for one in yi.rows(INBOX)]
        assert kids[0] == old.kid != kids[1]


def test_a_withdrawn_node_is_believed_no_more_and_its_past_is(tmp_path: Path, hands: Hands) -> None:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"], made["yi"]
        jia.tell("yi", "c1", "之前")
        with line(jia, "yi") as way:
            assert way.send().settled == 1
        peers = tuple(
            replace(one, until=hands() + timedelta(hours=1)) if one.code == "jia" else one
            for one in jia.node.trust.nodes
        )
        until = hands() + timedelta(days=40)
        anchor = read_private(tmp_path / "anchor.json")
        for town in (jia, yi):
            TrustList(2, hands(), peers, until=until).signed(anchor).write(town.node.folder / TRUST)
            town.node.reload_trust()
        trust = yi.node.trust
        ages = [trust.age(hands() + timedelta(days=days)) for days in (9, 11, 41)]
        assert ages == [Age.GOOD, Age.SOON, Age.OVER]
        jia.tell("yi", "c1", "还早")
        with line(jia, "yi") as way:
            assert way.send().settled == 1
            hands.move(hours=2)
            jia.tell("yi", "c1", "之后")
            assert way.send().reason == "hall_wire.node_withdrawn"
        yi.tell("jia", "c2", "不送")
        with line(yi, "jia") as back:
            assert back.send().reason == "hall_wire.node_withdrawn"
        assert yi.words() == ["之前", "还早"]
        assert [one.code for one in trust.standing(hands())] == ["yi"]
        yi.node.close()
        report = verify(tmp_path / "yi")
        assert report.sound, report.broken


def test_everything_at_once(tmp_path: Path, hands: Hands) -> None:
    chance = random.Random(8)
    faults: list[Through] = [plain, plain, lost_back, lost_there, cut, answer_cut, altered]
    kept: list[Any] = []

    def storm(receive: Receive, *what: Any) -> Reply | None:
        kept.append((receive, what))
        if chance.random() < 0.3:  # something from before comes only now
            old_receive, old = chance.choice(kept)
            old_receive(*old)
        return chance.choice(faults)(receive, *what)

    places = [
        Place("jia", cities=("A",)),
        Place("yi", cities=("B",)),
        Place("men", kind=NodeKind.PORTAL),
    ]
    with towns(tmp_path, hands, places) as made:
        for town in made.values():
            town.door.through = storm
        said: dict[tuple[str, str, str], list[str]] = {}
        ways = [(one, two) for one in made for two in made if one != two]
        for number in range(40):
            for one, two in ways:
                case = f"c{chance.randrange(4)}"
                made[one].tell(two, case, f"{one}{number}")
                said.setdefault((one, two, case), []).append(f"{one}{number}")
            one, two = chance.choice(ways)
            with line(made[one], two) as way:
                way.send()
            hands.move(seconds=chance.choice([1, 20, 90]))
        for _ in range(200):
            hands.move(seconds=61)
            for one, two in ways:
                with line(made[one], two) as way:
                    way.send()
            if not any(town.waiting() for town in made.values()):
                break
        for (one, two, case), words in said.items():
            heard = [m.body["words"] for m in made[two].heard if (m.sender, m.case) == (one, case)]
            assert heard == words
        assert all(matched(made[one], made[two]) for one, two in ways)
        for town in made.values():
            assert town.node.office.trail.verify().sound
