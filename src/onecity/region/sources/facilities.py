"""Facilities (schools, hospitals, ...) from a table, a vector file or an OpenStreetMap extract."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.errors import InputError, MissingError
from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature
from onecity.region.capacity import UNITS
from onecity.region.facility_kinds import KEYS, WIDE, kind_of_land
from onecity.region.schema import CRS, FACILITIES

from .coordinates import to_wgs84
from .facility_places import NEAR_KM, Land
from .facility_tags import read_tagged
from .reading import Flags, Objects, ReadReport, Reals, Remark
from .tables import Table, read_table
from .vector import read_vectors

COLUMNS = tuple(column.name for column in FACILITIES.columns if column.name != "geometry")
EARLIEST, LATEST = 1000, 2100
_TABLES = {".csv", ".gz", ".txt", ".tsv", ".parquet", ".pq"}
_NAMED = 10
"""How many rows a remark names."""

Outside = Literal["refuse", "leave_out"]


@dataclass(frozen=True, slots=True)
class FacilitiesRead:
    """Facilities: `table` in the schema FACILITIES, in the order of the file."""

    table: gpd.GeoDataFrame
    report: ReadReport


@dataclass(frozen=True, slots=True)
class Given:
    """What holds for all rows of a file that do not say otherwise.

    Attributes
    ----------
    source, grade, nature
        Where they were read, how far that is verified, and how capacities came to be.
    kind
        What all of them are.
    kinds
        Words of the file to kinds of ours (`onecity.region.facility_kinds`).
    only
        Kinds that are wanted; empty for all. Others are left out and counted.
    outside, unknown
        What to do with rows outside the region, and with rows whose kind is not known.
    """

    source: str
    grade: Grade
    nature: Nature = Nature.OBSERVED
    kind: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] = ()
    outside: Outside = "refuse"
    unknown: Outside = "refuse"


def read_facilities(
    path: str | os.PathLike[str],
    columns: Mapping[str, str] | None = None,
    *,
    land: Land,
    given: Given,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    progress: Progress = SILENCE,
) -> FacilitiesRead:
    """Read facilities.

    A table (CSV, Parquet) needs ``lon`` and ``lat``; a vector file (GeoJSON, GeoPackage,
    Shapefile) has a geometry, of which a point inside is taken; an extract (``.osm.pbf``) has
    tags, and what lies outside the region is always left out. All other columns of the schema
    may be there; ``kind`` holds our words, words of `given`, or codes of GB/T 50137.

    Raises
    ------
    MissingError
        If the file or a needed column is not there.
    InputError
        With file, row and column: a kind, unit, grade, county or city that is not known, a
        number below zero, a capacity without unit, half a position, an identifier twice, or a
        place outside the region; or no row left.
    """
    _check_words(given)
    from_osm = str(path).lower().endswith((".pbf", ".osm"))
    if from_osm:
        tagged = read_tagged(path, progress=progress)
        table = Table(tagged.path, tagged.frame, {}, 1)
    else:
        table = _table(path, dict(columns or {}), layer, crs, encoding)
    kind, strange, wide = _kinds(table, given)
    lon, lat, placed = _positions(table, "EPSG:4326" if from_osm else crs or "EPSG:4326")
    kept = placed & ~strange
    unwanted = kept & ~np.isin(kind.astype(str), list(given.only) if given.only else KEYS)
    kept &= ~unwanted
    county, elsewhere = _county(table, land, lon, lat)
    outside = kept & pd.isna(county)
    if outside.any() and given.outside == "refuse" and not from_osm:
        at = int(outside.argmax())
        where = {"lon": float(lon[at]), "lat": float(lat[at]), "count": int(outside.sum())}
        table.fail("facilities.outside", "lon", at, **where, km=NEAR_KM)
    kept &= ~outside
    dropped = [
        _told(table, "facilities.left_without_position", ~placed),
        _told(table, "facilities.left_unknown", placed & strange),
        _told(table, "facilities.left_unwanted", unwanted),
        _told(table, "facilities.left_outside", outside),
    ]
    if not kept.any():
        raise InputError("facilities.none_left", path=table.path, seen=len(table))
    frame = _frame(table, given, kind, county, land, kept)
    _check_doubles(table, frame, kept)
    frame["lon"], frame["lat"] = lon, lat
    noted = [
        _told(table, "facilities.wide_code", kept & wide),
        _told(table, "facilities.without_capacity", kept & frame["capacity"].isna().to_numpy()),
        _told(table, "facilities.other_county", kept & elsewhere),
        _told(table, "facilities.abroad", kept & _abroad(frame, land)),
    ]
    shapes = gpd.GeoSeries(shapely.points(lon[kept], lat[kept]), crs=CRS)
    whole = gpd.GeoDataFrame(frame.loc[kept].reset_index(drop=True), geometry=shapes, crs=CRS)
    report = ReadReport(
        table.path,
        len(table),
        len(whole),
        tuple(one for one in dropped if one is not None),
        tuple(one for one in noted if one is not None),
    )
    return FacilitiesRead(whole.loc[:, [*COLUMNS, "geometry"]], report)


def join_facilities(found: Sequence[FacilitiesRead]) -> FacilitiesRead:
    """Return the facilities of several files as one table.

    Raises
    ------
    InputError
        An identifier that two files give.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    twice = table.duplicated("facility").to_numpy()
    if twice.any():
        given = table["facility"].iloc[int(twice.argmax())]
        paths = ", ".join(one.report.path for one in found)
        raise InputError("facilities.twice_files", path=paths, given=given)
    report = ReadReport(
        ", ".join(one.report.path for one in found),
        seen=sum(one.report.seen for one in found),
        kept=len(table),
        dropped=tuple(remark for one in found for remark in one.report.dropped),
        noted=tuple(remark for one in found for remark in one.report.noted),
    )
    return FacilitiesRead(gpd.GeoDataFrame(table, geometry="geometry", crs=CRS), report)


