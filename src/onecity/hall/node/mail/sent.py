"""How one try to send went."""

from dataclasses import dataclass
from enum import StrEnum

ANSWERED = "message.answered"
"""What the trail calls the answer of a peer to what it was sent."""


class Went(StrEnum):
    """How one request went: nothing to send, some settled, none taken, the peer not reached."""

    NOTHING = "nothing"
    SETTLED = "settled"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What one request did: how it went, and how many messages it carried and settled."""

    went: Went
    carried: int = 0
    settled: int = 0
    reason: str = ""
