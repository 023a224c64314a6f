"""The way to a platform above the nodes: one thing at a time, through its adapter."""

import json
import logging
import random
from typing import TYPE_CHECKING, Any

from onecity.core.errors import InputError, MissingError, OneCityError
from onecity.hall.wire import canonical
from onecity.identity.clock import stamp

from . import outbox
from .leaving import Leaving
from .mail import Mail
from .outbox import Settled, Waiting
from .received import NotYetError, Refused, Told
from .sent import ANSWERED, Sent, Went
from .turns import AT_ONCE, State, pause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onecity.hall.node.platform import Platform

_LOG = logging.getLogger(__name__)


class PlatformLine:
    """The way to one platform."""

    def __init__(self, mail: Mail, platform: "Platform") -> None:
        self._mail, self._node, self._platform = mail, mail.node, platform
        self.peer = platform.code
        self._tries = 0
        self.leaving = Leaving()

    def close(self) -> None:
        """Close its connection."""
        self._platform.close()

    def wait(self) -> float:
        """Return the seconds until the next try, after what was tried last."""
        return pause(self._tries, random.random()) if self._tries else 0.0  # noqa: S311

    def send(self) -> Sent:
        """Tell what waits, the oldest first; a line in which one fails waits, others go on."""
        node = self._node
        now = stamp(node.office.clock())
        with node.reading() as connection:
            rows = outbox.waiting(connection, self.peer, now, AT_ONCE)
        if not rows:
            return Sent(Went.NOTHING)
        held: set[str] = set()
        settled = 0
        for row in rows:
            if row.case in held:
                continue
            with self.leaving.staying() as stays:
                if not stays:
                    return Sent(Went.NOTHING)
            if self._tell(row):
                settled += 1
            else:
                held.add(row.case)
        self._tries = 0 if settled else self._tries + 1
        with self.leaving.staying() as stays:
            if stays:
                self._note()
        return Sent(Went.SETTLED if settled else Went.FAILED, len(rows), settled)

    def _tell(self, row: Waiting) -> bool:
        """Tell one thing and keep what came of it; whether it is settled."""
        told = self._told(row)
        if told is None:  # erased meanwhile: there is nothing left to tell
            self._settle(row, State.REFUSED, "hall_mail.erased", None)
            return True
        answer: Mapping[str, Any] | OneCityError
        try:
            answer = self._platform.tell(told)
        except (NotYetError, InputError) as error:
            answer = error
        with self.leaving.staying() as stays:
            if not stays:
                return False
            if isinstance(answer, NotYetError):
                with self._node.writing(self._node.itself) as write:
                    outbox.put_off(write.connection, self.peer, row.case, write.now, answer.key)
                return False
            if isinstance(answer, OneCityError):
                self._settle(row, State.REFUSED, answer.key, None)
            else:
                self._settle(row, State.TAKEN, "", (told, canonical(dict(answer)).decode()))
        return True

    def _settle(
        self, row: Waiting, state: State, reason: str, answer: tuple[Told, str] | None
    ) -> None:
        with self._node.writing(self._node.itself) as write:
            # What it answered may be personal: it has its effect, and is not kept here.
            done = Settled(row.id, state, write.at, reason, None)
            outbox.settle(write.connection, [done])
            after = {"messages": [{"id": row.id, "state": state.value}]}
            write.tell(ANSWERED, "node", self.peer, after=after)
            if answer is None:
                handler = self._mail.when_refused.get(row.kind)
                if handler is not None:
                    handler(write, Refused(row.id, self.peer, row.kind, row.case, row.seq, reason))
                return
            effect = self._mail.when_answered.get(row.kind)
            if effect is not None:
                effect(write, answer[0], json.loads(answer[1]))

    def _told(self, row: Waiting) -> Told | None:
        with self._node.reading() as connection:
            sealed = outbox.bodies(connection, [row])[row.id]
            if sealed is None:
                return None
            try:
                content = json.loads(self._node.vault.unseal(connection, row.owner, sealed))
            except MissingError:
                return None
        head = json.loads(row.head)
        return Told(
            row.id, row.kind, row.case, row.seq, head["at"], head["purpose"], content["body"]
        )

    def _note(self) -> None:
        now = stamp(self._node.office.clock())
        ok = {"state": outbox.OK, "last_ok": now, "reason": ""}
        failed = {"state": outbox.DOWN, "reason": "hall_mail.unreachable"}
        with self._node.office.database.writing() as connection:
            outbox.note_peer(
                connection,
                self.peer,
                last_try=now,
                tries=self._tries,
                **(failed if self._tries else ok),
            )
