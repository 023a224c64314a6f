"""Who may do what, as a table: every write, every role, in each place an item can lie."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from onecity.identity import BASIC, Actor, ForbiddenError
from onecity.programme.ledger.intake import Edited, Intake
from onecity.programme.ledger.kinds import State
from onecity.programme.ledger.model import Item
from onecity.programme.ledger.store import RULES_OF, Ledger, LedgerSettings
from onecity.programme.ledger.way import WAY, WORK, Move, Said
from tests.programme.ledger.samples import unit
from tests.programme.ledger.store.desk import (
    EZHOU,
    OFFICE,
    Hands,
    assigned,
    at_work,
    fields,
    opened,
    person,
    reported,
)

PEOPLE = {
    "guest": Actor.guest(),
    "viewer": person("viewer", "viewer", "ez-dot"),
    "planner": person("planner", "planner", "ez-dot"),
    "auditor": person("auditor", "auditor"),
    "editor": person("editor", "unit_editor", "ez-dot"),
    "editor of nothing": person("nobody", "unit_editor"),
    "city": person("city", "city_office", None, EZHOU),
    "circle": person("circle", "circle_office", "circle"),
    "administrator": person("administrator", "administrator"),
    "machine that reads": replace(OFFICE, scopes=frozenset({"ledger.items.view"})),
}
PLACES = {"own": "ez-dot", "sister": "ez-sci", "other city": "wh-dot", "no city": "hb"}
"""Where an item lies: its responsible unit, seen from the editor of ``ez-dot``."""
EVERYWHERE = {"circle", "administrator"}
OFFICES = {place: EVERYWHERE | {"city"} for place in ("own", "sister")}
OFFICES |= {"other city": EVERYWHERE, "no city": EVERYWHERE}
WORKERS = {**OFFICES, "own": OFFICES["own"] | {"editor"}}

Do = Callable[[Ledger, Item, Actor], object]


def moved(move: Move, said: Said | None = None) -> Do:
    return lambda ledger, item, by: ledger.move(item.id, move, said, seen=item.version, by=by)


def edited(**given: object) -> Do:
    said = Said(fields=given)
    return lambda ledger, item, by: ledger.edit(item.id, said, seen=item.version, by=by)


REASON = Said(text="原因")
ON_ITEMS: dict[str, tuple[str, Do, dict[str, set[str]]]] = {
    "assign": ("draft", moved(Move.ASSIGN), OFFICES),
    "sign": ("assigned", moved(Move.SIGN), WORKERS),
    "start": ("signed", moved(Move.START), WORKERS),
    "progress": ("at work", moved(Move.PROGRESS, Said("进展", 30)), WORKERS),
    "report": ("at work", moved(Move.REPORT, Said("办结", 100)), WORKERS),
    "accept": ("reported", moved(Move.ACCEPT), OFFICES),
    "return": ("reported", moved(Move.RETURN, REASON), OFFICES),
    "close": ("accepted", moved(Move.CLOSE), OFFICES),
    "suspend": ("at work", moved(Move.SUSPEND, REASON), OFFICES),
    "resume": ("suspended", moved(Move.RESUME), OFFICES),
    "cancel": ("at work", moved(Move.CANCEL, REASON), OFFICES),
    "remind": ("at work", moved(Move.REMIND), OFFICES),
    "escalate": ("at work", moved(Move.ESCALATE, REASON), OFFICES),
    "transfer": (
        "at work",
        lambda ledger, item, by: ledger.move(
            item.id,
            Move.TRANSFER,
            Said("转办", fields={"responsible_unit": item.responsible_unit}),
            seen=item.version,
            by=by,
        ),
        OFFICES,
    ),
    "comment": ("at work", moved(Move.COMMENT, REASON), WORKERS),
    "attach": (
        "at work",
        lambda ledger, item, by: ledger.attach(item.id, "a.txt", b"text", by=by),
        WORKERS,
    ),
    "edit": ("at work", edited(title="新"), OFFICES),
    "edit what is the unit's": ("at work", edited(owner="张"), WORKERS),
    "draft": (
        "at work",
        lambda ledger, item, by: ledger.draft(
            fields(lead_unit=None, responsible_unit=item.responsible_unit), by=by
        ),
        OFFICES,
    ),
    "take in an edit": (
        "at work",
        lambda ledger, item, by: ledger.take_in(
            Intake(edited=(Edited(item.id, item.version, {"title": "新"}),)), by=by
        ),
        OFFICES,
    ),
    "keep a meeting with an item": (
        "at work",
        lambda ledger, item, by: ledger.hold(
            {"title": "会", "held_on": ledger.today()},
            [fields(lead_unit=None, responsible_unit=item.responsible_unit)],
            by=by,
        ),
        OFFICES,
    ),
}
SEES = set(PEOPLE) - {"guest", "planner"}
ON_THE_WHOLE: dict[str, tuple[Callable[[Ledger, Actor], object], set[str]]] = {
    "enter a unit": (lambda ledger, by: ledger.set_unit(unit("new"), by=by), EVERYWHERE),
    "enter a unit of a city": (
        lambda ledger, by: ledger.set_unit(unit("new", city=EZHOU), by=by),
        EVERYWHERE,
    ),
    "rename a unit": (
        lambda ledger, by: ledger.replace_units(["hb"], [unit("hb2")], ledger.today(), by=by),
        EVERYWHERE,
    ),
    "write reminders": (lambda ledger, by: ledger.remind(by=by), EVERYWHERE),
    "change settings": (
        lambda ledger, by: ledger.set_settings(LedgerSettings(prefix="X"), by=by),
        EVERYWHERE,
    ),
    "keep a meeting": (
        lambda ledger, by: ledger.hold({"title": "会", "held_on": ledger.today()}, by=by),
        EVERYWHERE | {"city"},
    ),
    "keep a view": (lambda ledger, by: ledger.save_view("我的", {}, by=by), SEES),
    "publish a view": (
        lambda ledger, by: ledger.save_view("全员", {}, shared=True, by=by),
        EVERYWHERE | {"city"},
    ),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger for the whole table: every cell is undone again."""
    path = str(tmp_path_factory.mktemp("roles") / "office.sqlite")
    with opened(path, Hands()) as made:
        yield made


