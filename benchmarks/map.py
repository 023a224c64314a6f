"""How fast the map is: its tiles, as somebody walks over them, and its page in a real browser.

    python benchmarks/map.py                  Wuhan, and two invented regions up to a million roads
    python benchmarks/map.py --only browser   one part alone: tiles, isochrones or browser
    python benchmarks/map.py --quick          minutes: Wuhan and one small invented region
    python benchmarks/map.py --page           the page again, from the last run

Each region is walked over in a process of its own (see tile_walk.py): every tile is made anew, read
from disk, and taken from memory. Some of its tiles are also written by `mapbox-vector-tile`, which
is given their features ready to be written, and both answers are compared first. The browser (see
page_walk.py) opens Wuhan's map without and with our files in its cache, and moves over the largest
invented region. Isochrones are asked for at random places (see isochrone_walk.py), up to a
million nodes. Results are kept by part. See benchmarks/README.md.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import big_region
import machine
import mapbox_vector_tile
import numpy as np
import page_walk
from graphs import ROOT, WUHAN_CENTRE
from race import OURS, Contestant, WrongAnswerError, race
from shapely.geometry import shape

from onecity.region.build import build
from onecity.region.shipped import shipped_recipe
from onecity.region.store import Region
from onecity.web.tiles import TileSet

HERE = Path(__file__).resolve().parent
CACHE = ROOT / "out/benchmarks"
RESULTS = HERE / "results"
PEER = "mapbox-vector-tile"
PEER_TILES = 8
GOALS = (
    ("Wuhan", "first tile, tables read and code loaded", "first.read", 150.0, "ms"),
    ("Wuhan", "first tile, prepared", "first.ready", 150.0, "ms"),
    ("Wuhan", "tile made, p95", "made.p95", 60.0, "ms"),
    ("Wuhan", "tile from disk, p95", "disk.p95", 5.0, "ms"),
    ("Wuhan", "tile from memory, p95", "memory.p95", 5.0, "ms"),
    ("", "largest tile", "bytes.max", 500.0, "kB"),
)
"""What was to be reached: region (none for all), what, where it stands, at most."""

FIRST_MAP_MS = 2_000
"""Within how long a browser was to show a first useful map."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Invented regions by zones and road edges, and how often each walk is done."""

    sizes: tuple[tuple[int, int], ...]
    rounds: int
    starts: int
    largest: tuple[int, int]
    """For isochrones alone."""


FULL = Plan(((20_000, 100_000), (80_000, 1_000_000)), 5, 5, largest=(80_000, 2_000_000))
QUICK = Plan(((2_000, 10_000),), 2, 2, largest=(2_000, 20_000))


def main() -> None:
    """Measure, print, and keep the figures."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    how = words.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="small regions, about a minute")
    how.add_argument("--page", action="store_true", help="the page of the last run")
    words.add_argument("--only", choices=list(PARTS), help="one part alone")
    given = words.parse_args()
    folder = CACHE / "results" if given.quick else RESULTS
    plan = QUICK if given.quick else FULL
    if not given.page:
        for part in [given.only] if given.only else PARTS:
            keep(folder, part, PARTS[part](plan))
    print(publish(folder))


def keep(folder: Path, part: str, figures: dict[str, Any]) -> None:
    """Put the figures of one part into the file of results, beside those of other parts."""
    path = folder / "map.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    found[part] = figures
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def publish(folder: Path) -> str:
    """Write the page of all parts that were measured; return it."""
    found = json.loads((folder / "map.json").read_text("utf-8"))
    page = "\n\n".join(PAGES[part](figures) for part, figures in found.items()) + "\n"
    (folder / "map.md").write_text(page, "utf-8")
    return page


# --- Tiles -----------------------------------------------------------------------------


def tiles(plan: Plan) -> dict[str, Any]:
    """Measure the tiles of every region."""
    facts = machine.facts()
    print(json.dumps(facts, ensure_ascii=False, indent=1), flush=True)
    walks = []
    for name, folder, spot in regions(plan):
        region = Region.open(folder)
        rows = {one: region.manifest.tables[one].rows for one in ("zones", "road_edges")}
        print(f"{name}: {rows['zones']:,} zones, {rows['road_edges']:,} road edges", flush=True)
        place = [str(folder), *map(str, spot)]
        process("first", *place)  # fills the cache of compiled code
        first = [process("first", *place) for _ in range(plan.starts)]
        found = process("walk", *place, str(plan.rounds))
        peer = beside_peer(region, found, plan.rounds)
        walks.append({"name": name, **rows, **figures_of(found, first), "peer": peer})
    facts["load_after"] = machine.busy()
    made = datetime.now(UTC).date().isoformat()
    return {"made": made, "machine": facts, "plan": asdict(plan), "regions": walks}


def regions(plan: Plan) -> list[tuple[str, Path, tuple[float, float]]]:
    """Return name, folder and the place that is looked at closely of every region."""
    wuhan = CACHE / "wuhan"
    build(shipped_recipe(), wuhan)
    found = [("Wuhan", wuhan, WUHAN_CENTRE)]
    third = (big_region.WEST + big_region.WIDE / 3, big_region.SOUTH + big_region.HIGH / 3)
    for zones, edges in plan.sizes:
        folder = CACHE / f"invented-{zones}-{edges}"
        big_region.kept(folder, zones, edges)
        found.append((f"Invented, {edges:,} roads", folder, third))
    return found


def process(*arguments: str) -> dict[str, Any]:
    """Ask tile_walk.py in a new process."""
    command = [sys.executable, str(HERE / "tile_walk.py"), *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def figures_of(walk: dict[str, Any], first: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a walk: milliseconds (passed and worked), kilobytes, megabytes."""
    found: dict[str, Any] = {"tiles": len(walk["tiles"])}
    for what in ("made", "disk", "memory"):
        spells = np.array(walk[what]) * 1000.0  # rounds, tiles, (passed, worked)
        found[what] = {
            "p50": _rounds(np.percentile(spells, 50, axis=1)),
            "p95": _rounds(np.percentile(spells, 95, axis=1)),
            "max": _rounds(spells.max(axis=1)),
        }
    sizes = np.array(walk["bytes"]) / 1000.0
    found["bytes"] = {
        "p50": float(np.percentile(sizes, 50)),
        "p95": float(np.percentile(sizes, 95)),
        "max": float(sizes.max()),
    }
    found["first"] = {key: _rounds(np.array([one[key] for one in first]) * 1000.0)
                      for key in first[0]}  # fmt: skip
    found["prepare"] = _rounds(np.array([walk["prepare"]]) * 1000.0)
    found["together"] = {"passed": walk["together"]}
    found |= {key: walk[key] for key in ("tables_mb", "layers_mb", "peak_mb")}
    return found


