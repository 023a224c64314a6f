"""Topic `jobs`: balance of people and work, and jobs in reach with and without borders."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import Findings, Indicator, Layer, Level, Need
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.jobs_given import TABLE, JobsGiven, jobs_given
from onecity.strands.livelihood.indicators import KEY, indicator
from onecity.strands.scales import BLUES, BROWNS, fixed, quantiles
from onecity.strands.travel import network_of
from onecity.strands.units import Reals, Units, rows_of, units_of

from .balance import balance_of, least_commuters
from .definitions import BALANCE, DEFINITIONS
from .reach import LIMITS, JobsReached, jobs_reached

MIDDLE = 45
"""Minutes of the limit that lists and layers show."""
LOSS_PERCENT = (0.0, 1.0, 5.0, 10.0, 25.0, 50.0)
MOST = 50
"""Rows of a list."""

_Columns = dict[Level, dict[str, Reals]]


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return how people and jobs lie to each other, and what a border takes of jobs in reach.

    Raises
    ------
    InputError
        If the table of jobs names a place the region does not have, or holds values that are
        no jobs; or as `onecity.strands.travel.network_of`.
    """
    zones = region.table("zones")
    people = zones["people"].to_numpy(np.float64)
    units = units_of(region)
    given = jobs_given(region, units, people)
    progress.stage("jobs.stage", len(zones))
    cities = units[Level.CITY].codes
    city = rows_of(cities, zones["city"], "zones", "city")
    reached = jobs_reached(network_of(region), given.jobs, city, len(cities), progress=progress)
    columns = _columns(units, given, reached, people)
    known = _indicators(region, given, people)
    tables = {
        level: u.frame(
            units[level],
            {
                one.key: columns[level][one.name]
                for one in DEFINITIONS
                if level in one.levels and one.name in columns[level]
            },
        )
        for level in Level
    }
    headline = ("least_city", f"border_loss_{MIDDLE}", f"reach_{MIDDLE}", "per_1000")
    findings = Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=tables,
        remarks=_remarks(given, people),
        headline=tuple(f"jobs.{name}" for name in headline),
    )
    return Examination(TOPIC.key, findings, _rankings(region, findings), _layers(given, findings))


def _columns(
    units: Mapping[Level, Units], given: JobsGiven, reached: JobsReached, people: Reals
) -> _Columns:
    """Return the figures of every level."""
    # Spread by people, the jobs of a zone say nothing of the zone.
    own = np.where(given.spread, np.nan, given.jobs)
    columns: _Columns = {}
    for level in Level:
        balance = balance_of(units[level], own if level is Level.ZONE else given.jobs, people)
        columns[level] = {one.name: getattr(balance, one.name) for one in BALANCE}
        for row, limit in enumerate(LIMITS):
            open_, closed = (
                part[row] if level is Level.ZONE else u.mean(units[level], part[row], people)
                for part in (reached.open, reached.closed)
            )
            loss = np.full(len(open_), np.nan)
            np.divide(100 * (open_ - closed), open_, out=loss, where=open_ > 0)
            columns[level] |= {
                f"reach_{limit}": open_,
                f"reach_closed_{limit}": closed,
                f"border_loss_{limit}": loss,
            }
    columns[Level.REGION] |= {
        f"least_{level.value}": np.array(
            [least_commuters(balance_of(units[level], given.jobs, people))]
        )
        for level in (Level.CITY, Level.COUNTY)
    }
    return columns


def _indicators(region: Region, given: JobsGiven, people: Reals) -> dict[str, Indicator]:
    """Return what the figures are; those that rest on spreading are assumed."""
    spread = bool(given.spread.any())
    remarks = [Sentence("jobs.residents", {"year": given.year})]
    if spread:
        share = float(people[given.spread].sum() / max(people.sum(), 1e-9))
        remarks.append(Sentence("jobs.spread", {"share": share}))
    timed = Sentence("jobs.by_car")
    return {
        one.key: indicator(
            one, region, (*remarks, timed) if one.timed else tuple(remarks),
            assumed=one.timed and spread,
        )
        for one in DEFINITIONS
    }  # fmt: skip


