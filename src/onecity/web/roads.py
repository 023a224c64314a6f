"""Classes of roads: what they are called, and what a new road may be."""

from dataclasses import dataclass

from onecity.region.store import Region
from onecity.strands.road_classes import RoadClass
from onecity.strands.transport.assumed import span
from onecity.strands.transport.costs import prices_of

from .words import told, words


@dataclass(frozen=True, slots=True)
class NewRoad:
    """A kind of road that may be drawn.

    `road_class` goes into `AddRoad.road_class`; `kmh` is the design speed, the middle one of
    the standard where it gives several (JTG B01-2014, table 3.3.1); `priced` is the kind in the
    recipe's table of costs that it falls under, None where the table does not speak of it.
    """

    key: str
    road_class: str
    kmh: float
    priced: str | None


NEW_ROADS = (
    NewRoad("expressway", "motorway", 100.0, None),
    NewRoad("class_1", "planned", 80.0, "road"),
    NewRoad("class_2", "planned", 60.0, "road"),
    NewRoad("class_3", "planned", 40.0, None),
    NewRoad("bridge", "bridge", 60.0, "bridge"),
    NewRoad("tunnel", "tunnel", 60.0, "tunnel"),
)
"""The recipe's price of a road is that of class 2 to class 1, of bridges and tunnels of class 2."""


def classes_in(region: Region) -> list[dict[str, object]]:
    """Return the classes of a region's roads, the fastest first, with their middle speed."""
    edges = region.table("road_edges")
    kmh = edges.groupby("class")["kmh"].median().sort_index().sort_values(ascending=False)
    return [
        {"key": str(name), "name": words(RoadClass(name)), "kmh": float(speed)}
        for name, speed in kmh.items()
    ]


def new_roads_in(region: Region) -> list[dict[str, object]]:
    """Return the kinds of roads that may be drawn, with what a kilometre costs where known."""
    prices = prices_of(region)
    return [
        {
            "key": one.key,
            "name": told(f"roads.new_{one.key}"),
            "road_class": one.road_class,
            "kmh": one.kmh,
            "cost_million_cny_per_km": (
                span(prices[one.priced])
                if one.priced is not None and one.priced in prices
                else None
            ),
        }
        for one in NEW_ROADS
    ]
