"""Nodes with the invented catalogue, people who work there, and applications that nobody wrote."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from onecity.hall.catalogue import Catalogue, Item, Way
from onecity.hall.catalogue.example import example
from onecity.hall.node.config import NodeKind
from onecity.hall.node.mail.received import Received, Refused
from onecity.hall.node.node import Node
from onecity.hall.node.tables.applying import MINE
from onecity.hall.node.viewing import CaseView
from onecity.hall.node.writing import Write
from onecity.identity import Actor, Grant, Via
from onecity.identity.clock import Clock
from tests.hall.node.towns import Place, Town, line, towns

CATALOGUE: Catalogue = example()
WUHAN, HUANGSHI = "420100", "420200"
ROUNDS = 50
TOLD = ("progress", "result", "handed_over", "erasure")


def of(basic: str, city: str = WUHAN) -> Item:
    return next(
        one for one in CATALOGUE.items if one.basic_code == basic and one.city in {city, ""}
    )


def worker(name: str, item: Item, role: str = "officer") -> Actor:
    """Return somebody of the department that decides an item."""
    city = item.city or WUHAN
    return Actor(name, name, item.authority, city, (Grant(role, city),), Via.SESSION)


CHIEF = Actor("chief", "chief", None, None, (Grant("administrator"),), Via.SESSION)


def application(write: Write, item: Item, **more: Any) -> dict[str, Any]:
    code = write.node.code
    return {
        "case": write.new_id(),
        "number": write.new_number(),
        "item": item.code,
        "version": item.version,
        "way": None,
        "from_city": item.city,
        "taken_in_by": code,
        "portal": code,
        "applicant": {
            "kind": min(item.applicants).value,
            "name": "虚构人",
            "id_number": "42010019900101001X",
            "credit_code": "91420100MA4KXXXX0X",
            "phone": "13000000000",
        },
        "data": {"address": "虚构路 1 号"},
        "files": [],
        "evidence": [],
        **more,
    }


def apply(town: Town, item: Item, to: str | None = None, **more: Any) -> str:
    """Send an application from a node to the one that decides; return the case's id."""
    with town.node.writing(CHIEF) as write:
        body = application(write, item, **more)
        follow(write, body, to or town.code)
        write.send(to or town.code, "application", body["case"], body, purpose="申请")
    return str(body["case"])


def follow(write: Write, body: Mapping[str, Any], node: str) -> None:
    """Put a case on the list of whoever handed it in, as handing in does."""
    names = ("case", "number", "item", "way")
    told = {"hops": 0, "nodes": [node], "on_behalf": False, "steps": []}
    write.run(
        insert(MINE).values(
            **{name: body.get(name) for name in names}, account="lin", item_version=1, node=node,
            unit="", city="", state="submitted", version=0, at=write.at, changed=write.at,
            needs_me=0, record=json.dumps(told),
        )
    )  # fmt: skip


@contextmanager
def halls(folder: Path, clock: Clock, places: Sequence[Place]) -> Iterator[dict[str, Town]]:
    """Make nodes that have the catalogue; what applicants are told is kept in `Town.heard`."""
    with towns(folder, clock, places) as made:
        for town in made.values():
            town.node.editions.take_in(CATALOGUE, by=CHIEF)
            listen(town)
        yield made


def listen(town: Town) -> None:
    def hear(write: Write, received: Received) -> None:
        town.heard.append(received)

    def back(write: Write, refused: Refused) -> None:
        town.node.handling.taken_back(write, refused)

    town.node.mail.register(dict.fromkeys(TOLD[:3], hear), {"application": back})
    town.node.handling.when_erased = hear


def exchange(made: Mapping[str, Town]) -> None:
    """Carry over what waits, until nothing does."""
    for _ in range(ROUNDS):
        if not any(town.waiting() for town in made.values()):
            return
        for town in made.values():
            for to in made:
                if to != town.code:
                    with line(town, to) as way:
                        way.send()
    held = {code: town.waiting() for code, town in made.items()}
    raise AssertionError(held)


CITY = Place("wuhan", NodeKind.CITY, (WUHAN,))
OTHER = Place("huangshi", NodeKind.CITY, (HUANGSHI,))
PORTAL = Place("portal", NodeKind.PORTAL)
PROVINCE = Place("hubei", NodeKind.PROVINCE, (WUHAN, HUANGSHI))


def act(node: Node, case: str, by: Actor, action: str, **given: Any) -> CaseView:
    """Look at a case and do something at once."""
    seen = node.handling.case(case, by=by, reason="测试").case.seen
    return node.handling.do(case, action, by=by, seen=seen, **given)


def across(item: Item) -> Way | None:
    """Return a way across that an item offers."""
    return min(item.ways, default=None)
