"""Messages between nodes: nothing lost, nothing doubled, in order; whatever the net does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onecity.hall.node.mail.sent import Went
from onecity.identity.clock import Clock
from tests.hall.node.towns import OUTBOX, Place, Town, line, matched, towns


@pytest.fixture
def pair(tmp_path: Path, hands: Clock) -> Iterator[dict[str, Town]]:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        yield made


def test_messages_arrive_once_in_order_and_are_confirmed(pair: dict[str, Town]) -> None:
    jia, yi = pair["jia"], pair["yi"]
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
