"""What the item editor shows: fields of an item with their words, versions, comparisons."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from onecity.core.errors import MissingError
from onecity.core.severity import Severity
from onecity.core.words import Language
from onecity.hall.catalogue import Catalogue, Item
from onecity.hall.catalogue.fields import Field, compare, fields_of, flat, folded
from onecity.hall.catalogue.plain import NEVER, record_of
from onecity.hall.catalogue.rules import Fault
from onecity.web.words import named, told, words

from .offer import Offer, Told

if TYPE_CHECKING:
    from onecity.hall.node.items import Draft, Version

_HIDDEN = frozenset(NEVER)
PROVINCE = {"code": "", "name": told("hall.tier_province")}
"""What stands for the city of an item that is above the cities."""


def values_of(item: Item) -> dict[str, Any]:
    """Return the fields of an item that can be edited, as plain values."""
    return {name: value for name, value in flat(record_of(item)).items() if name not in _HIDDEN}


def given_of(given: Mapping[str, Any], before: Item | None) -> dict[str, Any]:
    """Return what an editor gave as fields of an item: limits put together."""
    return folded(given, {} if before is None else record_of(before))


def forms_of(catalogue: Catalogue) -> list[Told]:
    """Return the fields of the editor in order, with their words and what may be chosen."""
    return [_field(one) for one in fields_of(catalogue)]


def _field(one: Field) -> Told:
    return {
        "name": one.name,
        "label": words(one.label),
        "kind": one.kind,
        "choices": [
            {"code": choice.code, "title": {"zh": choice.title["zh"], "en": choice.title["en"]}}
            for choice in one.choices
        ],
        "columns": [_field(column) for column in one.columns],
    }


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
    fields = values_of(draft.item)
    before = {} if published is None else values_of(published)
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


def compared_told(basic: str, offer: Offer, language: Language) -> Told:
    """Return the same item of several cities, field by field 同事同标.

    Raises
    ------
    MissingError
        No city has it.
    """
    catalogue = offer.catalogue
    alike = [one for one in catalogue.items if one.basic_code == basic]
    if not alike:
        raise MissingError("web_hall.no_item", given=basic)
    cities = list(dict.fromkeys(one.city for one in alike))
    return {
        "basic_code": basic,
        "title": named(alike[0].title, alike[0].title_en),
        "cities": [offer.city_told(one) or PROVINCE for one in cities],
        "fields": [
            {
                "name": one.name,
                "label": words(one.label),
                "differs": one.differs,
                "values": {city: text[language] for city, text in one.values.items()},
            }
            for one in compare(catalogue, basic)
        ],
    }
