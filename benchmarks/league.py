"""How long the league takes: the twelve groups that ship, from nothing, and again.

    python benchmarks/league.py                  all twelve, some minutes on two cores
    python benchmarks/league.py --flows FILE     with same-circle premiums
    python benchmarks/league.py --quick          one group; shows that everything works

Seconds of each group (region and measuring, borders with their placebos included), of the flows,
and of everything again from what was kept. What was found is kept beside the times, as a table
and a chart: the page of the documentation shows them. See benchmarks/README.md.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import graphs
import machine

from onecity.league.groups import read_groups
from onecity.league.premium import read_city_flows
from onecity.league.table import League, league
from onecity.report.league import answer, chart, heads, lines

RESULTS = Path(__file__).resolve().parent / "results"
CACHE = graphs.ROOT / "out/benchmarks"
QUICK = "changzhutan"
BOUND_S = 600.0
"""The twelve are to be done in this, on two cores."""
MEASURING = "league.stage_groups"


@dataclass
class Watch:
    """Seconds of each step of each stage, as a listener to progress sees them."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)
    stage_now: str = ""

    def stage(self, key: str, total: int | None = None) -> None:
        """Begin a stage."""
        print(f"{key} {total or ''}", flush=True)
        self.stage_now, self.last = key, time.perf_counter()
        self.steps[key] = []

    def advance(self, steps: int = 1) -> None:
        """Note a step."""
        now = time.perf_counter()
        self.steps[self.stage_now] += [(now - self.last) / steps] * steps
        self.last = now
        print(f"  {self.steps[self.stage_now][-1]:.1f} s", flush=True)


def measured(quick: bool, flows: Path | None, folder: Path) -> tuple[League, dict[str, object]]:  # noqa: FBT001
    """Return the league and the seconds of everything, from an empty folder and again."""
    groups = [one for one in read_groups() if not quick or one.key == QUICK]
    between = None if flows is None else read_city_flows(flows)
    watch = Watch()
    start = time.perf_counter()
    found = league(groups, folder, flows=between, progress=watch)
    first = time.perf_counter() - start
    start = time.perf_counter()
    again = league(groups, folder, flows=between)
    second = time.perf_counter() - start
    if answer(again) != answer(found):
        raise SystemExit("what was kept is not what was found")
    return found, {
        "first_s": round(first, 1),
        "again_s": round(second, 1),
        "groups_s": {
            group.key: round(seconds, 1)
            for group, seconds in zip(groups, watch.steps[MEASURING], strict=True)
        },
        "flows_s": round(sum(watch.steps.get("league.stage_flows", [])), 1),
        "bound_s": None if quick else BOUND_S,
    }


def page(found: League, times: dict[str, object], facts: dict[str, object], made: str) -> str:
    """Return table and times as Markdown."""
    rows = [[cell.replace("\n", "<br>") for cell in heads(found, "en")]]
    rows += [["---"] * len(rows[0]), *lines(found, "en")]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    remarks = "\n".join(f"* {one.text('en')}" for one in found.remarks)
    return (
        f"Measured {made} on {facts['processor']}, {facts['cores']} cores, load "
        f"{facts['load_before']}: {times['first_s']} s from nothing, "
        f"{times['again_s']} s again.\n\n"
        f"{table}\n\n{remarks}\n"
    )


def main() -> None:
    """Measure, print, and keep times and findings."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--quick", action="store_true", help="one group")
    words.add_argument("--flows", type=Path, help="flows between cities")
    given = words.parse_args()
    made, facts = datetime.now(UTC).date().isoformat(), machine.facts()
    with tempfile.TemporaryDirectory() as folder:
        found, times = measured(given.quick, given.flows, Path(folder))
    facts["load_after"] = machine.busy()
    out = CACHE / "results" if given.quick else RESULTS
    out.mkdir(parents=True, exist_ok=True)
    run = {"made": made, "machine": facts, "times": times, "found": answer(found)}
    text = json.dumps(run, ensure_ascii=False, indent=1)
    (out / f"league-{made}.json").write_text(f"{text}\n", "utf-8")
    (out / "league.md").write_text(page(found, times, facts, made), "utf-8")
    for language in ("zh", "en"):
        (out / f"league-{language}.svg").write_text(chart(found, language), "utf-8")
    print(json.dumps(times, indent=1))


if __name__ == "__main__":
    main()
