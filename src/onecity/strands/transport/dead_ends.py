"""Dead ends: where a road simply ends, and which of them face each other."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString

from onecity.region.dead_ends import Flags, dead_ends_of
from onecity.strands.units import Reals, Rows

FACING_DEGREES = 60.0
"""A dead end faces another if the way there turns no further than this from its road."""


def facing_ends(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, tail: Rows, head: Rows) -> Flags:
    """Return which pairs are dead ends that face each other."""
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    heading = outward_headings(nodes, edges)
    flat = np.cos(np.radians(lat))
    across = np.column_stack([(lon[head] - lon[tail]) * flat[tail], lat[head] - lat[tail]])
    least = np.cos(np.radians(FACING_DEGREES))
    # A node that is no dead end has the heading NaN; that is at least nothing.
    cosines = _cosine(heading[tail], across), _cosine(heading[head], -across)
    faces: Flags = np.minimum(*cosines) >= least
    return faces


def outward_headings(nodes: pd.DataFrame, edges: gpd.GeoDataFrame) -> Reals:
    """Return in which direction the road at each dead end would go on, shape (nodes, 2).

    East and north, of any length; NaN for nodes that are no dead end, or end only because
    the extract ends.
    """
    heading = np.full((len(nodes), 2), np.nan)
    dead = dead_ends_of(nodes, edges)
    spots = nodes[["lon", "lat"]].to_numpy()
    columns = (edges["tail"], edges["head"], edges.geometry)
    for tail, head, course in zip(*columns, strict=True):
        if tail == head or not (dead[tail] or dead[head]):
            continue
        simple = isinstance(course, LineString)
        bends = np.array(course.coords)[:, :2] if simple else spots[[tail, head]]
        if dead[head]:
            heading[head] = bends[-1] - bends[-2]
        if dead[tail]:
            heading[tail] = bends[0] - bends[1]
    heading[:, 0] *= np.cos(np.radians(spots[:, 1]))
    return heading


def _cosine(one: Reals, other: Reals) -> Reals:
    length = np.hypot(*one.T) * np.hypot(*other.T)
    dot = (one * other).sum(axis=1)
    result = np.full(len(dot), np.nan)
    np.divide(dot, length, out=result, where=length > 0)
    return result
