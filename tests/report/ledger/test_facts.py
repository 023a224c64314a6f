"""Every sentence against the data it is made from, told anew by plain counting."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.model import Event, Item, Meeting, State
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.register import Register
from onecity.programme.ledger.rules import Mark, blockers
from onecity.programme.ledger.way import day_of
from onecity.report.ledger import circle_summary, city_report, latest, meeting_pack, one_page
from onecity.report.ledger.data import COLUMNS, Report
from onecity.report.ledger.facts import figures, moment
from onecity.report.ledger.period import Day, Span, needed_from
from onecity.report.ledger.spoken import Money, Plain
from tests.programme.ledger.samples import item, unit
from tests.report.ledger.books import CITIES, DAY, book, items, returns, units

REPORTED = {State.REPORTED, State.ACCEPTED, State.CLOSED}
QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
PERIODS = (
    QUARTER,
    (date(2026, 5, 1), date(2026, 5, 31)),
    (date(2026, 3, 17), date(2026, 4, 9)),
    (date(2026, 6, 30), date(2026, 6, 30)),
    (date(2026, 6, 1), date(2026, 9, 30)),
)


# --- The twin: plain counting --------------------------------------------------------------------


class Twin:
    """What a report has to say, counted item by item and day by day."""

    def __init__(
        self, of: Book, codes: set[str] | None, first: date, last: date, events: list[Event] | None
    ) -> None:
        self.book, self.codes, self.first, self.last = of, codes, first, last
        self.events, self.end = events, min(last, of.day)
        mine = [one for one in of.items.values() if self.is_mine(one)]
        self.phases = {one.id: self.phase(one, self.end) for one in mine}
        self.mine = mine

    def is_mine(self, one: Item) -> bool:
        return self.codes is None or one.responsible_unit in self.codes

    @staticmethod
    def phase(one: Item, end: date) -> str:
        if one.assigned_on is None or one.assigned_on > end:
            return "not given"
        if one.state is State.CANCELLED:
            return "cancelled" if one.closed_on and one.closed_on <= end else "open"
        if one.state is State.SUSPENDED:
            return "paused"
        if one.state in REPORTED and one.reported_on and one.reported_on <= end:
            return "waiting" if one.state is State.REPORTED else "done"
        return "open"

    def late(self, one: Item, on: date) -> int:
        """Working days after the due date, walked day by day."""
        assert one.due is not None
        day = one.due
        while not self.book.calendar.is_working(day):
            day += timedelta(days=1)
        days = 0
        while day < on:
            day += timedelta(days=1)
            days += self.book.calendar.is_working(day)
        return days

    def of(self, phase: str) -> list[Item]:
        return [one for one in self.mine if self.phases[one.id] == phase]

    def waits(self, one: Item) -> list[Item]:
        begin = one.start or one.assigned_on
        if begin is None or begin > self.end:
            return []
        others = [self.book.items[each.item] for each in one.depends_on]
        over = {"done", "waiting", "cancelled"}
        return [
            each
            for each in others
            if (self.phase(each, self.end) not in over and each.state is not State.CANCELLED)
            or (each.state is State.CANCELLED and self.phase(each, self.end) == "open")
        ]

    def in_period(self, on: date | None) -> bool:
        return on is not None and self.first <= on <= self.last

    # What is said, in Chinese.

    def status(self, who: str) -> str:
        counts = {
            "已办结": len(self.of("done")),
            "待审核": len(self.of("waiting")),
            "在办": len(self.of("open")),
            "暂停": len(self.of("paused")),
        }
        every = sum(counts.values())
        head = f"{who}主责事项共{every}件" if who else f"台账共有事项{every}件"
        pieces = "、".join(f"{name}{count}件" for name, count in counts.items() if count)
        return f"截至{zh(self.end)}，{head}：{pieces}。"

    def standing(self) -> str:
        opened = self.of("open")
        late = [one for one in opened if self.late(one, self.end)]
        if not opened:
            return "目前没有在办事项。"
        if self.end == self.book.day:
            words = {
                Mark.OVERDUE: "逾期", Mark.BLOCKED: "受阻", Mark.AT_RISK: "有风险",
                Mark.DUE_SOON: "临期", Mark.ON_TIME: "正常",
            }  # fmt: skip
            marks = [self.book.standings[one.id].mark for one in opened]
            assert marks.count(Mark.OVERDUE) == len(late)
            pieces = [f"{words[m]}{marks.count(m)}件" for m in words if m in marks]
        else:
            counts = {"逾期": len(late), "未到期": len(opened) - len(late)}
            pieces = [f"{name}{count}件" for name, count in counts.items() if count]
        told = f"在办事项中，{'、'.join(pieces)}。"
        return told if late else told + "无逾期事项。"

    def done_piece(self) -> str:
        done = [one for one in self.of("done") if self.in_period(one.reported_on)]
        days = [self.late(one, one.reported_on or self.end) for one in done]
        late = [one for one in days if one]
        if not done:
            return "无办结事项"
        if not late:
            return f"办结{len(done)}件，{'均' if len(done) > 1 else ''}按期完成"
        if len(late) == len(done) == 1:
            return f"办结1件，逾期{late[0]}个工作日完成"
        if len(late) == len(done):
            return f"办结{len(done)}件，均逾期完成（最长{max(late)}个工作日）"
        return (
            f"办结{len(done)}件（按期{len(done) - len(late)}件、逾期{len(late)}件，"
            f"最长逾期{max(late)}个工作日）"
        )

    def period(self, span: str) -> str:
        counted = self.of("done") + self.of("waiting") + self.of("open")
        given = sum(self.in_period(one.assigned_on) for one in counted)
        told = f"{span}，{f'新交办{given}件' if given else '未新交办事项'}，{self.done_piece()}。"
        done = self.of("done")
        on_time = sum(self.late(one, one.reported_on or self.end) == 0 for one in done)
        if not done:
            return told
        if len(done) < 5:
            rate = f"{on_time}/{len(done)}（不足5件，不计比率）"
        else:
            rate = f"{100 * on_time / len(done):.0f}%（{on_time}/{len(done)}）"
        return f"{told}累计办结事项中，按期办结{rate}。"

    def compared(self, before: Span) -> str:
        then = Twin(self.book, self.codes, before.first, before.last, self.events)
        done = [
            sum(one.in_period(each.reported_on) for each in one.of("done")) for one in (then, self)
        ]
        late = [sum(one.late(each, one.end) > 0 for each in one.of("open")) for one in (then, self)]
        pieces = [change("办结", done, "件"), change("期末逾期未完成", late, "件")]
        if self.events is not None:
            back = [len(one.returned()) for one in (then, self)]
            pieces.append(change("退回", back, "次"))
        return f"与上期（{before.text('zh')}）相比，{'，'.join(pieces)}。"

    def returned(self) -> list[Event]:
        return [
            one
            for one in self.events or ()
            if self.in_period(day_of(one.at)) and self.is_mine(self.book.items[one.item])
        ]


def change(what: str, counts: list[int], noun: str) -> str:
    before, now = counts
    if before == now:
        return f"{what}均为{now}{noun}"
    return f"{what}由{before}{noun}{'增' if now > before else '降'}至{now}{noun}"


def zh(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def paragraphs(report: Report, chapter: str) -> list[str]:
    found = next(one for one in report.chapters if one.key == chapter)
    return [one.text("zh") for one in found.paragraphs]


def column(report: Report, table: str, name: str) -> list[object]:
    found = next(one for one in report.tables() if one.key == table)
    place = COLUMNS[table].index(name)
    return [row[place] for row in found.rows]


def numbers(report: Report, table: str) -> list[str]:
    """Return the numbers of a table's items, without the mark of examples."""
    return [
        one.text("zh").removesuffix("（示例）")  # type: ignore[attr-defined]
        for one in column(report, table, "number")
    ]


