"""Communities: every partition tried where few zones allow it, and a published graph."""

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from onecity.core.errors import InputError
from onecity.models.regions import communities, flow_matrix, modularity


def partitions(n: int) -> Iterator[list[int]]:
    """Every partition of n zones, as labels that grow by at most one."""

    def more(labels: list[int]) -> Iterator[list[int]]:
        if len(labels) == n:
            yield labels
            return
        for label in range(max(labels) + 2):
            yield from more([*labels, label])

    yield from more([0])


def matrix(flows: Any) -> Any:
    o, d = (k.ravel() for k in np.indices(flows.shape))
    return flow_matrix(o, d, flows.ravel())


@pytest.mark.parametrize("state", range(12))
def test_equals_the_best_of_all_partitions(state: int) -> None:
    rng = np.random.default_rng(state)
    n = int(rng.integers(2, 8))
    flows = rng.gamma(0.5, 4, (n, n)) * (rng.random((n, n)) < 0.5)
    flows[0, -1] += 1
    if state % 3 == 0:
        flows[0] = flows[:, 0] = 0  # a zone without flows
        flows[1, -1] += 1
    best = max(modularity(matrix(flows), part) for part in partitions(n))
    found = communities(matrix(flows), range(n))
    assert found.best == pytest.approx(best, abs=1e-12)
    assert found.best == pytest.approx(modularity(matrix(flows), found.part), abs=1e-12)


def test_the_karate_club() -> None:
    # The highest modularity of Zachary's club is known: 0.4198 (Brandes et al. 2008).
    dense = nx.to_numpy_array(nx.karate_club_graph(), weight=None)
    flows = csr_array(np.triu(dense))
    club = [data["club"] for _, data in nx.karate_club_graph().nodes(data=True)]
    found = communities(flows, club)
    assert found.best == pytest.approx(0.41979, abs=5e-6)
    assert found.given == pytest.approx(
        nx.community.modularity(
            nx.from_numpy_array(dense),
            [{k for k, c in enumerate(club) if c == name} for name in set(club)],
        )
    )
    assert found.ratio == pytest.approx(found.given / 0.41979, abs=1e-4)
    assert int(found.part.max()) + 1 == 4


def test_cities_that_keep_to_themselves_are_found() -> None:
    rng = np.random.default_rng(2)
    city = np.repeat(np.arange(9), 12)
    flows = rng.poisson(np.where(city[:, None] == city, 20, 1.0)).astype(float)
    found = communities(matrix(flows), city)
    assert found.part.tolist() == city.tolist()
    assert found.ratio == pytest.approx(1.0)
    assert found.reached >= 1
    again = communities(matrix(flows), city)
    assert again.part.tolist() == found.part.tolist()


def test_every_community_hangs_together() -> None:
    graph = nx.random_geometric_graph(300, 0.09, seed=4)
    flows = csr_array(nx.to_scipy_sparse_array(graph).astype(float))
    found = communities(flows, np.zeros(300), runs=3)
    louvain = nx.community.louvain_communities(graph, seed=1)
    assert found.best >= nx.community.modularity(graph, louvain) - 5e-3
    for k in range(int(found.part.max()) + 1):
        inside = np.flatnonzero(found.part == k)
        piece = csr_array(flows.tocsr()[inside][:, inside])
        assert connected_components(piece, directed=False)[0] == 1


def test_settings_are_checked() -> None:
    flows = matrix(np.ones((3, 3)))
    with pytest.raises(InputError, match="runs"):
        communities(flows, [0, 1, 2], runs=0)
    with pytest.raises(InputError, match="resolution"):
        communities(flows, [0, 1, 2], resolution=-1.0)
    assert np.isnan(communities(flows, [0, 1, 2]).ratio)
