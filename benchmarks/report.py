"""What a run found: as a JSON file, a table for the terminal, a page and a plot."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from race import Figure

PLOT = Path(__file__).with_name("plot.py")


@dataclass(frozen=True, slots=True)
class Promise:
    """A ratio to reach: a peer needs at least `least` times as long as we do."""

    task: str
    graph: str
    peer: str
    least: float


PROMISES = (
    Promise("one to all", "Porto", "SciPy dijkstra", 300),
    Promise("one to all", "Porto", "RoutingKit CCH", 120),
    Promise("one to all", "World", "SciPy dijkstra", 200),
    Promise("one to all", "World", "RoutingKit CCH", 90),
    Promise("one to all", "Largest piece of World", "SciPy dijkstra", 200),
    Promise("one to all", "Largest piece of World", "RoutingKit CCH", 90),
    Promise("5,000² matrix", "Porto", "RoutingKit CCH", 40),
    Promise("access within 15 min", "Porto", "pandana", 1000),
    Promise("access within 30 min", "Porto", "pandana", 1000),
    Promise("access within 60 min", "Porto", "pandana", 1000),
    Promise("new metric", "Porto", "RoutingKit CCH", 0.5),
    Promise("new metric", "World", "RoutingKit CCH", 0.5),
    Promise("node order", "Porto", "RoutingKit inertial order", 1),
    Promise("node order", "World", "RoutingKit inertial order", 1),
)
#: Seconds at most, of what has no peer.
LIMITS = {
    "first answer, kernels cached": 0.5,
    "import onecity": 0.3,
    "onecity --help": 0.5,
}


@dataclass(slots=True)
class Run:
    """All of one run, as it is kept."""

    made: str
    mode: str
    machine: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, figures: Iterable[Figure]) -> None:
        """Keep figures of one task, and show them."""
        new = list(figures)
        self.figures += new
        for task, graph in dict.fromkeys(figure.key for figure in new):
            print("\n" + "\n".join(_plain(self.group(task, graph))), flush=True)

    def skip(self, what: str, reason: object) -> None:
        """Note what was not measured, and why."""
        self.skipped.append(f"{what}: {reason}")
        print(f"\nskipped  {self.skipped[-1]}", flush=True)

    def group(self, task: str, graph: str) -> list[Figure]:
        """Return the figures that can be compared, the reference first."""
        group = [figure for figure in self.figures if figure.key == (task, graph)]
        return sorted(group, key=lambda figure: not figure.reference)

    def save(self, path: Path) -> None:
        """Write the run to a JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")


def load(path: Path) -> Run:
    """Return a run that was saved."""
    kept = json.loads(path.read_text("utf-8"))
    figures = [
        Figure(**{**figure, "rounds": tuple(figure["rounds"])}) for figure in kept.pop("figures")
    ]
    return Run(figures=figures, **kept)


def _cells(group: list[Figure]) -> list[tuple[str, ...]]:
    reference = next((figure for figure in group if figure.reference), None)
    rows: list[tuple[str, ...]] = []
    for figure in group:
        spread = f"{_digits(min(figure.rounds))}–{_digits(max(figure.rounds))}"
        ratio = ""
        if reference is not None and figure is not reference:
            middle, low, high = figure.times(reference)
            ratio = f"{_digits(middle)} ({_digits(low)}–{_digits(high)})"
        rows.append(
            (
                figure.who, str(figure.threads), _digits(figure.median), spread,
                str(len(figure.rounds)), ratio, figure.note,
            )
        )  # fmt: skip
    return rows


