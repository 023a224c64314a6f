"""Rules of a catalogue: each fault is found at its field, and a sound catalogue has none."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from onecity.core.severity import Severity
from onecity.core.words import LANGUAGES
from onecity.hall.catalogue import (
    Caseload,
    Catalogue,
    Department,
    Depth,
    Document,
    Fee,
    Limit,
    Origin,
    Requirement,
    Step,
    Tier,
    TimeUnit,
    Way,
)
from onecity.hall.catalogue.rules import differences, faults_of
from tests.hall.small import DEPARTMENTS, DOCUMENTS, EVENT, ITEMS, LOADS, SMALL


def faults(catalogue: Catalogue) -> set[tuple[str, str, str]]:
    found = [one for one in faults_of(catalogue) if one.severity is Severity.FAULT]
    assert all(one.text(language) for one in found for language in LANGUAGES)
    return {(one.table, one.field, one.message.key.removeprefix("hall_rules.")) for one in found}


def with_item(**changed: object) -> Catalogue:
    return replace(SMALL, items=(replace(ITEMS[0], **changed), *ITEMS[1:]))  # type: ignore[arg-type]


def test_a_sound_catalogue_has_no_fault() -> None:
    assert faults(SMALL) == set()


@pytest.mark.parametrize(
    ("changed", "field", "name"),
    [
        ({"depth": Depth.IV}, "visits", "depth_means_no_visit"),
        ({"visits": -1}, "visits", "visits_negative"),
        ({"visits": 0}, "requirements", "visit_not_counted"),
        ({"fees": (Fee("工本费", Decimal(10)),)}, "fees", "fee_without_basis"),
        ({"fees": (Fee("工本费", Decimal(-1), "法"),)}, "fees", "fee_negative"),
        ({"promised": Limit(29, TimeUnit.CALENDAR_DAY)}, "promised", "promised_beyond_legal"),
        ({"authority": "none"}, "authority", "no_department"),
        ({"city": "Z"}, "city", "no_city"),
        ({"cities": ("A", "Z"), "ways": frozenset({Way.AGENT})}, "cities", "no_city"),
        ({"cities": ("A", "B")}, "ways", "cities_without_way"),
        ({"requirements": (Requirement("none"),)}, "requirements", "no_document"),
        (
            {"requirements": (Requirement("id"), Requirement("id"))},
            "requirements",
            "document_twice",
        ),
        ({"requirements": (Requirement("id", share=1.5),)}, "requirements", "share"),
        ({"results": ("none",)}, "results", "no_document"),
        ({"after": ("none",)}, "after", "no_basic"),
        (
            {"valid_from": date(2025, 2, 1), "valid_until": date(2025, 1, 1)},
            "valid_until",
            "ends_before_begun",
        ),
    ],
)
def test_a_faulty_item(changed: dict[str, object], field: str, name: str) -> None:
    assert ("items", field, name) in faults(with_item(**changed))


def test_what_is_within_the_law_is_no_fault() -> None:
    # 28 calendar days are 20 working days: as long as the law allows.
    assert faults(with_item(promised=Limit(28, TimeUnit.CALENDAR_DAY))) == set()
    assert faults(with_item(legal=None, promised=Limit(99, TimeUnit.WORKING_DAY))) == set()
    assert faults(with_item(fees=(Fee("工本费", Decimal(10), "某条例第九条"),))) == set()
    assert faults(with_item(fees=(Fee("免收", Decimal(0)),))) == set()


def test_faulty_tables() -> None:
    odd = replace(
        SMALL,
        departments=(*DEPARTMENTS, DEPARTMENTS[0], Department("x", "某局", "Z", Tier.CITY)),
        documents=(*DOCUMENTS, Document("odd", "怪", Origin.GOVERNMENT, "none")),
        life_events=(
            replace(EVENT, steps=(*EVENT.steps, Step("none"), Step("register", ("away",)))),
        ),
        caseloads=(
            *LOADS,
            Caseload("none", 2024, "A", None, 1),
            Caseload("A1", 2024, "B", None, -1),
            Caseload("A1", 2024, "A", Way.JOINT, 5, refused=9),
        ),
    )
    assert faults(odd) == {
        ("departments", "code", "twice"),
        ("departments", "city", "no_city"),
        ("documents", "issuer", "no_department"),
        ("life_events", "steps", "no_basic"),
        ("life_events", "steps", "step_twice"),
        ("life_events", "after", "no_step"),
        ("caseloads", "item", "no_item"),
        ("caseloads", "cases", "cases_negative"),
        ("caseloads", "refused", "refused"),
        ("caseloads", "way", "way_of_case"),
    }


def test_steps_in_a_circle() -> None:
    turned = replace(EVENT, steps=(Step("register", ("drug",)), Step("drug", ("register",))))
    found = faults(replace(SMALL, life_events=(turned,)))
    assert found == {("life_events", "after", "steps_in_circle")}


def test_steps_that_ask_for_each_others_results() -> None:
    first = replace(ITEMS[0], requirements=(Requirement("record", visit=True),))
    second = replace(ITEMS[1], results=("record",))
    found = faults(replace(SMALL, items=(first, second, *ITEMS[2:])))
    assert found == {("life_events", "steps", "results_in_circle")}


def test_cases_are_given_once_and_the_province_crosses_no_border() -> None:
    assert faults(replace(SMALL, caseloads=(*LOADS, LOADS[1]))) == {
        ("caseloads", "cases", "load_twice")
    }
    above = replace(ITEMS[1], code="P1", city="", cities=("A", "B"))
    assert faults(replace(SMALL, items=(*ITEMS, above))) == set()
    away = replace(SMALL, caseloads=(*LOADS, Caseload("A1", 2024, "Z", Way.AGENT, 1)))
    assert ("from_city", "Z") in {
        (one.field, one.message.values.get("given")) for one in faults_of(away)
    }


def test_versions_do_not_overlap() -> None:
    first = replace(ITEMS[0], valid_until=date(2025, 6, 30))
    second = replace(ITEMS[0], version=2, valid_from=date(2025, 7, 1))
    sound = replace(SMALL, items=(first, second, *ITEMS[1:]))
    assert faults(sound) == set()
    assert [one.version for one in sound.on(date(2025, 6, 30)).items if one.code == "A1"] == [1]
    assert [one.version for one in sound.on(date(2025, 7, 1)).items if one.code == "A1"] == [2]
    beside = replace(second, valid_from=date(2025, 6, 30))
    found = faults(replace(SMALL, items=(first, beside, *ITEMS[1:])))
    assert found == {("items", "valid_from", "versions_overlap")}
    twice = faults(replace(SMALL, items=(first, replace(second, version=1), *ITEMS[1:])))
    assert ("items", "code", "twice") in twice


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_item_should_be_the_same_everywhere(language: str) -> None:
    found = {one.field: one for one in differences(SMALL, language)}  # type: ignore[arg-type]
    assert set(found) == {"title", "promised", "materials"}
    assert found["promised"].basic_code == "register"
    assert [cities for _, cities in found["promised"].values] == [("A",), ("B",)]
    alike = replace(ITEMS[3], promised=ITEMS[0].promised)
    third = replace(alike, code="C1", city="C")
    told = differences(replace(SMALL, items=(ITEMS[0], alike, third)), "zh")
    materials = next(one for one in told if one.field == "materials")
    assert [cities for _, cities in materials.values] == [("B", "C"), ("A",)]
    assert materials.values[0][0] == "身份证"


def test_what_reads_alike_in_english_is_still_told_apart() -> None:
    house = replace(ITEMS[0], requirements=(Requirement("house"),), title_en="Register")
    known = tuple(replace(one, title_en="Proof") for one in DOCUMENTS)
    found = differences(replace(SMALL, items=(house, ITEMS[3]), documents=known), "en")
    [materials] = [one for one in found if one.field == "materials"]
    assert materials.title == "Register"
    assert materials.values == (("Proof", ("A",)), ("Proof", ("B",)))
