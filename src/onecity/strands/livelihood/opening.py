"""Topic `opening`: who wins and who loses if borders open, in full or in part.

Opening moves what there is; it makes nothing. Whoever gains, gains from somebody, and where a
facility is asked for by more people than before its own neighbours have less. So this topic never
gives a mean alone: beside it stand the worst-off, the spread, the way, and the people who lose, for
every degree of recognition from none (pi = 0) to full (1) between all cities alike, and for today.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Language, Sentence
from onecity.models.access import Access, access_to, inequality, permeability
from onecity.region.store import Region
from onecity.strands.contract import (
    Better,
    Findings,
    Indicator,
    Layer,
    Level,
    Need,
)
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.scales import BLUES, quantiles
from onecity.strands.units import Reals

from . import remarks as say
from .figures import PER, Served, counted_minutes, figures_of, served
from .ground import Ground, Provision, ground_of, usable
from .indicators import KEY, SERVED, Definition, indicator, key_of, of_service
from .kinds import SERVICES
from .measure import Columns, tables_of

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Degrees of recognition on the curve."""
CROWDED = 50
"""Facilities that are listed."""
NAMES = ("gain", "winners", "losers")

_OWN: tuple[Level, ...] = ()
CURVE = (
    Definition("curve_mean", "per_100k", Better.HIGHER, _OWN, SERVED, 3),
    Definition("curve_worst", "per_100k", Better.HIGHER, _OWN, SERVED, 3),
    Definition("curve_gini", "index", Better.LOWER, _OWN, SERVED, 3),
    Definition("curve_between", "index", Better.LOWER, _OWN, SERVED, 3),
    Definition("curve_minutes", "minutes", Better.LOWER, _OWN, SERVED, 1),
    Definition("curve_without", "people", Better.LOWER, _OWN),
    Definition("curve_winners", "people", Better.HIGHER, _OWN),
    Definition("curve_losers", "people", Better.LOWER, _OWN),
)
"""Figures of each degree of recognition."""
CROWDING = (
    Definition("crowding_more", "people", Better.LOWER, _OWN),
    Definition("crowding_today", "people", Better.LOWER, _OWN, SERVED, 1),
    Definition("crowding_open", "people", Better.LOWER, _OWN, SERVED, 1),
)
"""Figures of facilities that more people come to use."""
LOSING = (
    Definition("county_losers", "people", Better.LOWER, _OWN),
    Definition("county_winners", "people", Better.HIGHER, _OWN),
    Definition("county_today", "per_100k", Better.HIGHER, _OWN, SERVED, 2),
    Definition("county_open", "per_100k", Better.HIGHER, _OWN, SERVED, 2),
)
"""Figures of counties whose people lose."""


