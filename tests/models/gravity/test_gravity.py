"""Flows fitted: worked numbers, published figures, and a dense regression beside it."""

import csv
import doctest
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import onecity.models.gravity as package
from onecity.core.errors import InputError
from onecity.models.gravity import border_columns, border_figures, flow_pairs, ppml
from tests.models.gravity import gravity_twins as twins


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(package).failed == 0
    assert doctest.testmod(package).attempted == 2


# --- Worked numbers ----------------------------------------------------------


def test_noise_free_flows_come_back() -> None:
    rng = np.random.default_rng(3)
    n = 30
    xy = rng.uniform(0, 100, (n, 2))
    city = np.where(xy[:, 0] > 50, "east", "west")
    province = np.where(xy[:, 1] > 60, "north", "south")
    o, d = (k.ravel() for k in np.indices((n, n)))
    o, d = o[o != d], d[o != d]
    ln_km = np.log(np.hypot(*(xy[o] - xy[d]).T))
    borders = border_columns(o, d, {"city": city, "province": province})
    assert tuple(borders.columns) == ("city all", "province all")
    out, into = rng.normal(0, 2, (2, n))
    flow = np.exp(
        out[o] + into[d] - 1.1 * ln_km - 1.2 * (city[o] != city[d])
        + 0.3 * (province[o] != province[d])
    )  # fmt: skip
    fit = ppml(flow_pairs(o, d, flow, {"ln km": ln_km, **borders.columns}))
    assert fit.coefficients == pytest.approx([-1.1, -1.2, 0.3], abs=1e-10)
    assert fit.fitted == pytest.approx(flow, rel=1e-10)
    assert fit.deviance == pytest.approx(0, abs=1e-9 * flow.sum())
    seen = border_figures(fit, "city all", distance="ln km")
    assert round(seen.distance_factor, 3) == 2.977
    assert seen.permeability == pytest.approx(np.exp(-1.2), rel=1e-10)
    assert np.isnan(seen.minutes)
    total = fit.origin_effects[o] + fit.destination_effects[d]
    assert total == pytest.approx(out[o] + into[d], abs=1e-8)


def test_two_places_are_head_and_ries() -> None:
    fit = ppml(flow_pairs([0, 0, 1, 1], [0, 1, 0, 1], [120, 8, 10, 60], {"border": [0, 1, 1, 0]}))
    assert fit.coefficients[0] == pytest.approx(-2.2499048, abs=5e-8)
    assert fit.freedom == 0
    assert np.isnan(fit.table()[0].error)


def test_minutes_of_a_border_and_their_interval() -> None:
    rng = np.random.default_rng(8)
    o, d = (k.ravel() for k in np.indices((12, 12)))
    minutes = rng.uniform(5, 90, 144)
    crosses = ((o < 6) != (d < 6)).astype(float)
    flow = rng.poisson(200 * np.exp(-0.04 * minutes - 0.8 * crosses)).astype(float)
    fit = ppml(flow_pairs(o, d, flow, {"minutes": minutes, "border": crosses}))
    seen = border_figures(fit, "border", minutes="minutes")
    b, t = fit.coefficients[1], fit.coefficients[0]
    assert seen.minutes == pytest.approx(b / t)
    # The delta method by hand.
    v = fit.clustered
    var = v[1, 1] / t**2 + b**2 / t**4 * v[0, 0] - 2 * b / t**3 * v[0, 1]
    half = fit.quantile(0.95) * np.sqrt(var)
    assert seen.minutes_interval == pytest.approx((b / t - half, b / t + half))
    assert 15 < seen.minutes < 25


# --- An established package --------------------------------------------------


def trade(folder: Path) -> dict[str, Any]:
    with gzip.open(folder / "peers/flows/gravity_trade_2006_no_zeros.csv.gz", "rt") as text:
        rows = list(csv.DictReader(text))
    columns: dict[str, Any] = {k: np.array([row[k] for row in rows]) for k in rows[0]}
    return {k: v if k.startswith("iso") else v.astype(float) for k, v in columns.items()}


# pyfixest 0.60.0: fepois("flow ~ ld + contig + comlang_off + rta + comcur | iso_o + iso_d"),
# iwls_tol=1e-13, fixef_tol=1e-13, fixef_rm="singleton", ssc=ssc(k_fixef="full"), with vcov each of
# hetero, CRV1 by iso_o, by iso_d, by the unordered pair, and by iso_o + iso_d.
COEFFICIENTS = (
    -0.8315110499154459, 0.41542670649822144, 0.24225461321191682, 0.4290170449055022,
    -0.16683729545285686,
)  # fmt: skip
ROBUST = (
    0.03663692866498881, 0.06309362519816272, 0.06248821628683872, 0.0775785301929673,
    0.07785091487553936,
)  # fmt: skip
CLUSTERED = {
    "origin": (
        0.05967652539867049, 0.08232064094741257, 0.08191526397738418, 0.09520385312090661,
        0.09485179806852151,
    ),
    "destination": (
        0.05571135550272727, 0.06747545302470977, 0.08243263544346424, 0.06221900463247682,
        0.14533050323520974,
    ),
    "pair": (
        0.04077020602487978, 0.07354243319767331, 0.07009089216833941, 0.0856250396533849,
        0.08855577162731272,
    ),
    "two-way": (
        0.07290214237712409, 0.08558578984299857, 0.09786233834546212, 0.08294835051343048,
        0.15498605982756275,
    ),
}  # fmt: skip


