"""Registers of departments: brought in whole, checked to the cell, replaced without a gap."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from onecity.core.errors import InputError
from onecity.hall.forms.sampling import id_number
from onecity.hall.node.broker import Subject, holding
from onecity.hall.node.broker.registers import bring
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.node.tables.mail import HOLDINGS
from onecity.identity import Actor, ForbiddenError
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place, Town, towns
from tests.hall.small import SMALL

ME = Actor.console()
CHANCE = random.Random(4)
PEOPLE = [id_number(CHANCE) for _ in range(1203)]
HEAD = "证件号码,姓名或名称,证照编号,发证日期,有效期至,address：住址"


def row(place: int, address: str = "甲市") -> str:
    who = f"{PEOPLE[place].lower()},阿不都•热合曼{place}"
    return f"{who},证{place},2026-01-0{place % 9 + 1},,{address}"


@pytest.fixture
def yi(tmp_path: Path, hands: Hands) -> Iterator[Town]:
    with towns(tmp_path, hands, [Place("yi", cities=("B",))]) as made:
        made["yi"].node.editions.take_in(SMALL, by=ME)
        yield made["yi"]


def written(folder: Path, *lines: str, encoding: str = "utf-8-sig") -> Path:
    file = folder / "登记.csv"
    file.write_text("\n".join([HEAD, *lines]) + "\n", encoding)
    return file


def found(town: Town, place: int, name: str | None = None) -> object:
    about = Subject(PEOPLE[place], name or f"阿不都・热合曼{place}")
    with town.node.writing(ME) as write:
        held = holding.find(write, "record", about, "2026-03-02")
    return None if held is None else (held.number, held.fields, held.labels)


def put(town: Town, file: Path, register: str = "") -> tuple[int, int]:
    done = bring(town.node, file, document="record", department="pB", by=ME, register=register)
    return done.kept, done.revoked


def test_a_register_is_held_and_replaced(yi: Town, tmp_path: Path) -> None:
    lines = [row(place) for place in range(1203)]
    assert put(yi, written(tmp_path, *lines, "")) == (1203, 0)
    assert found(yi, 1202) == ("证1202", {"address": "甲市"}, {"address": "住址"})
    assert found(yi, 1202, "别人") is None
    put(yi, written(tmp_path, row(7, "别的登记")), register="登记:另")
    changed = [row(place, "乙市") for place in range(2)]
    assert put(yi, written(tmp_path, *changed, encoding="gb18030")) == (2, 1203)
    assert found(yi, 1) == ("证1", {"address": "乙市"}, {"address": "住址"})
    assert found(yi, 5) is None
    assert found(yi, 7) is not None
    with yi.node.reading() as connection:
        revoked = select(HOLDINGS.c.id).where(HOLDINGS.c.revoked.is_not(None))
        kept = select(KEYS.c.wrapped).where(KEYS.c.owner.in_(revoked)).distinct()
        assert connection.execute(kept).scalars().all() == [None]
    assert yi.node.office.trail.verify().sound
    assert PEOPLE[1] not in str([one.as_record() for one in yi.node.office.trail.page().entries])


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["110105194912310021,张三,证,2026-01-01,,x"],
        [f"{PEOPLE[0]},,证,2026-01-01,,x"],
        [f"{PEOPLE[0]},张三,证,2026-02-30,,x"],
        [f"{PEOPLE[0]},张三,证,,,x"],
        [f"{PEOPLE[0]},张三"],
        [f"{PEOPLE[0]},张三,证,2026-01-01,明年,x"],
    ],
)
def test_one_wrong_cell_keeps_everything_out(yi: Town, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(InputError) as told:
        put(yi, written(tmp_path, *([row(0)] if lines else []), *lines))
    if lines:
        assert told.value.values["row"] == 3
    with yi.node.reading() as connection:
        assert not connection.execute(select(HOLDINGS)).all()


def test_only_whoever_issues_a_document_holds_it(yi: Town, tmp_path: Path) -> None:
    file = written(tmp_path, row(0))
    for document, department in (("record", "mB"), ("record", "pA"), ("none", "pB")):
        with pytest.raises(InputError):
            bring(yi.node, file, document=document, department=department, by=ME)
    with pytest.raises(ForbiddenError):
        bring(yi.node, file, document="record", department="pB", by=Actor.guest())
    for text in ("a,b\n", f"{HEAD},address：住址\n", ""):
        file.write_text(text, "utf-8")
        with pytest.raises(InputError):
            put(yi, file)
    file.write_bytes(b"\x81\xff\xff")
    with pytest.raises(InputError):
        put(yi, file)
