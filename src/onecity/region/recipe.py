"""The recipe of a region: a TOML file that names its sources and its assumptions.

Every path is relative to the folder of the recipe. An unknown key is an error, so that
a slip of the pen never silently changes a figure.
"""

import difflib
import os
import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from onecity import __version__
from onecity.core.errors import InputError, MissingError
from onecity.core.provenance import Grade, Nature, Source
from onecity.core.words import LANGUAGES, say

from .manifest import Assumption
from .recipe_tables import EdgeTableRoads, OsmRoads, Part, Positive, Tables
from .schema import VERSION as SCHEMA

FILE = "region.toml"
VERSION = 1


class Title(Part):
    """Names of the region; `core_city` is the code of the city the others turn to."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    title_zh: str
    title_en: str
    core_city: str


class SourceEntry(Part):
    """One origin of data."""

    title_zh: str
    title_en: str
    origin: str
    licence: str
    date: str
    grade: Grade
    nature: Nature


class AssumptionEntry(Part):
    """A number no source gives, with its reason and believable range."""

    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    reason_zh: str
    reason_en: str


class Hexagons(Part):
    """Zones: H3 cells cut at county lines."""

    kind: Literal["h3"]
    resolution: Annotated[int, Field(ge=4, le=10)] = 7


class Polygons(Part):
    """Zones: polygons the user brings; each belongs to the county that holds most of it."""

    kind: Literal["polygons"]
    file: Path
    source: str
    id_column: str = "zone"
    layer: str | None = None
    crs: str | None = None


class Access(Part):
    """The legs between zones and the road network, on roads the network lacks.

    A leg is the straight line times `detour` at `kmh`. Each zone is tied to its nearest
    `nodes_per_zone` road nodes no farther than `max_km`. With `local_links`, neighbouring
    zones are tied to each other and to the road nodes in them too, as a mesh of assumed
    local roads. No leg leads from one bank of the great river to the other (column ``bank``
    of the counties), nor across the lines of the rivers named in `avoid_rivers`.
    """

    kmh: Positive
    detour: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.3
    nodes_per_zone: Annotated[int, Field(ge=1, le=8)] = 1
    max_km: Positive = 20.0
    local_links: bool = False
    avoid_rivers: tuple[str, ...] = ()
    reason_zh: str
    reason_en: str


class Speeds(Part):
    """Speed by highway class (OpenStreetMap) in km/h where no limit is signed, and why.

    `limit_factor` is the share of a signed limit that is driven.
    """

    kmh: dict[str, Positive]
    limit_factor: Annotated[float, Field(gt=0, le=1.5)] = 0.9
    reason_zh: str
    reason_en: str


class PriceEntry(Part):
    """What a kilometre costs, million yuan, from `low` to `high`, why, and who says so.

    The source is read by people, in both languages: what was built for how much.
    """

    low: Positive
    high: Positive
    reason_zh: str
    reason_en: str
    source_zh: str = "假定"
    source_en: str = "assumed"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            msg = f"low ({self.low:g}) is above high ({self.high:g})"
            raise ValueError(msg)
        return self


class Costs(Part):
    """What new links cost per kilometre, by kind; a link is priced where its kinds are.

    `bridge` spans lakes and small rivers, `river_bridge` the great river between its banks.
    """

    road: PriceEntry | None = None
    bridge: PriceEntry | None = None
    river_bridge: PriceEntry | None = None
    tunnel: PriceEntry | None = None


class Recipe(Part):
    """A whole recipe, checked; made by `read`."""

    folder: Path
    schema_version: Annotated[int, Field(alias="schema")]
    region: Title
    sources: dict[str, SourceEntry]
    tables: Tables
    zones: Annotated[Hexagons | Polygons, Field(discriminator="kind")]
    access: Access
    speeds: Speeds | None = None
    costs: Costs | None = None
    assumptions: dict[str, AssumptionEntry] = Field(default_factory=dict)
    records: dict[str, Path] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_named(self) -> Self:
        for where, part in _parts(self):
            source = getattr(part, "source", None)
            if source is not None and source not in self.sources:
                msg = f"{where}.source: '{source}' is not in [sources]"
                raise ValueError(msg)
        if isinstance(self.tables.roads, OsmRoads) and self.speeds is None:
            msg = "tables.roads: roads from OpenStreetMap need [speeds]"
            raise ValueError(msg)
        return self

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recipe from its file, or from the ``region.toml`` of a folder.

        Raises
        ------
        MissingError
            If the recipe or a file it names does not exist.
        InputError
            If it is not TOML, or a key is unknown, missing or of the wrong type.
        """
        file = Path(path)
        if file.is_dir():
            file = file / FILE
        if not file.is_file():
            raise MissingError("recipe.no_recipe", path=str(path))
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError("recipe.not_toml", path=str(file), reason=error) from error
        if raw.get("schema") != VERSION:
            raise InputError(
                "recipe.schema", path=str(file), given=raw.get("schema"), known=VERSION
            )
        try:
            recipe = cls.model_validate({**raw, "folder": file.parent.resolve()})
        except ValidationError as error:
            raise _explained(error, file) from error
        for name in recipe.files():
            if not name.is_file():
                raise MissingError("recipe.no_file", path=str(name), recipe=str(file))
        return recipe

    def at(self, path: Path) -> Path:
        """Return a path of the recipe as a full path."""
        return self.folder / path

    def files(self) -> list[Path]:
        """Return every file the recipe reads."""
        names = [
            value
            for _, part in _parts(self)
            for name in ("file", "nodes", "edges")
            if (value := getattr(part, name, None)) is not None
        ]
        return [self.at(name) for name in [*names, *self.records.values()]]

    def digest(self) -> str:
        """Return the sha256 of the recipe, of every file it reads and of the program."""
        total = sha256(f"{__version__} {SCHEMA} {_program()}".encode())
        # The model in canonical form: comments and order in the file do not matter.
        total.update(self.model_dump_json(exclude={"folder"}).encode())
        for file in self.files():
            with file.open("rb") as handle:
                while block := handle.read(1 << 20):
                    total.update(block)
        return total.hexdigest()

    def source(self, key: str) -> Source:
        """Return one source."""
        return Source(key=key, **self.sources[key].model_dump())

    def all_assumptions(self) -> tuple[Assumption, ...]:
        """Return every number of the recipe that no source gives."""
        access = self.access
        made = [
            Assumption(key, value, unit, access.reason_zh, access.reason_en)
            for key, value, unit in (
                ("access_kmh", access.kmh, "km/h"),
                ("access_detour", access.detour, ""),
            )
        ]
        if isinstance(self.tables.roads, EdgeTableRoads):
            made.append(_road_speed(self.tables.roads, self.assumptions))
        if self.speeds is not None:
            zh, en = self.speeds.reason_zh, self.speeds.reason_en
            made.append(Assumption("limit_factor", self.speeds.limit_factor, "", zh, en))
            made += [
                Assumption(f"speed_{name}", kmh, "km/h", zh, en)
                for name, kmh in self.speeds.kmh.items()
            ]
        if self.costs is not None:
            made += _prices(self.costs)
        made += [
            Assumption(key=key, **entry.model_dump())
            for key, entry in self.assumptions.items()
            if key != "road_kmh"
        ]
        return tuple(made)


