"""An invented catalogue of three or nine cities, told in ``catalogue.toml`` and marked so."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from onecity.hall.catalogue.limits import working_days
from onecity.hall.catalogue.model import (
    Applicant,
    Caseload,
    Catalogue,
    Department,
    Depth,
    Document,
    Fee,
    Form,
    Item,
    Kind,
    LifeEvent,
    Limit,
    Origin,
    Requirement,
    Step,
    Tier,
    TimeUnit,
    Way,
)

Told = Mapping[str, Any]
_VISIT = "!"
"""After a document: handing it in forces a visit."""


@cache
def example(*, whole: bool = False) -> Catalogue:
    """Return the invented catalogue of three cities, or of the whole circle's nine."""
    text = (files(__name__) / "catalogue.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    if whole:
        told["cities"] |= told["further_cities"]
    cities: dict[str, tuple[str, str]] = told["cities"]
    items = tuple(
        _item(one, city, tuple(cities)) for one in told["items"] for city in _cities(one, cities)
    )
    return Catalogue(
        title=told["title_of_nine" if whole else "title"],
        cities={code: names[0] for code, names in cities.items()},
        departments=tuple(_departments(told)),
        documents=tuple(_document(code, *one) for code, one in told["documents"].items()),
        items=items,
        life_events=tuple(_event(one) for one in told["life_events"]),
        caseloads=tuple(
            load
            for item in items
            for load in _loads(item, _basic(told, item.basic_code), told["caseload"], cities)
        ),
        marked=told["marked"],
        cities_en={code: names[1] for code, names in cities.items()},
    )


def _cities(one: Told, cities: Mapping[str, object]) -> tuple[str, ...]:
    return ("",) if "province" in one else tuple(cities)


def _departments(told: Told) -> list[Department]:
    of_cities = [
        Department(f"{city}.{duty}", f"{zh}{title}", city, Tier.CITY, duty, f"{en} {title_en}")
        for city, (zh, en) in told["cities"].items()
        for duty, (title, title_en) in told["duties"].items()
    ]
    above = [
        Department(duty, titles[0], "", Tier.PROVINCE, duty, titles[1])
        for duty, titles in told["province"].items()
    ]
    return [*of_cities, *above]


def _document(
    code: str,
    title: str,
    title_en: str,
    origin: str,
    issuer: str,
    days: float,
    visit: bool,  # noqa: FBT001
    shared: bool,  # noqa: FBT001
) -> Document:
    return Document(code, title, Origin(origin), issuer, days, visit, shared, title_en)


def _item(basic: Told, city: str, cities: tuple[str, ...]) -> Item:
    one = {**basic, **basic.get("differs", {}).get(city, {})}
    ways = frozenset(Way(way) for way in one["ways"])
    return Item(
        code=f"{city or 'province'}.{one['code']}",
        basic_code=one["code"],
        title=one["title"],
        kind=Kind(one["kind"]),
        authority=f"{city}.{one['duty']}" if city else one["province"],
        city=city,
        tier=Tier.CITY if city else Tier.PROVINCE,
        applicants=frozenset(Applicant(each) for each in one["applicants"]),
        legal=_limit(one.get("legal")),
        promised=_limit(one["promised"]),
        visits=one["visits"],
        depth=Depth(one["depth"]),
        visit_reason=one.get("visit_reason", ""),
        basis=one.get("basis", ""),
        requirements=tuple(_requirement(asked) for asked in one["asks"]),
        results=tuple(one.get("yields", ())),
        fees=tuple(Fee(title, Decimal(cny), basis) for title, cny, basis in one.get("fees", ())),
        cities=cities,
        ways=ways,
        after=tuple(one.get("after", ())),
        title_en=one["title_en"],
    )


def _limit(told: tuple[float, str] | None) -> Limit | None:
    return Limit(float(told[0]), TimeUnit(told[1])) if told else None


def _requirement(asked: str) -> Requirement:
    visit = asked.endswith(_VISIT)
    return Requirement(
        asked.removesuffix(_VISIT), Form.ORIGINAL if visit else Form.COPY, visit=visit
    )


def _event(told: Told) -> LifeEvent:
    return LifeEvent(
        told["code"],
        told["title"],
        frozenset(Applicant(one) for one in told["applicants"]),
        tuple(Step(code, tuple(after)) for code, *after in told["steps"]),
        float(told["cases"]),
        told["title_en"],
    )


def _basic(told: Told, code: str) -> Told:
    found: Told = next(one for one in told["items"] if one["code"] == code)
    return found


def _loads(item: Item, basic: Told, told: Told, cities: Mapping[str, object]) -> list[Caseload]:
    """Return made-up cases: at home, and from every other city by the item's first way.

    For an item of the province everybody is at home.
    """
    share = told["share"].get(item.city, 1.0)
    cases = basic["cases"] * share
    crossing = cases * told["crossing"].get(item.city, 0.0) / max(1, len(cities) - 1)
    days = max(1.0, working_days(item.promised))
    visits, documents = float(item.visits), float(len(item.requirements))
    year, first = told["year"], min(item.ways, key=list(Way).index)
    at_home = [
        Caseload(
            item.code,
            year,
            city,
            None,
            float(round(cases * told["share"][city] / share)),
            days,
            visits,
            documents,
            float(round(cases * told["share"][city] / share * told["refused_home"])),
        )
        for city in ([item.city] if item.city else cities)
    ]
    across = [
        Caseload(
            item.code,
            year,
            city,
            first,
            float(round(crossing)),
            days * told["days_across"],
            visits * told["visits_across"],
            documents * told["documents_across"],
            float(round(crossing * told["refused_across"])),
        )
        for city in cities
        if city != item.city and crossing
    ]
    return [one for one in (*at_home, *across) if one.cases > 0]
