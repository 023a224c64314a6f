"""Interventions: the things that can be done to a region's networks and borders.

Each is a small immutable value with a record that can be kept in a file. The region is
never changed: `Region.apply` makes a new one.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from math import isfinite
from typing import Any, ClassVar, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod
from shapely import LineString, Point

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence

from .facility_kinds import KINDS as FACILITY_KINDS
from .recognition import SERVICES
from .schema import CRS, FACILITIES, RECOGNITION, Kind

Lookup = Callable[[str], Any]
_GEOD = Geod(ellps="WGS84")


class Intervention(Protocol):
    """What `Region.apply` needs of an intervention."""

    kind: ClassVar[str]

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Return the tables that this changes, by name, changed; `table` gives the others."""

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values, `kind` included."""


def _record(intervention: Any) -> dict[str, Any]:
    return {"kind": intervention.kind, **asdict(intervention)}


def _checked_speed(kmh: float) -> float:
    if not (isfinite(kmh) and kmh > 0):
        raise InputError("region.speed_not_positive", given=kmh)
    return kmh


def _rows(edges: gpd.GeoDataFrame, wanted: tuple[int, ...]) -> np.ndarray:
    rows = np.asarray(wanted, dtype=np.int64)
    wrong = rows[(rows < 0) | (rows >= len(edges))]
    if len(wrong):
        raise MissingError("region.no_edge", given=int(wrong[0]), last=len(edges) - 1)
    return rows


@dataclass(frozen=True, slots=True)
class AddRoad:
    """A new road between two road nodes, as long as the straight line times `detour`."""

    tail: int
    head: int
    kmh: float
    detour: float = 1.0
    both_ways: bool = True
    road_class: str = "planned"
    name: str | None = None
    kind: ClassVar[str] = "add_road"

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Append one edge.

        Raises
        ------
        InputError
            If both ends are one node, or speed or detour is not a positive number.
        MissingError
            If there is no such node.
        """
        _checked_speed(self.kmh)
        if not (isfinite(self.detour) and self.detour >= 1):
            raise InputError("region.detour_below_one", given=self.detour)
        if self.tail == self.head:
            raise InputError("region.road_to_itself", given=self.tail)
        nodes, edges = table("road_nodes"), table("road_edges")
        for node in (self.tail, self.head):
            if not 0 <= node < len(nodes):
                raise MissingError("region.no_node", given=node, last=len(nodes) - 1)
        lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
        ends = [self.tail, self.head]
        km = _GEOD.line_length(lon[ends], lat[ends]) / 1000 * self.detour
        seconds = km / self.kmh * 3600
        row = {
            "edge": len(edges),
            "origin": None,
            "tail": self.tail,
            "head": self.head,
            "class": self.road_class,
            "km": km,
            "kmh": self.kmh,
            "seconds_forward": seconds,
            "seconds_backward": seconds if self.both_ways else np.nan,
            "lanes": np.nan,
            "bridge": False,
            "tunnel": False,
            "ferry": False,
            "name": self.name,
            "geometry": LineString(np.column_stack([lon[ends], lat[ends]])),
        }
        added = gpd.GeoDataFrame([row], geometry="geometry", crs=CRS)
        added = added[edges.columns].astype(edges.dtypes.to_dict())
        return {"road_edges": pd.concat([edges, added], ignore_index=True)}

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values."""
        return _record(self)


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Another speed on some road edges, in each direction that is open."""

    edges: tuple[int, ...]
    kmh: float
    kind: ClassVar[str] = "set_speed"

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Give the edges their new speed and times.

        Raises
        ------
        InputError
            If the speed is not a positive number.
        MissingError
            If there is no such edge.
        """
        kmh = _checked_speed(self.kmh)
        edges = table("road_edges")
        rows = _rows(edges, self.edges)
        seconds = edges["km"].to_numpy()[rows] / kmh * 3600
        changed = {"kmh": np.full(len(rows), kmh)}
        for name in ("seconds_forward", "seconds_backward"):
            closed = np.isnan(edges[name].to_numpy()[rows])
            changed[name] = np.where(closed, np.nan, seconds)
        return {"road_edges": _with_values(edges, rows, changed)}

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values."""
        return _record(self)


