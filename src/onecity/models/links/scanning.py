"""Scan every candidate link exactly, in bounded memory, on as many threads as wished."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import RangeError
from onecity.core.progress import SILENCE, Progress
from onecity.network import Network
from onecity.network.threads import in_order, thread_count
from onecity.network.tiles import MEMORY_LIMIT

from .blocks import gathered, largest
from .candidates import Candidates, checked_candidates, checked_groups, checked_zones
from .demand import Demand, Gravity, checked_demand
from .kernel import (
    FAR,
    Blocks,
    Counts,
    Directed,
    Ends,
    Reals,
    Sums,
    Tile,
    add_each,
    add_gains,
    apart,
    closed,
    demand_ms,
    sums_of,
)
from .ways import Nodes, Ways

#: Bytes a pair of a tile takes while its demand is made: times, demand, and what a deterrence
#: needs on the way.
_PAIR_BYTES = 40
#: Links of one task, and the bytes their lists of destinations may take.
_TASK_LINKS = 256
_TASK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class LinkScan:
    """What every candidate gives if it alone is built.

    Attributes
    ----------
    benefit : float64 (L,)
        Time saved, demand times seconds, over pairs of zones that a path joined before.
    newly_reached : float64 (L,)
        Demand of pairs that no path joined before and the link joins. It saves no time that
        can be told, so it is never part of `benefit`. Of a `Gravity`, the demand at the time
        with the link.
    new_pairs : int64 (L,)
        Number of these pairs, whatever their demand.
    groups : (G,) or None
        The groups, ascending; None if none were asked for.
    by_origin, by_destination : float64 (L, G) or None
        `benefit` by group of the zone where trips begin, and where they end; each adds up to
        `benefit` along a row.
    total_seconds : float
        Demand times seconds of all joined pairs before: `benefit` as a share of it is how much
        of all travel time is saved.
    """

    benefit: Reals
    newly_reached: Reals
    new_pairs: Counts
    groups: NDArray[np.generic] | None
    by_origin: Reals | None
    by_destination: Reals | None
    total_seconds: float

    @property
    def by_group(self) -> Reals | None:
        """`benefit` by group, half of a trip's gain to where it begins and half to its end."""
        if self.by_origin is None or self.by_destination is None:
            return None
        return 0.5 * (self.by_origin + self.by_destination)


@dataclass(frozen=True, slots=True)
class Task:
    """A scan without its candidates: the same for all rounds of a choice.

    Attributes
    ----------
    ways
        The network with what is built on it.
    zones : int32 (Z,)
        Node of each zone, group by group, and neighbours together.
    demand
        In the same order.
    blocks
        Of these zones.
    names : (G,) or None
        The groups.
    memory_limit
        Bytes for tiles and rows.
    progress
        Told of every tile.
    """

    ways: Ways
    zones: Nodes
    demand: Demand
    blocks: Blocks
    names: NDArray[np.generic] | None
    memory_limit: int
    progress: Progress

    @classmethod
    def of(
        cls,
        network: Network,
        zones: ArrayLike,
        demand: ArrayLike | Gravity,
        groups: ArrayLike | None,
        threads: int | None,
        memory_limit: int,
        progress: Progress,
    ) -> "Task":
        """Return the task with everything checked."""
        nodes = checked_zones(zones, network.n)
        names, group = checked_groups(groups, len(nodes))
        rows, _ = _sizes(len(nodes), memory_limit)
        ways = Ways.on(network, thread_count(threads))
        order, blocks = gathered(ways, nodes, group, rows)
        blocks = blocks._replace(groups=0 if names is None else len(names))
        flows = checked_demand(demand, len(nodes), order)
        return cls(ways, nodes[order], flows, blocks, names, memory_limit, progress)


