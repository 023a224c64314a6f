"""How a command speaks: to a person, to a program, or not at all."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from onecity.core.plain import plain_values
from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Language, say

if TYPE_CHECKING:
    from rich.console import Console

# A pipe has no width: nothing is folded there, so that each row stays one line.
_ENDLESS = 4000


@dataclass
class Terminal:
    """What the user asked of every command, and the way to answer."""

    language: Language
    json: bool = False
    quiet: bool = False
    debug: bool = False

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence of the catalogue in the user's language."""
        return say(key, self.language, **values)

    @cached_property
    def out(self) -> "Console":
        """Where answers go."""
        return console(sys.stdout)

    @cached_property
    def err(self) -> "Console":
        """Where progress and errors go."""
        return console(sys.stderr)

    def answer(self, text: str) -> None:
        """Print a line of what was asked for."""
        self.out.print(text, markup=False, highlight=False, soft_wrap=True)

    def tell(self, key: str, /, **values: object) -> None:
        """Print a remark, unless the user wants quiet or a machine listens."""
        if not (self.quiet or self.json):
            self.answer(self.say(key, **values))

    def emit(self, answer: Mapping[str, Any]) -> None:
        """Print an answer for machines: one JSON object."""
        encoding = (sys.stdout.encoding or "").lower().replace("-", "")
        text = json.dumps(
            plain_values(answer), ensure_ascii=encoding != "utf8", indent=1, allow_nan=False
        )
        sys.stdout.write(f"{text}\n")

    def table(
        self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1
    ) -> None:
        """Print a table; the first `left` columns are words, the others figures."""
        from rich import box
        from rich.table import Table

        # Rich would fold a title to the width of its table.
        self.out.print(title, style="bold", soft_wrap=True)
        shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for place, name in enumerate(columns):
            shown.add_column(
                name, justify="left" if place < left else "right", vertical="top", overflow="fold"
            )
        for row in rows:
            shown.add_row(*row)
        self.out.print(shown, markup=False, highlight=False)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Listen to long work: bars on a terminal, silence elsewhere."""
        if self.quiet or not self.err.is_terminal:
            yield SILENCE
            return
        from .bars import Bars

        with Bars(self.err, self.language) as bars:
            yield bars


def console(stream: TextIO) -> "Console":
    """Return a console on a stream; colours only where a person looks."""
    from rich.console import Console

    made = Console(file=stream, highlight=False, emoji=False, markup=False, soft_wrap=False)
    if not made.is_terminal:
        made = Console(
            file=stream, highlight=False, emoji=False, markup=False, width=_ENDLESS, no_color=True
        )
    return made
