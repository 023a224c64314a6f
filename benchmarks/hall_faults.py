"""What may go wrong between nodes of the shared services, and whether anything is lost by it.

Each fault begins with new nodes and ends with the independent checker (`hall_checker.py`).
"""

import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hall_nodes import (
    CITIES,
    CLERKS,
    PORTAL,
    Circle,
    Client,
    Spot,
    UnavailableError,
    applications,
    circle,
    until,
)
from hall_proxy import between
from hall_work import CREATED, OK, Clerks, Job, Told, hand_in, jobs_of, judged, run_all

WUHAN, HUANGSHI = CITIES.values()
SAMPLES = 60
SEED = 11
KILL_HANDS = 9
FULL_MB = 8
"""Size of the small disk of a node."""
Samples = dict[tuple[str, str], list[dict[str, Any]]]


def samples_of(made: Circle, count: int = SAMPLES) -> Samples:
    """Return applications for both cities at every node."""
    return {
        (spot.code, city): applications(spot, city, count)
        for spot in made.values()
        for city in CITIES.values()
    }


@contextmanager
def scene(*, proxied: bool = False) -> Iterator[tuple[Circle, Told, Samples]]:
    """Make nodes, a file for what people are told, and applications."""
    with tempfile.TemporaryDirectory() as folder, circle(Path(folder), proxied=proxied) as made:
        yield made, Told(Path(folder) / "told.jsonl"), samples_of(made)


def start_all(made: Circle) -> None:
    """Start all nodes side by side."""
    for spot in made.values():
        spot.start(wait=False)
    for spot in made.values():
        spot.wait_until_up()


# --- kill -9 -------------------------------------------------------------------------------------


def kills(count: int, seed: int = SEED, longest_s: float = float("inf")) -> dict[str, Any]:
    """Hand in cases at three nodes while clerks decide, and kill nodes at random moments."""
    with scene() as (made, told, samples):
        start_all(made)
        ended, chance = threading.Event(), random.Random(seed)
        found: dict[str, Any] = {}

        def killer() -> None:
            while not ended.wait(chance.uniform(0.2, 4.0)):
                several = chance.sample(list(made.values()), chance.choice((1, 1, 1, 2)))
                for spot in several:
                    spot.kill()
                for spot in several:
                    spot.start(wait=False)
                for spot in several:
                    spot.wait_until_up()

        def work() -> None:
            clerks = Clerks(made, told)
            hand_in(jobs_of(made, samples, count, seed), told, KILL_HANDS, longest_s)
            ended.set()
            clerks.end()

        begun = time.monotonic()
        run_all([killer, work])
        found["seconds"] = time.monotonic() - begun
        found["kills"] = {spot.code: spot.kills for spot in made.values()}
        return {**found, **judged(made, told)}


# --- A peer is down ------------------------------------------------------------------------------


def peer_down(seconds: float, count: int) -> dict[str, Any]:
    """Hand in cases for a node that is down, and for one that is not, all the while."""
    with scene() as (made, told, samples):
        start_all(made)
        made["wuhan"].kill()
        portal = {key: several for key, several in samples.items() if key[0] == PORTAL}
        begun = time.monotonic()
        jobs, row = jobs_of(made, portal, count, SEED), 0
        while row < len(jobs) or time.monotonic() - begun < seconds:
            hand_in(jobs[row : row + 10], told, 2)
            row += 10
            due = begun + seconds * row / len(jobs)
            time.sleep(max(0.0, min(due, begun + seconds) - time.monotonic()))
        down_s = time.monotonic() - begun
        waits, there = made[PORTAL].waiting(), cases(made["huangshi"])
        made["wuhan"].start()
        begun = time.monotonic()
        until(lambda: not made[PORTAL].waiting(), 120.0)
        found = {
            "down_s": down_s,
            "waited": waits,
            "others_took": there,
            "caught_up_s": time.monotonic() - begun,
        }
        return {**found, **judged(made, told)}


def cases(spot: Spot) -> int:
    """Return how many cases a node has."""
    return int(spot.rows("SELECT count(*) FROM hall_cases")[0][0])


# --- The way between nodes, and clocks ------------------------------------------------------------


def bad_way(count: int, ahead_min: float = 0.0) -> dict[str, Any]:
    """Let what is between nodes double, delay, swap, cut and forge what they say."""
    with scene(proxied=True) as (made, told, samples):
        made["wuhan"].ahead_min = ahead_min
        with between(made, SEED) as proxies:
            start_all(made)
            clerks = Clerks(made, told)
            hand_in(jobs_of(made, samples, count, SEED), told)
            time.sleep(2)
            clerks.end()
            found = judged(made, told)
        did: Counter[str] = sum((one.did for one in proxies.values()), Counter())
        return {"did": dict(did), **found}


