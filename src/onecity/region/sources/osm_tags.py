"""What the tags of OpenStreetMap say about a car: may it pass, which way, how fast.

Pure functions on the tags of one way or node. They follow the OpenStreetMap wiki (pages
*Key:oneway*, *Key:maxspeed*, *Key:access*, *Key:barrier*); where the wiki leaves a choice,
the docstring says which was made. Conditional tags (``*:conditional``) and turn restrictions
are not read.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

Tags = Mapping[str, str]
Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")

CAR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""Access keys that bind a car, the most special first."""

OPEN_VALUES = frozenset(
    {"yes", "permissive", "designated", "destination", "customers", "public", "official", "hov"}
    | {"toll", "unknown", "1", "true"}
)
"""Access values under which somebody may drive to a place on the road. All others close it."""

OPEN_BARRIERS = frozenset(
    {"no", "toll_booth", "border_control", "cattle_grid", "entrance", "gate", "lift_gate"}
    | {"swing_gate", "sliding_gate", "sally_port", "height_restrictor", "kerb", "checkpoint"}
    | {"rising_bollard", "sump_buster", "weighbridge"}
)
"""Barriers a car gets past unless their access tags or a lock say otherwise."""

WALK_KMH = 7.0
"""Speed meant by ``maxspeed=walk``; the wiki gives 4 to 7 km/h."""

KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852

ZONE_KMH = {
    "CN:urban": 50.0,
    "CN:rural": 70.0,
    "CN:motorway": 120.0,
    "BR:urban": 60.0,
    "BR:rural": 60.0,
    "BR:motorway": 110.0,
    "PT:urban": 50.0,
    "PT:rural": 90.0,
    "PT:trunk": 100.0,
    "PT:motorway": 120.0,
}
"""Limits behind implicit values. CN: Regulation on the Implementation of the Road Traffic
Safety Law, articles 45 and 78, roads with one lane in each direction. BR: Código de Trânsito
Brasileiro, art. 61, the lower value where it depends on the road. PT: Código da Estrada,
art. 27."""

_NUMBER = re.compile(r"^(\d+(?:\.\d+)?)\s*(|km/?h|kmh|kph|mph|knots)$", re.IGNORECASE)
_DURATION = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{2})$")
_ISO_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def access_value(tags: Tags, direction: Direction) -> str | None:
    """Return the value of the most special access tag that binds a car, or None."""
    for key in CAR_KEYS:
        value = tags.get(f"{key}:{direction}") or tags.get(key)
        if value:
            return value
    return None


def is_open(value: str | None) -> bool:
    """Whether an access value lets a car in; of several values the most open counts."""
    return value is None or any(part.strip() in OPEN_VALUES for part in value.split(";"))


def blocks(tags: Tags) -> bool:
    """Whether the barrier on a node stops cars.

    Its own access tags decide; else a locked gate or a kind outside `OPEN_BARRIERS` blocks.
    """
    value = access_value(tags, "forward")
    if value is not None:
        return not is_open(value)
    if tags.get("locked") == "yes":
        return True
    if tags.get("bollard") == "rising":
        return False
    return tags.get("barrier") not in OPEN_BARRIERS


def oneway(tags: Tags, highway: str) -> tuple[bool, bool] | None:
    """Return whether the way is open forwards and backwards; None where that changes by time.

    A motorway and a roundabout (also ``junction=circular``) are one-way unless tagged
    otherwise. ``alternating`` counts as both ways. ``reversible`` is None: it is closed one
    way at any time, and the tag does not say when.
    """
    value = (
        tags.get("oneway:motorcar") or tags.get("oneway:motor_vehicle") or tags.get("oneway") or ""
    )
    if value in {"yes", "true", "1"}:
        return True, False
    if value in {"-1", "reverse"}:
        return False, True
    if value == "reversible":
        return None
    if value in {"no", "false", "0", "alternating"}:
        return True, True
    implied = highway == "motorway" or tags.get("junction") in {"roundabout", "circular"}
    return True, not implied


@lru_cache(maxsize=4096)
def limit_kmh(text: str) -> float:
    """Return a speed limit in km/h; +inf for ``none``; NaN where it cannot be understood.

    Of several values (``50;70``) the lowest counts.
    """
    parts = [_one_limit(part.strip()) for part in re.split(r"[;|]", text)]
    return min(parts) if not any(map(math.isnan, parts)) else math.nan


def _one_limit(text: str) -> float:
    if text == "none":
        return math.inf
    if text == "walk":
        return WALK_KMH
    if text in ZONE_KMH:
        return ZONE_KMH[text]
    match = _NUMBER.match(text)
    if not match:
        return math.nan
    number, unit = float(match[1]), match[2].lower()
    factor = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}.get(unit, 1.0)
    return number * factor if number > 0 else math.nan


def limit_text(tags: Tags, direction: Direction) -> str | None:
    """Return the tag that limits the speed of cars in one direction, or None."""
    return (
        tags.get(f"maxspeed:{direction}")
        or tags.get("maxspeed:motorcar")
        or tags.get("maxspeed")
        or None
    )


def lanes(tags: Tags) -> float:
    """Return the number of lanes of both directions together, NaN where none can be read."""
    total = _count(tags.get("lanes", ""))
    if not math.isnan(total):
        return total
    return _count(tags.get("lanes:forward", "")) + _count(tags.get("lanes:backward", ""))


def _count(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if 0 < number < 100 else math.nan


def duration_hours(text: str) -> float:
    """Return a duration (``hh:mm``, ``hh:mm:ss``, minutes, ``PT20M``) in hours, or NaN."""
    if text.isdecimal():
        hours = int(text) / 60
    elif match := _DURATION.match(text):
        parts = [int(part) for part in match.groups(default="0")]
        # `_DURATION` takes two parts as minutes and seconds; on a way they are hours, minutes.
        hour, minute, second = (*parts[1:], 0) if match[1] is None else parts
        hours = hour + minute / 60 + second / 3600
    elif (match := _ISO_DURATION.match(text)) and any(match.groups()):
        day, hour, minute, second = (int(part) for part in match.groups(default="0"))
        hours = day * 24 + hour + minute / 60 + second / 3600
    else:
        return math.nan
    return hours if hours > 0 else math.nan


def is_set(tags: Tags, key: str) -> bool:
    """Whether a feature such as ``bridge`` is there: tagged, and not as ``no``."""
    return tags.get(key, "no") != "no"
