"""The hall's API against its own description, at a node with people, items and a case."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from onecity.hall.node.config import NodeKind
from onecity.identity import Actor, Grant
from tests.web.halling import ITEM, PDF, Hall, trusted
from tests.web.test_hall_exchange import BASE, listening, made
from tests.web.test_openapi import CONFIG

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

ALL = "/api/v1"
EXAMPLES = 3
# Its body is another node's, signed: whatever this test sends is nobody's.
LEFT_OUT = "exchange"
# What the description allows and the catalogue, the moment or what lies there does not. Everywhere
# else whatever is well-formed is taken, or there is nothing of that name.
REFUSED = {
    ("GET", "/board"): "the period is too long, or ends before it begins",
    ("GET", "/desk/tasks"): "no page lies so far",
    ("GET", "/desk/cases"): "no page lies so far, or the period ends before it begins",
    ("GET", "/desk/events"): "no page lies so far",
    ("POST", "/desk/search"): "no page lies so far",
    ("GET", "/forms/event/{code}"): "the life event has no such step",
    ("GET", "/events/{code}"): "the life event has no such step, or not there",
    ("POST", "/register"): "the name is taken, or the password weak",
    ("POST", "/profile"): "a number is none, or it was changed since it was seen",
    ("POST", "/profiles/{account}/verify"): "a number is none",
    ("POST", "/drafts"): "it is about an item or a life event, which goes across that border",
    ("PUT", "/drafts/{id}"): "it was saved since it was seen",
    ("POST", "/drafts/{id}/files"): "the form has no such place, or the file is none",
    ("POST", "/drafts/{id}/evidence"): "nobody holds it",
    ("POST", "/drafts/{id}/submit"): "the form is not complete",
    ("POST", "/evidence/{id}/agree"): "it was not found yet",
    ("POST", "/evidence/{id}/refuse"): "it is settled",
    ("POST", "/applications"): "the form is not complete",
    ("GET", "/mine/{id}/supplement"): "nothing is asked for",
    **dict.fromkeys(
        [
            ("POST", "/mine/{id}/files"),
            ("DELETE", "/mine/{id}/files/{file}"),
            ("POST", "/mine/{id}/evidence"),
            ("POST", "/mine/{id}/supplement"),
            ("POST", "/mine/{id}/withdraw"),
            ("POST", "/mine/{id}/appraise"),
            ("POST", "/erasure"),
            ("POST", "/desk/cases/{id}/do"),
            ("POST", "/desk/events/{id}/remind"),
        ],
        "not in the state in which the case is, or not yet",
    ),
    ("PUT", "/editor/items/{code}/draft"): "a field of the item cannot be that",
    ("POST", "/editor/items/{code}/publish"): "there is no draft, or it has errors",
}
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "hall-api.md"


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
        given = Hall(cast("TestClient", SimpleNamespace(app=app)), {}).application()
        program_applies(tmp_path, given, {"HALL": url, "KEY": key})
        headers = dict([bearer.split(": ")])
        with httpx.Client(base_url=f"{url}{BASE}/", headers=headers) as asking:
            assert asking.post("drafts", json={"about": {"item": ITEM}}).status_code == 201
            [case] = [one["case"] for one in asking.get("mine").json()["rows"]]
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG + "".join(map(refused, REFUSED)) + of_case(case), "utf-8")
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
    known = {(one.upper(), path) for path, told in paths.items() for one in told}
    assert not [one for one in REFUSED if (one[0], f"{BASE}{one[1]}") not in known]


def refused(place: tuple[str, str]) -> str:
    """Return what tells that a request that is well-formed may be refused there."""
    method, path = place
    return f"""
[[operations]]
include-method = "{method}"
include-path = "{BASE}{path}"
checks.positive_data_acceptance.enabled = false
"""


def of_case(case: str) -> str:
    """Return what lets operations on cases meet one that is there."""
    return f"""
[[operations]]
include-path-regex = "^{BASE}/(mine|desk/cases)/{{id}}"
parameters = {{ "path.id" = "{case}" }}
"""


def program_applies(folder: Path, given: dict[str, Any], surroundings: dict[str, str]) -> None:
    """Let the program that the documentation shows apply for an item."""
    [program] = re.findall(
        r'```python title="apply.py"\n(.*?)```', DOCS.read_text("utf-8"), re.DOTALL
    )
    (folder / "apply.py").write_text(program, "utf-8")
    answers = {"item": given["about"]["item"], "data": given["data"]}
    (folder / "answers.json").write_text(json.dumps(answers), "utf-8")
    for one in given["files"]:
        (folder / one["filename"]).write_bytes(PDF)
    done = subprocess.run(
        [sys.executable, "apply.py", "answers.json"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | surroundings,
    )
    assert done.returncode == 0, done.stderr
    assert re.search("^WUHAN[0-9]{8}-[0-9]+", done.stdout), done.stdout
