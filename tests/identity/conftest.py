"""What the tests of identity share: an office with a clock that they move."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from onecity.identity import FILE, Actor, Grant, Office, database
from onecity.identity.passwords import Passwords

PASSWORD = "九城就是一城，二〇二五"  # noqa: S105
ADDRESS = "10.20.30.40"
CONSOLE = Actor.console()
AS_SHIPPED = database._SETTINGS


@dataclass
class Hands:
    """A clock whose hands are moved."""

    now: datetime = datetime(2025, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def quick(office: Office) -> Office:
    """Let hashing take microseconds: what it costs is not what these tests are about."""
    office.accounts.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return office


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system write when it likes: a power cut is not what these tests are about."""
    relaxed = [one.replace("synchronous = FULL", "synchronous = OFF") for one in AS_SHIPPED]
    monkeypatch.setattr(database, "_SETTINGS", relaxed)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "工作" / FILE


@pytest.fixture
def office(path: Path, hands: Hands) -> Iterator[Office]:
    """An office with one planner, ``wang``, of the city 420200."""
    with quick(Office.open(path, clock=hands)) as opened:
        opened.accounts.add(
            "wang",
            title_zh="王规划",
            unit="hs-zgj",
            city="420200",
            grants=[Grant("planner")],
            password=PASSWORD,
            by=CONSOLE,
        )
        yield opened