def _rounds(spells: Any) -> dict[str, list[float]]:
    return {"passed": spells[:, 0].tolist(), "worked": spells[:, 1].tolist()}


# --- The peer --------------------------------------------------------------------------


def beside_peer(region: Region, walk: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Time some tiles of a walk beside the peer: the largest of each of its last zooms."""
    ours = TileSet.of(region, memory_bytes=0, disk_bytes=0)
    ours.prepare()
    largest: dict[int, tuple[int, list[int]]] = {}
    for address, size in zip(walk["tiles"], walk["bytes"], strict=True):
        largest[address[0]] = max(largest.get(address[0], (0, address)), (size, address))
    some = [address for _, address in largest.values()][-PEER_TILES:]
    ready = [_features(gzip.decompress(ours.tile(*address))) for address in some]
    for address, layers in zip(some, ready, strict=True):
        _agree(ours.tile(*address), _written(layers))
    figures = race(
        [
            Contestant(OURS, lambda: [ours.tile(*address) for address in some]),
            Contestant(PEER, lambda: [_written(layers) for layers in ready]),
        ],
        rounds,
    )
    ratios = [theirs / mine for mine, theirs in zip(*figures, strict=True)]
    milliseconds = [[1000.0 * one / len(some) for one in each] for each in figures]
    return {"tiles": len(some), OURS: milliseconds[0], PEER: milliseconds[1], "ratios": ratios}


def _features(content: bytes) -> list[dict[str, Any]]:
    """Return the layers of a tile as the peer wants them."""
    read = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return [
        {
            "name": name,
            "features": [
                {
                    "geometry": shape(one["geometry"]),
                    "properties": one["properties"],
                    "id": one["id"],
                }
                for one in layer["features"]
            ],
            "extents": layer["extent"],
        }
        for name, layer in read.items()
    ]


def _written(layers: list[dict[str, Any]]) -> bytes:
    options = {
        one["name"]: {"y_coord_down": True, "extents": one["extents"]} for one in layers
    }  # fmt: skip
    written: bytes = mapbox_vector_tile.encode(layers, per_layer_options=options)
    return written


def _agree(ours: bytes, theirs: bytes) -> None:
    """Stop unless both tiles hold the same features with the same areas and lengths."""
    down = {"y_coord_down": True}
    mine = mapbox_vector_tile.decode(gzip.decompress(ours), default_options=down)
    other = mapbox_vector_tile.decode(theirs, default_options=down)
    if list(mine) != list(other):
        raise WrongAnswerError(f"layers {list(mine)} and {list(other)}")
    for name, layer in mine.items():
        for one, two in zip(layer["features"], other[name]["features"], strict=True):
            same = one["id"] == two["id"] and one["properties"] == two["properties"]
            a, b = shape(one["geometry"]), shape(two["geometry"])
            if not same or abs(a.area - b.area) + abs(a.length - b.length) > 1e-6:
                raise WrongAnswerError(f"{name} {one['id']}")


# --- Isochrones ------------------------------------------------------------------------


def clicks(plan: Plan) -> dict[str, Any]:
    """Measure isochrones in every region, and in one of twice the roads."""
    facts = machine.facts()
    found = []
    for name, folder, _ in regions(Plan((*plan.sizes, plan.largest), 1, 1, plan.largest)):
        command = [sys.executable, str(HERE / "isochrone_walk.py"), str(folder), str(plan.rounds)]
        for _ in range(2):  # the first keeps the order of the nodes, and compiled code
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        one = json.loads(done.stdout)
        spells = np.array(one.pop("seconds")) * 1000.0
        shares = {f"p{share}": np.percentile(spells, share, axis=1).tolist() for share in (50, 95)}
        found.append({"name": name, **one, **shares, "max": spells.max(axis=1).tolist()})
    facts["load_after"] = machine.busy()
    made = datetime.now(UTC).date().isoformat()
    return {"made": made, "machine": facts, "plan": asdict(plan), "regions": found}


# --- The browser -----------------------------------------------------------------------


def browser(plan: Plan) -> dict[str, Any]:
    """Measure the page in a real browser."""
    facts = machine.facts()
    places = regions(plan)
    with page_walk.chromium() as running:
        opened = page_walk.first_maps(running, places[0][1], plan.rounds)
        name, folder, spot = places[-1]
        moved = page_walk.moves(running, folder, spot, plan.rounds)
        at_home = page_walk.moves(running, places[0][1], places[0][2], plan.rounds)
        version = running.version
    zones = Region.open(folder).manifest.tables["zones"].rows
    facts["load_after"] = machine.busy()
    return {"made": datetime.now(UTC).date().isoformat(), "machine": facts, "plan": asdict(plan),
            "chromium": version, "opened": opened, "moved": moved,
            "at_home": at_home, "over": f"{name}, {zones:,} zones"}  # fmt: skip


PARTS = {"tiles": tiles, "isochrones": clicks, "browser": browser}
"""What is measured, in turn."""


# --- The page --------------------------------------------------------------------------


def tiles_page(run: dict[str, Any]) -> str:
    """Return the tables of the tiles."""
    facts = run["machine"]
    changed = " with changes" if facts["changed_files"] else ""
    how = (
        f"Measured {run['made']} (commit {facts['commit']}{changed}) on {facts['processor']}, "
        f"{facts['cores']} cores, {facts['memory_gb']} GB; Python {facts['python']}. "
        f"Load average {facts['load_before']} before and {facts['load_after']} after; "
        f"{run['plan']['rounds']} rounds. Times are milliseconds: the median of the rounds, in "
        "brackets their range, and after the stroke what the processor worked, which on a busy "
        "machine is less than what passed."
    )
    lines = [
        "### Tiles of the map",
        "",
        how,
        "",
        "| what was to be reached | at most | seen | reached |",
        "|---|--:|--:|---|",
        *_goals(run),
        "",
        "| | " + " | ".join(one["name"] for one in run["regions"]) + " |",
        "|---|" + "--:|" * len(run["regions"]),
    ]
    columns = [_column(one) for one in run["regions"]]
    rows = [" | ".join([title, *(column[title] for column in columns)]) for title in columns[0]]
    return "\n".join([*lines, *(f"| {row} |" for row in rows)])


def _column(one: dict[str, Any]) -> dict[str, str]:
    """Return what the page tells of one region."""
    peer, first = one["peer"], one["first"]
    cells = {
        "zones": f"{one['zones']:,}",
        "road edges": f"{one['road_edges']:,}",
        "tiles of the walk": f"{one['tiles']:,}",
    }
    for what, title in (("made", "made"), ("disk", "from disk"), ("memory", "from memory")):
        for key in ("p50", "p95", "max"):
            cells[f"tile {title}, {key}"] = _spell(one[what][key])
    megabytes = (one[key] for key in ("tables_mb", "layers_mb", "peak_mb"))
    return cells | {
        "tiles made a second, two threads": _plain(one["together"]["passed"]),
        "compressed tile, p50 / p95 / max, kB": _stroked(one["bytes"].values()),
        "first tile of a new process": _spell(first["all"]),
        "the same, tables read and code loaded": _spell(first["read"]),
        "the same, all prepared": _spell(first["ready"]),
        "all prepared, tables read": _spell(one["prepare"]),
        "memory: tables / layers / all, MB": _stroked(megabytes),
        f"largest tile of {peer['tiles']} zooms made": _plain(peer[OURS]),
        f"their features written by {PEER}": _plain(peer[PEER]),
        "times ours": _plain(peer["ratios"]),
    }


def _stroked(values: Iterable[float]) -> str:
    return " / ".join(f"{value:,.0f}" for value in values)


def _goals(run: dict[str, Any]) -> list[str]:
    lines = []
    for region, what, where, most, unit in GOALS:
        part, key = where.split(".")
        for one in run["regions"]:
            if region and one["name"] != region:
                continue
            found = one[part][key]
            value = found if isinstance(found, float) else median(found["passed"])
            seen = _digits(found) if isinstance(found, float) else _spell(found)
            reached = "yes" if value <= most else "no"
            lines.append(f"| {one['name']}: {what} | {most:g} {unit} | {seen} {unit} | {reached} |")
    return lines


def _spell(found: dict[str, list[float]]) -> str:
    passed = found["passed"]
    spread = f" ({_digits(min(passed))}–{_digits(max(passed))})" if len(passed) > 1 else ""
    return f"{_digits(median(passed))}{spread} / {_digits(median(found['worked']))}"


def _plain(rounds: list[float]) -> str:
    return f"{_digits(median(rounds))} ({_digits(min(rounds))}–{_digits(max(rounds))})"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def browser_page(run: dict[str, Any]) -> str:
    """Return the tables of the browser."""
    facts = run["machine"]
    how = (
        f"Measured {run['made']} (commit {facts['commit']}) on {facts['processor']}, "
        f"{facts['cores']} cores, load average {facts['load_before']} before and "
        f"{facts['load_after']} after; Chromium {run['chromium']} on the same cores, **drawing "
        f"without a graphics card**; {run['plan']['rounds']} rounds, their median and range."
    )
    what = (
        "Wuhan, from navigation on. The service runs and its figures are made; the first visitor "
        "after its start finds no tile in its memory."
    )
    titles = {"first": "first after the start", "cold": "empty cache", "warm": "files cached"}
    marks = {"page": "something to read, ms", "map": "base map drawn, ms",
             "layer": "layer drawn, ms", "kilobytes": "carried over, kB"}  # fmt: skip
    lines = [
        "### The page in a browser",
        "",
        how,
        "",
        what,
        "",
        "| | " + " | ".join(titles.values()) + " |",
        "|---|" + "--:|" * len(titles),
    ]
    for key, title in marks.items():
        cells = [_plain([one[key] for one in run["opened"][when]]) for when in titles]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    seen = median(one["layer"] for one in run["opened"]["cold"])
    reached = "yes" if seen <= FIRST_MAP_MS else "no"
    lines += [
        "",
        f"To be reached: the layer drawn within {FIRST_MAP_MS:,} ms, nothing cached: {reached}.",
    ]
    lines += ["", "Frames while the map moves, ms from one to the next:", ""]
    lines += ["| | median | p95 | longest | a second |", "|---|--:|--:|--:|--:|"]
    # Earlier runs moved over the large region alone.
    at_home = [("Wuhan", run["at_home"])] if "at_home" in run else []
    for where, moved in (*at_home, (run["over"], run["moved"])):
        for what, title in (("pan", "panned"), ("zoom", "zoomed")):
            cells = _frames([np.array(one) for one in moved[what]])
            lines.append(f"| {where}, {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _frames(rounds: list[Any]) -> list[str]:
    shares = [
        _plain([float(np.percentile(one, share)) for one in rounds]) for share in (50, 95, 100)
    ]
    return [*shares, _plain([1000 * len(one) / float(one.sum()) for one in rounds])]


def clicks_page(run: dict[str, Any]) -> str:
    """Return the table of isochrones."""
    facts = run["machine"]
    how = (
        f"Measured {run['made']} (commit {facts['commit']}) on {facts['processor']}, "
        f"{facts['cores']} cores, load average {facts['load_before']} before and "
        f"{facts['load_after']} after; {run['plan']['rounds']} rounds of 200 places, one after "
        "another, up to 120 minutes. Milliseconds from the point to the text of the answer."
    )
    lines = [
        "### Isochrones",
        "",
        how,
        "",
        "| | nodes | edges | zones | network made ready, s | p50 | p95 | longest |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in run["regions"]:
        sizes = " | ".join(f"{one[key]:,}" for key in ("nodes", "edges", "zones"))
        times = " | ".join(_plain(one[key]) for key in ("p50", "p95", "max"))
        lines.append(f"| {one['name']} | {sizes} | {one['ready']:.2f} | {times} |")
    return "\n".join(lines)


PAGES = {"tiles": tiles_page, "isochrones": clicks_page, "browser": browser_page}
"""How each part of the results is shown."""


if __name__ == "__main__":
    main()
