"""Write the Word templates of the ledger's reports, as the package ships them.

Set as GB/T 9704-2012 has official papers: 仿宋 of size 三号 with 28 points between lines, heads in
黑体, 22 lines to the page. Usage: ``python scripts/ledger_templates.py src/onecity/report/ledger``.
The same input gives the same bytes.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from onecity.core.words import LANGUAGES, Language, say
from onecity.report.ledger.data import CHAPTERS, COLUMNS, FIGURES, WIDTHS, Kind, numeral

SONG, FANG, HEI, KAI = "宋体", "仿宋", "黑体", "楷体"
TITLE = "方正小标宋简体"
OTHERS = {
    TITLE: "小标宋,FZXiaoBiaoSong-B05S,华文中宋,Noto Serif CJK SC Bold,Noto Serif CJK SC,宋体",
    FANG: "FangSong,仿宋_GB2312,华文仿宋,Noto Serif CJK SC",
    KAI: "KaiTi,楷体_GB2312,华文楷体,Noto Serif CJK SC",
    SONG: "SimSun,Noto Serif CJK SC",
    HEI: "SimHei,Noto Sans CJK SC",
}
"""Fonts to take where one is not there; Word and LibreOffice both follow them."""
LATIN = "Times New Roman"
MARGINS = {False: (3.7, 3.5, 2.8, 2.6), True: (1.5, 1.3, 1.8, 1.8)}
"""Upper, lower, left, right, cm: of a paper as the standard has it, and of the one page."""
GREY = "F2F2F2"
CELL_MARGIN = 45
"""Beside the words of a cell, twentieths of a point."""


class Sheet:
    """A template that is being written."""

    def __init__(self, kind: Kind, language: Language) -> None:
        self.kind, self.language = kind, language
        self.brief = kind is Kind.PAGE
        self.word = Document()
        section = self.word.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        top, bottom, left, right = MARGINS[self.brief]
        section.top_margin, section.bottom_margin = Cm(top), Cm(bottom)
        section.left_margin, section.right_margin = Cm(left), Cm(right)
        section.footer_distance = Cm(0.7 if self.brief else 2.5)
        self.width = 21 - left - right
        self._styles()

    def _styles(self) -> None:
        body, line = (10.5, 15.0) if self.brief else (16.0, 28.0)
        if self.language == "en":
            body, line = (9.0, 12.5) if self.brief else (12.0, 19.0)
        small = 8 if self.brief else 9
        self._style("Normal", FANG, body, line=line, indent=2 * body)
        self._style("Title", TITLE, 16 if self.brief else 22, line=24 if self.brief else 34)
        self._style("Subtitle", KAI, body if self.brief else body - 2, line=line)
        self._style("Heading 1", HEI, body, line=line, indent=2 * body)
        for name in ("Title", "Subtitle"):
            self.word.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.word.styles["Normal"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        self.word.styles["Heading 1"].paragraph_format.keep_with_next = True
        for name, font, size in (
            ("Table Title", HEI, small + 1),
            ("Table Head", HEI, small),
            ("Table Text", SONG, small),
            ("Table Figure", SONG, small),
            ("Note", FANG, small + 0.5),
            ("Notice", HEI, small + 1.5),
            ("Map", SONG, small),
            ("Table Gap", SONG, 2),
        ):
            self.word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            self._style(name, font, size)
            self.word.styles[name].base_style = None
        for name in ("Title", "Heading 1", "Table Title"):
            # 黑体 is bold by itself; Latin letters are not.
            self.word.styles[name].font.bold = self.language == "en"
        for name in ("Table Title", "Table Head", "Map"):
            self.word.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self.word.styles["Table Figure"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.word.styles["Table Title"].paragraph_format.keep_with_next = True
        self.word.styles["Table Title"].paragraph_format.space_before = Pt(4 if self.brief else 8)
        self.word.styles["Table Title"].paragraph_format.space_after = Pt(2)
        self.word.styles["Notice"].font.color.rgb = RGBColor(0xA3, 0x16, 0x1A)
        self.word.styles["Notice"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _style(
        self, name: str, han: str, size: float, *, line: float = 0, indent: float = 0
    ) -> None:
        style: Any = self.word.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.bold = style.font.italic = False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for part in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{part}"), None)
        for part, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", han)):
            fonts.set(qn(f"w:{part}"), font)
        for piece in ("w:spacing", "w:kern"):
            for one in style.element.rPr.findall(qn(piece)):
                style.element.rPr.remove(one)
        for one in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
            style.element.pPr.remove(one)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.first_line_indent = Pt(indent) if self.language == "zh" else Pt(0)
        if line:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        else:
            form.line_spacing_rule = WD_LINE_SPACING.SINGLE

    # --- What is written -------------------------------------------------------------------------

    def line(self, text: str, style: str = "Normal") -> Any:
        """Add a paragraph."""
        return self.word.add_paragraph(text, style=style)

    def mark(self, text: str) -> None:
        """Add a paragraph that is a mark and vanishes."""
        self.line("{%p " + text + " %}", "Note")

    def each(self, name: str, style: str = "Normal") -> None:
        """Add the paragraphs of a list of texts."""
        self.mark(f"for line in {name}")
        self.line("{{ line }}", style)
        self.mark("endfor")

    def table(self, key: str) -> None:
        """Add a table that is left out where it has no rows."""
        columns = COLUMNS[key]
        self.mark(f"if tables.{key}.rows")
        if self.brief:
            self.line("", "Table Gap")
        else:
            self.line("{{ tables." + key + ".title }}", "Table Title")
        made = self.word.add_table(rows=4, cols=len(columns), style="Table Grid")
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        _tighten(made)
        shares = [WIDTHS[one] for one in columns]
        for place, column in enumerate(columns):
            wide = Cm(self.width * shares[place] / sum(shares))
            made.columns[place].width = wide
            head = say(f"ledger_report.column_{column}", self.language)
            style = "Table Figure" if column in FIGURES else "Table Text"
            cells = [row.cells[place] for row in made.rows]
            for cell, text, named in (
                (cells[0], head, "Table Head"),
                (cells[2], "{{ row." + column + " }}", style),
            ):
                cell.paragraphs[0].style, cell.paragraphs[0].text = named, text
            for cell in cells:
                cell.width = wide
            cells[0].vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            _shade(cells[0])
        for row, text in ((1, f"for row in tables.{key}.rows"), (3, "endfor")):
            made.rows[row].cells[0].paragraphs[0].text = "{%tr " + text + " %}"
        _flag(made.rows[0], "w:tblHeader")
        _flag(made.rows[0], "w:cantSplit")
        _flag(made.rows[2], "w:cantSplit")
        self.mark(f"if tables.{key}.more")
        self.line("{{ tables." + key + ".more }}", "Note")
        self.mark("endif")
        self.mark("endif")

    def whole(self) -> bytes:
        """Write the template, and return it."""
        self.mark("if example")
        self.line("{{ example }}", "Notice")
        self.mark("endif")
        self.line("{{ title }}", "Title")
        self.line("{{ subtitle }}", "Subtitle")
        if not self.brief:
            self.line("", "Note")
        for number, (chapter, tables) in enumerate(CHAPTERS[self.kind].items(), 1):
            title = say(f"ledger_report.chapter_{chapter}", self.language)
            self.line(f"{numeral(number, self.language)}{title}", "Heading 1")
            self.each(f"{chapter}.text")
            for key in tables:
                self.table(key)
            if self.brief and chapter == "overview":
                self._map()
        if not self.brief:
            self.line("", "Note")
        for name in ("notes", "sources"):
            self._list(name)
        self.line("{{ footer }}", "Note")
        self._footer()
        return self._bytes()

    def _map(self) -> None:
        self.mark("if map")
        self.line("{{ map }}", "Map").paragraph_format.keep_with_next = True
        self.line("{{ map_about }}", "Map")
        self.mark("endif")

    def _list(self, name: str) -> None:
        title = say(f"ledger_report.{name}", self.language)
        self.mark(f"if {name}")
        joint = "：" if self.language == "zh" else ": "
        if name == "notes":
            inner = "{% for line in notes %}{{ loop.index }}. {{ line }} {% endfor %}"
        else:
            inner = "{% for one in sources %}[{{ one.number }}] {{ one.text }}  {% endfor %}"
        self.line(f"{title}{joint}{inner}", "Note")
        self.mark("endif")

    def _footer(self) -> None:
        paragraph = self.word.sections[0].footer.paragraphs[0]
        paragraph.style = "Map"
        paragraph.add_run("— ")
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = paragraph.add_run()
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = text
            run._r.append(element)  # noqa: SLF001 - python-docx has no call for fields
        paragraph.add_run(" —")

    def _bytes(self) -> bytes:
        """Return the file with the fonts to fall back on, and without the time it was made."""
        properties = self.word.core_properties
        properties.author, properties.comments = "OneCity", ""
        properties.title = self.kind.text(self.language)
        made = BytesIO()
        self.word.save(made)
        whole = BytesIO()
        with ZipFile(made) as given, ZipFile(whole, "w", ZIP_DEFLATED) as written:
            for name in given.namelist():
                content = given.read(name)
                if name == "word/fontTable.xml":
                    content = content.replace(b"</w:fonts>", _fonts() + b"</w:fonts>")
                written.writestr(ZipInfo(name), content, ZIP_DEFLATED)
        return whole.getvalue()


def _fonts() -> bytes:
    return "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in OTHERS.items()
    ).encode()


def _flag(row: Any, name: str) -> None:
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)  # noqa: SLF001 - python-docx has no call for it


def _tighten(table: Any) -> None:
    """Leave little room beside the words of a cell: eight columns stand on an upright page."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), str(CELL_MARGIN))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx has no call for it
    look = properties.find(qn("w:tblLook"))
    if look is None:
        properties.append(margins)
    else:
        look.addprevious(margins)


def _shade(cell: Any) -> None:
    element = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", GREY)):
        element.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(element)  # noqa: SLF001 - python-docx has no call for it


def main(folder: Path) -> None:
    """Write every template into a folder of the package."""
    for kind in Kind:
        for language in LANGUAGES:
            path = folder / "templates" / f"{kind.value}.{language}.docx"
            path.write_bytes(Sheet(kind, language).whole())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
