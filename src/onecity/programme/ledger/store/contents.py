"""What files may be attached: by what is in them, not by what they are called alone.

A file is taken if its content is of a kind in the table and its name ends as files of that kind
do. Programs, scripts and pages (HTML, SVG), which a browser might run, are of no such kind.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from onecity.core.errors import InputError

LARGEST = 20_000_000
"""Bytes of one file."""
MOST = 200
"""Files of one item."""
_MOST_NAMES = 20_000
_TEXT_LOOKED_AT = 65_536
_PAGE_SIGNS = (
    "<!doctype html", "<html", "<head", "<body", "<script", "<svg", "<iframe", "<object", "<embed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContentKind:
    """A kind of file: its type, how names of it end, and what tells that a content is of it."""

    type: str
    suffixes: frozenset[str]
    fits: Callable[[bytes], bool]


def _begins(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signs)


def _riff(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"msf1"}


def _mp4(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and not _heic(content)


def _names(content: bytes) -> frozenset[str]:
    """Return what a zip file holds; empty if it is none, or holds more than is looked at."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return frozenset()
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return frozenset()
    return frozenset(names) if len(names) <= _MOST_NAMES else frozenset()


def _office(folder: str) -> Callable[[bytes], bool]:
    """Return what tells an Office Open XML file without macros, by the folder it has."""

    def fits(content: bytes) -> bool:
        names = _names(content)
        return (
            "[Content_Types].xml" in names
            and any(one.startswith(f"{folder}/") for one in names)
            and not any(one.lower().endswith("vbaproject.bin") for one in names)
        )

    return fits


def _open_document(kind: bytes) -> Callable[[bytes], bool]:
    return lambda content: (
        content.startswith(b"PK") and content[30:38] == b"mimetype" and kind in content[38:120]
    )


def _archive(content: bytes) -> bool:
    return bool(_names(content)) or content.startswith(b"PK\x05\x06")


def _ofd(content: bytes) -> bool:
    return "OFD.xml" in _names(content)


def _text(content: bytes) -> bool:
    """Whether it is text that no browser and no system would run."""
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        head = text[:_TEXT_LOOKED_AT].lower()
        odd = any(ord(one) < 32 and one not in "\t\n\r\f" for one in head)
        return not (odd or head.startswith("#!") or any(sign in head for sign in _PAGE_SIGNS))
    return False


def _kind(type_: str, suffixes: str, fits: Callable[[bytes], bool]) -> ContentKind:
    return ContentKind(type_, frozenset(suffixes.split()), fits)


_OLD_OFFICE = _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
KINDS: tuple[ContentKind, ...] = (
    _kind("application/pdf", "pdf", _begins(b"%PDF-")),
    _kind("application/ofd", "ofd", _ofd),
    _kind(f"{_OOXML}.wordprocessingml.document", "docx", _office("word")),
    _kind(f"{_OOXML}.spreadsheetml.sheet", "xlsx", _office("xl")),
    _kind(f"{_OOXML}.presentationml.presentation", "pptx", _office("ppt")),
    _kind(f"{_ODF}.text", "odt", _open_document(b"opendocument.text")),
    _kind(f"{_ODF}.spreadsheet", "ods", _open_document(b"opendocument.spreadsheet")),
    _kind("application/msword", "doc wps", _OLD_OFFICE),
    _kind("application/vnd.ms-excel", "xls et", _OLD_OFFICE),
    _kind("application/vnd.ms-powerpoint", "ppt dps", _OLD_OFFICE),
    _kind("image/png", "png", _begins(b"\x89PNG\r\n\x1a\n")),
    _kind("image/jpeg", "jpg jpeg", _begins(b"\xff\xd8\xff")),
    _kind("image/gif", "gif", _begins(b"GIF87a", b"GIF89a")),
    _kind("image/webp", "webp", _riff),
    _kind("image/heic", "heic", _heic),
    _kind("image/tiff", "tif tiff", _begins(b"II*\x00", b"MM\x00*")),
    _kind("video/mp4", "mp4 mov", _mp4),
    _kind("image/vnd.dwg", "dwg", _begins(b"AC10")),
    _kind("application/zip", "zip", _archive),
    _kind("application/vnd.rar", "rar", _begins(b"Rar!\x1a\x07")),
    _kind("application/x-7z-compressed", "7z", _begins(b"7z\xbc\xaf\x27\x1c")),
    _kind("text/plain", "txt md", _text),
    _kind("text/csv", "csv", _text),
    _kind("application/json", "json geojson", _text),
)
"""Every kind of file that is taken."""


def type_of(name: str, content: bytes) -> str:
    """Return the type of a file from its name and content.

    Raises
    ------
    InputError
        It is empty, too large, of a kind that is not taken, or is not what its name says.
    """
    if not content:
        raise InputError("ledger_store.file_empty", name=_shown(name))
    if len(content) > LARGEST:
        raise InputError(
            "ledger_store.file_large",
            name=_shown(name),
            given=len(content) / 1e6,
            most=LARGEST / 1e6,
        )
    suffix = name.rpartition(".")[2].strip().lower()
    possible = [one for one in KINDS if suffix in one.suffixes]
    if not possible:
        known = "、".join(sorted(one for kind in KINDS for one in kind.suffixes))
        raise InputError("ledger_store.file_kind", name=_shown(name), known=known)
    for one in possible:
        if one.fits(content):
            return one.type
    raise InputError("ledger_store.file_not_as_named", name=_shown(name), suffix=suffix)


def _shown(name: str) -> str:
    """Return a name such that a sentence can hold it, whatever signs it is made of."""
    plain = "".join(one if one.isprintable() else "�" for one in name)
    return plain if len(plain) <= 80 else f"{plain[:40]}…{plain[-30:]}"
