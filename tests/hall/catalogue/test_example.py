"""The invented catalogue keeps every rule, is large enough, and says that it is invented."""

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
