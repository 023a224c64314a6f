"""Access: worked numbers, peers' figures, a dense twin, and what must be conserved."""

import doctest
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onecity.models.access as package
from onecity.core.errors import InputError
from onecity.models.access import (
    Access,
    Exponential,
    Gaussian,
    Linear,
    Method,
    Places,
    Power,
    Reach,
    Service,
    Steps,
    Table,
    access_to,
    decay_weights,
    measure,
    opened,
    permeability,
    places_of,
    reach_of,
    same_place,
    threshold,
)
from tests.models.access import access_twins as twins

METHODS = get_args(Method)


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(package) == (0, 5)


def dense(minutes: Any) -> Reach:
    """Return the reach of a matrix; infinite minutes are no pair."""
    t = np.asarray(minutes, float)
    zone, facility = np.nonzero(np.isfinite(t))
    return reach_of(zone, facility, t[zone, facility], zones=t.shape[0], facilities=t.shape[1])


def one_city(reach: Reach) -> Places:
    return places_of(np.zeros(reach.zones, int), np.zeros(reach.facilities, int), 1)


def alone(minutes: Any, people: Any, capacity: Any, decay: Any, method: Method) -> Access:
    """Return the access within one city."""
    reach = dense(minutes)
    service = Service("one", capacity, [[1.0]], decay, method)
    return access_to(reach, one_city(reach), people, [service])[0]


# --- Worked numbers ----------------------------------------------------------


MINUTES = [[5, 25, 18], [15, 12, 8], [28, 6, 4]]
PEOPLE = [1000, 2000, 1500]
CAPACITY = [100, 0, 60]


@pytest.mark.parametrize(
    ("across", "expected"),
    [(1.0, (0.046935, 0.039633, 0.022533)), (0.0, (0.042373, 0.028814, 0.040000))],
)
def test_the_core_loses_when_the_border_opens(across: float, expected: tuple[float, ...]) -> None:
    reach, places = dense(MINUTES), places_of([0, 0, 1], [0, 0, 1], 2)
    service = Service("health", CAPACITY, permeability(2, across))
    (found,) = access_to(reach, places, PEOPLE, [service])
    assert found.access == pytest.approx(expected, abs=5e-7)
    assert found.access @ found.people == pytest.approx(160, rel=1e-14)
    assert found.reached == 160
    assert list(found.dropped.no_capacity) == [1]
    assert (found.dropped.empty, found.dropped.far) == (3, 0)
    assert found.dropped.closed == (0 if across else 3)
    assert not len(found.unreached_zones)
    assert not len(found.unreached_facilities)
    assert found.nearest == pytest.approx([5, 8, 4] if across else [5, 15, 4])
    assert np.isnan(found.crowding[1])


def test_one_side_may_recognise_what_the_other_does_not() -> None:
    reach, places = dense(MINUTES), places_of([0, 0, 1], [0, 0, 1], 2)
    pi = [[1.0, 0.5], [0.0, 1.0]]
    (found,) = access_to(reach, places, PEOPLE, [Service("health", CAPACITY, pi)])
    assert found.one_sided == ((0, 1),)
    demand = 1000 + 0.68 * 2000, 0.5 * (0.68 * 1000 + 1.0 * 2000) + 1500
    assert found.demand[[0, 2]] == pytest.approx(demand)
    level = 100 / demand[0], 60 / demand[1]
    expected = level[0] + 0.34 * level[1], 0.68 * level[0] + 0.5 * level[1], level[1]
    assert found.access == pytest.approx(expected, rel=1e-14)


# --- Peers -------------------------------------------------------------------

