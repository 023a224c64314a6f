"""``onecity hall process``: what of a drawing is carried out, as a user is told."""

import json
from importlib.resources import files
from pathlib import Path

from .conftest import Run

SHIPPED = files("onecity.hall.processes") / "shipped"


def test_a_sound_process_lists_its_tasks(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "承诺件.bpmn"
    file.write_bytes((SHIPPED / "standard.bpmn").read_bytes())
    told = run("hall", "process", file)
    assert told.exit_code == 0
    assert "accept supplement reject" in told.stdout
    answer = json.loads(run("hall", "process", file, "--json").stdout)
    assert (answer["sound"], answer["code"], answer["findings"]) == (True, "standard_case", [])
    assert {one["kind"] for one in answer["tasks"]} >= {"intake", "review", "decide", "deliver"}


def test_what_is_not_carried_out_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "坏.bpmn"
    text = (SHIPPED / "spot.bpmn").read_text("utf-8")
    file.write_text(text.replace("bpmn:exclusiveGateway", "bpmn:complexGateway"), "utf-8")
    told = run("hall", "process", file)
    assert told.exit_code == 1
    assert "复杂网关不执行" in told.stdout
    answer = json.loads(run("hall", "process", file, "--json").stdout)
    assert (answer["sound"], answer["digest"]) == (False, None)
    assert answer["findings"][0]["line"] > 1
    assert run("hall", "process", tmp_path / "none.bpmn").exit_code == 3
    (tmp_path / "empty.bpmn").write_text("")
    assert run("hall", "process", tmp_path / "empty.bpmn").exit_code == 2
