"""Taking messages of another node: each once, in its turn, all or nothing of each."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from onecity.core.errors import InputError, MissingError, RangeError, StaleError, StoreError
from onecity.hall.wire import Message, Receipt, Refusal, TrustList, canonical
from onecity.hall.wire import Outcome as Receipted
from onecity.hall.wire.canonical import read_json
from onecity.hall.wire.message import check_head
from onecity.identity import ForbiddenError
from onecity.identity.clock import stamp

from . import inbox
from .packets import Parcel
from .received import Check, Handler, NotYetError, Received
from .turns import Answered, Outcome, State, Turn, turn

if TYPE_CHECKING:
    from onecity.hall.node.writing import Write

TAKEN, REFUSED, SENT = "message.taken", "message.refused", "message.sent"
"""What the trail calls a message that came in, and one that goes out."""
BAD_BODY = "hall_node.bad_body"
"""Why a message is refused whose body is not fit for its kind; its value `name` says where."""
_LOG = logging.getLogger(__name__)
_REFUSING = (InputError, MissingError, RangeError, StaleError, ForbiddenError)
_RECEIPTS = {State.TAKEN: Receipted.TAKEN, State.REFUSED: Receipted.REFUSED}


_NODE = "node"
_IMPERSONAL = frozenset({"erasure", "seal"})
"""Kinds whose bodies are about nobody; they must outlive what they are about."""


def owner_of(kind: str, case: str) -> str:
    """Return under whose key the body of a message lies: the case's, or the node's own."""
    return _NODE if kind in _IMPERSONAL or not case else case


def is_erased(message: Message) -> bool:
    """Whether the sender had erased the body before it could be sent."""
    return message.body is None and not message.salt


def believed(parcel: Parcel, receiver: str, sender: str, trust: TrustList) -> str:
    """Return why a message of a node cannot be believed; empty if it can.

    This takes the time of a signature, and no database: it is done before the transaction.
    """
    if parcel.message is None:
        return parcel.reason
    try:
        _check(parcel.message, receiver, sender, trust)
    except Refusal as refusal:
        return refusal.key
    return ""


def _check(message: Message, receiver: str, sender: str, trust: TrustList) -> None:
    head = message.head
    if head.sender != sender:
        raise Refusal("hall_mail.of_another")
    if head.seq < 1 or not all(map(str.isprintable, (head.id, head.kind, head.case, head.purpose))):
        raise Refusal("hall_mail.no_request")
    if is_erased(message):
        if head.receiver != receiver:
            raise Refusal("hall_wire.not_for_us", receiver=head.receiver)
        check_head(head, message.signature, trust)
        return
    message.verify(trust, receiver=receiver)
    if not isinstance(message.body, Mapping):
        raise Refusal("hall_mail.no_request")


class Taking:
    """Takes the messages of one request, inside its transaction."""

    def __init__(
        self,
        write: "Write",
        handlers: Mapping[str, Handler],
        check: Check,
        sender: str,
        messages: Sequence[Message],
    ) -> None:
        self._write, self._handlers, self._sender = write, handlers, sender
        self._check = check
        self._twice: set[str] = set()
        connection = write.connection
        self._known = inbox.known(connection, {one.head.id for one in messages})
        self._last = inbox.last(connection, sender, {one.head.case for one in messages})

    def take(self, message: Message) -> Answered:
        """Let a message that is believed take effect, if it is its turn; return the answer."""
        head = message.head
        text = canonical(head.as_record()).decode()
        known = self._known.get(head.id)
        if known is not None:
            if known.head != text:
                return Answered(head.id, Outcome.UNFIT, "hall_mail.id_of_another")
            receipt = read_json(known.receipt.encode()) if known.receipt else None
            return Answered(head.id, Outcome.KNOWN, known.reason, receipt=receipt)
        last = self._last.get(head.case, 0)
        place = turn(head.seq, last)
        if place is Turn.EARLY:
            return Answered(head.id, Outcome.EARLY, expected=last + 1)
        if place is Turn.PAST or head.case in self._twice:
            # What follows such a one may have a number that is free, and yet comes too soon.
            self._twice.add(head.case)
            return Answered(head.id, Outcome.UNFIT, "hall_mail.number_of_another", last + 1)
        return self._take_now(message, text)

    def _take_now(self, message: Message, text: str) -> Answered:
        head, write = message.head, self._write
        owner = owner_of(head.kind, head.case)
        # Sealed first: what undoes the effect below leaves the owner's key as it is.
        sealed = self._sealed(owner, message)
        try:
            state, reason = self._effect(message)
        except NotYetError as error:
            return Answered(head.id, Outcome.LATER, error.key)
        receipt = Receipt.make(
            write.node.keys.current(write.now), head, _RECEIPTS[state], at=write.now, reason=reason
        ).as_record()
        row = inbox_row(message, text, owner, sealed, state, reason, stamp(write.now))
        row["receipt"] = canonical(receipt).decode()
        inbox.put(write.connection, row)
        self._last[head.case] = head.seq
        self._known[head.id] = inbox.Known(text, state, reason, str(row["receipt"]))
        action = TAKEN if state is State.TAKEN else REFUSED
        write.tell(action, "message", head.id, after=told(message, reason))
        return Answered(head.id, Outcome(state.value), reason, receipt=receipt)

    def _sealed(self, owner: str, message: Message) -> bytes | None:
        """Return the body as it is kept; nothing of what was erased, here or at the sender."""
        if is_erased(message):
            return None
        try:
            return self._write.seal(owner, {"salt": message.salt, "body": message.body})
        except MissingError:
            return None

    def _effect(self, message: Message) -> tuple[State, str]:
        """Let the handler do what it does; undo all of it where it refuses.

        Raises
        ------
        NotYetError
            It cannot take effect for now.
        StoreError
            The store cannot be written: nothing of the whole request takes effect.
        """
        head = message.head
        if is_erased(message):
            return State.TAKEN, "hall_mail.erased"
        handler = self._handlers.get(head.kind)
        if handler is None:
            return State.REFUSED, "hall_mail.unknown_kind"
        try:
            self._check(head.kind, head.case, received(message).body)
            with self._write.attempt():
                handler(self._write, received(message))
        except (StoreError, NotYetError):
            raise
        except _REFUSING as error:
            # Where in the body, if that is why; other values of a sentence may be personal.
            where = error.values.get("name", "") if error.key == BAD_BODY else ""
            _LOG.warning("%s of %s refused: %s %s", head.id, head.sender, error.key, where)
            return State.REFUSED, error.key
        except Exception as error:
            # A fault of this program: the message stays with its sender until it is mended.
            _LOG.exception("message %s of kind %s", head.id, head.kind)
            raise NotYetError("hall_mail.fault") from error
        return State.TAKEN, ""


def received(message: Message) -> Received:
    """Return a message as handlers know it."""
    head = message.head
    return Received(
        head.id, head.sender, head.kind, head.case, head.seq, head.at, head.purpose,
        message.body if isinstance(message.body, Mapping) else {}, message.as_record(),
    )  # fmt: skip


def told(message: Message, reason: str = "") -> dict[str, Any]:
    """Return what the trail says of a message: its head, which holds the commitment, no more."""
    said: dict[str, Any] = {"head": message.head.as_record()}
    return {**said, "reason": reason} if reason else said


def inbox_row(
    message: Message,
    text: str,
    owner: str,
    sealed: bytes | None,
    state: State,
    reason: str,
    at: str,
) -> dict[str, object]:
    """Return the row that the inbox keeps of a message."""
    head = message.head
    return {
        "id": head.id,
        "sender": head.sender,
        "case": head.case,
        "seq": head.seq,
        "kind": head.kind,
        "at": head.at,
        "received": at,
        "head": text,
        "signature": message.signature,
        "owner": owner,
        "sealed": sealed,
        "state": state.value,
        "reason": reason,
        "receipt": None,
    }
