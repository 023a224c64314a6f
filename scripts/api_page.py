"""Fill the documentation's page of the API from what the service says of itself.

MkDocs calls this while it builds (`hooks` in mkdocs.yml): the page cannot differ from the service.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from onecity.web.app import reference
from onecity.web.routes import BASE

MARK = "<!-- api -->"
_REF = "#/components/schemas/"
Told = Mapping[str, Any]


def page(told: Told) -> str:
    """Return a section for each group of routes, then one for the shapes of answers."""
    parts = []
    for tag in told["tags"]:
        routes = [
            route(method, path, one)
            for path, operations in told["paths"].items()
            for method, one in operations.items()
            if tag["name"] in one["tags"]
        ]
        if routes:
            zh, _, en = tag["description"].partition(". ")
            heading = f"## {tag['name'].capitalize()} {zh} {{ #{anchor('tag', tag['name'])} }}"
            parts += [heading, en, *routes]
    shapes = [shape(name, one) for name, one in sorted(told["components"]["schemas"].items())]
    parts += ["## Shapes 数据结构 { #shapes }", "What answers and requests hold.", *shapes]
    return "\n\n".join(parts)


def route(method: str, path: str, told: Told) -> str:
    """Return what a route takes and gives."""
    short = path.removeprefix(BASE)
    heading = f"### {told['summary']} {{ #{anchor(method, short)} }}"
    parts = [heading, f"`{method.upper()} {short}`", told["description"].strip()]
    given = [
        (f"`{one['name']}`", one["in"], kind(one["schema"]), one.get("description", ""))
        for one in told.get("parameters", [])
    ]
    if given:
        parts.append(table(("parameter", "in", "type", "meaning"), given))
    body = told.get("requestBody", {}).get("content", {})
    parts += [f"Body: {media} {kind(one['schema'])}." for media, one in body.items()]
    rows = [
        (status, ", ".join(contents(one)), one["description"])
        for status, one in sorted(told["responses"].items())
        if status < "400"
    ]
    parts.append(table(("answer", "holds", "meaning"), rows))
    refused = [status for status in sorted(told["responses"]) if status >= "400"]
    parts.append(f"Problems: {', '.join(refused)}.")
    return "\n\n".join(parts)


def contents(answer: Told) -> Iterable[str]:
    """Yield what an answer may hold, by media type."""
    for media, one in answer.get("content", {}).items():
        schema = one.get("schema", {})
        plain = media == "application/json"
        yield kind(schema) if plain else f"`{media}`"


def shape(name: str, told: Told) -> str:
    """Return the fields of a shape."""
    heading = f"### {name} {{ #{anchor('shape', name)} }}"
    about = " ".join(told.get("description", "").split())
    needed = set(told.get("required", []))
    rows = [
        (
            f"`{field}`" + ("" if field in needed else " (optional)"),
            kind(one),
            one.get("description", ""),
        )
        for field, one in told.get("properties", {}).items()
    ]
    listed = table(("field", "type", "meaning"), rows) if rows else kind(told)
    return "\n\n".join(part for part in (heading, about, listed) if part)


def kind(schema: Told) -> str:  # noqa: PLR0911  (one for each kind)
    """Return what a value may be, in plain words, with links to shapes."""
    match schema:
        case {"$ref": str(ref)}:
            name = ref.removeprefix(_REF)
            return f"[{name}](#{anchor('shape', name)})"
        case {"anyOf": several} | {"oneOf": several}:
            return " or ".join(dict.fromkeys(kind(one) for one in several))
        case {"enum": values}:
            return ", ".join(f"`{one}`" for one in values)
        case {"const": value}:
            return f"`{value}`"
        case {"type": "array", "prefixItems": several}:
            return f"[{', '.join(kind(one) for one in several)}]"
        case {"type": "array"}:
            return f"list of {kind(schema.get('items', {}))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {kind(values)}"
        case {"type": "string", "format": str(form)}:
            return form
        case {"type": str(name)}:
            return name
        case _:
            return "anything"


def anchor(*words: str) -> str:
    """Return the name of a heading in addresses."""
    text = "-".join(words).lower()
    return "".join(letter if letter.isalnum() else "-" for letter in text).strip("-")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(header), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(
        f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in row)} |"
        for row in lines
    )


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the mark (a MkDocs event)."""
    return markdown.replace(MARK, page(reference())) if MARK in markdown else markdown
