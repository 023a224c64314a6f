"""``onecity hall load``: an older system's cases, as whoever brings them is told."""

import json
from pathlib import Path

from onecity.hall.catalogue import TimeUnit
from onecity.hall.catalogue.example import example

from .conftest import Run

ITEM = next(
    one
    for one in example().items
    if one.city == "420100" and one.promised and one.promised.unit is TimeUnit.WORKING_DAY
)


def test_cases_are_checked_then_loaded_once(run: Run, tmp_path: Path) -> None:
    node, file = tmp_path / "武汉", tmp_path / "旧.csv"
    made = ("--code", "wuhan", "--title", "武汉", "--city", "420100", "--url", "https://w.example")
    assert run("hall", "node", "init", node, *made).exit_code == 0
    assert run("hall", "node", "publish", node, "--example", "three").exit_code == 0
    heads = "number,item,state,opened,accepted,decided,closed,outcome\n"
    times = "2025-03-03,2025-03-04,2025-03-05,2025-03-06"
    file.write_text(
        f"{heads}A-1,{ITEM.code},closed,{times},grant\nA-2,{ITEM.code},closed,{times},maybe\n",
        "utf-8",
    )
    told = run("hall", "load", node, file)
    assert told.exit_code == 1
    assert "第 3 行“outcome”列" in told.stdout
    answer = json.loads(run("hall", "load", node, file, "--json").stdout)
    assert [(one["row"], one["column"]) for one in answer["faults"]] == [(3, "outcome")]
    file.write_text(file.read_text("utf-8").replace("maybe", "refuse"), "utf-8")
    written = []
    for options in (("--check",), (), ()):
        done = run("hall", "load", node, file, "--json", *options)
        assert done.exit_code == 0
        written.append(json.loads(done.stdout)["written"])
    assert written == [0, 2, 0]
    assert run("hall", "load", node, tmp_path / "none.csv").exit_code == 3
    assert json.loads(run("hall", "verify", node, "--json").stdout)["sound"] is True