@pytest.mark.shared
def test_trade_equals_pyfixest(shared_data: Path) -> None:
    data = trade(shared_data)
    regressors = {"ld": np.log(data["distw"])}
    regressors |= {name: data[name] for name in ("contig", "comlang_off", "rta", "comcur")}
    pairs = flow_pairs(data["iso_o"], data["iso_d"], data["flow"], regressors)
    for clusters, errors in CLUSTERED.items():
        fit = ppml(pairs, clusters=clusters)
        assert fit.standard_errors() == pytest.approx(errors, rel=1e-8), clusters
    assert fit.pairs == 17_088
    assert fit.coefficients == pytest.approx(COEFFICIENTS, rel=1e-8)
    assert fit.standard_errors("robust") == pytest.approx(ROBUST, rel=1e-8)
    assert fit.deviance == pytest.approx(3885220.1170539986, rel=1e-12)
    assert fit.pseudo_r2 == pytest.approx(0.9494589233823828, rel=1e-10)
    assert fit.error < 1e-12
    # Labels of the pairs themselves are as good as the name.
    a, b = data["iso_o"], data["iso_d"]
    named = [f"{min(x, y)}|{max(x, y)}" for x, y in zip(a, b, strict=True)]
    assert ppml(pairs, clusters=named).clustered == pytest.approx(
        ppml(pairs, clusters="pair").clustered, rel=1e-12
    )


# --- The dense twin ----------------------------------------------------------


@st.composite
def random_flows(draw: st.DrawFn) -> tuple[Any, ...]:
    """Zeros, few places, pairs twice, ties, pieces, values far apart."""
    n = draw(st.integers(2, 7))
    m = draw(st.integers(4, 45))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    o, d = rng.integers(0, n, (2, m))
    if draw(st.booleans()):
        d = np.where(o < n // 2, d % max(n // 2, 1), n // 2 + d % (n - n // 2))  # two pieces
    km = np.log(rng.choice([1.0, 2.0, 5.0, 7.5, 30.0], m))
    cut = draw(st.integers(1, n - 1))
    x = np.column_stack([km, (o < cut) != (d < cut)])
    flow = np.exp(rng.normal(0, draw(st.sampled_from([0.3, 3.0])), m))
    if draw(st.booleans()):
        flow = np.ceil(flow)
    flow[rng.random(m) < draw(st.sampled_from([0.0, 0.3, 0.6, 0.85]))] = 0.0
    flow[x[:, 1] > 0] *= draw(st.sampled_from([0.0, 1.0, 1.0, 1.0]))
    return o, d, flow * draw(st.sampled_from([1e-9, 1.0, 1e12])), x


@settings(max_examples=150)
@given(random_flows())
def test_equals_a_dense_regression(drawn: tuple[Any, ...]) -> None:
    o, d, flow, x = drawn
    assume(len(np.unique(o)) > 1 and len(np.unique(d)) > 1 and flow.any())
    twin = twins.regress(o, d, flow, x)
    given_regressors = {"ln km": x[:, 0], "border": x[:, 1]}
    if twin is None:
        with pytest.raises(InputError):
            flow_pairs(o, d, flow, given_regressors)
        return
    fit = ppml(flow_pairs(o, d, flow, given_regressors), clusters=o % 3)
    names = tuple(("ln km", "border")[k] for k in twin.columns)
    assert fit.names == names
    assert set(fit.dropped.regressors) == {"ln km", "border"} - set(names)
    assert fit.dropped.separated.tolist() == twin.separated.tolist()
    assert fit.fitted == pytest.approx(twin.fitted, rel=1e-6, abs=1e-8 * flow.max())
    assert fit.deviance == pytest.approx(twin.deviance, rel=1e-7, abs=1e-9 * flow.sum())
    assert fit.freedom == len(twin.kept) - twin.taken - len(names)
    # How well coefficients are determined is a matter of the data.
    sure = np.sqrt(np.diag(twin.bread) * flow.mean())
    assert np.all(np.abs(fit.coefficients - twin.beta) <= 1e-7 * (1 + sure))
    assert fit.classical == pytest.approx(twin.bread, rel=1e-5, abs=1e-12)
    if names and fit.freedom > 0 and fit.clusters > 1:
        m, g = len(twin.kept), fit.clusters
        labels = (o % 3)[twin.kept]
        sums = np.array([twin.scores[labels == k].sum(axis=0) for k in np.unique(labels)])
        few = g / (g - 1) * (m - 1) / fit.freedom
        within = 1e-9 * flow.sum() * np.abs(twin.bread).max()
        assert fit.clustered == pytest.approx(sums.T @ sums * few, rel=1e-4, abs=within)
