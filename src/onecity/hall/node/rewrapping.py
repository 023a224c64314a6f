"""Changing the master key of a node's vault, while the node goes on with its work."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onecity.identity import Actor

if TYPE_CHECKING:
    from .node import Node

ADDED, RETIRED = "vault.added", "vault.retired"
"""What the trail calls a new master key, and one that was destroyed."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What was done: the new master key, how many owners' keys it wraps now, which are gone."""

    added: str | None
    keys: int
    retired: tuple[str, ...]


def rewrap(node: "Node", by: Actor, *, address: str = "", add: bool = True) -> Rewrapped:
    """Make a new master key, wrap every owner's key with it, and destroy older ones.

    A master key is destroyed a day after the next was made at the earliest (see `Vault.retire`):
    the one that is replaced now goes when this is done the next time. What was interrupted is
    taken up again.

    Parameters
    ----------
    node
        Whose vault.
    by, address
        Whom the trail names.
    add
        Whether a new key is made; without, only what is left over is done.

    Raises
    ------
    StoreError
        A key or the store cannot be written.
    """
    added, count = None, 0
    if add:
        with node.writing(by, address) as write:
            added = node.vault.add_master()
            write.tell(ADDED, "keys", added)
    while True:
        with node.writing(by, address) as write:
            done = node.vault.rewrap(write.connection)
        if not done:
            break
        count += done
    with node.writing(by, address) as write:
        retired = node.vault.retire(write.connection)
        for name in retired:
            write.tell(RETIRED, "keys", name)
    return Rewrapped(added, count, retired)
