"""What the tests of nodes share: a clock that is moved, and no waiting for the disk."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from onecity.identity import sqlite

AS_SHIPPED = sqlite.SETTINGS


@dataclass
class Hands:
    """A clock whose hands are moved; it begins on a Monday morning."""

    now: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system write when it likes: a power cut is not what these tests are about."""
    relaxed = [one.replace("synchronous = FULL", "synchronous = OFF") for one in AS_SHIPPED]
    monkeypatch.setattr(sqlite, "SETTINGS", relaxed)


@pytest.fixture
def hands() -> Hands:
    return Hands()
