"""The index in the form of a topic, so that whatever shows topics shows it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from onecity.core.words import LANGUAGES, Language, Sentence, both, say
from onecity.region.store import Region
from onecity.strands.contract import BorderFinding, Findings, Indicator, Level
from onecity.strands.examination import Examination, Ranked, Ranking

from . import indicators as known
from .history import Moment, comparable
from .integration import Integration, Part
from .scorecards import Scorecard, scorecards_of
from .structure import Structure, structure_of

TOPIC = "integration"
"""Name of the index where topics have theirs."""
_HUNDRED = 100.0
_HEADLINE = (known.CORE_REACH, known.COHESION)
"""Figures of structure to be read beside the index."""


def examination_of(
    region: Region,
    index: Integration,
    findings: Mapping[str, Findings],
    examinations: Sequence[Examination] = (),
    *,
    history: Sequence[Moment] = (),
    structure: Structure | None = None,
) -> Examination:
    """Return the index, its parts, structure and scorecards in the form of a topic.

    Parameters
    ----------
    findings, examinations
        What the index was made of; scorecards are too.
    history
        The index at other times; shown where there is any.
    structure
        That of the region, where it is at hand.
    """
    built = structure or structure_of(region)
    cards = scorecards_of(
        region, (*findings.values(), *(one.findings for one in examinations)), built
    )
    measures = known.of_index(index) if index.parts else {}
    rankings = [_parts(index, measures)] if index.parts else []
    if history:
        rankings.append(_history(history, measures))
    rankings += [_cards(one, region) for one in cards]
    return Examination(TOPIC, _findings(region, index, built, measures), tuple(rankings))


# --- Figures ------------------------------------------------------------------------------


def _findings(
    region: Region, index: Integration, built: Structure, measures: Mapping[str, Indicator]
) -> Findings:
    indicators: dict[str, Indicator] = {}
    code = pd.Index([region.manifest.key], name="region")
    figures: dict[str, float] = {}
    if index.parts:
        indicators[known.VALUE.key] = measures[known.VALUE.key]
        figures[known.VALUE.key] = index.value
    for one in index.companions:
        indicators[one.indicator.key] = one.indicator
        figures[one.indicator.key] = one.value
    indicators |= built.indicators
    region_table = pd.DataFrame([figures], index=code, dtype=np.float64)
    tables: dict[Level, pd.DataFrame] = {
        level: table for level, table in built.tables.items() if level is not Level.REGION
    }
    whole = built.tables.get(Level.REGION)
    if whole is not None:
        region_table = region_table.join(whole)
    low, high = (
        {Level.REGION: pd.DataFrame({known.VALUE.key: [end]}, index=code)} if index.parts else {}
        for end in index.interval
    )
    return Findings(
        strand=known.KEY,
        region_hash=region.hash,
        indicators=indicators,
        tables={Level.REGION: region_table, **tables},
        low=low,
        high=high,
        remarks=(*_said(index), *built.remarks),
        headline=(*figures, *(one.key for one in _HEADLINE if one.key in indicators)),
    )


def _said(index: Integration) -> list[Sentence]:
    if not index.parts:
        found = [Sentence("index.nothing")]
    else:
        found = [
            Sentence(
                "index.said",
                {
                    "value": index.value,
                    "low": index.interval[0],
                    "high": index.interval[1],
                    "count": len(index.parts),
                },
            ),
            Sentence("index.ranges", {"clustered": _ends(index.clustered),
                                      "variants": _ends(index.variants)}),
            Sentence(f"index.verdict_{index.verdict.value}"),
        ]  # fmt: skip
    for one in index.missing:
        found.append(
            Sentence("index.missing", {"strand": _strand(one.strand), "reason": one.reason})
        )
    return found


def _ends(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.3f}–{ends[1]:.3f}"


def _strand(key: str) -> dict[Language, str]:
    return {language: say(f"strands.name_{key}", language) for language in LANGUAGES}


# --- Lists --------------------------------------------------------------------------------


_PART = known.OF_INDEX[1:]
"""Columns of the parts: all but the index itself."""


def _parts(index: Integration, measures: Mapping[str, Indicator]) -> Ranking:
    """Return the parts, what lacks most first."""
    parts = sorted(index.parts, key=lambda one: -one.lacking)
    return Ranking(
        "index.parts",
        tuple(measures[one.key] for one in _PART),
        tuple(_part(one) for one in parts),
        len(parts),
    )


def _part(one: Part) -> Ranked:
    chance = one.finding.chance
    return Ranked(
        name=_strand(one.strand),
        values=(
            one.permeability,
            *one.interval,
            one.uncapped,
            _HUNDRED * one.weight,
            _HUNDRED * one.lacking,
            one.without,
            _HUNDRED * chance.p if chance else float("nan"),
        ),
        remarks=tuple(_part_said(one)),
    )


def _part_said(one: Part) -> Iterable[Sentence]:
    finding = one.finding
    yield Sentence(
        "index.rests_on",
        {
            "title": finding.indicator,
            "percent": _signed(finding),
            "nature": finding.indicator.nature,
            "grade": finding.indicator.grade.value,
            "verdict": finding.verdict,
        },
    )
    if one.capped:
        yield Sentence("index.capped", {"value": one.uncapped})
    if finding.chance is None and not finding.remarks:
        yield Sentence("index.no_chance")
    for other in one.beside:
        yield Sentence(
            "index.beside",
            {
                "title": other.indicator,
                "percent": _signed(other),
                "nature": other.indicator.nature,
                "grade": other.indicator.grade.value,
            },
        )
    yield from finding.remarks


def _signed(one: BorderFinding) -> str:
    return f"{one.percent:+.1f}%".replace("-", "−")


def _history(moments: Sequence[Moment], measures: Mapping[str, Indicator]) -> Ranking:
    strands = dict.fromkeys(one.strand for each in moments for one in each.index.parts)
    rows = []
    for each in moments:
        found = {one.strand: one for one in each.index.parts}
        said = tuple(
            Sentence(
                "index.moment_part",
                {"strand": _strand(key), "value": found[key].permeability},
            )
            for key in strands
            if key in found
        )
        values = (each.index.value, *each.index.interval)
        rows.append(Ranked(both([each.label]), values, remarks=said))
    columns = (known.VALUE, known.LOW, known.HIGH)
    remarks = () if comparable(moments) else (Sentence("index.not_comparable"),)
    if not measures:
        measures = next((known.of_index(one.index) for one in moments if one.index.parts), {})
    if not measures:
        return Ranking("index.history", (), (), 0, remarks)
    return Ranking(
        "index.history",
        tuple(measures[one.key] for one in columns),
        tuple(rows),
        len(rows),
        remarks,
    )


def _cards(one: Scorecard, region: Region) -> Ranking:
    table = region.table("groups")
    named = table.drop_duplicates("group").set_index("group")
    cities = region.table("counties").set_index("county")["city"]
    rows = [
        Ranked(
            both([named.at[card.group, "name_zh"]], [named.at[card.group, "name_en"]]),
            card.values,
            tuple(dict.fromkeys(cities[table.loc[table["group"] == card.group, "county"]])),
        )
        for card in one.cards
    ]
    whole: dict[Language, str] = {
        language: say("index.whole_region", language) for language in LANGUAGES
    }
    rows.append(Ranked(whole, one.region))
    role = one.role.replace("-", "_")
    return Ranking(f"index.cards_{role}", one.indicators, tuple(rows), len(rows))
