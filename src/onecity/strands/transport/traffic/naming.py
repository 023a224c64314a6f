"""What stretches of road are called: by road, county, and the nearest settlement."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from onecity.core.words import LANGUAGES, Language, Sentence, say
from onecity.region.geometry import chord_of, on_sphere
from onecity.region.store import Region
from onecity.strands.road_classes import RoadClass
from onecity.strands.transport.pairs import county_of_nodes
from onecity.strands.units import Name, Rows

NEAR_KM = 10.0
"""A settlement further away says nothing of where a road is."""


class Names:
    """Names of the roads of a region."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.edges = region.table("road_edges")
        self.county = county_of_nodes(region)
        table = region.table("counties")
        self.counties = [
            Name(zh, en if isinstance(en, str) and en else zh)
            for zh, en in zip(table["name_zh"], table["name_en"], strict=True)
        ]

    def of(self, arcs: Rows, *, both: bool) -> Mapping[Language, str]:
        """Return what some road arcs, in driving order, are called."""
        count = len(self.edges)
        rows = arcs % count
        forward = arcs < count
        ends = self.edges["tail"].to_numpy()[rows], self.edges["head"].to_numpy()[rows]
        last = len(arcs) // 2 - 1 if both else -1
        start = ends[0][0] if forward[0] else ends[1][0]
        end = ends[1][last] if forward[last] else ends[0][last]
        places = [self._county(int(start)), self._county(int(end))]
        values = {"road": self._road(rows), "start": places[0], "end": places[1]}
        if places[0] == places[1]:
            near = self._settlement(int(rows[len(rows) // 2]))
            if near is None:
                return _both("traffic.stretch_within", values)
            return _both("traffic.stretch_near", {**values, "near": near})
        return _both("traffic.stretch_both" if both else "traffic.stretch_one", values)

    def between(self, tail: int, head: int) -> Mapping[Language, str]:
        """Return what a link between two road nodes is called."""
        start, end = self._county(tail), self._county(head)
        if start == end:
            return _both("traffic.link_within", {"start": start})
        return _both("traffic.link_between", {"start": start, "end": end})

    def _road(self, rows: Rows) -> Name | Sentence:
        named = self.edges["name"].iloc[rows].dropna()
        if len(named):
            name = str(named.iloc[0])
            return Name(name, name)
        kind = RoadClass(self.edges["class"].iloc[int(rows[0])])
        return Sentence("traffic.unnamed", {"kind": kind})

    def _county(self, node: int) -> Name | Sentence:
        row = int(self.county[node])
        return self.counties[row] if row >= 0 else Sentence("traffic.outside")

    @cached_property
    def _settlements(self) -> tuple[cKDTree, list[Name]] | None:
        if not self.region.has("places"):
            return None
        places = self.region.table("places")
        known = places[(places["kind"] == "settlement") & places["name_zh"].notna()]
        if known.empty:
            return None
        names = [
            Name(zh, en if isinstance(en, str) and en else zh)
            for zh, en in zip(known["name_zh"], known["name_en"], strict=True)
        ]
        spots = on_sphere(known["lon"].to_numpy(), known["lat"].to_numpy())
        return cKDTree(spots), names

    def _settlement(self, row: int) -> Name | None:
        """Return the settlement nearest to the middle of an edge, if one is near."""
        if self._settlements is None:
            return None
        tree, names = self._settlements
        middle = self.edges.geometry.iloc[row].interpolate(0.5, normalized=True)
        spot = on_sphere(np.array([middle.x]), np.array([middle.y]))
        apart, place = tree.query(spot[0])
        return names[int(place)] if apart <= chord_of(NEAR_KM) else None


def _both(key: str, values: Mapping[str, object]) -> Mapping[Language, str]:
    return {language: say(key, language, **values) for language in LANGUAGES}
