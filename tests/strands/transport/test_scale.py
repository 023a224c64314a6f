"""Cells, areas and near misses follow the region; every road, where it is there."""

from dataclasses import replace

import h3
import numpy as np
import pytest

from onecity.core.words import Sentence
from onecity.region import road_classes as r
from onecity.region.dead_ends import near_miss_m
from onecity.region.schema import TABLES
from onecity.region.store import Region
from onecity.strands.transport import scale as s
from onecity.strands.transport.assumed import assumed_in
from tests.strands.transport.link_twins import assuming
from tests.tiny import tiny_region, tiny_tables


def cells_at(region: Region, resolution: int) -> int:
    zones = region.table("zones")
    zones = zones[zones["people"] > 0]
    spots = zip(zones["lat"], zones["lon"], zones["county"], strict=True)
    return len({(h3.latlng_to_cell(lat, lon, resolution), county) for lat, lon, county in spots})


@pytest.mark.parametrize("most", [5, 10, 20, 30, 45, 48, 49, 50, 1000])
def test_cells_are_as_fine_as_their_number_allows(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = tiny_region()
    lived_in = int((region.table("zones")["people"] > 0).sum())
    monkeypatch.setattr(s, "MOST_CELLS", most)
    found = s.cells_of(region)
    assert cells_at(region, found) <= most or found == 0
    # One finer is too many, or tells nothing more apart.
    assert cells_at(region, found + 1) > most or cells_at(region, found) == lived_in
    if cells_at(region, found) == lived_in:
        assert cells_at(region, found - 1) < lived_in


def test_areas_are_no_finer_than_cells() -> None:
    assert s.MOST_AREAS < s.MOST_CELLS
    assert s.areas_of(tiny_region()) <= s.cells_of(tiny_region())


def test_a_region_without_people_has_some_cells() -> None:
    empty = tiny_region(zones=tiny_tables()["zones"].assign(people=0.0))
    assert s.cells_of(empty) == 0
    assert s.areas_of(empty) == 0


def test_a_recipe_sets_its_own_cells() -> None:
    found = assumed_in(assuming(tiny_region(), link_cells=5.0, link_areas=3.0))
    assert (found.link_cells.value, found.link_areas.value) == (5.0, 3.0)
    assert found.link_cells.reason_zh == "假定"


def test_areas_of_cells_are_told_in_two_digits() -> None:
    assert [s.cell_km2(one) for one in (9, 8, 6, 5)] == [0.11, 0.74, 36.0, 250.0]


def with_classes(*classes: str, dropped: tuple[str, ...] = ()) -> Region:
    region = tiny_region()
    edges = region.table("road_edges").copy()
    edges.loc[edges.index[: len(classes)], "class"] = list(classes)
    manifest = region.manifest
    said = tuple(Sentence("sources.osm_class", {"count": 1, "value": one}) for one in dropped)
    record = replace(manifest.tables["road_edges"], remarks=said)
    tables = {name: region.table(name) for name in TABLES if region.has(name)}
    tables["road_edges"] = edges
    return Region.from_tables(
        replace(manifest, tables={**manifest.tables, "road_edges": record}), tables
    )


@pytest.mark.parametrize(
    ("region", "every"),
    [
        (with_classes(), False),
        (with_classes("residential"), False),
        (with_classes("residential", "unclassified"), True),
        (with_classes("residential", "unclassified", dropped=("footway", "path")), True),
        (with_classes("residential", "unclassified", dropped=("path", "tertiary")), False),
    ],
)
def test_every_road_is_there_if_local_roads_are_and_no_class_was_dropped(
    region: Region, every: bool
) -> None:
    assert r.holds_every_road(region) == every
    assert near_miss_m(region) == (10.0 if every else 150.0)
    assert assumed_in(region).link_near_miss_m.value == (10.0 if every else 150.0)


def test_levels_of_roads() -> None:
    edges = tiny_tables()["road_edges"].iloc[:8].copy()
    edges["class"] = [
        "trunk", "motorway", "trunk_link", "service", "residential", "my own", "primary", "primary",
    ]  # fmt: skip
    edges["ferry"] = [False] * 7 + [True]
    assert r.level_of(edges).tolist() == [1, r.NONE, r.NONE, r.NONE, 5, 5, 2, r.NONE]
    assert np.array_equal(r.level_of(edges.iloc[:0]), [])
