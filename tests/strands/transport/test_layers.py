from dataclasses import replace

import numpy as np

from onecity.strands.contract import Level
from onecity.strands.transport import layers as ly
from onecity.strands.transport import strand
from tests.tiny import tiny_region


def test_minutes_keep_their_limits_and_people_follow_the_region() -> None:
    region = tiny_region()
    findings = strand.measure(region)
    by_key = {one.key: one for one in strand.layers(region, findings)}
    assert ly.MINUTES == (15.0, 30.0, 45.0, 60.0, 90.0, 120.0)
    assert by_key["transport.minutes_core.zone"].scale.limits == ly.MINUTES
    people = by_key["transport.reach_people_60.zone"].scale
    column = findings.tables[Level.ZONE]["transport.reach_people_60"].dropna()
    assert set(people.limits) <= set(column)
    assert len(set(np.searchsorted(people.limits, column))) == len(people.colours)


def test_a_town_has_finer_limits() -> None:
    region = tiny_region()
    findings = strand.measure(region)
    tables = dict(findings.tables)
    zones = tables[Level.ZONE]
    for top, limits in ((29.0, ly.TOWN_MINUTES), (31.0, ly.MINUTES)):
        minutes = np.linspace(0, top / 0.95, len(zones))
        tables[Level.ZONE] = zones.assign(**{"transport.minutes_core": minutes})
        found = {one.key: one for one in strand.layers(region, replace(findings, tables=tables))}
        for key in ("minutes_core.zone", "minutes_own_centre.zone", "minutes_core.county"):
            assert found[f"transport.{key}"].scale.limits == limits
        legs = found["transport.leg_km.zone"].scale.limits
        assert legs == (ly.TOWN_KM if limits == ly.TOWN_MINUTES else ly.KM)
