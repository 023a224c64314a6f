"""Trunk roads of a group, out of the world network in ``scgraph_data``.

Nodes of that network are rounded to about 100 m; it holds no class, speed, lanes or direction.
"""

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.region.schema import CRS
from onecity.region.zones import equal_area

MARGIN_KM = 30.0
"""Roads this far around a group are kept, so that ways may lead outside."""
_BOX_DEGREES = 2.0
"""Far over the margin in these latitudes: what lies outside this box needs no exact distance."""

Reals = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the network: `cut` marks nodes where a road leads out of it; edges go both ways.

    Attributes
    ----------
    node
        Row of each node in the source, ascending, shape (N,).
    lon, lat, cut
        Of each node.
    tail, head, km
        Of each edge, as rows in the source, tail below head, shape (E,).
    """

    node: Rows
    lon: Reals
    lat: Reals
    cut: NDArray[np.bool_]
    tail: Rows
    head: Rows
    km: Reals


@dataclass(frozen=True, slots=True)
class Highways:
    """The world's trunk roads: each node's neighbours as the source writes them, and positions."""

    neighbours: list[str]
    lon: Reals
    lat: Reals

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the network without importing it, which would take half a minute and 5 GB.

        Raises
        ------
        InputError
            If the file does not hold what this version was written for.
        """
        found: dict[str, str] = {}
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                name, mark, text = line.partition("=")
                if mark and name.strip() in {"graph", "nodes"}:
                    found[name.strip()] = text.strip()
        try:
            spots = np.array(json.loads(found["nodes"]), dtype=np.float64)
            neighbours = found["graph"].removeprefix("[{").removesuffix("}]").split("}, {")
            lat, lon = spots.reshape(len(neighbours), 2).T
        except (KeyError, ValueError) as error:
            raise InputError("league.package_odd", path=str(path), reason=error) from error
        return cls(neighbours, lon, lat)

    def around(self, area: shapely.Geometry) -> Piece:
        """Return the roads in an area (WGS-84) and `MARGIN_KM` around it.

        A node further off is kept where a road leads to it straight out of the area.
        """
        near = self._near(area)
        shapely.prepare(area)
        inside = near[shapely.intersects_xy(area, self.lon[near], self.lat[near])]
        links = {int(here): self._links(int(here)) for here in near}
        taken = {*links, *(there for here in inside.tolist() for there in links[here])}
        links |= {here: self._links(here) for here in taken - links.keys()}
        node = np.array(sorted(taken), dtype=np.int64)
        cut = np.array([not taken.issuperset(links[here]) for here in node.tolist()], np.bool_)
        # A loop leads nowhere; each edge stands twice in the source.
        edges = sorted(
            (here, there, km)
            for here in taken
            for there, km in links[here].items()
            if here < there and there in taken
        )
        tail, head, km = zip(*edges, strict=True) if edges else ((), (), ())
        return Piece(
            node,
            self.lon[node],
            self.lat[node],
            cut,
            np.array(tail, np.int64),
            np.array(head, np.int64),
            np.array(km, np.float64),
        )

    def _near(self, area: shapely.Geometry) -> Rows:
        west, south, east, north = shapely.bounds(area)
        boxed = np.flatnonzero(
            (self.lon > west - _BOX_DEGREES)
            & (self.lon < east + _BOX_DEGREES)
            & (self.lat > south - _BOX_DEGREES)
            & (self.lat < north + _BOX_DEGREES)
        )
        flat = equal_area(gpd.GeoSeries([area], crs=CRS))
        land = gpd.GeoSeries([area], crs=CRS).to_crs(flat).iloc[0]
        spots = gpd.GeoSeries(gpd.points_from_xy(self.lon[boxed], self.lat[boxed]), crs=CRS)
        shapely.prepare(land)
        within = shapely.dwithin(land, spots.to_crs(flat).to_numpy(), 1000 * MARGIN_KM)
        return np.asarray(boxed[within], np.int64)

    def _links(self, node: int) -> dict[int, float]:
        links: dict[int, float] = ast.literal_eval("{" + self.neighbours[node] + "}")
        return links
