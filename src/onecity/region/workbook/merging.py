"""A checked workbook into a region: a new region with new and longer tables.

What becomes of each sheet:

* **cities**: English names and centres that differ replace those of the region. A group named
  in the sheet replaces the group of that name; others stay.
* **counties**: English names that differ replace those of the region.
* **people**, census rows: all census units of each city named are replaced by the rows given,
  and the people of its zones are modelled anew from them, totals kept exactly. Zones,
  counties and cities of other cities keep their figures to the last bit.
* **people**, yearly rows: go to ``population_years``; no zone changes.
* **facilities**, **recognition**, **industries**, **undertakings**: go to the tables of these
  names.

A row whose key is in a table already replaces the row there. Chinese names, and which city a
county belongs to, are checked and never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature, Source, worst_grade
from onecity.core.words import LANGUAGES, Sentence, say
from onecity.region.interventions import Lookup
from onecity.region.manifest import TableRecord
from onecity.region.people import CITY_TOTAL, REMAINDER, People, model_points, people_of
from onecity.region.schema import CRS, TABLES, Kind
from onecity.region.store import Region
from onecity.region.validation import check_table

from .intake import Intake

CNY_IN_TEN_THOUSAND = 10_000.0
_TYPES = {Kind.TEXT: "str", Kind.REAL: "float64", Kind.INTEGER: "int64"}
_Columns = dict[str, Any]


def merge(region: Region, intake: Intake) -> Region:
    """Return the region with a workbook's rows in it; the given one stays as it is.

    The result is in memory: `Region.write` puts it into a folder, whole or not at all. Write
    it beside the old folder and the import can be undone by keeping that one.

    Raises
    ------
    InputError
        If the workbook has faults, was checked against another region or state of it, or
        its census cannot be modelled.
    """
    if not intake.sound:
        raise InputError("workbook.not_sound", path=intake.path, count=len(intake.faults))
    if intake.region_hash != region.hash:
        raise InputError("workbook.other_region", path=intake.path)
    work = _Merge(region, intake)
    work.cities()
    work.counties()
    work.people()
    work.facilities()
    work.recognition()
    work.industries()
    work.undertakings()
    return work.result()


@dataclass(frozen=True, slots=True)
class _Imported:
    """The tables of a workbook as one change of a region, with its record."""

    tables: Mapping[str, pd.DataFrame]
    record: Mapping[str, Any]
    kind: ClassVar[str] = "import_workbook"

    def change(self, _table: Lookup) -> Mapping[str, pd.DataFrame]:
        """Return the changed tables."""
        return self.tables

    def as_record(self) -> Mapping[str, Any]:
        """Return what the history says of the workbook."""
        return {"kind": self.kind, **self.record}


@dataclass(slots=True)
class _Merge:
    """The tables as they change, and what the manifest will say of them."""

    region: Region
    intake: Intake
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    records: dict[str, TableRecord] = field(default_factory=dict)
    grades: list[Grade] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    census_cities: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Key of the workbook among the region's sources."""
        return f"workbook-{self.intake.sha256[:12]}"

    def frame(self, sheet: str) -> pd.DataFrame:
        """Return the rows of a sheet; none if the workbook lacks it."""
        return self.intake.frames.get(sheet, pd.DataFrame())

    def table(self, name: str) -> Any:
        """Return a table as it is now."""
        return self.tables[name] if name in self.tables else self.region.table(name)

    def change(
        self,
        name: str,
        table: pd.DataFrame,
        grades: list[Grade],
        *,
        nature: Nature = Nature.OBSERVED,
        remarks: tuple[Sentence, ...] | None = None,
    ) -> None:
        """Keep a changed or new table; a table that exists keeps its sources and nature."""
        check_table(table, TABLES[name])
        known = self.records.get(name) or self.region.manifest.tables.get(name)
        sources = known.sources if known else ()
        self.tables[name] = table
        self.records[name] = TableRecord(
            rows=len(table),
            sha256="",
            sources=tuple(dict.fromkeys((*sources, self.key))),
            nature=known.nature if known else nature,
            grade=worst_grade([*grades, *([known.grade] if known else [])]),
            remarks=(known.remarks if known else ()) if remarks is None else remarks,
        )
        self.grades += grades

    def upsert(self, name: str, rows: _Columns, grades: list[Grade]) -> None:
        """Add rows to an optional table; a row with a key that is there replaces that row."""
        schema = TABLES[name]
        new = _typed(name, rows)
        if self.region.has(name):
            old = self.table(name)
            same = pd.MultiIndex.from_frame(old[list(schema.key)]).isin(
                pd.MultiIndex.from_frame(new[list(schema.key)])
            )
            new = pd.concat([old[~same], new], ignore_index=True)
        self.change(name, new, grades)

    # --- Units ---

    def cities(self) -> None:
        """Take English names and centres of cities, and groups whole."""
        frame = self.frame("cities")
        if frame.empty:
            return
        given = frame[frame["kind"] == "city"]
        self._mend("cities", "city", given, ("name_en", "lon", "lat"))
        self._groups(frame[frame["kind"] == "group"])

    def counties(self) -> None:
        """Take English names of counties."""
        self._mend("counties", "county", self.frame("counties"), ("name_en",))

    def _mend(self, name: str, key: str, given: pd.DataFrame, columns: tuple[str, ...]) -> None:
        """Replace cells that are given and differ."""
        if given.empty:
            return
        table = self.table(name)
        place = {code: at for at, code in enumerate(table[key])}
        changed: dict[str, np.ndarray] = {}
        for column in columns:
            values = table[column].to_numpy(copy=True)
            for code, value in zip(given["code"], given[column], strict=True):
                at = place[code]
                if value is not None and value != values[at]:
                    values[at] = value
                    changed[column] = values
        if changed:
            grades = [Grade(one) for one in given.get("grade", pd.Series()).dropna()]
            for column, values in changed.items():
                kind = next(c.kind for c in TABLES[name].columns if c.name == column)
                table = table.assign(**{column: pd.Series(values, table.index, _TYPES[kind])})
            self.change(name, table, grades)

    def _groups(self, given: pd.DataFrame) -> None:
        if given.empty:
            return
        counties = self.region.table("counties")
        of_city = counties.groupby("city")["county"].apply(list).to_dict()
        own = set(counties["county"])
        rows: list[dict[str, Any]] = []
        for one in given.to_dict("records"):
            # A code that is both a city and its only county means the same either way.
            land = [
                code
                for member in one["members"]
                for code in ([member] if member in own else of_city[member])
            ]
            rows += [
                {
                    "group": one["code"],
                    "county": code,
                    "role": one["role"],
                    "name_zh": one["name_zh"],
                    "name_en": one["name_en"] or one["name_zh"],
                    "source": one["source"],
                    "grade": one["grade"],
                    "note": one["note"],
                }
                for code in dict.fromkeys(land)
            ]
        new = _typed("groups", {name: [row[name] for row in rows] for name in rows[0]})
        if self.region.has("groups"):
            old = self.table("groups")
            columns = [column.name for column in TABLES["groups"].columns]
            new = pd.concat([old[~old["group"].isin(new["group"])], new], ignore_index=True)
            if _same(old[columns], new[columns], ["group", "county"]):
                return
        self.change("groups", new, [Grade(one) for one in given["grade"]])

    # --- People ---

    def people(self) -> None:
        """Take yearly figures as they are; replace the census of the cities that are named."""
        frame = self.frame("people")
        if frame.empty:
            return
        self.dates += [str(one) for one in frame["year"]]
        self._population_years(frame[frame["basis"] == "yearly"])
        self._census(frame[frame["basis"] == "census"])

    def _population_years(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        level = rows["unit_kind"].map({"county": "county", CITY_TOTAL: "city"})
        values = {
            "level": level,
            "code": rows["unit"],
            "year": rows["year"],
            "date": rows["date"],
            "people": rows["people"],
            **{name: rows[name] for name in ("source", "grade", "note")},
        }
        self.upsert("population_years", values, _grades(rows))

    def _census(self, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        self.census_cities = tuple(sorted(set(rows["city"])))
        old = self.table("census")
        kept = old[~old["city"].isin(self.census_cities) & (old["kind"] != REMAINDER)]
        new = _typed("census", self._units(rows, old))
        census = pd.concat([kept, new], ignore_index=True)
        counties, zones = self.table("counties"), self.table("zones")
        edges, nodes = self.table("road_edges"), self.table("road_nodes")
        places = self.table("places") if self.region.has("places") else None
        found = people_of(census, counties, zones, model_points(nodes, edges, places))
        self._put_people(found, _grades(rows))

    def _units(self, rows: pd.DataFrame, old: pd.DataFrame) -> _Columns:
        """Return rows as census units; English names are those known of the same units."""
        cities, counties = self.table("cities"), self.table("counties")
        english = dict(zip(old["unit"], old["name_en"], strict=True))
        english |= dict(zip(counties["county"], counties["name_en"], strict=True))
        total = rows["unit_kind"] == CITY_TOTAL
        unit = rows["unit"].where(~total, rows["unit"] + "-total")
        english |= {
            f"{code}-total": name
            for code, name in zip(cities["city"], cities["name_en"], strict=True)
        }
        names = [english.get(one) for one in unit]
        return {
            "unit": unit,
            "kind": rows["unit_kind"],
            "name_zh": rows["name_zh"],
            "name_en": [one if isinstance(one, str) else None for one in names],
            "city": rows["city"],
            "counties": rows["counties"].map(";".join),
            "people": rows["people"],
            "grade": rows["grade"],
            "date": rows["date"].where(rows["date"].notna(), rows["year"].astype(str)),
            "source": rows["source"],
            "note": rows["note"],
        }

    def _put_people(self, found: People, grades: list[Grade]) -> None:
        """Put new people into the cities that were named, and leave all others as they are."""
        zones = self.table("zones")
        mine = zones["city"].isin(self.census_cities).to_numpy()
        people = np.where(mine, found.of_zone, zones["people"].to_numpy())
        remarks = tuple(
            one
            for one in self.region.manifest.tables["census"].remarks
            if not one.key.startswith("people.")
        )
        self.change("census", found.census, grades, remarks=(*remarks, *found.remarks))
        self.change("zones", zones.assign(people=people), grades)
        for name, key, new in (
            ("counties", "county", found.counties),
            ("cities", "city", found.cities),
        ):
            table = self.table(name)
            fresh = new.set_index(key).loc[table[key]]
            touched = table["city"].isin(self.census_cities).to_numpy()
            columns = {
                column: table[column].where(
                    ~touched, pd.Series(fresh[column].to_numpy(), index=table.index)
                )
                for column in fresh.columns
            }
            self.change(name, table.assign(**columns), grades)

    # --- Tables of their own ---

    def facilities(self) -> None:
        """Add facilities; one without a name of its own is known by county, kind and name."""
        rows = self.frame("facilities")
        if rows.empty:
            return
        made = rows["county"] + ":" + rows["kind"] + ":" + rows["name_zh"]
        lon, lat = rows["lon"].astype(float), rows["lat"].astype(float)
        counties = self.table("counties")
        city_of = dict(zip(counties["county"], counties["city"], strict=True))
        given = rows["capacity"].notna()
        values = {
            "facility": _named(rows["facility"], made),
            "name_en": [None] * len(rows),
            "city": rows["county"].map(city_of),
            "capacity_nature": [Nature.OBSERVED.value if one else None for one in given],
            **{
                name: rows[name]
                for name in ("kind", "name_zh", "county", "capacity", "capacity_unit", "level")
            },
            "lon": lon,
            "lat": lat,
            "opened": rows["opened"],
            **{name: rows[name] for name in ("source", "grade", "note")},
            "geometry": gpd.points_from_xy(lon, lat),
        }
        self.dates += [str(one) for one in rows["opened"].dropna()]
        self.upsert("facilities", values, _grades(rows))

    def recognition(self) -> None:
        """Add what cities recognise; a row of the same service, pair and day replaces that row."""
        rows = self.frame("recognition")
        if rows.empty:
            return
        names = ("service", "from_city", "to_city", "share", "since", "document")
        values = {name: rows[name] for name in (*names, "source", "grade", "note")}
        self.dates += [str(one) for one in rows["since"]]
        self.upsert("recognition", values, _grades(rows))

    def industries(self) -> None:
        """Add industries by year; 10,000 yuan become yuan."""
        rows = self.frame("industries")
        if rows.empty:
            return
        values = {
            **{name: rows[name] for name in ("level", "code", "year", "section", "employees")},
            "output_cny": rows["output"].astype(float) * CNY_IN_TEN_THOUSAND,
            "value_added_cny": rows["value_added"].astype(float) * CNY_IN_TEN_THOUSAND,
            **{name: rows[name] for name in ("source", "grade", "note")},
        }
        self.dates += [str(one) for one in rows["year"]]
        self.upsert("industries", values, _grades(rows))

    def undertakings(self) -> None:
        """Add projects and tasks; one without a number is known by kind, lead unit and title."""
        rows = self.frame("undertakings")
        if rows.empty:
            return
        made = rows["kind"] + ":" + rows["lead"] + ":" + rows["title_zh"]
        values = {
            "undertaking": _named(rows["undertaking"], made),
            **{
                name: rows[name]
                for name in ("kind", "title_zh", "strand", "lead", "responsible", "due", "status")
            },
            "places": [";".join(codes) if codes else None for codes in rows["places"]],
            "cost_cny": rows["cost"].astype(float) * CNY_IN_TEN_THOUSAND,
            **{name: rows[name] for name in ("source", "grade", "note")},
        }
        self.upsert("undertakings", values, _grades(rows))

    # --- The new region ---

    def result(self) -> Region:
        """Return the new region."""
        manifest = self.region.manifest
        if not self.records:
            raise InputError("workbook.nothing_new", path=self.intake.path)
        remark = Sentence(
            "workbook.imported",
            {"file": self.intake.file, "warnings": len(self.intake.warnings)},
        )
        named = sorted(self.records)
        first = named[0]
        known = self.records[first]
        self.records[first] = replace(known, remarks=(*known.remarks, remark))
        history = {
            "file": self.intake.file,
            "sha256": self.intake.sha256,
            "source": self.key,
            "rows": self.intake.rows,
            "tables": named,
            "census_cities": list(self.census_cities),
            "warnings": len(self.intake.warnings),
        }
        made = self.region.apply([_Imported(self.tables, history)])
        # Nobody else holds the new region yet: its manifest is completed, never changed later.
        made.manifest = replace(
            made.manifest,
            sources={**manifest.sources, self.key: self._source()},
            tables={**manifest.tables, **self.records},
        )
        return made

    def _source(self) -> Source:
        titles = [
            say("workbook.source_title", language, file=self.intake.file) for language in LANGUAGES
        ]
        return Source(
            key=self.key,
            title_zh=titles[0],
            title_en=titles[1],
            origin=f"{self.intake.file} (sha256 {self.intake.sha256})",
            licence=" / ".join(say("workbook.source_licence", one) for one in LANGUAGES),
            date=max(self.dates, default=""),
            grade=worst_grade(self.grades or [Grade.C]),
            nature=Nature.OBSERVED,
        )


def _grades(rows: pd.DataFrame) -> list[Grade]:
    return [Grade(one) for one in rows["grade"].unique()]


def _named(given: pd.Series, made: pd.Series) -> pd.Series:
    return given.where(given.notna(), made)


def _same(one: pd.DataFrame, other: pd.DataFrame, key: list[str]) -> bool:
    """Whether two tables hold the same rows, in whatever order."""
    left, right = (
        table.sort_values(key, ignore_index=True).astype(object).where(lambda t: t.notna(), None)
        for table in (one, other)
    )
    return bool(left.equals(right))


def _typed(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows in the columns and types of a table's schema."""
    schema = TABLES[name]
    made: dict[str, Any] = {}
    for column in schema.columns:
        values = list(columns[column.name])
        if column.kind is Kind.POINT:
            made[column.name] = values
        elif column.kind is Kind.INTEGER and column.nullable:
            made[column.name] = pd.Series(values, dtype="Int64")
        else:
            made[column.name] = pd.Series(values, dtype=_TYPES[column.kind])
    if schema.geometry is not None:
        placed: pd.DataFrame = gpd.GeoDataFrame(made, geometry=schema.geometry.name, crs=CRS)
        return placed
    return pd.DataFrame(made)
