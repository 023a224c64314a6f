"""JSON-Schema-Test-Suite of draft 2020-12, run by the validator that checks forms.

The suite comes in the source package of `jsonschema`, at the version and hash that are locked.
It is kept in ``out/suites``; where it cannot be had, the tests skip and say why.
"""

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from onecity.core.files import replacing

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "out" / "suites"
REMOTE = "http://localhost:1234/"
# They leave it to the meta-schema whether formats are asserted; forms always assert them.
BY_META_SCHEMA = "schema that uses custom metaschema with format-assertion"


def locked() -> str:
    text = (ROOT / "requirements" / "dev.txt").read_text("utf-8").replace("\\\n", " ")
    return next(line for line in text.splitlines() if line.startswith("jsonschema=="))


@pytest.fixture(scope="module")
def suite() -> Path:
    version = re.match(r"jsonschema==([\w.]+)", locked())
    assert version
    packed = KEPT / f"jsonschema-{version[1]}.tar.gz"
    if not packed.is_file():
        download(packed)
    unpacked = KEPT / packed.name.removesuffix(".tar.gz")
    if not (unpacked / "json" / "tests").is_dir():
        with tarfile.open(packed) as archive:
            inside = [one for one in archive if "/json/" in one.name]
            archive.extractall(KEPT, members=inside, filter="data")
    return unpacked / "json"


def download(packed: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    wanted = KEPT / "wanted.txt"
    with replacing(wanted) as path:
        path.write_text(locked(), "utf-8")
    asked = ["download", "--no-deps", "--no-binary", "jsonschema", "--require-hashes"]
    quiet = ["--retries", "0", "--timeout", "10", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *asked, *quiet, "-r", str(wanted), "-d", str(KEPT)],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    if done.returncode or not packed.is_file():
        why = (done.stderr.strip().splitlines() or ["?"])[-1]
        pytest.skip(f"the suite cannot be had from the package jsonschema: {why}")


def results(
    suite: Path, pattern: str, *, formats: bool
) -> Iterator[tuple[str, str, str, bool, bool]]:
    remotes = {
        REMOTE + file.relative_to(suite / "remotes").as_posix(): json.loads(file.read_text("utf-8"))
        for file in (suite / "remotes").rglob("*.json")
    }

    def fetched(uri: str) -> Any:
        return remotes[uri]

    for file in sorted((suite / "tests" / "draft2020-12").glob(pattern)):
        for case in json.loads(file.read_text("utf-8")):
            validator = jsonschema_rs.Draft202012Validator(
                case["schema"], validate_formats=formats, retriever=fetched
            )
            for one in case["tests"]:
                found = validator.is_valid(one["data"])
                yield file.name, case["description"], one["description"], found, one["valid"]


@pytest.mark.parametrize(
    ("pattern", "formats", "least"),
    [
        ("*.json", False, 1250),
        ("optional/*.json", False, 150),
        ("optional/format/*.json", True, 480),
    ],
    ids=["required", "optional", "formats"],
)
def test_the_validator_passes_the_suite(
    suite: Path, pattern: str, formats: bool, least: int
) -> None:
    told = list(results(suite, pattern, formats=formats))
    wrong = [one for one in told if one[3] != one[4] and not one[1].startswith(BY_META_SCHEMA)]
    assert not wrong
    assert len(told) >= least
