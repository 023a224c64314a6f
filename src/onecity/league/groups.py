"""Groups of cities to be measured: those that ship, or the user's own list.

A table with one row for each member. ``group`` and ``city`` (name or code) are needed; the others
may be left out:

* ``group_zh``, ``group_en``: names of the group (else ``group`` itself);
* ``core``: name or code of the core city, a member (else the first one);
* ``counties``: codes of those counties that belong to the group, joined by semicolons (else the
  whole city);
* ``people``: residents of the member (else the census total that ships), with ``people_date``;
* ``source``, ``grade``, ``note``: who says that it is a member, and what a reader must know.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade
from onecity.core.words import Language
from onecity.region.sources.tables import Table, read_table

from .gazetteer import City, Residents, data_folder, gazetteer

SHIPPED = "groups.csv"
COLUMNS = (
    *("group", "group_zh", "group_en", "city", "name_zh", "core", "counties"),
    *("people", "people_date", "source", "grade", "note"),
)
_COUNTY = re.compile(r"^[1-6]\d{5}$")
_OWN = "-"
"""Source of what a user's list does not give one for."""


@dataclass(frozen=True, slots=True)
class Member:
    """A city of a group, or the part of it that `counties` name.

    `source`, `grade` and `note` are of its membership.
    """

    city: City
    counties: tuple[str, ...]
    residents: Residents
    source: str
    grade: Grade
    note: str

    @property
    def land(self) -> str:
        """What of the map belongs to it, as one word."""
        return f"{self.city.code}:{'+'.join(self.counties) or '*'}"


@dataclass(frozen=True, slots=True)
class Group:
    """Cities to be measured as one, the core first.

    `key` is what the list calls it.
    """

    key: str
    name_zh: str
    name_en: str
    members: tuple[Member, ...]

    @property
    def core(self) -> City:
        """The city that the others turn to."""
        return self.members[0].city

    @property
    def land(self) -> str:
        """Return a name for the land of the group, the same in whatever order it is listed."""
        words = "\n".join(sorted(one.land for one in self.members))
        return sha256(words.encode()).hexdigest()[:16]

    def text(self, language: Language) -> str:
        """Return the name in one language."""
        return self.name_zh if language == "zh" else self.name_en


def read_groups(path: str | os.PathLike[str] | None = None) -> tuple[Group, ...]:
    """Read a list of groups, or the one that ships.

    Raises
    ------
    MissingError
        If there is no such file or it lacks a needed column.
    InputError
        With file and row: a city or county that is not known, a city twice, residents that
        neither the list nor the census table gives, a core that is not a member or not one;
        a group of one city, or a list without rows.
    """
    table = read_table(data_folder() / SHIPPED if path is None else path)
    keys = table.texts("group", required=True)
    table.texts("city", required=True)
    rows: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        rows.setdefault(key, []).append(at)
    return tuple(_group(table, key, own) for key, own in rows.items())


def chosen(groups: Sequence[Group], only: Sequence[str]) -> tuple[Group, ...]:
    """Return the groups of some keys or names, in the order of the list; all if none is named.

    Raises
    ------
    MissingError
        If the list has no such group.
    """
    wanted = []
    for given in only:
        found = [one for one in groups if given in (one.key, one.name_zh, one.name_en)]
        if not found:
            known = ", ".join(one.key for one in groups)
            raise MissingError("league.no_group", given=given, known=known)
        wanted += found
    return tuple(one for one in groups if one in wanted or not only)


def _group(table: Table, key: str, rows: list[int]) -> Group:
    members: dict[str, Member] = {}
    first: dict[str, int] = {}
    for at in rows:
        one = _member(table, at)
        code = one.city.code
        if code in members:
            where = {"city": one.city.name_zh, "group": key, "first": table.row(first[code])}
            table.fail("league.city_twice", "city", at, **where)
        members[code], first[code] = one, at
    if len(members) < 2:
        table.fail("league.one_city", "group", rows[0])
    core = _core(table, key, rows, list(members))
    zh, en = (_said(table, name, rows[0]) or key for name in ("group_zh", "group_en"))
    return Group(key, zh, en, (members.pop(core), *members.values()))


def _core(table: Table, key: str, rows: list[int], members: list[str]) -> str:
    """Return the code of the core city: what some rows say and no row contradicts."""
    found: str | None = None
    for at in rows:
        if not _said(table, "core", at):
            continue
        city = _city(table, "core", at)
        if city.code not in members:
            table.fail("league.core_elsewhere", "core", at, group=key)
        if found not in (None, city.code):
            table.fail("league.two_cores", "core", at, group=key)
        found = city.code
    return found or members[0]


def _member(table: Table, at: int) -> Member:
    city = _city(table, "city", at)
    counties = _counties(table, at, city)
    grade = _said(table, "grade", at) or Grade.E.value
    if grade not in set(Grade):
        table.fail("sources.cell_unknown_word", "grade", at, known=", ".join(Grade))
    source = _said(table, "source", at) or _OWN
    residents = _residents(table, at, city, source)
    if residents is None or (counties and _said(table, "people", at) == ""):
        raise InputError(
            "league.people_needed", path=table.path, row=table.row(at), city=city.name_zh
        )
    return Member(city, counties, residents, source, Grade(grade), _said(table, "note", at))


def _city(table: Table, column: str, at: int) -> City:
    given = _said(table, column, at)
    city = gazetteer().find(given)
    if city is None:
        near = gazetteer().near(given)
        key = "league.unknown_city" if near else "league.no_such_city"
        table.fail(key, column, at, **({"near": near} if near else {}))
    return city


def _counties(table: Table, at: int, city: City) -> tuple[str, ...]:
    given = _said(table, "counties", at).replace("；", ";").split(";")
    codes = [code.strip() for code in given if code.strip()]
    for code in codes:
        if not (_COUNTY.match(code) and code.startswith(city.prefix)):
            table.fail("league.county_elsewhere", "counties", at, code=code, city=city.name_zh)
    return tuple(sorted(set(codes)))


def _residents(table: Table, at: int, city: City, source: str) -> Residents | None:
    if not _said(table, "people", at):
        return city.residents
    people = float(table.numbers("people", required=False, minimum=1.0)[at])
    # Whoever gives a figure without a census date speaks of an estimate of theirs.
    date = _said(table, "people_date", at) or _OWN
    known = Residents(people, Grade.C, date, source)
    return known if date != _OWN else replace(known, grade=Grade.E)


def _said(table: Table, name: str, at: int) -> str:
    """Return a cell as text, empty where the cell or the column is."""
    return (table.texts(name)[at] or "") if table.has(name) else ""
