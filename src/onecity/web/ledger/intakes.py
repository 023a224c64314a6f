"""Files that were sent in for the ledger: read, shown, and waiting to be taken in."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onecity.core.errors import MissingError
from onecity.programme.ledger.book import Book
from onecity.programme.ledger.intake import Intake
from onecity.programme.ledger.records import plain_fields
from onecity.web.words import words

MOST = 24
"""Files that wait at once; of more the oldest go."""
LASTS = 24 * 3600.0
"""Seconds that one waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that was read: whose it is, what it is called, what it holds, when it came."""

    owner: str
    name: str
    content: bytes
    intake: Intake
    at: float


class Sent:
    """The files of one service. They are kept in memory: after a restart they are sent again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiting] = {}

    def add(self, owner: str, name: str, content: bytes, intake: Intake) -> str:
        """Keep what was read, and return a key that nobody can guess."""
        key = secrets.token_hex(16)
        with self._lock:
            self._sweep(MOST - 1)
            self._waiting[key] = Waiting(owner, name, content, intake, self._clock())
        return key

    def get(self, key: str, owner: str) -> Waiting:
        """Return what waits under a key of somebody.

        Raises
        ------
        MissingError
            There is none, or it is somebody else's.
        """
        with self._lock:
            self._sweep(MOST)
            found = self._waiting.get(key)
        if found is None or found.owner != owner:
            raise MissingError("web.no_intake", given=key)
        return found

    def drop(self, key: str) -> None:
        """Forget what waits under a key."""
        with self._lock:
            self._waiting.pop(key, None)

    def _sweep(self, most: int) -> None:
        now = self._clock()
        old = [key for key, one in self._waiting.items() if now - one.at > LASTS]
        many = list(self._waiting)[: max(len(self._waiting) - most, 0)]
        for key in {*old, *many}:
            del self._waiting[key]


def intake_told(key: str, name: str, intake: Intake, book: Book) -> dict[str, Any]:
    """Return what a file holds and what it would change, as an answer."""
    edited = []
    for one in intake.edited:
        item = book.item(one.id)
        before = {name: getattr(item, name) for name in one.fields}
        edited.append(
            {
                "id": one.id,
                "number": item.number,
                "title": item.title,
                "seen": one.seen,
                "fields": plain_fields(one.fields),
                "before": plain_fields(before),
                "reason": one.reason,
            }
        )
    return {
        "key": key,
        "name": name,
        "new": [plain_fields(one) for one in intake.new],
        "edited": edited,
        "unchanged": intake.unchanged,
        "problems": [
            {
                "sheet": one.sheet,
                "cell": one.cell,
                "row": one.row,
                "column": one.column,
                "given": one.given,
                "message": words(one.message),
                "severity": one.severity.value,
            }
            for one in intake.problems
        ],
        "acceptable": intake.sound and bool(intake.new or intake.edited),
    }
