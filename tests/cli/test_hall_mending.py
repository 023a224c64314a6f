"""``onecity hall node resume`` and ``onecity hall revoke``, as somebody meets them."""

import json
from pathlib import Path

from .conftest import Run


def test_nothing_to_settle_is_said_so(run: Run, tmp_path: Path) -> None:
    node = tmp_path / "武汉"
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
    told = run("hall", "node", "resume", node, "--json")
    assert json.loads(told.stdout) == {"command": "hall node resume", "lines": []}
    wrong = run("hall", "revoke", node, "WUHAN20261124-00001", "--reason", "第六十九条")
    assert wrong.exit_code != 0
    assert "WUHAN20261124-00001" in wrong.stderr
    assert run("hall", "revoke", node, "1", "--reason", " ").exit_code != 0
