"""Bodies that are not what they should be: each kind, spoilt at random, where it would be taken.

A life at four nodes is lived through by its real messages. Before each is delivered, spoilt copies
of it are taken in and undone: each must end taken, refused or waiting for what comes before it,
never in an error; what is refused has no effect, and what is taken can be looked at.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from onecity.core.ids import new_id
from onecity.hall.catalogue import Applicant
from onecity.hall.forms.own import FOLDER, put_example, read_own
from onecity.hall.forms.sampling import sample
from onecity.hall.node import bodies, figures
from onecity.hall.node.applying import About, Person
from onecity.hall.node.broker import Subject
from onecity.hall.node.mail import actor_of
from onecity.hall.node.mail import line as lines
from onecity.hall.node.mail.taking import Taking
from onecity.hall.node.mail.turns import Outcome
from onecity.hall.node.mail.turns import load as load_all
from onecity.hall.node.seals import Sealing
from onecity.hall.node.tables.base import METADATA
from onecity.hall.node.writing import Write
from onecity.hall.wire import Message
from onecity.identity import Actor, Grant, Via
from onecity.web.hall.desk_shapes import DeskCase
from onecity.web.hall.desk_told import CaseTold
from onecity.web.hall.offer import Offer
from tests.hall.node.cases import (
    CATALOGUE,
    CHIEF,
    CITY,
    HUANGSHI,
    OTHER,
    PORTAL,
    PROVINCE,
    WUHAN,
    act,
    exchange,
    of,
    worker,
)
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Receive, Reply, Town, towns

Circle = dict[str, Town]
FUND = of("fund_withdrawal")
LI, ZHOU = worker("li", FUND), worker("zhou", of("fund_withdrawal", HUANGSHI))
LIN = Actor("lin", "林安", None, None, (Grant("resident"),), Via.SESSION)
HALL = Actor("hall", "大厅", None, None, (Grant("clerk"),), Via.SESSION)
PERSON = Person(Applicant.PERSON, "林安", "440524188001010014", phone="13800138000")
JPG = b"\xff\xd8\xff" + b"x" * 300 + b"\xff\xd9"
WAITS = {"hall_applying.not_handler", "hall_applying.not_followed"}
"""Why a message may have to wait: another node's comes first."""
SPOILT = 12
MOST_OF_A_KIND = 2
_ID, _SEEN = 26, 12
BESIDE = {"hall_inbox", "hall_sequences", "hall_keys"}
"""What a refused message leaves as well: its place in its line."""


class UndoneError(Exception):
    """Ends a write, so that nothing of it is kept."""


