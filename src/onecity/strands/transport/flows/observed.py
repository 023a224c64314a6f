"""The topic `flows`: what a table of flows says of borders and of what belongs together.

Every list (a kind of flow in a year) is fitted. The one that tells most (`lists.lists_of`), the
first of which a border effect was found or the first of all, gives the figures of region, cities
and counties, and is held against made-up borders.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.regions import flow_matrix, self_containment
from onecity.region.store import Region
from onecity.strands.contract import (
    BorderFinding,
    Chance,
    Findings,
    Layer,
    Level,
    Matrix,
    percent,
)
from onecity.strands.examination import Examination, Ranking
from onecity.strands.scales import BLUES, fixed
from onecity.strands.transport.border_findings import finding_of
from onecity.strands.transport.borders import meeting
from onecity.strands.transport.measure import KEY as STRAND
from onecity.strands.transport.measure import Ready
from onecity.strands.units import Reals

from . import indicators as i
from .areas import Areas, Land, areas_of, land_of, on_cores
from .costs import Costs, costs_of
from .effects import WORSE, Effects, effects_of, verdict_of
from .frames import definitions_of, frames
from .lists import FlowList, lists_of
from .opened import Opened, opened
from .premium import Premium, premium_of
from .rankings import circles, drawn_areas, every_list, missing_pairs, odd_pairs

TOPIC_KEY = "flows"
SHARES = (5.0, 15.0, 30.0, 50.0, 66.7, 75.0)
"""Percent: the limits of urban areas and of labour markets are among them."""
AREAS = ("flow_findings.urban_areas", "flow_findings.work_areas")
COUNTED = (0.5, 1.5, 2.5)


@dataclass(frozen=True, slots=True)
class _Main:
    """What was found in the list that tells most."""

    given: FlowList
    effects: Effects | None
    premium: Premium | None
    opened: Opened | None
    areas: Areas | None
    land: Land


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return what observed flows say.

    Raises
    ------
    InputError, MissingError
        Flows that name places the region does not have, that are negative or missing, or none
        above zero; tables that do not fit each other.
    """
    progress.stage("flow_findings.stage_flows")
    lists, ready = lists_of(region), Ready.of(region)
    costs = {level: costs_of(ready, level) for level in {one.level for one in lists}}
    near = meeting(region, ready.ground)
    effects: list[Effects | None] = []
    chosen: int | None = None
    for place, one in enumerate(lists):
        if not one.tells:
            effects.append(None)
            continue
        beside = near if chosen is None else ()
        found = effects_of(ready, one, costs[one.level], beside, progress=progress)
        effects.append(found)
        if chosen is None and found.circle is not None:
            chosen = place
    first = chosen or 0
    main = _main(ready, lists[first], costs[lists[first].level], effects[first])
    told = [(one, fit, _share(one)) for one, fit in zip(lists, effects, strict=True)]
    told.insert(0, told.pop(first))
    findings = _findings(region, ready, main)
    return Examination(
        topic=TOPIC_KEY,
        findings=findings,
        rankings=_rankings(region, main, every_list(region, told)),
        layers=_layers(findings),
    )


def _main(ready: Ready, given: FlowList, costs: Costs, effects: Effects | None) -> _Main:
    region, land = ready.region, land_of(ready)
    premium = None if given.tells else premium_of(region, given, costs)
    circle = None if effects is None else effects.circle
    beta = float("nan") if circle is None else circle.beta
    whole = None if given.cut else opened(given, beta, len(region.table("cities")))
    flows = None if given.cut else _between_counties(given, len(land.people))
    areas = None
    if flows is not None:
        known = given.has_list(given.county, len(land.people))
        areas = areas_of(land, flows, within=_knows_inside(given), known=known)
    return _Main(given, effects, premium, whole, areas, land)


def _between_counties(given: FlowList, counties: int) -> csr_array | None:
    """Return flows from county to county; None for flows between cities."""
    if given.level is Level.CITY:
        return None
    o, d = given.county[given.origin], given.county[given.destination]
    return flow_matrix(o, d, given.flow, counties)


def _knows_inside(given: FlowList) -> bool:
    """Return whether flows within the county are known of every county that flows leave."""
    o, d = given.county[given.origin], given.county[given.destination]
    return bool(np.isin(o, o[o == d]).all())


def _share(given: FlowList) -> float:
    """Return the share of a whole list's flows that crosses city borders."""
    total = float(given.flow.sum())
    known = not given.cut and given.tells and total > 0
    return float(given.flow[given.crosses].sum()) / total if known else float("nan")


