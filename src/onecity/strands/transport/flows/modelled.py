"""The topic `modelled_flows`: flows simulated from people and travel times, for want of observed.

They show three definitions of the one-hour circle side by side, two of which need flows, and how
much would cross city borders if these did nothing but lie where roads are as they are. Everything
here is modelled; no border effect comes from it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands.contract import Findings, Layer, Level, Matrix
from onecity.strands.examination import Examination
from onecity.strands.scales import BLUES, fixed
from onecity.strands.transport.assumed import assumed_in, number, span
from onecity.strands.transport.measure import KEY as STRAND
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals, Units

from . import indicators as i
from .areas import Areas, Land, areas_of, land_of, on_cores
from .frames import definitions_of, frames
from .observed import COUNTED, SHARES
from .rankings import circles, drawn_areas
from .simulated import flows_of, places_of

TOPIC_KEY = "modelled_flows"
AREAS = ("flow_findings.m_urban_areas", "flow_findings.m_work_areas")


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return what simulated flows say.

    Raises
    ------
    InputError, MissingError
        An assumption out of range; tables that do not fit each other.
    """
    ready = Ready.of(region)
    decay = assumed_in(region).link_decay_minutes
    land, places = land_of(ready), places_of(ready)
    several = list(dict.fromkeys((number(decay), *span(decay))))
    progress.stage("flow_findings.stage_simulated", len(several))
    found = []
    for minutes in several:
        flows = flows_of(places, minutes, len(land.people))
        areas = areas_of(land, flows, within=True)
        found.append((_tables(ready.ground.units, land, areas, flows.toarray()), areas, flows))
        progress.advance()
    tables, areas, flows = found[0]
    remarks = (
        Sentence("flow_findings.simulated", {"decay": number(decay)}),
        Sentence("flow_findings.jobs_as_people")
        if places.year is None
        else Sentence("flow_findings.jobs_of", {"year": places.year}),
        on_cores(land),
        Sentence("flow_findings.no_hour"),
    )
    columns = i.M_PEOPLE.at(region), i.M_COUNTIES.at(region)
    rankings = [circles(land, areas, columns, "flow_findings.m_circles")]
    rankings += drawn_areas(region, land, areas, columns, AREAS)
    every = [one for one, _, _ in found]
    return Examination(
        topic=TOPIC_KEY,
        findings=Findings(
            strand=STRAND,
            region_hash=region.hash,
            indicators={one.key: one.at(region) for one in i.SIMULATED},
            tables=tables,
            matrices=(_matrix(region, ready.ground.units, land, flows.toarray()),),
            low=_extreme(every, np.fmin),
            high=_extreme(every, np.fmax),
            remarks=remarks,
            headline=(i.M_CROSS.key,),
        ),
        rankings=tuple(rankings),
        layers=tuple(
            Layer(f"{one.key}.county", one.at(region), Level.COUNTY, fixed(limits, BLUES))
            for one, limits in (
                (i.M_DEFINITIONS, COUNTED),
                (i.M_TO_CORE, SHARES),
                (i.M_STAYS, SHARES),
            )
        ),
        assumptions=(decay,),
    )


def _tables(
    units: Mapping[Level, Units], land: Land, areas: Areas, flows: Reals
) -> dict[Level, pd.DataFrame]:
    crossing = land.city[:, None] != land.city[None, :]
    share = 100 * flows[crossing].sum() / flows.sum()
    values: dict[Level, dict[str, Reals]] = {
        Level.REGION: {i.M_CROSS.name: np.array([share])},
        Level.CITY: {i.M_STAYS.name: 100 * areas.city_supply},
        Level.COUNTY: {
            i.M_STAYS.name: 100 * areas.supply,
            i.M_TO_CORE.name: 100 * areas.to_core,
            i.IN_REACH.name: land.in_reach,
            i.M_URBAN.name: areas.in_urban,
            i.M_WORK.name: areas.in_work,
            i.M_DEFINITIONS.name: definitions_of(land, areas),
        },
    }
    return frames(units, i.SIMULATED, values)


def _extreme(every: list[dict[Level, pd.DataFrame]], least: np.ufunc) -> dict[Level, pd.DataFrame]:
    """Return the lowest, or highest, of each figure: not all rise or fall with the decay."""
    found = {}
    for level, first in every[0].items():
        values = least.reduce([one[level].to_numpy() for one in every])
        found[level] = pd.DataFrame(values, index=first.index, columns=first.columns)
    return found


def _matrix(region: Region, units: Mapping[Level, Units], land: Land, flows: Reals) -> Matrix:
    codes = units[Level.CITY].codes
    member = np.zeros((len(codes), len(land.city)))
    member[land.city, np.arange(len(land.city))] = 1.0
    share = 100 * (member @ flows @ member.T) / flows.sum()
    values = pd.DataFrame(share, index=codes, columns=codes.rename(None), dtype=np.float64)
    return Matrix(i.M_PAIR.at(region), Level.CITY, values)