# The example of PySAL access' own tests (test_hospital_example.py): three tracts, each with
# people and doctors, four states of traffic; run in access 1.1.10.post3 with pandas 3.1.1.
# Minutes from tract to tract: 1 at home, 80 between the suburbs, or 40 in the last state.
TRACTS = [100, 50, 10]
DOCTORS = [15, 20, 100]
TRAFFIC = {
    "jam": [[1, 80, 40], [80, 1, 40], [40, 40, 1]],
    "in": [[1, 80, 20], [80, 1, 20], [40, 40, 1]],
    "out": [[1, 80, 40], [80, 1, 40], [20, 20, 1]],
    "both": [[1, 40, 20], [40, 1, 20], [20, 20, 1]],
}

# The calls: two_stage_fca with weights.gravity(1, -1) and max_cost 61; three_stage_fca with the
# same weights and max_cost 61, or 100 where there are longer ways (access lets ways beyond it
# take part in the choice, here they do not); enhanced_two_stage_fca with its own steps;
# two_stage_fca with max_cost 40; weighted_catchment with weights.gaussian(20) and max_cost 61.
# The calls: two_stage_fca with weights.gravity(1, -1) and max_cost 61; three_stage_fca with the
# same weights and max_cost 61, or 100 where there are longer ways (access lets ways beyond it
# take part in the choice, here they do not); enhanced_two_stage_fca with its own steps;
# two_stage_fca with max_cost 40; weighted_catchment with weights.gaussian(20) and max_cost 61.
PYSAL: list[tuple[str, Method, Any, tuple[float, ...]]] = [
    ("jam", "two-step", Power(1, 61), (0.3314441169802766, 0.5798281320669381, 7.286418169862544)),
    ("in", "two-step", Power(1, 61), (0.4353402208763805, 0.683724235963042, 5.727976611420986)),
    ("out", "two-step", Power(1, 61), (0.3310719131614654, 0.5778577857785778, 7.299991939492457)),
    ("both", "two-step", Power(1, 61), (0.442568395398584, 0.666758279965827, 5.740524646185023)),
    ("both", "three-step", Power(1, 61), (0.174802148079813, 0.424035508556526, 9.63180097641923)),
    ("jam", "three-step", Power(1, 100), (0.15630734466431, 0.406114956580948, 9.906351770452163)),
    ("in", "three-step", Power(1, 100), (0.173864299143461, 0.42367094492739, 9.643002283928412)),
    ("out", "three-step", Power(1, 100), (0.15657666614025, 0.40627132790636, 9.902876699065706)),
    ("in", "two-step", Steps(), (0.7571428571428572, 1.0071428571428571, 0.8928571428571429)),
    ("in", "two-step", threshold(40), (0.761363636363636, 0.958333333333333, 1.094696969696969)),
    ("in", "potential", Gaussian(20, 61), (75.634327685132, 80.6280815897549, 104.611813005739)),
]


@pytest.mark.parametrize(("traffic", "method", "decay", "expected"), PYSAL)
def test_equals_pysal_access(
    traffic: str, method: Method, decay: Any, expected: tuple[float, ...]
) -> None:
    if decay == Steps():
        # Its default ends at 30: weights 1, 0.68 and 0.22.
        assert decay_weights(decay, [10, 20, 30, 31]).tolist() == [1, 0.68, 0.22, 0]
    found = alone(TRAFFIC[traffic], TRACTS, DOCTORS, decay, method)
    assert found.access == pytest.approx(expected, rel=1e-13)


