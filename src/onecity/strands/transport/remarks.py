"""What a reader has to know beside the figures of this strand."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from onecity.core.provenance import Nature
from onecity.core.words import Sentence
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.travel import Travel, inside_zone_seconds
from onecity.strands.units import Reals

TRUNK_CLASS = "trunk_extract"
"""Class of road edges whose source knows no class (see the schema)."""

Flags = NDArray[np.bool_]

SPEED_FACTOR = "speed_factor"
"""Key of the assumption whose low and high bound the speeds."""


def speed_factor(region: Region) -> Assumption | None:
    """Return the assumption that bounds the speeds, if the recipe makes one."""
    found = (one for one in region.manifest.assumptions if one.key == SPEED_FACTOR)
    return next(found, None)


def on_times(region: Region, travel: Travel) -> tuple[Sentence, ...]:
    """Return remarks that stand beside every figure that hangs on travel times."""
    remarks = [Sentence("transport.free_flow")]
    edges = region.table("road_edges")
    length = edges["km"].sum()
    trunk = edges.loc[edges["class"] == TRUNK_CLASS, "km"].sum()
    if trunk > 0:
        remarks.append(Sentence("transport.trunk_only", {"share": float(trunk / length)}))
    if region.manifest.tables["road_edges"].nature is Nature.ASSUMED:
        factor = speed_factor(region)
        if factor is None or factor.low is None or factor.high is None:
            remarks.append(Sentence("transport.assumed_speed_no_range"))
        else:
            span = {"low": factor.low, "high": factor.high}
            remarks.append(Sentence("transport.assumed_speed", span))
    inside = inside_zone_seconds(travel, region.table("zones")["area_km2"].to_numpy())
    if len(inside) and np.isfinite(inside).all():
        minutes = float(np.median(inside)) / 60
        remarks.append(Sentence("transport.own_zone", {"minutes": minutes}))
    return tuple(remarks)


def on_people(region: Region) -> tuple[Sentence, ...]:
    """Return remarks that stand beside every figure, since all are weighed by residents."""
    if region.manifest.tables["zones"].nature is Nature.OBSERVED:
        return ()
    remarks = [Sentence("transport.people_modelled")]
    score = region.manifest.records.get("population_score")
    held_out = score.get("held_out") if isinstance(score, Mapping) else None
    if isinstance(held_out, Mapping) and {"r2", "misplaced_share"} <= held_out.keys():
        values = {"r2": held_out["r2"], "misplaced": held_out["misplaced_share"]}
        remarks.append(Sentence("transport.people_score", values))
    return tuple(remarks)


def on_reach(
    *, people: Reals, off: Flags, unreached: Flags, pairs_unreached: int
) -> tuple[Sentence, ...]:
    """Return remarks on what no way leads to.

    Parameters
    ----------
    people
        Residents of every zone.
    off, unreached
        Zones off the network; zones the core cannot reach. Flags, shape (zones,).
    pairs_unreached
        Ordered pairs of city centres without a way.
    """
    remarks = []
    for key, flags in (("off_network", off), ("unreached", unreached)):
        # Where the core reaches all that is on the network, the first remark says it all.
        if flags.any() and not (key == "unreached" and np.array_equal(flags, off)):
            values = {"zones": int(flags.sum()), "people": float(people[flags].sum())}
            remarks.append(Sentence(f"transport.{key}", values))
    if pairs_unreached:
        remarks.append(Sentence("transport.pairs_unreached", {"count": pairs_unreached}))
    return tuple(remarks)
