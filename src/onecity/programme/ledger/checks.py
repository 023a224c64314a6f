"""Checks of single values: each returns the value as it is kept, or says what is wrong with it.

Every error names the field by its words, so that a reader finds it in a form, a sheet or a file;
`field_of` gives its name back.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from onecity.core.errors import InputError, OneCityError
from onecity.core.words import Sentence
from onecity.core.working_days import EARLIEST, LATEST
from onecity.programme.strict import shown

MOST_MONEY = Decimal(10) ** 15
"""No amount of one line is larger, in whole units of the currency."""

_CENT = Decimal("0.01")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSEEN = {"Cc", "Cs"}

Choice = TypeVar("Choice", bound=StrEnum)


def field(name: str) -> Sentence:
    """Return the words for a field."""
    return Sentence(f"ledger.field_{name}")


def field_of(error: OneCityError) -> str | None:
    """Return the name of the field that an error of these checks speaks of."""
    found = error.values.get("field")
    return found.key.removeprefix("ledger.field_") if isinstance(found, Sentence) else None


def text(name: str, given: object, most: int, *, least: int = 0, lines: bool = False) -> str:
    """Return a text of `least` to `most` characters, of one line unless `lines`."""
    if not isinstance(given, str):
        raise InputError("ledger.not_text", field=field(name), given=shown(given))
    plain = given.replace("\r\n", "\n").strip()
    if len(plain) < least:
        raise InputError("ledger.text_missing", field=field(name))
    if len(plain) > most:
        raise InputError("ledger.text_long", field=field(name), given=len(plain), most=most)
    for at, one in enumerate(plain, 1):
        if unicodedata.category(one) in _UNSEEN and not (lines and one in "\n\t"):
            raise InputError("ledger.text_control", field=field(name), at=at, given=ascii(one))
    return plain


def file_name(name: str, given: object) -> str:
    """Return the name of a file: any characters that a store can hold, 255 at most."""
    if not isinstance(given, str) or not 0 < len(given) <= 255:
        raise InputError("ledger.file_name", field=field(name), given=shown(given))
    if any(one == "\0" or unicodedata.category(one) == "Cs" for one in given):
        raise InputError("ledger.file_name", field=field(name), given=shown(given))
    return given


def code(name: str, given: object) -> str:
    """Return a code of a unit, city or county."""
    return _matching(_CODE, "ledger.not_code", name, given)


def identity(name: str, given: object) -> str:
    """Return an id as `ids.new_id` makes it."""
    return _matching(_ID, "ledger.not_id", name, given)


def currency(name: str, given: object) -> str:
    """Return the three letters of a currency (ISO 4217)."""
    return _matching(_CURRENCY, "ledger.not_currency", name, given)


def sha256(name: str, given: object) -> str:
    """Return a SHA-256 in hexadecimals."""
    return _matching(_SHA256, "ledger.not_hash", name, given)


def _matching(form: re.Pattern[str], key: str, name: str, given: object) -> str:
    if not isinstance(given, str) or not form.fullmatch(given):
        raise InputError(key, field=field(name), given=shown(given))
    return given


def choice(name: str, kind: type[Choice], given: object) -> Choice:
    """Return the member of an enumeration that is given, as such or by its value."""
    try:
        return kind(str(given))
    except ValueError as error:
        known = ", ".join(one.value for one in kind)
        raise InputError(
            "ledger.unknown_choice", field=field(name), given=shown(given), known=known
        ) from error


def day(name: str, given: object) -> date:
    """Return a plausible date without a time of day."""
    if not isinstance(given, date) or isinstance(given, datetime):
        raise InputError("ledger.not_day", field=field(name), given=shown(given))
    if not EARLIEST <= given <= LATEST:
        raise InputError(
            "ledger.day_range", field=field(name), given=given, first=EARLIEST, last=LATEST
        )
    return given


def instant(name: str, given: object) -> datetime:
    """Return a moment in UTC; one that does not say its zone is refused."""
    if not isinstance(given, datetime) or given.tzinfo is None:
        raise InputError("ledger.not_instant", field=field(name), given=shown(given))
    if not EARLIEST.year <= given.year <= LATEST.year:
        raise InputError(
            "ledger.day_range", field=field(name), given=given, first=EARLIEST, last=LATEST
        )
    return given.astimezone(UTC)


def in_order(first: tuple[str, date | None], last: tuple[str, date | None]) -> None:
    """Refuse two dates, each with its field, of which the second is before the first."""
    if first[1] is not None and last[1] is not None and last[1] < first[1]:
        raise InputError(
            "ledger.days_order",
            field=field(last[0]),
            given=last[1],
            other=field(first[0]),
            first=first[1],
        )


def money(name: str, given: object) -> Decimal:
    """Return an amount of money: exact, not negative, of at most two decimals.

    Whole numbers are taken as they are. Binary fractions are refused: 0.1 is not a tenth in them.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        given = Decimal(given)
    if not isinstance(given, Decimal) or not given.is_finite():
        raise InputError("ledger.not_money", field=field(name), given=shown(given))
    if given < 0:
        raise InputError("ledger.money_negative", field=field(name), given=shown(given))
    if given > MOST_MONEY:
        raise InputError(
            "ledger.money_large", field=field(name), given=shown(given), most=MOST_MONEY
        )
    if given != given.quantize(_CENT):
        raise InputError("ledger.money_decimals", field=field(name), given=shown(given))
    return given.quantize(_CENT)


def one_currency(name: str, given: Iterable[str]) -> str:
    """Return the one currency that all of some amounts are in."""
    found = sorted({currency(name, one) for one in given})
    if len(found) > 1:
        raise InputError("ledger.mixed_currencies", field=field(name), given=", ".join(found))
    if not found:
        raise InputError("ledger.not_currency", field=field(name), given="")
    return found[0]


def whole(name: str, given: object, low: int, high: int) -> int:
    """Return a whole number within limits."""
    real_whole = isinstance(given, int) and not isinstance(given, bool)
    if not real_whole or not low <= given <= high:  # type: ignore[operator]  # known to be an int
        raise InputError(
            "ledger.not_whole", field=field(name), given=shown(given), low=low, high=high
        )
    return int(given)  # type: ignore[call-overload,no-any-return]  # known to be an int


def number(name: str, given: object, *, least: float = float("-inf")) -> float:
    """Return a finite number, not below `least`."""
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise InputError("ledger.not_number", field=field(name), given=shown(given))
    try:
        found = float(given)
    except OverflowError:
        found = float("inf")
    if not isfinite(found):
        raise InputError("ledger.not_number", field=field(name), given=shown(given))
    if found < least:
        raise InputError(
            "ledger.number_small", field=field(name), given=shown(given), least=shown(least)
        )
    return found


def flag(name: str, given: object) -> bool:
    """Return a truth value."""
    if not isinstance(given, bool):
        raise InputError("ledger.not_flag", field=field(name), given=shown(given))
    return given


def distinct(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return codes or ids, of which none stands twice."""
    found = tuple(given)
    for at, one in enumerate(found):
        if one in found[:at]:
            raise InputError("ledger.twice", field=field(name), given=shown(one))
    return found
