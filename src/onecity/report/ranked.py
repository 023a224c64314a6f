"""What topics found, flat: one row for each figure, list entry or stretch of road."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from onecity.core.words import LANGUAGES, Language, say
from onecity.region.schema import CRS
from onecity.strands.contract import Indicator, Level
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer

from .names import names_of
from .tidy import COLUMNS, column_name, figures
from .workbooks import trusted

if TYPE_CHECKING:
    from shapely import Geometry

    from onecity.region.store import Region

    from .names import Name

RANKED = ("topic", "ranking", "rank", "cities", "remarks_zh", "remarks_en")
"""Columns of the flat table besides those of `onecity.report.tidy.figures`."""


def title_of(examination: Examination, language: Language) -> str:
    """Return the title of a topic."""
    return say(f"{examination.findings.strand}.topic_{examination.topic}", language)


def about_of(examination: Examination, language: Language) -> str:
    """Return what a topic answers."""
    return say(f"{examination.findings.strand}.topic_{examination.topic}_about", language)


def indicators_of(examination: Examination) -> dict[str, Indicator]:
    """Return what every figure of a topic is, by key."""
    found = examination.findings
    columns = (one for ranking in examination.rankings for one in ranking.columns)
    several = (
        *found.indicators.values(),
        *(matrix.indicator for matrix in found.matrices),
        *(one.indicator for one in found.borders),
        *columns,
        *(one.indicator for one in examination.layers),
    )
    return {one.key: one for one in several}


def cities_of(row: Ranked, cities: Mapping[str, "Name"], language: Language) -> str:
    """Return the cities of a row by name."""
    names = [cities[code].text(language) if code in cities else code for code in row.cities]
    return ("、" if language == "zh" else ", ").join(names)


def remarks_of(row: Ranked, language: Language) -> str:
    """Return what has to be known of a row."""
    return ("" if language == "zh" else " ").join(one.text(language) for one in row.remarks)


def flat(
    region: "Region", examinations: Sequence[Examination], levels: Sequence[Level]
) -> pd.DataFrame:
    """Return every figure of some topics as a row, those of lists after those of units.

    Columns are those of `onecity.report.tidy.COLUMNS` and, for figures of a list, `RANKED`: the
    topic, the list's key, the place in it, codes of cities joined by ``;`` and remarks.
    """
    parts = [pd.DataFrame(columns=[*COLUMNS, *RANKED])]
    for one in examinations:
        parts.append(figures(region, [one.findings], levels).assign(topic=one.topic))
        rows = [
            _figure(one, ranking, place, row, column, value)
            for ranking in one.rankings
            for place, row in enumerate(ranking.rows, 1)
            for column, value in zip(ranking.columns, row.values, strict=True)
        ]
        parts.append(pd.DataFrame(rows))
    full = [part for part in parts[1:] if len(part)]
    if not full:
        return parts[0]
    table = pd.concat([part.dropna(axis="columns", how="all") for part in full], ignore_index=True)
    table = table.reindex(columns=[*COLUMNS, *RANKED])
    words = [str(name) for name in table if name not in {"value", "low", "high", "rank"}]
    table[words] = table[words].astype(object).where(table[words].notna(), None)
    return table.assign(rank=table["rank"].astype("Int64"))


def _figure(
    examination: Examination,
    ranking: Ranking,
    place: int,
    row: Ranked,
    column: Indicator,
    value: float,
) -> dict[str, Any]:
    return {
        "topic": examination.topic,
        "strand": examination.findings.strand,
        "ranking": ranking.key,
        "rank": place,
        "name_zh": row.name["zh"],
        "name_en": row.name["en"],
        "cities": ";".join(row.cities),
        "indicator": column.key,
        "title_zh": column.text("zh"),
        "title_en": column.text("en"),
        "value": value,
        "unit": column.unit,
        "nature": column.nature.value,
        "grade": column.grade.value,
        "sources": ";".join(column.sources),
        "remarks_zh": remarks_of(row, "zh"),
        "remarks_en": remarks_of(row, "en"),
    }


def list_shapes(
    region: "Region", examination: Examination, ranking: Ranking
) -> gpd.GeoDataFrame | None:
    """Return a list as shapes: a row's roads, or its point; None where no row has a place.

    Columns are ``rank``, names, cities, one column for each figure (see
    `onecity.report.tidy.column_name`), remarks and geometry (WGS-84).
    """
    shapes = places_of(region, ranking)
    if not any(one is not None for one in shapes):
        return None
    rows = [
        {
            "topic": examination.topic,
            "ranking": ranking.key,
            "rank": place,
            "name_zh": row.name["zh"],
            "name_en": row.name["en"],
            "cities": ";".join(row.cities),
            **{
                column_name(column.key): value if np.isfinite(value) else None
                for column, value in zip(ranking.columns, row.values, strict=True)
            },
            **{f"remarks_{language}": remarks_of(row, language) for language in LANGUAGES},
        }
        for place, row in enumerate(ranking.rows, 1)
    ]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def places_of(region: "Region", ranking: Ranking) -> list["Geometry | None"]:
    """Return where each row of a list lies: its roads as lines, else its point, else None."""
    courses = None
    if any(row.edges for row in ranking.rows):
        courses = region.table("road_edges").geometry.to_numpy()
    found: list[Geometry | None] = []
    for row in ranking.rows:
        if row.edges and courses is not None:
            parts = shapely.get_parts(courses[list(row.edges)])
            found.append(shapely.MultiLineString(list(parts)))
        elif row.point is not None:
            found.append(shapely.Point(row.point))
        else:
            found.append(None)
    return found


def road_shapes(region: "Region", layer: RoadLayer) -> gpd.GeoDataFrame:
    """Return what is drawn on roads as lines with a column ``edge`` and one for the figure."""
    edges = region.table("road_edges")
    rows = layer.values.index.to_numpy(np.int64)
    values = layer.values.iloc[:, 0].to_numpy()
    table = {"edge": rows, column_name(layer.indicator.key): values}
    return gpd.GeoDataFrame(table, geometry=edges.geometry.to_numpy()[rows], crs=CRS)


def layers_of_shapes(
    region: "Region", examinations: Sequence[Examination]
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield every list and road layer that has a place, under a name a GIS takes."""
    for one in examinations:
        for ranking in one.rankings:
            shapes = list_shapes(region, one, ranking)
            if shapes is not None:
                yield column_name(ranking.key), shapes
        for layer in one.layers:
            if isinstance(layer, RoadLayer) and len(layer.values):
                yield column_name(f"{layer.key}_roads"), road_shapes(region, layer)


def flat_lists(
    region: "Region", examination: Examination, language: Language
) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """Yield title, heads and rows of every list of a topic, in one language."""
    cities = names_of(region)[Level.CITY]
    words = ("rank", "name")
    for ranking in examination.rankings:
        heads = [say(f"topics.column_{word}", language) for word in words]
        heads += [f"{one.text(language)}\n{trusted(one, language)}" for one in ranking.columns]
        heads += [say(f"topics.column_{word}", language) for word in ("cities", "remarks")]
        rows: list[tuple[Any, ...]] = [
            (
                place,
                row.name[language],
                *row.values,
                cities_of(row, cities, language),
                remarks_of(row, language),
            )
            for place, row in enumerate(ranking.rows, 1)
        ]
        yield ranking.text(language), heads, rows
