"""What a region keeps of tests of its models, as small tables.

A value in both languages, ``{"zh": ..., "en": ...}``, is one value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from onecity.core.words import LANGUAGES, chapter

from .both import both, told
from .figures import NO_FIGURE


@dataclass(frozen=True, slots=True)
class Grid:
    """Entries that hold the same values, one row each."""

    heads: tuple[Markup, ...]
    rows: tuple[tuple[Markup, tuple[Markup, ...]], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its single values, and the entries that have several."""

    title: Markup
    singles: tuple[tuple[Markup, Markup], ...]
    grids: tuple[Grid, ...]


def record_of(key: str, value: Any) -> Record:
    """Lay out a record. Lists stay in the manifest: they are for programs."""
    title = _word(key)
    if not isinstance(value, Mapping) or _single(value):
        return Record(title, ((title, _text(value)),), ())
    singles = tuple((_word(name), _text(one)) for name, one in value.items() if _single(one))
    alike: dict[tuple[str, ...], list[tuple[Markup, tuple[Markup, ...]]]] = {}
    for name, one in value.items():
        if isinstance(one, Mapping) and not _single(one):
            names = tuple(sorted(part for part, held in one.items() if _single(held)))
            if names:
                row = tuple(_text(one[part]) for part in names)
                alike.setdefault(names, []).append((_word(name), row))
    grids = tuple(
        Grid(tuple(_word(name) for name in names), tuple(rows)) for names, rows in alike.items()
    )
    return Record(title, singles, grids)


def _single(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) == set(LANGUAGES)
    return not isinstance(value, list | tuple)


def _text(value: Any) -> Markup:
    if isinstance(value, Mapping):
        return both(**value)
    text = NO_FIGURE if value is None else f"{value:,}" if isinstance(value, int) else f"{value}"
    return Markup("{0}").format(text)


def _word(name: str) -> Markup:
    """Return the words for an entry, or its name where the catalogue has none."""
    if f"record_{name}" in chapter("report"):
        return told(f"report.record_{name}")
    return Markup("<code>{0}</code>").format(name)
