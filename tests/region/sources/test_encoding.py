import gzip
from pathlib import Path

import pytest

from onecity.core.errors import InputError, MissingError
from onecity.region.sources.encoding import decode, read_text

TEXT = "单元,人口\r\n江岸区,965260\r\n"


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_finds_what_chinese_offices_write(tmp_path: Path, codec: str, found: str) -> None:
    file = tmp_path / "人口.csv"
    file.write_bytes(TEXT.encode(codec))
    decoded = read_text(file)
    assert (decoded.text, decoded.encoding) == (TEXT, found)
    assert read_text(file, codec).text == TEXT


def test_rare_characters_of_names_are_gb18030() -> None:
    assert decode("滠口,㙍".encode("gb18030"), "x").text == "滠口,㙍"


def test_a_mark_is_no_part_of_the_text_when_utf8_is_asked_for() -> None:
    assert decode("\ufeff区".encode(), "x", "utf-8").text == "区"


def test_gzip_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "t.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode("gbk")))
    assert read_text(file).text == TEXT
    file.write_bytes(gzip.compress(TEXT.encode("gbk") * 100)[:-20])
    with pytest.raises(InputError, match="damaged gzip"):
        read_text(file)


def test_names_the_byte_when_no_encoding_fits() -> None:
    content = b"name\nM\xfcnchen\xff"
    with pytest.raises(InputError, match=r"position 6 \(0xFC\)"):
        decode(content, "t.csv")
    with pytest.raises(InputError, match="byte 0xFF at position 0"):
        decode(b"\xff", "t.csv", "utf-8")


def test_bytes_that_only_pass_for_chinese_are_refused() -> None:
    content = "名称".encode("gbk") + b"\xaa\xa1"  # a private character of GB 18030
    with pytest.raises(InputError, match="as GB 18030 at 4"):
        decode(content, "t.csv")


def test_binary_files_and_workbooks_are_named(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"PK\x03\x04rest of a workbook")
    with pytest.raises(InputError, match="Excel workbook"):
        read_text(file)
    file.write_bytes(b"a,b\n1,\0")
    with pytest.raises(InputError, match="position 6 is zero"):
        read_text(file)
    with pytest.raises(InputError, match="'klingon' is not known"):
        read_text(file, "klingon")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        read_text(tmp_path / "不存在.csv")
    with pytest.raises(InputError, match="folder"):
        read_text(tmp_path)