@dataclass(frozen=True, eq=False, slots=True)
class _Service:
    """One service with its indicators' trust and remarks."""

    one: Served
    remarks: tuple[Sentence, ...]

    @property
    def key(self) -> str:
        return self.one.provision.service


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return winners, losers and crowding under every degree of opening.

    Raises
    ------
    InputError
        As `measure.measure`.
    """
    progress.stage("livelihood.stage_network")
    ground = ground_of(region)
    found: list[_Service] = []
    curve: list[Ranked] = []
    progress.stage("livelihood.stage_services", max(len(ground.provisions), 1))
    for provision in ground.provisions.values() if ground.people.any() else ():
        one = served(ground, provision)
        found.append(_Service(one, (*say.on_service(ground, one), *say.ON_TIMES)))
        curve += _curve(ground, provision)
        progress.advance()
    silent = any(one.recognition.silent for one in ground.provisions.values())
    columns, known = _figures(ground, found)
    findings = Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=tables_of(ground, columns, known),
        remarks=(*say.on_region(ground), Sentence(f"{KEY}.opening_moves")),
        headline=tuple(key_of(one.key, name) for name in NAMES[1:] for one in found),
    )
    rankings = (
        _ranking(ground, "curve", CURVE, curve, silent=silent),
        _ranking(ground, "crowding", CROWDING, _crowded(ground, found), silent=silent),
        _ranking(ground, "losing", LOSING, _counties(ground, found), silent=silent),
    )
    return Examination(
        topic=TOPIC.key,
        findings=findings,
        rankings=tuple(one for one in rankings if one.rows),
        layers=tuple(_layer(findings, one.key) for one in found),
        assumptions=ground.assumptions,
    )


def _figures(ground: Ground, found: Sequence[_Service]) -> tuple[Columns, dict[str, Indicator]]:
    columns: Columns = {level: {} for level in Level}
    known: dict[str, Indicator] = {}
    for one in found:
        provision = one.one.provision
        values = figures_of(ground, one.one)
        assumed = bool(provision.recognition.silent or provision.guessed)
        for definition in of_service(one.key):
            name = definition.name.removeprefix(f"{one.key}_")
            if name not in NAMES:
                continue
            known[definition.key] = indicator(
                definition, ground.region, one.remarks, assumed=assumed
            )
            for level in definition.levels:
                columns[level][definition.key] = values[level][name]
    return columns, known


def _layer(findings: Findings, service: str) -> Layer:
    one = findings.indicators[key_of(service, "gain")]
    column = findings.tables[Level.ZONE][one.key]
    return Layer(f"{one.key}.zone", one, Level.ZONE, quantiles(column, BLUES))


def _ranking(
    ground: Ground,
    name: str,
    definitions: Sequence[Definition],
    rows: Sequence[Ranked],
    *,
    silent: bool,
) -> Ranking:
    """Return a list of at most `CROWDED` rows; curves are told whole."""
    columns = tuple(indicator(one, ground.region, assumed=silent) for one in definitions)
    shown = rows if name == "curve" else rows[:CROWDED]
    return Ranking(f"livelihood.list_{name}", columns, tuple(shown), len(rows), say.ON_TIMES)


# --- The curve ------------------------------------------------------------------------------


def _curve(ground: Ground, provision: Provision) -> list[Ranked]:
    """Return the figures at every degree of recognition, those of today first."""
    count = len(ground.cities)
    states = [permeability(count, share) for share in SHARES]
    today, *several = states_of(ground, provision, [provision.recognition.pi, *states])
    closed = several[0]
    told = [_row(ground, provision, today, provision.recognition.pi, closed, None)]
    for share, pi, state in zip(SHARES, states, several, strict=True):
        told.append(_row(ground, provision, state, pi, closed, share))
    return told


def states_of(ground: Ground, provision: Provision, several: Sequence[Reals]) -> tuple[Access, ...]:
    """Return access to one service under several rules of who may use what, (C, C) each."""
    return access_to(
        provision.reach,
        provision.places(ground),
        ground.people,
        [provision.asked(ground, pi) for pi in several],
        choice=ground.assumed.choice,
    )


def _row(
    ground: Ground,
    provision: Provision,
    state: Access,
    pi: Reals,
    closed: Access,
    share: float | None,
) -> Ranked:
    people = ground.people
    spread = inequality(people, state.access, ground.city, len(ground.cities))
    way = usable(provision.quickest, pi, ground.city, ground.assumed.choice)
    minutes = counted_minutes(ground, way)
    gap = state.access - closed.access
    gap = np.where(np.abs(gap) > 1e-9 * np.maximum(state.access, closed.access), gap, 0.0)
    service = say.service_name(provision.service)
    name = (
        Sentence("livelihood.curve_today", {"service": service})
        if share is None
        else Sentence("livelihood.curve_share", {"service": service, "share": share})
    )
    return Ranked(
        name={"zh": name.text("zh"), "en": name.text("en")},
        values=(
            PER * spread.mean,
            PER * spread.worst,
            spread.gini,
            spread.between,
            float(minutes @ people / people.sum()),
            float(people[state.access == 0].sum()),
            float(people[gap > 0].sum()),
            float(people[gap < 0].sum()),
        ),
    )


# --- Who pays -------------------------------------------------------------------------------


def _crowded(ground: Ground, found: Sequence[_Service]) -> list[Ranked]:
    """Return the facilities that more people come to use, most more first."""
    table = ground.region.table("facilities")
    rows: list[tuple[float, Ranked]] = []
    for one in found:
        provision, opening = one.one.provision, one.one.opening
        before, after = (stage.access.demand for stage in (opening.today, opening.open))
        for place in np.flatnonzero(after - before > 1e-9 * np.maximum(after, before)):
            row = table.iloc[int(provision.rows[place])]
            capacity = provision.capacity[place]
            more = float(after[place] - before[place])
            told = Ranked(
                name=_facility_name(row),
                values=(more, float(before[place] / capacity), float(after[place] / capacity)),
                cities=(str(ground.cities[provision.city[place]]),),
                point=(float(row["lon"]), float(row["lat"])),
            )
            rows.append((more, told))
    return [told for _, told in sorted(rows, key=lambda pair: -pair[0])]


def _facility_name(row: pd.Series) -> dict[Language, str]:
    """Return what a facility is called; its identifier where it has no name."""
    given = [row.get(name) for name in ("name_zh", "name_en")]
    zh, en = (one if isinstance(one, str) and one else "" for one in given)
    plain = zh or en or str(row["facility"])
    return {"zh": zh or plain, "en": en or plain}


def _counties(ground: Ground, found: Sequence[_Service]) -> list[Ranked]:
    """Return the counties of which people lose, most first; each service by itself."""
    counties = ground.region.table("counties")
    rows: list[tuple[float, Ranked]] = []
    for one in found:
        values = figures_of(ground, one.one)[Level.COUNTY]
        service = say.service_name(one.key)
        for row in np.flatnonzero(values["losers"] > 0):
            chinese = str(counties["name_zh"].iloc[row])
            english = counties["name_en"].iloc[row]
            told = Ranked(
                name={
                    "zh": f"{chinese} · {service.zh}",
                    "en": f"{english if isinstance(english, str) else chinese} · {service.en}",
                },
                values=tuple(
                    float(values[name][row])
                    for name in ("losers", "winners", "access", "access_open")
                ),
                cities=(str(counties["city"].iloc[row]),),
            )
            rows.append((float(values["losers"][row]), told))
    return [told for _, told in sorted(rows, key=lambda pair: -pair[0])]


def _fits(region: Region) -> bool:
    """Whether there is a facility of any service, and a border."""
    kinds = {kind for some in SERVICES.values() for kind in some}
    several = len(region.table("cities")) > 1
    return several and bool(region.table("facilities")["kind"].isin(kinds).any())


NEEDS = (
    *(Need(name) for name in ("cities", "counties", "zones")),
    *(Need(name) for name in ("road_nodes", "road_edges", "connectors", "facilities")),
    Need("recognition", optional=True, without=Sentence(f"{KEY}.no_recognition")),
)
TOPIC = Topic(KEY, "opening", NEEDS, examine, _fits)
