"""The recipe with a full OpenStreetMap extract, proven on two real towns.

Their land is cut into four invented counties of two invented cities: what is tested is
the chain from a pbf to travel times, not the places. Links on them are tested with the
strand, in `tests/strands/transport/test_full_extract.py`.
"""

from pathlib import Path

import numpy as np
import pytest

from onecity.core.provenance import Grade, Nature
from onecity.region.build import build
from onecity.region.check import check
from onecity.region.store import Region
from onecity.strands.contract import Verdict
from onecity.strands.transport import borders
from onecity.strands.travel import centres_of, network_of
from tests.region.towns import CITIES, RECIPE, make_recipe


@pytest.mark.shared
@pytest.mark.parametrize("name", CITIES)
def test_a_full_extract_becomes_a_region_with_travel_times(
    name: str, tmp_path: Path, shared_data: Path
) -> None:
    file, box_of_land = CITIES[name]
    make_recipe(tmp_path, shared_data / "peers" / file, box_of_land)
    region = build(tmp_path, tmp_path / "out")
    edges = region.table("road_edges")
    assert len(edges) > 10_000
    assert edges["seconds_backward"].isna().any()  # one-way streets
    assert edges["class"].nunique() > 10
    assert edges["bridge"].any()
    assert region.manifest.tables["road_edges"].nature is Nature.ASSUMED
    assert region.manifest.tables["road_edges"].grade is Grade.E
    assert region.table("zones")["people"].sum() == pytest.approx(500_000)
    assert not region.has("local_links")
    quality = check(region)
    assert quality.sound
    travel = network_of(region)
    centres = travel.zone_nodes[centres_of(region).zone]
    between = travel.network.travel_times(centres, centres) / 60
    assert np.isfinite(between).all()
    assert between[0, 0] == between[1, 1] == 0
    # Ten kilometres of streets: neither seconds nor hours.
    assert 4 < between[0, 1] < 60
    again = Region.open(tmp_path / "out")
    assert again.hash == region.hash


@pytest.mark.shared
@pytest.mark.slow
def test_a_line_drawn_through_a_town_is_no_border(tmp_path: Path, shared_data: Path) -> None:
    """Parts of one town stand for cities: nothing slows anybody on the lines between them."""
    file, land = CITIES["Porto Alegre"]
    text = RECIPE.replace("resolution = 9", "resolution = 8")
    make_recipe(tmp_path, shared_data / "peers" / file, land, text)
    found = borders(build(tmp_path, tmp_path / "out"))
    assert [one.codes for one in found.findings] == [
        (), ("990100",), ("990200",), ("990100", "990200"),
    ]  # fmt: skip
    for one in found.findings:
        assert one.verdict is Verdict.NONE
        assert abs(one.percent) < 10
        assert one.pairs > 10_000
        assert one.chance is not None
