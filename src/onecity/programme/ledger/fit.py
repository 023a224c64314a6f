"""How the values of an item fit together: dates in order, money, dependencies, and its state."""

from typing import TYPE_CHECKING

from onecity.core.errors import InputError

from . import checks
from .kinds import ENDED, Kind, State

if TYPE_CHECKING:
    from .model import Item

PAUSABLE = frozenset(State) - ENDED - {State.DRAFT, State.SUSPENDED}
"""States that an item can be suspended in."""
_DONE = {State.REPORTED, State.ACCEPTED, State.CLOSED}
_GIVEN = PAUSABLE | {State.SUSPENDED, State.CLOSED}
# A draft may be cancelled: it was then never given to anybody.
_BOUND: dict[str, tuple[frozenset[State], bool]] = {
    "responsible_unit": (_GIVEN, False),
    "assigned_on": (_GIVEN, False),
    "due": (_GIVEN, False),
    "reported_on": (frozenset({State.ACCEPTED, State.CLOSED}), False),
    "closed_on": (ENDED, True),
    "back_to": (frozenset({State.SUSPENDED}), True),
}
"""Fields, the states that need them, and whether no other state may have them."""


def check_fit(item: "Item") -> None:
    """Refuse values that contradict one another, whatever the state.

    Raises
    ------
    InputError
        Names the field.
    """
    checks.in_order(("start", item.start), ("due", item.due))
    checks.in_order(("assigned_on", item.assigned_on), ("due", item.due))
    checks.in_order(("assigned_on", item.assigned_on), ("reported_on", item.reported_on))
    checks.in_order(("assigned_on", item.assigned_on), ("closed_on", item.closed_on))
    checks.in_order(("reported_on", item.reported_on), ("closed_on", item.closed_on))
    for one in item.milestones:
        checks.in_order(("milestones", one.due), ("due", item.due))
    if item.gate is not None and item.kind is not Kind.PROJECT:
        raise InputError("ledger.gate_of_no_project", field=checks.field("gate"), kind=item.kind)
    for unit in item.supporting_units:
        if unit in {item.lead_unit, item.responsible_unit}:
            raise InputError(
                "ledger.supports_itself", field=checks.field("supporting_units"), given=unit
            )
    before = [one.item for one in item.depends_on]
    if item.id in before:
        raise InputError("ledger.depends_on_itself", field=checks.field("depends_on"))
    checks.distinct("depends_on", before)


def check_state(item: "Item") -> None:
    """Refuse values that the state of an item does not allow, or lacks.

    Raises
    ------
    InputError
        Names the field.
    """
    for name, (states, exactly) in _BOUND.items():
        there = getattr(item, name) is not None
        if item.state in states and not there:
            raise InputError("ledger.state_needs", field=checks.field(name), state=item.state)
        if exactly and there and item.state not in states:
            raise InputError("ledger.state_forbids", field=checks.field(name), state=item.state)
    if item.state is State.DRAFT and item.assigned_on is not None:
        raise InputError(
            "ledger.state_forbids", field=checks.field("assigned_on"), state=item.state
        )
    if item.back_to is not None and item.back_to not in PAUSABLE:
        raise InputError("ledger.state_forbids", field=checks.field("back_to"), state=item.back_to)
    if State.REPORTED in {item.state, item.back_to} and item.reported_on is None:
        raise InputError("ledger.state_needs", field=checks.field("reported_on"), state=item.state)
    if {item.state, item.back_to} & _DONE and item.progress != 100:
        raise InputError("ledger.done_is_all", field=checks.field("progress"), given=item.progress)
