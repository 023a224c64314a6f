"""How fast a click on the map has its isochrones: what the service computes for each answer.

python isochrone_walk.py REGION ROUNDS     prints one JSON object; a process of its own

Places are drawn at random inside the region's zones, always the same ones. The network is made
ready first, and timed by itself: a service does that once after its start.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from onecity.region.store import Region
from onecity.strands.transport.isochrone import isochrones
from onecity.strands.travel import network_of
from onecity.web.routes.isochrones import USUAL, answer_text, limits_of

PLACES = 200
SEED = 11


def main() -> None:
    """Do what the arguments say."""
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    region = Region.open(folder)
    zones = region.table("zones")
    start = perf_counter()
    travel = network_of(region)
    ready = perf_counter() - start
    rows = np.random.default_rng(SEED).integers(0, len(zones), PLACES)
    limits = limits_of(USUAL)
    seconds = []
    for _ in range(rounds):
        spell = []
        for lon, lat in zip(zones["lon"].iloc[rows], zones["lat"].iloc[rows], strict=True):
            start = perf_counter()
            answer_text(isochrones(region, lon, lat, limits, travel=travel), lon, lat)
            spell.append(perf_counter() - start)
        seconds.append(spell)
    found = {
        "zones": len(zones),
        "nodes": len(region.table("road_nodes")),
        "edges": len(region.table("road_edges")),
        "ready": ready,
        "seconds": seconds,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
