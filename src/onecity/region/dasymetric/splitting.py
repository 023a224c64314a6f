"""Census totals of units, split over zones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onecity.core.errors import InputError, RangeError

from ._checks import Flag, Real, Whole, column, indices


@dataclass(frozen=True, slots=True)
class Membership:
    """Which zones a unit's people may live in; units may overlap.

    `start` (U + 1,) and `zone` (P,): the zones of unit u are ``zone[start[u]:start[u + 1]]``.
    """

    start: Whole
    zone: Whole


@dataclass(frozen=True, slots=True)
class Disaggregation:
    """People of units, spread over zones.

    `people` (Z,) per zone; `by_unit` (U,) what each unit's zones received, summed again;
    `by_area` (U,) marks units whose zones all weigh nothing, split by area instead;
    `in_no_unit` (Z,) marks zones that belong to no unit and so have no people.
    """

    people: Real
    by_unit: Real
    by_area: Flag
    in_no_unit: Flag


def membership(
    county_of_zone: ArrayLike, counties_of_unit: Sequence[Sequence[object]]
) -> Membership:
    """Return which zones each census unit covers, from the counties it covers.

    A unit may be one county, several known only together, or a functional zone whose people
    live on the land of several counties; a county may belong to more than one unit.

    Parameters
    ----------
    county_of_zone
        The county each zone lies in (Z,), codes of any kind.
    counties_of_unit
        The counties of each unit (U).

    Raises
    ------
    InputError
        If a unit names no county, or a county twice, or one that has no zone.
    """
    codes, number = np.unique(np.asarray(county_of_zone), return_inverse=True)
    order = np.argsort(number, kind="stable").astype(np.int64)
    bounds = np.searchsorted(number[order], np.arange(len(codes) + 1))
    zones_of = {code: order[bounds[i] : bounds[i + 1]] for i, code in enumerate(codes.tolist())}
    parts = []
    for unit, counties in enumerate(counties_of_unit):
        if len(counties) == 0:
            raise InputError("dasymetric.unit_empty", unit=unit)
        for place, county in enumerate(counties):
            if county not in zones_of:
                raise InputError("dasymetric.county_without_zones", unit=unit, county=county)
            if county in counties[:place]:
                raise InputError("dasymetric.county_twice", unit=unit, county=county)
        parts.append(np.concatenate([zones_of[county] for county in counties]))
    start = np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)
    zone = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    return Membership(start, zone)


def disaggregate(
    people_of_unit: ArrayLike, members: Membership, weight: ArrayLike, area_km2: ArrayLike
) -> Disaggregation:
    """Split the people of each unit among its zones, in proportion to the weights.

    Units may overlap: a zone adds up what it receives from each. Every unit's total is kept
    to the last digits of floating point; a unit whose zones all weigh nothing is split by
    area, and marked.

    Parameters
    ----------
    people_of_unit
        People of each unit (U,), zero or more.
    members
        The zones of each unit.
    weight, area_km2
        Weight and area of each zone (Z,), zero or more.

    Raises
    ------
    InputError
        If a number is missing or negative, lengths differ, a unit has no zone, has one twice,
        or has only zones without weight and area.
    RangeError
        If a zone's people would leave the range of floating-point numbers.
    """
    people = column("people_of_unit", people_of_unit)
    zone_weight = column("weight", weight)
    area = column("area_km2", area_km2, len(zone_weight))
    unit, zone = _pairs(members, len(people), len(zone_weight))

    peak = np.zeros(len(people))
    np.maximum.at(peak, unit, zone_weight[zone])
    by_area = peak == 0
    base = np.where(by_area[unit], area[zone], zone_weight[zone])
    np.maximum.at(peak, unit, base)
    if (peak == 0).any():
        raise InputError("dasymetric.unit_without_area", unit=int(np.argmin(peak)))
    # Against its unit's largest, no weight can over- or underflow the sum.
    relative = base / peak[unit]
    share = relative / np.bincount(unit, relative, len(people))[unit]
    given = people[unit] * share
    with np.errstate(over="ignore"):
        received: Real = np.bincount(zone, given, len(zone_weight)).astype(np.float64)
    if not np.isfinite(received).all():
        raise RangeError("dasymetric.people_range", row=int(np.argmin(np.isfinite(received))))
    return Disaggregation(
        people=received,
        by_unit=np.bincount(unit, given, len(people)).astype(np.float64),
        by_area=by_area,
        in_no_unit=np.bincount(zone, minlength=len(zone_weight)) == 0,
    )


def _pairs(members: Membership, units: int, zones: int) -> tuple[Whole, Whole]:
    """Return unit and zone of each pair of a checked membership."""
    start = np.asarray(members.start, dtype=np.int64)
    if len(start) != units + 1:
        raise InputError("dasymetric.length", name="start", given=len(start), needed=units + 1)
    zone = indices("zone", members.zone, zones)
    counts = np.diff(start)
    if start[0] != 0 or start[-1] != len(zone) or (counts < 0).any():
        raise InputError("dasymetric.bounds", given=len(zone))
    if (counts == 0).any():
        raise InputError("dasymetric.unit_empty", unit=int(np.argmin(counts)))
    unit = np.repeat(np.arange(units), counts)
    order = np.lexsort((zone, unit))
    again = (np.diff(unit[order]) == 0) & (np.diff(zone[order]) == 0)
    if again.any():
        pair = order[np.argmax(again)]
        raise InputError("dasymetric.zone_twice", unit=int(unit[pair]), zone=int(zone[pair]))
    return unit, zone
