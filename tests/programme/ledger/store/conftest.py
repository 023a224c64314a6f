"""What the tests of the ledger's store share: a ledger on each database, a clock that is moved."""

from collections.abc import Iterator

import pytest

from onecity.identity import sqlite
from onecity.programme.ledger.store import Ledger
from tests.programme.ledger.store.desk import Hands, opened

AS_SHIPPED = sqlite.SETTINGS


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system write when it likes: a power cut is not what these tests are about."""
    relaxed = [one.replace("synchronous = FULL", "synchronous = OFF") for one in AS_SHIPPED]
    monkeypatch.setattr(sqlite, "SETTINGS", relaxed)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def ledger(store_url: str, hands: Hands) -> Iterator[Ledger]:
    """A ledger in each kind of database."""
    with opened(store_url, hands) as made:
        yield made
