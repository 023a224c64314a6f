"""Invented answers to a form: for demonstrations, load and tests. Never of anybody real.

Identity numbers and credit codes have check characters that fit, but name a division that does
not exist (429999), so that none is anybody's; telephone numbers begin with 154, which no operator
is known to use.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from .model import Field, Form, Schema
from .numbers import CREDIT_CODE, ID_NUMBER, PHONE, is_credit_code, is_id_number

_DIVISION = "429999"
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红鑫宇"
_FIRMS = ("安康", "惠民", "仁和", "永兴", "顺达", "新城", "汇通", "长江")
_STREETS = ("人民路", "建设大道", "沿江大道", "中山路", "解放路", "文昌街")
_TODAY = date(2026, 6, 30)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def sample(
    form: Form, seed: int, given: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return data that the form takes, the same for the same seed.

    Parameters
    ----------
    form
        The form.
    seed
        Any number.
    given
        Values that are to stand, by group and field: `{"applicant": {"kind": "firm"}}`.
    """
    chance = random.Random(seed)  # noqa: S311  (invented answers need no secrecy)
    data: dict[str, dict[str, Any]] = {group.name: {} for group in form.groups}
    fixed = given or {}
    # What a field is answered with shows others: as often as something new is shown.
    while missing := [
        one
        for pointer, one in form.shown(data).items()
        if _place(pointer)[1] not in data[_place(pointer)[0]] and _asked(one, fixed)
    ]:
        for one in missing:
            group, name = _place(one.pointer)
            own = fixed.get(group, {})
            data[group][name] = own[name] if name in own else _value(name, one.schema, chance)
    return data


def _place(pointer: str) -> tuple[str, str]:
    _, group, name = pointer.split("/")
    return group, name


def _asked(field: Field, fixed: Mapping[str, Mapping[str, Any]]) -> bool:
    group, name = _place(field.pointer)
    return field.required or name in fixed.get(group, {})


def _value(name: str, schema: Schema, chance: random.Random) -> Any:
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema:
        return chance.choice(schema["enum"])
    made = _OF_TYPE.get(schema.get("type", ""))
    return made(schema, chance) if made else _text(name, schema, chance)


def _whole(schema: Schema, chance: random.Random) -> int:
    least = int(schema.get("minimum", 1))
    return chance.randint(least, min(int(schema.get("maximum", least + 20)), least + 20))


def _several(schema: Schema, chance: random.Random) -> list[str]:
    options = schema["items"]["enum"]
    return sorted(chance.sample(options, chance.randint(1, len(options))))


_OF_TYPE: Mapping[str, Callable[[Schema, random.Random], Any]] = {
    "boolean": lambda _, chance: chance.random() < 0.5,
    "integer": _whole,
    "number": lambda _, chance: round(chance.uniform(50, 5000), 2),
    "array": _several,
}


def _text(name: str, schema: Schema, chance: random.Random) -> str:
    pattern = schema.get("pattern", "")
    made = "示例"
    if schema.get("format") in _OF_FORMAT:
        made = _OF_FORMAT[schema["format"]](chance)
    elif "[0-9]" in pattern:
        made = "".join(chance.choice("123456789") for _ in range(19))
    elif "A-Z" in pattern:
        made = f"E{chance.randrange(10**8):08}"
    elif "address" in name or name in {"place", "to"}:
        made = f"{chance.choice(_STREETS)}{chance.randint(1, 300)}号"
    elif name in {"trade_name", "bank", "hospital", "employer", "lender"}:
        made = f"{chance.choice(_FIRMS)}（虚构）"
    elif "name" in name or name in {"householder", "spouse", "recipient", "representative"}:
        made = person_name(chance)
    return made


def _day(chance: random.Random) -> str:
    return (_TODAY - timedelta(days=chance.randrange(300))).isoformat()


def person_name(chance: random.Random) -> str:
    """Return an invented name."""
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.randint(1, 2)))


def id_number(chance: random.Random) -> str:
    """Return an identity number that is nobody's."""
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(19_000))
    start = f"{_DIVISION}{born:%Y%m%d}{chance.randrange(1000):03}"
    return next(start + end for end in "0123456789X" if is_id_number(start + end))


def credit_code(chance: random.Random) -> str:
    """Return a credit code that is no firm's."""
    body = "MA" + "".join(chance.choice(_ALPHABET) for _ in range(6))
    start = f"92{_DIVISION}{body}"
    return next(
        start + check + end
        for check in "0123456789X"
        for end in _ALPHABET
        if is_credit_code(start + check + end)
    )


_OF_FORMAT: Mapping[str, Callable[[random.Random], str]] = {
    "date": _day,
    ID_NUMBER: id_number,
    CREDIT_CODE: credit_code,
    PHONE: lambda chance: f"1540000{chance.randrange(10_000):04}",
}
