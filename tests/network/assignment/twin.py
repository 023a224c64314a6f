"""Slow, obvious twins: every path by walking, and the method of Frank and Wolfe."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onecity.network.assignment import Delays, Demand, Roads, bpr, conical

Reals = NDArray[np.float64]


def simple_paths(roads: Roads, start: int, end: int) -> list[list[int]]:
    """Return every path without repeated nodes, as arcs."""
    found: list[list[int]] = []

    def walk(node: int, seen: set[int], arcs: list[int]) -> None:
        if node == end:
            found.append(arcs)
            return
        if arcs and roads.ends_only[node]:
            return
        for arc in np.flatnonzero(roads.tail == node):
            to = int(roads.head[arc])
            if to not in seen:
                walk(to, seen | {to}, [*arcs, int(arc)])

    walk(start, {start}, [])
    return found


class Plan(NamedTuple):
    """What all classes want: class, all paths, and passenger car units of each pair."""

    wishes: list[tuple[int, list[list[int]], float]]
    extra: Reals
    lost: list[float]


def wishes(roads: Roads, demands: list[Demand]) -> Plan:
    """Return demand with every path that could serve it, and vehicles that none serves."""
    extra = np.array([np.broadcast_to(one.extra, roads.arcs) for one in demands], float)
    plan: list[tuple[int, list[list[int]], float]] = []
    lost = [0.0] * len(demands)
    for m, one in enumerate(demands):
        rows = zip(*map(np.asarray, (one.origin, one.destination, one.trips)), strict=True)
        for origin, destination, trips in rows:
            if trips == 0 or origin == destination:
                continue
            paths = [
                path
                for path in simple_paths(roads, int(origin), int(destination))
                if np.isfinite(extra[m, path]).all()
            ]
            if paths:
                plan.append((m, paths, float(trips) * one.size))
            else:
                lost[m] += float(trips)
    return Plan(plan, extra, lost)


def cheapest(plan: Plan, time: Reals) -> tuple[Reals, float]:
    """Return all-or-nothing flow (classes, arcs) at given times, and its cost."""
    volume = np.zeros_like(plan.extra)
    total = 0.0
    for m, paths, amount in plan.wishes:
        costs = [sum(time[a] + plan.extra[m, a] for a in path) for path in paths]
        best = int(np.argmin(costs))
        volume[m, paths[best]] += amount
        total += amount * costs[best]
    return volume, total


def cost_of(plan: Plan, volume: Reals, time: Reals) -> float:
    """Return the cost of flow (classes, arcs), passenger car units."""
    used = volume > 0
    return float((volume * time).sum() + (volume[used] * plan.extra[used]).sum())


def frank_wolfe(delays: Delays, plan: Plan, steps: int) -> tuple[float, float]:
    """Return the best objective and the best lower bound found."""
    volume, _ = cheapest(plan, delays.time(np.zeros(delays.arcs)))

    def objective(flows: Reals) -> float:
        fixed = cost_of(plan, flows, np.zeros(delays.arcs))
        return float(delays.integral(flows.sum(axis=0)).sum()) + fixed

    bound = -np.inf
    for _ in range(steps):
        time = delays.time(volume.sum(axis=0))
        target, least = cheapest(plan, time)
        bound = max(bound, objective(volume) + least - cost_of(plan, volume, time))
        low, high = 0.0, 1.0
        for _ in range(50):  # bisection on the slope along the way
            step = (low + high) / 2
            there = delays.time(((1 - step) * volume + step * target).sum(axis=0))
            if cost_of(plan, target, there) < cost_of(plan, volume, there):
                low = step
            else:
                high = step
        volume = (1 - low) * volume + low * target
    return objective(volume), bound


def random_case(seed: int) -> tuple[Roads, list[Demand]]:
    """Return a small network with everything awkward in it, and one to three classes."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    arcs = int(rng.integers(1, 15))
    tail, head = rng.integers(0, n, (2, arcs))
    free = rng.choice([0.0, 1.0, 2.5, 40.0], arcs) * rng.choice([1.0, rng.random()], arcs)
    capacity = rng.choice([0.5, 3.0, 1e4, np.inf], arcs)
    laws = bpr(free, capacity, rng.choice([0.0, 0.15, 2.0], arcs), rng.choice([0, 1, 1.7, 4], arcs))
    laws = laws.where(rng.random(arcs) < 0.6, conical(free, capacity, rng.choice([1.2, 4, 9])))
    ends_only = np.flatnonzero(rng.random(n) < 0.2)
    demands = []
    for name in ("car", "lorry", "bus")[: int(rng.integers(1, 4))]:
        rows = int(rng.integers(0, 6))
        extra = rng.choice([0.0, 0.0, 3.0, 0.7, np.inf], arcs, p=[0.4, 0.2, 0.15, 0.15, 0.1])
        trips = rng.choice([0.0, 0.1, 2.0, 8.0], rows)
        demands.append(
            Demand(
                rng.integers(0, n, rows),
                rng.integers(0, n, rows),
                trips,
                extra,
                float(rng.choice([1, 2.5])),
                name=name,
            )
        )
    return Roads.from_arcs(tail, head, laws, ends_only=ends_only, n=n), demands
