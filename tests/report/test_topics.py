"""Topics in the report: lists, maps of roads, figures, remarks and what is assumed."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from docx import Document

from onecity.core.words import LANGUAGES, Language, say
from onecity.index import examination_of, integration_index
from onecity.region.check import check
from onecity.region.schema import CRS
from onecity.region.store import Region
from onecity.report import render
from onecity.report.document import write_document
from onecity.report.page import chapters_of
from onecity.report.topics import SHOWN, topic_of
from onecity.strands.contract import Findings, Scale
from onecity.strands.examination import Examination, Ranked, Ranking, RoadLayer
from tests.topical import ASSUMED, KEY, LENGTH, PEOPLE, ROADS, examine, teach, topics


@pytest.fixture(autouse=True)
def _taught(monkeypatch: pytest.MonkeyPatch) -> None:
    teach(monkeypatch, topics())


@pytest.fixture(scope="module")
def found(region: Region) -> Examination:
    return examine(region)


@pytest.fixture
def paged(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], found: Examination
) -> str:
    return render(region, findings, layers, check(region), examinations=[found])


def part_of(page: str) -> str:
    """Return the topic's part of the page."""
    start = page.index(f'id="topic-transport-{KEY}"')
    return page[start : page.index("</section>", start)]


def test_the_topic_stands_in_its_strands_chapter(paged: str) -> None:
    part = part_of(paged)
    before = paged[: paged.index(part)]
    assert before.rindex('id="strand-transport"') > before.rfind('id="strand-livelihood"')
    assert f'href="#topic-transport-{KEY}"' in before


def test_a_list_is_shown_with_trust_and_escaped(paged: str) -> None:
    part = part_of(paged)
    assert "甲桥&lt;b&gt;" in part
    assert "<b>&gt;" not in part
    assert "12.35" in part
    assert "67,890" in part
    assert say("topics.list_title", "zh", title=ROADS, shown=3, total=40) in unescape(part)
    assert say("transport.candidate_only", "en") in unescape(part)
    start = part.index(say("transport.far_share_about", "zh"))
    heads = part[start : part.index("甲桥&lt;", start)]
    chips = re.findall(r'class="chip n-(\w+)".*?<b>(.)</b>', heads)
    assert chips == [("assumed", "E"), ("modelled", "C")]
    assert say("topics.empty_list", "en", title=say("transport.off_people", "en")) in part
    # A figure there is none of is a dash, not zero.
    row = part[part.index("乙路", start) :]
    cells = re.findall(r'<td class="num">([^<]*)</td>', row[: row.index("</tr>")])
    assert cells == ["1.00", "—"]


def test_remarks_and_assumptions_stand_with_the_topic(paged: str) -> None:
    part = unescape(part_of(paged))
    for words in ("transport.without_water", "transport.people_modelled"):
        assert say(words, "zh") in part
    assert ASSUMED.reason_en in part
    assert "ⓘ" not in part


def test_roads_are_drawn_by_class_and_ranks_are_marked(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], found: Examination
) -> None:
    setting, _ = chapters_of(region, findings, layers)
    part = topic_of(region, found, setting)
    (drawn,) = part.maps
    colours = [one.colour for one in drawn.overlay.strokes]
    assert colours == list(found.layers[0].scale.colours)
    widths = [one.width for one in drawn.overlay.strokes]
    assert widths == sorted(widths)
    assert [one.number for one in drawn.overlay.marks] == [1, 2, 3]
    assert [one.colour for one in drawn.overlay.legend] == colours
    assert say("topics.some_roads", "zh") not in drawn.about
    assert f"{LENGTH.nature.text('zh')} {LENGTH.grade.value}" in drawn.title
    # The number of a point stands for that point.
    sheet = setting.atlas.ground.sheet
    (spot,) = sheet.place(gpd.GeoSeries.from_xy([-29.5], [1.2], crs=CRS))
    assert (drawn.overlay.marks[2].at_x, drawn.overlay.marks[2].at_y) == (
        round(spot.x),
        round(spot.y),
    )


def test_a_list_without_roads_or_layers_has_a_map_of_its_points(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], found: Examination
) -> None:
    setting, _ = chapters_of(region, findings, layers)
    rows = tuple(
        Ranked({"zh": f"处{n}", "en": f"Spot {n}"}, (float(n),), point=(-29.9 + n / 20, 1.2))
        for n in range(15)
    )
    listed = Ranking("transport.far_share", (PEOPLE,), rows, total=15)
    bare = Examination(KEY, found.findings, (listed,))
    part = topic_of(region, bare, setting)
    (drawn,) = part.maps
    assert len(drawn.overlay.marks) == SHOWN
    assert not drawn.overlay.strokes
    assert len(part.lists[0].entries) == SHOWN
    assert topic_of(region, Examination(KEY, found.findings), setting).maps == ()


def test_a_map_of_too_many_roads_keeps_what_matters_most(
    region: Region,
    findings: dict[str, Findings],
    layers: dict[str, Any],
    found: Examination,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("onecity.report.topics._MOST_POINTS", 12)
    setting, _ = chapters_of(region, findings, layers)
    layer = RoadLayer(
        "lengths",
        LENGTH,
        pd.DataFrame({LENGTH.key: np.arange(20.0)}, index=np.arange(20)),
        Scale((5.0, 10.0), ("#eee", "#999", "#333")),
    )
    part = topic_of(region, Examination(KEY, found.findings, (), (layer,)), setting)
    colours = [one.colour for one in part.maps[0].overlay.strokes]
    assert colours[-1] == "#333"
    assert len(colours) < 3
    assert len(part.maps[0].overlay.legend) == len(colours)
    assert say("topics.some_roads", "zh") in part.maps[0].about


def test_the_page_begins_with_the_index(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    own = {"transport": findings["transport"]}
    index = integration_index(region, own)
    shown = examination_of(region, index, own)
    page = render(region, findings, layers, check(region), index=shown)
    part = page[page.index('id="index"') : page.index('id="strand-transport"')]
    assert f"{index.value:.3f}" in part[: part.index("topic-index-integration")]
    assert unescape(part).count(say("index.cards_gateway", "zh")) >= 1
    for one in index.missing:
        assert one.reason.text("en") in unescape(part)
    assert page.index('href="#index"') < page.index('href="#strand-transport"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_holds_the_topic(
    region: Region,
    findings: dict[str, Findings],
    layers: dict[str, Any],
    found: Examination,
    tmp_path: Path,
    language: Language,
) -> None:
    file = tmp_path / "报告.docx"
    write_document(file, region, findings, layers, language, examinations=[found])
    document = Document(str(file))
    headings = [
        one.text for one in document.paragraphs if one.style and "Heading" in str(one.style.name)
    ]
    assert say(f"transport.topic_{KEY}", language) in headings
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["1", ROADS.rows[0].name[language], "12.35", "67,890"] in [row[:4] for row in cells]
    text = "\n".join(one.text for one in document.paragraphs)
    assert ASSUMED.text(language) in text
    assert say("transport.candidate_only", language) in text
