"""What the tests of the ledger's store share: a ledger on each database, a clock that is moved."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from onecity.identity import FILE, sqlite
from onecity.programme.ledger.store import Ledger
from tests.programme.ledger.store.desk import CALENDAR, Hands, opened
from tests.stores import Cluster

AS_SHIPPED = sqlite.SETTINGS


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system write when it likes: a power cut is not what these tests are about."""
    relaxed = [one.replace("synchronous = FULL", "synchronous = OFF") for one in AS_SHIPPED]
    monkeypatch.setattr(sqlite, "SETTINGS", relaxed)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a ledger that has its units, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / FILE
    opened(str(path), Hands()).close()
    return path


@pytest.fixture(scope="session")
def made_on_server(cluster: Cluster) -> str:
    """The name of a database of such a ledger, to be copied."""
    cluster.make("ledger")
    opened(cluster.url("ledger"), Hands()).close()
    return "ledger"


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a ledger is that has its units, in each kind of database."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("made"), tmp_path / FILE))
        return
    template = request.getfixturevalue("made_on_server")
    with request.getfixturevalue("cluster").fresh(template) as url:
        yield url


@pytest.fixture
def ledger(where: str, hands: Hands) -> Iterator[Ledger]:
    """A ledger in each kind of database."""
    with Ledger.open(where, clock=hands, calendar=CALENDAR, create=False) as found:
        yield found
