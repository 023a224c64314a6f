"""Items in the store: one transaction for each change, and nothing overwritten unseen."""

import threading
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from onecity.core.errors import InputError, MissingError, OneCityError, StaleError
from onecity.core.words import Sentence
from onecity.identity import ForbiddenError
from onecity.identity.backup import backup, restore
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Edited, Intake, Problem
from onecity.programme.ledger.kinds import State, What
from onecity.programme.ledger.model import Dependency
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.query import Query
from onecity.programme.ledger.rules import Mark
from onecity.programme.ledger.store import LEDGER, Ledger, LedgerSettings
from onecity.programme.ledger.store.rows import hash_of, text_of
from onecity.programme.ledger.way import Move, Said
from tests.programme.ledger.samples import unit
from tests.programme.ledger.store.desk import (
    ADMIN,
    CALENDAR,
    CITY,
    EDITOR,
    OFFICE,
    Hands,
    assigned,
    at_work,
    fields,
    person,
    reported,
)


def same(book: Book, other: Book) -> bool:
    return (
        book.items == other.items
        and book.pasts == other.pasts
        and book.standings == other.standings
        and book.revision == other.revision
    )


def test_an_item_goes_its_way_and_all_of_it_is_kept(ledger: Ledger, hands: Hands) -> None:
    first = ledger.draft(fields(), by=OFFICE, address="10.0.0.1")
    assert first.number == "WH-2026-0001"
    assert ledger.book().items == {first.id: first}
    item = first
    for by, move, said in (
        (OFFICE, Move.ASSIGN, None),
        (EDITOR, Move.SIGN, None),
        (EDITOR, Move.PROGRESS, Said(text="已进场", progress=40)),
        (EDITOR, Move.REPORT, Said(text="已贯通", progress=100)),
        (OFFICE, Move.RETURN, Said(text="请补材料")),
        (EDITOR, Move.REPORT, Said(text="已补", progress=100)),
        (OFFICE, Move.ACCEPT, None),
        (OFFICE, Move.CLOSE, None),
    ):
        hands.move(days=1)
        item = ledger.move(item.id, move, said, seen=item.version, by=by, address="10.0.0.1")
    assert item.state is State.CLOSED
    assert item.version == 9
    assert ledger.get(item.id) == item == ledger.by_number("WH-2026-0001")

    history = ledger.history(item.id)
    assert [one.what.value for one in history] == [
        "drafted", "assigned", "signed", "progressed", "reported", "returned", "reported",
        "accepted", "closed",
    ]  # fmt: skip
    assert [one.who for one in history[1:3]] == [OFFICE.name, EDITOR.name]
    book = ledger.book()
    assert book.pasts[item.id] == Past.of(history)
    assert book.standings[item.id].mark is Mark.DONE_ON_TIME
    again = Ledger(ledger.office, calendar=CALENDAR).book()
    assert same(book, again)
    assert ledger.events(date(2026, 3, 7), date(2026, 3, 7)) == (history[5],)
    assert ledger.events(date(2026, 1, 1), date(2026, 12, 31), [What.RETURNED]) == (history[5],)

    trail = ledger.office.trail.page(kind="item", target=item.id).entries
    assert [one.action for one in trail] == [f"item.{one.what.value}" for one in history[::-1]]
    assert trail[0].after["item"] == hash_of(text_of(item))
    assert trail[0].after["event"] == hash_of(text_of(history[-1]))
    assert trail[0].address == "10.0.0.1"
    assert all(one in ledger.office.rules.actions for one in {each.action for each in trail})
    verdict = ledger.office.trail.verify()
    assert verdict.sound
    assert verdict.guarded
    assert ledger.verify() == ()


def test_what_was_altered_behind_the_ledgers_back_is_found(ledger: Ledger) -> None:
    item, other = at_work(ledger), reported(ledger)
    ledger.attach(item.id, "a.txt", b"text", by=OFFICE)
    ledger.edit(item.id, Said(fields={"owner": "张"}), seen=item.version, by=OFFICE)
    ledger.replace_units(["hb"], [unit("hb2")], date(2026, 4, 1), by=OFFICE)
    assert ledger.verify() == ()
    server = ledger.office.database.dialect == "postgresql"
    with ledger.office.database.writing() as one:
        for table in ("ledger_events", "ledger_contents"):
            guard = f"{table}_keep"
            off = f"ALTER TABLE {table} DISABLE TRIGGER {guard}"
            one.execute(text(off if server else f"DROP TRIGGER {guard}"))
        for statement in (
            "UPDATE ledger_items SET record = replace(record, '张', '李')",
            "UPDATE ledger_events SET record = replace(record, '已贯通', '未贯通')",
            "UPDATE ledger_items SET past = replace(past, '\"reported\":1', '\"reported\":0')",
            "UPDATE ledger_units SET record = replace(record, '武汉市', '某市')",
        ):
            one.execute(text(statement.replace(":", "\\:")))
        one.execute(text("UPDATE ledger_contents SET content = :new"), {"new": b"else"})
    found = {(one.key.partition(".")[2], *one.values.values()) for one in ledger.verify()}
    assert found == {
        ("verify_guards", "ledger_contents_keep, ledger_events_keep"),
        ("verify_item", item.number),
        ("verify_history", other.number),
        ("verify_past", other.number),
        ("verify_unit", "wh-dot"),
        ("file_damaged", "a.txt"),
    }
    assert all(one.text("zh") and one.text("en") for one in ledger.verify())