# The example of sdc-catchment's introduction (README of 0.1.1): consumers at 0, 1, 2 on a line,
# providers at 0 and 2, and the same with uneven people and places. Run in sdc-catchment 0.1.1;
# modified and balanced by its adjust_consumers and adjust_providers. It moves a distance of zero
# to 1e-6, and so does this table.
LINE = [[1e-6, 2], [1, 1], [2, 1e-6]]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("two-step", (0.06517925721161652, 0.06964148557676696, 0.06517925721161652)),
        ("three-step", (0.07473199036712887, 0.05053601926574226, 0.07473199036712887)),
        ("modified", (0.05846119461775927, 0.04223969619024431, 0.05846119461775927)),
        ("balanced", (0.04345283814107768, 0.04642765705117798, 0.043452838141077685)),
    ],
)
def test_equals_sdc_catchment(method: Method, expected: tuple[float, ...]) -> None:
    found = alone(LINE, [100, 100, 100], [10, 10], Gaussian(1, 60), method)
    assert found.access == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("two-step", (0.04665142161096647, 0.02911108090708976, 0.02642719030327286)),
        ("three-step", (0.057091061000691126, 0.024734619775151567, 0.027680973903574914)),
        ("modified", (0.04369936305115441, 0.014456134955943471, 0.018487911861887734)),
        ("balanced", (0.029315458763582665, 0.018198027788631905, 0.016367716471799652)),
    ],
)
def test_equals_sdc_catchment_with_uneven_people(
    method: Method, expected: tuple[float, ...]
) -> None:
    found = alone(LINE, [100, 250, 40], [10, 3], Exponential(0.7, 60), method)
    assert found.access == pytest.approx(expected, rel=1e-13)


# --- The twin, and what must hold ----------------------------------------------

