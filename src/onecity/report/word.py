"""How things are set in a Word document: fonts, headings, tables, pictures."""

import re
from collections.abc import Iterable, Sequence
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Row

from onecity.core.words import Language, say

from .ground import Ground
from .picture import png_of

if TYPE_CHECKING:
    from docx.document import Document as Word

_BODY, _HEAD = ("宋体", "Times New Roman"), ("黑体", "Arial")
"""Fonts for Chinese and for other letters, as official documents are set."""
_INK = RGBColor(0x14, 0x50, 0x7A)
_SMALL = 8
_MARGIN_CM = 1.8
_TAG = re.compile(r"<[^>]+>")
_SPAN = {
    "zh": re.compile(r'<span class="en" lang="en">.*?</span>', re.DOTALL),
    "en": re.compile(r'<span class="zh" lang="zh-CN">.*?</span>', re.DOTALL),
}


def words_of(markup: str, language: Language) -> str:
    """Return what a piece of the page says in one language, as plain text."""
    own = _SPAN[language].sub("", str(markup)).replace("<br>", " ")
    return unescape(_TAG.sub(" " if language == "en" else "", own)).replace("  ", " ").strip()


class Paper:
    """A Word document in one language and how things are set in it.

    A4, lying, since nine cities stand side by side; `upright` where one thing is looked at.
    """

    def __init__(
        self, language: Language, ground: Ground, owners: str, *, upright: bool = False
    ) -> None:
        self.language, self.ground, self.owners = language, ground, owners
        self.word: Word = Document()
        section = self.word.sections[0]
        long, short = Cm(29.7), Cm(21.0)
        section.orientation = WD_ORIENT.PORTRAIT if upright else WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = (short, long) if upright else (long, short)
        self._width_cm = (21.0 if upright else 29.7) - 2 * _MARGIN_CM
        section.left_margin = section.right_margin = Cm(_MARGIN_CM)
        section.top_margin = section.bottom_margin = Cm(1.6)
        for name, fonts, size in (
            ("Normal", _BODY, 10.5),
            ("Title", _HEAD, 22),
            ("Heading 1", _HEAD, 16),
            ("Heading 2", _HEAD, 12.5),
        ):
            style: Any = self.word.styles[name]
            style.font.name, style.font.size = fonts[1], Pt(size)
            found = style.element.get_or_add_rPr().get_or_add_rFonts()
            for part in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                found.attrib.pop(qn(f"w:{part}"), None)
            found.set(qn("w:eastAsia"), fonts[0])
            found.set(qn("w:hAnsi"), fonts[1])
            if name != "Normal":
                style.font.color.rgb = _INK

    def said(self, key: str, **values: object) -> str:
        """Return a sentence of the catalogue."""
        return say(key, self.language, **values)

    def words(self, markup: str) -> str:
        """Return what a piece of the page says."""
        return words_of(markup, self.language)

    def title(self, title: str, subtitle: str, subject: str) -> None:
        """Begin with a title; `subject` is for those who look the file up."""
        self.word.add_heading(title, 0)
        self.word.add_paragraph(subtitle)
        self.word.core_properties.title = f"{title} · {subtitle}"
        self.word.core_properties.subject = subject
        self.word.core_properties.author = "OneCity"

    def heading(self, text: str, level: int) -> None:
        """Add a heading."""
        self.word.add_heading(text, level)

    def note(self, text: str) -> None:
        """Add a paragraph in small letters."""
        run = self.word.add_paragraph().add_run(text)
        run.font.size = Pt(9)

    def bullets(self, texts: Iterable[str]) -> None:
        """Add a list in small letters."""
        for text in texts:
            run = self.word.add_paragraph(style="List Bullet").add_run(text)
            run.font.size = Pt(9)

    def picture(self, caption: str, **drawn: Any) -> None:
        """Add a map of the whole region, see `onecity.report.picture.png_of`."""
        png = png_of(self.ground, self.language, owners=self.owners, **drawn)
        # As high as a page holds beside heading and caption.
        self.png(png, caption, high_cm=13.2)

    def png(self, png: bytes, caption: str, *, high_cm: float) -> None:
        """Add a picture so many centimetres high, and what it shows."""
        shown = self.word.add_paragraph()
        shown.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shown.paragraph_format.keep_with_next = True
        shown.add_run().add_picture(BytesIO(png), height=Cm(high_cm))
        below = self.word.add_paragraph()
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        below.add_run(caption).font.size = Pt(9)

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        words: int = 1,
        widths: Sequence[float] = (),
    ) -> None:
        """Add a table whose head repeats; the first columns are words, the others figures.

        `widths` are in proportion; columns beyond them are as wide as the last.
        """
        made: Table = self.word.add_table(rows=1, cols=len(heads), style="Light Grid Accent 1")
        made.autofit = False
        self._fill(made.rows[0], heads, len(heads), bold=True)
        _mark(made.rows[0], "w:tblHeader")
        for row in rows:
            added: _Row = made.add_row()  # type: ignore[no-untyped-call]
            _mark(added, "w:cantSplit")
            self._fill(added, row, words)
        shares = [*widths, *[(widths or (1.0,))[-1]] * len(heads)][: len(heads)]
        for place, share in enumerate(shares):
            width = Cm(self._width_cm * share / sum(shares))
            made.columns[place].width = width
            for cell in made.columns[place].cells:
                cell.width = width  # Word goes by cells, others by columns
        self.word.add_paragraph()

    def _fill(self, row: _Row, texts: Sequence[str], words: int, *, bold: bool = False) -> None:
        for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size, run.font.bold = Pt(_SMALL), bold
            if place >= words:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _mark(row: _Row, name: str) -> None:
    """Let a row repeat as a head, or stay on one page: python-docx has no call for either."""
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)  # noqa: SLF001 - see above
