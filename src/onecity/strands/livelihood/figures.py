"""The numbers of this strand: what every unit has of each service, today and with borders open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from onecity.models.access import Inequality, Opening, inequality, opening
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.units import Reals, Units

from .ground import Ground, Provision, usable

PER = 100_000.0
"""People that access is given for: few enough for beds, enough for whole hospitals."""
LESS = 1e-9
"""Minutes: ways that differ by less are one."""


@dataclass(frozen=True, eq=False, slots=True)
class Served:
    """One service in a region, today and with every border open.

    Attributes
    ----------
    provision
        What there is.
    opening
        Who shares what on the way from today to all open.
    minutes, minutes_open : float64 (Z,)
        To the nearest usable facility; +inf where there is none.
    """

    provision: Provision
    opening: Opening
    minutes: Reals
    minutes_open: Reals


def served(ground: Ground, provision: Provision, shares: tuple[float, ...] = (0.0, 1.0)) -> Served:
    """Return one service today and open, with stages between where they are asked for."""
    (found,) = opening(
        provision.reach,
        provision.places(ground),
        ground.people,
        [provision.asked(ground)],
        shares=shares,
        choice=ground.assumed.choice,
    )
    pi, choice = provision.recognition.pi, ground.assumed.choice
    return Served(
        provision,
        found,
        usable(provision.quickest, pi, ground.city, choice),
        usable(provision.quickest, np.ones_like(pi), ground.city, choice),
    )


def figures_of(ground: Ground, one: Served) -> dict[Level, dict[str, Reals]]:
    """Return the columns of each level, by the names of `indicators.of_service` without service.

    Minutes are those of people who have a usable facility at all; what a border costs counts
    everybody, those without at the minutes the region assumes for them.
    """
    today, after = one.opening.today.access, one.opening.open.access
    counted = counted_minutes(ground, one.minutes), counted_minutes(ground, one.minutes_open)
    zone = {
        "minutes": _known(one.minutes),
        "minutes_open": _known(one.minutes_open),
        "border_minutes": counted[0] - counted[1],
        "access": PER * today.access,
        "access_open": PER * after.access,
        "gain": PER * one.opening.gain,
    }
    flags = {
        "blocked": one.minutes > one.minutes_open + LESS,
        "winners": one.opening.gain > 0,
        "losers": one.opening.gain < 0,
        "without": today.access == 0,
        "without_open": after.access == 0,
    }
    columns: dict[Level, dict[str, Reals]] = {Level.ZONE: zone}
    for level in (Level.COUNTY, Level.CITY, Level.GROUP, Level.REGION):
        units = ground.units[level]
        columns[level] = {
            name: u.mean(units, values, ground.people) for name, values in zone.items()
        } | {name: u.total(units, holds * ground.people) for name, holds in flags.items()}
    for level in (Level.CITY, Level.REGION):
        columns[level] |= _spread(ground, ground.units[level], one)
    columns[Level.REGION] |= _theil(one)
    return columns


def counted_minutes(ground: Ground, minutes: Reals) -> Reals:
    """Return minutes with nobody beyond what somebody without any facility counts."""
    return np.minimum(minutes, ground.assumed.unserved)


def _known(minutes: Reals) -> Reals:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def spread_in(ground: Ground, units: Units, value: Reals) -> list[Inequality | None]:
    """Return how unevenly a value of zones is spread in each unit; None where nobody lives."""
    found: list[Inequality | None] = []
    for row in range(len(units.codes)):
        mine = units.zone[units.unit == row]
        people = ground.people[mine]
        if people.any():
            group = np.zeros(len(mine), np.int64)
            found.append(inequality(people, value[mine], group, 1))
        else:
            found.append(None)
    return found


def _spread(ground: Ground, units: Units, one: Served) -> dict[str, Reals]:
    """Return the worst-off tenth and Gini of units, today and open."""
    columns: dict[str, Reals] = {}
    for ending, stage in (("", one.opening.today), ("_open", one.opening.open)):
        several = spread_in(ground, units, stage.access.access)
        worst = [np.nan if found is None else PER * found.worst for found in several]
        gini = [np.nan if found is None else found.gini for found in several]
        columns |= {f"worst{ending}": np.array(worst), f"gini{ending}": np.array(gini)}
    return columns


def _theil(one: Served) -> dict[str, Reals]:
    """Return Theil's parts between and within cities, and the part of it that borders make."""
    columns = {"border_share": np.array([100 * one.opening.border_share])}
    for ending, stage in (("", one.opening.today), ("_open", one.opening.open)):
        columns[f"theil_between{ending}"] = np.array([stage.spread.between])
        columns[f"theil_within{ending}"] = np.array([stage.spread.within])
    return columns


def carried(pi: Reals, people: Reals) -> tuple[Mapping[str, Reals], Mapping[str, float]]:
    """Return what recognition of a right comes to: for each city, and for the region.

    With P people of a city and pi how far another recognises their right: ``pairs``, the share
    of its pairs recognised at all; ``covered``, people whose right any other city recognises;
    ``loss``, the part of the right lost on crossing: 1 - pi weighted by the people of the city
    crossed to, as if one went to any person outside alike. Of the region the loss is weighted by
    P of both: two people of different cities drawn by chance.

    Parameters
    ----------
    pi
        (C, C).
    people
        Of each city, (C,).
    """
    other = ~np.eye(len(people), dtype=bool)
    weight = other * people[None, :]
    count = max(len(people) - 1, 0)
    any_one = ((pi > 0) & other).any(axis=1)
    lost = (weight * (1 - pi)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        city = {
            "pairs": 100 * ((pi > 0) & other).sum(axis=1) / count if count else people * np.nan,
            "covered": people * any_one,
            "loss": 100 * lost / weight.sum(axis=1),
        }
    both = (people[:, None] * weight).sum()
    region = {
        "pairs": float(city["pairs"].mean()) if count else float("nan"),
        "covered": float((people * any_one).sum()),
        "loss": float(100 * (people * lost).sum() / both) if both > 0 else float("nan"),
    }
    return city, region
