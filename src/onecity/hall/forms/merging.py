"""Schemas put together: references written out, groups of several items made one."""

from collections.abc import Iterator, Mapping
from typing import Any

from onecity.core.errors import InputError

from .model import Field, Schema, When

Json = dict[str, Any]
_DEEPEST = 20


def resolved(schema: Schema) -> Json:
    """Return a schema with every reference to its own ``$defs`` written out.

    What stands beside a reference goes before what it refers to.

    Raises
    ------
    InputError
        A reference leads elsewhere, to nothing, or to itself.
    """
    defs = schema.get("$defs", {})
    made = _written_out({key: one for key, one in schema.items() if key != "$defs"}, defs, 0)
    return made if isinstance(made, dict) else {}


def _written_out(given: Any, defs: Mapping[str, Any], depth: int) -> Any:
    if isinstance(given, list):
        return [_written_out(one, defs, depth) for one in given]
    if not isinstance(given, Mapping):
        return given
    if (reference := given.get("$ref")) is not None:
        name = str(reference).removeprefix("#/$defs/")
        if name not in defs or depth > _DEEPEST:
            raise InputError("hall_forms.bad_reference", reference=reference)
        beside = {key: one for key, one in given.items() if key != "$ref"}
        return _written_out({**defs[name], **beside}, defs, depth + 1)
    return {key: _written_out(one, defs, depth) for key, one in given.items()}


def merged(one: Schema, other: Schema) -> Json:
    """Return a group that has the fields of both; where both have one, the first's words stand."""
    properties = {**one.get("properties", {})}
    for name, schema in other.get("properties", {}).items():
        has = name in properties
        properties[name] = _field_of_both(properties[name], schema) if has else schema
    conditions = [*one.get("allOf", ())]
    conditions += [each for each in other.get("allOf", ()) if each not in conditions]
    required = dict.fromkeys((*one.get("required", ()), *other.get("required", ())))
    made = {**other, **one, "properties": properties, "required": list(required)}
    if conditions:
        made["allOf"] = conditions
    return made


def _field_of_both(one: Schema, other: Schema) -> Json:
    sources = [*one.get("x-from", ())]
    sources += [each for each in other.get("x-from", ()) if each not in sources]
    return {**other, **one, **({"x-from": sources} if sources else {})}


def fields_of(groups: Mapping[str, Schema]) -> tuple[Field, ...]:
    """Return the fields of all groups in order, those under a condition with it."""
    return tuple(one for name, schema in groups.items() for one in _in_group(name, schema))


def _in_group(name: str, schema: Schema) -> Iterator[Field]:
    def read(part: Schema, conditions: tuple[When, ...]) -> Iterator[Field]:
        required = part.get("required", ())
        for field, own in part.get("properties", {}).items():
            yield Field(f"/{name}/{field}", own, field in required, conditions)

    yield from read(schema, ())
    for part in schema.get("allOf", ()):
        asked = part.get("if", {}).get("properties", {})
        conditions = tuple(
            When(f"/{name}/{field}", tuple(_values(own))) for field, own in asked.items()
        )
        yield from read(part.get("then", {}), conditions)


def _values(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
