"""Numbers that access to services rests on and no source gives: the recipe's, else defaults.

A recipe sets each under ``[assumptions.<key>]`` with its own reason. The reason for a default is
in the catalogue, under ``livelihood.why_<key>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.models.access import CHOICE, Method, Steps
from onecity.region.manifest import Assumption
from onecity.region.store import Region

WEIGHTS = (1.0, 0.68, 0.22)
"""Of the thirds of the catchment: 10, 20 and 30 minutes by default (Luo & Qi 2009)."""

METHODS: tuple[Method, ...] = ("two-step", "three-step", "modified", "balanced")
"""Those of `onecity.models.access` that give capacity for each person.

``potential`` shares nothing out: its figures are capacity in reach, and would stand under the
words and the unit of capacity for 100,000 people.
"""

DEFAULTS: Mapping[str, tuple[float | str, str, float | None, float | None]] = {
    "service_catchment": (30.0, "min", 20.0, 45.0),
    "service_method": ("two-step", "", None, None),
    "service_choice": (CHOICE, "1/min", 0.05, 0.2),
    "service_unserved": (120.0, "min", 60.0, 180.0),
    "service_least": (1.0, "min", 0.5, 5.0),
    "access_kmh": (30.0, "km/h", None, None),
    "access_detour": (1.3, "ratio", None, None),
}
"""Value, unit and believable range of each."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a region assumes about services.

    Attributes
    ----------
    catchment
        Minutes that people go for a service; its thirds have the weights `WEIGHTS`.
    method
        Of `METHODS`: how people share out what there is.
    choice
        Per minute: how sharply a nearer facility is preferred; half a right recognised costs
        ln 2 / choice minutes.
    unserved
        Minutes that somebody without any usable facility counts.
    least
        Minutes below which nearer is no better, where times are compared as ratios.
    kmh, detour
        Of the leg between a facility and the network.
    all
        Each as an assumption with its reason.
    """

    catchment: float
    method: Method
    choice: float
    unserved: float
    least: float
    kmh: float
    detour: float
    all: tuple[Assumption, ...]

    @property
    def decay(self) -> Steps:
        """How a facility counts as it gets farther."""
        return Steps((self.catchment / 3, self.catchment * 2 / 3, self.catchment), WEIGHTS)

    def span(self, key: str) -> tuple[float, float]:
        """Return the lowest and highest believable value; twice the value without a range."""
        one = next(one for one in self.all if one.key == key)
        value = float(one.value)
        low, high = (value if end is None else end for end in (one.low, one.high))
        return min(low, value), max(high, value)


def assumed_in(region: Region) -> Assumed:
    """Return what a region assumes about services.

    Raises
    ------
    InputError
        If the recipe sets one of them to what is no number above zero, or to no method.
    """
    given = {one.key: one for one in region.manifest.assumptions}
    made = {key: given.get(key) or _default(key) for key in DEFAULTS}
    numbers: dict[str, Any] = {}
    for key, one in made.items():
        if key != "service_method":
            numbers[key] = _number(one)
    method = str(made["service_method"].value)
    if method not in METHODS:
        raise InputError("livelihood.no_method", given=method, known=", ".join(METHODS))
    if numbers["access_detour"] < 1:
        raise InputError("region.detour_below_one", given=numbers["access_detour"])
    return Assumed(
        catchment=numbers["service_catchment"],
        method=next(one for one in METHODS if one == method),
        choice=numbers["service_choice"],
        unserved=numbers["service_unserved"],
        least=numbers["service_least"],
        kmh=numbers["access_kmh"],
        detour=numbers["access_detour"],
        all=tuple(made.values()),
    )


def _default(key: str) -> Assumption:
    value, unit, low, high = DEFAULTS[key]
    why = f"livelihood.why_{key}"
    return Assumption(key, value, unit, say(why, "zh"), say(why, "en"), low, high)


def _number(one: Assumption) -> float:
    for value in (one.value, one.low, one.high):
        if value is None:
            continue
        if isinstance(value, str) or not (isfinite(value) and value > 0):
            raise InputError("livelihood.assumption_value", key=one.key, given=value)
    return float(one.value)