@dataclass
class Spoiling:
    """Tries spoilt copies of what comes through a door, before it is let in."""

    circle: Circle
    tried: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, set[str]] = field(default_factory=dict)
    failed: list[Exception] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def through(self, town: Town) -> Callable[..., Reply | None]:
        def come(
            receive: Receive, headers: Mapping[str, str], body: bytes, method: str, url: str
        ) -> Reply | None:
            for record in json.loads(body)["messages"]:
                try:
                    self.spoil(town, Message.from_record(record))
                except Exception as error:  # noqa: BLE001  (told in the thread of the test)
                    self.failed.append(error)
            return receive(headers, body, method, url)

        return come

    def spoil(self, town: Town, message: Message) -> None:
        kind = message.head.kind
        # Bodies of one kind may be of several forms, as questions and what calls them back.
        form = f"{kind}:{sorted(message.body)}:{message.body.get('what', '')}"
        self.tried[kind] = self.tried.get(kind, 0) + (form not in self.tried)
        if form in self.tried or self.tried[kind] > MOST_OF_A_KIND:
            return
        self.tried[form] = 1
        own = (one for one in message.body.values() if isinstance(one, str) and len(one) == _ID)
        self.ids = list(dict.fromkeys([message.head.case, *own, *self.ids]))[:_SEEN]

        @settings(
            derandomize=True,
            database=None,
            deadline=None,
            max_examples=SPOILT,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def one(data: st.DataObject) -> None:
            body = spoilt(data, message.body, [*VALUES, *self.ids])
            about = data.draw(
                st.sampled_from([message.head.case] * 8 + ["", "node", OTHER_ID, *self.ids])
            )
            self.take(town, message, about, body)

        one()

    def take(self, town: Town, message: Message, case: str, body: Any) -> None:
        head, node = message.head, town.node
        key = self.circle[head.sender].node.keys.current(head.made)
        seq = head.seq if case == head.case else 1
        made = Message.make(
            key, sender=head.sender, receiver=head.receiver, kind=head.kind, case=case,
            seq=seq, at=head.made, purpose=head.purpose, body=body,
        )  # fmt: skip
        with pytest.raises(UndoneError), node.writing(actor_of(node, head.sender)) as write:  # noqa: PT012
            before = state(write.connection)
            taking = Taking(write, node.mail.handlers, node.mail.check, head.sender, [made])
            answer = taking.take(made)
            self.outcomes.setdefault(head.kind, set()).add(answer.outcome.value)
            if answer.outcome is Outcome.LATER:
                assert answer.reason in WAITS, (head.kind, body)
            elif answer.outcome is Outcome.REFUSED:
                assert state(write.connection) == before, (head.kind, answer.reason, body)
            else:
                # An id of somebody else's line may be early or past there.
                fits = {Outcome.TAKEN} if case == head.case else set(Outcome)
                assert answer.outcome in fits, (head.kind, answer, body)
            look(town, write, head.case)
            raise UndoneError


OTHER_ID = new_id(Hands().now, 7)
NOTHING = object()
VALUES = [
    NOTHING, None, True, 0, -1, 1.5, 2**60, 2**70, "", " ", "x" * 300, "a\x00b", "虚", "grant",
    "2026-03-02T01:00:00.000000Z", "2026-13-02T01:00:00.000000Z", OTHER_ID, [], [None], [[]], ["x"],
    {}, {"a": {}}, "420100", "wuhan",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return where every member of a body is."""
    parts: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    for name, one in parts:
        yield (*path, name)
        yield from places(one, (*path, name))


def spoilt(data: st.DataObject, body: Any, values: list[Any]) -> Any:
    """Return a body one member of which is another, twice, or gone; now and then two of them."""
    changed = deepcopy(body)
    for _ in range(data.draw(st.sampled_from([1, 1, 2]))):
        every = list(places(changed))
        if not every:
            break
        *path, last = data.draw(st.sampled_from(every))
        inside = changed
        for name in path:
            inside = inside[name]
        value = data.draw(st.sampled_from([*values, inside[last]]))
        if value is inside[last] and isinstance(inside, list):
            inside.append(deepcopy(value))
        elif value is NOTHING:
            del inside[last]
        else:
            inside[last] = deepcopy(value)
    return changed


def state(connection: Connection) -> dict[str, list[Any]]:
    """Return all that a node keeps, but for the trail and what a refused message leaves."""
    return {
        table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
        for table in METADATA.sorted_tables
        if table.name not in BESIDE
    }


def look(town: Town, write: Write, case: str) -> None:
    """Look at a case as its department and as its applicant, where it is there."""
    node = town.node
    tables = METADATA.tables
    asked = tables["hall_opinions"].c
    here = (
        select(tables["hall_cases"].c.id).where(tables["hall_cases"].c.id == case),
        select(asked.id).where(asked.case == case, asked.side == "give"),
    )
    if any(write.connection.execute(one).first() is not None for one in here):
        told = CaseTold(node, Offer(CATALOGUE)).whole(node.handling.case(case, by=CHIEF))
        DeskCase.model_validate(told)
    mine = tables["hall_mine"].c
    own = select(mine.account).where(mine.case == case)
    if write.connection.execute(own).first() is not None:
        node.applying.following.one(LIN, case)
        node.applying.following.mine(LIN)
        node.applying.following.looks(LIN)


@pytest.fixture
def circle(
    tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Circle, Spoiling]]:
    # One by one: each is tried in the state in which it would be taken.
    monkeypatch.setattr(lines, "load", lambda waiting: load_all(waiting)[:1])
    with towns(tmp_path, hands, (CITY, OTHER, PORTAL, PROVINCE)) as made:
        spoiling = Spoiling(made)
        for town in made.values():
            town.node.editions.take_in(CATALOGUE, by=CHIEF)
            put_example(town.node.folder)
            town.node.applying.book.own = read_own(town.node.folder / FOLDER)
            town.door.through = spoiling.through(town)
        yield made, spoiling


def hand_in(circle: Circle, about: About, *, evidence: str = "") -> str:
    """Hand in an application at the portal, with a document that Huangshi's police holds."""
    applying = circle["portal"].node.applying
    draft = applying.drafts.make(LIN, about, from_city=HUANGSHI)
    form = applying.book.of(applying.book.matter(about))
    own = {"id_number": PERSON.id_number, "name": PERSON.name, "kind": "person"}
    applying.drafts.save(LIN, draft.id, sample(form, 7, {"applicant": own}), seen=draft.seen)
    for slot in form.files:
        if slot.name != evidence:
            applying.drafts.add_file(LIN, draft.id, slot.name, f"{slot.name}.jpg", JPG)
    if evidence:
        asked = applying.proofs.want(LIN, draft.id, evidence)
        exchange(circle)
        applying.proofs.agree(LIN, asked.id)
    case = applying.sending.submit(LIN, draft.id).case
    exchange(circle)
    return case


def test_whatever_a_peer_sends_is_taken_refused_or_waits(
    circle: tuple[Circle, Spoiling], hands: Hands
) -> None:
    made, spoiling = circle
    portal, wuhan, huangshi = (made[one].node for one in ("portal", "wuhan", "huangshi"))
    following = portal.applying.following
    portal.applying.profiles.verify("lin", PERSON, by=HALL)
    with huangshi.writing(huangshi.itself) as write:
        huangshi.broker.hold(
            write, document="identity", department="420200.police", number="证1", source="register",
            subject=Subject(PERSON.id_number, PERSON.name), fields={"address": "虚构路"},
            labels={"address": "住址"},
        )  # fmt: skip
    # One case with all that can be said of one.
    case = hand_in(made, About(item=FUND.code), evidence="identity")
    act(wuhan, case, LI, "ask_supplement", words="请补", documents=["identity"], until="2026-03-20")
    exchange(made)
    file = portal.applying.supplements.add_file(LIN, case, "identity", "新.jpg", JPG)
    portal.applying.supplements.give(LIN, case, data={}, files=[file.id], words="已补")
    exchange(made)
    act(wuhan, case, LI, "accept")
    act(wuhan, case, LI, "ask_opinion", units=["420200.police"], words="问")
    exchange(made)
    asked = huangshi.handling.case(case, by=CHIEF).tasks[0].id
    huangshi.handling.do(case, "give_opinion", by=CHIEF, seen=1, task=asked, outcome="agree")
    exchange(made)
    act(wuhan, case, LI, "decide", outcome="grant", words="准予")
    act(wuhan, case, LI, "deliver")
    exchange(made)
    following.appraise(LIN, case, stars=4, words="好")
    exchange(made)
    # One that is withdrawn while another department is asked.
    early = hand_in(made, About(item=FUND.code))
    act(wuhan, early, LI, "accept")
    act(wuhan, early, LI, "ask_opinion", units=["420200.police"], words="问")
    exchange(made)
    following.withdraw(LIN, early, words="不办了")
    exchange(made)
    # One that goes to another city, and is withdrawn there.
    other = hand_in(made, About(item=FUND.code))
    act(wuhan, other, LI, "hand_over", to=HUANGSHI, words="属黄石")
    exchange(made)
    following.withdraw(LIN, other, words="不办了")
    exchange(made)
    # A life event, withdrawn; and all of it erased.
    joint = hand_in(made, About(event="newborn", city=WUHAN))
    following.withdraw(LIN, joint, words="不办了")
    exchange(made)
    for one in (case, joint):
        following.erase(LIN, one)
        exchange(made)
    hands.move(days=1)
    figures.share(wuhan)
    Sealing(wuhan).make()
    exchange(made)
    if spoiling.failed:
        raise ExceptionGroup("spoilt messages", spoiling.failed)
    untried = set(bodies.SHAPES) - set(spoiling.tried) - LATER_KINDS
    assert not untried
    for kind in bodies.SHAPES:
        if kind in spoiling.tried:
            assert "refused" in spoiling.outcomes[kind] | {kind} & HARDLY_WRONG, kind


LATER_KINDS = {"joint_appraisal", "reminder"}
HARDLY_WRONG = {"withdrawal", "joint_withdrawal", "joint_erasure"}
"""Kinds with so little in them that spoiling it may change nothing."""
