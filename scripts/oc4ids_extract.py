r"""Make the extract of the OC4IDS schema that the ledger validates by: facts alone.

Field names, types, what is required, formats and closed enumerations are kept; titles,
descriptions and everything else that is prose is left out.

    python scripts/oc4ids_extract.py project-schema.json project-package-schema.json \
        --version 0.9.5 --date 2026-11-23

The two files are those of the standard, as published by the Open Contracting Partnership.
"""

import argparse
import json
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[1] / "src/onecity/programme/ledger/oc4ids/schema.json"
KEPT = {
    "$ref",
    "enum",
    "format",
    "items",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "required",
    "type",
    "uniqueItems",
}
PROJECT = "#/definitions/Project"


def stripped(schema: Any) -> Any:
    """Return a schema without prose; names of properties are names, whatever they are."""
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for name, value in schema.items():
        if name in {"properties", "definitions"}:
            found[name] = {one: stripped(each) for one, each in value.items()}
        elif name == "$ref":
            found[name] = PROJECT if value.endswith("project-schema.json") else value
        elif name in KEPT:
            found[name] = stripped(value)
    # The schema names a type alone in a list here and there.
    if isinstance(found.get("type"), list) and len(found["type"]) == 1:
        found["type"] = found["type"][0]
    return found


def extract(project: Any, package: Any, version: str, day: str) -> dict[str, Any]:
    """Return the extract: a package whose projects are among its definitions."""
    whole = stripped(project)
    definitions = {"Project": {key: whole[key] for key in whole if key != "definitions"}}
    definitions |= whole["definitions"]
    return {
        "$schema": package["$schema"],
        "extract_of": {
            "title": "Open Contracting for Infrastructure Data Standard (OC4IDS)",
            "publisher": "Open Contracting Partnership",
            "source": package["id"],
            "version": version,
            "taken": day,
            "licence": "Apache-2.0",
            "made_by": "scripts/oc4ids_extract.py",
            "kept": "field names, types, required fields, formats, closed enumerations",
        },
        **stripped(package),
        "definitions": definitions,
    }


def main() -> None:
    """Read the two files and write the extract."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("package", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    given = parser.parse_args()
    project, package = (
        json.loads(one.read_text("utf-8")) for one in (given.project, given.package)
    )
    text = json.dumps(extract(project, package, given.version, given.date), indent=1)
    OUT.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
