"""People at a ledger over HTTP: lists, board, Gantt chart, items, and every tenth step a write.

The service runs in a process of its own; the people are coroutines here, on the same cores. Each
pauses some seconds between two steps, as people have. See `ledger.py`.
"""

import argparse
import asyncio
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

BASE = "/api/v1/ledger"
PAUSES = (1.0, 5.0)
SEED = 23
STEPS = {
    "my work": 3,
    "list": 6,
    "search": 4,
    "board": 3,
    "gantt": 2,
    "counts": 2,
    "curve": 1,
    "figures": 1,
    "calendar": 1,
    "item": 6,
    "write": 3,
}
"""What people do, and how often."""
WORDS = ("断头路", "WH-2026-00", "cjdq", "处长7", "通办", "3号单位", "one", "不存在")
STATES = ("assigned", "in_progress", "reported", "returned", "closed")


@dataclass(slots=True)
class Tally:
    """How long each kind of answer took, s, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    def figures(self) -> list[dict[str, Any]]:
        """Return one row for each kind of step, all together last, milliseconds."""
        found = {**self.seconds, "all": [one for each in self.seconds.values() for one in each]}
        return [
            {
                "step": kind,
                "answers": len(each),
                "p50": 1000 * float(np.percentile(each, 50)),
                "p95": 1000 * float(np.percentile(each, 95)),
                "longest": 1000 * max(each),
            }
            for kind, each in found.items()
            if each
        ]


class Person:
    """Somebody who works with the ledger."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], seed: int) -> None:
        self._client, self._headers = client, headers
        self._chance = random.Random(seed)
        self._ids: list[str] = []

    async def ask(self, tally: Tally, kind: str, path: str) -> Any:
        """Ask one question, note how long it took, and return the answer."""
        start = time.perf_counter()
        try:
            answer = await self._client.get(f"{BASE}{path}")
        except httpx.HTTPError as error:
            tally.errors.append(f"{kind}: {type(error).__name__}")
            return {}
        tally.seconds[kind].append(time.perf_counter() - start)
        if answer.status_code != 200:
            tally.errors.append(f"{kind}: {answer.status_code} {path} {answer.text[:200]}")
            return {}
        return answer.json()

    async def step(self, tally: Tally) -> None:
        """Do one thing."""
        chance = self._chance
        (kind,) = chance.choices(list(STEPS), weights=list(STEPS.values()))
        unit, state = f"u{chance.randrange(120)}", chance.choice(STATES)
        asked = {
            "my work": "/me",
            "list": f"/items?unit={unit}&state={state}&sort=-due&limit=50",
            "search": f"/items?text={chance.choice(WORDS)}&limit=50",
            "board": f"/board?unit={unit}",
            "gantt": f"/gantt?unit={unit}",
            "counts": f"/counts?by=unit&state={state}",
            "curve": f"/curve?unit={unit}",
            "figures": "/figures/units?group=unit",
            "calendar": f"/calendar?first=2026-06-01&last=2026-06-30&unit={unit}",
        }
        if kind not in asked and not self._ids:
            kind = "list"
        if kind == "write":
            await self.write(tally)
            return
        path = asked[kind] if kind in asked else f"/items/{chance.choice(self._ids)}"
        found = await self.ask(tally, kind, path)
        if kind == "list":
            self._ids = [one["id"] for one in found.get("items", ())] or self._ids

    async def write(self, tally: Tally) -> None:
        """Open an item and change its owner."""
        id_ = self._chance.choice(self._ids)
        found = await self.ask(tally, "item", f"/items/{id_}")
        if found.get("item", {}).get("state") in {None, "closed", "cancelled"}:
            return
        headers = {**self._headers, "If-Match": f'"{found["item"]["version"]}"'}
        body = {"fields": {"owner": f"处长{self._chance.randrange(10_000)}"}, "text": ""}
        start = time.perf_counter()
        try:
            answer = await self._client.patch(f"{BASE}/items/{id_}", headers=headers, json=body)
        except httpx.HTTPError as error:
            tally.errors.append(f"write: {type(error).__name__}")
            return
        tally.seconds["write"].append(time.perf_counter() - start)
        # 412: somebody was quicker, which is what the service should say.
        if answer.status_code not in {200, 412}:
            tally.errors.append(f"write: {answer.status_code} {answer.text[:200]}")

    def pause(self) -> float:
        """Return how long to look before the next step, s."""
        return self._chance.uniform(*PAUSES)


async def crowd(origin: str, users: int, seconds: float) -> Tally:
    """Let people use the service for a while."""
    limits = httpx.Limits(max_connections=2 * users, keepalive_expiry=3.0)
    async with httpx.AsyncClient(base_url=origin, timeout=60, limits=limits) as client:
        session = (await client.get("/api/v1/session")).json()
        headers = {"X-CSRF-Token": session["csrf"], "Origin": origin}
        people_ = [Person(client, headers, SEED + one) for one in range(users)]
        # What is made once for everybody is made before people come.
        for path in ("/items?limit=1", "/gantt?limit=1", "/figures/units"):
            (await client.get(f"{BASE}{path}")).raise_for_status()
        tally = Tally()
        until = time.monotonic() + seconds

        async def live(one: Person, late: float) -> None:
            await asyncio.sleep(late)  # nobody comes at the same moment
            while time.monotonic() < until:
                await one.step(tally)
                await asyncio.sleep(one.pause())

        late = min(PAUSES[1], seconds / 4)
        await asyncio.gather(*(live(one, late * row / users) for row, one in enumerate(people_)))
        return tally


@contextmanager
def served(where: str, work: Path) -> Iterator[str]:
    """Serve a ledger to this machine; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", where, "--work", str(work), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{origin}/api/v1/health", timeout=5)
                break
            except httpx.HTTPError:
                if process.poll() is not None:
                    raise SystemExit("the service did not start") from None
                time.sleep(0.1)
        yield origin
    finally:
        process.terminate()
        process.wait(timeout=30)


def people(where: str, users: int, seconds: float) -> dict[str, Any]:
    """Return what people found at a ledger, and show it."""
    with tempfile.TemporaryDirectory() as work, served(where, Path(work)) as origin:
        start = time.perf_counter()
        tally = asyncio.run(crowd(origin, users, seconds))
        took = time.perf_counter() - start
    rows = tally.figures()
    speed = rows[-1]["answers"] / took
    print(f"\n{users} people, {speed:.0f} answers/s, {len(tally.errors)} errors")
    for row in rows:
        print(
            f"  {row['step']:<12}{row['answers']:>6}   p50 {row['p50']:8.1f} ms"
            f"   p95 {row['p95']:8.1f}   longest {row['longest']:8.1f}"
        )
    for error in tally.errors[:5]:
        print(f"  ! {error}")
    return {
        "users": users,
        "seconds": seconds,
        "steps": rows,
        "errors": tally.errors,
        "per_second": speed,
    }


def serve(where: str, work: Path, port: int) -> None:
    """Be the service."""
    import uvicorn

    from onecity.web.app import create_app
    from onecity.web.settings import Settings

    settings = Settings.for_ledger(work, port=port, database=where)
    uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    serve(given.serve, given.work, given.port)