DECAYS: dict[str, Any] = {
    "steps": Steps(),
    "linear": Linear(30),
    "exponential": Exponential(0.07, 30),
    "gaussian": Gaussian(12, 30),
    "power": Power(1.5, 30, least=2),
    "table": Table((5, 15, 30), (0.9, 0.5, 0.1)),
}


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Draw zones and facilities in up to three cities, with ties, gaps and empty places."""
    zones, facilities = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    cities = draw(st.integers(1, 3))
    # Times at, just within and just beyond every step, and no way at all.
    times = st.sampled_from([0.0, 5.0, 10.0, 10.001, 15.0, 20.0, 29.5, 30.0, 30.001, np.inf])
    cell = st.lists(times, min_size=facilities, max_size=facilities)
    rows = st.lists(cell, min_size=zones, max_size=zones)
    some = st.sampled_from([0.0, 1.0, 7.0, 1e-9, 1e12])
    pi = np.ones((cities, cities))
    for a in range(cities):
        for b in range(cities):
            if a != b:
                pi[a, b] = draw(st.sampled_from([0.0, 0.25, 1.0]))
    city = st.integers(0, cities - 1)
    people = draw(st.lists(some, min_size=zones, max_size=zones).filter(any))
    capacity = draw(st.lists(some, min_size=facilities, max_size=facilities).filter(any))
    return {
        "minutes": np.array(draw(rows)),
        "people": np.array(people),
        "capacity": np.array(capacity),
        "pi": pi,
        "zone_city": np.array(draw(st.lists(city, min_size=zones, max_size=zones))),
        "facility_city": np.array(draw(st.lists(city, min_size=facilities, max_size=facilities))),
    }


@given(worlds())
def test_equals_the_dense_twin(world: dict[str, Any]) -> None:
    reach = dense(world["minutes"])
    places = places_of(world["zone_city"], world["facility_city"], len(world["pi"]))
    right = world["pi"][world["zone_city"]][:, world["facility_city"]]
    cases = [(kind, method) for kind in DECAYS for method in METHODS]
    services = [Service("s", world["capacity"], world["pi"], DECAYS[k], m) for k, m in cases]
    all_found = access_to(reach, places, world["people"], services)
    for (kind, method), found in zip(cases, all_found, strict=True):
        w = np.array([[twins.weight(kind, t, 30.0) for t in row] for row in world["minutes"]])
        access, demand = twins.fca(w, right, world["people"], world["capacity"], method)
        assert found.access == pytest.approx(access, rel=1e-10)
        assert found.demand == pytest.approx(demand, rel=1e-10)
        holds(found, method)
        usable = (w * right * (world["capacity"] > 0)) > 0
        none = ~usable.any(axis=1)
        assert list(found.unreached_zones) == list(np.flatnonzero(none & (world["people"] > 0)))
        nearest = np.where(usable, world["minutes"], np.inf).min(axis=1)
        assert found.nearest.tolist() == nearest.tolist()
        dropped = found.dropped
        assert dropped.far + dropped.closed + dropped.empty + usable.sum() == len(reach.minutes)


def holds(found: Access, method: Method) -> None:
    """Make sure that what a method conserves is conserved."""
    used = float(found.access @ found.people)
    if method in {"two-step", "three-step"}:
        assert used == pytest.approx(found.reached, rel=1e-10)
    elif method == "modified":
        assert used <= found.reached * (1 + 1e-10)
    elif method == "balanced":
        served = np.setdiff1d(np.arange(len(found.people)), found.unreached_zones)
        assert found.demand.sum() == pytest.approx(found.people[served].sum(), rel=1e-10)
        assert found.access.sum() == pytest.approx(found.level.sum(), rel=1e-10)
    assert (np.isnan(found.minutes) == (found.access == 0)).all()
    reached = np.isfinite(found.minutes)
    assert (found.minutes[reached] >= found.nearest[reached] * (1 - 1e-12)).all()


@given(worlds(), st.sampled_from([0.0, 0.3, 1.0]))
def test_opening_never_makes_usable_care_farther(world: dict[str, Any], share: float) -> None:
    reach = dense(world["minutes"])
    places = places_of(world["zone_city"], world["facility_city"], len(world["pi"]))
    before, after = (
        access_to(reach, places, world["people"], [Service("s", world["capacity"], pi)])[0]
        for pi in (world["pi"], opened(world["pi"], share))
    )
    far = np.isinf(before.choice)
    assert (after.choice <= np.where(far, np.inf, before.choice + 1e-9)).all()
    assert (after.nearest <= before.nearest).all()


def test_time_to_usable_care_far_beyond_the_range_of_exp() -> None:
    found = alone([[9000, 9010], [10, 30]], [1, 1], [1, 1], threshold(10_000), "two-step")
    assert found.choice[0] == pytest.approx(9000 - np.log(1 + np.exp(-1)) / 0.1, rel=1e-14)
    assert found.choice[1] == pytest.approx(-np.log(np.exp(-1) + np.exp(-3)) / 0.1, rel=1e-14)


def test_time_to_usable_care_may_be_left_out() -> None:
    reach, places = dense(MINUTES), places_of([0, 0, 1], [0, 0, 1], 2)
    services = [Service("s", CAPACITY, permeability(2, 0.5), method=method) for method in METHODS]
    asked = access_to(reach, places, PEOPLE, services)
    for full, less in zip(
        asked, access_to(reach, places, PEOPLE, services, choice=None), strict=True
    ):
        assert np.isfinite(full.choice).all()
        assert np.isnan(less.choice).all()
        for name in ("access", "demand", "minutes", "nearest"):
            assert getattr(less, name).tolist() == getattr(full, name).tolist()


def test_services_do_not_touch_one_another() -> None:
    reach, places = dense(MINUTES), places_of([0, 0, 1], [0, 0, 1], 2)
    one = Service("a", CAPACITY, permeability(2), people=[10, 0, 5])
    two = Service("b", [1, 2, 3], permeability(2, 1), Linear(20), "balanced")
    together = access_to(reach, places, PEOPLE, [one, two])
    apart = [access_to(reach, places, PEOPLE, [service])[0] for service in (one, two)]
    for a, b in zip(together, apart, strict=True):
        assert a.access.tolist() == b.access.tolist()
    assert together[0].people.tolist() == [10, 0, 5]
    assert list(together[0].dropped.no_people) == [1]


def test_the_order_of_pairs_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    t = rng.uniform(0, 40, (20, 8))
    zone, facility = (k.ravel() for k in np.indices(t.shape))
    mixed = rng.permutation(t.size)
    shuffled = reach_of(zone[mixed], facility[mixed], t.ravel()[mixed], zones=20, facilities=8)
    assert (t[shuffled.zone(), shuffled.facility] == shuffled.minutes).all()
    assert (mixed[shuffled.row] == shuffled.zone() * 8 + shuffled.facility).all()
    straight = alone(t, np.ones(20), np.ones(8), Steps(), "two-step")
    service = Service("one", np.ones(8), [[1.0]])
    (found,) = access_to(shuffled, one_city(shuffled), np.ones(20), [service])
    assert found.access == pytest.approx(straight.access, rel=1e-13)


def test_zones_taken_few_at_a_time_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    t = np.where(rng.random((40, 9)) < 0.4, rng.uniform(0, 35, (40, 9)), np.inf)
    # Nobody there reaches anything: at both ends, and a stretch within.
    t[[0, 17, 18, 19, 39]] = np.inf
    reach = dense(t)
    places = places_of(rng.integers(0, 3, 40), rng.integers(0, 3, 9), 3)
    people, capacity = rng.integers(0, 5, 40), rng.integers(0, 4, 9)
    services = [
        Service("s", capacity, permeability(3, 0.4), decay, method)
        for method in METHODS
        for decay in DECAYS.values()
    ]
    whole = access_to(reach, places, people, services)
    for pairs in (1, 4, 30):
        monkeypatch.setattr(measure, "_PAIRS", pairs)
        for a, b in zip(whole, access_to(reach, places, people, services), strict=True):
            for name in ("access", "demand", "minutes", "nearest", "choice"):
                assert getattr(b, name) == pytest.approx(getattr(a, name), rel=1e-13, nan_ok=True)
            assert (a.dropped.far, a.dropped.closed) == (b.dropped.far, b.dropped.closed)
            assert a.dropped.empty == b.dropped.empty > 0
            assert list(a.unreached_zones) == list(b.unreached_zones)


@given(worlds())
def test_a_facility_given_in_two_halves_is_one(world: dict[str, Any]) -> None:
    twice = np.repeat(np.arange(len(world["capacity"])), 2)
    cases = [
        (world["minutes"], world["facility_city"], world["capacity"]),
        (world["minutes"][:, twice], world["facility_city"][twice], world["capacity"][twice] / 2),
    ]
    found = []
    for minutes, city, capacity in cases:
        places = places_of(world["zone_city"], city, len(world["pi"]))
        services = [Service("s", capacity, world["pi"], method=method) for method in METHODS]
        found.append(access_to(dense(minutes), places, world["people"], services))
    for whole, halves, method in zip(*found, METHODS, strict=True):
        # Balanced access adds up levels of facilities, and each half has that of the whole.
        times = 2 if method == "balanced" else 1
        assert halves.access == pytest.approx(times * whole.access, rel=1e-9), method
        assert np.isclose(halves.reached, whole.reached)


def test_nobody_in_reach_gives_nothing_and_says_so() -> None:
    found = alone([[40, 50], [45, 31]], [3, 4], [1, 1], Steps(), "balanced")
    assert found.access.tolist() == [0, 0]
    assert list(found.unreached_zones) == [0, 1]
    assert list(found.unreached_facilities) == [0, 1]
    assert found.dropped.far == 4
    assert np.isinf(found.choice).all()
    empty = reach_of([], [], [], zones=2, facilities=2)
    service = Service("one", [1, 1], [[1.0]])
    (nothing,) = access_to(empty, one_city(empty), [3, 4], [service])
    assert list(nothing.unreached_zones) == [0, 1]


def test_facilities_within_fifty_metres_may_be_one() -> None:
    # At the limit, a chain, the same spot, and one just beyond.
    at: list[list[float]] = [[500, 0], [0, 0], [50, 0], [30, 40], [90, 0], [500, 0], [500, 50.001]]
    assert same_place(at).tolist() == [0, 1, 1, 1, 1, 0, 6]
    assert same_place(np.empty((0, 2))).tolist() == []
    raised("access.positions", lambda: same_place([1, 2]))
    assert raised("access.position", lambda: same_place([[0.0, 0.0], [0.0, np.nan]]))["row"] == 1
    raised("access.setting", lambda: same_place(at, -1))


# --- Bad input -----------------------------------------------------------------


def raised(key: str, call: Any) -> dict[str, object]:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.key == key
    assert all(caught.value.text(language) for language in ("zh", "en"))
    return caught.value.values


def test_wrong_pairs_are_named() -> None:
    def build(zone: Any, facility: Any, minutes: Any) -> Any:
        return lambda: reach_of(zone, facility, minutes, zones=2, facilities=2)

    assert raised("access.minutes", build([0, 1], [0, 0], [1, -2]))["row"] == 1
    assert raised("access.minutes", build([0, 1], [0, 0], [np.nan, 2]))["row"] == 0
    assert raised("access.minutes", build([0, 1], [0, 0], [1, np.inf]))["row"] == 1
    assert raised("access.no_row", build([0, 2], [0, 0], [1, 2]))["given"] == 2
    assert raised("access.no_row", build([0, 1], [0, -1], [1, 2]))["what"] == "facility"
    assert raised("access.not_whole", build([0.0, 1.0], [0, 0], [1, 2]))["what"] == "zone"
    raised("access.pair_shape", build([0, 1], [0, 0], [1]))
    raised("access.pair_shape", build([[0, 1]], [[0, 0]], [[1, 2]]))
    twice = raised("access.pair_twice", build([1, 0, 1], [1, 1, 1], [1, 2, 3]))
    assert twice == {"row": 2, "zone": 1, "facility": 1}


def test_wrong_figures_are_named() -> None:
    reach, places = dense(MINUTES), places_of([0, 0, 1], [0, 0, 1], 2)

    def ask(people: Any = PEOPLE, **values: Any) -> Any:
        service = Service(**{"name": "s", "capacity": CAPACITY, "pi": np.eye(2)} | values)
        return lambda: access_to(reach, places, people, [service])

    assert raised("access.pi_range", ask(pi=[[1, 1.5], [0, 1]]))["host"] == 1
    assert raised("access.pi_range", ask(pi=[[1, 0], [np.nan, 1]]))["home"] == 1
    assert raised("access.pi_home", ask(pi=[[1, 0], [0, 0.5]]))["city"] == 1
    raised("access.pi_shape", ask(pi=[[1]]))
    assert raised("access.amount", ask(capacity=[1, -1, 2]))["row"] == 1
    assert raised("access.amount", ask([1, np.inf, 2]))["row"] == 1
    raised("access.nothing", ask([0, 0, 0]))
    raised("access.nothing", ask(capacity=[0, 0, 0]))
    raised("access.shape", ask([1, 2]))
    raised("access.setting", ask(method="four-step"))
    raised("access.no_row", lambda: places_of([0, 2], [0], 2))
    raised("access.not_whole", lambda: places_of([0.5], [0], 2))
    raised("access.setting", lambda: opened(np.eye(2), 1.5))
    wrong = places_of([0, 0], [0, 0, 1], 2)
    raised("access.shape", lambda: access_to(reach, wrong, PEOPLE, []))
    short = places_of([0, 0, 0], [0, 1], 2)
    raised("access.shape", lambda: access_to(reach, short, PEOPLE, []))
    one = Service("s", CAPACITY, np.eye(2))
    raised("access.setting", lambda: access_to(reach, places, PEOPLE, [one], choice=0))


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("access.setting", lambda: Linear(0)),
        ("access.setting", lambda: Exponential(-1, 30)),
        ("access.setting", lambda: Gaussian(10, np.inf)),
        ("access.decay_shape", lambda: Steps((10, 20), (1,))),
        ("access.decay_shape", lambda: Table((), ())),
        ("access.decay_minutes", lambda: Steps((20, 10), (1, 0.5))),
        ("access.decay_weights", lambda: Steps((10, 20), (0.5, 1))),
        ("access.decay_weights", lambda: Table((10, 20), (1.5, 1))),
    ],
)
def test_wrong_decays_are_named(key: str, call: Any) -> None:
    raised(key, call)
