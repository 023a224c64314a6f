"""Projects of the ledger as an OC4IDS package, and what such a package cannot hold."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from onecity.core.errors import InputError
from onecity.core.words import Sentence
from onecity.identity.clock import stamp
from onecity.programme.ledger import checks
from onecity.programme.ledger.model import Gate, Item, Kind, State
from onecity.programme.ledger.register import Register

from .schema import VERSION

PREFIX = "onecity-"
"""Begins the ids of our projects."""
SCHEME_NUMBER, SCHEME_STRAND, SCHEME_LEVEL = "onecity-number", "onecity-strand", "onecity-level"
SCHEME_PLACES, SCHEME_UNITS = "GB/T 2260", "onecity-unit"
SOURCE = "source"
"""Id of the document that says where a promise stands."""
STATUS = {
    Gate.IDENTIFICATION: "identification",
    Gate.PREPARATION: "preparation",
    Gate.IMPLEMENTATION: "implementation",
    Gate.COMPLETION: "completion",
    Gate.OPERATION: "maintenance",
}
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Packed:
    """A package of projects.

    Attributes
    ----------
    package
        As JSON holds it; amounts are exact decimals, see `content`.
    count
        Projects in it.
    left
        What it could not hold, each with how many projects have it.
    """

    package: dict[str, Any]
    count: int
    left: tuple[Sentence, ...]

    def content(self) -> bytes:
        """Return the package as a file, with amounts exact to the last digit."""
        return content(self.package)


def packed(
    items: Iterable[Item],
    register: Register,
    *,
    publisher: str,
    at: datetime,
    uri: str = "",
) -> Packed:
    """Return the projects among some items as an OC4IDS package.

    Parameters
    ----------
    items, register
        What is written, and the units they name.
    publisher, at
        Who publishes it, and when.
    uri
        Of the package; one made of the moment if empty.

    Raises
    ------
    InputError
        There is no project among them.
    """
    every = list(items)
    projects = [one for one in every if one.kind is Kind.PROJECT]
    if not projects:
        raise InputError("ledger_files.oc4ids_no_projects", count=len(every))
    package = {
        "uri": uri or f"urn:onecity:oc4ids:{stamp(at)}",
        "publishedDate": stamp(at),
        "version": VERSION,
        "publisher": {"name": publisher},
        "projects": [project_of(one, register) for one in projects],
    }
    return Packed(package, len(projects), tuple(_left(every, projects)))


def package(
    items: Iterable[Item], register: Register, publisher: str, at: datetime
) -> dict[str, Any]:
    """Return the package alone, see `packed`."""
    return packed(items, register, publisher=publisher, at=at).package


def content(package: Mapping[str, Any]) -> bytes:
    """Return a package as a file; JSON's numbers have any number of digits, floats have not."""
    mark = secrets.token_hex(8)
    exact: list[str] = []

    def plain(value: object) -> str:
        if not isinstance(value, Decimal):
            msg = f"cannot write a {type(value).__name__}"
            raise TypeError(msg)
        exact.append(f"{value:f}")
        return f"{mark}{len(exact) - 1}{mark}"

    text = json.dumps(package, ensure_ascii=False, indent=1, default=plain)
    parts = text.split(f'"{mark}')
    for at, part in enumerate(parts[1:], 1):
        number, _, rest = part.partition(f'{mark}"')
        parts[at] = exact[int(number)] + rest
    return "".join(parts).encode()


def project_of(item: Item, register: Register) -> dict[str, Any]:
    """Return a project as OC4IDS holds it; what is empty is left out."""
    unit = None if item.responsible_unit is None else register.unit(item.responsible_unit)
    authority = unit and {"id": unit.code, "name": unit.name}
    status = CANCELLED if item.state is State.CANCELLED else item.gate and STATUS[item.gate]
    documents = [{"id": SOURCE, "title": SOURCE, "description": item.source}]
    closed = item.closed_on if item.state is State.CLOSED else None
    return _filled(
        {
            "id": f"{PREFIX}{item.id}",
            "updated": stamp(item.changed),
            "language": "zh",
            "identifiers": [{"id": item.number, "scheme": SCHEME_NUMBER}],
            "title": item.title,
            "description": item.text,
            "status": status,
            "period": _filled({"startDate": _moment(item.start), "endDate": _moment(item.due)}),
            "publicAuthority": authority,
            "parties": [
                {
                    **authority,
                    "identifier": {"scheme": SCHEME_UNITS, "id": authority["id"]},
                    "roles": ["publicAuthority"],
                }
            ]
            if authority
            else [],
            "additionalClassifications": [
                {"scheme": SCHEME_STRAND, "id": item.strand.value},
                {"scheme": SCHEME_LEVEL, "id": item.level.value},
            ],
            "locations": _locations(item),
            "budget": _budget(item),
            "milestones": _milestones(item),
            **_measures(item),
            "transactions": _payments(item),
            "documents": documents if item.source else [],
            "completion": _filled({"endDate": _moment(closed)}),
        }
    )


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _moment(day: date | None) -> str | None:
    """Return the beginning of a day in China: the standard knows moments alone."""
    return None if day is None else f"{day.isoformat()}T00:00:00+08:00"


