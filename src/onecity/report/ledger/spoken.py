"""Pieces of sentences that depend on their values: counts, lists, money, names, reasons."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from onecity.core.words import Language, Sentence, say
from onecity.programme.ledger.figures import Rate
from onecity.programme.ledger.register import Register

from .period import Day

_HAN = r"[\u4e00-\u9fff\uff08\uff09，。、；：《》“”]"
_LOOSE = re.compile(rf"(?<={_HAN}) (?=[\dA-Za-z])|(?<=[\d%A-Za-z]) (?={_HAN})|(?<=日) (?={_HAN})")
_WAN, _YI, _CENT = Decimal(10_000), Decimal(100_000_000), Decimal("0.01")


class Spoken(Protocol):
    """Anything with its own words."""

    def text(self, language: Language, /) -> str:
        """Return its words in one language."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text that is the same in both languages, as people wrote it."""

    words: str

    def text(self, language: Language) -> str:  # noqa: ARG002  (one of several with words)
        """Return it."""
        return self.words


@dataclass(frozen=True, slots=True)
class Count:
    """So many of something: 1 item, 2 items, 3件; `noun` is the key of its words."""

    number: int
    noun: str = "items"

    def text(self, language: Language) -> str:
        """Return number and noun."""
        form = "one" if self.number == 1 else "many"
        return say(f"ledger_report.count_{self.noun}_{form}", language, count=self.number)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several pieces in a row: 甲、乙、丙; one, two and three. `clauses` are set further apart."""

    pieces: Sequence[Spoken]
    clauses: bool = False

    def text(self, language: Language) -> str:
        """Return them joined."""
        words = [one.text(language) for one in self.pieces]
        if self.clauses:
            return ("，" if language == "zh" else "; ").join(words)
        if language == "zh" or len(words) == 1:
            return "、".join(words) if language == "zh" else words[0]
        return say("ledger_report.and", language, first=", ".join(words[:-1]), last=words[-1])


@dataclass(frozen=True, slots=True)
class Joined:
    """Several whole sentences one after the other."""

    sentences: Sequence[Spoken]

    def text(self, language: Language) -> str:
        """Return them, with a space between them in English."""
        joint = "" if language == "zh" else " "
        return joint.join(one.text(language) for one in self.sentences)


@dataclass(frozen=True, slots=True)
class Formal:
    """A sentence of the ledger as official papers set it: no spaces between Han and figures."""

    sentence: Spoken

    def text(self, language: Language) -> str:
        """Return its words."""
        words = self.sentence.text(language)
        return _LOOSE.sub("", words) if language == "zh" else words


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: in 万元 or 亿元 in Chinese, with its digits in English."""

    amount: Decimal
    currency: str = "CNY"

    def text(self, language: Language) -> str:
        """Return it to 100 yuan in 万元, to 10,000 in 亿元, and say so where that is not exact."""
        size, unit, step = Decimal(1), "yuan", _CENT
        if language == "zh":
            if self.amount >= _YI:
                size, unit, step = _YI, "yi", _CENT / 100
            elif self.amount >= _WAN:
                size, unit = _WAN, "wan"
        exact = self.amount / size
        short = exact.quantize(step, ROUND_HALF_UP)
        number = f"{short:,f}".rstrip("0").rstrip(".")
        if self.currency == "CNY":
            told = say(f"ledger_report.money_{unit}", language, number=number)
        else:
            key = f"ledger_report.money_foreign_{unit}"
            told = say(key, language, number=number, currency=self.currency)
        return told if short == exact else say("ledger_report.about", language, amount=told)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A rate for a table: 82%（14/17）; few are counts alone, a dash where there is none."""

    rate: Rate

    def text(self, language: Language) -> str:
        """Return it."""
        if not self.rate.of:
            return "—"
        if self.rate.share is None:
            return f"{self.rate.count}/{self.rate.of}"
        return Formal(self.rate).text(language)


def formal(reason: Sentence, register: Register, on: date) -> Spoken:
    """Return a reason as a report gives it: days in words, units by their names."""
    values = dict(reason.values)
    for name, value in values.items():
        if isinstance(value, date):
            values[name] = Day(value)
        elif name == "unit" and isinstance(value, str):
            values[name] = unit_name(register, value, on)
    return Formal(Sentence(reason.key, values))


def unit_name(register: Register, code: str | None, on: date) -> Spoken:
    """Return the name of a unit on a day, with both names if it was replaced.

    A code that no unit has stands for itself; without a code there is a dash.
    """
    if code is None:
        return Plain("—")
    return register.shown(code, on) if code in register.units else Plain(code)
