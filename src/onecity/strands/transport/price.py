"""What one new road would cross and cost, at once: for somebody who draws it."""

from dataclasses import dataclass

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.region.dead_ends import near_misses_of
from onecity.region.interventions import AddRoad
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.travel import Travel

from .candidates import given_candidates
from .costs import Lengths, cost_of, lengths_of, prices_of
from .obstacles import obstacles_of
from .proposals import on_obstacles


@dataclass(frozen=True, slots=True)
class Price:
    """What a new road takes.

    Attributes
    ----------
    lengths
        Kilometres by kind, see `costs.Lengths`.
    cost_million_cny
        Lowest and highest, by the recipe's prices; None where it has none for a kind.
    remarks
        What the road crosses, and what its price leaves out.
    assumptions
        The prices it rests on.
    """

    lengths: Lengths
    cost_million_cny: tuple[float, float] | None
    remarks: tuple[Sentence, ...]
    assumptions: tuple[Assumption, ...]


def price_of(region: Region, travel: Travel, road: AddRoad) -> Price | None:
    """Return what a new road takes; None for one beside a road that is there already.

    The same lengths and prices as of a proposal (`onecity.strands.transport.appraise`).

    Raises
    ------
    MissingError
        If it names a node that is not there.
    """
    try:
        links = given_candidates(region, travel, [road], near_misses_of(region, 0.0))
    except InputError:
        return None
    (found,) = obstacles_of(region, links)
    prices = prices_of(region)
    lengths = lengths_of(float(links.km[0]), found, road.road_class)
    cost = cost_of(lengths, prices)
    kinds = lengths.low.keys() | lengths.high.keys()
    remarks = on_obstacles(found)
    if cost is None:
        remarks.append(Sentence("transport.no_price"))
    return Price(
        lengths=lengths,
        cost_million_cny=cost,
        remarks=tuple(remarks),
        assumptions=tuple(prices[kind] for kind in sorted(kinds) if kind in prices),
    )
