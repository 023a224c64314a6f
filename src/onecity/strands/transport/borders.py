"""What city borders cost in travel time, as findings: effect, interval, range, chance, words.

Numbers are made in `border_estimates`; here they get their verdict and their words. A border
stands out only if all ways of looking at it say so: see `verdict_of`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Sentence
from onecity.models.border import By
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import (
    BorderFinding,
    Findings,
    Indicator,
    Level,
    Matrix,
    Verdict,
    percent,
)
from onecity.strands.travel import Travel
from onecity.strands.units import Name

from .border_estimates import DRAWS, Estimate, Estimates, estimates
from .border_findings import finding_of
from .border_pairs import NEAR_KM, REACH_KM
from .figures import Ground

RARE = 0.05
"""A border that this share of chance borders, or less, come up to is no chance."""
WORSE = 1
"""More time is worse."""


@dataclass(frozen=True, slots=True)
class Borders:
    """Border effects of a region, ready to stand among its other figures.

    Attributes
    ----------
    findings
        Circle, cities, borders.
    time, between
        Indicators of the extra time at units and between two cities, with what must be known.
    tables, low, high
        Extra time in percent by level (city, region) and code: main, lowest, highest variant;
        NaN where there is none.
    matrix
        The same between cities that share a border.
    """

    findings: tuple[BorderFinding, ...]
    time: Indicator
    between: Indicator
    tables: Mapping[Level, pd.Series]
    low: Mapping[Level, pd.Series]
    high: Mapping[Level, pd.Series]
    matrix: Matrix


def borders_of(
    region: Region,
    travel: Travel,
    ground: Ground,
    *,
    time: Indicator,
    between: Indicator,
    progress: Progress = SILENCE,
) -> Borders:
    """Return what city borders cost; figures that are not there, with the reason, if nothing.

    Parameters
    ----------
    time, between
        The indicators as they are without these remarks: trust and remarks on times and people.
    """
    cities = list(ground.units[Level.CITY].codes)
    found = estimates(region, travel, ground, meeting(region, ground), progress=progress)
    names = _names(region)
    common = _common(found)
    time = replace(time, remarks=(*time.remarks, *common, *_on_units(found, names)))
    between = replace(between, remarks=(*between.remarks, *common, *_on_lines(found, names)))
    findings = tuple(
        finding_of(one, cities, (time, between), verdict_of(one), WORSE, _on_one(one))
        for one in found.found
    )
    values = pd.DataFrame(
        np.nan, index=ground.units[Level.CITY].codes, columns=pd.Index(cities), dtype=float
    )
    for one in findings:
        if len(one.codes) == 2:
            values.loc[one.codes[0], one.codes[1]] = one.percent
            values.loc[one.codes[1], one.codes[0]] = one.percent
    return Borders(
        findings=findings,
        time=time,
        between=between,
        tables=_tables(findings, region, cities, [one.beta for one in findings]),
        low=_tables(findings, region, cities, [one.variants[0] for one in findings]),
        high=_tables(findings, region, cities, [one.variants[1] for one in findings]),
        matrix=Matrix(between, Level.CITY, values),
    )


def meeting(region: Region, ground: Ground) -> tuple[tuple[int, int], ...]:
    """Return the rows of cities that share a border line, ascending, each pair once."""
    cities, lines = list(ground.units[Level.CITY].codes), border_lines(region)
    pairs = zip(map(cities.index, lines["city_a"]), map(cities.index, lines["city_b"]), strict=True)
    return tuple(sorted((min(a, b), max(a, b)) for a, b in pairs))


def with_borders(findings: Findings, borders: Borders) -> Findings:
    """Return the findings with border effects among them."""
    key = borders.time.key

    def beside(
        tables: Mapping[Level, pd.DataFrame], columns: Mapping[Level, pd.Series]
    ) -> dict[Level, pd.DataFrame]:
        return {
            level: table.assign(**{key: columns[level]}) if level in columns else table
            for level, table in tables.items()
        }

    return replace(
        findings,
        indicators={**findings.indicators, key: borders.time},
        tables=beside(findings.tables, borders.tables),
        matrices=(*findings.matrices, borders.matrix),
        low=beside(findings.low, borders.low),
        high=beside(findings.high, borders.high),
        borders=borders.findings,
    )


def verdict_of(estimate: Estimate) -> Verdict:
    """Return whether an effect stands out.

    It is clear if crossing is slower by the interval and by every variant, and rare among chance
    borders by all weights they were tried with. It is unsure if it is slower by the interval and
    rare by some weights, or if there are no chance borders to hold it against.
    """
    slower = estimate.interval[0] > 0
    chance = estimate.chance
    if not slower or (chance is not None and chance.p_range[0] > RARE):
        return Verdict.NONE
    if chance is None or chance.p_range[1] > RARE or min(estimate.variants) <= 0:
        return Verdict.UNSURE
    return Verdict.CLEAR


def _tables(
    findings: tuple[BorderFinding, ...], region: Region, cities: list[str], betas: list[float]
) -> dict[Level, pd.Series]:
    """Return one number of each finding by level and code, as percent."""
    by_codes = {one.codes: percent(beta) for one, beta in zip(findings, betas, strict=True)}
    whole = {region.manifest.key: by_codes.get((), np.nan)}
    return {
        Level.CITY: pd.Series(
            {city: by_codes.get((city,), np.nan) for city in cities}, dtype=float
        ),
        Level.REGION: pd.Series(whole, dtype=float),
    }


def _names(region: Region) -> list[Name]:
    table = region.table("cities")
    return [Name(zh, en) for zh, en in zip(table["name_zh"], table["name_en"], strict=True)]


def _common(found: Estimates) -> tuple[Sentence, ...]:
    """Return what must be known of every border effect."""
    if not found.found:
        return ()
    size = {"places": found.places, "pairs": found.pairs, "reach": REACH_KM}
    remarks = [
        Sentence("transport.border_everywhere", size)
        if found.side_km is None
        else Sentence("transport.border_sample", size | {"side": found.side_km}),
        Sentence(
            "transport.border_range",
            {"count": max(len(one.variants) for one in found.found), "near": NEAR_KM},
        ),
        Sentence("transport.border_by_chance", {"count": DRAWS, "rare": RARE}),
        Sentence("transport.border_river" if found.river else "transport.border_no_river"),
        Sentence("transport.border_no_relief")
        if found.relief is None
        else Sentence("transport.border_relief", {"percent": percent(found.relief)}),
    ]
    return tuple(remarks)


def _on_units(found: Estimates, names: list[Name]) -> tuple[Sentence, ...]:
    """Return what the circle and its cities come to, or why nothing can be said."""
    remarks = list(_without(found, ("circle", "city")))
    remarks += [_on_circle(one) for one in found.found if not one.cities]
    keys = {verdict: f"transport.border_cities_{verdict.value}" for verdict in Verdict}
    cities = [one for one in found.found if len(one.cities) == 1]
    return (*remarks, *_listed(keys, cities, names))


def _on_lines(found: Estimates, names: list[Name]) -> tuple[Sentence, ...]:
    """Return what the borders between two cities come to, or why nothing can be said."""
    lines = [one for one in found.found if len(one.cities) == 2]
    keys = {verdict: f"transport.border_lines_{verdict.value}" for verdict in Verdict}
    remarks = [*_without(found, ("border",)), *_listed(keys, lines, names)]
    if lines:
        by_chance = {"count": len(lines), "chance": RARE * len(lines)}
        remarks.append(Sentence("transport.border_many", by_chance))
    return tuple(remarks)


def _without(found: Estimates, scopes: tuple[By, ...]) -> Iterable[Sentence]:
    """Return once each reason why scopes have no effect."""
    reasons = {reason.text("en"): reason for by, reason in found.reasons.items() if by in scopes}
    return [Sentence("transport.border_without", {"reason": one}) for one in reasons.values()]


def _on_circle(one: Estimate) -> Sentence:
    chance = one.chance
    if chance is None:
        return Sentence("transport.border_no_chance")
    return Sentence(
        f"transport.border_circle_{verdict_of(one).value}",
        {
            "low": percent(min(one.variants)),
            "high": percent(max(one.variants)),
            "count": chance.count,
            "mean": percent(chance.mean),
            "sd": 100 * chance.sd,
            "p": chance.p_range[1],
        },
    )


def _listed(
    keys: Mapping[Verdict, str], several: list[Estimate], names: list[Name]
) -> Iterable[Sentence]:
    """Return a sentence for each verdict that some effect has, with whose they are."""
    for verdict, key in keys.items():
        mine = [one for one in several if verdict_of(one) is verdict]
        if mine:
            yield Sentence(key, {"names": _joined(mine, names)})


def _joined(several: list[Estimate], names: list[Name]) -> Name:
    """Return the names of cities or borders as each language lists them."""
    chinese = ("—".join(names[row].zh for row in one.cities) for one in several)
    english = ("–".join(names[row].en for row in one.cities) for one in several)
    return Name("、".join(chinese), ", ".join(english))


def _on_one(one: Estimate) -> tuple[Sentence, ...]:
    """Return what must be known of one effect."""
    remarks = []
    if one.river_share > 0 and not one.river:
        remarks.append(Sentence("transport.border_is_river"))
    elif one.river_share >= 0.5 and one.cities:
        remarks.append(Sentence("transport.border_along_river", {"share": one.river_share}))
    if one.beta < 0:
        remarks.append(Sentence("transport.border_capped"))
    return tuple(remarks)
