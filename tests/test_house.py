"""The house rules that no linter holds: words, size, names, what may stand in a file."""

import ast
import json
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

import onecity
from onecity.core.words import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "onecity"
CATALOGUE = PACKAGE / "core" / "words"
CHAPTERS = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(CATALOGUE.glob("*.toml"))
}
SENTENCES = {
    f"{chapter}.{name}": texts
    for chapter, sentences in CHAPTERS.items()
    for name, texts in sentences.items()
}
MODULES = {
    file.relative_to(ROOT).as_posix(): file.read_text("utf-8")
    for folder in (PACKAGE, ROOT / "scripts", ROOT / "benchmarks")
    for file in sorted(folder.rglob("*.py"))
}
# What the map's front end is built into is no source of ours: it holds every word it was given.
BUILT = PACKAGE / "web" / "static"
TEMPLATES = {
    file.relative_to(ROOT).as_posix(): file.read_text("utf-8")
    for file in sorted(PACKAGE.rglob("*"))
    if file.suffix in {".html", ".j2", ".jinja", ".js"} and BUILT not in file.parents
}
# Made from the catalogue: they hold every word.
MADE = {f"web/src/words/{name}.ts" for name in ("catalogue", "screens", "hall")}
WEB = {
    file.relative_to(ROOT).as_posix(): file.read_text("utf-8")
    for file in sorted((ROOT / "web" / "src").rglob("*"))
    if file.suffix in {".ts", ".vue"} and file.relative_to(ROOT).as_posix() not in MADE
}

KEY = re.compile(r"\b(?:{})\.[a-z](?:[a-z0-9_]*[a-z0-9])?\b".format("|".join(CHAPTERS)))
FILE_SUFFIXES = {"css", "csv", "geojson", "gpkg", "html", "j2", "js", "json", "parquet", "py"}
FILE_SUFFIXES |= {"md", "npy", "npz", "pbf", "png", "shp", "svg", "toml", "ts", "txt", "xlsx"}
FILE_SUFFIXES |= {"zip"}
# Permissions of the hall begin as the keys of its chapter do.
RIGHTS = MODULES.get("src/onecity/hall/node/rights.py", "")
PERMISSIONS = set(re.findall(r'= "(hall\.[a-z]+)"', RIGHTS))
SPEAKERS = {"InputError", "MissingError", "RangeError", "Sentence", "StoreError", "say"}

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
LONG = "# Long:"
"""A file or function over its size says why in a comment that starts with this."""


# --- Words -------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    """Return the names of a sentence's placeholders, without attributes and indices."""
    fields = (field for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    return {re.split(r"[.\[]", field)[0] for field in fields}


def is_key(text: str) -> bool:
    if text in PERMISSIONS or text.partition(".")[2] in FILE_SUFFIXES:
        return False
    return KEY.fullmatch(text) is not None


@cache
def keys_in_use() -> dict[str, str]:
    """Return every key that a literal or a template names, and where."""
    found: dict[str, str] = {}
    for where, source in MODULES.items():
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and is_key(node.value)
            ):
                found.setdefault(node.value, f"{where}:{node.lineno}")
    for where, source in TEMPLATES.items():
        for key in re.findall(r"""["']([^"'\s]+)["']""", source):
            if is_key(key):
                found.setdefault(key, where)
    for where, source in WEB.items():
        # Quotes stand within quotes in a component: "say('map.title')".
        chapters = r"map(?:_[a-z]+)*|ledger_screens|hall_(?:screens|portal|desk)(?:_[a-z]+)*"
        named = rf"""(?<=["'`])(?:{chapters})\.[a-z0-9_]+(?=["'`])"""
        for key in re.findall(named, source):
            if is_key(key):
                found.setdefault(key, where)
    return found


@cache
def joined() -> tuple[tuple[str, str, str], ...]:
    """Return beginning, end and place of every f-string: ``f"core.grade_{x}"`` begins a key."""
    found = []
    for where, source in MODULES.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.JoinedStr) and node.values:
                first, last = (
                    str(piece.value) if isinstance(piece, ast.Constant) else ""
                    for piece in (node.values[0], node.values[-1])
                )
                found.append((first, last, f"{where}:{node.lineno}"))
    return tuple(found)


def families_in_use() -> dict[str, str]:
    """Return the fixed beginnings of keys made at run time, and where."""
    found = {first: where for first, _, where in joined() if is_key(first.rstrip("_"))}
    for where, source in TEMPLATES.items():
        for start in re.findall(r"""["']([a-z]+\.[a-z0-9_]+_)["']""", source):
            if is_key(start.rstrip("_")):
                found[start] = where
    for where, source in WEB.items():
        for start in re.findall(r"`([a-z_]+\.[a-z0-9_]+_)\$\{", source):
            if is_key(start.rstrip("_")):
                found[start] = where
    return found


