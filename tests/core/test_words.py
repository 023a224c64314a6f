from importlib import resources

import pytest

from onecity.core import words
from onecity.core.provenance import Grade
from onecity.core.words import LANGUAGES, Sentence, both, chapter, say


@pytest.fixture
def sentence(monkeypatch: pytest.MonkeyPatch) -> str:
    """A sentence with placeholders, in a chapter that only this test knows."""
    chapters = {"probe": {"grade": {"zh": "等级 {grade}，第 {row} 行", "en": "{grade} in {row}"}}}
    monkeypatch.setattr(words, "chapter", lambda name: chapters.get(name) or chapter(name))
    return "probe.grade"


def test_chinese_comes_first() -> None:
    assert LANGUAGES == ("zh", "en")


def test_says_the_same_key_in_both_languages() -> None:
    assert say("core.nature_modelled", "zh") == "模型推算"
    assert say("core.nature_modelled", "en") == "modelled"


def test_fills_placeholders(sentence: str) -> None:
    assert say(sentence, "en", grade="x", row=3) == "x in 3"


def test_asks_a_value_for_its_own_words(sentence: str) -> None:
    assert say(sentence, "zh", grade=Grade.A, row=3) == "等级 A（发布机关原文），第 3 行"
    assert say(sentence, "en", grade=Grade.A, row=3) == "A (read from the issuing office) in 3"


def test_a_sentence_waits_for_its_language(sentence: str) -> None:
    remark = Sentence(sentence, {"grade": Grade.E, "row": 1})
    assert remark.text("zh") == "等级 E（配方假定），第 1 行"
    assert remark.text("en") == "E (assumption of the recipe) in 1"
    assert say(sentence, "en", grade=Sentence("core.nature_assumed"), row=2) == "assumed in 2"


@pytest.mark.parametrize("key", ["core.no_such_sentence", "no_such_chapter.x", "nothing", ""])
def test_an_unknown_key_is_named(key: str) -> None:
    with pytest.raises(KeyError, match=r"no (sentence|chapter)"):
        say(key, "zh")


def test_a_chapter_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="no chapter 'atlantis'"):
        chapter("atlantis")


def test_every_chapter_is_part_of_the_package() -> None:
    names = {file.name for file in resources.files(words).iterdir() if file.name.endswith(".toml")}
    assert "core.toml" in names
    for name in names:
        assert isinstance(chapter(name.removesuffix(".toml")), dict)


def test_names_are_joined_as_each_language_joins_them() -> None:
    names = both(["黄石市", "某县"], ["Huangshi", None])
    assert names == {"zh": "黄石市、某县", "en": "Huangshi, 某县"}
    assert say("check.county_empty", "en", counties=names).endswith("Huangshi, 某县.")
    assert "黄石市、某县" in say("check.county_empty", "zh", counties=names)
    assert both(["甲"]) == {"zh": "甲", "en": "甲"}
