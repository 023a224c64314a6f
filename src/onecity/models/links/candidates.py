"""Zones, groups and candidates as the user gives them, checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError
from onecity.network import UNREACHABLE
from onecity.network.graph import node_ids

from .kernel import Counts
from .ways import Nodes

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Links that could be built.

    Attributes
    ----------
    tail, head : int32 (L,)
    ms : int64 (L,)
        Times in milliseconds.
    both_ways : bool (L,)
        Which can be travelled from head to tail too.
    """

    tail: Nodes
    head: Nodes
    ms: Counts
    both_ways: Booleans

    def __len__(self) -> int:
        return len(self.tail)

    def at(self, rows: Counts) -> "Candidates":
        """Return some of them."""
        return Candidates(self.tail[rows], self.head[rows], self.ms[rows], self.both_ways[rows])


def checked_candidates(
    tail: ArrayLike, head: ArrayLike, seconds: ArrayLike, both_ways: ArrayLike, n: int
) -> Candidates:
    """Return candidates, or say which is wrong; `n` is the number of nodes.

    Raises
    ------
    InputError
        See `scan`.
    """
    tails, heads = node_ids(tail, n, "tail"), node_ids(head, n, "head")
    try:
        given = np.atleast_1d(np.asarray(seconds, np.float64))
    except (TypeError, ValueError) as error:
        raise InputError("models.link_times_not_numbers", given=str(error)) from error
    if not tails.shape == heads.shape == given.shape:
        raise InputError(
            "models.link_shapes", tails=len(tails), heads=len(heads), times=given.shape
        )
    if (row := _first(tails == heads)) is not None:
        raise InputError("models.link_same_node", row=row, node=int(tails[row]))
    with np.errstate(invalid="ignore"):
        ms = np.rint(given * 1000.0)
        fits = (ms < UNREACHABLE) & (given >= 0)
    if (row := _first(~fits)) is not None:
        raise InputError("models.link_time", row=row, given=float(given[row]))
    ways = np.asarray(both_ways)
    if ways.dtype != np.bool_ or ways.shape not in {(), tails.shape}:
        raise InputError(
            "models.both_ways", given=ways.dtype.name, shape=ways.shape, links=len(tails)
        )
    return Candidates(
        tails, heads, ms.astype(np.int64), np.broadcast_to(ways, tails.shape).copy()
    )  # fmt: skip


def checked_zones(zones: ArrayLike, n: int) -> Nodes:
    """Return the node of each zone; there is at least one."""
    nodes = node_ids(zones, n, "zones")
    if not len(nodes):
        raise InputError("models.no_zones")
    return nodes


def checked_groups(groups: ArrayLike | None, zones: int) -> tuple[NDArray[Any] | None, Counts]:
    """Return the names of the groups and the group of each zone; no names if none are wanted.

    Raises
    ------
    InputError
        Not one group for each zone, or a zone without one.
    """
    if groups is None:
        return None, np.zeros(zones, np.int64)
    labels = np.asarray(groups)
    if labels.shape != (zones,):
        raise InputError("models.groups_shape", given=labels.shape, zones=zones)
    # What is not equal to itself is missing: NaN, NaT.
    listed = labels.tolist()
    missing = np.array([name is None or name != name for name in listed], np.bool_)  # noqa: PLR0124
    if (row := _first(missing)) is not None:
        raise InputError("models.group_missing", row=row)
    try:
        names, group = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise InputError("models.groups_mixed", given=str(error)) from error
    return names, group.astype(np.int64)


def _first(wrong: Booleans) -> int | None:
    return int(np.argmax(wrong)) if wrong.any() else None
