"""The integration index: worked numbers, weights, what is missing, caps, bounds."""

from dataclasses import replace
from datetime import UTC, datetime
from math import exp, inf, log, nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.index import Integration, comparable, history_of, integration_index, states_of
from onecity.region.store import Region
from onecity.region.versions import Versions
from onecity.strands import ORDER, strands
from onecity.strands.contract import (
    Better,
    BorderFinding,
    Chance,
    Findings,
    Indicator,
    Verdict,
)
from onecity.strands.examination import Examination
from tests.tiny import tiny_region

ONE, OTHER, THIRD = ORDER[:3]
TIMES, FLOWS = 1, -1


def effect(
    beta: float,
    *,
    worse: int = TIMES,
    interval: tuple[float, float] | None = None,
    variants: tuple[float, float] | None = None,
    nature: Nature = Nature.MODELLED,
    verdict: Verdict = Verdict.CLEAR,
    codes: tuple[str, ...] = (),
    key: str = "transport.border_time_percent",
) -> BorderFinding:
    measure = Indicator(key, "percent", Better.LOWER, nature, Grade.C, ("roads",), 1)
    return BorderFinding(
        codes, measure, beta, -1.0, interval or (beta, beta), variants or (beta, beta), 3,
        Chance(99, 0.0, 0.01, 0.02, (0.01, 0.03)), verdict, 10, worse,
    )  # fmt: skip


def found(strand: str, *borders: BorderFinding) -> Findings:
    return Findings(strand, "x", {}, {}, borders=borders)


@pytest.fixture(scope="module")
def region() -> Region:
    return tiny_region()


def index_of(
    region: Region, borders: dict[str, BorderFinding], weights: dict[str, float] | None = None
) -> Integration:
    return integration_index(
        region, {key: found(key, one) for key, one in borders.items()}, weights=weights
    )


def test_two_strands_by_hand(region: Region) -> None:
    # Times a quarter longer, flows halved: permeability 0.8 and 0.5.
    one = effect(log(1.25), interval=(log(1.1), log(1.4)), variants=(log(1.2), log(1.6)))
    other = effect(log(0.5), worse=FLOWS, interval=(log(0.4), log(0.6)), variants=(log(0.5),) * 2)
    found = index_of(region, {ONE: one, OTHER: other}, {ONE: 3.0, OTHER: 1.0})
    assert [part.strand for part in found.parts] == [ONE, OTHER]
    assert [part.permeability for part in found.parts] == pytest.approx([0.8, 0.5])
    assert [part.weight for part in found.parts] == [0.75, 0.25]
    assert found.value == pytest.approx(0.8**0.75 * 0.5**0.25)
    # From the lowest to the highest end of both ranges, all parts together.
    assert found.parts[0].interval == pytest.approx((1 / 1.6, 1 / 1.1))
    assert found.interval == pytest.approx(
        ((1 / 1.6) ** 0.75 * 0.4**0.25, (1 / 1.1) ** 0.75 * 0.6**0.25)
    )
    assert found.clustered == pytest.approx(
        ((1 / 1.4) ** 0.75 * 0.4**0.25, (1 / 1.1) ** 0.75 * 0.6**0.25)
    )
    assert found.variants == pytest.approx(
        ((1 / 1.6) ** 0.75 * 0.5**0.25, (1 / 1.2) ** 0.75 * 0.5**0.25)
    )
    total = 0.75 * log(0.8) + 0.25 * log(0.5)
    assert found.parts[1].lacking == pytest.approx(0.25 * log(0.5) / total)
    assert sum(part.lacking for part in found.parts) == pytest.approx(1)
    assert found.parts[1].without == pytest.approx(0.8**0.75)


def test_without_weights_all_count_alike(region: Region) -> None:
    found = index_of(region, {ONE: effect(log(4)), OTHER: effect(0.0), THIRD: effect(log(2))})
    assert found.value == pytest.approx(0.5)
    assert [part.weight for part in found.parts] == pytest.approx([1 / 3] * 3)
    # One that is not named keeps the weight 1; one without data takes nothing from the others.
    assert index_of(
        region, {ONE: effect(log(4)), OTHER: effect(0.0)}, {ONE: 2.0, ORDER[4]: 50.0}
    ).value == pytest.approx(0.25 ** (2 / 3))


