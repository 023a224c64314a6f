"""Links a user wants appraised, from a table: every wrong cell is named."""

import csv
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from onecity.core.errors import InputError, MissingError
from onecity.region.interventions import AddRoad

if TYPE_CHECKING:
    from onecity.region.store import Region

NODES = ("tail", "head")
POINTS = ("from_lon", "from_lat", "to_lon", "to_lat")
FURTHER = ("kmh", "detour", "both_ways", "road_class", "name")
_YES, _NO = {"", "1", "true", "yes", "y", "是"}, {"0", "false", "no", "n", "否"}


def read_candidates(path: Path, region: "Region") -> tuple[AddRoad, ...]:
    """Return the links of a CSV file, one a row.

    Ends are road nodes (``tail``, ``head``) or points in WGS-84 (``from_lon``, ``from_lat``,
    ``to_lon``, ``to_lat``), which are put on the nearest road node. Speed is the region's usual
    one and the detour the recipe's unless columns ``kmh`` and ``detour`` say otherwise.

    Raises
    ------
    MissingError
        If there is no such file.
    InputError
        If it is no table with these columns, has no row, or a cell makes no sense.
    """
    if not path.is_file():
        raise MissingError("cli.no_candidates_file", path=path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = path.read_text(encoding="gb18030")
        except UnicodeDecodeError as error:
            raise InputError("cli.candidates_encoding", path=path) from error
    reader = csv.DictReader(text.splitlines())
    heads = [(one or "").strip() for one in reader.fieldnames or ()]
    reader.fieldnames = heads
    by_node = set(NODES) <= set(heads)
    if not by_node and not set(POINTS) <= set(heads):
        raise InputError("cli.candidates_columns", path=path, given=", ".join(heads) or "-")
    rows = [
        _Row(path, number, {key: (value or "").strip() for key, value in row.items() if key})
        for number, row in enumerate(reader, 2)
        if any((value or "").strip() for key, value in row.items() if key)
    ]
    if not rows:
        raise InputError("cli.candidates_empty", path=path)
    usual = _usual(region)
    ends = [one.nodes() for one in rows] if by_node else _nearest(rows, region)
    return tuple(one.road(*pair, *usual) for one, pair in zip(rows, ends, strict=True))


def _usual(region: "Region") -> tuple[float, float]:
    """Return the speed and the detour of a link of which nothing else is said."""
    from onecity.strands.transport.assumed import assumed_in, number
    from onecity.strands.transport.candidates import usual_kmh

    return usual_kmh(region.table("road_edges")), number(assumed_in(region).link_detour)


class _Row:
    """One row of the table, and how to read its cells."""

    def __init__(self, path: Path, number: int, cells: Mapping[str, str]) -> None:
        self.path, self.number, self.cells = path, number, cells

    def wrong(self, column: str, expected: str) -> InputError:
        return InputError(
            "cli.candidates_cell",
            path=self.path,
            row=self.number,
            column=column,
            given=self.cells.get(column, ""),
            expected=expected,
        )

    def value(self, column: str, low: float, high: float, usual: float | None = None) -> float:
        cell = self.cells.get(column, "")
        if not cell and usual is not None:
            return usual
        try:
            given = float(cell)
        except ValueError:
            given = float("nan")
        if not (isfinite(given) and low <= given <= high):
            raise self.wrong(column, f"{low:g}–{high:g}")
        return given

    def nodes(self) -> tuple[int, int]:
        for column in NODES:
            if not self.cells.get(column, "").isdecimal():
                raise self.wrong(column, "0, 1, 2…")
        tail, head = (int(self.cells[column]) for column in NODES)
        return tail, head

    def points(self) -> tuple[float, ...]:
        return tuple(
            self.value(column, *((-180, 180) if column.endswith("lon") else (-90, 90)))
            for column in POINTS
        )

    def road(self, tail: int, head: int, kmh: float, detour: float) -> AddRoad:
        both = self.cells.get("both_ways", "").casefold()
        if both not in _YES | _NO:
            raise self.wrong("both_ways", "1/0")
        return AddRoad(
            tail,
            head,
            self.value("kmh", 1, 400, kmh),
            detour=self.value("detour", 1, 10, detour),
            both_ways=both in _YES,
            road_class=self.cells.get("road_class") or "planned",
            name=self.cells.get("name") or None,
        )


def _nearest(rows: list[_Row], region: "Region") -> list[tuple[int, int]]:
    """Return the road nodes nearest to the points of each row."""
    from onecity.programme.snapping import FARTHEST_KM, Nodes

    given = [one.points() for one in rows]
    points = [(ends[k], ends[k + 1]) for ends in given for k in (0, 2)]
    nodes, metres = Nodes(region).nearest(points)
    far = metres > 1000 * FARTHEST_KM
    if far.any():
        place = int(far.argmax())
        one = rows[place // 2]
        raise InputError(
            "cli.candidates_far",
            path=one.path,
            row=one.number,
            column=POINTS[2 * (place % 2)],
            km=metres[place] / 1000,
            most=FARTHEST_KM,
        )
    return [(int(tail), int(head)) for tail, head in nodes.reshape(-1, 2)]
