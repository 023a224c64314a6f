"""What a card says of a unit besides its figures: where people were counted, what lies around."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from onecity.core.provenance import Grade
from onecity.core.words import LANGUAGES, Language
from onecity.core.words import both as joined
from onecity.report.figures import spoken
from onecity.report.names import role_of
from onecity.strands.contract import Level
from onecity.strands.road_classes import RoadClass

from .found import members_of, row_of
from .map_layers import border_shapes
from .state import State
from .surroundings import counties_along, nearest_places, neighbours, places_in
from .words import named, told, words

Fact = dict[str, dict[str, str]]
_NEAREST = 3
_MOST_NAMED = 8
_MOST_UNITS = 6
_HUBS = ("airport", "station")
_CENSUS_HEADS = {
    "group": "web_cards.census_group",
    "functional_zone": "web_cards.census_functional_zone",
}


def _fact(key: str, text: Mapping[Any, str]) -> Fact:
    return {"title": told(f"web_cards.{key}"), "text": {str(one): text[one] for one in text}}


def _spoken(value: float, decimals: int, unit: str) -> dict[str, str]:
    return {language: spoken(value, decimals, unit, language) for language in LANGUAGES}


def _in_both(make: Callable[[Language], str]) -> dict[str, str]:
    return {language: make(language) for language in LANGUAGES}


def _listed(
    state: State, level: Level, codes: Sequence[str], most: int = _MOST_NAMED
) -> dict[Any, str]:
    """Return the names of some units in a row, not more than fit."""
    names = [state.names[level][code] for code in codes]
    shown = joined([one.zh for one in names[:most]], [one.en for one in names[:most]])
    if len(names) <= most:
        return dict(shown)
    return dict(told("web_cards.and_more", names=shown, count=len(names)))


def zone_facts(state: State, code: str) -> list[Fact]:
    """Return whence a zone's people come, and the places nearest to it."""
    row = state.region.table("zones").iloc[row_of(state, Level.ZONE, code)]
    counted = _census_of(state, row["county"])
    found = []
    if len(counted):
        shared = joined(counted["name_zh"], [_text(name) for name in counted["name_en"]])
        found.append(_fact("people_from", told("web_cards.shared_out", units=shared)))
    near = nearest_places(state, float(row["lon"]), float(row["lat"]), _NEAREST)
    if near:
        words = [
            told("web_cards.place_away", place={"zh": one.zh, "en": one.en}, km=km)
            for one, km in near
        ]
        found.append(
            _fact("nearest_places", joined([one["zh"] for one in words], [w["en"] for w in words]))
        )
    return found


def county_facts(state: State, code: str) -> list[Fact]:
    """Return how a county's people were counted, its groups, its neighbours, its stations."""
    found = _census_facts(_census_of(state, code))
    if state.region.has("groups"):
        groups = state.region.table("groups")
        mine = groups[groups["county"] == code]
        if len(mine):
            found.append(_fact("in_groups", joined(mine["name_zh"], mine["name_en"])))
    return [*found, *_around(state, Level.COUNTY, code), *_hubs(state, Level.COUNTY, code)]


def city_facts(state: State, code: str) -> list[Fact]:
    """Return how a city's people were counted, its counties, its neighbours, its stations."""
    census = state.region.table("census")
    total = census[(census["kind"] == "city_total") & (census["city"] == code)]
    counties = state.region.table("counties")
    mine = counties.loc[counties["city"] == code, "county"].tolist()
    return [
        *_census_facts(total),
        _fact("counties", _listed(state, Level.COUNTY, mine, len(mine))),
        *_around(state, Level.CITY, code),
        *_hubs(state, Level.CITY, code),
    ]


def group_facts(state: State, code: str) -> list[Fact]:
    """Return the role of a group, its members, and where that was read."""
    table = state.region.table("groups")
    first = table[table["group"] == code].iloc[0]
    members = members_of(state, code)
    found = [
        _fact("role", _in_both(lambda language: role_of(first["role"], language))),
        _fact("counties", _listed(state, Level.COUNTY, members, len(members))),
        _fact(
            "membership",
            told("web_cards.read_in", source=first["source"], grade=Grade(first["grade"])),
        ),
    ]
    if note := _text(first["note"]):
        found.append(_fact("note", dict.fromkeys(LANGUAGES, note)))
    return found


