"""The whole API against its own description: whatever is sent, the answer is as documented."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from fastapi.testclient import TestClient

from onecity.web.app import create_app
from onecity.web.routes import BASE
from onecity.web.settings import Settings
from tests.web.serving import free_port, serving

EXAMPLES = 5
CONFIG = """
seed = 1
[phases.stateful]
enabled = false
[generation]
deterministic = true
database = "none"
"""

# What the description allows and the region, the moment or the content of a file does not.
REFUSED = {
    ("GET", "/isochrones"): "the place lies outside the region",
    ("GET", "/paths"): "the place lies outside the region",
    ("GET", "/snap"): "no road is near",
    ("GET", "/index"): "there is no such strand, or no weight is above zero",
    ("POST", "/what-ifs"): "no road is near",
    ("POST", "/scenarios"): "no road is near",
    ("PUT", "/scenarios/{key}"): "no road is near",
    ("POST", "/scenarios/file"): "the file is no scenario",
    ("POST", "/intakes"): "the file is no workbook",
    ("PUT", "/session/password"): "nobody has a password here",
    **dict.fromkeys(
        [
            ("GET", f"/ledger/{one}")
            for one in (
                *("items", "counts", "board", "gantt", "curve", "calendar", "map"),
                *("workbook", "oc4ids", "reports/{kind}"),
            )
        ],
        "the day is beyond those of the ledger, or before the one it follows",
    ),
    **dict.fromkeys(
        [
            ("POST", "/ledger/items"),
            ("PATCH", "/ledger/items/{id}"),
            ("POST", "/ledger/items/{id}/moves"),
            ("POST", "/ledger/items/{id}/attachments"),
            ("POST", "/ledger/meetings"),
            ("POST", "/ledger/minutes"),
            ("POST", "/ledger/minutes/file"),
            ("POST", "/ledger/intakes"),
            ("POST", "/ledger/reports/{kind}/document"),
            ("POST", "/ledger/units"),
            ("PUT", "/ledger/units/{code}"),
            ("POST", "/ledger/units/replacements"),
            ("POST", "/ledger/views"),
            ("PUT", "/ledger/settings"),
        ],
        "no such unit, days in disorder, a sign nobody can see, no version, no such file",
    ),
    **dict.fromkeys(
        [
            ("POST", "/accounts"),
            ("PUT", "/accounts/{name}"),
            ("PUT", "/accounts/{name}/grants"),
            ("PUT", "/accounts/{name}/password"),
        ],
        "no such role, a password too easy to guess",
    ),
}


# They take the filters of /ledger/items, where every one of them is gone through.
FILTERED = ("counts", "board", "gantt", "curve", "calendar", "map", "workbook", "oc4ids")


@pytest.fixture(scope="module")
def served(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that truly listens; tests write to it."""
    work = tmp_path_factory.mktemp("work")
    port = free_port()
    with serving(create_app(Settings(tiny, work, port=port, warm=False)), port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.slow
def test_whatever_is_sent_the_answer_is_as_documented(served: str, tmp_path: Path) -> None:
    with urlopen(f"{served}{BASE}/session") as answer:  # noqa: S310
        word = json.load(answer)["csrf"]
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG + "".join(map(refused, REFUSED)), "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(config)),
            *("run", f"{served}{BASE}/openapi.json", "--max-examples", str(EXAMPLES)),
            *("--exclude-path-regex", f"^{BASE}/hall/"),  # see test_hall_openapi
            *("--header", f"X-CSRF-Token: {word}", "--header", f"Origin: {served}"),
        ],
        capture_output=True,
        check=False,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert "Failures:" not in done.stdout
    tested = re.search(r"Tested: (\d+)", done.stdout)
    with urlopen(f"{served}{BASE}/openapi.json") as answer:  # noqa: S310
        paths = json.load(answer)["paths"].items()
    known = sum(len(methods) for path, methods in paths if not path.startswith(f"{BASE}/hall/"))
    assert tested is not None
    assert int(tested[1]) == known


def refused(place: tuple[str, str]) -> str:
    """Return what tells that a request that is well-formed may be refused there."""
    method, path = place
    brief = path.removeprefix("/ledger/") in FILTERED
    return f"""
[[operations]]
include-method = "{method}"
include-path = "{BASE}{path}"
checks.positive_data_acceptance.enabled = false
{"phases.coverage.enabled = false" if brief else ""}
"""


# --- The description itself --------------------------------------------------------------------


@pytest.fixture(scope="module")
def described(served: str) -> dict[str, Any]:
    with urlopen(f"{served}{BASE}/openapi.json") as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
    return told


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            yield f"{method} {path}", told


def test_every_route_says_what_it_is_in_both_languages(described: dict[str, Any]) -> None:
    han = re.compile("[\u4e00-\u9fff]")
    assert not [name for name, told in operations(described) if not han.search(told["summary"])]
    assert not [name for name, told in operations(described) if len(told["description"]) < 20]
    known = {tag["name"] for tag in described["tags"]}
    assert not [name for name, told in operations(described) if not set(told["tags"]) <= known]


def test_every_answer_has_a_kind(described: dict[str, Any]) -> None:
    for name, told in operations(described):
        for status, answer in told["responses"].items():
            empty = status in {"204", "303", "304"}
            assert bool(answer.get("content")) is not empty, f"{name} {status}"
            assert answer["description"], f"{name} {status}"


def test_no_two_shapes_share_a_name(described: dict[str, Any]) -> None:
    names = described["components"]["schemas"]
    assert not [name for name in names if re.search("^onecity__|-(In|Out)put$", name)]


def test_every_change_needs_the_word_of_its_session(described: dict[str, Any]) -> None:
    for name, told in operations(described):
        wanted = any(one["name"] == "X-CSRF-Token" for one in told.get("parameters", []))
        assert wanted is not name.startswith("get "), name


def test_nothing_is_fetched_from_elsewhere(described: dict[str, Any]) -> None:
    assert "://" not in json.dumps(described).replace("http://127.0.0.1", "")


@pytest.mark.parametrize("address", ["/docs", "/redoc", f"{BASE}/docs", "/openapi.json"])
def test_there_are_no_pages_that_load_scripts_from_elsewhere(
    service: TestClient, address: str
) -> None:
    answer = service.get(address)
    assert answer.status_code in {200, 404, 503}
    assert "swagger" not in answer.text.lower()
    assert "cdn" not in answer.text.lower()
