"""How the map's service bears many people at once.

    python benchmarks/serve.py            50 people for a minute each way, on the Wuhan region
    python benchmarks/serve.py --quick    seconds: shows that everything works
    python benchmarks/serve.py --users 100 --seconds 120

The service runs in a process of its own, as `onecity serve` starts it; the people are coroutines
here, on the same cores, so that what they cost is counted against us. Each opens the page, the
region and its tiles, then walks on at random: tiles, layers, cards, searches, isochrones, paths,
links drawn and compared. Twice: with a pause of some seconds between two steps, as people have, and
without any, which is what the service can bear at most. Errors are counted; a wrong status is one.
See benchmarks/README.md.
"""

import argparse
import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import machine
import numpy as np
from graphs import ROOT

from onecity.region.build import build
from onecity.region.shipped import shipped_recipe

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
SEED = 11
PAUSES = (1.0, 5.0)
"""Seconds between two steps of somebody who looks at a map: at random between these."""
STEPS = {
    "tiles": 8,
    "card": 4,
    "layer": 3,
    "search": 3,
    "isochrones": 2,
    "path": 2,
    "quick what-if": 1,
    "what-if with borders": 1,
}
"""What people do, and how often."""
NAMES = ("武汉", "huangshi", "xn", "阳新", "ezhou", "4211", "仙桃", "大悟", "114.3,30.6")


@dataclass(slots=True)
class Tally:
    """How long each kind of answer took, s, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    sent: int = 0

    def figures(self) -> list[dict[str, Any]]:
        """Return one row for each kind of step, all together last, milliseconds."""
        rows = [_row(kind, found) for kind, found in self.seconds.items()]
        rows.append(_row("all", [one for found in self.seconds.values() for one in found]))
        return rows


def _row(kind: str, seconds: list[float]) -> dict[str, Any]:
    found = 1000 * np.array(seconds)
    at = dict(zip(("p50", "p95", "p99"), np.percentile(found, [50, 95, 99]), strict=True))
    return {"step": kind, "answers": len(found), **at, "longest": float(found.max())}


class Person:
    """Somebody who looks at the map."""

    def __init__(self, client: httpx.AsyncClient, known: dict[str, Any], seed: int) -> None:
        self._client, self._known = client, known
        self._chance = random.Random(seed)
        self._tags: dict[str, str] = {}

    async def ask(self, tally: Tally, kind: str, path: str, **body: Any) -> None:
        """Ask one question and note how long it took."""
        headers = {}
        if body:
            headers = {"X-CSRF-Token": self._known["csrf"], "Origin": self._known["origin"]}
        elif path in self._tags:
            headers = {"If-None-Match": self._tags[path]}  # as browsers do
        start = time.perf_counter()
        try:
            answer = await self._client.request(
                "POST" if body else "GET", path, headers=headers, json=body or None
            )
        except httpx.HTTPError as error:
            tally.errors.append(f"{kind}: {type(error).__name__} {path}")
            return
        tally.seconds[kind].append(time.perf_counter() - start)
        tally.sent += len(answer.content)
        if answer.status_code not in {200, 204, 304}:
            tally.errors.append(f"{kind}: {answer.status_code} {path}")
        elif "etag" in answer.headers and not body:
            self._tags[path] = answer.headers["etag"]

    async def open(self, tally: Tally) -> None:
        """Open the page."""
        for path in ("/", "/api/v1/session", "/api/v1/region", "/api/v1/layers"):
            await self.ask(tally, "open", path)
        await self.tiles(tally)

    async def step(self, tally: Tally) -> None:
        """Do one thing."""
        (kind,) = self._chance.choices(list(STEPS), weights=list(STEPS.values()))
        lon, lat = self._place()
        match kind:
            case "tiles":
                await self.tiles(tally)
            case "card":
                county = self._chance.choice(self._known["counties"])
                await self.ask(tally, kind, f"/api/v1/cards/county/{county}")
            case "layer":
                layer = self._chance.choice(self._known["layers"])
                await self.ask(tally, kind, f"/api/v1/layers/{layer}/values")
            case "search":
                await self.ask(tally, kind, f"/api/v1/search?q={self._chance.choice(NAMES)}")
            case "isochrones":
                await self.ask(tally, kind, f"/api/v1/isochrones?lon={lon}&lat={lat}")
            case "path":
                x, y = self._place()
                await self.ask(tally, kind, f"/api/v1/paths?from={lon},{lat}&to={x},{y}")
            case _:
                tail, head = self._chance.sample(range(self._known["nodes"]), 2)
                link = {"kind": "add_road", "tail": tail, "head": head, "kmh": 60}
                quick = kind == "quick what-if"
                await self.ask(
                    tally, kind, "/api/v1/what-ifs?zones=false", interventions=[link], quick=quick
                )

    async def tiles(self, tally: Tally) -> None:
        """Look at four tiles that touch."""
        zoom = self._chance.randint(7, 11)
        lon, lat = self._place()
        x = int((lon + 180) / 360 * 2**zoom)
        y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**zoom)
        address = self._known["tiles"]
        several = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]
        await asyncio.gather(
            *(
                self.ask(
                    tally,
                    "tile",
                    address.replace("{z}", str(zoom)).replace("{x}", str(a)).replace("{y}", str(b)),
                )
                for a, b in several
            )
        )

    def _place(self) -> tuple[float, float]:
        """Return a place near some county's middle: that of a zone people live in."""
        lon, lat = self._chance.choice(self._known["places"])
        return round(lon, 5), round(lat, 5)

    def pause(self) -> float:
        """Return how long to look before the next step, s."""
        return self._chance.uniform(*PAUSES)


