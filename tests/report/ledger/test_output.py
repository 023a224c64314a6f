"""Reports as files: a page, a Word document, a workbook; and templates of somebody else."""

import re
import runpy
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import shapely
from docx import Document
from openpyxl import load_workbook

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES, Language
from onecity.programme.ledger.model import Meeting, Place
from onecity.region.store import Region
from onecity.report.ledger import (
    FORMATS,
    Kind,
    Report,
    circle_summary,
    city_report,
    meeting_pack,
    one_page,
    template,
    written,
)
from onecity.report.ledger.data import CHAPTERS, COLUMNS
from onecity.report.ledger.map import counties_of, shape_of
from tests.programme.ledger.samples import item
from tests.report.ledger.books import DAY, book, items, returns
from tests.report.ledger.test_facts import QUARTER

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """One report of each kind, from one ledger with returns and a meeting."""
    several = items(80, 6)
    of, events = book(several), returns(several, 6)
    last = Meeting.made(
        id=several[0].id, title="第三次联席会议", held_on=QUARTER[0],
        items=tuple(one.id for one in several[:20]),
    )  # fmt: skip
    return {
        "city": city_report(of, "ezhou", *QUARTER, events=events),
        "summary": circle_summary(of, *QUARTER, events=events),
        "pack": meeting_pack(of, DAY, last=last, events=events),
        "page": one_page(of, *QUARTER, events=events),
    }


def text_of(word: bytes) -> str:
    document = Document(BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def plain(page: str, language: Language) -> str:
    other = "en" if language == "zh" else "zh"
    own = re.sub(rf'<span class="{other}"[^>]*>.*?</span>', "", page, flags=re.DOTALL)
    own = re.sub(r"<(style|script).*?</\1>", "", own, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "", own)
    return text.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')


def saying(report: Report, language: Language) -> list[str]:
    """Return every sentence of a report."""
    told = [one.text(language) for chapter in report.chapters for one in chapter.paragraphs]
    return [report.title.text(language), *told, *(one.text(language) for one in report.notes)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_output_says_every_sentence_and_marks_examples(
    reports: dict[str, Report], kind: str, language: Language
) -> None:
    one = reports[kind]
    files = {form: written(one, form, language) for form in FORMATS}
    workbook = load_workbook(BytesIO(files["xlsx"]))
    cells = [str(c) for sheet in workbook for row in sheet.values for c in row if c is not None]
    texts = {
        "docx": text_of(files["docx"]),
        "html": plain(files["html"].decode(), language),
        "xlsx": "\n".join(cells),
    }
    assert one.examples
    word = "示例" if language == "zh" else "example"
    for form, text in texts.items():
        for sentence in saying(one, language):
            assert sentence in text, form
        assert f"{one.examples}" in text
        assert word in text
        assert not re.search(r"\{\{|\{%|None|ledger_report\.", text), form
    html = files["html"].decode()
    assert f'data-lang="{language}"' in html
    assert not re.search(r'(src|href)="https?:|url\(', html)  # needs nothing else


def test_the_workbook_holds_all_rows_with_figures_as_numbers() -> None:
    of = book(items(400, 8))
    one = circle_summary(of, *QUARTER)
    late = next(table for table in one.tables() if table.key == "late")
    assert late.left_out > 0
    workbook = load_workbook(BytesIO(written(one, "xlsx")))
    rows: list[Any] = list(workbook["逾期未完成事项"].values)
    place = COLUMNS["late"].index("late")
    assert [row[place] for row in rows[1:]] == [row[place] for row in late.rows]
    assert all(isinstance(row[place], int) for row in rows[1:])
    due = COLUMNS["late"].index("due")
    assert [row[due].date() for row in rows[1:]] == [row[due] for row in late.rows]
    assert f"另有{late.left_out}件未列入本表" in text_of(written(one, "docx"))
    assert f"另有{late.left_out}件未列入本表" in plain(written(one, "html").decode(), "zh")


def test_sources_are_cited_by_numbers(reports: dict[str, Report]) -> None:
    one = reports["summary"]
    text = text_of(written(one, "docx"))
    for number, source in enumerate(one.cited(), 1):
        assert f"[{number}] {source}" in text
    assert one.cited()


def test_twenty_thousand_items_are_told_of_in_seconds() -> None:
    several = items(20_000, 9)
    of = book(several)
    begin = time.process_time()
    for one in (circle_summary(of, *QUARTER), city_report(of, "ezhou", QUARTER[0], DAY)):
        assert len(written(one, "docx")) > 10_000
        assert len(written(one, "html")) < 1_000_000
    assert len(written(one, "xlsx")) > 10_000
    assert time.process_time() - begin < 15


# --- Map -----------------------------------------------------


def test_the_map_counts_items_by_county_and_draws_them(region: Region) -> None:
    counties = region.table("counties")
    codes = [str(one) for one in counties["county"]]
    middles = counties.geometry.representative_point()
    places: list[Place | None] = [
        None,
        Place.made(counties=(codes[0], "420000")),
        Place.made(counties=("999999",)),
        *(Place.made(geometry={"type": "Point", "coordinates": [one.x, one.y]}) for one in middles),
        Place.made(
            geometry={
                "type": "LineString",
                "coordinates": [[one.x, one.y] for one in (middles.iloc[0], middles.iloc[-1])],
            }
        ),
    ]
    several = [
        item(id=one.id, number=one.number, place=place, lead_unit="hb-drc",
             responsible_unit="ezhou-dot", due=DAY)
        for one, place in zip(items(len(places)), places, strict=True)
    ]  # fmt: skip
    made = one_page(book(several), *QUARTER, region=region)
    assert made.map is not None
    assert made.map.unplaced == 2
    assert made.map.placed == len(places) - 2
    assert len(made.map.overlay.strokes) == len(middles) + 1
    tree = shapely.STRtree(counties.geometry.to_numpy())
    counted: Counter[str] = Counter()
    for one in several:
        found = counties_of(one, shape_of(one), codes, tree)
        counted.update(found)
        shape = shape_of(one)
        if shape is not None:
            touched = {
                code for code, each in zip(codes, counties.geometry, strict=True)
                if each.intersects(shape)
            }  # fmt: skip
            assert set(found) == touched
    classes = {1 + (n >= 2) + (n >= 5) + (n >= 10) for n in counted.values()}
    assert len(made.map.classes) == len(classes)
    html = written(made, "html").decode()
    assert html.count("<svg") == 1
    assert "上图" in text_of(written(made, "docx"))
    with ZipFile(BytesIO(written(made, "docx"))) as archive:
        assert any(name.startswith("word/media/") for name in archive.namelist())


# --- Templates ------------------------------------------------


def edited(content: bytes, edit: Callable[[Any], None]) -> bytes:
    """Return a template as an office edits it in Word."""
    document = Document(BytesIO(content))
    edit(document)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def test_templates_of_the_package_are_what_the_script_writes() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "ledger_templates.py"))
    for kind in Kind:
        for language in LANGUAGES:
            made = script["Sheet"](kind, language).whole()
            with ZipFile(BytesIO(made)) as new, ZipFile(BytesIO(template(kind, language))) as old:
                assert new.namelist() == old.namelist()
                for name in new.namelist():
                    assert new.read(name) == old.read(name), (kind, language, name)


