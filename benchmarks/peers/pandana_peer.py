"""pandana's access, by way of `pandana_access.py` in the peers' environment."""

import json
import os
import select
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
import numpy.typing as npt
from graphs import AbsentError, Ids

SCRIPT = Path(__file__).with_name("pandana_access.py")


class PandanaPeer:
    """A process that holds the graph and the opportunities and answers limits."""

    def __init__(
        self, python: Path, graph_file: Path, opportunities: Ids, cache: Path, threads: int,
        patience: float,
    ) -> None:  # fmt: skip
        places, self.counts_file = cache / "pandana-places.npy", cache / "pandana-counts.npy"
        np.save(places, opportunities)
        self.patience = patience
        self.log = (cache / "pandana.log").open("w")
        self.process = subprocess.Popen(
            [str(python), str(SCRIPT), str(graph_file), str(places), str(self.counts_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            bufsize=1,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )
        try:
            self.ready = self._answer()
        except AbsentError:
            self.close()
            raise

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
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def seconds(self, limit_ms: int) -> float:
        """Return how long access from every node takes."""
        self._stdin().write(f"{limit_ms}\n")
        return self._answer()["seconds"]

    def counts(self) -> npt.NDArray[np.float64]:
        """Return the answer to the last limit, shape (n,)."""
        counts: npt.NDArray[np.float64] = np.load(self.counts_file)
        return counts

    def _stdin(self) -> IO[str]:
        if self.process.stdin is None:
            raise AbsentError("pandana's process has no input")
        return self.process.stdin

    def _answer(self) -> dict[str, float]:
        stream = self.process.stdout
        if stream is None or not select.select([stream], [], [], self.patience)[0]:
            raise AbsentError(f"pandana gave no answer within {self.patience:.0f} s")
        line = stream.readline()
        if not line:
            raise AbsentError(f"pandana stopped, see {self.log.name}")
        answer: dict[str, float] = json.loads(line)
        return answer