# --- City report and summary ---------------------------------------------------------------------


SEEDS_AND_PERIODS = [(seed, period) for seed in (1, 2) for period in PERIODS]


def with_twins(seed: int, period: tuple[date, date]) -> Iterator[tuple[Report, Twin, str]]:
    """Yield the report of each city and that of all, with its twin and whose it is."""
    several = items(60, seed)
    events = returns(several, seed)
    of = book(several)
    for code, name in CITIES.items():
        codes = {one.code for one in of.register if one.city == code}
        twin = Twin(of, codes, *period, events)
        yield city_report(of, code, *period, events=events), twin, name
    yield circle_summary(of, *period, events=events), Twin(of, None, *period, events), ""


@pytest.mark.parametrize(("seed", "period"), SEEDS_AND_PERIODS)
def test_the_overview_is_what_plain_counting_gives(seed: int, period: tuple[date, date]) -> None:
    for made, twin, who in with_twins(seed, period):
        told = paragraphs(made, "overview")
        assert told[0] == twin.status(who) + twin.standing()
        assert told[1] == twin.period(Span.of(*period).text("zh"))
        assert told[2] == twin.compared(Span.of(*period).before())


@pytest.mark.parametrize(("seed", "period"), SEEDS_AND_PERIODS)
def test_what_is_done_late_and_returned_is_what_plain_counting_gives(
    seed: int, period: tuple[date, date]
) -> None:
    for made, twin, _ in with_twins(seed, period):
        end = zh(twin.end)
        done = [one for one in twin.of("done") if twin.in_period(one.reported_on)]
        assert sorted(numbers(made, "done")) == sorted(one.number for one in done)
        waiting = len(twin.of("waiting"))
        piece = f"本期{twin.done_piece()}。" if done else "本期无办结事项。"
        more = f"另有{waiting}件已报送、待审核，未计入办结。" if waiting else ""
        assert paragraphs(made, "done") == [piece + more]

        late = {one.number: twin.late(one, twin.end) for one in twin.of("open")}
        late = {key: days for key, days in late.items() if days}
        rows = dict(zip(numbers(made, "late"), column(made, "late", "late"), strict=True))
        assert rows == late
        assert list(rows.values()) == sorted(late.values(), reverse=True)
        sentence = paragraphs(made, "late")[0]
        if not late:
            assert sentence == f"截至{end}，无逾期事项。"
        elif min(late.values()) < max(late.values()):
            low, high = min(late.values()), max(late.values())
            beginning = f"截至{end}，逾期未完成{len(late)}件，逾期{low}至{high}个工作日。"
            assert sentence.startswith(beginning)

        back = twin.returned()
        assert sorted(column(made, "returned", "why")) == sorted(one.text for one in back)  # type: ignore[type-var]
        if not back:
            assert paragraphs(made, "returned") == ["本期无退回事项。"]
        else:
            touched = len({one.item for one in back})
            head = f"本期退回{len(back)}次，涉及{touched}件，"
            assert paragraphs(made, "returned")[0].startswith(head)


