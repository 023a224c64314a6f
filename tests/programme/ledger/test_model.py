"""Values of the ledger: what they take, what they refuse, and that files keep them."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.ids import made_at, new_id
from onecity.core.working_days import EARLIEST, LATEST
from onecity.programme.ledger import checks
from onecity.programme.ledger.model import (
    Attachment,
    BudgetLine,
    Dependency,
    Event,
    Finding,
    Gate,
    Item,
    Kind,
    Level,
    Measure,
    Meeting,
    Milestone,
    Payment,
    Place,
    State,
    Strand,
    Unit,
    What,
)
from onecity.programme.ledger.records import changes, from_text, record
from tests.programme.ledger.samples import ID, NOON, OTHER, item


def full() -> Item:
    """An item with every field."""
    return item(
        text="第一行\r\n第二行",
        strand="transport",
        level="province",
        supporting_units=["hg-dot", "hs-dot"],
        owner="规划科科长",
        start=date(2026, 3, 9),
        progress=40,
        gate="implementation",
        deliverable="通车",
        milestones=[Milestone.made(name="开工", due=date(2026, 4, 1), done_on=date(2026, 4, 3))],
        measures=[
            Measure.made(
                name="跨市通行时间",
                unit="分钟",
                baseline=52,
                target=35.5,
                value=40,
                at=date(2026, 9, 1),
            )
        ],
        budget=[BudgetLine.made(name="土建", year=2026, amount=Decimal("120000000.50"))],
        payments=[Payment.made(date=date(2026, 5, 1), amount=10, to="某公司")],
        place=Place.made(
            geometry={"type": "LineString", "coordinates": [[114.3, 30.5, 12], [114.9, 30.4]]},
            counties=["420704"],
        ),
        finding=Finding.made(
            strand="transport",
            key="dead_end_3",
            region="a" * 64,
            benefit=1234.5,
            unit="person_hours",
            promised_on=date(2026, 1, 5),
        ),
        depends_on=[Dependency.made(item=OTHER, lag_days=5)],
        meeting=OTHER,
        source="联席会议纪要〔2026〕1号",
        example=True,
    )


def test_an_item_of_every_field_survives_a_file() -> None:
    whole = full()
    text = json.dumps(record(whole), ensure_ascii=False)
    assert from_text(Item, text, "a.json") == whole
    assert whole.text == "第一行\n第二行"
    assert whole.kind is Kind.PROJECT
    assert whole.gate is Gate.IMPLEMENTATION
    assert whole.budget_total == Decimal("120000000.50")
    assert whole.paid_total == 10
    assert whole.units == {"wh-dot", "ez-dot", "hg-dot", "hs-dot"}
    assert record(whole)["place"]["geometry"]["coordinates"] == [[114.3, 30.5], [114.9, 30.4]]


def test_the_other_values_survive_a_file() -> None:
    unit = Unit.made(
        code="ez-old",
        name="鄂州市规划局",
        name_en="Ezhou Planning",
        level=Level.CITY,
        city="420700",
        valid_to=date(2019, 2, 28),
        replaced_by=("ez-new",),
    )
    event = Event.made(
        item=ID,
        at=NOON,
        who="zhang",
        unit="ez-dot",
        what="reported",
        text="已完成",
        progress=100,
        evidence=[OTHER],
        before={"progress": 60},
        after={"progress": 100},
    )
    file = Attachment.made(
        id=OTHER,
        item=ID,
        name="验收\n报告 (1)／终.pdf",
        type="application/pdf",
        size=3,
        sha256="0" * 64,
        at=NOON,
        who="zhang",
    )
    meeting = Meeting.made(id=OTHER, title="第一次联席会议", held_on=date(2026, 1, 5), items=[ID])
    for one in (unit, event, file, meeting):
        kind: Any = type(one)
        assert from_text(kind, json.dumps(record(one)), "-") == one


@pytest.mark.parametrize(
    ("field", "wrong", "key"),
    [
        ("due", date(2026, 3, 1), "ledger.days_order"),
        ("due", None, "ledger.state_needs"),
        ("due", datetime(2026, 12, 31, tzinfo=UTC), "ledger.not_day"),
        ("due", date(2626, 12, 31), "ledger.day_range"),
        ("responsible_unit", None, "ledger.state_needs"),
        ("responsible_unit", "鄂州", "ledger.not_code"),
        ("supporting_units", ["a", "a"], "ledger.twice"),
        ("supporting_units", ["ez-dot"], "ledger.supports_itself"),
        ("progress", 101, "ledger.not_whole"),
        ("progress", -1, "ledger.not_whole"),
        ("progress", 50.0, "ledger.not_whole"),
        ("progress", True, "ledger.not_whole"),
        ("title", "  ", "ledger.text_missing"),
        ("title", "字" * 201, "ledger.text_long"),
        ("title", "甲\n乙", "ledger.text_control"),
        ("title", "甲\x00", "ledger.text_control"),
        ("title", "\ud800", "ledger.text_control"),
        ("title", 5, "ledger.not_text"),
        ("kind", "dream", "ledger.unknown_choice"),
        ("currency", "元", "ledger.not_currency"),
        ("id", "01", "ledger.not_id"),
        ("created", datetime(2026, 1, 1), "ledger.not_instant"),  # noqa: DTZ001
        ("closed_on", date(2026, 4, 1), "ledger.state_forbids"),
        ("back_to", "signed", "ledger.state_forbids"),
        ("reported_on", date(2026, 1, 1), "ledger.days_order"),
        ("depends_on", [Dependency(item=ID)], "ledger.depends_on_itself"),
        ("depends_on", [Dependency(item=OTHER)] * 2, "ledger.twice"),
        ("milestones", [Milestone(name="x", due=date(2027, 1, 1))], "ledger.days_order"),
        ("example", 1, "ledger.not_flag"),
    ],
)
def test_a_wrong_value_is_refused_and_its_field_named(field: str, wrong: object, key: str) -> None:
    with pytest.raises(InputError) as caught:
        item(**{field: wrong})
    assert caught.value.key == key
    named = checks.field_of(caught.value)
    assert named in {field, "due"} if key == "ledger.days_order" else named == field
    assert caught.value.text("zh")
    assert caught.value.text("en")


def test_only_projects_have_gates() -> None:
    with pytest.raises(InputError, match="阶段"):
        item(kind="policy_task", gate="operation")


@pytest.mark.parametrize("state", ["reported", "accepted", "closed"])
def test_what_is_reported_as_done_is_done(state: str) -> None:
    closed = date(2026, 6, 2) if state == "closed" else None
    done = item(state=state, progress=100, reported_on=date(2026, 6, 1), closed_on=closed)
    assert done.state == state
    with pytest.raises(InputError) as caught:
        done.changed_to(progress=99)
    assert caught.value.key == "ledger.done_is_all"
    with pytest.raises(InputError) as caught:
        done.changed_to(reported_on=None)
    assert caught.value.key == "ledger.state_needs"


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        (Decimal("-0.01"), "ledger.money_negative"),
        (Decimal("0.001"), "ledger.money_decimals"),
        (Decimal("NaN"), "ledger.not_money"),
        (Decimal("Infinity"), "ledger.not_money"),
        (Decimal("1e400"), "ledger.money_large"),
        (0.1, "ledger.not_money"),
        ("5", "ledger.not_money"),
        (True, "ledger.not_money"),
    ],
)
def test_money_is_exact_and_not_negative(amount: object, key: str) -> None:
    with pytest.raises(InputError) as caught:
        Payment.made(date=date(2026, 5, 1), amount=amount)
    assert caught.value.key == key


def test_currencies_are_not_mixed() -> None:
    assert checks.one_currency("amount", ["CNY", "CNY"]) == "CNY"
    with pytest.raises(InputError, match="CNY, USD"):
        checks.one_currency("amount", ["USD", "CNY"])


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        {"type": "Point"},
        {"type": "Point", "coordinates": [200, 0]},
        {"type": "Point", "coordinates": [30.5, 114.3]},
        {"type": "Point", "coordinates": [float("nan"), 0]},
        {"type": "LineString", "coordinates": [[1, 1]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Point", "coordinates": [10**400, 0]},
        {"type": [], "coordinates": []},
        [1],
        {"type": "MultiPoint", "coordinates": [[0.0, 0.0]] * 20_001},
    ],
)
def test_a_wrong_geometry_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError) as caught:
        Place.made(geometry=wrong)
    assert checks.field_of(caught.value) == "geometry"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("$.due", "2026-02-30", "ledger.file_day"),
        ("$.due", "2026-W05-1", "ledger.file_day"),
        ("$.created", "2026-01-01T00:00:00", "ledger.file_moment"),
        ("$.budget[0].amount", 12, "ledger.file_amount"),
        ("$.budget[0].amount", "1e5", "ledger.file_amount"),
        ("$.budget[0].amount", "1.234", "ledger.at_place"),
        ("$.milestones[0].done_on", 5, "ledger.file_day"),
        ("$.finding.benefit", "much", "ledger.at_place"),
        ("$.progress", 10**400, "ledger.at_place"),
        ("$.title", None, "programme.file_value"),
        ("$.supporting_units[1]", 3, "programme.file_value"),
        ("$.depends_on[0].itm", "x", "programme.file_unknown"),
    ],
)
def test_a_wrong_value_in_a_file_is_named_by_its_place(path: str, value: Any, words: str) -> None:
    told = record(full())
    at: Any = told
    steps = path.removeprefix("$.").replace("[", ".").replace("]", "").split(".")
    for step in steps[:-1]:
        at = at[int(step)] if step.isdigit() else at[step]
    at[int(steps[-1]) if steps[-1].isdigit() else steps[-1]] = value
    with pytest.raises(InputError) as caught:
        from_text(Item, json.dumps(told), "台账.json")
    assert caught.value.key == words
    assert path in str(caught.value)
    assert "台账.json" in str(caught.value)


def test_a_field_that_has_to_be_there_is_asked_for() -> None:
    told = record(full())
    del told["title"]
    with pytest.raises(InputError, match="标题"):
        from_text(Item, json.dumps(told), "-")


def test_changes_tell_what_differs() -> None:
    before = full()
    after = before.changed_to(progress=60, version=2, changed=NOON + timedelta(days=1))
    assert changes(before, after) == ({"progress": 40}, {"progress": 60})


def test_moments_are_kept_in_utc() -> None:
    china = timezone(timedelta(hours=8))
    assert item(created=NOON.astimezone(china)).created.tzinfo is UTC


def test_ids_sort_as_they_were_made() -> None:
    moments = [NOON + timedelta(milliseconds=step) for step in (0, 1, 1000, 10**10)]
    ids = [new_id(one) for one in moments]
    assert ids == sorted(ids)
    assert [made_at(one) for one in ids] == moments
    assert len({new_id(NOON) for _ in range(100)}) == 100
    with pytest.raises(InputError):
        new_id(datetime(2026, 1, 1))  # noqa: DTZ001


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
DAYS = st.dates(EARLIEST, LATEST)
MONEY = st.decimals(0, 10**15, places=2, allow_nan=False, allow_infinity=False)
FIGURES = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60)
@given(
    text=TEXT,
    strand=st.sampled_from(Strand),
    progress=st.integers(0, 100),
    budget=st.lists(MONEY, max_size=3),
    figure=FIGURES,
    days=st.lists(DAYS, min_size=3, max_size=3).map(sorted),
    point=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
)
def test_whatever_is_taken_survives_a_file(
    text: str,
    strand: Strand,
    progress: int,
    budget: list[Decimal],
    figure: float | None,
    days: list[date],
    point: tuple[float, float] | None,
) -> None:
    whole = item(
        text=text,
        strand=strand,
        progress=progress,
        assigned_on=days[0],
        start=days[1],
        due=days[2],
        budget=[BudgetLine.made(name="甲", year=2026, amount=one) for one in budget],
        measures=[Measure.made(name="甲", unit="", target=figure)],
        place=point and Place.made(geometry={"type": "Point", "coordinates": list(point)}),
    )
    assert from_text(Item, json.dumps(record(whole)), "-") == whole


def test_every_word_stands_in_both_languages() -> None:
    for kind in (Kind, Strand, Level, State, Gate, What):
        for one in kind:
            assert one.text("zh") != one.text("en")
