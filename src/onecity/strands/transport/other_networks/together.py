"""What one network loses with another: lines side by side, shared nodes, and what lines need.

An edge of A takes with it the edges of B that run beside it, most of their course no farther from
it than ``network_beside_m``: one bridge, one trench, one flood. It takes the lines that are said
to need it. Where two kinds name the same nodes, what stands at a node that A cuts off fails too.
See `onecity.models.cuts.coupling` for what the figure is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from onecity.models.cuts import Coupling, Layer, coupling_of
from onecity.strands.units import Rows

from .kinds import Kind

MOST = 0.5
"""Share of an edge's course that has to run beside another for the two to be side by side."""
_METRES_PER_DEGREE = 111_200.0


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """What network `b` loses by the edges of network `a`.

    Attributes
    ----------
    a, b
        The networks.
    found
        What each edge of `a` takes with it.
    named
        Whether they share nodes by name, so that nodes of `b` need those of `a`.
    """

    a: Kind
    b: Kind
    found: Coupling
    named: bool

    @property
    def worst(self) -> int:
        """The edge of `a` that takes most with it, of equal ones the first."""
        return int(np.nanargmax(self.found.share))


def couplings(kinds: Sequence[Kind], beside_m: float) -> list[Together]:
    """Return the couplings of each network to each other one, the tightest first."""
    made = [
        one
        for a in kinds
        for b in kinds
        if a is not b and len(a) and (one := _coupled(a, b, beside_m)) is not None
    ]
    made.sort(key=lambda one: (-one.found.figure, one.a.key, one.b.key))
    return made


def _coupled(a: Kind, b: Kind, beside_m: float) -> Together | None:
    rows, other = _beside(a, b, beside_m)
    number = {line: row for row, line in enumerate(a.line)} if a.table == "lines" else {}
    needed = [
        (row, number[one]) for row, needs in enumerate(b.needs) for one in needs if one in number
    ]
    lost_b = np.concatenate([other, np.array([one for one, _ in needed], np.int64)])
    lost_a = np.concatenate([rows, np.array([one for _, one in needed], np.int64)])
    places = {str(name): row for row, name in enumerate(a.nodes) if a.named[row]}
    at = [
        places.get(str(name), -1) if own else -1 for name, own in zip(b.nodes, b.named, strict=True)
    ]
    shared = max(at, default=-1) >= 0
    layers = (
        Layer.of(a.tail, a.head, np.arange(len(a.nodes)) if shared else np.full(len(a.nodes), -1)),
        Layer.of(b.tail, b.head, np.array(at, np.int64)),
    )
    found = coupling_of(*layers, needs=(lost_b, lost_a), at_nodes=shared)
    if not found.pairs:
        return None
    return Together(a, b, found, shared)


def _beside(a: Kind, b: Kind, beside_m: float) -> tuple[Rows, Rows]:
    """Return edges of A and of B that run side by side, pair by pair."""
    course_a, course_b = _flat(a.course, a.course), _flat(b.course, a.course)
    row, other = STRtree(course_b).query(course_a, predicate="dwithin", distance=beside_m)
    near, at = np.unique(row, return_inverse=True)
    around = shapely.buffer(course_a[near], beside_m)
    within = shapely.length(shapely.intersection(around[at], course_b[other]))
    whole = shapely.length(course_b[other])
    kept = (whole > 0) & (within >= MOST * whole)
    return row[kept].astype(np.int64), other[kept].astype(np.int64)


def _flat(courses: NDArray[Any], middle_of: NDArray[Any]) -> NDArray[Any]:
    """Return courses in metres, true in scale near the middle of some others."""
    _, south, _, north = shapely.total_bounds(middle_of)
    scale = np.array([np.cos(np.radians((south + north) / 2)), 1.0]) * _METRES_PER_DEGREE
    flat: NDArray[Any] = shapely.transform(courses, lambda spots: spots * scale)
    return flat
