"""The structure of an OC4IDS package, and what is wrong with one, by its place."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from onecity.core.words import Sentence
from onecity.programme.strict import shown

VERSION = "0.9"
"""Of the standard, as a package names it."""
MOST_PROBLEMS = 500

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
def _is_moment(given: object) -> bool:
    return not isinstance(given, str) or datetime.fromisoformat(given).tzinfo is not None


@_FORMATS.checks("uri", raises=ValueError)  # type: ignore[untyped-decorator]
def _is_uri(given: object) -> bool:
    return not isinstance(given, str) or bool(urlsplit(given).scheme)


@cache
def schema() -> Mapping[str, Any]:
    """Return the extract of the published schema."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_text())
    return found


@cache
def _validator() -> Draft4Validator:
    return Draft4Validator(schema(), format_checker=_FORMATS)


def wrong_in(package: Any) -> Iterator[tuple[str, Sentence]]:
    """Yield what the schema refuses in a package: place as in JSONPath, and why."""
    for count, error in enumerate(_validator().iter_errors(package)):
        if count == MOST_PROBLEMS:
            return
        yield place_of(error.absolute_path), _told(error)


def place_of(path: Iterable[str | int]) -> str:
    """Return a place as in JSONPath: ``$.projects[0].budget``."""
    steps = (f"[{one}]" if isinstance(one, int) else f".{shown(one)}" for one in path)
    return "$" + "".join(steps)


def _told(error: ValidationError) -> Sentence:
    """Return what is wrong, by the rule that refused it."""
    rule, limit, given = str(error.validator), error.validator_value, shown(error.instance)
    if rule == "required":
        lacking = [one for one in limit if one not in error.instance]
        return Sentence("ledger_files.oc4ids_required", {"fields": ", ".join(lacking)})
    if rule == "type":
        kinds = " / ".join(limit) if isinstance(limit, list) else limit
        return Sentence("ledger_files.oc4ids_type", {"given": given, "expected": kinds})
    if rule == "enum":
        listed = ", ".join(limit[:20]) + (", …" if len(limit) > 20 else "")
        return Sentence("ledger_files.oc4ids_enum", {"given": given, "known": listed})
    if rule in {"format", "pattern"}:
        return Sentence("ledger_files.oc4ids_format", {"given": given, "expected": limit})
    return Sentence("ledger_files.oc4ids_rule", {"given": given, "rule": f"{rule} {limit}"})
