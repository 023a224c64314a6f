"""Groups measured: against slow twins, kept and not measured again, shown alike everywhere."""

import json
import xml.etree.ElementTree as ET
import zipfile
from html import unescape
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.core.words import LANGUAGES, Language
from onecity.league import packages
from onecity.league.extracts import cut, kept, shipped, unpack
from onecity.league.groups import Group, read_groups
from onecity.league.highways import Highways
from onecity.league.regions import region_of
from onecity.league.standing import BORDER, CENTRES, LAND, PEOPLE, SHARE
from onecity.league.table import League, league
from onecity.region.store import Region
from onecity.report.league import answer, chart, flat, heads, lines, page, sheets
from onecity.strands.travel import centres_of


@pytest.fixture(scope="module")
def found(three: Group, work: Path) -> League:
    """The league of the made-up land."""
    return league([three], work)


def minutes_to_core(region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Minutes from the core's centre to every zone, and rows of the centres' zones."""
    zones, nodes = region.table("zones"), len(region.table("road_nodes"))
    at = pd.Series(range(len(zones)), index=zones["zone"]) + nodes
    edges, legs, links = (
        region.table(name) for name in ("road_edges", "connectors", "local_links")
    )
    tail = np.concatenate([edges["tail"], legs["zone"].map(at), links["zone_a"].map(at)])
    head = np.concatenate([edges["head"], legs["node"], links["zone_b"].map(at)])
    seconds = np.concatenate([edges["seconds_forward"], legs["seconds"], links["seconds"]])
    size = nodes + len(zones)
    least = pd.DataFrame({"a": tail, "b": head, "s": seconds}).groupby(["a", "b"])["s"].min()
    a, b = (least.index.get_level_values(name).to_numpy(np.int64) for name in "ab")
    graph = coo_array((least.to_numpy(), (a, b)), shape=(size, size)).tocsr()
    centres = centres_of(region).zone
    core = int(region.table("cities")["core"].to_numpy().argmax())
    times = dijkstra(graph, directed=False, indices=nodes + centres[core])
    return times[nodes:] / 60, np.delete(centres, core)


def test_the_hour_is_what_a_slow_twin_finds(found: League, three: Group, work: Path) -> None:
    region = region_of(three, work)
    row = found.rows[0]
    minutes, others = minutes_to_core(region)
    zones = region.table("zones")
    for speed, end in ((1.0, "value"), (0.85, "low"), (1.15, "high")):
        near = minutes / speed <= 60
        assert 0 < near.sum() < len(near)
        people = zones["people"][near].sum()
        assert getattr(row.figures[PEOPLE], end) == pytest.approx(people, rel=1e-6)
        assert getattr(row.figures[SHARE], end) == pytest.approx(100 * people / row.people)
        assert getattr(row.figures[LAND], end) == pytest.approx(zones["area_km2"][near].sum())
        assert getattr(row.figures[CENTRES], end) == (minutes[others] / speed <= 60).sum()
    census = sum(one.residents.people for one in three.members)
    assert row.people == pytest.approx(census)
    assert row.border is not None
    assert row.premium is None


def test_what_was_measured_is_not_measured_again(
    found: League, three: Group, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("onecity.strands.transport.strand.measure", never)
    again = league([three], work)
    assert again.rows[0].figures == found.rows[0].figures
    assert again.rows[0].region_hash == found.rows[0].region_hash


def test_a_shipped_group_builds_with_the_people_of_its_cities(tmp_path: Path) -> None:
    group = next(one for one in read_groups() if one.key == "changzhutan")
    region = region_of(group, tmp_path)
    cities = region.table("cities").set_index("city")["people"]
    assert cities.to_dict() == {one.city.code: one.residents.people for one in group.members}
    assert region.table("zones")["people"].sum() == pytest.approx(16_676_833)
    assert region.table("cities")["area_km2"].sum() == pytest.approx(28_085, rel=0.01)
    assert region.manifest.sources["census"].grade.value == "C"
    assert len(region.table("road_edges")) > 1000


# --- Extracts -----------------------------------------------------------------------------


def test_without_the_packages_the_way_to_install_them_is_told(
    three: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", absent)
    with pytest.raises(MissingError) as caught:
        league([three], tmp_path)
    assert caught.value.key == "league.no_package"
    assert 'pip install "onecity[league]"' in caught.value.text("zh")
    assert not list(tmp_path.iterdir())


def test_a_damaged_extract_is_told_or_cut_anew(three: Group, tmp_path: Path) -> None:
    broken = kept(three, tmp_path)
    broken.write_bytes(b"no zip")
    with pytest.raises(StoreError) as caught:
        unpack(broken, tmp_path / "x")
    assert caught.value.key == "league.extract_damaged"


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.extract
def test_extracts_are_cut_from_the_packages_as_those_that_ship(
    three: Group, tmp_path: Path
) -> None:
    ships = next(one for one in read_groups() if one.key == "changzhutan")
    cut([three, ships], tmp_path)
    own = contents(kept(three, tmp_path))
    shapes = json.loads(own["counties.geojson"])["features"]
    assert [one["properties"]["name_zh"] for one in shapes] == ["仙桃市", "潜江市", "天门市"]
    assert own["edges.csv"].count(b"\n") > 300
    path = shipped(ships)
    assert path is not None
    before, after = contents(path), contents(kept(ships, tmp_path))
    differs = [name for name in before if before[name] != after.get(name)]
    assert not differs


def test_roads_are_cut_as_one_would_by_hand(tmp_path: Path) -> None:
    from shapely import box

    # A road from inside to far outside, one that stays near, a loop, one elsewhere.
    spots = [[30.5, 114.5], [30.5, 115.1], [30.5, 116.9], [30.5, 115.2], [45.0, 20.0]]
    graph = [{0: 0.0, 1: 57.5, 2: 240.0}, {0: 57.5, 3: 9.6}, {0: 240.0}, {1: 9.6, 4: 1.0}, {3: 1.0}]
    file = tmp_path / "world.py"
    file.write_text(f"graph={graph}\nnodes={spots}\n", "utf-8")
    piece = Highways.read(file).around(box(114, 30, 115, 31))
    assert piece.node.tolist() == [0, 1, 2, 3]
    assert list(zip(piece.tail, piece.head, piece.km, strict=True)) == [
        (0, 1, 57.5),
        (0, 2, 240.0),
        (1, 3, 9.6),
    ]
    assert piece.cut.tolist() == [False, False, False, True]
    file.write_text("nothing = 1\n", "utf-8")
    with pytest.raises(InputError) as caught:
        Highways.read(file)
    assert caught.value.key == "league.package_odd"


# --- How it is shown ------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_chart_and_page_tell_the_same(found: League, language: Language) -> None:
    row = flat(found).iloc[0]
    line, head = lines(found, language)[0], heads(found, language)
    assert len(line) == len(head)
    assert f"{row['core_share_60']:.1f}" in line[2]
    assert row["core_people_60_low"] <= row["core_people_60"] <= row["core_people_60_high"]
    assert row["grade"] == "E"
    assert row["people_grade"] == "C"
    drawn = chart(found, language)
    root = ET.fromstring(drawn)  # noqa: S314  (our own text)
    texts = [one.text for one in root.iter() if one.text]
    assert found.rows[0].group.text(language) in texts
    assert f"{row['border_percent']:+.1f}".replace("-", "−") in texts
    whole = unescape(page(found))
    lost = [one.key for one in found.remarks if one.text(language) not in whole]
    assert not lost
    fetched = "src=" in whole or "url(" in whole
    assert not fetched
    assert BORDER in found.indicators
    assert [one.title for one in sheets(found, language)][1] == "flat"


def test_the_answer_for_programs_is_plain(found: League) -> None:
    told = json.loads(json.dumps(answer(found)))
    assert told["groups"][0]["core"] == "429005"
    assert told["groups"][0]["premium"] is None
    assert set(told["indicators"]) == set(found.indicators)
    assert told["sources"]["census"]["grade"] == "C"