@cache
def _program() -> str:
    """Return the sha256 of the code that makes regions: other code may make another one."""
    total = sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()


def _road_speed(roads: EdgeTableRoads, entries: dict[str, AssumptionEntry]) -> Assumption:
    entry = entries.get("road_kmh")
    if entry is None:
        zh, en = (say("recipe.road_kmh", language) for language in LANGUAGES)
        return Assumption("road_kmh", roads.kmh, "km/h", zh, en)
    return Assumption(key="road_kmh", **{**entry.model_dump(), "value": roads.kmh})


def _prices(costs: Costs) -> list[Assumption]:
    """Return the table of costs as assumptions; their value is the middle of the range."""
    entries = ((kind, getattr(costs, kind)) for kind in Costs.model_fields)
    return [
        Assumption(
            key=f"cost_{kind}",
            value=(entry.low + entry.high) / 2,
            unit="million CNY/km",
            reason_zh=f"{entry.reason_zh} [{entry.source_zh}]",
            reason_en=f"{entry.reason_en} [{entry.source_en}]",
            low=entry.low,
            high=entry.high,
        )
        for kind, entry in entries
        if entry is not None
    ]


def _parts(recipe: Recipe) -> list[tuple[str, Any]]:
    """Return every part of the recipe that may name a file or a source, with its place."""
    tables = recipe.tables
    found: list[tuple[str, Any]] = [("zones", recipe.zones)]
    for name in type(tables).model_fields:
        value = getattr(tables, name)
        several = value if isinstance(value, tuple) else (value,)
        found += [(f"tables.{name}", one) for one in several if one is not None]
    return found


def _explained(error: ValidationError, file: Path) -> InputError:
    """Turn a fault into an error that names the key and a likely spelling."""
    # A misspelt key is also a missing one; the misspelling is what the user must see.
    faults = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    fault = faults[0]
    place = [str(step) for step in fault["loc"]]
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place[-1], sorted(_known_keys(Recipe)), n=1)
        return InputError(
            "recipe.unknown_key", path=str(file), key=key, near=near[0] if near else "-"
        )
    if fault["type"] == "missing":
        return InputError("recipe.missing_key", path=str(file), key=key)
    return InputError(
        "recipe.wrong_value",
        path=str(file),
        key=key or "-",
        given=str(fault["input"])[:80],
        reason=fault["msg"],
    )


def _known_keys(part: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    for name, field in part.model_fields.items():
        names.add(field.alias or name)
        names |= {key for inner in _models_in(field.annotation) for key in _known_keys(inner)}
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
