"""Proposals on the page and as rows."""

import re
from dataclasses import replace
from itertools import combinations
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.words import LANGUAGES
from onecity.region.check import check
from onecity.region.interventions import AddRoad
from onecity.region.store import Region
from onecity.report import render
from onecity.report.assumed import name_of
from onecity.report.ground import Ground, ground_of
from onecity.report.names import Name, names_of
from onecity.report.overlay import MARK_RADIUS, apart
from onecity.report.paper import WIDTH
from onecity.report.proposals import SHOWN, proposals_of
from onecity.report.proposed import (
    ends_of,
    flat,
    kind_of,
    listed,
    named_shares,
    place_of,
    shares,
)
from onecity.strands.contract import Findings, Level, Proposal
from onecity.strands.transport import appraise
from onecity.strands.transport import strand as transport
from tests.tiny import DEAD_ENDS, tiny_region


@pytest.fixture(scope="module")
def found(region: Region) -> tuple[Proposal, ...]:
    proposals = transport.propose(region)
    assert proposals
    return proposals


@pytest.fixture(scope="module")
def several(region: Region) -> tuple[Proposal, ...]:
    """Links of which the transport strand says what they give, some of them twice."""
    roads = [AddRoad(*DEAD_ENDS, kmh=60.0), AddRoad(0, 12, kmh=60.0), AddRoad(3, 17, kmh=60.0)]
    return appraise(region, roads)


@pytest.fixture(scope="module")
def ground() -> Ground:
    region = tiny_region()
    return ground_of(region, names_of(region))


def test_shares_leave_out_the_small_and_keep_losers() -> None:
    assert shares({"a": 60.0, "b": 39.5, "c": 0.5}) == [("a", 0.6), ("b", 0.395)]
    assert shares({"a": 100.0, "b": -0.2}) == [("a", 1.0), ("b", -0.002)]
    assert shares({"a": 0.0}) == []
    assert shares({}) == []


def test_who_gains_is_named() -> None:
    names = {"a": Name("a", "甲市", "Jia"), "b": Name("b", "乙市", "Yi")}
    gains = {"a": 3.0, "b": 1.0}
    assert named_shares(gains, names, "zh") == "甲市 75%、乙市 25%"
    assert named_shares(gains, names, "en", 1) == "Jia 75%"


def test_a_proposal_is_named_by_its_ends_or_its_rank(found: tuple[Proposal, ...]) -> None:
    one = found[0]
    for language in LANGUAGES:
        for name in one.evidence["names"]:
            assert name.text(language) in place_of(one, language)
    same = replace(one, evidence={"names": (one.evidence["names"][0],) * 2})
    assert place_of(same, "zh").endswith("境内")
    within = place_of(same, "zh")
    for roads, zh in (
        ((None, None), within),
        (("西街", "西街"), f"西街（{within}）"),
        (("西街", None), f"西街至无名道路（{within}）"),
        (("西街", "东街"), f"西街至东街（{within}）"),
    ):
        named = replace(same, evidence={**same.evidence, "roads": roads})
        assert place_of(named, "zh") == zh
    bare = replace(one, evidence={}, kind="", rank=7)
    assert place_of(bare, "en") == "proposal 7"
    assert ends_of(bare) is None


def test_what_stands_out_is_listed_whatever_its_rank(
    several: tuple[Proposal, ...], ground: Ground
) -> None:
    ranked = [
        replace(several[0], rank=rank, evidence={**several[0].evidence, "stands_out": rank == 14})
        for rank in range(1, 16)
    ]
    assert [one.rank for one in listed(ranked, 10)] == [*range(1, 11), 14]
    assert [one.rank for one in listed(ranked, 14)] == list(range(1, 15))
    sources = {key: place for place, key in enumerate(several[0].indicator.sources, 1)}
    laid = proposals_of(ranked, {}, sources, ground)
    assert laid is not None
    assert [line.rank for line in laid.lines] == [*range(1, 11), 14]
    assert (laid.best, laid.beyond) == (10, 1)
    kind = kind_of(several[0], "zh")
    assert f"最值得核实的 10 条连线，另有 1 处跨界{kind}" in laid.heading
    few = proposals_of(ranked[:3], {}, sources, ground)
    assert few is not None
    assert "最值得核实的 3 条连线" in few.heading
    assert "另有" not in few.heading


