"""The ledger as a workbook: out and in again, edited, damaged, and out of date."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from onecity.core.errors import InputError
from onecity.core.ids import new_id
from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES, Language
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger import workbook
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Intake, Problem
from onecity.programme.ledger.kinds import Gate, Kind, Level, Strand
from onecity.programme.ledger.model import (
    BudgetLine,
    Dependency,
    Item,
    Measure,
    Milestone,
    Payment,
    Place,
    State,
)
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.workbook.forms import BASE, FORMS, ITEMS, Form
from tests.programme.ledger.samples import ID, NOON, OTHER, item, unit

TODAY = date(2026, 3, 9)
CALENDAR = WorkingCalendar.weekends()
REGISTER = Register.of(
    [
        unit("wh-dot", name="武汉市交通运输局"),
        unit("ez-dot", name="鄂州市交通运输局"),
        unit("hg-dot", name="黄冈市交通运输局", valid_from=date(2020, 1, 1)),
        unit("odd", name="教育、体育局"),
        unit("a1", name="同名局"),
        unit("a2", name="同名局"),
    ]
)
FULL = item(
    text="第一行\n=SUM(A1:A9)",
    supporting_units=("odd", "a1"),
    strand="transport",
    start=date(2026, 3, 3),
    gate="implementation",
    milestones=(
        Milestone.made(name="施工许可", due=date(2026, 5, 1), done_on=date(2026, 4, 28)),
        Milestone.made(name="通车", due=date(2026, 12, 1), weight=2.5),
    ),
    measures=(Measure.made(name="绕行", unit="公里", baseline=12.5, target=3.0, source="测算"),),
    budget=(
        BudgetLine.made(name="土建", year=2026, amount=Decimal("923456789012345.67")),
        BudgetLine.made(name="征迁", year=2027, amount=Decimal("0.10")),
    ),
    payments=(Payment.made(date=date(2026, 3, 5), amount=Decimal("1200.50"), to="甲公司"),),
    place=Place.made(
        geometry={"type": "Point", "coordinates": [114.5, 30.5]}, counties=("420115",)
    ),
    source="座谈会纪要",
)
NEXT = item(
    id=OTHER, number="WH-2026-0018", title="通车后公交延伸", depends_on=(Dependency.made(item=ID),)
)


def book_of(*items: Item) -> Book:
    return Book.of(items, {}, REGISTER, CALENDAR, TODAY, revision=7)


BOOK = book_of(FULL, NEXT)
WRITTEN = workbook.content(BOOK.items.values(), REGISTER, revision=7)


def edited(change: Callable[[Workbook], object], content: bytes = WRITTEN) -> bytes:
    """A workbook after somebody worked on it."""
    book = load_workbook(BytesIO(content))
    change(book)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def column(form: Form, name: str) -> int:
    return [one.name for one in form.columns].index(name) + 1


def at(book: Workbook, form: Form, row: int, name: str, language: Language = "zh") -> Any:
    return book[form.title(language)].cell(row, column(form, name))


def put(form: Form, row: int, **values: Any) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        for name, value in values.items():
            at(book, form, row, name).value = value

    return change


def form_of(key: str) -> Form:
    return next(one for one in FORMS if one.key == key)


def read(content: bytes, book: Book = BOOK) -> Intake:
    return workbook.read(content, "台账.xlsx", book)


def read_after(*changes: Callable[[Workbook], object], book: Book = BOOK) -> Intake:
    return read(edited(lambda one: [change(one) for change in changes]), book)


def told(found: Iterable[Problem]) -> list[tuple[str, str, str]]:
    return [(one.message.key.partition(".")[2], one.sheet, one.cell) for one in found]


def spoken(found: Sequence[Problem]) -> None:
    """Every sentence can be said in both languages."""
    for one in found:
        for language in LANGUAGES:
            assert one.text(language)


# --- Nothing changed -----------------------------------------------------------------------------


def test_what_was_written_is_read_without_a_change() -> None:
    for content in (WRITTEN, edited(lambda _: None)):
        found = read(content)
        assert (found.new, found.edited, found.unchanged) == ((), (), 2)
        assert found.problems == ()
        assert found.revision == 7


TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t=#+-@'\"；、,"),
    max_size=30,
)
NAMES = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)
DAYS = st.dates(date(2025, 1, 1), date(2030, 12, 31))
MONEY = st.integers(0, 10**17).map(lambda cents: Decimal(cents) / 100)
NUMBERS = st.floats(-1e300, 1e300)
CODES = st.sampled_from(sorted(REGISTER.units))


@st.composite
def items(draw: st.DrawFn) -> Item:
    due = draw(st.none() | DAYS)
    latest = due or date(2030, 12, 31)
    before = st.dates(date(2024, 1, 1), latest)
    lead, answers, *others = draw(st.lists(CODES, min_size=2, unique=True))
    return Item.made(
        id=new_id(NOON, draw(st.integers(0, 2**80 - 1))),
        number=f"WH-{draw(st.integers(0, 10**9))}",
        kind="project",
        title=draw(NAMES),
        created=NOON,
        changed=NOON,
        text=draw(TEXTS),
        strand=draw(st.sampled_from(Strand)),
        level=draw(st.sampled_from(Level)),
        lead_unit=draw(st.sampled_from([lead, None])),
        responsible_unit=draw(st.sampled_from([answers, None])),
        supporting_units=tuple(others),
        owner=draw(NAMES),
        start=draw(st.none() | before),
        due=due,
        gate=draw(st.none() | st.sampled_from(Gate)),
        deliverable=draw(TEXTS),
        milestones=tuple(
            Milestone.made(name=name, due=day, weight=abs(weight))
            for name, day, weight in draw(st.lists(st.tuples(NAMES, before, NUMBERS), max_size=2))
        ),
        measures=tuple(
            Measure.made(name=name, unit=each, target=target, source=source)
            for name, each, target, source in draw(
                st.lists(st.tuples(NAMES, TEXTS.map(_line), NUMBERS, TEXTS), max_size=2)
            )
        ),
        budget=tuple(
            BudgetLine.made(name=name, year=2026, amount=amount)
            for name, amount in draw(st.lists(st.tuples(NAMES, MONEY), max_size=2))
        ),
        payments=tuple(
            Payment.made(date=day, amount=amount, to=to)
            for day, amount, to in draw(
                st.lists(st.tuples(DAYS, MONEY, TEXTS.map(_line)), max_size=2)
            )
        ),
        currency=draw(st.sampled_from(["CNY", "EUR"])),
        source=draw(TEXTS),
    )


def _line(text: str) -> str:
    return " ".join(text.split())


@settings(max_examples=12)
@given(st.lists(items(), min_size=1, max_size=3, unique_by=(lambda x: x.id, lambda x: x.number)))
def test_any_items_written_are_read_without_a_change(several: list[Item]) -> None:
    book = book_of(*several)
    for language in LANGUAGES:
        content = workbook.content(several, REGISTER, language=language)
        found = read(content, book)
        assert found.faults == ()
        assert (found.new, found.edited, found.unchanged) == ((), (), len(several))
    # The same rows without what the file remembers of itself: values alone say the same.
    plain = edited(lambda one: one.remove(one[BASE]), content)
    assert (read(plain, book).edited, read(plain, book).faults) == ((), ())


@settings(max_examples=12)
@given(items(), NAMES, TEXTS, st.sampled_from(Strand), MONEY)
def test_an_edited_cell_is_exactly_that_field(
    one: Item, owner: str, text: str, strand: Strand, amount: Decimal
) -> None:
    book = book_of(one)

    def change(file: Workbook) -> None:
        # What begins like a formula is typed with an apostrophe: it is a text all the same.
        for name, value in {"owner": owner, "text": text, "strand": strand.text("zh")}.items():
            cell = at(file, ITEMS, 3, name)
            cell.value = value
            if isinstance(cell.value, str):
                cell.data_type = "s"
        if one.budget:
            at(file, form_of("budget"), 3, "amount").value = str(amount)

    found = read(edited(change, workbook.content([one], REGISTER)), book)
    assert found.faults == ()
    expected: dict[str, Any] = {
        name: value
        for name, value in {"owner": owner, "text": text.strip(), "strand": strand}.items()
        if value != getattr(one, name)
    }
    if one.budget and one.budget[0].amount != amount:
        first = BudgetLine.made(name=one.budget[0].name, year=2026, amount=amount)
        expected["budget"] = (first, *one.budget[1:])
    got = {} if not found.edited else dict(found.edited[0].fields)
    for name in {"text", "owner"} & got.keys():
        got[name] = got[name].replace("\ufffd", "?")
        expected[name] = expected[name].replace("\ufffe", "?").replace("\uffff", "?")
        expected[name] = expected[name].replace("\ufffd", "?")
    assert got == expected


# --- Edits ---------------------------------------------------------------------------------------


def test_an_edit_names_the_item_the_version_and_the_field() -> None:
    found = read_after(put(ITEMS, 3, owner="王工"))
    (edit,) = found.edited
    assert (edit.id, edit.seen, dict(edit.fields)) == (ID, FULL.version, {"owner": "王工"})
    assert (found.unchanged, found.problems) == (1, ())


def test_counties_change_the_place_and_leave_its_shape() -> None:
    (edit,) = read_after(put(ITEMS, 3, counties="420115；420703")).edited
    assert edit.fields["place"] == Place.made(
        geometry=FULL.place and FULL.place.geometry, counties=("420115", "420703")
    )


def test_a_due_date_that_moves_needs_a_reason() -> None:
    found = read_after(put(ITEMS, 3, due=date(2027, 1, 31)))
    assert told(found.faults) == [("edit_due", "事项", f"{_letter('reason')}3")]
    found = read_after(put(ITEMS, 3, due=date(2027, 1, 31), reason="征迁未完"))
    assert found.sound
    assert found.edited[0].reason == "征迁未完"


def test_a_deleted_row_takes_a_part_out_and_never_an_item() -> None:
    found = read_after(lambda one: one["里程碑"].delete_rows(3))
    assert found.edited[0].fields == {"milestones": FULL.milestones[1:]}
    found = read_after(lambda one: one["事项"].delete_rows(4))
    assert (found.edited, found.unchanged) == ((), 1)
    assert "rows_gone" in [key for key, _, _ in told(found.warnings)]
    assert found.sound


def test_a_new_row_is_a_new_item_with_its_parts() -> None:
    found = read_after(
        put(ITEMS, 5, number="新1", title="跨市公交", kind="项目", due="2026年6月底前"),
        put(ITEMS, 5, responsible_unit="鄂州市交通运输局"),
        put(form_of("milestones"), 5, number="新1", name="选线", due=46113),
    )
    assert found.sound
    (new,) = found.new
    assert new == {
        "title": "跨市公交",
        "kind": Kind.PROJECT,
        "responsible_unit": "ez-dot",
        "due": date(2026, 6, 30),
        "milestones": (Milestone.made(name="选线", due=date(2026, 4, 1)),),
    }
    keys = [one.message.key for one in found.problems]
    assert keys.count("workbook.date_read") == 2
    spoken(found.problems)


def _letter(name: str, form: Form = ITEMS) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column(form, name) - 1]


# --- Bad input: everything at its cell -----------------------------------------------------------


def formula(form: Form, row: int, name: str) -> Callable[[Workbook], None]:
    return put(form, row, **{name: "=1+1"})


BUDGET, PAYMENTS, DEPENDS = form_of("budget"), form_of("payments"), form_of("depends_on")
BAD: list[tuple[str, Callable[[Workbook], object], str, Form, int]] = [
    ("merged", lambda one: one["预算"].merge_cells("E3:E4"), "amount", BUDGET, 3),
    ("not_number", put(BUDGET, 3, amount="一大笔"), "amount", BUDGET, 3),
    ("myriads", put(BUDGET, 3, amount="1200万元"), "amount", BUDGET, 3),
    ("money_negative", put(BUDGET, 3, amount=-5), "amount", BUDGET, 3),
    ("money_decimals", put(PAYMENTS, 3, amount=1.005), "amount", PAYMENTS, 3),
    ("mixed_currencies", put(BUDGET, 4, currency="USD"), "currency", BUDGET, 4),
    ("formula_without_value", formula(BUDGET, 3, "amount"), "amount", BUDGET, 3),
    ("date_for_number", put(BUDGET, 3, amount=datetime(2026, 1, 1)), "amount", BUDGET, 3),  # noqa: DTZ001
    ("unknown_unit", put(ITEMS, 3, lead_unit="武汉交通局"), "lead_unit", ITEMS, 3),
    ("unit_ambiguous", put(ITEMS, 3, lead_unit="同名局"), "lead_unit", ITEMS, 3),
    ("days_order", put(ITEMS, 3, start=date(2027, 5, 1)), "due", ITEMS, 3),
    ("not_date", put(ITEMS, 3, start="下次会议"), "start", ITEMS, 3),
    ("date_unclear", put(ITEMS, 3, start="持续推进"), "start", ITEMS, 3),
    ("not_choice", put(ITEMS, 3, strand="航天"), "strand", ITEMS, 3),
    ("fixed_way", put(ITEMS, 3, state="已办结"), "state", ITEMS, 3),
    ("fixed_way", put(ITEMS, 3, progress=80), "progress", ITEMS, 3),
    ("fixed", put(ITEMS, 3, assigned_on=date(2026, 3, 3)), "assigned_on", ITEMS, 3),
    ("number_changed", put(ITEMS, 3, number="WH-1"), "number", ITEMS, 3),
    ("twice", put(ITEMS, 4, number="WH-2026-0017", id=ID), "number", ITEMS, 4),
    ("unknown_id", put(ITEMS, 4, id=new_id(NOON, 99)), "number", ITEMS, 4),
    ("empty", put(ITEMS, 3, title=None), "title", ITEMS, 3),
    ("edit_unit", put(ITEMS, 3, responsible_unit="hg-dot"), "responsible_unit", ITEMS, 3),
    ("unknown_number", put(DEPENDS, 3, item="WH-2026-0071"), "item", DEPENDS, 3),
    ("ring", put(DEPENDS, 4, number="WH-2026-0017", item="WH-2026-0018"), "item", DEPENDS, 4),
]  # fmt: skip


@pytest.mark.parametrize(("key", "change", "name", "form", "row"), BAD, ids=[one[0] for one in BAD])
def test_bad_input_is_told_at_its_cell(
    key: str, change: Callable[[Workbook], object], name: str, form: Form, row: int
) -> None:
    found = read_after(change)
    spoken(found.problems)
    assert not found.sound
    cell = f"{_letter(name, form)}{row}"
    places = [(kind, sheet, at.partition(":")[0]) for kind, sheet, at in told(found.faults)]
    assert (key, form.title("zh"), cell) in places
    one = found.faults[0]
    assert (one.row, one.severity) == (row if key != "ring" else one.row, Severity.FAULT)
    # The copy has the mark at the same cell, and the problem in its list.
    copy = load_workbook(BytesIO(workbook.annotated(edited(change), "台账.xlsx", found.problems)))
    marked = copy[form.title("zh")][cell]
    assert marked.comment is not None
    assert copy.worksheets[0].max_row >= 3 + len(found.problems)


def test_a_unit_that_is_not_known_is_answered_with_the_nearest() -> None:
    (one,) = read_after(put(ITEMS, 3, lead_unit="武汉交通局")).faults
    assert "武汉市交通运输局" in one.text("zh")


def test_what_is_hidden_is_read_and_told() -> None:
    def hide(book: Workbook) -> None:
        book["事项"].row_dimensions[3].hidden = True
        book["事项"].column_dimensions[_letter("owner")].hidden = True
        at(book, ITEMS, 3, "owner").value = "王工"

    found = read_after(hide)
    assert [key for key, _, _ in told(found.warnings)] == ["columns_hidden", "rows_hidden"]
    assert found.edited[0].fields == {"owner": "王工"}


def test_sheets_and_headings_may_stand_elsewhere_but_not_under_other_names() -> None:
    def shift(book: Workbook) -> None:
        book["事项"].insert_rows(1, 2)
        book.move_sheet("事项", 6)
        del book["支付"]

    found = read_after(shift)
    assert [key for key, _, _ in told(found.problems)] == ["sheet_missing"]
    assert found.unchanged == 2
    found = read_after(put(ITEMS, 1, owner="责任人员"), put(ITEMS, 2, owner="Who"))
    assert [key for key, _, _ in told(found.faults)] == ["header_renamed"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "not_xlsx"),
        (b"text", "not_xlsx"),
        (b"PK\x03\x04 broken", "damaged"),
        (WRITTEN[:4000], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_xls"),
    ],
    ids=["nothing", "text", "zip", "half", "xls"],
)
def test_what_is_no_workbook_is_refused(content: bytes, key: str) -> None:
    with pytest.raises(InputError) as told:
        read(content)
    assert told.value.key == f"workbook.{key}"
    assert told.value.values["path"] == "台账.xlsx"


# --- Out of date ---------------------------------------------------------------------------------


def test_what_others_changed_meanwhile_stays_and_what_meets_is_a_conflict() -> None:
    newer = FULL.changed_to(version=2, deliverable="竣工报告", owner="李工", progress=40)
    book = book_of(newer, NEXT)
    # Nothing edited in the file: nothing is taken back.
    found = read(WRITTEN, book)
    assert (found.edited, found.problems, found.unchanged) == ((), (), 2)
    # Another field: both changes stand, and the edit is one of the newer version.
    (edit,) = read_after(put(ITEMS, 3, text="改写"), book=book).edited
    assert (edit.seen, edit.fields) == (2, {"text": "改写"})
    # The same field: told at its cell, with both values; nothing is edited.
    found = read_after(put(ITEMS, 3, owner="王工"), book=book)
    assert told(found.faults) == [("conflict", "事项", f"{_letter('owner')}3")]
    assert found.edited == ()
    assert all(name in found.faults[0].text("zh") for name in ("王工", "李工"))
    spoken(found.faults)


def test_without_what_the_file_remembers_an_older_version_is_a_conflict_of_the_row() -> None:
    book = book_of(FULL.changed_to(version=2, owner="李工"), NEXT)
    found = read_after(lambda one: one.remove(one[BASE]), book=book)
    assert told(found.faults) == [("changed_since", "事项", "A3")]


def test_a_file_whose_memory_was_tampered_with_is_still_read() -> None:
    def tamper(book: Workbook) -> None:
        book[BASE].cell(2, 4).value = '{"title": "x"}'
        book[BASE].cell(3, 4).value = "no JSON"
        at(book, ITEMS, 3, "owner").value = "王工"

    found = read_after(tamper)
    assert found.problems == ()
    assert [dict(one.fields) for one in found.edited] == [{"owner": "王工"}]


def test_an_item_that_has_ended_is_not_edited() -> None:
    ended = FULL.changed_to(state=State.CANCELLED, closed_on=TODAY)
    book = book_of(ended, NEXT)
    content = workbook.content(book.items.values(), REGISTER)
    found = read(edited(put(ITEMS, 3, owner="王工"), content), book)
    assert [key for key, _, _ in told(found.faults)] == ["edit_ended"]
