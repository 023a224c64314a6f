"""One cell at a time: what means one thing is understood, what might mean two is a fault."""

from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, to_excel

from onecity.core.severity import Severity
from onecity.region.workbook.cells import Read, is_nothing, reader
from onecity.region.workbook.sheets import EARLIEST, GRADES, LATEST, SECTIONS, Field, Kind

NUMBER = Field("n", Kind.NUMBER, low=0)
WHOLE = Field("n", Kind.WHOLE, low=0)

moment = datetime.fromisoformat


def read(field: Field, value: Any, shown: str = "General", epoch: datetime = WINDOWS_EPOCH) -> Read:
    return reader(field, epoch)(SimpleNamespace(value=value, number_format=shown))


def kind(result: Read) -> str | None:
    return None if result[1] is None else result[1].key.partition(".")[2]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("12,345", 12345),
        ("１２３４５", 12345),
        ("１２，３４５．５", 12345.5),
        (" 12345 ", 12345),
        ("1.5e3", 1500),
        ("+7", 7),
    ],
)
def test_numbers_written_as_text_are_understood_and_noted(value: str, meant: float) -> None:
    result = read(NUMBER, value)
    assert result[0] == meant
    assert kind(result) == "number_read"
    assert result[1] is not None
    assert result[1].severity is Severity.NOTE


@pytest.mark.parametrize(
    ("value", "shown", "expected"),
    [
        ("约12万", "General", "myriads"),
        ("1.2亿元", "General", "myriads"),
        ("12%", "General", "percentage"),
        ("１２％", "General", "percentage"),
        (0.12, "0.00%", "percentage"),
        ("1,23", "General", "not_number"),
        ("1.234.567", "General", "not_number"),
        ("不详", "General", "not_number"),
        ("nan", "General", "not_number"),
        ("inf", "General", "not_number"),
        ("1e999", "General", "not_number"),
        (True, "General", "not_number"),
        (float("inf"), "General", "not_number"),
        (moment("2024-01-01"), "yyyy-mm-dd", "date_for_number"),
        (time(8), "h:mm", "date_for_number"),
        (-1, "General", "below"),
        ("\N{MINUS SIGN}5", "General", "below"),
    ],
)
def test_what_is_no_number_is_a_fault(value: Any, shown: str, expected: str) -> None:
    result = read(NUMBER, value, shown)
    assert result[0] is None
    assert kind(result) == expected


def test_myriads_are_spelled_out_for_the_user() -> None:
    assert read(WHOLE, "约12.5万人")[1].values["figure"] == "125000"  # type: ignore[union-attr]


def test_people_are_whole() -> None:
    assert kind(read(WHOLE, 32.58)) == "not_whole"
    assert read(WHOLE, 32.0) == (32.0, None)
    assert kind(read(Field("n", Kind.NUMBER, low=-90, high=90), 114.3)) == "above"


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026/1/5", "2026-01-05"),
        ("2026.1.5", "2026-01-05"),
        ("2026年1月5日", "2026-01-05"),
        ("２０２６年１月５日", "2026-01-05"),
        ("2026-01-05 00:00:00", "2026-01-05"),
        ("20260105", "2026-01-05"),
        (20260105, "2026-01-05"),
        ("2024年2月", "2024-02-29"),
        ("2026年6月底", "2026-06-30"),
        ("2026年", "2026-12-31"),
        ("2026年底", "2026-12-31"),
        (2026, "2026-12-31"),
        (46387, "2026-12-31"),
        (46387.0, "2026-12-31"),
        (date(2026, 12, 31), "2026-12-31"),
        (moment("2026-12-31T08:30"), "2026-12-31"),
    ],
)
def test_dates_in_many_forms(value: Any, meant: str) -> None:
    assert read(Field("d", Kind.DATE), value)[0] == meant


