"""What a service is told when it is made."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from onecity.web.settings import Limits, Settings


def test_the_work_folder_lies_beside_the_region() -> None:
    settings = Settings.for_region(Path("/data/out/武汉"))
    assert settings.work == Path("/data/out/武汉.work")
    assert Settings.for_region(Path("a"), work=Path("b")).work == Path("b")


@pytest.mark.parametrize(
    ("host", "login", "asked"),
    [
        ("127.0.0.1", False, False),
        ("localhost", False, False),
        ("::1", False, False),
        ("127.0.0.1", True, True),
        ("0.0.0.0", False, True),  # noqa: S104
        ("::", False, True),
        ("192.168.1.5", False, True),
        ("map.office", False, True),
    ],
)
def test_where_others_can_reach_it_changes_need_a_login(
    host: str, login: bool, asked: bool
) -> None:
    assert Settings.for_region(Path("a"), host=host, login=login).login is asked


def test_those_who_wait_leave_threads_to_the_others() -> None:
    limits = Settings.for_region(Path("a")).limits
    assert 2 <= limits.computations <= 12
    assert limits.computations + limits.queue < 40


def test_services_beside_each_other_keep_their_logins_apart() -> None:
    one, other = (Settings.for_region(Path("a"), port=port) for port in (8765, 8766))
    assert one.cookie != other.cookie


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Limits().queue = 3  # type: ignore[misc]
