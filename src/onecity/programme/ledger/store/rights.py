"""Who may do what in the ledger: its permissions, its roles, and what follows for one item.

An item is of the city of its responsible unit; one of a unit of no city, or of none yet, is of
the whole circle. A role in one city gives nothing outside it.

* A unit editor does what the responsible unit does, on the items of their own unit and of those
  it took over from, and says something on items that their unit has a part in.
* A city's office and the circle's office give out, judge and edit, in their city or everywhere;
  there they may also do what a unit would do, as for one that has no login. The event and the
  trail name who it was.
"""

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.identity import Actor, Role, Rules
from onecity.identity.errors import ForbiddenError
from onecity.programme.ledger import checks
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.way import COMMENT, MANAGE, WORK, By

VIEW = "ledger.items.view"
"""Permission to see the ledger: all of it, wherever one has it."""
UNITS = "ledger.units.manage"
"""Permission to enter, rename and merge units."""
REMIND = "ledger.reminders.write"
"""Permission to let the reminders that are due be written."""
SETTINGS = "ledger.settings.manage"
"""Permission to change what the ledger is called and when its rules speak."""

_MAP = frozenset({"view", "analyse"})
_ACTIONS = (
    "item.drafted",
    "item.assigned",
    "item.signed",
    "item.started",
    "item.progressed",
    "item.reported",
    "item.accepted",
    "item.returned",
    "item.reminded",
    "item.escalated",
    "item.suspended",
    "item.resumed",
    "item.closed",
    "item.cancelled",
    "item.edited",
    "item.commented",
    "item.attached",
    "unit.set",
    "unit.replaced",
    "meeting.held",
    "view.saved",
    "view.dropped",
    "settings.changed",
)


def RULES_OF(rules: Rules) -> Rules:  # noqa: N802  (named as the constant it stands for)
    """Return rules with those of the ledger; rules that have them already stay as they are."""
    if VIEW in rules.permissions:
        return rules
    office = frozenset({VIEW, MANAGE, WORK, COMMENT})
    return rules.extended(
        permissions={
            VIEW: Sentence("ledger_store.permission_view"),
            MANAGE: Sentence("ledger_store.permission_manage"),
            WORK: Sentence("ledger_store.permission_work"),
            COMMENT: Sentence("ledger_store.permission_comment"),
            UNITS: Sentence("ledger_store.permission_units"),
            REMIND: Sentence("ledger_store.permission_remind"),
            SETTINGS: Sentence("ledger_store.permission_settings"),
        },
        roles={
            "unit_editor": Role(
                Sentence("ledger_store.role_unit_editor"), _MAP | {VIEW, WORK, COMMENT}
            ),
            "city_office": Role(Sentence("ledger_store.role_city_office"), _MAP | office),
            "circle_office": Role(Sentence("ledger_store.role_circle_office"), _MAP | {"ledger.*"}),
        },
        grants={"viewer": {VIEW}, "auditor": {VIEW}},
        actions={one: Sentence(f"ledger_store.action_{one.replace('.', '_')}") for one in _ACTIONS},
    )


def may_view(rules: Rules, actor: Actor) -> bool:
    """Whether somebody may see the ledger: who has the permission in one city sees all of it."""
    return rules.cities(actor, VIEW) != frozenset()


def city_of(item: Item, register: Register) -> str | None:
    """Return the code of the city in which rights to an item count; None for the whole circle."""
    unit = register.units.get(item.responsible_unit or "")
    return None if unit is None else unit.city


def by_of(
    rules: Rules, register: Register, actor: Actor, item: Item | None, own: frozenset[str]
) -> By:
    """Return what somebody may do to an item, or, without one, to those of the whole circle.

    Parameters
    ----------
    rules, register
        What each role may do; which unit is of which city.
    actor, item
        Who, and what is to be changed.
    own
        Codes whose items the actor's unit answers for today.
    """
    city = None if item is None else city_of(item, register)
    held = frozenset(one for one in (MANAGE, WORK, COMMENT) if rules.may(actor, one, city))
    units = own
    if {MANAGE, WORK} <= held and item is not None and item.responsible_unit is not None:
        units = own | {item.responsible_unit}
    # Who is no office speaks on what their own unit has a part in.
    if item is not None and MANAGE not in held and not own & item.units:
        held -= {COMMENT}
    return By(actor.name, _unit(actor), units, held)


def require_manage(rules: Rules, register: Register, actor: Actor, item: Item) -> None:
    """Do nothing if somebody may give out items where this one lies.

    Raises
    ------
    ForbiddenError
        They may not.
    """
    city = city_of(item, register)
    if not rules.may(actor, MANAGE, city):
        if rules.cities(actor, MANAGE):
            raise ForbiddenError("ledger_store.other_city", who=actor.name, number=item.number)
        rules.require(actor, MANAGE, city)


def _unit(actor: Actor) -> str | None:
    """Return the code of an actor's unit as an event takes it; accounts may hold any text."""
    if actor.unit is None:
        return None
    try:
        return checks.code("unit", actor.unit)
    except InputError:
        return None
