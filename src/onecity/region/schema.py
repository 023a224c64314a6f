"""The tables of a region: which columns they carry, of what type and unit.

This is the contract between sources, store and strands. A table is a GeoDataFrame in
longitude and latitude (WGS-84, EPSG:4326) when it has a geometry, a DataFrame otherwise.
"""

from dataclasses import dataclass
from enum import StrEnum

VERSION = 1
"""Version of this schema; a region states the one it was written with."""

CRS = "EPSG:4326"


class Kind(StrEnum):
    """Types a column may have, as they are stored."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    FLAG = "flag"
    POINT = "point"
    LINE = "line"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, unit, whether it may be empty, and what it means."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its columns, its key, and whether a region can be without it."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    optional: bool = False

    @property
    def geometry(self) -> Column | None:
        """The geometry column, if the table has one."""
        shapes = (Kind.POINT, Kind.LINE, Kind.AREA)
        return next((column for column in self.columns if column.kind in shapes), None)


_T, _I, _R, _F = Kind.TEXT, Kind.INTEGER, Kind.REAL, Kind.FLAG

CITIES = TableSchema(
    "cities",
    "Prefecture-level units; the point is where travel to and from the city is measured.",
    (
        Column("city", _T, "code (GB/T 2260)"),
        Column("name_zh", _T, "name in Chinese"),
        Column("name_en", _T, "name in English"),
        Column("core", _F, "whether it is the core of the circle"),
        Column("lon", _R, "centre", "degrees"),
        Column("lat", _R, "centre", "degrees"),
        Column("area_km2", _R, "area of its counties", "km2"),
        Column("people", _R, "resident population", "people"),
        Column("people_grade", _T, "grade of the city total"),
        Column("geometry", Kind.AREA, "union of its counties"),
    ),
    ("city",),
)

COUNTIES = TableSchema(
    "counties",
    "County-level units.",
    (
        Column("county", _T, "code (GB/T 2260)"),
        Column("city", _T, "code of its city"),
        Column("name_zh", _T, "name in Chinese"),
        Column("name_en", _T, "name in English", nullable=True),
        Column("bank", _T, "side of the great river it lies on, if any", nullable=True),
        Column("area_km2", _R, "area", "km2"),
        Column("people", _R, "residents, with its share of groups and zones", "people"),
        Column("people_grade", _T, "weakest grade among the census units it shares in"),
        Column("people_nature", _T, "observed where one unit is this county alone"),
        Column("geometry", Kind.AREA, "boundary"),
    ),
    ("county",),
)

CENSUS = TableSchema(
    "census",
    "Census units whose totals are kept exactly: a county, a group known only together, "
    "or a functional zone on the land of several counties.",
    (
        Column("unit", _T, "identifier"),
        Column("kind", _T, "county, group, functional_zone or city_total"),
        Column("name_zh", _T, "name in Chinese"),
        Column("name_en", _T, "name in English", nullable=True),
        Column("city", _T, "code of its city"),
        Column("counties", _T, "codes of the counties on whose land it lies, joined by ;"),
        Column("people", _R, "residents", "people"),
        Column("grade", _T, "grade of the figure"),
        Column("date", _T, "date the figure speaks of"),
        Column("source", _T, "where the figure was read"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("unit",),
)

GROUPS = TableSchema(
    "groups",
    "Named sets of counties with a role; a county may belong to several.",
    (
        Column("group", _T, "identifier"),
        Column("county", _T, "code of one member county"),
        Column("role", _T, "core, sub-centre, gateway, wing, airport or other"),
        Column("name_zh", _T, "name in Chinese"),
        Column("name_en", _T, "name in English"),
        Column("source", _T, "where the membership was read"),
        Column("grade", _T, "grade of the membership"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("group", "county"),
    optional=True,
)

ZONES = TableSchema(
    "zones",
    "Units of analysis: an H3 cell cut at county lines, or a polygon the user brings.",
    (
        Column("zone", _T, "identifier"),
        Column("county", _T, "code of its county"),
        Column("city", _T, "code of its city"),
        Column("lon", _R, "a point inside it", "degrees"),
        Column("lat", _R, "a point inside it", "degrees"),
        Column("area_km2", _R, "area", "km2"),
        Column("people", _R, "residents, modelled from the census units", "people"),
        Column("geometry", Kind.AREA, "boundary"),
    ),
    ("zone",),
)

ROAD_NODES = TableSchema(
    "road_nodes",
    "Ends and crossings of road edges.",
    (
        Column("node", _I, "0, 1, 2, ... in the order of rows"),
        Column("origin", _T, "identifier in the source", nullable=True),
        Column("lon", _R, "position", "degrees"),
        Column("lat", _R, "position", "degrees"),
        Column("cut", _F, "an end only because the extract ends here"),
        Column("geometry", Kind.POINT, "position"),
    ),
    ("node",),
)

ROAD_EDGES = TableSchema(
    "road_edges",
    "Stretches of road between two nodes; a direction that is not allowed has no time.",
    (
        Column("edge", _I, "0, 1, 2, ... in the order of rows"),
        Column("origin", _T, "identifier in the source", nullable=True),
        Column("tail", _I, "node at its start"),
        Column("head", _I, "node at its end"),
        Column("class", _T, "highway class (OpenStreetMap), or 'trunk_extract'"),
        Column("km", _R, "length", "km"),
        Column("kmh", _R, "speed used", "km/h"),
        Column("seconds_forward", _R, "time from tail to head", "s", nullable=True),
        Column("seconds_backward", _R, "time from head to tail", "s", nullable=True),
        Column("lanes", _R, "lanes of both directions", "lanes", nullable=True),
        Column("bridge", _F, "lies on a bridge"),
        Column("tunnel", _F, "lies in a tunnel"),
        Column("ferry", _F, "is a ferry"),
        Column("name", _T, "name", nullable=True),
        Column("geometry", Kind.LINE, "course from tail to head"),
    ),
    ("edge",),
)

CONNECTORS = TableSchema(
    "connectors",
    "Access legs between zones and road nodes, both ways, over roads the network lacks.",
    (
        Column("zone", _T, "identifier of the zone"),
        Column("node", _I, "road node"),
        Column("km", _R, "straight distance times detour factor", "km"),
        Column("seconds", _R, "time", "s"),
    ),
    ("zone", "node"),
)

LOCAL_LINKS = TableSchema(
    "local_links",
    "Assumed local roads between neighbouring zones, both ways, where the network holds "
    "trunk roads only.",
    (
        Column("zone_a", _T, "identifier of one zone"),
        Column("zone_b", _T, "identifier of its neighbour"),
        Column("km", _R, "straight distance times detour factor", "km"),
        Column("seconds", _R, "time", "s"),
    ),
    ("zone_a", "zone_b"),
    optional=True,
)

PLACES = TableSchema(
    "places",
    "Named points: settlements, stations, airports, facilities.",
    (
        Column("place", _T, "identifier"),
        Column("kind", _T, "settlement, station, airport, ..."),
        Column("name_zh", _T, "name in Chinese", nullable=True),
        Column("name_en", _T, "name in English", nullable=True),
        Column("people", _R, "residents where given", "people", nullable=True),
        Column("lon", _R, "position", "degrees"),
        Column("lat", _R, "position", "degrees"),
        Column("grade", _T, "grade of the position"),
        Column("source", _T, "where it was read"),
        Column("geometry", Kind.POINT, "position"),
    ),
    ("place",),
    optional=True,
)

RAIL = TableSchema(
    "rail_edges",
    "Railway lines.",
    (
        Column("edge", _I, "0, 1, 2, ... in the order of rows"),
        Column("km", _R, "length", "km"),
        Column("geometry", Kind.LINE, "course"),
    ),
    ("edge",),
    optional=True,
)

WATER = TableSchema(
    "water",
    "Rivers and lakes.",
    (
        Column("water", _T, "identifier"),
        Column("kind", _T, "river or lake"),
        Column("name_zh", _T, "name in Chinese", nullable=True),
        Column("name_en", _T, "name in English", nullable=True),
        Column("geometry", Kind.AREA, "line of a river or area of a lake"),
    ),
    ("water",),
    optional=True,
)

RELIEF = TableSchema(
    "relief",
    "How high zones lie, and how far the heights around them differ.",
    (
        Column("zone", _T, "identifier of the zone"),
        Column("metres", _R, "height above sea level", "m"),
        Column("range_m", _R, "highest less lowest point within 10 km", "m"),
    ),
    ("zone",),
    optional=True,
)

POPULATION_YEARS = TableSchema(
    "population_years",
    "Residents of cities and counties by year, as published; no zone is made from them.",
    (
        Column("level", _T, "county or city: some codes are both"),
        Column("code", _T, "code of the county or city"),
        Column("year", _I, "year the figure speaks of"),
        Column("date", _T, "day it speaks of, where given (ISO 8601)", nullable=True),
        Column("people", _R, "residents", "people"),
        Column("source", _T, "where the figure was read"),
        Column("grade", _T, "grade of the figure"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("level", "code", "year"),
    optional=True,
)

FACILITIES = TableSchema(
    "facilities",
    "Public and other facilities.",
    (
        Column("facility", _T, "identifier; county:kind:name where none was given"),
        Column("kind", _T, "a key of onecity.region.facility_kinds: hospital, school, ..."),
        Column("name_zh", _T, "name in Chinese", nullable=True),
        Column("name_en", _T, "name in English", nullable=True),
        Column("county", _T, "code of the county it stands in"),
        Column("city", _T, "code of the city it belongs to; its county's if empty", nullable=True),
        Column("lon", _R, "position", "degrees"),
        Column("lat", _R, "position", "degrees"),
        Column("capacity", _R, "how many it serves, in capacity_unit", nullable=True),
        Column("capacity_unit", _T, "beds, places, seats, people_per_day, m2", nullable=True),
        Column("capacity_nature", _T, "nature of the capacity; observed if empty", nullable=True),
        Column("level", _T, "level in its own system, as given", nullable=True),
        Column("opened", _I, "year of opening, past or planned", nullable=True),
        Column("source", _T, "where it was read"),
        Column("grade", _T, "grade of the row"),
        Column("note", _T, "remark", nullable=True),
        Column("geometry", Kind.POINT, "position"),
    ),
    ("facility",),
    optional=True,
)

RECOGNITION = TableSchema(
    "recognition",
    "How far one city recognises what people of another are entitled to, from a day on; a pair "
    "of cities without a row is not recognised, and the two directions may differ.",
    (
        Column("service", _T, "health, education, culture, elderly, medical_insurance, ..."),
        Column("from_city", _T, "code of the city the people belong to"),
        Column("to_city", _T, "code of the city where they use it"),
        Column("share", _R, "0: not at all; 1: as at home"),
        Column("since", _T, "year, month or day it holds from (ISO 8601)"),
        Column("document", _T, "the document that says so", nullable=True),
        Column("source", _T, "where it was read"),
        Column("grade", _T, "grade of the row"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("service", "from_city", "to_city", "since"),
    optional=True,
)

JOBS = TableSchema(
    "jobs",
    "Jobs where people work, in zones, counties or cities, by year.",
    (
        Column("level", _T, "zone, county or city: what the code is of"),
        Column("code", _T, "code of the zone, county or city"),
        Column("year", _I, "year the figure speaks of"),
        Column("jobs", _R, "jobs there", "jobs"),
        Column("source", _T, "where the figure was read"),
        Column("grade", _T, "grade of the figure"),
        Column("nature", _T, "observed, modelled or assumed"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("level", "code", "year"),
    optional=True,
)

INDUSTRIES = TableSchema(
    "industries",
    "Output, value added and employees of cities and counties by section and year.",
    (
        Column("level", _T, "county or city: some codes are both"),
        Column("code", _T, "code of the county or city"),
        Column("year", _I, "year the figures speak of"),
        Column("section", _T, "section, A to T (GB/T 4754)"),
        Column("output_cny", _R, "gross output at current prices", "CNY", nullable=True),
        Column("value_added_cny", _R, "value added at current prices", "CNY", nullable=True),
        Column("employees", _R, "persons employed", "people", nullable=True),
        Column("source", _T, "where the figures were read"),
        Column("grade", _T, "grade of the row"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("level", "code", "year", "section"),
    optional=True,
)

UNDERTAKINGS = TableSchema(
    "undertakings",
    "Projects and tasks that a unit has promised to do by a date.",
    (
        Column("undertaking", _T, "identifier; kind:lead:title where none was given"),
        Column("kind", _T, "project or task"),
        Column("title_zh", _T, "title in Chinese"),
        Column("strand", _T, "planning, transport, science, industry, livelihood", nullable=True),
        Column("lead", _T, "unit that leads"),
        Column("responsible", _T, "unit that does it"),
        Column("places", _T, "codes of cities and counties, joined by ;", nullable=True),
        Column("due", _T, "day it is due (ISO 8601)"),
        Column("cost_cny", _R, "total investment", "CNY", nullable=True),
        Column("status", _T, "not_started, preparing, under_way, done, paused, cancelled"),
        Column("source", _T, "the document that sets it"),
        Column("grade", _T, "grade of the row"),
        Column("note", _T, "remark", nullable=True),
    ),
    ("undertaking",),
    optional=True,
)

FLOWS = TableSchema(
    "flows",
    "Flows observed between places, a row for each pair; a pair without a row is zero where "
    "the origin's list is whole, and unknown below at_most where it is cut off.",
    (
        Column("level", _T, "zone, county or city: what the codes are of"),
        Column("kind", _T, "what flows: trips, commuters, ..."),
        Column("year", _I, "year the flows speak of"),
        Column("origin", _T, "code of the place they leave"),
        Column("destination", _T, "code of the place they reach"),
        Column("value", _R, "flow, in unit"),
        Column("unit", _T, "one for each kind: people/day, trips, ..."),
        Column("listing", _T, "whole or top: how much of the origin's list is known"),
        Column("at_most", _R, "most that a pair not listed can have", nullable=True),
    ),
    ("level", "kind", "year", "origin", "destination"),
    optional=True,
)

LINES = TableSchema(
    "lines",
    "Edges of any other network, a row for each: power, fibre, pipelines, logistics, ...",
    (
        Column("line", _T, "identifier; kind and number where none was given"),
        Column("kind", _T, "which network it belongs to: power, fibre, gas, ..."),
        Column("tail", _T, "node it begins at; its position where it has no name"),
        Column("head", _T, "node it ends at; its position where it has no name"),
        Column("capacity", _R, "what it can carry, in unit", nullable=True),
        Column("unit", _T, "of capacity, one for each kind", nullable=True),
        Column("km", _R, "length of its course", "km"),
        Column("needs", _T, "lines without which it does not work, joined by ;", nullable=True),
        Column("geometry", Kind.LINE, "course from tail to head"),
    ),
    ("line",),
    optional=True,
)

TABLES: dict[str, TableSchema] = {
    table.name: table
    for table in (
        CITIES,
        COUNTIES,
        CENSUS,
        GROUPS,
        ZONES,
        ROAD_NODES,
        ROAD_EDGES,
        CONNECTORS,
        LOCAL_LINKS,
        PLACES,
        RAIL,
        WATER,
        RELIEF,
        POPULATION_YEARS,
        FACILITIES,
        RECOGNITION,
        JOBS,
        INDUSTRIES,
        UNDERTAKINGS,
        FLOWS,
        LINES,
    )
}
"""Every table a region of this version may hold, by name."""
