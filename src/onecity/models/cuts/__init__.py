"""What holds a network together: single edges, smallest cuts, closures, borders, couplings.

* `bridges`: edges and nodes without which a network falls apart, and what lies behind them.
* `smallest_cut`: how little has to be closed to part two groups of nodes.
* `closing`: what trips lose when edges close, by routing them anew.
* `crossings`: how many edges of any network cross borders, beside borders that are none.
* `coupling`: what one network loses when an edge of another is lost.

>>> from onecity.models.cuts import bridges_of, two_sides
>>> path = bridges_of([0, 1], [1, 2], nodes=3)
>>> path.edge
array([ True,  True])
>>> two_sides(path, [5.0, 1.0, 2.0]).smaller
array([3., 2.])
"""

from .bridges import Bridges, Sides, bridges_of, two_sides
from .closing import Closing, Loads, Losses, losses_of, quickest_loads
from .coupling import Coupling, Layer, coupling_of
from .crossings import Crossings, crossings_of
from .smallest_cut import Cut, FlowNetwork

__all__ = [
    "Bridges",
    "Closing",
    "Coupling",
    "Crossings",
    "Cut",
    "FlowNetwork",
    "Layer",
    "Loads",
    "Losses",
    "Sides",
    "bridges_of",
    "coupling_of",
    "crossings_of",
    "losses_of",
    "quickest_loads",
    "two_sides",
]
