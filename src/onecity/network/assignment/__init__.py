"""Traffic on roads: who drives where once everybody's drive slows down everybody else's.

Two parallel roads (Pigou): one takes an hour whatever happens, the other its flow.

>>> from onecity.network.assignment import Demand, Roads, bpr, user_equilibrium
>>> laws = bpr([1.0, 0.5], [1.0, 0.5], factor=[0.0, 1.0], power=1.0)
>>> roads = Roads.from_arcs([0, 0], [1, 1], laws)
>>> found = user_equilibrium(roads, Demand([0], [1], [1.0]))
>>> found.flow
array([0.5, 0.5])
"""

from .delays import Delays, bpr, conical
from .demand import Demand, generalised_cost
from .readings import Selection, cheapest, select_link, select_zone, skim
from .results import Assignment
from .roads import Roads
from .solve import all_or_nothing, system_optimum, user_equilibrium

__all__ = [
    "Assignment",
    "Delays",
    "Demand",
    "Roads",
    "Selection",
    "all_or_nothing",
    "bpr",
    "cheapest",
    "conical",
    "generalised_cost",
    "select_link",
    "select_zone",
    "skim",
    "system_optimum",
    "user_equilibrium",
]