def _check_words(given: Given) -> None:
    words = [*given.kinds.values(), *given.only, *([given.kind] if given.kind else [])]
    for word in words:
        if word not in KEYS:
            raise InputError("facilities.kind_not_ours", given=word, known=", ".join(KEYS))


def _table(
    path: str | os.PathLike[str],
    columns: dict[str, str],
    layer: str | None,
    crs: str | None,
    encoding: str | None,
) -> Table:
    """Return the records of a table or vector file, positions among them."""
    if Path(path).suffix.lower() in _TABLES:
        return read_table(path, columns, known=COLUMNS, encoding=encoding)
    for name in columns:
        if name not in COLUMNS:
            raise InputError("sources.mapping_unknown", given=name, known=", ".join(COLUMNS))
    read = read_vectors(path, layer=layer, crs=crs, encoding=encoding, columns=columns.values())
    inside = read.frame.geometry.representative_point()
    frame = pd.DataFrame(read.frame.drop(columns=read.frame.geometry.name))
    frame = frame.drop(columns=[one for one in ("lon", "lat") if one in frame.columns])
    columns = {name: own for name, own in columns.items() if name not in ("lon", "lat")}
    return Table(read.path, frame.assign(lon=inside.x, lat=inside.y), columns, 1)


def _positions(table: Table, crs: object) -> tuple[Reals, Reals, Flags]:
    x, y = table.numbers("lon", required=False), table.numbers("lat", required=False)
    half = np.isnan(x) != np.isnan(y)
    if half.any():
        at = int(half.argmax())
        table.fail("sources.cell_empty", "lon" if np.isnan(x[at]) else "lat", at)
    placed = ~np.isnan(x)
    if not placed.any():
        raise InputError("sources.no_positions", path=table.path, seen=len(table))
    # A vector file was turned into WGS-84 when it was read.
    system = crs if Path(table.path).suffix.lower() in _TABLES else CRS
    try:
        lon, lat = to_wgs84(x, y, system)
    except InputError as error:
        raise InputError("sources.positions_wrong", path=table.path, reason=error) from error
    return lon, lat, placed


def _kinds(table: Table, given: Given) -> tuple[Objects, Flags, Flags]:
    """Return each row's kind, whether it is not known, and whether its class of land is wide."""
    if not table.has("kind") and given.kind is None:
        raise MissingError(
            "facilities.kind_not_stated", path=table.path, column=table.named("kind")
        )
    words = table.texts("kind") if table.has("kind") else np.full(len(table), None, object)
    words[pd.isna(words)] = given.kind
    meant: dict[Any, str | None] = {
        word: given.kinds.get(word) or (word if word in KEYS else kind_of_land(word))
        for word in set(words.tolist())
        if word is not None
    }
    kinds = np.array([meant.get(word) for word in words], dtype=object)
    strange: Flags = pd.isna(kinds)
    if strange.any() and given.unknown == "refuse":
        at = int(strange.argmax())
        key = "sources.cell_empty" if words[at] is None else "facilities.unknown_kind"
        table.fail(
            key, "kind" if table.has("kind") else "facility", at,
            known=", ".join(KEYS), count=int(strange.sum()),
        )  # fmt: skip
    wide = np.array([str(word).strip().upper() in WIDE for word in words], dtype=np.bool_)
    return kinds, strange, wide & ~np.isin(words.astype(str), list(given.kinds))


