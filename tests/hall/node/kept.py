"""Three nodes that have talked, handled, looked, sealed and erased; closed, as files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from onecity.hall.node import looks, seals
from onecity.hall.node.evident import ROW, evident
from onecity.hall.node.mail.sent import Went
from onecity.hall.node.seals import Sealing
from onecity.hall.node.tables import applying, cases, mail
from onecity.hall.node.writing import Write
from onecity.identity import sqlite
from tests.hall.node.conftest import AS_SHIPPED, Hands
from tests.hall.node.towns import Place, Town, line, towns

STORE = "office.sqlite"


@dataclass
class Made:
    """Folders of three nodes that have talked, and the numbers of what they did."""

    folder: Path
    sent: dict[str, list[str]]

    @property
    def jia(self) -> Path:
        return self.folder / "jia"

    @property
    def yi(self) -> Path:
        return self.folder / "yi"

    @property
    def men(self) -> Path:
        return self.folder / "men"


def make(folder: Path) -> Made:
    """Make the nodes in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        relaxed = [one.replace("synchronous = FULL", "synchronous = OFF") for one in AS_SHIPPED]
        patch.setattr(sqlite, "SETTINGS", relaxed)
        sent = live(folder)
    return Made(folder, sent)


def live(folder: Path) -> dict[str, list[str]]:
    """Let three nodes talk, handle, look, seal and erase."""
    hands = Hands()
    with towns(folder, hands, [Place("jia"), Place("yi"), Place("men")]) as made:
        jia, yi, men = made["jia"], made["yi"], made["men"]
        for town in made.values():
            town.node.mail.register(seals.HANDLERS)
        sent = {"c1": jia.tell("yi", "c1", "一", "二", "三", "四")}
        sent["c2"] = jia.tell("yi", "c2", "甲", "乙")
        jia.tell("jia", "c1", "自己")
        jia.tell("yi", "c1", "不懂", kind="unheard")
        yi.tell("jia", "c1", "答")
        handle(jia)
        deliver(jia, yi)
        deliver(yi, jia)
        deliver(jia, men)
        for town in (jia, jia, yi):
            jia.tell("yi", "c3", "后来")
            deliver(jia, yi)
            hands.move(minutes=20)
            assert Sealing(town.node).look() is not None
            assert Sealing(town.node).look() is None
        deliver(jia, yi)
        deliver(yi, jia)
        deliver(yi, men)
        deliver(jia, men)
        hands.move(minutes=20)
        # Only seals have come: no new one is made, or two nodes would talk of them for ever.
        assert Sealing(yi.node).look() is None
        for town in (jia, yi):
            with town.node.writing(town.node.itself) as write:
                assert town.node.vault.erase(write.connection, "c2")
                write.tell("case.erased", "case", "c2")
        sent["waits"] = jia.tell("men", "c1", "未到")
    return sent


def deliver(sender: Town, receiver: Town) -> None:
    with line(sender, receiver.code) as way:
        while way.send().went is Went.SETTLED:
            pass


def handle(town: Town) -> None:
    """Keep a row of every kind that lies sealed or that the log vouches for."""
    with town.node.writing(town.node.itself) as write:
        looks.look(write, case="c1", number="N1", portal="men", subject="s", reason="审查")
        for case in ("c1", "c2"):
            keep_case(write, case)
        given = {"about": write.seal_bytes("c1", b"n"), "sealed": write.seal_bytes("c1", b"f")}
        put(write, applying.FILES, id="f1", owner="c1", at=write.at, media="m", size=1, **given)
        for table, owner in ((applying.MINE, "case"), (applying.TOLD, "case"),
                             (applying.DRAFTS, "id"), (applying.APPLICANTS, "id"),
                             (applying.STEPS, "parent"), (cases.OPINIONS, "case"),
                             (mail.HOLDINGS, "id"), (mail.EVIDENCE, "id")):  # fmt: skip
            put(write, table, **{owner: "c1", "sealed": write.seal("c1", table.name)})


def keep_case(write: Write, case: str) -> None:
    sealed = write.seal(case, {"name": "李四"})
    row = put(write, cases.CASES, id=case, number=f"N-{case}", sealed=sealed, days=3, parent="p")
    event = put(write, cases.EVENTS, case=case, at=write.at, what="accepted", version=1,
                sealed=write.seal(case, "可"))  # fmt: skip
    told = {ROW: evident(cases.EVENTS, event), "case": evident(cases.CASES, row)}
    write.tell("case.accepted", "case", case, after=told)
    result = put(write, cases.RESULTS, case=case, number=f"N-{case}-R", at=write.at, granted=1,
                 sealed=write.seal(case, {"document": {}}))  # fmt: skip
    write.tell("case.result", "case", case, after={ROW: evident(cases.RESULTS, result)})


def put(write: Write, table: Any, **given: Any) -> dict[str, Any]:
    """Insert a row whose other columns that must not be empty hold something."""
    row = dict(given)
    for column in table.columns:
        counted = column.primary_key and column.type.python_type is int
        if column.name not in row and not column.nullable and not counted:
            row[column.name] = 1 if column.type.python_type is int else f"x-{column.name}"
    write.connection.execute(insert(table), row)
    return row