def test_rows_hold_all_that_travels_with_a_proposal(
    region: Region, several: tuple[Proposal, ...]
) -> None:
    cities = names_of(region)[Level.CITY]
    rows = flat(several, cities)
    assert list(rows["rank"]) == [one.rank for one in several]
    for row, one in zip(rows.to_dict("records"), several, strict=True):
        assert row["benefit"] == one.benefit
        assert sum(row[f"gain_{code}"] for code in cities) == pytest.approx(one.benefit)
        assert row["sources"].split(";") == list(one.indicator.sources)
        assert row["grade"] == one.grade.value
        assert row["nature"] == one.indicator.nature.value
        for item in one.assumptions:
            assert name_of(item.key, "zh") in row["assumptions_zh"]
        assert row["action_tail"] == one.intervention.as_record()["tail"]


def test_the_page_lists_proposals_with_range_and_stability(
    region: Region, findings: dict[str, Findings], found: tuple[Proposal, ...]
) -> None:
    layers = {"transport": transport.layers(region, findings["transport"])}
    page = render(
        region,
        {"transport": findings["transport"]},
        layers,
        check(region),
        proposals={"transport": found},
    )
    table = page.partition('id="ranked-transport"')[2].partition("</table>")[0]
    assert len(re.findall(r'id="proposal-transport-\d+"', table)) == min(len(found), SHOWN)
    first = found[0]
    assert first.stability is not None
    assert f"{first.benefit:,.0f}" in table
    assert f"{first.stability.rank[0]}–{first.stability.rank[1]}" in table
    after = page.partition('id="ranked-transport"')[2]
    for item in first.assumptions:
        assert f">{name_of(item.key, 'zh')}<" in after
    for remark in first.remarks:
        for language in LANGUAGES:
            assert remark.text(language).replace("'", "&#39;") in page
    assert page.count('<g class="mark">') == min(len(found), SHOWN)


def test_without_proposals_nothing_is_said_of_them(page: str) -> None:
    assert "ranked-" not in page.partition("</style>")[2]


def test_only_so_many_are_listed_and_what_is_common_is_said_once(
    region: Region, several: tuple[Proposal, ...], ground: Ground
) -> None:
    many = [replace(several[0], rank=rank) for rank in range(1, SHOWN + 5)]
    cities = names_of(region)[Level.CITY]
    numbers = {key: place for place, key in enumerate(region.manifest.sources, 1)}
    made = proposals_of(many, cities, numbers, ground)
    assert made is not None
    assert len(made.lines) == SHOWN
    assert made.total == len(many)
    assert {line.remarks for line in made.lines} == {""}
    assert proposals_of([], cities, numbers, ground) is None


@given(st.lists(st.tuples(st.integers(300, 2700), st.integers(300, 900)), max_size=8))
def test_marks_never_touch(ground: Ground, spots: list[tuple[int, int]]) -> None:
    placed = apart([(float(x), float(y)) for x, y in spots], ground)
    assert len(placed) == len(spots)
    for (x, y), (other_x, other_y) in combinations(placed, 2):
        assert hypot(x - other_x, y - other_y) > MARK_RADIUS
    for x, y in placed:
        assert MARK_RADIUS < x < WIDTH - MARK_RADIUS
        assert MARK_RADIUS < y < ground.sheet.height - MARK_RADIUS


def test_marks_on_one_spot_part(ground: Ground) -> None:
    placed = apart([(500.0, 200.0)] * 3, ground)
    for (x, y), (other_x, other_y) in combinations(placed, 2):
        assert hypot(x - other_x, y - other_y) >= 2 * MARK_RADIUS
