"""The partition that flows themselves would draw: communities of the highest modularity found.

The Leiden algorithm (Traag, Waltman & van Eck 2019): zones move to the neighbouring community
that gains most, visited again when a neighbour moved; each community is refined into
well-connected parts, built up from single zones; the parts become the nodes of the next level,
which begin in the communities found. It is repeated from its own result until nothing is gained.
Refinement takes the best part rather than drawing one. Every community hangs together.

No algorithm promises the highest modularity (Brandes et al. 2008: the problem is NP-hard): the best
of several random orders is kept. Draws come from a generator of its own with a given seed, so
that the same flows have the same communities everywhere.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from onecity.core.errors import InputError
from onecity.models.effects import Rows

from .containment import modularity

#: A gain below this share of all flows is rounding.
_GAIN = 1e-12
_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Communities:
    """A partition beside the best one found.

    Attributes
    ----------
    part : int64 (Z,)
        Community of each zone in the best partition, 0.. in the order of their first zones.
    best
        Its modularity (undirected).
    given
        Modularity of the partition in question.
    runs
        Random orders tried.
    reached
        How many of them reached the best.
    """

    part: Rows
    best: float
    given: float
    runs: int
    reached: int

    @property
    def ratio(self) -> float:
        """Modularity of the partition over the best; NaN where the best is none."""
        return self.given / self.best if self.best > _GAIN else float("nan")


def communities(
    flows: csr_array, part: ArrayLike, *, resolution: float = 1.0, runs: int = 10, seed: int = 0
) -> Communities:
    """Return the best partition found, and a given one beside it.

    Parameters
    ----------
    flows
        From `table.flow_matrix`; both directions count alike.
    part
        Part of each zone, such as its city, any labels, shape (Z,).
    resolution
        As in `modularity`.
    runs
        Random orders to try.
    seed
        Of them.

    Raises
    ------
    InputError
        A setting out of range.
    """
    for what, value, good in (
        ("runs", runs, runs >= 1),
        ("resolution", resolution, resolution > 0),
    ):
        if not good:
            raise InputError("border.setting", what=what, given=value)
    graph = csr_array(flows + flows.T)
    found = [_leiden(graph, resolution, np.random.default_rng([seed, run])) for run in range(runs)]
    values = [modularity(flows, one, resolution=resolution) for one in found]
    best = int(np.argmax(values))
    return Communities(
        part=found[best],
        best=values[best],
        given=modularity(flows, part, resolution=resolution),
        runs=runs,
        reached=sum(value >= values[best] - 1e-9 for value in values),
    )


def _leiden(graph: csr_array, resolution: float, rng: np.random.Generator) -> Rows:
    """Return communities of an undirected graph, from single zones."""
    part = np.arange(graph.shape[0])
    height = -np.inf
    while True:
        part = _once(graph, part, resolution, rng)
        now = modularity(graph, part, resolution=resolution)
        if now <= height + _GAIN:
            return part
        height = now


def _once(graph: csr_array, part: Rows, resolution: float, rng: np.random.Generator) -> Rows:
    """Return communities after one pass up through all levels."""
    level, where, part = graph, np.arange(graph.shape[0]), part.copy()
    for _ in range(_LEVELS):
        arrays = level.indptr.astype(np.int64), level.indices.astype(np.int64), level.data
        strength = np.asarray(level.sum(axis=1), np.float64)
        total = float(strength.sum())
        _move(*arrays, strength, total, resolution, part, rng.permutation(len(part)))
        part = _numbered(part)
        if int(part.max()) + 1 == len(part):
            break
        fine = _numbered(
            _refine(*arrays, strength, total, resolution, part, rng.permutation(len(part)))
        )
        # Where nothing could be refined, whole communities are the next nodes.
        fine = part if int(fine.max()) + 1 == len(part) else fine
        count = int(fine.max()) + 1
        member = csr_array((np.ones(len(fine)), (fine, np.arange(len(fine)))), (count, len(fine)))
        level = csr_array(member @ level @ member.T)
        above = np.empty(count, np.int64)
        above[fine] = part
        where, part = fine[where], above
    return _numbered(part[where])


def _numbered(part: Rows) -> Rows:
    """Return communities numbered in the order of their first members."""
    _, first, places = np.unique(part, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[places], np.int64)


@njit(cache=True, nogil=True)
def _move(
    first: Any,
    node: Any,
    weight: Any,
    strength: Any,
    total: Any,
    resolution: Any,
    part: Any,
    order: Any,
) -> None:
    """Move nodes between communities, in place, until none gains."""
    n = len(part)
    sums, size = np.zeros(n), np.zeros(n, np.int64)
    for v in range(n):
        sums[part[v]] += strength[v]
        size[part[v]] += 1
    links = np.zeros(n)
    queue, waiting = order.copy(), np.ones(n, np.bool_)
    head, left = 0, n
    while left > 0:
        v = queue[head]
        head, left = (head + 1) % n, left - 1
        waiting[v] = False
        own = part[v]
        for p in range(first[v], first[v + 1]):
            if node[p] != v:
                links[part[node[p]]] += weight[p]
        sums[own] -= strength[v]
        size[own] -= 1
        pull = resolution * strength[v] / total
        best, most = own, links[own] - pull * sums[own]
        for p in range(first[v], first[v + 1]):
            c = part[node[p]]
            gain = links[c] - pull * sums[c]
            if node[p] != v and gain > most + _GAIN * total:
                best, most = c, gain
        if most < -_GAIN * total:
            # Better alone: an empty community is at hand, since v has left its own.
            for c in range(n):
                if size[c] == 0:
                    best = c
                    break
        for p in range(first[v], first[v + 1]):
            links[part[node[p]]] = 0.0
        part[v] = best
        sums[best] += strength[v]
        size[best] += 1
        if best != own:
            for p in range(first[v], first[v + 1]):
                u = node[p]
                if part[u] != best and not waiting[u]:
                    queue[(head + left) % n] = u
                    waiting[u] = True
                    left += 1


@njit(cache=True, nogil=True)
def _refine(
    first: Any,
    node: Any,
    weight: Any,
    strength: Any,
    total: Any,
    resolution: Any,
    part: Any,
    order: Any,
) -> Any:
    """Return well-connected parts of each community, built up from single nodes."""
    n = len(part)
    fine = np.arange(n)
    whole, sums, size = np.zeros(n), strength.copy(), np.ones(n, np.int64)
    outward = np.zeros(n)  # links of each part with the rest of its community
    for v in range(n):
        whole[part[v]] += strength[v]
        for p in range(first[v], first[v + 1]):
            if node[p] != v and part[node[p]] == part[v]:
                outward[v] += weight[p]
    links = np.zeros(n)
    for v in order:
        own, share = fine[v], resolution * strength[v] / total
        if size[own] != 1 or outward[own] < share * (whole[part[v]] - strength[v]):
            continue
        for p in range(first[v], first[v + 1]):
            if node[p] != v and part[node[p]] == part[v]:
                links[fine[node[p]]] += weight[p]
        best, most = own, 0.0
        for p in range(first[v], first[v + 1]):
            r = fine[node[p]]
            if node[p] == v or part[node[p]] != part[v] or r == own:
                continue
            apart = resolution * sums[r] * (whole[part[v]] - sums[r]) / total
            gain = links[r] - share * sums[r]
            if outward[r] >= apart and gain > most + _GAIN * total:
                best, most = r, gain
        if best != own:
            outward[best] += outward[own] - 2 * links[best]
            sums[best] += strength[v]
            size[best] += 1
            size[own], sums[own], fine[v] = 0, 0.0, best
        for p in range(first[v], first[v + 1]):
            links[fine[node[p]]] = 0.0
    return fine
