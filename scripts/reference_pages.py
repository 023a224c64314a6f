"""Fill pages of the documentation from the code they describe, so that they cannot differ.

MkDocs calls this while it builds (`hooks` in mkdocs.yml). A mark in a page, an HTML comment, is
replaced: ``<!-- recipe keys -->``, ``<!-- assumption keys -->``, ``<!-- region tables -->``,
``<!-- indicators -->``, ``<!-- index indicators -->``, ``<!-- needs -->``, and
``<!-- said KEY -->`` by a sentence of the catalogue.
"""

import re
import string
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from importlib import import_module
from math import isnan
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from onecity.core.words import LANGUAGES, chapter, say
from onecity.index.indicators import OF_INDEX, STRUCTURE, Figure
from onecity.region import recipe
from onecity.region.schema import TABLES, Column
from onecity.strands import strands
from onecity.strands.contract import Level
from onecity.strands.transport.assumed import DEFAULTS, Default
from onecity.strands.transport.indicators import HEADLINE, Definition

MEANINGS = Path(__file__).with_name("recipe_keys.toml")
BETWEEN = "_between"
SAID = re.compile(r"<!-- said ([a-z_.0-9]+) -->")

_WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    Any: "anything",
}


def recipe_keys(whole: type[BaseModel] = recipe.Recipe) -> str:
    """Return a section for each part of a recipe, with all its keys."""
    told = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))
    headings: dict[type[BaseModel], list[str]] = {}
    for name, field in whole.model_fields.items():
        for heading, model in _parts_in(name, field.annotation):
            headings.setdefault(model, []).append(heading)
    return "\n\n".join(
        _part(", ".join(heads), model, told.get(model.__name__, {}))
        for model, heads in headings.items()
    )


def assumption_keys(defaults: Mapping[str, Default] = DEFAULTS) -> str:
    """Return a table of the assumptions that links read."""
    told = tomllib.loads(MEANINGS.read_text(encoding="utf-8"))["assumptions"]
    if set(told) != set(defaults):
        differ = sorted(set(told) ^ set(defaults))
        raise ValueError(f"{MEANINGS.name}, [assumptions]: {differ} is not told, or no key")
    rows = []
    for key, one in defaults.items():
        value = "follows the region" if isnan(one.value) else f"`{one.value:g}`"
        span = "" if one.low is None or one.high is None else f"{one.low:g}–{one.high:g}"
        rows.append((f"`{key}`", one.unit, value, span, told[key]))
    return table(("key", "unit", "default", "range", "meaning"), rows)


def _parts_in(path: str, annotation: Any, form: str = "[{}]") -> list[tuple[str, type[BaseModel]]]:
    """Return the parts a key holds, each with the heading it is written under."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if _is_model(annotation):
        kind = annotation.model_fields.get("kind")
        which = get_args(kind.annotation) if kind else ()
        heading = form.format(path) + "".join(f', kind = "{one}"' for one in which)
        found = [(heading, annotation)]
        for name, field in annotation.model_fields.items():
            found += _parts_in(f"{path}.{name}", field.annotation)
        return found
    if origin is dict:
        return _parts_in(f"{path}.KEY", inner[1])
    if origin is tuple:
        form = "[[{}]]"
    return [one for part in inner for one in _parts_in(path, part, form)]


def _part(heading: str, model: type[BaseModel], told: dict[str, str]) -> str:
    fields = model.model_fields
    if set(told) != set(fields):
        differ = sorted(set(told) ^ set(fields))
        raise ValueError(f"{MEANINGS.name}, [{model.__name__}]: {differ} is not told, or no key")
    rows = [
        (f"`{name}`", kind_of(field.annotation, field.metadata), _default(field), told[name])
        for name, field in fields.items()
    ]
    about = re.sub(r"``(.+?)``", r"`\1`", " ".join((model.__doc__ or "").split()))
    return f"## {heading}\n\n{about}\n\n{table(('key', 'type', 'default', 'meaning'), rows)}"


def kind_of(annotation: Any, limits: Iterable[Any] = ()) -> str:
    """Return what a key may hold, in plain words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0], inner[1:])
    if origin in (Union, UnionType, tuple) or _is_model(annotation):
        return _composed(origin, inner)
    if origin is Literal:
        return " or ".join(f'`"{one}"`' for one in inner)
    if origin is dict:
        return f"table of {kind_of(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    return ", ".join([_WORDS[annotation], *_limits(limits)])