@pytest.mark.parametrize(("seed", "period"), SEEDS_AND_PERIODS)
def test_what_is_next_and_what_is_needed_is_what_plain_counting_gives(
    seed: int, period: tuple[date, date]
) -> None:
    for made, twin, _ in with_twins(seed, period):
        ahead = made.facts.ahead
        soon = [
            one
            for one in twin.of("open")
            if not twin.late(one, twin.end) and one.due and one.due <= ahead.last
        ]
        assert sorted(numbers(made, "next")) == sorted(one.number for one in soon)
        later = sum(one.due is not None and one.due > twin.end for one in soon)
        told = paragraphs(made, "next")[0]
        words = f"到期{later}件" if later else "无到期事项"
        assert told.startswith(f"{ahead.text('zh')}，{words}。")
        come = len(soon) - later
        assert (f"另有{come}件时限已到、尚未逾期。" in told) == bool(come)
        assert ahead.first == twin.end + timedelta(days=1)
        assert twin.book.calendar.working_days_between(twin.end, ahead.last) >= 10

        held = {one.number: twin.waits(one) for one in twin.of("open")}
        pairs = sorted((key, each.number) for key, waits in held.items() for each in waits)
        shown = [re.match(r"[\w-]+", one.text("zh")) for one in column(made, "held", "waits")]  # type: ignore[attr-defined]
        assert sorted(zip(numbers(made, "held"), (m[0] for m in shown if m), strict=True)) == pairs
        count = sum(bool(waits) for waits in held.values())
        text = paragraphs(made, "help")[0]
        assert (f"{count}件因前置事项未完成而受阻" in text) == bool(count)
        paused = len(twin.of("paused"))
        assert (f"暂停{paused}件，需明确是否恢复。" in text) == bool(paused)

        measures = [
            each for phase in ("done", "waiting", "open") for one in twin.of(phase)
            for each in one.measures
        ]  # fmt: skip
        known = [one for one in measures if one.value is not None]
        reached = sum(one.value >= one.target for one in known if one.value and one.target)
        told = "未设量化指标。"
        if measures:
            value = "尚无实际值" if not known else f"已有实际值{len(known)}项，"
            met = f"其中达到目标{reached}项" if reached else "尚无达到目标的"
            told = f"设有量化指标{len(measures)}项，{value}{met if known else ''}。"
        assert paragraphs(made, "measures") == [told]


