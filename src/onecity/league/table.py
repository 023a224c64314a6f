"""The league as a whole: groups measured alike, best first, and what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Source, worst_grade
from onecity.core.words import Sentence
from onecity.strands.contract import Indicator

from .extracts import absent, cut
from .groups import Group
from .premium import PLACEBOS, CityFlows, premiums
from .regions import region_of
from .standing import PREMIUM, SHARE, Premium, Standing, premium_indicator, standing_of

_COMMON = (
    *("league.trunk_level", "league.residents_from", "league.not_the_full_region"),
    "league.how_made_up",
)


@dataclass(frozen=True, slots=True)
class League:
    """Groups side by side.

    Attributes
    ----------
    rows
        The groups, the largest share of people within the hour first.
    indicators
        What the columns are; each has the weakest grade it has in any row.
    sources
        What figures come from; of several rows' sources of one name, the weakest.
    remarks
        What a reader must know of all rows.
    """

    rows: tuple[Standing, ...]
    indicators: Mapping[str, Indicator]
    sources: Mapping[str, Source]
    remarks: tuple[Sentence, ...]


def league(
    groups: Sequence[Group],
    folder: Path,
    *,
    flows: CityFlows | None = None,
    progress: Progress = SILENCE,
) -> League:
    """Measure groups alike.

    Parameters
    ----------
    groups
        From `read_groups`.
    folder
        Where extracts, regions and what was found in them are kept: what is there is taken as it
        is as long as nothing it was made from has changed.
    flows
        For the same-circle premium; without them there is none, and a sentence says so.

    Raises
    ------
    MissingError
        If a group has no extract and the packages to cut one from are not installed.
    OneCityError
        As `build` and `measured`.
    """
    cut(absent(groups, folder), folder, progress=progress)
    # One stage for all groups: those of building and measuring would begin anew for each.
    progress.stage("league.stage_groups", len(groups))
    rows = []
    for group in groups:
        rows.append(standing_of(group, region_of(group, folder)))
        progress.advance()
    remarks = [Sentence(key, {}) for key in _COMMON]
    if flows is None:
        remarks.append(Sentence("league.without_flows", {}))
    else:
        remarks += [Sentence("league.premium_how", {"count": PLACEBOS}), *flows.remarks]
        found = premiums(groups, flows, progress=progress)
        rows = [_with_premium(one, found[one.group.key]) for one in rows]
    return _joined(rows, flows, remarks)


def _with_premium(one: Standing, found: Premium | Sentence) -> Standing:
    if isinstance(found, Sentence):
        return one.with_premium(None, (found,))
    here, members = found.members
    partly = [Sentence("league.premium_members", {"here": here, "members": members})]
    return one.with_premium(found, tuple(partly) if here < members else ())


def _joined(
    rows: Sequence[Standing], flows: CityFlows | None, remarks: Sequence[Sentence]
) -> League:
    ordered = sorted(rows, key=lambda one: (-one.figures[SHARE].value, one.group.key))
    indicators = {
        key: _weakest([one.indicators[key] for one in rows]) for key in rows[0].indicators
    }
    sources: dict[str, Source] = {}
    for row in rows:
        for key, one in row.sources.items():
            if key not in sources or worst_grade((sources[key].grade, one.grade)) is one.grade:
                sources[key] = one
    if flows is not None:
        indicators[PREMIUM] = premium_indicator()
        sources["flows"] = flows.source
    return League(tuple(ordered), indicators, sources, tuple(remarks))


def _weakest(several: Sequence[Indicator]) -> Indicator:
    grade = worst_grade(one.grade for one in several)
    return next(one for one in several if one.grade is grade)
