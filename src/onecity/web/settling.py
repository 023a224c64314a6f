"""What a crash left half-way: the trail says it would be done, and nothing says that it was.

Every change of a file stands between two entries. Where the second is missing, the files tell
whether the change was made; what they cannot tell stays open, and the log says so.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from onecity.core.errors import OneCityError
from onecity.identity import Actor, Entry
from onecity.programme.shelf import version

from .desk import Desk

LOG = logging.getLogger("onecity.web")
NOTE = "settled at start"
Known = Callable[[Desk, Entry], bool]


def settle(desk: Desk) -> None:
    """Close the entries that a crash left open."""
    if not desk.has_office:
        return
    for entry in desk.office.trail.unfinished():
        known = _KNOWN.get(entry.action)
        if known is None:
            LOG.warning("trail %s: %s %s is open", entry.id, entry.action, entry.target)
            continue
        try:
            done = known(desk, entry)
        except OneCityError as error:
            LOG.warning("trail %s: %s", entry.id, error)
            continue
        after = entry.after if done else None
        desk.office.settle(entry, Actor.console(), done=done, after=after, note=NOTE)


def _accepted(desk: Desk, entry: Entry) -> bool:
    """Whether a version was made from the one that the entry names, since then."""
    history = {one.number: one for one in desk.versions.history}
    return any(
        one.parent is not None
        and history[one.parent].hash == _value(entry.before, "hash")
        and one.when >= entry.time
        for one in history.values()
    )


def _moved(desk: Desk, entry: Entry) -> bool:
    """Whether another version is current than the one that the entry names."""
    return bool(desk.versions.head.hash != _value(entry.before, "hash"))


def _kept(desk: Desk, entry: Entry) -> bool:
    """Whether the scenario is there as the entry says it would be."""
    kept = {one.key: one for one in desk.shelf.listing().scenarios}
    one = kept.get(entry.target)
    return one is not None and version(one) == _value(entry.after, "version")


def _gone(desk: Desk, entry: Entry) -> bool:
    """Whether the scenario is no longer there."""
    return all(one.key != entry.target for one in desk.shelf.listing().scenarios)


def _dropped(desk: Desk, entry: Entry) -> bool:
    """Whether the workbook is no longer there."""
    return not desk.intakes.has(entry.target)


def _value(told: Any, name: str) -> Any:
    return told.get(name) if isinstance(told, Mapping) else None


_KNOWN: Mapping[str, Known] = {
    "data.accepted": _accepted,
    "data.undone": _moved,
    "data.redone": _moved,
    "data.dropped": _dropped,
    "scenario.saved": _kept,
    "scenario.changed": _kept,
    "scenario.deleted": _gone,
}
