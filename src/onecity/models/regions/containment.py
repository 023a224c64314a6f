"""How much of what flows stays: self-containment, cross-border share, and modularity."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from onecity.models.effects import Reals
from onecity.models.gravity import Modelled, without_borders

from .table import between, parts_of


@dataclass(frozen=True, slots=True)
class Containment:
    """How far each part is a world of its own.

    Attributes
    ----------
    parts
        Labels, ascending.
    inside, leaving, arriving : float64 (P,)
        Flows within the part, from it to anywhere, to it from anywhere.
    """

    parts: tuple[Any, ...]
    inside: Reals
    leaving: Reals
    arriving: Reals

    @property
    def supply(self) -> Reals:
        """Share of what leaves zones of the part that stays in it (P,); NaN where none does.

        Of commuters: the residents who work where they live.
        """
        return _share(self.inside, self.leaving)

    @property
    def demand(self) -> Reals:
        """Share of what arrives that comes from within (P,); NaN where nothing does.

        Of commuters: the jobs held by residents.
        """
        return _share(self.inside, self.arriving)

    @property
    def least(self) -> Reals:
        """The lower of both (P,)."""
        return np.fmin(self.supply, self.demand)


@dataclass(frozen=True, slots=True)
class CrossBorder:
    """Share of flows that cross borders, beside what it would be without them.

    Attributes
    ----------
    share, open_share
        Of flows as they are, and without the effect of borders.
    flows
        The latter, of each pair of zones that has a flow, in the order of the matrix.
    """

    share: float
    open_share: float
    flows: Modelled

    @property
    def ratio(self) -> float:
        """How much of what would cross does."""
        return self.share / self.open_share if self.open_share > 0 else float("nan")


def self_containment(flows: csr_array, part: ArrayLike) -> Containment:
    """Return how much of its flows each part keeps.

    Parameters
    ----------
    flows
        From `flow_matrix`, zones' own flows included where they are known.
    part
        Part of each zone, any labels, shape (Z,).
    """
    names, code = parts_of(part, flows.shape[0])
    sums = between(flows, code)
    return Containment(tuple(names), np.diag(sums).copy(), sums.sum(axis=1), sums.sum(axis=0))


def cross_border(flows: csr_array, part: ArrayLike, beta: float) -> CrossBorder:
    """Return the cross-border share and its value without borders.

    T_ij e^(-beta b_ij) within the same sums by origin and by destination, b_ij = 1 where i and j
    lie in different parts.

    Parameters
    ----------
    flows, part
        As in `self_containment`.
    beta
        Effect of the border on ln T, from `gravity.ppml` or assumed.
    """
    _, code = parts_of(part, flows.shape[0])
    pairs = flows.tocoo()
    crosses = code[pairs.row] != code[pairs.col]
    opened = without_borders(
        pairs.row.astype(np.int64), pairs.col.astype(np.int64), pairs.data, beta * crosses
    )
    total = float(pairs.data.sum())
    return CrossBorder(
        share=float(pairs.data[crosses].sum()) / total,
        open_share=float(opened.flow[crosses].sum()) / total,
        flows=opened,
    )


def modularity(
    flows: csr_array, part: ArrayLike, *, directed: bool = False, resolution: float = 1.0
) -> float:
    """Return how much more flows keep to parts than chance would have it.

    Undirected (Newman & Girvan 2004), on T + T': sum over parts of e_kk / m - (d_k / m)^2, with m
    all entries of T + T' and d_k those of rows in k. Directed (Leicht & Newman 2008), on T:
    e_kk / m - out_k in_k / m^2.

    Parameters
    ----------
    flows, part
        As in `self_containment`.
    directed
        Which.
    resolution
        Weight of what chance would have (Reichardt & Bornholdt 2006).
    """
    _, code = parts_of(part, flows.shape[0])
    sums = between(flows, code)
    sums = sums if directed else sums + sums.T
    total = sums.sum()
    chance = (sums.sum(axis=1) / total) @ (sums.sum(axis=0) / total)
    return float(np.trace(sums) / total - resolution * chance)


def _share(some: Reals, whole: Reals) -> Reals:
    return np.asarray(np.divide(some, whole, out=np.full(len(some), np.nan), where=whole > 0))
