"""What a file is by its content, and whether it came whole."""

import zipfile
import zlib
from io import BytesIO

from onecity.core.words import Sentence

from .model import JPEG, MOST_BYTES, OFD, PDF, PNG, FileSlot

_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_ZIP_START = b"PK\x03\x04"
_TAIL = 2048
_MOST_PARTS = 5000


def medium_of(content: bytes) -> str | None:
    """Return the media type that the content shows, None where it is none that is taken."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(_PNG_START):
        return PNG
    if content.startswith(_JPEG_START):
        return JPEG
    # OFD (GB/T 33190) is a ZIP whose entry is OFD.xml.
    if content.startswith(_ZIP_START) and b"OFD.xml" in content:
        return OFD
    return None


def is_whole(content: bytes, medium: str) -> bool:
    """Return whether a file ends as its kind ends: one that was cut off does not."""
    match medium:
        case "application/pdf":
            return b"%%EOF" in content[-_TAIL:]
        case "image/jpeg":
            return content.rstrip(b"\0").endswith(_JPEG_END) or _JPEG_END in content[-_TAIL:]
        case "image/png":
            return _whole_png(content)
        case "application/ofd":
            return _whole_zip(content)
        case _:
            return False


def _whole_png(content: bytes) -> bool:
    at = len(_PNG_START)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        kind, end = content[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[end : end + 4]):
            return False
        if kind == b"IEND":
            return True
        at = end + 4
    return False


def _whole_zip(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
            # What it says of its size is not believed beyond what a document may have.
            if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > 20 * MOST_BYTES:
                return False
            return packed.testzip() is None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return False


def fault_of_file(slot: FileSlot, name: str, content: bytes) -> Sentence | None:
    """Return what is wrong with a file for a slot, None where nothing is."""
    if not content:
        return Sentence("hall_forms.file_empty", {"file": name})
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // (1024 * 1024)
        return Sentence("hall_forms.file_large", {"file": name, "most": most})
    medium = medium_of(content)
    if medium is None or medium not in slot.media:
        allowed = "/".join(_ENDINGS[one] for one in slot.media)
        return Sentence("hall_forms.file_medium", {"file": name, "allowed": allowed})
    if not is_whole(content, medium):
        return Sentence("hall_forms.file_cut", {"file": name})
    return None


_ENDINGS = {PDF: "PDF", OFD: "OFD", JPEG: "JPG", PNG: "PNG"}
