"""One page on one border, on one link."""

import re
from dataclasses import replace
from typing import Any

import pytest

from onecity.core.errors import MissingError
from onecity.core.words import LANGUAGES
from onecity.region.store import Region
from onecity.report.assumed import name_of
from onecity.report.borders import signed, spread
from onecity.report.dossier import border_dossier, proposal_dossier
from onecity.strands.contract import Findings, Proposal
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
        "border": border_dossier(region, found, layers["transport"], ("990200", "990100")),
        "link": proposal_dossier(region, proposal),
    }


@pytest.mark.parametrize("kind", ["border", "link"])
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


def test_a_proposal_that_lies_nowhere_has_the_whole_map(region: Region, proposal: Proposal) -> None:
    page = proposal_dossier(region, replace(proposal, evidence={}, stability=None))
    assert re.search(r'viewBox="0 0 3000 \d+"', page)
    assert 'class="stroke"' not in page
