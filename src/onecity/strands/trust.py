"""How far a figure can be trusted that is made of some tables of a region.

The rule, stated here once: a figure comes from all sources of the tables it reads, has the weakest
of these tables' grades, and is *modelled*, since a model made it, or *assumed* where any of the
tables is assumed (speeds, access legs).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.region.store import Region


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a figure can be trusted, by the rule above."""

    nature: Nature
    grade: Grade
    sources: tuple[str, ...]


def trust_in(region: Region, tables: Iterable[str], *, made: Nature = Nature.MODELLED) -> Trust:
    """Return how far a figure made of some tables can be trusted; absent ones are left out.

    `made` is its nature where every table was observed: a share of a census is observed too.
    """
    records = [region.manifest.tables[name] for name in tables if region.has(name)]
    return Trust(
        nature=worst_nature([made, *(one.nature for one in records)]),
        grade=worst_grade(one.grade for one in records),
        sources=tuple(dict.fromkeys(source for one in records for source in one.sources)),
    )
