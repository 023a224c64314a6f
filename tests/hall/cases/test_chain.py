"""When a life event is over: against every path through its steps, one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.working_days import WorkingCalendar
from onecity.hall.cases.chain import Expected, Link, end_of_limit, expected
from onecity.hall.catalogue.model import Limit, TimeUnit

CHINA = WorkingCalendar.china()
OPENED = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday morning
LIMITS = st.none() | st.builds(
    Limit, st.integers(0, 12).map(float), st.sampled_from(list(TimeUnit))
)
DAYS = st.integers(0, 20).map(lambda days: OPENED + timedelta(days=days))


@st.composite
def chains(draw: st.DrawFn) -> list[Link]:
    """Return steps that wait for earlier ones, some begun, over or standing still."""
    links: list[Link] = []
    for place in range(draw(st.integers(1, 6))):
        waits = draw(st.frozensets(st.integers(0, place - 1))) if place else frozenset()
        begun = draw(st.none() | DAYS)
        links.append(
            Link(
                waits,
                draw(LIMITS),
                begun,
                draw(st.none() | DAYS) if begun else None,
                draw(st.none() | DAYS) if begun else None,
                draw(st.booleans()) if begun else False,
            )
        )
    return links


def paths(links: list[Link], place: int) -> Iterator[list[int]]:
    """Yield every way through the steps that ends at one of them."""
    link = links[place]
    if not link.waits or link.begun is not None:
        yield [place]
        return
    for before in link.waits:
        for path in paths(links, before):
            yield [*path, place]


def walked(links: list[Link], path: list[int]) -> datetime | None:
    """Return when a path is over; None where it stands still on the way."""
    at = OPENED
    for place in path:
        link = links[place]
        if link.ended is not None:
            at = link.ended
        elif link.stands:
            return None
        elif link.begun is not None:
            at = link.due or end_of_limit(link.limit, link.begun, CHINA)
        else:
            at = end_of_limit(link.limit, at, CHINA)
    return at


@settings(max_examples=60, deadline=None, derandomize=True)
@given(chains())
def test_the_whole_is_over_with_the_last_of_all_paths(links: list[Link]) -> None:
    ends = []
    for place in range(len(links)):
        all_ = [walked(links, path) for path in paths(links, place)]
        known = [one for one in all_ if one is not None]
        ends.append(max(known) if len(known) == len(all_) else None)
    found = expected(links, CHINA, OPENED)
    assert found.ends == tuple(ends)
    assert found.stands == (None in ends)
    assert found.due == (None if None in ends else max(one for one in ends if one))


def test_weekends_and_hours_count_as_a_department_counts_them() -> None:
    three = Limit(3.0, TimeUnit.WORKING_DAY)
    hours = Limit(4.0, TimeUnit.HOUR)
    links = [Link(limit=three), Link(frozenset({0}), hours), Link(frozenset({0}), None)]
    found = expected(links, CHINA, OPENED)
    # Thursday at midnight; Friday at 14:30, after lunch; nothing at all.
    days = [one and one.astimezone(UTC).isoformat()[:16] for one in found.ends]
    assert days == ["2026-03-05T15:59", "2026-03-06T06:30", "2026-03-05T15:59"]


def test_a_circle_waits_for_nothing_in_it() -> None:
    one = Limit(1.0, TimeUnit.WORKING_DAY)
    links = [Link(frozenset({1}), one), Link(frozenset({0, 2}), one), Link(limit=one)]
    first, second, third = expected(links, CHINA, OPENED).ends
    assert first == third == end_of_limit(one, OPENED, CHINA)
    assert third is not None
    assert second == end_of_limit(one, third, CHINA)


def test_nothing_to_do_is_over_at_once() -> None:
    assert expected([], CHINA, OPENED) == Expected(OPENED, stands=False, ends=())
