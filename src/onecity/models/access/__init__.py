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
from .location import capacitated, maximal_cover, p_median
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
from .same_place import same_place
from .sites import Sites, Siting, allowed, need, sites_of

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
    "Sites",
    "Siting",
    "Stage",
    "Steps",
    "Table",
    "access_to",
    "allowed",
    "border_gains",
    "capacitated",
    "decay_weights",
    "group_gains",
    "inequality",
    "kept",
    "maximal_cover",
    "need",
    "one_sided",
    "opened",
    "opening",
    "p_median",
    "permeability",
    "places_of",
    "reach_of",
    "same_place",
    "sites_of",
    "threshold",
    "worst_off",
]
