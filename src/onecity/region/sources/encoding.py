"""Text of tables in the encodings Chinese offices use: UTF-8, GB 18030 (GBK), UTF-16.

No statistics: bytes that are valid UTF-8 are UTF-8 (a Chinese GBK text practically never is),
else they must be valid GB 18030, of which GBK and GB 2312 are parts.
"""

import codecs
import gzip
import os
import unicodedata
from dataclasses import dataclass

from onecity.core.errors import InputError
from onecity.core.files import checked_file

_GZIP = b"\x1f\x8b"
_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without byte order mark, and the Python name of its encoding."""

    text: str
    encoding: str


def read_text(path: str | os.PathLike[str], encoding: str | None = None) -> Decoded:
    """Read a text file, also when gzipped, in the encoding given or found.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is a folder, empty, a damaged gzip file, a workbook, or no text in the encoding
        given or in any that is tried; the message names the byte.
    """
    file = checked_file(path)
    content = file.read_bytes()
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise InputError("sources.gzip_damaged", path=str(file), reason=error) from error
    if content.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise InputError("sources.is_workbook", path=str(file))
    return decode(content, str(file), encoding)


def decode(content: bytes, name: str, encoding: str | None = None) -> Decoded:
    """Turn bytes into text in the encoding given or found; `name` says whose bytes they are.

    Raises
    ------
    InputError
        As in `read_text`.
    """
    if encoding is None:
        encoding = next((code for bom, code in _BOMS if content.startswith(bom)), None)
    elif encoding.lower() in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"  # accepts a byte order mark and does without
    if encoding is None:
        return _find(content, name)
    try:
        return Decoded(content.decode(encoding), encoding)
    except LookupError as error:
        raise InputError("sources.encoding_unknown", given=encoding) from error
    except UnicodeDecodeError as error:
        at, byte = error.start, content[error.start]
        raise InputError(
            "sources.encoding_given", path=name, given=encoding, at=at, byte=byte
        ) from error


def _find(content: bytes, name: str) -> Decoded:
    if b"\0" in content:
        raise InputError("sources.not_text", path=name, at=content.index(b"\0"))
    try:
        return Decoded(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        utf8 = error.start
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as error:
        gb18030 = error.start
    else:
        strange = _strange(text)
        if strange is None:
            return Decoded(text, "gb18030")
        gb18030 = len(text[:strange].encode("gb18030"))
    raise InputError(
        "sources.encoding_none",
        path=name,
        utf8=utf8,
        byte=content[min(utf8, len(content) - 1)],
        gb18030=gb18030,
    )


def _strange(text: str) -> int | None:
    """Return where a character stands that no table holds: GB 18030 decodes almost any bytes.

    Private and unassigned characters mean that the bytes were something else.
    """
    odd = {c for c in set(text) if unicodedata.category(c) in {"Co", "Cn", "Cs"}}
    return next((at for at, c in enumerate(text) if c in odd), None) if odd else None
