"""Road networks: exact quickest times between all places, for any arc times.

>>> from onecity.network import Network
>>> net = Network.from_arcs([0, 1], [1, 2], [60.0, 30.0])
>>> net.travel_times([0, 2])
array([[ 0., 60., 90.],
       [inf, inf,  0.]])
"""

from .graph import UNREACHABLE, topology_hash
from .network import Network
from .results import Isochrone, Pairs, Path

__all__ = ["UNREACHABLE", "Isochrone", "Network", "Pairs", "Path", "topology_hash"]