def _remarks(given: JobsGiven, people: Reals) -> tuple[Sentence, ...]:
    told = [Sentence("jobs.year", {"year": given.year, "jobs": float(np.nansum(given.jobs))})]
    unknown = ~given.known
    if unknown.any():
        values = {"zones": int(unknown.sum()), "people": float(people[unknown].sum())}
        told.append(Sentence("jobs.unknown", values))
    if given.unused:
        told.append(Sentence("jobs.unused", {"count": given.unused}))
    if given.lost > 0:
        told.append(Sentence("jobs.lost", {"jobs": given.lost}))
    return tuple(told)


def _rankings(region: Region, findings: Findings) -> tuple[Ranking, ...]:
    """Return counties by jobs beyond their people, by jobs they lack, and by what borders take."""
    table = findings.tables[Level.COUNTY]
    surplus, loss = "jobs.surplus", f"jobs.border_loss_{MIDDLE}"
    balance = ("jobs.surplus", "jobs.ratio", "jobs.jobs")
    reach = (loss, f"jobs.reach_{MIDDLE}", f"jobs.reach_closed_{MIDDLE}")
    more = table[table[surplus] > 0].sort_values(surplus, ascending=False, kind="stable")
    less = table[table[surplus] < 0].sort_values(surplus, kind="stable")
    losing = table[table[loss] > 0].sort_values(loss, ascending=False, kind="stable")
    made = (
        _ranking(region, findings, "jobs.list_more", balance, more),
        _ranking(region, findings, "jobs.list_less", balance, less),
        _ranking(region, findings, "jobs.list_loss", reach, losing),
    )
    return tuple(one for one in made if one.rows)


def _ranking(
    region: Region, findings: Findings, key: str, names: tuple[str, ...], rows: pd.DataFrame
) -> Ranking:
    counties = region.table("counties").set_index("county")
    ranked = []
    for code, row in rows.iloc[:MOST].iterrows():
        county = counties.loc[code]
        english = county["name_en"] if isinstance(county["name_en"], str) else county["name_zh"]
        point = county["geometry"].representative_point()
        ranked.append(
            Ranked(
                name={"zh": county["name_zh"], "en": english},
                values=tuple(float(row[name]) for name in names),
                cities=(str(county["city"]),),
                point=(float(point.x), float(point.y)),
            )
        )
    columns = tuple(findings.indicators[name] for name in names)
    return Ranking(key, columns, tuple(ranked), len(rows))


def _layers(given: JobsGiven, findings: Findings) -> tuple[Layer, ...]:
    """Return what the map draws: zones, but for balance where zones have no jobs of their own."""
    fine = Level.ZONE if (given.known & ~given.spread).any() else Level.COUNTY

    def layer(name: str, level: Level, ramp: tuple[str, ...]) -> Layer:
        one = findings.indicators[f"jobs.{name}"]
        return Layer(
            f"{one.key}.{level.value}", one, level, quantiles(findings.tables[level][one.key], ramp)
        )

    loss = findings.indicators[f"jobs.border_loss_{MIDDLE}"]
    return (
        layer("per_1000", fine, BLUES),
        layer(f"reach_{MIDDLE}", Level.ZONE, BLUES),
        Layer(f"{loss.key}.zone", loss, Level.ZONE, fixed(LOSS_PERCENT, BROWNS)),
    )


TOPIC = Topic(
    KEY,
    "jobs",
    (
        *(Need(name) for name in ("zones", "counties", "cities")),
        *(Need(name) for name in ("road_nodes", "road_edges", "connectors")),
        Need("local_links", optional=True, without=Sentence("livelihood.without_links")),
        Need("groups", optional=True, without=Sentence("livelihood.without_groups")),
        Need(TABLE),
    ),
    examine,
    fits=lambda region: len(region.table(TABLE)) > 0,
)
