"""How people and nodes of which the records of a node say who they are, are called."""

from typing import TYPE_CHECKING

from onecity.core.errors import OneCityError

if TYPE_CHECKING:
    from .node import Node


def called(node: "Node", who: str) -> str:
    """Return how somebody of whom a node's records say `who` is called: accounts have names."""
    kind, _, code = who.partition(":")
    if kind == "node" and code:
        return node.title_of(code)["zh"]
    try:
        return node.office.accounts.get(who).title_zh or who
    except OneCityError:  # an account that is no more, or a word of the hall's own
        return who