def _value(item: Item, amount: Decimal) -> dict[str, Any]:
    return {"amount": amount, "currency": item.currency}


def _locations(item: Item) -> list[dict[str, Any]]:
    if item.place is None:
        return []
    counties = list(item.place.counties)
    return [
        _filled(
            {
                "id": "place",
                "geometry": item.place.geojson,
                "gazetteer": {"scheme": SCHEME_PLACES, "identifiers": counties}
                if counties
                else None,
            }
        )
    ]


def _budget(item: Item) -> dict[str, Any]:
    if not item.budget:
        return {}
    lines = [
        {
            "id": str(at),
            "description": line.name,
            "amount": _value(item, line.amount),
            "period": {
                "startDate": _moment(date(line.year, 1, 1)),
                "endDate": _moment(date(line.year, 12, 31)),
            },
        }
        for at, line in enumerate(item.budget, 1)
    ]
    return {
        "amount": _value(item, item.budget_total),
        "budgetBreakdowns": [{"id": "budget", "budgetBreakdown": lines}],
    }


def _milestones(item: Item) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "id": str(at),
                "title": one.name,
                "dueDate": _moment(one.due),
                "dateMet": _moment(one.done_on),
                "status": "scheduled" if one.done_on is None else "met",
            }
        )
        for at, one in enumerate(item.milestones, 1)
    ]


def _measures(item: Item) -> dict[str, Any]:
    """Return what was promised as forecasts, what was measured as metrics, under the same ids."""
    forecasts, metrics = [], []
    for at, one in enumerate(item.measures, 1):
        unit = {"unit": {"name": one.unit}} if one.unit else {}
        promised = [("baseline", one.baseline), ("target", one.target)]
        known = [
            {"id": id_, "measure": value, **unit} for id_, value in promised if value is not None
        ]
        head = _filled({"id": str(at), "title": one.name, "description": one.source})
        # A measure without any promise still has its name and its unit.
        forecasts.append(_filled({**head, "observations": known or [{"id": "unit", **unit}]}))
        if one.value is not None:
            observed = {"id": "value", "measure": one.value, **unit}
            observed["period"] = {"endDate": _moment(one.at)}
            metrics.append({"id": str(at), "title": one.name, "observations": [observed]})
    return {"forecasts": forecasts, "metrics": metrics}


def _payments(item: Item) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "id": str(at),
                "date": _moment(one.date),
                "value": _value(item, one.amount),
                "payee": {"name": one.to} if one.to else None,
            }
        )
        for at, one in enumerate(item.payments, 1)
    ]


def _left(every: list[Item], projects: list[Item]) -> Iterable[Sentence]:
    """Yield what a package cannot hold of these items."""
    others = len(every) - len(projects)
    if others:
        yield Sentence("ledger_files.oc4ids_left_items", {"count": others})
    yield Sentence("ledger_files.oc4ids_left_way", {"count": len(projects)})
    for name in ("lead_unit", "supporting_units", "owner", "deliverable", "depends_on", "meeting",
                 "finding"):  # fmt: skip
        count = sum(bool(getattr(one, name)) for one in projects)
        if count:
            values = {"field": checks.field(name), "count": count}
            yield Sentence("ledger_files.oc4ids_left", values)
    weights = sum(any(each.weight != 1 for each in one.milestones) for one in projects)
    notes = sum(any(each.note for each in one.payments) for one in projects)
    for name, count in (("weight", weights), ("note", notes)):
        if count:
            values = {"field": checks.field(name), "count": count}
            yield Sentence("ledger_files.oc4ids_left", values)
