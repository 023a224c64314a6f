"""Who may do what, and where."""

import pickle
import re
from itertools import product
from pathlib import Path

import pytest

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES, Sentence
from onecity.identity import (
    BASIC,
    Actor,
    ForbiddenError,
    Grant,
    LoginError,
    Role,
    Rules,
    Via,
    is_loopback,
)
from onecity.identity import rules as rules_module
from onecity.identity.rules import covered

# The table that the documentation shows: every role, every permission.
MAY = {
    "guest": {"view", "analyse"},
    "viewer": {"view", "analyse"},
    "planner": {"view", "analyse", "scenario.write"},
    "editor": {"view", "analyse", "scenario.write", "data.write"},
    "auditor": {"view", "analyse", "trail.read"},
    "administrator": set(BASIC.permissions),
}
WORDS = Sentence("identity.permission_view")


def actor(*grants: str, scopes: set[str] | None = None) -> Actor:
    bounds = None if scopes is None else frozenset(scopes)
    given = tuple(map(Grant.parse, grants))
    return Actor("li", "李", None, None, given, Via.SESSION, bounds)


@pytest.mark.parametrize(("role", "permission"), [*product(BASIC.roles, BASIC.permissions)])
def test_each_role_may_what_the_table_says(role: str, permission: str) -> None:
    who = actor(role)
    assert BASIC.may(who, permission) == (permission in MAY[role])
    assert BASIC.may(who, permission, "420200") == (permission in MAY[role])
    if permission in MAY[role]:
        BASIC.require(who, permission)
    else:
        with pytest.raises(ForbiddenError) as caught:
            BASIC.require(who, permission)
        for language in LANGUAGES:
            assert BASIC.permissions[permission].text(language) in caught.value.text(language)


def test_a_role_in_one_city_gives_nothing_elsewhere() -> None:
    who = actor("viewer", "editor@420200", "planner@420700")
    assert BASIC.may(who, "data.write", "420200")
    assert not BASIC.may(who, "data.write", "420700")
    assert not BASIC.may(who, "data.write")
    assert BASIC.may(who, "view")
    assert BASIC.cities(who, "scenario.write") == frozenset({"420200", "420700"})
    assert BASIC.cities(who, "data.write") == frozenset({"420200"})
    assert BASIC.cities(who, "view") is None
    assert BASIC.cities(who, "admin") == frozenset()
    assert BASIC.permissions_of(who) == {"view", "analyse", "scenario.write", "data.write"}


def test_nobody_without_a_role_may_anything() -> None:
    assert BASIC.permissions_of(actor()) == frozenset()


def test_scopes_only_take_away() -> None:
    who = actor("administrator", scopes={"view", "scenario.*"})
    assert BASIC.permissions_of(who) == {"view", "scenario.write"}
    assert BASIC.permissions_of(actor("viewer", scopes={"*"})) == MAY["viewer"]
    assert BASIC.permissions_of(actor("administrator", scopes=set())) == frozenset()


@pytest.mark.parametrize(
    ("permission", "pattern", "right"),
    [
        ("ledger.write", "*", True),
        ("ledger.write", "ledger.*", True),
        ("ledger.item.write", "ledger.*", True),
        ("ledger.write", "ledger.write", True),
        ("ledgers.write", "ledger.*", False),
        ("ledger", "ledger.*", False),
        ("ledger.write", "ledger", False),
        ("ledger.write", "ledger.w*", False),
        ("view", "", False),
    ],
)
def test_what_a_pattern_covers(permission: str, pattern: str, right: bool) -> None:
    assert covered(permission, {pattern}) == right


def test_another_part_adds_its_own_and_changes_nothing_here() -> None:
    before = dict(BASIC.roles)
    rules = BASIC.extended(
        permissions={"ledger.view": WORDS, "ledger.write": WORDS},
        roles={"clerk": Role(WORDS, frozenset({"view", "ledger.*"}))},
        grants={"viewer": {"ledger.view"}},
    )
    assert rules.permissions_of(actor("clerk")) == {"view", "ledger.view", "ledger.write"}
    assert rules.permissions_of(actor("viewer")) == {*MAY["viewer"], "ledger.view"}
    assert rules.permissions_of(actor("guest")) == MAY["guest"]
    assert rules.may(actor("administrator"), "ledger.write")
    assert dict(BASIC.roles) == before
    assert BASIC.permissions_of(actor("clerk")) == frozenset()  # a part that is not installed
    with pytest.raises(InputError, match="there already"):
        BASIC.extended(permissions={"view": WORDS})
    with pytest.raises(InputError, match="there already"):
        BASIC.extended(permissions={}, roles=before)
    with pytest.raises(InputError, match="clerk"):
        BASIC.extended(permissions={}, grants={"clerk": {"view"}})


@pytest.mark.parametrize("permission", ["", "veiw", "ledger.write", "*", "scenario.*"])
def test_a_slip_is_no_refusal(permission: str) -> None:
    with pytest.raises(InputError, match="no permission"):
        BASIC.may(actor("administrator"), permission)


def test_grants_are_checked_and_ordered() -> None:
    given = [Grant("viewer"), Grant("editor", "420200"), Grant("viewer")]
    assert BASIC.check_grants(given) == (Grant("editor", "420200"), Grant("viewer"))
    for wrong in ("boss", "editor@", "editor@ ", "", "@420200"):
        with pytest.raises(InputError):
            BASIC.check_grants([Grant.parse(wrong)])


@pytest.mark.parametrize("scopes", [[], ["veiw"], ["view", "ledger.*"], [""]])
def test_scopes_are_checked(scopes: list[str]) -> None:
    with pytest.raises(InputError):
        BASIC.check_scopes(scopes)


def test_roles_and_permissions_have_words_in_both_languages() -> None:
    for language in LANGUAGES:
        words = [one.text(language) for one in BASIC.permissions.values()]
        words += [one.text(language) for one in BASIC.roles.values()]
        words += [one.text(language) for one in BASIC.actions.values()]
        words += [one.text(language) for one in Via]
        assert all(words)


def test_every_action_told_of_here_has_words() -> None:
    told = set()
    for file in Path(rules_module.__file__).parent.glob("*.py"):
        source = file.read_text("utf-8")
        told.update(re.findall(r'(?:Note|_changing)\(\s*"([a-z.]+)"', source))
    assert "account.grants" in told
    assert told <= BASIC.actions.keys()
    more = BASIC.extended(permissions={}, actions={"item.assigned": WORDS})
    assert set(more.actions) == {*BASIC.actions, "item.assigned"}
    with pytest.raises(InputError, match="login"):
        BASIC.extended(permissions={}, actions={"login": WORDS})


def test_those_without_an_account() -> None:
    assert BASIC.permissions_of(Actor.guest()) == MAY["guest"]
    for who in (Actor.local(), Actor.console()):
        assert BASIC.permissions_of(who) == set(BASIC.permissions)
    assert isinstance(BASIC, Rules)


@pytest.mark.parametrize(
    ("host", "right"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),  # noqa: S104  (what must not pass)
        ("::", False),
        ("", False),
        ("192.168.1.5", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("127.1", False),
        ("2130706433", False),
    ],
)
def test_which_hosts_are_this_machine_alone(host: str, right: bool) -> None:
    assert is_loopback(host) == right


def test_errors_survive_a_process() -> None:
    error = LoginError("identity.login_locked", seconds=30)
    again = pickle.loads(pickle.dumps(error))
    assert again.retry_after == 30
    assert str(again) == str(error)
    assert isinstance(again, PermissionError)
    assert LoginError("identity.login_wrong").retry_after is None
