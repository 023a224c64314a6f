"""Own schemas of items, those that ship, and invented answers to them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.hall.catalogue.example import example
from onecity.hall.catalogue.steps import steps_in
from onecity.hall.forms import Form, form_of, form_of_event, part_for
from onecity.hall.forms.checking import check
from onecity.hall.forms.own import check_own, example_own, put_example, read_own
from onecity.hall.forms.sampling import sample

CATALOGUE = example()
OWN = example_own()
WORDS = {"zh": "一", "en": "one"}


def field(**more: Any) -> dict[str, Any]:
    return {"type": "string", "x-title": WORDS, **more}


def schema(**fields: Any) -> dict[str, Any]:
    group = {"type": "object", "x-title": WORDS, "properties": fields}
    return {"properties": {"group": group}}


def events(city: str) -> list[Form]:
    return [
        form_of_event(
            event, [item for _, item in steps_in(event, CATALOGUE.items, city)], CATALOGUE, OWN
        )
        for event in CATALOGUE.life_events
    ]


def test_every_item_that_ships_has_a_schema_of_its_own() -> None:
    assert {one.basic_code for one in CATALOGUE.items} == OWN.keys()


def test_invented_answers_fit_every_form_that_ships() -> None:
    forms = [form_of(item, CATALOGUE, OWN) for item in CATALOGUE.items if item.city == "420200"]
    for seed, form in enumerate([*forms, *events("420700")]):
        data = sample(form, seed)
        assert data == sample(form, seed)
        files = [one.name for one in form.files]
        assert [one.text("zh") for one in check(form, part_for(form, data), files)] == [], seed


def test_a_life_events_answers_fit_the_form_of_each_of_its_items() -> None:
    for event, whole in zip(CATALOGUE.life_events, events("420100"), strict=True):
        data = sample(whole, 3)
        for _, item in steps_in(event, CATALOGUE.items, "420100"):
            form = form_of(item, CATALOGUE, OWN, event.applicants)
            files = [one.name for one in form.files]
            assert check(form, part_for(form, data), files) == (), item.code


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["kind", "name", "a/b~", "acting"]), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["applicant", "agent", "shop", "x"]), ANYTHING))
@settings(max_examples=200)
def test_whatever_is_handed_in_is_answered_with_faults_and_never_with_an_error(
    data: dict[str, Any],
) -> None:
    form = form_of(item_of("register_shop"), CATALOGUE, OWN)
    for one in (data, part_for(form, data)):
        found = check(form, one)
        assert found
        assert len({fault.pointer for fault in found}) == len(found)
        assert all(fault.text("zh") and fault.text("en") for fault in found)


def test_a_shop_is_asked_for_once_though_four_items_of_the_pharmacy_ask_for_it() -> None:
    pharmacy = events("420100")[0]
    assert sum(one.name == "shop" for one in pharmacy.groups) == 1
    assert "/shop/trade_name" in pharmacy.order


def test_a_document_is_wanted_only_if_what_was_answered_says_so() -> None:
    item = CATALOGUE.item["420100.birth_certificate"]
    form = form_of(item, CATALOGUE, OWN)
    for state, wanted in (("married", True), ("single", False)):
        data = sample(form, 1, {"family": {"marriage": state, "spouse": "李四"}})
        found = [one.pointer for one in check(form, part_for(form, data), ["identity"])]
        assert found == (["/files/marriage"] if wanted else [])


def test_a_field_says_from_which_document_it_can_be_taken() -> None:
    slots = {one.name: one.fields for one in form_of(item_of("fund_loan"), CATALOGUE, OWN).files}
    assert slots["deed_search"] == {"address": ("/property/place",)}
    assert slots["fund_record"]["account"] == ("/fund/number",)


def item_of(basic: str) -> Any:
    return CATALOGUE.item[f"420100.{basic}"]


def test_the_schemas_that_ship_are_put_into_a_folder_and_read_from_it(tmp_path: Path) -> None:
    put_example(tmp_path)
    assert read_own(tmp_path / "forms") == OWN
    assert read_own(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"properties": {"name": field()}}, "/properties/name"),
        (schema(name=field(type="object")), "/properties/group/properties/name"),
        (schema(name=field(format="email")), "/properties/group/properties/name/format"),
        (schema(name={"type": "string"}), "/properties/group/properties/name"),
        (schema(name=field()) | {"x-files": {"a": {"media": ["text/html"]}}}, "/x-files/a/media"),
        ({"properties": {"group": {"type": "object", "oneOf": []}}}, "/properties/group"),
        ([], "/properties"),
    ],
)
def test_what_no_form_draws_is_told_at_its_place(given: Any, where: str) -> None:
    with pytest.raises(InputError) as caught:
        check_own(given if isinstance(given, dict) else {"properties": given})
    assert caught.value.values["where"] == where


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        json.dumps({"properties": {"a": {"$ref": "#/$defs/none"}}}),
        json.dumps({"$defs": {"a": {"$ref": "#/$defs/a"}}, "properties": {"$ref": "#/$defs/a"}}),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"shop\.json"):
        read_own(tmp_path)
