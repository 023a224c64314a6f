"""What the ledger takes at 2,000, 20,000 and 60,000 items, in SQLite and in PostgreSQL.

    python benchmarks/ledger.py            everything: a quarter of an hour or more
    python benchmarks/ledger.py --quick    a minute or two: shows that everything works
    python benchmarks/ledger.py --only kills

Three parts. The store: opening, the book in memory, questions to it, one write. Kills: programs
that write are killed at random moments, and on PostgreSQL the server too, until 10,000 writes were
acknowledged; see `ledger_crash.py`. People: 20 of them use the service of a ledger of 20,000 items
over HTTP. Items are put into the tables as a restored backup would put them; all that is timed goes
through the ledger. PostgreSQL is Debian's, on this machine, and waits for the disk as servers do.
See benchmarks/README.md.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ledger_crash
import machine
import numpy as np
from graphs import ROOT
from ledger_people import people
from sqlalchemy import insert

from onecity.core.ids import new_id
from onecity.identity import Actor
from onecity.identity.clock import stamp
from onecity.programme.ledger.kinds import ENDED, Kind, State, Strand
from onecity.programme.ledger.model import BudgetLine, Dependency, Event, Item, Milestone, Unit
from onecity.programme.ledger.past import NO_PAST
from onecity.programme.ledger.query import Query
from onecity.programme.ledger.rules import Mark
from onecity.programme.ledger.store import Ledger, LedgerSettings
from onecity.programme.ledger.store.rows import text_of
from onecity.programme.ledger.store.schema import DEPENDENCIES, EVENTS, ITEMS, NUMBERS
from onecity.programme.ledger.way import Said

sys.path.append(str(ROOT))
from tests.stores import Cluster, programs, running

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = ROOT / "out/benchmarks"
SIZES = (2_000, 20_000, 60_000)
QUICK_SIZES = (500, 2_000)
WRITES, QUICK_WRITES = 10_000, 60
SEED = 5
BY = Actor.local()
TITLES = (
    "打通断头路",
    "武鄂黄黄快速路改造",
    "离岸科创园二期",
    "政务服务通办",
    "长江大桥引桥",
    "数据共享",
)
UNITS = 120
QUERIES = {
    "find: first page": Query(),
    "find: words and filters": Query(
        text="断头路 17",
        states=frozenset({State.IN_PROGRESS, State.ASSIGNED}),
        sort=("mark", "-due"),
    ),
    "find: first letters of pinyin": Query(text="cjdq", sort=("title",)),
    "find: overdue of a city": Query(
        marks=frozenset({Mark.OVERDUE}), cities=frozenset({"420100"}), sort=("-due", "number")
    ),
}


# --- What is measured ----------------------------------------------------------------------------


def invented(count: int) -> Iterator[Item]:
    """Yield items in every state, a fifth of which wait for an earlier one."""
    chance = random.Random(SEED)
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    ids: list[str] = []
    for row in range(count):
        at = begin + timedelta(seconds=row)
        state = chance.choice(list(State))
        given = date(2026, 1, 5) + timedelta(chance.randrange(200))
        done = state in {State.REPORTED, State.ACCEPTED, State.CLOSED}
        lead, own, helps = chance.sample(range(UNITS), 3)
        id_ = new_id(at, chance.getrandbits(79))
        waits = bool(ids) and chance.random() < 0.2
        yield Item.made(
            id=id_,
            number=f"WH-2026-{row + 1:04d}",
            kind=chance.choice(list(Kind)),
            title=f"{chance.choice(TITLES)}第 {row} 段",
            text="推进前期工作，完成可行性研究报告批复，落实用地和资金。" * 4,
            created=at,
            changed=at,
            strand=chance.choice(list(Strand)),
            lead_unit=f"u{lead}",
            responsible_unit=f"u{own}",
            supporting_units=(f"u{helps}",),
            owner=f"处长{row % 50}",
            assigned_on=None if state is State.DRAFT else given,
            start=given,
            due=given + timedelta(chance.randrange(20, 500)),
            reported_on=given + timedelta(9) if done else None,
            closed_on=given + timedelta(9) if state in ENDED else None,
            state=state,
            back_to=State.IN_PROGRESS if state is State.SUSPENDED else None,
            progress=100 if done else chance.randrange(100),
            milestones=(Milestone.made(name="可研批复", due=given + timedelta(15)),),
            budget=(BudgetLine.made(name="中央", year=2026, amount=Decimal(row)),),
            depends_on=(Dependency(item=chance.choice(ids)),) if waits else (),
        )
        ids.append(id_)


def fill(ledger: Ledger, items: list[Item]) -> None:
    """Put items into an empty ledger, each with its first event."""
    ledger.set_settings(LedgerSettings(prefix="WH", example=True), by=BY)
    cities = [f"42{(row % 9) + 1:02d}00" for row in range(UNITS)]
    units = [
        Unit.made(code=f"u{row}", name=f"{row}号单位局", level="city", city=city)
        for row, city in enumerate(cities)
    ]
    ledger.add_units(units, by=BY)
    with ledger.writing(BY, "") as write:
        for first in range(0, len(items), 2_000):
            several = items[first : first + 2_000]
            tables: dict[Any, list[dict[str, Any]]] = {ITEMS: [], NUMBERS: [], EVENTS: []}
            for one in several:
                event = Event.made(
                    item=one.id, at=one.created, who="local", unit=None, what="drafted"
                )
                tables[ITEMS].append(
                    {
                        "id": one.id,
                        "number": one.number,
                        "version": one.version,
                        "revision": write.revision,
                        "state": one.state.value,
                        "responsible_unit": one.responsible_unit,
                        "due": str(one.due),
                        "meeting": None,
                        "record": text_of(one),
                        "past": text_of(NO_PAST),
                    }
                )
                tables[NUMBERS].append({"number": one.number, "item": one.id})
                tables[EVENTS].append(
                    {
                        "item": one.id,
                        "at": stamp(one.created),
                        "what": "drafted",
                        "version": 1,
                        "record": text_of(event),
                    }
                )
            for table, rows in tables.items():
                write.connection.execute(insert(table), rows)
            links = [
                {"item": one.id, "before": before.item}
                for one in several
                for before in one.depends_on
            ]
            if links:
                write.connection.execute(insert(DEPENDENCIES), links)


@contextmanager
def places(folder: Path, *, safe: bool = True) -> Iterator[dict[str, tuple[str, Cluster | None]]]:
    """Give where to make a store in each kind of database that is there."""
    found: dict[str, tuple[str, Cluster | None]] = {"SQLite": (str(folder / "o.sqlite"), None)}
    if programs() is None:
        yield found
        return
    with running(safe=safe) as cluster:
        yield {**found, "PostgreSQL": (cluster.url(), cluster)}


def timed(do: Callable[[], object], times: int) -> list[float]:
    """Return how long something took each time, s."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        found.append(time.perf_counter() - start)
    return found


