"""What a request between nodes and the answer to it hold, as JSON; read strictly.

A request is ``{"messages": [...]}`` with at most 50 messages of one sender; one without any is a
knock: its sender is there again. An answer is
``{"node", "at", "answers": [{"id", "outcome", "reason", "expected", "receipt"}]}`` with one answer
for each, in their order. Where the request itself cannot be taken, the answer is
``{"node", "at", "reason"}`` with a status that is no success.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onecity.hall.wire import Message, Refusal, canonical
from onecity.hall.wire.canonical import read_json
from onecity.identity.clock import moment, stamp

from .turns import AT_ONCE, Answered, Outcome

PATH = "/api/v1/hall/exchange"
MEDIA = "application/json"
LARGEST_REQUEST = 40_000_000
"""Bytes; a message with a file in it is the largest there is."""
LARGEST_BODY = 39_000_000
LARGEST_ANSWER = 1_000_000
_LONGEST_REASON = 100


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it came, or why it cannot be read."""

    id: str
    message: Message | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer of a node: when by its clock, and what became of each message."""

    node: str
    at: datetime
    answers: tuple[Answered, ...]


def request(messages: Sequence[dict[str, Any]]) -> bytes:
    """Return the bytes of a request."""
    return canonical({"messages": list(messages)})


def read_request(body: bytes) -> tuple[Parcel, ...]:
    """Return the messages of a request; one that is malformed does not spoil the others.

    Raises
    ------
    Refusal
        It is no such request, or holds too many.
    """
    whole = read_json(body)
    listed = whole.get("messages") if isinstance(whole, dict) else None
    if not isinstance(listed, list) or len(listed) > AT_ONCE:
        raise Refusal("hall_mail.no_request", most=AT_ONCE)
    return tuple(_parcel(one) for one in listed)


def _parcel(record: Any) -> Parcel:
    head = record.get("head") if isinstance(record, dict) else None
    named = head.get("id") if isinstance(head, dict) else None
    name = named if isinstance(named, str) else ""
    try:
        return Parcel(name, Message.from_record(record))
    except Refusal as refusal:
        return Parcel(name, None, refusal.key)


def answer(node: str, at: datetime, answers: Sequence[Answered]) -> bytes:
    """Return the bytes of an answer."""
    rows = [
        {
            "id": one.id,
            "outcome": one.outcome.value,
            "reason": one.reason,
            "expected": one.expected,
            "receipt": one.receipt,
        }
        for one in answers
    ]
    return canonical({"node": node, "at": stamp(at), "answers": rows})


def refusal(node: str, at: datetime, reason: str) -> bytes:
    """Return the bytes of an answer to a request that is not taken at all."""
    return canonical({"node": node, "at": stamp(at), "reason": reason})


def read_answer(body: bytes) -> Answers:
    """Return what a peer answered.

    Raises
    ------
    Refusal
        It is no such answer.
    """
    whole = read_json(body)
    try:
        found = Answers(
            str(whole["node"]), moment(whole["at"]), tuple(map(_answered, whole["answers"]))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal("hall_mail.no_answer") from error
    return found


def read_reason(body: bytes) -> str:
    """Return the reason that a peer gave for taking nothing; empty where it gave none."""
    try:
        given = read_json(body)["reason"]
    except (Refusal, KeyError, TypeError):
        return ""
    # What a peer says is shown to people: a key of a sentence alone.
    fits = isinstance(given, str) and len(given) <= _LONGEST_REASON and given.isascii()
    return given if fits else ""


def _answered(record: Any) -> Answered:
    expected, receipt = record["expected"], record["receipt"]
    return Answered(
        str(record["id"]),
        Outcome(record["outcome"]),
        str(record["reason"])[:_LONGEST_REASON],
        None if expected is None else int(expected),
        dict(receipt) if receipt is not None else None,
    )
