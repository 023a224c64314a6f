"""Numbers that people and firms are known by, checked as their standards say.

Each check answers yes or no for a text; JSON Schema calls them by the name of a format.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

ID_NUMBER: Final = "cn-id-number"
CREDIT_CODE: Final = "cn-credit-code"
PHONE: Final = "cn-phone"

_ID = re.compile(r"[1-9][0-9]{16}[0-9Xx]", re.ASCII)
_ID_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
_ID_CHECKS = "10X98765432"
# First two digits: 省级行政区划 (GB/T 2260), 81–83 for residents of Hong Kong, Macao and Taiwan;
# 91 for foreigners with permanent residence since 2023 (国家移民管理局公告 2023).
_PLACES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT = re.compile(f"[1-9A-HJ-NP-RTUWXY][1-9][0-9]{{6}}[{_CREDIT_LETTERS}]{{10}}", re.ASCII)
_CREDIT_WEIGHTS = tuple(3**power % 31 for power in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9][0-9]{9}", re.ASCII)
_LANDLINE = re.compile(r"0[1-9][0-9]{1,2}[- ]?[1-9][0-9]{6,7}(?:-[0-9]{1,6})?", re.ASCII)


def is_id_number(text: str) -> bool:
    """Return whether a text is a citizen's identity number.

    18 places: division, a day of birth that exists and has come, a running number, and a check
    character by ISO 7064 MOD 11-2.

    References
    ----------
    GB 11643-1999 公民身份号码
    """
    if not _ID.fullmatch(text) or not _PLACES.match(text):
        return False
    born = birthday(text)
    if born is None or not date(1850, 1, 1) <= born <= date.today():  # noqa: DTZ011  (a sanity bound)
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    return _ID_CHECKS[total % 11] == text[17].upper()


def birthday(id_number: str) -> date | None:
    """Return the day of birth that an identity number tells; None where there is no such day."""
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None


def is_credit_code(text: str) -> bool:
    """Return whether a text is a unified social credit code.

    18 places of an alphabet without I, O, S, V and Z: who registered it and as what, division,
    the code of the organisation with its own check character, and a check character modulo 31.

    References
    ----------
    GB 32100-2015 法人和其他组织统一社会信用代码编码规则; GB 11714-1997 for places 9 to 17
    """
    code = text.upper()
    if not _CREDIT.fullmatch(code):
        return False
    total = sum(
        _CREDIT_LETTERS.index(letter) * weight
        for letter, weight in zip(code, _CREDIT_WEIGHTS, strict=False)
    )
    if _CREDIT_LETTERS[-total % 31] != code[17]:
        return False
    body, check = code[8:16], code[16]
    own = -sum(
        _ORGANISATION_LETTERS.index(letter) * weight
        for letter, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X"[own % 11] == check


def is_phone(text: str) -> bool:
    """Return whether a text is a mobile number, or a landline with its area code."""
    return bool(_MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text))


def plain_number(text: str) -> str:
    """Return a number as it is compared: without spaces, in capitals."""
    return re.sub(r"\s+", "", text).upper()


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    ID_NUMBER: is_id_number,
    CREDIT_CODE: is_credit_code,
    PHONE: is_phone,
}
