import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from onecity.core.words import chapter
from onecity.region.check import Quality, check
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.report import render
from onecity.report.chapter import HEAT
from onecity.report.figures import plain
from onecity.strands.contract import Findings, Level

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Tree(HTMLParser):
    """Every element with its attributes and parents, and every text with its parents."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given, tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {n: v or "" for n, v in attrs}, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data.strip(), tuple(self._open)))


@pytest.fixture(scope="module")
def tree(page: str) -> Tree:
    return Tree(page)


def of(tree: Tree, tag: str) -> list[dict[str, str]]:
    return [given for name, given, _ in tree.elements if name == tag]


def test_the_page_needs_nothing_else(page: str, tree: Tree) -> None:
    for tag, given, _ in tree.elements:
        assert "src" not in given, tag
        assert "srcset" not in given
        for name in ("href", "xlink:href", "action", "poster"):
            assert given.get(name, "#").startswith("#") or given[name] == "data:,", (tag, given)
    styles = "".join(text for text, parents in tree.texts if parents[-1] == "style")
    assert "@import" not in styles
    assert "url(" not in styles
    scripts = "".join(text for text, parents in tree.texts if parents[-1] == "script")
    assert not re.search(r"fetch|XMLHttp|import\s*\(|https?:", scripts)
    assert "fonts.googleapis" not in page


def test_every_link_inside_leads_somewhere(tree: Tree) -> None:
    ids = [given["id"] for _, given, _ in tree.elements if "id" in given]
    assert len(ids) == len(set(ids))
    links = {given["href"][1:] for _, given, _ in tree.elements if given.get("href", "")[:1] == "#"}
    assert links
    assert links <= set(ids)


def test_both_languages_stand_side_by_side(tree: Tree) -> None:
    spans = [given for given in of(tree, "span") if given.get("class") in {"zh", "en"}]
    assert [one["class"] for one in spans] == ["zh", "en"] * (len(spans) // 2)
    assert {one["class"]: one["lang"] for one in spans} == {"zh": "zh-CN", "en": "en"}
    for _, given, _ in tree.elements:
        assert ("data-zh" in given) == ("data-en" in given)
        assert ("data-zh-label" in given) == ("data-en-label" in given)


def test_no_key_of_the_catalogue_is_left(tree: Tree) -> None:
    chapters = "report|transport|units|core|check|strands|cli"
    key = re.compile(rf"\b({chapters})\.[a-z_]{{4,}}\b")
    for text, parents in tree.texts:
        if parents[-1] not in {"script", "style", "code"}:
            assert not key.search(text), text
            assert "{" not in text, text


def test_tables_can_be_heard(tree: Tree) -> None:
    heads = of(tree, "th")
    assert heads
    assert all(one.get("scope") in {"col", "row"} for one in heads)
    assert len(of(tree, "caption")) == len(of(tree, "table"))
    maps = [one for one in of(tree, "svg") if "role" in one]
    assert maps
    for one in maps:
        assert one["role"] == "img"
        assert len(one["data-zh-label"]) > 20
        assert len(one["data-en-label"]) > 20
    scrolled = [one for one in of(tree, "div") if one.get("class", "").startswith("scroll")]
    assert all(one.get("tabindex") == "0" and one.get("aria-label") for one in scrolled)


def test_headings_do_not_skip(tree: Tree) -> None:
    levels = [int(tag[1]) for tag, _, _ in tree.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_each_strand_has_its_chapter(page: str) -> None:
    for key, title in (("transport", "交通同网"), ("livelihood", "民生同保")):
        assert f'<section class="strand" id="strand-{key}">' in page
        assert f'href="#strand-{key}"' in page
        assert title in page


def cells(page: str, caption: str) -> list[list[str]]:
    """The texts of a table's body, by its caption, without what stands in small print."""
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        if caption in table:
            body = table.partition("<tbody>")[2]
            rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
            return [re.findall(r'<span class="n">(.*?)</span>', row) for row in rows]
    pytest.fail(f"no table {caption}")


def test_the_figures_are_those_measured(page: str, findings: dict[str, Findings]) -> None:
    found = findings["transport"]
    captions = {Level.CITY: "cities_caption", Level.GROUP: "groups_caption"}
    for level, key in captions.items():
        rows = cells(page, chapter("report")[key]["zh"])
        table = found.tables[level]
        expected = [
            [plain(value, found.indicators[one].decimals) for value in table[one]]
            for one in table.columns
        ]
        assert rows[len(rows) - len(expected) :] == expected
    rows = cells(page, chapter("report")["region_caption"]["zh"])
    table = found.tables[Level.REGION]
    assert [row[0] for row in rows] == [
        plain(table[one].iloc[0], found.indicators[one].decimals) for one in table.columns
    ]


def test_people_carry_their_own_grade(page: str, region: Region) -> None:
    first = cells(page, chapter("report")["cities_caption"]["zh"])[0]
    cities = region.table("cities")
    assert first == [plain(people, 0) for people in cities["people"]]
    assert page.count('<sup class="g g-C">C</sup>') >= (cities["people_grade"] == "C").sum()


