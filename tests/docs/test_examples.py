"""Every example in the documentation does what it says, page by page."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sybil import Document, Example, Region
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from onecity.cli.program import program
from onecity.region.build import build
from onecity.region.store import Region as Store
from onecity.strands.contract import Findings
from onecity.strands.transport.strand import TransportStrand

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ELLIPSIS | NORMALIZE_WHITESPACE
BESIDE = {"porto-alegre": ("gtfs/poa_osm.pbf", "gtfs/poa_hexgrid.csv")}
"""Files beside the project that a page asks its reader to put into a folder."""
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def run_console(example: Example) -> str | None:
    """Run each line after ``$ ``; what follows it, if anything, must be what it prints."""
    wanted: dict[int, list[str]] = {}
    commands: list[str] = []
    for line in str(example.parsed).splitlines():
        if line.startswith("$ "):
            commands.append(line.removeprefix("$ "))
            wanted[len(commands)] = []
        elif commands:
            wanted[len(commands)].append(line)
    for number, command in enumerate(commands, start=1):
        code, told, complaint = run(shlex.split(command))
        if code != 0:
            return f"$ {command}\nended with {code}\n{told}{complaint}"
        text = "\n".join(wanted[number]).strip()
        if text and not OutputChecker().check_output(text + "\n", told, OPTIONS):
            return f"$ {command}\nwanted:\n{text}\ngot:\n{told}"
    return None


def run(words: list[str]) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it wrote on both streams."""
    if words[0] == "onecity":  # in this process: loading the libraries again takes longest
        result = CliRunner().invoke(program, words[1:])
        return result.exit_code, result.stdout, result.stderr
    programs = Path(sys.executable).parent
    surroundings = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, capture_output=True, text=True, env=surroundings, check=False)
    return done.returncode, done.stdout, done.stderr


def write_file(example: Example) -> None:
    """Write what a fence holds to the file that its title names."""
    file = Path(example.region.lexemes["title"])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(example.parsed), encoding="utf-8")


class FileParser:
    """Fences with a title, which the page shows above them: files that the reader is to make."""

    def __init__(self) -> None:
        info = re.compile(r'\w+ title="(?P<title>[^"]+)"$\n', re.MULTILINE)
        self.lexer = RawFencedCodeBlockLexer(info)

    def __call__(self, document: Document) -> Iterable[Region]:
        for found in self.lexer(document):
            text = found.lexemes["source"]
            yield Region(
                found.start, found.end, parsed=text, evaluator=write_file, lexemes=found.lexemes
            )


PARSERS = (
    SkipParser(),
    FileParser(),
    PythonCodeBlockParser(doctest_optionflags=OPTIONS),
    CodeBlockParser(language="console", evaluator=run_console),
)


@pytest.fixture(scope="session")
def wuhan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The region that the pages speak of, built once for all of them; not to be changed."""
    folder = tmp_path_factory.mktemp("built") / "wuhan"
    build(ROOT / "regions" / "wuhan", folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _measured_once() -> Iterator[None]:
    """Measure a region once for all pages that do: findings of equal regions are equal.

    For this module alone: other tests look at the measuring itself.
    """
    found: dict[str, Findings] = {}

    def measure(self: TransportStrand, region: Store, **options: Any) -> Findings:
        if region.hash not in found:
            found[region.hash] = as_it_is(self, region, **options)
        return found[region.hash]

    as_it_is = TransportStrand.measure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransportStrand, "measure", measure)
        yield


def asked_for(page: Path) -> list[str]:
    """The files beside the project that a page reads."""
    text = page.read_text("utf-8")
    named = ((f"{folder}/{Path(file).name}", file) for folder in BESIDE for file in BESIDE[folder])
    return [file for name, file in named if name in text]


# A page that reads such files skips where they are absent, and takes as long as it says.
READING = [pytest.mark.shared, pytest.mark.slow]


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=READING if asked_for(page) else []) for page in PAGES],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_examples_do_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    # The examples of a page share one folder and one namespace, in the order of reading.
    document = Document.parse(str(page), *PARSERS)
    (tmp_path / "regions").symlink_to(ROOT / "regions", target_is_directory=True)
    if "out/wuhan" in document.text and any(document.examples()):
        (tmp_path / "out").mkdir()
        built = request.getfixturevalue("wuhan")
        (tmp_path / "out" / "wuhan").symlink_to(built, target_is_directory=True)
    if asked_for(page):
        shared = request.getfixturevalue("shared_data") / "peers"
        for folder, files in BESIDE.items():
            (tmp_path / folder).mkdir()
            for file in files:
                (tmp_path / folder / Path(file).name).symlink_to(shared / file)
    monkeypatch.chdir(tmp_path)
    for example in document.examples():
        example.evaluate()


def test_an_example_that_lies_is_caught(tmp_path: Path) -> None:
    lies = {
        "python": "```python\n>>> 1 + 1\n3\n```\n",
        "plain": "```python\nassert 1 + 1 == 3\n```\n",
        "console": "```console\n$ python -c 'print(1)'\n2\n```\n",
        "exit": "```console\n$ python -c 'raise SystemExit(3)'\n```\n",
    }
    for name, text in lies.items():
        page = tmp_path / f"{name}.md"
        page.write_text(text, "utf-8")
        (example,) = Document.parse(str(page), *PARSERS).examples()
        with pytest.raises((AssertionError, SybilFailure)):
            example.evaluate()


def test_an_example_that_is_true_passes(tmp_path: Path) -> None:
    page = tmp_path / "true.md"
    page.write_text("```console\n$ python -c 'print(1)'\n1\n$ python -V\n```\n", "utf-8")
    for example in Document.parse(str(page), *PARSERS).examples():
        example.evaluate()


def test_a_fence_with_a_title_becomes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "file.md"
    page.write_text('```toml title="mine/a.toml"\nb = "九"\n```\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    for example in Document.parse(str(page), *PARSERS).examples():
        example.evaluate()
    assert (tmp_path / "mine" / "a.toml").read_text("utf-8") == 'b = "九"\n'
