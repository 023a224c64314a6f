"""How far ranks hold when what is assumed is drawn anew.

Each draw takes other speeds of roads (all together, and each by itself, within the range of
``speed_factor``), of access legs (``access_factor``), another decay of demand
(``link_decay_minutes``), other people in each cell (spread ``link_people_spread``, the totals of
counties kept), and joins each near miss to its neighbouring road, or not
(``link_near_miss_closed``). Factors are uniform in the logarithm. The same seed draws the same.

Cells are coarser than those that benefits are counted between: a draw tells by how much a
link's benefit changes on them, and the benefit counted exactly is changed as much. What gives most
of it between the finer cells alone is not seen in the draws: its rank is not told. Only the
links given compete. The node order is sought once: a draw is a re-customisation and one scan;
draws are shared out over threads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from onecity.core.progress import SILENCE, Progress
from onecity.models.links import scan
from onecity.network import Network
from onecity.network.threads import in_order, thread_count
from onecity.region.dead_ends import Flags
from onecity.strands.contract import Stability
from onecity.strands.travel import Travel
from onecity.strands.units import Reals, Rows

from .assumed import Assumed, number, span
from .candidates import Candidates
from .closures import Closures, closures
from .demand import Anchors, trips_between
from .setting import Setting

SEED = 20_201_101
TOP = 10
"""A rank is stable if it stays among this many."""
INTERVAL = (0.05, 0.95)
SEEN = 0.25
"""Where the coarse cells see less of a link's benefit, what changes there says nothing of it."""
_AT_ONCE = 4
"""Draws made ahead for each thread."""


@dataclass(frozen=True, slots=True)
class Draws:
    """What links give in every draw.

    Attributes
    ----------
    benefit
        Person-hours a day, shape (draws, links).
    seen
        Which links give at least `SEEN` of their benefit between the cells of the draws as it
        is, shape (links,).
    """

    benefit: Reals
    seen: Flags

    def of_links(self) -> tuple[Stability | None, ...]:
        """Return how each link fared; None for one that is not seen."""
        draws, links = self.benefit.shape
        # Of equal ones the first counts as better; what gives nothing has no rank to hold.
        order = np.argsort(-self.benefit, axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(1, links + 1)[None, :], axis=1)
        top = ((rank <= TOP) & (self.benefit > 0)).mean(axis=0)
        ranks = np.quantile(rank, INTERVAL, axis=0, method="nearest")
        gains = np.quantile(self.benefit, INTERVAL, axis=0)
        return tuple(
            Stability(
                draws=draws,
                top=TOP,
                among=links,
                share=float(top[row]) if links > TOP else None,
                rank=(int(ranks[0, row]), int(ranks[1, row])),
                benefit=(float(gains[0, row]), float(gains[1, row])),
            )
            if self.seen[row]
            else None
            for row in range(links)
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """Other assumptions: times of every arc, speed of new roads, people, minutes of decay."""

    seconds: Reals
    roads: float
    people: Reals
    decay: float


def draw(
    setting: Setting,
    links: Candidates,
    exact: Reals,
    *,
    seed: int = SEED,
    progress: Progress = SILENCE,
) -> Draws:
    """Return what links give under assumptions drawn anew; `exact` is what they give as it is."""
    count = int(number(setting.assumed.link_draws))
    joins = closures(setting.region, setting.misses)
    network = _with_joins(setting.travel, joins)
    nodes, flows = setting.coarse_trips
    base = scan(
        setting.travel.network, nodes, flows, *links.ends, both_ways=links.both_ways
    ).benefit
    scale = np.full(len(links), 1.0 / 3600)
    np.divide(exact, base, out=scale, where=(base > 0) & (exact > 0))
    trips = number(setting.assumed.link_trips)

    def tried(one: Draw, _: None) -> Reals:
        drawn = network.with_seconds(one.seconds)
        flows = trips_between(drawn, nodes, one.people, one.decay, trips, threads=1)
        return scan(
            drawn,
            nodes,
            flows,
            links.tail,
            links.head,
            links.seconds / one.roads,
            both_ways=links.both_ways,
            threads=1,
        ).benefit

    benefit = np.zeros((count, len(links)))
    progress.stage("transport.stage_draws", count)
    random, threads = default_rng(seed), thread_count(None)
    for start in range(0, count, _AT_ONCE * threads):
        some = range(start, min(start + _AT_ONCE * threads, count))
        # Drawn one after another, so that the same seed draws the same on any machine.
        draws = [_drawn(random, setting, joins) for _ in some]
        for row, found in zip(some, in_order(tried, draws, lambda: None, threads), strict=True):
            benefit[row] = found * scale
            progress.advance()
    return Draws(benefit, base / 3600 >= SEEN * exact)


def _drawn(random: Generator, setting: Setting, joins: Closures) -> Draw:
    assumed = setting.assumed
    roads = _factor(random, assumed, "speed_factor")
    seconds = _seconds(random, setting.travel, joins, assumed, roads)
    people = _people(random, setting.coarse, number(assumed.link_people_spread))
    low, high = span(assumed.link_decay_minutes)
    decay = float(np.exp(random.uniform(np.log(low), np.log(high))))
    return Draw(seconds, roads, people, decay)


def _with_joins(travel: Travel, joins: Closures) -> Network:
    """Return the network with arcs, closed as yet, where near misses may be joined."""
    return Network.from_arcs(
        np.concatenate([travel.tail, joins.tail]),
        np.concatenate([travel.head, joins.head]),
        np.concatenate([travel.seconds, np.full(len(joins.tail), np.inf)]),
        n=travel.network.n,
        order=travel.network.order,
    )


def _seconds(
    random: Generator,
    travel: Travel,
    joins: Closures,
    assumed: Assumed,
    roads: float,
) -> NDArray[np.float64]:
    """Return the time of every arc in a draw; `roads` is the factor on the speed of all roads."""
    by_itself = np.exp(random.uniform(*_logs(assumed, "speed_factor"), size=travel.edges))
    legs = _factor(random, assumed, "access_factor")
    joined = random.random(len(joins.miss) // 4) < number(assumed.link_near_miss_closed)
    rest = len(travel.tail) - 2 * travel.edges
    speed = np.concatenate([roads * np.tile(by_itself, 2), np.full(rest, legs)])
    gaps = np.where(joined[joins.miss], joins.seconds / roads, np.inf)
    return np.concatenate([travel.seconds / speed, gaps])


def _factor(random: Generator, assumed: Assumed, name: str) -> float:
    return float(np.exp(random.uniform(*_logs(assumed, name))))


def _logs(assumed: Assumed, name: str) -> tuple[float, float]:
    """Return the logarithms of the lowest and highest factor, relative to the region's times."""
    one = getattr(assumed, name)
    low, high = span(one)
    return float(np.log(low / number(one))), float(np.log(high / number(one)))


def _people(random: Generator, anchors: Anchors, spread: float) -> Reals:
    """Return other people for each cell; every county keeps its total."""
    drawn = anchors.people * np.exp(random.normal(0.0, spread, len(anchors)))
    county: Rows = anchors.county
    before, after = np.bincount(county, anchors.people), np.bincount(county, drawn)
    return np.asarray(drawn * (before / np.where(after > 0, after, 1.0))[county])
