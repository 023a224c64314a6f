"""The report as a Word document, and maps as pictures."""

import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from onecity.core.words import LANGUAGES, Language, say
from onecity.region.store import Region
from onecity.report.assumed import name_of
from onecity.report.document import write_document
from onecity.report.ground import ground_of
from onecity.report.names import names_of
from onecity.report.picture import PIXELS, png_of, svg_of
from onecity.report.word import words_of
from onecity.strands.contract import Findings
from onecity.strands.transport import strand as transport

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(("language", "words"), [("zh", "甲 < 乙 3"), ("en", "one < two 3")])
def test_one_language_of_a_piece_of_the_page(language: Language, words: str) -> None:
    markup = (
        '<span class="zh" lang="zh-CN">甲 &lt; 乙</span>'
        '<span class="en" lang="en">one &lt; two</span><br>3'
    )
    assert words_of(markup, language) == words


def text_of(file: Path) -> str:
    word = Document(str(file))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in word.paragraphs), *cells])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_says_what_the_page_says(
    region: Region,
    findings: dict[str, Findings],
    layers: dict[str, Any],
    tmp_path: Path,
    language: Language,
) -> None:
    file = tmp_path / "报告.docx"
    proposals = transport.propose(region)
    write_document(file, region, findings, layers, language, proposals={"transport": proposals})
    text = text_of(file)
    found = findings["transport"]
    for key in found.headline[:3]:
        assert found.indicators[key].text(language) in text
    assert f"{proposals[0].benefit:,.0f}" in text
    assert say("report.borders_heading", language) in text
    for source in region.manifest.sources.values():
        assert source.text(language) in text
    for one in proposals[0].assumptions:
        assert name_of(one.key, language) in text
        assert one.key not in text
    assert "<span" not in text
    word = Document(str(file))
    assert len(word.inline_shapes) == 4  # a map of each strand, of borders, of proposals
    fonts = word.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    for table in word.tables:
        marks = table.rows[0]._tr.trPr
        assert marks is not None
        assert marks.find(qn("w:tblHeader")) is not None


def test_english_has_no_chinese_words_of_ours(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "report.docx"
    write_document(file, region, findings, layers, "en")
    ours = [line for line in text_of(file).splitlines() if HAN.search(line)]
    # Names without English stay as they are; the sources say where they can be had.
    names = {one.zh for level in names_of(region).values() for one in level.values()}
    origins = {one.origin for one in region.manifest.sources.values()}
    left = [line for line in ours if not any(word in line for word in (*names, *origins))]
    assert left == []


def test_a_map_is_one_picture_that_needs_nothing_else(region: Region) -> None:
    ground = ground_of(region, names_of(region))
    drawn = svg_of(
        ground, "zh", classes=[("#ff0000", "M0 0l10 0 0 10z")], legend=[("#00ff00", "a < b")]
    )
    root = ET.fromstring(drawn)  # noqa: S314 - we wrote it
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "云湾市" in texts
    assert "a < b" in texts
    assert "href" not in drawn
    png = png_of(ground, "en", owners="© somebody")
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width == PIXELS
    assert height == pytest.approx(PIXELS * ground.sheet.height / 3000, abs=1)
