"""Which check each field of the ledger's values has."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from onecity.core.errors import InputError
from onecity.core.working_days import EARLIEST, LATEST

from . import checks
from .geometry import checked_geometry
from .kinds import Level, What

TITLE, NAME, NUMBER, LONG_TEXT, MINUTES = 200, 100, 40, 20_000, 500_000
"""Characters that a title, a name, a number, a text and the minutes of a meeting may have."""
LONGEST_LAG = 2_000
"""Working days that a dependency may wait, or overlap."""

Check = Callable[[str, Any], Any]


def checked(cls: type, given: Mapping[str, Any], table: Mapping[str, Check]) -> dict[str, Any]:
    """Return values that passed the checks of their fields; a slip in a name is a TypeError."""
    unknown = given.keys() - table.keys()
    if unknown:
        msg = f"{cls.__name__} has no {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    for one in fields(cls):
        if one.default is MISSING and one.default_factory is MISSING and one.name not in given:
            raise InputError("ledger.text_missing", field=checks.field(one.name))
    return {name: table[name](name, value) for name, value in given.items()}


def maybe(check: Check) -> Check:
    """Return a check that lets None pass."""
    return lambda name, given: None if given is None else check(name, given)


def text(most: int, *, least: int = 0, lines: bool = False) -> Check:
    """Return a check of texts of so many characters."""
    return lambda name, given: checks.text(name, given, most, least=least, lines=lines)


def choice(kind: type[StrEnum]) -> Check:
    """Return a check of members of an enumeration."""
    return lambda name, given: checks.choice(name, kind, given)


def whole(low: int, high: int) -> Check:
    """Return a check of whole numbers within limits."""
    return lambda name, given: checks.whole(name, given, low, high)


def each(check: Check) -> Check:
    """Return a check of codes or ids, none twice."""
    return lambda name, given: checks.distinct(name, [check(name, one) for one in given])


def instance(cls: type) -> Check:
    """Return a check that a value is of a class of this module, which checked it itself."""

    def check(name: str, given: Any) -> Any:
        if not isinstance(given, cls):
            msg = f"{name} must be a {cls.__name__}, not a {type(given).__name__}"
            raise TypeError(msg)
        return given

    return check


def many(cls: type) -> Check:
    """Return a check of values that are all of one class, see `instance`."""
    one_of = instance(cls)
    return lambda name, given: tuple(one_of(name, one) for one in given)


def _plain(name: str, given: Any) -> Mapping[str, Any]:
    """Return a mapping as JSON holds it."""
    if not isinstance(given, Mapping):
        raise InputError("ledger.not_mapping", field=checks.field(name), given=type(given).__name__)
    return dict(given)


LONG = text(LONG_TEXT, lines=True)
NAMED = text(TITLE, least=1)

UNIT_FIELDS: dict[str, Check] = {
    "code": checks.code,
    "name": text(NAME, least=1),
    "name_en": maybe(text(TITLE, least=1)),
    "level": choice(Level),
    "city": maybe(checks.code),
    "parent": maybe(checks.code),
    "valid_from": maybe(checks.day),
    "valid_to": maybe(checks.day),
    "replaced_by": each(checks.code),
}
MILESTONE_FIELDS: dict[str, Check] = {
    "name": NAMED,
    "due": checks.day,
    "done_on": maybe(checks.day),
    "weight": lambda name, given: checks.number(name, given, least=0.0),
}
MEASURE_FIELDS: dict[str, Check] = {
    "name": NAMED,
    "unit": text(NAME),
    "baseline": maybe(checks.number),
    "target": maybe(checks.number),
    "value": maybe(checks.number),
    "at": maybe(checks.day),
    "source": text(LONG_TEXT, lines=True),
}
BUDGET_LINE_FIELDS: dict[str, Check] = {
    "name": NAMED,
    "year": whole(EARLIEST.year, LATEST.year),
    "amount": checks.money,
}
PAYMENT_FIELDS: dict[str, Check] = {
    "date": checks.day,
    "amount": checks.money,
    "to": text(TITLE),
    "note": text(TITLE),
}
PLACE_FIELDS: dict[str, Check] = {
    "geometry": maybe(checked_geometry),
    "counties": each(checks.code),
}
FINDING_FIELDS: dict[str, Check] = {
    "strand": text(NAME, least=1),
    "key": text(NAME, least=1),
    "region": text(NAME, least=1),
    "benefit": checks.number,
    "unit": text(NAME),
    "promised_on": checks.day,
}
DEPENDENCY_FIELDS: dict[str, Check] = {
    "item": checks.identity,
    "lag_days": whole(-LONGEST_LAG, LONGEST_LAG),
}
EVENT_FIELDS: dict[str, Check] = {
    "item": checks.identity,
    "at": checks.instant,
    "who": text(NAME, least=1),
    "unit": maybe(checks.code),
    "what": choice(What),
    "text": LONG,
    "progress": maybe(whole(0, 100)),
    "evidence": each(checks.identity),
    "before": _plain,
    "after": _plain,
}
ATTACHMENT_FIELDS: dict[str, Check] = {
    "id": checks.identity,
    "item": checks.identity,
    "name": checks.file_name,
    "type": text(NAME, least=1),
    "size": whole(0, 2**40),
    "sha256": checks.sha256,
    "at": checks.instant,
    "who": text(NAME, least=1),
}
MEETING_FIELDS: dict[str, Check] = {
    "id": checks.identity,
    "title": NAMED,
    "held_on": checks.day,
    "minutes": text(MINUTES, lines=True),
    "items": each(checks.identity),
}
