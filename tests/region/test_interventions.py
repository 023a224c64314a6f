"""Interventions from records: what is right comes back, what is wrong is named, nothing crashes."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.words import LANGUAGES
from onecity.region.interventions import KINDS, AddRoad, CloseRoad, SetSpeed, from_record

EXAMPLES = [
    AddRoad(1, 2, 80.0),
    AddRoad(1, 2, 80.0, detour=1.3, both_ways=False, road_class="primary", name="新路"),
    SetSpeed((3, 4), 60.0),
    SetSpeed((), 60.0),
    CloseRoad((7,)),
]


@pytest.mark.parametrize("one", EXAMPLES, ids=str)
def test_what_is_written_is_read_again(one: Any) -> None:
    assert from_record(one.as_record()) == one
    assert from_record(json.loads(json.dumps(one.as_record()))) == one


def test_numbers_become_plain_ones() -> None:
    made = from_record(AddRoad(np.int64(1), np.int32(2), np.float32(80)).as_record())  # type: ignore[arg-type]
    assert made == AddRoad(1, 2, 80.0)
    assert json.dumps(made.as_record()) == json.dumps(AddRoad(1, 2, 80.0).as_record())
    assert json.dumps(from_record({"kind": "set_speed", "edges": [1], "kmh": 60}).as_record()) == (
        json.dumps(SetSpeed((1,), 60.0).as_record())
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "teleport"}, "kind"),
        ({"kind": ["add_road"]}, "kind"),
        ({"kind": None}, "kind"),
        ({"speed": 3}, "speed"),
        ({"tail": "1"}, "tail"),
        ({"tail": 1.0}, "tail"),
        ({"tail": True}, "tail"),
        ({"tail": 10**30}, "tail"),
        ({"head": None}, "head"),
        ({"kmh": "80"}, "kmh"),
        ({"kmh": float("nan")}, "kmh"),
        ({"kmh": float("inf")}, "kmh"),
        ({"kmh": 10**400}, "kmh"),
        ({"kmh": True}, "kmh"),
        ({"both_ways": 1}, "both_ways"),
        ({"road_class": None}, "road_class"),
        ({"name": 7}, "name"),
        ({"name": "\ud800"}, "name"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    record = {**AddRoad(1, 2, 80.0).as_record(), **change}
    with pytest.raises(InputError) as caught:
        from_record(record)
    assert caught.value.values["field"] == field
    for language in LANGUAGES:
        assert caught.value.text(language).encode("utf-8")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="kmh") as caught:
        from_record({"kind": "set_speed", "edges": [1]})
    assert caught.value.values["field"] == "kmh"


@pytest.mark.parametrize("edges", [5, "12", {"1": 2}, [1.5], [[1]], [True], [10**40], None])
def test_edges_are_a_list_of_rows(edges: Any) -> None:
    with pytest.raises(InputError, match="edges"):
        from_record({"kind": "close_road", "edges": edges})


def test_a_long_value_is_not_repeated_in_full() -> None:
    with pytest.raises(InputError) as caught:
        from_record({"kind": "close_road", "edges": "9" * 100_000})
    assert len(str(caught.value)) < 500


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["kind", "tail", "head", "kmh", "edges", "name", "both_ways", "detour"])


@settings(max_examples=300)
@given(
    ANYTHING
    | st.dictionaries(FIELDS, ANYTHING)
    | st.builds(
        lambda kind, more: {"kind": kind, **more},
        st.sampled_from(sorted(KINDS)),
        st.dictionaries(FIELDS.filter(lambda one: one != "kind"), ANYTHING),
    )
)
def test_anything_is_an_intervention_or_a_clear_error(record: Any) -> None:
    try:
        made = from_record(record)
    except InputError as error:
        told = str(error)
    else:
        told = json.dumps(made.as_record(), allow_nan=False)
        assert from_record(made.as_record()) == made
    assert told.encode("utf-8")
