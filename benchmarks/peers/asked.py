"""A peer in a process of its own, asked line by line; it answers each with a line of JSON."""

import json
import os
import select
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from graphs import AbsentError

PATIENCE = 1_200.0
"""Seconds after which a peer is taken for one that gives no answer."""
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in _LIBRARIES}


class Asked:
    """A running script of this folder; it first tells its version.

    Parameters
    ----------
    name
        Of the peer, for messages.
    python, script, arguments
        What is run: on one thread, and with `settings` in its environment.
    """

    def __init__(
        self,
        name: str,
        python: Path,
        script: str,
        *arguments: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        place = Path(__file__).resolve().parent / script
        self._process = subprocess.Popen(
            [str(python), str(place), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={**os.environ, **ONE_THREAD, **settings},
        )
        self.version = self._answer()["version"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def ask(self, line: str) -> dict[str, Any]:
        """Return the answer to a line.

        Raises
        ------
        AbsentError
            There is none: it stopped, or takes longer than `PATIENCE`.
        """
        if self._process.stdin is None:
            raise AbsentError(f"{self.name}'s process has no input")
        self._process.stdin.write(f"{line}\n")
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        stream = self._process.stdout
        if stream is None or not select.select([stream], [], [], PATIENCE)[0]:
            raise AbsentError(f"{self.name} gave no answer within {PATIENCE:,.0f} s")
        line = stream.readline()
        if not line:
            raise AbsentError(f"{self.name} stopped")
        answer: dict[str, Any] = json.loads(line)
        return answer
