"""People who use nodes until all is done, and what they were told on the way."""

import http.client
import json
import queue
import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hall_checker
from hall_nodes import CLERKS, Circle, Client, Spot, UnavailableError, settled

CREATED, OK = http.client.CREATED, http.client.OK
QUIET_S = 180.0


@dataclass(frozen=True, slots=True)
class Job:
    """An application to be handed in once, by a number of its own."""

    spot: Spot
    application: dict[str, Any]
    once: str


@dataclass
class Told:
    """What people were told; each line is written as soon as it is known."""

    file: Path
    cases: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    decided: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin the file: nobody was told of anything yet."""
        self.file.touch()

    def note(self, **said: str) -> None:
        """Keep what somebody was told."""
        with self._lock:
            with self.file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(said) + "\n")
            if "what" not in said:
                self.cases.append(said["case"])
            else:
                self.decided += said["what"] == "decided"


def jobs_of(
    made: Circle, samples: dict[tuple[str, str], list[dict[str, Any]]], count: int, seed: int
) -> list[Job]:
    """Return so many applications, at nodes and for cities by chance."""
    chance = random.Random(seed)
    places = sorted(samples)
    found = []
    for row in range(count):
        code, city = chance.choice(places)
        several = samples[code, city]
        found.append(Job(made[code], several[row % len(several)], f"once-{seed}-{row}"))
    return found


def hand_in(
    jobs: Iterable[Job], told: Told, hands: int = 4, longest_s: float = float("inf")
) -> None:
    """Hand in all of them, by so many people at once; each tries until there is an answer.

    After `longest_s` nobody begins another one.
    """
    end = time.monotonic() + longest_s
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        clients: dict[str, Client] = {}
        while time.monotonic() < end:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                break
            client = clients.setdefault(job.spot.code, job.spot.client("resident"))
            try:
                status, answer = client.surely("POST", "/applications", job.application, job.once)
            except UnavailableError as error:
                status, answer = 0, error
            if status == CREATED:
                told.note(case=answer["case"], node=answer["to"]["code"])
            else:
                told.refused.append(f"{job.once} at {job.spot.code}: {status} {answer}"[:600])
        for client in clients.values():
            client.close()

    run_all([work] * hands)


def run_all(works: Sequence[Any]) -> None:
    """Do several things at once, until each has ended."""
    threads = [threading.Thread(target=one) for one in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


class Clerks:
    """In each city somebody accepts and decides what comes, until told to end."""

    def __init__(self, made: Circle, told: Told) -> None:
        self._told, self._ended = told, threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(spot,)) for spot in made.values() if spot.city
        ]
        for one in self._threads:
            one.start()

    def end(self) -> None:
        """Let them go home."""
        self._ended.set()
        for one in self._threads:
            one.join()

    def _work(self, spot: Spot) -> None:
        client = spot.client(CLERKS[0])
        while not self._ended.is_set():
            try:
                status, found = client.ask("GET", "/desk/tasks?size=10")
                for row in found["rows"] if status == OK else ():
                    for _ in range(2):  # accepted, then decided
                        if not self._ended.is_set():
                            step(client, row["case"], spot, self._told)
            except UnavailableError:
                pass
            self._ended.wait(0.2)
        client.close()


def step(client: Client, case: str, spot: Spot, told: Told) -> None:
    """Do the next thing to a case, and note it if it is known to be done."""
    status, seen = client.ask("GET", f"/desk/cases/{case}?reason=benchmark")
    if status != OK:
        return
    can = {one["action"]: one for one in seen["can"]}
    for action, what, more in (("accept", "accepted", {}), DECIDES):
        if action in can:
            body = {"seen": seen["version"], "action": action, "task": can[action]["task"], **more}
            done, _ = client.ask("POST", f"/desk/cases/{case}/do", body)
            if done == OK:
                told.note(case=case, node=spot.code, what=what)
            return


DECIDES: tuple[str, str, dict[str, str]] = (
    "decide",
    "decided",
    {"outcome": "grant", "words": "准予"},
)


def judged(
    made: Circle, told: Told, *, patience: float = QUIET_S, only: bool = True
) -> dict[str, Any]:
    """Wait until all is quiet, end the nodes, and let the independent checker judge them.

    `only`: every case there has to be one that somebody was told of, too.
    """
    quiet = settled(made, patience)
    for spot in made.values():
        spot.stop()
    found = hall_checker.check(
        [spot.folder for spot in made.values()], hall_checker.told_in(told.file), only=only
    )
    faults = list(found.faults)
    if not quiet:
        faults.append(f"messages still wait after {patience:.0f} s")
    faults += [f"not handed in: {one}" for one in told.refused]
    return {
        "acknowledged": len(told.cases),
        "decided": told.decided,
        "counts": dict(found.counts),
        "faults": faults,
    }
