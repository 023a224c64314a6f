"""Who crosses which border for what: cases between cities, in the form of a region's flows.

A region takes the file as it is (``[[tables.flows]]`` of a recipe): cases of the hall then have a
border effect, and a layer on the map, like trips and commuters.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from onecity.hall.catalogue import Catalogue

KIND = "cases"
UNIT = "cases/year"
COLUMNS = ("level", "kind", "year", "origin", "destination", "value", "unit", "listing")


@dataclass(frozen=True, slots=True)
class Crossing:
    """Cases of a year from applicants of one city at authorities of one city, maybe the same."""

    year: int
    origin: str
    destination: str
    cases: float

    def row(self) -> tuple[str, str, int, str, str, float, str, str]:
        """Return it as a row of a table of flows, see `COLUMNS`: every pair is listed."""
        return "city", KIND, self.year, self.origin, self.destination, self.cases, UNIT, "whole"


def crossings_of(catalogue: Catalogue, items: Sequence[str] | None = None) -> tuple[Crossing, ...]:
    """Return cases between cities by year, those inside a city too; items of the province apart.

    Parameters
    ----------
    items
        Basic codes of the items that count; all if None.
    """
    wanted = None if items is None else set(items)
    cases: dict[tuple[int, str, str], float] = defaultdict(float)
    for load in catalogue.caseloads:
        item = catalogue.item.get(load.item)
        if item is None or not item.city or (wanted is not None and item.basic_code not in wanted):
            continue
        cases[load.year, load.from_city, item.city] += load.cases
    return tuple(Crossing(*key, value) for key, value in sorted(cases.items()))
