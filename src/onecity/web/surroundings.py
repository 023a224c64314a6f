"""What lies around: neighbours of units, the places nearest to a point."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree

from onecity.region.geometry import on_sphere
from onecity.strands.border_lines import CLOSE
from onecity.strands.contract import Level
from onecity.strands.travel import straight_km

from .found import codes_of, outlines_of
from .map_layers import border_shapes
from .name_index import Thing
from .named_things import Gazetteer, Zones, gazetteer_of
from .state import State


def gazetteer(state: State) -> Gazetteer:
    """Return everything of a state that has a name or a code."""
    return state.part(
        ("surroundings", "gazetteer"), lambda: gazetteer_of(state.region, zones_at(state))
    )


def zones_at(state: State) -> Zones:
    """Return what tells in which zone, county and city a point lies."""
    return state.part(("surroundings", "zones"), lambda: Zones(state.region.table("zones")))


def neighbours(state: State, level: Level) -> Mapping[str, tuple[str, ...]]:
    """Return the codes of the units beside each county or city, in the order of their table.

    Cities are neighbours where they share a border (`onecity.strands.border_lines`), counties
    where they touch.
    """
    return state.part(("surroundings", "neighbours", level), lambda: _neighbours(state, level))


def _neighbours(state: State, level: Level) -> dict[str, tuple[str, ...]]:
    codes = [str(code) for code in codes_of(state, level)]
    if level is Level.CITY:
        lines = border_shapes(state)
        one = [codes.index(code) for code in lines["city_a"]]
        other = [codes.index(code) for code in lines["city_b"]]
        pairs = np.array([one + other, other + one], dtype=np.int64).reshape(2, -1)
    else:
        shapes = outlines_of(state, level)
        pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=CLOSE)
        pairs = pairs[:, pairs[0] != pairs[1]]
    found: dict[str, list[int]] = {code: [] for code in codes}
    for row, beside in pairs.T.tolist():
        found[codes[row]].append(beside)
    return {code: tuple(codes[row] for row in sorted(rows)) for code, rows in found.items()}


def counties_along(state: State, codes: tuple[str, str]) -> list[str]:
    """Return the counties that touch the border of two cities, in the order of their table."""
    lines, counties = border_shapes(state), state.region.table("counties")
    mine = (lines["city_a"] == codes[0]) & (lines["city_b"] == codes[1])
    line = lines.geometry[mine].union_all()
    near = shapely.dwithin(counties.geometry.to_numpy(), line, CLOSE)
    return [str(code) for code in counties["county"][near & counties["city"].isin(codes)]]


def nearest_places(state: State, lon: float, lat: float, most: int) -> list[tuple[Thing, float]]:
    """Return the nearest named places with their distance as the crow flies, km."""
    places, tree = state.part(("surroundings", "places"), lambda: _places(state))
    if tree is None:
        return []
    _, rows = tree.query(on_sphere([lon], [lat]), k=min(most, len(places)))
    near = [places[row] for row in np.atleast_1d(rows[0]).tolist()]
    here = np.full(len(near), lon), np.full(len(near), lat)
    there = (np.array([one.at[axis] for one in near]) for axis in (0, 1))
    km = straight_km(*here, *there)
    order = np.argsort(km, kind="stable")
    return [(near[row], float(km[row])) for row in order]


def _places(state: State) -> tuple[Sequence[Thing], cKDTree | None]:
    places = [one for one in gazetteer(state).things if one.kind == "place"]
    if not places:
        return (), None
    lon, lat = zip(*(one.at for one in places), strict=True)
    return places, cKDTree(on_sphere(lon, lat))


def places_in(state: State, kind: str, code: str, sorts: Sequence[str]) -> list[Thing]:
    """Return the places of some sorts that lie in a county or city."""
    known = gazetteer(state)
    several = state.part(
        ("surroundings", "sorts", tuple(sorts)),
        lambda: [one for one in known.things if one.kind == "place" and one.sort in sorts],
    )
    return [
        one for one in several if any((up.kind, up.code) == (kind, code) for up in known.above(one))
    ]
