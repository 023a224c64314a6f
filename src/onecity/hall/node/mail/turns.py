"""Whose turn it is: the rules of order, of waiting and of retries, without a database or a net.

A *line* is what one node tells another about one case. Its messages are numbered from 1, and take
effect in that order, each once. Lines do not wait for each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

FIRST_S, LONGEST_S = 0.5, 60.0
"""Seconds before the first retry, and at most."""
AT_ONCE, BYTES_AT_ONCE = 50, 4_000_000
"""Messages in a request, and bytes of their bodies about; one message alone may be larger."""


class State(StrEnum):
    """Where a message stands in the outbox or the inbox."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"


class Outcome(StrEnum):
    """What a node answers to one message.

    `TAKEN`, `KNOWN` (taken or refused before) and `REFUSED` settle it for good, with a signed
    receipt. `EARLY` (others of its line come first) and `LATER` (it has no effect for now) leave
    it waiting; so does `UNFIT`, where it cannot be believed.
    """

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"
    EARLY = "early"
    LATER = "later"
    UNFIT = "unfit"


SETTLED = frozenset({Outcome.TAKEN, Outcome.KNOWN, Outcome.REFUSED})
"""Outcomes that end a message's waiting."""


class Turn(StrEnum):
    """Where a message stands in its line."""

    NOW = "now"
    EARLY = "early"
    PAST = "past"


def turn(seq: int, last: int) -> Turn:
    """Return where number `seq` stands if `last` was the last one of its line."""
    if seq == last + 1:
        return Turn.NOW
    return Turn.EARLY if seq > last else Turn.PAST


def pause(tries: int, chance: float = 1.0) -> float:
    """Return the seconds to wait after so many tries in a row that failed.

    Doubles from `FIRST_S` to `LONGEST_S`; `chance`, from 0 to 1, takes off up to a quarter, so
    that nodes which all lost the same peer do not all come back at once.
    """
    if tries <= 0:
        return 0.0
    # Beyond some ten doublings it is the longest anyway; a float would run over in the end.
    longest = min(LONGEST_S, FIRST_S * 2.0 ** min(tries - 1, 30))
    return longest * (0.75 + 0.25 * chance)


class Sized(Protocol):
    """A message as far as filling a request goes."""

    @property
    def size(self) -> int:
        """Bytes of its body."""
        ...


Message = TypeVar("Message", bound=Sized)


def load(
    waiting: Iterable[Message], most: int = AT_ONCE, bytes_most: int = BYTES_AT_ONCE
) -> list[Message]:
    """Return the first messages that fit into one request: one at least, in their order."""
    taken: list[Message] = []
    total = 0
    for one in waiting:
        total += one.size
        if taken and (len(taken) >= most or total > bytes_most):
            break
        taken.append(one)
    return taken


@dataclass(frozen=True, slots=True)
class Answered:
    """What a peer said of one message; `expected` is the number it waits for where it is early."""

    id: str
    outcome: Outcome
    reason: str = ""
    expected: int | None = None
    receipt: Mapping[str, object] | None = None
