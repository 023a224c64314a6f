"""Trips of the peak hour: totals, mean time, gathering; held against slow, obvious twins."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from onecity.core.errors import InputError
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.transport.traffic import demand as d
from onecity.strands.transport.traffic.assumed import TrafficAssumed, traffic_assumed_in
from tests.tiny import tiny_manifest, tiny_region, tiny_tables

Reals = NDArray[np.float64]


def assumed(**changed: float) -> TrafficAssumed:
    """What the tiny region assumes, some of it changed."""
    numbers = dict(traffic_assumed_in(tiny_region()).numbers)
    for name, value in changed.items():
        key = f"traffic_{name}"
        numbers[key] = Assumption(key, value, "", "", "")
    return TrafficAssumed(numbers)


def places(count: int = 9) -> tuple[Reals, Reals]:
    """People of some cells, and minutes between them."""
    rng = np.random.default_rng(5)
    spots = rng.uniform(0, 60, (count, 2))
    minutes = np.hypot(*(spots[:, None] - spots).T)
    np.fill_diagonal(minutes, 4.0)
    return rng.uniform(5e3, 5e4, count), minutes


def matrix(trips: d.Trips, cells: int, one: int = 0) -> Reals:
    found = np.zeros((cells, cells))
    np.add.at(found, (trips.origin[one], trips.destination[one]), trips.vehicles[one])
    return found


def balanced_by_turns(weights: Reals, out: Reals) -> Reals:
    """Furness: rows and columns are scaled in turn until nothing changes."""
    flow = weights.copy()
    for _ in range(300):
        flow *= (out / flow.sum(axis=1))[:, None]
        flow *= out / flow.sum(axis=0)
    return flow


def test_totals_and_the_mean_time_are_kept_as_a_slow_twin_finds_them() -> None:
    people, minutes = places()
    trips, known = d.trips_of(people, minutes, assumed(minutes=20.0, lorry_share=0.1))
    out = people * 2.5 * 0.25 / 1.4 * 0.1
    low, high = 1.0, 200.0
    for _ in range(60):
        decay = (low + high) / 2
        flow = balanced_by_turns(np.exp(-minutes / decay), out)
        low, high = (decay, high) if (flow * minutes).sum() / out.sum() < 20 else (low, decay)
    assert trips.decay_minutes == pytest.approx(decay, rel=1e-6)
    away = ~np.eye(len(people), dtype=bool)
    assert matrix(trips, len(people)) == pytest.approx(np.where(away, flow, 0.0), rel=1e-6)
    assert trips.inside[0] == pytest.approx(np.trace(flow), rel=1e-6)
    lorries = balanced_by_turns(np.exp(-minutes / decay / 1.5), 0.1 * out)
    assert matrix(trips, len(people), 1) == pytest.approx(np.where(away, lorries, 0.0), rel=1e-6)
    assert trips.gathered == 0
    assert known["minutes"] == 20.0


def test_trips_arrive_by_jobs_wherever_ways_join_places() -> None:
    people, minutes = places()
    minutes[:4, 4:] = minutes[4:, :4] = np.inf
    jobs = np.array([0.0, 5.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    trips, _ = d.trips_of(people, minutes, assumed(minutes=15.0), jobs)
    found = matrix(trips, len(people))
    out = people * 2.5 * 0.25 / 1.4 * 0.1
    into = jobs * out[:4].sum() / 8
    into[4:] = out[4:]  # no job anywhere there: as many arrive as leave
    stays = out - found.sum(axis=1)
    assert stays.sum() == pytest.approx(trips.inside[0])
    assert found.sum(axis=0) + stays == pytest.approx(into, rel=1e-6, abs=1e-6)
    assert stays[0] == pytest.approx(0, abs=1e-9)  # nobody works where there is no job


def test_the_mean_time_follows_a_small_region() -> None:
    people, minutes = places()
    small, known = d.trips_of(people, minutes / 10, assumed())
    assert known["minutes"] < 5
    assert np.isfinite(small.decay_minutes)
    assert d.trips_of(people, minutes, assumed())[1]["minutes"] <= d.USUAL_MINUTES


def test_nobody_goes_where_no_way_leads() -> None:
    people, minutes = places()
    minutes[:3, 3:] = minutes[3:, :3] = np.inf
    minutes[8, :8] = minutes[:8, 8] = np.inf
    trips, _ = d.trips_of(people, minutes, assumed())
    found = matrix(trips, len(people))
    assert not found[np.isinf(minutes)].any()
    assert trips.apart == people[8]
    assert found[:3, :3].sum() > 0


@pytest.mark.parametrize("mean", [3.9, 90.0])
def test_a_mean_out_of_reach_is_refused_with_what_is_within(mean: float) -> None:
    people, minutes = places()
    with pytest.raises(InputError, match="4"):
        d.trips_of(people, minutes, assumed(minutes=mean))


@pytest.mark.parametrize(("cells", "share"), [(1, 0.25), (0, 0.25), (3, 0.0)])
def test_without_trips_it_says_so(cells: int, share: float) -> None:
    people, minutes = places(3)
    with pytest.raises(InputError):
        d.trips_of(people[:cells], minutes[:cells, :cells], assumed(car_share=share))


@given(
    arrays(np.float64, (6, 6), elements=st.floats(0, 30)),
    st.floats(0, 40),
)
def test_gathering_keeps_what_leaves(flow: Reals, least: float) -> None:
    found = d.gathered(flow, least)
    if least == 0:
        assert found is flow
        return
    assert not ((found > 0) & (found < least * (1 - 1e-9))).any()
    large = flow >= least
    assert (found[large] == flow[large]).all()
    assert not found[flow == 0].any()
    slack = least * (1 + 1e-9) + 1e-9
    assert (np.abs(found.sum(axis=1) - flow.sum(axis=1)) <= slack).all()
    for row in range(len(flow)):  # one after another, as anybody would
        running = 0.0
        start = at = (row * 0.618_033_988_749_895) % 1.0
        for place in range(len(flow)):
            if large[row, place]:
                continue
            running += flow[row, place]
            before, at = at, running / least + start
            on_an_edge = min(abs(one - round(one)) for one in (before, at)) < 1e-9
            if not on_an_edge:
                taken = (np.floor(at) - np.floor(before)) * least
                assert found[row, place] == pytest.approx(taken)


def test_as_many_pairs_are_left_as_asked() -> None:
    flow = np.random.default_rng(1).gamma(0.3, 10, (60, 60))
    np.fill_diagonal(flow, 0)
    least = d._least(flow, 500)
    assert np.count_nonzero(d.gathered(flow, least)) == pytest.approx(500, rel=0.1)
    assert d._least(flow, 10_000) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("car_share", 1.2), ("peak_share", -0.1), ("cells", 3.5), ("bpr_power", 0.5),
     ("occupancy", 0.0), ("trips", float("nan")), ("lanes_trunk", 0.0)],
)  # fmt: skip
def test_assumptions_that_make_no_sense_are_refused(name: str, value: float) -> None:
    tables = tiny_tables()
    manifest = tiny_manifest(tables)
    given = Assumption(f"traffic_{name}", value, "", "试验", "trial")
    manifest = replace(manifest, assumptions=(*manifest.assumptions, given))
    with pytest.raises(InputError):
        traffic_assumed_in(Region.from_tables(manifest, tables))
