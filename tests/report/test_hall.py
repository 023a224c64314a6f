"""The analysis of a catalogue as a page, a workbook and an answer for programs."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from onecity.core.words import LANGUAGES, Language
from onecity.hall.exchange.analysis import Analysis, analyse
from onecity.report.hall import answer_of, figures_of, page_of, tables_of, write_analysis
from tests.hall.small import SMALL

KEYS = ["openings", "held", "silos", "twice", "lengths", "rework", "across", "differences"]


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse(SMALL, count=2, on=date(2025, 1, 1))


def test_every_table_is_there(found: Analysis) -> None:
    tables = {one.key: one for one in tables_of(found)}
    assert list(tables) == KEYS
    for table in tables.values():
        for language in LANGUAGES:
            assert all(len(table.heads(language)) == len(row) for row in table.rows)
            assert all(
                isinstance(cell, str) for row in table.rows for cell in table.shown(row, language)
            )
    held = tables["held"].shown(tables["held"].rows[0], "zh")
    assert held[:5] == ["身份证", "公安局", "4", "2", "250"]
    across = tables["across"].shown(tables["across"].rows[0], "zh")
    assert across[0] == "办理天数"


def test_the_page_says_what_was_found(found: Analysis) -> None:
    page = page_of(found, "zh")
    assert "虚构" in page
    text = re.sub(r"<[^>]+>", " ", page)
    for key in ("身份证", "两市试例", "Which exchanges to open first", "同事不同标"):
        assert key in text
    assert "http" not in page.replace("http://www.w3.org", "")  # nothing is fetched
    assert "None" not in text
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_holds_every_row(found: Analysis, language: Language) -> None:
    out = BytesIO()
    write_analysis(out, found, language)
    book = load_workbook(BytesIO(out.getvalue()))
    tables = tables_of(found)
    assert len(book.sheetnames) == 1 + len(tables)
    for sheet, table in zip(book.worksheets[1:], tables, strict=True):
        assert sheet.max_row >= 1 + len(table.rows)


def test_programs_get_figures_as_they_are(found: Analysis) -> None:
    told = answer_of(found)
    assert list(told["tables"]) == KEYS
    first = told["tables"]["openings"][0]
    assert set(first) == {"order", "holder", "document", "asker", "visits", "documents", "days"}
    spared = told["openings"]["spared"]
    opened = told["tables"]["openings"]
    assert sum(one["visits"] for one in opened) == spared["visits"]
    assert sum(one["days"] for one in opened) == spared["days"]


def test_what_differs_is_told_in_both_languages(found: Analysis) -> None:
    table = next(one for one in tables_of(found) if one.key == "differences")
    told = {language: [table.shown(row, language) for row in table.rows] for language in LANGUAGES}
    promised = {language: rows[1][2] for language, rows in told.items()}
    assert promised == {
        "zh": "4 工作日（甲市）；7 自然日（乙市）",
        "en": "4 working days (甲市); 7 calendar days (乙市)",
    }


def test_hostile_words_are_only_words() -> None:
    evil = "<script>alert(1)</script>{x}%s"
    items = tuple(replace(one, title=evil + one.code) for one in SMALL.items)
    page = page_of(
        analyse(replace(SMALL, title=evil, marked=evil, items=items), on=date(2025, 1, 1)), "zh"
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{x}%s" in page


def test_a_catalogue_without_anything_has_no_table() -> None:
    bare = replace(SMALL, items=(), life_events=(), caseloads=())
    found = analyse(bare, on=date(2025, 1, 1))
    assert tables_of(found) == ()
    assert all(figure for _, figure in figures_of(found, "zh"))
    assert "两市试例" in page_of(found, "en")
