"""The one text of a JSON value that signatures and commitments are made over."""

import json
import math
from base64 import b64decode, b64encode
from typing import Any

from .refusal import Refusal

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def canonical(value: Any) -> bytes:
    """Return a JSON value as UTF-8: keys sorted by code point, no spaces, least escaping.

    For text, whole numbers, true, false and null this is what RFC 8785 asks, as long as no key
    holds a character outside the basic plane; fractions are written as Python writes them.

    Raises
    ------
    Refusal
        JSON or UTF-8 cannot hold it.
    """
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Refusal("hall_wire.not_json", reason=error) from error


def read_json(data: bytes) -> Any:
    """Return the value of a JSON text that came from outside.

    Raises
    ------
    Refusal
        It is none, names a key twice, or holds a number that is no number.
    """
    try:
        return json.loads(
            data, object_pairs_hook=_members, parse_constant=_no_number, parse_float=_fraction
        )
    except (ValueError, RecursionError) as error:
        raise Refusal("hall_wire.not_json", reason=error) from error


def text_of(data: bytes) -> str:
    """Return bytes as base 64."""
    return b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes:
    """Return the bytes of `text_of`.

    Raises
    ------
    Refusal
        It is no base 64.
    """
    try:
        return b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise Refusal("hall_wire.not_base64", given=str(text)[:40]) from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # two readers could read two things
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def _no_number(name: str) -> float:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _fraction(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)
