"""Slow, obvious twins of what the access package computes: dense matrices, sums written out."""

import math
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Matrix = NDArray[np.float64]


def weight(kind: str, minutes: float, limit: float) -> float:  # noqa: PLR0911 - one line a kind
    """Return the weight of one time; the numbers of each kind are those of the tests."""
    if not minutes <= limit:
        return 0.0
    if kind == "steps":
        return 1.0 if minutes <= 10 else 0.68 if minutes <= 20 else 0.22
    if kind == "linear":
        return float(1 - minutes / limit)
    if kind == "exponential":
        return math.exp(-0.07 * minutes)
    if kind == "gaussian":
        return math.exp(-(minutes**2) / (2 * 12.0**2))
    if kind == "power":
        return float((2.0 / max(minutes, 2.0)) ** 1.5)
    return float(np.interp(minutes, [5.0, 15.0, limit], [0.9, 0.5, 0.1]))


def fca(
    w: Matrix, right: Matrix, people: Matrix, capacity: Matrix, method: str
) -> tuple[Matrix, Matrix]:
    """Return access by zone and demand by facility, from weights and rights (Z, F)."""
    zones, facilities = w.shape
    w = w * (capacity > 0)
    e = w * right
    a, b = e.copy(), e.copy()
    for i in range(zones):
        for j in range(facilities):
            row, column = e[i].sum(), e[:, j].sum()
            if e[i, j] == 0:
                continue
            if method == "three-step":
                a[i, j] = b[i, j] = e[i, j] / row * e[i, j]
            elif method == "modified":
                b[i, j] = e[i, j] * w[i, j]
            elif method == "balanced":
                a[i, j], b[i, j] = e[i, j] / row, e[i, j] / column
    demand = np.array([sum(a[i, j] * people[i] for i in range(zones)) for j in range(facilities)])
    access = np.zeros(zones)
    for i in range(zones):
        for j in range(facilities):
            if method == "potential":
                access[i] += b[i, j] * capacity[j]
            elif demand[j] > 0:
                access[i] += b[i, j] * capacity[j] / demand[j]
    return access, demand


def gini(people: Matrix, value: Matrix) -> float:
    """Return half the mean difference of all pairs of people, over the mean."""
    total = people.sum()
    mean = (people * value).sum() / total
    gaps = sum(
        people[i] * people[k] * abs(value[i] - value[k])
        for i in range(len(people))
        for k in range(len(people))
    )
    return float(gaps / (2 * total**2 * mean))


def theil(people: Matrix, value: Matrix) -> float:
    """Return the mean of x log x, x the value over its mean."""
    mean = (people * value).sum() / people.sum()
    terms = [
        p / people.sum() * (v / mean) * math.log(v / mean)
        for p, v in zip(people, value, strict=True)
        if p > 0 and v > 0
    ]
    return float(sum(terms))


def worst_mean(people: Matrix, value: Matrix, share: float) -> float:
    """Return the mean value of the worst-off, one person after another (whole people)."""
    each = sorted(np.repeat(value, people.astype(int)))
    count = round(len(each) * share)
    return float(np.mean(each[:count]))


def best_sites(
    minutes: Matrix, weights: Matrix, existing: list[int], count: int, unserved: float
) -> tuple[float, tuple[int, ...]]:
    """Return the least sum of weight times minutes over all choices of sites."""
    others = [j for j in range(minutes.shape[1]) if j not in existing]
    found: tuple[float, tuple[int, ...]] = (math.inf, ())
    for chosen in combinations(others, min(count, len(others))):
        sites = [*existing, *chosen]
        total = sum(
            weights[i] * min([unserved, *(minutes[i, j] for j in sites)])
            for i in range(len(weights))
        )
        found = min(found, (total, tuple(sorted(sites))))
    return found


def best_cover(
    minutes: Matrix, weights: Matrix, existing: list[int], count: int, limit: float
) -> float:
    """Return the most weight within the limit over all choices of sites."""
    others = [j for j in range(minutes.shape[1]) if j not in existing]
    best = -1.0
    for chosen in combinations(others, min(count, len(others))):
        near = (minutes[:, [*existing, *chosen]] <= limit).any(axis=1)
        best = max(best, float(weights[near].sum()))
    return best


def best_rooms(
    minutes: Matrix, people: Matrix, capacity: Matrix, existing: list[int], count: int, far: float
) -> float:
    """Return the least sum of people times minutes within capacity over all choices of sites.

    Each choice is a transport problem with people of a zone as what is sent, and one more site,
    `far` minutes away, that holds everybody.
    """
    zones, sites = minutes.shape
    others = [j for j in range(sites) if j not in existing]
    best = math.inf
    for chosen in combinations(others, min(count, len(others))):
        there = [*existing, *chosen]
        cost = np.column_stack([minutes[:, there], np.full(zones, far)])
        columns = cost.shape[1]
        full = np.kron(np.eye(zones), np.ones(columns))
        room = np.kron(np.ones(zones), np.eye(columns))[:-1]
        # No way is no variable: bounds of zero.
        bounds = [(0, None if np.isfinite(t) else 0) for t in cost.ravel()]
        price = np.where(np.isfinite(cost), cost, 0).ravel()
        answer = linprog(
            price, A_ub=room, b_ub=capacity[there], A_eq=full, b_eq=people, bounds=bounds
        )
        best = min(best, float(answer.fun))
    return best