def endings_in_use() -> set[str]:
    """Return what is added to a whole key at run time, as ``f"{key}_about"``."""
    return {last for first, last, _ in joined() if not first and re.fullmatch("_[a-z_]+", last)}


@cache
def names_in_use() -> frozenset[str]:
    """Return every literal that may be the name of a sentence in a chapter chosen elsewhere.

    A strand says ``f"{KEY}.scenario"``, or keeps names and says ``f"transport.{name}"``.
    """
    open_chapters = {first.removesuffix(".") for first, _, _ in joined()}
    for source in MODULES.values():
        open_chapters.update(re.findall(r'^KEY = "(\w+)"', source, re.MULTILINE))
    literals = {last.removeprefix(".") for _, last, _ in joined() if last.startswith(".")}
    for source in MODULES.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
    return frozenset(
        key
        for key in SENTENCES
        for chapter, _, name in [key.partition(".")]
        if chapter in open_chapters
        # A limit may follow the name: people_30, people_60. A topic's title stands under its key.
        and not literals.isdisjoint({name, re.sub(r"_\d+$", "", name), name.removeprefix("topic_")})
    )


def test_a_sentence_stands_in_both_languages_with_the_same_placeholders() -> None:
    assert SENTENCES
    for key, texts in SENTENCES.items():
        assert tuple(texts) == LANGUAGES, f"{key}: Chinese first, then English, nothing else"
        assert all(text.strip() for text in texts.values()), key
        assert placeholders(texts["zh"]) == placeholders(texts["en"]), key
        assert "" not in placeholders(texts["zh"]), f"{key}: placeholders have names"


def test_each_language_has_its_own_punctuation() -> None:
    mixed_zh = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")
    mixed_en = re.compile(r"[\u3000-\u303f\uff00-\uffef]")
    for key, texts in SENTENCES.items():
        assert not mixed_en.search(texts["en"]), key
        # Placeholders and shapes, as (n, 2), keep theirs.
        assert not mixed_zh.search(re.sub(r"\{[^}]*\}|\([^)]*\)", "", texts["zh"])), key


def test_every_key_in_use_is_in_the_catalogue() -> None:
    missing = {key: where for key, where in keys_in_use().items() if key not in SENTENCES}
    assert not missing


def test_every_family_of_keys_has_members() -> None:
    empty = {
        start: where
        for start, where in families_in_use().items()
        if not any(key.startswith(start) for key in SENTENCES)
    }
    assert not empty


def test_no_sentence_is_unused() -> None:
    used = keys_in_use().keys() | names_in_use()
    used |= {key + ending for key in used for ending in endings_in_use()}
    families = tuple(families_in_use())
    unused = [key for key in SENTENCES if key not in used and not key.startswith(families)]
    assert not unused


def spoken() -> Iterator[tuple[str, str, set[str]]]:
    """Yield key, place and names given of every call that fills a sentence in full view."""
    for where, source in MODULES.items():
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            key = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if name not in SPEAKERS or not isinstance(key, str) or key not in SENTENCES:
                continue
            if name == "Sentence":
                if len(node.args) == 1:
                    yield key, f"{where}:{node.lineno}", set()
                elif isinstance(given := node.args[1], ast.Dict):
                    names = {k.value for k in given.keys if isinstance(k, ast.Constant)}
                    yield key, f"{where}:{node.lineno}", {str(name) for name in names}
            elif all(keyword.arg for keyword in node.keywords):
                yield key, f"{where}:{node.lineno}", {str(k.arg) for k in node.keywords}


def test_every_sentence_gets_the_values_it_needs() -> None:
    wrong = {
        where: {"key": key, "needs": sorted(needs), "given": sorted(given)}
        for key, where, given in spoken()
        if (needs := placeholders(SENTENCES[key]["zh"])) != given
    }
    assert not wrong


# --- Size and names ------------------------------------------------------------


def test_a_long_file_says_why() -> None:
    silent = {
        where: len(lines)
        for where, source in MODULES.items()
        if len(lines := source.splitlines()) > MAX_FILE_LINES
        and not any(line.startswith(LONG) for line in lines)
    }
    assert not silent


