"""Who may do what at a node: its permissions and its roles.

A clerk handles the tasks of their own unit, which is a department of the catalogue; whoever may
do so without a unit, or as an administrator, those of every department here. A role in one city
gives nothing in others.
"""

from onecity.core.words import Sentence
from onecity.hall.cases import What
from onecity.identity import Actor, Role, Rules
from onecity.identity.errors import ForbiddenError

APPLY = "hall.apply"
"""Permission to apply for oneself and to follow one's own cases."""
WINDOW = "hall.window"
"""Permission to take in applications for others at a window."""
HANDLE = "hall.handle"
"""Permission to handle the cases of one's department."""
DECIDE = "hall.decide"
"""Permission to decide and sign."""
LOOK = "hall.look"
"""Permission to look at cases and the personal data in them; every look is logged."""
BOARD = "hall.board"
"""Permission to see the board: counts, never personal data."""
EDIT = "hall.items.edit"
"""Permission to draft changes of items."""
PUBLISH = "hall.items.publish"
"""Permission to publish what somebody else drafted."""
MANAGE = "hall.manage"
"""Permission to look after the node: keys, trust list, other nodes."""

_MAP = frozenset({"view", "analyse"})
_CLERK = frozenset({WINDOW, HANDLE, LOOK})
_ACTIONS = (
    "case.looked",
    "person.searched",
    "case.result",
    "node.made",
    "process.put",
    "process.dropped",
)

_MESSAGES = (
    "message.sent",
    "message.taken",
    "message.refused",
    "message.answered",
    "message.reopened",
    "message.renumbered",
    "message.resumed",
)
_ITEMS = ("items.taken_in", "items.drafted", "items.draft_dropped", "items.published")
_APPLYING = (
    "applicant.saved",
    "applicant.verified",
    "applicant.erased",
    "application.submitted",
    "application.erased",
    "application.erasure",
    "draft.expired",
    "result.received",
    "joint.opened",
    "joint.started",
    "joint.ended",
    "joint.appraised",
    "joint.reminded",
    "joint.erased",
)
_EVIDENCE = (
    "evidence.asked",
    "evidence.given",
    "evidence.absent",
    "evidence.agreed",
    "evidence.refused",
    "evidence.held",
    "evidence.revoked",
    "evidence.erased",
)


def RULES_OF(rules: Rules) -> Rules:  # noqa: N802  (named as the constant it stands for)
    """Return rules with those of the hall; rules that have them already stay as they are."""
    if APPLY in rules.permissions:
        return rules
    return rules.extended(
        permissions={
            APPLY: Sentence("hall_node.permission_apply"),
            WINDOW: Sentence("hall_node.permission_window"),
            HANDLE: Sentence("hall_node.permission_handle"),
            DECIDE: Sentence("hall_node.permission_decide"),
            LOOK: Sentence("hall_node.permission_look"),
            BOARD: Sentence("hall_node.permission_board"),
            EDIT: Sentence("hall_node.permission_edit"),
            PUBLISH: Sentence("hall_node.permission_publish"),
            MANAGE: Sentence("hall_node.permission_manage"),
        },
        roles={
            "resident": Role(Sentence("hall_node.role_resident"), _MAP | {APPLY}),
            "clerk": Role(Sentence("hall_node.role_clerk"), _MAP | _CLERK),
            "officer": Role(Sentence("hall_node.role_officer"), _MAP | _CLERK | {DECIDE}),
            "supervisor": Role(Sentence("hall_node.role_supervisor"), _MAP | {BOARD, LOOK}),
            "item_editor": Role(Sentence("hall_node.role_item_editor"), _MAP | {EDIT, PUBLISH}),
        },
        actions={
            **{one: Sentence(f"hall_node.action_{one.replace('.', '_')}") for one in _ACTIONS},
            **{f"case.{one.value}": Sentence(f"hall_cases.what_{one.value}") for one in What},
            **{one: Sentence(f"hall_mail.action_{one.replace('.', '_')}") for one in _MESSAGES},
            **{one: Sentence(f"hall_editions.action_{one.replace('.', '_')}") for one in _ITEMS},
            **{one: Sentence(f"hall_applying.action_{one.replace('.', '_')}") for one in _APPLYING},
            "cases.loaded": Sentence("hall_loading.action_cases_loaded"),
            **{one: Sentence(f"hall_broker.action_{one.replace('.', '_')}") for one in _EVIDENCE},
        },
    )


def require_unit(rules: Rules, actor: Actor, permission: str, unit: str, city: str) -> None:
    """Do nothing if somebody may do something for a department, which works for a city.

    A department above the cities (`city` empty) is for whoever has the permission everywhere or
    belongs to it.

    Raises
    ------
    ForbiddenError
        They may not, or are of another department.
    """
    if not may_unit(rules, actor, permission, unit, city):
        rules.require(actor, permission, city or actor.city)
        raise ForbiddenError("hall_node.other_unit", who=actor.name, unit=unit)


def may_unit(rules: Rules, actor: Actor, permission: str, unit: str, city: str) -> bool:
    """Whether somebody may do something for a department; see `require_unit`."""
    if not rules.may(actor, permission, city or actor.city):
        return False
    return actor.unit in {None, unit} or rules.may(actor, MANAGE)