# --- The store -----------------------------------------------------------------------------------


def store(where: str, count: int) -> dict[str, Any]:
    """Return what a ledger of so many items takes."""
    now = datetime(2026, 8, 3, 2, tzinfo=UTC)
    clock = [now]
    with Ledger.open(where, clock=lambda: clock[0]) as ledger:
        fill(ledger, list(invented(count)))
    steps: dict[str, list[float]] = {}
    start = time.perf_counter()
    ledger = Ledger.open(where, clock=lambda: clock[0], create=False)
    steps["open the store"] = [time.perf_counter() - start]
    with ledger:
        steps["book: read and judge every item"] = timed(ledger.book, 1)
        steps["book: nothing was changed"] = timed(ledger.book, 200)
        for name, query in QUERIES.items():
            steps[name] = timed(lambda query=query: ledger.book().find(query), 50)  # type: ignore[misc]
        steps["counts: by unit"] = timed(lambda: ledger.book().counts(Query(), "unit"), 20)
        steps["board: 50 of each state"] = timed(lambda: board(ledger), 20)
        ledger.book().plan()  # compiles what it needs
        items = list(ledger.book().items.values())
        chance = random.Random(SEED)
        writes, books, gantts = [], [], []
        for row in range(60):
            item = ledger.get(chance.choice(items).id)
            if not item.is_open:
                continue
            # Every other one moves what the plan rests on.
            fields = {"owner": f"张{row}"} if row % 2 else {"start": None}
            if not row % 2 and item.start is None:
                continue
            said = Said(text="调整", fields=fields)
            writes += timed(lambda: ledger.edit(item.id, said, seen=item.version, by=BY), 1)  # noqa: B023
            books += timed(ledger.book, 1)
            gantts += timed(lambda: gantt(ledger), 1)
        steps["one write"] = writes
        steps["book: after one write"] = books
        steps["gantt: 200 rows, after a write"] = gantts
        steps["figures of all units"] = timed(lambda: ledger.book().figures(), 1)
        clock[0] = now + timedelta(days=1)
        steps["book: a new day"] = timed(ledger.book, 1)
        clock[0] = now
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"items": count, "memory_mb": used, "steps": {k: summed(v) for k, v in steps.items()}}


def board(ledger: Ledger) -> None:
    """Ask what a board shows."""
    book = ledger.book()
    for state in State:
        book.find(Query(states=frozenset({state})))


def gantt(ledger: Ledger) -> None:
    """Ask what a Gantt chart shows."""
    book = ledger.book()
    book.find(Query(limit=200, open=True))
    book.plan()


def summed(seconds: list[float]) -> dict[str, float]:
    """Return how often, the median, the 95th percentile and the longest, ms."""
    found = 1000 * np.array(seconds)
    middle, high = np.percentile(found, [50, 95])
    return {
        "times": len(found),
        "p50": float(middle),
        "p95": float(high),
        "max": float(found.max()),
    }


