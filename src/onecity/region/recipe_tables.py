"""The part of a recipe that says where each table comes from: which file, read in which way."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Columns = dict[str, str]


class Part(BaseModel):
    """A table of the recipe; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileTable(Part):
    """A table read from one file; `columns` maps our names to those of the file."""

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)


class Boundaries(Part):
    """County polygons (GeoJSON, GeoPackage, Shapefile); `crs` overrides the file's own.

    Outside China set ``codes = "any"`` and name each county's city in the table of counties.
    """

    file: Path
    source: str
    code_column: str = "code"
    name_column: str = "name"
    codes: Literal["gbt2260", "any"] = "gbt2260"
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None


class EdgeTableRoads(Part):
    """Roads from a table of nodes and a table of edges."""

    kind: Literal["edge_table"]
    nodes: Path
    edges: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    road_class: str = "trunk_extract"
    kmh: Positive
    crs: str = "EPSG:4326"


class OsmRoads(Part):
    """Roads from an OpenStreetMap extract (``.osm.pbf``)."""

    kind: Literal["osm"]
    file: Path
    source: str
    margin_km: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30.0


class LineNetwork(Part):
    """Rail lines from a table of nodes and a table of edges."""

    nodes: Path
    edges: Path
    source: str
    columns: Columns = Field(default_factory=dict)


class Points(Part):
    """Named points of one kind from a CSV file."""

    file: Path
    source: str
    kind: str
    columns: Columns = Field(default_factory=dict)
    crs: str = "EPSG:4326"


class Water(Part):
    """Rivers and lakes from a GeoJSON, GeoPackage or Shapefile."""

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)


class HeightPoints(Part):
    """Heights above sea level at points, as a grid or strewn, denser than one in 10 km."""

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    crs: str = "EPSG:4326"


class FlowList(Part):
    """Flows between places from a long table; what is stated here, the file need not say.

    With ``listing = "top"`` a pair that an origin does not list is unknown, at most as large
    as the last one listed; with ``"whole"`` it is zero.
    """

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    kind: str | None = None
    level: Literal["zone", "county", "city"] | None = None
    year: int | None = None
    unit: str | None = None
    listing: Literal["whole", "top"] | None = None
    outside: Literal["refuse", "leave_out"] = "refuse"


class FacilityList(Part):
    """Facilities from a table, a vector file or an OpenStreetMap extract, by its ending.

    `kinds` maps words of the file to kinds of ours; `only` keeps some kinds.
    """

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    kind: str | None = None
    kinds: dict[str, str] = Field(default_factory=dict)
    only: tuple[str, ...] = ()
    layer: str | None = None
    crs: str | None = None
    outside: Literal["refuse", "leave_out"] = "refuse"
    unknown: Literal["refuse", "leave_out"] = "refuse"


class RecognitionList(Part):
    """What one city recognises of people of another, a row for each pair and day.

    ``*`` in place of a city stands for every other; a pair without a row is not recognised.
    """

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    service: str | None = None


class JobList(Part):
    """Jobs where people work, by zone, county or city; what is stated, the file need not say."""

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    level: Literal["zone", "county", "city"] | None = None
    year: int | None = None
    outside: Literal["refuse", "leave_out"] = "refuse"


class LineList(Part):
    """Edges of other networks from a table or a vector file; rows speak before what is stated."""

    file: Path
    source: str
    columns: Columns = Field(default_factory=dict)
    kind: str | None = None
    unit: str | None = None
    layer: str | None = None
    crs: str | None = None
    outside: Literal["refuse", "leave_out"] = "refuse"


class Tables(Part):
    """Where each table comes from."""

    boundaries: Boundaries
    cities: FileTable
    census: FileTable
    roads: Annotated[EdgeTableRoads | OsmRoads, Field(discriminator="kind")]
    counties: FileTable | None = None
    groups: FileTable | None = None
    places: tuple[Points, ...] = ()
    rail: LineNetwork | None = None
    water: tuple[Water, ...] = ()
    relief: HeightPoints | None = None
    flows: tuple[FlowList, ...] = ()
    lines: tuple[LineList, ...] = ()
    facilities: tuple[FacilityList, ...] = ()
    recognition: tuple[RecognitionList, ...] = ()
    jobs: tuple[JobList, ...] = ()