def test_a_backup_of_one_database_is_restored_into_the_other_and_goes_on(
    ledger: Ledger, where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    item = reported(ledger)
    made = ledger.attach(item.id, "证据.pdf", b"%PDF-1.7 \0\xff", by=EDITOR)
    ledger.hold({"title": "会", "held_on": date(2026, 3, 1)}, [fields()], by=OFFICE)
    ledger.save_view("我的", {"text": "断头路"}, by=EDITOR)
    backup(ledger.office.database, tmp_path / "all.zip")
    with ExitStack() as stack:
        other = str(tmp_path / "other.sqlite")
        if ledger.office.database.dialect == "sqlite":
            other = stack.enter_context(request.getfixturevalue("cluster").fresh())
        restore(tmp_path / "all.zip", other, (LEDGER,))
        found = stack.enter_context(
            Ledger.open(other, clock=ledger.office.clock, calendar=CALENDAR, create=False)
        )
        assert same(found.book(), ledger.book())
        assert found.history(item.id) == ledger.history(item.id)
        assert found.content(made.id) == (made, b"%PDF-1.7 \0\xff")
        assert found.views(EDITOR) == ledger.views(EDITOR)
        assert found.meetings() == ledger.meetings()
        assert found.inbox(EDITOR) == ledger.inbox(EDITOR)
        assert found.verify() == ()
        returned = found.move(item.id, Move.RETURN, Said("请补"), seen=item.version, by=OFFICE)
        assert returned.state is State.RETURNED
        assert found.draft(fields(), by=OFFICE).number == "WH-2026-0003"
        assert len(found.history(item.id)) == len(ledger.history(item.id)) + 1
        assert found.verify() == ()


def test_nobody_overwrites_what_they_have_not_seen(ledger: Ledger) -> None:
    item = at_work(ledger)
    ledger.edit(item.id, Said(fields={"owner": "张"}), seen=item.version, by=EDITOR)
    before = ledger.office.trail.head()
    with pytest.raises(StaleError) as error:
        ledger.move(item.id, Move.PROGRESS, Said("进展", 50), seen=item.version, by=EDITOR)
    assert error.value.values["seen"] == item.version
    assert error.value.values["now"] == item.version + 1
    assert "责任人" in error.value.text("zh")
    assert EDITOR.name in error.value.text("en")
    assert ledger.office.trail.head() == before, "what is refused leaves no trace"
    with pytest.raises(StaleError):
        ledger.edit(item.id, Said(fields={"owner": "李"}), seen=99, by=EDITOR)
    with pytest.raises(MissingError):
        ledger.get("no\0thing")
    assert ledger.get(item.id).owner == "张"


def test_a_write_that_fails_half_way_leaves_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = at_work(ledger)
    book, head = ledger.book(), ledger.office.trail.head()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(ledger.office.trail, "append", broken)
    for write in (
        lambda: ledger.edit(item.id, Said(fields={"owner": "x"}), seen=item.version, by=OFFICE),
        lambda: ledger.draft(fields(), by=OFFICE),
        lambda: ledger.attach(item.id, "a.txt", b"text", by=OFFICE),
        lambda: ledger.add_units([unit("new")], by=ADMIN),
    ):
        with pytest.raises(RuntimeError):
            write()
    monkeypatch.undo()
    assert ledger.office.trail.head() == head
    assert ledger.book() is book
    assert ledger.attachments(item.id) == ()
    assert "new" not in ledger.register.units
    assert ledger.draft(fields(), by=OFFICE).number == "WH-2026-0002"


def test_history_cannot_be_changed_or_taken_away(ledger: Ledger) -> None:
    item = assigned(ledger)
    ledger.attach(item.id, "a.txt", b"text", by=OFFICE)
    for table in ("events", "attachments", "contents", "numbers", "items"):
        statements = [f"DELETE FROM ledger_{table}"]  # noqa: S608
        if table != "items":
            column = {"contents": "sha256", "numbers": "number"}.get(table, "record")
            statements.append(f"UPDATE ledger_{table} SET {column} = 'x'")  # noqa: S608
        if ledger.office.database.dialect == "postgresql":
            statements.append(f"TRUNCATE ledger_{table} CASCADE")
        for statement in statements:
            with pytest.raises(DBAPIError, match="never"), ledger.office.database.writing() as one:
                one.execute(text(statement))
    assert len(ledger.history(item.id)) == 3


def test_numbers_are_never_used_twice(ledger: Ledger) -> None:
    first = ledger.draft(fields(), by=OFFICE)
    edited = ledger.edit(first.id, Said(fields={"number": "A-7"}), seen=1, by=OFFICE)
    assert ledger.by_number("WH-2026-0001") == edited == ledger.by_number(" A-7 ")
    with pytest.raises(InputError) as error:
        ledger.draft(fields(number="WH-2026-0001"), by=OFFICE)
    assert "WH-2026-0001" in error.value.text("zh")
    # One that was given by hand is passed over.
    ledger.draft(fields(number="WH-2026-0002"), by=OFFICE)
    assert ledger.draft(fields(number=""), by=OFFICE).number == "WH-2026-0003"
    ledger.edit(first.id, Said(fields={"number": "WH-2026-0001"}), seen=2, by=OFFICE)
    ledger.set_settings(LedgerSettings(prefix="EZ", example=True), by=OFFICE)
    new = ledger.draft(fields(), by=OFFICE)
    assert new.number == "EZ-2026-0001"
    assert new.example


def test_rings_are_refused_inside_the_write(ledger: Ledger) -> None:
    one, two, three = (ledger.draft(fields(title=str(row)), by=OFFICE) for row in range(3))

    def wait(item: Any, before: Any) -> Any:
        said = Said(fields={"depends_on": (Dependency(item=before.id),)})
        return ledger.edit(item.id, said, seen=ledger.get(item.id).version, by=OFFICE)

    wait(one, two)
    wait(two, three)
    with pytest.raises(InputError) as error:
        wait(three, one)
    assert all(each.number in error.value.text("zh") for each in (one, two, three))
    assert ledger.get(three.id).depends_on == ()
    assert {each.id for each in ledger.book().dependants(three.id)} == {two.id}
    ledger.edit(two.id, Said(fields={"depends_on": ()}), seen=2, by=OFFICE)
    wait(three, one)
    with pytest.raises(MissingError):
        ledger.draft(fields(depends_on=(Dependency(item="0" * 26),)), by=OFFICE)


def test_all_of_an_intake_is_taken_in_or_nothing(ledger: Ledger) -> None:
    items = ledger.draft_many([fields(title=str(row)) for row in range(3)], by=OFFICE)
    assert [one.number[-1] for one in items] == ["1", "2", "3"]
    assert [one.id for one in items] == sorted(one.id for one in items)
    edits = tuple(Edited(one.id, 1, {"owner": "新"}) for one in items)
    taken = ledger.take_in(Intake(new=(fields(title="新增"),), edited=edits), by=OFFICE)
    assert [one.owner for one in taken.edited] == ["新"] * 3
    assert taken.new[0].number == "WH-2026-0004"
    book = ledger.book()
    fault = Problem("s", "A1", 1, "c", Sentence("ledger.why_returned"))
    for wrong, kind in (
        (Intake(new=(fields(), fields(due="soon"))), InputError),
        (Intake(new=(fields(), fields(colour="red"))), InputError),
        (Intake(edited=(Edited(items[0].id, 2, {"owner": "x"}), edits[1])), StaleError),
        (Intake(problems=(fault,)), InputError),
        (Intake(edited=(Edited(items[0].id, 2, {"responsible_unit": "nobody"}),)), InputError),
    ):
        with pytest.raises(kind) as error:
            ledger.take_in(wrong, by=OFFICE)
        assert error.value.text("zh")
    assert ledger.book() is book


def test_of_two_imports_at_once_one_waits_and_is_told_of_the_other(
    ledger: Ledger, where: str, hands: Hands
) -> None:
    items = ledger.draft_many([fields(title=str(row)) for row in range(40)], by=OFFICE)
    ready, ended = threading.Barrier(2), list[OneCityError | str]()

    def take(name: str) -> None:
        with Ledger.open(where, clock=hands, calendar=CALENDAR) as mine:
            edits = tuple(Edited(one.id, 1, {"owner": name}) for one in items)
            ready.wait()
            try:
                mine.take_in(Intake(new=(fields(title=name),), edited=edits), by=OFFICE)
                ended.append(name)
            except OneCityError as error:
                ended.append(error)

    threads = [threading.Thread(target=take, args=(name,)) for name in ("甲", "乙")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    [winner] = [one for one in ended if isinstance(one, str)]
    [told] = [one for one in ended if not isinstance(one, str)]
    assert isinstance(told, StaleError)
    assert items[0].number in told.text("zh")
    book = ledger.book()
    assert {one.owner for one in book.items.values()} == {winner, ""}
    assert {one.title for one in book.items.values()} == {*map(str, range(40)), winner}


def test_two_processes_see_what_the_other_wrote(ledger: Ledger, where: str, hands: Hands) -> None:
    item = at_work(ledger)
    with Ledger.open(where, clock=hands, calendar=CALENDAR) as other:
        first, mine = other.book(), ledger.book()
        assert same(first, mine)
        ledger.draft(fields(), by=OFFICE)
        ledger.move(item.id, Move.COMMENT, Said("?"), seen=item.version, by=OFFICE)
        ledger.add_units([unit("new", name="新单位")], by=ADMIN)
        assert other.book().revision == first.revision + 3
        assert same(other.book(), ledger.book())
        assert other.register.unit("new").name == "新单位"
        assert other.book().find(Query(units=frozenset({"ez-dot"}))).total == 2
        hands.move(days=200)
        late = other.book()
        assert late.day == first.day + timedelta(200)
        assert late.standings[item.id].mark is Mark.OVERDUE
        assert other.book() is late


def test_units_that_end_keep_their_history_and_who_took_over_answers(
    ledger: Ledger, hands: Hands
) -> None:
    item = at_work(ledger)
    on = date(2026, 4, 1)
    new = unit("ez-jt", name="鄂州市交通局", city="420700")
    ledger.replace_units(["ez-dot"], [new], on, by=OFFICE)
    hands.move(days=60)
    assert ledger.register.shown("ez-dot", ledger.today()).text("zh") != "鄂州市交通运输局"
    editor = person("新", "unit_editor", "ez-jt")
    item = ledger.move(item.id, Move.PROGRESS, Said("接手", 60), seen=item.version, by=editor)
    assert item.responsible_unit == "ez-dot"
    # What it keeps may be edited; it cannot be given out anew.
    item = ledger.edit(item.id, Said(fields={"title": "改"}), seen=item.version, by=OFFICE)
    with pytest.raises(InputError):
        ledger.draft(fields(), by=OFFICE)
    moved = Said("移交", fields={"responsible_unit": "ez-jt"})
    item = ledger.move(item.id, Move.TRANSFER, moved, seen=item.version, by=OFFICE)
    assert [one.action for one in ledger.office.trail.page(kind="unit").entries][:2] == [
        "unit.replaced",
        "unit.replaced",
    ]
    with pytest.raises(InputError):
        ledger.set_unit(unit("x", parent="nobody"), by=OFFICE)


def test_a_city_office_keeps_to_its_city(ledger: Ledger) -> None:
    item = ledger.draft(fields(lead_unit=None), by=CITY)
    for wrong in ({"responsible_unit": "wh-dot"}, {"responsible_unit": None}):
        with pytest.raises(ForbiddenError):
            ledger.edit(item.id, Said(fields=wrong), seen=1, by=CITY)
        with pytest.raises(ForbiddenError):
            ledger.draft(fields(lead_unit=None, **wrong), by=CITY)
    given = Said(fields={"responsible_unit": "wh-dot"})
    with pytest.raises(ForbiddenError):
        ledger.move(item.id, Move.ASSIGN, given, seen=1, by=CITY)
    assert ledger.move(item.id, Move.ASSIGN, given, seen=1, by=OFFICE).version == 2


def test_reminders_of_many_items_are_written_in_pieces_and_once(
    ledger: Ledger, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onecity.programme.ledger.store.reminders._AT_ONCE", 2)
    items = [assigned(ledger, lead_unit=None) for _ in range(5)]
    hands.move(days=60)
    due, failed = ledger.reminders(), ledger.office.trail.append
    left = [3]

    def broken(*given: Any, **more: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("half way")
        return failed(*given, **more)

    monkeypatch.setattr(ledger.office.trail, "append", broken)
    with pytest.raises(RuntimeError):
        ledger.remind(by=OFFICE)
    monkeypatch.setattr(ledger.office.trail, "append", failed)
    rest = ledger.remind(by=OFFICE)
    assert {one.item for one in due} == {one.id for one in items}
    assert {one.item for one in rest} < {one.id for one in items}
    for one in items:
        assert [each.what.value for each in ledger.history(one.id)].count("reminded") == 1
    assert ledger.verify() == ()


def test_reminders_are_written_once_a_day_and_found_by_who_is_reminded(
    ledger: Ledger, hands: Hands
) -> None:
    item = at_work(ledger)
    waiting = reported(ledger)
    hands.move(days=150)
    due = ledger.reminders()
    assert {(one.item, one.call.value) for one in due} == {
        (item.id, "remind"),
        (item.id, "escalate"),
        (waiting.id, "remind"),
    }
    assert ledger.remind(by=OFFICE) == due
    assert ledger.remind(by=OFFICE) == ledger.reminders() == ()
    assert [one.what.value for one in ledger.history(item.id)][-2:] == ["reminded", "escalated"]
    assert ledger.book().pasts[item.id].reminded == ledger.today()

    notes = ledger.inbox(EDITOR)
    assert [one.what.value for one in notes] == ["reminded", "assigned", "assigned"]
    assert notes[0].number == item.number
    assert notes[0].text
    assert ledger.unread(EDITOR) == 3
    ledger.read([one.id for one in notes[:1]], by=EDITOR)
    ledger.read([one.id for one in notes], by=CITY)  # not theirs: nothing
    assert ledger.unread(EDITOR) == 2
    assert [one.read for one in ledger.inbox(EDITOR)] == [False, False, True]
    assert ledger.inbox(CITY) == ()
    hands.move(days=1)
    assert ledger.remind(by=OFFICE) == ()
    with pytest.raises(ForbiddenError):
        ledger.remind(by=EDITOR)


def test_meetings_have_the_items_that_came_of_them(ledger: Ledger) -> None:
    held = {"title": "第三次联席会议", "held_on": date(2026, 3, 1), "minutes": "一、……"}
    meeting = ledger.hold(held, [fields(title="甲"), fields(title="乙")], by=OFFICE)
    assert [ledger.get(one).title for one in meeting.items] == ["甲", "乙"]
    earlier = ledger.hold({**held, "held_on": date(2025, 3, 1)}, by=CITY)
    assert ledger.meetings() == (meeting, earlier)
    assert ledger.book().find(Query(meeting=meeting.id)).total == 2
    for wrong in ([fields(due=None, start=3)], [fields(responsible_unit="nobody")]):
        with pytest.raises(InputError):
            ledger.hold(held, wrong, by=OFFICE)
    with pytest.raises(ForbiddenError):
        ledger.hold(held, by=EDITOR)
    with pytest.raises(MissingError):
        ledger.draft(fields(meeting="0" * 26), by=OFFICE)
    assert len(ledger.meetings()) == 2


def test_views_are_kept_for_oneself_or_for_all(ledger: Ledger) -> None:
    query = {"text": "断头路", "mark": "overdue", "sort": "-due", "cols": "number,title"}
    mine = ledger.save_view("我的", query, by=EDITOR)
    shared = ledger.save_view("超期", query, shared=True, by=OFFICE)
    assert ledger.views(EDITOR) == (mine, shared)
    assert ledger.views(CITY) == (shared,)
    assert mine.query == query
    changed = ledger.save_view("改", {}, by=EDITOR, id_=mine.id)
    assert ledger.views(EDITOR)[0] == changed
    for refused in (
        lambda: ledger.drop_view(shared.id, by=EDITOR),
        lambda: ledger.save_view("x", query, by=CITY, id_=mine.id),
        lambda: ledger.save_view("x", query, shared=True, by=EDITOR),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    with pytest.raises(InputError):
        ledger.save_view("x", {"text": "长" * 5_000}, by=EDITOR)
    ledger.drop_view(mine.id, by=EDITOR)
    with pytest.raises(MissingError):
        ledger.drop_view(mine.id, by=EDITOR)


def test_settings_are_checked_and_kept(ledger: Ledger) -> None:
    wanted = LedgerSettings.made(title="台账", prefix="X1", thresholds={"due_soon": 9})
    assert ledger.set_settings(wanted, by=OFFICE) == wanted == ledger.settings
    assert ledger.book().thresholds.due_soon == 9
    for wrong in (
        {"prefix": "wh"},
        {"thresholds": {"due_soon": -1}},
        {"thresholds": {"nothing": 1}},
        {"colour": 1},
        {"title": "x" * 99},
    ):
        with pytest.raises(InputError):
            LedgerSettings.made(**wrong)
    with pytest.raises(ForbiddenError):
        ledger.set_settings(wanted, by=CITY)
