"""What nodes tell each other, where all goes well and where a receiver will not have it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from onecity.core.errors import InputError, StaleError
from onecity.hall.node.mail import NotYetError, Received, Refused, outbox
from onecity.hall.node.mail.sent import Went
from onecity.hall.node.writing import Write
from onecity.hall.wire import Refusal
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import INBOX, OUTBOX, Place, Town, line, matched, towns
from tests.stores import Cluster

Pair = tuple[Town, Town]


def test_messages_arrive_once_in_order_and_are_confirmed(pair: Pair) -> None:
    jia, yi = pair
    jia.tell("yi", "c1", "一", "二", "三")
    jia.tell("yi", "c2", "甲")
    with line(jia, "yi") as way:
        assert way.send().settled == 4
        assert way.send().went is Went.NOTHING
    assert yi.words("c1") == ["一", "二", "三"]
    assert yi.words("c2") == ["甲"]
    assert jia.waiting() == 0
    assert matched(jia, yi)
    assert all(one.receipt for one in jia.rows(OUTBOX))
    assert len(yi.door.seen) == 1
    assert jia.node.office.trail.verify().sound
    assert yi.node.office.trail.verify().sound
    taken = yi.node.office.trail.page(action="message.taken").entries
    assert [one.after["head"]["seq"] for one in taken[::-1]] == [1, 2, 3, 1]
    assert "一" not in str([one.as_record() for one in taken])


def test_a_request_holds_fifty_messages_and_bodies_lie_sealed(pair: Pair) -> None:
    jia, yi = pair
    jia.tell("yi", "c1", *(f"住址{place}" for place in range(60)))
    with line(jia, "yi") as way:
        assert [way.send().settled for _ in range(3)] == [50, 10, 0]
    for town, table in ((jia, OUTBOX), (yi, INBOX)):
        assert "住址".encode() not in b"".join(one.sealed for one in town.rows(table))


def test_a_message_to_oneself_acts_at_once_or_not_at_all(pair: Pair) -> None:
    jia, _ = pair
    jia.tell("jia", "c1", "自己")
    assert jia.words() == ["自己"]
    assert [one.state for one in jia.rows(OUTBOX)] == ["taken"]
    assert matched(jia, jia)
    with pytest.raises(StaleError), jia.node.writing(jia.node.itself) as write:  # noqa: PT012
        write.send("jia", "note", "c1", {"words": "不算"}, purpose="测试")
        raise StaleError("hall_mail.early")
    assert len(jia.rows(INBOX)) == 1


def test_what_names_no_node_is_told_at_once(pair: Pair) -> None:
    with pytest.raises(Refusal):
        pair[0].tell("bing", "c1", "无人")
    assert not pair[0].rows(OUTBOX)


def test_an_answer_may_go_back_on_the_same_line(pair: Pair) -> None:
    jia, yi = pair

    def answers(write: Write, received: Received) -> None:
        write.send("jia", "note", received.case, {"words": "答"}, purpose="测试")

    yi.node.mail.register({"question": answers})
    jia.tell("yi", "c1", "问", "再问", kind="question")
    with line(jia, "yi") as there, line(yi, "jia") as back:
        assert there.send().settled == 2
        assert back.send().settled == 2
    assert jia.words("c1") == ["答", "答"]
    assert matched(jia, yi)
    assert matched(yi, jia)


def test_a_refusal_is_final_and_the_line_goes_on(pair: Pair) -> None:
    jia, yi = pair
    heard: list[Refused] = []

    def refuses(write: Write, received: Received) -> None:
        write.tell("node.made", "note", "undone")
        raise InputError("hall_broker.no_question")

    yi.node.mail.register({"claim": refuses})
    jia.node.mail.register({}, {"claim": lambda _, refused: heard.append(refused)})
    jia.tell("yi", "c1", "不行", kind="claim")
    jia.tell("yi", "c1", "可以")
    with line(jia, "yi") as way:
        assert way.send().settled == 2
    assert [one.state for one in jia.rows(OUTBOX)] == ["refused", "taken"]
    assert [(one.case, one.reason) for one in heard] == [("c1", "hall_broker.no_question")]
    assert yi.words() == ["可以"]
    assert not yi.node.office.trail.page(kind="note", target="undone").entries
    assert matched(jia, yi)


def test_a_key_that_a_refused_message_made_is_not_used_after_it(pair: Pair) -> None:
    jia, yi = pair
    sealed: list[bytes] = []

    def keeps(write: Write, received: Received) -> None:
        sealed.append(write.seal("applicant1", received.body["words"]))
        if received.body["words"] == "不行":
            raise InputError("hall_broker.no_question")

    yi.node.mail.register({"claim": keeps})
    jia.tell("yi", "c1", "不行", "可以", kind="claim")
    with line(jia, "yi") as way:
        assert way.send().settled == 2
    with yi.node.writing(yi.node.itself) as write:
        assert write.unseal("applicant1", sealed[1]) == "可以"


@pytest.mark.parametrize("error", [NotYetError("hall_mail.early"), ZeroDivisionError()])
def test_what_fails_comes_again_and_holds_up_its_own_line_alone(
    pair: Pair, hands: Hands, error: Exception
) -> None:
    jia, yi = pair
    fails = [error]

    def now_and_then(write: Write, received: Received) -> None:
        if fails:
            raise fails.pop()
        yi.heard.append(received)

    yi.node.mail.register({"claim": now_and_then})
    jia.tell("yi", "c1", "一", kind="claim")
    jia.tell("yi", "c1", "二")
    jia.tell("yi", "c2", "别的")
    with line(jia, "yi") as way:
        assert way.send().settled == 1
        assert yi.words() == ["别的"]
        assert way.send().went is Went.NOTHING  # it waits its time
        hands.move(seconds=1)
        assert way.send().settled == 2
    assert yi.words("c1") == ["一", "二"]
    assert matched(jia, yi)


def test_what_was_erased_before_it_could_be_sent_keeps_its_place_alone(pair: Pair) -> None:
    jia, yi = pair
    jia.tell("yi", "c1", "一", "二")
    with jia.node.writing(jia.node.itself) as write:
        jia.node.vault.erase(write.connection, "c1")
        write.send("yi", "erasure", "c1", {"words": "删除"}, purpose="测试")
    yi.node.mail.register({"erasure": lambda _, received: yi.heard.append(received)})
    with line(jia, "yi") as way:
        assert way.send().settled == 3
    assert yi.words() == ["删除"]
    assert [one.reason for one in yi.rows(INBOX)] == ["hall_mail.erased", "hall_mail.erased", ""]
    assert matched(jia, yi)


def test_nodes_on_both_kinds_of_database_talk(
    tmp_path: Path, hands: Hands, cluster: Cluster
) -> None:
    fails = [NotYetError("hall_mail.early"), InputError("hall_mail.early")]

    def now_and_then(write: Write, received: Received) -> None:
        write.send("yi", "note", received.case, {"words": "记"}, purpose="测试")
        write.send("jia", "note", received.case, {"words": "答"}, purpose="测试")
        if fails:
            raise fails.pop(0)

    with cluster.fresh() as url:
        places = [Place("jia", cities=("A",)), Place("yi", cities=("B",), database=url)]
        with towns(tmp_path, hands, places) as made:
            jia, yi = made["jia"], made["yi"]
            yi.node.mail.register({"claim": now_and_then})
            for _ in range(3):
                jia.tell("yi", "c1", "一", kind="claim")
            jia.tell("yi", "c1", "二")
            with line(jia, "yi") as there, line(yi, "jia") as back:
                assert there.send().went is Went.HELD
                hands.move(seconds=1)
                yi.door.through = lambda receive, *what: receive(*what) and receive(*what)
                assert there.send().went is Went.FAILED  # the second of two is a replay
                yi.door.through = lambda receive, *what: receive(*what)
                assert there.send().settled == 4
                assert back.send().settled == 2
            assert [one.state for one in jia.rows(OUTBOX)] == ["refused", *["taken"] * 3]
            # What was undone left nothing in the store.
            assert [one.sender for one in yi.rows(INBOX)].count("yi") == 2
            assert jia.words() == ["答", "答"]
            assert matched(jia, yi)
            assert matched(yi, jia)
            assert matched(yi, yi)
            assert yi.node.office.trail.verify().sound
            assert yi.node.mail.forget() == 0


def test_a_refusal_that_cannot_be_dealt_with_here_stays_unsettled(pair: Pair, hands: Hands) -> None:
    jia, _ = pair
    fails = [ZeroDivisionError()]

    def heed(write: Write, refused: Refused) -> None:
        write.tell("node.made", "note", "heeded")
        if fails:
            raise fails.pop()

    jia.node.mail.register({}, {"claim": heed})
    jia.tell("yi", "c1", "无人处理", kind="claim")
    jia.tell("yi", "c2", "别的")
    with line(jia, "yi") as way:
        assert way.send().settled == 1
        hands.move(seconds=1)
        assert way.send().settled == 1
    assert len(jia.node.office.trail.page(kind="note", target="heeded").entries) == 1
    assert [one.state for one in jia.rows(OUTBOX)] == ["refused", "taken"]


def test_what_was_settled_long_ago_is_not_looked_through_again(pair: Pair) -> None:
    jia, _ = pair
    asked: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, text: str, values: Any, *_: object) -> None:
        asked.append((text, values))

    engine = jia.node.office.database.engine
    with jia.node.reading() as connection:
        event.listen(engine, "before_cursor_execute", note)
        outbox.waiting(connection, "yi", "2027", 50)
        outbox.peers_waited_for(connection)
        event.remove(engine, "before_cursor_execute", note)
        for text, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps = " ".join(row[3] for row in plan)
            assert "hall_outbox_waiting" in steps
            assert "TEMP B-TREE" not in steps
    assert len(asked) == 2
