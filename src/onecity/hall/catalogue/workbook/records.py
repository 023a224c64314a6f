"""Records of a catalogue as rows of sheets, and back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from onecity.hall.catalogue.model import (
    Caseload,
    Catalogue,
    Department,
    Document,
    Fee,
    Form,
    Item,
    LifeEvent,
    Limit,
    Requirement,
    Step,
    TimeUnit,
)

Record = Mapping[str, Any]
Key = tuple[str, int]


def rows_of(catalogue: Catalogue, key: str) -> Iterator[Record]:  # noqa: C901, PLR0912  (a case for each)
    """Yield the rows of a sheet."""
    match key:
        case "catalogue":
            yield {"title": catalogue.title, "marked": catalogue.marked}
        case "cities":
            for code, name in catalogue.cities.items():
                yield {"code": code, "title": name, "title_en": catalogue.cities_en.get(code)}
        case "departments":
            yield from (_plain(one) for one in catalogue.departments)
        case "documents":
            for document in catalogue.documents:
                yield {**_plain(document), "fetched": document.visit}
        case "items":
            yield from (_item(one) for one in catalogue.items)
        case "requirements" | "fees":
            for item in catalogue.items:
                for one in getattr(item, key):
                    yield {"item": item.code, "version": item.version, **_plain(one)}
        case "life_events":
            yield from (_plain(one) for one in catalogue.life_events)
        case "steps":
            for event in catalogue.life_events:
                yield from ({"event": event.code, **_plain(step)} for step in event.steps)
        case "caseloads":
            for load in catalogue.caseloads:
                means = {
                    f"mean_{name}": getattr(load, name) for name in ("days", "visits", "documents")
                }
                yield {**_plain(load), **means}


def _plain(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _item(one: Item) -> dict[str, Any]:
    row = _plain(one)
    for name in ("legal", "promised"):
        limit: Limit | None = row[name]
        row[name] = limit.count if limit else None
        row[f"{name}_unit"] = limit.unit if limit else None
    return row


def catalogue_of(tables: Mapping[str, Sequence[Record]]) -> Catalogue:
    """Return the catalogue that sound rows say; what a row leaves empty takes its default."""
    head = next(iter(tables.get("catalogue", ())), {})
    requirements: dict[Key, list[Requirement]] = defaultdict(list)
    for row in tables.get("requirements", ()):
        requirements[row["item"], _version(row)].append(_requirement(row))
    fees: dict[Key, list[Fee]] = defaultdict(list)
    for row in tables.get("fees", ()):
        fee = Fee(row["title"], _or(row["cny"], Decimal(0)), _text(row["basis"]))
        fees[row["item"], _version(row)].append(fee)
    steps: dict[str, list[Step]] = defaultdict(list)
    for row in tables.get("steps", ()):
        step = Step(row["basic_code"], row["after"] or (), _or(row["share"], 1.0))
        steps[row["event"]].append(step)
    items = []
    for row in tables.get("items", ()):
        key = row["code"], _version(row)
        items.append(_made(row, tuple(requirements[key]), tuple(fees[key])))
    return Catalogue(
        title=_text(head.get("title")),
        cities={row["code"]: row["title"] for row in tables.get("cities", ())},
        departments=tuple(_department(row) for row in tables.get("departments", ())),
        documents=tuple(_document(row) for row in tables.get("documents", ())),
        items=tuple(items),
        life_events=tuple(
            _event(row, tuple(steps[row["code"]])) for row in tables.get("life_events", ())
        ),
        caseloads=tuple(_caseload(row) for row in tables.get("caseloads", ())),
        marked=_text(head.get("marked")),
        cities_en={
            row["code"]: row["title_en"] for row in tables.get("cities", ()) if row["title_en"]
        },
    )


def _requirement(row: Record) -> Requirement:
    return Requirement(
        document=row["document"],
        form=row["form"] or Form.COPY,
        copies=_or(row["copies"], 1),
        visit=bool(row["visit"]),
        necessary=_or(row["necessary"], True),
        when=_text(row["when"]),
        share=_or(row["share"], 1.0),
    )


def _department(row: Record) -> Department:
    return Department(
        row["code"],
        row["title"],
        _text(row["city"]),
        row["tier"],
        _text(row["basic"]),
        _text(row["title_en"]),
    )


def _document(row: Record) -> Document:
    return Document(
        row["code"],
        row["title"],
        row["origin"],
        _text(row["issuer"]),
        _or(row["days"], 0.0),
        bool(row["fetched"]),
        bool(row["shared"]),
        _text(row["title_en"]),
    )


def _event(row: Record, steps: tuple[Step, ...]) -> LifeEvent:
    return LifeEvent(
        row["code"],
        row["title"],
        row["applicants"],
        steps,
        _or(row["cases"], 0.0),
        _text(row["title_en"]),
        _text(row["source"]),
        _text(row["note"]),
    )


def _caseload(row: Record) -> Caseload:
    return Caseload(
        row["item"],
        row["year"],
        row["from_city"],
        row["way"],
        row["cases"],
        row["mean_days"],
        row["mean_visits"],
        row["mean_documents"],
        row["refused"],
        _text(row["source"]),
        _text(row["grade"]),
    )


def _made(row: Record, requirements: tuple[Requirement, ...], fees: tuple[Fee, ...]) -> Item:
    return Item(
        code=row["code"],
        basic_code=row["basic_code"],
        title=row["title"],
        kind=row["kind"],
        authority=row["authority"],
        city=_text(row["city"]),
        tier=row["tier"],
        applicants=row["applicants"],
        legal=_limit(row, "legal"),
        promised=_limit(row, "promised"),
        visits=row["visits"],
        depth=row["depth"],
        visit_reason=_text(row["visit_reason"]),
        conditions=_text(row["conditions"]),
        basis=_text(row["basis"]),
        requirements=requirements,
        results=row["results"] or (),
        fees=fees,
        cities=row["cities"] or (),
        ways=row["ways"] or frozenset(),
        after=row["after"] or (),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        version=_version(row),
        title_en=_text(row["title_en"]),
        source=_text(row["source"]),
        note=_text(row["note"]),
    )


def _limit(row: Record, name: str) -> Limit | None:
    count = row[name]
    if count is None:
        return None
    return Limit(count, row[f"{name}_unit"] or TimeUnit.WORKING_DAY)


def _version(row: Record) -> int:
    found: int = _or(row["version"], 1)
    return found


def _text(given: Any) -> str:
    return given or ""


def _or(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given
