"""What the tests of the web service share: a served region, and a way to ask it."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Starlette would rather have the next major version of httpx.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.tiny import tiny_region

ADDRESS = "http://127.0.0.1:8765"

Serve = Callable[..., TestClient]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny region in a folder with a Chinese name; not to be changed."""
    folder = tmp_path_factory.mktemp("城市圈") / "云湾"
    tiny_region().write(folder)
    return folder


@pytest.fixture(scope="session")
def service(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service of the tiny region that all tests share: for reading only."""
    settings = Settings(region=tiny, work=tmp_path_factory.mktemp("work"), warm=False)
    with TestClient(create_app(settings), base_url=ADDRESS) as client:
        yield client


@pytest.fixture
def serve(tiny: Path, tmp_path: Path) -> Iterator[Serve]:
    """A way to make a service of one's own; settings as of `Settings`."""
    clients: list[TestClient] = []

    def make(**changed: object) -> TestClient:
        settings = Settings(**{"region": tiny, "work": tmp_path / "work", "warm": False, **changed})  # type: ignore[arg-type]
        client = TestClient(create_app(settings), base_url=ADDRESS)
        clients.append(client.__enter__())
        return client

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def csrf(client: TestClient) -> dict[str, str]:
    """Return the headers that a change needs."""
    word = client.get("/api/v1/session").json()["csrf"]
    return {"X-CSRF-Token": word, "Origin": str(client.base_url).rstrip("/")}


@pytest.fixture(name="csrf")
def csrf_fixture() -> Callable[[TestClient], dict[str, str]]:
    """What gives the headers that a change needs."""
    return csrf