def _county(table: Table, land: Land, lon: Reals, lat: Reals) -> tuple[Objects, Flags]:
    """Return the county each row names, else stands in; and which name another than that."""
    found = land.county_at(lon, lat)
    if not table.has("county"):
        return found, np.zeros(len(found), dtype=np.bool_)
    named = table.texts("county")
    # What lies outside the region belongs to counties that it does not know.
    wrong = ~pd.isna(named) & ~pd.isna(found) & ~np.isin(named.astype(str), list(land.city_of))
    if wrong.any():
        table.fail("facilities.unknown_county", "county", wrong.argmax())
    # A named county is believed as long as the place is in the region at all.
    silent = pd.isna(named) | pd.isna(found)
    return np.where(silent, found, named), ~silent & (named != found)


def _frame(
    table: Table, given: Given, kind: Objects, county: Objects, land: Land, kept: Flags
) -> pd.DataFrame:
    """Return the columns of the schema but for positions; cells of rows `kept` are checked."""
    nothing = np.full(len(table), None, object)
    text = {name: table.texts(name) if table.has(name) else nothing.copy() for name in _TEXTS}
    known: dict[str, Collection[str]] = {
        "capacity_unit": UNITS,
        "capacity_nature": tuple(Nature),
        "grade": tuple(Grade),
        "city": tuple(dict.fromkeys(land.city_of.values())),
    }
    for name, words in known.items():
        wrong = kept & ~pd.isna(text[name]) & ~np.isin(text[name].astype(str), list(words))
        if wrong.any():
            key = "facilities.unknown_city" if name == "city" else "sources.cell_unknown_word"
            table.fail(key, name, wrong.argmax(), known=", ".join(words))
    capacity = np.full(len(table), np.nan)
    if table.has("capacity"):
        capacity = table.numbers("capacity", required=False, minimum=0.0)
    there = ~np.isnan(capacity)
    lone = there & pd.isna(text["capacity_unit"])
    if lone.any():
        table.fail("facilities.no_unit", "capacity", lone.argmax(), known=", ".join(UNITS))
    nature = text["capacity_nature"]
    nature[there & pd.isna(nature)] = given.nature.value
    nature[~there] = None
    text["capacity_unit"][~there] = None
    for name, value in (("source", given.source), ("grade", given.grade.value)):
        text[name][pd.isna(text[name])] = value
    city = np.array([land.city_of.get(one) for one in county], dtype=object)
    text["city"] = np.where(pd.isna(text["city"]), city, text["city"])
    stem = Path(table.path).name.partition(".")[0]
    made = np.array([f"{stem}:{table.row(at)}" for at in range(len(table))], dtype=object)
    text["facility"] = np.where(pd.isna(text["facility"]), made, text["facility"])
    frame = pd.DataFrame({name: pd.Series(one, dtype="str") for name, one in text.items()})
    return frame.assign(
        kind=pd.Series(kind, dtype="str"),
        county=pd.Series(county, dtype="str"),
        capacity=capacity,
        opened=_years(table),
    )


_TEXTS = (
    "facility",
    "name_zh",
    "name_en",
    "city",
    "capacity_unit",
    "capacity_nature",
    "level",
    "source",
    "grade",
    "note",
)


def _years(table: Table) -> "pd.Series[Any]":
    if not table.has("opened"):
        return pd.Series([pd.NA] * len(table), dtype="Int64")
    years = table.numbers("opened", required=False)
    wrong = ~np.isnan(years) & ~((years == np.round(years)) & (years >= EARLIEST))
    wrong |= years > LATEST
    if wrong.any():
        table.fail("facilities.no_year", "opened", wrong.argmax())
    return pd.Series([pd.NA if np.isnan(one) else int(one) for one in years], dtype="Int64")


def _check_doubles(table: Table, frame: pd.DataFrame, kept: Flags) -> None:
    twice = frame["facility"].where(kept).duplicated().to_numpy() & kept
    if twice.any():
        at = int(twice.argmax())
        first = int((frame["facility"] == frame["facility"].iloc[at]).to_numpy().argmax())
        table.fail("facilities.twice", "facility", at, first=table.row(first))


def _abroad(frame: pd.DataFrame, land: Land) -> Flags:
    """Return which facilities belong to another city than the one they stand in."""
    at_home = frame["county"].map(land.city_of)
    return np.asarray((frame["city"] != at_home) & at_home.notna(), dtype=np.bool_)


def _told(table: Table, key: str, rows: Flags) -> Remark | None:
    """Return a remark that counts rows and names the first of them, None where there are none."""
    which = np.flatnonzero(rows)
    if not len(which):
        return None
    listed = ", ".join(str(table.row(at)) for at in which[:_NAMED])
    more = ", …" if len(which) > _NAMED else ""
    return Remark(key, len(which), {"rows": listed + more, "path": Path(table.path).name})
