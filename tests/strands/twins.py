"""Slow and obvious: travel on a region, read row by row from its tables."""

import heapq
from collections import defaultdict
from math import inf

import numpy as np

from onecity.region.store import Region

Node = int | str
Arc = tuple[Node, Node, int, float]


def arcs_of(region: Region, factor: float = 1.0) -> list[Arc]:
    """Return tail, head, milliseconds and km of all open arcs; zones are named by their id."""
    arcs: list[Arc] = []

    def add(tail: Node, head: Node, seconds: float, km: float) -> None:
        if not np.isnan(seconds):
            arcs.append((tail, head, int(np.rint(seconds / factor * 1000)), km))

    for row in region.table("road_edges").to_dict("records"):
        add(row["tail"], row["head"], row["seconds_forward"], row["km"])
        add(row["head"], row["tail"], row["seconds_backward"], row["km"])
    for row in region.table("connectors").to_dict("records"):
        add(row["zone"], row["node"], row["seconds"], row["km"])
        add(row["node"], row["zone"], row["seconds"], row["km"])
    if region.has("local_links"):
        for row in region.table("local_links").to_dict("records"):
            add(row["zone_a"], row["zone_b"], row["seconds"], row["km"])
            add(row["zone_b"], row["zone_a"], row["seconds"], row["km"])
    return arcs


def search(arcs: list[Arc], source: Node) -> tuple[dict[Node, int], dict[Node, float]]:
    """Return by Dijkstra the milliseconds to each node reached, and the km of that way.

    Of parallel arcs the quickest counts, of equally quick ones the shortest.
    """
    out: dict[Node, list[tuple[int, float, Node]]] = defaultdict(list)
    for tail, head, time, km in arcs:
        out[tail].append((time, km, head))
    best: dict[Node, int] = {}
    length: dict[Node, float] = {}
    heap: list[tuple[int, float, int, Node]] = [(0, 0.0, 0, source)]
    count = 0
    while heap:
        time, km, _, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node], length[node] = time, km
        for step, more, head in out[node]:
            if head not in best:
                count += 1
                heapq.heappush(heap, (time + step, km + more, count, head))
    return best, length


def seconds_between_zones(region: Region, factor: float = 1.0) -> np.ndarray:
    """Return seconds between all zones, +inf where there is no way."""
    arcs, zones = arcs_of(region, factor), list(region.table("zones")["zone"])
    rows = []
    for zone in zones:
        reached = search(arcs, zone)[0]
        rows.append([reached.get(other, inf) / 1000 for other in zones])
    return np.array(rows)
