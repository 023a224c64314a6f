"""Look over facilities, recognition and jobs that no reader has seen, as those of a program."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from onecity.core.words import LANGUAGES, Sentence, say

from .facility_kinds import KEYS
from .interventions import PLANNED
from .recognition import SERVICES
from .sources.recognition import is_day
from .store import Region

_UNITS = (("zone", "zones"), ("county", "counties"), ("city", "cities"))


def service_faults(region: Region) -> Iterator[Sentence]:
    """Yield what is wrong with the tables of services that a region holds."""
    looks = {"facilities": _facilities, "recognition": _recognition, "jobs": _jobs}
    for name, look in looks.items():
        if region.has(name):
            yield from look(region, region.table(name))


def _facilities(region: Region, table: pd.DataFrame) -> Iterator[Sentence]:
    strange = table.loc[~table["kind"].isin(KEYS), "kind"]
    if len(strange):
        yield Sentence("facilities.bad_kind", {"count": len(strange), "given": strange.iloc[0]})
    given = table["capacity"].to_numpy(np.float64)
    wrong = table[~np.isnan(given) & ~(np.isfinite(given) & (given >= 0))]
    if len(wrong):
        row = wrong.iloc[0]
        values = {
            "count": len(wrong),
            "given": float(row["capacity"]),
            "facility": row["facility"],
        }
        yield Sentence("facilities.bad_capacity", values)
    for level, name in _UNITS[1:]:
        if level in table.columns:
            known = set(region.table(name)[level])
            yield from _bad_place("facilities", table.loc[~table[level].isin(known), level])


def _recognition(region: Region, table: pd.DataFrame) -> Iterator[Sentence]:
    wrong = table[~table["share"].between(0.0, 1.0)]
    if len(wrong):
        row = wrong.iloc[0]
        values = {
            "count": len(wrong),
            "given": float(row["share"]),
            "from_city": row["from_city"],
            "to_city": row["to_city"],
        }
        yield Sentence("facilities.bad_share", values)
    strange = table.loc[~table["service"].isin(SERVICES), "service"]
    if len(strange):
        yield Sentence("facilities.bad_service", {"count": len(strange), "given": strange.iloc[0]})
    sound = table["since"].map(is_day) | (table["since"] == PLANNED)
    no_day = table.loc[~sound, "since"]
    if len(no_day):
        yield Sentence("facilities.bad_since", {"count": len(no_day), "given": no_day.iloc[0]})
    known = set(region.table("cities")["city"])
    for end in ("from_city", "to_city"):
        yield from _bad_place("recognition", table.loc[~table[end].isin(known), end])


def _jobs(region: Region, table: pd.DataFrame) -> Iterator[Sentence]:
    given = table["jobs"].to_numpy(np.float64)
    wrong = table[~(np.isfinite(given) & (given >= 0))]
    if len(wrong):
        row = wrong.iloc[0]
        values = {"count": len(wrong), "given": float(row["jobs"]), "code": row["code"]}
        yield Sentence("facilities.bad_jobs", values)
    for level, name in _UNITS:
        mine = table[table["level"] == level]
        known = set(region.table(name)[level])
        yield from _bad_place("jobs", mine.loc[~mine["code"].isin(known), "code"])
    strange = table.loc[~table["level"].isin([one for one, _ in _UNITS]), "level"]
    yield from _bad_place("jobs", strange)


def _bad_place(table: str, codes: "pd.Series[str]") -> Iterator[Sentence]:
    codes = codes.dropna()
    if len(codes):
        name = {language: say(f"tables.table_{table}", language) for language in LANGUAGES}
        values = {"count": len(codes), "given": codes.iloc[0], "table": name}
        yield Sentence("facilities.bad_place", values)
