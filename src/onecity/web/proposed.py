"""What strands propose, as the map shows it and as a job finds it."""

from typing import Any

from shapely import LineString
from shapely.geometry import mapping

from onecity.core.errors import MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import LANGUAGES
from onecity.report.assumed import assumed_words
from onecity.report.proposed import ends_of, kind_of, place_of, strand_of
from onecity.strands import strands
from onecity.strands.contract import Proposal
from onecity.strands.findings_cache import proposed

from .indicators import indicator_told
from .state import State
from .words import told, words

KEY = ("proposals",)


def proposals_of(state: State, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
    """Return what every strand proposes; numbered from 1 in this order."""

    def make() -> tuple[Proposal, ...]:
        found = (proposed(one, state.region, progress=progress) for one in strands().values())
        return tuple(one for several in found for one in several)

    return state.once(KEY, make)


def found_before(state: State) -> tuple[Proposal, ...] | None:
    """Return what strands propose if that is known already."""
    found: tuple[Proposal, ...] | None = state.peek(KEY)
    return found


def numbered(several: tuple[Proposal, ...], number: int) -> Proposal:
    """Return a proposal by its number, 1 for the first.

    Raises
    ------
    MissingError
        If there is none with this number.
    """
    if not 0 < number <= len(several):
        raise MissingError("web_analysis.no_proposal", given=number, count=len(several))
    return several[number - 1]


def proposal_told(one: Proposal, number: int) -> dict[str, Any]:
    """Return a proposal as `onecity.web.routes.proposals.ProposalAnswer` says."""
    ends, stability = ends_of(one), one.stability
    return {
        "number": number,
        "strand": strand_of(one),
        "strand_name": told(f"strands.name_{strand_of(one)}"),
        "rank": one.rank,
        "kind": {language: kind_of(one, language) for language in LANGUAGES},
        "title": {language: place_of(one, language) for language in LANGUAGES},
        "line": mapping(LineString(ends)) if ends else None,
        "indicator": indicator_told(one.indicator),
        "grade": one.grade.value,
        "benefit": one.benefit,
        "order": one.order,
        "added": one.added,
        "cumulative": one.cumulative,
        "gains": dict(one.gains),
        "gains_by_county": dict(one.gains_by_county),
        "payers": dict(one.payers),
        "cost_million_cny": one.cost_million_cny,
        "gain_per_million_cny": one.gain_per_million_cny,
        "stability": {
            "draws": stability.draws,
            "top": stability.top,
            "among": stability.among,
            "share": stability.share,
            "rank": stability.rank,
            "benefit": stability.benefit,
        }
        if stability
        else None,
        "remarks": [words(each) for each in one.remarks],
        "assumptions": {
            language: assumed_words(one.assumptions, language) for language in LANGUAGES
        },
        "record": dict(one.intervention.as_record()),
    }
