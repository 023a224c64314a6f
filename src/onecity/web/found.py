"""All that is found of a state: who lives where, and what every strand finds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from onecity.core.errors import MissingError
from onecity.strands import residents
from onecity.strands.contract import Findings, Indicator, Level
from onecity.strands.residents import TABLES

from .state import State


def found_of(state: State) -> dict[str, Findings]:
    """Return who lives where, then what every strand finds, by key."""
    return {residents.KEY: residents_of(state), **state.all_findings()}


def residents_of(state: State) -> Findings:
    """Return who lives where."""
    return state.part(("found", "residents"), lambda: residents.residents(state.region))


def people_by_year(state: State) -> Mapping[Level, pd.DataFrame]:
    """Return published people by year, see `onecity.strands.residents.people_by_year`."""
    return state.part(("found", "years"), lambda: residents.people_by_year(state.region))


def indicator_of(state: State, findings: Findings, level: Level, key: str) -> Indicator:
    """Return what a figure is, trusted as far as it can be at its level."""
    if findings.strand != residents.KEY:
        return findings.indicators[key]
    return state.part(
        ("found", "trust", level), lambda: residents.indicators_at(state.region, level)
    )[key]


def codes_of(state: State, level: Level) -> pd.Index:
    """Return the codes of a level's units, in the order of their table."""
    return state.units[level].codes


def row_of(state: State, level: Level, code: str) -> int:
    """Return the row of a unit in its table.

    Raises
    ------
    MissingError
        If there is no such unit.
    """
    row = int(codes_of(state, level).get_indexer(pd.Index([code]))[0])
    if row < 0:
        raise MissingError("web_data.no_unit", level=level, given=code)
    return row


def outlines_of(state: State, level: Level) -> NDArray[Any]:
    """Return the outline of every unit of a level, in the order of `codes_of`."""
    match level:
        case Level.GROUP | Level.REGION:
            return state.part(("found", "outlines", level), lambda: _joined(state, level))
        case _:
            shapes: NDArray[Any] = state.region.table(TABLES[level]).geometry.to_numpy()
            return shapes


def _joined(state: State, level: Level) -> NDArray[Any]:
    """Return the outlines of groups, of their counties, or of the region, of its cities."""
    if level is Level.REGION:
        return np.array([state.region.table("cities").geometry.union_all()], dtype=object)
    counties = state.region.table("counties").set_index("county").geometry
    found = [counties.loc[members_of(state, code)].union_all() for code in codes_of(state, level)]
    return np.array(found, dtype=object)


def members_of(state: State, group: str) -> list[str]:
    """Return the codes of a group's counties."""
    table = state.region.table("groups")
    return [str(code) for code in table.loc[table["group"] == group, "county"]]