@pytest.fixture(scope="module")
def items(ledger: Ledger) -> dict[tuple[str, str], Item]:
    """An item in each state that the table needs, in each place."""
    found = {}
    for place, code in PLACES.items():
        given = {"responsible_unit": code, "lead_unit": "circle"}
        found["draft", place] = ledger.draft(fields(**given), by=OFFICE)
        found["assigned", place] = assigned(ledger, **given)
        one = assigned(ledger, **given)
        found["signed", place] = ledger.move(one.id, Move.SIGN, seen=one.version, by=OFFICE)
        found["at work", place] = at_work(ledger, **given)
        one = at_work(ledger, **given)
        found["suspended", place] = ledger.move(
            one.id, Move.SUSPEND, REASON, seen=one.version, by=OFFICE
        )
        found["reported", place] = reported(ledger, **given)
        one = reported(ledger, **given)
        found["accepted", place] = ledger.move(one.id, Move.ACCEPT, seen=one.version, by=OFFICE)
    return found


def may(ledger: Ledger, do: Callable[[], object]) -> bool:
    """Whether something is allowed; it is undone."""

    class Undone(Exception):  # noqa: N818  (no error)
        pass

    told = None
    with suppress(Undone), ledger.office.database.writing():
        try:
            do()
        except ForbiddenError as error:
            told = error
        raise Undone
    assert told is None or (told.text("zh") and told.text("en"))
    ledger._units = ledger._book = None  # what was undone may be remembered
    return told is None


@pytest.mark.parametrize("action", ON_ITEMS)
def test_who_may_change_which_items(
    ledger: Ledger, items: dict[tuple[str, str], Item], action: str
) -> None:
    state, do, allowed = ON_ITEMS[action]
    found = {
        place: {
            name
            for name, by in PEOPLE.items()
            if may(ledger, lambda by=by, place=place: do(ledger, items[state, place], by))  # type: ignore[misc]
        }
        for place in PLACES
    }
    assert found == allowed


@pytest.mark.parametrize("action", ON_THE_WHOLE)
def test_who_may_change_what_belongs_to_all(ledger: Ledger, action: str) -> None:
    do, allowed = ON_THE_WHOLE[action]
    assert {name for name, by in PEOPLE.items() if may(ledger, lambda by=by: do(ledger, by))} == (  # type: ignore[misc]
        allowed
    )


def test_every_write_and_every_move_stands_in_the_table() -> None:
    assert {one.value for one in Move} <= ON_ITEMS.keys()
    # What the library offers besides reads nothing but one's own, or is in the table.
    reads = {
        "open", "close", "today", "may_view", "by_of", "book", "get", "by_number", "history",
        "events", "attachments", "content", "meetings", "meeting", "views", "reminders", "inbox",
        "unread", "read", "verify", "register", "settings", "writing",
    }  # fmt: skip
    writes = {
        "draft", "draft_many", "move", "edit", "take_in", "attach", "set_unit", "add_units",
        "replace_units", "hold", "save_view", "drop_view", "remind", "set_settings",
    }  # fmt: skip
    offered = {one for one in dir(Ledger) if not one.startswith("_")}
    assert offered == reads | writes


def test_what_somebody_may_do_is_what_they_are_shown(
    ledger: Ledger, items: dict[tuple[str, str], Item]
) -> None:
    from onecity.programme.ledger.way import moves

    for name, by in PEOPLE.items():
        assert ledger.may_view(by) is (name in SEES)
        for (state, place), item in items.items():
            shown = moves(item, ledger.by_of(by, item))
            for move, step in WAY.items():
                if move.value in ON_ITEMS and item.state in step.states:
                    allowed = ON_ITEMS[move.value][2][place]
                    assert (move in shown) is (name in allowed), (name, state, place, move)
    assert items["at work", "own"].state is State.IN_PROGRESS
    assert WORK not in ledger.by_of(PEOPLE["viewer"], items["at work", "own"]).permissions


def test_a_unit_editor_speaks_on_what_their_unit_supports(ledger: Ledger) -> None:
    item = assigned(ledger, responsible_unit="wh-dot", lead_unit=None, supporting_units=("ez-dot",))
    editor = PEOPLE["editor"]
    assert may(ledger, lambda: moved(Move.COMMENT, REASON)(ledger, item, editor))
    assert may(ledger, lambda: ledger.attach(item.id, "a.txt", b"text", by=editor))
    assert not may(ledger, lambda: moved(Move.SIGN)(ledger, item, editor))


def test_the_rules_of_the_ledger_are_added_once_and_named() -> None:
    rules = RULES_OF(BASIC)
    assert RULES_OF(rules) is rules
    for told in (rules.permissions, rules.actions, rules.roles):
        assert all(one.text("zh") and one.text("en") for one in told.values())
