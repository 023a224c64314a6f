"""What the tests of identity share: an office with a clock that they move."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from onecity.identity import FILE, Actor, Grant, Office, sqlite
from onecity.identity.passwords import Passwords
from tests.stores import Cluster

PASSWORD = "九城就是一城，二〇二五"  # noqa: S105
ADDRESS = "10.20.30.40"
CONSOLE = Actor.console()
AS_SHIPPED = sqlite.SETTINGS


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
    monkeypatch.setattr(sqlite, "SETTINGS", relaxed)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "工作" / FILE


def staffed(where: str, clock: Hands) -> Office:
    """Open an office with one planner, ``wang``, of the city 420200."""
    opened = quick(Office.open(where, clock=clock))
    if not opened.accounts.all():
        opened.accounts.add(
            "wang",
            title_zh="王规划",
            unit="hs-zgj",
            city="420200",
            grants=[Grant("planner")],
            password=PASSWORD,
            by=CONSOLE,
        )
    return opened


@pytest.fixture(scope="session")
def staffed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a staffed office, to be copied."""
    file = tmp_path_factory.mktemp("office") / FILE
    staffed(str(file), Hands()).close()
    return file


@pytest.fixture(scope="session")
def staffed_database(cluster: Cluster) -> str:
    """The name of the database of a staffed office, to be copied."""
    cluster.make("staffed")
    staffed(cluster.url("staffed"), Hands()).close()
    return "staffed"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on both databases; one that tries many values, whatever the store, on files."""
    if "place" in metafunc.fixturenames:
        many = metafunc.definition.get_closest_marker("parametrize") is not None
        kinds = ["sqlite"] if many else ["sqlite", "postgresql"]
        metafunc.parametrize("place", kinds, indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """Where a staffed office is: a path, and a second time a URL."""
    if request.param == "sqlite":
        path.parent.mkdir()
        shutil.copyfile(request.getfixturevalue("staffed_file"), path)
        yield str(path)
        return
    template = request.getfixturevalue("staffed_database")
    with request.getfixturevalue("cluster").fresh(template) as url:
        yield url


@pytest.fixture
def office(place: str, hands: Hands) -> Iterator[Office]:
    """A staffed office, in each kind of database."""
    with staffed(place, hands) as opened:
        yield opened
