"""Who may apply, for whom, and whose a draft or case is."""

from typing import TYPE_CHECKING

from onecity.hall.node.rights import APPLY, WINDOW
from onecity.identity import Actor

if TYPE_CHECKING:
    from onecity.hall.node.node import Node


def require(node: "Node", by: Actor, permission: str) -> None:
    """Do nothing if somebody may do something here: everywhere, or in a city that is served.

    Raises
    ------
    ForbiddenError
        They may not; the sentence names the permission.
    """
    rules = node.office.rules
    cities = rules.cities(by, permission)
    if cities is not None and cities.isdisjoint(node.config.cities):
        rules.require(by, permission)


def require_either(node: "Node", by: Actor) -> bool:
    """Return whether somebody works at a window; who does not must at least be able to apply.

    Raises
    ------
    ForbiddenError
        They can do neither.
    """
    cities = node.office.rules.cities(by, WINDOW)
    if cities is None or not cities.isdisjoint(node.config.cities):
        return True
    require(node, by, APPLY)
    return False


def require_to_apply(node: "Node", by: Actor, *, window: bool) -> None:
    """Do nothing if somebody may apply, at a window for somebody else.

    Raises
    ------
    ForbiddenError
        They may not.
    """
    if window:
        require(node, by, WINDOW)
    else:
        require_either(node, by)
