"""Schemas put together: references written out, groups of several items made one."""

from collections.abc import Iterator, Mapping
from typing import Any

from onecity.core.errors import InputError

from .model import Field, Schema, When

Json = dict[str, Any]
_DEEPEST = 20


def resolved(schema: Schema, shared: Mapping[str, Mapping[str, Any]] | None = None) -> Json:
    """Return a schema with every reference written out.

    What stands beside a reference goes before what it refers to.

    Parameters
    ----------
    schema
        A schema that refers to its own ``$defs`` as ``#/$defs/NAME``.
    shared
        The ``$defs`` of other files, by the file's name: ``parts.json#/$defs/NAME``.

    Raises
    ------
    InputError
        A reference leads elsewhere, to nothing, or to itself.
    """
    known = {"": schema.get("$defs", {}), **(shared or {})}
    plain = {key: one for key, one in schema.items() if key != "$defs"}
    made: Json = _written_out(plain, known, "", 0)
    return made


def _written_out(given: Any, known: Mapping[str, Mapping[str, Any]], here: str, depth: int) -> Any:
    if isinstance(given, list):
        return [_written_out(one, known, here, depth) for one in given]
    if not isinstance(given, Mapping):
        return given
    if (reference := given.get("$ref")) is None:
        return {key: _written_out(one, known, here, depth) for key, one in given.items()}
    file, _, name = str(reference).partition("#/$defs/")
    file = file or here
    if name not in known.get(file, {}) or depth > _DEEPEST:
        raise InputError("hall_forms.bad_reference", reference=reference)
    beside = {key: one for key, one in given.items() if key != "$ref"}
    # What is referred to may refer on, within its own file.
    meant = _written_out(known[file][name], known, file, depth + 1)
    return {**meant, **_written_out(beside, known, here, depth)}


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
