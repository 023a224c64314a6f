"""Accounts that people make for themselves, where a node lets them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from onecity.core.words import say
from onecity.identity import Account, Actor, Grant, Limit, Limits, Office, Via
from onecity.identity.throttle import Attempt
from onecity.web.problems import RefusalError

if TYPE_CHECKING:
    from onecity.hall.node.node import Node

LIMIT = Limit(20, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=6))
"""Accounts that one address may make in a row before it has to wait."""
_SUBJECT = "registering:"


def register(node: "Node", name: str, password: str, *, title: str, address: str) -> Account:
    """Make the account of somebody who applies for themselves.

    Raises
    ------
    RefusalError
        The node lets nobody do so, or too many were made from this address.
    InputError
        The name is taken or not fit, or the password too weak.
    """
    if not node.config.registers:
        raise RefusalError(403, "web_hall.no_registering")
    _count(node.office, address)
    by = Actor(
        "self-registration",
        say("web_hall.registering", "zh"),
        None,
        None,
        (Grant("administrator"),),
        Via.LOCAL,
    )
    return node.office.accounts.add(
        name, title_zh=title, grants=(Grant("resident"),), password=password, by=by, address=address
    )


def _count(office: Office, address: str) -> None:
    """Count an attempt from an address; every one counts, whether an account is made or not."""
    limits = Attempt.of("", address or "-", Limits(address=LIMIT)).limits
    mine = Attempt(
        tuple((f"{_SUBJECT}{one.partition(':')[2]}", limit) for one, limit in limits[1:])
    )
    now = office.clock()
    with office.database.writing() as connection:
        wait = mine.wait(connection, now)
        if not wait:
            mine.count(connection, now)
    if wait:
        error = RefusalError(429, "web_hall.too_many_accounts", seconds=wait)
        error.headers["Retry-After"] = str(wait)
        raise error
