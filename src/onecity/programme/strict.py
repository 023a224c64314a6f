"""Reading JSON from elsewhere: every value is checked, and what is wrong is named by its place.

A place is written as in JSONPath: ``$.interventions[3].kmh``.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from onecity.core.errors import InputError
from onecity.core.words import Sentence

MOST_SHOWN = 40
"""Characters of a wrong value that an error repeats."""
_CONTROL = {chr(code) for code in (*range(32), 127)} - {"\n", "\t"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a JSON text, with the file and the place it stands at."""

    where: str
    place: str
    given: Any

    def wrong(self, expected: str, **values: object) -> NoReturn:
        """Refuse the value; `expected` names the sentence that says what it should be."""
        raise InputError(
            "programme.file_value",
            where=self.where,
            place=self.place,
            expected=Sentence(f"programme.expected_{expected}", values),
            given=shown(self.given),
        )

    def text(self, most: int, *, least: int = 0, lines: bool = False) -> str:
        """Return a text of at most so many characters, of one line unless `lines`."""
        if not isinstance(self.given, str):
            self.wrong("text", least=least, most=most)
        given = self.given.strip()
        if not least <= len(given) <= most:
            self.wrong("text", least=least, most=most)
        banned = _CONTROL if lines else _CONTROL | {"\n", "\t"}
        if banned & set(given) or not _can_be_written(given):
            self.wrong("plain_text")
        return given

    def number(self, low: float, high: float) -> float:
        """Return a number within limits."""
        real = isinstance(self.given, int | float) and not isinstance(self.given, bool)
        # A whole number of any size is compared exactly; NaN is within no limits.
        if not real or not low <= self.given <= high:
            self.wrong("number", low=low, high=high)
        return float(self.given)

    def items(self, most: int) -> "Iterator[Value]":
        """Yield the values of a list of at most so many."""
        if not isinstance(self.given, list) or len(self.given) > most:
            self.wrong("list", most=most)
        for number, one in enumerate(self.given):
            yield Value(self.where, f"{self.place}[{number}]", one)

    def object(self) -> "Fields":
        """Return the fields of an object."""
        if not isinstance(self.given, dict):
            self.wrong("object")
        return Fields(self)


@dataclass(slots=True)
class Fields:
    """The fields of an object; `done` refuses those that nobody asked for."""

    whole: Value
    asked: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Value:
        """Return a field that has to be there."""
        found = self.get(name)
        if found is None:
            raise InputError(
                "programme.file_lacks", where=self.whole.where, place=f"{self.whole.place}.{name}"
            )
        return found

    def get(self, name: str) -> Value | None:
        """Return a field, or None if it is not there."""
        self.asked.add(name)
        if name not in self.whole.given:
            return None
        return Value(self.whole.where, f"{self.whole.place}.{name}", self.whole.given[name])

    def done(self) -> None:
        """Refuse fields that are not known."""
        for name in self.whole.given:
            if name not in self.asked:
                raise InputError(
                    "programme.file_unknown",
                    where=self.whole.where,
                    place=f"{self.whole.place}.{shown(name)}",
                    known=", ".join(sorted(self.asked)),
                )


def parsed(text: str | bytes, where: str, most_bytes: int, *, exact: bool = False) -> Value:
    """Return the value of a JSON text; numbers with a point as decimals where they are `exact`.

    Raises
    ------
    InputError
        It is too large, not in UTF-8, no JSON, or names a field twice.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > most_bytes:
        raise InputError("programme.file_too_large", where=where, given=size, most=most_bytes)
    try:
        # Some editors put a mark at the start of a file.
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        given = json.loads(
            plain,
            object_pairs_hook=_once(where),
            parse_constant=_no_constant,
            parse_float=Decimal if exact else None,
        )
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError("programme.file_no_json", where=where, reason=shown(error)) from error
    return Value(where, "$", given)


def _once(where: str) -> Callable[[list[tuple[str, Any]]], Mapping[str, Any]]:
    """Return a maker of objects that refuses a field named twice."""

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in pairs:
            if name in fields:
                raise InputError("programme.file_twice", where=where, field=shown(name))
            fields[name] = value
        return fields

    return made


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which JSON does not have."""
    raise ValueError(name)


def _can_be_written(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a character
        return False
    return True


def shown(value: object) -> str:
    """Return a value short enough for a message, and such that any file can hold it."""
    try:
        text = str(value)
    except ValueError:  # a whole number of many thousand digits
        return type(value).__name__
    text = text if _can_be_written(text) and text.isprintable() else ascii(text)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
