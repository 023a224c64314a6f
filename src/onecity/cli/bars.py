"""Progress bars: the listener of long work on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from onecity.core.words import Language, say


class Bars:
    """A `onecity.core.progress.Progress` that draws; stages follow one another."""

    def __init__(self, console: Console, language: Language) -> None:
        self._language = language
        self._shown = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._shown.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._shown.stop()

    def stage(self, key: str, total: int | None = None) -> None:
        """Begin a stage; the one before is done."""
        self._finish()
        self._task = self._shown.add_task(say(key, self._language), total=total)

    def advance(self, steps: int = 1) -> None:
        """Move the bar of the stage."""
        if self._task is not None:
            self._shown.advance(self._task, steps)

    def _finish(self) -> None:
        if self._task is None:
            return
        task = self._shown.tasks[self._task]
        # A stage of unknown length ends with the steps it made.
        total = task.total if task.total is not None else max(task.completed, 1)
        self._shown.update(self._task, total=total, completed=total)
