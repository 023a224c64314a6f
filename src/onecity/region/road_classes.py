"""What classes of roads say: which lead somewhere, and whether the data holds every road.

Classes are those of OpenStreetMap (``highway``); a class that is not known here, as in a
table of one's own, counts as an ordinary local road.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from .store import Region

Rows = npt.NDArray[np.int64]

LEVELS: Mapping[str, int] = {
    "trunk": 1,
    "primary": 2,
    "secondary": 3,
    "tertiary": 4,
    "unclassified": 5,
    "residential": 5,
    "road": 5,
    "living_street": 6,
}
"""Roads that lead somewhere, the most important first."""
LOCAL = 5
"""Level of classes that are not known."""
NONE = 99
"""Level of what is no through road: see `NO_THROUGH`."""
NO_THROUGH = frozenset({"motorway", "service", "track", "ferry"})
"""Roads that no other road begins at: a motorway is entered at interchanges, yards, driveways and
farm tracks lead nowhere, and neither do slip roads (every class that ends in ``_link``)."""
EVERYWHERE = frozenset({"unclassified", "residential"})
"""Where roads of both classes are there, the data goes down to local roads."""


def level_of(edges: pd.DataFrame) -> Rows:
    """Return the level of each road edge, 1 for the most important; `NONE` for no through road."""
    known = {name: LEVELS.get(name, LOCAL) for name in edges["class"].unique()}
    for name in known:
        if name in NO_THROUGH or str(name).endswith("_link"):
            known[name] = NONE
    level = edges["class"].map(known).to_numpy(dtype=np.int64)
    return np.where(edges["ferry"].to_numpy(dtype=bool), NONE, level)


def holds_every_road(region: Region) -> bool:
    """Return whether a region's roads go down to the last local street.

    Only then is a dead end in the data one in the world. Both classes of local roads have to be
    there, and no class of `LEVELS` may have been left out when the extract was read.
    """
    if not set(region.table("road_edges")["class"].unique()) >= EVERYWHERE:
        return False
    remarks = region.manifest.tables["road_edges"].remarks
    dropped = {one.values.get("value") for one in remarks if one.key == "sources.osm_class"}
    return dropped.isdisjoint(LEVELS)