@dataclass(frozen=True, slots=True)
class CloseRoad:
    """Some road edges closed in both directions."""

    edges: tuple[int, ...]
    kind: ClassVar[str] = "close_road"

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Take the times away.

        Raises
        ------
        MissingError
            If there is no such edge.
        """
        edges = table("road_edges")
        rows = _rows(edges, self.edges)
        gone = np.full(len(rows), np.nan)
        return {
            "road_edges": _with_values(
                edges, rows, {"seconds_forward": gone, "seconds_backward": gone}
            )
        }

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values."""
        return _record(self)


def _with_values(
    table: gpd.GeoDataFrame, rows: np.ndarray, values: Mapping[str, np.ndarray]
) -> gpd.GeoDataFrame:
    columns = {}
    for name, new in values.items():
        column = table[name].to_numpy().copy()
        column[rows] = new
        columns[name] = column
    return table.assign(**columns)


PLANNED = "planned"
"""Since when a row of recognition holds that a scenario adds: after every day that is known."""


@dataclass(frozen=True, slots=True)
class OpenBorder:
    """One city recognises more, or less, of a service or right of another's people.

    Both ways, unless `both_ways` is off; `share` is 0 (closed) to 1 (as at home).
    """

    service: str
    from_city: str
    to_city: str
    share: float = 1.0
    both_ways: bool = True
    kind: ClassVar[str] = "open_border"

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Add to the table of recognition what holds from now on.

        Raises
        ------
        InputError
            If it is no service, both cities are one, or the share lies outside 0 to 1.
        MissingError
            If there is no such city.
        """
        if self.service not in SERVICES:
            raise InputError("region.no_service", given=self.service, known=", ".join(SERVICES))
        if not 0 <= self.share <= 1:
            raise InputError("region.share_outside", given=self.share)
        if self.from_city == self.to_city:
            raise InputError("region.border_within", given=self.from_city)
        cities = list(table("cities")["city"])
        for city in (self.from_city, self.to_city):
            if city not in cities:
                raise MissingError("region.no_city", given=city, known=", ".join(cities))
        ways = [(self.from_city, self.to_city), (self.to_city, self.from_city)]
        rows = [
            {
                "service": self.service,
                "from_city": start,
                "to_city": end,
                "share": float(self.share),
                "since": PLANNED,
                "document": None,
                "source": "scenario",
                "grade": "E",
                "note": None,
            }
            for start, end in ways[: 1 + self.both_ways]
        ]
        added = pd.DataFrame(rows, columns=[one.name for one in RECOGNITION.columns])
        try:
            known = table(RECOGNITION.name)
        except MissingError:  # the region has no such table: this begins it
            return {RECOGNITION.name: _typed(added)}
        keys = list(RECOGNITION.key)
        whole = pd.concat([_typed(known), _typed(added)], ignore_index=True)
        return {RECOGNITION.name: whole.drop_duplicates(keys, keep="last", ignore_index=True)}

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values."""
        return _record(self)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of recognition with the types that its columns have in files."""
    texts = [one.name for one in RECOGNITION.columns if one.name != "share"]
    return table.astype(dict.fromkeys(texts, "str") | {"share": np.float64})


@dataclass(frozen=True, slots=True)
class AddFacility:
    """A new facility at a point, of a kind of `onecity.region.facility_kinds`.

    It belongs to the county it lies in. Without a capacity it gets what a strand puts in for
    facilities that give none.
    """

    facility_kind: str
    lon: float
    lat: float
    capacity: float | None = None
    level: str | None = None
    name: str | None = None
    kind: ClassVar[str] = "add_facility"

    def change(self, table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Append one facility.

        Raises
        ------
        InputError
            If it is no kind of facility, the capacity is negative or no number, or the point lies
            in no county.
        """
        known = {one.key: one for one in FACILITY_KINDS}
        if self.facility_kind not in known:
            raise InputError(
                "region.no_facility_kind", given=self.facility_kind, known=", ".join(known)
            )
        if self.capacity is not None and not (isfinite(self.capacity) and self.capacity >= 0):
            raise InputError("region.bad_capacity", given=self.capacity)
        point = Point(self.lon, self.lat)
        counties = table("counties")
        inside = counties.geometry.intersects(point).to_numpy()
        if not inside.any():
            raise InputError("region.outside_counties", lon=self.lon, lat=self.lat)
        county = counties.iloc[int(inside.argmax())]
        try:
            before = table(FACILITIES.name)
        except MissingError:  # the region has no such table: this begins it
            before = None
        given = self.capacity is not None
        row = {
            "facility": f"{PLANNED}:{0 if before is None else len(before)}",
            "kind": self.facility_kind,
            "name_zh": self.name,
            "name_en": None,
            "county": county["county"],
            "city": county["city"],
            "lon": self.lon,
            "lat": self.lat,
            "capacity": np.nan if self.capacity is None else self.capacity,
            "capacity_unit": known[self.facility_kind].unit if given else None,
            "capacity_nature": "assumed" if given else None,
            "level": self.level,
            "opened": pd.NA,
            "source": "scenario",
            "grade": "E",
            "note": None,
            "geometry": point,
        }
        added = gpd.GeoDataFrame([row], geometry="geometry", crs=CRS)
        added = added.astype(_FACILITY_TYPES)[[one.name for one in FACILITIES.columns]]
        whole = (
            added
            if before is None
            else pd.concat([before.astype(_FACILITY_TYPES), added], ignore_index=True)
        )
        return {FACILITIES.name: whole}

    def as_record(self) -> Mapping[str, Any]:
        """Return the intervention as plain values."""
        return _record(self)


