"""What a cell's content means, where it can mean only one thing."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_MYRIADS = re.compile(r"[约近超]*(\d+(?:\.\d+)?)\s*(万|亿)[\u4e00-\u9fff]*")
_SERIALS = (36526, 73415)
"""Excel's numbers of the days 2000-01-01 to 2100-12-31."""


def plain(text: str) -> str:
    """Return text with half-width letters and digits, without blanks around it."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def decimal_in(text: str) -> str | None:
    """Return the number of a half-width text, without separators of thousands; None if none."""
    bare = text.replace("\N{MINUS SIGN}", "-")
    bare = bare.replace(",", "") if _GROUPED.fullmatch(bare) else bare
    return bare if _DECIMAL.fullmatch(bare) else None


def myriads_in(text: str) -> str | None:
    """Return the number that a text such as 12.3万 or 约3亿元 may mean, written out."""
    found = _MYRIADS.fullmatch(text)
    if found is None:
        return None
    whole = Decimal(found[1]) * (10_000 if found[2] == "万" else 100_000_000)
    return f"{whole.normalize():f}"


def serial_day(number: float, epoch: datetime) -> date | None:
    """Return the day that Excel counts by a number; None beyond 2000 to 2100."""
    if not _SERIALS[0] <= number <= _SERIALS[1] or number != int(number):
        return None
    found = from_excel(int(number), epoch)
    return found.date() if isinstance(found, datetime) else None


def digits(value: object) -> str:
    """Return a value as text; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
