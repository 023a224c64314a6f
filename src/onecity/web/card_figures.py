"""The figures of a card: what is found of one unit or border, and where it stands."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from onecity.strands import residents, strands
from onecity.strands.bounds import bounds_in
from onecity.strands.contract import Better, BorderFinding, Findings, Indicator, Level, Matrix
from onecity.strands.standing import SAME, Standing, standing_of

from .found import found_of, indicator_of, people_by_year, row_of
from .indicators import indicator_told, keyed
from .map_layers import in_percent
from .state import State
from .words import told

Told = dict[str, Any]


def figures_of(state: State, before: State | None, level: Level, code: str) -> list[Told]:
    """Return every figure of a unit, with the one before where `before` is given.

    Raises
    ------
    MissingError
        If there is no such unit.
    """
    row = row_of(state, level, code)
    earlier = found_of(before) if before is not None else {}
    figures = [
        one
        for key, findings in found_of(state).items()
        for one in _of_unit(state, findings, earlier.get(key), level, code, row)
    ]
    if level in {Level.CITY, Level.REGION}:
        codes = () if level is Level.REGION else (code,)
        _add_borders(figures, list(_of_borders(state, before, codes)))
    return figures


def _add_borders(figures: list[Told], effects: list[Told]) -> None:
    """Add border effects; one that is a figure of the unit already lends it what it rests on."""
    known = {one["key"]: one for one in figures}
    for one in effects:
        if one["key"] in known:
            known[one["key"]]["border"] = one["border"]
        else:
            figures.append(one)


def _of_unit(
    state: State,
    findings: Findings,
    before: Findings | None,
    level: Level,
    code: str,
    row: int,
) -> Iterator[Told]:
    table = findings.tables.get(level)
    at = -1 if table is None else int(table.index.get_indexer(pd.Index([code]))[0])
    if table is None or at < 0:
        return
    for key in table.columns:
        one = indicator_of(state, findings, level, key)
        if findings.strand == residents.KEY:
            one = residents.indicator_in(state.region, level, code, key)
        low, high = bounds_in(findings, level, key, code) or (None, None)
        told_ = _figure(one, table[key].iloc[at], low, high)
        told_["rank"] = _rank(standing_of(table[key].to_numpy(), at, one.better))
        told_["trend"] = _trend(state, level, row) if key == residents.PEOPLE else []
        if before is not None:
            told_["before"] = _finite(before.tables[level][key].get(code))
        yield told_


def _figure(one: Indicator, value: Any, low: Any = None, high: Any = None) -> Told:
    return {
        **indicator_told(one),
        "value": _finite(value),
        "low": _finite(low),
        "high": _finite(high),
        "rank": None,
        "trend": [],
        "between": None,
        "border": None,
    }


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


def _rank(one: Standing | None) -> Told | None:
    return None if one is None else {"place": one.place, "of": one.of, "tied": one.tied}


def _trend(state: State, level: Level, row: int) -> list[Told]:
    """Return published people of a city or county by year."""
    yearly = people_by_year(state).get(level)
    if yearly is None:
        return []
    values = yearly.to_numpy(dtype=np.float64)[row].tolist()
    known = zip(yearly.columns.tolist(), values, strict=True)
    return [{"year": year, "value": value} for year, value in known if isfinite(value)]


def border_figures(state: State, before: State | None, codes: tuple[str, str]) -> list[Told]:
    """Return what the border of two cities costs in every strand, and what lies between them."""
    found = list(_of_borders(state, before, codes))
    shown = {one["key"] for one in found}
    for key in strands():
        earlier = before.findings(key).matrices if before is not None else ()
        by_key = {one.indicator.key: one for one in earlier}
        for matrix in state.findings(key).matrices:
            if matrix.level is not Level.CITY or matrix.indicator.key in shown:
                continue
            pairs = _Pairs(matrix)
            ways = (codes,) if pairs.symmetric else (codes, codes[::-1])
            for start, end in (way for way in ways if pairs.holds(*way)):
                figure = pairs.figure(state, start, end)
                if before is not None:
                    was = by_key.get(matrix.indicator.key)
                    figure["before"] = None if was is None else _Pairs(was).value(start, end)
                found.append(figure)
    return found


def _of_borders(state: State, before: State | None, codes: tuple[str, ...]) -> Iterator[Told]:
    """Yield border effects: of a border, of a city against the rest, of all borders."""
    for key in strands():
        several = [one for one in state.findings(key).borders if len(one.codes) == len(codes)]
        mine = next((row for row, one in enumerate(several) if one.codes == codes), None)
        if mine is None:
            continue
        one = several[mine]
        figure = _figure(one.indicator, one.percent, *in_percent(one.variants))
        better = Better.LOWER if one.worse > 0 else Better.HIGHER
        values = [each.percent for each in several]
        figure["rank"] = _rank(standing_of(values, mine, better))
        figure["border"] = behind_told(one)
        if before is not None:
            earlier = (each for each in before.findings(key).borders if each.codes == codes)
            was = next(earlier, None)
            figure["before"] = None if was is None else _finite(was.percent)
        yield figure


def behind_told(one: BorderFinding) -> Told:
    """Return what stands behind a border effect: never one number alone."""
    return {
        "verdict": keyed(one.verdict.value, one.verdict),
        "interval": list(in_percent(one.interval)),
        "variants": list(in_percent(one.variants)),
        "variant_count": one.variant_count,
        "p": one.chance.p if one.chance else None,
        "chance_borders": one.chance.count if one.chance else 0,
        "pairs": one.pairs,
        "permeability": one.permeability,
    }


class _Pairs:
    """A matrix as figures between two units; one way is enough where both are alike."""

    def __init__(self, matrix: Matrix) -> None:
        self._indicator = matrix.indicator
        self._rows = matrix.values.index.tolist()
        self._columns = matrix.values.columns.tolist()
        values = matrix.values.to_numpy(dtype=np.float64)
        square = self._rows == self._columns
        self.symmetric = square and np.allclose(values, values.T, SAME, 0.0, equal_nan=True)
        apart = np.array(self._rows)[:, None] != np.array(self._columns)[None, :]
        counted = np.triu(apart) if self.symmetric else apart
        self._values = values
        self._counted = np.where(counted, values, np.nan)

    def holds(self, start: str, end: str) -> bool:
        """Whether it speaks of both units."""
        return start in self._rows and end in self._columns

    def value(self, start: str, end: str) -> float | None:
        """Return the figure from one unit to another, if there is one."""
        if not self.holds(start, end):
            return None
        return _finite(self._values[self._rows.index(start), self._columns.index(end)])

    def figure(self, state: State, start: str, end: str) -> Told:
        """Return the figure as it is told, and where it stands among all pairs."""
        names = state.names[Level.CITY]
        place = self._rows.index(start), self._columns.index(end)
        row, column = sorted(place) if self.symmetric else place
        figure = _figure(self._indicator, self.value(start, end))
        among = row * len(self._columns) + column
        standing = standing_of(self._counted.ravel(), among, self._indicator.better)
        figure["rank"] = _rank(standing)
        key = "report.place_between" if self.symmetric else "web_cards.from_to"
        figure["between"] = {
            "from": start,
            "to": end,
            "words": told(key, one=names[start], other=names[end]),
        }
        return figure


def road_figures(state: State, before: State | None, edge: int) -> list[Told]:
    """Return length and speed of a stretch of road."""
    record = state.region.manifest.tables["road_edges"]
    row = state.region.table("road_edges").iloc[edge]
    earlier = before.region.table("road_edges") if before is not None else None
    found = []
    for column, unit, decimals in (("km", "km", 2), ("kmh", "kmh", 0)):
        one = Indicator(
            key=f"web_cards.road_{column}",
            unit=unit,
            better=Better.NEITHER,
            nature=record.nature,
            grade=record.grade,
            sources=record.sources,
            decimals=decimals,
        )
        figure = _figure(one, row[column])
        if earlier is not None:
            figure["before"] = _finite(earlier[column].iloc[edge]) if edge < len(earlier) else None
        found.append(figure)
    return found
