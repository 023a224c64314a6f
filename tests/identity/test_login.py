"""Logging in, being locked out, sessions and tokens, by a clock that is moved."""

import threading
from datetime import timedelta

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.identity import (
    Actor,
    ForbiddenError,
    Grant,
    Lifetimes,
    Limit,
    Limits,
    Login,
    LoginError,
    Office,
    Via,
)

from .conftest import ADDRESS, CONSOLE, PASSWORD, Hands, quick

OTHER = "10.99.0.1"


def fail(office: Office, name: str = "wang", address: str = ADDRESS) -> int | None:
    """Try a wrong password; return for how many seconds more attempts are refused."""
    with pytest.raises(LoginError) as caught:
        office.login(name, "not the password", address=address)
    return caught.value.retry_after


def enter(office: Office, address: str = ADDRESS) -> Login:
    return office.login("wang", PASSWORD, address=address)


# --- Lock-out ---------------------------------------------------------------------------------


def test_five_failures_lock_an_account_and_each_further_one_doubles_it(
    office: Office, hands: Hands
) -> None:
    assert [fail(office) for _ in range(5)] == [None] * 5
    assert fail(office) == 30
    with pytest.raises(LoginError, match="30 seconds"):
        enter(office)  # the right one is refused too, from everywhere
    with pytest.raises(LoginError):
        enter(office, OTHER)
    hands.move(seconds=29.5)
    assert fail(office) == 1
    locks = []
    for _ in range(7):
        hands.move(seconds=15 * 60)
        assert fail(office) is None
        locks.append(fail(office))
    assert locks == [60, 120, 240, 480, 900, 900, 900]
    hands.move(seconds=15 * 60)
    assert enter(office).actor.name == "wang"
    assert [fail(office) for _ in range(5)] == [None] * 5  # counted anew


def test_failures_are_forgotten_after_a_day(office: Office, hands: Hands) -> None:
    for _ in range(4):
        fail(office)
    hands.move(days=1, seconds=1)
    assert [fail(office) for _ in range(5)] == [None] * 5
    assert fail(office) == 30


def test_unknown_names_are_locked_as_known_ones_are(office: Office) -> None:
    assert [fail(office, "nobody") for _ in range(6)] == [None] * 5 + [30]


def test_an_address_that_tries_many_names_is_locked(office: Office, hands: Hands) -> None:
    for number in range(30):
        assert fail(office, f"name{number}") is None
    assert fail(office, "name30") == 30
    with pytest.raises(LoginError):
        enter(office)
    assert enter(office, OTHER).actor.name == "wang"
    hands.move(seconds=31)
    enter(office)  # lets itself in again, but the others' failures still count
    assert fail(office, "name31") is None
    assert fail(office, "name32") is not None
    hands.move(hours=1, seconds=1)
    assert [fail(office, f"name{number}") for number in range(40, 70)] == [None] * 30


def test_addresses_of_one_house_are_one(office: Office) -> None:
    for number in range(30):
        fail(office, f"name{number}", f"2001:db8:1:2::{number:x}")
    assert fail(office, "x", "2001:db8:1:2:ffff::1") == 30
    assert fail(office, "x", "2001:db8:1:3::1") is None
    for number in range(30):
        fail(office, f"more{number}", "::ffff:10.0.0.7")
    assert fail(office, "y", "10.0.0.7") == 30


@pytest.mark.parametrize("address", ["", "unix:", "testclient", "x" * 10_000, "\ud800", "::1%eth0"])
def test_strange_addresses_stop_nobody(office: Office, address: str) -> None:
    fail(office, address=address)
    if len(address) <= 200 and address.isprintable():
        assert enter(office, address).session.address == address


def test_a_restart_forgets_nothing(office: Office, place: str, hands: Hands) -> None:
    for _ in range(5):
        fail(office)
    with quick(Office.open(place, clock=hands)) as again:
        assert fail(again) == 30


def test_a_clock_that_was_set_back_locks_nobody_for_ever(office: Office, hands: Hands) -> None:
    for _ in range(5):
        fail(office)
    hands.move(days=-400)
    assert enter(office).actor.name == "wang"


