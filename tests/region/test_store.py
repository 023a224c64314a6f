"""A region is kept whole or not at all, and is never changed."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.region import store
from onecity.region.interventions import AddRoad, CloseRoad, SetSpeed
from onecity.region.schema import TABLES
from onecity.region.store import Region
from tests.tiny import tiny_region


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "城市圈 一"
    tiny_region().write(path)
    return path


def test_what_is_written_is_read_again(folder: Path) -> None:
    made, opened = tiny_region(), Region.open(folder)
    assert set(opened.manifest.tables) == {name for name in TABLES if made.has(name)}
    for name in opened.manifest.tables:
        pd.testing.assert_frame_equal(
            pd.DataFrame(opened.table(name)), pd.DataFrame(made.table(name)), check_dtype=False
        )
    assert opened.manifest.assumptions == made.manifest.assumptions
    assert opened.manifest.sources == made.manifest.sources


def test_equal_regions_are_equal_bytes(tmp_path: Path) -> None:
    one, two = tiny_region().write(tmp_path / "a"), tiny_region().write(tmp_path / "b")
    assert one.hash == two.hash
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_opens_in_geopandas_and_duckdb(folder: Path) -> None:
    import duckdb

    zones = gpd.read_parquet(folder / "zones.parquet")
    assert zones.crs == "EPSG:4326"
    with duckdb.connect() as database:
        query = f"select sum(people) from read_parquet('{folder / 'zones.parquet'}')"  # noqa: S608
        people = database.execute(query).fetchall()
    assert people[0][0] == pytest.approx(zones["people"].sum())


def test_a_table_given_out_cannot_change_the_region(folder: Path) -> None:
    region = Region.open(folder)
    zones = region.table("zones")
    before = zones["people"].iloc[0]
    zones.loc[zones.index[0], "people"] = -1.0
    zones["new"] = 1
    assert region.table("zones")["people"].iloc[0] == before
    assert "new" not in region.table("zones").columns


def test_apply_shares_untouched_tables_and_keeps_the_original() -> None:
    region = tiny_region()
    scenario = region.apply([SetSpeed((0, 1), 200.0), CloseRoad((2,))])
    assert scenario._tables["zones"] is region._tables["zones"]
    assert scenario._tables["road_edges"] is not region._tables["road_edges"]
    edges = scenario.table("road_edges")
    assert edges["seconds_forward"][0] == pytest.approx(edges["km"][0] / 200 * 3600)
    assert edges["seconds_forward"].isna()[2]
    assert region.table("road_edges")["seconds_forward"].notna()[2]
    assert region.hash != scenario.hash
    assert len(scenario.manifest.history) == 2
    assert not region.manifest.history


def test_regions_tell_which_tables_they_do_not_share(folder: Path) -> None:
    for region in (tiny_region(), Region.open(folder)):
        one, two = region.apply([SetSpeed((0,), 50.0)]), region.apply([AddRoad(0, 5, 60.0)])
        assert region.differing(region) == frozenset()
        assert region.apply([]).differing(region) == frozenset()
        assert one.differing(region) == region.differing(one) == {"road_edges"}
        assert one.differing(two) == {"road_edges"}
        assert one.apply([CloseRoad((1,))]).differing(one) == {"road_edges"}
        assert one.apply([]).differing(one) == frozenset()
    assert tiny_region().differing(tiny_region()) == set(tiny_region().manifest.tables)
    assert Region.open(folder).differing(tiny_region()) == frozenset(TABLES)
    # Opened twice, a region is the same even where each has read its own copy.
    again, once = Region.open(folder), Region.open(folder)
    again.table("zones"), once.table("zones")
    assert again.differing(once) == frozenset()
    written = once.apply([CloseRoad((1,))]).write(folder)
    assert written.differing(again) == frozenset(TABLES)


def test_an_unknown_version_is_named(folder: Path) -> None:
    file = folder / "manifest.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    for version, word in ((99, "newer"), (0, "older")):
        file.write_text(json.dumps({**raw, "schema": version}), encoding="utf-8")
        with pytest.raises(StoreError, match=word):
            Region.open(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": "x"}', "\xff"])
def test_a_damaged_manifest_is_named(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match="manifest"):
        Region.open(folder)


def test_damaged_and_missing_tables_are_named(folder: Path) -> None:
    (folder / "zones.parquet").write_bytes(b"PAR1 not really")
    (folder / "groups.parquet").unlink()
    region = Region.open(folder)
    with pytest.raises(StoreError, match=r"zones\.parquet"):
        region.table("zones")
    with pytest.raises(StoreError, match=r"groups\.parquet"):
        region.table("groups")
    with pytest.raises(MissingError, match="nothing"):
        region.table("nothing")


def test_no_region_and_a_recipe_in_its_place_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no region"):
        Region.open(tmp_path / "absent")
    (tmp_path / "region.toml").touch()
    with pytest.raises(MissingError, match="onecity build"):
        Region.open(tmp_path)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("mine")
    with pytest.raises(StoreError, match="not a region"):
        tiny_region().write(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_full_disk_leaves_the_old_region(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Region.open(folder).hash

    def full(_file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_sync", full)
    with pytest.raises(StoreError, match="No space left"):
        tiny_region().apply([CloseRoad((0,))]).write(folder)
    assert Region.open(folder).hash == before
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
@pytest.mark.parametrize("moment", ["mkdtemp", "_sync", "_swap", "rename"])
def test_a_kill_leaves_the_old_region_or_the_new(tmp_path: Path, moment: str) -> None:
    """Kill the writer at each stage; between the two renames the next `open` mends it."""
    folder = tmp_path / "圈"
    old = tiny_region().write(folder)
    new = tiny_region().apply([CloseRoad((0,))])
    script = textwrap.dedent(f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from tests.tiny import tiny_region
        from onecity.region import store
        from onecity.region.interventions import CloseRoad
        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        if {moment!r} == "mkdtemp":
            store.tempfile.mkdtemp = die
        elif {moment!r} == "rename":
            real = store.Path.rename
            def second(self, target):
                die() if ".new-" in self.name else real(self, target)
            store.Path.rename = second
        else:
            setattr(store, {moment!r}, die)
        tiny_region().apply([CloseRoad((0,))]).write({str(folder)!r})
    """)
    done = subprocess.run([sys.executable, "-c", script], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert Region.open(folder).hash == old.hash
    written = new.write(folder)
    assert Region.open(folder).hash == written.hash


def test_from_tables_checks_every_table() -> None:
    region = tiny_region()
    tables = {name: region.table(name) for name in region.manifest.tables}
    zones = tables["zones"]
    for wrong, word in (
        (zones.drop(columns="people"), "people"),
        (zones.assign(people=zones["people"].astype(str)), "type"),
        (zones.assign(people=zones["people"].where(zones.index > 3)), "row 0"),
        (pd.concat([zones, zones.iloc[:1]]), "more than once"),
        (zones.to_crs("EPSG:3857"), "coordinate system"),
    ):
        with pytest.raises(InputError, match=word):
            Region.from_tables(region.manifest, {**tables, "zones": wrong})
    with pytest.raises(MissingError, match="zones"):
        Region.from_tables(
            region.manifest, {name: t for name, t in tables.items() if name != "zones"}
        )


def test_add_road_is_as_long_and_fast_as_said() -> None:
    region = tiny_region()
    edges = region.table("road_edges")
    tail, head = 23, 25
    scenario = region.apply([AddRoad(tail, head, 60.0, detour=1.2, both_ways=False, name="新路")])
    after = scenario.table("road_edges")
    assert len(after) == len(edges) + 1
    added = after.iloc[-1]
    assert (added["tail"], added["head"], added["edge"]) == (tail, head, len(edges))
    assert added["seconds_forward"] == pytest.approx(added["km"] / 60 * 3600)
    assert pd.isna(added["seconds_backward"])
    assert list(after.dtypes) == list(edges.dtypes)
    assert after.crs == edges.crs


def test_wrong_interventions_are_refused() -> None:
    region = tiny_region()
    last = len(region.table("road_nodes"))
    for wrong, error in (
        (AddRoad(1, 1, 60.0), InputError),
        (AddRoad(1, 2, -60.0), InputError),
        (AddRoad(1, 2, float("nan")), InputError),
        (AddRoad(1, 2, 60.0, detour=0.5), InputError),
        (AddRoad(1, last, 60.0), MissingError),
        (SetSpeed((10_000,), 60.0), MissingError),
        (SetSpeed((0,), 0.0), InputError),
        (CloseRoad((-1,)), MissingError),
    ):
        with pytest.raises(error):
            region.apply([wrong])
