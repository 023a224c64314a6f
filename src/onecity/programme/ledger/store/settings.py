"""What a ledger is called, how its items are numbered, and when its rules speak."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from onecity.core.errors import InputError
from onecity.programme.ledger import checks
from onecity.programme.ledger.rules import USUAL, Thresholds
from onecity.programme.strict import shown

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_USUAL_PREFIX = "OC"
_LONGEST_TITLE = 60
_MOST_DAYS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """The settings of a ledger.

    Attributes
    ----------
    title
        What it is called on screens and reports; empty for the usual name.
    prefix
        With which numbers of items begin: ``OC`` gives ``OC-2026-0001``.
    example
        Whether what it holds is invented: new items are marked so.
    thresholds
        When its rules speak.
    """

    title: str = ""
    prefix: str = _USUAL_PREFIX
    example: bool = False
    thresholds: Thresholds = USUAL

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return settings of checked values; the thresholds may be a mapping.

        Raises
        ------
        InputError
            A value is wrong; it is named.
        """
        known = {one.name for one in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise _wrong(name, value)
        values = dict(given)
        if "title" in values:
            values["title"] = checks.text("title", values["title"], _LONGEST_TITLE)
        prefix = values.get("prefix", _USUAL_PREFIX)
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise InputError("ledger_store.bad_prefix", given=shown(prefix))
        checks.flag("example", values.get("example", False))
        values["thresholds"] = _thresholds(values.get("thresholds", USUAL))
        return cls(**values)

    def record(self) -> dict[str, Any]:
        """Return them as JSON holds them."""
        return {
            "title": self.title,
            "prefix": self.prefix,
            "example": self.example,
            "thresholds": asdict(self.thresholds),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the settings of a `record`; what it does not hold is as usual."""
        return cls.made(**record)


def _thresholds(given: Any) -> Thresholds:
    values = asdict(given) if isinstance(given, Thresholds) else given
    if not isinstance(values, Mapping):
        raise _wrong("thresholds", values)
    known = {one.name for one in fields(Thresholds)}
    for name, value in values.items():
        if name not in known:
            raise _wrong(name, value)
        if name == "behind":
            real = isinstance(value, int | float) and not isinstance(value, bool)
            if not real or not 0 <= value <= 100:
                raise _wrong(name, value)
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_DAYS:
            raise _wrong(name, value)
    return Thresholds(**values)


def _wrong(name: str, value: object) -> InputError:
    return InputError("ledger_store.bad_setting", name=shown(name), given=shown(value))
