"""Cases of another system: refused to the cell, loaded in batches, worked on like any other."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from onecity.core.errors import InputError
from onecity.hall.cases import State, TaskKind, What
from onecity.hall.cases.clock import Light
from onecity.hall.node import counts
from onecity.hall.node.config import Bounds, Config, NodeKind
from onecity.hall.node.desk import CaseQuery, TaskQuery
from onecity.hall.node.finding import of_person
from onecity.hall.node.loading import FaultsError, load_file, load_rows, loader
from onecity.hall.node.moving import choices
from onecity.hall.node.node import Node
from onecity.hall.node.tables.cases import CASES, DAYS, EVENTS, LOADS, TASKS, TIMERS
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.verifying import verify
from onecity.identity.errors import ForbiddenError
from onecity.identity.schema import TRAIL
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    CITY,
    HUANGSHI,
    OTHER,
    WUHAN,
    act,
    exchange,
    halls,
    of,
    worker,
)  # fmt: skip
from tests.hall.node.conftest import Hands
from tests.stores import Cluster

ITEM = of(next(one.basic_code for one in CATALOGUE.items if one.promised and one.city == WUHAN))
SPOT = next(
    one for one in CATALOGUE.items if one.promised and one.promised.count == 0 and one.city == WUHAN
)
LONG = next(
    one
    for one in CATALOGUE.items
    if one.promised and one.promised.count >= 3 and one.city == WUHAN and "person" in one.applicants
)
IDENTITY, SLIP = "420101199003070014", "420101199003070010"
OPENED, ACCEPTED, STOPPED = "2026-02-23", "2026-02-24 10:00", "2026-02-25"
ROWS: dict[str, dict[str, Any]] = {
    "received": {"opened": "2026-02-27"},
    "accepted": {"accepted": ACCEPTED},
    "supplement": {"stopped": STOPPED},
    "suspended": {"accepted": ACCEPTED, "stopped": STOPPED},
    "decided": {"accepted": ACCEPTED, "decided": "2026-02-26", "outcome": "refuse"},
    "closed": {
        "accepted": ACCEPTED,
        "decided": "2026-02-26T11:00:00+08:00",
        "closed": "2026/02/27 09:30:00",
        "outcome": "grant",
        "stars": "4",
    },
    "rejected": {"closed": "2026-02-25"},
    "withdrawn": {"closed": "2026-02-25"},
}


def row(state: str, **more: Any) -> dict[str, Any]:
    base = {"number": f"OLD-{state}", "item": LONG.code, "opened": OPENED}
    person = {"applicant_kind": "person", "applicant_name": "虚构人", "data.address": "虚构路"}
    number = {"id_number": IDENTITY}
    return {**base, "state": state, **person, **number, **ROWS[state], **more}


def several(count: int) -> list[dict[str, Any]]:
    states = list(ROWS)
    return [row(states[at % len(states)], number=f"OLD-{at:05d}") for at in range(count)]


def number_of(connection: Any, *, table: Any = CASES) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def node(tmp_path: Path, hands: Hands) -> Iterator[Node]:
    config = Config("wuhan", "武汉", NodeKind.CITY, (WUHAN,), limits=Bounds(keep_days=365))
    with Node.make(tmp_path / "node", config, clock=hands) as made:
        made.editions.take_in(CATALOGUE, by=CHIEF)
        yield made


def write_csv(path: Path, rows: list[dict[str, Any]], encoding: str = "utf-8-sig") -> Path:
    heads = list(dict.fromkeys(name for one in rows for name in one))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)
    return path


def loaded(node: Node, *rows: Mapping[str, Any], key: str = "k") -> None:
    load_rows(node, lambda: rows, key=key, by=CHIEF)


def case_of(node: Node, state: str) -> str:
    with node.reading() as connection:
        query = select(CASES.c.id).where(CASES.c.state == state)
        return str(connection.execute(query).scalar_one())


def test_cases_in_every_state_are_there_and_go_on(node: Node, hands: Hands) -> None:
    loaded(node, *(row(state) for state in ROWS))
    officer = worker("li", LONG)
    seen = {
        state: node.handling.case(case_of(node, state), by=officer, reason="测试") for state in ROWS
    }
    assert {state: one.case.state.value for state, one in seen.items()} == {s: s for s in ROWS}
    assert all(one.applicant["name"] == "虚构人" for one in seen.values())
    assert all(one.data == {"address": "虚构路"} for one in seen.values())
    lights = {state: one.light for state, one in seen.items()}
    assert lights["suspended"] is lights["supplement"] is Light.STANDS
    assert lights["closed"] is lights["rejected"] is Light.DONE
    assert seen["accepted"].due is not None
    assert seen["accepted"].promised is not None
    assert seen["accepted"].due == seen["accepted"].promised.due
    assert [one.what for one in seen["closed"].events] == [
        What.RECEIVED, What.ACCEPTED, What.DECIDED, What.DELIVERED,
    ]  # fmt: skip
    kinds = {state: [one.kind for one in view.tasks] for state, view in seen.items()}
    assert kinds["received"] == [TaskKind.INTAKE]
    assert kinds["accepted"] == kinds["suspended"] == [TaskKind.REVIEW]
    assert kinds["decided"] == [TaskKind.DELIVER]
    assert not any(kinds[one] for one in ("supplement", "closed", "rejected", "withdrawn"))
    # Each goes on as if it had begun here.
    act(node, case_of(node, "received"), officer, "accept")
    assert act(node, case_of(node, "decided"), officer, "deliver").case.state is State.CLOSED
    resumed = act(node, case_of(node, "suspended"), officer, "resume", words="完")
    done = act(node, resumed.case.id, officer, "decide", outcome="grant")
    assert done.case.state is State.DECIDED
    waiting = case_of(node, "supplement")
    hands.move(days=40)
    node.timers.due()
    asked = node.handling.case(waiting, by=officer, reason="测试")
    assert (asked.case.state, asked.tasks[0].kind) == (State.RECEIVED, TaskKind.INTAKE)
    assert What.OVERDUE in {
        one.what for one in node.handling.case(done.case.id, by=officer, reason="测试").events
    }


def test_the_board_the_lists_and_the_log_know_them(node: Node) -> None:
    known(node)


def test_cases_are_loaded_into_postgresql(tmp_path: Path, hands: Hands, cluster: Cluster) -> None:
    with cluster.fresh() as url:
        config = Config("wuhan", "武汉", NodeKind.CITY, (WUHAN,), database=url)
        with Node.make(tmp_path / "node", config, clock=hands) as made:
            made.editions.take_in(CATALOGUE, by=CHIEF)
            known(made)
            loaded(made, *several(40))  # the same rows again, under the same key
            with made.reading() as connection:
                assert number_of(connection) == 40


def known(node: Node) -> None:
    """Load forty cases, and look whether whatever sums up or finds cases knows them."""
    loaded(node, *several(40))
    with node.reading() as connection:
        tables = [
            [tuple(one) for one in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (DAYS, LOADS)
        ]
    with node.writing(CHIEF) as write:
        counts.anew(write.connection, {one.code: one.visits for one in CATALOGUE.items})
        for table, before in zip((DAYS, LOADS), tables, strict=True):
            query = select(table).order_by(*table.primary_key)
            assert [tuple(one) for one in write.connection.execute(query)] == before
    officer = worker("li", LONG)
    assert node.handling.cases(CaseQuery(number="OLD-0000"), by=officer).total == 10
    assert of_person(node, IDENTITY, by=officer).total == 40
    # Five of forty are in each of eight states; four of the states are at work at a desk.
    assert node.handling.tasks(TaskQuery(), by=officer).total == 20
    act(node, case_of_number(node, "OLD-00001"), officer, "propose")
    report = verify(node.folder)
    assert report.sound, report.broken


def case_of_number(node: Node, number: str) -> str:
    with node.reading() as connection:
        query = select(CASES.c.id).where(CASES.c.number == number)
        return str(connection.execute(query).scalar_one())


def test_a_loaded_case_can_be_handed_over(tmp_path: Path, hands: Hands) -> None:
    with halls(tmp_path, hands, [CITY, OTHER]) as made:
        here, there = made["wuhan"].node, made["huangshi"].node
        item = next(one for one in CATALOGUE.items if one.city == WUHAN and choices(here, one))
        loaded(here, row("received", item=item.code, applicant_kind="", id_number=""))
        act(
            here, case_of(here, "received"), worker("li", item), "hand_over", to=HUANGSHI, words="x"
        )
        exchange(made)
        with there.reading() as connection:
            assert connection.execute(select(CASES.c.state)).scalars().all() == ["received"]


def test_nothing_personal_lies_open_and_it_can_be_erased(node: Node) -> None:
    loaded(node, row("closed"), row("accepted", applicant_name="", id_number="", number="bare-1"))
    node.office.database.engine.dispose()
    stored = b"".join(one.read_bytes() for one in node.folder.glob("office.sqlite*"))
    for told in ("虚构人", "虚构路", IDENTITY):
        assert told.encode() not in stored
    closed = case_of(node, "closed")
    with node.reading() as connection:
        assert number_of(connection, table=KEYS) == 2
        kept = select(TIMERS.c.at).where(TIMERS.c.about == closed)
        assert connection.execute(kept).scalar_one() == "2027-02-27T01:30:00.000000Z"
    with node.writing(CHIEF) as write:
        node.vault.erase(write.connection, closed)
    assert node.handling.case(closed, by=worker("li", LONG), reason="测试").erased


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("accepted", {"number": ""}, "number", "nothing"),
    ("accepted", {"number": "a b"}, "number", "bad_number"),
    ("accepted", {"number": "WUHAN20260302-00001"}, "number", "own_series"),
    ("accepted", {"item": "没有"}, "item", "no_item"),
    ("accepted", {"item": of(LONG.basic_code, "420200").code}, "item", "not_ours"),
    ("accepted", {"version": 2}, "item", "no_item"),
    ("accepted", {"version": "1.5"}, "version", "no_number"),
    ("accepted", {"state": "lost"}, "state", "not_a_word"),
    ("accepted", {"state": "handed_over"}, "state", "not_a_word"),
    ("accepted", {"item": SPOT.code}, "state", "on_the_spot"),
    ("accepted", {"accepted": None}, "accepted", "needed_in_state"),
    ("accepted", {"decided": "2026-02-26"}, "decided", "not_in_state"),
    ("closed", {"outcome": "maybe"}, "outcome", "not_a_word"),
    ("closed", {"decided": "2026-02-20"}, "decided", "before_the_last"),
    ("closed", {"closed": "2026-03-03"}, "closed", "time_beyond"),
    ("closed", {"opened": "1889-01-01"}, "opened", "time_beyond"),
    ("closed", {"opened": "昨天"}, "opened", "no_time"),
    ("closed", {"stars": 6}, "stars", "no_number"),
    ("closed", {"stars": float("inf")}, "stars", "no_number"),
    ("closed", {"way": "by_owl"}, "way", "not_a_word"),
    ("closed", {"from_city": "999999"}, "from_city", "no_city"),
    ("closed", {"id_number": SLIP}, "id_number", "bad_code"),
    ("closed", {"applicant_name": "x\x00y"}, "applicant_name", "bad_text"),
    ("closed", {"data.address": "x" * 10_001}, "data.address", "long_answer"),
]


def test_a_bad_row_is_told_by_row_and_column_and_nothing_is_kept(node: Node) -> None:
    for state, more, column, key in BAD:
        rows = [*several(3), row(state, number="NEW-1") | more]
        with pytest.raises(FaultsError) as caught:
            loaded(node, *rows)
        (fault,) = caught.value.faults
        assert (fault.row, fault.column, fault.why.key) == (5, column, f"hall_loading.{key}")
        assert SLIP not in str(caught.value)
    with node.reading() as connection:
        assert not any(number_of(connection, table=one) for one in (CASES, EVENTS, KEYS, TASKS))


def test_a_number_stands_for_one_case(node: Node) -> None:
    loaded(node, *several(3))
    with pytest.raises(FaultsError) as caught:
        loaded(node, row("closed", number="N-1"), row("closed", number="N-1"), *several(2), key="l")
    found = [(one.row, one.why.key.partition(".")[2]) for one in caught.value.faults]
    assert found == [(3, "twice"), (4, "there"), (5, "there")]


def test_who_is_interrupted_gives_the_same_rows_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 10)
    rows, write, calls = several(35), loader._write, []

    def failing(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(*given)

    monkeypatch.setattr(loader, "_write", failing)
    with pytest.raises(KeyboardInterrupt):
        loaded(node, *rows)
    with node.reading() as connection:
        assert number_of(connection) == 20
    with pytest.raises(InputError, match="k"):  # other rows under the same key
        loaded(node, row("closed", number="X-1"), *rows[1:])
    done = load_rows(node, lambda: rows, key="k", by=CHIEF)
    assert (done.rows, done.written, done.known) == (35, 15, 20)
    again = load_rows(node, lambda: rows, key="k", by=CHIEF)
    assert (again.written, again.known) == (0, 35)
    with node.reading() as connection:
        assert number_of(connection) == 35
        told = select(func.count()).where(TRAIL.c.action == "cases.loaded")
        assert connection.execute(told).scalar_one() == 4
    assert verify(node.folder).sound


def test_a_batch_is_kept_whole_or_not(node: Node) -> None:
    rows = several(5)
    given = iter((rows, [*rows[:4], {**rows[4], "state": "nonsense"}]))
    with pytest.raises(FaultsError) as caught:
        load_rows(node, lambda: next(given), key="k", by=CHIEF)
    assert caught.value.faults[0].row == 6
    with node.reading() as connection:
        assert number_of(connection) == number_of(connection, table=EVENTS) == 0


def test_files_are_read_as_offices_save_them(node: Node, tmp_path: Path) -> None:
    import pandas as pd

    rows = several(16)
    first = load_file(node, write_csv(tmp_path / "甲.csv", rows[:8]), by=CHIEF)
    second = load_file(node, write_csv(tmp_path / "乙.csv", rows[8:], "gb18030"), by=CHIEF)
    assert (first.written, second.written) == (8, 8)
    table = pd.DataFrame([one | {"number": f"P-{at}"} for at, one in enumerate(rows)])
    table["opened"] = pd.to_datetime(table["opened"], format="mixed")
    table["stars"] = pd.to_numeric(table["stars"])
    table.to_parquet(tmp_path / "丙.parquet")
    assert load_file(node, tmp_path / "丙.parquet", by=CHIEF).written == 16
    with node.reading() as connection:
        assert number_of(connection) == 32
        opened = select(CASES.c.opened).where(CASES.c.number == "P-1")
        assert connection.execute(opened).scalar_one() == "2026-02-22T16:00:00.000000Z"


def test_a_file_that_cannot_be_read_is_told(node: Node, tmp_path: Path) -> None:
    def told(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as caught:
            load_file(node, tmp_path / name, by=CHIEF)
        return caught.value.key.partition(".")[2]

    assert told("a.csv", b"number,item,state,opened\n1,2\n") == "cells"
    assert told("b.csv", b"number,item,state,colour\n") == "faulty"
    assert told("c.csv", b"\xff\xfe\xff\xff") == "no_encoding"
    assert told("d.parquet", b"PAR1") == "not_parquet"
    assert told("e.txt", b"") == "unknown_ending"
    assert told("f.csv", b'number,item,state,opened\n"a"b,,,\n') == "not_csv"


def test_it_is_for_who_looks_after_the_node(node: Node) -> None:
    with pytest.raises(ForbiddenError):
        load_rows(node, list, key="k", by=worker("li", ITEM))
    checked = load_rows(node, lambda: several(3), key="k", by=CHIEF, check_only=True)
    assert (checked.rows, checked.written) == (3, 0)
