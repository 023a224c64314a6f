"""The index over time: of states of one region, or of one region built for several years."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from onecity.region.store import Region
from onecity.region.versions import Versions
from onecity.strands.contract import Findings
from onecity.strands.examination import Examination

from .integration import Integration, integration_index

Measure = Callable[[Region], tuple[Mapping[str, Findings], Sequence[Examination]]]
"""What strands and topics find in a region."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The index at one time; `label` says which: a year, a day, a folder."""

    label: str
    index: Integration


def history_of(
    states: Iterable[tuple[str, Region]],
    measure: Measure,
    weights: Mapping[str, float] | None = None,
) -> tuple[Moment, ...]:
    """Return the index of several states of a region, in the order given.

    Two states compare only where they have the same parts: see `comparable`.

    Parameters
    ----------
    states
        Name and region, oldest first.
    measure
        Finds what the index is made of, see `onecity.strands.findings_cache`.
    weights
        As in `integration_index`.
    """
    moments = []
    for label, region in states:
        findings, examinations = measure(region)
        moments.append(Moment(label, integration_index(region, findings, examinations, weights)))
    return tuple(moments)


def states_of(versions: Versions) -> list[tuple[str, Region]]:
    """Return the accepted states of a region that lead to the current one, oldest first.

    Each is named by the day it was accepted, and its number.

    Raises
    ------
    MissingError, StoreError
        One of them is not there any longer, or damaged.
    """
    by_number = {one.number: one for one in versions.history}
    line, number = [], versions.head.number
    while True:
        one = by_number[number]
        line.append(one)
        if one.parent is None:
            break
        number = one.parent
    return [
        (f"{one.when.date().isoformat()} #{one.number}", versions.at(one.hash))
        for one in reversed(line)
    ]


def comparable(moments: Sequence[Moment]) -> bool:
    """Return whether all moments rest on the same strands, on the same kind of effect each."""
    made = {
        tuple((one.strand, one.finding.indicator.key) for one in each.index.parts)
        for each in moments
    }
    return len(made) <= 1
