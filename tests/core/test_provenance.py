import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.provenance import Grade, Nature, Source, worst_grade, worst_nature
from onecity.core.words import LANGUAGES, Language

SOURCE = Source(
    key="census",
    title_zh="第七次人口普查",
    title_en="Seventh census",
    origin="bulletin",
    licence="facts",
    date="2020-11-01",
    grade=Grade.A,
    nature=Nature.OBSERVED,
)


def test_grades_run_from_best_to_weakest() -> None:
    assert [grade.value for grade in Grade] == ["A", "B", "B-", "C", "D", "E"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("member", [*Grade, *Nature])
def test_each_has_words_of_its_own(member: Grade | Nature, language: Language) -> None:
    said = {other.text(language) for other in type(member)}
    assert len(said) == len(type(member))
    assert member.text(language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("grade", list(Grade))
def test_a_grade_shows_its_letter(grade: Grade, language: Language) -> None:
    assert grade.text(language).startswith(grade.value)


@given(st.lists(st.sampled_from(Grade), min_size=1))
def test_a_figure_is_no_better_than_its_worst_input(grades: list[Grade]) -> None:
    # By letter "B-" sorts after "B" and before "C" too: the twin compares the letters.
    assert worst_grade(grades) == max(grades, key=str)


@given(st.lists(st.sampled_from(Nature), min_size=1))
def test_a_figure_is_no_nearer_the_world_than_its_furthest_input(natures: list[Nature]) -> None:
    far = {"observed": 0, "modelled": 1, "assumed": 2}
    assert worst_nature(natures) == max(natures, key=lambda nature: far[nature.value])


def test_of_nothing_there_is_no_worst() -> None:
    with pytest.raises(ValueError, match="empty"):
        worst_grade([])
    with pytest.raises(ValueError, match="empty"):
        worst_nature([])


def test_members_are_read_from_what_a_file_says() -> None:
    assert Grade("B-") is Grade.B_MINUS
    assert Nature("assumed") is Nature.ASSUMED
    with pytest.raises(ValueError, match="F"):
        Grade("F")


def test_a_source_is_titled_in_both_languages() -> None:
    assert SOURCE.text("zh") == "第七次人口普查"
    assert SOURCE.text("en") == "Seventh census"


def test_a_source_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SOURCE.grade = Grade.E  # type: ignore[misc]