def test_of_today_the_figures_of_cities_are_those_of_the_book() -> None:
    of = book(items(200, 4))
    then = moment(of, of.day)

    def city(code: str) -> str:
        return of.register.units[code].city or ""

    assert figures(of, then, city) == of.figures("city")
    for one in of.items.values():
        if one.id in then.stands and one.is_open and one.state not in REPORTED | {State.SUSPENDED}:
            assert then.stands[one.id].waits == blockers(one, of.items)


def test_the_money_is_added_up() -> None:
    several = items(60, 2)
    made = circle_summary(book(several), *QUARTER)
    some = [
        one for one in several
        if one.budget and one.assigned_on and one.state not in {State.CANCELLED, State.SUSPENDED}
    ]  # fmt: skip
    planned = Decimal(5000) * len(some)
    words = f"{planned / 10_000:,f}".rstrip("0").rstrip(".") + "亿元"
    if planned < 10_000:
        words = f"{planned:,}万元"
    expected = (
        f"列有预算或支付的事项{len(some)}件，预算合计{words}，已支付{125 * len(some):,}万元。"
    )
    assert paragraphs(made, "overview")[3] == expected


@pytest.mark.parametrize(
    ("amount", "zh_words", "en_words"),
    [
        ("0", "0元", "0 yuan"),
        ("9999.5", "9,999.5元", "9,999.5 yuan"),
        ("10000", "1万元", "10,000 yuan"),
        ("12345678", "约1,234.57万元", "12,345,678 yuan"),
        ("100000000", "1亿元", "100,000,000 yuan"),
        ("123456000.50", "约1.2346亿元", "123,456,000.5 yuan"),
    ],
)
def test_money_is_told_as_papers_do_and_says_where_it_is_rounded(
    amount: str, zh_words: str, en_words: str
) -> None:
    assert Money(Decimal(amount)).text("zh") == zh_words
    assert Money(Decimal(amount)).text("en") == en_words


# --- Nothing, one, few ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_ledger_is_told_of_in_whole_sentences(language: str) -> None:
    of = book([])
    several = [
        circle_summary(of, *QUARTER, events=[]),
        city_report(of, "ezhou", *QUARTER),
        meeting_pack(of, DAY),
        one_page(of, *QUARTER),
    ]
    for made in several:
        assert not any(table.rows for table in made.tables())
        for chapter in made.chapters:
            assert chapter.paragraphs
            for one in chapter.paragraphs:
                text = one.text(language)  # type: ignore[arg-type]
                assert text.endswith(("。", "."))
                assert "{" not in text
    assert paragraphs(several[1], "overview") == ["截至2026年6月30日，鄂州市没有主责事项。"]
    assert paragraphs(several[0], "late") == ["截至2026年6月30日，无逾期事项。"]
    assert paragraphs(several[0], "help") == ["无需协调事项。"]


