"""The steps of a process as people read them: what an item takes, and how far a case is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from onecity.hall.cases import FINAL, Case, State, TaskKind
from onecity.hall.cases.model import kind_of
from onecity.hall.catalogue import Applicant, Item
from onecity.hall.processes import Running, Stage, facts_for, stages

from .processes import facts_of

if TYPE_CHECKING:
    from .node import Node
    from .workflow import OpenWork

_LONGEST, _MOST = 200, 100


class Far(StrEnum):
    """How far a case is with a step of its process."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class StageSeen:
    """A step of a process.

    Attributes
    ----------
    kind, title
        What it is; its name in an office's own drawing, empty where the kind says it.
    unit
        The department that does it, where that is not the one that decides.
    beside
        Whether it is done side by side with the one before it.
    far
        How far a case is with it; None of an item.
    """

    kind: TaskKind
    title: str
    unit: str
    beside: bool
    far: Far | None = None


def stages_of_item(node: "Node", item: Item) -> tuple[StageSeen, ...]:
    """Return the steps of an item's process as they go for most; see `playing.stages`.

    Where its conditions ask, that is somebody who applies in the item's own city for themselves.
    """
    process = node.processes.of(item)
    person = Applicant.PERSON in item.applicants
    told = {
        "applicant": (Applicant.PERSON if person else Applicant.FIRM).value,
        "from_city": item.city or None,
        "on_behalf": False,
    }
    own, names = node.processes.is_own(item), node.processes.units(item.city, anywhere=True)
    return tuple(
        _seen(one, names.get(one.lane, ""), item.authority, own=own)
        for one in stages(process, facts_for(process, told))
    )


def stages_of(
    node: "Node", case: Case, open_: Sequence["OpenWork"], own: Running | None
) -> tuple[StageSeen, ...]:
    """Return the steps of a case's process, and how far it is.

    Parameters
    ----------
    open_
        The tasks of its process that are open.
    own
        Its process, where an office drew that itself.
    """
    if own is not None:
        return of_own(node, case, own)
    spot, accepted = node.processes.is_spot(case), case.accepted_at is not None
    return standard(case.state, [one.kind for one in open_], spot=spot, accepted=accepted)


def of_own(node: "Node", case: Case, own: Running) -> tuple[StageSeen, ...]:
    """Return the steps of a process that an office drew, and how far a case is."""
    now = {one.name: one for one in own.open_tasks() if not kind_of(one.name).waits}
    done = set(own.done_tasks())
    line = list(stages(own.process, facts_of(own.process, case)))
    # What lies off the way of those that go well is shown once a case is there.
    usual = {one.name for one in line}
    aside = [
        Stage(one.name, one.title, one.lane, beside=False)
        for one in now.values()
        if one.name not in usual
    ]
    at = next((place for place, one in enumerate(line) if one.name not in done), len(line))
    found = []
    for one in (*line[:at], *aside, *line[at:]):
        far = Far.NOW if one.name in now else Far.DONE if one.name in done else Far.AHEAD
        unit = node.processes.unit_of(one.name, one.lane, case.authority, case.city)
        found.append(_seen(one, unit, case.authority, own=True, far=far))
    return _ended(tuple(found), case.state)


def standard(
    state: State, open_: Sequence[TaskKind] = (), *, spot: bool, accepted: bool
) -> tuple[StageSeen, ...]:
    """Return the steps of a process that ships, and how far a case in a state is.

    Parameters
    ----------
    open_
        Kinds of the tasks that are open, as far as they are known: they tell review and decision
        apart.
    spot, accepted
        Whether it is decided on the spot; whether it was accepted.
    """
    line = (
        (TaskKind.SPOT, TaskKind.DELIVER)
        if spot
        else (TaskKind.INTAKE, TaskKind.REVIEW, TaskKind.DECIDE, TaskKind.DELIVER)
    )
    if state in {State.DECIDED, State.CLOSED}:
        now = TaskKind.DELIVER
    elif not accepted:
        now = line[0]
    else:
        now = TaskKind.DECIDE if TaskKind.DECIDE in open_ else TaskKind.REVIEW
    at = len(line) if state is State.CLOSED else line.index(now)
    far = (*[Far.DONE] * at, Far.NOW, *[Far.AHEAD] * len(line))[: len(line)]
    told = zip(line, far, strict=True)
    found = tuple(StageSeen(kind, "", "", beside=False, far=one) for kind, one in told)
    return _ended(found, state)


def followed(
    told: object, state: State, item: Item | None, *, accepted: bool
) -> tuple[StageSeen, ...]:
    """Return how far a case is that its applicant follows; nothing without an item.

    Parameters
    ----------
    told
        What the node that handles it told last of a process of its own, as `plain` tells it.
    """
    if item is None:
        return ()
    spot = item.promised is not None and item.promised.count == 0
    return from_plain(told) or standard(state, spot=spot, accepted=accepted)


def _ended(found: tuple[StageSeen, ...], state: State) -> tuple[StageSeen, ...]:
    """Leave out what a case that has ended did not come to."""
    if state not in FINAL:
        return found
    return tuple(one for one in found if one.far is Far.DONE)


def _seen(
    stage: Stage, unit: str, authority: str, *, own: bool, far: Far | None = None
) -> StageSeen:
    kind = kind_of(stage.name)
    other = unit if kind is TaskKind.STEP and unit != authority else ""
    return StageSeen(kind, stage.title if own else "", other, stage.beside, far)


def plain(found: Sequence[StageSeen]) -> list[dict[str, object]]:
    """Return steps of a case as they are told to other nodes."""
    return [
        {
            "kind": one.kind.value,
            "title": one.title,
            "unit": one.unit,
            "beside": one.beside,
            "far": None if one.far is None else one.far.value,
        }
        for one in found
    ]


def from_plain(told: object) -> tuple[StageSeen, ...]:
    """Read what `plain` wrote; nothing where it is anything else."""
    if not isinstance(told, list):
        return ()
    try:
        return tuple(
            StageSeen(
                TaskKind(one["kind"]),
                str(one["title"])[:_LONGEST],
                str(one["unit"])[:_LONGEST],
                beside=bool(one["beside"]),
                far=Far(one["far"]),
            )
            for one in told[:_MOST]
        )
    except (KeyError, TypeError, ValueError):
        return ()