def stores(sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Measure every size in every database."""
    kept = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder, places(Path(folder)) as found:
            for name, (where, _) in found.items():
                one = {"database": name, **store(where, count)}
                kept.append(one)
                show_store(one)
    return kept


# --- Kills ---------------------------------------------------------------------------------------


def kills(writes: int) -> list[dict[str, Any]]:
    """Kill writers, and the server, in every database."""
    kept = []
    with tempfile.TemporaryDirectory() as folder, places(Path(folder)) as found:
        for name, (where, cluster) in found.items():

            def crash(cluster: Cluster | None = cluster) -> None:
                if cluster is not None:
                    cluster.crash()
                    cluster.start()

            start = time.perf_counter()
            ended = ledger_crash.rounds(
                where, writes, crash_server=None if cluster is None else crash
            )
            one = {
                "database": name,
                "acknowledged": ended.acknowledged,
                "kills": ended.kills,
                "server_kills": ended.server_kills,
                "untold": ended.kept_untold,
                "faults": ended.broken,
                "seconds": time.perf_counter() - start,
            }
            kept.append(one)
            print(
                f"\n{name}: {one['acknowledged']:,} writes acknowledged, {one['kills']} programs"
                f" and {one['server_kills']} servers killed, {len(ended.broken)} faults,"
                f" {one['seconds']:.0f} s"
            )
    return kept


# --- The page ------------------------------------------------------------------------------------


def show_store(found: dict[str, Any]) -> None:
    """Print what one store takes."""
    print(f"\n{found['database']}, {found['items']:,} items, {found['memory_mb']:,.0f} MB")
    for name, one in found["steps"].items():
        print(f"  {name:<34}{one['times']:>5}   p50 {one['p50']:9.2f} ms   p95 {one['p95']:9.2f}")


def page(kept: dict[str, Any]) -> str:
    """Return the results as a page."""
    known = kept["machine"]
    lines = [
        "### The ledger",
        "",
        (
            f"{kept['made'][:10]}, {known['processor']}, {known['cores']} cores, load before "
            f"{known['load_before']}. Made by `benchmarks/ledger.py`. Milliseconds, median and "
            "(95th percentile); where something is done once, that once."
        ),
    ]
    if kept["stores"]:
        heads = [f"{one['database']}, {one['items']:,}" for one in kept["stores"]]
        lines += ["", f"| step | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
        for name in kept["stores"][0]["steps"]:
            cells = [_cell(one["steps"][name]) for one in kept["stores"]]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    for one in kept["kills"]:
        lines += [
            "",
            (
                f"{one['database']}: programs were killed {one['kills']} times and the server "
                f"{one['server_kills']} times while they wrote; {one['acknowledged']:,} writes "
                f"were acknowledged, and {len(one['faults'])} of them lost or kept in part."
            ),
        ]
    for one in kept["people"]:
        lines += [
            "",
            (
                f"#### {one['users']} people, {one['items']:,} items, {one['database']}: "
                f"{one['per_second']:.0f} answers a second, {len(one['errors'])} errors"
            ),
            "",
            "| step | answers | p50, ms | p95, ms | longest, ms |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {row['step']} | {row['answers']:,} | {row['p50']:,.0f} | {row['p95']:,.0f} "
            f"| {row['longest']:,.0f} |"
            for row in one["steps"]
        ]
    return "\n".join(lines) + "\n"


def _cell(one: dict[str, float]) -> str:
    low = f"{one['p50']:,.1f}"
    return low if one["times"] == 1 else f"{low} ({one['p95']:,.1f})"


def main() -> None:
    """Measure and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("store", "kills", "people"))
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    facts = machine.facts()
    folder = CACHE if given.quick else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    file = folder / f"ledger-{made[:10]}.json"
    # A part that is measured alone stands beside the others of the same day.
    before = json.loads(file.read_text("utf-8")) if given.only and file.exists() else {}
    kept: dict[str, Any] = {"stores": [], "kills": [], "people": [], **before}
    kept |= {"made": made, "quick": given.quick, "machine": facts}
    if given.only in {None, "store"}:
        kept["stores"] = stores(QUICK_SIZES if given.quick else SIZES)
    if given.only in {None, "kills"}:
        kept["kills"] = kills(QUICK_WRITES if given.quick else WRITES)
    if given.only in {None, "people"}:
        count, users, seconds = (
            (QUICK_SIZES[-1], 4, 5.0) if given.quick else (SIZES[1], given.users, given.seconds)
        )
        kept["people"] = []
        with tempfile.TemporaryDirectory() as work, places(Path(work)) as found:
            for name, (where, _) in found.items():
                with Ledger.open(where) as ledger:
                    fill(ledger, list(invented(count)))
                ended = people(where, users, seconds)
                kept["people"].append({"database": name, "items": count, **ended})
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", "utf-8")
    (folder / "ledger.md").write_text(page(kept), "utf-8")
    faults = any(one["faults"] for one in kept["kills"])
    sys.exit(1 if faults or any(one["errors"] for one in kept["people"]) else 0)


if __name__ == "__main__":
    main()
