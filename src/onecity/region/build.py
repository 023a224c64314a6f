"""From a recipe to a region: read every source, cut zones, spread people, tie all together."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from onecity import __version__
from onecity.core.errors import InputError, OneCityError
from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.core.words import Sentence

from .access_legs import Sides, access_legs
from .build_lines import network_lines_of
from .build_services import services_of
from .dasymetric import model_hash
from .geometry import row_containing
from .manifest import Manifest, TableRecord
from .people import model_points, people_of
from .recipe import Hexagons, Recipe
from .recipe_tables import EdgeTableRoads
from .relief import relief_of
from .schema import CRS
from .sources.boundaries import read_boundaries
from .sources.edge_table import read_edges
from .sources.flows import Stated, join_flows, read_flows
from .sources.heights import read_heights
from .sources.lines import read_rail, read_water
from .sources.offset import detect_offset
from .sources.osm import read_osm
from .sources.points import Points, read_points
from .sources.population import read_census
from .sources.roads import Roads
from .sources.units import read_cities, read_county_names, read_groups
from .store import Region
from .zones import area_km2, equal_area, h3_zones, polygon_zones


@dataclass(slots=True)
class _Bench:
    """The tables as they come together, and what the manifest will say of each."""

    recipe: Recipe
    progress: Progress
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    records: dict[str, TableRecord] = field(default_factory=dict)
    model: str = ""

    def put(
        self,
        name: str,
        table: pd.DataFrame,
        sources: tuple[str, ...],
        *,
        nature: Nature | None = None,
        grade: Grade | None = None,
        remarks: tuple[Sentence, ...] = (),
    ) -> None:
        """Keep a table, each source once; nature and grade are their weakest unless given."""
        sources = tuple(dict.fromkeys(sources))
        entries = [self.recipe.sources[key] for key in sources]
        self.tables[name] = table
        self.records[name] = TableRecord(
            rows=len(table),
            sha256="",
            sources=sources,
            nature=nature or worst_nature(entry.nature for entry in entries),
            grade=grade or worst_grade(entry.grade for entry in entries),
            remarks=remarks,
        )


def build(
    recipe: str | os.PathLike[str] | Recipe,
    out: str | os.PathLike[str],
    *,
    progress: Progress = SILENCE,
) -> Region:
    """Build the region of a recipe into the folder `out`, unless it is there already.

    The same recipe, files and version of this program give the same bytes; a region in
    `out` that was made from them is opened, not made again.

    Raises
    ------
    InputError, MissingError, StoreError
        If the recipe, one of its files or the folder is not usable; `out` is untouched.
    """
    plan = recipe if isinstance(recipe, Recipe) else Recipe.read(recipe)
    digest = plan.digest()
    existing = _existing(Path(out), digest)
    if existing is not None:
        return existing
    bench = _Bench(plan, progress)
    steps: tuple[Callable[[_Bench], None], ...] = (
        _land,
        _roads,
        _points,
        _lines,
        _zones,
        _relief,
        _people,
        _legs,
        _flows,
        _network_lines,
        _services,
    )
    for step in steps:
        step(bench)
    records, remarks = _extra_records(plan, bench.model)
    title = plan.region
    manifest = Manifest(
        key=title.key,
        title_zh=title.title_zh,
        title_en=title.title_en,
        core_city=title.core_city,
        made_by=f"onecity {__version__}",
        recipe_sha256=digest,
        sources={key: plan.source(key) for key in plan.sources},
        assumptions=plan.all_assumptions(),
        tables=bench.records,
        records=records,
        remarks=remarks,
    )
    progress.stage("region.stage_write")
    return Region.from_tables(manifest, bench.tables).write(out)


def _existing(folder: Path, digest: str) -> Region | None:
    try:
        region = Region.open(folder)
    except OneCityError:
        return None
    whole = all((folder / f"{name}.parquet").is_file() for name in region.manifest.tables)
    return region if whole and region.manifest.recipe_sha256 == digest else None


def _extra_records(plan: Recipe, model: str) -> tuple[dict[str, Any], tuple[Sentence, ...]]:
    """Return the recipe's records; a score of another population model is left out, and told."""
    found: dict[str, Any] = {"population_model": model}
    for key, path in plan.records.items():
        try:
            found[key] = loads(plan.at(path).read_text(encoding="utf-8"))
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise InputError("recipe.not_json", path=str(plan.at(path)), reason=error) from error
    score = found.get("population_score")
    if score is None or score.get("model") == model:
        return found, ()
    del found["population_score"]
    return found, (Sentence("people.score_of_another_model"),)


