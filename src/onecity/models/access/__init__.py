"""Access to services, with and without borders.

`reach_of` takes pairs of zone and facility with their minutes, `places_of` the city of each. A
`Service` has capacity, a decay, a method of the floating catchment family and pi, how far each
city's people may use what another has; `access_to` gives access by zone and crowding by facility.

>>> reach = reach_of([0, 0, 1], [0, 1, 1], [5, 18, 4], zones=2, facilities=2)
>>> places = places_of([0, 1], [0, 1], 2)
>>> open_all = Service("health", [100, 60], permeability(2, 1.0))
>>> (found,) = access_to(reach, places, [1000, 1500], [open_all])
>>> print(found.access.round(6), found.unreached_zones)
[0.118716 0.027523] []
"""

from .borders import Places, one_sided, opened, permeability, places_of
from .decay import (
    Decay,
    Exponential,
    Gaussian,
    Linear,
    Power,
    Steps,
    Table,
    decay_weights,
    threshold,
)
from .inequality import Inequality, inequality, worst_off
from .measure import CHOICE, Access, Dropped, Method, Service, access_to
from .opening import (
    BorderGain,
    GroupGain,
    Opening,
    Stage,
    border_gains,
    group_gains,
    opening,
)
from .reach import Reach, kept, reach_of

__all__ = [
    "CHOICE",
    "Access",
    "BorderGain",
    "Decay",
    "Dropped",
    "Exponential",
    "Gaussian",
    "GroupGain",
    "Inequality",
    "Linear",
    "Method",
    "Opening",
    "Places",
    "Power",
    "Reach",
    "Service",
    "Stage",
    "Steps",
    "Table",
    "access_to",
    "border_gains",
    "decay_weights",
    "group_gains",
    "inequality",
    "kept",
    "one_sided",
    "opened",
    "opening",
    "permeability",
    "places_of",
    "reach_of",
    "threshold",
    "worst_off",
]
