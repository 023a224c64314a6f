"""`layers`: what the one map draws for this strand, and in which colours."""

from collections.abc import Mapping

from onecity.strands.contract import (
    BorderLayer,
    Findings,
    Indicator,
    Layer,
    Level,
    Scale,
    Verdict,
)
from onecity.strands.scales import BLUES, BROWNS, NEAR_DARK, fixed, quantiles

MINUTES = (15.0, 30.0, 45.0, 60.0, 90.0, 120.0)
TOWN_MINUTES = (3.0, 6.0, 9.0, 12.0, 15.0, 20.0)
"""The same for a region the size of a town, where all is within the first two of these."""
KM = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
TOWN_KM = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
EXTRA = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
"""Extra time across a border, percent."""
PERCENT = (5.0, 20.0, 40.0, 60.0, 80.0, 95.0)

_ZONE_MINUTES = ("minutes_core", "minutes_nearest_centre", "minutes_own_centre")
_ZONE_PEOPLE = ("reach_people_60", "reach_people_30", "reach_people_90")


def layers(findings: Findings) -> tuple[Layer | BorderLayer, ...]:
    """Return the layers, most important first.

    Minutes, km and percent keep the same limits in every region, so that maps can be
    compared, but for regions the size of a town, which have limits of their own; people have
    the quantiles of the units shown.
    """
    known = findings.indicators
    minutes, km = (TOWN_MINUTES, TOWN_KM) if _is_town(findings) else (MINUTES, KM)
    found = [
        *(_layer(known, name, Level.ZONE, fixed(minutes, NEAR_DARK)) for name in _ZONE_MINUTES),
        *(_by_quantile(findings, name, Level.ZONE) for name in _ZONE_PEOPLE),
        _layer(known, "core_share_60", Level.COUNTY, fixed(PERCENT, BLUES)),
        _layer(known, "minutes_core", Level.COUNTY, fixed(minutes, NEAR_DARK)),
        _by_quantile(findings, "circle_people_60", Level.CITY),
        _layer(known, "leg_km", Level.ZONE, fixed(km, BROWNS)),
    ]
    on_lines = border_layer(findings)
    return (*found, on_lines) if on_lines else tuple(found)


def _is_town(findings: Findings) -> bool:
    """Return whether nearly every zone that the core reaches is within the first two steps."""
    minutes = findings.tables[Level.ZONE]["transport.minutes_core"].dropna()
    return bool(len(minutes) and minutes.quantile(0.95) <= MINUTES[1])


def border_layer(findings: Findings) -> BorderLayer | None:
    """Return what the map draws on the lines between cities; nothing where no effect is known."""
    lines = [one for one in findings.borders if len(one.codes) == 2]
    if not lines:
        return None
    return BorderLayer(
        key=f"{lines[0].indicator.key}.border",
        indicator=lines[0].indicator,
        values={(one.codes[0], one.codes[1]): one.percent for one in lines},
        faint=frozenset(
            (one.codes[0], one.codes[1]) for one in lines if one.verdict is Verdict.NONE
        ),
        scale=fixed(EXTRA, BROWNS),
    )


def _by_quantile(findings: Findings, name: str, level: Level) -> Layer:
    column = findings.tables[level][f"transport.{name}"]
    return _layer(findings.indicators, name, level, quantiles(column, BLUES))


def _layer(known: Mapping[str, Indicator], name: str, level: Level, scale: Scale) -> Layer:
    indicator = known[f"transport.{name}"]
    return Layer(f"{indicator.key}.{level.value}", indicator, level, scale)
