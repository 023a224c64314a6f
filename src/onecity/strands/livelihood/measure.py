"""`measure`: what people have of services and rights today, and with every border open."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands import units as u
from onecity.strands.contract import BorderFinding, Findings, Indicator, Level, Matrix
from onecity.strands.units import Reals

from . import remarks as say
from .border import columns_of, findings_of, matrix_of, with_remarks
from .figures import Served, carried, figures_of, served
from .ground import Ground, ground_of
from .indicators import (
    BORDER,
    BORDER_BETWEEN,
    FACILITIES,
    KEY,
    READ_FIRST,
    RECOGNISED,
    indicator,
    key_of,
    of_right,
    of_service,
)
from .kinds import RIGHTS, SERVICES
from .recognition import Recognition, recognised, rows_told

Columns = dict[Level, dict[str, Reals]]


def measure(region: Region, *, progress: Progress = SILENCE) -> Findings:
    """Return access to services and rights carried, today and with every border open.

    A region without facilities has only the figures that all regions have, without numbers, and
    a remark that says what is missing.

    Raises
    ------
    InputError
        Facilities or recognition that name what the region does not have, numbers out of range,
        or assumptions that are wrong.
    """
    progress.stage("livelihood.stage_network")
    ground = ground_of(region)
    progress.stage("livelihood.stage_services", max(len(ground.provisions), 1))
    found = []
    for one in ground.provisions.values():
        if ground.people.any():
            found.append(served(ground, one))
        progress.advance()
    return findings(ground, found)


def findings(ground: Ground, found: list[Served]) -> Findings:
    """Return what some services come to as findings."""
    region = ground.region
    known: dict[str, Indicator] = {FACILITIES.key: indicator(FACILITIES, region)}
    columns: Columns = {level: {} for level in Level}
    _put(columns, FACILITIES.key, _facilities(ground))
    whole, between, borders = _borders(ground, found)
    known[BORDER.key] = whole
    _put(columns, BORDER.key, columns_of(ground, borders))
    for one in found:
        known |= _serve(ground, one, columns)
    known |= _carry(region, columns)
    return Findings(
        strand=KEY,
        region_hash=region.hash,
        indicators=known,
        tables=tables_of(ground, columns, known),
        matrices=(matrix_of(ground, borders, between), *_recognised(ground)),
        remarks=say.on_region(ground),
        headline=_headline(found),
        borders=borders,
    )


def tables_of(
    ground: Ground, columns: Columns, known: Mapping[str, Indicator]
) -> dict[Level, pd.DataFrame]:
    """Return the columns of every level as tables, in the order of the indicators."""
    return {
        level: u.frame(ground.units[level], _ordered(columns[level], known, level))
        for level in Level
    }


def _put(columns: Columns, key: str, values: Mapping[Level, Reals]) -> None:
    for level, column in values.items():
        columns[level][key] = column


def _ordered(
    columns: Mapping[str, Reals], known: Mapping[str, Indicator], level: Level
) -> dict[str, Reals]:
    return {key: columns[key] for key, one in known.items() if level in one.levels}


def _facilities(ground: Ground) -> dict[Level, Reals]:
    """Return how many facilities of any service stand in each unit; NaN without the table."""
    levels = FACILITIES.levels
    if not ground.region.has("facilities"):
        return {level: np.full(len(ground.units[level].codes), np.nan) for level in levels}
    count = np.bincount(ground.facilities_in, minlength=len(ground.people)).astype(np.float64)
    return {level: u.total(ground.units[level], count) for level in levels}


def _borders(
    ground: Ground, found: list[Served]
) -> tuple[Indicator, Indicator, tuple[BorderFinding, ...]]:
    """Return what the border effect is of units and between cities, and the effects."""
    region = ground.region
    silent = any(one.provision.recognition.silent for one in found)
    whole = indicator(BORDER, region, assumed=silent)
    between = indicator(BORDER_BETWEEN, region, assumed=silent)
    if found:
        names = [say.service_name(one.provision.service) for one in found]
        words = {"zh": "、".join(one.zh for one in names), "en": ", ".join(one.en for one in names)}
        about = (
            Sentence("livelihood.border_of", {"services": words}),
            Sentence(
                "livelihood.border_settings",
                {"least": ground.assumed.least, "most": ground.assumed.unserved},
            ),
            *((Sentence("livelihood.border_upper"),) if silent else ()),
            *say.ON_TIMES,
        )
        whole, between = (with_remarks(one, about) for one in (whole, between))
    return whole, between, findings_of(ground, found, whole, between)


def _serve(ground: Ground, one: Served, columns: Columns) -> dict[str, Indicator]:
    """Add the columns of a service and return what they are."""
    region, service = ground.region, one.provision.service
    assumed = bool(one.provision.recognition.silent or one.provision.guessed)
    remarks = (*say.on_service(ground, one), *say.ON_TIMES)
    values = figures_of(ground, one)
    made = {}
    for definition in of_service(service):
        name = definition.name.removeprefix(f"{service}_")
        made[definition.key] = indicator(definition, region, remarks, assumed=assumed)
        for level in definition.levels:
            columns[level][definition.key] = values[level][name]
    return made


def _carry(region: Region, columns: Columns) -> dict[str, Indicator]:
    """Add the columns of the rights that the region's table speaks of; return what they are."""
    told = set(rows_told(region)["service"])
    cities = region.table("cities")
    people = cities["people"].to_numpy(dtype=np.float64)
    made: dict[str, Indicator] = {}
    for right in RIGHTS:
        if right not in told:
            continue
        found = recognised(region, right)
        city, whole = carried(found.pi, people)
        remarks = []
        if found.silent:
            values = {"silent": found.silent, "pairs": len(cities) * (len(cities) - 1)}
            remarks.append(Sentence("livelihood.closed_assumed", values))
        for definition in of_right(right):
            name = definition.name.removeprefix(f"{right}_")
            made[definition.key] = indicator(
                definition, region, tuple(remarks), assumed=bool(found.silent)
            )
            columns[Level.CITY][definition.key] = np.asarray(city[name], np.float64)
            columns[Level.REGION][definition.key] = np.array([whole[name]])
    return made


def _told_of(region: Region) -> list[Recognition]:
    """Return every service and right that the table speaks of."""
    told = set(rows_told(region)["service"])
    return [recognised(region, name) for name in (*SERVICES, *RIGHTS) if name in told]


def _recognised(ground: Ground) -> tuple[Matrix, ...]:
    """Return how far cities recognise one another, in the mean over what the table speaks of."""
    found = _told_of(ground.region)
    if not found:
        return ()
    values = 100 * np.mean([one.pi for one in found], axis=0)
    np.fill_diagonal(values, np.nan)
    # What nobody has said of one of them goes into the mean as a closed border.
    silent = int(np.any([~one.known for one in found], axis=0).sum())
    if silent:
        count = len(ground.cities)
        told = Sentence(
            "livelihood.closed_assumed", {"silent": silent, "pairs": count * (count - 1)}
        )
        known = indicator(RECOGNISED, ground.region, (told,), assumed=True)
    else:
        known = indicator(RECOGNISED, ground.region, nature=Nature.OBSERVED)
    codes = ground.cities
    frame = pd.DataFrame(values, index=codes, columns=pd.Index(list(codes)), dtype=float)
    return (Matrix(known, Level.CITY, frame),)


def _headline(found: list[Served]) -> tuple[str, ...]:
    keys = [BORDER.key if found else FACILITIES.key]
    for name in READ_FIRST:
        keys += [key_of(one.provision.service, name) for one in found]
    return tuple(keys)
