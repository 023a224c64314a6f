"""What is made of the ledger for answers, and kept while its revision is the same."""

from collections.abc import Callable, Hashable
from dataclasses import replace

from onecity.programme.ledger.book import Book
from onecity.programme.ledger.query import Query
from onecity.web.once import Once
from onecity.web.packed import Packed, packed

from .intakes import Sent
from .rows import RowTexts

_ANSWERS = 64
"""Answers that are kept, packed: those of older revisions go first, as nobody asks for them."""
_LARGEST = 2_000_000
"""Bytes of an answer that is kept: larger ones are asked for seldom."""


class Shown:
    """Rows, answers and files sent in of one service's ledger; for the desk."""

    def __init__(self) -> None:
        self.rows = RowTexts()
        self.intakes = Sent()
        self._answers = Once(_ANSWERS)

    def packed(self, book: Book, key: Hashable, query: Query, make: Callable[[], str]) -> Packed:
        """Return an answer as bytes, made once for a book where it is the same for everybody.

        Parameters
        ----------
        book
            The ledger it is about.
        key
            What kind of answer it is, and what it depends on besides.
        query
            Which items it is about; what is of somebody's own is not kept.
        make
            Makes the JSON.
        """
        if query.mine is not None:
            return packed(make().encode(), "json")
        whole = (book.revision, book.day, key, replace(query, mine=None))
        found = self._answers.get(whole, lambda: packed(make().encode(), "json"))
        if len(found.plain) > _LARGEST:
            self._answers.forget(whole)
        return found