def region_facts(state: State, _: str) -> list[Fact]:
    """Return what a region is made of, and what was done to it."""
    region = state.region
    cities = region.table("cities")["city"].tolist()
    counties = len(region.table("counties"))
    found = [
        _fact("cities", _listed(state, Level.CITY, cities, len(cities))),
        _fact(
            "made_of",
            told(
                "web_cards.counties_and_zones", counties=counties, zones=len(region.table("zones"))
            ),
        ),
        _fact("core_city", _listed(state, Level.CITY, [region.manifest.core_city])),
    ]
    if done := len(region.manifest.history):
        found.append(_fact("interventions", told("web_cards.interventions_done", count=done)))
    return found


def border_facts(state: State, codes: tuple[str, str]) -> list[Fact]:
    """Return how long a border is, and the counties on its sides."""
    lines = border_shapes(state)
    mine = (lines["city_a"] == codes[0]) & (lines["city_b"] == codes[1])
    counties = state.region.table("counties").set_index("county")["city"]
    along = counties_along(state, codes)
    found = [_fact("border_length", _spoken(float(lines.loc[mine, "km"].sum()), 1, "km"))]
    for city in codes:
        side = [code for code in along if counties[code] == city]
        if side:
            title = told("web_cards.side", city=state.names[Level.CITY][city])
            found.append({"title": title, "text": _listed(state, Level.COUNTY, side, len(side))})
    return found


def road_facts(state: State, edge: int) -> list[Fact]:
    """Return the class of a stretch of road, which way it is open, and what it runs on."""
    row = state.region.table("road_edges").iloc[edge]
    found = [
        _fact("road_class", words(RoadClass(row["class"]))),
        _fact("direction", told(f"web_cards.{_direction(row)}")),
    ]
    if pd.notna(row["lanes"]):
        found.append(_fact("lanes", _in_both(lambda _: f"{row['lanes']:g}")))
    runs = [told(f"web_cards.on_{name}") for name in ("bridge", "tunnel", "ferry") if row[name]]
    if runs:
        found.append(_fact("runs_on", joined([r["zh"] for r in runs], [r["en"] for r in runs])))
    return found


def _direction(row: pd.Series) -> str:
    both = pd.notna(row["seconds_forward"]), pd.notna(row["seconds_backward"])
    return {2: "both_ways", 1: "one_way", 0: "closed"}[sum(both)]


def _census_of(state: State, county: str) -> pd.DataFrame:
    """Return the census units that a county has a share in, city totals left out."""
    census = state.region.table("census")
    apart = census[census["kind"] != "city_total"]
    mine: pd.DataFrame = apart[[county in codes.split(";") for codes in apart["counties"]]]
    return mine


def _census_facts(units: pd.DataFrame) -> list[Fact]:
    return [
        {
            "title": told(_CENSUS_HEADS.get(row["kind"], "web_cards.census")),
            "text": told(
                "web_cards.counted",
                name=named(row["name_zh"], row["name_en"]),
                people=_spoken(row["people"], 0, "people"),
                date=row["date"],
                grade=row["grade"],
                source=row["source"],
            ),
        }
        for row in units.head(_MOST_UNITS).to_dict("records")
    ]


def _around(state: State, level: Level, code: str) -> Iterable[Fact]:
    beside = neighbours(state, level)[code]
    if beside:
        yield _fact("neighbours", _listed(state, level, beside, len(beside)))


def _hubs(state: State, level: Level, code: str) -> Iterable[Fact]:
    """Yield the airports and stations in a county or city."""
    several = places_in(state, level.value, code, _HUBS)
    if several:
        shown = several[:_MOST_NAMED]
        names = joined([one.zh for one in shown], [one.en for one in shown])
        more = len(several) > len(shown)
        text = told("web_cards.and_more", names=names, count=len(several)) if more else names
        yield _fact("hubs", text)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
