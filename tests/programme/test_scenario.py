"""Scenarios as values and as files, on the region they were drawn on and on others."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from onecity.core.errors import InputError, MissingError, OneCityError
from onecity.core.words import LANGUAGES
from onecity.programme import scenario as module
from onecity.programme.scenario import Scenario, new_key
from onecity.region.interventions import AddRoad, CloseRoad, Intervention, SetSpeed
from onecity.region.store import Region
from tests.tiny import DEAD_ENDS, tiny_region, tiny_tables

LAST = len(tiny_tables()["road_edges"])
CHANGES: tuple[Intervention, ...] = (
    AddRoad(*DEAD_ENDS, kmh=60.0, detour=1.2, name="云岚路"),
    SetSpeed((3, 4, 22), 90.0),
    CloseRoad((LAST,)),  # the road that the first one adds
)


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


@pytest.fixture(scope="module")
def drawn(region: Region) -> Scenario:
    return Scenario.drawn(
        region, CHANGES, title="接通断头路", key="yun-lan", note="第一稿\n待议", author="甲"
    )


def test_what_is_written_is_read_again(drawn: Scenario) -> None:
    text = drawn.to_json()
    assert Scenario.from_json(text, "-") == drawn
    assert Scenario.from_json(text.encode("utf-8"), "-") == drawn
    assert Scenario.from_json(text.encode("utf-8-sig"), "-") == drawn
    assert Scenario.from_json(text, "-").to_json() == text
    assert "接通断头路" in text


def test_a_drawn_scenario_has_a_key_a_time_and_places(region: Region) -> None:
    one, two = (Scenario.drawn(region, [], title="空") for _ in range(2))
    assert one.key != two.key
    assert one.created.endswith("Z")
    assert not one.interventions
    assert not one.places
    assert one.base.hash == region.hash
    assert one.base.region == "tiny"


def test_numbers_of_arrays_become_plain_ones(region: Region) -> None:
    rows = np.array([3, 4])
    made = Scenario.drawn(region, [SetSpeed(tuple(rows), np.float64(90))], title="提速")
    assert made.interventions == (SetSpeed((3, 4), 90.0),)


def test_what_does_not_fit_the_region_is_refused(region: Region) -> None:
    with pytest.raises(MissingError):
        Scenario.drawn(region, [CloseRoad((LAST,))], title="没有这条路")
    with pytest.raises(InputError, match=r"\$\.title"):
        Scenario.drawn(region, [], title="  ")
    with pytest.raises(InputError, match=r"\$\.key"):
        Scenario.drawn(region, [], title="越界", key="../up")


def test_on_its_own_region_it_is_what_was_drawn(region: Region, drawn: Scenario) -> None:
    done = drawn.applied(region)
    assert done.region.hash == region.apply(CHANGES).hash
    assert done.interventions == CHANGES
    assert done.remarks == ()


# --- On another version ------------------------------------------------------------------------


def edges_of(region: Region) -> pd.DataFrame:
    """Roads by where they lie, whatever their rows."""
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    spots = [f"{lon:.4f} {lat:.4f}" for lon, lat in zip(nodes["lon"], nodes["lat"], strict=True)]
    ends = [sorted((spots[a], spots[b])) for a, b in zip(edges["tail"], edges["head"], strict=True)]
    told = (
        edges[["class", "km", "kmh"]]
        .round(6)
        .assign(
            ends=["–".join(one) for one in ends],
            open=edges[["seconds_forward", "seconds_backward"]].notna().sum(axis=1),
            name=edges["name"].fillna(""),
        )
    )
    ordered: pd.DataFrame = told.sort_values(list(told.columns)).reset_index(drop=True)
    return ordered


def shuffled(*, moved: float = 0.0, without: int | None = None, longer: float = 1.0) -> Region:
    """The tiny region with other numbers for nodes and edges, some edges turned round."""
    tables = tiny_tables()
    random = np.random.default_rng(7)
    nodes = tables["road_nodes"]
    place = random.permutation(len(nodes))  # new number of each old node
    order = np.argsort(place)
    nodes = nodes.iloc[order].reset_index(drop=True).assign(node=np.arange(len(nodes)))
    nodes["lon"] += moved / 111_200
    nodes["geometry"] = gpd.points_from_xy(nodes["lon"], nodes["lat"])
    edges = tables["road_edges"]
    edges["tail"], edges["head"] = place[edges["tail"]], place[edges["head"]]
    turn = edges["seconds_forward"].notna() & edges["seconds_backward"].notna()
    turn &= random.random(len(edges)) < 0.5
    edges.loc[turn, ["tail", "head"]] = edges.loc[turn, ["head", "tail"]].to_numpy()
    if without is not None:
        edges = edges.drop(index=without)
    edges = edges.sample(frac=1, random_state=3).reset_index(drop=True)
    edges = edges.assign(edge=np.arange(len(edges)), km=edges["km"] * longer)
    legs = tables["connectors"].assign(node=place[tables["connectors"]["node"]])
    known: dict[str, Any] = {"road_nodes": nodes, "road_edges": edges, "connectors": legs}
    return tiny_region(**known)


@pytest.mark.parametrize("moved", [0.0, 30.0])
def test_on_another_version_it_is_the_same_roads(drawn: Scenario, moved: float) -> None:
    other = shuffled(moved=moved)
    done = drawn.applied(other)
    assert done.interventions != CHANGES
    (told,) = done.remarks
    assert told.key == "programme.found_again"
    assert told.values["metres"] == pytest.approx(moved, abs=0.2)
    assert done.region.hash == other.apply(done.interventions).hash
    if not moved:
        assert_frame_equal(edges_of(done.region), edges_of(tiny_region().apply(CHANGES)))


def test_newer_figures_on_the_same_roads_change_nothing(drawn: Scenario) -> None:
    zones = tiny_tables()["zones"]
    other = tiny_region(zones=zones.assign(people=zones["people"] * 1.1))
    done = drawn.applied(other)
    assert done.interventions == CHANGES
    assert done.remarks[0].values["metres"] == pytest.approx(0, abs=0.02)


def test_what_lies_elsewhere_is_not_taken_for_it(drawn: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        drawn.applied(shuffled(moved=80.0))
    assert caught.value.key == "programme.end_gone"
    with pytest.raises(InputError) as caught:
        drawn.applied(shuffled(without=4))
    assert caught.value.key == "programme.edge_gone"
    assert caught.value.values["number"] == 2
    with pytest.raises(InputError) as caught:
        drawn.applied(shuffled(longer=1.3))
    assert caught.value.key == "programme.edge_gone"


def test_of_two_parallel_roads_the_one_as_long_is_meant(region: Region) -> None:
    """Rows 2 and 29 both join nodes 2 and 3; the second is half as long again."""
    edges = region.table("road_edges")
    assert set(map(tuple, edges.loc[[2, 29], ["tail", "head"]].to_numpy())) == {(2, 3)}
    other = shuffled()
    for row in (2, 29):
        done = Scenario.drawn(region, [CloseRoad((row,))], title="封路").applied(other)
        (one,) = done.interventions
        assert isinstance(one, CloseRoad)
        km = other.table("road_edges")["km"].iloc[one.edges[0]]
        assert km == pytest.approx(edges["km"].iloc[row])


def test_ends_that_no_road_joins_are_not_taken_for_others(region: Region) -> None:
    """On another version the roads to nodes 28 and 10 are gone, and these nodes come last.

    Where ends are counted up to the last that has a road, 13–28 would be told as the loop at 5.
    """
    nodes, edges = region.table("road_nodes"), region.table("road_edges")
    ends = edges[["tail", "head"]].to_numpy().tolist()
    spur, far, loop = ends.index([13, 28]), ends.index([10, 0]), ends.index([5, 5])
    drawn = Scenario.drawn(region, [CloseRoad((spur,))], title="封支路")
    order = [13, 5, *(k for k in range(len(nodes)) if k not in {13, 5, 10, 28}), 10, 28]
    place = np.argsort(order)
    km = edges["km"].where(edges.index != loop, edges["km"][spur])
    edges = edges.assign(km=km, tail=place[edges["tail"]], head=place[edges["head"]])
    edges = edges.drop(index=[spur, far]).reset_index(drop=True)
    legs = region.table("connectors")
    known: dict[str, Any] = {
        "road_nodes": nodes.iloc[order].reset_index(drop=True).assign(node=np.arange(len(nodes))),
        "road_edges": edges.assign(edge=np.arange(len(edges))),
        "connectors": legs.assign(node=place[legs["node"]]),
    }
    with pytest.raises(InputError) as caught:
        drawn.applied(tiny_region(**known))
    assert caught.value.key == "programme.edge_gone"


def test_without_places_it_is_for_its_own_version_alone(drawn: Scenario, region: Region) -> None:
    bare = replace(drawn, places=())
    assert bare.applied(region).region.hash == region.apply(CHANGES).hash
    with pytest.raises(InputError) as caught:
        bare.applied(shuffled())
    assert caught.value.key == "programme.other_version"


# --- Files from elsewhere ----------------------------------------------------------------------


def changed(drawn: Scenario, path: str, value: Any) -> str:
    """The file with another value at a place; a place that ends in - is taken out."""
    told: Any = json.loads(drawn.to_json())
    here = told
    *way, last = path.removesuffix("-").split(".")
    for step in way:
        here = here[int(step) if step.isdigit() else step]
    if path.endswith("-"):
        del here[last]
    else:
        here[int(last) if last.isdigit() else last] = value
    return json.dumps(told)


WRONG: list[tuple[str, Any, str]] = [
    ("format", "geojson", "$.format"),
    ("format", None, "$.format"),
    ("version", 2, "$.version"),
    ("version", True, "$.version"),
    ("version", "1", "$.version"),
    ("key", "UP", "$.key"),
    ("key", "../../etc", "$.key"),
    ("key", "-a", "$.key"),
    ("key", "a" * 65, "$.key"),
    ("key", "nul", "$.key"),
    ("key", 7, "$.key"),
    ("key", "", "$.key"),
    ("title", "", "$.title"),
    ("title", "长" * 201, "$.title"),
    ("title", "two\nlines", "$.title"),
    ("title", "\u0007", "$.title"),
    ("title", ["a"], "$.title"),
    ("note", 3, "$.note"),
    ("note", "a" * 10_001, "$.note"),
    ("author", "\ud800", "$.author"),
    ("created", "yesterday", "$.created"),
    ("created", "2025-13-01T00:00:00Z", "$.created"),
    ("created", None, "$.created"),
    ("base", "tiny", "$.base"),
    ("base.hash", "abc", "$.base.hash"),
    ("base.hash", "A" * 64, "$.base.hash"),
    ("base.region", "", "$.base.region"),
    ("base.more", 1, "$.base.more"),
    ("more", 1, "$.more"),
    ("interventions", {}, "$.interventions"),
    ("interventions", [{}] * 501, "$.interventions"),
    ("interventions.0", 5, "$.interventions[0]"),
    ("interventions.0.kind", "teleport", "$.interventions[0].kind"),
    ("interventions.0.kmh", "fast", "$.interventions[0].kmh"),
    ("interventions.0.kmh", -60, "$.interventions[0].kmh"),
    ("interventions.0.kmh", 0.5, "$.interventions[0].kmh"),
    ("interventions.1.kmh", 1e9, "$.interventions[1].kmh"),
    ("interventions.0.detour", 0.9, "$.interventions[0].detour"),
    ("interventions.0.detour", 11, "$.interventions[0].detour"),
    ("interventions.0.tail", -1, "$.interventions[0].tail"),
    ("interventions.0.head", DEAD_ENDS[0], "$.interventions[0].head"),
    ("interventions.0.name", "路\u0000", "$.interventions[0].name"),
    ("interventions.0.road_class", "", "$.interventions[0].road_class"),
    ("interventions.0.speed", 3, "$.interventions[0].speed"),
    ("interventions.1.edges", [-1], "$.interventions[1].edges"),
    ("interventions.1.edges", [0.5], "$.interventions[1].edges"),
    ("interventions.1.edges", list(range(50_001)), "$.interventions"),
    ("places", [], "$.places"),
    ("places", 5, "$.places"),
    ("places.1", [], "$.places[1]"),
    ("places.0.0", [1, 2, 3, 4], "$.places[0][0]"),
    ("places.0.0", [181, 2, 3, 4, 5], "$.places[0][0][0]"),
    ("places.0.0", [1, 2, 3, 91, 5], "$.places[0][0][3]"),
    ("places.0.0", [1, 2, 3, 4, -5], "$.places[0][0][4]"),
    ("places.0.0", [1, 2, 3, True, 5], "$.places[0][0][3]"),
    *((f"{name}-", None, f"$.{name}") for name in ("format", "version", "key", "title", "base")),
    ("created-", None, "$.created"),
    ("interventions-", None, "$.interventions"),
    ("base.hash-", None, "$.base.hash"),
    ("interventions.0.kmh-", None, "$.interventions[0].kmh"),
]


@pytest.mark.parametrize(("path", "value", "place"), WRONG, ids=lambda one: str(one)[:30])
def test_what_is_wrong_is_named_by_its_place(
    drawn: Scenario, path: str, value: Any, place: str
) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.from_json(changed(drawn, path, value), "从别处来.json")
    for language in LANGUAGES:
        told = caught.value.text(language)
        assert place in told
        assert "从别处来.json" in told
        assert len(told.encode("utf-8")) < 1_000


def test_optional_fields_may_be_left_out(drawn: Scenario) -> None:
    told = json.loads(drawn.to_json())
    for name in ("note", "author", "places"):
        del told[name]
    found = Scenario.from_json(json.dumps(told), "-")
    assert (found.note, found.author, found.places) == ("", "", ())


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "[", "5", "[]", "null", '{"a": 1, "a": 2}', '{"format": NaN}',
        b"\xff\xfe", "[" * 100_000, '{"format": ' + "9" * 5_000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_scenario_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError):
        Scenario.from_json(text, "-")


def test_a_field_named_twice_is_refused(drawn: Scenario) -> None:
    text = drawn.to_json().replace('"title"', '"note": "",\n "title"', 1)
    with pytest.raises(InputError, match="note"):
        Scenario.from_json(text, "-")


def test_a_large_file_is_refused_before_it_is_read(
    drawn: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drawn.to_json()
    monkeypatch.setattr(module, "MAX_BYTES", len(text.encode("utf-8")) - 1)
    with pytest.raises(InputError) as caught:
        Scenario.from_json(text, "-")
    assert caught.value.key == "programme.file_too_large"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def places_in(told: Any) -> list[tuple[Any, Any]]:
    """Every place of a file where something may stand: its holder, and the name there."""
    found: list[tuple[Any, Any]] = []
    pairs = told.items() if isinstance(told, dict) else enumerate(told)
    for name, value in list(pairs):
        found.append((told, name))
        if isinstance(value, dict | list):
            found += places_in(value)
    return found


@settings(max_examples=300)
@given(st.data())
def test_any_file_is_a_scenario_or_a_clear_error(data: st.DataObject) -> None:
    told = deepcopy(TOLD)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, name = data.draw(st.sampled_from(places_in(told)))
        if data.draw(st.booleans()) or isinstance(holder, list):
            holder[name] = data.draw(ANYTHING)
        else:
            del holder[name]
        if not places_in(told):
            break
    text = json.dumps(told)
    region = tiny_region_once()
    try:
        found = Scenario.from_json(text, "-")
        again = Scenario.from_json(found.to_json(), "-")
        assert again == found
        found.applied(region)
    except OneCityError as error:
        said = str(error)
    else:
        said = found.to_json()
    assert said.encode("utf-8")


@settings(max_examples=200)
@given(st.text(st.characters()) | st.binary() | ANYTHING.map(json.dumps))
def test_any_text_is_a_clear_error(text: str | bytes) -> None:
    with pytest.raises(InputError):
        Scenario.from_json(text, "-")


_REGION = tiny_region()
TOLD: Any = json.loads(Scenario.drawn(_REGION, CHANGES, title="底稿", key="draft").to_json())


def tiny_region_once() -> Region:
    return _REGION


def test_keys_are_new() -> None:
    assert new_key() != new_key()
