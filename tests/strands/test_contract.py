"""What every strand has to keep, run over every strand there is."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from onecity.core.words import LANGUAGES, chapter
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.strands import strands
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderLayer, Findings, Indicator, Level, Strand, Verdict
from tests.tiny import tiny_region, tiny_tables

STRANDS = sorted(strands())
_KEYS = {Level.ZONE: "zone", Level.COUNTY: "county", Level.CITY: "city", Level.GROUP: "group"}
_TABLES = {
    Level.ZONE: "zones",
    Level.COUNTY: "counties",
    Level.CITY: "cities",
    Level.GROUP: "groups",
}


@pytest.fixture(scope="module", params=STRANDS)
def strand(request: pytest.FixtureRequest) -> Strand:
    return strands()[request.param]


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def findings(strand: Strand, region: Region) -> Findings:
    return strand.measure(region)


def codes(region: Region, level: Level) -> list[str]:
    if level is Level.REGION:
        return [region.manifest.key]
    return list(region.table(_TABLES[level])[_KEYS[level]].unique())


def every_indicator(findings: Findings) -> list[Indicator]:
    return [*findings.indicators.values(), *(one.indicator for one in findings.matrices)]


def frames(findings: Findings) -> Iterator[tuple[str, pd.DataFrame]]:
    for name in ("tables", "low", "high"):
        for level, frame in getattr(findings, name).items():
            yield f"{name} {level}", frame
    for one in findings.matrices:
        yield one.indicator.key, one.values


def assert_same(one: Findings, other: Findings) -> None:
    left, right = dict(frames(one)), dict(frames(other))
    assert left.keys() == right.keys()
    for name, frame in left.items():
        assert_frame_equal(frame, right[name], check_exact=True, obj=name)


def test_there_is_a_strand() -> None:
    assert "transport" in STRANDS


def test_is_known_by_its_own_key(strand: Strand, findings: Findings, region: Region) -> None:
    assert strands()[strand.key] is strand
    assert findings.strand == strand.key
    assert findings.region_hash == region.hash


def test_every_level_has_the_units_of_the_region(findings: Findings, region: Region) -> None:
    assert list(findings.tables) == list(Level)
    for level, frame in findings.tables.items():
        assert list(frame.index) == codes(region, level)
        assert frame.index.name == level.value
        assert (frame.dtypes == np.float64).all()
        assert not np.isinf(frame.to_numpy()).any()


def test_columns_are_the_indicators_of_the_level(findings: Findings) -> None:
    for level, frame in findings.tables.items():
        expected = [key for key, one in findings.indicators.items() if level in one.levels]
        assert list(frame.columns) == expected
    for key, one in findings.indicators.items():
        assert one.key == key
        assert one.levels


def test_the_headline_is_of_the_region(findings: Findings) -> None:
    assert findings.headline
    assert len(set(findings.headline)) == len(findings.headline)
    for key in findings.headline:
        assert Level.REGION in findings.indicators[key].levels


def test_matrices_are_square_over_the_units(findings: Findings, region: Region) -> None:
    for one in findings.matrices:
        assert list(one.values.index) == codes(region, one.level)
        assert list(one.values.columns) == codes(region, one.level)
        assert one.indicator.key not in findings.indicators


def test_every_indicator_has_its_words_and_unit(findings: Findings) -> None:
    units = chapter("units")
    for one in every_indicator(findings):
        assert one.unit in units
        assert one.decimals >= 0
        for language in LANGUAGES:
            assert one.text(language)
            assert len(one.about(language)) > 10
            assert all(remark.text(language) for remark in one.remarks)


def test_remarks_can_be_said(findings: Findings) -> None:
    for remark in findings.remarks:
        assert all(remark.text(language) for language in LANGUAGES)


def test_sources_are_those_of_the_manifest(findings: Findings, region: Region) -> None:
    for one in every_indicator(findings):
        assert one.sources
        assert set(one.sources) <= set(region.manifest.sources)


def test_measures_the_same_again(strand: Strand, findings: Findings) -> None:
    assert_same(findings, strand.measure(tiny_region()))


def test_leaves_the_region_as_it_was(strand: Strand) -> None:
    region = tiny_region()
    before = region.hash
    strand.layers(region, strand.measure(region))
    assert region.hash == before
    for name, table in tiny_tables().items():
        assert_frame_equal(region.table(name), table, check_exact=True, obj=name)


def test_a_range_covers_the_figure(findings: Findings) -> None:
    """Where low and high assumptions change a figure, the figure lies between theirs."""
    assert findings.low.keys() == findings.high.keys()
    for level, low in findings.low.items():
        base, high = findings.tables[level], findings.high[level]
        assert list(low.columns) == list(base.columns) == list(high.columns)
        assert list(low.index) == list(base.index) == list(high.index)
        given, least, most = base.to_numpy(), *np.sort([low.to_numpy(), high.to_numpy()], axis=0)
        slack = 1e-6 * np.abs(given) + 1e-9
        known = np.isfinite(given)
        assert (least[known] <= (given + slack)[known]).all()
        assert (given[known] <= (most + slack)[known]).all()


def test_needs_name_tables_and_say_what_happens_without(strand: Strand) -> None:
    assert strand.needs
    names = [need.table for need in strand.needs]
    assert len(set(names)) == len(names)
    for need in strand.needs:
        assert need.table in TABLES
        assert need.optional == TABLES[need.table].optional
        assert need.optional == (need.without is not None)
        if need.without is not None:
            assert all(need.without.text(language) for language in LANGUAGES)


def test_works_without_each_optional_table(strand: Strand, findings: Findings) -> None:
    for need in strand.needs:
        if need.optional:
            region = tiny_region(without=(need.table,))
            found = strand.measure(region)
            assert list(found.tables) == list(Level)
            # Nothing new, and what is left has its place in the same order.
            left = [key for key in findings.indicators if key in found.indicators]
            assert left == list(found.indicators)
            strand.layers(region, found)


def test_reads_no_table_it_does_not_name(strand: Strand, findings: Findings) -> None:
    named = {need.table for need in strand.needs}
    unnamed = tuple(name for name, one in TABLES.items() if one.optional and name not in named)
    assert unnamed
    assert_same(findings, strand.measure(tiny_region(without=unnamed)))


def test_layers_show_indicators_of_their_level(
    strand: Strand, findings: Findings, region: Region
) -> None:
    layers = strand.layers(region, findings)
    assert layers
    assert len({one.key for one in layers}) == len(layers)
    lines = border_lines(region)
    meeting = set(zip(lines["city_a"], lines["city_b"], strict=True))
    for one in layers:
        if isinstance(one, BorderLayer):
            assert one.indicator in every_indicator(findings)
            assert set(one.values) <= meeting
            assert one.faint <= set(one.values)
        else:
            assert findings.indicators[one.indicator.key] == one.indicator
            assert one.level in one.indicator.levels
        assert list(one.scale.limits) == sorted(set(one.scale.limits))
        assert len(one.scale.colours) == len(one.scale.limits) + 1
        assert len(set(one.scale.colours)) == len(one.scale.colours)
        assert one.missing not in one.scale.colours


def test_borders_are_never_one_number(strand: Strand, findings: Findings, region: Region) -> None:
    cities = codes(region, Level.CITY)
    scopes = [one.codes for one in findings.borders]
    assert len(set(scopes)) == len(scopes)
    for one in findings.borders:
        assert len(one.codes) <= 2
        assert list(one.codes) == sorted(set(one.codes) & set(cities))
        assert one.indicator in every_indicator(findings)
        assert one.interval[0] <= one.beta <= one.interval[1]
        assert one.variants[0] <= one.beta <= one.variants[1]
        assert one.variant_count > 1
        assert 0 < one.permeability <= 1
        assert one.capped == (one.permeability == 1)
        assert one.permeability_range[0] <= one.permeability <= one.permeability_range[1]
        assert one.worse in {-1, 1}
        if one.chance is None:
            assert one.verdict is not Verdict.CLEAR
        else:
            assert one.chance.p_range[0] <= one.chance.p <= one.chance.p_range[1]
        for language in LANGUAGES:
            assert one.verdict.text(language)
            assert all(remark.text(language) for remark in one.remarks)


def test_layers_are_the_same_when_findings_are_not_at_hand(
    strand: Strand, findings: Findings, region: Region
) -> None:
    assert strand.layers(region) == strand.layers(region, findings)


def test_measures_a_region_that_lies_on_disk(
    strand: Strand, findings: Findings, region: Region, tmp_path: Path
) -> None:
    written = region.write(tmp_path / "圈")
    assert_same(findings, strand.measure(Region.open(written.path or "")))
    assert_same(findings, strand.measure(Region.open(written.path or "")))


def test_reports_progress(strand: Strand, region: Region) -> None:
    class Listener:
        def __init__(self) -> None:
            self.stages: list[str] = []
            self.left = 0

        def stage(self, key: str, total: int | None = None) -> None:
            self.stages.append(key)
            self.left = total or 0

        def advance(self, steps: int = 1) -> None:
            self.left -= steps
            assert self.left >= 0

    heard = Listener()
    strand.measure(region, progress=heard)
    assert heard.stages
    for key in heard.stages:
        name, _, sentence = key.partition(".")
        assert set(chapter(name)[sentence]) == set(LANGUAGES)


def test_proposals_can_be_built(strand: Strand, region: Region) -> None:
    proposals = strand.propose(region)
    assert [one.rank for one in proposals] == list(range(1, len(proposals) + 1))
    benefits = [one.benefit for one in proposals]
    assert benefits == sorted(benefits, reverse=True)
    cities = set(codes(region, Level.CITY))
    for one in proposals:
        assert region.apply([one.intervention]).hash != region.hash
        assert one.indicator.unit in chapter("units")
        assert set(one.gains) <= cities
        for language in LANGUAGES:
            assert one.indicator.text(language)
            assert one.indicator.about(language)
            assert all(remark.text(language) for remark in one.remarks)
