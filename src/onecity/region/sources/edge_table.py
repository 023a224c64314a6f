"""Roads from a pair of tables: nodes with positions, edges between them.

For networks that come as CSV (also gzipped) or Parquet. Columns are found by these names,
or by the names `columns` gives for them:

* nodes: ``node`` (any text or number, once), ``lon``, ``lat`` (or easting and northing in
  `crs`), optional ``cut`` (yes/no: an end only because the extract ends here);
* edges: ``tail``, ``head``, one of ``km`` and ``metres`` or ``seconds`` (both ways unless
  ``seconds_backward`` is there, whose empty cells close that way), optional ``oneway`` (1,
  yes, no, -1 ...), ``class``, ``kmh``, ``lanes``, ``bridge``, ``tunnel``, ``ferry``, ``name``,
  ``edge`` (its identifier).

The time is ``seconds`` where given, else length over ``kmh``, else length over the speed of
the class in the argument `kmh`. The length is ``km`` or ``metres``; where the table has neither
it is the geodesic between the ends, which `report` notes. Courses are straight lines.
"""

import math
import os
from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError, MissingError
from onecity.core.progress import SILENCE, Progress

from .coordinates import to_wgs84
from .reading import Flags, Integers, Objects, ReadReport, Reals, Remark
from .roads import ELLIPSOID, EdgeColumns, NodeColumns, Roads, make_roads
from .tables import Table, read_table

NODE_COLUMNS = ("node", "lon", "lat", "cut")
EDGE_COLUMNS = (
    *("edge", "tail", "head", "km", "metres", "seconds", "seconds_backward", "oneway"),
    *("class", "kmh", "lanes", "bridge", "tunnel", "ferry", "name"),
)
TRUNK_EXTRACT = "trunk_extract"

_FORWARD = {"1", "yes", "true", "forward", "是"}
_BACKWARD = {"-1", "reverse", "backward"}
_BOTH = {"0", "no", "false", "both", "否"}
_CHORD_SLACK = 0.95
"""A length below this share of the straight line is noted: no road is shorter than that."""


def read_edges(
    nodes_path: str | os.PathLike[str],
    edges_path: str | os.PathLike[str],
    *,
    kmh: float | Mapping[str, float],
    columns: Mapping[str, str] | None = None,
    road_class: str = TRUNK_EXTRACT,
    crs: object = "EPSG:4326",
    encoding: str | None = None,
    progress: Progress = SILENCE,
) -> Roads:
    """Read a road network from a table of nodes and a table of edges.

    Parameters
    ----------
    nodes_path, edges_path
        The tables.
    kmh
        Speed where the tables give neither time nor speed: one for all, or by class.
    columns
        Our name of a column to the file's name, for both tables together.
    road_class
        Class of edges whose table names none.
    crs
        System of the positions: WGS-84, GCJ-02, BD-09 or any that PROJ knows.
    encoding
        Of text files; found when not given.
    progress
        Told of the two stages.

    Returns
    -------
    Roads
        Nodes in the order of their table; nodes without edges are left out and counted.
        Loops and parallel edges are kept. `origin` is the identifier in the file.

    Raises
    ------
    MissingError
        If a file or a needed column is not there, or an edge names an unknown node.
    InputError
        With file, row and column: a node twice; a position, length or time that is missing,
        no number or negative; a class without speed; or no records.
    """
    given = dict(columns or {})
    unknown = [name for name in given if name not in {*NODE_COLUMNS, *EDGE_COLUMNS}]
    if unknown:
        known = ", ".join((*NODE_COLUMNS, *EDGE_COLUMNS))
        raise InputError("sources.mapping_unknown", given=unknown[0], known=known)
    progress.stage("sources.stage_table_nodes")
    table = read_table(
        nodes_path,
        {k: v for k, v in given.items() if k in NODE_COLUMNS},
        known=NODE_COLUMNS,
        encoding=encoding,
    )
    nodes = _nodes(table, crs)
    progress.stage("sources.stage_table_edges")
    edge_table = read_table(
        edges_path,
        {k: v for k, v in given.items() if k in EDGE_COLUMNS},
        known=EDGE_COLUMNS,
        encoding=encoding,
    )
    return _join(nodes, edge_table, kmh, road_class)


def _nodes(table: Table, crs: object) -> NodeColumns:
    origin = table.texts("node", required=True)
    twice = pd.Series(origin).duplicated().to_numpy()
    if twice.any():
        table.fail("sources.node_twice", "node", twice.argmax())
    x, y = table.numbers("lon"), table.numbers("lat")
    try:
        lon, lat = to_wgs84(x, y, crs)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=table.path, reason=error) from error
    cut = table.flags("cut") if table.has("cut") else np.zeros(len(table), bool)
    return NodeColumns(lon=lon, lat=lat, cut=cut, origin=origin)


