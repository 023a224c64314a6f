"""Numbers that loading rests on and no source gives: the recipe's, else defaults.

A recipe sets each under ``[assumptions.<key>]`` with its own reason, as those of proposals (see
`onecity.strands.transport.assumed`). Lanes and what a lane carries are assumed by group of road
classes; only groups that the region has are told.

Sizes are those of design standards: Ministry of Housing and Urban-Rural Development (2012), Code
for Design of Urban Road Engineering CJJ 37; Ministry of Transport (2014), Technical Standard of
Highway Engineering JTG B01; where signals share a crossing out, about half of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan
from types import MappingProxyType

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.transport.assumed import Default, check_number, number
from onecity.strands.transport.scale import FINEST, RULES

DEFAULTS: Mapping[str, Default] = {
    "traffic_trips": Default(2.5, "trips/day", 2.0, 3.0),
    "traffic_car_share": Default(0.25, "share", 0.15, 0.4),
    "traffic_occupancy": Default(1.4, "people", 1.2, 1.7),
    "traffic_peak_share": Default(0.1, "share", 0.08, 0.12),
    "traffic_minutes": Default(nan, "min"),
    "traffic_lorry_share": Default(0.08, "share", 0.03, 0.15),
    "traffic_lorry_reach": Default(1.5, "ratio", 1.0, 3.0),
    "traffic_lorry_size": Default(2.5, "ratio", 1.5, 3.5),
    "traffic_lorry_kmh": Default(80.0, "km/h", 60.0, 90.0),
    "traffic_peak_hours": Default(4.0, "hours", 2.0, 6.0),
    "traffic_bpr_factor": Default(0.15, "ratio", 0.15, 0.6),
    "traffic_bpr_power": Default(4.0, "ratio", 4.0, 6.0),
    "traffic_cells": Default(nan, "H3"),
}

MIXED = "mixed"
"""Group of roads whose source knows no class."""
FERRY = "ferry"
LANES: Mapping[str, Default] = {
    "motorway": Default(2.0, "lanes", 2.0, 4.0),
    "trunk": Default(2.0, "lanes", 1.0, 3.0),
    "primary": Default(2.0, "lanes", 1.0, 3.0),
    "secondary": Default(1.0, "lanes", 1.0, 2.0),
    "tertiary": Default(1.0, "lanes", 0.5, 2.0),
    "local": Default(1.0, "lanes", 0.5, 1.0),
    "slip": Default(1.0, "lanes", 1.0, 2.0),
    MIXED: Default(2.0, "lanes", 1.0, 3.0),
    FERRY: Default(1.0, "lanes"),
}
"""Lanes in one direction, by group."""
CAPACITY: Mapping[str, Default] = {
    "motorway": Default(2000.0, "pcu/h", 1700.0, 2200.0),
    "trunk": Default(1600.0, "pcu/h", 1200.0, 1900.0),
    "primary": Default(900.0, "pcu/h", 700.0, 1400.0),
    "secondary": Default(800.0, "pcu/h", 600.0, 1300.0),
    "tertiary": Default(700.0, "pcu/h", 500.0, 1100.0),
    "local": Default(500.0, "pcu/h", 300.0, 800.0),
    "slip": Default(1200.0, "pcu/h", 900.0, 1600.0),
    MIXED: Default(1500.0, "pcu/h", 1000.0, 1900.0),
    FERRY: Default(100.0, "pcu/h", 30.0, 300.0),
}
"""Passenger car units that a lane carries in an hour, by group."""

_OWN = ("motorway", "trunk", "primary", "secondary", "tertiary")
_MIXED_CLASSES = {"trunk_extract"}
_SHARES = ("traffic_car_share", "traffic_peak_share")
_MAY_BE_ZERO = {"traffic_lorry_share", "traffic_bpr_factor", "traffic_cells", *_SHARES}


@dataclass(frozen=True, slots=True)
class TrafficAssumed:
    """The assumptions of loading by key, in the order in which they are shown."""

    numbers: Mapping[str, Assumption]

    def __getitem__(self, name: str) -> float:
        """Return the value of ``traffic_<name>``."""
        return number(self.numbers[f"traffic_{name}"])

    @property
    def all(self) -> tuple[Assumption, ...]:
        """Return every assumption."""
        return tuple(self.numbers.values())

    @property
    def follows(self) -> bool:
        """Whether the mean time of a trip is not given, so that it follows the region."""
        return bool(np.isnan(self["minutes"]))

    def at_minutes(self, minutes: float) -> "TrafficAssumed":
        """Return the same with the mean time of a trip that was settled on."""
        key = "traffic_minutes"
        return TrafficAssumed(
            MappingProxyType(
                {**self.numbers, key: replace(self.numbers[key], value=float(minutes))}
            )
        )


def group_of(edges: pd.DataFrame) -> pd.Series:
    """Return the group of each road edge."""
    known = {name: _group(str(name)) for name in edges["class"].unique()}
    group = edges["class"].map(known).astype(object)
    return group.mask(edges["ferry"].astype(bool), FERRY)


def _group(road_class: str) -> str:
    if road_class.endswith("_link"):
        return "slip"
    if road_class in _MIXED_CLASSES:
        return MIXED
    return road_class if road_class in (*_OWN, FERRY) else "local"


def traffic_assumed_in(region: Region) -> TrafficAssumed:
    """Return what a region assumes about traffic.

    Raises
    ------
    InputError
        If the recipe sets one of them to what is no number, below zero (or zero where that
        makes no sense), outside its own range, a share above one, a resolution that H3 does
        not have, or a BPR power between 0 and 1.
    """
    groups = set(group_of(region.table("road_edges")))
    wanted = dict(DEFAULTS)
    wanted |= {f"traffic_lanes_{one}": LANES[one] for one in LANES if one in groups}
    wanted |= {f"traffic_capacity_{one}": CAPACITY[one] for one in CAPACITY if one in groups}
    given = {one.key: one for one in region.manifest.assumptions}
    made = {key: given.get(key) or _default(region, key, one) for key, one in wanted.items()}
    for key, one in made.items():
        if key == "traffic_minutes" and key not in given:
            continue  # settled once times are known
        check_number(one, may_be_zero=key in _MAY_BE_ZERO)
    for key in _SHARES:
        if number(made[key]) > 1:
            raise InputError("transport.assumption_share", key=key, given=made[key].value)
    if number(made["traffic_cells"]) not in range(FINEST + 1):
        raise InputError(
            "transport.assumption_cells", key="traffic_cells", given=made["traffic_cells"].value
        )
    if number(made["traffic_bpr_power"]) < 1:
        raise InputError("traffic.bad_power", given=made["traffic_bpr_power"].value)
    return TrafficAssumed(MappingProxyType(made))


def _default(region: Region, key: str, default: Default) -> Assumption:
    name = key.removeprefix("traffic_")
    for family in ("lanes", "capacity"):
        name = family if name.startswith(f"{family}_") else name
    if name == "capacity" and key.endswith(FERRY):
        name = "ferry"
    return Assumption(
        key=key,
        value=RULES[key](region) if key in RULES else default.value,
        unit=default.unit,
        reason_zh=say(f"traffic.why_{name}", "zh"),
        reason_en=say(f"traffic.why_{name}", "en"),
        low=default.low,
        high=default.high,
    )
