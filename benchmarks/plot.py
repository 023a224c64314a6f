"""Time against size, from the JSON file of a run. Runs in the peers' environment.

python plot.py RUN.json PLOT.svg
"""

import json
import re
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]
from matplotlib import pyplot as plt
from matplotlib.axes import Axes  # type: ignore[import-not-found]

PANELS = ("node order", "new metric", "one to all", "access within")
#: The same peer has the same colour in every panel; ours are dark.
STYLES = (
    ("OneCity, one source a call", "#5b8c85", ":"),
    ("OneCity, all threads", "#00695c", "--"),
    ("OneCity, 64 at a time, all threads", "#00695c", "--"),
    ("OneCity, 64 sources at a time", "#00695c", "-"),
    ("OneCity", "#00695c", "-"),
    ("RoutingKit", "#c2185b", "-"),
    ("SciPy", "#e08a00", "-"),
)


def main() -> None:
    """Draw the four panels."""
    run, target = map(Path, sys.argv[1:])
    kept = json.loads(run.read_text("utf-8"))
    figures = [figure for figure in kept["figures"] if figure["graph"].startswith("World")]
    mpl.rcParams["svg.hashsalt"] = "onecity"  # the same figures give the same file
    mpl.rcParams["svg.fonttype"] = "none"  # text stays text
    canvas, axes = plt.subplots(2, 2, figsize=(9.5, 7.0), layout="constrained")
    for axis, task in zip(axes.flat, PANELS, strict=True):
        _panel(axis, task, [figure for figure in figures if figure["task"].startswith(task)])
    machine = kept["machine"]
    canvas.suptitle(
        f"Time against size, roads of scgraph_data · {machine['processor']}, "
        f"{kept['made']} · bars: least and most of the rounds",
        fontsize=10,
    )
    canvas.savefig(target, metadata={"Date": None})
    # Lines of path data end in a blank that no editor would keep.
    target.write_text(re.sub(r" +\n", "\n", target.read_text("utf-8")), "utf-8")


def _panel(axis: Axes, task: str, figures: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(figure["who"] for figure in figures))
    for name in names:
        style = next((s for s in STYLES if name == s[0]), None) or next(
            (s for s in STYLES[-2:] if name.startswith(s[0])), None
        )
        if style is None:
            continue
        points = sorted(
            (figure["nodes"], median(figure["rounds"]), min(figure["rounds"]),
             max(figure["rounds"]))
            for figure in figures if figure["who"] == name
        )  # fmt: skip
        nodes, middle, low, high = (list(column) for column in zip(*points, strict=True))
        below = [m - value for m, value in zip(middle, low, strict=True)]
        above = [value - m for m, value in zip(middle, high, strict=True)]
        axis.errorbar(
            nodes, middle, yerr=[below, above], marker="o", markersize=4, capsize=2,
            color=style[1], linestyle=style[2], label=name,
        )  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("nodes")
    axis.set_ylabel(figures[0]["unit"] if figures else "")
    title = figures[0]["task"] if figures else task
    counts = {figure["size"].get("opportunities") for figure in figures} - {None}
    if len(counts) == 1:
        title = f"{title}, {counts.pop():,} opportunities"
    axis.set_title(title, fontsize=10)
    axis.grid(visible=True, which="major", alpha=0.3)
    axis.legend(fontsize=7)


if __name__ == "__main__":
    main()
