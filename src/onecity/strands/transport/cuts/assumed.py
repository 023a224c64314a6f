"""Numbers that this topic rests on and no source gives: the recipe's, else defaults."""

from collections.abc import Mapping

from onecity.core.words import say
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.transport.assumed import Default, check_number

DEFAULTS: Mapping[str, Default] = {
    "cut_crossing_m": Default(300.0, "m", 100.0, 1000.0),
    "cut_trip_hours": Default(4.0, "hours", 1.0, 12.0),
}
"""How near roads over a river count as one crossing; how a trip without a way is ranked."""


def cuts_assumed_in(region: Region) -> dict[str, Assumption]:
    """Return what a region assumes about cuts, by key.

    Raises
    ------
    InputError
        If the recipe sets one of them to what is no number, below zero or outside its range.
    """
    given = {one.key: one for one in region.manifest.assumptions}
    made = {key: given.get(key) or _default(key, one) for key, one in DEFAULTS.items()}
    for one in made.values():
        check_number(one, may_be_zero=True)
    return made


def _default(key: str, default: Default) -> Assumption:
    why = f"cuts.why_{key}"
    return Assumption(
        key=key,
        value=default.value,
        unit=default.unit,
        reason_zh=say(why, "zh"),
        reason_en=say(why, "en"),
        low=default.low,
        high=default.high,
    )
