"""What cannot be estimated is said, or set aside and named."""

from typing import Any

import numpy as np
import pytest

from onecity.core.errors import InputError, RangeError
from onecity.models.gravity import border_columns, border_figures, flow_pairs, ppml

O, D = (k.ravel() for k in np.indices((4, 4)))
KM = np.random.default_rng(2).uniform(1, 9, 16)
FLOW = np.random.default_rng(1).poisson(40, 16).astype(float)


def changed(values: Any, row: int, value: Any) -> Any:
    out = values.copy()
    out[row] = value
    return out


@pytest.mark.parametrize(
    ("key", "arguments"),
    [
        ("gravity.negative", (O, D, changed(FLOW, 3, -1.0), {"km": KM})),
        ("gravity.not_finite", (O, D, changed(FLOW, 3, np.nan), {"km": KM})),
        ("gravity.not_finite", (O, D, FLOW, {"km": changed(KM, 5, np.inf)})),
        ("gravity.not_numbers", (O, D, ["much"] * 16, {"km": KM})),
        ("gravity.no_flow", (O, D, 0 * FLOW, {"km": KM})),
        ("gravity.shape", (O, D, FLOW[:-1], {"km": KM})),
        ("gravity.shape", (O, D[:-1], FLOW, {"km": KM})),
        ("gravity.one_place", (0 * O, D, FLOW, {"km": KM})),
        ("gravity.no_label", (changed(O.astype(object), 2, None), D, FLOW, {"km": KM})),
        ("gravity.no_pairs", (np.arange(16), np.arange(16), FLOW + 1, {"km": KM})),
        ("border.constant", (O, D, FLOW, {"km": 0 * KM + 3})),
        ("border.absorbed", (O, D, FLOW, {"size": O * 2.0 + D})),
        ("border.collinear", (O, D, FLOW, {"km": KM, "again": 2 * KM + O})),
    ],
)
def test_bad_input_is_named(key: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InputError) as error:
        flow_pairs(*arguments)
    assert error.value.key == key
    assert error.value.text("zh")


def test_the_row_is_told() -> None:
    with pytest.raises(InputError, match=r"row 3 .* -1\.0"):
        flow_pairs(O, D, changed(FLOW, 3, -1.0), {"km": KM})


def test_settings_are_checked() -> None:
    pairs = flow_pairs(O, D, FLOW, {"km": KM})
    with pytest.raises(InputError, match="clusters"):
        ppml(pairs, clusters="city")
    with pytest.raises(InputError, match="clusters"):
        ppml(pairs, clusters=[1, 2])
    with pytest.raises(InputError, match="no regressor border"):
        border_figures(ppml(pairs), "border")
    with pytest.raises(InputError, match="only"):
        border_columns(O, D, {"city": ["A"] * 4})
    with pytest.raises(InputError, match="No kind"):
        border_columns(O, D, {})


def test_one_flow_beside_which_all_others_are_nothing_is_told() -> None:
    with pytest.raises(RangeError, match="coefficient of km") as error:
        ppml(flow_pairs(O, D, changed(FLOW, 3, 1e300), {"km": KM}))
    assert error.value.key == "gravity.flat"
    # Ten thousand times as much as the others is no such flow.
    assert np.isfinite(ppml(flow_pairs(O, D, changed(FLOW, 3, 4e5), {"km": KM})).classical).all()


def test_places_without_flow_are_set_aside() -> None:
    # Nothing leaves place 3, and the only pair of place 9 is fitted by itself.
    o, d = np.append(O, 9), np.append(D, 0)
    flow = np.append(np.where(O == 3, 0.0, FLOW), 5.0)
    fit = ppml(flow_pairs(o, d, flow, {"km": np.append(KM, 2.0)}))
    assert fit.dropped.separated.tolist() == [12, 13, 14, 15]
    assert fit.dropped.singletons.tolist() == [16]
    assert fit.origin_labels.tolist() == [0, 1, 2]
    assert fit.fitted[12:].tolist() == [0, 0, 0, 0, 5]
    some = flow_pairs(O[:12], D[:12], FLOW[:12], {"km": KM[:12]})
    assert fit.coefficients == pytest.approx(ppml(some).coefficients, rel=1e-10)


def test_a_border_that_nothing_crosses_is_left_out() -> None:
    # Cities {0, 1}, {2, 3}, and {4, 5}, which sends to and gets from its own places alone:
    # its borders let nothing through, and their effect has no bottom.
    rng = np.random.default_rng(6)
    o, d = (k.ravel() for k in np.indices((6, 6)))
    city = np.array([*"AABBCC"])
    borders = border_columns(o, d, {"city": city}, by="border")
    assert tuple(borders.columns) == ("city A–B", "city A–C", "city B–C")
    assert borders.labels["city A–C"] == ("city", ("A", "C"))
    flow = rng.poisson(30, 36).astype(float)
    closed = (city[o] == "C") != (city[d] == "C")
    flow[closed] = 0
    regressors = {"km": rng.uniform(1, 9, 36), **borders.columns}
    pairs = flow_pairs(o, d, flow, regressors)
    assert pairs.omitted == ("city A–C", "city B–C")
    assert pairs.separated.tolist() == np.flatnonzero(closed).tolist()
    fit = ppml(pairs)
    assert fit.names == ("km", "city A–B")
    assert fit.components == 2
    open_ = ~closed
    alone = flow_pairs(
        o[open_], d[open_], flow[open_],
        {"km": regressors["km"][open_], "city A–B": regressors["city A–B"][open_]},
    )  # fmt: skip
    assert fit.coefficients == pytest.approx(ppml(alone).coefficients, rel=1e-10)
    # One border for all three cities is another matter: it has a finite effect.
    whole = border_columns(o, d, {"city": city})
    all_of_them = flow_pairs(o, d, flow, {"km": regressors["km"], **whole.columns})
    assert not len(all_of_them.separated)
    assert ppml(all_of_them).coefficients[1] < 0


def test_effects_alone_separate_between_pieces() -> None:
    # Flows join {0, 1} and {2, 3}; zeros lead from the first to the second and never back.
    o = np.array([0, 0, 1, 1, 2, 2, 3, 3, 0, 1])
    d = np.array([0, 1, 0, 1, 2, 3, 2, 3, 2, 3])
    flow = np.array([5.0, 3, 2, 9, 4, 4, 1, 7, 0, 0])
    km = np.array([1.0, 2, 3, 5, 2, 8, 1, 3, 5, 5])
    assert flow_pairs(o, d, flow, {"km": km}).separated.tolist() == [8, 9]
    # With one that leads back, they are as good as any.
    back = flow_pairs(
        np.append(o, 3), np.append(d, 0), np.append(flow, 0.0), {"km": np.append(km, 6.0)}
    )
    assert not len(back.separated)
    assert ppml(back).zeros == 3


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_the_unit_does_not_matter(unit: float) -> None:
    one = ppml(flow_pairs(O, D, FLOW, {"km": KM}))
    other = ppml(flow_pairs(O, D, FLOW * unit, {"km": KM}))
    assert other.coefficients == pytest.approx(one.coefficients, rel=1e-9)
    assert other.fitted == pytest.approx(one.fitted * unit, rel=1e-9)


def test_an_offset_is_taken_as_it_is() -> None:
    shift = 0.5 * KM
    fit = ppml(flow_pairs(O, D, FLOW, {"km": KM}, offset=shift))
    plain = ppml(flow_pairs(O, D, FLOW, {"km": KM}))
    assert fit.coefficients == pytest.approx(plain.coefficients - 0.5, rel=1e-9)
