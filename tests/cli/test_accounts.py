"""Accounts and the trail from the command line: no password in it, every change told."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from onecity.cli.exits import Exit
from onecity.cli.program import program
from onecity.core.words import LANGUAGES, Language, say
from onecity.identity import FILE, Actor, LoginError, Office, Via
from onecity.identity.trail import Note
from tests.stores import Cluster

from .conftest import PLAIN, Run

PASSWORD = "九城就是一城，二〇二五"  # noqa: S105
Typed = Callable[..., Result]


@pytest.fixture
def typed() -> Typed:
    """Run the command line with a first line of input."""

    def start(*arguments: object, line: str = PASSWORD) -> Result:
        words = [str(one) for one in arguments]
        return CliRunner().invoke(program, words, input=f"{line}\n", env=PLAIN)

    return start


@pytest.fixture
def work(tmp_path: Path, typed: Typed) -> Path:
    folder = tmp_path / "圈.work"
    assert typed("accounts", "add", folder, "wang", "--role", "planner").exit_code == 0
    return folder


def test_who_was_added_can_log_in(work: Path, typed: Typed) -> None:
    done = typed(
        "accounts", "add", work, "Li", "--title", "李数据", "--unit", "hs", "--city", "420200",
        "--role", "editor@420200", "--role", "viewer", "--json",
    )  # fmt: skip
    account = json.loads(done.stdout)["account"]
    assert account["name"] == "li"
    assert account["roles"] == ["editor@420200", "viewer"]
    with Office.open(work / FILE) as office:
        actor = office.login("li", PASSWORD, address="").actor
        assert (actor.title_zh, actor.unit, actor.city) == ("李数据", "hs", "420200")
        assert office.may(actor, "data.write", "420200")


@pytest.mark.parametrize(
    ("line", "word"), [("", "password"), ("xyz12", "5"), ("wang-wang-wang", "name")]
)
def test_what_is_no_good_password_makes_no_account(
    tmp_path: Path, typed: Typed, line: str, word: str
) -> None:
    done = typed("accounts", "add", tmp_path / "w", "wang", "--lang", "en", line=line)
    assert done.exit_code == Exit.INPUT
    assert word in done.stderr
    assert not line or line not in done.stderr


def test_what_is_wrong_is_told_before_a_file_is_made(tmp_path: Path, typed: Typed) -> None:
    for wrong in (("x y",), ("wang", "--role", "boss"), ("guest",)):
        assert typed("accounts", "add", tmp_path / "w", *wrong).exit_code == Exit.INPUT
    assert typed("accounts", "password", tmp_path / "w", "wang").exit_code == Exit.MISSING
    assert list(tmp_path.iterdir()) == []


def test_no_option_takes_a_password() -> None:
    for name, command in program.commands["accounts"].commands.items():  # type: ignore[attr-defined]
        options = {one for param in command.params for one in param.opts}
        assert not {"--password", "--secret"} & options, name


def test_a_password_is_changed(work: Path, typed: Typed) -> None:
    assert typed("accounts", "password", work, "wang", line="a new one 2025").exit_code == 0
    with Office.open(work / FILE) as office:
        office.login("wang", "a new one 2025", address="")
        with pytest.raises(LoginError):
            office.login("wang", PASSWORD, address="")
    assert typed("accounts", "password", work, "nobody").exit_code == Exit.MISSING


def test_accounts_are_closed_opened_and_given_roles(work: Path, run: Run) -> None:
    assert run("accounts", "disable", work, "wang").exit_code == 0
    with Office.open(work / FILE) as office, pytest.raises(LoginError):
        office.login("wang", PASSWORD, address="")
    assert run("accounts", "enable", work, "wang").exit_code == 0
    done = run("accounts", "roles", work, "wang", "--role", "auditor", "--json")
    assert json.loads(done.stdout)["account"]["roles"] == ["auditor"]
    with Office.open(work / FILE) as office:
        assert office.may(office.login("wang", PASSWORD, address="").actor, "trail.read")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_machine_has_a_token_and_no_password(work: Path, run: Run, language: Language) -> None:
    assert run("accounts", "add", work, "etl", "--role", "editor", "--no-password").exit_code == 0
    words = ("accounts", "token", work, "etl", "--name", "nightly", "--lang", language)
    done = run(*words, "--scope", "view", "--days", "9")
    token = done.stdout.split()[-1]
    with Office.open(work / FILE) as office:
        actor = office.actor(token)
        assert (actor.name, actor.via) == ("etl", Via.TOKEN)
        assert office.rules.permissions_of(actor) == {"view"}
        assert office.accounts.get("etl").password_changed is None
    listed = run("accounts", "list", work, "--lang", language)
    assert "nightly" in listed.stdout
    assert say("cli.accounts_no_login", language) in listed.stdout
    assert token not in listed.stdout
    assert run(*words, "--revoke").exit_code == 0
    with Office.open(work / FILE) as office:
        assert office.recognise(token) is None
    answer = json.loads(run("accounts", "list", work, "--json").stdout)
    assert [one["name"] for one in answer["accounts"]] == ["etl", "wang"]
    assert answer["tokens"][0]["revoked"]
    assert run(*words).exit_code == Exit.INPUT  # without a scope


@pytest.mark.parametrize("language", LANGUAGES)
def test_roles_say_what_they_may(run: Run, language: Language) -> None:
    done = run("accounts", "roles", "--lang", language)
    assert say("identity.role_planner", language) in done.stdout
    assert say("identity.permission_scenario_write", language) in done.stdout
    table = json.loads(run("accounts", "roles", "--json").stdout)["roles"]
    assert table["guest"] == ["view", "analyse"]
    assert "admin" in table["administrator"]


@pytest.mark.skipif(sys.platform == "win32", reason="no terminal of that kind")
@pytest.mark.parametrize(("second", "code"), [(PASSWORD, 0), ("另一个密码，不一样的", Exit.INPUT)])
def test_a_person_types_the_password_twice_and_it_is_not_shown(
    tmp_path: Path, second: str, code: int
) -> None:
    on_a_terminal = (
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    )
    words = ["accounts", "add", str(tmp_path / "w"), "wang", "--lang", "zh"]
    command = [sys.executable, "-c", on_a_terminal, sys.executable, "-m", "onecity.cli", *words]
    shown = b""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        for question, answer in (
            (say("cli.accounts_password_ask", "zh", name="wang"), PASSWORD),
            (say("cli.accounts_password_again", "zh"), second),
        ):
            while question.encode() not in shown:
                more = os.read(running.stdout.fileno(), 1024)
                assert more, shown.decode()
                shown += more
            running.stdin.write(f"{answer}\n".encode())
            running.stdin.flush()
        shown += running.stdout.read()
    assert running.returncode == code
    assert PASSWORD not in shown.decode()
    assert (tmp_path / "w" / FILE).exists() == (code == 0)


# --- audit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_trail_tells_what_the_commands_did(work: Path, run: Run, language: Language) -> None:
    run("accounts", "disable", work, "wang")
    done = run("audit", "show", work, "--lang", language)
    assert say("identity.action_account_added", language) in done.stdout
    assert say("identity.action_account_disabled", language) in done.stdout
    assert '"active":true' in done.stdout
    answer = json.loads(run("audit", "show", work, "--limit", 1, "--json").stdout)
    (entry,) = answer["entries"]
    assert (entry["action"], entry["who"], entry["target"]) == (
        "account.disabled", "console", "wang",
    )  # fmt: skip
    assert "@" in entry["address"]
    older = run("audit", "show", work, "--before", answer["next"], "--json").stdout
    assert [one["action"] for one in json.loads(older)["entries"]] == ["account.added"]
    for search, count in (
        (("--action", "account.*"), 2),
        (("--who", "wang"), 0),
        (("--kind", "account", "--target", "wang"), 2),
        (("--since", "2001-01-01", "--until", "2001-01-02T08:00"), 0),
    ):
        found = json.loads(run("audit", "show", work, *search, "--json").stdout)
        assert len(found["entries"]) == count


def test_what_strangers_sent_does_not_steer_the_terminal(work: Path, run: Run) -> None:
    with Office.open(work / FILE) as office:
        nasty = "\x1b]0;owned\x07 [bold]x[/bold] \u202e"
        note = Note("scenario.saved", "scenario", nasty, after={"name": nasty}, note=nasty)
        office.trail.append(Actor.local(), note)
    shown = run("audit", "show", work).stdout
    assert "owned" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "[bold]x[/bold]" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_trail_is_verified_with_and_without_the_store(
    work: Path, run: Run, tmp_path: Path, language: Language
) -> None:
    done = run("audit", "verify", work, "--lang", language)
    assert done.exit_code == 0
    anchor = done.stdout.split()[-1]
    file = tmp_path / "留痕.jsonl"
    assert run("audit", "export", work, "--out", file).exit_code == 0
    assert run("audit", "verify", file, "--anchor", anchor).exit_code == 0
    answer = json.loads(run("audit", "verify", work, "--anchor", anchor, "--json").stdout)
    assert answer["sound"]
    assert answer["guarded"]
    assert answer["anchor"] == anchor

    with closing(sqlite3.connect(work / FILE)) as connection:
        connection.execute("DROP TRIGGER trail_keeps")
        connection.execute("UPDATE trail SET who = 'li' WHERE id = 1")
        connection.commit()
    done = run("audit", "verify", work, "--lang", language)
    assert done.exit_code == Exit.FAULTS
    assert say("identity.trail_changed", language, id=1) in done.stdout
    assert say("cli.audit_unguarded", language) in done.stdout
    answer = json.loads(run("audit", "verify", work, "--json").stdout)
    assert not answer["sound"]
    assert answer["broken"]["id"] == 1
    changed = file.read_text("utf-8").replace('"who": "console"', '"who": "li"')
    file.write_text(changed, "utf-8")
    assert run("audit", "verify", file).exit_code == Exit.FAULTS


def test_guards_that_are_gone_are_a_fault(work: Path, run: Run) -> None:
    with closing(sqlite3.connect(work / FILE)) as connection:
        connection.execute("DROP TRIGGER trail_stays")
    assert run("audit", "verify", work).exit_code == Exit.FAULTS


def test_what_was_left_half_way_is_told(work: Path, run: Run) -> None:
    with Office.open(work / FILE) as office:
        office.trail.append(Actor.local(), Note("data.accepted", "region", "x"), phase="intent")
    done = run("audit", "verify", work)
    assert done.exit_code == 0
    assert say("cli.audit_unfinished", "zh", count=1) in done.stdout
    assert say("identity.phase_intent", "zh") in run("audit", "show", work).stdout


def test_a_part_that_was_exported_cannot_be_verified(work: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    done = run("audit", "export", work, "--out", file, "--who", "console", "--json")
    assert json.loads(done.stdout)["entries"] == 1
    assert run("audit", "verify", file).exit_code == Exit.INPUT
    assert run("audit", "verify", tmp_path / "b.jsonl").exit_code == Exit.MISSING


# --- Databases and backups ------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_backup_is_restored_on_a_server(
    work: Path, run: Run, tmp_path: Path, cluster: Cluster, language: Language
) -> None:
    """From a file to a database, by its address and by the environment, and back to a file."""
    file, again = tmp_path / "备份.zip", tmp_path / "again.zip"
    done = run("backup", work, file, "--lang", language)
    assert done.exit_code == 0
    with Office.open(work / FILE) as office:
        head = office.trail.head()
    assert str(head) in done.stdout
    with cluster.fresh() as url:
        made = json.loads(run("restore", file, url, "--json").stdout)
        assert made["anchor"] == str(head)
        assert run("audit", "verify", url, "--anchor", head).exit_code == 0
        assert run("accounts", "disable", url, "wang").exit_code == 0
        # A folder is that of a service that was told the same database.
        for words, known in ((("--database", url), {}), ((), {"ONECITY_DATABASE": url})):
            command = ["accounts", "list", str(tmp_path / "no.work"), *words, "--json"]
            listed = CliRunner().invoke(program, command, env={**PLAIN, **known})
            (account,) = json.loads(listed.stdout)["accounts"]
            assert (account["name"], account["active"]) == ("wang", False)
        shown = run("audit", "show", url, "--lang", language).stdout
        assert say("identity.action_store_restored", language) in shown
        assert run("backup", url, again).exit_code == 0
        assert run("restore", file, url).exit_code == Exit.STORE
    assert run("restore", again, tmp_path / "neu.work").exit_code == 0
    assert run("audit", "verify", tmp_path / "neu.work", "--anchor", head).exit_code == 0
    refused = run("restore", again, work)
    assert refused.exit_code == Exit.STORE
    assert str(work / FILE) in refused.stderr


def test_a_backup_that_is_none_leaves_nothing(work: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "备份.zip"
    assert run("backup", work, tmp_path / "x.tar").exit_code == Exit.INPUT
    assert run("backup", tmp_path / "no.work", file).exit_code == Exit.MISSING
    assert run("restore", file, tmp_path / "new.work").exit_code == Exit.MISSING
    file.write_bytes(b"PK")
    assert run("restore", file, tmp_path / "new.work").exit_code == Exit.INPUT
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([work.name, file.name])
