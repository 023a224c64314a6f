"""The data-quality report of a region: what is missing, odd or weak, and what that touches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from onecity.core.severity import Severity
from onecity.core.words import Language, Sentence

from .check_services import service_faults
from .dead_ends import dead_ends_of, near_miss_m, near_misses_of, street_ends_of
from .geometry import km_of, on_sphere, row_containing
from .people import names_of
from .road_classes import holds_every_road
from .schema import TABLES
from .sources.flows import level_name
from .store import Region

FAR_KM = 5.0
"""A zone farther than this from any road node is badly served by the road data."""
FASTEST_KMH = 130.0
SLOWEST_KMH = 3.0
LONGEST_DETOUR = 5.0
DENSEST_PER_KM2 = 60_000.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a user of the region should know."""

    severity: Severity
    sentence: Sentence

    def text(self, language: Language) -> str:
        """Return the item in one language."""
        return self.sentence.text(language)


@dataclass(frozen=True, slots=True)
class Quality:
    """What `check` found.

    `items` are sorted, faults first. `cities` has one row for each city (index: code)
    with counties, zones, people, km_of_road, road_nodes, far_people_share (people in
    zones farther than `FAR_KM` from a road node) and people_grade. `tables` has one row
    for each table (index: name) with rows, nature, grade and sources.
    """

    items: tuple[Item, ...]
    cities: pd.DataFrame
    tables: pd.DataFrame

    @property
    def sound(self) -> bool:
        """Whether no fault was found."""
        return all(item.severity is not Severity.FAULT for item in self.items)


def check(region: Region) -> Quality:
    """Look a region over.

    Raises
    ------
    StoreError
        If a table cannot be read at all.
    """
    found = [item for look in _LOOKS for item in look(region)]
    order = list(Severity)
    found.sort(key=lambda item: order.index(item.severity))
    return Quality(tuple(found), _cities(region), _tables(region))


def _fault(key: str, **values: object) -> Item:
    return Item(Severity.FAULT, Sentence(f"check.{key}", values))


def _warning(key: str, **values: object) -> Item:
    return Item(Severity.WARNING, Sentence(f"check.{key}", values))


def _note(key: str, **values: object) -> Item:
    return Item(Severity.NOTE, Sentence(f"check.{key}", values))


def _files(region: Region) -> Iterator[Item]:
    if region.path is None:
        return
    for name, record in region.manifest.tables.items():
        file = region.path / f"{name}.parquet"
        if not file.is_file():
            yield _fault("file_missing", table=name, path=str(file))
        elif sha256(file.read_bytes()).hexdigest() != record.sha256:
            yield _fault("file_changed", table=name, path=str(file))


def _missing(region: Region) -> Iterator[Item]:
    for name, schema in TABLES.items():
        if schema.optional and not region.has(name):
            yield _note("no_table", table=name)


def _told_at_build(region: Region) -> Iterator[Item]:
    remarks = [*region.manifest.remarks]
    for record in region.manifest.tables.values():
        remarks += record.remarks
    # Two tables made together carry the same remark; it is told once.
    told = {(remark.key, str(remark.values)): remark for remark in remarks}
    for remark in told.values():
        yield Item(Severity.NOTE, remark)


def _people(region: Region) -> Iterator[Item]:
    zones, counties = region.table("zones"), region.table("counties")
    people = zones["people"].to_numpy()
    if not (np.isfinite(people).all() and (people >= 0).all()):
        yield _fault("people_negative", count=int((~(people >= 0)).sum()))
    empty = counties[counties["people"] <= 0]
    if len(empty):
        yield _fault("county_empty", counties=names_of(empty))
    density = people / np.maximum(zones["area_km2"].to_numpy(), 1e-9)
    dense = (density > DENSEST_PER_KM2) & (people > 1000)
    if dense.any():
        most = int(np.argmax(np.where(dense, density, 0)))
        yield _warning(
            "zones_dense",
            count=int(dense.sum()),
            limit=DENSEST_PER_KM2,
            zone=zones["zone"].iloc[most],
            given=float(density[most]),
        )
    census = region.table("census")
    totals = census[census["kind"] == "city_total"]
    kept = float(census.loc[census["kind"] != "city_total", "people"].sum())
    if kept and abs(people.sum() - kept) > 1e-6 * kept:
        yield _fault("people_lost", zones=float(people.sum()), units=kept)
    if len(totals):
        weak = totals[totals["grade"].isin(("C", "D", "E"))]
        if len(weak):
            yield _warning("weak_totals", units=names_of(weak))


