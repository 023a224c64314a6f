"""What is found wrong: in which table, at which record, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from onecity.core.errors import OneCityError
from onecity.core.words import Language, Sentence


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that is not what it should be: its table, its name in there, and why."""

    table: str
    record: str
    sentence: Sentence

    def text(self, language: Language) -> str:
        """Return what is wrong in one language."""
        return self.sentence.text(language)

    def as_record(self) -> dict[str, str]:
        """Return it as plain values."""
        return {
            "table": self.table,
            "record": self.record,
            "key": self.sentence.key,
            "zh": self.text("zh"),
            "en": self.text("en"),
        }


@dataclass(slots=True)
class Tally:
    """How much was looked at, by what it was."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        if count:
            self.counts[name] = self.counts.get(name, 0) + count


Faults = Iterator[Fault]


def fault(table: str, record: object, key: str, /, **values: Any) -> Fault:
    """Return a fault with the sentence of a key."""
    return Fault(table, str(record), Sentence(key, values))


def raised(table: str, record: object, error: Exception) -> Fault:
    """Return the fault that an error tells of."""
    if isinstance(error, OneCityError):
        return Fault(table, str(record), Sentence(error.key, error.values))
    reason = f"{type(error).__name__}: {error}"
    return fault(table, record, "hall_verify.unreadable", reason=reason)
