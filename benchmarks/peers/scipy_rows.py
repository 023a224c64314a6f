"""SciPy's Dijkstra: the measure of what is right, and a peer."""

import numpy as np
import numpy.typing as npt
from graphs import Graph, Ids
from scipy.sparse.csgraph import dijkstra

UNREACHABLE = 2**31 - 1


class ScipyPeer:
    """Times by `scipy.sparse.csgraph.dijkstra`, in milliseconds as float64."""

    def __init__(self, graph: Graph) -> None:
        self.matrix = graph.matrix()
        self.turned = graph.matrix().T.tocsr()

    def rows(self, sources: Ids) -> npt.NDArray[np.float64]:
        """Return the times from each source to all nodes, shape (S, n); +inf without a path."""
        return np.atleast_2d(dijkstra(self.matrix, indices=sources))

    def rows_ms(self, sources: Ids) -> npt.NDArray[np.int64]:
        """Return the same as whole numbers, `UNREACHABLE` without a path."""
        rows = self.rows(sources)
        return np.where(np.isinf(rows), UNREACHABLE, rows).astype(np.int64)

    def reached(self, opportunities: Ids, limit_ms: int) -> npt.NDArray[np.float64]:
        """Return how many of the opportunities each node reaches within a limit, shape (n,)."""
        times = dijkstra(self.turned, indices=opportunities, limit=float(limit_ms))
        counts: npt.NDArray[np.float64] = (np.atleast_2d(times) <= limit_ms).sum(axis=0)
        return counts
