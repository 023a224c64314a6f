"""``onecity hall node``, ``trust`` and ``serve``: nodes made, made known to each other, kept."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onecity.hall.node.node import ANCHOR, TRUST, Node
from onecity.hall.wire import Anchor, Refusal, TrustList

from .conftest import Run

WORD = "A long pass-phrase, 3 times"


def make(run: Run, folder: Path, code: str, city: str, *more: object) -> None:
    made = run(
        *("hall", "node", "init", folder, "--code", code, "--title", f"{code} 节点"),
        *("--city", city, "--url", f"https://{code}.example/", *more),
    )
    assert made.exit_code == 0, made.stderr


@pytest.fixture
def nodes(run: Run, tmp_path: Path) -> tuple[Path, Path]:
    east, west = tmp_path / "东 市", tmp_path / "西市"
    make(run, east, "east", "420100", "--title-en", "East")
    make(run, west, "west", "420200", "--listen", "127.0.0.1:8902", "--registers")
    return east, west


def test_nodes_are_made_and_believe_each_other_by_a_signed_list(
    run: Run, nodes: tuple[Path, Path], tmp_path: Path
) -> None:
    east, west = nodes
    office, card = tmp_path / "名单", tmp_path / "west.json"
    assert run("hall", "trust", "make", office).exit_code == 0
    assert run("hall", "node", "card", west, card).exit_code == 0
    assert run("hall", "trust", "add", office, east, card).exit_code == 0
    told = json.loads(run("hall", "trust", "sign", office, east, "--json").stdout)
    assert told == {"command": "hall trust sign", "version": 1, "nodes": ["east", "west"]}
    with Node.open(east) as node:
        assert [one.code for one in node.trust.nodes] == ["east", "west"]
        assert node.peer("west").url == "https://west.example"
        assert node.peer("east").title == {"zh": "east 节点", "en": "East"}
        assert node.peer("west").title == {"zh": "west 节点", "en": "west 节点"}
        assert node.trust.node("east").keys == node.keys.public
    # Signed anew it is a newer version, which a node takes; the older one it does not.
    first = TrustList.read(office / TRUST, Anchor.read(office / ANCHOR))
    again = json.loads(run("hall", "trust", "sign", office, east, west, "--json").stdout)
    assert again["version"] == first.version + 1
    with pytest.raises(Refusal):
        TrustList.parse(first.text(), Anchor.read(east / ANCHOR), least=again["version"])
    # One that leaves is named with the day from which it is believed no more.
    leaves = ("hall", "trust", "withdraw", office, "west", "--from", "2099-01-01")
    assert run(*leaves).exit_code == 0
    assert run("hall", "trust", "withdraw", office, "../x", "--from", "2099-01-01").exit_code == 3
    assert run("hall", "trust", "sign", office, "--until", "2001-01-01").exit_code == 2
    assert run("hall", "trust", "sign", office, east, "--until", "2098-01-01").exit_code == 0
    with Node.open(east) as node:
        day = datetime(2099, 1, 1, tzinfo=UTC)
        assert node.trust.node("west").until == day
        assert [one.code for one in node.trust.standing(day)] == ["east"]
        assert node.trust.until == datetime(2098, 1, 1, tzinfo=UTC)


def test_secrets_are_for_their_owner_alone(
    run: Run, nodes: tuple[Path, Path], tmp_path: Path
) -> None:
    office = tmp_path / "名单"
    run("hall", "trust", "make", office)
    secrets = [office / "anchor.json", *(nodes[0] / "keys").iterdir(), nodes[0] / "office.sqlite"]
    assert len(secrets) > 3
    assert {stat.S_IMODE(one.stat().st_mode) for one in secrets} == {0o600}


def test_what_is_there_is_never_made_anew(
    run: Run, nodes: tuple[Path, Path], tmp_path: Path
) -> None:
    settings = (nodes[0] / "node.toml").read_bytes()
    options = ("--code", "other", "--title", "另一个", "--url", "https://other.example")
    assert run("hall", "node", "init", nodes[0], *options).exit_code == 2
    assert (nodes[0] / "node.toml").read_bytes() == settings
    office = tmp_path / "名单"
    assert run("hall", "trust", "make", office).exit_code == 0
    assert run("hall", "trust", "make", office).exit_code == 2
    assert run("hall", "trust", "sign", office).exit_code == 2  # no nodes yet
    assert run("hall", "trust", "sign", tmp_path / "none").exit_code == 3
    assert run("hall", "trust", "add", office, tmp_path / "none.json").exit_code == 3


def test_the_next_key_is_made_before_it_begins(run: Run, nodes: tuple[Path, Path]) -> None:
    past = run("hall", "node", "key", nodes[0], "--begins", "2020-01-01")
    assert past.exit_code == 2
    made = json.loads(
        run("hall", "node", "key", nodes[0], "--begins", "2999-01-01", "--json").stdout
    )
    with Node.open(nodes[0]) as node:
        assert [one.kid for one in node.keys.public][-1] == made["key"]
        assert node.keys.current(node.office.clock()).kid != made["key"]


def test_accounts_of_a_node_have_the_halls_roles(run: Run, nodes: tuple[Path, Path]) -> None:
    refused = run("hall", "node", "account", nodes[0], "li", "--role", "king")
    assert refused.exit_code == 2
    made = run(
        *("hall", "node", "account", nodes[0], "li", "--role", "officer@420100"),
        *("--unit", "420100.market", "--city", "420100", "--no-password"),
    )
    assert made.exit_code == 0
    with Node.open(nodes[0]) as node:
        actor = node.office.accounts.get("li")
        assert [str(one) for one in actor.grants] == ["officer@420100"]
    assert "officer@420100" in run("accounts", "list", nodes[0]).stdout


def test_a_node_is_backed_up_with_what_it_keeps(
    run: Run, nodes: tuple[Path, Path], tmp_path: Path
) -> None:
    archive, again = tmp_path / "备份.zip", tmp_path / "again"
    made = json.loads(run("backup", nodes[0], archive, "--json").stdout)
    assert set(made["parts"]) == {"identity", "hall"}
    again.mkdir()
    assert run("restore", archive, again).exit_code == 0
    for name in ("node.toml", "keys"):
        (nodes[0] / name).rename(again / name)
    with Node.open(again) as node, node.reading() as connection:
        assert node.code == "east"
        assert connection is not None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("--city", "420100", "--url", "east.example"), 2),
        (("--city", "420100", "--url", "https://e.example", "--listen", "8750"), 2),
        (("--city", "420100", "--url", "https://e.example", "--listen", "a:70000"), 2),
        (("--url", "https://e.example"), 2),
        (("--city", "420100", "--url", "https://e.example", "--database", "none://x"), None),
    ],
    ids=["url", "listen", "port", "city", "database"],
)
def test_what_cannot_be_made_leaves_nothing(
    run: Run, tmp_path: Path, wrong: tuple[str, ...], code: int | None
) -> None:
    folder = tmp_path / "新 节点"
    told = run("hall", "node", "init", folder, "--code", "east", "--title", "东", *wrong)
    assert told.exit_code in ({2, 4} if code is None else {code}), told.stderr
    assert not folder.exists()


def test_what_an_interrupted_making_left_is_told(run: Run, nodes: tuple[Path, Path]) -> None:
    (nodes[0] / "node.toml").unlink()
    keys = {one: one.read_bytes() for one in (nodes[0] / "keys").iterdir()}
    told = run(
        *("hall", "node", "init", nodes[0], "--code", "east", "--title", "东"),
        *("--city", "420100", "--url", "https://e.example"),
    )
    assert told.exit_code == 2
    assert "keys" in told.stderr
    assert {one: one.read_bytes() for one in (nodes[0] / "keys").iterdir()} == keys
    assert not (nodes[0] / "node.toml").exists()


def test_lists_and_cards_that_are_not_fit_are_named(
    run: Run, nodes: tuple[Path, Path], tmp_path: Path
) -> None:
    east, west = nodes
    office, bad = tmp_path / "名单", tmp_path / "坏.json"
    run("hall", "trust", "make", office)
    bad.write_text('{"code": 1}', "utf-8")
    told = run("hall", "trust", "add", office, east, bad)
    assert told.exit_code == 2
    assert "坏.json" in told.stderr
    assert not list((office / "nodes").iterdir())
    run("hall", "trust", "add", office, east)
    told = run("hall", "trust", "sign", office, east, west)  # the west is not in it
    assert told.exit_code == 2
    assert "west" in told.stderr
    assert not (east / TRUST).exists()
    run("hall", "trust", "sign", office, east)
    (east / TRUST).write_text("", "utf-8")
    told = run("hall", "serve", east)
    assert told.exit_code == 2
    assert TRUST in told.stderr
    (west / "office.sqlite").write_bytes(b"no database" * 300)
    told = run("hall", "serve", west)
    assert told.exit_code == 4
    assert "office.sqlite" in told.stderr


def test_accounts_are_of_departments_and_cities_of_the_catalogue(
    run: Run, nodes: tuple[Path, Path]
) -> None:
    assert run("hall", "node", "publish", nodes[0], "--example", "three").exit_code == 0
    account = ("hall", "node", "account", nodes[0], "li", "--no-password", "--role")
    told = run(*account, "clerk@420100", "--unit", "420100-market")
    assert told.exit_code == 2
    assert "420100.market" in told.stderr
    assert run(*account, "clerk@999999", "--unit", "420100.market").exit_code == 2
    assert run(*account, "clerk@420100", "--unit", "420100.market").exit_code == 0


def test_serving_needs_a_node(run: Run, tmp_path: Path) -> None:
    assert run("hall", "serve", tmp_path).exit_code == 3
