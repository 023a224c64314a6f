"""Programs that write to a ledger are killed at random moments; nothing acknowledged may be lost.

    python benchmarks/ledger_crash.py ledger.sqlite                     a round or two: seconds
    python benchmarks/ledger_crash.py postgresql://… --writes 10000     until so many were kept

Two processes draft, give out, report on, edit and comment items, and tell of each write once the
ledger said that it is kept. Both are killed (SIGKILL) after a random time, again and again, on one
store. After each kill everything they told of has to be there, whole: the item at that version,
an event for each version, the entry in the trail with the item's hash, an unbroken chain; and of
what they did not tell, at most the one write that was under way.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from onecity.identity import Actor
from onecity.programme.ledger.model import Item, State, Unit
from onecity.programme.ledger.past import Past
from onecity.programme.ledger.store import Ledger
from onecity.programme.ledger.store.rows import hash_of, text_of
from onecity.programme.ledger.way import Move, Said

WRITERS = ("a", "b")
LONGEST_S = 3.0
"""A round is at most so long, once both write."""
PATIENCE_S = 120.0
SEED = 17
BY = Actor.local()
UNIT = Unit.made(code="office", name="市办", level="city")


@dataclass(slots=True)
class Found:
    """What a run found."""

    kills: int = 0
    server_kills: int = 0
    acknowledged: int = 0
    kept_untold: int = 0
    broken: list[str] = field(default_factory=list)


# --- The writer ----------------------------------------------------------------------------------


def write(where: str, name: str, seed: int) -> None:
    """Write until killed, and tell of each write that is kept: id and version of the item."""
    chance = random.Random(seed)
    with Ledger.open(where, create=False) as ledger:
        mine: list[Item] = []
        while True:
            if not mine or chance.random() < 0.2:
                draft = {"kind": "project", "title": f"{name} 打通断头路", "owner": name}
                item = ledger.draft({**draft, "responsible_unit": UNIT.code}, by=BY)
                mine.append(item)
            else:
                place = chance.randrange(len(mine))
                item = mine[place] = _next(ledger, mine[place], chance)
            print(item.id, item.version, flush=True)


def _next(ledger: Ledger, item: Item, chance: random.Random) -> Item:
    """Do the next thing to an item."""
    moves: dict[State, tuple[Move, Said]] = {
        State.DRAFT: (Move.ASSIGN, Said(fields={"due": date(2099, 12, 31)})),
        State.ASSIGNED: (Move.SIGN, Said()),
        State.SIGNED: (Move.PROGRESS, Said("推进中", chance.randrange(100))),
        State.IN_PROGRESS: (Move.PROGRESS, Said("推进中", chance.randrange(100))),
    }
    if chance.random() < 0.3:
        said = Said(fields={"deliverable": f"{item.version}", "text": "推进前期工作。" * 40})
        return ledger.edit(item.id, said, seen=item.version, by=BY)
    move, said = moves[item.state]
    return ledger.move(item.id, move, said, seen=item.version, by=BY)


# --- The kills -----------------------------------------------------------------------------------


def rounds(
    where: str,
    writes: int,
    *,
    longest: float = LONGEST_S,
    seed: int = SEED,
    crash_server: Callable[[], None] | None = None,
) -> Found:
    """Kill writers until so many writes were acknowledged; return what was found.

    `crash_server` ends the database's server too, every other time, and starts it again.
    """
    chance = random.Random(seed)
    with Ledger.open(where) as ledger:
        ledger.add_units([UNIT], by=BY)
        found = Found()
        while found.acknowledged < writes and not found.broken:
            with tempfile.TemporaryDirectory() as folder:
                files = [Path(folder) / name for name in WRITERS]
                crowd = [_begin(where, file, chance.randrange(2**32)) for file in files]
                try:
                    _wait_until_all_write(crowd, files)
                    time.sleep(chance.uniform(0.0, longest))
                finally:
                    if crash_server is not None and found.kills % (2 * len(crowd)) == 0:
                        crash_server()
                        found.server_kills += 1
                    for one in crowd:
                        one.send_signal(signal.SIGKILL)
                        one.wait(timeout=PATIENCE_S)
                found.kills += len(crowd)
                _check(ledger, files, found)
        _check_whole(ledger, found)
    return found


def _begin(where: str, file: Path, seed: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, __file__, where, "--as", file.name, "--seed", str(seed)]
    with file.open("wb") as out, file.with_suffix(".err").open("wb") as wrong:
        return subprocess.Popen(command, stdout=out, stderr=wrong)


def _wait_until_all_write(crowd: "list[subprocess.Popen[bytes]]", files: list[Path]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not all(file.stat().st_size for file in files):
        if time.monotonic() > end or any(one.poll() is not None for one in crowd):
            told = "\n".join(file.with_suffix(".err").read_text() for file in files)
            raise SystemExit(f"a writer did not begin to write\n{told}")
        time.sleep(0.01)


def _check(ledger: Ledger, files: list[Path], found: Found) -> None:
    """Check what the writers of one round told of."""
    for file in files:
        lines = file.read_text().split("\n")[:-1]  # the last may be cut off
        told = Counter[str]()
        for line in lines:
            id_, _, last = line.partition(" ")
            told[id_] = int(last)
        untold = 0
        for id_, version in told.items():
            item, history = ledger.get(id_), ledger.history(id_)
            if item.version < version:
                found.broken.append(f"{id_} is at {item.version}, {version} was acknowledged")
            if len(history) != item.version:
                found.broken.append(f"{id_} has {len(history)} events at {item.version}")
            untold += item.version - version
        if untold > 1:
            found.broken.append(f"{untold} writes of one writer were kept and not told")
        found.acknowledged += len(lines)
        found.kept_untold += untold


def _check_whole(ledger: Ledger, found: Found) -> None:
    """Check that items, histories and the trail say the same."""
    verdict = ledger.office.trail.verify()
    if not verdict.sound or not verdict.guarded:
        found.broken.append(f"the trail is broken: {verdict}")
    book = ledger.book()
    other = Ledger(ledger.office)
    if other.book().items != book.items or other.book().pasts != book.pasts:
        found.broken.append("the book is not what the store holds")
    chance = random.Random(SEED)
    for item in chance.sample(list(book.items.values()), min(200, len(book.items))):
        history = other.history(item.id)
        last = other.office.trail.page(kind="item", target=item.id, limit=1).entries[0]
        if last.after["item"] != hash_of(text_of(item)):
            found.broken.append(f"the trail tells of another {item.id}")
        if last.after["event"] != hash_of(text_of(history[-1])):
            found.broken.append(f"the trail tells of another history of {item.id}")
        if book.pasts[item.id] != Past.of(history):
            found.broken.append(f"the past of {item.id} is not that of its history")


def main() -> None:
    """Write, as one of the processes, or kill those."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("where")
    parser.add_argument("--writes", type=int, default=50)
    parser.add_argument("--longest", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--as", dest="name", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.name:
        write(given.where, given.name, given.seed)
        return
    found = rounds(given.where, given.writes, longest=given.longest, seed=given.seed)
    print(
        f"{found.acknowledged} writes acknowledged, {found.kills} kills,"
        f" {found.kept_untold} kept and not told, {len(found.broken)} faults"
    )
    for one in found.broken:
        print(f"  ! {one}")
    sys.exit(1 if found.broken else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