def test_a_strand_of_no_weight_is_shown_and_counts_for_nothing(region: Region) -> None:
    found = index_of(
        region, {ONE: effect(0.5), OTHER: effect(9.0, verdict=Verdict.NONE)}, {OTHER: 0.0}
    )
    assert found.value == pytest.approx(exp(-0.5))
    assert [part.strand for part in found.parts] == [ONE, OTHER]
    assert found.verdict is Verdict.CLEAR


def test_what_is_better_across_the_border_is_capped_and_shown_so(region: Region) -> None:
    found = index_of(region, {ONE: effect(log(0.8), interval=(log(0.5), log(2.0)))})
    (part,) = found.parts
    assert (found.value, part.permeability, part.capped) == (1.0, 1.0, True)
    assert part.uncapped == pytest.approx(1.25)
    assert found.interval == pytest.approx((0.5, 1.0))
    assert part.lacking == 0
    assert part.without == 1


def test_the_sign_of_worse_is_what_counts(region: Region) -> None:
    slower, fewer = effect(0.7), effect(-0.7, worse=FLOWS)
    assert index_of(region, {ONE: slower}).value == index_of(region, {ONE: fewer}).value
    faster, more = effect(-0.7), effect(0.7, worse=FLOWS)
    assert index_of(region, {ONE: faster}).value == index_of(region, {ONE: more}).value == 1


def test_every_strand_that_is_missing_is_told_with_its_reason(region: Region) -> None:
    only_city = effect(0.5, codes=("990100",))
    found_one = integration_index(
        region, {ONE: found(ONE, effect(0.1)), OTHER: found(OTHER, only_city)}
    )
    reasons = {one.strand: one.reason.key for one in found_one.missing}
    assert list(reasons) == [one for one in ORDER if one != ONE]
    assert reasons[OTHER] == "index.no_border"
    built = strands()
    for key in ORDER[2:]:
        assert reasons[key] == ("index.not_asked" if key in built else "index.not_built")


def test_nothing_at_all_gives_no_index(region: Region) -> None:
    nothing = integration_index(region, {})
    assert nothing.parts == ()
    assert str(nothing.value) == "nan"
    assert nothing.verdict is Verdict.NONE


def test_an_effect_that_is_no_number_is_missing(region: Region) -> None:
    assert index_of(region, {ONE: effect(nan)}).parts == ()
    # A range that is not known leaves the other one.
    one = effect(0.5, interval=(nan, nan), variants=(0.4, 0.6))
    (part,) = index_of(region, {ONE: one}).parts
    assert part.interval == pytest.approx((exp(-0.6), exp(-0.4)))


def test_a_range_without_an_end_is_wide_and_not_narrow(region: Region) -> None:
    open_up = index_of(region, {ONE: effect(0.5, interval=(0.2, inf))})
    assert open_up.interval == pytest.approx((0.0, exp(-0.2)))
    open_down = index_of(region, {ONE: effect(-0.5, worse=FLOWS, interval=(-inf, -0.1))})
    assert open_down.interval == pytest.approx((0.0, exp(-0.1)))
    assert index_of(region, {ONE: effect(0.5, interval=(-inf, inf))}).interval == (0.0, 1.0)


def test_what_people_do_comes_first_where_it_was_observed(region: Region) -> None:
    own = found("transport", effect(0.1))
    observed = effect(-1.2, worse=FLOWS, nature=Nature.OBSERVED)
    modelled = effect(-3.0, worse=FLOWS)
    deeper = Examination("flows", found("transport", modelled, observed))
    (part,) = integration_index(region, {"transport": own}, [deeper]).parts
    assert part.finding is observed
    assert part.beside == (own.borders[0], modelled)
    simulated = Examination("flows", found("transport", modelled))
    (part,) = integration_index(region, {"transport": own}, [simulated]).parts
    assert part.finding is own.borders[0]
    assert part.beside == (modelled,)
    # Nor does one that holds distance come first: that is no effect of a border.
    mixed = Examination("flows", found("transport", replace(observed, theta=nan)))
    (part,) = integration_index(region, {"transport": own}, [mixed]).parts
    assert part.finding is own.borders[0]
    # Modelled flows alone are no data.
    assert integration_index(region, {}, [simulated]).parts == ()