def _land(bench: _Bench) -> None:
    """Counties and cities; their people come later."""
    bench.progress.stage("region.stage_land")
    tables, at = bench.recipe.tables, bench.recipe.at
    plan = tables.boundaries
    read = read_boundaries(
        at(plan.file),
        code_column=plan.code_column,
        name_column=plan.name_column,
        codes=plan.codes,
        layer=plan.layer,
        crs=plan.crs,
        encoding=plan.encoding,
    )
    cities = read_cities(at(tables.cities.file), tables.cities.columns)
    _check_core(bench.recipe, cities)
    counties = read.table.rename(columns={"code": "county", "name": "name_zh"})
    counties[["name_en", "bank"]] = None
    counties["city"] = counties["county"].map(_city_of(cities["city"]))
    sources: tuple[str, ...] = (plan.source,)
    if tables.counties is not None:
        names = read_county_names(at(tables.counties.file), tables.counties.columns)
        counties = _named(counties, names)
        sources += (tables.counties.source,)
    stray = counties["city"].isna()
    if stray.any():
        given = ", ".join(counties.loc[stray, "county"])
        raise InputError("region.county_without_city", given=given, path=str(at(plan.file)))
    projection = equal_area(counties)
    counties["area_km2"] = area_km2(counties.geometry, projection)
    counties = counties.sort_values("county", ignore_index=True)
    bench.put("counties", counties, sources, remarks=read.report.sentences)
    whole = counties[["city", "geometry"]].dissolve("city")
    bare = cities["city"][~cities["city"].isin(whole.index)]
    if len(bare):
        raise InputError("region.city_without_county", given=", ".join(bare))
    cities = gpd.GeoDataFrame(cities, geometry=whole.geometry.loc[cities["city"]].values, crs=CRS)
    cities["area_km2"] = area_km2(cities.geometry, projection)
    cities["core"] = cities["city"] == bench.recipe.region.core_city
    bench.put("cities", cities, (plan.source, tables.cities.source))
    if tables.groups is not None:
        groups = read_groups(at(tables.groups.file), counties, tables.groups.columns)
        bench.put("groups", groups, (tables.groups.source,))


def _check_core(recipe: Recipe, cities: pd.DataFrame) -> None:
    core = recipe.region.core_city
    if core not in set(cities["city"]):
        known = ", ".join(cities["city"])
        raise InputError("region.core_unknown", given=core, known=known)


def _city_of(cities: pd.Series) -> Callable[[str], str | None]:
    """Return which city a county code belongs to: itself, or the one of its first four digits."""
    known = set(cities)
    return lambda code: next((c for c in (code, f"{code[:4]}00") if c in known), None)


def _named(counties: gpd.GeoDataFrame, names: pd.DataFrame) -> gpd.GeoDataFrame:
    """Take names, and where given the city, from a table of counties."""
    named = names.set_index("county").reindex(counties["county"])
    for column in ("name_zh", "name_en", "city", "bank"):
        if column in named.columns:
            given = pd.Series(named[column].to_numpy(), index=counties.index)
            counties[column] = given.where(given.notna(), counties[column])
    return counties


def _roads(bench: _Bench) -> None:
    bench.progress.stage("region.stage_roads")
    plan, at = bench.recipe.tables.roads, bench.recipe.at
    if isinstance(plan, EdgeTableRoads):
        roads = read_edges(
            at(plan.nodes),
            at(plan.edges),
            columns=plan.columns,
            kmh=plan.kmh,
            road_class=plan.road_class,
            crs=plan.crs,
        )
    else:
        speeds = bench.recipe.speeds
        west, south, east, north = bench.tables["counties"].total_bounds
        margin = plan.margin_km / 100  # at least the margin: a degree is 111 km or less
        roads = read_osm(
            at(plan.file),
            speeds.kmh if speeds else {},
            limit_factor=speeds.limit_factor if speeds else 1.0,
            bounds=(west - margin, south - margin, east + margin, north + margin),
            progress=bench.progress,
        )
    land = bench.tables["counties"].geometry.to_numpy()
    if (row_containing(roads.nodes.geometry.to_numpy(), land) < 0).all():
        raise InputError("region.roads_elsewhere")
    # Speeds are assumed, so that the times of a road are, whatever its course is.
    remarks = _road_remarks(roads)
    bench.put("road_nodes", roads.nodes, (plan.source,))
    bench.put(
        "road_edges",
        roads.edges,
        (plan.source,),
        nature=Nature.ASSUMED,
        grade=Grade.E,
        remarks=remarks,
    )


