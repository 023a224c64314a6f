"""What questions to a network are answered with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import Nodes


@dataclass(frozen=True, slots=True)
class Isochrone:
    """What can be reached from one node within a time, or can reach it.

    Attributes
    ----------
    nodes : int32 (k,)
        The nodes, nearest first, by id where equal.
    seconds : float64 (k,)
        Their times.
    """

    nodes: Nodes
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some pairs of nodes and the times between them.

    Attributes
    ----------
    sources, targets : int32 (k,)
    seconds : float64 (k,)
    """

    sources: Nodes
    targets: Nodes
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """One quickest path.

    Attributes
    ----------
    nodes : int32 (k,)
        From source to target.
    arcs : int64 (k - 1,)
        Row of the arc between each two.
    seconds : float64 (k,)
        Time at each node, from zero.
    """

    nodes: Nodes
    arcs: NDArray[np.int64]
    seconds: NDArray[np.float64]
