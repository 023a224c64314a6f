import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from onecity import __version__
from onecity.cli import exits
from onecity.cli.exits import Exit, code_of
from onecity.cli.frame import _key, _words
from onecity.cli.language import chosen
from onecity.cli.program import program
from onecity.core.errors import InputError, MissingError, OneCityError, RangeError, StoreError
from onecity.core.words import LANGUAGES, Language, say

from .conftest import Run

COMMANDS = [
    "demo", "build", "info", "check", "measure", "isochrone", "access", "borders", "bottlenecks",
    "flows", "links", "examine", "compare", "league", "report", "dossier", "serve", "template",
    "import", "hall", "ledger", "accounts", "audit", "backup", "restore",
]  # fmt: skip
HEAVY = {"numpy", "pandas", "geopandas", "numba", "shapely", "pyarrow", "scipy", "jinja2"}
HEAVY |= {"fastapi", "starlette", "pydantic", "uvicorn", "sqlite3", "argon2"}
HEAVY |= {"sqlalchemy", "alembic", "psycopg", "openpyxl", "jsonschema"}


def test_the_commands_are_those_of_the_documents() -> None:
    assert list(program.commands) == COMMANDS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_speaks_the_language_and_shows_examples(
    run: Run, command: str, language: Language
) -> None:
    done = run(command, "--help", "--lang", language)
    assert done.exit_code == 0
    assert say("cli.help_examples", language) in done.stdout
    assert f"onecity {command}" in done.stdout
    assert say(_words("about", command), language)[:12] in done.stdout
    for name in ("--json", "--quiet", "--lang", "--debug", "--help"):
        assert name in done.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_programs_help_lists_commands_and_exit_codes(run: Run, language: Language) -> None:
    done = run("--lang", language, "--help")
    for command in COMMANDS:
        assert say(_words("command", command), language) in done.stdout
    for code in Exit:
        assert say(f"cli.exit_{code.name.lower()}", language) in done.stdout


def test_every_parameter_has_words() -> None:
    for name, command in every_command(program):
        context = click.Context(command, info_name=name)
        for param in command.get_params(context):
            for language in LANGUAGES:
                assert say(_key(name.replace(" ", "_"), param), language)


def every_command(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{before}{name} ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "group", ["hall", "hall node", "hall trust", "ledger", "accounts", "audit"]
)
def test_commands_of_a_group_have_words_of_their_own(
    run: Run, group: str, language: Language
) -> None:
    listed = run("--lang", language, *group.split())
    assert listed.exit_code == Exit.INPUT
    assert say("cli.help_exits", language) not in listed.stdout
    inner = [name for name, _ in every_command(program) if name.rpartition(" ")[0] == group]
    assert inner
    for name in inner:
        words = name.replace(" ", "_")
        assert say(_words("command", words), language) in listed.stdout
        done = run(*name.split(), "--help", "--lang", language)
        assert done.exit_code == 0
        assert f"onecity {name}" in done.stdout
        assert say(_words("about", words), language)[:12] in done.stdout
        assert say("cli.help_examples", language) in done.stdout


