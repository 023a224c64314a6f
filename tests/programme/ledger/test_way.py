"""The way of an item: every move in every state, and sequences of moves at random."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, OneCityError
from onecity.identity.errors import ForbiddenError
from onecity.programme.ledger import way
from onecity.programme.ledger.model import ENDED, Item, State, What
from onecity.programme.ledger.way import (
    COMMENT,
    MANAGE,
    OWN_EDITABLE,
    WAY,
    WORK,
    By,
    Move,
    Said,
    apply,
    edit,
    moves,
    refusal,
)
from tests.programme.ledger.samples import NOON, item

OFFICE = By("office", "circle", frozenset({"circle"}), frozenset({MANAGE, COMMENT}))
CITY = By("city", "ez-dot", frozenset({"ez-dot"}), frozenset({WORK, COMMENT}))
OTHERS = By("others", "hg-dot", frozenset({"hg-dot"}), frozenset({WORK, COMMENT}))
GUEST = By("guest", None)
ALL = By("all", "ez-dot", frozenset({"ez-dot"}), frozenset({MANAGE, WORK, COMMENT}))


def draft(**given: Any) -> Item:
    values = {"state": "draft", "assigned_on": None, "kind": "policy_task"}
    return item(**{**values, **given})


def said(move: Move) -> Said:
    """What a move needs, no more."""
    needs = WAY[move].needs
    fields = {"responsible_unit": "hg-dot"} if move is Move.TRANSFER else {}
    progress = (100 if move is Move.REPORT else 40) if "progress" in needs else None
    return Said("情况说明" if "text" in needs else "", progress, fields=fields)


def at(step: int) -> datetime:
    return NOON + timedelta(days=step)


def walk(*steps: Move, by: By = ALL) -> Item:
    found = draft()
    for number, move in enumerate(steps):
        found = apply(found, move, by, at(number), said(move)).item
    return found


REACHED = {
    State.DRAFT: walk(),
    State.ASSIGNED: walk(Move.ASSIGN),
    State.SIGNED: walk(Move.ASSIGN, Move.SIGN),
    State.IN_PROGRESS: walk(Move.ASSIGN, Move.SIGN, Move.START),
    State.REPORTED: walk(Move.ASSIGN, Move.SIGN, Move.START, Move.REPORT),
    State.RETURNED: walk(Move.ASSIGN, Move.SIGN, Move.START, Move.REPORT, Move.RETURN),
    State.ACCEPTED: walk(Move.ASSIGN, Move.SIGN, Move.START, Move.REPORT, Move.ACCEPT),
    State.SUSPENDED: walk(Move.ASSIGN, Move.SIGN, Move.SUSPEND),
    State.CLOSED: walk(Move.ASSIGN, Move.SIGN, Move.START, Move.REPORT, Move.ACCEPT, Move.CLOSE),
    State.CANCELLED: walk(Move.CANCEL),
}


def test_the_whole_way_tells_its_story() -> None:
    found, told = draft(), []
    for number, (move, by, with_) in enumerate(
        [
            (Move.ASSIGN, OFFICE, Said(fields={"due": date(2026, 6, 30)})),
            (Move.SIGN, CITY, Said()),
            (Move.PROGRESS, CITY, Said("完成招标", 30)),
            (Move.REPORT, CITY, Said("已通车", 100)),
            (Move.RETURN, OFFICE, Said("缺验收报告")),
            (Move.REPORT, CITY, Said("补齐验收报告", 100, ("0" * 26,))),
            (Move.ACCEPT, OFFICE, Said()),
            (Move.CLOSE, OFFICE, Said()),
        ]
    ):
        moved = apply(found, move, by, at(number), with_)
        assert moved.item.version == found.version + 1
        assert moved.event.before.keys() == moved.event.after.keys()
        found = moved.item
        told.append(moved.event)
    story = "assigned signed progressed reported returned reported accepted closed"
    assert " ".join(one.what for one in told) == story
    assert found.state is State.CLOSED
    assert (found.reported_on, found.closed_on) == (date(2026, 3, 7), date(2026, 3, 9))
    assert told[0].after["due"] == "2026-06-30"
    assert told[4].text == "缺验收报告"
    assert told[5].evidence == ("0" * 26,)


@pytest.mark.parametrize("state", REACHED)
@pytest.mark.parametrize("move", Move)
def test_every_move_in_every_state(state: State, move: Move) -> None:
    before = REACHED[state]
    assert before.state is state
    step = WAY[move]
    if state not in step.states:
        with pytest.raises(InputError) as caught:
            apply(before, move, ALL, at(20), said(move))
        told = caught.value.text("zh")
        assert "不能" in told
        assert "现在可以" in told or "新建" in told
        assert move not in moves(before, ALL)
        assert refusal(before, move, ALL) is not None
        return
    moved = apply(before, move, ALL, at(20), said(move))
    after = before.back_to if move is Move.RESUME else step.to or state
    assert moved.item.state is after
    assert moved.event.what is step.what
    assert move in moves(before, ALL)
    assert refusal(before, move, ALL) is None
    with pytest.raises(ForbiddenError):
        apply(before, move, GUEST, at(20), said(move))
    assert move not in moves(before, GUEST)


def test_a_city_works_on_its_own_items_alone() -> None:
    assigned = REACHED[State.ASSIGNED]
    assert moves(assigned, CITY) == (Move.SIGN, Move.COMMENT)
    assert moves(assigned, OTHERS) == (Move.COMMENT,)
    with pytest.raises(ForbiddenError, match="ez-dot"):
        apply(assigned, Move.SIGN, OTHERS, at(3))
    with pytest.raises(ForbiddenError, match="权限"):
        apply(REACHED[State.REPORTED], Move.ACCEPT, CITY, at(9))


@pytest.mark.parametrize(
    ("state", "move", "wrong", "key"),
    [
        (State.IN_PROGRESS, Move.PROGRESS, Said("x"), "ledger.move_needs_progress"),
        (State.IN_PROGRESS, Move.PROGRESS, Said("  ", 5), "ledger.move_needs_text"),
        (State.IN_PROGRESS, Move.PROGRESS, Said("x", 101), "ledger.not_whole"),
        (State.IN_PROGRESS, Move.REPORT, Said("x", 90), "ledger.report_not_done"),
        (State.REPORTED, Move.RETURN, Said(), "ledger.move_needs_text"),
        (State.REPORTED, Move.ACCEPT, Said(progress=5), "ledger.move_takes_no_progress"),
        (State.REPORTED, Move.ACCEPT, Said(fields={"due": None}), "ledger.move_takes_no_field"),
        (State.DRAFT, Move.ASSIGN, Said(fields={"state": "closed"}), "ledger.move_takes_no_field"),
        (State.DRAFT, Move.ASSIGN, Said(fields={"due": None}), "ledger.state_needs"),
        (State.DRAFT, Move.ASSIGN, Said(fields={"due": date(2026, 1, 1)}), "ledger.days_order"),
        (State.SIGNED, Move.TRANSFER, Said("x"), "ledger.transfer_needs_unit"),
    ],
)
def test_a_move_without_what_it_needs_is_refused(
    state: State, move: Move, wrong: Said, key: str
) -> None:
    with pytest.raises(InputError) as caught:
        apply(REACHED[state], move, ALL, at(20), wrong)
    assert caught.value.key == key


def test_a_suspended_item_goes_back_to_where_it_was() -> None:
    for state in WAY[Move.SUSPEND].states:
        paused = apply(REACHED[state], Move.SUSPEND, OFFICE, at(8), Said("等待审批")).item
        assert paused.back_to is state
        again = apply(paused, Move.RESUME, OFFICE, at(9)).item
        assert again.state is state
        assert again.back_to is None


def test_a_transferred_item_is_to_be_signed_for_anew() -> None:
    moved = apply(REACHED[State.IN_PROGRESS], Move.TRANSFER, OFFICE, at(8), said(Move.TRANSFER))
    assert moved.item.state is State.ASSIGNED
    assert moves(moved.item, OTHERS) == (Move.SIGN, Move.COMMENT)
    assert moved.event.before["responsible_unit"] == "ez-dot"


def test_a_day_is_that_of_china() -> None:
    assert way.day_of(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert way.day_of(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)


def test_who_may_edit_what() -> None:
    busy = REACHED[State.IN_PROGRESS]
    moved = edit(busy, CITY, at(9), Said(fields={"owner": "李科长"}))
    assert moved.item.owner == "李科长"
    assert moved.event.what is What.EDITED
    assert moved.event.after == {"owner": "李科长"}
    assert "title" not in OWN_EDITABLE
    with pytest.raises(ForbiddenError, match="标题"):
        edit(busy, CITY, at(9), Said(fields={"title": "甲"}))
    with pytest.raises(ForbiddenError):
        edit(busy, OTHERS, at(9), Said(fields={"owner": "甲"}))
    later = Said("经会议同意延期", fields={"due": date(2027, 3, 31)})
    assert edit(busy, OFFICE, at(9), later).item.due == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("state", "wrong", "key"),
    [
        (State.CLOSED, {"title": "甲"}, "ledger.edit_ended"),
        (State.IN_PROGRESS, {"state": "closed"}, "ledger.edit_fixed"),
        (State.IN_PROGRESS, {"nonsense": 1}, "ledger.edit_fixed"),
        (State.IN_PROGRESS, {}, "ledger.edit_nothing"),
        (State.IN_PROGRESS, {"due": date(2027, 1, 1)}, "ledger.edit_due"),
        (State.IN_PROGRESS, {"responsible_unit": "hg-dot"}, "ledger.edit_unit"),
        (State.IN_PROGRESS, {"title": ""}, "ledger.text_missing"),
    ],
)
def test_a_wrong_edit_is_refused(state: State, wrong: dict[str, Any], key: str) -> None:
    with pytest.raises(InputError) as caught:
        edit(REACHED[state], OFFICE, at(9), Said(fields=wrong))
    assert caught.value.key == key


def test_an_item_begins_as_a_draft() -> None:
    assert way.drafted(draft(), OFFICE).what is What.DRAFTED
    with pytest.raises(InputError):
        way.drafted(REACHED[State.SIGNED], OFFICE)


def attempt(*step: Any) -> tuple[way.Moved | None, OneCityError | None]:
    try:
        return apply(*step), None
    except OneCityError as error:
        return None, error


SAID = st.builds(
    Said,
    st.sampled_from(["", "情况"]),
    st.none() | st.sampled_from([0, 50, 100, 101]),
    fields=st.sampled_from(
        [{}, {"responsible_unit": "hg-dot"}, {"due": date(2026, 3, 4)}, {"due": None}]
    ),
)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(Move), st.sampled_from([ALL, OFFICE, CITY, OTHERS, GUEST]), SAID),
        max_size=25,
    )
)
def test_no_sequence_of_moves_leads_astray(steps: list[tuple[Move, By, Said]]) -> None:
    found = draft()
    for number, (move, by, with_) in enumerate(steps):
        moved, error = attempt(found, move, by, at(number), with_)
        if moved is None:
            assert error is not None
            assert error.text("zh").endswith("。")
            assert error.text("en").endswith(".")
            continue
        assert move in moves(found, by)
        assert found.state not in ENDED or move is Move.COMMENT
        assert moved.item == moved.item.changed_to()  # all checks pass
        assert moved.item.version == found.version + 1
        assert moved.event.item == found.id
        found = moved.item
