"""Who may do what: the table and the processes agree, whatever is done in whatever order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.hall.cases.model import FINAL, Case, State, TaskKind, What, kind_of
from onecity.hall.cases.way import OF_APPLICANT, WAY, Action, after, can, check, done
from onecity.hall.processes import Running, Shipped, shipped

ALL = frozenset({"hall.handle", "hall.decide", "hall.apply"})
SAID = {
    "words": "说明",
    "reason": "hearing",
    "days": 5,
    "units": ["U"],
    "documents": ["D"],
    "until": "2026-05-01",
    "outcome": "grant",
    "to": "N",
    "stars": 5,
}


def said(action: Action, pick: int) -> dict[str, object]:
    outcomes = {Action.DECIDE: ("grant", "refuse"), Action.GIVE_OPINION: ("agree", "disagree")}
    several = outcomes.get(action, ("",))
    return {**SAID, "outcome": several[pick % len(several)]}


def one_more(running: Running, state: State, flags: dict[str, bool], pick: int) -> State:
    """Do one of the things that can be done, and see that the process lets it."""
    places = running.open_tasks()
    assert len(places) == (0 if running.done else 1)
    task = kind_of(places[0].name) if places else None
    open_ = [
        (action, who)
        for who in (False, True)
        for action in can(
            state,
            task,
            ALL,
            applicant=who,
            extended=flags["extended"],
            appraised=flags["appraised"],
        )
    ]
    if not open_:
        return state
    action, _ = open_[pick % len(open_)]
    given = said(action, pick)
    check(action, state, task, given, extended=flags["extended"])
    for kind, outcome in done(action, task, str(given["outcome"])) if task else ():
        place = running.open_tasks()[0]
        assert kind_of(place.name) is kind
        running.complete(place.id, outcome)
    if action is Action.ASK_OPINION:  # the others answer
        running.complete(running.open_tasks()[0].id)
    flags["extended"] |= action is Action.EXTEND
    flags["appraised"] |= action is Action.APPRAISE
    flags["accepted"] |= action is Action.ACCEPT
    made = after(action, state, accepted=flags["accepted"])
    if made in {State.WITHDRAWN, State.HANDED_OVER}:
        running.cancel()
    assert (made in FINAL) == running.done
    assert (made is State.SUPPLEMENT) == (
        bool(running.open_tasks()) and kind_of(running.open_tasks()[0].name) is TaskKind.SUPPLEMENT
    )
    return made


@settings(max_examples=150)
@given(st.booleans(), st.lists(st.integers(0, 97), min_size=1, max_size=25))
def test_whatever_the_table_opens_the_process_lets_pass(spot: bool, picks: list[int]) -> None:
    running = shipped(Shipped.SPOT if spot else Shipped.STANDARD).start()
    state = State.RECEIVED
    flags = {"extended": False, "appraised": False, "accepted": False}
    for pick in picks:
        state = one_more(running, state, flags, pick)


def test_everything_can_be_done_somewhere() -> None:
    opened = {
        action
        for state in State
        for task in (None, *TaskKind)
        for who in (False, True)
        for action in can(state, task, ALL, applicant=who)
    }
    assert opened == set(Action) == set(WAY)
    assert {move.what for move in WAY.values()} <= set(What)
    assert not any(can(state, None, ALL) for state in FINAL)
    assert not can(State.RECEIVED, TaskKind.INTAKE, frozenset())


def test_a_clerk_does_not_decide_and_nobody_acts_for_the_applicant() -> None:
    clerk = {"hall.handle"}
    assert Action.DECIDE not in can(State.ACCEPTED, TaskKind.REVIEW, clerk)
    assert Action.DECIDE in can(State.ACCEPTED, TaskKind.REVIEW, ALL)
    assert Action.DECIDE not in can(State.RECEIVED, TaskKind.INTAKE, ALL)
    assert Action.DECIDE in can(State.RECEIVED, TaskKind.SPOT, ALL)
    assert OF_APPLICANT.isdisjoint(can(State.SUPPLEMENT, TaskKind.SUPPLEMENT, ALL))
    mine = can(State.SUPPLEMENT, TaskKind.SUPPLEMENT, ALL, applicant=True)
    assert mine == (Action.SUPPLEMENT, Action.WITHDRAW)
    assert Action.EXTEND not in can(State.ACCEPTED, TaskKind.REVIEW, ALL, extended=True)


@pytest.mark.parametrize(
    ("action", "state", "task", "given", "key"),
    [
        (Action.ACCEPT, State.ACCEPTED, TaskKind.INTAKE, {}, "not_open"),
        (Action.ACCEPT, State.RECEIVED, TaskKind.REVIEW, {}, "not_open"),
        (Action.ACCEPT, State.RECEIVED, None, {}, "not_open"),
        (Action.REJECT, State.RECEIVED, TaskKind.INTAKE, {"words": " "}, "not_said"),
        (Action.ASK_OPINION, State.ACCEPTED, TaskKind.REVIEW, {"units": []}, "not_said"),
        (Action.DECIDE, State.ACCEPTED, TaskKind.DECIDE, {"outcome": "yes"}, "unknown_word"),
        (Action.DECIDE, State.ACCEPTED, TaskKind.DECIDE, {"outcome": "refuse"}, "not_said"),
        (Action.SUSPEND, State.ACCEPTED, TaskKind.REVIEW, {"reason": "tea", "words": "x"},
         "unknown_word"),
        (Action.EXTEND, State.ACCEPTED, None, {"days": 11, "words": "x"}, "extension"),
        (Action.APPRAISE, State.CLOSED, None, {"stars": 6}, "stars"),
        (Action.APPRAISE, State.CLOSED, None, {"stars": True}, "stars"),
    ],
)  # fmt: skip
def test_what_is_not_open_or_not_said_is_refused(
    action: Action, state: State, task: TaskKind | None, given: dict[str, object], key: str
) -> None:
    with pytest.raises(InputError) as caught:
        check(action, state, task, given)
    assert caught.value.key == f"hall_cases.{key}"
    assert str(caught.value)


def test_a_limit_grows_once() -> None:
    given = {"days": 10, "words": "案情复杂"}
    assert check(Action.EXTEND, State.ACCEPTED, None, given).what is What.EXTENDED
    with pytest.raises(InputError, match="第四十二条"):
        check(Action.EXTEND, State.ACCEPTED, None, given, extended=True)


def test_departments_together_may_take_five_days_more_than_one_alone() -> None:
    for joint, most in ((False, 10), (True, 15)):
        given = {"days": most, "words": "案情复杂"}
        move = check(Action.EXTEND, State.ACCEPTED, None, given, joint=joint)
        assert move.what is What.EXTENDED
        with pytest.raises(InputError, match=f"{most} 个工作日"):
            check(Action.EXTEND, State.ACCEPTED, None, given | {"days": most + 1}, joint=joint)


def test_every_word_of_a_case_is_said_in_both_languages() -> None:
    for kind in (State, What, TaskKind, Action):
        for one in kind:
            assert one.text("zh")
            assert one.text("en")
    assert "name" not in Case.__dataclass_fields__  # nothing personal stands in the open