def _composed(origin: Any, inner: tuple[Any, ...]) -> str:
    """Return words for a choice or a list; parts of the recipe have sections of their own."""
    kinds = [one for one in inner if one not in (NoneType, Ellipsis)]
    if all(map(_is_model, kinds)):
        return "see below"
    words = " or ".join(kind_of(one) for one in kinds)
    return f"list of {words}" if origin is tuple else words


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _limits(given: Iterable[Any]) -> list[str]:
    """Return bounds on a number; they may lie inside pydantic's own wrappers."""
    told: list[str] = []
    for one in given:
        match one:
            case Gt():
                told.append(f"> {one.gt}")
            case Ge():
                told.append(f"≥ {one.ge}")
            case Le():
                told.append(f"≤ {one.le}")
            case FieldInfo():
                told += _limits(one.metadata)
    return told


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def region_tables() -> str:
    """Return a section for each table of a region, with all its columns."""
    parts = []
    for one in TABLES.values():
        rows = [(f"`{c.name}`", c.kind.value, c.unit, _empty(c), c.meaning) for c in one.columns]
        kept = "A region may be without it." if one.optional else "Every region has it."
        key = ", ".join(f"`{name}`" for name in one.key)
        header = ("column", "type", "unit", "may be empty", "meaning")
        parts.append(f"## {one.name}\n\n{one.meaning} {kept} Key: {key}.\n\n{table(header, rows)}")
    return "\n\n".join(parts)


def _empty(column: Column) -> str:
    return "yes" if column.nullable else ""


def indicators() -> str:
    """Return a section for every figure that a strand gives."""
    parts = []
    for key in strands():
        found = _definitions(f"{strands.__module__}.{key}")
        sections = {
            "Of units 单元、县区、市、组团、城市圈": [one for one in found if one.levels],
            "Between city centres 城市中心之间": [
                one for one in found if one.name.endswith(BETWEEN)
            ],
        }
        told = [one for some in sections.values() for one in some]
        sections["Of proposals 建议"] = [one for one in found if one not in told]
        for heading, some in sections.items():
            parts += [f"## {heading}", *map(_figure, some)] if some else []
    return "\n\n".join(parts)


def index_indicators() -> str:
    """Return a section for every figure of the integration index and of structure."""
    return "\n\n".join(_figure(one) for one in (*OF_INDEX, *STRUCTURE))


def _definitions(package: str) -> list[Definition]:
    """Return what the modules of a strand define, each once, in the order of reading."""
    folder = import_module(package).__path__
    modules = [import_module(f"{package}.{one.name}") for one in iter_modules(folder)]
    values = [value for module in modules for value in vars(module).values()]
    several = [value for value in values if isinstance(value, tuple)]
    flat = [one for value in several for one in value] + values
    return list(dict.fromkeys(one for one in flat if isinstance(one, Definition)))


def _figure(one: Definition | Figure) -> str:
    title = f"### {say(one.key, 'en')} {say(one.key, 'zh')}"
    units = " · ".join(dict.fromkeys(say(f"units.{one.unit}", tongue) for tongue in LANGUAGES))
    levels = ", ".join(f"{level.text('en')} {level.text('zh')}" for level in one.levels)
    facts = [
        f"`{one.key}`",
        units,
        f"better: {one.better.value}",
        f"for {levels}" if levels else "for pairs of cities",
    ]
    if one.name in HEADLINE:
        facts.append("read first")
    return "\n\n".join(
        [
            f"{title} {{ #{one.name.replace('_', '-')} }}",
            " · ".join(facts),
            say(f"{one.key}_about", "en"),
            say(f"{one.key}_about", "zh"),
        ]
    )


def needs() -> str:
    """Return a table of what every strand reads."""
    rows = []
    for key, strand in strands().items():
        for need in strand.needs:
            without = need.without.text("en") if need.without else ""
            rows.append((key, f"`{need.table}`", "" if need.optional else "yes", without))
    return table(("strand", "table", "needed", "without it"), rows)


def levels() -> str:
    """Return the levels that figures are given for."""
    rows = [(f"`{one.value}`", one.text("en"), one.text("zh")) for one in Level]
    return table(("level", "word", "中文"), rows)


def said(key: str) -> str:
    """Return a sentence of the catalogue in both languages, its placeholders as capitals."""
    name, _, sentence = key.partition(".")
    spoken = chapter(name)[sentence]
    return "\n".join(f"> {_bare(spoken[tongue])}  " for tongue in LANGUAGES)


def _bare(template: str) -> str:
    parts = string.Formatter().parse(template)
    return "".join(text + (f"*{field.upper()}*" if field else "") for text, field, _, _ in parts)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in lines
    )


MARKS: dict[str, Callable[[], str]] = {
    "<!-- recipe keys -->": recipe_keys,
    "<!-- assumption keys -->": assumption_keys,
    "<!-- region tables -->": region_tables,
    "<!-- indicators -->": indicators,
    "<!-- index indicators -->": index_indicators,
    "<!-- needs -->": needs,
    "<!-- levels -->": levels,
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace every mark (a MkDocs event)."""
    for mark, make in MARKS.items():
        if mark in markdown:
            markdown = markdown.replace(mark, make())
    return SAID.sub(lambda found: said(found[1]), markdown)
