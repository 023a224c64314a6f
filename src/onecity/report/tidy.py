"""Findings as one row for each figure, with all that must travel with it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from onecity.strands.bounds import bounds
from onecity.strands.contract import Findings, Indicator, Level

from .names import Name, names_of

if TYPE_CHECKING:
    from onecity.region.store import Region

COLUMNS = (
    "strand",
    "level",
    "code",
    "name_zh",
    "name_en",
    "to_code",
    "to_name_zh",
    "to_name_en",
    "indicator",
    "title_zh",
    "title_en",
    "value",
    "low",
    "high",
    "unit",
    "nature",
    "grade",
    "sources",
)


def figures(region: "Region", found: Iterable[Findings], levels: Iterable[Level]) -> pd.DataFrame:
    """Return every figure of some levels, matrices included, as rows with `COLUMNS`.

    `low` and `high` bound the figure under the recipe's low and high assumptions.
    `sources` holds keys of the region's manifest, joined by ``;``.
    """
    names, wanted = names_of(region), tuple(levels)
    parts = [
        part
        for findings in found
        for level in wanted
        for part in _of_level(findings, level, names[level])
    ]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)


def _of_level(
    findings: Findings, level: Level, names: Mapping[str, Name]
) -> Iterable[pd.DataFrame]:
    table = findings.tables.get(level)
    if table is not None:
        for key in table.columns:
            low, high = bounds(findings, level, key) or (float("nan"), float("nan"))
            codes = list(table.index)
            yield _rows(
                findings,
                level,
                findings.indicators[key],
                {
                    **_columns("", codes, names),
                    **_columns("to_", [None] * len(codes), names),
                    "value": table[key].to_numpy(),
                    "low": np.asarray(low),
                    "high": np.asarray(high),
                },
            )
    for matrix in findings.matrices:
        if matrix.level == level:
            flat = matrix.values.stack()
            yield _rows(
                findings,
                level,
                matrix.indicator,
                {
                    **_columns("", [one for one, _ in flat.index], names),
                    **_columns("to_", [one for _, one in flat.index], names),
                    "value": flat.to_numpy(),
                    "low": float("nan"),
                    "high": float("nan"),
                },
            )


def _columns(
    prefix: str, codes: list[str | None], names: Mapping[str, Name]
) -> dict[str, list[str | None]]:
    known = [names.get(code) if code else None for code in codes]
    return {
        f"{prefix}code": codes,
        f"{prefix}name_zh": [one.zh if one else None for one in known],
        f"{prefix}name_en": [one.en if one else None for one in known],
    }


def _rows(
    findings: Findings, level: Level, indicator: Indicator, columns: Mapping[str, Any]
) -> pd.DataFrame:
    rows = pd.DataFrame(dict(columns)).assign(
        strand=findings.strand,
        level=level.value,
        indicator=indicator.key,
        title_zh=indicator.text("zh"),
        title_en=indicator.text("en"),
        unit=indicator.unit,
        nature=indicator.nature.value,
        grade=indicator.grade.value,
        sources=";".join(indicator.sources),
    )
    return rows[list(COLUMNS)]


def write_geopackage(
    path: Path, region: "Region", found: Iterable[Findings], levels: Iterable[Level]
) -> None:
    """Write one layer for each level, one column for each indicator, and their meaning.

    The layer ``indicators`` holds for each column its titles, unit, nature, grade, sources.
    """
    several = list(found)
    for level in levels:
        shapes = _shapes(region, level)
        if shapes is None:
            continue
        for findings in several:
            if level in findings.tables:
                table = findings.tables[level]
                shapes = shapes.join(table.rename(columns=column_name), on=shapes.columns[0])
        pyogrio.write_dataframe(shapes, path, layer=level.value, driver="GPKG")
    meanings = pd.DataFrame(_meanings(several))
    pyogrio.write_dataframe(meanings, path, layer="indicators", driver="GPKG")


def _meanings(found: Iterable[Findings]) -> list[dict[str, str]]:
    return [
        {
            "column": column_name(one.key),
            "title_zh": one.text("zh"),
            "title_en": one.text("en"),
            "unit": one.unit,
            "nature": one.nature.value,
            "grade": one.grade.value,
            "sources": ";".join(one.sources),
        }
        for findings in found
        for one in findings.indicators.values()
    ]


def feature_collection(
    region: "Region", found: Iterable[Findings], levels: Iterable[Level]
) -> dict[str, Any]:
    """Return the units of some levels as one GeoJSON collection, a property for each indicator.

    What the properties mean and the sources they cite stand in the members ``indicators`` and
    ``sources`` of the collection (RFC 7946, section 6.1, allows further members).
    """
    several = list(found)
    features = []
    for level in levels:
        shapes = _shapes(region, level)
        if shapes is None:
            continue
        key = shapes.columns[0]
        for findings in several:
            if level in findings.tables:
                shapes = shapes.join(findings.tables[level].rename(columns=column_name), on=key)
        shapes.insert(0, "level", level.value)
        for feature in shapes.iterfeatures(na="null", drop_id=True):
            code = feature["properties"][key]
            features.append({**feature, "properties": {"code": code, **feature["properties"]}})
    return {
        "type": "FeatureCollection",
        "indicators": _meanings(several),
        "sources": [
            {
                "key": one.key,
                "title_zh": one.title_zh,
                "title_en": one.title_en,
                "licence": one.licence,
                "date": one.date,
                "grade": one.grade.value,
            }
            for one in region.manifest.sources.values()
        ],
        "features": features,
    }


def column_name(key: str) -> str:
    """Return an indicator's key as a column that every GIS takes: no dot."""
    return key.replace(".", "_")


def _shapes(region: "Region", level: Level) -> gpd.GeoDataFrame | None:
    match level:
        case Level.ZONE:
            return region.table("zones")[["zone", "county", "city", "geometry"]]
        case Level.COUNTY:
            return region.table("counties")[["county", "city", "name_zh", "name_en", "geometry"]]
        case Level.CITY:
            return region.table("cities")[["city", "name_zh", "name_en", "geometry"]]
        case Level.GROUP if region.has("groups"):
            members = region.table("groups").merge(
                region.table("counties")[["county", "geometry"]], on="county"
            )
            shapes = gpd.GeoDataFrame(members, geometry="geometry", crs="EPSG:4326")
            kept = shapes[["group", "role", "name_zh", "name_en", "geometry"]]
            return kept.dissolve("group").reset_index()
        case _:
            return None
