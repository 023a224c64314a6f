"""Comparisons as one flat table: a row for each scenario and figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import nan

import numpy as np
import pandas as pd

from onecity.strands.contract import BorderShift, Indicator, Level, percent

from .comparison import Comparison, Difference, MatrixChange

FIGURE, BORDER = "figure", "border"
"""What a row tells: a figure of a unit or between two, or what a border costs."""
COUNTED = ("gain_people", "lose_people", "joined_people", "cut_people")
"""What other rows tell: residents of a unit who gain or lose by a figure, see `Balance`."""

COLUMNS = (
    "scenario",
    "title",
    "strand",
    "told",
    "level",
    "code",
    "to",
    "indicator",
    "unit",
    "before",
    "after",
    "change",
    "change_low",
    "change_high",
    "threshold",
    "interval_low",
    "interval_high",
    "found_low",
    "found_high",
    "found_p",
    "found_verdict",
    "nature",
    "grade",
    "sources",
)
SHOWN = (Level.REGION, Level.CITY)
_TEXTS = {
    *COLUMNS[: COLUMNS.index("unit") + 1],
    "found_verdict",
    "nature",
    "grade",
    "sources",
}


def side_by_side(
    comparisons: Sequence[Comparison], levels: Iterable[Level] = SHOWN
) -> pd.DataFrame:
    """Return several comparisons as one table, scenario after scenario.

    Parameters
    ----------
    comparisons
        With one region before.
    levels
        For which units figures are told.

    Returns
    -------
    One row for each scenario and figure, with `COLUMNS`. ``told`` says what the row tells:

    * ``figure``: ``before``, ``after`` and ``change`` of ``indicator`` for the unit ``code``, or
      from ``code`` to ``to``; ``change_low`` and ``change_high`` are the least and greatest change
      that the recipe's assumptions allow.
    * ``gain_people``, ``lose_people``, ``joined_people``, ``cut_people``: ``change`` holds the
      residents of ``code`` who gain or lose more than ``threshold`` by ``indicator``.
    * ``border``: percent of the border of ``code`` (with ``to``; the region has the code of the
      region), with the 95 % interval after; ``found_*`` is what measuring found before: range of
      the variants, how often a chance border is as bad, and the verdict.

    What a row does not tell is NaN, or None in columns of text. ``sources`` are keys joined by ;.
    """
    chosen = tuple(levels)
    parts = [
        part
        for comparison in comparisons
        for one in comparison.differences.values()
        for part in _parts(one, chosen, comparison)
    ]
    return pd.DataFrame({name: _column(name, parts) for name in COLUMNS})


def _column(name: str, parts: Sequence["_Part"]) -> pd.Series:
    """Return one column of all parts; made whole at once, since there are hundreds of parts."""
    nothing = None if name in _TEXTS else nan
    values = [value for part in parts for value in part.rows.get(name, repeat(nothing, part.count))]
    return pd.Series(values, dtype=object if name in _TEXTS else np.float64)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows: the columns they have, each as long as `count`."""

    count: int
    rows: Mapping[str, Iterable[object]]

    @classmethod
    def of(
        cls,
        told: Mapping[str, object],
        indicator: Indicator,
        level: Level,
        rows: Mapping[str, Sequence[object]],
    ) -> "_Part":
        """Return rows of which some columns differ and others are the same."""
        count = len(rows["code"])
        same = {
            "level": level.value,
            "indicator": indicator.key,
            "unit": indicator.unit,
            "nature": indicator.nature.value,
            "grade": indicator.grade.value,
            "sources": ";".join(indicator.sources),
            **told,
        }
        return cls(count, {**{name: [value] * count for name, value in same.items()}, **rows})


def _parts(one: Difference, levels: tuple[Level, ...], comparison: Comparison) -> Iterator[_Part]:
    """Yield the rows of one strand in one scenario."""
    named = {"scenario": comparison.key, "title": comparison.title, "strand": one.strand}
    for level in levels:
        for key in one.change[level].columns if level in one.change else ():
            yield _figures(named, one, level, key)
        for balance in one.balances.values():
            if level not in balance.tables:
                continue
            table = balance.tables[level]
            for column in COUNTED:
                told = {"told": column, "unit": "people", "threshold": balance.threshold}
                rows = {"code": table.index.tolist(), "change": table[column].tolist()}
                yield _Part.of({**named, **told}, balance.indicator, level, rows)
    for matrix in one.matrices:
        if matrix.level in levels:
            yield _between(named, matrix)
    for shift in one.borders:
        yield _border(named, shift, str(one.change[Level.REGION].index[0]))


def _figures(named: Mapping[str, str], one: Difference, level: Level, key: str) -> _Part:
    rows = {
        "code": one.change[level].index.tolist(),
        "before": one.before[level][key].tolist(),
        "after": one.after[level][key].tolist(),
        "change": one.change[level][key].tolist(),
    }
    ends = one.span(level, key)
    if ends is not None:
        rows |= {"change_low": ends[0].tolist(), "change_high": ends[1].tolist()}
    return _Part.of({**named, "told": FIGURE}, one.indicators[key], level, rows)


def _between(named: Mapping[str, str], matrix: MatrixChange) -> _Part:
    """Return the rows of figures between units, those of a unit and itself left out."""
    start, end = np.nonzero(~np.eye(len(matrix.after), dtype=bool))
    tables = {"before": matrix.before, "after": matrix.after, "change": matrix.change}
    rows = {
        "code": matrix.after.index[start].tolist(),
        "to": matrix.after.columns[end].tolist(),
        **{name: table.to_numpy()[start, end].tolist() for name, table in tables.items()},
    }
    return _Part.of({**named, "told": FIGURE}, matrix.indicator, matrix.level, rows)


def _border(named: Mapping[str, str], shift: BorderShift, region: str) -> _Part:
    first, second = (*shift.codes, None, None)[:2]
    low, high = (percent(end) for end in shift.after.interval)
    rows: dict[str, list[object]] = {
        "code": [first or region],
        "to": [second],
        "before": [shift.before.percent],
        "after": [shift.after.percent],
        "change": [shift.points],
        "interval_low": [low],
        "interval_high": [high],
    }
    if shift.found is not None:
        least, most = (percent(end) for end in shift.found.variants)
        chance = shift.found.chance
        rows |= {
            "found_low": [least],
            "found_high": [most],
            "found_p": [nan if chance is None else chance.p],
            "found_verdict": [shift.found.verdict.value],
        }
    level = Level.CITY if shift.codes else Level.REGION
    return _Part.of({**named, "told": BORDER}, shift.indicator, level, rows)