def _digits(value: float) -> str:
    """Return three digits that count, never in powers of ten."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 10 else f"{value:.3g}"


def _plain(group: list[Figure]) -> list[str]:
    first = group[0]
    head = (f"{first.task}, {first.unit}", "thr", "median", "range", "n", "× first")
    rows = [head, *(row[:6] for row in _cells(group))]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    lines = [f"== {_where(first)}"]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("   " + "  ".join(cells).rstrip())
    lines += [f"   {figure.who}: {figure.note}" for figure in group if figure.note]
    return lines


def _where(figure: Figure) -> str:
    if not figure.nodes:
        return figure.graph
    return f"{figure.graph}: {figure.nodes:,} nodes, {figure.arcs:,} arcs"


def promises(run: Run) -> list[tuple[str, str, str, str]]:
    """Return what was to be reached and what was: task, bound, seen, yes or no."""
    rows = []
    for promise in PROMISES:
        group = run.group(promise.task, promise.graph)
        reference = next((figure for figure in group if figure.reference), None)
        peer = next((figure for figure in group if figure.who == promise.peer), None)
        what = f"{promise.graph}, {promise.task}: {promise.peer}, times ours"
        bound = f"≥ {promise.least:g} ×"
        if reference is None or peer is None:
            rows.append((what, bound, "not measured", "–"))
            continue
        ratio, low, high = peer.times(reference)
        seen = f"{_digits(ratio)} × ({_digits(low)}–{_digits(high)})"
        rows.append((what, bound, seen, "yes" if ratio >= promise.least else "no"))
    for what, most in LIMITS.items():
        for figure in (figure for figure in run.figures if figure.who == what):
            seen = f"{_digits(figure.median)} s"
            rows.append(
                (
                    f"a new process, {what}",
                    f"≤ {most:g} s",
                    seen,
                    "yes" if figure.median <= most else "no",
                )
            )
    return rows


def keep(run: Run, name: str, folder: Path) -> None:
    """Keep a run of one benchmark: every round as JSON, and its page."""
    path = folder / f"{name}-{run.made}.json"
    run.save(path)
    (folder / f"{name}.md").write_text(page(run, promised=False), "utf-8")
    print(f"\n{path}\n{folder / f'{name}.md'}")


def page(run: Run, *, promised: bool = True) -> str:
    """Return the figures as Markdown, to be taken into the documentation.

    `promised` says first what was to be reached, and what was.
    """
    machine = run.machine
    packages = ", ".join(f"{name} {it}" for name, it in machine["packages"].items())
    changed = " with changes" if machine["changed_files"] else ""
    busy = f"{machine['load_before']} before and {machine['load_after']} after"
    seen = (
        f"Measured {run.made} ({run.mode} run, commit {machine['commit']}{changed}) on "
        f"{machine['processor']}, {machine['cores']} cores, {machine['vectors']}, "
        f"{machine['memory_gb']} GB; {machine['system']}, Python {machine['python']}, "
        f"{packages}. Load average {busy}."
    )
    lines = [seen]
    if promised:
        lines += [
            "",
            "### What was to be reached",
            "",
            "| task | bound | seen: median (range) | reached |",
            "|---|---|---|---|",
            *(f"| {' | '.join(row)} |" for row in promises(run)),
        ]
    graph = ""
    for task, name in dict.fromkeys(figure.key for figure in run.figures):
        group = run.group(task, name)
        if name != graph:
            graph = name
            lines += ["", f"### {_where(group[0])}"]
        lines += [
            "",
            f"**{task}**, {group[0].unit}",
            "",
            "| who | threads | median | range | rounds | × first row | note |",
            "|---|--:|--:|--:|--:|--:|---|",
            *(f"| {' | '.join(row)} |" for row in _cells(group)),
        ]
    lines += ["", "### Answers compared in the same run", "", *(f"* {it}" for it in run.checks)]
    if run.skipped:
        lines += ["", "### Not measured", "", *(f"* {reason}" for reason in run.skipped)]
    return "\n".join(lines) + "\n"


def draw(python: Path, run: Path, plot: Path) -> None:
    """Draw the plot, in the environment that has matplotlib."""
    subprocess.run([str(python), str(PLOT), str(run), str(plot)], check=True)
