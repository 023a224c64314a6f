"""``onecity flows``: observed flows shown, simulated ones where there are none, both written."""

import json
from pathlib import Path

import pytest

from onecity.cli.exits import Exit
from onecity.core.words import LANGUAGES, Language, say
from tests.strands.transport.flows.flow_tables import flows, with_flows, world

from .conftest import Run


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flows") / "tiny"
    with_flows(flows(world(beta=-1.2), level="zone")).write(folder)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_observed_flows_are_shown(run: Run, observed: Path, language: Language) -> None:
    done = run("flows", observed, "--lang", language)
    assert done.exit_code == Exit.DONE, done.stderr
    for key in ("permeability", "missing_pairs", "circles", "urban_areas", "every_list"):
        assert say(f"flow_findings.{key}", language) in done.stdout
    assert "0.301" in done.stdout  # e^-1.2
    assert "2.98" in done.stdout  # the border as a distance
    told = json.loads(run("flows", observed, "--json").stdout)
    (topic,) = told["topics"]
    assert (told["command"], topic["key"]) == ("flows", "flows")
    assert "NaN" not in json.dumps(topic["borders"])


def test_simulated_flows_stand_in_and_say_so(run: Run, tiny: Path, observed: Path) -> None:
    done = run("flows", tiny, "--lang", "en")
    assert done.exit_code == Exit.DONE, done.stderr
    assert say("flow_findings.none_observed", "en") in done.stdout
    assert "modelled" in done.stdout
    asked = json.loads(run("flows", observed, "--modelled", "--json").stdout)
    assert asked["topics"][0]["key"] == "modelled_flows"


def test_flows_as_a_workbook(run: Run, observed: Path, tmp_path: Path) -> None:
    file = tmp_path / "流量.xlsx"
    assert run("flows", observed, "--out", file).exit_code == Exit.DONE
    assert file.stat().st_size > 5_000
    assert run("flows", observed, "--out", tmp_path / "flows.doc").exit_code == Exit.INPUT
