"""What every test may ask for: data beside the project, a browser, and repeatable examples."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.stores import cluster, store_url

__all__ = ["cluster", "store_url"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

EXPECT_MS = 120_000
"""Milliseconds that a page is given to become what is expected, on a machine with much to do."""

# A compiled kernel takes seconds the first time: deadlines would only measure that.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "search",
    deadline=None,
    max_examples=2_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_configure(config: pytest.Config) -> None:
    """Let several processes take files in the order in which they are collected."""
    if hasattr(config.option, "loadscopereorder"):
        # It would put those of few tests last: the longest tests there are.
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files whose tests take long where several processes share them out.

    At the end one process waits for the other: for as short a file as can be.
    """
    if not hasattr(config, "workerinput"):
        return
    long = {one.path for one in items if any(map(one.get_closest_marker, ("slow", "browser")))}
    items.sort(key=lambda one: one.path not in long)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that reads data which is not part of the project, where it is absent."""
    if item.get_closest_marker("shared") and not SHARED.is_dir():
        pytest.skip("no data beside the project: ../shared/data is absent")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data beside the project; use with `@pytest.mark.shared`."""
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of an installed Chromium; use with `@pytest.mark.browser`."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("ONECITY_NEEDS_BROWSER"):
            pytest.fail("ONECITY_NEEDS_BROWSER is set but Chromium is not installed")
        pytest.skip("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator["Browser"]:
    """A running Chromium, shared by all tests; open a new context for each."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, as in a container; pages here are our own. Maps
        # are drawn by WebGL, which needs no graphics card this way.
        arguments = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"]
        arguments += ["--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()