@pytest.mark.parametrize(
    "value",
    ["2026年三季度", "5/1/2026", "2026-13-01", "2026-02-30", 2026.6, "2026.6", "下半年", 7, True,
     time(8), 99999999, moment("1905-07-18"), "9999-01-01"],
)  # fmt: skip
def test_what_is_no_date_or_more_than_one_is_a_fault(value: Any) -> None:
    result = read(Field("d", Kind.DATE), value)
    assert result[0] is None
    assert kind(result) == "not_date"


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.booleans())
def test_serial_numbers_of_both_calendars_give_the_day(day: date, mac: bool) -> None:
    epoch = MAC_EPOCH if mac else WINDOWS_EPOCH
    serial = int(to_excel(day, epoch))  # type: ignore[no-untyped-call]
    result = read(Field("d", Kind.DATE), serial, epoch=epoch)
    if serial >= 36526:
        assert result[0] == day.isoformat()
    else:  # early days of the calendar of 1904 are numbers that could be anything
        assert result[0] is None


@given(st.dates(date(EARLIEST, 1, 1), date(LATEST, 12, 31)))
def test_a_day_is_the_same_in_every_form(day: date) -> None:
    field = Field("d", Kind.DATE)
    forms = [
        day,
        moment(day.isoformat()),
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        int(f"{day:%Y%m%d}"),
    ]
    assert {read(field, one)[0] for one in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    "value", [2024, 2024.0, "2024", "2024年", "２０２４", moment("2024-12-31")]
)
def test_years(value: Any) -> None:
    assert read(Field("y", Kind.YEAR), value)[0] == 2024


@pytest.mark.parametrize(
    "value", ["二〇二四", 24, 45291, 2024.5, moment("1905-07-15"), "去年", True]
)
def test_what_is_no_year(value: Any) -> None:
    assert kind(read(Field("y", Kind.YEAR), value)) == "not_year"


def test_facilities_may_be_old() -> None:
    field = Field("y", Kind.YEAR, low=1800)
    assert read(field, 1866) == (1866, None)
    assert kind(read(Field("y", Kind.YEAR), 1866)) == "not_year"


@pytest.mark.parametrize("value", [420106, 420106.0, "４２０１０６", "420106000000", 420106000000])
def test_codes_typed_otherwise_are_understood_and_noted(value: Any) -> None:
    result = read(Field("c", Kind.CODE), value)
    assert result[0] == "420106"
    assert kind(result) == "code_read"


def test_codes_as_they_should_be() -> None:
    assert read(Field("c", Kind.CODE), " 420106 ") == ("420106", None)
    several = read(Field("c", Kind.CODES), "420106；420107、420106，420111000000")
    assert several == (("420106", "420107", "420111"), None)
    assert read(Field("c", Kind.CODES), 420106)[0] == ("420106",)
    assert kind(read(Field("c", Kind.CODE), moment("2024-01-01"))) == "not_code"


@pytest.mark.parametrize("value", ["C 制造业", "C", "c", "制造业", "Ｃ　制造业", "C Manufacturing"])
def test_a_choice_by_letter_or_words(value: str) -> None:
    assert read(Field("s", Kind.CHOICE, choices=SECTIONS), value) == ("C", None)


def test_a_choice_that_is_none_lists_those_that_are() -> None:
    result = read(Field("g", Kind.CHOICE, choices=GRADES), "优")
    assert kind(result) == "not_choice"
    assert result[1] is not None
    assert result[1].values["listed"]["zh"] == "A / B / B- / C / D / E"  # type: ignore[index]
    assert read(Field("g", Kind.CHOICE, choices=GRADES), "ｂ-")[0] == "B-"


@pytest.mark.parametrize("value", [None, "", "  ", "—", "-", "/", "无", "N/A", "　"])
def test_what_counts_as_empty(value: Any) -> None:
    assert is_nothing(value)
    assert not is_nothing(0)


ANYTHING = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


@given(st.sampled_from(list(Kind)), ANYTHING, st.sampled_from(["General", "0%", "yyyy-mm-dd"]))
def test_no_cell_breaks_the_reader_and_no_fault_has_a_value(
    one: Kind, value: Any, shown: str
) -> None:
    field = Field("x", one, choices=SECTIONS if one is Kind.CHOICE else None)
    found, problem = read(field, value, shown)
    if problem is not None and problem.severity is Severity.FAULT:
        assert found is None
    else:
        assert found is not None


@given(st.integers(0, 10**12), st.sampled_from(["{}", "{:,}", " {} ", "{}.0"]))
def test_a_number_is_the_same_in_every_form(number: int, style: str) -> None:
    text = style.format(number)
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."})
    values = {read(WHOLE, one)[0] for one in (number, float(number), text, wide)}
    assert values == {float(number)}
