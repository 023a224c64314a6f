"""Proposals of any strand as a reader meets them: a name, a line on the map, who gains, who pays.

What stands in `Proposal.evidence` differs from strand to strand. A line is drawn where it
holds ``lon`` and ``lat`` of both ends, a name given where it holds ``names`` (of the units its
ends lie in) and ``roads`` (of the roads there, None for one without a name). What ``stands_out``
is listed whatever its rank.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from onecity.core.words import LANGUAGES, Language, say
from onecity.region.manifest import Assumption
from onecity.strands.contract import Proposal

from .assumed import assumed_words
from .names import Name

Ends = tuple[tuple[float, float], tuple[float, float]]
_LEAST_SHARE = 0.01
_MOST_NAMED = 3


def strand_of(one: Proposal) -> str:
    """Return the key of the strand a proposal comes from: the chapter of its indicator."""
    return one.indicator.key.partition(".")[0]


def kind_of(one: Proposal, language: Language) -> str:
    """Return what a proposal is, in words; empty where its strand knows one kind only."""
    return say(f"{strand_of(one)}.kind_{one.kind}", language) if one.kind else ""


def listed(found: Sequence[Proposal], most: int) -> list[Proposal]:
    """Return the proposals of the first ranks, and behind them what stands out all the same."""
    return [one for one in found if one.rank <= most or one.evidence.get("stands_out")]


def place_of(one: Proposal, language: Language) -> str:
    """Return where a proposal lies: between two places, or within one."""
    names = one.evidence.get("names")
    if not names:
        return kind_of(one, language) or say("report.proposal", language, rank=one.rank)
    words = [_words(name, language) for name in names]
    if len(set(words)) == 1:
        place = say("report.place_within", language, one=words[0])
    else:
        place = say("report.place_between", language, one=words[0], other=words[-1])
    roads = one.evidence.get("roads") or (None,)
    if not any(roads):
        return place
    joined = [road or say("report.road_without_name", language) for road in dict.fromkeys(roads)]
    if len(joined) == 1:
        return say("report.place_on_road", language, place=place, one=joined[0])
    return say("report.place_of_roads", language, place=place, one=joined[0], other=joined[-1])


def _words(name: Any, language: Language) -> str:
    return str(name.text(language)) if hasattr(name, "text") else str(name)


def ends_of(one: Proposal) -> Ends | None:
    """Return longitude and latitude of both ends, where the evidence holds them."""
    lon, lat = one.evidence.get("lon"), one.evidence.get("lat")
    if not (isinstance(lon, Sequence) and isinstance(lat, Sequence) and len(lon) == len(lat) == 2):
        return None
    return (float(lon[0]), float(lat[0])), (float(lon[1]), float(lat[1]))


def shares(values: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the codes that hold at least a hundredth of the total, most first, as shares.

    What is below zero, a loss, is always among them.
    """
    total = sum(value for value in values.values() if value > 0)
    if total <= 0:
        return []
    kept = [
        (code, value / total)
        for code, value in values.items()
        if value / total >= _LEAST_SHARE or value < 0
    ]
    return sorted(kept, key=lambda pair: -pair[1])


def named_shares(
    values: Mapping[str, float],
    names: Mapping[str, Name],
    language: Language,
    most: int = _MOST_NAMED,
) -> str:
    """Return who holds how much: 黄冈市 64%、黄石市 33%."""
    found = shares(values)
    winners = [pair for pair in found if pair[1] > 0][:most]
    losers = [pair for pair in found if pair[1] < 0]
    texts = [
        f"{names[code].text(language) if code in names else code} {100 * share:.0f}%"
        for code, share in (*winners, *losers)
    ]
    return ("、" if language == "zh" else ", ").join(texts)


def assumptions_of(proposals: Iterable[Proposal]) -> tuple[Assumption, ...]:
    """Return what some proposals rest on, each once, in the order of first mention."""
    return tuple({item.key: item for one in proposals for item in one.assumptions}.values())


def flat(proposals: Sequence[Proposal], cities: Mapping[str, Name]) -> pd.DataFrame:
    """Return one row for each proposal with all that must travel with it.

    Columns every proposal has come first, then ``evidence_...``, then ``gain_<city code>``.
    """
    return pd.DataFrame([_row(one, cities) for one in proposals])


def _row(one: Proposal, cities: Mapping[str, Name]) -> dict[str, Any]:
    measure, stability = one.indicator, one.stability
    cost, per = one.cost_million_cny or (None, None), one.gain_per_million_cny or (None, None)
    row: dict[str, Any] = {
        "strand": strand_of(one),
        "rank": one.rank,
        "kind": one.kind,
    }
    for language in LANGUAGES:
        row[f"kind_{language}"] = kind_of(one, language)
        row[f"place_{language}"] = place_of(one, language)
    row |= {
        "indicator": measure.key,
        "title_zh": measure.text("zh"),
        "title_en": measure.text("en"),
        "benefit": one.benefit,
        "unit": measure.unit,
        "order": one.order,
        "added": one.added,
        "cumulative": one.cumulative,
        "cost_low_million_cny": cost[0],
        "cost_high_million_cny": cost[1],
        "gain_per_million_cny_low": per[0],
        "gain_per_million_cny_high": per[1],
        "draws": stability.draws if stability else None,
        "among": stability.among if stability else None,
        "top": stability.top if stability else None,
        "share_in_top": stability.share if stability else None,
        "rank_low": stability.rank[0] if stability else None,
        "rank_high": stability.rank[1] if stability else None,
        "benefit_low": stability.benefit[0] if stability else None,
        "benefit_high": stability.benefit[1] if stability else None,
        "nature": measure.nature.value,
        "grade": one.grade.value,
        "sources": ";".join(measure.sources),
    }
    for language in LANGUAGES:
        row[f"assumptions_{language}"] = assumed_words(one.assumptions, language)
        row[f"gains_{language}"] = named_shares(one.gains, cities, language, len(one.gains))
        row[f"payers_{language}"] = named_shares(one.payers, cities, language, len(one.payers))
        said = (*one.remarks, *measure.remarks)
        row[f"remarks_{language}"] = " ".join(remark.text(language) for remark in said)
    row |= {f"action_{key}": value for key, value in one.intervention.as_record().items()}
    row |= {f"evidence_{key}": _plain(value) for key, value in one.evidence.items()}
    row |= {f"gain_{code}": value for code, value in one.gains.items()}
    return row


def _plain(value: Any) -> Any:
    """Return evidence as what a cell can hold: numbers stay, everything else becomes text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{key}={_plain(one)}" for key, one in value.items())
    if isinstance(value, Iterable):
        return " | ".join(str(_plain(one)) for one in value)
    return f"{value.text('zh')} {value.text('en')}" if hasattr(value, "text") else str(value)
