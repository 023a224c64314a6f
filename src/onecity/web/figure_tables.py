"""All figures of a level as one table, to keep: heads in both languages, with what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.words import LANGUAGES
from onecity.report.borders import flat
from onecity.report.names import role_of
from onecity.report.tidy import column_name
from onecity.strands import strands
from onecity.strands.bounds import bounds
from onecity.strands.contract import Findings, Indicator, Level

from .found import codes_of, found_of, indicator_of, outlines_of
from .indicators import unit_told
from .map_layers import BORDER, border_shapes
from .state import State
from .words import told

_BORDER_COLUMNS = (
    *("city_a", "city_b", "name_zh", "name_en", "strand", "title_zh", "title_en", "percent"),
    *("interval_low", "interval_high", "variants_low", "variants_high", "placebo_p"),
    *("verdict_zh", "verdict_en", "permeability", "pairs", "nature", "grade", "sources"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """What a column is: its name for programs and for people, the figure it holds if any."""

    name: str
    words: Mapping[str, str]
    indicator: Indicator | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table of figures, a row for each unit, with the unit's outline.

    `rows` has the columns that `heads` describe, in their order; `shapes` is as long.
    `indicators` says what the figures are.
    """

    state: State
    level: str
    heads: tuple[Head, ...]
    rows: pd.DataFrame
    shapes: NDArray[Any]
    indicators: tuple[Indicator, ...]

    @property
    def level_words(self) -> dict[str, str]:
        """What its units are called."""
        if self.level == BORDER:
            return told("web_data.level_border")
        return {language: Level(self.level).text(language) for language in LANGUAGES}

    @property
    def title(self) -> dict[str, str]:
        """What the table is called."""
        return told(
            "web_data.figures_of", region=self.state.region.manifest, level=self.level_words
        )


def figure_table(state: State, level: str) -> FigureTable:
    """Return all figures of a level: zone, county, city, group, region or border."""
    return _borders(state) if level == BORDER else _units(state, Level(level))


def _units(state: State, level: Level) -> FigureTable:
    codes = codes_of(state, level)
    columns = _names(state, level)
    heads = [Head(name, told(f"web_data.{name}")) for name in columns]
    indicators: dict[str, Indicator] = {}
    for findings in found_of(state).values():
        table = findings.tables.get(level)
        for key in () if table is None else table.columns:
            one = indicators[key] = indicator_of(state, findings, level, key)
            for word, values in _with_range(findings, level, key, codes).items():
                head = _head(one, word)
                heads.append(head)
                columns[head.name] = values
    rows = pd.DataFrame(columns, index=pd.RangeIndex(len(codes)))
    outlines = outlines_of(state, level)
    return FigureTable(state, level.value, tuple(heads), rows, outlines, tuple(indicators.values()))


def _with_range(
    findings: Findings, level: Level, key: str, codes: pd.Index
) -> dict[str, NDArray[np.float64]]:
    """Return a figure, and its range where it has one: some hang on no assumption."""
    values = findings.tables[level][key].reindex(codes).to_numpy(dtype=np.float64)
    ends = bounds(findings, level, key)
    if ends is None:
        return {"": values}
    low, high = (end.reindex(codes).to_numpy(dtype=np.float64) for end in ends)
    if all(np.array_equal(end, values, equal_nan=True) for end in (low, high)):
        return {"": values}
    return {"": values, "low": low, "high": high}


def _head(one: Indicator, word: str) -> Head:
    unit, name = unit_told(one.unit), column_name(one.key)
    title = told("web_data.of_unit", title=one, unit={part: unit[part] for part in LANGUAGES})
    if not word:
        return Head(name, title, one)
    return Head(f"{name}_{word}", told(f"web_data.{word}_of", title=title), one)


def _names(state: State, level: Level) -> dict[str, Any]:
    """Return the columns that say which unit a row is about."""
    codes, names = codes_of(state, level), state.names[level]
    columns: dict[str, Any] = {
        "code": [str(code) for code in codes],
        "name_zh": [names[code].zh for code in codes],
        "name_en": [names[code].en for code in codes],
    }
    match level:
        case Level.ZONE:
            zones = state.region.table("zones")
            columns |= {name: zones[name].to_numpy() for name in ("county", "city", "lon", "lat")}
        case Level.COUNTY:
            columns["city"] = state.region.table("counties")["city"].to_numpy()
        case Level.GROUP if len(codes):
            groups = state.region.table("groups").drop_duplicates("group").set_index("group")
            roles = groups["role"].loc[codes]
            columns["role_zh"] = [role_of(role, "zh") for role in roles]
            columns["role_en"] = [role_of(role, "en") for role in roles]
    return columns


def _borders(state: State) -> FigureTable:
    """Return the border effects of every strand, a row for each strand and two cities."""
    cities = state.names[Level.CITY]
    found = [one for key in strands() for one in state.findings(key).borders if len(one.codes) == 2]
    rows = flat(found, cities) if found else pd.DataFrame(columns=list(_BORDER_COLUMNS))
    lines = border_shapes(state).set_index(["city_a", "city_b"]).geometry
    pairs = pd.MultiIndex.from_frame(rows[["city_a", "city_b"]])
    indicators = {one.indicator.key: one.indicator for one in found}
    first = next(iter(indicators.values()), None)
    return FigureTable(
        state,
        BORDER,
        tuple(
            Head(name, told(f"web_data.{name}"), first if name == "percent" else None)
            for name in _BORDER_COLUMNS
        ),
        rows[list(_BORDER_COLUMNS)].reset_index(drop=True),
        lines.reindex(pairs).to_numpy(),
        tuple(indicators.values()),
    )