def test_the_verdict_is_that_of_all_parts_or_unsure(region: Region) -> None:
    def verdict(one: Verdict, other: Verdict) -> Verdict:
        return index_of(
            region, {ONE: effect(0.1, verdict=one), OTHER: effect(0.1, verdict=other)}
        ).verdict

    assert verdict(Verdict.CLEAR, Verdict.CLEAR) is Verdict.CLEAR
    assert verdict(Verdict.NONE, Verdict.NONE) is Verdict.NONE
    assert verdict(Verdict.CLEAR, Verdict.NONE) is Verdict.UNSURE


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ({"magic": 1.0}, "index.unknown_strand"),
        ({ONE: -1.0}, "index.bad_weight"),
        ({ONE: nan}, "index.bad_weight"),
        ({ONE: inf}, "index.bad_weight"),
        ({ONE: 0.0}, "index.no_weight"),
    ],
)
def test_weights_that_cannot_be(region: Region, weights: dict[str, float], key: str) -> None:
    with pytest.raises(InputError) as caught:
        index_of(region, {ONE: effect(0.1)}, weights)
    assert caught.value.key == key


betas = st.floats(-800, 800)
ranges = st.tuples(betas, betas).map(lambda ends: (min(ends), max(ends)))
weighed = st.floats(0, 1e308).filter(lambda one: one == 0 or one > 1e-300)


@settings(max_examples=60)
@given(
    parts=st.lists(
        st.tuples(betas, ranges, ranges, weighed, st.sampled_from([1, -1])), min_size=1, max_size=5
    ),
    step=st.floats(0, 10),
)
def test_bounds_and_monotony(
    parts: list[tuple[float, tuple[float, float], tuple[float, float], float, int]], step: float
) -> None:
    region = _REGION
    if not any(one[3] for one in parts):
        parts = [(*one[:3], 1.0, one[4]) for one in parts]
    keys = ORDER[: len(parts)]
    borders = {
        key: effect(beta, interval=interval, variants=variants, worse=worse)
        for key, (beta, interval, variants, _, worse) in zip(keys, parts, strict=True)
    }
    weights = {key: one[3] for key, one in zip(keys, parts, strict=True)}
    index = index_of(region, borders, weights)
    assert 0 <= index.interval[0] <= index.value * (1 + 1e-9)
    assert index.value <= index.interval[1] * (1 + 1e-9) <= 1 + 1e-9
    ends = [one.permeability for one in index.parts if one.weight > 0]
    assert min(ends) * (1 - 1e-9) <= index.value <= max(ends) * (1 + 1e-9)
    assert sum(one.weight for one in index.parts) == pytest.approx(1)
    # A border that costs more never raises the index.
    first = borders[keys[0]]
    worse = replace(first, beta=first.beta + first.worse * step)
    assert index_of(region, {**borders, keys[0]: worse}, weights).value <= index.value


_REGION = tiny_region()


def test_history_says_whether_times_compare(region: Region) -> None:
    states = [("2020", region), ("2023", region)]
    several = iter([0.4, 0.2])

    def measure(_: Region) -> tuple[dict[str, Findings], list[Examination]]:
        return {ONE: found(ONE, effect(next(several)))}, []

    moments = history_of(states, measure)
    assert [one.label for one in moments] == ["2020", "2023"]
    assert [one.index.value for one in moments] == pytest.approx([exp(-0.4), exp(-0.2)])
    assert comparable(moments)
    grown = replace(moments[1], index=index_of(region, {ONE: effect(0.2), OTHER: effect(0.1)}))
    assert not comparable([moments[0], grown])


def test_versions_that_lead_to_the_current_one_are_its_history(
    region: Region, tmp_path: Path
) -> None:
    region.write(tmp_path / "origin")
    day = iter(range(1, 9))
    versions = Versions.open(
        tmp_path / "versions",
        tmp_path / "origin",
        clock=lambda: datetime(2026, 3, next(day), tzinfo=UTC),
    )
    grown = [_with_people(region, factor) for factor in (2.0, 3.0, 4.0)]
    first = versions.current().hash
    second = versions.accept(grown[0], after=first, reason="x", by="y").hash
    versions.undo(after=second)
    third = versions.accept(grown[1], after=first, reason="x", by="y").hash
    last = versions.accept(grown[2], after=third, reason="x", by="y").hash
    states = states_of(versions)
    # That which was undone is on no way to the current one.
    assert [one.hash for _, one in states] == [first, third, last]
    assert [label.partition(" ")[2] for label, _ in states] == ["#0", "#2", "#3"]
    assert states[1][0].startswith("2026-03-")


def _with_people(region: Region, factor: float) -> Region:
    tables = {name: region.table(name) for name in region.manifest.tables}
    tables["zones"] = tables["zones"].assign(people=factor * tables["zones"]["people"])
    return Region.from_tables(region.manifest, tables)
