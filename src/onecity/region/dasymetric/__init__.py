"""People per zone, modelled from census totals of larger units (dasymetric mapping).

A zone's weight is its area times a power of what lies around it::

    weight = area * (1 + x_1 / scale_1) ** power_1 * (1 + x_2 / scale_2) ** power_2 * ...

where each x is a density of points (junctions of trunk roads, named places) smoothed around the
middle of the zone. Where nothing is known, every x is zero and the weight is the area. Each
census unit splits its people among its zones in proportion to their weights, so that the totals
of the census are kept whatever the weights are (Wright 1936, doi:10.2307/209467; weights by
regression on ancillary data as in Stevens et al. 2015, doi:10.1371/journal.pone.0107042).

Arrays in, frozen results out: nothing here knows of tables or files.
"""

from .scoring import Agreement, Fit, agreement, fit_powers
from .splitting import Disaggregation, Membership, disaggregate, membership
from .weighing import TERMS, Points, Term, features, junctions, model_hash, point_density, weights

__all__ = [
    "TERMS",
    "Agreement",
    "Disaggregation",
    "Fit",
    "Membership",
    "Points",
    "Term",
    "agreement",
    "disaggregate",
    "features",
    "fit_powers",
    "junctions",
    "membership",
    "model_hash",
    "point_density",
    "weights",
]
