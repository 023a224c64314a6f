"""What the tests of the command line share: a way to run it, and regions to run it on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from onecity.cli.program import program
from tests.coarse import coarse_recipe
from tests.tiny import tiny_region

PLAIN = {"ONECITY_LANG": None, "LC_ALL": None, "LC_MESSAGES": None, "LANG": None}

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command line in this process; no language is set unless `env` sets one."""

    def start(*arguments: object, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(
            program, [str(one) for one in arguments], env={**PLAIN, **(env or {})}
        )

    return start


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny region in a folder with a Chinese name; not to be changed."""
    folder = tmp_path_factory.mktemp("城市圈") / "云湾"
    tiny_region().write(folder)
    return folder


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """The shipped recipe made coarse, so that all of it is made in seconds."""
    return coarse_recipe(tmp_path / "配方")
