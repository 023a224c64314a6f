"""The report as a Word document in one language: what an official reads, forwards and edits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Row

from onecity import __version__
from onecity.core.words import Language, say
from onecity.region.store import Region
from onecity.strands.contract import BorderLayer, Findings, Layer, Proposal

from .assumed import amount_of, assumed_words, name_of, range_of
from .borders import SCOPES
from .chapter import Chapter, Chip, Sheet
from .figures import plain
from .ground import Ground
from .page import chapters_of, overview, owners_of
from .picture import png_of

if TYPE_CHECKING:
    from docx.document import Document as Word

_BODY, _HEAD = ("宋体", "Times New Roman"), ("黑体", "Arial")
"""Fonts for Chinese and for other letters, as official documents are set."""
_INK = RGBColor(0x14, 0x50, 0x7A)
_SMALL = 8
_WIDTH_CM = 26.1
_TAG = re.compile(r"<[^>]+>")
_SPAN = {
    "zh": re.compile(r'<span class="en" lang="en">.*?</span>', re.DOTALL),
    "en": re.compile(r'<span class="zh" lang="zh-CN">.*?</span>', re.DOTALL),
}


def words_of(markup: str, language: Language) -> str:
    """Return what a piece of the page says in one language, as plain text."""
    own = _SPAN[language].sub("", str(markup)).replace("<br>", " ")
    return unescape(_TAG.sub(" " if language == "en" else "", own)).replace("  ", " ").strip()


def write_document(
    path: Path,
    region: Region,
    findings: Mapping[str, Findings],
    layers: Mapping[str, Sequence[Layer | BorderLayer]],
    language: Language,
    *,
    proposals: Mapping[str, Sequence[Proposal]] | None = None,
) -> None:
    """Write the report as ``.docx``: figures, maps and tables of every strand, then sources."""
    setting, chapters = chapters_of(region, findings, layers, proposals)
    paper = _Paper(language, setting.atlas.ground, owners_of(region))
    known = region.manifest
    paper.title(known.text(language), say("report.title", language), known.title_zh)
    facts = overview(region)
    paper.note(
        say(
            "report.facts",
            language,
            cities=facts["cities"],
            counties=facts["counties"],
            area=facts["area"],
        )
        + f" · {say('report.residents', language)} {words_of(facts['people'], language)}"
        + f" · {say('report.state', language, hash=region.hash[:12])}"
    )
    if known.history:
        paper.note(say("report.scenario", language, count=len(known.history)))
    for chapter in chapters:
        _chapter(paper, chapter)
    _assumed(paper, region)
    _sources(paper, region)
    paper.note(say("report.document_footer", language, made_by=known.made_by, version=__version__))
    paper.word.save(str(path))


class _Paper:
    """A Word document and how things are set in it."""

    def __init__(self, language: Language, ground: Ground, owners: str) -> None:
        self.language, self.ground, self.owners = language, ground, owners
        self.word: Word = Document()
        section = self.word.sections[0]
        # A4, lying: nine cities stand side by side.
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21.0)
        section.left_margin = section.right_margin = Cm(1.8)
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
        return say(key, self.language, **values)

    def words(self, markup: str) -> str:
        return words_of(markup, self.language)

    def title(self, title: str, subtitle: str, subject: str) -> None:
        self.word.add_heading(title, 0)
        self.word.add_paragraph(subtitle)
        self.word.core_properties.title = f"{title} · {subtitle}"
        self.word.core_properties.subject = subject
        self.word.core_properties.author = "OneCity"

    def heading(self, text: str, level: int) -> None:
        self.word.add_heading(text, level)

    def note(self, text: str) -> None:
        run = self.word.add_paragraph().add_run(text)
        run.font.size = Pt(9)

    def bullets(self, texts: Iterable[str]) -> None:
        for text in texts:
            run = self.word.add_paragraph(style="List Bullet").add_run(text)
            run.font.size = Pt(9)

    def picture(self, caption: str, **drawn: Any) -> None:
        png = png_of(self.ground, self.language, owners=self.owners, **drawn)
        shown = self.word.add_paragraph()
        shown.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shown.paragraph_format.keep_with_next = True
        # As high as a page holds beside heading and caption.
        shown.add_run().add_picture(BytesIO(png), height=Cm(13.2))
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
            width = Cm(_WIDTH_CM * share / sum(shares))
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


def _trust(paper: _Paper, chip: Any) -> str:
    numbers = "".join(f"[{number}]" for number in chip.numbers)
    marks = "".join(chip.marks)
    return f"{chip.nature.text(paper.language)} {chip.grade.value} {numbers}{marks}"


def _brief(paper: _Paper, chip: Chip) -> str:
    return f"{chip.nature.text(paper.language)} {chip.grade.value}"


def _chapter(paper: _Paper, chapter: Chapter) -> None:
    said, words = paper.said, paper.words
    paper.heading(words(chapter.title), 1)
    paper.table(
        [said(f"report.{key}") for key in ("indicator", "value", "span", "trust", "meaning")],
        [
            (
                words(card.title),
                words(card.figure),
                words(card.span) if card.span else "",
                _trust(paper, card.chip),
                words(card.about),
            )
            for card in chapter.cards
        ],
        words=5,
        widths=(4, 4, 4, 4, 10),
    )
    if chapter.maps:
        first = chapter.maps[0]
        legend = [(swatch.colour, swatch.text[paper.language]) for swatch in first.drawn.legend]
        caption = f"{words(first.title)} ({words(first.unit)}) {_trust(paper, first.chip)}"
        paper.picture(caption, classes=first.drawn.paths, legend=legend)
    if chapter.cities:
        paper.heading(said("report.cities_heading", count=len(chapter.cities.heads)), 2)
        _sheet(paper, chapter.cities)
    if chapter.groups:
        paper.heading(said("report.groups_heading"), 2)
        _sheet(paper, chapter.groups)
    _borders(paper, chapter)
    _proposals(paper, chapter)
    if chapter.remarks:
        paper.heading(said("report.remarks"), 2)
        paper.bullets(f"{mark} {words(remark)}" for mark, remark in chapter.remarks)


def _sheet(paper: _Paper, sheet: Sheet) -> None:
    paper.table(
        [paper.said("report.indicator"), *(paper.words(head) for head in sheet.heads)],
        [
            (
                f"{paper.words(row.title)} ({paper.words(row.unit)}) {_brief(paper, row.chip)}",
                *(f"{cell.text} {cell.grade}".strip() for cell in row.cells),
            )
            for row in sheet.rows
        ],
        widths=(6, 2),
    )


def _borders(paper: _Paper, chapter: Chapter) -> None:
    one, words, said = chapter.borders, paper.words, paper.said
    if one is None:
        return
    paper.heading(said("report.borders_heading"), 2)
    trust = _trust(paper, Chip(one.nature, one.grade, one.numbers))
    if one.overlay.strokes:
        legend = [(key.colour, words(key.text)) for key in one.overlay.legend]
        paper.picture(f"{words(one.title)} {trust}", overlay=one.overlay, legend=legend)
    heads = ("border_interval", "border_variants", "border_chance", "border_verdict")
    paper.table(
        [said("report.border"), words(one.title), *(said(f"report.{key}") for key in heads)],
        [
            (
                words(line.name),
                line.percent,
                line.interval,
                line.variants,
                f"{line.share} ({line.chance_range})" if line.chance_range else line.share,
                words(line.verdict),
            )
            for scope in (SCOPES[0], SCOPES[2], SCOPES[1])
            for line in one.lines[scope]
        ],
        widths=(6, 4),
    )
    paper.note(said("report.borders_reading"))
    paper.bullets(words(remark) for remark in one.common)


def _proposals(paper: _Paper, chapter: Chapter) -> None:
    one, words, said = chapter.proposals, paper.words, paper.said
    if one is None:
        return
    paper.heading(said("report.proposals_heading", count=len(one.lines)), 2)
    if one.overlay.strokes:
        paper.picture(said("report.proposals_map_about"), overlay=one.overlay)
    heads = ("added", "cost", "per_million", "rank_range", "winners", "payers")
    paper.table(
        [
            said("report.rank"),
            said("report.place"),
            f"{words(one.title)} ({words(one.unit)})",
            *(said(f"report.{key}") for key in heads),
        ],
        [
            (
                str(line.rank),
                f"{words(line.place)} {words(line.kind)}".strip(),
                f"{line.benefit} ({words(line.range)})" if line.range else line.benefit,
                line.added,
                line.cost,
                line.per_million,
                f"{line.ranks} {words(line.in_top)}".strip(),
                words(line.winners),
                words(line.payers),
            )
            for line in one.lines
        ],
        words=9,
        widths=(1, 4, 3.5, 2, 2, 2, 3, 5, 4),
    )
    paper.bullets(f"[{line.rank}] {words(line.remarks)}" for line in one.lines if line.remarks)
    paper.note(_trust(paper, one) + " · " + said("report.proposals_reading"))
    paper.bullets(words(remark) for remark in one.common)
    paper.note(said("report.proposals_assumed"))
    paper.bullets(
        f"{assumed_words([item], paper.language)}: {item.text(paper.language)}"
        for item in one.assumptions
    )


def _assumed(paper: _Paper, region: Region) -> None:
    if not region.manifest.assumptions:
        return
    paper.heading(paper.said("report.assumed"), 1)
    paper.table(
        [paper.said(f"report.{key}") for key in ("assumption", "value", "believable", "reason")],
        [
            (
                name_of(one.key, paper.language),
                amount_of(one, paper.language),
                range_of(one, paper.language),
                one.text(paper.language),
            )
            for one in region.manifest.assumptions
        ],
        words=4,
        widths=(4, 3, 3, 14),
    )


def _sources(paper: _Paper, region: Region) -> None:
    paper.heading(paper.said("report.sources"), 1)
    paper.table(
        ["#", *(paper.said(f"report.{key}") for key in ("source", "licence", "date", "grade"))],
        [
            (
                f"[{plain(number, 0)}]",
                f"{one.text(paper.language)} {one.origin}",
                one.terms(paper.language),
                one.date,
                one.grade.value,
            )
            for number, one in enumerate(region.manifest.sources.values(), 1)
        ],
        words=5,
        widths=(1, 14, 5, 3, 2),
    )
    paper.note(paper.said("report.licence_note"))
