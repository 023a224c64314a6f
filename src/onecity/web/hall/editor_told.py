"""What the item editor shows: fields of an item with their words, versions, comparisons."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from onecity.core.severity import Severity
from onecity.core.words import Language
from onecity.hall.catalogue import Applicant, Catalogue, Depth, Form, Item, Kind, TimeUnit, Way
from onecity.hall.catalogue.plain import NEVER, record_of
from onecity.hall.catalogue.rules import COMPARED, Fault, shown
from onecity.web.words import named, told, words

from .offer import Offer, Told

if TYPE_CHECKING:
    from onecity.hall.node.items import Draft, Version

LIMITS = ("legal", "promised")
"""Fields of an item that are a number and its unit: two fields of the editor each."""
_HIDDEN = frozenset({*NEVER, *LIMITS, "tier"})


def fields_of(item: Item) -> dict[str, Any]:
    """Return the fields of an item that can be edited, as plain values."""
    record = record_of(item)
    found = {name: value for name, value in record.items() if name not in _HIDDEN}
    for name in LIMITS:
        limit = record[name] or {"count": None, "unit": TimeUnit.WORKING_DAY.value}
        found |= {f"{name}.count": limit["count"], f"{name}.unit": limit["unit"]}
    return found


def given_of(fields: Mapping[str, Any], before: Item | None) -> dict[str, Any]:
    """Return what an editor gave as fields of an item: numbers and units put together."""
    given = dict(fields)
    known = {} if before is None else fields_of(before)
    for name in LIMITS:
        parts = (f"{name}.count", f"{name}.unit")
        if not set(parts) & given.keys():
            continue
        count, unit = (given.pop(one, known.get(one)) for one in parts)
        given[name] = None if count is None else {"count": count, "unit": unit}
    return given


def forms_of(catalogue: Catalogue) -> list[Told]:
    """Return the fields of the editor in order, with their words and what may be chosen."""
    documents = [_ref(one.code, one.title, one.title_en) for one in catalogue.documents]
    cities = [_ref(code, name, "") for code, name in catalogue.cities.items()]
    basics = {one.basic_code: one for one in reversed(catalogue.items)}
    items = [_ref(code, one.title, one.title_en) for code, one in sorted(basics.items())]
    limits = [
        part
        for name in LIMITS
        for part in (
            _field(f"{name}.count", "number", label=f"hall_book.head_{name}"),
            _field(f"{name}.unit", "choice", _words(TimeUnit), label=f"hall_book.head_{name}_unit"),
        )
    ]
    materials = [
        _field("document", "choice", documents),
        _field("form", "choice", _words(Form)),
        *(_field(name, "number") for name in ("copies", "share")),
        *(_field(name, "flag") for name in ("necessary", "visit")),
        _field("when", "text"),
    ]
    fees = [_field(name, "text") for name in ("title", "cny", "basis")]
    return [
        *(_field(name, "text") for name in ("title", "title_en")),
        _field("kind", "choice", _words(Kind)),
        _field("applicants", "choices", _words(Applicant)),
        *limits,
        _field("visits", "number"),
        _field("visit_reason", "text"),
        _field("depth", "choice", _words(Depth)),
        *(_field(name, "long") for name in ("conditions", "basis")),
        _field("requirements", "list", label="hall_book.sheet_requirements", columns=materials),
        _field("results", "choices", documents),
        _field("fees", "list", label="hall_book.sheet_fees", columns=fees),
        _field("cities", "choices", cities),
        _field("ways", "choices", _words(Way)),
        _field("after", "choices", items),
        *(_field(name, "long") for name in ("source", "note")),
    ]


def _field(
    name: str,
    kind: str,
    choices: Sequence[Told] = (),
    *,
    label: str = "",
    columns: Sequence[Told] = (),
) -> Told:
    found = told(label) if label else told(f"hall_book.head_{name}")
    return {
        "name": name,
        "label": found,
        "kind": kind,
        "choices": list(choices),
        "columns": list(columns),
    }


def _ref(code: str, zh: str, en: str) -> Told:
    return {"code": code, "title": named(zh, en)}


def _words(kind: type[StrEnum]) -> list[Told]:
    return [{"code": one.value, "title": words(one)} for one in kind]  # type: ignore[arg-type]


def version_told(found: "Version") -> Told:
    """Return a version of an item as lists show it."""
    return {
        "version": found.version,
        "valid_from": found.valid_from,
        "valid_until": found.valid_until,
        "published_by": found.published_by or None,
        "published_at": found.published or None,
    }


def row_told(
    item: Item, offer: Offer, versions: "Iterable[Version]", draft: "Draft | None"
) -> Told:
    """Return an item as the editor's list shows it."""
    return {
        "code": item.code,
        "basic_code": item.basic_code,
        "title": named(item.title, item.title_en),
        "city": offer.city_told(item.city),
        "authority": offer.department_told(item.authority),
        "versions": [version_told(one) for one in versions],
        "draft_by": None if draft is None else draft.by,
        "draft_at": None if draft is None else draft.at,
    }


def draft_told(draft: "Draft", published: Item | None) -> Told:
    """Return a draft, and in what it differs from what stands."""
    fields = fields_of(draft.item)
    before = {} if published is None else fields_of(published)
    return {
        "fields": fields,
        "by": draft.by,
        "at": draft.at,
        "seen": draft.seen,
        "differs": [name for name, value in fields.items() if before.get(name) != value],
    }


def finding_told(fault: Fault) -> Told:
    """Return what a rule says of an item."""
    severity = "error" if fault.severity is Severity.FAULT else "warning"
    return {"severity": severity, "field": fault.field, "message": words(fault)}


def compared_told(items: Sequence[Item], offer: Offer, language: Language) -> Told:
    """Return the same item of several cities, field by field 同事同标."""
    catalogue = offer.catalogue
    fields = []
    for name in COMPARED:
        values = {one.city: shown(one, name, catalogue, language) for one in items}
        fields.append(
            {
                "name": name,
                "label": _compared_label(name),
                "differs": len(set(values.values())) > 1,
                "values": values,
            }
        )
    return {
        "basic_code": items[0].basic_code,
        "title": named(items[0].title, items[0].title_en),
        "cities": offer.cities_told(one.city for one in items),
        "fields": fields,
    }


def _compared_label(name: str) -> dict[str, str]:
    if name == "materials":
        return told("hall_book.sheet_requirements")
    return told("hall_book.sheet_fees") if name == "fees" else told(f"hall_book.head_{name}")