def scan(
    network: Network,
    zones: ArrayLike,
    demand: ArrayLike | Gravity,
    tail: ArrayLike,
    head: ArrayLike,
    seconds: ArrayLike,
    *,
    both_ways: ArrayLike = True,
    groups: ArrayLike | None = None,
    threads: int | None = None,
    memory_limit: int = MEMORY_LIMIT,
    progress: Progress = SILENCE,
) -> LinkScan:
    """Return what each candidate link gives if it alone is built: B of the package's docstring.

    Exact: times are whole milliseconds, and every pair of zones that can gain is looked at.

    Parameters
    ----------
    network
        The network before.
    zones
        Node of each zone, shape (Z,); several zones may share a node.
    demand
        Demand from zone to zone, shape (Z, Z), finite and not negative; or a `Gravity`.
    tail, head
        Nodes the candidates join, shape (L,).
    seconds
        Their times, shape (L,), 0 or more, rounded to milliseconds as arcs are.
    both_ways
        Whether a candidate can be travelled in both directions: one answer for all, or (L,).
    groups
        Group of each zone, shape (Z,), names or numbers; None if the gain by group is not
        wanted.
    threads
        How many; None for one on each processor. The result is the same for any number, to
        the last bit.
    memory_limit
        Bytes for times and demand: a quarter for a tile of origins by all zones (40 bytes a
        pair while made, 12 once made), half for times between zones and link ends (8 bytes a
        pair). When candidates have more ends than fit, they come in batches, and tiles are
        made anew for each. Beside it each thread uses up to 32 MB (or eight links' lists, 8
        bytes a zone, if that is more) and what the network's sweeps need; the result takes 40
        bytes for each candidate and direction, and 32 more for each group.
    progress
        Told of every tile.

    Raises
    ------
    InputError
        Nodes that do not exist; a candidate that begins where it ends; a time that is negative,
        missing, infinite or 24.8 days or more; bad demand, or none above zero; arrays that do
        not fit one another.
    RangeError
        `memory_limit` does not hold one origin or one candidate; paths of 24.8 days or more;
        demand times milliseconds beyond float64.
    """
    task = Task.of(network, zones, demand, groups, threads, memory_limit, progress)
    links = checked_candidates(tail, head, seconds, both_ways, network.n)
    return scan_task(task, links)


def scan_task(task: Task, links: Candidates) -> LinkScan:
    """Return what each candidate adds to what is built already; see `scan`."""
    rows, ends_at_once = _sizes(len(task.zones), task.memory_limit)
    batches = _batches(task, links, ends_at_once)
    spans = _tiles(task.blocks, rows)
    task.progress.stage("models.scanning_links", len(batches) * len(spans))
    parts = []
    for number, batch in enumerate(batches):
        directed, owner, ends = _directed(task, links, batch)
        sums = sums_of(len(owner), task.blocks.groups)
        totals = []
        for span in spans:
            tile, before = _tile(task, *span)
            if number == 0:
                totals.append(demand_ms(tile.times, tile.demand))
            _scan_tile(task, tile, before, directed, ends, sums)
            task.progress.advance()
        if number == 0:
            total_seconds = math.fsum(np.concatenate(totals)) / 1000.0
        parts.append(_folded(sums, owner, len(batch)))
    undone = np.argsort(np.concatenate(batches))
    gain, reached, pairs, origin, destination = (
        np.concatenate(same)[undone] for same in zip(*parts, strict=True)
    )
    grouped = task.names is not None
    return LinkScan(
        benefit=gain / 1000.0,
        newly_reached=reached,
        new_pairs=pairs,
        groups=task.names,
        by_origin=origin / 1000.0 if grouped else None,
        by_destination=destination / 1000.0 if grouped else None,
        total_seconds=total_seconds,
    )


def _sizes(zones: int, memory_limit: int) -> tuple[int, int]:
    """Return how many origins and how many link ends fit into memory at once."""
    least = min(largest(), zones)
    rows = memory_limit // 4 // (_PAIR_BYTES * zones)
    ends = memory_limit // 2 // (8 * zones)
    if rows < least or ends < 2:
        needed = 4 * _PAIR_BYTES * zones * least
        raise RangeError("models.scan_memory", needed=needed, limit=memory_limit)
    return min(rows, zones), ends


def _batches(task: Task, links: Candidates, most: int) -> list[Counts]:
    """Return rows of the candidates in batches with at most so many ends; one batch at least.

    Tiles are made anew for each batch, so neighbours, which have ends in common, go together.
    """
    position = task.ways.network.hierarchy.position
    order = np.lexsort((position[links.head], position[links.tail]))
    batches: list[list[int]] = [[]]
    ends: set[int] = set()
    for row, tail, head in zip(
        order.tolist(), links.tail[order].tolist(), links.head[order].tolist(), strict=True
    ):
        if len(ends) + (tail not in ends) + (head not in ends) > most:
            batches.append([])
            ends = set()
        batches[-1].append(row)
        ends.update((tail, head))
    return [np.array(batch, np.int64) for batch in batches]


