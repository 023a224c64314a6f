"""The paragraphs of a minute that comes as a Word file."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph as WordParagraph

from onecity.core.errors import InputError

from .minutes import Paragraph, paragraphs_of

MAX_BYTES, MAX_UNPACKED = 20_000_000, 200_000_000
"""Size of a file that is read, as it is and unpacked."""

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TASK_HEADS = ("任务", "事项", "内容", "工作")
BROKEN = (
    BadZipFile,
    OpcError,
    zlib.error,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # what parsers of XML raise
    TypeError,
    ValueError,
)
"""What reading a damaged file raises."""


def paragraphs_in(content: bytes, where: str) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a ``.docx``, or of a text in UTF-8 or GB 18030.

    Paragraphs that Word numbers by itself count as numbered. Each row of a table of tasks becomes
    one paragraph, with its other columns behind their heads: ``建设某路（完成时限：年底前）``.

    Parameters
    ----------
    content
        The file.
    where
        Its name, for errors.

    Raises
    ------
    InputError
        It is too large, an old ``.doc`` or locked by a password, damaged, or no text.
    """
    if len(content) > MAX_BYTES:
        raise InputError("ledger.minutes_large", where=where, given=len(content), most=MAX_BYTES)
    if content.startswith(_OLD):
        raise InputError("ledger.minutes_old_word", where=where)
    if not content.startswith(b"PK"):
        return paragraphs_of(_decoded(content, where))
    try:
        with ZipFile(BytesIO(content)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        found = list(_paragraphs(Document(BytesIO(content)))) if size <= MAX_UNPACKED else []
    except BROKEN as error:
        raise InputError("ledger.minutes_damaged", where=where) from error
    if size > MAX_UNPACKED:
        raise InputError("ledger.minutes_large", where=where, given=size, most=MAX_UNPACKED)
    paragraphs_of("\n".join(one.text for one in found))  # refuses what is too long
    return tuple(found)


def _decoded(content: bytes, where: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("ledger.minutes_no_text", where=where)


def _paragraphs(document: Any) -> Iterator[Paragraph]:
    for block in document.iter_inner_content():
        if isinstance(block, WordParagraph):
            numbered = _is_numbered(block)
            for number, one in enumerate(paragraphs_of(block.text)):
                yield Paragraph(one.text, numbered=numbered and number == 0)
        elif isinstance(block, Table):
            yield from _rows(block)


def _is_numbered(paragraph: WordParagraph) -> bool:
    """Whether Word writes a number before a paragraph, by itself or by its style."""
    own = paragraph._p.xpath("./w:pPr/w:numPr")  # noqa: SLF001  (python-docx has no call for it)
    if own:
        return bool(
            own[0].xpath("string(./w:numId/@w:val)") != "0"
        )  # 0 takes a style's number away
    style: Any = paragraph.style
    return style is not None and bool(style.element.xpath("./w:pPr/w:numPr"))


def _rows(table: Table) -> Iterator[Paragraph]:
    """Yield the rows of a table of tasks as paragraphs; of any other table, its cells' texts."""
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    heads = rows[0] if rows else []
    task = next((n for n, head in enumerate(heads) if any(w in head for w in _TASK_HEADS)), None)
    if task is None:
        for row in rows:
            yield Paragraph(" ".join(dict.fromkeys(one for one in row if one)))
        return
    for row in rows[1:]:
        others = "；".join(
            f"{head}：{value}"
            for n, (head, value) in enumerate(zip(heads, row, strict=False))
            if n != task and value and head not in {"序号", "编号"}
        )
        if row[task]:
            yield Paragraph(f"{row[task]}（{others}）" if others else row[task], numbered=True)