def clocks(count: int, ahead_min: float = 5.0) -> dict[str, Any]:
    """Let a node's clock be five minutes before the others'."""
    with scene() as (made, told, samples):
        made["wuhan"].ahead_min = ahead_min
        start_all(made)
        clerks = Clerks(made, told)
        hand_in(jobs_of(made, samples, count, SEED), told)
        time.sleep(2)
        clerks.end()
        off = made[PORTAL].rows("SELECT code, seconds_off FROM hall_peers ORDER BY code")
        return {"seconds_off": dict(off), **judged(made, told)}


# --- A full disk ----------------------------------------------------------------------------------


def full_disk(count: int, size_mb: int = FULL_MB) -> dict[str, Any]:
    """Fill the disk of a node while cases come; then make room."""
    with tempfile.TemporaryDirectory() as folder_:
        folder = Path(folder_)
        with circle(folder / "made") as made:
            told, spot = Told(folder / "told.jsonl"), made["wuhan"]
            samples = samples_of(made)
            with small_disk(spot, size_mb) as disk:
                start_all_on(made, disk)
                jobs = jobs_of(made, samples, count, SEED)
                turned_away = _until_full(jobs, told)
                waits = made[PORTAL].waiting()
                at_full = {"acknowledged_before": len(told.cases), "turned_away": len(turned_away)}
                disk.widen()
                hand_in(turned_away, told)
                found = judged(made, told)
                return {"how": disk.how, **at_full, "waited_when_full": waits, **found}


def _until_full(jobs: list[Job], told: Told) -> list[Job]:
    """Hand in each once; return what got no receipt."""
    away = []
    for job in jobs:
        client = job.spot.client("resident")
        try:
            status, answer = client.ask("POST", "/applications", job.application, job.once)
        except UnavailableError:
            status, answer = 0, None
        client.close()
        if status == CREATED:
            told.note(case=answer["case"], node=answer["to"]["code"])
        else:
            away.append(job)
    return away


class Disk:
    """A small disk for a node's folder: a file system of its own, else a bound on files."""

    def __init__(self, spot: Spot, size_mb: int, *, mounted: bool) -> None:
        self._spot, self._mb, self._mounted = spot, size_mb, mounted
        self.how = (
            f"a file system of {size_mb} MB" if mounted else f"no file above {size_mb} MB allowed"
        )

    @property
    def largest(self) -> int:
        """Bytes that a file of the node may have; 0 where the file system sees to it."""
        return 0 if self._mounted else self._mb << 20

    def widen(self) -> None:
        """Make room."""
        if self._mounted:
            _run("mount", "-o", "remount,size=2g", str(self._spot.folder))
        else:
            self._spot.stop()
            self._spot.start()


@contextmanager
def small_disk(spot: Spot, size_mb: int) -> Iterator[Disk]:
    """Give a node's folder a small disk, with what is in it."""
    kept = spot.folder.with_name(f"{spot.code}-kept")
    spot.folder.rename(kept)
    spot.folder.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(spot.folder))
    _run("cp", "-a", f"{kept}/.", str(spot.folder))
    try:
        yield Disk(spot, size_mb, mounted=mounted)
    finally:
        spot.stop()
        if mounted:
            _run("umount", str(spot.folder))


def start_all_on(made: Circle, disk: Disk) -> None:
    """Start all nodes, the one with the small disk within its bounds."""
    made["wuhan"].start(largest_file=disk.largest)
    for spot in made.values():
        if spot.process is None:
            spot.start()


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# --- Two clerks -----------------------------------------------------------------------------------


def two_clerks(count: int) -> dict[str, Any]:
    """Let two decide each case at the same moment, one for it and one against."""
    with scene() as (made, told, samples):
        start_all(made)
        spot = made["wuhan"]
        own = {key: several for key, several in samples.items() if key == ("wuhan", WUHAN)}
        hand_in(jobs_of(made, own, count, SEED), told)
        clients = [spot.client(name) for name in CLERKS]
        answers: Counter[str] = Counter()
        winners: Counter[str] = Counter()
        for case in told.cases:
            both = _decided_by_both(clients, f"/desk/cases/{case}")
            answers[" and ".join(str(one) for one in sorted(both.values()))] += 1
            for name, status in both.items():
                if status == OK:
                    winners[name] += 1
                    told.note(case=case, node=spot.code, what="decided")
        return {"answers": dict(answers), "won": dict(winners), **judged(made, told)}


def _decided_by_both(clients: list[Client], path: str) -> dict[str, int]:
    """Accept a case, let both decide it at once; return what each was answered."""
    seen = clients[0].ask("GET", path)[1]
    for action in ("accept", "decide"):
        task = next(one for one in seen["can"] if one["action"] == action)["task"]
        body = {"seen": seen["version"], "action": action, "task": task}
        if action == "accept":
            seen = clients[0].ask("POST", f"{path}/do", body)[1]
    both: dict[str, int] = {}
    gate = threading.Barrier(len(clients))

    def decide(row: int, outcome: str) -> None:
        said = {**body, "outcome": outcome, "words": "意见"}
        gate.wait()
        both[CLERKS[row]] = clients[row].ask("POST", f"{path}/do", said)[0]

    run_all([partial(decide, row, outcome) for row, outcome in enumerate(("grant", "refuse"))])
    return both
