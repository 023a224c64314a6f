"""Reads the text files of the Transportation Networks for Research collection."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onecity.network.assignment import Demand, Roads, bpr, generalised_cost

Reals = NDArray[np.float64]


class Case(NamedTuple):
    """A network, its trips, and the published flow of every arc."""

    roads: Roads
    demand: Demand
    flow: Reals


def read(folder: Path, name: str, per_length: float = 0.0, per_toll: float = 0.0) -> Case:
    """Return a case, with the weights of its generalised cost."""
    text = (folder / f"{name}_net.tntp").read_text("utf-8")
    through = int(re.findall(r"<FIRST THRU NODE>\s*(\d+)", text)[0])
    nodes = int(re.findall(r"<NUMBER OF NODES>\s*(\d+)", text)[0])
    lines = [line.strip(" \t;\n") for line in text.partition("<END OF METADATA>")[2].splitlines()]
    rows = np.array([line.split() for line in lines if line and line[0] != "~"], float)
    tail, head = rows[:, :2].astype(int).T - 1
    capacity, length, free, factor, power, _, toll = rows[:, 2:9].T
    laws = bpr(free, capacity, factor, power)
    roads = Roads.from_arcs(tail, head, laws, ends_only=np.arange(through - 1), n=nodes)
    extra = generalised_cost((per_length, length), (per_toll, toll))
    trips = (folder / f"{name}_trips.tntp").read_text("utf-8").partition("<END OF METADATA>")[2]
    table = [
        (int(origin) - 1, int(to) - 1, float(amount))
        for origin, part in re.findall(r"Origin\s+(\d+)([^O]*)", trips)
        for to, amount in re.findall(r"(\d+)\s*:\s*([\d.eE+-]+)", part)
    ]
    origin, destination, amount = np.array(table).T
    demand = Demand(origin.astype(int), destination.astype(int), amount, extra)
    published = (folder / f"{name}_flow.tntp").read_text("utf-8").splitlines()
    flows = {
        (int(cells[0]) - 1, int(cells[1]) - 1): float(cells[2])
        for cells in map(str.split, published)
        if cells and cells[0].isdigit()
    }
    flow = np.array([flows[a, b] for a, b in zip(tail, head, strict=True)])
    return Case(roads, demand, flow)
