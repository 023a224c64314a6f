"""Sending what waits in the outbox: for ever, until it arrives.

Each other node has a thread of its own: one that is down, or slow, holds up nobody else. A thread
is woken by `Mail.wake` after a commit, and looks besides by itself from time to time, because
another process may have left something.
"""

import logging
import threading
from time import monotonic

from . import outbox
from .line import Line
from .mail import Mail
from .platform_line import PlatformLine
from .sent import Went

_LOG = logging.getLogger(__name__)
LOOK_S = 2.0
"""Seconds after which a thread looks into the outbox without being woken."""
STOP_S = 1.0
"""Seconds that stopping waits for requests under way; whoever waits longer is left behind."""


class Sending:
    """The threads that send: one for each other node, begun when there is something for it."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._threads: dict[str, _Thread] = {}
        self._lock = threading.Lock()
        self._stopped = False
        self._knocking: threading.Thread | None = None

    def start(self) -> None:
        """Begin: what waits since before is sent now, and other nodes learn that this one is up."""
        self._stopped = False
        self._mail.on_wake(self.wake, self.heard)
        self.look()
        self._knocking = threading.Thread(target=self._knock, name="hall-mail-knock", daemon=True)
        self._knocking.start()

    def _knock(self) -> None:
        """Tell every other node once that this one is there: they may have been waiting for it."""
        node = self._mail.node
        for peer in node.trust.standing(node.office.clock()):
            if self._stopped:
                return
            if peer.code != self._mail.node.code:
                line = Line(self._mail, peer.code)
                line.knock()
                line.close()

    def look(self) -> None:
        """Wake the threads of all nodes for which something waits."""
        with self._mail.node.reading() as connection:
            waited_for = outbox.peers_waited_for(connection)
        for peer in waited_for:
            self.wake(peer)

    def wake(self, peer: str) -> None:
        """Let what waits for a node be sent now."""
        with self._lock:
            if self._stopped:
                return
            thread = self._threads.get(peer)
            if thread is None:
                thread = self._threads[peer] = _Thread(self._line(peer))
                thread.start()
        thread.wake()

    def heard(self, peer: str) -> None:
        """Try again now if a node was waited for that has just been heard of."""
        thread = self._threads.get(peer)
        if thread is not None:
            thread.hurry()

    def _line(self, peer: str) -> Line | PlatformLine:
        platform = self._mail.platforms.get(peer)
        return Line(self._mail, peer) if platform is None else PlatformLine(self._mail, platform)

    def stop(self) -> None:
        """End: what is under way is waited for a moment, what waits stays in the outbox.

        Afterwards no thread of it touches the store, whatever it still waits for.
        """
        self._mail.on_wake(None)
        with self._lock:
            self._stopped = True
            threads, self._threads = list(self._threads.values()), {}
        for one in threads:
            one.end()
        until = monotonic() + STOP_S
        for one in threads:
            one.join(max(0.0, until - monotonic()))
            one.leave()
        if self._knocking is not None:  # knocking keeps nothing
            self._knocking.join(max(0.0, until - monotonic()))


class _Thread(threading.Thread):
    """Sends to one node until it is ended."""

    def __init__(self, line: Line | PlatformLine) -> None:
        super().__init__(name=f"hall-mail-{line.peer}", daemon=True)
        self._line = line
        self._woken, self._rested = threading.Event(), threading.Event()
        self._ended = threading.Event()

    def wake(self) -> None:
        """Look into the outbox now, unless the node is being waited for."""
        self._woken.set()

    def hurry(self) -> None:
        """Wait no longer for the node."""
        self._rested.set()
        self._woken.set()

    def end(self) -> None:
        """Stop after what is under way."""
        self._ended.set()
        self.hurry()

    def leave(self) -> None:
        """Let it keep nothing more of what it waits for."""
        self._line.leaving.leave()

    def run(self) -> None:
        """Send, wait, send."""
        while not self._ended.is_set():
            self._woken.clear()
            self._rested.clear()
            if self._ended.is_set():  # just before that
                break
            went = self._once()
            if went is Went.FAILED:
                self._rested.wait(self._line.wait())
            elif went is not Went.SETTLED:
                self._woken.wait(LOOK_S)
        self._line.close()

    def _once(self) -> Went:
        try:
            return self._line.send().went
        except Exception:  # noqa: BLE001
            if self._ended.is_set():  # the node is being closed: it was left behind
                return Went.NOTHING
            # A full disk, a store that others hold: it may be better in a moment.
            _LOG.exception("sending to %s", self._line.peer)
            self._rested.wait(LOOK_S)
            return Went.HELD
