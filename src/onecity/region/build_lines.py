"""From a recipe to the table of edges of other networks."""

import geopandas as gpd
import shapely

from .recipe import Recipe
from .sources.network_lines import NetworkLines, Stated, join_network_lines, read_network_lines


def network_lines_of(recipe: Recipe, counties: gpd.GeoDataFrame) -> NetworkLines:
    """Return the edges of all files that a recipe names, on the land of some counties.

    Raises
    ------
    InputError, MissingError
        If a file is not usable.
    """
    land = shapely.union_all(counties.geometry.to_numpy())
    return join_network_lines(
        [
            read_network_lines(
                recipe.at(plan.file),
                plan.columns,
                land=land,
                stated=Stated(plan.kind, plan.unit),
                layer=plan.layer,
                crs=plan.crs,
                outside=plan.outside,
            )
            for plan in recipe.tables.lines
        ]
    )
