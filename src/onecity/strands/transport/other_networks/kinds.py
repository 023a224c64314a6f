"""The networks of a region, all in one form: roads, rail, and every kind of the table ``lines``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from onecity.core.words import LANGUAGES, Language, chapter, say
from onecity.region.sources.network_lines import needs_of
from onecity.region.store import Region
from onecity.strands.units import Reals, Rows

ROADS, RAIL = "roads", "rail"
TABLES = {ROADS: "road_edges", RAIL: "rail_edges"}
_PLACES = 5
"""Digits of degrees (about 1 m) to which ends at one position are one node."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One network.

    Attributes
    ----------
    key, name
        ``roads``, ``rail`` or a kind of ``lines``; what it is called in both languages.
    table
        Region table it is read from.
    rows
        Rows of that table, shape (edges,).
    tail, head
        Nodes of each edge, 0..nodes-1, shape (edges,).
    nodes
        Names of the nodes where they have one; else their position as text.
    named
        Whether nodes have names of their own, so that equal ones of two kinds are one.
    course
        Geometry of each edge.
    capacity, unit
        What each edge can carry, NaN where unknown, and its unit; None where none is known.
    line
        Identifier of each edge.
    needs
        Identifiers of lines each edge cannot work without.
    """

    key: str
    name: Mapping[Language, str]
    table: str
    rows: Rows
    tail: Rows
    head: Rows
    nodes: NDArray[np.object_]
    named: NDArray[np.bool_]
    course: NDArray[Any]
    capacity: Reals
    unit: str | None
    line: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ends(self) -> NDArray[np.float64]:
        """Longitude and latitude of both ends of each edge, shape (edges, 2, 2)."""
        points = [shapely.get_coordinates(shapely.get_point(self.course, at)) for at in (0, -1)]
        return np.stack(points, axis=1)


def kinds_of(region: Region) -> tuple[Kind, ...]:
    """Return the networks of a region: other ones first, then rail, then roads."""
    found = []
    if region.has("lines"):
        lines = region.table("lines")
        found += [_lines(str(key), rows) for key, rows in lines.groupby("kind", sort=True)]
    if region.has("rail_edges") and len(region.table("rail_edges")):
        rail = region.table("rail_edges")
        ends = _positions(rail.geometry.to_numpy())
        found.append(_plain(RAIL, rail, *ends))
    edges = region.table("road_edges")
    tail, head = edges["tail"].to_numpy(str), edges["head"].to_numpy(str)
    found.append(_plain(ROADS, edges, tail, head))
    return tuple(found)


def _plain(key: str, table: pd.DataFrame, tail: Any, head: Any) -> Kind:
    nodes, number = np.unique(np.concatenate([tail, head]).astype(str), return_inverse=True)
    count = len(table)
    return Kind(
        key=key,
        name=_name(key),
        table=TABLES[key],
        rows=np.arange(count),
        tail=number[:count].astype(np.int64),
        head=number[count:].astype(np.int64),
        nodes=nodes.astype(object),
        named=np.zeros(len(nodes), np.bool_),
        course=table["geometry"].to_numpy(),
        capacity=np.full(count, np.nan),
        unit=None,
        line=tuple(f"{key}-{row}" for row in range(count)),
        needs=((),) * count,
    )


def _lines(key: str, table: pd.DataFrame) -> Kind:
    ends = table["tail"].tolist() + table["head"].tolist()
    nodes, number = np.unique(np.array(ends, str), return_inverse=True)
    at = set(np.concatenate(_positions(table["geometry"].to_numpy())).tolist())
    known = table["unit"].dropna()
    return Kind(
        key=key,
        name=_name(key),
        table="lines",
        rows=table.index.to_numpy(np.int64),
        tail=number[: len(table)].astype(np.int64),
        head=number[len(table) :].astype(np.int64),
        nodes=nodes.astype(object),
        named=np.array([one not in at for one in nodes.tolist()], np.bool_),
        course=table["geometry"].to_numpy(),
        capacity=table["capacity"].to_numpy(np.float64),
        unit=str(known.iloc[0]) if len(known) else None,
        line=tuple(table["line"].astype(str)),
        needs=tuple(tuple(needs_of(one)) if isinstance(one, str) else () for one in table["needs"]),
    )


def _positions(courses: NDArray[Any]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return the position of both ends of each course as text, as the reader names nodes."""
    ends = [shapely.get_coordinates(shapely.get_point(courses, at)) for at in (0, -1)]
    tail, head = (
        np.array([f"{x:.{_PLACES}f},{y:.{_PLACES}f}" for x, y in one.tolist()], str) for one in ends
    )
    return tail, head


def _name(key: str) -> Mapping[Language, str]:
    """Return what a kind is called: known words in both languages, others as they are."""
    if f"kind_{key}" in chapter("networks"):
        return {language: say(f"networks.kind_{key}", language) for language in LANGUAGES}
    return dict.fromkeys(LANGUAGES, key)
