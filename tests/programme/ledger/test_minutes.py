"""Minutes split into drafts. Every minute here is invented."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.working_days import WorkingCalendar
from onecity.programme.ledger import minutes_file
from onecity.programme.ledger.deadlines import deadlines, number_of
from onecity.programme.ledger.minutes import Draft, Paragraph, Split, paragraphs_of, split
from onecity.programme.ledger.minutes_file import paragraphs_in
from onecity.programme.ledger.model import Strand
from onecity.programme.ledger.register import Register
from tests.programme.ledger.samples import item, unit

CHINA = WorkingCalendar.china()
HELD = date(2026, 3, 20)  # a Friday
NAMES = {
    "wh-dot": "武汉市交通运输局",
    "ez-dot": "鄂州市交通运输局",
    "hg-dot": "黄冈市交通运输局",
    "wh-plan": "武汉市自然资源和规划局",
    "hub": "省政务服务中心",
    "ez-gov": "鄂州市",
    "hg-gov": "黄冈市",
}
REGISTER = Register.of([unit(code, name=name) for code, name in NAMES.items()])

MINUTE = """武汉城市圈同城化发展联席会议纪要（示例）

3月20日，会议在武汉召开，听取了有关情况汇报。现纪要如下：
一、关于交通同网
会议指出，要加快打通断头路。
（一）打通鄂黄快速路断头段。由鄂州市交通运输局牵头，黄冈市交通运输局配合，2026年底前建成通车。
（二）开展城际公交一票制试点（牵头单位：武汉市交通运输局；责任单位：鄂州市、黄冈市；完成时限：2026年6月底前）。
二、关于规划同编
1. 编制轨道沿线用地规划。
牵头单位：武汉市自然资源和规划局
配合单位：鄂州市和黄冈市
完成时限：明年一季度
2．建立规划会商机制，持续推进。
三、请省政务服务中心负责，于30个工作日内印发首批通办事项清单。
出席：张三、李四
分送：各市人民政府
2026年3月20日
"""


def split_text(text: str) -> Split:
    return split(paragraphs_of(text), HELD, REGISTER, CHINA)


def codes(names: Any) -> list[str | None]:
    return [one.code for one in names]


def doubts(draft: Draft) -> list[str]:
    assert all(one.text("zh") and one.text("en") for one in draft.doubts)
    return [one.key.removeprefix("ledger.minutes_") for one in draft.doubts]


def test_a_minute_becomes_tasks() -> None:
    found = split_text(MINUTE)
    road, bus, land, talks, hall = found.drafts
    assert road.title == "打通鄂黄快速路断头段"
    assert road.text.startswith("打通鄂黄快速路断头段。由鄂州市")
    assert road.heading == "关于交通同网"
    assert road.strand is Strand.TRANSPORT
    assert (codes(road.lead), codes(road.supporting)) == (["ez-dot"], ["hg-dot"])
    assert road.due == date(2026, 12, 31)
    assert doubts(road) == []

    assert bus.title == "开展城际公交一票制试点"
    assert codes(bus.lead) == ["wh-dot"]
    assert codes(bus.responsible) == ["ez-gov", "hg-gov"]
    assert bus.due == date(2026, 6, 30)
    assert doubts(bus) == ["many_units"]

    assert land.strand is Strand.PLANNING
    assert codes(land.lead) == ["wh-plan"]
    assert codes(land.supporting) == ["ez-gov", "hg-gov"]
    assert land.due == date(2027, 3, 31)
    assert "完成时限：明年一季度" in land.text

    assert talks.due is None
    assert doubts(talks) == ["endless", "no_unit"]

    assert hall.heading == ""
    assert hall.strand is Strand.HALL
    assert codes(hall.responsible) == ["hub"]
    assert hall.due == CHINA.add_working_days(HELD, 30)
    assert doubts(hall) == ["counted"]

    assert [line[:2] for line in found.rest] == ["武汉", "3月", "会议", "出席", "分送", "20"]


def test_a_draft_makes_an_item() -> None:
    bus = split_text(MINUTE).drafts[1].fields()
    made = item(**bus, state="draft", assigned_on=None)
    assert (made.lead_unit, made.responsible_unit) == ("wh-dot", "ez-gov")
    assert made.supporting_units == ("hg-gov",)
    road = split_text(MINUTE).drafts[0].fields()
    assert (road["lead_unit"], road["responsible_unit"]) == ("ez-dot", "ez-dot")


def test_what_cannot_be_read_is_said() -> None:
    (draft,) = split_text("1. 建设某园区。牵头单位：火星市科技局；完成时限：尽快").drafts
    assert doubts(draft) == ["unit_unknown", "due_unread"]
    assert draft.lead[0].name == "火星市科技局"
    assert draft.fields()["lead_unit"] is None
    (draft,) = split_text("1、请鄂州市负责，6月底前开工，12月底前建成。").drafts
    assert draft.due == date(2026, 12, 31)
    assert doubts(draft) == ["many_dues"]
    (draft,) = split_text("1、鄂州市负责，2026年2月30日前完成。").drafts
    assert draft.due is None
    assert doubts(draft) == ["no_day"]


def test_who_does_it_is_not_what_is_done() -> None:
    found = split_text(
        "一、鄂州市牵头，黄冈市配合，加快建设科创园，确保2026年9月底前开园，年底前投产。\n"
        "一是请武汉市会同鄂州市修改方案，4月10日前印发。\n第二，黄冈市负责，常态化巡查。"
    )
    park, plan, watch = found.drafts
    assert park.title == "加快建设科创园，确保2026年9月底前开园，年底前投产"
    assert (codes(park.lead), codes(park.supporting)) == (["ez-gov"], ["hg-gov"])
    assert park.due == date(2026, 12, 31)
    assert [one.name for one in plan.responsible] == ["武汉市"]
    assert plan.due == date(2026, 4, 10)
    assert plan.heading == park.title
    assert watch.title == "常态化巡查"
    assert watch.due is None


def test_a_text_without_tasks_has_none() -> None:
    assert split_text("").drafts == ()
    found = split_text("会议听取了汇报。\n2.5万人参加。")
    assert found.drafts == ()
    assert len(found.rest) == 2


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026年6月30日前", date(2026, 6, 30)),
        ("二〇二六年六月三十日前", date(2026, 6, 30)),
        ("2026-06-30", date(2026, 6, 30)),
        ("2026年6月底前", date(2026, 6, 30)),
        ("2028年2月末", date(2028, 2, 29)),
        ("6月中旬前", date(2026, 6, 20)),
        ("2026年6月上旬", date(2026, 6, 10)),
        ("2026年6月完成", date(2026, 6, 30)),
        ("2026年6月", date(2026, 6, 30)),
        ("2026年6月前", date(2026, 5, 31)),
        ("一季度", date(2026, 3, 31)),
        ("明年第一季度末", date(2027, 3, 31)),
        ("2026年上半年", date(2026, 6, 30)),
        ("下半年", date(2026, 12, 31)),
        ("年底前", date(2026, 12, 31)),
        ("今年年底前", date(2026, 12, 31)),
        ("年内", date(2026, 12, 31)),
        ("2027年底", date(2027, 12, 31)),
        ("2027年年底前", date(2027, 12, 31)),
        ("明年底", date(2027, 12, 31)),
        ("本月底前", date(2026, 3, 31)),
        ("下月底", date(2026, 4, 30)),
        ("三年内", date(2029, 3, 20)),
        ("6个月内", date(2026, 9, 20)),
        ("两周内", date(2026, 4, 3)),
        ("十五日内", date(2026, 4, 4)),
        ("10个工作日内", date(2026, 4, 3)),
        ("“十五五”末", date(2030, 12, 31)),
        ("1月底前", date(2027, 1, 31)),
        ("常态化", None),
    ],
)
def test_deadlines_as_offices_write_them(said: str, day: date | None) -> None:
    (found,) = deadlines(said, HELD, CHINA)
    assert found.day == day
    assert found.said in said


@pytest.mark.parametrize(
    "said", ["春节前", "尽快", "G347", "第3页", "13月底前", "五季度", "零日内", ""]
)
def test_what_is_no_deadline_is_left(said: str) -> None:
    assert deadlines(said, HELD, CHINA) == ()


def test_a_mere_date_is_not_firm() -> None:
    (mere,) = deadlines("3月5日召开会议", HELD, CHINA)
    (firm,) = deadlines("9月5日通车", HELD, CHINA)
    assert (mere.firm, firm.firm) == (False, True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("十", 10),
        ("十五", 15),
        ("三十", 30),
        ("九十九", 99),
        ("二〇二六", 2026),
        ("两", 2),
        ("", None),
        ("百", None),
        ("十十", None),
        ("五十五十", None),
    ],
)
def test_numerals(text: str, number: int | None) -> None:
    assert number_of(text) == number


PIECES = (
    "一、|（一）|1.|①|牵头单位：|配合：|完成时限：|鄂州市|由|牵头|，|。|；|（|）|\n|年底前|6月|30日"
    "|2月30日|三年内|99年内|9999个工作日内|和|、|尽快|出席：|x"
)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES.split("|")), max_size=25).map("".join))
def test_any_text_is_split_without_loss(text: str) -> None:
    found = split_text(text)
    for draft in found.drafts:
        assert draft.due is None or isinstance(draft.due, date)
        if draft.title:
            assert draft.title in draft.text
        doubts(draft)


def test_unit_names_are_those_of_the_day() -> None:
    later = REGISTER.replaced(["ez-gov"], [unit("ez-new", name="鄂州新市")], HELD)
    text = paragraphs_of("1. 鄂州新市负责，年底前完成。")
    assert codes(split(text, HELD, later, CHINA).drafts[0].responsible) == ["ez-new"]
    assert codes(split(text, HELD - timedelta(1), REGISTER, CHINA).drafts[0].responsible) == [None]


# --- Files ---------------------------------------------------------------------------------------


def word(make: Any) -> bytes:
    document = Document()
    make(document)
    held = BytesIO()
    document.save(held)
    return held.getvalue()


def test_a_word_file_is_read_with_its_numbers_and_tables() -> None:
    def make(document: Any) -> None:
        document.add_paragraph("纪要（示例）")
        document.add_paragraph("打通断头路。鄂州市负责，年底前完成。", style="List Number")
        document.add_paragraph("责任清单：")
        table = document.add_table(rows=3, cols=4)
        for row, cells in enumerate(
            [
                ("序号", "工作任务", "牵头单位", "完成时限"),
                ("1", "建设科创园", "黄冈市", "2026年10月底前"),
                ("2", "", "", ""),
            ]
        ):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
        document.add_table(rows=1, cols=2).cell(0, 0).text = "其他"

    paragraphs = paragraphs_in(word(make), "纪要.docx")
    assert paragraphs[1].numbered
    road, park = split(paragraphs, HELD, REGISTER, CHINA).drafts
    assert (codes(road.responsible), road.due) == (["ez-gov"], date(2026, 12, 31))
    assert park.title == "建设科创园"
    assert (codes(park.lead), park.due) == (["hg-gov"], date(2026, 10, 31))
    assert park.strand is Strand.SCIENCE


def test_text_files_of_either_encoding() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        found = paragraphs_in("一、鄂州市负责\r\n\u3000\u3000年底前".encode(encoding), "a.txt")
        assert found == (Paragraph("一、鄂州市负责"), Paragraph("年底前"))


def test_files_that_cannot_be_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = word(lambda document: document.add_paragraph("甲"))
    other = BytesIO()
    with ZipFile(other, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "x")
    for content, key in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "old_word"),
        (whole[: len(whole) // 2], "damaged"),
        (other.getvalue(), "damaged"),
        (b"\x00\x01\x02", "no_text"),
        (b"\xff\xff\xff", "no_text"),
    ):
        with pytest.raises(InputError) as caught:
            paragraphs_in(content, "坏.docx")
        assert caught.value.key == f"ledger.minutes_{key}"
        assert "坏.docx" in str(caught.value)
    monkeypatch.setattr(minutes_file, "MAX_UNPACKED", 10)
    with pytest.raises(InputError, match="太大"):
        paragraphs_in(whole, "a.docx")
    monkeypatch.setattr(minutes_file, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="太大"):
        paragraphs_in(whole, "a.docx")
    with pytest.raises(InputError):
        paragraphs_of("字" * 500_001)
    with pytest.raises(InputError, match="1,000"):
        split([Paragraph("甲", numbered=True)] * 1_001, HELD, REGISTER, CHINA)