def test_a_city_without_items_says_so_and_others_do_not_count() -> None:
    of = book([item(responsible_unit="wuhan-dot", lead_unit="hb-drc")])
    made = city_report(of, "tianmen", *QUARTER)
    assert paragraphs(made, "overview") == ["截至2026年6月30日，天门市没有主责事项。"]
    assert made.figures[0].number == 0
    assert made.facts.before.done == 0


def test_one_is_told_as_one_in_english() -> None:
    of = book([item(responsible_unit="ezhou-dot", due=date(2026, 6, 29), lead_unit="hb-drc")])
    made = city_report(of, "ezhou", *QUARTER)
    words = [one.text("en") for chapter in made.chapters for one in chapter.paragraphs]
    assert words[0].startswith(
        "As of 30 June 2026, Ezhou Government answers for 1 item: 1 item open."
    )
    assert "On 30 June 2026: 1 item overdue, by 1 working day." in words
    assert not re.search(r"\b1 (items|working days|measures|reports)\b", " ".join(words))
    assert paragraphs(made, "late") == ["截至2026年6月30日，逾期未完成1件，逾期1个工作日。"]


@pytest.mark.parametrize("count", [4, 5])
def test_few_items_have_counts_and_no_rate(count: int) -> None:
    several = [
        item(
            id=one.id, number=f"N-{row}", state="closed", progress=100, lead_unit="hb-drc",
            responsible_unit="ezhou-dot", reported_on=date(2026, 5, 6), closed_on=date(2026, 5, 7),
        )
        for row, one in enumerate(items(count))
    ]  # fmt: skip
    made = circle_summary(book(several), *QUARTER)
    rate = column(made, "cities", "on_time")[0].text("zh")  # type: ignore[attr-defined]
    whole = " ".join(one.text("zh") for each in made.chapters for one in each.paragraphs)
    if count < 5:
        assert rate == "4/4"
        assert "%" not in whole
        assert "4/4（不足5件，不计比率）" in whole
    else:
        assert rate == "100%（5/5）"
        assert "100%（5/5）" in whole


def test_every_percentage_has_its_counts() -> None:
    for seed in (1, 2):
        made = circle_summary(book(items(300, seed)), *QUARTER)
        told = [one.text("zh") for each in made.chapters for one in each.paragraphs]
        told += [one.text("zh") for one in column(made, "cities", "on_time")]  # type: ignore[attr-defined]
        assert any("%" in one for one in told)
        for one in told:
            assert one.count("%") == len(re.findall(r"%（\d+/\d+）", one))


# --- Units and periods ---------------------------------------------------------------------------


def test_a_renamed_unit_is_shown_with_both_names_and_its_successor_answers_for_it() -> None:
    register = Register.of(units()).replaced(
        ["ezhou-dot"], [unit("ezhou-tb", name="鄂州市交通局", city="ezhou")], date(2026, 5, 1)
    )
    of = book([item(responsible_unit="ezhou-dot", due=date(2026, 5, 29))], register=register)
    for code in ("ezhou", "ezhou-tb"):
        made = city_report(of, code, *QUARTER)
        names = [one.text("zh") for one in column(made, "late", "unit")]  # type: ignore[attr-defined]
        assert names == ["鄂州市交通运输局（现为鄂州市交通局）"]
    earlier = city_report(of, "ezhou", date(2026, 4, 1), date(2026, 4, 30))
    assert [one.text("zh") for one in column(earlier, "next", "unit")] == ["鄂州市交通运输局"]  # type: ignore[attr-defined]


def test_a_unit_reports_for_those_below_it() -> None:
    of = book([item(responsible_unit="ezhou-dot"), item(id=items(2)[1].id, number="X-2",
              responsible_unit="hb-drc", lead_unit=None)])  # fmt: skip
    assert len(city_report(of, "ezhou-gov", *QUARTER).facts.all) == 1
    assert len(city_report(of, "hb-drc", *QUARTER).facts.all) == 1
    with pytest.raises(MissingError, match="atlantis"):
        city_report(of, "atlantis", *QUARTER)


