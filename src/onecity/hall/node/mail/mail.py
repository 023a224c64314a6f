"""The mail of a node: what it tells other nodes, and what they tell it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from onecity.core.errors import InputError, OneCityError, StoreError
from onecity.core.words import say
from onecity.hall.wire import (
    Caller,
    Message,
    Refusal,
    canonical,
    kept_until,
    sign_answer,
    verify_request,
)
from onecity.identity import Actor, Via
from onecity.identity.clock import stamp

from . import inbox, outbox, packets
from .packets import MEDIA, PATH
from .received import Check, Handler, OnAnswered, OnRefused
from .taking import SENT, TAKEN, Taking, believed, inbox_row, owner_of, received, told
from .turns import Answered, Outcome, State

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.platform import Platform
    from onecity.hall.node.writing import Write

REPORT = "report"
"""Kind of what platforms are told of cases."""
LONGEST_CASE = 64
_LONGEST = 300
_LOG = logging.getLogger(__name__)
_OK, _BAD, _UNSIGNED, _LARGE, _BUSY = 200, 400, 401, 413, 503


class Reply(NamedTuple):
    """What is answered to a request: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Mail:
    """Messages of one node, out and in. Any thread may use it.

    `enqueue` puts a message into the outbox, inside the transaction of what it tells of. Threads
    of `Running` send it (`onecity.hall.node.mail.sending`); `wake` tells them to look.
    `receive` takes a request of another node. What a kind of message does is for its handler;
    what its body must hold is for `check`, which is asked first.
    """

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.handlers: dict[str, Handler] = {}
        self.when_refused: dict[str, OnRefused] = {}
        self.when_answered: dict[str, OnAnswered] = {}
        self.platforms: dict[str, Platform] = {}
        self.check: Check = _anything
        self._woken: Callable[[str], None] | None = None
        self._heard: Callable[[str], None] | None = None

    def register(
        self, handlers: Mapping[str, Handler], when_refused: Mapping[str, OnRefused] | None = None
    ) -> None:
        """Let kinds of messages have their effect, and what is done where a peer refuses one."""
        self.handlers.update(handlers)
        self.when_refused.update(when_refused or {})

    def connect(
        self, platform: "Platform", when_answered: Mapping[str, OnAnswered] | None = None
    ) -> None:
        """Let a platform be told things, by its code; see `onecity.hall.node.platform`."""
        self.platforms[platform.code] = platform
        self.when_answered.update(when_answered or {})

    # --- Out ---

    def enqueue(
        self,
        write: "Write",
        to: str,
        kind: str,
        case: str,
        body: Mapping[str, Any],
        *,
        purpose: str,
    ) -> str:
        """Put a message to a node in its line, in a transaction under way; return its id.

        A message to this node itself takes effect at once, in the same transaction, and stands in
        outbox, inbox and trail as any other.

        Raises
        ------
        Refusal
            The trust list names no such node, or JSON cannot hold the body.
        InputError
            The body is larger than any node would take, or the case is no name.
        OneCityError
            The message is to this node, and its handler refuses it.
        """
        node = self.node
        here = node.config.code
        if not case.isprintable() or len(case) > LONGEST_CASE:
            raise InputError("hall_mail.no_request")
        if to != here and to not in self.platforms:
            node.trust.node(to)  # known, or it never arrives
        connection = write.connection
        message = Message.make(
            node.keys.current(write.now),
            sender=here,
            receiver=to,
            kind=kind,
            case=case,
            seq=outbox.number(connection, to, case),
            at=write.now,
            purpose=printable(purpose),
            body=dict(body),
            number=write.new_id(),
        )
        head = message.head
        content = canonical({"salt": message.salt, "body": message.body})
        if len(content) > packets.LARGEST_BODY:
            raise InputError("hall_mail.too_large")
        text = canonical(head.as_record()).decode()
        owner = owner_of(kind, case)
        row: dict[str, object] = {
            "id": head.id,
            "peer": to,
            "case": case,
            "seq": head.seq,
            "kind": kind,
            "at": head.at,
            "head": text,
            "signature": message.signature,
            "owner": owner,
            "sealed": write.seal_bytes(owner, content),
            "size": len(content),
            "state": (State.TAKEN if to == here else State.WAITING).value,
            "due": head.at,
            "tries": 0,
            "settled": head.at if to == here else None,
            "reason": "",
            "receipt": None,
        }
        outbox.put(connection, row)
        write.tell(SENT, "message", head.id, after=told(message))
        if to == here:
            self._take_own(write, message, text, owner)
        else:
            write.told.add(to)
        return head.id

    def report(self, write: "Write", case: str, facts: Mapping[str, Any]) -> None:
        """Tell platforms that want to know how a case goes; `facts` hold nothing personal."""
        for platform in self.platforms.values():
            if platform.reports:
                purpose = say("hall_mail.purpose_report", "zh")
                self.enqueue(write, platform.code, REPORT, case, facts, purpose=purpose)

    def _take_own(self, write: "Write", message: Message, text: str, owner: str) -> None:
        head = message.head
        handler = self.handlers.get(head.kind)
        if handler is None:
            raise Refusal("hall_mail.unknown_kind")
        row = inbox_row(message, text, owner, None, State.TAKEN, "", stamp(write.now))
        inbox.put(write.connection, row)
        write.tell(TAKEN, "message", head.id, after=told(message))
        handler(write, received(message))

    def wake(self, *peers: str) -> None:
        """Let what waits for some nodes be sent now, if a sender runs."""
        if self._woken is not None:
            for one in peers:
                self._woken(one)

    def on_wake(
        self, woken: Callable[[str], None] | None, heard: Callable[[str], None] | None = None
    ) -> None:
        """Set what `wake` calls, and what is called when a node was heard of; None for nothing."""
        self._woken, self._heard = woken, heard

    def peers(self) -> tuple[outbox.Peer, ...]:
        """Return how the talk with each other node goes, in the order of the trust list."""
        codes = [one.code for one in self.node.trust.nodes if one.code != self.node.config.code]
        with self.node.reading() as connection:
            return outbox.peers(connection, codes)

    # --- In ---

    def receive(self, headers: Mapping[str, str], body: bytes, method: str, url: str) -> Reply:
        """Take a request of another node and return the signed answer to it.

        Parameters
        ----------
        headers
            By their names in lower case.
        body, method, url
            What was sent, how, and where to. Where the trust list says how this node is reached,
            that address counts: a proxy between may have changed the other.
        """
        node = self.node
        now = node.office.clock()
        here = node.config.code
        listed = f"{node.trust.node(here).url}{PATH}" if here in node.trust else url
        asked = (method, listed, headers)
        if len(body) > packets.LARGEST_REQUEST:
            return self._refused(_LARGE, "hall_mail.too_large", now, asked)
        try:
            caller = verify_request(node.trust, method, listed, headers, body, now=now)
        except Refusal as refusal:
            return self._refused(_UNSIGNED, refusal.key, now, asked)
        try:
            parcels = packets.read_request(body)
        except Refusal as refusal:
            return self._refused(_BAD, refusal.key, now, asked)
        try:
            answers = self._take(caller, parcels)
        except Refusal as refusal:
            return self._refused(_UNSIGNED, refusal.key, now, asked)
        except StoreError as error:
            _LOG.warning("nothing of %s taken: %s", caller.peer.code, error)
            return self._refused(_BUSY, error.key, now, asked)
        return self._answer(_OK, packets.answer(here, now, answers), now, asked)

    def _take(self, caller: Caller, parcels: tuple[packets.Parcel, ...]) -> list[Answered]:
        node, sender = self.node, caller.peer.code
        doubts = [believed(one, node.config.code, sender, node.trust) for one in parcels]
        good = [
            one.message
            for one, doubt in zip(parcels, doubts, strict=True)
            if not doubt and one.message is not None
        ]
        answers = []
        with node.writing(actor_of(node, sender), address=sender) as write:
            until = stamp(kept_until(caller.created))
            if not inbox.note_nonce(write.connection, sender, caller.nonce, until):
                raise Refusal("hall_mail.replayed")
            taking = Taking(write, self.handlers, self.check, sender, good)
            for one, doubt in zip(parcels, doubts, strict=True):
                if doubt or one.message is None:
                    answers.append(Answered(one.id, Outcome.UNFIT, doubt))
                else:
                    answers.append(taking.take(one.message))
        if self._heard is not None:
            self._heard(sender)  # it is there: what waits for it need wait no longer
        return answers

    def _refused(
        self, status: int, reason: str, now: datetime, asked: tuple[str, str, Mapping[str, str]]
    ) -> Reply:
        body = packets.refusal(self.node.config.code, now, reason)
        return self._answer(status, body, now, asked)

    def _answer(
        self, status: int, body: bytes, now: datetime, asked: tuple[str, str, Mapping[str, str]]
    ) -> Reply:
        """Return an answer, signed as far as it can be: a request without signature gets none."""
        headers: Mapping[str, str] = {"Content-Type": MEDIA}
        try:
            key = self.node.keys.current(now)
            headers = sign_answer(key, status, headers, body, at=now, request=asked)
        except OneCityError as error:
            _LOG.info("an answer without signature: %s", error)
        return Reply(status, headers, body)

    def forget(self) -> int:
        """Drop what is kept against replays and no longer needed; return how much."""
        with self.node.office.database.writing() as connection:
            return inbox.forget_nonces(connection, stamp(self.node.office.clock()))


def _anything(kind: str, case: str, body: Mapping[str, Any]) -> None:
    """Take any body: nobody has said what a kind must hold."""


def actor_of(node: "Node", peer: str) -> Actor:
    """Return another node as the trail names it; it may nothing by itself."""
    title = node.trust.node(peer).title.get("zh", peer) if peer in node.trust else peer
    return Actor(f"node:{peer}", title, None, None, (), Via.TOKEN)


def printable(text: str) -> str:
    """Return a text as heads of messages may hold it."""
    return "".join(one if one.isprintable() else " " for one in text)[:_LONGEST]