def _land(region: Region) -> Iterator[Item]:
    counties = region.table("counties")
    zones = region.table("zones")
    by_county = zones.groupby("county")["area_km2"].sum().reindex(counties["county"])
    ratio = by_county.to_numpy() / counties["area_km2"].to_numpy()
    off = ~(np.abs(ratio - 1) < 0.01)
    for row in np.flatnonzero(off):
        yield _warning(
            "zones_leave_land",
            county=names_of(counties.iloc[[row]]),
            share=float(np.nan_to_num(ratio[row])),
        )
    shapes = counties.geometry.to_numpy()
    bad = ~shapely.is_valid(shapes)
    if bad.any():
        yield _fault("county_invalid", counties=names_of(counties[bad]))


def _roads(region: Region) -> Iterator[Item]:
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    _, _, metres = Geod(ellps="WGS84").inv(lon[tail], lat[tail], lon[head], lat[head])
    straight = np.asarray(metres) / 1000
    km, kmh = edges["km"].to_numpy(), edges["kmh"].to_numpy()
    # Positions may be rounded (100 m is common): only a clear shortfall is an error.
    short = km < 0.98 * straight - 0.2
    if short.any():
        yield _fault("edges_too_short", count=int(short.sum()), edge=int(np.argmax(short)))
    apart = (straight > 1) & (km > LONGEST_DETOUR * straight)
    if apart.any():
        yield _warning("edges_long", count=int(apart.sum()), edge=int(np.argmax(apart)))
    odd = (kmh > FASTEST_KMH) | (kmh < SLOWEST_KMH)
    odd &= ~edges["ferry"].to_numpy()
    if odd.any():
        yield _warning("edges_speed", count=int(odd.sum()), edge=int(np.argmax(odd)))
    yield from _pieces(len(nodes), edges, tail, head)
    yield from _dead_ends(region)


def _pieces(count: int, edges: pd.DataFrame, tail: np.ndarray, head: np.ndarray) -> Iterator[Item]:
    forward = edges["seconds_forward"].notna().to_numpy()
    backward = edges["seconds_backward"].notna().to_numpy()
    start = np.concatenate([tail[forward], head[backward]])
    end = np.concatenate([head[forward], tail[backward]])
    arcs = coo_array((np.ones(len(start)), (start, end)), shape=(count, count))
    pieces, of_node = connected_components(arcs, directed=True, connection="strong")
    largest = int(np.bincount(of_node).max(initial=0))
    if pieces > 1:
        yield _warning(
            "pieces", count=int(pieces), outside=count - largest, share=1 - largest / count
        )


def _dead_ends(region: Region) -> Iterator[Item]:
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    streets = holds_every_road(region)
    dead = street_ends_of(nodes, edges) if streets else dead_ends_of(nodes, edges)
    if dead.any():
        metres = near_miss_m(region)
        near = int(dead[near_misses_of(region, metres).node].sum())
        key = "street_ends" if streets else "dead_ends"
        yield _note(key, count=int(dead.sum()), near=near, metres=metres)


def _cover(region: Region) -> Iterator[Item]:
    zones = region.table("zones")
    far = _km_to_node(zones, region.table("road_nodes")) > FAR_KM
    people = zones["people"].to_numpy()
    if far.any():
        yield _warning(
            "far_zones",
            share=float(far.mean()),
            people=float(people[far].sum() / max(people.sum(), 1e-9)),
            km=FAR_KM,
        )