def test_periods_that_cannot_be_are_refused() -> None:
    of = book([])
    with pytest.raises(InputError, match="2026-06-30"):
        circle_summary(of, date(2026, 6, 30), date(2026, 6, 29))
    with pytest.raises(InputError, match="2026-07-01"):
        circle_summary(of, date(2026, 7, 1), date(2026, 7, 31))


@pytest.mark.parametrize(
    ("first", "last", "zh_words", "en_words", "before"),
    [
        ((2026, 3, 1), (2026, 3, 31), "2026年3月", "March 2026", ((2026, 2, 1), (2026, 2, 28))),
        (
            (2026, 1, 1), (2026, 3, 31), "2026年第一季度", "First quarter of 2026",
            ((2025, 10, 1), (2025, 12, 31)),
        ),
        (
            (2026, 7, 1), (2026, 12, 31), "2026年下半年", "Second half of 2026",
            ((2026, 1, 1), (2026, 6, 30)),
        ),
        ((2026, 1, 1), (2026, 12, 31), "2026年", "2026", ((2025, 1, 1), (2025, 12, 31))),
        (
            (2026, 3, 5), (2026, 3, 5), "2026年3月5日", "5 March 2026",
            ((2026, 3, 4), (2026, 3, 4)),
        ),
        (
            (2026, 1, 5), (2026, 3, 9), "2026年1月5日至3月9日", "5 January to 9 March 2026",
            ((2025, 11, 2), (2026, 1, 4)),
        ),
        (
            (2025, 12, 30), (2026, 1, 2), "2025年12月30日至2026年1月2日",
            "30 December 2025 to 2 January 2026", ((2025, 12, 26), (2025, 12, 29)),
        ),
    ],
)  # fmt: skip
def test_periods_have_names_and_one_before(
    first: tuple[int, int, int],
    last: tuple[int, int, int],
    zh_words: str,
    en_words: str,
    before: tuple[tuple[int, int, int], tuple[int, int, int]],
) -> None:
    span = Span.of(date(*first), date(*last))
    assert span.text("zh") == zh_words
    assert span.text("en") == en_words
    assert span.before() == Span(date(*before[0]), date(*before[1]))
    assert needed_from(span.first, span.last) == span.before().first
    assert span.before().last + timedelta(days=1) == span.first
    assert span.after().first - timedelta(days=1) == span.last


def test_a_city_is_called_as_the_region_calls_it_or_as_its_units_begin() -> None:
    of = book([item(responsible_unit="ezhou-dot", lead_unit="hb-drc")])
    names = {"ezhou": Plain("鄂州")}
    assert city_report(of, "ezhou", *QUARTER).title.text("zh").startswith("鄂州市重点")
    assert city_report(of, "ezhou", *QUARTER, names=names).title.text("zh").startswith("鄂州重点")
    made = circle_summary(of, *QUARTER, names=names)
    assert column(made, "cities", "city") == [Plain("鄂州")]
    several = [unit("a", name="甲局", city="x1"), unit("b", name="乙局", city="x1")]
    nameless = book([item(responsible_unit="a", lead_unit=None)], register=Register.of(several))
    assert column(circle_summary(nameless, *QUARTER), "cities", "city") == [Plain("x1")]


# --- Meeting -------------------------------------------------------------------------------------


