"""The rules of order, of waiting and of filling a request, alone."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.hall.node.mail.turns import FIRST_S, LONGEST_S, Turn, load, pause, turn


@dataclass(frozen=True)
class Parcel:
    size: int


def test_a_message_is_in_turn_only_right_after_the_last_one() -> None:
    assert [turn(seq, 3) for seq in (1, 3, 4, 5)] == [Turn.PAST, Turn.PAST, Turn.NOW, Turn.EARLY]
    assert turn(1, 0) is Turn.NOW


def test_pauses_double_to_a_minute_and_never_run_over() -> None:
    assert [pause(tries) for tries in range(10)] == [0, 0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert pause(10**9) == LONGEST_S
    assert pause(1, chance=0.0) == 0.75 * FIRST_S


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.integers(0, 50)), st.integers(1, 8), st.integers(0, 90))
def test_a_request_holds_the_first_messages_that_fit_and_one_at_least(
    sizes: list[int], most: int, bytes_most: int
) -> None:
    waiting = [Parcel(one) for one in sizes]
    taken = load(waiting, most, bytes_most)
    assert taken == waiting[: len(taken)]
    assert len(taken) <= most
    assert bool(taken) == bool(waiting)
    fits = sum(one.size for one in taken) <= bytes_most
    assert fits or len(taken) == 1
    if len(taken) < len(waiting) and len(taken) < most:
        assert sum(one.size for one in waiting[: len(taken) + 1]) > bytes_most
