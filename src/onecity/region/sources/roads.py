"""The road network as every reader of roads returns it."""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from onecity.core.words import Language, say
from onecity.region.schema import CRS

from .reading import Flags, Integers, Objects, ReadReport, Reals, Shapes

ELLIPSOID = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Pieces:
    """How far a network hangs together.

    `weak` pieces are connected when directions are ignored, `strong` ones along the
    allowed directions; each count is followed by the nodes of the largest piece.
    """

    nodes: int
    weak: int
    largest_weak: int
    strong: int
    largest_strong: int

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return say(
            "sources.pieces",
            language,
            nodes=self.nodes,
            weak=self.weak,
            strong=self.strong,
            weak_share=self.largest_weak / max(self.nodes, 1),
            strong_share=self.largest_strong / max(self.nodes, 1),
        )


@dataclass(frozen=True, slots=True)
class Roads:
    """Roads as read from one source.

    `nodes` and `edges` are GeoDataFrames in the schemas ROAD_NODES and ROAD_EDGES, ids
    0, 1, 2, ... in the order of rows. Every piece is kept, however small; `pieces` counts
    them. Loops and parallel edges are kept. `report` says what was dropped and why.
    """

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    pieces: Pieces
    report: ReadReport


@dataclass(frozen=True, slots=True)
class NodeColumns:
    """Nodes before they become a table; all of length N. `origin` holds text or None."""

    lon: Reals
    lat: Reals
    cut: Flags
    origin: Objects


@dataclass(frozen=True, slots=True)
class EdgeColumns:
    """Edges before they become a table; all of length E.

    A direction that is closed has NaN seconds. `origin`, `road_class` and `name` hold text
    or None, `geometry` LineStrings from tail to head.
    """

    tail: Integers
    head: Integers
    road_class: Objects
    km: Reals
    kmh: Reals
    seconds_forward: Reals
    seconds_backward: Reals
    lanes: Reals
    bridge: Flags
    tunnel: Flags
    ferry: Flags
    name: Objects
    origin: Objects
    geometry: Shapes = field(repr=False)


def make_roads(nodes: NodeColumns, edges: EdgeColumns, report: ReadReport) -> Roads:
    """Put checked columns into the tables of the schema and count the pieces."""
    node_table = gpd.GeoDataFrame(
        {
            "node": np.arange(len(nodes.lon), dtype=np.int64),
            "origin": pd.Series(nodes.origin, dtype="str"),
            "lon": nodes.lon,
            "lat": nodes.lat,
            "cut": nodes.cut,
        },
        geometry=shapely.points(nodes.lon, nodes.lat),
        crs=CRS,
    )
    edge_table = gpd.GeoDataFrame(
        {
            "edge": np.arange(len(edges.tail), dtype=np.int64),
            "origin": pd.Series(edges.origin, dtype="str"),
            "tail": edges.tail,
            "head": edges.head,
            "class": pd.Series(edges.road_class, dtype="str"),
            "km": edges.km,
            "kmh": edges.kmh,
            "seconds_forward": edges.seconds_forward,
            "seconds_backward": edges.seconds_backward,
            "lanes": edges.lanes,
            "bridge": edges.bridge,
            "tunnel": edges.tunnel,
            "ferry": edges.ferry,
            "name": pd.Series(edges.name, dtype="str"),
        },
        geometry=edges.geometry,
        crs=CRS,
    )
    return Roads(node_table, edge_table, count_pieces(len(nodes.lon), edges), report)


def count_pieces(nodes: int, edges: EdgeColumns) -> Pieces:
    """Count the weakly and strongly connected pieces of a network of `nodes` nodes."""
    forward = ~np.isnan(edges.seconds_forward)
    backward = ~np.isnan(edges.seconds_backward)
    tail = np.concatenate([edges.tail[forward], edges.head[backward]])
    head = np.concatenate([edges.head[forward], edges.tail[backward]])
    arcs = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(nodes, nodes)).tocsr()
    weak, weak_label = connected_components(arcs, connection="weak")
    strong, strong_label = connected_components(arcs, connection="strong")
    return Pieces(
        nodes=nodes,
        weak=int(weak),
        largest_weak=int(np.bincount(weak_label, minlength=1).max()),
        strong=int(strong),
        largest_strong=int(np.bincount(strong_label, minlength=1).max()),
    )


def segment_km(lon: Reals, lat: Reals) -> Reals:
    """Return the geodesic length of each step of a polyline on the WGS-84 ellipsoid, in km.

    Length N gives N - 1 steps. Karney's algorithm as in PROJ (Karney 2013, *Algorithms for
    geodesics*), exact to nanometres.
    """
    if len(lon) < 2:
        return np.zeros(0)
    _, _, metres = ELLIPSOID.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.asarray(metres, dtype=np.float64) / 1000.0
