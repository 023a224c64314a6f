"""A scenario: named interventions on a region, as a value and as a file.

Interventions name road nodes and edges by their row, and rows mean something in one version of a
region alone. So a scenario also keeps where each end lies. On another version (more zones, newer
figures, roads read anew) every end and edge is looked for where it was: if it is there, within
`SAME_METRES`, the scenario means the same and its rows are set anew; if not, it is refused. What
lies about there instead is never taken silently.

The file is JSON; one from elsewhere is checked before anything is made of it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.region.interventions import (
    AddFacility,
    AddRoad,
    CloseRoad,
    Intervention,
    OpenBorder,
    SetSpeed,
    from_record,
)
from onecity.region.store import Region
from onecity.strands.units import Rows

from .snapping import Nodes, Point
from .strict import Fields, Value, parsed

FORMAT = "onecity-scenario"
VERSION = 1
"""Version of the file; a file states the one it was written in."""

MAX_BYTES = 8_000_000
MOST_INTERVENTIONS = 500
MOST_EDGES = 50_000
"""Road edges that the interventions of one scenario may name, all together."""
SLOWEST_KMH, FASTEST_KMH = 1.0, 400.0
LONGEST_DETOUR = 10.0
"""What a scenario from elsewhere may ask of a road."""

SAME_METRES = 50.0
"""A node this close to where one was stands for it on another version of a region."""
SAME_LENGTH = 0.1
"""An edge whose length differs by no more than this share may be the one that was meant."""

_TITLE, _AUTHOR, _NOTE = 200, 200, 10_000
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
# Names that Windows keeps for devices, whatever their ending.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{one}{n}" for one in ("com", "lpt") for n in range(10))}
_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_DIGITS = 7
"""Decimals of a degree that are kept: a centimetre."""


@dataclass(frozen=True, slots=True)
class Base:
    """The region a scenario was drawn on: its key, and the hash of its version."""

    region: str
    hash: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a road edge lies: its ends (longitude, latitude, tail first) and its length."""

    tail: Point
    head: Point
    km: float


