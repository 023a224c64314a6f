"""The invented catalogue keeps every rule, is large enough, and says that it is invented."""

from datetime import date

from onecity.core.severity import Severity
from onecity.hall.catalogue import Way
from onecity.hall.catalogue.example import example
from onecity.hall.catalogue.rules import differences, faults_of


def test_it_is_sound_and_marked() -> None:
    catalogue = example()
    faults = [one for one in faults_of(catalogue) if one.severity is Severity.FAULT]
    assert [(one.code, one.text("zh")) for one in faults] == []
    assert "虚构" in catalogue.marked
    assert "nvented" in catalogue.marked


def test_it_has_what_the_demonstration_needs() -> None:
    catalogue = example()
    assert len({one.basic_code for one in catalogue.items}) >= 30
    assert len(catalogue.items) >= 30
    assert [one.code for one in catalogue.life_events] == [
        "pharmacy",
        "newborn",
        "moving",
        "hiring",
    ]
    assert {way for one in catalogue.items for way in one.ways} == set(Way)
    assert len(catalogue.cities) == 3
    assert {one.field for one in differences(catalogue, "zh")} >= {
        "promised",
        "visits",
        "materials",
    }


def test_nine_cities_are_as_sound_as_three() -> None:
    nine = example(whole=True)
    assert len(nine.cities) == 9
    assert not [one for one in faults_of(nine) if one.severity is Severity.FAULT]
    assert set(example().item) < set(nine.item)


def test_everything_has_a_name_of_its_own_in_english() -> None:
    nine = example(whole=True)
    assert nine.cities_en.keys() == nine.cities.keys()
    assert nine.on(date(2030, 1, 1)).cities_en == nine.cities_en
    names = [
        {one.title: one.title_en for one in several}
        for several in (nine.departments, nine.documents, nine.items, nine.life_events)
    ]
    for english in (nine.cities_en, *names):
        assert all(one and one.isascii() for one in english.values())
        assert len(set(english.values())) == len(english)