def _join(
    nodes: NodeColumns, table: Table, kmh: float | Mapping[str, float], road_class: str
) -> Roads:
    """Check the edges against the nodes and make the tables."""
    tail, head = (_ends(table, name, nodes.origin) for name in ("tail", "head"))
    used, ends = np.unique(np.concatenate([tail, head]), return_inverse=True)
    lone = len(nodes.lon) - len(used)
    nodes = NodeColumns(nodes.lon[used], nodes.lat[used], nodes.cut[used], nodes.origin[used])
    tail, head = ends[: len(tail)], ends[len(tail) :]

    classes = _texts(table, "class")
    classes[pd.isna(classes)] = road_class
    chord = _chord_km(nodes, tail, head)
    measured = table.has("km") or table.has("metres")
    km = _length_km(table) if measured else chord
    speed, forward, backward = _times(table, km, classes, kmh)
    shorter = int((km < _CHORD_SLACK * chord).sum()) if measured else 0
    counts = {
        "sources.edges_straight_length": 0 if measured else len(table),
        "sources.edges_short": shorter,
        "sources.edges_loops": int((tail == head).sum()),
    }
    report = ReadReport(
        path=table.path,
        seen=len(table),
        kept=len(table),
        dropped=(Remark("sources.nodes_lone", lone),) if lone else (),
        noted=tuple(Remark(key, count) for key, count in counts.items() if count),
    )
    xy = np.column_stack([nodes.lon, nodes.lat])
    edges = EdgeColumns(
        tail=tail,
        head=head,
        road_class=classes,
        km=km,
        kmh=speed,
        seconds_forward=forward,
        seconds_backward=backward,
        lanes=_numbers(table, "lanes"),
        bridge=_flags(table, "bridge"),
        tunnel=_flags(table, "tunnel"),
        ferry=_flags(table, "ferry"),
        name=_texts(table, "name"),
        origin=_texts(table, "edge"),
        geometry=np.asarray(shapely.linestrings(np.stack([xy[tail], xy[head]], axis=1))),
    )
    return make_roads(nodes, edges, report)


def _ends(table: Table, name: str, origin: Objects) -> Integers:
    """Return the row of the node each edge names."""
    texts = table.texts(name, required=True)
    rows = pd.Index(origin).get_indexer(pd.Index(texts))
    if (rows < 0).any():
        at = int((rows < 0).argmax())
        raise MissingError(
            "sources.node_unknown",
            path=table.path,
            row=table.row(at),
            column=table.named(name),
            given=texts[at],
            count=int((rows < 0).sum()),
        )
    return np.asarray(rows, np.int64)


def _length_km(table: Table) -> Reals:
    if table.has("km"):
        return table.numbers("km", minimum=0.0)
    return table.numbers("metres", minimum=0.0) / 1000.0


def _chord_km(nodes: NodeColumns, tail: Integers, head: Integers) -> Reals:
    lon, lat = nodes.lon, nodes.lat
    _, _, metres = ELLIPSOID.inv(lon[tail], lat[tail], lon[head], lat[head])
    return np.asarray(metres, np.float64) / 1000.0


def _times(
    table: Table, km: Reals, classes: Objects, kmh: float | Mapping[str, float]
) -> tuple[Reals, Reals, Reals]:
    """Return speed, seconds forward and seconds backward; NaN where closed."""
    forward_open, backward_open = _directions(table)
    if table.has("seconds"):
        seconds = table.numbers("seconds", minimum=0.0)
        back = seconds
        if table.has("seconds_backward"):
            back = table.numbers("seconds_backward", required=False, minimum=0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = km / (seconds / 3600.0)
        # No speed can be told where no time or no way passes: show the assumed one.
        blank = ~(np.isfinite(speed) & (speed > 0))
        if blank.any():
            speed[blank] = _class_speed(classes[blank], kmh)
    else:
        speed = _speed(table, classes, kmh)
        seconds = back = km / speed * 3600.0
    return (
        speed,
        np.where(forward_open, seconds, np.nan),
        np.where(backward_open, back, np.nan),
    )


def _speed(table: Table, classes: Objects, kmh: float | Mapping[str, float]) -> Reals:
    if not table.has("kmh"):
        return _class_speed(classes, kmh)
    speed = table.numbers("kmh", required=False)
    wrong = speed <= 0
    if wrong.any():
        table.fail("sources.cell_not_above", "kmh", wrong.argmax(), minimum=0)
    blank = np.isnan(speed)
    speed[blank] = _class_speed(classes[blank], kmh)
    return speed


def _class_speed(classes: Objects, kmh: float | Mapping[str, float]) -> Reals:
    by_class = kmh if isinstance(kmh, Mapping) else dict.fromkeys(set(classes), kmh)
    for name in sorted(set(classes)):
        if name not in by_class:
            raise InputError(
                "sources.class_without_speed", road_class=name, known=", ".join(by_class)
            )
        value = by_class[name]
        if not (math.isfinite(value) and value > 0):
            raise InputError("sources.speed_not_positive", road_class=name, given=value)
    return np.array([by_class[name] for name in classes], np.float64)


def _directions(table: Table) -> tuple[Flags, Flags]:
    if not table.has("oneway"):
        both = np.ones(len(table), bool)
        return both, both
    words = pd.Series(table.texts("oneway"), dtype=object).fillna("no").astype(str).str.lower()
    words = words.str.removesuffix(".0")
    forward, backward = words.isin(_FORWARD).to_numpy(bool), words.isin(_BACKWARD).to_numpy(bool)
    both = words.isin(_BOTH).to_numpy(bool)
    wrong = ~(forward | backward | both)
    if wrong.any():
        table.fail("sources.cell_not_oneway", "oneway", wrong.argmax())
    return forward | both, backward | both


def _texts(table: Table, name: str) -> Objects:
    return table.texts(name) if table.has(name) else np.full(len(table), None, object)


def _numbers(table: Table, name: str) -> Reals:
    if not table.has(name):
        return np.full(len(table), np.nan)
    return table.numbers(name, required=False, minimum=0.0)


def _flags(table: Table, name: str) -> Flags:
    return table.flags(name) if table.has(name) else np.zeros(len(table), bool)