def _tiles(blocks: Blocks, rows: int) -> list[tuple[int, int]]:
    """Return the first block of each tile and the one after its last: at most `rows` zones."""
    spans, start = [], 0
    while start < len(blocks.middle):
        stop = int(np.searchsorted(blocks.first, blocks.first[start] + rows, side="right")) - 1
        spans.append((start, stop))
        start = stop
    return spans


def _directed(task: Task, links: Candidates, batch: Counts) -> tuple[Directed, Counts, Ends]:
    """Return the directions of a batch of candidates, whose each is, and times of their ends.

    A candidate open both ways gains the sum of its directions, for no pair gains by both: from
    d_iu + w < d_iv (gain by u to v) and d_iv + w < d_iu (by v to u) follows 2w < 0; and where
    d_iv is infinite, nothing reaches the link at v. Nor does any quickest path use both
    directions: it would come back to where it was, and w >= 0.
    """
    tail, head, ms = links.tail[batch], links.head[batch], links.ms[batch]
    back = np.flatnonzero(links.both_ways[batch])
    owner = np.concatenate([np.arange(len(batch)), back])
    nodes, place = np.unique(np.concatenate([tail, head]), return_inverse=True)
    tails, heads = place[: len(batch)], place[len(batch) :]
    directed = Directed(
        np.concatenate([tails, heads[back]]),
        np.concatenate([heads, tails[back]]),
        np.concatenate([ms, ms[back]]),
    )
    ends = Ends(task.ways.from_each(task.zones, nodes), task.ways.to_each(nodes, task.zones))
    return directed, owner, ends


def _tile(task: Task, block: int, block_end: int) -> tuple[Tile, NDArray[np.bool_] | None]:
    """Return a tile of origins, and which of its pairs no path joined before anything was built.

    The second is None where all were joined.
    """
    first, middle = task.blocks.first, task.blocks.middle
    start = int(first[block])
    origins = task.zones[start : first[block_end]]
    times = task.ways.base(origins, task.zones)
    demand = task.demand.rows(start, times)
    far = apart(times)
    before = times == FAR if far.any() else None
    if task.ways.built:
        task.ways.improved(times, origins, task.zones)
        if before is not None:
            # Joined by what is built: counted there, and no time to save, as `together` has it.
            demand = np.where(before & (times != FAR), 0.0, demand)
            far = apart(times)
    to_middles = np.ascontiguousarray(times[:, middle])
    return Tile(start, block, block_end, times, demand, far, to_middles), before


def _scan_tile(
    task: Task,
    tile: Tile,
    before: NDArray[np.bool_] | None,
    directed: Directed,
    ends: Ends,
    sums: Sums,
) -> None:
    """Add the gains of a tile's origins, links shared out over threads."""
    size = min(_TASK_LINKS, max(8, _TASK_BYTES // (8 * len(task.zones))))
    links = len(directed.tail)
    spans = [(low, min(low + size, links)) for low in range(0, links, size)]

    def work(span: tuple[int, int], _: None) -> None:
        known = sums.pairs[span[0] : span[1]].copy()
        add_gains(tile, directed, *span, ends, task.blocks, sums)
        if before is not None:
            for link in span[0] + np.flatnonzero(sums.pairs[span[0] : span[1]] > known):
                _add_appearing(task, tile, directed, int(link), ends, sums)

    for _ in in_order(work, spans, lambda: None, task.ways.threads):
        pass


def _add_appearing(
    task: Task, tile: Tile, directed: Directed, link: int, ends: Ends, sums: Sums
) -> None:
    """Add demand of pairs a link newly joins that is known only from their new time."""
    access = ends.from_zones[directed.tail[link]][tile.start : tile.start + len(tile.times)]
    onward = ends.to_zones[directed.head[link]]
    origin = np.flatnonzero(tile.apart & (access != FAR))
    destination = np.flatnonzero(onward != FAR)
    for i in origin:
        reached = destination[tile.times[i, destination] == FAR]
        via = np.int64(access[i]) + directed.ms[link] + onward[reached]
        zone = np.full(len(reached), tile.start + i)
        appearing = task.demand.appearing(zone, reached, via)
        add_each(sums.reached[link], appearing)


def _folded(sums: Sums, owner: Counts, count: int) -> Iterator[NDArray[np.generic]]:
    """Yield the sums by candidate instead of by direction, shape (count, ...)."""
    for values in (
        closed(sums.gain), closed(sums.reached), sums.pairs, closed(sums.origin),
        closed(sums.destination),
    ):  # fmt: skip
        folded = values[:count].copy()
        folded[owner[count:]] += values[count:]
        yield folded
