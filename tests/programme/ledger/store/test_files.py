"""Attachments: what is in them decides, whatever they are called."""

import zipfile
from io import BytesIO

import pytest
from sqlalchemy import text

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.programme.ledger.store import Ledger, contents
from onecity.programme.ledger.way import Move, Said
from tests.programme.ledger.store.desk import EDITOR, OFFICE, Hands, at_work


def packed(*names: str) -> bytes:
    with BytesIO() as held:
        with zipfile.ZipFile(held, "w") as one:
            for name in names:
                one.writestr(name, "x")
        return held.getvalue()


WORD = packed("[Content_Types].xml", "word/document.xml")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 20


@pytest.mark.parametrize(
    ("name", "content", "type_"),
    [
        ("报告（终稿）.docx", WORD, "wordprocessingml.document"),
        ("a.XLSX", packed("[Content_Types].xml", "xl/workbook.xml"), "spreadsheetml.sheet"),
        ("a.doc", OLE, "application/msword"),
        ("a.xls", OLE, "application/vnd.ms-excel"),
        ("照片.png", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.zip", packed("x.exe"), "application/zip"),
        ("a.ofd", packed("OFD.xml"), "application/ofd"),
        ("a.txt", "进展".encode("gb18030"), "text/plain"),
        ("a.csv", "﻿甲,乙".encode(), "text/csv"),
        ("a.json", b"{}", "application/json"),
        ("a.mp4", b"\0\0\0\x18ftypisom", "video/mp4"),
    ],
)
def test_files_of_an_office_are_taken(name: str, content: bytes, type_: str) -> None:
    assert contents.type_of(name, content).endswith(type_)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", b"MZ\x90\0"),
        ("a.pdf", b"MZ\x90\0"),
        ("a.docx", b"MZ\x90\0"),
        ("a.docx", packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("a.docx", packed("[Content_Types].xml", "xl/workbook.xml")),
        ("a.docm", WORD),
        ("a.docx", OLE),
        ("a.html", b"<html></html>"),
        ("a.svg", b"<svg/>"),
        ("a.txt", b"  <!DOCTYPE HTML><p>"),
        ("a.csv", "x,<ScRiPt>alert(1)</script>".encode("utf-16")),
        ("a.txt", b"#!/bin/sh\n"),
        ("a.txt", b"\x7fELF\x02\x01"),
        ("a.png", b"<svg xmlns='x'/>"),
        ("a.png.svg", PNG),
        ("png", b"text"),
        ("", b"text"),
        ("a.txt", b""),
        ("a.zip", b"PK\x03\x04 no zip"),
        ("a.pdf", b"%PDF-" + b"x" * contents.LARGEST),
    ],
)
def test_programs_pages_and_what_is_not_as_named_are_refused(name: str, content: bytes) -> None:
    with pytest.raises(InputError) as error:
        contents.type_of(name, content)
    assert error.value.text("zh")
    assert error.value.text("en")


def test_a_file_is_kept_with_its_event_and_checked_when_it_is_read(
    ledger: Ledger, hands: Hands
) -> None:
    item = at_work(ledger)
    odd = "../../etc/пароль\n“二〇二六”\U0001f4ce%00;rm -rf.pdf"
    made = ledger.attach(item.id, odd, b"%PDF-1.7 one", by=EDITOR)
    hands.move(seconds=1)
    twin = ledger.attach(item.id, "b.pdf", b"%PDF-1.7 one", by=OFFICE)
    assert ledger.content(made.id) == (made, b"%PDF-1.7 one")
    assert made.name == odd
    assert ledger.attachments(item.id) == (made, twin)
    assert ledger.get(item.id).version == item.version, "nobody's edit is stale for a file"
    assert ledger.history(item.id)[-2].evidence == (made.id,)
    book = ledger.book()
    assert book.items[item.id] == item

    said = Said("已贯通", 100, evidence=(made.id,))
    item = ledger.move(item.id, Move.REPORT, said, seen=item.version, by=EDITOR)
    other = at_work(ledger)
    for evidence in (made.id, "0" * 26):
        with pytest.raises(MissingError):
            ledger.move(
                other.id, Move.PROGRESS, Said("x", 5, (evidence,)), seen=other.version, by=EDITOR
            )
    for wrong in ("", "x" * 300 + ".pdf", "a\0.pdf"):
        with pytest.raises(InputError):
            ledger.attach(item.id, wrong, b"%PDF-1.7", by=EDITOR)
    for missing in (lambda: ledger.content("0" * 26), lambda: ledger.attachments("nothing")):
        with pytest.raises(MissingError):
            missing()

    with ledger.office.database.writing() as one:
        if ledger.office.database.dialect == "postgresql":
            one.execute(text("ALTER TABLE ledger_contents DISABLE TRIGGER ledger_contents_keep"))
        else:
            one.execute(text("DROP TRIGGER ledger_contents_keep"))
        one.execute(text("UPDATE ledger_contents SET content = :new"), {"new": b"%PDF-1.7 two"})
    with pytest.raises(StoreError) as error:
        ledger.content(made.id)
    assert "rm -rf" in error.value.text("zh")
