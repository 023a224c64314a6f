"""``onecity serve`` as a user starts and ends it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from onecity.cli.program import program
from onecity.cli.serve import _bound, serve_command
from onecity.core.words import say

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@contextmanager
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def free_port() -> int:
    with taken() as port:
        return port


@pytest.fixture
def start(tiny: Path, tmp_path: Path) -> Iterator[Start]:
    """Start the command on a free port; what it says first is given back."""
    running: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "onecity.cli", "serve", str(tiny), "--work",
                   str(tmp_path / "work"), "--port", str(free_port()), *options]  # fmt: skip
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
        )
        running.append(process)
        assert process.stdout
        lines = []
        while line := process.stdout.readline():
            lines.append(line)
            if line.startswith("End with") or ("--json" in options and line == "}\n"):
                break
        return process, "".join(lines)

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def test_it_says_where_it_is_answers_and_ends(start: Start, tmp_path: Path) -> None:
    process, said = start()
    assert "云湾都市圈（虚构） · 全域一张图：http://127.0.0.1:" in said
    assert "Yunwan circle (invented) · the one map: http://127.0.0.1:" in said
    assert "登录" not in said
    address = said.split("：", 1)[1].split()[0]
    with urlopen(f"{address}api/v1/health", timeout=60) as answer:  # noqa: S310
        assert json.load(answer)["status"] == "ok"
        assert "server" not in answer.headers
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == f"{say('cli.serve_ended', 'zh')}\n"
    assert not err
    assert not (tmp_path / "work").exists(), "who only looks writes nothing"


def test_for_others_it_asks_for_accounts_and_says_so(start: Start) -> None:
    _, said = start("--host", "0.0.0.0", "--json")  # noqa: S104
    told = json.loads(said)
    assert told["login"] is True
    with urlopen(f"{told['address']}api/v1/session", timeout=60) as answer:  # noqa: S310
        session = json.load(answer)
    assert session["mode"] == "login"
    assert session["permissions"] == ["analyse", "view"]


def test_it_keeps_accounts_where_it_is_told(start: Start, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere" / "office.sqlite"
    start("--login", "--database", str(place))
    assert place.is_file()
    assert not (tmp_path / "work").exists()


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(program, ["serve", *map(str, arguments)], env={"LANG": "zh_CN"})
    return done.exit_code, done.stderr


def test_a_port_that_is_taken_is_told_with_one_that_is_free(tiny: Path) -> None:
    with taken() as port:
        code, said = run(tiny, "--port", port)
    assert code == 2
    assert f"端口 {port} 已被占用" in said
    other = int(said.split("--port ")[1].split("。")[0])
    socket.create_server(("127.0.0.1", other)).close()


def test_an_address_of_another_machine_is_told(tiny: Path) -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        code, said = run(tiny, "--host", host)
        assert code == 2
        assert f"无法监听地址 {host}" in said


def test_a_region_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, said = run(tmp_path / "nothing")
    assert code == 3
    assert "nothing" in said


@pytest.mark.parametrize("port", ["0", "65536", "x", "80.5"])
def test_a_port_is_a_whole_number(tiny: Path, port: str) -> None:
    assert run(tiny, "--port", port)[0] == 2


def test_the_command_is_offered_as_the_user_called_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", [".venv/bin/onecity", "demo"])
    assert serve_command(Path("out/wuhan")) == ".venv/bin/onecity serve out/wuhan"
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/onecity")
    assert serve_command(Path("我的 城市")) == "onecity serve '我的 城市'"


def test_no_answer_waits_for_a_receipt_of_its_first_half() -> None:
    with _bound("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
