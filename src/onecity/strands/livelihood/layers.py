"""`layers`: what the one map draws for this strand, and in which colours."""

import numpy as np
import pandas as pd

from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import (
    BorderLayer,
    Findings,
    Layer,
    Level,
    Verdict,
)
from onecity.strands.scales import BLUES, BROWNS, NEAR_DARK, fixed, quantiles

from .indicators import BORDER_BETWEEN, RECOGNISED, key_of
from .kinds import SERVICES

MINUTES = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0)
SAVED = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
LONGER = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)
RECOGNISED_PERCENT = (0.0, 20.0, 40.0, 60.0, 80.0, 99.0)


def layers(region: Region, findings: Findings) -> tuple[Layer | BorderLayer, ...]:
    """Return the layers, services in their order; none where there is nothing to draw.

    Minutes and percent keep the same limits in every region; access has the quantiles of the
    units shown, since beds, seats and schools are of different sizes.
    """
    found: list[Layer | BorderLayer] = []
    for service in SERVICES:
        if key_of(service, "access") in findings.indicators:
            found += _of_service(findings, service)
    return (*found, *_lines(region, findings))


def _of_service(findings: Findings, service: str) -> list[Layer | BorderLayer]:
    def layer(
        name: str, level: Level, limits: tuple[float, ...] | None, ramp: tuple[str, ...]
    ) -> Layer:
        one = findings.indicators[key_of(service, name)]
        column = findings.tables[level][one.key]
        scale = quantiles(column, ramp) if limits is None else fixed(limits, ramp)
        return Layer(f"{one.key}.{level.value}", one, level, scale)

    return [
        layer("minutes", Level.ZONE, MINUTES, NEAR_DARK),
        layer("border_minutes", Level.ZONE, SAVED, BROWNS),
        layer("access", Level.ZONE, None, BLUES),
        layer("gain", Level.ZONE, None, BLUES),
        layer("worst", Level.CITY, None, BLUES),
    ]


def _lines(region: Region, findings: Findings) -> list[BorderLayer]:
    """Return what is drawn on the lines between cities: the way it costs, what is recognised."""
    lines = border_lines(region)
    meeting = list(zip(lines["city_a"], lines["city_b"], strict=True))
    found = []
    longer = [one for one in findings.borders if len(one.codes) == 2]
    if longer:
        found.append(
            BorderLayer(
                key=f"{BORDER_BETWEEN.key}.border",
                indicator=longer[0].indicator,
                values={(one.codes[0], one.codes[1]): one.percent for one in longer},
                faint=frozenset(
                    (one.codes[0], one.codes[1]) for one in longer if one.verdict is Verdict.NONE
                ),
                scale=fixed(LONGER, BROWNS),
            )
        )
    for one in findings.matrices:
        if one.indicator.key == RECOGNISED.key and meeting:
            values = {(a, b): _both_ways(one.values, a, b) for a, b in meeting}
            found.append(
                BorderLayer(
                    key=f"{RECOGNISED.key}.border",
                    indicator=one.indicator,
                    values=values,
                    faint=frozenset(),
                    scale=fixed(RECOGNISED_PERCENT, BLUES),
                )
            )
    return found


def _both_ways(values: pd.DataFrame, a: str, b: str) -> float:
    """Return the mean of the two directions."""
    return float(np.mean([values.loc[a, b], values.loc[b, a]]))
