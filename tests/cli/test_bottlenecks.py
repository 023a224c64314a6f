"""``onecity bottlenecks``: shown, told to programs, written, with links."""

import json
from pathlib import Path

import pyogrio
import pytest

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say

from .conftest import Run


@pytest.mark.parametrize("language", LANGUAGES)
def test_bottlenecks_are_shown_with_what_is_assumed(
    run: Run, tiny: Path, language: Language
) -> None:
    done = run("bottlenecks", tiny, "--lang", language, "--top", 2)
    assert done.exit_code == 0, done.stderr
    for name in ("by_lane_value", "by_saturation", "by_first_order", "lane_drops"):
        assert say(f"traffic.{name}", language) in done.stdout
    assert say("traffic.inside_only", language) in done.stdout
    assert say("assumptions.name_traffic_car_share", language) in done.stdout
    assert "虚构大道" in done.stdout


def test_links_are_ranked_anew_for_programs(run: Run, tiny: Path) -> None:
    done = run("bottlenecks", tiny, "--links", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["command"] == "bottlenecks"
    (topic,) = told["topics"]
    assert topic["key"] == "traffic"
    lists = {one["key"]: one for one in topic["rankings"]}
    links = lists["traffic.links_loaded"]
    assert links["columns"][0] == "traffic.link_loaded"
    assert [row["rank"] for row in links["rows"]] == list(range(1, links["total"] + 1))
    assert "traffic.link_loaded" in topic["indicators"]


def test_bottlenecks_are_written_for_maps(run: Run, tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "瓶颈.gpkg"
    assert run("bottlenecks", tiny, "--out", file).exit_code == 0
    names = {str(name) for name, _ in pyogrio.list_layers(file)}
    assert any("by_lane_value" in name for name in names)
    assert run("bottlenecks", tiny, "--out", tmp_path / "x.pdf").exit_code == Exit.INPUT
