"""Own schemas of items: one JSON file each, checked to be of what a form can draw.

A folder holds ``<code>.json`` for an item, by its implementation or basic code, and may hold
``parts.json`` whose ``$defs`` the others share as ``parts.json#/$defs/NAME``. In a file each
property of the schema is a group, an object of fields one level down. ``x-files`` says of
documents when they are wanted and what their files may be.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NoReturn

from onecity.core.errors import InputError
from onecity.core.files import replacing

from .making import Own
from .merging import resolved
from .model import MEDIA, Schema
from .numbers import FORMATS

PARTS: Final = "parts.json"
FOLDER: Final = "forms"
"""Folder of a node that holds the schemas of its catalogue."""
_EXAMPLE = "onecity.hall.catalogue.example"
_OF_GROUP = frozenset(
    ("type", "title", "description", "properties", "required", "allOf", "unevaluatedProperties")
)


def read_own(folder: Path) -> Own:
    """Return the own schemas of a folder, by code; none where there is no such folder.

    Raises
    ------
    InputError
        A file is no JSON, refers to nothing, or holds what no form draws; the file is named.
    """
    return _read(folder) if folder.is_dir() else {}


@cache
def example_own() -> Own:
    """Return the own schemas of the invented catalogue."""
    return _read(files(_EXAMPLE) / FOLDER)


def put_example(folder: Path) -> None:
    """Write the own schemas of the invented catalogue into the folder ``forms`` of a node."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in _json_files(files(_EXAMPLE) / FOLDER):
        with replacing(folder / FOLDER / one.name) as path:
            path.write_bytes(one.read_bytes())


def _json_files(folder: Traversable) -> list[Traversable]:
    return sorted(
        (one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name
    )


def _read(folder: Traversable) -> Own:
    told = {one.name: _json(one) for one in _json_files(folder)}
    shared = told.pop(PARTS, {}).get("$defs", {})
    found = {}
    for name, schema in told.items():
        try:
            whole = resolved(schema, {PARTS: shared})
            check_own(whole)
        except InputError as error:
            raise InputError("hall_forms.bad_file", file=name, reason=error) from error
        found[name.removesuffix(".json")] = whole
    return found


def _json(file: Traversable) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise InputError("hall_forms.no_json", file=file.name, reason=error) from error
    if not isinstance(told, dict):
        raise InputError("hall_forms.no_json", file=file.name, reason=type(told).__name__)
    return told


def check_own(schema: Schema) -> None:
    """Do nothing if a form can draw a schema: groups of plain fields, with plain conditions.

    Raises
    ------
    InputError
        It holds something else: where is told as a pointer.
    """
    for name, given in _mapping(schema.get("properties"), "/properties").items():
        where = f"/properties/{name}"
        group = _mapping(given, where)
        unknown = {key for key in group if not key.startswith("x-")} - _OF_GROUP
        if unknown or group.get("type") != "object":
            _refuse(where, sorted(unknown) or group.get("type"))
        _check_words(group, where)
        _check_fields(group, where)
        for at, part in enumerate(group.get("allOf", ())):
            _check_condition(_mapping(part, where), f"{where}/allOf/{at}")
    for name, told in _mapping(schema.get("x-files", {}), "/x-files").items():
        if not set(told.get("media", ())) <= set(MEDIA):
            _refuse(f"/x-files/{name}/media", told["media"])
        if told.get("about", "applicant") not in {"applicant", "representative", "other"}:
            _refuse(f"/x-files/{name}/about", told["about"])
        if not all(set(one) == {"pointer", "values"} for one in told.get("when", ())):
            _refuse(f"/x-files/{name}/when", told["when"])


def _check_condition(part: Schema, where: str) -> None:
    asked = _mapping(_mapping(part.get("if"), where).get("properties"), where)
    for field, own in asked.items():
        if set(own) not in ({"const"}, {"enum"}):
            _refuse(f"{where}/if/properties/{field}", sorted(own))
    if set(part) != {"if", "then"} or set(part["if"].get("required", ())) != set(asked):
        _refuse(where, sorted(part))
    _check_fields(_mapping(part["then"], where), f"{where}/then")


def _check_fields(group: Schema, where: str) -> None:
    fields = _mapping(group.get("properties"), where)
    for name, schema in fields.items():
        place = f"{where}/properties/{name}"
        _check_words(schema, place)
        kind = schema.get("type")
        if not name.replace("_", "").isalnum() or not name.isascii():
            _refuse(place, name)
        if kind == "array":
            kind = _mapping(schema.get("items"), place).get("type")
            if "enum" not in schema["items"]:
                _refuse(place, kind)
        if kind not in {"string", "integer", "number", "boolean"}:
            _refuse(place, kind)
        if schema.get("format", "date") not in {"date", *FORMATS}:
            _refuse(f"{place}/format", schema["format"])
    unknown = [name for name in group.get("required", ()) if name not in fields]
    if unknown:
        _refuse(f"{where}/required", unknown)


def _check_words(schema: Schema, where: str) -> None:
    options = _mapping(schema.get("items", schema), where).get("x-options", {})
    texts = [schema.get("x-title"), *options.values()]
    texts += [schema["x-help"]] if "x-help" in schema else []
    for text in texts:
        if not isinstance(text, Mapping) or not text.get("zh") or not text.get("en"):
            raise InputError("hall_forms.no_words", where=where)


def _mapping(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        _refuse(where, type(given).__name__)
    return given


def _refuse(where: str, given: object) -> NoReturn:
    raise InputError("hall_forms.undrawable", where=where, given=given)
