"""Slow and obvious: trips between zones, and what building a link gives, by loops."""

from dataclasses import replace
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecity.region.manifest import Assumption
from onecity.region.schema import TABLES
from onecity.region.store import Region
from tests.strands.twins import seconds_between_zones
from tests.tiny import BY_LINK, LAKE, OFF, tiny_region, tiny_tables

FEW = {"link_draws": 0.0}


def assuming(region: Region, **values: Any) -> Region:
    """The region under other assumptions: a number, or (value, low, high)."""
    made = {one.key: one for one in region.manifest.assumptions}
    for key, given in values.items():
        value, low, high = given if isinstance(given, tuple) else (given, None, None)
        made[key] = Assumption(key, value, "", "假定", "assumed", low, high)
    manifest = replace(region.manifest, assumptions=tuple(made.values()))
    return Region.from_tables(
        manifest, {name: region.table(name) for name in TABLES if region.has(name)}
    )


def slow(without: tuple[str, ...] = (), **changed: Any) -> Region:
    """The tiny region with a slow bridge, and no legs over the river, so that links pay.

    Nothing is drawn anew, so that it is quick; the radius and the least detour let its one
    pair of dead ends through and nothing else.
    """
    tables = tiny_tables()
    edges, legs = tables["road_edges"], tables["connectors"]
    west = set(tables["zones"].loc[tables["zones"]["city"] == "990100", "zone"])
    shore = tables["road_nodes"]["lon"].to_numpy() < -29.5
    legs = legs[legs["zone"].isin(west).to_numpy() == shore[legs["node"]]]
    kept = {"road_edges": edges, "connectors": legs.reset_index(drop=True)}
    bridge = edges["bridge"]
    for name in ("seconds_forward", "seconds_backward"):
        edges.loc[bridge, name] = edges.loc[bridge, "km"] / 5 * 3600
    edges.loc[bridge, "kmh"] = 5.0
    return assuming(tiny_region(without=without, **(kept | changed)), **FEW)


def trips_by_loops(region: Region) -> tuple[list[int], NDArray[np.float64]]:
    """Zones that people travel between, and the trips; a cell holds one zone there."""
    zones = region.table("zones")
    stand = [row for row, zone in enumerate(zones["zone"]) if zone not in {OFF, LAKE}]
    assert BY_LINK in set(zones["zone"].iloc[stand])
    people = zones["people"].iloc[stand].tolist()
    seconds = seconds_between_zones(region)[np.ix_(stand, stand)].tolist()
    trips = np.zeros((len(people), len(people)))
    for i, origin in enumerate(people):
        pull = [people[j] * exp(-seconds[i][j] / 60 / 30) for j in range(len(people))]
        for j in range(len(people)):
            trips[i, j] = origin * pull[j] / sum(pull)
    return stand, trips


def saved_by_loops(before: Region, after: Region) -> tuple[list[int], NDArray[np.float64]]:
    """Person-hours that trips between zones save, shape (zones, zones), by building anew."""
    stand, trips = trips_by_loops(before)
    first = seconds_between_zones(before)[np.ix_(stand, stand)]
    second = seconds_between_zones(after)[np.ix_(stand, stand)]
    joined = np.isfinite(first)
    saved = np.zeros_like(trips)
    saved[joined] = trips[joined] * (first[joined] - second[joined]) / 3600
    return stand, saved