def test_without_a_command_it_says_what_there_is(run: Run) -> None:
    done = run()
    assert done.exit_code == Exit.INPUT
    assert "measure" in done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom onecity.cli import main\nsys.argv = ['onecity', 'measure', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n"
        "    print(end.code, *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert loaded[0] == "0"
    assert not HEAVY & set(loaded)


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"onecity {__version__}\n"


# --- Language -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "zh"),
        (["--lang", "en", "info"], {"ONECITY_LANG": "zh"}, "en"),
        (["info", "x", "--lang=en"], {}, "en"),
        (["info", "--", "--lang=en"], {}, "zh"),
        ([], {"ONECITY_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ([], {"LANG": "en_US.UTF-8"}, "en"),
        ([], {"LC_ALL": "zh_CN.GBK", "LANG": "en_US.UTF-8"}, "zh"),
        ([], {"LC_ALL": "", "LANG": "en"}, "en"),
        ([], {"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "zh"),
        ([], {"LANG": "fr_FR"}, "zh"),
        (["--lang"], {}, "zh"),
        (["--lang", "fr"], {"ONECITY_LANG": "en-GB"}, "en"),
    ],
)
def test_the_language_is_asked_for_set_or_the_machines(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert chosen(arguments, environment) == language


def test_language_stands_before_or_after_the_command(run: Run, tiny: Path) -> None:
    before = run("--lang", "en", "info", tiny)
    after = run("info", tiny, "--lang", "en")
    assert before.stdout == after.stdout
    assert "Sources" in before.stdout
    assert "来源" in run("info", tiny).stdout


# --- Errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError, 2), (RangeError, 2), (MissingError, 3), (StoreError, 4), (OneCityError, 70)],
)
def test_each_kind_of_error_has_its_code(error: type[OneCityError], code: int) -> None:
    assert code_of(error("core.grade_a")) == code


def test_the_documented_codes_do_not_move() -> None:
    assert {one.name: int(one) for one in exits.Exit} == {
        "DONE": 0, "FAULTS": 1, "INPUT": 2, "MISSING": 3, "STORE": 4,
        "INTERNAL": 70, "INTERRUPTED": 130, "PIPE": 141,
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["bild"], 2, "build"),
        (["info"], 2, "REGION"),
        (["accounts", "ad"], 2, "add"),
        (["accounts", "add", "x"], 2, "NAME"),
        (["accounts", "list", "no-such-folder"], 3, "no-such-folder"),
        (["accounts", "roles", "x", "y"], 2, "--role"),
        (["accounts", "add", "x", "y", "--role", "boss"], 2, "boss"),
        (["audit", "verify", "no-such-folder"], 3, "no-such-folder"),
        (["audit", "verify", "x", "--anchor", "7"], 2, "7"),
        (["audit", "export", "x", "--out", "a.csv"], 2, ".jsonl"),
        (["audit", "show", "x", "--since", "gestern"], 2, "gestern"),
        (["info", "--jsn", "x"], 2, "--json"),
        (["info", "a", "b"], 2, "b"),
        (["measure", "x", "--level"], 2, "--level"),
        (["measure", "x", "--level", "village"], 2, "county"),
        (["measure", "x", "--out", "a.doc"], 2, ".parquet"),
        (["report", "x", "--out", "a.pdf"], 2, ".html"),
        (["isochrone", "x"], 2, "--place"),
        (["isochrone", "x", "--lon", "114"], 2, "--lat"),
        (["isochrone", "x", "--place", "a", "--lon", "114", "--lat", "30"], 2, "--place"),
        (["isochrone", "x", "--lon", "abc", "--lat", "30"], 2, "abc"),
        (["isochrone", "x", "--lon", "nan", "--lat", "30"], 2, "nan"),
        (["isochrone", "x", "--lon", "114", "--lat", "91"], 2, "91"),
        (["isochrone", "x", "--place", "a", "--minutes", "0"], 2, "0"),
        (["isochrone", "x", "--place", "a", "--minutes", "15,abc"], 2, "abc"),
        (["info", "no-such-folder"], 3, "no-such-folder"),
        (["measure", "no-such-folder"], 3, "no-such-folder"),
        (["build", "no-such-recipe", "--out", "o"], 3, "no-such-recipe"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(
    run: Run, arguments: list[str], code: int, word: str, language: Language
) -> None:
    done = run("--lang", language, *arguments)
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr.startswith(say("cli.error", language))
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    # What the user typed may be in any letters; our own words are in one language.
    assert (language == "zh") == any("\u4e00" <= letter <= "\u9fff" for letter in done.stderr)


def test_a_wrong_language_is_told(run: Run) -> None:
    done = run("info", "x", "--lang", "fr")
    assert done.exit_code == Exit.INPUT
    assert "fr" in done.stderr


def test_errors_are_json_where_answers_are(run: Run) -> None:
    done = run("info", "no-such-folder", "--json")
    error = json.loads(done.stderr)["error"]
    assert error["exit"] == done.exit_code == 3
    assert error["key"] == "region.no_region"
    assert "no-such-folder" in error["zh"]
    assert "no-such-folder" in error["en"]


def test_debug_shows_the_trace(run: Run) -> None:
    assert "Traceback" in run("info", "no-such-folder", "--debug").stderr


def test_a_fault_of_the_program_is_told_as_such(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: object) -> None:
        message = "a wheel fell off"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("onecity.region.store.Region.open", broken)
    done = run("info", "x")
    assert done.exit_code == Exit.INTERNAL
    assert "a wheel fell off" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_the_system_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: object) -> None:
        raise PermissionError(13, "Permission denied", "/secret")

    monkeypatch.setattr("onecity.region.store.Region.open", broken)
    done = run("info", "x")
    assert done.exit_code == Exit.STORE
    assert "/secret" in done.stderr


def test_a_closed_pipe_is_no_trace(tiny: Path) -> None:
    environment = os.environ | {"ONECITY_LANG": "zh"}
    command = [sys.executable, "-m", "onecity.cli", "info", str(tiny), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as done:
        assert done.stdout
        assert done.stderr
        done.stdout.close()  # before anything is written
        errors = done.stderr.read()
        assert done.wait(timeout=60) == Exit.PIPE
    assert errors == b""


def test_a_pipe_gets_whole_lines_without_colours(run: Run, tiny: Path) -> None:
    text = run("info", tiny).stdout
    assert "\x1b" not in text
    sources = [line for line in text.splitlines() if "虚构人口公报" in line]
    assert len(sources) == 1
    assert "2020-11-01" in sources[0]
