"""Names of the roads that a link would join."""

import numpy as np
import pandas as pd

from onecity.region.road_classes import level_of
from onecity.strands.units import Rows


def names_at(edges: pd.DataFrame, tail: Rows, head: Rows) -> list[tuple[str | None, str | None]]:
    """Return the name of the best road that has one at both nodes of each pair."""
    wanted = np.unique([tail, head])
    level = level_of(edges)
    tables = []
    for column in ("tail", "head"):
        at = edges[column].isin(wanted).to_numpy()
        some = edges.loc[at, [column, "name"]].rename(columns={column: "node"})
        tables.append(some.assign(level=level[at]))
    best = pd.concat(tables).dropna(subset="name").sort_values(["level", "name"])
    name = best.drop_duplicates("node").set_index("node")["name"].to_dict()
    return [(name.get(one), name.get(other)) for one, other in zip(tail, head, strict=True)]