@pytest.mark.parametrize("kind", Kind)
def test_a_template_goes_out_is_edited_and_comes_back(
    reports: dict[str, Report], kind: str, tmp_path: Path
) -> None:
    def edit(document: Any) -> None:
        document.paragraphs[0].insert_paragraph_before("鄂州市同城化办公室文件")
        document.add_paragraph("主送：圈办。报告期：{{ period }}。")
        document.add_paragraph(
            "{% for one in figures %}{{ one.title }}：{{ one.number }}；{% endfor %}"
        )

    file = tmp_path / "我的模板.docx"
    file.write_bytes(edited(template(kind), edit))
    text = text_of(written(reports[kind], "docx", template=file))
    assert "鄂州市同城化办公室文件" in text
    assert f"报告期：{reports[kind].span.text('zh')}。" in text
    assert f"{reports[kind].figures[0].text('zh')}：{reports[kind].figures[0].number}；" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("合计 {{ titel }}", ["titel", "合计 {{ titel }}", "title"]),
        ("{{ late.txt }}", ["txt", "late.txt"]),
        ("{%p for row in tables.late.rows %}|{{ row.numer }}|{%p endfor %}", ["numer", "number"]),
        ("{% if titel %}x{% endif %}", ["titel"]),
        ("{{ title", ["{{ title"]),
        ("{% for x in notes %}{{ x }}", ["{% for x in notes %}"]),
        ("{% fro x in notes %}", ["fro"]),
        ("{{ title.upper() }}", ["call"]),
        ("{{ title.__class__ }}", ["__class__"]),
        ("{{ notes.append }}", ["append"]),
        ("{{ ''.__class__.__mro__ }}", ["__class__"]),
        ("{{ self._TemplateReference__context }}", ["self"]),
        ("{{ loop }}", ["loop"]),
        ("{% set x = 1 %}", ["assign"]),
        ("{% include 'x' %}", ["include"]),
        ("{% macro m() %}{% endmacro %}", ["macro"]),
        ("{{ 'a' * 999999999 }}", ["mul"]),
        ("{{ '%999999999d' % 1 }}", ["mod"]),
        ("{{ title | attr('__class__') }}", ["attr"]),
        ("{% if notes > 3 %}x{% endif %}", ["notes > 3"]),
        ("{% if " + "(" * 400 + "1" + ")" * 400 + " %}x{% endif %}", ["{% if ((("]),
        ("{% for a in notes %}" * 4 + "{% endfor %}" * 4, ["for"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_template_is_named_with_its_paragraph(
    text: str, said: list[str]
) -> None:
    pieces = text.split("|") if "|{{" in text else [text]
    before = len(list(Document(BytesIO(template("city"))).element.body.iter(W_P)))

    def edit(document: Any) -> None:
        for piece in pieces:
            document.add_paragraph(piece)

    # The ledger is empty: what is wrong inside a table without rows is found all the same.
    empty = city_report(book([]), "ezhou", *QUARTER)
    with pytest.raises(InputError) as caught:
        written(empty, "docx", template=edited(template("city"), edit))
    message = caught.value.text("zh")
    for word in said:
        assert word in message.lower()
    number = re.search(r"第 (\d+) 段", message)
    assert number
    assert int(number[1]) == before + (2 if len(pieces) > 1 else 1)
    assert "正文" in message
    assert caught.value.text("en")


W_P = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"


def test_marks_that_word_keeps_in_pieces_are_read_as_one(reports: dict[str, Report]) -> None:
    def in_pieces(*pieces: str) -> Callable[[Any], None]:
        def edit(document: Any) -> None:
            paragraph = document.add_paragraph()
            for row, piece in enumerate(pieces):
                paragraph.add_run(piece).bold = row % 2 == 0

        return edit

    one = reports["city"]
    good = edited(template("city"), in_pieces("本期：{", "{ per", "iod }", "}。"))
    assert f"本期：{one.span.text('zh')}。" in text_of(written(one, "docx", template=good))
    wrong = edited(template("city"), in_pieces("{{ pe", "riode", " }}"))
    with pytest.raises(InputError, match="periode"):
        written(one, "docx", template=wrong)


def test_a_wrong_field_in_a_cell_and_in_the_foot_is_found(reports: dict[str, Report]) -> None:
    def in_cell(document: Any) -> None:
        row = document.tables[0].rows[2]
        row.cells[1].paragraphs[0].text = "{{ row.titel }}"

    with pytest.raises(InputError, match=r"row\.titel") as caught:
        written(reports["city"], "docx", template=edited(template("city"), in_cell))
    assert "number" in caught.value.text("zh")

    def in_foot(document: Any) -> None:
        document.sections[0].footer.paragraphs[0].text = "{{ fotter }}"

    with pytest.raises(InputError, match="fotter") as caught:
        written(reports["city"], "docx", template=edited(template("city"), in_foot))
    assert "页眉页脚第 1 段" in caught.value.text("zh")


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    made = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
        new.writestr(name, part)
    return made.getvalue()


def test_files_that_are_no_plain_templates_are_refused(
    reports: dict[str, Report], tmp_path: Path
) -> None:
    own = template("city")
    remote = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/attachedTemplate" Target="http://example.org/x.dotm" '
        b'TargetMode="External"/></Relationships>'
    )
    bomb = b" " * 70_000_000
    for content, word in (
        (b"", "Word"),
        (b"PK nonsense", "Word"),
        (own[: len(own) // 2], "Word"),
        (with_part(own, "word/vbaProject.bin", b"x"), "vbaProject"),
        (with_part(own, "word/embeddings/oleObject1.bin", b"x"), "embeddings"),
        (with_part(own, "word/_rels/settings.xml.rels", remote), "example.org"),
        (with_part(own, "word/media/a.xml", bomb), "60,000,000"),
        (with_part(own, "word/document.xml", b"<w:document/>"), "Word"),
    ):
        with pytest.raises(InputError, match=re.escape(word)):
            written(reports["city"], "docx", template=content)
    with pytest.raises(MissingError, match="gone"):
        written(reports["city"], "docx", template=tmp_path / "gone.docx")
    with pytest.raises(InputError, match="html"):
        written(reports["city"], "html", template=own)
    with pytest.raises(InputError, match="odt"):
        written(reports["city"], "odt")
    with pytest.raises(MissingError, match="poem"):
        template("poem")


def test_texts_of_people_do_nothing_in_a_document() -> None:
    nasty = "{{ 7 * 7 }} {% for %} <w:p/> & \"'” =1+1 武汉"
    of = book([item(title=nasty, lead_unit="hb-drc", responsible_unit="ezhou-dot",
                    due=QUARTER[1], source="=cmd|' /C calc'!A0")])  # fmt: skip
    one = city_report(of, "ezhou", *QUARTER)
    assert nasty in text_of(written(one, "docx"))
    assert "<w:p/>" not in written(one, "html").decode()
    workbook = load_workbook(BytesIO(written(one, "xlsx")))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_each_template_has_every_chapter_and_table_of_its_report() -> None:
    for kind, chapters in CHAPTERS.items():
        for language in LANGUAGES:
            text = text_of(template(kind, language))
            for chapter, tables in chapters.items():
                assert f"{chapter}.text" in text
                for table in tables:
                    assert f"tables.{table}.rows" in text
                    for one in COLUMNS[table]:
                        assert f"row.{one} " in text
