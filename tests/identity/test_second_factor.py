"""A second factor by a clock that is moved, and accounts of an office's own provider."""

from datetime import UTC, datetime

import pyotp
import pytest

from onecity.core.errors import InputError
from onecity.identity import Actor, ForbiddenError, Grant, Login, LoginError, Office
from onecity.identity.errors import SecondFactorError

from .conftest import ADDRESS, CONSOLE, PASSWORD, Hands

ISSUER = "https://id.example"


def enter(office: Office, code: str | None = None) -> Login:
    return office.login("wang", PASSWORD, address=ADDRESS, code=code)


def now(key: str, hands: Hands, off: float = 0.0) -> str:
    return pyotp.TOTP(key).at(int(hands().timestamp() + off))


def enrolled(office: Office, hands: Hands) -> tuple[str, tuple[str, ...]]:
    """Give wang a second factor; return its key and the codes for paper."""
    actor = enter(office).actor
    key = office.second_factors.begin(by=actor).key
    return key, office.second_factors.confirm(now(key, hands), by=actor, address=ADDRESS)


def test_codes_are_those_of_the_standard(hands: Hands) -> None:
    """RFC 6238, appendix B: SHA-1, at these seconds; six of its eight digits."""
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        hands.now = datetime.fromtimestamp(seconds, UTC)
        assert now(key, hands) == digits


def test_until_it_is_confirmed_a_password_is_enough(office: Office, hands: Hands) -> None:
    actor = enter(office).actor
    begun = office.second_factors.begin(by=actor)
    assert begun.key not in repr(begun)
    assert begun.address.startswith("otpauth://totp/OneCity:wang?")
    assert enter(office).actor.name == "wang"
    wrong = f"{(int(now(begun.key, hands)) + 1) % 10**6:06}"
    with pytest.raises(InputError, match="wrong"):
        office.second_factors.confirm(wrong, by=actor)
    assert not office.second_factors.has("wang")
    again = office.second_factors.begin(by=actor)
    assert again.key != begun.key
    assert len(set(office.second_factors.confirm(now(again.key, hands), by=actor))) == 10
    assert office.second_factors.has("wang")
    with pytest.raises(InputError, match="already"):
        office.second_factors.begin(by=actor)
    with pytest.raises(InputError, match="first"):
        office.second_factors.confirm(now(again.key, hands), by=actor)


def test_then_a_code_is_needed_and_counts_once(office: Office, hands: Hands) -> None:
    key, _ = enrolled(office, hands)
    hands.move(seconds=60)
    with pytest.raises(SecondFactorError):
        enter(office)
    with pytest.raises(SecondFactorError):
        enter(office, " ")
    code = now(key, hands)
    assert enter(office, f" {code[:3]} {code[3:]} ").actor.name == "wang"
    with pytest.raises(LoginError, match="was used"):
        enter(office, code)
    with pytest.raises(LoginError):
        enter(office, now(key, hands, off=-30)), "an older one is not better"
    assert enter(office, now(key, hands, off=30)).actor.name == "wang", "a clock may be fast"
    hands.move(seconds=300)
    with pytest.raises(LoginError):
        enter(office, now(key, hands, off=-90))
    with pytest.raises(LoginError):
        enter(office, now(key, hands, off=90))
    with pytest.raises(LoginError):
        office.login("wang", "a wrong password", address=ADDRESS, code=now(key, hands))
    assert enter(office, now(key, hands)).actor.name == "wang"


def test_a_code_on_paper_opens_once(office: Office, hands: Hands) -> None:
    _, paper = enrolled(office, hands)
    assert enter(office, paper[3].upper().replace("-", " ")).actor.name == "wang"
    with pytest.raises(LoginError):
        enter(office, paper[3])
    assert enter(office, paper[4]).actor.name == "wang"


def test_guessing_codes_locks_and_a_right_password_does_not_unlock(
    office: Office, hands: Hands
) -> None:
    key, _ = enrolled(office, hands)
    hands.move(seconds=60)
    right = now(key, hands)
    guess = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(LoginError, match="wrong"):
            enter(office, guess)
    with pytest.raises(LoginError) as caught:
        enter(office, right)
    assert caught.value.retry_after == 30
    assert office.trail.page(action="login.locked").entries[0].target == "wang"
    hands.move(seconds=31)
    assert enter(office, now(key, hands)).actor.name == "wang"


def test_who_may_take_it_away(office: Office, hands: Hands) -> None:
    key, paper = enrolled(office, hands)
    hands.move(seconds=60)
    own = enter(office, now(key, hands)).actor
    with pytest.raises(LoginError):
        office.second_factors.remove("wang", by=own, code="000000")
    with pytest.raises(ForbiddenError):
        office.second_factors.remove("wang", by=Actor.guest())
    assert office.second_factors.has("wang")
    office.second_factors.remove("wang", by=own, code=paper[0])
    assert enter(office).actor.name == "wang"
    with pytest.raises(LoginError):
        office.second_factors.check(office.accounts.get("wang"), paper[1])
    enrolled(office, hands)
    office.second_factors.remove("wang", by=CONSOLE)
    assert enter(office).actor.name == "wang"
    told = [one.action for one in office.trail.page(action="factor.*").entries]
    assert told == ["factor.removed", "factor.added"] * 2
    assert office.trail.verify().sound
    with pytest.raises(ForbiddenError):
        office.second_factors.begin(by=CONSOLE)


def test_nothing_of_it_stands_in_the_trail(office: Office, hands: Hands) -> None:
    key, paper = enrolled(office, hands)
    told = repr([one.as_record() for one in office.trail.page().entries])
    assert key not in told
    assert not any(one in told for one in paper)


# --- An office's own provider -----------------------------------------------------------------


def vouched(office: Office, subject: str, name: str) -> Login:
    return office.login_by(ISSUER, subject, name, address=ADDRESS)


def test_the_first_login_binds_an_account_without_a_password(office: Office) -> None:
    office.accounts.add("li", grants=[Grant("planner")], by=CONSOLE)
    first = vouched(office, "1", "Li")
    assert first.actor.name == "li"
    assert office.recognise(first.token) is not None
    assert vouched(office, "1", "renamed").actor.name == "li", "the subject decides"
    with pytest.raises(LoginError):
        vouched(office, "2", "li"), "somebody else was given the name"
    assert office.login_by("https://other.example", "2", "li", address="").actor.name == "li"
    assert [one.target for one in office.trail.page(action="account.bound").entries] == ["li"] * 2


def test_a_provider_opens_nothing_else(office: Office) -> None:
    with pytest.raises(LoginError, match="password of its own"):
        vouched(office, "1", "wang")
    with pytest.raises(LoginError, match="no account"):
        vouched(office, "1", "nobody")
    office.accounts.add("li", by=CONSOLE)
    assert vouched(office, "1", "li").actor.name == "li"
    office.accounts.disable("li", by=CONSOLE)
    with pytest.raises(LoginError, match="no account"):
        vouched(office, "1", "li")
