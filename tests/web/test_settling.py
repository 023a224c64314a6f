"""What a crash left half-way is closed when the service starts again."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onecity.identity import Actor, Entry
from onecity.identity.trail import INTENT, Note
from onecity.programme.scenario import Scenario
from onecity.programme.shelf import version
from onecity.region.interventions import CloseRoad, SetSpeed
from onecity.web.desk import Desk
from onecity.web.settling import settle

Serve = Callable[..., TestClient]


@pytest.fixture
def desk(serve: Serve) -> Desk:
    made: Desk = serve().app.state.desk  # type: ignore[attr-defined]
    return made


def crash(desk: Desk, action: str, kind: str, target: str, **told: Any) -> None:
    """Leave an intent without its end, as a crash does."""
    desk.office.trail.append(Actor.local(), Note(action, kind, target, **told), phase=INTENT)


def last(desk: Desk) -> Entry:
    entry = desk.office.trail.page(limit=1).entries[0]
    assert not desk.office.trail.unfinished()
    assert desk.office.trail.verify().sound
    return entry


def scenario(desk: Desk) -> Scenario:
    return Scenario.drawn(desk.region, [CloseRoad((0,))], title="封路")


@pytest.mark.parametrize("made", [True, False])
def test_a_workbook_that_was_taken_in_or_not(desk: Desk, made: bool) -> None:
    region = desk.region
    before = {"hash": region.hash}
    crash(desk, "data.accepted", "region", "tiny", before=before)
    if made:
        changed = region.apply([SetSpeed((0,), 33.0)])
        desk.versions.accept(changed, after=region.hash, reason="x", by="local")
    settle(desk)
    entry = last(desk)
    assert (entry.action, entry.phase) == ("data.accepted", "done" if made else "failed")
    assert entry.who == "console"


@pytest.mark.parametrize("made", [True, False])
def test_a_way_back_that_was_gone_or_not(desk: Desk, made: bool) -> None:
    region = desk.region
    changed = region.apply([SetSpeed((0,), 33.0)])
    now = desk.versions.accept(changed, after=region.hash, reason="x", by="local")
    crash(desk, "data.undone", "region", "tiny", before={"hash": now.hash})
    if made:
        desk.versions.undo(after=now.hash)
    settle(desk)
    assert last(desk).phase == ("done" if made else "failed")


@pytest.mark.parametrize("made", [True, False])
def test_a_scenario_that_was_kept_or_not(desk: Desk, made: bool) -> None:
    one = scenario(desk)
    crash(desk, "scenario.saved", "scenario", one.key, after={"version": version(one)})
    if made:
        desk.shelf.add(one)
    settle(desk)
    entry = last(desk)
    assert entry.phase == ("done" if made else "failed")
    assert (entry.after == {"version": version(one)}) is made


@pytest.mark.parametrize("made", [True, False])
def test_a_scenario_that_was_thrown_away_or_not(desk: Desk, made: bool) -> None:
    one = scenario(desk)
    desk.shelf.add(one)
    crash(desk, "scenario.deleted", "scenario", one.key)
    if made:
        desk.shelf.delete(one.key)
    settle(desk)
    assert last(desk).phase == ("done" if made else "failed")


@pytest.mark.parametrize("made", [True, False])
def test_a_workbook_that_was_thrown_away_or_not(desk: Desk, made: bool) -> None:
    key = "a" * 32
    if not made:
        (desk.work / "intakes" / key).mkdir(parents=True)
    crash(desk, "data.dropped", "intake", key)
    settle(desk)
    assert last(desk).phase == ("done" if made else "failed")


def test_what_nobody_can_tell_stays_open(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    crash(desk, "ledger.signed", "item", "x")
    with caplog.at_level(logging.WARNING):
        settle(desk)
    assert len(desk.office.trail.unfinished()) == 1
    assert "ledger.signed" in caplog.text


def test_a_service_that_starts_again_settles_by_itself(serve: Serve) -> None:
    first: Desk = serve().app.state.desk  # type: ignore[attr-defined]
    crash(first, "scenario.deleted", "scenario", "no-such-one")
    second: Desk = serve().app.state.desk  # type: ignore[attr-defined]
    assert last(second).phase == "done"


def test_who_only_looks_leaves_no_trace(serve: Serve) -> None:
    client = serve()
    for address in ("region", "versions", "scenarios", "trail", "session", "strands"):
        assert client.get(f"/api/v1/{address}").status_code == 200
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    assert not desk.settings.work.exists()
