"""The way to one other node: one request at a time, and what became of what it carried."""

import logging
import random
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import Connection

from onecity.core.errors import MissingError, OneCityError, StoreError
from onecity.hall.wire import Head, Receipt, Refusal, canonical, sign_request, verify_answer
from onecity.hall.wire.canonical import read_json
from onecity.identity.clock import stamp

from . import outbox, packets
from .hosts import believed_hosts
from .leaving import Leaving
from .mail import Mail
from .outbox import Settled, Waiting
from .packets import LARGEST_ANSWER, MEDIA, PATH, Answers
from .received import Refused
from .sent import ANSWERED, Sent, Went
from .turns import AT_ONCE, SETTLED, Answered, Outcome, State, load, pause

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.writing import Write

REOPENED = "message.reopened"
"""What the trail calls it when a peer asks for what it had confirmed."""
_LOG = logging.getLogger(__name__)
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL)
_OK = 200
_KEY = re.compile(r"hall_[a-z_]{1,40}\.[a-z_]{1,40}")


class Line:
    """The way to one other node."""

    def __init__(self, mail: Mail, peer: str, client: httpx.Client | None = None) -> None:
        self._mail, self._node, self.peer = mail, mail.node, peer
        self._client = client or httpx.Client(
            timeout=TIMEOUT,
            trust_env=False,
            verify=believed_hosts(),
            # An answer is signed as it stands: nobody between may pack it.
            headers={"Accept-Encoding": "identity"},
        )
        self._tries = 0
        self._stuck = True  # until it is known that no line is
        self.leaving = Leaving()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(self) -> Sent:
        """Send what waits, as far as one request goes, and keep what became of it.

        Nothing of a transaction is open meanwhile: the other node may be sending to this one.
        """
        node = self._node
        now = node.office.clock()
        with node.reading() as connection:
            if self._stuck:
                self._stuck = outbox.any_stuck(connection, self.peer)
            rows = load(
                outbox.waiting(connection, self.peer, stamp(now), AT_ONCE, stuck=self._stuck)
            )
            sealed = outbox.bodies(connection, rows)
            records = [record_of(node, connection, row, sealed[row.id]) for row in rows]
        if not rows:
            return Sent(Went.NOTHING)
        answers, reason = None, ""
        try:
            answers = self._ask(packets.request(records), now)
        except _UNREACHABLE as error:
            _LOG.info("%s cannot be reached: %s", self.peer, error)
            reason = "hall_mail.unreachable"
        except OneCityError as error:
            _LOG.info("%s does not take anything: %s", self.peer, error)
            # What a peer says is shown to people: a key of a sentence, or nothing of it.
            said = str(error.values.get("said", ""))
            reason = said if _KEY.fullmatch(said) else error.key
        with self.leaving.staying() as stays:
            if not stays:
                return Sent(Went.NOTHING)
            if answers is None:
                return self._failed(reason, len(rows))
            return self._keep(rows, records, answers, now)

    def knock(self) -> bool:
        """Tell the other node that this one is there, if it can be reached: it need not wait."""
        try:
            self._ask(packets.request([]), self._node.office.clock())
        except (*_UNREACHABLE, OneCityError) as error:
            _LOG.info("%s does not hear: %s", self.peer, error)
            return False
        return True

    def _ask(self, body: bytes, now: datetime) -> Answers:
        """Send a request and return the answer, once it is known to be the peer's, to this request.

        Raises
        ------
        httpx.HTTPError
            The peer cannot be reached.
        Refusal
            It takes nothing, or the answer is not to be believed.
        """
        node = self._node
        peer = node.trust.node(self.peer)
        if not peer.stands(now):
            raise Refusal("hall_wire.node_withdrawn", node=peer.code)
        url = f"{peer.url}{PATH}"
        headers = sign_request(
            node.keys.current(now), "POST", url, {"Content-Type": MEDIA}, body, at=now
        )
        with self._client.stream("POST", url, content=body, headers=headers) as answer:
            content = b""
            for piece in answer.iter_raw():
                content += piece
                if len(content) > LARGEST_ANSWER:
                    raise Refusal("hall_mail.no_answer")
        verify_answer(
            node.trust,
            answer.status_code,
            dict(answer.headers),
            content,
            now=node.office.clock(),
            request=("POST", url, headers),
            sender=self.peer,
        )
        if answer.status_code != _OK:
            raise Refusal("hall_mail.takes_nothing", said=packets.read_reason(content))
        return packets.read_answer(content)

    def _failed(self, reason: str, carried: int) -> Sent:
        self._tries += 1
        now = stamp(self._node.office.clock())
        with self._node.office.database.writing() as connection:
            outbox.note_peer(
                connection,
                self.peer,
                state=outbox.DOWN,
                tries=self._tries,
                last_try=now,
                reason=reason,
            )
        return Sent(Went.FAILED, carried, 0, reason)

    def _keep(
        self,
        rows: Sequence[Waiting],
        records: Sequence[Mapping[str, Any]],
        answers: Answers,
        began: datetime,
    ) -> Sent:
        """Keep what the peer answered."""
        node = self._node
        said = {one.id: one for one in answers.answers}
        settled, held = [], []
        for row, record in zip(rows, records, strict=True):
            answer = said.get(row.id) or Answered(row.id, Outcome.UNFIT, "hall_mail.no_answer")
            done = self._settled(record, answer)
            if done is None:
                held.append((row, answer))
            else:
                settled.append((row, done))
        self._tries = 0
        with node.writing(node.itself) as write:
            connection = write.connection
            failed = [pair for pair in settled if not self._heed(write, *pair)]
            held += [(row, Answered(row.id, Outcome.LATER, "hall_mail.fault")) for row, _ in failed]
            settled = [pair for pair in settled if pair not in failed]
            outbox.settle(connection, [done for _, done in settled])
            self._hold(write, held)
            outbox.note_peer(
                connection,
                self.peer,
                state=outbox.OK,
                tries=0,
                last_try=stamp(write.now),
                last_ok=stamp(write.now),
                reason="",
                seconds_off=_seconds_off(answers.at, began, write.now),
            )
            if settled:
                self._tell(write, settled)
        return Sent(Went.SETTLED if settled else Went.HELD, len(rows), len(settled))

    def _settled(self, record: Mapping[str, Any], answer: Answered) -> Settled | None:
        """Return what became of a message, if the receipt proves it."""
        if answer.outcome not in SETTLED or answer.receipt is None:
            return None
        try:
            receipt = Receipt.from_record(answer.receipt)
            receipt.verify(self._node.trust, Head.from_record(record["head"]))
        except Refusal as refusal:
            _LOG.warning("a receipt of %s is not to be believed: %s", self.peer, refusal)
            return None
        if receipt.outcome not in {State.TAKEN, State.REFUSED}:
            return None
        text = canonical(receipt.as_record()).decode()
        return Settled(answer.id, State(receipt.outcome), receipt.at, receipt.reason, text)

    def _hold(self, write: "Write", held: Sequence[tuple[Waiting, Answered]]) -> None:
        """Let lines wait in which something could not be taken.

        In a line, the first message that was not taken tells why; those after it are early only
        because of it.
        """
        lines: dict[str, tuple[Waiting, Answered]] = {}
        for row, answer in held:
            lines.setdefault(row.case, (row, answer))
        for case, (row, answer) in lines.items():
            again = 0
            if answer.outcome is Outcome.EARLY and (answer.expected or 0) < row.seq:
                since = max(answer.expected or 1, 1)
                again = outbox.reopen(write.connection, self.peer, case, since)
            if again:
                _LOG.warning("%s lost %d messages about %s: sent again", self.peer, again, case)
                write.tell(REOPENED, "node", self.peer, after={"case": case, "count": again})
            else:
                reason = answer.reason or "hall_mail.early"
                self._stuck = self._stuck or reason == outbox.SET_BACK
                outbox.put_off(write.connection, self.peer, case, write.now, reason)

    def _heed(self, write: "Write", row: Waiting, done: Settled) -> bool:
        """Do what is done where a message was refused; whether it could be.

        Where it fails, the message stays unsettled: its receiver will say the same once more.

        Raises
        ------
        StoreError
            The store cannot be written.
        """
        handler = self._mail.when_refused.get(row.kind)
        if done.state is not State.REFUSED or handler is None:
            return True
        _LOG.warning("%s refused %s %s: %s", self.peer, row.kind, row.id, done.reason)
        refused = Refused(row.id, self.peer, row.kind, row.case, row.seq, done.reason)
        try:
            with write.attempt():
                handler(write, refused)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001
            _LOG.exception("the refusal of %s %s", row.kind, row.id)
            return False
        return True

    def _tell(self, write: "Write", settled: Sequence[tuple[Waiting, Settled]]) -> None:
        """Tell the trail what was settled."""
        rows = [
            {
                "id": done.id,
                "state": done.state.value,
                "receipt": sha256((done.receipt or "").encode()).hexdigest(),
            }
            for _, done in settled
        ]
        write.tell(ANSWERED, "node", self.peer, after={"messages": rows})

    def wait(self) -> float:
        """Return the seconds until the next try, after what was tried last."""
        return pause(self._tries, random.random()) if self._tries else 0.0  # noqa: S311  (no secret)


def record_of(
    node: "Node", connection: Connection, row: Waiting, sealed: bytes | None
) -> dict[str, Any]:
    """Return a message as it travels; without a body where that was erased meanwhile."""
    salt, body = "", None
    if sealed is not None:
        try:
            content = read_json(node.vault.unseal(connection, row.owner, sealed))
            salt, body = content["salt"], content["body"]
        except MissingError:
            _LOG.info("%s is sent without its body, which was erased", row.id)
    return {
        "head": read_json(row.head.encode()),
        "signature": row.signature,
        "salt": salt,
        "body": body,
    }


def _seconds_off(theirs: datetime, began: datetime, ended: datetime) -> int:
    """Return how far a peer's clock is ahead, as well as one exchange tells."""
    return round((theirs - (began + (ended - began) / 2)) / timedelta(seconds=1))
