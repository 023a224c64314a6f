"""Parts of a catalogue as plain values, fit for JSON, and back: what stores and programs keep."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from onecity.core.errors import InputError

from .model import Catalogue, Item

Part = TypeVar("Part")

NEVER = ("code", "basic_code", "authority", "city", "version", "valid_from", "valid_until")
"""Fields of an item that say which it is and when it stands: a draft does not change them."""


def record_of(part: object) -> dict[str, Any]:
    """Return a part (an item, a department...) as plain values.

    Sets are in the order of their texts, amounts of money are texts, days are ISO dates.
    """
    record: dict[str, Any] = _adapter(type(part)).dump_python(part, mode="json")
    for name, value in record.items():
        if isinstance(getattr(part, name), frozenset):
            record[name] = sorted(value)
    return record


def part_of(kind: type[Part], record: Mapping[str, Any]) -> Part:
    """Return a part from plain values; what is left out takes its default.

    Raises
    ------
    InputError
        A field is unknown, missing or not of its kind; it is named.
    """
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(record) - known)
    if unknown:
        raise InputError(
            "hall_editions.unknown_field", name=unknown[0], known=" ".join(sorted(known))
        )
    try:
        made: Part = _adapter(kind).validate_json(_written(record), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "–"
        raise InputError("hall_editions.bad_field", name=place, given=first.get("input")) from error
    if isinstance(made, Item):
        _checked(made)
    return made


def frame_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return all of a catalogue but its items and caseloads as plain values."""
    return {
        "title": catalogue.title,
        "marked": catalogue.marked,
        "cities": dict(catalogue.cities),
        "cities_en": dict(catalogue.cities_en),
        "departments": [record_of(one) for one in catalogue.departments],
        "documents": [record_of(one) for one in catalogue.documents],
        "life_events": [record_of(one) for one in catalogue.life_events],
    }


@cache
def _made_adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _made_adapter(kind)


def _written(record: Mapping[str, Any]) -> str:
    """Return a record as JSON, or tell which field JSON cannot hold."""
    for name, value in record.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError("hall_editions.bad_field", name=name, given=str(value)[:80]) from error
    return json.dumps(dict(record))


def _checked(item: Item) -> None:
    """Refuse numbers that no rule looks at."""
    for name in ("legal", "promised"):
        limit = getattr(item, name)
        if limit is not None and not (math.isfinite(limit.count) and 0 <= limit.count <= _MOST):
            raise InputError("hall_editions.bad_field", name=f"{name}.count", given=limit.count)
    for fee in item.fees:
        if not fee.cny.is_finite():
            raise InputError("hall_editions.bad_field", name="fees.cny", given=fee.cny)
    if item.version < 1:
        raise InputError("hall_editions.bad_field", name="version", given=item.version)


_MOST = 10_000  # of days or hours: beyond, a slip of the pen