def test_a_pack_tells_how_promises_stand_and_what_is_to_be_decided() -> None:
    several = items(40, 5)
    promised = {one.id for one in Random(5).sample(several, 15)}
    last = Meeting.made(
        id=items(1)[0].id, title="第三次联席会议", held_on=date(2026, 5, 12), items=tuple(promised)
    )
    earlier = Meeting.made(id=items(2)[1].id, title="第二次", held_on=date(2026, 2, 3))
    assert latest([last, earlier], DAY) == last
    assert latest([last, earlier], last.held_on) == earlier
    pasts = {one.id: Past(returned=2, reported=2) for one in several[:10]}
    of = book(several, pasts=pasts)
    made = meeting_pack(of, DAY, last=last, events=[])
    twin = Twin(of, None, last.held_on, DAY, [])
    mine = [one for one in several if one.id in promised]
    assert sorted(numbers(made, "promised")) == sorted(one.number for one in mine)
    phases = [twin.phases[one.id] for one in mine]
    late = sum(twin.late(one, DAY) > 0 for one in mine if twin.phases[one.id] == "open")
    counts = {
        "已办结": phases.count("done"), "待审核": phases.count("waiting"), "逾期": late,
        "未到期": phases.count("open") - late, "暂停": phases.count("paused"),
        "撤销": phases.count("cancelled"), "尚未交办": phases.count("not given"),
    }  # fmt: skip
    pieces = "、".join(f"{name}{count}件" for name, count in counts.items() if count)
    said = f"上次会议（第三次联席会议，2026年5月12日）议定事项15件：{pieces}。"
    assert paragraphs(made, "promised") == [said]
    assert sum(column(made, "promises", "promised")) == len(mine)  # type: ignore[arg-type]

    rules = of.thresholds
    asked = set()
    for one in several:
        phase = twin.phases[one.id]
        waited = of.calendar.working_days_between(one.reported_on or DAY, DAY)
        across = [
            each for each in twin.waits(one)
            if each.responsible_unit != one.responsible_unit
            and (of.city(one) is None or of.city(one) != of.city(each))
        ]  # fmt: skip
        if (
            phase == "paused"
            or (phase == "waiting" and waited >= rules.review)
            or (phase == "open" and twin.late(one, DAY) >= rules.escalate)
            or (phase == "open" and (across or one.id in pasts))
        ):
            asked.add(one.number)
    assert set(numbers(made, "decide")) == asked
    assert paragraphs(made, "decide") == [f"按规则需会议决策{len(asked)}件。"]
    agenda = paragraphs(made, "agenda")
    done = phases.count("done") + phases.count("waiting")
    assert agenda[0] == f"1. 通报上次会议议定事项落实情况（15件，已报送或办结{done}件）。"
    assert f"2. 研究需决策事项（{len(asked)}件）。" in agenda
    open_ = Meeting.made(
        id=last.id, title="专题会", held_on=last.held_on,
        items=tuple(one.id for one in several if twin.phases[one.id] == "open"),
    )  # fmt: skip
    fresh = paragraphs(meeting_pack(of, DAY, last=open_), "agenda")[0]
    assert fresh.endswith(f"（{len(open_.items)}件，尚无报送办结的）。")
    with pytest.raises(InputError, match="2026-05-12"):
        meeting_pack(of, last.held_on, last=last)


# --- Size ----------------------------------------------------------------------------------------


def test_without_events_it_says_what_it_does_not_know() -> None:
    several = items(60, 3)
    made = circle_summary(book(several), *QUARTER)
    back = [one.number for one in several if one.state is State.RETURNED]
    assert sorted(numbers(made, "returned")) == back
    assert column(made, "returned", "why") == [None] * len(back)
    assert any("未取得退回记录" in one.text("zh") for one in made.notes)


def test_a_past_period_is_told_as_of_then() -> None:
    done = item(
        responsible_unit="ezhou-dot", state="closed", progress=100, due=date(2026, 4, 10),
        reported_on=date(2026, 5, 20), closed_on=date(2026, 5, 22),
    )  # fmt: skip
    made = city_report(book([done]), "ezhou", date(2026, 4, 1), date(2026, 4, 30))
    assert column(made, "late", "late") == [14]  # 13 to 30 April, without weekends
    assert column(made, "late", "progress") == [None]
    assert any("回看2026年4月30日" in one.text("zh") for one in made.notes)
    assert Day(date(2026, 4, 30)).text("en") == "30 April 2026"


def test_a_period_that_is_not_over_says_so() -> None:
    made = circle_summary(book(items(5)), date(2026, 6, 1), date(2026, 9, 30))
    assert made.facts.end == DAY
    assert any("报告期尚未结束，数据截至2026年6月30日" in one.text("zh") for one in made.notes)
    over = circle_summary(book(items(5)), *QUARTER)
    assert not any("尚未结束" in one.text("zh") for one in over.notes)
