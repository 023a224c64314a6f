"""Which roads and names are drawn from which zoom on: the important ones first.

A rank is drawn from its usual zoom on. Where that would put too many into the fullest tile of a
zoom, the ranks that matter least wait for a closer one. The best rank that a region has is drawn
from the zoom of rank 0 on if that can hold it, so that no zoom is left without. All tiles of a
zoom draw the same ranks, and at the last zoom everything is drawn.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .address import LAST_ZOOM
from .index import BoxIndex
from .layer import Group
from .shapes import Reals

Ranks = NDArray[np.int64]

ROAD_ZOOMS = (4, 5, 7, 9, 11, 12, 13)
"""Usual first zoom of roads by rank."""
MOST_ROADS = 30_000
"""Edges in the fullest tile of a zoom, but for the last."""
CLASS_RANKS = {
    "motorway": 0,
    "trunk": 1,
    "trunk_extract": 1,
    "planned": 1,
    "primary": 2,
    "secondary": 3,
    "ferry": 3,
    "tertiary": 4,
    "unclassified": 5,
    "residential": 5,
    "living_street": 5,
    "road": 5,
    "service": 6,
    "track": 6,
}
"""Rank of road classes; a link road has the rank of what it leads to."""
SPEED_RANKS = ((100.0, 0), (75.0, 1), (55.0, 2), (45.0, 3), (35.0, 4))
"""Rank of roads of another class by the least speed (km/h) for it; slower ones come next."""
SLOW_RANK = 5

PLACE_ZOOMS = (0, 0, 7, 8, 9, 10, 12)
"""Usual first zoom of names by rank."""
MOST_PLACES = 2_000
CORE_RANK, CITY_RANK, COUNTY_RANK = 0, 1, 2
KIND_RANKS = {"airport": 3, "station": 5}
PEOPLE_RANKS = ((100_000.0, 3), (30_000.0, 4))
"""Rank of settlements by the least number of residents for it."""
SETTLEMENT, SETTLEMENT_RANK, OTHER_RANK = "settlement", 5, 6


def road_ranks(classes: pd.Series, kmh: Reals) -> Ranks:
    """Return how important roads are, 0 most, by class where that is known and else by speed."""
    number, names = pd.factorize(classes)
    known = [CLASS_RANKS.get(str(name).removesuffix("_link"), -1) for name in names]
    by_class = np.array([*known, -1], np.int64)[number]
    by_speed = np.full(len(kmh), SLOW_RANK, np.int64)
    for least, rank in reversed(SPEED_RANKS):
        by_speed[kmh >= least] = rank
    ranks: Ranks = np.where(by_class < 0, by_speed, by_class)
    return ranks


def place_ranks(kinds: pd.Series, people: Reals) -> Ranks:
    """Return how important places are beside cities and counties, 0 most."""
    ranks = np.array(kinds.map(KIND_RANKS).fillna(OTHER_RANK), np.int64)
    settlement = (kinds == SETTLEMENT).to_numpy()
    ranks[settlement] = SETTLEMENT_RANK
    for least, rank in reversed(PEOPLE_RANKS):
        ranks[settlement & (people >= least)] = rank
    return ranks


def groups(ranks: Ranks, boxes: Reals, zooms: Sequence[int], most: int) -> tuple[Group, ...]:
    """Return features by rank, each from the zoom it is drawn from; the last are on top."""
    found: list[Group] = []
    crowd = np.zeros(LAST_ZOOM + 1, np.int64)
    earlier = 0
    for rank in np.unique(ranks).tolist():
        index = BoxIndex.of(boxes, np.flatnonzero(ranks == rank))
        crowd += [index.densest(zoom) for zoom in range(LAST_ZOOM + 1)]
        usual = zooms[min(rank, len(zooms) - 1)] if found else zooms[0]
        held = [zoom for zoom in range(LAST_ZOOM + 1) if crowd[zoom] <= most]
        earlier = max(usual, earlier, min(held, default=LAST_ZOOM))
        found.append(Group(earlier, index))
    return tuple(reversed(found))
