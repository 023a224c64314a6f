"""The page of the API names every route and every shape, and its links lead somewhere."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from onecity.web.app import reference

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_page", ROOT / "scripts" / "api_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page(pages: ModuleType) -> str:
    return str(pages.on_page_markdown((ROOT / "docs" / "reference" / "api.md").read_text("utf-8")))


def test_every_route_and_every_shape_is_told(page: str) -> None:
    told = reference()
    assert "<!--" not in page
    for path, operations in told["paths"].items():
        for method in operations:
            line = f"\n`{method.upper()} {path.removeprefix('/api/v1')}`\n"
            assert page.count(line) == 1, line
    for name in told["components"]["schemas"]:
        assert f"\n### {name} {{" in page


def test_every_link_leads_to_one_heading(page: str) -> None:
    anchors = re.findall(r"\{ #([^ ]+) \}", page)
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": {"type": "number"}}, "list of number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", "b"], "type": "string"}, "`a`, `b`"),
        ({"type": "array", "prefixItems": [{"type": "number"}] * 2}, "[number, number]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"$ref": "#/components/schemas/Words"}, "[Words](#shape-words)"),
        ({"type": "string", "format": "binary"}, "binary"),
        ({}, "anything"),
    ],
)
def test_kinds_are_told_in_plain_words(
    pages: ModuleType, schema: dict[str, object], words: str
) -> None:
    assert pages.kind(schema) == words
