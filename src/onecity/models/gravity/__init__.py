"""Gravity: what flows between places depend on, and what borders do to them.

    E T_ij = exp(x_ij'b + a_i + g_j)

by Poisson pseudo-maximum likelihood with an effect of every origin and every destination
(Santos Silva & Tenreyro 2006; McCallum 1995; Anderson & van Wincoop 2003).

`flow_pairs` checks flows and sets aside what cannot be estimated (`separation`); `ppml` fits them
(`newton`) and says how sure the answer is (`variance`); `wild_bootstrap` does so for few
clusters. `border_columns` and `border_figures` turn borders into regressors, and coefficients into
permeability, distance and minutes. `censored` fits lists of which only the top is known.
`balanced`, `without_borders` and `simulated` give modelled
flows within given totals.

>>> fit = ppml(flow_pairs([0, 0, 1, 1], [0, 1, 0, 1], [120, 8, 10, 60], {"border": [0, 1, 1, 0]}))
>>> print(f"{fit.coefficients[0]:.6f}")
-2.249905
"""

from .borders import Borders, FlowBorder, border_columns, border_figures
from .censored import CensoredFit, censored
from .pairs import FlowPairs, flow_pairs
from .ppml import Dropped, Line, PoissonFit, ppml
from .prediction import Modelled, balanced, cross_border_share, simulated, without_borders
from .variance import Clusters
from .wild import Wild, wild_bootstrap

__all__ = [
    "Borders",
    "CensoredFit",
    "Clusters",
    "Dropped",
    "FlowBorder",
    "FlowPairs",
    "Line",
    "Modelled",
    "PoissonFit",
    "Wild",
    "balanced",
    "border_columns",
    "border_figures",
    "censored",
    "cross_border_share",
    "flow_pairs",
    "ppml",
    "simulated",
    "wild_bootstrap",
    "without_borders",
]
