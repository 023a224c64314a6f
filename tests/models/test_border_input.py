"""Whatever is wrong with the input is named: what, where, what to do."""

from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.models.border import border_dummies, border_effect, head_ries, travel_pairs
from onecity.models.placebo import placebo
from tests.models.border_twins import made_case

CASE = made_case()
BASE: dict[str, Any] = {
    "origin": CASE.origin,
    "destination": CASE.destination,
    "minutes": CASE.minutes,
    "km": CASE.km,
}


def changed(values: Any, row: int, value: float) -> Any:
    copy = np.array(values, dtype=float)
    copy[row] = value
    return copy


def failing(key: str, call: Any, *args: Any, **more: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        call(*args, **more)
    assert caught.value.key == f"border.{key}"
    assert caught.value.text("zh")
    assert caught.value.text("en")
    return caught.value


@pytest.mark.parametrize("what", ["minutes", "km"])
@pytest.mark.parametrize(
    ("value", "key"),
    [
        (0.0, "not_above_zero"),
        (-1.0, "not_above_zero"),
        (np.nan, "not_finite"),
        (np.inf, "not_finite"),
    ],
)
def test_times_and_distances_name_the_pair(what: str, value: float, key: str) -> None:
    error = failing(key, travel_pairs, **BASE | {what: changed(BASE[what], 7, value)})
    assert error.values["row"] == 7
    assert error.values["origin"] == CASE.origin[7]
    assert error.values["destination"] == CASE.destination[7]
    assert str(int(CASE.origin[7])) in error.text("en")


def test_weights_and_regressors_name_the_pair() -> None:
    ones = np.ones(len(CASE.km))
    assert (
        failing("negative_weight", travel_pairs, **BASE, weights=changed(ones, 3, -1)).values["row"]
        == 3
    )
    error = failing("not_finite", travel_pairs, **BASE, weights=changed(ones, 4, np.nan))
    assert (error.values["row"], error.values["what"]) == (4, "weights")
    error = failing(
        "not_finite", travel_pairs, **BASE, further={"relief": changed(ones, 5, np.nan)}
    )
    assert (error.values["row"], error.values["what"]) == (5, "relief")
    failing("two_weights", travel_pairs, **BASE, weights=ones, people=CASE.people)
    for value in (-1.0, np.nan, np.inf):
        error = failing("people", travel_pairs, **BASE, people=changed(CASE.people, 2, value))
        assert error.values["zone"] == 2
    failing("zone_shape", travel_pairs, **BASE, people=CASE.people[:5])
    failing("not_numbers", travel_pairs, **BASE | {"km": ["near"] * len(CASE.km)})


def test_shapes_and_zones() -> None:
    for what in ("destination", "minutes", "km"):
        failing("shape", travel_pairs, **BASE | {what: BASE[what][:-1]})
    failing("zones_not_whole", travel_pairs, **BASE | {"origin": CASE.origin + 0.5})
    origin = CASE.origin.copy()
    origin[9] = -1
    assert failing("negative_zone", travel_pairs, **BASE | {"origin": origin}).values["row"] == 9


def test_no_pair_left() -> None:
    nothing: Any = {key: np.array([], values.dtype) for key, values in BASE.items()}
    failing("no_pairs", travel_pairs, **nothing)
    failing("no_pairs", travel_pairs, **BASE, weights=np.zeros(len(CASE.km)))
    # A chain of zones, each pair the only one of its ends.
    alone: Any = {"origin": [0, 1, 2], "destination": [1, 2, 3], "minutes": [1, 2, 3]}
    failing("no_pairs", travel_pairs, **alone, km=[1.0, 2.0, 4.0])


def test_one_city_only() -> None:
    pairs = travel_pairs(**BASE)
    error = failing("one_city", border_effect, pairs, ["武汉"] * 14)
    assert "武汉" in error.text("zh")
    failing("one_city", placebo, pairs, ["武汉"] * 14, np.zeros((1, 14), int))


def test_too_few_pairs() -> None:
    o, d = np.nonzero(~np.eye(3, dtype=bool))
    minutes, km = [1.0, 2, 3, 4, 5, 6], [1.0, 2, 4, 9, 5, 7]
    error = failing("too_few_pairs", travel_pairs, o, d, minutes, km)
    assert (error.values["pairs"], error.values["needed"]) == (6, 3 + 3 - 1 + 1 + 1)
    # Seven pairs carry a distance and not a border beside it.
    pairs = travel_pairs([*o, 0], [*d, 1], [*minutes, 7.0], [*km, 3.0])
    error = failing("too_few_pairs", border_effect, pairs, [0, 0, 1])
    assert (error.values["pairs"], error.values["needed"]) == (7, 8)


def test_all_pairs_on_one_side() -> None:
    # Two cities, but no pair crosses: then all pairs cross.
    apart = (CASE.origin < 7) == (CASE.destination < 7)
    city = (np.arange(14) < 7).astype(int)
    inside: Any = {key: values[apart] for key, values in BASE.items()}
    failing("none_crosses", border_effect, travel_pairs(**inside), city)
    across: Any = {key: values[~apart] for key, values in BASE.items()}
    failing("constant", border_effect, travel_pairs(**across), city)


def test_a_border_that_the_effects_absorb() -> None:
    # Zones 7.. are destinations only, in both cities: who crosses is known from them alone.
    kept = (CASE.origin < 7) & (CASE.destination >= 7)
    some: Any = {key: values[kept] for key, values in BASE.items()}
    city = np.r_[np.zeros(7, int), np.zeros(3, int), np.ones(4, int)]
    error = failing("absorbed", border_effect, travel_pairs(**some), city)
    assert "border all" in error.text("en")


def test_regressors_that_cannot_be_told_apart() -> None:
    crossing = (CASE.city[CASE.origin] != CASE.city[CASE.destination]).astype(float)
    pairs = travel_pairs(**BASE, further={"river": crossing * 3 + 1})
    failing("collinear", border_effect, pairs, CASE.city)
    error = failing(
        "collinear", travel_pairs, **BASE, further={"a": CASE.river, "b": CASE.river * 1e6}
    )
    assert error.values["name"] == "b"
    failing("collinear", travel_pairs, **BASE, further={"again": np.log10(CASE.km)})
    failing("absorbed", travel_pairs, **BASE, further={"origin": CASE.origin * 1.0})
    failing("constant", travel_pairs, **BASE, further={"same": np.full(len(CASE.km), 1e9 + 0.1)})
    failing("constant", travel_pairs, **BASE | {"km": np.full(len(CASE.km), 3.0)})


def test_one_cluster() -> None:
    failing("one_cluster", border_effect, travel_pairs(**BASE), CASE.city, clusters=[1] * 14)


def test_cities() -> None:
    pairs = travel_pairs(**BASE)
    failing("zone_shape", border_effect, pairs, CASE.city[:-1])
    named = np.array(["a", "b"], object)[CASE.city % 2]
    named[4] = None
    assert failing("no_label", border_effect, pairs, named).values["zone"] == 4
    coded = np.where(np.arange(14) == 6, np.nan, CASE.city)
    assert failing("no_label", border_effect, pairs, coded).values["zone"] == 6
    ends = np.array([0]), np.array([1])
    for touching, key in (([1, 2, 3], "touching_shape"), ([(0, 1), (0, 9)], "unknown_city")):
        failing(key, border_dummies, *ends, CASE.city, by="border", touching=touching)


def test_faint_ties_do_not_blur_the_answer() -> None:
    # Two fields of zones hang together by pairs of hardly any weight, and noise is none.
    crossing = CASE.city[CASE.origin] != CASE.city[CASE.destination]
    minutes = np.exp(0.5 * np.log(CASE.km) + 0.2 * crossing + CASE.origin - CASE.destination)
    apart = (CASE.origin < 7) != (CASE.destination < 7)
    for faint in 10.0 ** -np.arange(2, 40, 3):
        weights = np.where(apart, faint, 1.0)
        pairs = travel_pairs(**BASE | {"minutes": minutes}, weights=weights)
        effect = border_effect(pairs, CASE.city)
        assert effect.beta == pytest.approx([0.2], abs=1e-10)
        assert effect.theta == pytest.approx([0.5], abs=1e-10)


def test_choices() -> None:
    pairs = travel_pairs(**BASE)
    failing("setting", border_effect, pairs, CASE.city, by="county")
    failing("setting", placebo, pairs, CASE.city, np.zeros((1, 14), int), tail="upper")


def test_times_that_ends_alone_explain() -> None:
    # Nothing is left to explain: no effect, and no share of nothing.
    minutes = np.exp(CASE.origin * 0.3 - CASE.destination * 0.7)
    fit = border_effect(travel_pairs(**BASE | {"minutes": minutes}), CASE.city).fits[0]
    assert fit.coefficients.tolist() == [0.0, 0.0]
    assert np.isnan(fit.within_r2)


def test_flows() -> None:
    failing("flows_shape", head_ries, [1.0, 2.0])
    error = failing("flow", head_ries, [[1.0, 0.0], [2.0, 3.0]])
    assert (error.values["row"], error.values["column"]) == (0, 1)
    failing("flow", head_ries, [[1.0, np.nan], [2.0, 3.0]])


def test_partitions() -> None:
    pairs = travel_pairs(**BASE)
    failing("partitions_shape", placebo, pairs, CASE.city, np.zeros((3, 5), int))
    failing("partitions_shape", placebo, pairs, CASE.city, np.zeros((0, 14), int))
    failing("partitions_shape", placebo, pairs, CASE.city, np.zeros(14, int))
    failing("partitions_not_whole", placebo, pairs, CASE.city, np.zeros((3, 14)))
    failing("no_placebo", placebo, pairs, CASE.city, np.zeros((3, 14), int))
