"""Whatever is done by two services at one store, their books are what a slow reader would find."""

import random
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from onecity.core.errors import OneCityError
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import Dependency, Item
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.store import Ledger, LedgerSettings
from onecity.programme.ledger.way import Move, Said, moves
from tests.programme.ledger.samples import unit
from tests.programme.ledger.store.desk import CALENDAR, OFFICE, Hands, fields, opened

STEPS = 150


def something(chance: random.Random, ledger: Ledger, items: list[Item], day: date) -> None:
    """Do one thing, allowed or not."""
    item = chance.choice(items) if items else None
    match chance.randrange(8):
        case 0 | 1:
            items.append(ledger.draft(fields(due=day + timedelta(chance.randrange(60))), by=OFFICE))
        case 2:
            ledger.remind(by=OFFICE)
        case 3 if item is not None:
            before = chance.choice(items)
            said = Said(fields={"depends_on": (Dependency(item=before.id),)})
            ledger.edit(item.id, said, seen=ledger.get(item.id).version, by=OFFICE)
        case 4 if item is not None:
            given: dict[str, Any] = {"due": day + timedelta(chance.randrange(90)), "owner": "张"}
            seen = item.version if chance.random() < 0.3 else ledger.get(item.id).version
            ledger.edit(item.id, Said("调整", fields=given), seen=seen, by=OFFICE)
        case 5 if chance.random() < 0.2:
            ledger.set_unit(unit(f"n{chance.randrange(9)}", city="420100"), by=OFFICE)
            thresholds = {**asdict(ledger.settings.thresholds), "due_soon": chance.randrange(9)}
            ledger.set_settings(LedgerSettings.made(thresholds=thresholds), by=OFFICE)
        case _ if item is not None:
            now = ledger.get(item.id)
            possible = moves(now, ledger.by_of(OFFICE, now))
            move = chance.choice([*possible, Move.COMMENT])
            progress = {Move.PROGRESS: chance.randrange(99), Move.REPORT: 100}.get(move)
            given = {"responsible_unit": "ez-sci"} if move is Move.TRANSFER else {}
            said = Said("如题", progress, fields=given)
            ledger.move(now.id, move, said, seen=now.version, by=OFFICE)


def test_two_services_hold_the_same_book_as_a_slow_reader(tmp_path: Path, hands: Hands) -> None:
    where = str(tmp_path / "office.sqlite")
    opened(where, hands).close()
    chance = random.Random(20260302)
    items: list[Item] = []
    refused: list[OneCityError] = []
    with (
        Ledger.open(where, clock=hands, calendar=CALENDAR) as one,
        Ledger.open(where, clock=hands, calendar=CALENDAR) as other,
    ):
        for step in range(STEPS):
            hands.move(minutes=chance.randrange(900))
            ledger = chance.choice((one, other))
            try:
                something(chance, ledger, items, ledger.today())
            except OneCityError as error:
                refused.append(error)
            if step % 10 and chance.random() < 0.8:
                continue
            books = one.book(), other.book()
            known = [one.get(each.id) for each in items]
            slow = Book.of(
                known,
                {each.id: Past.of(one.history(each.id)) for each in known},
                one.register,
                CALENDAR,
                one.today(),
                thresholds=one.settings.thresholds,
            )
            for book in books:
                assert book.items == slow.items
                assert book.standings == slow.standings
                assert {id_: book.pasts[id_] for id_ in book.items} == slow.pasts
                assert book.register.units == slow.register.units
                assert {key: set(ids) for key, ids in book.waiting.items() if ids} == {
                    key: set(ids) for key, ids in slow.waiting.items()
                }
        assert 5 < len(refused) < STEPS / 2, "some of what was tried is refused"
        assert all(error.text("zh") and error.text("en") for error in refused)
        assert one.verify() == ()
        assert one.office.trail.verify().sound
        versions = {each.id: each.version for each in one.book().items.values()}
        assert versions == {each: len(other.history(each)) for each in versions}
