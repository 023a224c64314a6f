"""Rows are what the checked readers make of them, and the past is kept step by step."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import StoreError
from onecity.programme.ledger.kinds import What
from onecity.programme.ledger.model import (
    BudgetLine,
    Dependency,
    Event,
    Finding,
    Item,
    Measure,
    Milestone,
    Payment,
    Place,
    Unit,
)
from onecity.programme.ledger.past import NO_PAST, Past
from onecity.programme.ledger.records import from_text
from onecity.programme.ledger.store import rows
from tests.programme.ledger.samples import ID, NOON, OTHER, item, unit

DAY = date(2026, 6, 30)
POINT = {"type": "Point", "coordinates": [114.3, 30.6]}
FULL = item(
    text="多行\n文字 “引号” \U0001f309",
    owner="张处长",
    supporting_units=("hg-dot",),
    gate="implementation",
    milestones=(Milestone.made(name="可研", due=DAY, done_on=DAY, weight=2.5),),
    measures=(Measure.made(name="里程", unit="km", target=3.25, value=1.5, at=DAY),),
    budget=(BudgetLine.made(name="中央", year=2026, amount=Decimal("1200.5")),),
    payments=(Payment.made(date=DAY, amount=Decimal(7), to="某公司"),),
    place=Place.made(geometry=POINT, counties=("420704",)),
    finding=Finding.made(
        strand="transport", key="k", region="r", benefit=1e-3, unit="min", promised_on=DAY
    ),
    depends_on=(Dependency.made(item=OTHER, lag_days=-3),),
    meeting=OTHER,
    start=DAY,
)


@pytest.mark.parametrize("one", [FULL, item(), item(state="suspended", back_to="signed")])
def test_an_item_comes_back_as_the_checked_reader_reads_it(one: Item) -> None:
    text = rows.text_of(one)
    assert rows.item(text) == one == from_text(Item, text, "test")
    assert rows.text_of(rows.item(text)) == text


def test_other_rows_come_back_too_and_damaged_ones_are_said_to_be() -> None:
    office = unit("a", valid_from=DAY, valid_to=DAY, replaced_by=("b",), name_en="A")
    assert (
        rows.unit(rows.text_of(office)) == office == from_text(Unit, rows.text_of(office), "test")
    )
    event = Event.made(
        item=ID, at=NOON, who="甲", unit="a", what="edited", evidence=(OTHER,), after={"due": None}
    )
    assert rows.event(rows.text_of(event)) == event
    for read in (rows.item, rows.event, rows.unit, rows.attachment, rows.past):
        for wrong in ("", "{}", "[1]", '{"id": 3', rows.text_of(FULL)[:-9], "null"):
            with pytest.raises(StoreError):
                read(wrong)


events = st.builds(
    Event,
    item=st.just(ID),
    at=st.integers(0, 90).map(lambda days: datetime(2026, 1, 1, 20, tzinfo=UTC) + timedelta(days)),
    who=st.just("甲"),
    unit=st.none(),
    what=st.sampled_from(list(What)),
    before=st.sampled_from([{}, {"due": "2026-06-30"}, {"due": None}]),
    after=st.sampled_from([{}, {"due": "2026-07-31"}, {"due": "2026-05-31"}]),
)


@given(st.lists(events, max_size=12))
def test_a_past_kept_event_by_event_is_that_of_the_whole_history(history: list[Event]) -> None:
    past = NO_PAST
    for one in history:
        past = rows.past(rows.text_of(past.after(one)))
    assert past == Past.of(history)
