"""``onecity hall hold`` as somebody meets it who keeps a node."""

import json
from pathlib import Path

from .conftest import Run

ROW = (
    "subject,name,number,issued,until,address:住址\n11010519491231002X,张安,证1,2026-01-05,,甲市\n"
)


def test_a_register_is_brought_in(run: Run, tmp_path: Path) -> None:
    node, table = tmp_path / "武汉", tmp_path / "居住证.csv"
    table.write_text(ROW, "utf-8")
    made = (
        "hall",
        "node",
        "init",
        node,
        "--code",
        "wuhan",
        "--title",
        "武汉市",
        "--city",
        "420100",
    )
    assert run(*made, "--url", "http://127.0.0.1:8801").exit_code == 0
    assert run("hall", "node", "publish", node, "--example", "three").exit_code == 0
    what = ("--document", "residence", "--issuer", "420100.police")
    told = run("hall", "hold", node, table, *what)
    assert told.exit_code == 0, told.stderr
    assert "入库 1 条" in told.stdout
    again = run("hall", "hold", node, table, *what, "--json")
    assert json.loads(again.stdout) == {
        "command": "hall hold", "register": "居住证", "kept": 1, "revoked": 1,
    }  # fmt: skip
    table.write_text(ROW.replace("2026-01-05", "昨天"), "utf-8")
    wrong = run("hall", "hold", node, table, *what)
    assert wrong.exit_code == 2
    assert "第 2 行" in wrong.stderr
