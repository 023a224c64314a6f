"""Forms made from the catalogue, and what is said of answers."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from onecity.hall.catalogue import Catalogue, Item
from onecity.hall.catalogue.example import example
from onecity.hall.catalogue.steps import steps_in
from onecity.hall.forms import form_of, form_of_event, part_for
from onecity.hall.forms.checking import check

CATALOGUE: Catalogue = example()
FUND: Item = CATALOGUE.item["420100.fund_withdrawal"]
PERSON = {"kind": "person", "name": "张三", "id_type": "id_card", "phone": "13800138000"}
PERSON["id_number"] = "11010519491231002X"


def filled(**more: Any) -> dict[str, Any]:
    return {
        "applicant": PERSON,
        "agent": {"acting": False},
        "delivery": {"how": "online"},
        "declaration": {"true_and_complete": True},
        "matter_x": {"matter": "购房", "remarks": "无"},
        **more,
    }


def plain(item: Item = FUND) -> Any:
    return form_of(replace(item, basic_code="x"), CATALOGUE)


def pointers(data: dict[str, Any]) -> dict[str, str]:
    form = plain()
    documents = [one.name for one in form.files]
    return {one.pointer: one.sentence.key for one in check(form, part_for(form, data), documents)}


def test_every_item_and_event_has_a_form_that_is_a_schema() -> None:
    forms = [form_of(item, CATALOGUE) for item in CATALOGUE.items]
    for event in CATALOGUE.life_events:
        items = [item for _, item in steps_in(event, CATALOGUE.items, "420100")]
        forms.append(form_of_event(event, items, CATALOGUE))
    for form in forms:
        told = json.loads(json.dumps(form.as_json()))
        jsonschema.Draft202012Validator.check_schema(told["schema"])
        assert "$ref" not in json.dumps(told["schema"])
        assert [at for one in told["groups"] for at in one["fields"]] == told["order"]
        assert all(one["schema"]["x-title"]["en"] for one in told["fields"])
        assert not [one for one in form.files if one.title["zh"] == "申请表"]


def test_a_form_that_is_whole_has_no_fault() -> None:
    assert pointers(filled()) == {}


@pytest.mark.parametrize(
    ("data", "pointer", "fault"),
    [
        ({"applicant": {**PERSON, "name": " "}}, "/applicant/name", "fault_required"),
        ({"applicant": {"kind": "person"}}, "/applicant/id_type", "fault_required"),
        (
            {"applicant": {**PERSON, "id_number": "110105194912310021"}},
            "/applicant/id_number",
            "fault_id_number",
        ),
        ({"applicant": {**PERSON, "kind": "robot"}}, "/applicant/kind", "fault_choice"),
        ({"agent": {"acting": True}}, "/agent/relation", "fault_required"),
        (
            {"declaration": {"true_and_complete": False}},
            "/declaration/true_and_complete",
            "fault_agree",
        ),
        ({"delivery": 7}, "/delivery", "fault_other"),
        ({"stranger": 7}, "/stranger", "fault_unknown"),
        ({"matter_x": {"matter": "字" * 2001}}, "/matter_x/matter", "fault_long"),
    ],
)
def test_a_fault_is_told_at_its_field(data: dict[str, Any], pointer: str, fault: str) -> None:
    assert pointers(filled(**data)).get(pointer) == f"hall_forms.{fault}"


def test_a_fault_under_a_condition_is_told_once_and_its_field_is_no_stranger() -> None:
    agent = {"acting": True, "name": "李四", "id_number": "1", "phone": "1", "relation": "family"}
    assert pointers(filled(agent=agent)) == {
        "/agent/id_number": "hall_forms.fault_id_number",
        "/agent/phone": "hall_forms.fault_phone",
    }


def test_who_acts_is_not_the_applicant() -> None:
    agent = {"acting": True, "name": "张三", "phone": "13800138000", "relation": "family"}
    found = pointers(filled(agent={**agent, "id_number": "11010519491231002x"}))
    assert found == {"/agent/id_number": "hall_forms.fault_agent_is_applicant"}


def test_what_is_no_longer_shown_is_left_out() -> None:
    typed = filled(agent={"acting": False, "name": "李四"}, other={"a": 1})
    assert part_for(plain(), typed) == filled()


def test_a_passport_is_checked_as_a_passport() -> None:
    applicant = {**PERSON, "id_type": "passport", "id_number": "E12345678"}
    assert pointers(filled(applicant=applicant)) == {}


def test_evidence_stands_in_place_of_what_government_holds_and_of_nothing_else() -> None:
    form = plain()
    every = {one.name for one in form.files}
    found = check(form, filled(), evidence=every)
    assert [one.pointer for one in found] == ["/files/contract_house"]
    assert found[0].text("zh") == "请上传“购房合同”。"


def test_a_life_event_asks_for_everything_once() -> None:
    event = next(one for one in CATALOGUE.life_events if one.code == "newborn")
    items = [item for _, item in steps_in(event, CATALOGUE.items, "420200")]
    form = form_of_event(event, items, CATALOGUE)
    names = [one.name for one in form.files]
    assert len(names) == len(set(names))
    # The certificate of birth comes from the first step; the household book must be there before.
    assert "birth" not in names
    steps = {one.name: one.steps for one in form.files}
    assert steps["hukou"] == ("birth_register",)
    assert steps["marriage"] == ("birth_certificate", "birth_register", "birth_allowance")
    part = part_for(form_of(items[0], CATALOGUE), {"matter_birth_register": {"subject": "x"}})
    assert "matter_birth_register" not in part