def test_many_at_once_are_no_more_than_one_after_another(office: Office) -> None:
    looked = 0
    fits = office.accounts.passwords.fits

    def counting(password: str, kept: str | None) -> bool:
        nonlocal looked
        looked += 1
        return fits(password, kept)

    office.accounts.passwords.fits = counting  # type: ignore[method-assign]
    crowd = [threading.Thread(target=fail, args=(office,)) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert looked == 5


def test_an_administrator_unlocks(office: Office) -> None:
    for _ in range(6):
        fail(office)
    locked = office.trail.page(action="login.locked").entries
    assert [(one.who, one.target, one.address) for one in locked] == [("guest", "wang", ADDRESS)]
    office.accounts.unlock("wang", by=CONSOLE)
    assert enter(office).actor.name == "wang"


def test_names_that_are_none_leave_no_trace_in_the_trail(office: Office) -> None:
    before = office.trail.head()
    for _ in range(8):
        fail(office, "nobody")
    assert office.trail.head() == before


def test_old_counts_are_dropped(office: Office, hands: Hands) -> None:
    for number in range(10):
        fail(office, f"name{number}", f"10.0.1.{number}")
    hands.move(hours=2)
    fail(office, "later", "10.0.2.1")
    hands.move(days=2)
    fail(office, "last", "10.0.2.2")
    with office.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM attempts").fetchone() == (2,)


def test_limits_are_those_that_were_set(office: Office, place: str, hands: Hands) -> None:
    minute = timedelta(minutes=1)
    strict = Limits(account=Limit(1, minute, minute, minute))
    with quick(Office.open(place, clock=hands, limits=strict)) as other:
        assert fail(other) is None
        assert fail(other) == 60


# --- Sessions -----------------------------------------------------------------------------------


def test_a_session_says_who_it_is(office: Office, hands: Hands) -> None:
    login = enter(office)
    assert login.actor == office.accounts.get("wang").as_actor(Via.SESSION)
    assert office.recognise(login.token) == login.actor == office.actor(login.token)
    assert login.session == office.sessions.of("wang")[0]
    assert login.session.address == ADDRESS
    assert login.session.expires == hands.now + timedelta(hours=2)
    assert login.session.ends == hands.now + timedelta(hours=12)
    entry = office.trail.page(limit=1).entries[0]
    assert (entry.action, entry.who, entry.address) == ("login", "wang", ADDRESS)


@pytest.mark.parametrize("way", ["close", "password"])
def test_what_is_changed_while_a_password_is_looked_at_counts(office: Office, way: str) -> None:
    """Between the password that fits and the session that begins, somebody is quicker."""
    account = office.accounts.check("wang", PASSWORD, address=ADDRESS)
    session = account.as_actor(Via.SESSION)
    office.accounts.set_password("wang", "a new one 2025", by=CONSOLE)
    if way == "close":
        office.accounts.disable("wang", by=CONSOLE)
    with office.database.writing() as connection:  # the clock stands still in these tests
        connection.exec_driver_sql(
            "UPDATE accounts SET password_changed = '2025-03-02T00:00:00.000000Z'"
        )
    with pytest.raises(LoginError, match="wrong"):
        office.sessions.begin(account, address=ADDRESS)
    check = office.accounts.check
    office.accounts.check = lambda *_, **__: account  # type: ignore[method-assign]
    with pytest.raises(LoginError, match="wrong"):
        office.accounts.change_password("wang", PASSWORD, "another one 2025", by=session)
    office.accounts.check = check  # type: ignore[method-assign]
    assert office.sessions.of("wang") == ()


def test_no_two_tokens_are_alike_and_each_is_long(office: Office) -> None:
    tokens = {enter(office).token for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(one) >= 4 + 256 / 6 for one in tokens)


@pytest.mark.parametrize(
    "token", ["", "x", "ocs_", "oct_", "ocs_" + "A" * 43, "oct_" + "A" * 43, "ocs_" + "A" * 9999,
              "ocs_\ud800", "ocs_' OR 1=1 --", "\x00"],
)  # fmt: skip
def test_what_is_no_token_is_nobodys(office: Office, token: str) -> None:
    enter(office)
    assert office.recognise(token) is None
    assert office.actor(token).via is Via.GUEST
    office.logout(token)


def test_without_a_token_one_is_a_guest(office: Office) -> None:
    assert office.actor(None) == Actor.guest()


def test_what_is_kept_is_no_token(office: Office) -> None:
    login = enter(office)
    with office.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT token FROM sessions").scalar_one()
    for stolen in (kept, f"ocs_{kept}", login.session.id, f"ocs_{login.session.id}"):
        assert office.recognise(stolen) is None


def test_requests_keep_a_session_alive_but_not_for_ever(office: Office, hands: Hands) -> None:
    token = enter(office).token
    for _ in range(11):
        hands.move(hours=1)
        assert office.recognise(token) is not None
    (session,) = office.sessions.of("wang")
    assert session.expires == session.ends
    hands.move(minutes=59, seconds=59)
    assert office.recognise(token) is not None
    hands.move(seconds=1)
    assert office.recognise(token) is None
    assert office.sessions.of("wang") == ()


def test_an_idle_session_is_over(office: Office, hands: Hands) -> None:
    token = enter(office).token
    hands.move(hours=2, seconds=-1)
    assert office.recognise(token) is not None
    hands.move(hours=2)
    assert office.recognise(token) is None
    enter(office)
    with office.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").fetchone() == (1,)


def test_not_every_request_is_written_down(office: Office, hands: Hands) -> None:
    token = enter(office).token

    def seen() -> object:
        return office.sessions.of("wang")[0].seen

    first = seen()
    hands.move(seconds=59)
    office.recognise(token)
    assert seen() == first
    hands.move(seconds=1)
    office.recognise(token)
    assert seen() == hands.now
    hands.move(minutes=-30)  # a clock set back takes nothing away
    office.recognise(token)
    assert seen() != hands.now


def test_short_lives_slide_too(office: Office, place: str, hands: Hands) -> None:
    lives = Lifetimes(idle=timedelta(seconds=20), longest=timedelta(minutes=5))
    with quick(Office.open(place, clock=hands, lifetimes=lives)) as short:
        token = enter(short).token
        for _ in range(10):
            hands.move(seconds=15)
            assert short.recognise(token) is not None
        hands.move(seconds=21)
        assert short.recognise(token) is None


def test_logging_out_ends_that_session_alone(office: Office) -> None:
    one, two = enter(office), enter(office)
    office.logout(one.token, address=ADDRESS)
    assert office.recognise(one.token) is None
    assert office.recognise(two.token) is not None
    assert office.trail.page(limit=1).entries[0].action == "logout"
    head = office.trail.head()
    office.logout(one.token)
    assert office.trail.head() == head


def test_sessions_are_ended_by_their_handle(office: Office) -> None:
    one, two, three = enter(office), enter(office), enter(office)
    office.sessions.revoke(one.session.id, by=two.actor)
    assert office.recognise(one.token) is None
    assert len(office.sessions.of("wang")) == 2
    office.accounts.add("li", grants=[Grant("editor")], password=PASSWORD, by=CONSOLE)
    li = office.login("li", PASSWORD, address=OTHER).actor
    with pytest.raises(ForbiddenError):
        office.sessions.revoke(two.session.id, by=li)
    for nothing in ("", "0" * 16, two.session.id[:-1], "%" * 16, "~" * 16):
        with pytest.raises(MissingError):
            office.sessions.revoke(nothing, by=CONSOLE)
    assert office.sessions.revoke_all("wang", by=CONSOLE) == 2
    assert office.recognise(three.token) is None
    with pytest.raises(MissingError):
        office.sessions.of("nobody")


# --- Tokens of machines ---------------------------------------------------------------------------


def test_a_token_acts_for_its_account_within_its_scopes(office: Office, hands: Hands) -> None:
    until = hands.now + timedelta(days=30)
    key, made = office.tokens.add(
        "夜间导入", "wang", scopes=["view", "data.write"], expires=until, by=CONSOLE, address="x"
    )
    actor = office.actor(key)
    assert (actor.name, actor.via) == ("wang", Via.TOKEN)
    # The account is a planner: the scope gives it nothing, and takes scenarios away.
    assert office.rules.permissions_of(actor) == {"view"}
    office.accounts.set_grants("wang", [Grant("editor")], by=CONSOLE)
    assert office.rules.permissions_of(office.actor(key)) == {"view", "data.write"}
    (kept,) = office.tokens.all()
    assert (kept.name, kept.account, kept.scopes) == (made.name, "wang", made.scopes)
    assert (kept.expires, kept.seen, kept.revoked) == (until, hands.now, None)
    entry = office.trail.page(action="token.added").entries[0]
    assert entry.after["scopes"] == ["data.write", "view"]
    hands.move(days=30)
    assert office.recognise(key) is None


def test_a_token_that_is_revoked_is_over_and_keeps_its_name(office: Office, hands: Hands) -> None:
    key, _ = office.tokens.add("etl", "wang", scopes=["view"], by=CONSOLE)
    hands.move(days=4000)
    assert office.recognise(key) is not None
    office.tokens.revoke("etl", by=CONSOLE)
    assert office.recognise(key) is None
    for again in ("etl", "other"):
        with pytest.raises(MissingError):
            office.tokens.revoke(again, by=CONSOLE)
    with pytest.raises(InputError, match="taken"):
        office.tokens.add("etl", "wang", scopes=["view"], by=CONSOLE)
    assert office.tokens.all()[0].revoked == hands.now


def test_tokens_that_are_not_fit(office: Office, hands: Hands) -> None:
    for name, scopes, expires in (
        ("a b", ["view"], None),
        ("", ["view"], None),
        ("etl", [], None),
        ("etl", ["veiw"], None),
        ("etl", ["view"], hands.now),
    ):
        with pytest.raises(InputError):
            office.tokens.add(name, "wang", scopes=scopes, expires=expires, by=CONSOLE)
    with pytest.raises(MissingError):
        office.tokens.add("etl", "nobody", scopes=["view"], by=CONSOLE)
    assert office.tokens.all() == ()


def test_a_token_makes_no_tokens(office: Office) -> None:
    """It would get around its own scopes."""
    key, _ = office.tokens.add("etl", "wang", scopes=["view"], by=enter(office).actor)
    with pytest.raises(ForbiddenError):
        office.tokens.add("more", "wang", scopes=["*"], by=office.actor(key))
    with pytest.raises(ForbiddenError):
        office.tokens.revoke("etl", by=office.actor(key))
    with pytest.raises(ForbiddenError):
        office.sessions.revoke_all("wang", by=office.actor(key))
