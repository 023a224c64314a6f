"""The topic ``traffic``: whole on the tiny region, with words, sources and what it leaves out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, chapter
from onecity.region.interventions import CloseRoad
from onecity.region.store import Region
from onecity.strands.contract import Layer, Level
from onecity.strands.examination import Examination, RoadLayer, topics_of
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport import strand
from onecity.strands.transport.traffic import TOPIC, examine, loading_of, ranking_of, rerank
from onecity.strands.units import units_of
from tests.tiny import ISLAND, OFF, tiny_manifest, tiny_region, tiny_tables


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def found(region: Region) -> Examination:
    return examine(region)


def test_is_a_topic_of_transport(region: Region) -> None:
    assert TOPIC in topics_of(strand, region)
    assert strand.topics["traffic"] is TOPIC
    for language in LANGUAGES:
        assert TOPIC.text(language)
        assert len(TOPIC.about(language)) > 10
    nobody = tiny_tables()["zones"].assign(people=0.0)
    assert not TOPIC.open_to(tiny_region(zones=nobody))


def test_every_figure_has_its_words_sources_and_grade(found: Examination, region: Region) -> None:
    columns = [one for ranking in found.rankings for one in ranking.columns]
    every = [*found.findings.indicators.values(), *columns]
    for one in every:
        assert one.unit in chapter("units")
        assert one.sources
        assert set(one.sources) <= set(region.manifest.sources)
        for language in LANGUAGES:
            assert len(one.about(language)) > 5
            assert all(remark.text(language) for remark in one.remarks)
    assert {one.grade for one in found.findings.indicators.values()} == {Grade.E}
    assert {one.nature for one in found.findings.indicators.values()} == {Nature.ASSUMED}
    said = " ".join(remark.text("zh") for remark in found.findings.remarks)
    assert "没有实测流量" in said
    assert "相对间隙" in said
    for assumed in found.assumptions:
        assert f"name_{assumed.key}" in chapter("assumptions")
        assert assumed.reason_zh
        assert assumed.reason_en


def test_figures_stand_for_the_units(found: Examination, region: Region) -> None:
    units = units_of(region)
    for level, table in found.findings.tables.items():
        assert list(table.index) == list(units[level].codes)
        known = [key for key, one in found.findings.indicators.items() if level in one.levels]
        assert list(table.columns) == known
        assert not np.isinf(table.to_numpy()).any()
    zones = found.findings.tables[Level.ZONE]
    assert zones["traffic.minutes_to_core"].isna()[OFF]
    assert zones.loc[ISLAND[0], "traffic.hours_lost"] == pytest.approx(0, abs=1)
    assert (zones["traffic.minutes_core_added"].dropna() >= 0).all()
    assert zones["traffic.minutes_core_added"].max() > 10
    lost = [found.findings.tables[one]["traffic.hours_lost"].sum()
            for one in (Level.ZONE, Level.COUNTY, Level.CITY, Level.REGION)]  # fmt: skip
    assert lost == pytest.approx([lost[0]] * 4)
    loading = loading_of(region)
    share = found.findings.tables[Level.REGION]["traffic.share_lost"].iloc[0]
    everything = loading.hours_a_day(loading.found)
    assert 100 * lost[0] / share == pytest.approx(everything, rel=1e-3)
    # Beyond what roads take longer, ways round them.
    assert loading.hours_lost.sum() < lost[0] < everything


def test_figures_have_the_range_of_what_is_assumed(found: Examination) -> None:
    findings = found.findings
    for level, table in findings.tables.items():
        low, high = (one[level] for one in (findings.low, findings.high))
        assert list(low.columns) == list(high.columns) == list(table.columns)
        assert ((low <= table) | table.isna()).to_numpy().all()
        assert ((table <= high) | table.isna()).to_numpy().all()
    whole = [one[Level.REGION]["traffic.hours_lost"].iloc[0]
             for one in (findings.low, findings.tables, findings.high)]  # fmt: skip
    assert whole[0] < 0.5 * whole[1]
    assert whole[2] > 2 * whole[1]


def test_lists_are_in_their_order_and_lie_on_roads(found: Examination, region: Region) -> None:
    value, full, first, drops = found.rankings
    order = {"traffic.by_lane_value": 6, "traffic.by_saturation": 0, "traffic.by_first_order": 5}
    assert [one.key for one in found.rankings] == [*order, "traffic.lane_drops"]
    for one in (value, full, first):
        figures = [row.values[order[one.key]] for row in one.rows]
        assert figures == sorted(figures, reverse=True)
        assert one.total >= len(one.rows) > 0
        for row in one.rows:
            assert len(row.values) == len(one.columns)
            assert row.edges
            assert max(row.edges) < len(region.table("road_edges"))
            assert row.cities
            assert not any(region.table("road_edges")["ferry"][list(row.edges)])
            assert all(remark.text(language) for remark in row.remarks for language in LANGUAGES)
    assert all(np.isfinite(row.values[6]) for row in value.rows)
    assert drops.rows == ()
    assert full.rows[0].name["zh"].startswith("虚构大道")


def test_layers_draw_roads_and_zones(found: Examination, region: Region) -> None:
    roads = [one for one in found.layers if isinstance(one, RoadLayer)]
    assert [one.key for one in roads] == ["traffic.saturation", "traffic.road_hours_lost"]
    for one in found.layers:
        assert len(one.scale.colours) == len(one.scale.limits) + 1
        if isinstance(one, Layer):
            assert found.findings.indicators[one.indicator.key] == one.indicator
        else:
            assert list(one.values.columns) == [one.indicator.key]
            assert one.values.index.max() < len(region.table("road_edges"))
            assert not one.values.isna().to_numpy().any()


def test_can_be_kept_and_is_the_same_again(found: Examination, region: Region) -> None:
    kept = from_bytes(to_bytes(found), "here")
    assert to_bytes(kept) == to_bytes(found)
    again = examine(tiny_region())
    assert to_bytes(again) == to_bytes(found)
    for level, table in found.findings.tables.items():
        pd.testing.assert_frame_equal(kept.findings.tables[level], table, check_exact=True)
        pd.testing.assert_frame_equal(again.findings.tables[level], table, check_exact=True)


def test_one_city_has_no_border_and_says_so() -> None:
    tables = tiny_tables()
    only = {name: one for name, one in tables.items() if name not in {"groups", "census"}}
    for name in ("zones", "counties"):
        only[name] = only[name].assign(city="990100")
    only["cities"] = only["cities"].iloc[:1]
    only |= {"census": tables["census"], "groups": tables["groups"]}
    region = Region.from_tables(tiny_manifest(only), only)
    found = examine(region)
    assert "traffic.one_city" in [one.key for one in found.findings.remarks]
    assert found.rankings[-1].remarks[0].values["crossings"] == 0
    assert [row.values[7] for row in found.rankings[1].rows] == [0.0] * len(found.rankings[1].rows)


def test_works_without_optional_tables(found: Examination) -> None:
    without = examine(tiny_region(without=("local_links", "places", "groups", "jobs")))
    assert without.rankings[1].rows
    keys = [{remark.key for remark in one.findings.remarks} for one in (found, without)]
    assert "traffic.by_jobs" in keys[0] - keys[1]
    assert "traffic.symmetric" in keys[1] - keys[0]


def test_people_in_one_place_have_nowhere_to_go() -> None:
    zones = tiny_tables()["zones"]
    zones["people"] = np.where(zones["zone"] == "z21", 1000.0, 0.0)
    with pytest.raises(InputError, match="1"):
        examine(tiny_region(zones=zones))


def test_roads_far_beyond_their_capacity_are_loaded_all_the_same() -> None:
    """A hundred times the people: slow to settle, or told that it did not."""
    tables = tiny_tables()
    tables["zones"] = tables["zones"].assign(people=tables["zones"]["people"] * 30)
    loading = loading_of(tiny_region(zones=tables["zones"]))
    assert np.nanmax(loading.saturation) > 10
    assert np.isfinite(loading.hours_lost).all()
    assert len(loading.found.gaps) <= 60
    assert loading.gap < 1e-2


def test_links_in_traffic_are_a_list(region: Region) -> None:
    loading, proposals = loading_of(region), strand.propose(region)
    ranking = ranking_of(loading, rerank(region, proposals, loading=loading))
    assert ranking.total == len(proposals) == len(ranking.rows)
    for row in ranking.rows:
        assert row.point is not None
        assert all(row.name[language] for language in LANGUAGES)
        assert all(remark.text(language) for remark in row.remarks for language in LANGUAGES)
    assert rerank(region, ()) == ()
    odd = replace(proposals[0], intervention=CloseRoad((0,)))
    with pytest.raises(InputError, match="close_road"):
        rerank(region, [odd], loading=loading)
