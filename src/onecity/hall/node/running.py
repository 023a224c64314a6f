"""What runs beside the requests of a node: sending, timers, seals. Begun and ended together."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Self

from .broker.ending import erase_ended
from .figures import share
from .mail.sending import LOOK_S, STOP_S, Sending
from .node import TRUST, Node
from .platform import HttpPlatform, Settings
from .seals import Sealing
from .spreading import look_around

_LOG = logging.getLogger(__name__)
_ERRANDS = "hall-errands"
TIMERS_S = 1.0
"""Seconds between two looks for moments that have come."""
SEALS_S = 30.0
"""Seconds between two looks whether the log is to be sealed."""
TRUST_S = 5.0
"""Seconds between two looks whether there is a newer list of nodes."""
FIGURES_S = 600.0
"""Seconds between two looks whether a day is over whose counts are to be told."""
LISTS_S = 300.0
"""Seconds between two times at which other nodes are asked for a newer list."""
TIDY_S = 3600.0
"""Seconds between two times at which answers to programs that are a week old are dropped."""
DAY_S = 86_400.0
"""Seconds between two looks for held documents that stand no more."""
FORGET_S = 300.0
"""Seconds between two times at which what is kept against replays is dropped."""


@dataclass(slots=True)
class Duty:
    """Something done again and again: what, and after how many seconds."""

    name: str
    every_s: float
    do: Callable[[], object]
    next: float = field(default=0.0)


class Running:
    """The threads of a node; a process of a service has one for its node.

    Several processes may run the same node's store: whatever one of them has done, the others
    find done.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._sending = Sending(node.mail)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trust_seen = _changed(node)
        self._duties: list[Duty] = [
            Duty("outbox", LOOK_S, self._sending.look),
            Duty("nonces", FORGET_S, node.mail.forget),
            Duty("trust", TRUST_S, self._look_at_trust),
            Duty("timers", TIMERS_S, node.timers.due),
            Duty("seals", SEALS_S, Sealing(node).look),
            Duty("figures", FIGURES_S, lambda: share(node)),
            Duty("answers", TIDY_S, node.applying.tidy),
            Duty("holdings", DAY_S, partial(erase_ended, node)),
        ]
        # These wait for others, and hold up nothing here.
        self._errands = [Duty("lists", LISTS_S, partial(look_around, node, self._ended))]

    def add(self, name: str, every_s: float, do: Callable[[], object]) -> None:
        """Let something else be done every so many seconds, from the start on."""
        self._duties.append(Duty(name, every_s, do))

    def start(self) -> None:
        """Begin: send what waits, then do what is due. Nothing happens if it runs already.

        Raises
        ------
        InputError
            The settings of the node's platform are not fit.
        """
        if self._threads:
            return
        self._connect()
        self._ended.clear()
        self._sending.start()
        for name, duties in (("hall-duties", self._duties), (_ERRANDS, self._errands)):
            thread = threading.Thread(target=self._run, args=(duties,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End: what is under way here is waited for; what waits is sent after the next start.

        Nobody else is waited for: a node that does not answer keeps no other from stopping.
        """
        self._ended.set()
        self._sending.stop()
        for one in self._threads:
            one.join(STOP_S if one.name == _ERRANDS else None)
        self._threads.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _connect(self) -> None:
        """Connect the platform that the node's folder names, if it names one."""
        settings = Settings.read(self.node.folder)
        if settings is not None and settings.code not in self.node.mail.platforms:
            platform = HttpPlatform(self.node, settings)
            self.node.mail.connect(platform, self.node.broker.when_answered)

    def _look_at_trust(self) -> None:
        """Read the list of nodes anew where its file has changed."""
        seen = _changed(self.node)
        if seen != self._trust_seen:
            self._trust_seen = seen
            self.node.reload_trust()

    def _run(self, duties: Sequence[Duty]) -> None:
        while not self._ended.is_set():
            for duty in duties:
                if duty.next <= monotonic() and not self._ended.is_set():
                    self._do(duty)
            soonest = min(duty.next for duty in duties)
            self._ended.wait(max(0.0, soonest - monotonic()))

    @staticmethod
    def _do(duty: Duty) -> None:
        try:
            duty.do()
        except Exception:  # noqa: BLE001
            # A store that others hold, a full disk: the next time may be better.
            _LOG.exception("duty %s", duty.name)
        duty.next = monotonic() + duty.every_s


def _changed(node: Node) -> int:
    """Return when the file of the list of nodes was last changed, 0 where there is none."""
    try:
        return (node.folder / TRUST).stat().st_mtime_ns
    except OSError:
        return 0
