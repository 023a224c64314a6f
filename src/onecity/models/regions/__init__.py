"""Regions that flows draw: how closed parts are, and where labour markets end.

Flows are observed, or modelled by `gravity` and then labelled so by the caller: nothing here can
tell. `flow_matrix` checks them and adds up what repeats.

>>> flows = flow_matrix([0, 0, 1, 1, 2], [0, 1, 0, 1, 2], [6, 2, 1, 9, 4])
>>> self_containment(flows, ["A", "A", "B"]).supply
array([1., 1.])
>>> self_containment(flows, ["A", "B", "B"]).supply.round(3)
array([0.75 , 0.929])
"""

from .containment import Containment, CrossBorder, cross_border, modularity, self_containment
from .leiden import Communities, communities
from .table import flow_matrix
from .urban_areas import FILLED, OUTSIDE, UrbanAreas, functional_urban_areas
from .work_areas import Rule, WorkAreas, travel_to_work_areas

__all__ = [
    "FILLED",
    "OUTSIDE",
    "Communities",
    "Containment",
    "CrossBorder",
    "Rule",
    "UrbanAreas",
    "WorkAreas",
    "communities",
    "cross_border",
    "flow_matrix",
    "functional_urban_areas",
    "modularity",
    "self_containment",
    "travel_to_work_areas",
]
