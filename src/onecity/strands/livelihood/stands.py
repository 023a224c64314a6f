"""One service under several rules of who may use what, side by side, for cities and counties."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.errors import MissingError
from onecity.models.access import Inequality, inequality, permeability
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Level
from onecity.strands.units import Reals

from .figures import PER, counted_minutes, spread_in
from .ground import Ground, Provision, ground_of, usable
from .opening import states_of
from .recognition import recognised_by

LEVELS = (Level.REGION, Level.CITY, Level.COUNTY)
FIGURES = ("access", "minutes", "border_minutes", "without", "worst", "gini")
"""Columns of every unit under each rule, in their order."""
WHOLE = ("theil_between", "theil_within")
"""Columns of the region alone."""


@dataclass(frozen=True, eq=False, slots=True)
class Stand:
    """A service under one rule.

    Attributes
    ----------
    name
        ``today``, ``open``, or ``given``.
    access : float64 (Z,)
        Capacity per person.
    minutes : float64 (Z,)
        To the nearest usable facility, +inf without.
    spread
        Of all people, groups being cities.
    """

    name: str
    access: Reals
    minutes: Reals
    spread: Inequality


@dataclass(frozen=True, eq=False, slots=True)
class Stands:
    """A service under several rules: what there is, and the rules in their order.

    `silent` are ordered pairs of cities that the rule given says nothing of.
    """

    ground: Ground
    provision: Provision
    several: tuple[Stand, ...]
    silent: int = 0

    def table(self, level: Level) -> pd.DataFrame:
        """Return the figures of a level: units as index, ``<figure>_<rule>`` as columns.

        Access for `figures.PER` people; minutes of those who have any; what borders cost and people
        without any as in `figures.figures_of`; NaN where nobody lives.
        """
        ground, units = self.ground, self.ground.units[level]
        people = ground.people
        opened = next(one for one in self.several if one.name == "open")
        least = counted_minutes(ground, opened.minutes)
        columns: dict[str, Reals] = {"people": u.total(units, people)}
        for one in self.several:
            known = np.where(np.isfinite(one.minutes), one.minutes, np.nan)
            spread = spread_in(ground, units, one.access)
            longer = counted_minutes(ground, one.minutes) - least
            found: Mapping[str, Reals] = {
                "access": u.mean(units, PER * one.access, people),
                "minutes": u.mean(units, known, people),
                "border_minutes": u.mean(units, longer, people),
                "without": u.total(units, (one.access == 0) * people),
                "worst": np.array([np.nan if s is None else PER * s.worst for s in spread]),
                "gini": np.array([np.nan if s is None else s.gini for s in spread]),
            }
            columns |= {f"{name}_{one.name}": found[name] for name in FIGURES}
            if level is Level.REGION:
                columns[f"theil_between_{one.name}"] = np.array([one.spread.between])
                columns[f"theil_within_{one.name}"] = np.array([one.spread.within])
        return u.frame(units, columns)


def services_in(ground: Ground) -> tuple[str, ...]:
    """Return the services that a region has facilities of."""
    return tuple(ground.provisions) if ground.people.any() else ()


def stands(
    region: Region,
    service: str | None = None,
    *,
    closed: bool = False,
    told: pd.DataFrame | None = None,
) -> tuple[Stands, ...]:
    """Return services today and with all borders open, and by another rule beside them.

    Parameters
    ----------
    service
        One of those there are; None for all of them.
    closed
        The other rule: every border closed.
    told
        The other rule: what a table in the schema RECOGNITION says.

    Raises
    ------
    MissingError
        The region has no facility of the service, or of any.
    InputError
        As `measure.measure`.
    """
    ground = ground_of(region)
    there = services_in(ground)
    if not there:
        raise MissingError("livelihood.access_nothing")
    if service is not None and service not in there:
        raise MissingError("livelihood.access_unknown", given=service, known=", ".join(there))
    found = []
    for name in there if service is None else (service,):
        provision = ground.provisions[name]
        count, silent = len(ground.cities), 0
        rules = {"today": provision.recognition.pi, "open": permeability(count, 1.0)}
        if closed:
            rules["given"] = permeability(count, 0.0)
        elif told is not None:
            by = recognised_by(told, name, list(ground.cities))
            rules["given"], silent = by.pi, by.silent
        found.append(Stands(ground, provision, _stands(ground, provision, rules), silent))
    return tuple(found)


def _stands(ground: Ground, provision: Provision, rules: Mapping[str, Reals]) -> tuple[Stand, ...]:
    states = states_of(ground, provision, list(rules.values()))
    return tuple(
        Stand(
            name,
            state.access,
            usable(provision.quickest, pi, ground.city, ground.assumed.choice),
            inequality(ground.people, state.access, ground.city, len(ground.cities)),
        )
        for (name, pi), state in zip(rules.items(), states, strict=True)
    )
