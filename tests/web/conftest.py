"""What the tests of the web service share: a served region, and a way to ask it."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

with warnings.catch_warnings():
    # Starlette would rather have the next major version of httpx.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from onecity.web.app import create_app
from onecity.web.settings import Settings
from tests.tiny import tiny_region
from tests.web.browsing import WAIT, foreign
from tests.web.serving import free_port, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ADDRESS = "http://127.0.0.1:8765"

Serve = Callable[..., TestClient]
Visit = Callable[..., "Page"]

DESKTOP = {"width": 1360, "height": 820}


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


@pytest.fixture(scope="module")
def origin(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running service of the tiny region, for writing too."""
    port = free_port()
    settings = Settings(region=tiny, work=tmp_path_factory.mktemp("工作"), port=port, warm=False)
    with serving(create_app(settings), port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def visit(browser: "Browser", origin: str) -> Iterator[Visit]:
    """A way to open a page that takes no error, in the console or from the service, for an answer.

    Called with what Playwright's contexts take, and with `expected`: what an error may say that
    is meant to come.
    """
    contexts = []
    wrong: list[str] = []

    def make(expected: str | None = None, **options: Any) -> "Page":
        def is_wrong(text: str) -> bool:
            return expected is None or expected not in text

        # Nothing moves by itself: what is looked for stands where it will stay.
        usual = {"viewport": DESKTOP, "locale": "zh-CN", "reduced_motion": "reduce"}
        context = browser.new_context(**{**usual, **options})
        contexts.append(context)
        made = context.new_page()
        made.set_default_timeout(WAIT)
        made.on("pageerror", lambda error: wrong.append(str(error)))
        made.on(
            "console",
            lambda one: (
                wrong.append(one.text) if one.type == "error" and is_wrong(one.text) else None
            ),
        )
        made.on(
            "request",
            lambda one: wrong.append(f"elsewhere: {one.url}") if foreign(one.url, origin) else None,
        )
        return made

    yield make
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def page(visit: Visit) -> "Page":
    """A page of a desktop's size."""
    return visit(accept_downloads=True)