@dataclass(frozen=True, slots=True)
class Applied:
    """A scenario on a region.

    Attributes
    ----------
    region
        With the interventions done.
    interventions
        As they were done: rows are those of this region.
    remarks
        What a reader has to know: that the region is another version, how far ends moved.
    """

    region: Region
    interventions: tuple[Intervention, ...]
    remarks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Interventions on a region, with a name; make one with `drawn` or `from_json`.

    Attributes
    ----------
    key
        Names it among others and in addresses: lower-case letters, digits and hyphens.
    title, note, author
        For readers.
    created
        Time in UTC, ISO 8601 (2025-03-01T08:00:00Z).
    base
        The region it was drawn on.
    interventions
        What is done, in order.
    places
        Where each intervention lies: for a new road one stretch, for others one for each edge;
        none for a border, which is named by its cities, and a facility, which names its point.
        Empty where that is not known; then it can be applied to `base` alone.
    """

    key: str
    title: str
    base: Base
    interventions: tuple[Intervention, ...]
    places: tuple[tuple[Stretch, ...], ...] = ()
    note: str = ""
    author: str = ""
    created: str = ""

    @classmethod
    def drawn(
        cls,
        region: Region,
        interventions: Iterable[Intervention],
        *,
        title: str,
        key: str | None = None,
        note: str = "",
        author: str = "",
        created: str | None = None,
    ) -> "Scenario":
        """Return a scenario drawn on a region, checked as one from elsewhere would be.

        Without a key it gets one of its own; without a time, it is now.

        Raises
        ------
        InputError, MissingError
            An intervention does not fit the region, or a text is too long or empty.
        """
        # By way of their records, so that numbers are plain ones.
        done = tuple(from_record(one.as_record()) for one in interventions)
        now = datetime.now(UTC).strftime(_TIME)
        made = cls(
            key=new_key() if key is None else key,
            title=title,
            base=Base(region.manifest.key, region.hash),
            interventions=done,
            places=_places(region, done),
            note=note,
            author=author,
            created=now if created is None else created,
        )
        return cls.from_json(made.to_json(), where="-")

    def to_json(self) -> str:
        """Return the scenario as the text of a file."""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "key": self.key,
            "title": self.title,
            "note": self.note,
            "author": self.author,
            "created": self.created,
            "base": {"region": self.base.region, "hash": self.base.hash},
            "interventions": [dict(one.as_record()) for one in self.interventions],
            "places": [
                [[*one.tail, *one.head, one.km] for one in stretches] for stretches in self.places
            ],
        }
        return f"{json.dumps(told, ensure_ascii=False, indent=1)}\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> "Scenario":
        """Read a scenario, from a file of whatever origin.

        Parameters
        ----------
        text
            The file's text, or its bytes in UTF-8.
        where
            What it is called, for errors.

        Raises
        ------
        InputError
            It is too large, no scenario, or a field is missing, unknown, of another type or out
            of range; the place is named, as in ``$.interventions[3].kmh``.
        """
        whole = parsed(text, where, MAX_BYTES).object()
        if whole["format"].given != FORMAT:
            whole["format"].wrong("format", format=FORMAT)
        if whole["version"].given != VERSION or whole["version"].given is True:
            whole["version"].wrong("version", version=VERSION)
        base = whole["base"].object()
        records = list(whole["interventions"].items(MOST_INTERVENTIONS))
        interventions = tuple(_intervention(one) for one in records)
        count = sum(len(_edges(one)) for one in interventions)
        if count > MOST_EDGES:
            whole["interventions"].wrong("fewer_edges", most=MOST_EDGES, count=count)
        given = whole.get("places")
        made = cls(
            key=checked_key(whole["key"]),
            title=whole["title"].text(_TITLE, least=1),
            note=_optional(whole.get("note"), _NOTE, lines=True),
            author=_optional(whole.get("author"), _AUTHOR),
            created=_time(whole["created"]),
            base=Base(base["region"].text(_TITLE, least=1), _hash(base["hash"])),
            interventions=interventions,
            places=() if given is None else _stretches(given, interventions),
        )
        base.done()
        whole.done()
        return made

    def applied(self, region: Region) -> Applied:
        """Return the scenario done on a region.

        On another version than the one it was drawn on, ends and edges are looked for where
        they were, see the module.

        Raises
        ------
        InputError
            The region is another version, and an end or an edge is not there any more, or its
            place is not known.
        InputError, MissingError
            An intervention does not fit the region.
        """
        if region.hash == self.base.hash:
            return Applied(region.apply(self.interventions), self.interventions, ())
        if len(self.places) != len(self.interventions):
            raise InputError("programme.other_version", title=self.title, given=region.hash[:12])
        nodes, done, moved = Nodes(region), region, 0.0
        interventions = []
        for number, (one, stretches) in enumerate(
            zip(self.interventions, self.places, strict=True), 1
        ):
            found, metres = _found_again(done, nodes, one, stretches, number)
            moved = max(moved, metres)
            interventions.append(found)
            done = done.apply([found])
        # Applied at once, so that the history is as if it had been drawn here.
        values = {"drawn": self.base.hash[:12], "given": region.hash[:12], "metres": moved}
        remark = Sentence("programme.found_again", values)
        return Applied(region.apply(interventions), tuple(interventions), (remark,))


def _places(
    region: Region, interventions: Sequence[Intervention]
) -> tuple[tuple[Stretch, ...], ...]:
    """Return where interventions lie; edges added by one may be meant by those after it."""
    places, done = [], region
    for one in interventions:
        nodes = region.table("road_nodes")
        lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
        after = done.apply([one])
        edges = after.table("road_edges")
        rows = [len(edges) - 1] if isinstance(one, AddRoad) else list(_edges(one))
        ends = edges[["tail", "head", "km"]].iloc[rows].itertuples(index=False)
        places.append(
            tuple(
                Stretch(_point(lon[tail], lat[tail]), _point(lon[head], lat[head]), round(km, 6))
                for tail, head, km in ends
            )
        )
        done = after
    return tuple(places)


def _edges(one: Intervention) -> tuple[int, ...]:
    return one.edges if isinstance(one, SetSpeed | CloseRoad) else ()


def _point(lon: float, lat: float) -> Point:
    return round(float(lon), _DIGITS), round(float(lat), _DIGITS)


# --- Found again on another version ------------------------------------------------------------


def _found_again(
    region: Region, nodes: Nodes, one: Intervention, stretches: tuple[Stretch, ...], number: int
) -> tuple[Intervention, float]:
    """Return an intervention with the rows that its places have now, and how far ends are off."""
    if isinstance(one, OpenBorder | AddFacility):  # by cities' codes, or a point, in every version
        return one, 0.0
    tails, tail_metres = nodes.nearest([stretch.tail for stretch in stretches])
    heads, head_metres = nodes.nearest([stretch.head for stretch in stretches])
    off = np.maximum(tail_metres, head_metres)
    far = np.flatnonzero(off > SAME_METRES)
    if len(far):
        lon, lat = _farther_end(stretches[far[0]], tail_metres[far[0]], head_metres[far[0]])
        values = {"metres": float(off[far[0]]), "most": SAME_METRES, "lon": lon, "lat": lat}
        raise InputError("programme.end_gone", number=number, **values)
    moved = float(off.max(initial=0.0))
    if isinstance(one, AddRoad):
        return replace(one, tail=int(tails[0]), head=int(heads[0])), moved
    if isinstance(one, SetSpeed | CloseRoad):
        rows = _edges_between(region.table("road_edges"), tails, heads, stretches, number)
        return replace(one, edges=rows), moved
    return one, moved


def _farther_end(stretch: Stretch, tail_metres: float, head_metres: float) -> Point:
    return stretch.tail if tail_metres > head_metres else stretch.head


def _edges_between(
    edges: pd.DataFrame,
    tails: Rows,
    heads: Rows,
    stretches: tuple[Stretch, ...],
    number: int,
) -> tuple[int, ...]:
    """Return for each stretch the edge that joins its ends and is as long."""
    ends = np.sort(edges[["tail", "head"]].to_numpy(dtype=np.int64), axis=1)
    size = 1 + max(int(one.max(initial=0)) for one in (ends, tails, heads))
    keys, km = ends[:, 0] * size + ends[:, 1], edges["km"].to_numpy(dtype=np.float64)
    order = np.argsort(keys, kind="stable")
    wanted = np.minimum(tails, heads) * size + np.maximum(tails, heads)
    first = np.searchsorted(keys[order], wanted, side="left")
    last = np.searchsorted(keys[order], wanted, side="right")
    found = []
    for stretch, start, end in zip(stretches, first, last, strict=True):
        rows = order[start:end]
        longer = np.abs(km[rows] - stretch.km)
        if not len(rows) or longer.min() > SAME_LENGTH * stretch.km + SAME_METRES / 1000:
            lon, lat = stretch.tail
            raise InputError("programme.edge_gone", number=number, lon=lon, lat=lat, km=stretch.km)
        found.append(int(rows[np.argmin(longer)]))
    return tuple(found)


# --- Read from a file --------------------------------------------------------------------------


def new_key() -> str:
    """Return a key that no other scenario has."""
    return str(uuid4())


def checked_key(given: Value) -> str:
    """Return a key that can stand in an address and be the name of a file."""
    key = given.given
    if not (isinstance(key, str) and _KEY.fullmatch(key)) or key in _DEVICES:
        given.wrong("key")
    return str(key)


def _optional(given: Value | None, most: int, *, lines: bool = False) -> str:
    return "" if given is None else given.text(most, lines=lines)


def _time(given: Value) -> str:
    text = given.text(len("2025-03-01T08:00:00Z"))
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC).strftime(_TIME)
    except ValueError:
        given.wrong("time")


def _hash(given: Value) -> str:
    if not (isinstance(given.given, str) and _HASH.fullmatch(given.given)):
        given.wrong("hash")
    return str(given.given)


def _intervention(given: Value) -> Intervention:
    """Return an intervention of a file: of known fields, their types and plausible values."""
    record = given.object()
    try:
        made = from_record(given.given)
    except InputError as error:
        name = error.values.get("field", "")
        raise InputError(
            "programme.file_intervention",
            where=given.where,
            place=f"{given.place}.{name}",
            reason=error,
        ) from error
    if isinstance(made, AddRoad | SetSpeed):
        record["kmh"].number(SLOWEST_KMH, FASTEST_KMH)
    if isinstance(made, AddRoad):
        _plausible_road(record, made)
    if isinstance(made, AddFacility):
        _plausible_facility(record)
    if isinstance(made, SetSpeed | CloseRoad) and min(made.edges, default=0) < 0:
        record["edges"].wrong("row")
    return made


def _plausible_facility(record: Fields) -> None:
    record["lon"].number(-180, 180)
    record["lat"].number(-90, 90)
    for text in (record.get("level"), record.get("name")):
        if text is not None and text.given is not None:
            text.text(_TITLE)


def _plausible_road(record: Fields, road: AddRoad) -> None:
    detour = record.get("detour")
    if detour is not None:
        detour.number(1.0, LONGEST_DETOUR)
    for name in ("tail", "head"):
        if getattr(road, name) < 0:
            record[name].wrong("row")
    if road.tail == road.head:
        record["head"].wrong("other_end")
    road_class, called = record.get("road_class"), record.get("name")
    if road_class is not None:
        road_class.text(_TITLE, least=1)
    if called is not None and called.given is not None:
        called.text(_TITLE)


def _stretches(
    given: Value, interventions: tuple[Intervention, ...]
) -> tuple[tuple[Stretch, ...], ...]:
    """Return where interventions lie, as many stretches as each has."""
    rows = list(given.items(MOST_INTERVENTIONS))
    if len(rows) != len(interventions):
        given.wrong("places", count=len(interventions))
    places = []
    for row, one in zip(rows, interventions, strict=True):
        found = list(row.items(MOST_EDGES))
        expected = 1 if isinstance(one, AddRoad) else len(_edges(one))
        if len(found) != expected:
            row.wrong("places", count=expected)
        places.append(tuple(_stretch(each) for each in found))
    return tuple(places)


def _stretch(given: Value) -> Stretch:
    parts = list(given.items(5))
    if len(parts) != 5:
        given.wrong("stretch")
    lon, lat, to_lon, to_lat, km = parts
    tail = lon.number(-180, 180), lat.number(-90, 90)
    head = to_lon.number(-180, 180), to_lat.number(-90, 90)
    return Stretch(tail, head, km.number(0, 50_000))