def _flows(region: Region) -> Iterator[Item]:
    """Look over flows that a recipe's reader has not seen, as those made by a program."""
    if not region.has("flows"):
        return
    flows = region.table("flows")
    wrong = flows[~(np.isfinite(flows["value"]) & (flows["value"] >= 0))]
    if len(wrong):
        first = dict(wrong.iloc[0][["origin", "destination"]])
        told: dict[str, object] = {
            "count": len(wrong),
            "given": float(wrong["value"].iloc[0]),
            **first,
        }
        yield _flow_fault("flows.bad_value", **told)
    for level, name in (("zone", "zones"), ("county", "counties"), ("city", "cities")):
        some = flows[flows["level"] == level]
        known = set(region.table(name)[level])
        lost = pd.concat([some[end][~some[end].isin(known)] for end in ("origin", "destination")])
        if len(lost):
            told = {"count": len(lost), "given": lost.iloc[0], "level": level_name(level)}
            yield _flow_fault("flows.bad_code", **told)
    for kind, units in flows.groupby("kind")["unit"].unique().items():
        if len(units) > 1:
            yield _flow_fault("flows.bad_units", kind=kind, given=", ".join(units))


def _services(region: Region) -> Iterator[Item]:
    for sentence in service_faults(region):
        yield Item(Severity.FAULT, sentence)


def _lines(region: Region) -> Iterator[Item]:
    """Look over lines of other networks that no reader has seen."""
    if not region.has("lines"):
        return
    table = region.table("lines")
    given = table["capacity"].to_numpy(np.float64)
    wrong = np.flatnonzero(~np.isnan(given) & ~(np.isfinite(given) & (given >= 0)))
    if len(wrong):
        line, capacity = table["line"].iloc[wrong[0]], float(given[wrong[0]])
        told = {"count": len(wrong), "line": line, "given": capacity}
        yield Item(Severity.FAULT, Sentence("networks.bad_capacity", told))
    loops = table.loc[table["tail"] == table["head"], "line"]
    if len(loops):
        told = {"count": len(loops), "line": loops.iloc[0]}
        yield Item(Severity.FAULT, Sentence("networks.bad_loop", told))


def _flow_fault(key: str, **values: object) -> Item:
    return Item(Severity.FAULT, Sentence(key, values))


def _inputs(region: Region) -> Iterator[Item]:
    """Name sources of grade C or worse: they weaken every figure made from them."""
    for source in region.manifest.sources.values():
        if source.grade.value in {"C", "D"}:
            yield _warning("weak_source", source=source, grade=source.grade)


_LOOKS: tuple[Callable[[Region], Iterator[Item]], ...] = (
    _files,
    _missing,
    _people,
    _land,
    _roads,
    _cover,
    _flows,
    _lines,
    _services,
    _inputs,
    _told_at_build,
)


def _km_to_node(zones: pd.DataFrame, nodes: pd.DataFrame) -> np.ndarray:
    """Return the great-circle distance from each zone's point to the nearest road node."""
    tree = cKDTree(on_sphere(nodes["lon"], nodes["lat"]))
    chord, _ = tree.query(on_sphere(zones["lon"], zones["lat"]))
    return km_of(chord)


def _cities(region: Region) -> pd.DataFrame:
    cities, zones = region.table("cities"), region.table("zones")
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    of_node = row_containing(nodes.geometry.to_numpy(), cities.geometry.to_numpy())
    # An edge counts where it begins; at the scale of a city the difference is small.
    of_edge = of_node[edges["tail"].to_numpy()]
    far = _km_to_node(zones, nodes) > FAR_KM
    people = zones["people"]
    table = pd.DataFrame({"name_zh": cities["name_zh"], "name_en": cities["name_en"]})
    table.index = pd.Index(cities["city"], name="city")
    by_city = zones.assign(far_people=people.where(far, 0)).groupby("city")
    table["counties"] = region.table("counties").groupby("city").size()
    table["zones"] = by_city.size()
    table["people"] = cities.set_index("city")["people"]
    table["people_grade"] = cities.set_index("city")["people_grade"]
    number = len(cities)
    km = edges["km"].to_numpy()
    table["km_of_road"] = np.bincount(of_edge[of_edge >= 0], km[of_edge >= 0], number)
    table["road_nodes"] = np.bincount(of_node[of_node >= 0], minlength=number)
    table["far_people_share"] = by_city["far_people"].sum() / by_city["people"].sum()
    return table


def _tables(region: Region) -> pd.DataFrame:
    records = region.manifest.tables
    return pd.DataFrame(
        {
            "rows": [record.rows for record in records.values()],
            "nature": [record.nature.value for record in records.values()],
            "grade": [record.grade.value for record in records.values()],
            "sources": [", ".join(record.sources) for record in records.values()],
        },
        index=pd.Index(list(records), name="table"),
    )