def _road_remarks(roads: Roads) -> tuple[Sentence, ...]:
    pieces = roads.pieces
    count = max(pieces.nodes, 1)
    values = {
        "nodes": pieces.nodes,
        "weak": pieces.weak,
        "strong": pieces.strong,
        "weak_share": pieces.largest_weak / count,
        "strong_share": pieces.largest_strong / count,
    }
    return (*roads.report.sentences, Sentence("sources.pieces", values))


def _points(bench: _Bench) -> None:
    plans = bench.recipe.tables.places
    if not plans:
        return
    bench.progress.stage("region.stage_points")
    found: list[gpd.GeoDataFrame] = []
    remarks: list[Sentence] = []
    for plan in plans:
        entry = bench.recipe.sources[plan.source]
        points = read_points(
            bench.recipe.at(plan.file),
            plan.columns,
            kind=plan.kind,
            crs=plan.crs,
            grade=entry.grade,
            source=plan.source,
        )
        _check_system(points, bench, str(bench.recipe.at(plan.file)), plan.crs)
        remarks += points.report.sentences
        found.append(points.table)
    places = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=CRS)
    sources = tuple(plan.source for plan in plans)
    bench.put("places", places, sources, remarks=tuple(remarks))


def _check_system(points: Points, bench: _Bench, path: str, declared: str) -> None:
    """Refuse points whose distance to the roads shows another coordinate system."""
    roads = bench.tables["road_edges"].geometry.to_numpy()
    offset = detect_offset(points.x, points.y, roads, declared=declared)
    if offset.contradicts(declared):
        raise InputError("region.wrong_system", path=path, declared=declared, offset=offset)


def _zones(bench: _Bench) -> None:
    plan, counties = bench.recipe.zones, bench.tables["counties"]
    if isinstance(plan, Hexagons):
        zones = h3_zones(counties, plan.resolution, progress=bench.progress)
    else:
        bench.progress.stage("region.stage_zones")
        file = bench.recipe.at(plan.file)
        read = read_boundaries(
            file,
            code_column=plan.id_column,
            name_column=plan.id_column,
            codes="any",
            layer=plan.layer,
            crs=plan.crs,
        )
        zones = polygon_zones(read.table, counties, str(file))
    bench.tables["zones"] = zones


def _relief(bench: _Bench) -> None:
    plan = bench.recipe.tables.relief
    if plan is None:
        return
    bench.progress.stage("region.stage_relief")
    read = read_heights(bench.recipe.at(plan.file), plan.columns, crs=plan.crs)
    relief = relief_of(bench.tables["zones"], read.lon, read.lat, read.metres)
    bench.put("relief", relief, (plan.source,), remarks=read.report.sentences)


def _people(bench: _Bench) -> None:
    bench.progress.stage("region.stage_people")
    plan = bench.recipe.tables
    read = read_census(bench.recipe.at(plan.census.file), plan.census.columns)
    tables = bench.tables
    points = model_points(tables["road_nodes"], tables["road_edges"], tables.get("places"))
    people = people_of(read.table, tables["counties"], tables["zones"], points)
    bench.model = model_hash(points)
    tables["zones"] = tables["zones"].assign(people=people.of_zone)
    for name, key, found in (
        ("counties", "county", people.counties),
        ("cities", "city", people.cities),
    ):
        tables[name] = tables[name].merge(found, on=key, validate="1:1")
    source = plan.census.source
    grade = worst_grade(Grade(one) for one in people.census["grade"])
    remarks = (*read.report.sentences, *people.remarks)
    bench.put("census", people.census, (source,), grade=grade, remarks=remarks)
    named = (one.source for one in plan.places if one.kind == "settlement")
    zone_sources = (*bench.records["counties"].sources, source, plan.roads.source, *named)
    bench.put("zones", tables["zones"], zone_sources, nature=Nature.MODELLED, grade=grade)
    _add_source(bench.records, source, "counties", "cities")


def _flows(bench: _Bench) -> None:
    plans = bench.recipe.tables.flows
    if not plans:
        return
    bench.progress.stage("flows.stage")
    codes = {
        level: bench.tables[table][level]
        for level, table in (("zone", "zones"), ("county", "counties"), ("city", "cities"))
    }
    found = join_flows(
        [
            read_flows(
                bench.recipe.at(plan.file),
                plan.columns,
                codes=codes,
                stated=Stated(plan.level, plan.kind, plan.year, plan.unit, plan.listing),
                outside=plan.outside,
            )
            for plan in plans
        ],
        codes,
    )
    sources = tuple(plan.source for plan in plans)
    bench.put("flows", found.table, sources, remarks=found.report.sentences)


