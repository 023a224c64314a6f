"""What nodes of the shared services take, and that nothing is lost in any fault.

    python benchmarks/hall.py            everything: 40 minutes and more, a peer is down for 10
    python benchmarks/hall.py --quick    a few minutes: shows that everything works
    python benchmarks/hall.py --only load|kills|faults|list

Nodes are processes of their own (``onecity hall serve``), each with its database, keys and address;
people ask them over HTTP. Whatever is measured or broken, the independent checker reads all
databases afterwards (`hall_checker.py`): every case that somebody was told of is there once, none
that nobody was told of, every message was taken once and in order, all signatures, chains and seals
hold. See benchmarks/README.md.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hall_faults as faults
import hall_lists as lists
import hall_load as load
import machine

RESULTS = Path(__file__).resolve().parent / "results"
PARTS = ("load", "list", "kills", "faults")
SIZES, QUICK_SIZES = (1_000, 3_000, 10_000), (100, 300)
LISTED, QUICK_LISTED = 1_000_000, 20_000
KILLED, QUICK_KILLED = 10_000, 100
DOWN_S, QUICK_DOWN_S = 600.0, 10.0
GOALS = {"creations": 100.0, "messages told": 300.0, "p95": 200.0}
Found = dict[str, Any]


def run(given: argparse.Namespace) -> Found:
    """Measure the parts that are asked for."""
    found: Found = {}
    sizes = given.sizes or (QUICK_SIZES if given.quick else SIZES)
    parts: dict[str, Callable[[], Any]] = {
        "load": lambda: {
            "creations": each("creations", load.creations, sizes),
            "messages told": each("messages told", load.tellings, sizes),
            "messages that make cases": each("making", load.applications_sent, sizes),
        },
        "list": lambda: lists.measured(
            given.cases or (QUICK_LISTED if given.quick else LISTED), show
        ),
        "kills": lambda: show(
            "kill -9",
            faults.kills(
                given.killed or (QUICK_KILLED if given.quick else KILLED), longest_s=given.longest
            ),
        ),
        "faults": lambda: all_faults(
            quick=given.quick, down_s=given.down or (QUICK_DOWN_S if given.quick else DOWN_S)
        ),
    }
    for name, do in parts.items():
        if given.only is None or name in given.only:
            found[name] = do()
    return found


def each(name: str, do: Callable[[int], Found], sizes: Iterable[int]) -> list[Found]:
    """Measure each size."""
    return [show(f"{name}, {size:,}", do(size)) for size in sizes]


def all_faults(*, quick: bool, down_s: float) -> Found:
    """Try every fault but kills."""
    count = 100 if quick else 1_000
    return {
        "two clerks": show("two clerks", faults.two_clerks(count // 4)),
        "bad way": show("bad way", faults.bad_way(count)),
        "bad way, clocks 5 min apart": show("both", faults.bad_way(count // 2, 5.0)),
        "clocks 5 min apart": show("clocks", faults.clocks(count)),
        "full disk": show("full disk", faults.full_disk(6 * count if quick else 3 * count)),
        "peer down": show("peer down", faults.peer_down(down_s, count)),
    }


def show(name: str, found: Found) -> Found:
    """Tell of what was found, and give it on."""
    wrong = found.get("faults", [])
    rest = {k: v for k, v in found.items() if k not in {"faults", "counts"}}
    print(
        f"\n== {name}: {len(wrong)} faults\n   {json.dumps(rest, ensure_ascii=False)}", flush=True
    )
    for one in wrong[:10]:
        print(f"   ! {one[:400]}", flush=True)
    return found


# --- The page ------------------------------------------------------------------------------------


def page(found: Found, facts: Found, made: str, mode: str) -> str:
    """Return what was found as Markdown, to be taken into the documentation."""
    loads = found.get("loads", dict.fromkeys(found, facts["load_before"]))
    commits = found.get("commits", dict.fromkeys(found, commit_of(facts)))
    said = (
        f"Measured {made} ({mode}) on {facts['processor']}, "
        f"{facts['cores']} cores, {facts['memory_gb']} GB; {facts['system']}, Python "
        f"{facts['python']}; SQLite, waiting for the disk at every commit. Nodes, clients and the "
        f"bad way share the cores. Load average when each part began: {_said(loads)}. Commit of "
        f"each part: {_said(commits)}."
    )
    if "remark" in found:
        said += f" {found['remark']}"
    lines = [said]
    if "load" in found:
        lines += _load(found["load"])
    if "list" in found:
        lines += _lists(found["list"])
    if "kills" in found or "faults" in found:
        lines += _faults({"kill -9": found.get("kills"), **found.get("faults", {})})
    return "\n".join(lines) + "\n"


def _load(found: Found) -> list[str]:
    lines = [
        "", "### Load", "",
        "| what | how many | a second | asked | cases, messages read by the checker | faults |",
        "|---|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    for name, several in found.items():
        goal = GOALS.get(name)
        for one in several:
            counts = one["counts"]
            read = f"{counts.get('cases', 0):,}, {counts.get('messages taken', 0):,}"
            lines.append(
                f"| {name} | {one.get('cases', one.get('messages')):,} | {one['per_s']:,.0f} | "
                f"{f'≥ {goal:.0f}' if goal else '–'} | {read} | {len(one['faults'])} |"
            )
    return lines


def _lists(found: Found) -> list[str]:
    lines = [
        "", f"### Lists over {found['cases']:,} cases", "", found["how"], "",
        "| asked by whom | p50, ms | p95, ms | longest, ms | rows found |", "|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    for name, one in found["asked"].items():
        lines.append(
            f"| {name} | {one['p50']:.1f} | {one['p95']:.1f} | {one['max']:.1f} | "
            f"{one['total']:,.0f} |"
        )
    return lines


def _faults(found: dict[str, Found | None]) -> list[str]:
    lines = [
        "", "### Faults", "",
        "| fault | cases told of | decisions told of | messages | lost or doubled | besides |",
        "|---|--:|--:|--:|--:|---|",
    ]  # fmt: skip
    known = {"acknowledged", "decided", "counts", "faults"}
    for name, one in found.items():
        if one is None:
            continue
        rest = "; ".join(f"{k.replace('_', ' ')}: {_said(v)}" for k, v in one.items()
                         if k not in known)  # fmt: skip
        lines.append(
            f"| {name} | {one['acknowledged']:,} | {one['decided']:,} | "
            f"{one['counts'].get('messages taken', 0):,} | {len(one['faults'])} | {rest} |"
        )
    return lines


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
    return f"{value:,.1f}" if isinstance(value, float) else f"{value}"


def keep(found: Found, facts: Found, *, quick: bool) -> None:
    """Keep what was found, beside what runs of other parts found on the same day."""
    made, mode = today(), "quick run" if quick else "run"
    path = RESULTS / f"hall-{made}.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    measured = [name for name in PARTS if name in found]
    loads = {**before.get("loads", {}), **dict.fromkeys(measured, facts["load_before"])}
    commits = {**before.get("commits", {}), **dict.fromkeys(measured, commit_of(facts))}
    told = {"machine": facts, "loads": loads, "commits": commits}
    kept = {**before, "made": made, "mode": mode, **told, **found}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (RESULTS / "hall.md").write_text(page(kept, facts, made, mode), "utf-8")
    print(f"\n{path}\n{RESULTS / 'hall.md'}")


def commit_of(facts: Found) -> str:
    """Return of which commit the files were, and whether any was changed."""
    return f"{facts['commit']}{' with changes' if facts['changed_files'] else ''}"


def today() -> str:
    """Return the day of the run."""
    return datetime.now(UTC).date().isoformat()


def broken(found: Any) -> int:
    """Return how many faults stand anywhere in what was found."""
    if isinstance(found, dict):
        own = found.get("faults")
        mine = len(own) if isinstance(own, list) else 0
        return mine + sum(broken(one) for one in found.values() if isinstance(one, dict | list))
    return sum(broken(one) for one in found) if isinstance(found, list) else 0


def main() -> None:
    """Run, show, keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--sizes", type=int, nargs="+", help="of load")
    parser.add_argument("--cases", type=int, help="in the lists")
    parser.add_argument("--killed", type=int, help="cases handed in while nodes are killed")
    parser.add_argument(
        "--longest", type=float, default=float("inf"), metavar="SECONDS", help="of kills"
    )
    parser.add_argument("--down", type=float, metavar="SECONDS", help="how long a peer is down")
    parser.add_argument("--remark", help="a sentence for the page: what should be known of the run")
    parser.add_argument("--keep", action="store_true", help="keep a run of some parts, too")
    given = parser.parse_args()
    facts, begun = dict(machine.facts()), time.monotonic()
    found = run(given) | ({"remark": given.remark} if given.remark else {})
    if given.keep or not (given.quick or given.only):
        keep(found, facts, quick=given.quick)
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".md", delete=False) as out:
            out.write(page(found, facts, today(), "trial"))
        print(f"\n{out.name}")
    print(f"{time.monotonic() - begun:,.0f} s")
    sys.exit(1 if broken(found) else 0)


if __name__ == "__main__":
    main()