def test_the_first_figures_are_those_the_strand_names(
    page: str, findings: dict[str, Findings]
) -> None:
    found = findings["transport"]
    assert found.headline
    head = page.partition('id="strand-transport"')[2].partition('class="key"')[0]
    titles = re.findall(r'<h3><span class="zh" lang="zh-CN">(.*?)</span>', head)
    named = [found.indicators[key].text("zh") for key in found.headline]
    # Five figures are remembered: three headlines, then what borders cost, then more headlines.
    borders = found.borders[0].indicator.text("zh")
    assert titles == [*named[:3], borders, *named[3:]][:5]


def test_every_chip_names_nature_grade_and_sources(page: str, region: Region) -> None:
    chips = re.findall(r'<span class="chip n-(\w+)".*?<b>(.*?)</b>(.*?)</span>', page, re.DOTALL)
    assert len(chips) > 60
    with_sources = [rest for _, _, rest in chips if "#source-" in rest]
    assert len(with_sources) == len(chips)
    for key, source in region.manifest.sources.items():
        assert source.title_zh in page, key
        assert source.terms("zh") in page


def test_remarks_stand_with_their_marks(page: str, findings: dict[str, Findings]) -> None:
    for found in findings.values():
        several = [*found.remarks, *(r for one in found.indicators.values() for r in one.remarks)]
        for remark in several:
            assert remark.text("zh") in page
            assert remark.text("en").replace("'", "&#39;") in page


def test_assumptions_quality_and_state_are_told(page: str, region: Region) -> None:
    for one in region.manifest.assumptions:
        assert one.reason_zh in page
        assert one.reason_en in page
    for item in check(region).items:
        assert item.text("zh").replace("'", "&#39;") in page
    assert region.hash in page
    assert region.manifest.recipe_sha256 in page
    assert "known-again" in page[:4096]


def test_the_same_input_gives_the_same_bytes(
    page: str, region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    assert render(region, findings, layers, check(region), stamp="known-again") == page


def bare(region: Region) -> Region:
    kept = {
        name: region.table(name)
        for name in region.manifest.tables
        if name not in {"groups", "water", "places", "rail_edges"}
    }
    records = {name: region.manifest.tables[name] for name in kept}
    return Region.from_tables(region.manifest.with_tables(records), kept)


def test_a_region_without_optional_tables(region: Region, layers: dict[str, Any]) -> None:
    from onecity.strands.transport import strand as transport

    small = bare(region)
    found = {"transport": transport.measure(small)}
    page = render(small, found, {"transport": transport.layers(small)}, check(small))
    Tree(page)
    assert chapter("report")["groups_heading"]["zh"] not in page


def test_a_region_without_strands(region: Region) -> None:
    page = render(region, {}, {}, check(region))
    Tree(page)
    assert chapter("report")["sources_caption"]["zh"] in page


def test_what_has_no_figure_is_a_dash(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    found = findings["livelihood"]
    empty = {level: table * np.nan for level, table in found.tables.items()}
    page = render(
        region,
        {"livelihood": replace(found, tables=empty)},
        {"livelihood": layers["livelihood"]},
        check(region),
    )
    assert "nan" not in re.sub(r"<[^>]*>", " ", page.partition("<body>")[2]).split()
    assert page.count('<span class="n">—</span>') > 10


def test_names_are_text_not_markup(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    bad = "<script>alert('x')</script>\"'&"
    manifest = replace(region.manifest, title_zh=bad, title_en=bad)
    tables = {name: region.table(name) for name in manifest.tables}
    tables["counties"] = tables["counties"].assign(name_zh=bad, name_en=bad)
    tables["cities"] = tables["cities"].assign(name_zh=bad, name_en=bad)
    spoilt = Region.from_tables(manifest, tables)
    nothing = Quality((), check(region).cities, check(region).tables)
    page = render(spoilt, findings, layers, nothing)
    assert "<script>alert" not in page
    assert page.count("<script>") == 1
    Tree(page)


def test_every_table_a_region_may_hold_has_a_name() -> None:
    assert {f"table_{name}" for name in TABLES} <= set(chapter("report"))


def test_a_scenario_is_told_apart(region: Region) -> None:
    from onecity.region.interventions import CloseRoad

    done = region.apply([CloseRoad((0,))])
    page = render(done, {}, {}, check(region))
    assert chapter("report")["scenario"]["zh"].format(count=1) in page


# --- Contrast ------------------------------------------------------------------------


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_words_can_be_read(page: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    named = dict(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{3,6})", page))
    assert contrast("#000", "#fff") == pytest.approx(21)
    for words in ("ink", "soft", "accent", "warn", "fault"):
        for ground in ("paper", "pale", "accent-pale"):
            assert contrast(named[words], named[ground]) >= 4.5, (words, ground)
    shades = dict(re.findall(r"\.h(\d)\{background:(#\w{6})(?!;color)\}", page))
    assert len(shades) == 5
    for colour in shades.values():
        assert contrast(named["ink"], colour) >= 4.5, colour
    for colour in HEAT[len(shades) :]:
        assert contrast("#fff", colour) >= 4.5, colour