def _services(bench: _Bench) -> None:
    for name, found in services_of(bench.recipe, bench.tables, bench.progress).items():
        bench.put(
            name,
            found.table,
            found.sources,
            nature=found.nature,
            grade=found.grade,
            remarks=found.remarks,
        )


def _network_lines(bench: _Bench) -> None:
    plans = bench.recipe.tables.lines
    if plans:
        bench.progress.stage("networks.stage_read")
        found = network_lines_of(bench.recipe, bench.tables["counties"])
        sources = tuple(plan.source for plan in plans)
        bench.put("lines", found.table, sources, remarks=found.report.sentences)


def _add_source(records: dict[str, TableRecord], source: str, *names: str) -> None:
    for name in names:
        known = records[name]
        records[name] = replace(known, sources=tuple(dict.fromkeys((*known.sources, source))))


def _legs(bench: _Bench) -> None:
    bench.progress.stage("region.stage_legs")
    plan, tables = bench.recipe.access, bench.tables
    legs = access_legs(
        tables["zones"],
        tables["road_nodes"],
        kmh=plan.kmh,
        detour=plan.detour,
        nodes_per_zone=plan.nodes_per_zone,
        max_km=plan.max_km,
        local_links=plan.local_links,
        sides=_sides(tables),
        barriers=_barriers(bench),
    )
    remarks = []
    if legs.blocked:
        remarks.append(Sentence("region.legs_blocked", {"count": legs.blocked}))
    if legs.exclaves:
        remarks.append(Sentence("region.exclaves", {"count": len(legs.exclaves)}))
    if legs.off_network:
        zones = tables["zones"]
        lost = zones[zones["zone"].isin(legs.off_network)]
        values = {"zones": len(lost), "people": float(lost["people"].sum())}
        remarks.append(Sentence("region.off_network", values))
    source = (bench.recipe.tables.roads.source,)
    made: Mapping[str, pd.DataFrame] = {"connectors": legs.connectors}
    if plan.local_links:
        made = {**made, "local_links": legs.local_links}
    for name, table in made.items():
        bench.put(name, table, source, nature=Nature.ASSUMED, grade=Grade.E, remarks=tuple(remarks))


def _sides(tables: Mapping[str, pd.DataFrame]) -> tuple[Sides, Sides] | None:
    """Return which bank of the great river zones and nodes lie on, by their county."""
    counties, nodes = tables["counties"], tables["road_nodes"]
    bank = counties.set_index("county")["bank"]
    if bank.isna().all():
        return None
    of_zone = tables["zones"]["county"].map(bank).to_numpy(dtype=object)
    county = row_containing(nodes.geometry.to_numpy(), counties.geometry.to_numpy())
    of_node = counties["bank"].to_numpy(dtype=object)[county]
    of_node[county < 0] = None
    return of_zone, of_node


def _barriers(bench: _Bench) -> gpd.GeoSeries | None:
    """Return the lines of the rivers that the recipe says no leg crosses."""
    names = bench.recipe.access.avoid_rivers
    if not names:
        return None
    water = bench.tables.get("water", pd.DataFrame({"name_zh": [], "name_en": []}))
    known = set(water["name_zh"]) | set(water["name_en"])
    for name in names:
        if name not in known:
            raise InputError("region.river_unknown", given=name)
    chosen = water["name_zh"].isin(names) | water["name_en"].isin(names)
    return water[chosen].geometry


def _lines(bench: _Bench) -> None:
    bench.progress.stage("region.stage_lines")
    plan, at = bench.recipe.tables, bench.recipe.at
    if plan.rail is not None:
        rail = read_rail(at(plan.rail.nodes), at(plan.rail.edges), plan.rail.columns)
        remarks = rail.report.sentences
        bench.put("rail_edges", rail.table, (plan.rail.source,), remarks=remarks)
    if plan.water:
        found = [read_water(at(one.file), one.columns) for one in plan.water]
        water = pd.concat([one.table for one in found], ignore_index=True)
        water["water"] = [f"water-{number}" for number in range(1, len(water) + 1)]
        sources = tuple(one.source for one in plan.water)
        bench.put(
            "water",
            gpd.GeoDataFrame(water, crs=CRS),
            sources,
            remarks=tuple(told for one in found for told in one.report.sentences),
        )
