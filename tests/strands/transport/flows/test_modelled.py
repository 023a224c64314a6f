"""Simulated flows: against plain balancing, labelled, and the three circles side by side."""

import numpy as np
import pytest

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES
from onecity.strands.keeping import from_bytes, to_bytes
from onecity.strands.transport.flows import MODELLED
from onecity.strands.transport.flows.areas import areas_of, land_of
from onecity.strands.transport.flows.simulated import Places, flows_of, places_of
from onecity.strands.transport.measure import Ready
from tests.strands.transport.flows.flow_tables import flows
from tests.tiny import ISLAND, OFF, tiny_region, tiny_tables


@pytest.mark.parametrize("jobs", [True, False])
def test_flows_are_those_of_plain_balancing(*, jobs: bool) -> None:
    ready = Ready.of(tiny_region(without=() if jobs else ("jobs",)))
    places = places_of(ready)
    assert places.year == (2020 if jobs else None)
    people, known = places.spread.people, np.isfinite(places.minutes)
    weight = np.where(known, np.exp(-np.where(known, places.minutes, 0.0) / 30), 0.0)
    a = np.ones(len(people))
    for _ in range(20_000):  # one side after the other (Furness 1965)
        b = places.arriving / (weight.T @ a)
        a = people / (weight @ b)
    slow = a[:, None] * weight * b
    member = np.zeros((5, len(people)))
    member[places.spread.county, np.arange(len(people))] = 1.0
    found = flows_of(places, 30.0, 5).toarray()
    assert found == pytest.approx(member @ slow @ member.T, rel=1e-6)
    assert found.sum(axis=1) == pytest.approx(member @ people)
    # More jobs than people in the middle of the core; elsewhere as many arrive as leave.
    assert (found.sum(axis=0)[0] > 1.1 * (member @ people)[0]) == jobs
    assert jobs or found.sum(axis=0) == pytest.approx(member @ people)
    # The island is a world of its own; a zone joined by nothing has no place.
    zones = list(tiny_tables()["zones"]["zone"])
    own = np.isin(np.array(zones)[places.spread.zone], ISLAND)
    assert places.arriving[own].sum() == pytest.approx(people[own].sum())
    assert not known[np.ix_(own, ~own)].any()
    assert zones.index(OFF) not in places.spread.zone


def test_a_longer_decay_opens_counties_up() -> None:
    ready = Ready.of(tiny_region())
    land, places = land_of(ready), places_of(ready)
    near, far = (areas_of(land, flows_of(places, d, 5), within=True) for d in (10.0, 60.0))
    assert (near.supply > far.supply).all()
    assert near.in_urban.sum() <= far.in_urban.sum()


def test_all_of_it_says_that_it_is_modelled() -> None:
    region = tiny_region()
    found = MODELLED.examine(region)
    every = [*found.findings.indicators.values(), *(one.indicator for one in found.layers)]
    every += [one.indicator for one in found.findings.matrices]
    every += [column for one in found.rankings for column in one.columns]
    for one in every:
        assert one.nature in {Nature.MODELLED, Nature.ASSUMED}
        assert one.grade is Grade.E
        assert one.sources
        assert all(one.text(language) and one.about(language) for language in LANGUAGES)
    assert found.findings.borders == ()
    assert [one.key for one in found.assumptions] == ["link_decay_minutes"]
    assert to_bytes(from_bytes(to_bytes(found), "here")) == to_bytes(MODELLED.examine(region))
    keys = [one.key for one in found.rankings]
    assert keys[0] == "flow_findings.m_circles"
    assert [one.name["en"][:3] for one in found.rankings[0].rows] == ["(a)", "(b)", "(b)", "(c)"]
    for level, frame in found.findings.tables.items():
        low = found.findings.low[level].to_numpy()
        high = found.findings.high[level].to_numpy()
        known = np.isfinite(frame.to_numpy())
        assert (low[known] <= frame.to_numpy()[known]).all()
        assert (frame.to_numpy()[known] <= high[known]).all()
    for each in found.rankings:
        assert all(each.text(language) and each.about(language) for language in LANGUAGES)


def test_the_circle_by_reach_counts_its_people() -> None:
    region = tiny_region()
    ready = Ready.of(region)
    land = land_of(ready)
    ground, nodes = ready.ground, ready.travel.zone_nodes
    seconds = ready.travel.network.travel_times(nodes[ground.centre[:1]], nodes)[0]
    assert land.reach_people == pytest.approx(ground.people[seconds <= 3600].sum())
    assert land.core[land.centre] >= 0
    # Two of five counties touch nothing outside but the edge of the sheet: all do here.
    assert land.edge.all()


def test_where_nobody_lives_densely_city_centres_are_cores() -> None:
    tables = tiny_tables()
    thin = tables["zones"].assign(people=tables["zones"]["people"] / 1000)
    land = land_of(Ready.of(tiny_region(zones=thin)))
    assert land.by_centre
    assert (land.core >= 0).sum() == 3


def test_jobs_that_are_not_all_known_are_spread_as_people() -> None:
    tables = tiny_tables()
    region = tiny_region(jobs=tables["jobs"].iloc[:30])
    places = places_of(Ready.of(region))
    assert places.year is None
    assert places.arriving == pytest.approx(places.spread.people)
    keys = {one.key for one in MODELLED.examine(region).findings.remarks}
    assert "flow_findings.jobs_as_people" in keys


def test_it_needs_people_and_no_flows() -> None:
    region = tiny_region()
    assert MODELLED.open_to(region)
    nobody = tiny_tables()["zones"].assign(people=0.0)
    assert not MODELLED.open_to(tiny_region(zones=nobody))
    rows = [("990101", "990102", 3.0)]
    assert MODELLED.open_to(tiny_region(flows=flows(rows)))
    places = places_of(Ready.of(region))
    nowhere = Places(places.spread, np.full_like(places.minutes, np.nan), places.arriving, None)
    with pytest.raises(InputError):
        flows_of(nowhere, 30.0, 5)
