"""Missing links: what every candidate would give, exactly.

A new link from u to v of time w changes travel by

    B(u, v, w) = sum over i, j of q_ij * max(0, d_ij - d_iu - w - d_vj)

where d are quickest times before it and q is demand between zones. Demand is fixed: B is time
saved by the trips made today, in demand times seconds. Only i with d_iu + w < d_iv and j with
d_vj + w < d_uj can gain, because d_ij <= d_iv + d_vj and d_ij <= d_iu + d_uj: looking at these
alone loses nothing.

Zones that no path joins have no time to save. What a link newly joins is told beside the
benefit, never added to it: see `LinkScan`.

>>> from onecity.network import Network
>>> from onecity.models.links import scan
>>> net = Network.from_arcs([0, 1, 1, 2], [1, 0, 2, 1], [60.0, 60.0, 60.0, 60.0])
>>> demand = [[0, 1, 5], [0, 0, 0], [0, 0, 0]]
>>> scan(net, [0, 1, 2], demand, tail=[0], head=[2], seconds=[100.0]).benefit
array([100.])
"""

from .choosing import Choice, PairScan, Together, choose, scan_pairs, together
from .demand import Gravity
from .scanning import LinkScan, scan

__all__ = [
    "Choice",
    "Gravity",
    "LinkScan",
    "PairScan",
    "Together",
    "choose",
    "scan",
    "scan_pairs",
    "together",
]
