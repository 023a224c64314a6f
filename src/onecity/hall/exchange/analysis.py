"""The whole analysis of a catalogue: what an office wants to know that runs no case yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from onecity.core.words import LANGUAGES, Language, Sentence
from onecity.core.working_days import WorkingCalendar
from onecity.hall.catalogue import Catalogue
from onecity.hall.catalogue.rules import Difference, differences

from .across import Across, across_borders
from .asking import Asking, Held, Silo, asking_of, held_by_government, silos
from .choosing import PATIENCE
from .events import (
    Length,
    Plan,
    Rework,
    Twice,
    Walk,
    asked_twice,
    exchangeable,
    lengths,
    rework,
    walks_of,
)
from .opening import EQUAL, Grain, Openings, Spared, openings

DRAWS = 400
"""Walks drawn for each life event and city."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in a catalogue.

    Attributes
    ----------
    catalogue, asking
        What was looked at, and what it asks for.
    held, silos
        Documents that government asks for and holds; between which departments.
    twice, lengths
        What life events ask for again, and which of their steps could run side by side.
    openings, weights, grain
        Which exchanges to open, by what a visit, a document and a day weigh, and what an exchange
        is.
    across
        What a case across a border costs more.
    rework
        Life events today, and as one application with every exchange opened.
    differences
        Where the same item differs between cities, in each language.
    remarks
        What a reader has to know of all of it.
    """

    catalogue: Catalogue
    asking: Asking
    held: tuple[Held, ...]
    silos: tuple[Silo, ...]
    twice: tuple[Twice, ...]
    lengths: tuple[Length, ...]
    openings: Openings
    weights: Spared
    grain: Grain
    across: tuple[Across, ...]
    rework: tuple[Rework, ...]
    differences: Mapping[Language, tuple[Difference, ...]]
    remarks: tuple[Sentence, ...]


def analyse(
    catalogue: Catalogue,
    *,
    count: int = 10,
    weights: Spared = EQUAL,
    grain: Grain = Grain.DOCUMENT,
    on: date,
    seconds: float = PATIENCE,
    calendar: WorkingCalendar | None = None,
) -> Analysis:
    """Return everything that can be found in a catalogue.

    Parameters
    ----------
    count, weights, grain, seconds
        See `openings`.
    on
        Day whose versions are looked at; life events are walked in the year that begins then.
    calendar
        Working days; China's if None.

    Raises
    ------
    InputError
        A number makes no sense, or steps of a life event wait for each other in a circle.
    """
    standing = catalogue.on(on)
    asking = asking_of(standing)
    walks = walks_of(standing)
    plan = Plan(exchangeable(standing), side_by_side=True, together=True)
    reworked = rework(
        walks,
        standing,
        plan,
        calendar=calendar or WorkingCalendar.china(),
        first=on,
        last=_year_after(on),
        draws=DRAWS,
    )
    return Analysis(
        catalogue=standing,
        asking=asking,
        held=held_by_government(asking),
        silos=silos(asking),
        twice=asked_twice(walks),
        lengths=lengths(walks),
        openings=openings(asking, count, weights=weights, grain=grain, seconds=seconds),
        weights=weights,
        grain=grain,
        across=across_borders(standing),
        rework=reworked,
        differences={each: differences(standing, each) for each in LANGUAGES},
        remarks=(*_of_day(catalogue, standing, on), *asking.remarks, *_of_walks(walks, reworked)),
    )


def _of_day(catalogue: Catalogue, standing: Catalogue, on: date) -> list[Sentence]:
    """Return which day is looked at, and how many items have no version then."""
    left = len(catalogue.item) - len(standing.item)
    dated = any(one.valid_from or one.valid_until for one in catalogue.items)
    remarks = [Sentence("hall_findings.day", {"day": on})] if dated else []
    if left:
        remarks.append(Sentence("hall_findings.not_standing", {"count": left}))
    return remarks


def _of_walks(walks: Sequence[Walk], reworked: Sequence[Rework]) -> list[Sentence]:
    """Return what a reader has to know of life events."""
    found = list(dict.fromkeys(remark.key for one in reworked for remark in one.remarks))
    told = {remark.key: remark for one in reworked for remark in one.remarks}
    lacking = sum(bool(one.missing) for one in walks)
    remarks = [told[key] for key in found]
    if walks:
        remarks.append(Sentence("hall_findings.by_promise"))
    if lacking:
        remarks.append(Sentence("hall_findings.walks_lack", {"count": lacking}))
    items = {item.code: item for one in walks for item in one.items}.values()
    silent = sum(one.promised is None for one in items)
    if silent:
        remarks.append(Sentence("hall_findings.unlimited", {"count": silent}))
    some = any(step.share < 1 for one in walks for step in one.event.steps)
    if some or any(each.share < 1 for one in items for each in one.requirements):
        remarks.append(Sentence("hall_findings.walked_whole"))
    return remarks


def _year_after(on: date) -> date:
    """Return the last day of the year that begins on a day."""
    return date.fromordinal(on.toordinal() + 364)