# --- Figures ------------------------------------------------------------------------------


def _findings(region: Region, ready: Ready, main: _Main) -> Findings:
    known = {one.key: one.at(region) for one in i.OBSERVED}
    cities = list(ready.ground.units[Level.CITY].codes)
    borders = _borders(region, main, cities)
    values = {
        Level.REGION: {name: np.array([x]) for name, x in _of_region(main).items()},
        Level.CITY: _of_cities(main, cities, borders),
        Level.COUNTY: _of_counties(main),
    }
    return Findings(
        strand=STRAND,
        region_hash=region.hash,
        indicators=known,
        tables=frames(ready.ground.units, i.OBSERVED, values),
        matrices=_matrices(region, main, cities, borders),
        remarks=_remarks(main),
        headline=tuple(
            one.key for one in (i.PERMEABILITY, i.CROSS, i.CROSS_OPEN, i.MODULARITY_RATIO)
        ),
        borders=borders,
    )


def _of_region(main: _Main) -> dict[str, float]:
    found: dict[str, float] = {}
    effects, premium, seen = main.effects, main.premium, main.opened
    if effects is not None and effects.circle is not None:
        beta = effects.circle.beta
        found |= {
            i.PERMEABILITY.name: min(1.0, float(np.exp(beta))),
            i.BORDER.name: percent(beta),
            i.AS_DISTANCE.name: effects.distance_factor,
            i.AS_MINUTES.name: effects.minutes,
            i.BY_TIME.name: float(np.exp(effects.beta_time)),
            i.PROVINCE.name: float(np.exp(effects.province)),
        }
    if premium is not None:
        found |= {
            i.PROVINCE.name: float(np.exp(premium.province)),
            i.PREMIUM.name: float(np.exp(premium.group)),
        }
    if seen is not None and main.given.tells:
        found |= {
            i.CROSS.name: 100 * seen.share,
            i.CROSS_OPEN.name: 100 * seen.open_share,
            i.CROSS_KEPT.name: 100 * _over(seen.share, seen.open_share),
        }
    # Where places are the cities themselves, there is no partition to speak of.
    if seen is not None and main.given.tells and main.given.level is not Level.CITY:
        apart = seen.communities
        found |= {
            i.MODULARITY.name: apart.given,
            i.MODULARITY_BEST.name: apart.best,
            i.MODULARITY_RATIO.name: apart.ratio,
        }
    return found


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _of_cities(
    main: _Main, cities: list[str], borders: tuple[BorderFinding, ...]
) -> dict[str, Reals]:
    single = {one.codes[0]: one.percent for one in borders if len(one.codes) == 1}
    found = {i.BORDER.name: np.array([single.get(city, np.nan) for city in cities])}
    if main.given.tells and not main.given.cut:
        given = main.given
        flows = flow_matrix(given.origin, given.destination, given.flow, len(given))
        kept = self_containment(flows, given.city)
        rows = np.asarray(kept.parts, np.int64)
        # Of what comes to a city, its own part is not known if nobody there has a list.
        told = given.has_list(given.city, len(cities))[rows]
        for figure, shares in ((i.STAYS, kept.supply), (i.COMES, kept.demand)):
            found[figure.name] = np.full(len(cities), np.nan)
            found[figure.name][rows] = np.where(told, 100 * shares, np.nan)
    return found


def _of_counties(main: _Main) -> dict[str, Reals]:
    found = {i.IN_REACH.name: main.land.in_reach}
    areas = main.areas
    if areas is not None and areas.urban is not None:
        found |= {
            i.STAYS.name: 100 * areas.supply,
            i.COMES.name: 100 * areas.demand,
            i.TO_CORE.name: 100 * areas.to_core,
            i.IN_URBAN.name: areas.in_urban,
            i.IN_WORK.name: areas.in_work,
            i.DEFINITIONS.name: definitions_of(main.land, areas),
        }
    return found


def _borders(region: Region, main: _Main, cities: list[str]) -> tuple[BorderFinding, ...]:
    if main.effects is None:
        return ()
    indicators = i.BORDER.at(region), i.BETWEEN.at(region)
    listed = Sentence("flow_findings.of_list", main.given.name)
    found = []
    for one in main.effects.found:
        remarks = [listed] if not one.cities else []
        if one.beta > 0:
            remarks.append(Sentence("flow_findings.capped"))
        found.append(finding_of(one, cities, indicators, verdict_of(one), WORSE, tuple(remarks)))
    return tuple(found)


