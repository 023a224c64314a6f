"""A real extract with lanes: the middle of Porto Alegre, cut into four invented counties."""

from pathlib import Path

import numpy as np
import pytest

from onecity.network.assignment import user_equilibrium
from onecity.region.build import build
from onecity.region.store import Region
from onecity.strands.transport.traffic import Loading, examination_of, loading_of
from tests.region.towns import CITIES, make_recipe

pytestmark = pytest.mark.shared

LAND = (-51.235, -30.065, -51.195, -30.025)
AVENUE = "Avenida Princesa Isabel"


@pytest.fixture(scope="module")
def region(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder = tmp_path_factory.mktemp("town")
    make_recipe(folder, shared_data / "peers" / CITIES["Porto Alegre"][0], LAND)
    return build(folder, folder / "region")


@pytest.fixture(scope="module")
def loading(region: Region) -> Loading:
    return loading_of(region)


def test_lanes_are_those_of_the_extract(region: Region, loading: Loading) -> None:
    edges = region.table("road_edges")
    known = edges["lanes"].notna()
    assert (loading.supply.observed == known).all()
    assert 0.2 < known.mean() < 0.9
    lanes = loading.supply.lanes.reshape(2, -1).T
    both = (edges["seconds_forward"].notna() & edges["seconds_backward"].notna()).to_numpy()
    wanted = edges["lanes"].to_numpy() / np.where(both, 2, 1)
    assert (lanes[known.to_numpy(), 0] == wanted[known.to_numpy()]).all()
    primary = (edges["class"] == "primary").to_numpy()
    assert (loading.capacity[primary & ~known.to_numpy(), 0] == 2 * 900).all()


def test_the_fullest_roads_are_named_and_worth_a_lane(loading: Loading) -> None:
    assert loading.found.converged
    assert loading.unserved < 0.01 * sum(one.sum() for one in loading.trips.vehicles)
    found = examination_of(loading)
    value, full, _, drops = found.rankings
    assert full.rows[0].values[0] > 1
    assert AVENUE in " ".join(row.name["en"] for row in value.rows)
    best = value.rows[0]
    assert 0 < best.values[6] < best.values[5]  # anew, and by first order
    # The first of them solved from nothing, and far nearer to equilibrium.
    more = np.zeros((loading.supply.edges, 2))
    more[list(best.edges)] = 1.0
    more[np.isnan(loading.saturation)] = 0.0
    if not any(remark.key == "traffic.both_ways" for remark in best.remarks):
        fuller = np.nan_to_num(loading.saturation[list(best.edges)]).sum(axis=0).argmax()
        more[:, 1 - fuller] = 0.0
    hours = []
    for lanes in (np.zeros(more.size), more.T.ravel()):
        roads = loading.supply.assignable().with_delays(loading.supply.delays(lanes))
        hours.append(loading.hours_a_day(user_equilibrium(roads, loading.demand, gap=1e-8)))
    assert best.values[6] == pytest.approx(hours[0] - hours[1], rel=0.03)
    assert drops.total > 0
    assert drops.rows[0].values[0] < 1
    assert len(set(drops.rows[0].cities)) == 2
