"""Numbers that link proposals rest on and no source gives: the recipe's, else defaults.

A recipe sets each under ``[assumptions.<key>]`` with its own reason. What it does not set is
taken from `DEFAULTS`, or follows the region (`scale.RULES`); the reason for each is in the
catalogue, under ``transport.why_<key>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite, nan
from typing import NamedTuple

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.region.manifest import Assumption
from onecity.region.store import Region

from .scale import FINEST, RULES


class Default(NamedTuple):
    """A value with its unit and the range in which it is drawn anew; None: it is not drawn.

    A value that is NaN follows the region, by its rule in `scale.RULES`.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None


DEFAULTS: Mapping[str, Default] = {
    "link_decay_minutes": Default(30.0, "min", 20.0, 45.0),
    "link_trips": Default(1.0, "trips/day"),
    "link_cells": Default(nan, "H3"),
    "link_areas": Default(nan, "H3"),
    "link_radius_km": Default(8.0, "km"),
    "link_reach": Default(4.0, "ratio"),
    "link_least_detour": Default(2.0, "ratio"),
    "link_detour": Default(1.2, "ratio"),
    "link_near_miss_m": Default(nan, "m"),
    "link_near_miss_closed": Default(0.5, "share"),
    "link_people_spread": Default(0.3, "ratio"),
    "link_draws": Default(100.0, "count"),
    "access_factor": Default(1.0, "ratio", 0.7, 1.4),
    "speed_factor": Default(1.0, "ratio", 0.85, 1.15),
}


@dataclass(frozen=True, slots=True)
class Assumed:
    """The assumptions of link proposals, in the order of `DEFAULTS`.

    Attributes
    ----------
    link_decay_minutes
        A place this many minutes further away draws 1/e as many trips.
    link_trips
        Trips of every resident in a day.
    link_cells, link_areas
        H3 resolution of the cells that benefits are counted between, and of the larger areas
        where assumptions are drawn anew and gains told apart.
    link_radius_km
        Ends further apart than this are no candidate.
    link_reach
        Nor are ends further apart than this many mean distances between ends on such roads.
    link_least_detour
        A candidate is a missing link if the way now takes this many times the link's time.
        Dead ends that face each other across a border need only be quicker joined.
    link_detour
        Length of a new link over the straight line.
    link_near_miss_m
        A dead end this close to another road may be joined to it in the world.
    link_near_miss_closed
        In what share of the draws it is.
    link_people_spread
        Standard deviation of the logarithm of drawn people; county totals are kept.
    link_draws
        How often assumptions are drawn anew; 0 for no stability.
    access_factor, speed_factor
        Factors on the speeds of access legs and of roads; 1 in the region's own times.
    """

    link_decay_minutes: Assumption
    link_trips: Assumption
    link_cells: Assumption
    link_areas: Assumption
    link_radius_km: Assumption
    link_reach: Assumption
    link_least_detour: Assumption
    link_detour: Assumption
    link_near_miss_m: Assumption
    link_near_miss_closed: Assumption
    link_people_spread: Assumption
    link_draws: Assumption
    access_factor: Assumption
    speed_factor: Assumption

    @property
    def all(self) -> tuple[Assumption, ...]:
        """Return every assumption."""
        return tuple(getattr(self, one.name) for one in fields(self))


def assumed_in(region: Region) -> Assumed:
    """Return what a region assumes about links.

    Raises
    ------
    InputError
        If the recipe sets one of them to what is no number, below zero (zero where only more
        makes sense), or outside its own range; or cells that H3 does not have, or that are
        larger than areas.
    """
    given = {one.key: one for one in region.manifest.assumptions}
    made = {
        key: given.get(key) or _default(region, key, default) for key, default in DEFAULTS.items()
    }
    for key, one in made.items():
        check_number(one, may_be_zero=key in _MAY_BE_ZERO)
        if key in _SHARES and number(one) > 1:
            raise InputError("transport.assumption_share", key=key, given=one.value)
    if number(made["link_detour"]) < 1:
        raise InputError("region.detour_below_one", given=made["link_detour"].value)
    for key in _RESOLUTIONS:
        if number(made[key]) not in range(FINEST + 1):
            raise InputError("transport.assumption_cells", key=key, given=made[key].value)
    if number(made["link_areas"]) > number(made["link_cells"]):
        raise InputError(
            "transport.assumption_areas",
            areas=made["link_areas"].value,
            cells=made["link_cells"].value,
        )
    return Assumed(**made)


_SHARES = {"link_near_miss_closed"}
_RESOLUTIONS = ("link_areas", "link_cells")
_MAY_BE_ZERO = {"link_people_spread", "link_draws", "link_trips", *_SHARES, *_RESOLUTIONS}


def number(assumption: Assumption) -> float:
    """Return the value of an assumption that is a number."""
    return float(assumption.value)


def span(assumption: Assumption) -> tuple[float, float]:
    """Return the lowest and the highest believable value; twice the value without a range."""
    value = number(assumption)
    low = value if assumption.low is None else assumption.low
    high = value if assumption.high is None else assumption.high
    return low, high


def _default(region: Region, key: str, default: Default) -> Assumption:
    why = f"transport.why_{key}"
    return Assumption(
        key=key,
        value=RULES[key](region) if key in RULES else default.value,
        unit=default.unit,
        reason_zh=say(why, "zh"),
        reason_en=say(why, "en"),
        low=default.low,
        high=default.high,
    )


def check_number(one: Assumption, *, may_be_zero: bool) -> None:
    """Make sure that an assumption and its range are numbers in order, none below zero.

    Raises
    ------
    InputError
        Naming the assumption and what is wrong with it.
    """
    values = [one.value, *(bound for bound in (one.low, one.high) if bound is not None)]
    for value in values:
        good = not isinstance(value, str) and isfinite(value)
        if not good or float(value) < 0 or (value == 0 and not may_be_zero):
            raise InputError("transport.assumption_value", key=one.key, given=value)
    low, high = span(one)
    if not low <= number(one) <= high:
        raise InputError(
            "transport.assumption_range", key=one.key, given=one.value, low=low, high=high
        )