def _matrices(
    region: Region, main: _Main, cities: list[str], borders: tuple[BorderFinding, ...]
) -> tuple[Matrix, ...]:
    def square(values: Reals) -> pd.DataFrame:
        index = pd.Index(cities, name=Level.CITY.value)
        return pd.DataFrame(values, index=index, columns=pd.Index(cities), dtype=np.float64)

    found = []
    lines = [one for one in borders if len(one.codes) == 2]
    if lines:
        values = square(np.full((len(cities),) * 2, np.nan))
        for one in lines:
            values.loc[one.codes[0], one.codes[1]] = one.percent
            values.loc[one.codes[1], one.codes[0]] = one.percent
        found.append(Matrix(i.BETWEEN.at(region), Level.CITY, values))
    seen = main.opened
    if seen is not None:
        for figure, flows in ((i.PAIR_SHARE, seen.flows), (i.PAIR_OPEN, seen.open_flows)):
            if flows is not None:
                share = np.where(seen.known, 100 * flows / flows.sum(), np.nan)
                found.append(Matrix(figure.at(region), Level.CITY, square(share)))
    return tuple(found)


# --- Words --------------------------------------------------------------------------------


def _remarks(main: _Main) -> tuple[Sentence, ...]:
    """Return what must be known of the figures, in the order of reading."""
    remarks = [Sentence("flow_findings.of_list", main.given.name), *main.given.remarks]
    if main.effects is not None:
        remarks += _on_effects(main.effects)
    if main.premium is not None:
        remarks += _on_premium(main.premium)
    return (*remarks, *_on_areas(main))


def _on_effects(effects: Effects) -> list[Sentence]:
    remarks, circle = list(effects.remarks), effects.circle
    for key, (low, high) in (
        ("distance_interval", effects.distance_interval),
        ("minutes_interval", effects.minutes_interval),
    ):
        if np.isfinite((low, high)).all():
            remarks.append(Sentence(f"flow_findings.{key}", {"low": low, "high": high}))
    if circle is not None:
        remarks.append(_on_chance(circle.chance))
    if len(effects.found) > 1:
        remarks.append(Sentence("flow_findings.single_borders"))
    return remarks


def _on_chance(chance: Chance | None) -> Sentence:
    if chance is None:
        return Sentence("flow_findings.no_chance")
    values = {"count": chance.count, "mean": float(np.exp(chance.mean)), "p": chance.p}
    return Sentence("flow_findings.chance", values)


def _on_premium(premium: Premium) -> list[Sentence]:
    remarks = list(premium.remarks)
    for key, beta, interval in (
        ("premium_interval", premium.group, premium.group_interval),
        ("province_interval", premium.province, premium.province_interval),
    ):
        if np.isfinite(beta):
            low, high = np.exp(interval)
            span = {"low": float(low), "high": float(high)}
            remarks.append(Sentence(f"flow_findings.{key}", span))
    return remarks


def _on_areas(main: _Main) -> tuple[Sentence, ...]:
    if main.given.cut:
        return (Sentence("flow_findings.cut_says_no_sums"),)
    if main.areas is None:
        return (Sentence("flow_findings.no_counties"),)
    if main.areas.urban is None:
        return (Sentence("flow_findings.nothing_within_counties"),)
    return (Sentence("flow_findings.on_areas", {"unit": main.given.unit}), on_cores(main.land))


# --- Lists and layers ---------------------------------------------------------------------


def _rankings(region: Region, main: _Main, lists: Ranking) -> tuple[Ranking, ...]:
    columns = i.PEOPLE.at(region), i.COUNTIES.at(region)
    found: list[Ranking | None] = []
    if main.opened is not None:
        found.append(missing_pairs(region, main.given, main.opened))
    if main.premium is not None:
        found.append(odd_pairs(region, main.given, main.premium.expected))
    found += [lists, circles(main.land, main.areas, columns, "flow_findings.circles")]
    if main.areas is not None:
        found += drawn_areas(region, main.land, main.areas, columns, AREAS)
    return tuple(one for one in found if one is not None)


def _layers(findings: Findings) -> tuple[Layer, ...]:
    county = findings.tables[Level.COUNTY]
    found = [
        Layer(
            f"{figure.key}.county",
            findings.indicators[figure.key],
            Level.COUNTY,
            fixed(limits, BLUES),
        )
        for figure, limits in ((i.DEFINITIONS, COUNTED), (i.TO_CORE, SHARES), (i.STAYS, SHARES))
        if county[figure.key].notna().any()
    ]
    return tuple(found)
