"""Accounts, and who may manage them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from onecity.core.errors import InputError, MissingError
from onecity.identity import Account, Actor, Entry, ForbiddenError, Grant, LoginError, Office, Via
from onecity.identity.passwords import Passwords, check_password
from onecity.identity.schema import METADATA

from .conftest import ADDRESS, CONSOLE, PASSWORD, Hands

if TYPE_CHECKING:
    from collections.abc import Callable


def last(office: Office) -> Entry:
    return office.trail.page(limit=1).entries[0]


def session_of(office: Office, name: str, *grants: str, city: str | None = None) -> Actor:
    """Make an account and return it logged in."""
    account = office.accounts.add(
        name, city=city, grants=map(Grant.parse, grants), password=PASSWORD, by=CONSOLE
    )
    return account.as_actor(Via.SESSION)


def test_an_account_is_what_it_was_made(office: Office, hands: Hands) -> None:
    assert office.accounts.get("wang") == Account(
        id=1,
        name="wang",
        title_zh="王规划",
        unit="hs-zgj",
        city="420200",
        grants=(Grant("planner"),),
        active=True,
        created=hands.now,
        password_changed=hands.now,
    )
    entry = last(office)
    assert (entry.action, entry.target, entry.who) == ("account.added", "wang", "console")
    assert entry.after == {
        "unit": "hs-zgj", "city": "420200", "grants": ["planner"], "active": True,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["WANG", " wang ", "ｗａｎｇ"])
def test_one_name_has_one_spelling(office: Office, name: str) -> None:
    assert office.accounts.get(name).name == "wang"
    assert office.login(name, PASSWORD, address=ADDRESS).actor.name == "wang"
    with pytest.raises(InputError, match="taken"):
        office.accounts.add(name, by=CONSOLE)


@pytest.mark.parametrize("name", ["王小明", "hs-data.2", "li@hs", "9city", "x" * 64])
def test_names_that_are_fit(office: Office, name: str) -> None:
    assert office.accounts.add(name, by=CONSOLE).name == name
    assert [one.name for one in office.accounts.all()] == sorted([name, "wang"])


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "-a", ".a", "a\nb", "a/b", "a\x00", "x" * 65, "guest", "Local", "console",
     "\ud800", "a;b", "<b>"],
)  # fmt: skip
def test_names_that_are_not(office: Office, name: str) -> None:
    with pytest.raises(InputError):
        office.accounts.add(name, by=CONSOLE)
    with pytest.raises(MissingError):
        office.accounts.get(name)
    with pytest.raises(LoginError):
        office.login(name, PASSWORD, address="")
    assert len(office.accounts.all()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title_zh": "x" * 101},
        {"title_zh": "a\nb"},
        {"title_zh": "\ud800"},
        {"unit": "x" * 65},
        {"city": "\x1b[31m"},
        {"grants": [Grant("boss")]},
        {"password": "short"},
    ],
)
def test_what_is_not_fit_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    head = office.trail.head()
    with pytest.raises(InputError):
        office.accounts.add("li", by=CONSOLE, **wrong)
    assert len(office.accounts.all()) == 1
    assert office.trail.head() == head


def test_roles_count_from_the_next_request(office: Office) -> None:
    token = office.login("wang", PASSWORD, address=ADDRESS).token
    assert not office.may(office.actor(token), "data.write", "420200")
    office.accounts.set_grants("wang", [Grant("editor", "420200")], by=CONSOLE)
    assert office.may(office.actor(token), "data.write", "420200")
    assert not office.may(office.actor(token), "scenario.write")
    entry = last(office)
    assert entry.before["grants"] == ["planner"]
    assert entry.after["grants"] == ["editor@420200"]


def test_a_description_changes(office: Office) -> None:
    made = office.accounts.describe("wang", title_zh="王主任", unit=None, city="420700", by=CONSOLE)
    assert (made.title_zh, made.unit, made.city) == ("王主任", None, "420700")
    # The name of a person is not for ever.
    assert "王主任" not in str(last(office).as_record())


def test_a_closed_account_is_out_at_once(office: Office) -> None:
    token = office.login("wang", PASSWORD, address=ADDRESS).token
    key, _ = office.tokens.add("etl", "wang", scopes=["view"], by=CONSOLE)
    office.accounts.disable("wang", by=CONSOLE)
    assert office.recognise(token) is None
    assert office.recognise(key) is None
    with pytest.raises(LoginError, match="wrong"):
        office.login("wang", PASSWORD, address=ADDRESS)
    office.accounts.enable("wang", by=CONSOLE)
    assert office.recognise(token) is None  # the session is gone for good
    assert office.recognise(key) is not None
    assert office.login("wang", PASSWORD, address=ADDRESS).actor.name == "wang"


# --- Who may manage ------------------------------------------------------------------------


def managed(office: Office, by: Actor, name: str) -> list[str]:
    """Try everything that can be done to an account; return what was let pass."""
    accounts, passed = office.accounts, []
    tries: dict[str, Callable[[], object]] = {
        "describe": lambda: accounts.describe(name, title_zh="x", unit=None, city=None, by=by),
        "grants": lambda: accounts.set_grants(name, [Grant("viewer")], by=by),
        "password": lambda: accounts.set_password(name, PASSWORD + "!", by=by),
        "disable": lambda: accounts.disable(name, by=by),
        "enable": lambda: accounts.enable(name, by=by),
        "unlock": lambda: accounts.unlock(name, by=by),
        "revoke": lambda: office.sessions.revoke_all(name, by=by),
        "token": lambda: office.tokens.add(f"t-{by.name}", name, scopes=["view"], by=by),
    }
    for word, attempt in tries.items():
        before = office.accounts.get(name), office.trail.head()
        try:
            attempt()
        except ForbiddenError:
            assert before == (office.accounts.get(name), office.trail.head())
        else:
            assert office.trail.head() != before[1]
            assert last(office).who == by.name
            passed.append(word)
    return passed


def test_an_administrator_may_manage_everybody(office: Office) -> None:
    boss = session_of(office, "boss", "administrator")
    assert len(managed(office, boss, "wang")) == 8


@pytest.mark.parametrize("role", ["viewer", "planner", "editor", "auditor"])
def test_nobody_else_may(office: Office, role: str) -> None:
    other = session_of(office, "li", role)
    assert managed(office, other, "wang") == []
    assert managed(office, Actor.guest(), "wang") == []
    with pytest.raises(ForbiddenError):
        office.accounts.add("new", by=other)


def test_one_may_end_ones_own_sessions_and_make_tokens(office: Office) -> None:
    wang = office.login("wang", PASSWORD, address=ADDRESS).actor
    assert managed(office, wang, "wang") == ["revoke", "token"]


def test_a_citys_administrator_manages_that_city_alone(office: Office) -> None:
    chief = session_of(office, "chief", "administrator@420200", city="420200")
    accounts = office.accounts
    local = accounts.add("zhao", city="420200", grants=[Grant("editor", "420200")], by=chief)
    accounts.set_grants("zhao", [Grant("planner", "420200")], by=chief)
    accounts.set_password("zhao", PASSWORD, by=chief)
    for city, grant in (
        ("420200", Grant("viewer")),
        ("420200", Grant("viewer", "420700")),
        ("420700", Grant("viewer", "420200")),
        (None, Grant("viewer", "420200")),
    ):
        with pytest.raises(ForbiddenError):
            accounts.add("qian", city=city, grants=[grant], by=chief)
    with pytest.raises(ForbiddenError):
        accounts.set_grants("zhao", [Grant("administrator")], by=chief)
    with pytest.raises(ForbiddenError):
        accounts.describe("zhao", title_zh="", unit=None, city="420700", by=chief)
    # Of the city, but with a role everywhere: their password would be a way to it.
    assert accounts.get("wang").city == "420200"
    assert managed(office, chief, "wang") == []
    assert accounts.get("zhao").id == local.id


# --- Passwords --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "0 characters"),
        ("九个字符的密码不够", "9 characters"),
        ("x" * 257, "257 characters"),
        ("a" * 20, "different"),
        ("abababababab", "different"),
        ("my-Wang-is-long", "name"),
    ],
)
def test_weak_passwords_are_refused(password: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        check_password(password, "wang")
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(
    "password", [PASSWORD, "correct horse battery", "x1y2z3w4v5", "ab" * 100 + "cde"]
)
def test_good_passwords_are_taken(password: str) -> None:
    check_password(password, "wang")
    check_password(password, "co")  # a short name is in many a word


def test_what_is_kept_is_argon2id_with_the_librarys_parameters() -> None:
    passwords, default = Passwords(), PasswordHasher()
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith(
        f"$argon2id$v=19$m={default.memory_cost},t={default.time_cost},p={default.parallelism}$"
    )
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits(PASSWORD + " ", kept)
    assert not passwords.is_weak(kept)
    assert kept != passwords.hashed(PASSWORD)


def test_an_unknown_name_takes_as_long_as_a_wrong_password(office: Office) -> None:
    """What takes the time is counted, not measured: one hash is looked at in each case."""
    looked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            looked.append(str(hash))
            return super().verify(hash, password)

    office.accounts.add("machine", by=CONSOLE)
    office.accounts.add("gone", password=PASSWORD, by=CONSOLE)
    office.accounts.disable("gone", by=CONSOLE)
    office.accounts.passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("wang", "nobody", "machine", "gone"):
        with pytest.raises(LoginError, match="wrong"):
            office.login(name, "not the password", address=ADDRESS)
    assert len(looked) == 4
    assert all(one.startswith("$argon2id$") for one in looked)
    assert len({one.split("$")[3] for one in looked}) == 1  # with the same parameters


def test_a_password_of_older_parameters_is_hashed_anew(office: Office) -> None:
    def kept() -> str:
        with office.database.reading() as connection:
            query = "SELECT password FROM accounts WHERE id = 1"
            return str(connection.exec_driver_sql(query).scalar_one())

    old = kept()
    office.login("wang", PASSWORD, address=ADDRESS)
    assert kept() == old
    office.accounts.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    office.login("wang", PASSWORD, address=ADDRESS)
    assert ",t=2," not in old
    assert ",t=2," in kept()
    office.login("wang", PASSWORD, address=ADDRESS)


def test_a_damaged_hash_lets_nobody_in(office: Office) -> None:
    with office.database.writing() as connection:
        connection.exec_driver_sql("UPDATE accounts SET password = 'xyz'")
    with pytest.raises(LoginError, match="wrong"):
        office.login("wang", "xyz", address=ADDRESS)


@pytest.mark.parametrize("typed", ["九城就是一城,二〇二五", "ｘ1y2z3w4v5", "x1y2z3w4v5"])
def test_full_width_letters_are_the_same_password(office: Office, typed: str) -> None:
    kept = office.accounts.passwords.hashed("x1y2z3w4v5")
    assert office.accounts.passwords.fits(typed, kept) == (not typed.startswith("九"))


def test_strange_passwords_are_only_wrong(office: Office) -> None:
    for password in ("", "\x00", "\ud800", "x" * 1_000_000):
        with pytest.raises(LoginError):
            office.login("wang", password, address="")
        office.accounts.unlock("wang", by=CONSOLE)


def test_one_changes_ones_own_password(office: Office, hands: Hands) -> None:
    first = office.login("wang", PASSWORD, address=ADDRESS)
    office.login("wang", PASSWORD, address=ADDRESS)
    hands.move(minutes=1)
    with pytest.raises(LoginError, match="wrong"):
        office.accounts.change_password("wang", "not it at all", "a new one 2025", by=first.actor)
    with pytest.raises(InputError):
        office.accounts.change_password("wang", PASSWORD, "short", by=first.actor)
    office.accounts.change_password("wang", PASSWORD, "a new one 2025", by=first.actor)
    assert office.sessions.of("wang") == ()
    assert office.accounts.get("wang").password_changed == hands.now
    assert last(office).action == "account.password"
    with pytest.raises(LoginError):
        office.login("wang", PASSWORD, address=ADDRESS)
    office.login("wang", "a new one 2025", address=ADDRESS)


def test_nobody_changes_the_password_of_another_or_by_token(office: Office) -> None:
    li = session_of(office, "li", "administrator")
    key, _ = office.tokens.add("etl", "wang", scopes=["*"], by=CONSOLE, expires=None)
    machine = office.actor(key)
    assert machine.name == "wang"
    for by in (li, machine, Actor.guest()):
        with pytest.raises(ForbiddenError):
            office.accounts.change_password("wang", PASSWORD, "a new one 2025", by=by)


def test_no_secret_stands_in_the_store(office: Office, hands: Hands) -> None:
    login = office.login("wang", PASSWORD, address=ADDRESS)
    key, _ = office.tokens.add(
        "etl", "wang", scopes=["view"], expires=hands.now + timedelta(days=1), by=CONSOLE
    )
    with pytest.raises(LoginError):
        office.login("typed-my-password-here", "guess-of-a-password", address=ADDRESS)
    with office.database.reading() as connection:
        content = "\n".join(
            str(row)
            for table in METADATA.sorted_tables
            for row in connection.execute(select(table))
        )
    assert "wang" in content
    for secret in (PASSWORD, login.token, key, "typed-my-password", "guess-of-a-password"):
        assert secret not in content
    assert login.token not in repr(login)
