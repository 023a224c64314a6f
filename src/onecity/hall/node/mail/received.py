"""A message that came in, and what may be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onecity.core.errors import OneCityError

if TYPE_CHECKING:
    from onecity.hall.node.writing import Write


@dataclass(frozen=True, slots=True)
class Received:
    """A message whose signature holds, in its turn.

    `sender` is the code of the node that signed it. `message` is the whole of it, as it came: what
    proves later that the sender said so. `body` is empty where the sender had erased it before it
    could be sent (`erased`): such a message keeps its place in the line and has no effect.
    """

    id: str
    sender: str
    kind: str
    case: str
    seq: int
    at: str
    purpose: str
    body: Mapping[str, Any]
    message: Mapping[str, Any]


Handler = Callable[["Write", Received], None]
"""What a kind of message does, inside the transaction that takes it.

`InputError`, `MissingError`, `RangeError` and `ForbiddenError` refuse the message for good: the
sender is told the key of the sentence, without its values. `NotYetError` lets it come again later.
Anything else undoes it too and lets it come again: a fault of the program loses nothing.
"""


Check = Callable[[str, str, Mapping[str, Any]], None]
"""What says whether a body is fit: kind, case, body. `InputError` where it is not."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of ours that its receiver refused for good, and the key of the reason."""

    id: str
    peer: str
    kind: str
    case: str
    seq: int
    reason: str


OnRefused = Callable[["Write", Refused], None]
"""What is done here when a peer refuses a kind of message of ours."""


class NotYetError(OneCityError, RuntimeError):
    """A message cannot take effect now, and may later: it stays with its sender."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform is told: with the same `id` it is the same thing, told again."""

    id: str
    kind: str
    case: str
    seq: int
    at: str
    purpose: str
    body: Mapping[str, Any]


OnAnswered = Callable[["Write", Told, Mapping[str, Any]], None]
"""What is done here with what a platform answered."""
