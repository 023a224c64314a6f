"""What differs between two versions of a region: cell by cell, and which places it touches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from onecity.core.plain import plain_values
from onecity.core.words import chapter
from onecity.region.schema import TABLES
from onecity.region.store import Region

from .words import named, told

_MODELLED = frozenset({"zones"})
"""Too many rows to read, and made from others: told by the counties they lie in."""
_CODES = {"cities": "city", "counties": "county", "census": "unit", "groups": "group",
          "facilities": "facility", "recognition": "from_city",
          "undertakings": "undertaking"}  # fmt: skip
"""Column that names what a row is about; of other tables ``level`` and ``code`` do."""
_TITLES = ("name_zh", "title_zh")
_Words = Mapping[str, str]
_Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that differs, or a row that is in one version only.

    `before` and `after` are plain values; None where there is none. Of a row that came or went
    `column` is ``row`` and the values are its name, or what stands in it.
    """

    table: str
    level: str
    code: str
    name: _Words
    column: str
    before: Any
    after: Any

    def as_answer(self) -> dict[str, Any]:
        """Return it in the words of its readers."""
        return {
            "table": self.table,
            "table_name": told(f"tables.table_{self.table}"),
            "level": self.level,
            "code": self.code,
            "name": dict(self.name),
            "column": column_words(self.column),
            "before": self.before,
            "after": self.after,
        }


@dataclass(slots=True)
class Touched:
    """Codes of the places that a change is about."""

    county: set[str] = field(default_factory=set)
    city: set[str] = field(default_factory=set)

    def as_answer(self) -> dict[str, list[str]]:
        """Return the codes in order."""
        return {"county": sorted(self.county), "city": sorted(self.city)}


def column_words(name: str) -> dict[str, str]:
    """Return what a column is called."""
    known = f"column_{name}" in chapter("tables")
    return told(f"tables.column_{name}") if known else named(name, name)


def changes_between(
    before: Region, after: Region, tables: Iterable[str]
) -> tuple[list[Change], Touched]:
    """Return what differs in some tables, in the order of the tables and rows, and where.

    Shapes are not compared.
    """
    wanted = set(tables)
    units = _Units(after)
    changes: list[Change] = []
    touched = Touched()
    for name in (one for one in TABLES if one in wanted):
        pair = _Pair.of(name, before, after)
        if name not in _MODELLED:
            changes += pair.changes(units)
        for row in pair.differing():
            units.touch(name, row, touched)
    return changes, touched


class _Units:
    """Names of cities and counties, and which county lies in which city."""

    def __init__(self, region: Region) -> None:
        cities, counties = region.table("cities"), region.table("counties")
        self.names = {
            code: named(zh, en)
            for table, key in ((cities, "city"), (counties, "county"))
            for code, zh, en in zip(table[key], table["name_zh"], table["name_en"], strict=True)
        }
        self.cities = set(cities["city"])
        self.city_of = dict(zip(counties["county"], counties["city"], strict=True))

    def touch(self, table: str, row: _Row, touched: Touched) -> None:
        """Note the places that a row is about."""
        codes: set[Any] = {
            row.get("city"),
            row.get("county"),
            row.get("from_city"),
            row.get("to_city"),
            row.get("code") if "level" in row else None,
        }
        for several in ("counties", "places"):
            if isinstance(row.get(several), str):
                codes |= set(row[several].split(";"))
        if table == "cities":
            codes = {row["city"]}
        touched.city |= codes & self.cities
        counties = codes & self.city_of.keys()
        touched.county |= counties
        touched.city |= {self.city_of[code] for code in counties}


@dataclass(frozen=True, slots=True)
class _Pair:
    """One table before and after, rows by their key."""

    name: str
    old: pd.DataFrame
    new: pd.DataFrame

    @classmethod
    def of(cls, name: str, before: Region, after: Region) -> "_Pair":
        schema = TABLES[name]
        columns = [one.name for one in schema.columns if one is not schema.geometry]
        old, new = (
            (region.table(name) if region.has(name) else pd.DataFrame(columns=columns))[columns]
            .astype(object)
            .set_index(list(schema.key), drop=False)
            for region in (before, after)
        )
        return cls(name, old, new)

    def changes(self, units: _Units) -> Iterator[Change]:
        """Yield what differs: cells in the order of the new rows, then rows that went."""
        both = self.new.index.intersection(self.old.index)
        cells = self._cells(both)
        for at, row in zip(self.new.index, self.new.to_dict("records"), strict=True):
            if at not in self.old.index:
                yield self._change(units, row, "row", None, self._told(row))
                continue
            for column in cells.get(at, ()):
                earlier = self.old.at[at, column]
                yield self._change(units, row, column, earlier, row[column])
        gone = self.old.loc[self.old.index.difference(self.new.index, sort=False)]
        for row in gone.to_dict("records"):
            yield self._change(units, row, "row", self._told(row), None)

    def differing(self) -> Iterator[_Row]:
        """Yield the rows that differ, came or went."""
        both = self.new.index.intersection(self.old.index)
        same = set(both) - self._cells(both).keys()
        for at, row in zip(self.new.index, self.new.to_dict("records"), strict=True):
            if at not in same:
                yield row
        gone = self.old.index.difference(self.new.index, sort=False)
        yield from self.old.loc[gone].to_dict("records")

    def _cells(self, both: pd.Index) -> dict[Any, list[str]]:
        """Return for each row that differs its columns that do."""
        found: dict[Any, list[str]] = {}
        for column in self.new.columns:
            one, other = self.old.loc[both, column], self.new.loc[both, column]
            equal = (one == other) | (one.isna() & other.isna())
            for at in both[~equal.to_numpy(dtype=bool)]:
                found.setdefault(at, []).append(str(column))
        return found

    def _told(self, row: _Row) -> str:
        """Return what a whole row holds: its title, or what stands in it beside its key."""
        key = {*TABLES[self.name].key, _CODES.get(self.name)}
        held = (row[one] for one in self.new.columns if one not in key and not _none(row[one]))
        return _title(row) or " · ".join(map(_text, held))

    def _change(self, units: _Units, row: _Row, column: str, before: Any, after: Any) -> Change:
        key = _CODES.get(self.name)
        level = str(row["level"]) if key is None else key.removeprefix("from_")
        code = str(row[key or "code"])
        name = units.names.get(code) if level in {"city", "county"} else None
        more = [str(row[one]) for one in TABLES[self.name].key if one not in {key, "level", "code"}]
        name = name or named(_title(row) or code, row.get("name_en"))
        several = [units.names.get(one, named(one, one)) for one in more]
        full = {tongue: " ".join([text, *(one[tongue] for one in several)])
                for tongue, text in name.items()}  # fmt: skip
        plain = [None if _none(one) else plain_values(one) for one in (before, after)]
        return Change(self.name, level, code, full, column, *plain)


def _title(row: _Row) -> str | None:
    return next((str(row[one]) for one in _TITLES if isinstance(row.get(one), str)), None)


def _text(value: Any) -> str:
    plain = plain_values(value)
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def _none(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
