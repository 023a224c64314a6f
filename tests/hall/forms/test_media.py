"""Files are what their content shows, and whole."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest

from onecity.hall.forms import FileSlot, fault_of_file, medium_of
from onecity.hall.forms.model import JPEG, MOST_BYTES, OFD, PDF, PNG, both_of


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png() -> bytes:
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def ofd() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("OFD.xml", "<OFD/>" * 200)
    return made.getvalue()


WHOLE = {
    PDF: b"%PDF-1.7\n" + b"x" * 4000 + b"\nstartxref\n9\n%%EOF\n",
    PNG: png(),
    JPEG: b"\xff\xd8\xff\xe0" + b"x" * 4000 + b"\xff\xd9",
    OFD: ofd(),
}
SLOT = FileSlot("deed", both_of("权证"), necessary=True, fetchable=False, origin="applicant")


def fault(content: bytes, slot: FileSlot = SLOT) -> str | None:
    found = fault_of_file(slot, "扫描件", content)
    assert found is None or "扫描件" in found.text("zh")
    return found.key.removeprefix("hall_forms.") if found else None


@pytest.mark.parametrize("medium", WHOLE)
def test_a_whole_file_is_taken_and_one_cut_off_is_not(medium: str) -> None:
    content = WHOLE[medium]
    assert medium_of(content) == medium
    assert fault(content) is None
    assert fault(content[: len(content) * 2 // 3]) in {"file_cut", "file_medium"}


def test_what_is_no_document_is_not_taken_whatever_it_is_called() -> None:
    assert fault(b"<script>alert(1)</script>") == "file_medium"
    assert fault(b"MZ\x90\0") == "file_medium"
    assert fault(b"") == "file_empty"
    assert fault(b"%PDF-1.7" + bytes(MOST_BYTES)) == "file_large"


def test_a_picture_that_was_changed_on_the_way_is_seen() -> None:
    content = bytearray(WHOLE[PNG])
    content[-20] ^= 1
    assert fault(bytes(content)) == "file_cut"


def test_a_slot_takes_only_its_media() -> None:
    photo = FileSlot(
        "photo", both_of("照片"), necessary=True, fetchable=False, origin="applicant", media=(JPEG,)
    )
    assert fault(WHOLE[JPEG], photo) is None
    assert fault(WHOLE[PDF], photo) == "file_medium"
