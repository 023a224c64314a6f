"""What each role may do. A later part adds its permissions and roles; nobody edits this list.

A permission is a word such as ``scenario.write``. A role is a set of permissions; ``ledger.*``
stands for every one that begins so, ``*`` for all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence

from .actors import Actor, Grant
from .errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its name for people, and the permissions or beginnings of such it gives."""

    title: Sentence
    patterns: frozenset[str]

    def text(self, language: Language) -> str:
        """Return its name in one language."""
        return self.title.text(language)


@dataclass(frozen=True, slots=True)
class Rules:
    """Every permission with its words, and every role. Values: `extended` makes new ones.

    `actions` are the words for what the trail tells of, where there are any.
    """

    permissions: Mapping[str, Sentence]
    roles: Mapping[str, Role] = field(default_factory=dict)
    actions: Mapping[str, Sentence] = field(default_factory=dict)

    def extended(
        self,
        *,
        permissions: Mapping[str, Sentence],
        roles: Mapping[str, Role] | None = None,
        grants: Mapping[str, Iterable[str]] | None = None,
        actions: Mapping[str, Sentence] | None = None,
    ) -> "Rules":
        """Return these rules and those of another part.

        Parameters
        ----------
        permissions
            What is new to be permitted.
        roles
            New roles.
        grants
            What roles that are there already may do besides.
        actions
            Words for the actions that its entries in the trail name.

        Raises
        ------
        InputError
            A permission, role or action is there already, or a role to be widened is not.
        """
        for new, known in (
            (permissions, self.permissions),
            (roles or {}, self.roles),
            (actions or {}, self.actions),
        ):
            for name in new:
                if name in known:
                    raise InputError("identity.rule_twice", given=name)
        all_roles = {**self.roles, **(roles or {})}
        for name, more in (grants or {}).items():
            old = all_roles.get(name)
            if old is None:
                raise InputError("identity.no_role", given=name, known=", ".join(all_roles))
            all_roles[name] = Role(old.title, old.patterns | frozenset(more))
        all_actions = {**self.actions, **(actions or {})}
        return Rules({**self.permissions, **permissions}, all_roles, all_actions)

    def may(self, actor: Actor, permission: str, city: str | None = None) -> bool:
        """Whether `actor` may do something in a city, or, without `city`, in the whole region.

        A role in one city alone gives nothing in others and nothing in the whole region.

        Raises
        ------
        InputError
            There is no such permission: a slip must not pass as a refusal.
        """
        if permission not in self.permissions:
            known = ", ".join(self.permissions)
            raise InputError("identity.no_permission", given=permission, known=known)
        if actor.scopes is not None and not covered(permission, actor.scopes):
            return False
        return any(
            grant.city in {None, city} and self._gives(grant, permission) for grant in actor.grants
        )

    def require(self, actor: Actor, permission: str, city: str | None = None) -> None:
        """Do nothing if `actor` may do it.

        Raises
        ------
        ForbiddenError
            They may not; the sentence names the permission.
        InputError
            There is no such permission.
        """
        if not self.may(actor, permission, city):
            words = self.permissions[permission]
            raise ForbiddenError("identity.forbidden", who=actor.name, what=words)

    def cities(self, actor: Actor, permission: str) -> frozenset[str] | None:
        """Return the cities in which `actor` may do something; None if everywhere."""
        if self.may(actor, permission):
            return None
        return frozenset(
            grant.city
            for grant in actor.grants
            if grant.city is not None and self.may(actor, permission, grant.city)
        )

    def permissions_of(self, actor: Actor) -> frozenset[str]:
        """Return what `actor` may do somewhere, for menus."""
        return frozenset(one for one in self.permissions if self.cities(actor, one) != frozenset())

    def check_grants(self, grants: Iterable[Grant]) -> tuple[Grant, ...]:
        """Return grants, each once, in order of their names.

        Raises
        ------
        InputError
            There is no such role, or a city's code is empty.
        """
        found = sorted(set(grants), key=str)
        for one in found:
            if one.role not in self.roles:
                raise InputError("identity.no_role", given=one.role, known=", ".join(self.roles))
            if one.city is not None and not one.city.strip():
                raise InputError("identity.grant_without_city", given=str(one))
        return tuple(found)

    def check_scopes(self, scopes: Iterable[str]) -> frozenset[str]:
        """Return the scopes of a token.

        Raises
        ------
        InputError
            There are none, or one covers no permission.
        """
        found = frozenset(scopes)
        known = ", ".join(self.permissions)
        for one in found or {""}:
            if not any(covered(permission, {one}) for permission in self.permissions):
                raise InputError("identity.no_permission", given=one, known=known)
        return found

    def _gives(self, grant: Grant, permission: str) -> bool:
        # A store may name roles of parts that are not installed: they give nothing here.
        role = self.roles.get(grant.role)
        return role is not None and covered(permission, role.patterns)


def covered(permission: str, patterns: Iterable[str]) -> bool:
    """Whether one of some patterns stands for a permission."""
    return any(
        one in {"*", permission} or (one.endswith(".*") and permission.startswith(one[:-1]))
        for one in patterns
    )


BASIC = Rules(
    permissions={
        "view": Sentence("identity.permission_view"),
        "analyse": Sentence("identity.permission_analyse"),
        "scenario.write": Sentence("identity.permission_scenario_write"),
        "data.write": Sentence("identity.permission_data_write"),
        "trail.read": Sentence("identity.permission_trail_read"),
        "admin": Sentence("identity.permission_admin"),
    },
    roles={
        "guest": Role(Sentence("identity.role_guest"), frozenset({"view", "analyse"})),
        "viewer": Role(Sentence("identity.role_viewer"), frozenset({"view", "analyse"})),
        "planner": Role(
            Sentence("identity.role_planner"), frozenset({"view", "analyse", "scenario.write"})
        ),
        "editor": Role(
            Sentence("identity.role_editor"),
            frozenset({"view", "analyse", "scenario.write", "data.write"}),
        ),
        "auditor": Role(
            Sentence("identity.role_auditor"), frozenset({"view", "analyse", "trail.read"})
        ),
        "administrator": Role(Sentence("identity.role_administrator"), frozenset({"*"})),
    },
    actions={
        "login": Sentence("identity.action_login"),
        "login.locked": Sentence("identity.action_login_locked"),
        "logout": Sentence("identity.action_logout"),
        "session.revoked": Sentence("identity.action_session_revoked"),
        "account.added": Sentence("identity.action_account_added"),
        "account.described": Sentence("identity.action_account_described"),
        "account.grants": Sentence("identity.action_account_grants"),
        "account.password": Sentence("identity.action_account_password"),
        "account.disabled": Sentence("identity.action_account_disabled"),
        "account.enabled": Sentence("identity.action_account_enabled"),
        "account.unlocked": Sentence("identity.action_account_unlocked"),
        "account.bound": Sentence("logins.action_account_bound"),
        "factor.added": Sentence("logins.action_factor_added"),
        "factor.removed": Sentence("logins.action_factor_removed"),
        "token.added": Sentence("identity.action_token_added"),
        "token.revoked": Sentence("identity.action_token_revoked"),
        "store.restored": Sentence("identity.action_store_restored"),
        "scenario.saved": Sentence("identity.action_scenario_saved"),
        "scenario.deleted": Sentence("identity.action_scenario_deleted"),
        "data.accepted": Sentence("identity.action_data_accepted"),
        "data.undone": Sentence("identity.action_data_undone"),
        "data.redone": Sentence("identity.action_data_redone"),
    },
)
"""What the map knows. A guest has not logged in; a viewer has, and later parts show them more."""
