"""The example ledger: all of the way in it, and every word of it marked as invented."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from onecity.core.errors import InputError
from onecity.core.working_days import WorkingCalendar
from onecity.identity import Actor
from onecity.programme.ledger import example
from onecity.programme.ledger.model import Gate, Kind, State, Strand
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.rules import Mark
from onecity.programme.ledger.store import Ledger

CALENDAR = WorkingCalendar.china()


def opened(folder: Path, day: date) -> Ledger:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return Ledger.open(folder / "台账.sqlite", clock=lambda: at, calendar=CALENDAR)


# In the working week, in the Spring Festival, on the first day of a year.
@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 2, 17), date(2027, 1, 1)])
def test_the_example_holds_every_step_kind_and_strand_on_any_day(tmp_path: Path, day: date) -> None:
    with opened(tmp_path, day) as ledger:
        items = example.fill(ledger, Actor.local())
        book = ledger.book()
        assert 40 <= len(items) == len(book.items) <= 60
        assert {one.state for one in items} == set(State)
        assert {one.kind for one in items} == set(Kind)
        assert {one.strand for one in items} == set(Strand)
        assert {one.gate for one in items} == {*Gate, None}
        assert {one.mark for one in book.standings.values()} >= set(Mark) - {Mark.DUE_SOON}
        assert len({book.city(one) for one in items} - {None}) == 9
        across = [one for one in items for each in one.depends_on if each.item in book.items]
        assert len(across) >= 8
        assert any(one.payments and one.budget and one.milestones for one in items)
        assert bool(ledger.reminders()) is CALENDAR.is_working(day)
        assert len(ledger.meetings()) == 2
        for one in items:
            history = ledger.history(one.id)
            assert [each.at for each in history] == sorted(each.at for each in history)
            assert max(each.at for each in history) <= ledger.office.clock()
            assert book.pasts[one.id] == Past.of(history)


def test_everything_says_that_it_is_invented(tmp_path: Path) -> None:
    with opened(tmp_path, date(2026, 11, 23)) as ledger:
        for one in example.fill(ledger, Actor.local()):
            assert one.example
            assert one.title.startswith(example.MARK)
            assert "虚构" in one.source
            assert "示例" in one.owner
            assert one.number.startswith(f"{example.PREFIX}-")
            assert all("示例" in event.text for event in ledger.history(one.id) if event.text)
        assert all("示例" in unit.name for unit in ledger.register)
        assert ledger.settings.example


def test_a_ledger_that_holds_something_is_left_as_it_is(store_url: str) -> None:
    at = datetime(2026, 11, 23, 1, tzinfo=UTC)
    if "://" not in store_url:
        Path(store_url).parent.mkdir(parents=True)
    with Ledger.open(store_url, clock=lambda: at, calendar=CALENDAR) as ledger:
        example.fill(ledger, Actor.local())
        before = ledger.book().revision
        with pytest.raises(InputError):
            example.fill(ledger, Actor.local())
        assert ledger.book().revision == before
        assert ledger.office.trail.verify().sound
        assert ledger.verify() == ()


def test_who_may_not_fill_it_leaves_it_empty(tmp_path: Path) -> None:
    with opened(tmp_path, date(2026, 11, 23)) as ledger:
        with pytest.raises(PermissionError):
            example.fill(ledger, Actor.guest())
        assert not ledger.book().items
        assert not len(ledger.register)
