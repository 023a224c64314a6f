"""What a link costs: length by kind, times the recipe's table of costs (``[costs]``).

Every price is a range and assumed; so is the cost. Kinds: road; bridge, over lakes and small
rivers; river bridge, over a river drawn with its width or from one bank of the great river to
the other; tunnel, only where the user says so. Land, approaches and grade separations with
railways are not priced beside what the prices hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onecity.region.manifest import Assumption
from onecity.region.store import Region

from .assumed import span
from .obstacles import BROOK_KM, Obstacles, Water

KINDS = ("road", "bridge", "river_bridge", "tunnel")
Kilometres = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Lengths:
    """Kilometres by kind, in the cheaper and in the dearer reading of what lies between.

    Between the banks of the great river the cheaper reading spans what is drawn as water, the
    dearer one, and both where nothing is drawn, the whole gap. Between places on one bank the
    cheaper reading goes round the river that the straight line runs over.
    """

    low: Kilometres
    high: Kilometres


def lengths_of(km: float, obstacles: Obstacles, road_class: str) -> Lengths:
    """Return the kilometres by kind of a link.

    A link the user calls a ``bridge`` or a ``tunnel`` (its road class) is one from end to end.
    """
    if road_class in {"bridge", "tunnel"}:
        over = "river_bridge" if obstacles.over_river else "bridge"
        kind = "tunnel" if road_class == "tunnel" else over
        return Lengths({kind: km}, {kind: km})
    water = obstacles.water or Water()
    river = water.river * km
    bridge = min(km - river, water.lake * km + BROOK_KM * water.brooks)
    seen = _kinds(river_bridge=river, bridge=bridge, road=km - river - bridge)
    if obstacles.along_river:
        return Lengths(_kinds(bridge=bridge, road=km - bridge), seen)
    if obstacles.ends.banks is None:
        return Lengths(seen, seen)
    gap = _kinds(river_bridge=km)
    return Lengths(seen if river > 0 else gap, gap)


def _kinds(**lengths: float) -> Kilometres:
    """Return the lengths in the order of `KINDS`, without what there is none of."""
    return {kind: lengths[kind] for kind in KINDS if lengths.get(kind, 0.0) > 0}


def prices_of(region: Region) -> dict[str, Assumption]:
    """Return the region's table of costs by kind; a river bridge costs at least a bridge's."""
    given = {one.key: one for one in region.manifest.assumptions}
    found = {kind: given[f"cost_{kind}"] for kind in KINDS if f"cost_{kind}" in given}
    if "bridge" in found:
        found.setdefault("river_bridge", found["bridge"])
    return found


def cost_of(lengths: Lengths, prices: Mapping[str, Assumption]) -> tuple[float, float] | None:
    """Return the lowest and highest cost, million yuan; None where a kind has no price."""
    if not (lengths.low.keys() | lengths.high.keys()) <= prices.keys():
        return None
    low = sum(km * span(prices[kind])[0] for kind, km in lengths.low.items())
    high = sum(km * span(prices[kind])[1] for kind, km in lengths.high.items())
    return low, high


def gain_per_million(
    benefit: float, cost: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Return the gain for a million yuan at the highest and at the lowest cost."""
    if cost is None or not cost[0] > 0:
        return None
    return benefit / cost[1], benefit / cost[0]
