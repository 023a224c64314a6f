"""Units that are renamed, merged and split: who is meant, and who answers, on which day."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError, MissingError
from onecity.programme.ledger.model import Unit
from onecity.programme.ledger.register import Register
from tests.programme.ledger.samples import item, unit

BEFORE, CHANGE, AFTER = date(2019, 1, 1), date(2019, 3, 1), date(2026, 1, 1)


def test_a_renamed_unit_keeps_its_items_and_shows_both_names() -> None:
    old = Register.of([unit("old", name="规划局"), unit("sub", parent="old")])
    new = old.replaced(["old"], [unit("new", name="自然资源和规划局")], CHANGE)
    assert new.unit("old").valid_to == date(2019, 2, 28)
    assert new.unit("new").valid_from == CHANGE
    assert new.unit("sub").parent == "new"
    assert new.shown("old", AFTER).text("zh") == "规划局（现为自然资源和规划局）"
    assert new.shown("old", BEFORE).text("zh") == "规划局"
    assert [one.code for one in new.now("old", AFTER)] == ["new"]
    assert new.answers_for("new", AFTER) == {"new", "old"}
    assert new.answers_for("new", BEFORE) == {"new"}
    assert len(old) == 2  # the register before is as it was


def test_units_are_merged_and_split() -> None:
    register = Register.of([unit("a"), unit("b"), unit("c")])
    register = register.replaced(["a", "b"], [unit("ab")], CHANGE)
    register = register.replaced(["ab"], [unit("x"), unit("c")], date(2024, 1, 1))
    assert [one.code for one in register.now("a", date(2020, 1, 1))] == ["ab"]
    assert [one.code for one in register.now("a", AFTER)] == ["x", "c"]
    assert register.answers_for("c", AFTER) == {"a", "b", "ab", "c"}
    assert register.shown("a", AFTER).text("zh") == "a局（现为x局、c局）"
    assert {one.code for one in register.valid(AFTER)} == {"x", "c"}
    assert {one.code for one in register.valid(BEFORE)} == {"a", "b", "c"}


def test_a_unit_is_found_by_its_name_on_a_day() -> None:
    register = Register.of([unit("old", name="建委", name_en="Works")])
    register = register.replaced(["old"], [unit("new", name="住建局")], CHANGE)
    register = register.added(unit("third", name="建委", valid_from=AFTER))
    assert register.named("建委", BEFORE).code == "old"
    assert register.named(" 建委 ", AFTER).code == "third"
    assert register.named("Works", AFTER).code == "old"
    assert register.named("new", AFTER).code == "new"
    with pytest.raises(MissingError, match="没有"):
        register.named("外星局", AFTER)
    with pytest.raises(InputError, match="a, b"):
        Register.of([unit("a", name="甲"), unit("b", name="甲")]).named("甲", AFTER)


@pytest.mark.parametrize(
    ("units", "key"),
    [
        ([unit("a"), unit("a")], "ledger.twice"),
        ([unit("a", parent="b")], "ledger.unknown_unit"),
        ([unit("a", valid_to=CHANGE, replaced_by=("b",))], "ledger.unknown_unit"),
        ([unit("a", parent="b"), unit("b", parent="a")], "ledger.unit_ring"),
        (
            [unit("a", valid_to=AFTER, replaced_by=("b",)), unit("b", valid_to=CHANGE)],
            "ledger.successor_ended",
        ),
    ],
)
def test_a_register_that_does_not_fit_is_refused(units: list[Unit], key: str) -> None:
    with pytest.raises(InputError) as caught:
        Register.of(units)
    assert caught.value.key == key


def test_a_ring_is_named() -> None:
    units = [unit("a", parent="b"), unit("b", parent="c"), unit("c", parent="b")]
    with pytest.raises(InputError, match="b → c → b"):
        Register.of(units)


def test_a_unit_that_is_wrong_in_itself_is_refused() -> None:
    for wrong in (
        {"valid_from": AFTER, "valid_to": BEFORE},
        {"replaced_by": ("b",)},
        {"parent": "a"},
        {"replaced_by": ("a",), "valid_to": CHANGE},
    ):
        with pytest.raises(InputError):
            unit("a", **wrong)


def test_a_unit_ends_once() -> None:
    register = Register.of([unit("a")]).replaced(["a"], [unit("b")], CHANGE)
    with pytest.raises(InputError, match="不存在"):
        register.replaced(["a"], [unit("c")], AFTER)
    with pytest.raises(InputError):
        register.replaced(["b"], [], AFTER)
    with pytest.raises(InputError):
        register.replaced(["b"], [register.unit("b")], AFTER)


def test_an_item_names_units_of_its_day() -> None:
    register = Register.of([unit("wh-dot"), unit("ez-dot")])
    register.check_item(item(), AFTER)
    later = register.replaced(["ez-dot"], [unit("ez-new")], CHANGE)
    later.check_item(item(), BEFORE)
    with pytest.raises(InputError, match="ez-new局"):
        later.check_item(item(), AFTER)
    with pytest.raises(InputError, match="nowhere"):
        register.check_item(item(supporting_units=["nowhere"]), AFTER)


def test_what_is_below_and_above() -> None:
    register = Register.of(
        [unit("c", parent="b"), unit("b", parent="a"), unit("a"), unit("d", parent="a")]
    )
    assert [one.code for one in register.below("a")] == ["a", "b", "d", "c"]
    above = register.above("c")
    assert above is not None
    assert above.code == "b"
    assert register.above("a") is None


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_changes_at_random_lose_no_one(steps: list[tuple[int, int]]) -> None:
    register = Register.of([unit(f"u{n}") for n in range(5)])
    for year, (left, right) in enumerate(steps, 2001):
        day = date(year, 1, 1)
        there = [one.code for one in register.valid(day)]
        ending = {there[left % len(there)], there[right % len(there)]}
        by = [unit(f"n{year}")] if left % 2 else [unit(f"n{year}a"), unit(f"n{year}b")]
        register = register.replaced(sorted(ending), by, day)
    for one in register:
        now = register.now(one.code, AFTER)
        assert now
        assert all(after.is_valid(AFTER) for after in now)
        for after in now:
            assert one.code in register.answers_for(after.code, AFTER)
