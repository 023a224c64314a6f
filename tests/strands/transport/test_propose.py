"""Proposed links: what they promise is what building them gives, counted by loops."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError, MissingError
from onecity.core.words import LANGUAGES, say
from onecity.region.interventions import AddRoad, CloseRoad, SetSpeed
from onecity.region.store import Region
from onecity.strands.contract import Proposal
from onecity.strands.transport import appraise, pairs, spheres, strand
from onecity.strands.transport import candidates as c
from onecity.strands.transport import propose as p
from tests.strands.transport.link_twins import assuming, saved_by_loops, slow
from tests.strands.twins import seconds_between_zones
from tests.tiny import CORE, DEAD_ENDS, tiny_region, tiny_tables

PRICES = {
    "cost_road": (20.0, 10.0, 30.0),
    "cost_bridge": (150.0, 100.0, 200.0),
    "cost_river_bridge": (750.0, 500.0, 1000.0),
}


@pytest.fixture(scope="module")
def region() -> Region:
    return slow()


@pytest.fixture(scope="module")
def jammed() -> Region:
    """The same, and all is slow west of the river as well; links may be long."""
    jam = slow().apply([SetSpeed((0, 1, 2, 3, 29), 5.0)])
    return assuming(jam, link_radius_km=45.0, link_least_detour=1.0)


def several(region: Region, own_share: float, overlap: float) -> tuple[Proposal, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(p, "OWN_SHARE", own_share)
        patch.setattr(spheres, "OVERLAP", overlap)
        patch.setattr(p, "MOST", 1000)
        return strand.propose(region)


@pytest.fixture(scope="module")
def everything(jammed: Region) -> tuple[Proposal, ...]:
    return several(jammed, 0.0, 2.0)


def test_the_dead_ends_are_proposed(region: Region) -> None:
    (first,) = strand.propose(region)
    assert isinstance(first.intervention, AddRoad)
    assert (first.intervention.tail, first.intervention.head) == DEAD_ENDS
    evidence = first.evidence
    assert evidence["dead_ends"]
    assert evidence["counties"] == ("990102", "990202")
    assert evidence["cities"] == ("990100", "990200")
    assert evidence["city_border"]
    assert evidence["county_border"]
    assert evidence["banks"] == ("west", "east")
    assert evidence["water"] == 1
    assert [one.zh for one in evidence["water_names"]] == ["虚构河"]
    assert evidence["railways"] == 0
    assert evidence["scanned"] >= 1
    assert evidence["minutes_now"] == pytest.approx(evidence["detour"] * evidence["minutes"])
    assert first.kind == "river_crossing"
    assert first.cost_million_cny is None
    assert first.gain_per_million_cny is None
    assert first.stability is None
    said = [one.key.removeprefix("transport.") for one in first.remarks]
    assert said == [
        "candidate_only", "river_crossing", "across_cities", "across_banks", "across_water",
        "water_named", "no_price",
    ]  # fmt: skip
    assert first.remarks[1].text("zh").startswith("外湾区与浦北县之间有两个路口隔虚构河相望")
    assert "between Waiwan and 浦北县 lie on either side of Invented River" in first.remarks[
        1
    ].text("en")
    assert [one.key for one in first.indicator.remarks[:2]] == [
        "transport.trips_assumed",
        "transport.nobody_loses",
    ]


def test_a_promise_is_kept_when_the_link_is_built(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    zones = jammed.table("zones")
    assert len(everything) >= 4
    for one in everything[:4]:
        stand, saved = saved_by_loops(jammed, jammed.apply([one.intervention]))
        assert one.benefit == pytest.approx(saved.sum(), rel=1e-6)
        by_zone = saved.sum(axis=1)
        for column, gains in (("city", one.gains), ("county", one.gains_by_county)):
            codes = zones[column].iloc[stand].to_numpy()
            for code in np.unique(codes):
                mine = by_zone[codes == code].sum()
                assert gains.get(code, 0.0) == pytest.approx(mine, rel=1e-6, abs=1e-6)
        assert set(one.gains) == {"990100", "990200", "999001"}
        assert sum(one.gains.values()) == pytest.approx(one.benefit)
        assert sum(one.gains_by_county.values()) == pytest.approx(one.benefit)


def test_ranks_are_by_what_each_gives_alone(everything: tuple[Proposal, ...]) -> None:
    assert [one.rank for one in everything] == list(range(1, len(everything) + 1))
    alone = [one.benefit for one in everything]
    assert alone == sorted(alone, reverse=True)


def test_one_after_another_they_add_up(jammed: Region, everything: tuple[Proposal, ...]) -> None:
    inorder = sorted(everything, key=lambda one: one.order or 0)
    assert [one.order for one in inorder] == list(range(1, len(inorder) + 1))
    assert inorder[0].added == pytest.approx(inorder[0].benefit)
    for count in (2, 4, len(inorder)):
        built = jammed.apply([one.intervention for one in inorder[:count]])
        _, saved = saved_by_loops(jammed, built)
        assert inorder[count - 1].cumulative == pytest.approx(saved.sum(), rel=1e-6)
    added = [one.added for one in inorder]
    assert sum(one or 0.0 for one in added) == pytest.approx(inorder[-1].cumulative)
    assert added != pytest.approx([one.benefit for one in inorder])  # they do interact


def test_each_place_goes_to_the_one_that_adds_most(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    inorder = sorted(everything, key=lambda one: one.order or 0)
    first = jammed.apply([inorder[0].intervention])
    _, before = saved_by_loops(jammed, first)
    for other in inorder[1:5]:
        _, both = saved_by_loops(jammed, first.apply([other.intervention]))
        assert both.sum() - before.sum() <= (inorder[1].added or 0.0) * (1 + 1e-6)


def test_links_that_serve_the_same_trips_are_one_proposal(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    own = several(jammed, p.OWN_SHARE, 2.0)
    assert 0 < len(own) < len(everything)
    shown = {one.intervention for one in own}
    gone = [one for one in everything if one.intervention not in shown]
    assert any((one.added or 0.0) < one.benefit / 2 for one in gone)


def test_near_duplicates_are_merged_and_named(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    own = several(jammed, 0.0, spheres.OVERLAP)
    assert 0 < len(own) < len(everything)
    merged = [pair for one in own for pair in one.evidence["merged"]]
    assert len(merged) == len(set(merged)) > 0
    shown = {(one.intervention.tail, one.intervention.head) for one in own}  # type: ignore[attr-defined]
    assert not shown & set(merged)
    for one in own:
        said = [remark.key for remark in one.remarks]
        assert ("transport.merged" in said) == bool(one.evidence["merged"])


def test_the_same_region_gives_the_same_proposals(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    assert several(jammed, 0.0, 2.0) == everything


def test_a_better_road_there_already_leaves_nothing_to_propose(region: Region) -> None:
    assert strand.propose(region.apply([AddRoad(*DEAD_ENDS, kmh=120.0)])) == ()


def test_ends_outside_the_land_are_left_out() -> None:
    counties = tiny_tables()["counties"]
    shapes = counties.geometry.copy()
    shapes[2] = shapes[2].buffer(-0.2)  # nothing is left of the county
    shapes[3] = shapes[3].buffer(-0.2)
    smaller = slow(counties=counties.assign(geometry=shapes))
    assert strand.propose(smaller) == ()
    # A user may still ask about such a link.
    (one,) = appraise(smaller, [AddRoad(*DEAD_ENDS, 60.0)])
    assert one.evidence["counties"] == ("990102", "")
    assert one.evidence["names"][1].text("zh") == "圈外"
    assert one.payers == {"990100": pytest.approx(1.0)}


def test_trunk_roads_that_end_are_never_called_dead_ends() -> None:
    edges = slow().table("road_edges").assign(**{"class": "trunk_extract"})
    counties = tiny_tables()["counties"].assign(bank=None)
    (one,) = strand.propose(slow(road_edges=edges, counties=counties))
    assert one.kind == "facing_dead_ends"
    said = [remark.key.removeprefix("transport.") for remark in one.remarks]
    assert said[:2] == ["candidate_only", "trunk_ends_facing"]
    assert said[-1] == "minor_roads_unknown"
    assert not any("断头路" in remark.text("zh") for remark in one.remarks)
    # Nor are those of a table of one's own, whatever its classes.
    (other,) = strand.propose(slow(counties=counties))
    assert other.kind == "facing_dead_ends"
    assert other.remarks[1].key == "transport.facing_dead_ends"
    assert not any("断头路" in remark.text("zh") for remark in other.remarks)


def test_dead_ends_are_called_so_where_every_road_is_there() -> None:
    counties = tiny_tables()["counties"].assign(bank=None)
    (one,) = strand.propose(slow(counties=counties, road_edges=every_road()))
    assert one.kind == "dead_ends"
    assert say("transport.kind_dead_ends", "zh") == "断头路"
    said = [remark.key.removeprefix("transport.") for remark in one.remarks]
    assert said[:4] == ["candidate_only", "dead_ends", "one_road_broken", "ends_as_drawn"]
    assert "两段断头路相对，中间 5,564 米没有道路" in one.remarks[1].text("zh")
    assert one.remarks[2].text("zh") == "两端都在断路上：同一条路在此中断。"
    assert one.evidence["roads"] == ("断路", "断路")
    assert one.evidence["roads_crossed"] == 0
    # A river is what such a link costs, whatever ends at its banks.
    (over,) = strand.propose(slow(road_edges=every_road()))
    assert over.kind == "river_crossing"


def every_road() -> Any:
    """The roads of the slow region, down to local streets; those that face each other named."""
    edges = slow().table("road_edges").copy()
    facing = edges["tail"].isin(DEAD_ENDS) | edges["head"].isin(DEAD_ENDS)
    edges.loc[facing, "name"] = "断路"
    edges.loc[edges.index[-1], "class"] = "residential"
    edges.loc[edges["tail"] == edges["head"], "class"] = "unclassified"
    return edges


def test_dead_ends_across_a_border_are_never_left_out(jammed: Region) -> None:
    """They stand beside better links, though another form of these serves the same trips."""
    counties = tiny_tables()["counties"].assign(bank=None)
    roads = every_road()
    jam = slow(counties=counties, road_edges=roads).apply([SetSpeed((0, 1, 2, 3, 29), 5.0)])
    jam = assuming(jam, link_radius_km=60.0, link_least_detour=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(p, "MOST", 1)
        patch.setattr(p, "COMPARED", 1)
        patch.setattr(p, "OWN_SHARE", 2.0)  # nothing else is of its own
        found = strand.propose(jam)
        broken = [one for one in found if one.kind == "dead_ends" and one.evidence["county_border"]]
        assert [(one.intervention.tail, one.intervention.head) for one in broken] == [DEAD_ENDS]  # type: ignore[attr-defined]
        assert broken[0].evidence["stands_out"]
        assert broken[0].rank <= broken[0].evidence["compared"]
        patch.setattr(p, "MOST_BROKEN", 0)
        assert len(strand.propose(jam)) <= 1


def test_every_remark_and_kind_can_be_said(everything: tuple[Proposal, ...]) -> None:
    for one in everything:
        for language in LANGUAGES:
            assert say(f"transport.kind_{one.kind}", language)
            assert all(remark.text(language) for remark in one.remarks)
            assert all(remark.text(language) for remark in one.indicator.remarks)
            assert all(assumption.text(language) for assumption in one.assumptions)


def test_costs_gain_for_money_and_who_pays(region: Region) -> None:
    (one,) = strand.propose(assuming(region, **PRICES))
    km = one.evidence["km"]
    # The river between the banks is a line without a width: the whole gap is a bridge.
    assert one.evidence["km_by_kind"] == ({"river_bridge": km}, {"river_bridge": km})
    assert one.cost_million_cny == pytest.approx((500 * km, 1000 * km))
    assert one.gain_per_million_cny == pytest.approx(
        (one.benefit / (1000 * km), one.benefit / (500 * km))
    )
    # From 4.8 to 5.3 of the sheet's columns, the border at 5.
    assert one.payers == {"990100": pytest.approx(0.4), "990200": pytest.approx(0.6)}
    assert one.grade == "E"
    assert {"cost_road", "link_decay_minutes"} <= {each.key for each in one.assumptions}
    assert "transport.no_price" not in [remark.key for remark in one.remarks]


def test_stability_is_told() -> None:
    drawn = assuming(slow(), link_draws=5.0)
    (one,) = strand.propose(drawn)
    assert one.stability is not None
    assert (one.stability.draws, one.stability.among) == (5, 1)
    assert one.stability.share is None  # one of one is always among ten
    assert one.stability.rank == (1, 1)
    assert 0 < one.stability.benefit[0] < one.stability.benefit[1]
    assert one.remarks[-1].key == "transport.rank_range"
    assert strand.propose(drawn)[0].stability == one.stability


def emptied(name: str) -> Region:
    zones, legs = tiny_tables()["zones"], tiny_tables()["connectors"]
    if name == "nobody":
        return slow(zones=zones.assign(people=0.0))
    if name == "one place":
        people = zones["people"].where(zones["zone"] == "z22", 0.0)
        return slow(zones=zones.assign(people=people))
    if name == "no legs":
        return slow(without=("local_links",), connectors=legs.iloc[:0])
    if name == "no trips":
        return assuming(slow(), link_trips=0.0)
    edges: Any = tiny_tables()["road_edges"].iloc[:0]
    return slow(road_edges=edges)


@pytest.mark.parametrize("name", ["nobody", "one place", "no legs", "no trips", "no roads"])
def test_where_nobody_travels_nothing_is_proposed(name: str) -> None:
    assert strand.propose(emptied(name)) == ()


@pytest.mark.parametrize("name", ["nobody", "one place", "no legs", "no trips"])
def test_where_nobody_travels_nothing_can_be_appraised(name: str) -> None:
    with pytest.raises(InputError, match="no trips to count"):
        appraise(emptied(name), [AddRoad(*DEAD_ENDS, 60.0)])


def test_one_city_alone_gains_all() -> None:
    tables = tiny_tables()
    one_city = tables["cities"].iloc[:1]
    alone = slow(
        without=("groups",),
        cities=one_city,
        counties=tables["counties"].assign(city=CORE),
        zones=tables["zones"].assign(city=CORE),
    )
    (one,) = strand.propose(alone)
    (split,) = strand.propose(slow())
    assert one.gains == {CORE: pytest.approx(split.benefit)}
    assert not one.evidence["city_border"]
    assert one.evidence["county_border"]
    assert "transport.across_counties" in [remark.key for remark in one.remarks]


def test_a_users_own_links_get_the_same_figures(
    jammed: Region, everything: tuple[Proposal, ...]
) -> None:
    links = [one.intervention for one in everything]
    given = [replace(one, name="自拟") for one in reversed(links)]  # type: ignore[type-var]
    found = appraise(jammed, given)  # type: ignore[arg-type]
    assert [one.intervention.name for one in found] == ["自拟"] * len(given)  # type: ignore[attr-defined]
    for mine, theirs in zip(found, everything, strict=True):
        assert mine.benefit == pytest.approx(theirs.benefit)
        assert mine.gains == pytest.approx(theirs.gains)
        assert (mine.rank, mine.order, mine.kind) == (theirs.rank, theirs.order, theirs.kind)
        assert mine.cumulative == pytest.approx(theirs.cumulative)
        assert mine.evidence["merged"] == ()
    assert appraise(jammed, []) == ()


def test_a_link_one_way_that_helps_nobody_and_one_that_joins_the_island(region: Region) -> None:
    links = [
        AddRoad(9, 22, 1.0),
        AddRoad(25, 23, 80.0, both_ways=False),
        AddRoad(22, 26, 60.0),
    ]
    found = appraise(region, links)
    assert {one.intervention for one in found} == set(links)
    useless = next(one for one in found if one.intervention == links[0])
    assert useless.benefit == 0.0
    assert useless.added == 0.0
    assert useless.kind == "no_quicker"
    assert useless.gains_by_county == {}
    for one in found:
        _, saved = saved_by_loops(region, region.apply([one.intervention]))
        assert one.benefit == pytest.approx(saved.sum(), rel=1e-6, abs=1e-6)
    island = next(one for one in found if one.intervention == links[2])
    assert island.evidence["new_trips"] > 0
    assert island.evidence["minutes_now"] == np.inf
    assert island.remarks[1].key == "transport.no_way_now"
    joined = region.apply([links[2]])
    assert (
        np.isinf(seconds_between_zones(region)).sum()
        > np.isinf(seconds_between_zones(joined)).sum()
    )


def test_wrong_links_are_refused(region: Region) -> None:
    good = AddRoad(*DEAD_ENDS, 60.0)
    with pytest.raises(InputError, match="4"):
        appraise(region, [good, AddRoad(4, 4, 60.0)])
    with pytest.raises(MissingError, match="99"):
        appraise(region, [good, AddRoad(4, 99, 60.0)])
    with pytest.raises(InputError, match=r"Link 2.*already"):
        appraise(region, [good, AddRoad(4, 5, 60.0)])
    cut_off = region.apply([CloseRoad((28,))])
    with pytest.raises(InputError, match="node 26, which no open road"):
        appraise(cut_off, [good, AddRoad(22, 26, 60.0)])


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"link_decay_minutes": 0.0}, "link_decay_minutes"),
        ({"link_decay_minutes": "half an hour"}, "half an hour"),
        ({"link_decay_minutes": (30.0, 40.0, 50.0)}, "not between"),
        ({"link_near_miss_closed": 1.5}, "share"),
        ({"link_detour": 0.9}, "0.9"),
        ({"speed_factor": (1.0, 0.0, 1.2)}, "speed_factor"),
        ({"link_draws": -1.0}, "link_draws"),
        ({"link_cells": 6.5}, "link_cells"),
        ({"link_cells": 16.0}, "link_cells"),
        ({"link_areas": -1.0}, "link_areas"),
        ({"link_areas": 7.0, "link_cells": 6.0}, "finer"),
        ({"link_reach": 0.0}, "link_reach"),
        ({"link_radius_km": float("nan")}, "link_radius_km"),
    ],
)
def test_what_makes_no_sense_to_assume_is_named(values: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError, match=word):
        strand.propose(assuming(slow(), **values))


def test_the_recipes_assumptions_count() -> None:
    (one,) = strand.propose(slow())
    (twice,) = strand.propose(assuming(slow(), link_trips=2.0))
    assert twice.benefit == pytest.approx(2 * one.benefit)
    assert twice.added == pytest.approx(2 * one.benefit)
    (near,) = strand.propose(assuming(slow(), link_decay_minutes=10.0))
    assert near.benefit < one.benefit
    used = {each.key: each.value for each in near.assumptions}
    assert used["link_decay_minutes"] == 10.0
    assert used["link_radius_km"] == 8.0
    assert used["link_reach"] == 4.0
    assert strand.propose(assuming(slow(), link_reach=0.1)) == ()
    assert strand.propose(assuming(slow(), link_radius_km=1.0)) == ()


def test_obstacles_are_not_told_where_their_tables_lack() -> None:
    (one,) = strand.propose(slow(without=("water", "rail_edges")))
    assert one.evidence["water"] is None
    assert one.evidence["water_names"] is None
    assert one.evidence["railways"] is None
    assert "transport.across_water" not in [remark.key for remark in one.remarks]
    assert "隔大江相望" in one.remarks[1].text("zh")  # the banks are known, its name is not


def test_what_was_not_looked_at_is_told(jammed: Region) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c, "MOST", 5)
        patch.setattr(p, "PROMISING", 4)
        patch.setattr(pairs, "MOST_PAIRS", 50)
        (one, *_) = strand.propose(assuming(jammed, link_radius_km=60.0))
    told: dict[str, Any] = {remark.key: remark.values for remark in one.indicator.remarks}
    assert told["transport.links_dropped"]["count"] > 0
    assert 0 < told["transport.reach_shrunk"]["share"] < 1
    assert told["transport.links_reach"]["near"] < 60
    assert told["transport.trips_left_out"]["people"] > 0
    assert one.evidence["scanned"] == 4


def test_the_best_of_too_many_are_kept(jammed: Region, everything: tuple[Proposal, ...]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c, "MOST", 5)
        patch.setattr(p, "PROMISING", 6)
        (best, *_) = several(jammed, 0.0, 2.0)
    # Cells are areas there: what is left out gives less than all that is kept.
    assert best.intervention == everything[0].intervention
    assert best.benefit == pytest.approx(everything[0].benefit)


def test_the_tiny_region_itself_can_be_asked() -> None:
    """With the river's bridge as quick as it is there, legs over the water leave nothing."""
    found = strand.propose(assuming(tiny_region(), link_draws=0.0))
    for one in found:
        _, saved = saved_by_loops(tiny_region(), tiny_region().apply([one.intervention]))
        assert one.benefit == pytest.approx(saved.sum(), rel=1e-6)
