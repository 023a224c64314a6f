"""A node within a service: opened when it is needed, run as long as the service runs.

The shared services are an extra: nothing of a node is imported before a service holds one.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from onecity.core.extras import needing
from onecity.identity import Office, Rules
from onecity.identity.clock import Clock
from onecity.identity.parts import Part

if TYPE_CHECKING:
    from onecity.hall.node.node import Node
    from onecity.hall.node.running import Running


class HallService:
    """The node in a folder. Any thread may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._node: Node | None = None
        self._running: Running | None = None

    def rules(self, rules: Rules) -> Rules:
        """Return rules with those of the shared services."""
        with needing("hall"):
            from onecity.hall.node.rights import RULES_OF  # noqa: PLC0415
        return RULES_OF(rules)

    def parts(self) -> tuple[Part, ...]:
        """Return what the node keeps in the service's store."""
        with needing("hall"):
            from onecity.hall.node.schema import HALL  # noqa: PLC0415
        return (HALL,)

    def node(self, office: Office, clock: Clock) -> "Node":
        """Return the node, opened by whoever asks first.

        Raises
        ------
        MissingError, InputError, StoreError
            What it needs is not installed, or its folder is not as it has to be.
        """
        with self._lock:
            if self._node is None:
                with needing("hall"):
                    from onecity.hall.node.node import Node  # noqa: PLC0415
                self._node = Node.open(self._folder, office=office, clock=clock)
            return self._node

    def start(self, office: Office, clock: Clock) -> None:
        """Let it begin to send, to seal and to keep deadlines."""
        node = self.node(office, clock)
        with needing("hall"):
            from onecity.hall.node.running import Running  # noqa: PLC0415
        self._running = Running(node)
        self._running.start()

    def stop(self) -> None:
        """Let it end what it does by itself."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()