def test_a_long_function_says_why() -> None:
    silent = {}
    for where, source in MODULES.items():
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            own = lines[node.lineno - 1 : node.end_lineno]
            if length > MAX_FUNCTION_LINES and not any(
                line.strip().startswith(LONG) for line in own
            ):
                silent[f"{where}:{node.lineno} {node.name}"] = length
    assert not silent


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = re.compile(r"(^|/)_*(utils?|helpers?|common|managers?|misc)(/|\.py$)")
    assert not [where for where in MODULES if drawers.search(where)]


# --- What may stand in a tracked file ---------------------------------------------


def tracked() -> dict[str, str]:
    """Return the text of every file under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # not text, or deleted and not yet committed
    return texts


# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = {
    "registry host": "|".join(
        re.escape(host)
        for host in (
            "pypi" + ".org",
            "pythonhosted" + ".org",
            "npmjs" + ".org",
            "npmjs" + ".com",
            "debian" + ".org/debian",
            "crates" + ".io",
        )
    ),
    "index option": r"--(?:extra-)?index" + r"-url[ =]|--find" + r"-links[ =]|file:" + r"///",
    "machine path": r"(?<![\w./~-])/(?:work|opt|root|home)/" + r"[a-z]",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_tracked_file_names_a(kind: str) -> None:
    pattern = re.compile(FOREIGN[kind])
    found = {
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}": match.group()
        for name, text in tracked().items()
        for match in [pattern.search(text)]
        if match
    }
    assert not found


def test_what_is_looked_for_would_be_found() -> None:
    bait = {
        "registry host": "https://files.pythonhosted" + ".org/packages",
        "index option": "--extra-index" + "-url https://example",
        "machine path": "see /ho" + "me/me/region",
    }
    assert all(re.search(FOREIGN[kind], text) for kind, text in bait.items())


# --- Locks ---------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock with their versions; each must carry hashes."""
    text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    assert all("--hash=sha256:" in line for line in lines)
    pins = [re.match(r"([a-z0-9-]+)==([^\s;]+)", line) for line in lines]
    assert all(pins)
    return {pin[1]: pin[2] for pin in pins if pin}


def test_one_environment_serves_users_and_developers() -> None:
    run, dev = locked("run.txt"), locked("dev.txt")
    assert run.items() < dev.items()


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[\[<>=~!; ]", name)[0].lower() for name in wanted}

    run = locked("run.txt")
    assert names(project["project"]["dependencies"] + groups["build"]) <= run.keys()
    singles = [name for group in groups.values() for name in group if isinstance(name, str)]
    extras = list(chain(*project["project"]["optional-dependencies"].values()))
    assert names(singles + extras) <= locked("dev.txt").keys()


# Halves of a declared package: their version is the one that it asks for.
HALVES = {"llvmlite": "numba", "markupsafe": "jinja2"}


def test_every_imported_package_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[\[<>=~!; ]", name)[0].lower() for name in asked}
    owners = packages_distributions()
    undeclared = {}
    for where, source in MODULES.items():
        if not where.startswith("src/"):
            continue
        for node in ast.walk(ast.parse(source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names:
                # A distribution may write its own name with either stroke (PEP 503).
                owner = {name.lower().replace("_", "-") for name in owners.get(top, [])}
                if top not in {"onecity", *HALVES} and not owner & declared:
                    undeclared[f"{where}:{getattr(node, 'lineno', 0)}"] = top
    assert not undeclared


# --- Light imports -------------------------------------------------------------------

HEAVY = {"geopandas", "llvmlite", "numba", "numpy", "osmium", "pandas", "pyarrow", "pyogrio"}
HEAVY |= {"pyproj", "scipy", "shapely"}


@pytest.mark.parametrize("module", ["onecity", "onecity.core.errors", "onecity.cli"])
def test_is_light_to_import(module: str) -> None:
    program = f"import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert not HEAVY & set(json.loads(done.stdout))


# --- Papers -----------------------------------------------------------------------------


def test_the_version_is_the_same_everywhere() -> None:
    version = onecity.__version__
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(rf'^version: "?{re.escape(version)}"?$', citation, re.MULTILINE)
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] in {"Unreleased", version}


def test_the_architecture_page_names_every_floor() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    floors = sorted(file.parent.name for file in PACKAGE.glob("*/__init__.py"))
    assert floors
    assert not [floor for floor in floors if f"`{floor}/`" not in page]


def test_the_readme_gives_the_two_commands() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    assert re.search(r"^make demo\b", page, re.MULTILINE)
    assert re.search(r"^make test\b", page, re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_no_link_to_a_file_is_broken(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]
