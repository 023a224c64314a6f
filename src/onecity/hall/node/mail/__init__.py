"""Messages between nodes: nothing lost, nothing doubled, in order for each case."""

from .mail import Mail, Reply, actor_of
from .outbox import Peer
from .packets import PATH
from .received import Handler, NotYetError, OnRefused, Received, Refused
from .turns import Outcome, State

__all__ = [
    "PATH",
    "Handler",
    "Mail",
    "NotYetError",
    "OnRefused",
    "Outcome",
    "Peer",
    "Received",
    "Refused",
    "Reply",
    "State",
    "actor_of",
]
