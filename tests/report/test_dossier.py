"""One page on one border, on one link."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES, Language
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.report.assumed import name_of
from onecity.report.borders import signed, spread
from onecity.report.dossier import page_of
from onecity.report.dossier_document import write_dossier
from onecity.report.dossiers import border_dossier, proposal_dossier
from onecity.report.figures import plain
from onecity.report.ground import with_streets
from onecity.report.unit_dossier import unit_dossier
from onecity.report.word import words_of
from onecity.strands.contract import Findings, Level, Proposal
from onecity.strands.transport import strand as transport

from .test_page import Tree


@pytest.fixture(scope="module")
def proposal(region: Region) -> Proposal:
    return transport.propose(region)[0]


@pytest.fixture(scope="module")
def pages(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any], proposal: Proposal
) -> dict[str, str]:
    found = findings["transport"]
    return {
        kind: page_of(region, one)
        for kind, one in {
            "border": border_dossier(region, found, layers["transport"], ("990200", "990100")),
            "link": proposal_dossier(region, proposal),
            "county": unit_dossier(region, [found], Level.COUNTY, "990102", [proposal]),
            "city": unit_dossier(region, [found], Level.CITY, "990100", [proposal]),
            "group": unit_dossier(region, [found], Level.GROUP, "gate", [proposal]),
        }.items()
    }


@pytest.mark.parametrize("kind", ["border", "link", "county", "city", "group"])
def test_the_page_needs_nothing_else_and_cites_its_sources(
    pages: dict[str, str], region: Region, kind: str
) -> None:
    page = pages[kind]
    tree = Tree(page)
    ids = {given["id"] for _, given, _ in tree.elements if "id" in given}
    links = [given["href"] for tag, given, _ in tree.elements if tag == "a"]
    assert links
    assert all(link[:1] == "#" and link[1:] in ids for link in links)
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    spans = [given["class"] for tag, given, _ in tree.elements if tag == "span" and "lang" in given]
    assert spans == ["zh", "en"] * (len(spans) // 2)
    assert not re.search(r"\b(report|transport|units)\.[a-z_]{4,}\b", page.partition("<body")[2])
    assert region.hash[:12] in page


def test_a_border_is_shown_with_range_chance_and_verdict(
    pages: dict[str, str], findings: dict[str, Findings]
) -> None:
    one = next(b for b in findings["transport"].borders if b.codes == ("990100", "990200"))
    assert one.chance is not None
    page = pages["border"]
    decimals = one.indicator.decimals
    for words in (
        signed(one.percent, decimals),
        spread(one.interval, decimals),
        spread(one.variants, decimals),
        f"{one.chance.p:.1%}",
        *(one.verdict.text(language) for language in LANGUAGES),
    ):
        assert words in page


def test_a_border_that_is_not_there_is_told(
    region: Region, findings: dict[str, Findings], layers: dict[str, Any]
) -> None:
    with pytest.raises(MissingError) as told:
        border_dossier(region, findings["transport"], layers["transport"], ("990100", "999001"))
    assert "云湾市" in str(told.value.values["given"])


def test_a_link_is_shown_with_gains_payers_and_assumptions(
    pages: dict[str, str], proposal: Proposal
) -> None:
    page = pages["link"]
    assert f"{100 * max(proposal.gains.values()) / proposal.benefit:.0f}%" in page
    for item in proposal.assumptions:
        assert f">{name_of(item.key, 'zh')}<" in page
    for remark in proposal.remarks:
        assert remark.text("zh") in page
    assert 'class="stroke"' in page


def test_where_every_road_is_known_a_link_is_shown_among_its_streets(
    region: Region, proposal: Proposal
) -> None:
    edges = region.table("road_edges").copy()
    edges.loc[edges.index[:2], "class"] = ["residential", "unclassified"]
    tables = {name: region.table(name) for name in TABLES if region.has(name)}
    streets = Region.from_tables(region.manifest, {**tables, "road_edges": edges})
    main, every = (proposal_dossier(one, proposal) for one in (region, streets))
    assert every.view.width < main.view.width == 620
    # Around the two dead ends there are no main roads, which are all that other maps show.
    around = (every.view.x, every.view.y, every.view.width, every.view.height)
    assert every.ground.roads == with_streets(main.ground, region, *around).roads
    assert every.ground.roads.count("M") >= 2
    lon, lat = proposal.evidence["lon"], proposal.evidence["lat"]
    short = (lon[0], lon[0] + 1e-4), (lat[0], lat[0] + 1e-4)
    near = replace(proposal, evidence={**proposal.evidence, "lon": short[0], "lat": short[1]})
    closer = proposal_dossier(streets, near)
    metres = closer.view.width * closer.ground.sheet.metres
    assert metres == pytest.approx(1200, rel=0.1)
    assert proposal_dossier(region, near).view.width == 620
    assert "0.2 km" in page_of(streets, closer)
    # A window without a road is a map without one.
    assert with_streets(main.ground, streets, -900, -900, 10, 10).roads == ""


def test_a_proposal_that_lies_nowhere_has_the_whole_map(region: Region, proposal: Proposal) -> None:
    made = proposal_dossier(region, replace(proposal, evidence={}, stability=None))
    page = page_of(region, made)
    assert re.search(r'viewBox="0 0 3000 \d+"', page)
    assert 'class="stroke"' not in page


def test_a_unit_is_shown_with_every_figure_its_place_and_what_helps_it(
    pages: dict[str, str], findings: dict[str, Findings], proposal: Proposal
) -> None:
    found, page = findings["transport"], pages["county"]
    table = found.tables[Level.COUNTY]
    for key in table.columns:
        one = found.indicators[key]
        assert one.text("zh") in page
        assert plain(float(table[key].loc["990102"]), one.decimals) in page
    key = "transport.minutes_core"
    better = (table[key] < table[key].loc["990102"]).sum()
    assert f"第 {better + 1} 位，共 {table[key].notna().sum()} 个" in page
    assert 'class="stroke"' in page
    gains = proposal.gains_by_county.get("990102", 0)
    assert (plain(gains, proposal.indicator.decimals) in page) == (gains > 0)


def test_a_city_is_shown_with_its_borders(
    pages: dict[str, str], findings: dict[str, Findings]
) -> None:
    for one in findings["transport"].borders:
        assert (f"{signed(one.percent, one.indicator.decimals)}%" in pages["city"]) or (
            "990100" not in one.codes
        )


@pytest.mark.parametrize(
    ("level", "code"), [(Level.COUNTY, "000000"), (Level.ZONE, "z00"), (Level.GROUP, "")]
)
def test_a_unit_that_is_not_there_is_told(
    region: Region, findings: dict[str, Findings], level: Level, code: str
) -> None:
    with pytest.raises(MissingError):
        unit_dossier(region, findings.values(), level, code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dossier_as_a_document_says_the_same(
    region: Region,
    findings: dict[str, Findings],
    proposal: Proposal,
    tmp_path: Path,
    language: Language,
) -> None:
    found = findings["transport"]
    for name, made in {
        "连线": proposal_dossier(region, proposal),
        "县区": unit_dossier(region, [found], Level.COUNTY, "990102", [proposal]),
    }.items():
        file = tmp_path / f"{name}.docx"
        write_dossier(file, region, made, language)
        word = Document(str(file))
        texts = [one.text for one in word.paragraphs]
        texts += [cell.text for table in word.tables for row in table.rows for cell in row.cells]
        said = "\n".join(texts)
        assert words_of(made.title, language) in said
        for card in made.cards:
            assert words_of(card.figure, language) in said
        for part in made.parts:
            for bar in part.bars:
                assert words_of(bar.name, language) in said
        assert len(word.inline_shapes) == 1
