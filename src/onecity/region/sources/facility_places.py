"""Where facilities stand: in which county, and which of them may be one given twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from onecity.core.provenance import Grade
from onecity.region.geometry import chord_of, on_sphere, row_containing

from .reading import Flags, Integers, Objects, Reals, Remark

NEAR_KM = 1.0
"""A place this near to a county counts as in it: boundaries are generalised."""
SAME_M = 50.0
"""Facilities of one kind this near to each other may be one given twice."""
_KM_PER_DEGREE = 111.2
_NAMED = 10
_FILLED = ("name_zh", "name_en", "level", "opened", "note")


@dataclass(frozen=True, slots=True)
class Land:
    """Counties of a region: their outlines, and the city of each."""

    counties: Objects
    shapes: npt.NDArray[np.object_]
    city_of: Mapping[str, str]

    @classmethod
    def of(cls, counties: gpd.GeoDataFrame) -> Self:
        """Return the land of a table of counties."""
        codes = counties["county"].to_numpy(dtype=object)
        cities = dict(zip(codes, counties["city"], strict=True))
        return cls(codes, counties.geometry.to_numpy(), cities)

    def county_at(self, lon: Reals, lat: Reals) -> Objects:
        """Return the county at each position, None where none is within `NEAR_KM`.

        Positions of NaN are nowhere.
        """
        found = np.full(len(lon), None, dtype=object)
        there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(there):
            return found
        points = np.asarray(shapely.points(lon[there], lat[there]), dtype=object)
        row = row_containing(points, self.shapes)
        outside = np.flatnonzero(row < 0)
        row[outside] = self._nearest(points[outside], lat[there[outside]])
        inside = row >= 0
        found[there[inside]] = self.counties[row[inside]]
        return found

    def _nearest(self, points: npt.NDArray[np.object_], lat: Reals) -> Integers:
        """Return the row of the county nearest to each point, within `NEAR_KM`, else -1."""
        # Squeezed so that a degree is as long one way as the other, near the point.
        squeeze = np.maximum(np.cos(np.radians(lat)), 0.01)
        x, y = shapely.get_x(points), shapely.get_y(points)
        reach = NEAR_KM / _KM_PER_DEGREE
        boxes = shapely.box(x - reach / squeeze, y - reach, x + reach / squeeze, y + reach)
        one, county = shapely.STRtree(self.shapes).query(boxes, predicate="intersects")
        lines = shapely.shortest_line(points[one], self.shapes[county])
        ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
        step = ends[:, 1] - ends[:, 0]
        away = np.hypot(step[:, 0] * squeeze[one], step[:, 1])
        nearest: Integers = np.full(len(points), -1, dtype=np.int64)
        # The nearest is written last; of two as near the one that stands first in the table.
        for pair in np.lexsort((-county, -away)):
            if away[pair] <= reach:
                nearest[one[pair]] = county[pair]
        return nearest


def merge_doubles(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[Remark, ...]]:
    """Merge facilities that are one given twice, and tell of those that only may be.

    Facilities of one kind within `SAME_M` of each other are one, unless both have names and
    neither name holds the other: those are left as they are and told. Rows of grade E are not
    looked at: their positions are assumed, and may be the same for many. Of those merged the
    first that gives a capacity stays, the first of all where none does; what it leaves empty
    is taken from the others, in order.
    """
    names = table["name_zh"].fillna(table["name_en"]).to_numpy(dtype=object)
    groups, apart = _groups(names, *_near_pairs(table))
    remarks: list[Remark] = []
    if groups:
        table, lost = _merged(table, groups)
        gone = ", ".join(lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
        remarks.append(Remark("facilities.merged", len(lost), {"given": gone, "metres": SAME_M}))
    if apart:
        given = " / ".join(str(names[row]) for row in apart[0])
        remarks.append(Remark("facilities.near", len(apart), {"given": given, "metres": SAME_M}))
    return table, tuple(remarks)


def _near_pairs(table: gpd.GeoDataFrame) -> tuple[Integers, Integers]:
    """Return rows of one kind within `SAME_M` of each other."""
    firsts, seconds = [], []
    spots = on_sphere(table["lon"], table["lat"])
    sure = (table["grade"] != Grade.E).to_numpy()
    for found in table.groupby("kind", sort=True).indices.values():
        rows = np.asarray(found)[sure[found]]
        tree = cKDTree(spots[rows])
        pairs = tree.query_pairs(chord_of(SAME_M / 1000), output_type="ndarray")
        firsts.append(rows[pairs[:, 0]])
        seconds.append(rows[pairs[:, 1]])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    order = np.lexsort((second, first))
    return first[order], second[order]


def _groups(
    names: Objects, first: Integers, second: Integers
) -> tuple[list[list[int]], list[tuple[int, int]]]:
    """Return rows that are one, and pairs that are near each other but have other names.

    A place without a name never ties two that have different ones.
    """
    group: dict[int, list[int]] = {}
    apart: list[tuple[int, int]] = []
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        mine, theirs = group.get(one, [one]), group.get(other, [other])
        if mine is theirs:
            continue
        if all(_may_be_one(names[a], names[b]) for a in mine for b in theirs):
            both = sorted([*mine, *theirs])
            group.update(dict.fromkeys(both, both))
        else:
            apart.append((one, other))
    return list({rows[0]: rows for rows in group.values()}.values()), apart


def _may_be_one(one: object, other: object) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return True
    left, right = ("".join(name.split()).casefold() for name in (one, other))
    return left in right or right in left


def _merged(table: gpd.GeoDataFrame, groups: list[list[int]]) -> tuple[gpd.GeoDataFrame, list[str]]:
    whole = table.copy()
    drop: Flags = np.zeros(len(table), dtype=np.bool_)
    for rows in groups:
        given = [row for row in rows if not pd.isna(table["capacity"].iloc[row])]
        stays = given[0] if given else rows[0]
        for name in _FILLED:
            said = table[name].iloc[rows].dropna()
            if pd.isna(table[name].iloc[stays]) and len(said):
                whole.loc[whole.index[stays], name] = said.iloc[0]
        drop[[row for row in rows if row != stays]] = True
    return whole.loc[~drop].reset_index(drop=True), table.loc[drop, "facility"].tolist()