async def crowd(
    origin: str, users: int, seconds: float, *, hurried: bool, known: dict[str, Any]
) -> Tally:
    """Let people use the service for a while; the first steps warm up and are not counted."""
    # Shorter than the service keeps them: as browsers do, who ask again where one was closed.
    limits = httpx.Limits(max_connections=6 * users, keepalive_expiry=3.0)
    async with httpx.AsyncClient(base_url=origin, timeout=60, limits=limits) as client:
        people = [Person(client, known, SEED + one) for one in range(users)]
        tally = Tally()
        until = time.monotonic() + seconds

        async def live(one: Person, late: float) -> None:
            await asyncio.sleep(late)  # nobody comes at the same moment
            await one.open(tally)
            while time.monotonic() < until:
                await asyncio.sleep(0 if hurried else one.pause())
                await one.step(tally)

        late = min(PAUSES[1], seconds / 4)
        await asyncio.gather(*(live(one, late * row / users) for row, one in enumerate(people)))
        return tally


def ask_once(origin: str) -> dict[str, Any]:
    """Return what people know of the region once they have opened it."""
    with httpx.Client(base_url=origin, timeout=300) as client:
        region = client.get("/api/v1/region").json()
        layers = client.get("/api/v1/layers").json()["layers"]
        tiles = client.get("/api/v1/tiles.json").json()["tiles"][0]
        known = {
            "origin": origin,
            "csrf": client.get("/api/v1/session").json()["csrf"],
            "counties": [one["code"] for one in region["counties"]],
            "places": [(one["lon"], one["lat"]) for one in region["counties"]],
            "nodes": region["counts"]["road_nodes"],
            "layers": [one["key"] for one in layers],
            "tiles": tiles.removeprefix(origin),
        }
        # What is made once for everybody is made before people come, as a service does on its own.
        link = {"kind": "add_road", "tail": 0, "head": 5, "kmh": 60}
        headers = {"X-CSRF-Token": known["csrf"], "Origin": origin}
        client.post("/api/v1/what-ifs", json={"interventions": [link]}, headers=headers)
        return known


@contextmanager
def served(region: Path, work: Path) -> Iterator[tuple[str, int]]:
    """Serve a region as `onecity serve` does; gives its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "onecity.cli", "serve", str(region), "--port", str(port)]
    process = subprocess.Popen([*command, "--work", str(work)], stdout=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{origin}/api/v1/health", timeout=5)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield origin, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def memory_mb(process: int) -> float:
    """Return the most memory a process has held, MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    return float("nan")


def run(region: Path, users: int, seconds: float) -> dict[str, Any]:
    """Return all that one run found."""
    with (
        tempfile.TemporaryDirectory() as work,
        served(region, Path(work)) as (origin, process),
    ):
        known = ask_once(origin)
        rounds = {}
        for name, hurried in (("with pauses", False), ("without pauses", True)):
            start = time.perf_counter()
            tally = asyncio.run(crowd(origin, users, seconds, hurried=hurried, known=known))
            took = time.perf_counter() - start
            rows = tally.figures()
            rounds[name] = {
                "steps": rows,
                "errors": tally.errors,
                "per_second": rows[-1]["answers"] / took,
                "sent_mb": tally.sent / 1e6,
            }
            show(name, rounds[name])
        return {"users": users, "seconds": seconds, "memory_mb": memory_mb(process), **rounds}


def show(name: str, found: dict[str, Any]) -> None:
    """Print one round."""
    print(f"\n{name}: {found['per_second']:.0f} answers/s, {len(found['errors'])} errors")
    for row in found["steps"]:
        print(
            f"  {row['step']:<22}{row['answers']:>7}   p50 {row['p50']:8.1f} ms"
            f"   p95 {row['p95']:8.1f}   p99 {row['p99']:8.1f}   longest {row['longest']:8.1f}"
        )
    for error in found["errors"][:5]:
        print(f"  ! {error}")


def page(kept: dict[str, Any]) -> str:
    """Return the results as a page."""
    known = kept["machine"]
    lines = [
        f"### {kept['found']['users']} people at once on the map",
        "",
        (
            f"{kept['made'][:10]}, {known['processor']}, {known['cores']} cores shared by the "
            f"service and the people, load before {known['load_before']}. Each round "
            f"{kept['found']['seconds']:.0f} s; one run. Most memory of the service: "
            f"{kept['found']['memory_mb']:,.0f} MB. Made by `benchmarks/serve.py`."
        ),
    ]
    for name in ("with pauses", "without pauses"):
        one = kept["found"][name]
        lines += [
            "",
            (
                f"#### {name.capitalize()}: {one['per_second']:.0f} answers a second, "
                f"{len(one['errors'])} errors"
            ),
            "",
            "| step | answers | p50, ms | p95, ms | p99, ms | longest, ms |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {row['step']} | {row['answers']:,} | {row['p50']:,.0f} | {row['p95']:,.0f} "
            f"| {row['p99']:,.0f} | {row['longest']:,.0f} |"
            for row in one["steps"]
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    users, seconds = (8, 6.0) if given.quick else (given.users, given.seconds)
    region = CACHE / "serve-wuhan"
    build(shipped_recipe(), region)
    facts = machine.facts()
    found = run(region, users, seconds)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    kept = {"made": made, "quick": given.quick, "machine": facts, "found": found}
    folder = CACHE if given.quick else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (folder / f"serve-{made[:10]}.json").write_text(f"{text}\n", "utf-8")
    (folder / "serve.md").write_text(page(kept), "utf-8")
    failed = any(found[name]["errors"] for name in ("with pauses", "without pauses"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
