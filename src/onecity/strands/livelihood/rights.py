"""Topic `rights`: what cities recognise of one another's people, whom it covers, and since when."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Nature
from onecity.core.words import Sentence
from onecity.region.interventions import PLANNED
from onecity.region.store import Region
from onecity.strands.contract import Better, Findings, Indicator, Level, Need
from onecity.strands.examination import Examination, Ranked, Ranking, Topic
from onecity.strands.units import Reals, frame, units_of

from .figures import carried
from .indicators import CARRIED, KEY, Definition, indicator, of_right
from .kinds import RIGHTS, SERVICES
from .recognition import TABLE, recognised, rows_told, years_of
from .remarks import service_name

MOST = 200
"""Pairs that are listed."""

_OWN: tuple[Level, ...] = ()
SHARE = Definition("rights_share", "percent", Better.HIGHER, _OWN, CARRIED, 0, timed=False)
PEOPLE = Definition("rights_people", "people", Better.HIGHER, _OWN, CARRIED, 0, timed=False)
TREND = (
    Definition("trend_pairs", "percent", Better.HIGHER, _OWN, CARRIED, 0, timed=False),
    Definition("trend_covered", "people", Better.HIGHER, _OWN, CARRIED, 0, timed=False),
    Definition("trend_loss", "percent", Better.LOWER, _OWN, CARRIED, 1, timed=False),
)
"""Figures of each year."""


def examine(region: Region, *, progress: Progress = SILENCE) -> Examination:
    """Return what is recognised, pair by pair and year by year.

    Raises
    ------
    InputError
        A share outside 0 to 1, or a city that does not exist.
    """
    told = rows_told(region)
    names = [name for name in (*RIGHTS, *SERVICES) if (told["service"] == name).any()]
    progress.stage("livelihood.stage_rights", max(len(names), 1))
    cities = region.table("cities")
    people = cities["people"].to_numpy(dtype=np.float64)
    known, tables = _figures(region, [name for name in names if name in RIGHTS], people)
    trend: list[Ranked] = []
    for name in names:
        trend += _trend(region, name, told, people)
        progress.advance()
    remarks = [Sentence("livelihood.loss_weighted")]
    if (told["since"] == PLANNED).any():
        remarks.append(Sentence("livelihood.rights_planned"))
    findings = Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=tables,
        remarks=tuple(remarks),
        headline=tuple(known),
    )
    pairs = _pairs(region, cities, people)
    observed = Nature.OBSERVED
    rankings = (
        Ranking(
            "livelihood.list_trend",
            tuple(indicator(one, region) for one in TREND),
            tuple(trend),
            len(trend),
        ),
        Ranking(
            "livelihood.list_pairs",
            tuple(indicator(one, region, nature=observed) for one in (SHARE, PEOPLE)),
            tuple(pairs[:MOST]),
            len(pairs),
        ),
    )
    return Examination(TOPIC.key, findings, tuple(one for one in rankings if one.rows))


def _figures(
    region: Region, rights: Sequence[str], people: Reals
) -> tuple[dict[str, Indicator], dict[Level, pd.DataFrame]]:
    """Return the figures of rights for cities and region, as `measure` gives them."""
    units = units_of(region)
    known: dict[str, Indicator] = {}
    columns: dict[Level, dict[str, Reals]] = {level: {} for level in Level}
    for right in rights:
        found = recognised(region, right)
        city, whole = carried(found.pi, people)
        for one in of_right(right):
            name = one.name.removeprefix(f"{right}_")
            known[one.key] = indicator(one, region, assumed=bool(found.silent))
            columns[Level.CITY][one.key] = np.asarray(city[name], np.float64)
            columns[Level.REGION][one.key] = np.array([whole[name]])
    return known, {level: frame(units[level], columns[level]) for level in Level}


def _trend(region: Region, name: str, told: pd.DataFrame, people: Reals) -> list[Ranked]:
    """Return a row for each year in which something changed, the last year first."""
    years = years_of(told.loc[told["service"] == name, "since"])
    found = []
    for year in sorted({int(one) for one in years[np.isfinite(years)]}, reverse=True):
        _, whole = carried(recognised(region, name, until=year).pi, people)
        word = service_name(name)
        found.append(
            Ranked(
                name={"zh": f"{word.zh} · {year} 年", "en": f"{word.en} · {year}"},
                values=(whole["pairs"], whole["covered"], whole["loss"]),
            )
        )
    return found


def _pairs(region: Region, cities: pd.DataFrame, people: Reals) -> list[Ranked]:
    """Return every row that the table has, the latest of each pair first."""
    table = region.table(TABLE).sort_values(
        ["service", "from_city", "to_city", "since"], ascending=[True, True, True, False]
    )
    row = {code: number for number, code in enumerate(cities["city"])}
    found = []
    for one in table.itertuples(index=False):
        start, end = row[one.from_city], row[one.to_city]
        word = service_name(str(one.service))
        zh, en = cities["name_zh"], cities["name_en"]
        document = one.document if isinstance(one.document, str) else ""
        since = Sentence("livelihood.since", {"day": one.since, "document": document})
        found.append(
            Ranked(
                name={
                    "zh": f"{word.zh} · {zh.iloc[start]} → {zh.iloc[end]}",
                    "en": f"{word.en} · {en.iloc[start]} → {en.iloc[end]}",
                },
                values=(100 * float(one.share), float(people[start])),
                cities=(str(one.from_city), str(one.to_city)),
                remarks=(since,),
            )
        )
    return found


TOPIC = Topic(
    KEY,
    "rights",
    (*(Need(name) for name in ("cities", "counties", "zones")), Need(TABLE)),
    examine,
    lambda region: len(region.table(TABLE)) > 0,
)
