"""The chain that makes a trail evident: each entry's hash covers it and the hash before it.

Pure functions on plain values, without a database, so that an exported trail is checked by
the same code, and anybody can check it with another program. The hash of an entry is

    SHA-256 of (hash of the entry before, line feed, JSON array of the entry's fields)

in lower-case hexadecimals, all text in UTF-8, the array without spaces, its members in the
order of `FIELDS`, `before` and `after` as their canonical JSON text (see `canonical`). Before
the first entry stands `beginning` of the trail's name.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence

FIELDS = (
    "id",
    "time",
    "who",
    "via",
    "address",
    "action",
    "kind",
    "target",
    "phase",
    "of",
    "before",
    "after",
    "note",
)
"""What the hash of an entry covers, in this order."""

LONGEST_VALUE = 64 * 1024
"""Bytes of JSON that `before` or `after` may have: a trail holds hashes, not whole files."""

_HEX = frozenset("0123456789abcdef")
_array: Callable[[Sequence[Any]], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode

Row = Sequence[Any]
"""The fields of an entry in the order of `FIELDS`, then `previous` and `hash`."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry's number and hash, to be kept where nobody can change them; 0 is the beginning.

    What came before it can then no longer be changed without notice.
    """

    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Read an anchor such as ``17:ab12…``.

        Raises
        ------
        InputError
            It is none.
        """
        number, colon, digits = text.strip().partition(":")
        whole = number.isascii() and number.isdigit() and len(number) < 19
        if not (whole and colon and len(digits) == 64 and _HEX.issuperset(digits)):
            raise InputError("identity.no_anchor", given=text)
        return cls(int(number), digits)


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a trail is not what was written: the entry's number, and why."""

    id: int
    sentence: Sentence

    def text(self, language: Language) -> str:
        """Return what is wrong in one language."""
        return self.sentence.text(language)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of a trail found.

    `rows` were read, `head` is the last of them, `broken` the first that is wrong. `guarded`
    tells whether the store still forbids changes; None where no store was looked at.
    """

    rows: int
    head: Anchor
    broken: Break | None
    guarded: bool | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was changed, left out, added between or cut off."""
        return self.broken is None


def canonical(value: object) -> str:
    """Return a plain value as the one JSON text that means it: keys sorted, no spaces.

    Raises
    ------
    InputError
        JSON cannot hold it, or it is longer than `LONGEST_VALUE`.
    """
    try:
        text = json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("identity.not_json", reason=error) from error
    if size > LONGEST_VALUE:
        raise InputError("identity.value_too_long", given=size, longest=LONGEST_VALUE)
    return text


def beginning(name: str) -> str:
    """Return what stands before the first entry of the trail called `name`."""
    return sha256(f"onecity trail {name}".encode("utf-8", "surrogateescape")).hexdigest()


def digest(previous: str, fields: Sequence[Any]) -> str:
    """Return the hash of an entry whose `FIELDS` are given, after the entry hashed `previous`."""
    return sha256(f"{previous}\n{_array(fields)}".encode()).hexdigest()


def follow(
    rows: Iterable[Row], name: str, *, head: Anchor | None = None, anchor: Anchor | None = None
) -> Verdict:
    """Check that rows are the entries of a trail, from the first to the last.

    Parameters
    ----------
    rows
        In the order of their numbers.
    name
        Name of the trail, which the first entry must follow from.
    head
        The last entry, as the store remembers it.
    anchor
        An entry as it was known at another time and place.
    """
    last = Anchor(0, beginning(name))
    if anchor is not None and anchor.id == 0 and anchor.hash != last.hash:
        return Verdict(0, last, Break(1, Sentence("identity.trail_of_another")))
    for row in rows:
        wrong = _step(last, row, anchor)
        if wrong is not None:
            return Verdict(last.id, last, wrong)
        last = Anchor(row[0], row[-1])
    if head is not None and head.id < last.id:
        added = Sentence("identity.trail_added", {"id": head.id + 1})
        return Verdict(last.id, last, Break(head.id + 1, added))
    for known in (head, anchor):
        if known is None or known.id < last.id:
            continue
        if known.id > last.id:
            values = {"id": known.id, "last": last.id}
            cut = Break(last.id + 1, Sentence("identity.trail_cut", values))
            return Verdict(last.id, last, cut)
        if known.hash != last.hash:
            other = Sentence("identity.trail_rewritten", {"id": last.id})
            return Verdict(last.id, last, Break(last.id, other))
    return Verdict(last.id, last, None)


def _step(last: Anchor, row: Row, anchor: Anchor | None) -> Break | None:
    """Return what is wrong with the row after `last`."""
    number, previous, own = row[0], row[-2], row[-1]
    if number != last.id + 1:
        values = {"id": last.id + 1, "next": number}
        return Break(last.id + 1, Sentence("identity.trail_gap", values))
    if previous != last.hash:
        values = {"id": number, "before": last.id}
        return Break(number, Sentence("identity.trail_unlinked", values))
    try:
        right = digest(last.hash, row[:-2]) == own
    except (TypeError, ValueError):  # no entry ever held such a value
        right = False
    if not right:
        return Break(number, Sentence("identity.trail_changed", {"id": number}))
    if anchor is not None and anchor.id == number and anchor.hash != own:
        return Break(number, Sentence("identity.trail_rewritten", {"id": number}))
    return None
