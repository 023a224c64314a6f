"""One walk over the map of one region, in a process of its own. Prints one JSON object.

python tile_walk.py first FOLDER LON LAT            the first tile of a new process, seconds
python tile_walk.py walk FOLDER LON LAT ROUNDS      every tile of the walk: seconds, bytes, memory

The walk is that of somebody with a window of 1280 by 800 pixels: the whole region, then closer
and closer to one place, at each zoom five half-windows to the east and two to the south.

Every time is given twice: as it passed, and as the processor worked. On a machine that does
nothing else both are the same.
"""

import json
import math
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, process_time

WINDOW = (1280, 800)
STEPS = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.5, 0.0), (2.0, 0.0), (2.5, 0.0), (2.5, 0.5),
         (2.5, 1.0))  # fmt: skip
MB = 2**20

Address = tuple[int, int, int]
Spell = tuple[float, float]
"""Seconds that passed, and seconds that the processor worked."""


def main() -> None:
    """Do what the arguments say."""
    folder, spot = Path(sys.argv[2]), (float(sys.argv[3]), float(sys.argv[4]))
    if sys.argv[1] == "first":
        print(json.dumps(first(folder, spot)))
    else:
        print(json.dumps(walk(folder, spot, int(sys.argv[5]))))


def first(folder: Path, spot: tuple[float, float]) -> dict[str, Spell]:
    """Time the first tile, of the zoom that shows the whole region, with no tile kept.

    `all` is from an opened region, nothing else being there; `read` once tables are read and code
    is loaded; `ready` once `TileSet.prepare` is done, which a service does before anybody asks.
    """
    start = now()
    from onecity.region.store import Region
    from onecity.web.tiles import TileSet

    found = {"import": _since(start)}
    region = Region.open(folder)
    address = _address(_whole(_bounds(region)), *spot)
    for what in ("all", "read"):
        start = now()
        tiles = TileSet.of(region, memory_bytes=0, disk_bytes=0)
        tiles.tile(*address)
        found[what] = _since(start)
    tiles.prepare()
    start = now()
    tiles.tile(*address)
    found["ready"] = _since(start)
    return found


def walk(folder: Path, spot: tuple[float, float], rounds: int) -> dict[str, object]:
    """Time every tile of the walk: made, from disk and from memory."""
    from onecity.region.store import Region
    from onecity.web.tiles import TileSet

    region = Region.open(folder)
    for name in region.manifest.tables:
        region.table(name)
    tables_mb = _held_mb()
    start = now()
    making = TileSet.of(region, memory_bytes=0, disk_bytes=0)
    making.prepare()
    prepared = _since(start)
    layers_mb = _held_mb() - tables_mb
    west, south, east, north = making.tilejson("")["bounds"]
    path = _path((west, south, east, north), spot)
    sizes = [len(making.tile(*one)) for one in path]
    path = [one for one, size in zip(path, sizes, strict=True) if size]
    peak_mb = _held_mb()
    disk = TileSet.of(region, memory_bytes=0)
    memory = TileSet.of(region, disk_bytes=0)
    for one in path:
        disk.tile(*one)
        memory.tile(*one)
    return {
        "prepare": prepared, "tables_mb": tables_mb, "layers_mb": layers_mb, "peak_mb": peak_mb,
        "tiles": path, "bytes": [size for size in sizes if size],
        "made": [_seconds(making.tile, path) for _ in range(rounds)],
        "disk": [_seconds(disk.tile, path) for _ in range(rounds)],
        "memory": [_seconds(memory.tile, path) for _ in range(rounds)],
        "together": [_together(making.tile, path) for _ in range(rounds)],
    }  # fmt: skip


def now() -> Spell:
    """Return what the clock says, and how long this process has worked."""
    return perf_counter(), process_time()


def _since(start: Spell) -> Spell:
    clock, work = now()
    return clock - start[0], work - start[1]


def _seconds(tile: Callable[[int, int, int], bytes], path: list[Address]) -> list[Spell]:
    found = []
    for one in path:
        start = now()
        tile(*one)
        found.append(_since(start))
    return found


def _together(tile: Callable[[int, int, int], bytes], path: list[Address]) -> float:
    """Return tiles made a second by two threads."""
    with ThreadPoolExecutor(2) as pool:
        start = perf_counter()
        for _ in pool.map(lambda one: tile(*one), path):
            pass
        return len(path) / (perf_counter() - start)


def _path(bounds: tuple[float, float, float, float], spot: tuple[float, float]) -> list[Address]:
    """Return the tiles that the walk needs, each once, in the order of the walk."""
    from onecity.web.tiles.address import LAST_ZOOM, PIXELS, world

    found: dict[Address, None] = {}
    for zoom in range(_whole(bounds), LAST_ZOOM + 1):
        ((x, y),) = world([spot[0]], [spot[1]]) * 2**zoom
        wide, high = (side / PIXELS for side in WINDOW)
        for right, down in STEPS:
            west, north = x + (right - 0.5) * wide, y + (down - 0.5) * high
            columns = range(math.floor(west), math.floor(west + wide) + 1)
            rows = range(math.floor(north), math.floor(north + high) + 1)
            side = 1 << zoom
            found |= {(zoom, a % side, b): None for b in rows for a in columns if 0 <= b < side}
    return list(found)


def _whole(bounds: tuple[float, float, float, float]) -> int:
    """Return the closest zoom at which all of a region fits the window."""
    from onecity.web.tiles.address import PIXELS, world

    west, south, east, north = bounds
    (left, top), (right, bottom) = world([west, east], [north, south])
    fit = min(WINDOW[0] / (right - left), WINDOW[1] / (bottom - top)) / PIXELS
    return max(0, math.floor(math.log2(fit)))


def _address(zoom: int, lon: float, lat: float) -> Address:
    from onecity.web.tiles.address import world

    ((x, y),) = world([lon], [lat]) * 2**zoom
    return zoom, int(x), int(y)


def _bounds(region: object) -> tuple[float, float, float, float]:
    """Return the bounds of the cities as the file of their table tells them, without reading it."""
    import pyarrow.parquet as pq

    path = getattr(region, "path") / "cities.parquet"  # noqa: B009
    told = json.loads(pq.read_schema(path).metadata[b"geo"])
    west, south, east, north = told["columns"]["geometry"]["bbox"]
    return west, south, east, north


def _held_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MB


if __name__ == "__main__":
    main()
