"""From a recipe to the tables of services: facilities, recognition, jobs."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from onecity.core.progress import Progress
from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.core.words import Sentence

from .recipe import Recipe
from .sources.facilities import Given, join_facilities, read_facilities
from .sources.facility_places import Land, merge_doubles
from .sources.jobs import Stated, join_jobs, read_jobs
from .sources.recognition import join_recognition, read_recognition


@dataclass(frozen=True, slots=True)
class Service:
    """One table, and what the manifest says of it."""

    table: pd.DataFrame
    sources: tuple[str, ...]
    nature: Nature
    grade: Grade
    remarks: tuple[Sentence, ...]


def services_of(
    recipe: Recipe, tables: Mapping[str, pd.DataFrame], progress: Progress
) -> dict[str, Service]:
    """Return the tables of services that a recipe names; `tables` holds zones and units.

    Raises
    ------
    InputError, MissingError
        If a file is not usable.
    """
    makers = {"facilities": _facilities, "recognition": _recognition, "jobs": _jobs}
    found: dict[str, Service] = {}
    for name, make in makers.items():
        if getattr(recipe.tables, name):
            progress.stage(f"facilities.stage_{name}")
            found[name] = make(recipe, tables, progress)
    return found


def _facilities(recipe: Recipe, tables: Mapping[str, pd.DataFrame], progress: Progress) -> Service:
    land = Land.of(tables["counties"])
    plans = recipe.tables.facilities
    found = []
    for plan in plans:
        entry = recipe.sources[plan.source]
        given = Given(
            source=plan.source,
            grade=entry.grade,
            nature=entry.nature,
            kind=plan.kind,
            kinds=plan.kinds,
            only=plan.only,
            outside=plan.outside,
            unknown=plan.unknown,
        )
        found.append(
            read_facilities(
                recipe.at(plan.file),
                plan.columns,
                land=land,
                given=given,
                layer=plan.layer,
                crs=plan.crs,
                progress=progress,
            )
        )
    joined = join_facilities(found)
    table, merged = merge_doubles(joined.table)
    remarks = (*joined.report.sentences, *(one.sentence for one in merged))
    return _service(recipe, table, tuple(plan.source for plan in plans), remarks)


def _recognition(
    recipe: Recipe, tables: Mapping[str, pd.DataFrame], _progress: Progress
) -> Service:
    plans, cities = recipe.tables.recognition, list(tables["cities"]["city"])
    found = join_recognition(
        [
            read_recognition(
                recipe.at(plan.file),
                plan.columns,
                cities=cities,
                source=plan.source,
                grade=recipe.sources[plan.source].grade,
                service=plan.service,
            )
            for plan in plans
        ],
        cities,
    )
    sources = tuple(plan.source for plan in plans)
    return _service(recipe, found.table, sources, found.report.sentences)


def _jobs(recipe: Recipe, tables: Mapping[str, pd.DataFrame], _progress: Progress) -> Service:
    plans = recipe.tables.jobs
    codes = {
        level: tables[table][level].tolist()
        for level, table in (("zone", "zones"), ("county", "counties"), ("city", "cities"))
    }
    read = []
    for plan in plans:
        entry = recipe.sources[plan.source]
        read.append(
            read_jobs(
                recipe.at(plan.file),
                plan.columns,
                codes=codes,
                stated=Stated(plan.source, entry.grade, entry.nature, plan.level, plan.year),
                outside=plan.outside,
            )
        )
    found = join_jobs(read, codes)
    sources = tuple(plan.source for plan in plans)
    service = _service(recipe, found.table, sources, found.report.sentences)
    natures = worst_nature(Nature(one) for one in found.table["nature"])
    return Service(service.table, sources, natures, service.grade, service.remarks)


def _service(
    recipe: Recipe,
    table: pd.DataFrame,
    sources: tuple[str, ...],
    remarks: tuple[Sentence, ...],
) -> Service:
    """Return a table, no better than its weakest row."""
    sources = tuple(dict.fromkeys(sources))
    return Service(
        table,
        sources,
        worst_nature(recipe.sources[key].nature for key in sources),
        # A list of nothing (pairs of cities where there is one city) is as good as its source.
        worst_grade(
            [Grade(one) for one in table["grade"]] or [recipe.sources[key].grade for key in sources]
        ),
        remarks,
    )
