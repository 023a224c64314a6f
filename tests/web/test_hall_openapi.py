"""The hall's API against its own description, at a node with people, items and a case."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from onecity.hall.node.config import NodeKind
from onecity.identity import Actor, Grant
from tests.web.halling import ITEM, trusted
from tests.web.test_hall_exchange import BASE, listening, made
from tests.web.test_openapi import CONFIG

ALL = "/api/v1"
EXAMPLES = 3
# Its body is another node's, signed: whatever this test sends is nobody's.
LEFT_OUT = "exchange"
REFUSED = """
[checks]
positive_data_acceptance.enabled = false
"""


@pytest.mark.slow
def test_whatever_is_sent_to_a_node_the_answer_is_as_documented(tmp_path: Path) -> None:
    folder = tmp_path / "节点"
    made(folder, "wuhan", NodeKind.CITY, ("420100",))
    trusted(tmp_path / "anchor.json", folder)
    with listening(folder) as app:
        url, office = app.state.desk.hall.config.url, app.state.desk.office
        office.accounts.add("all", grants=(Grant.parse("administrator"),), by=Actor.console())
        key, _ = office.tokens.add(
            "all", "all", scopes=("hall.*", "view"), expires=None, by=Actor.console()
        )
        bearer = f"Authorization: Bearer {key}"
        begun = httpx.post(
            f"{url}{BASE}/drafts",
            json={"about": {"item": ITEM}},
            headers=dict([bearer.split(": ")]),
        )
        assert begun.status_code == 201
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG + REFUSED, "utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
                *("--config-file", str(config), "run", f"{url}{ALL}/openapi.json"),
                *("--max-examples", str(EXAMPLES), "--header", bearer),
                *("--header", "X-CSRF-Token: none"),  # a key needs no word of a session
                *("--include-path-regex", f"^{BASE}/", "--exclude-path-regex", LEFT_OUT),
            ],
            capture_output=True,
            check=False,
            encoding="utf-8",
            cwd=tmp_path,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
        paths = httpx.get(f"{url}{ALL}/openapi.json").json()["paths"]
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert "Failures:" not in done.stdout
    tested = re.search(r"Tested: (\d+)", done.stdout)
    own = [len(told) for path, told in paths.items() if path.startswith(f"{BASE}/")]
    assert tested is not None
    assert int(tested[1]) == sum(own) - 1