_FACILITY_TYPES = {
    one.name: {Kind.TEXT: "str", Kind.REAL: "float64", Kind.INTEGER: "Int64"}[one.kind]
    for one in FACILITIES.columns
    if one.kind is not Kind.POINT
}


KINDS: dict[str, type[Any]] = {
    one.kind: one for one in (AddRoad, SetSpeed, CloseRoad, OpenBorder, AddFacility)
}
"""Interventions by the word their records carry."""


MOST_SHOWN = 40
"""Characters of a wrong value that an error repeats."""


def from_record(record: Mapping[str, Any]) -> Intervention:
    """Return the intervention that a record describes; `as_record` the other way.

    Numbers become plain ones, so that equal interventions have equal records. Whether they make
    sense for a region is found when they are applied.

    Raises
    ------
    InputError
        If the kind is unknown, a field is missing, unknown or of another type; the value
        ``field`` of the error names it.
    """
    if not isinstance(record, Mapping):
        raise InputError("region.no_intervention", given=_shown(record))
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(
            "region.unknown_intervention", field="kind", given=_shown(kind), known=", ".join(KINDS)
        )
    known = {one.name: one for one in fields(KINDS[kind])}
    for name in record:
        if name != "kind" and name not in known:
            raise InputError(
                "region.intervention_extra", kind=kind, field=_shown(name), known=", ".join(known)
            )
    values = {}
    for name, one in known.items():
        if name in record:
            values[name] = _plain(kind, name, one.type, record[name])
        elif one.default is MISSING:
            raise InputError("region.intervention_lacks", kind=kind, field=name)
    made: Intervention = KINDS[kind](**values)
    return made


def _plain(kind: str, field: str, wanted: Any, given: Any) -> Any:
    """Return a value of a record as the type that its field has."""
    wrong = InputError(
        "region.intervention_field",
        kind=kind,
        field=field,
        given=_shown(given),
        expected=Sentence(f"region.expected_{_EXPECTED[wanted]}"),
    )
    if wanted == tuple[int, ...]:
        if not isinstance(given, list | tuple) or not all(map(_is_row, given)):
            raise wrong
        return tuple(int(one) for one in given)
    if wanted is int and _is_row(given):
        return int(given)
    if wanted in {float, float | None} and _is_number(given):
        return float(given)
    if wanted is bool and isinstance(given, bool | np.bool_):
        return bool(given)
    if wanted in {str, str | None} and isinstance(given, str) and _can_be_written(given):
        return given
    if wanted in {str | None, float | None} and given is None:
        return None
    raise wrong


_EXPECTED: dict[Any, str] = {
    tuple[int, ...]: "rows",
    int: "row",
    float: "number",
    bool: "flag",
    str: "text",
    str | None: "text_or_none",
    float | None: "number_or_none",
}


def _is_row(given: Any) -> bool:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    return whole and abs(int(given)) < 2**62


def _is_number(given: object) -> bool:
    if not isinstance(given, int | float | np.number) or isinstance(given, bool):
        return False
    try:
        return isfinite(given)
    except (OverflowError, TypeError):  # a whole number beyond all floats; a complex one
        return False


def _can_be_written(text: str) -> bool:
    """Whether a text has no half of a character, which JSON can hold and no file can."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(given: object) -> str:
    """Return a value short enough for a message."""
    text = ascii(given) if isinstance(given, str) and not _can_be_written(given) else str(given)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
