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
    assert (answer["lacks"], answer["put"]) == ([], False)
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


def test_a_drawing_is_put_to_use_for_an_item(run: Run, tmp_path: Path) -> None:
    node, file = tmp_path / "鄂州", tmp_path / "流程.bpmn"
    init = (
        "--code",
        "ezhou",
        "--title",
        "鄂州市",
        "--city",
        "420700",
        "--url",
        "http://127.0.0.1:1",
    )
    assert run("hall", "node", "init", node, *init).exit_code == 0
    assert run("hall", "node", "publish", node, "--example", "three").exit_code == 0
    (drawn,) = (node / "processes").glob("*.bpmn")
    file.write_bytes(drawn.read_bytes())
    use = ("--for", "420700.shop_change", "--node", node)
    told = run("hall", "process", file, *use)
    assert told.exit_code == 0, told.stderr
    assert "已放进节点" in told.stdout
    assert "承办人员" in told.stdout  # a lane that is no department is told of
    assert (node / "processes" / "420700.shop_change.bpmn").read_bytes() == file.read_bytes()
    assert run("hall", "process", "--drop", *use).exit_code == 0
    assert list((node / "processes").glob("*.bpmn")) == [drawn]

    text = file.read_text("utf-8")
    file.write_text(text.replace('outcome == "refuse"', 'outcome == "deny"'), "utf-8")
    told = run("hall", "process", file, *use, "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == 1
    assert "deny" in answer["lacks"][0]["zh"]
    assert (answer["put"], len(answer["lacks"])) == (False, 1)
    assert list((node / "processes").glob("*.bpmn")) == [drawn]
    assert run("hall", "process", file, "--for", "420700.shop_change").exit_code == 2
