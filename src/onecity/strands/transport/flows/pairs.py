"""One regression of a list: its pairs, what lies between them, and how sure the answer is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onecity.core.errors import InputError, RangeError
from onecity.core.words import Language, Sentence, say
from onecity.models.gravity import (
    CensoredFit,
    FlowPairs,
    PoissonFit,
    censored,
    flow_pairs,
    ppml,
)
from onecity.models.gravity.ppml import top_of
from onecity.strands.transport.border_estimates import INSEPARABLE
from onecity.strands.units import Reals, Rows

from .costs import Costs
from .lists import Flags, FlowList

LN_KM, LN_MINUTES, MINUTES = "ln km", "ln minutes", "minutes"
RIVER, RELIEF, BORDER = "river", "relief", "border"
_NAMED = {
    LN_KM: "flow_findings.named_km",
    LN_MINUTES: "flow_findings.named_minutes",
    MINUTES: "flow_findings.named_minutes",
    RIVER: "flow_findings.named_river",
    RELIEF: "flow_findings.named_relief",
    BORDER: "flow_findings.named_border",
}
"""What regressors are called to a reader."""

Fit = PoissonFit | CensoredFit


@dataclass(frozen=True, slots=True)
class ListPairs:
    """The pairs of a list that have a cost.

    Attributes
    ----------
    origin, destination, flow, listed, crosses
        As in `FlowList`, of the pairs that take part (M,).
    cost
        Which: `LN_KM`, `LN_MINUTES` or `MINUTES`.
    columns
        The cost, and river and relief where known (M,) each.
    lost, lost_flow
        Pairs left out because they have no cost, and how much flows on them.
    """

    origin: Rows
    destination: Rows
    flow: Reals
    listed: Flags
    crosses: Flags
    cost: str
    columns: Mapping[str, Reals]
    lost: int
    lost_flow: float

    def chosen(self, kept: Flags) -> "ListPairs":
        """Return some of the pairs."""
        return ListPairs(
            origin=self.origin[kept],
            destination=self.destination[kept],
            flow=self.flow[kept],
            listed=self.listed[kept],
            crosses=self.crosses[kept],
            cost=self.cost,
            columns={name: column[kept] for name, column in self.columns.items()},
            lost=self.lost,
            lost_flow=self.lost_flow,
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A regression, and what it was done with.

    Attributes
    ----------
    fit
        Its coefficients.
    pairs
        What it was fitted to; None for a list that is cut off.
    left_out
        Regressors that could not be told from borders and effects.
    """

    fit: Fit
    pairs: FlowPairs | None
    left_out: tuple[str, ...]

    def beta(self, name: str) -> float:
        """Return a coefficient; NaN where it is not there."""
        names = self.fit.names
        return float(self.fit.coefficients[names.index(name)]) if name in names else float("nan")

    def interval(self, name: str) -> tuple[float, float]:
        """Return the 95 % interval of a coefficient, by cluster."""
        line = self.fit.table()[self.fit.names.index(name)]
        return line.low, line.high

    def quasi_error(self, name: str) -> float:
        """Return the standard error if flows vary as a multiple of what is modelled.

        The multiple is Pearson's (McCullagh & Nelder 1989); NaN for a list that is cut off.
        """
        fit, pairs = self.fit, self.pairs
        if pairs is None or not isinstance(fit, PoissonFit) or fit.freedom < 1:
            return float("nan")
        flow, mean = pairs.flow, fit.fitted[pairs.design.rows]
        multiple = float(((flow - mean) ** 2 / mean).sum()) / fit.freedom
        return float(fit.standard_errors("classical")[fit.names.index(name)] * np.sqrt(multiple))


def pairs_of(given: FlowList, costs: Costs, cost: str = LN_KM) -> ListPairs:
    """Return the pairs of a list at one measure of cost."""
    o, d = given.origin, given.destination
    way = costs.km if cost == LN_KM else costs.minutes
    far = way[o, d]
    known = np.isfinite(far) & (far > 0)
    far = far[known]
    columns = {cost: far if cost == MINUTES else np.log(far)}
    if costs.relief is not None:
        relief = costs.relief[o, d][known]
        columns[RELIEF] = np.where(np.isfinite(relief), relief, 0.0)
    columns[RIVER] = costs.river[o, d][known]
    lost = ~known & given.listed
    return ListPairs(
        origin=o[known],
        destination=d[known],
        flow=given.flow[known],
        listed=given.listed[known],
        crosses=given.crosses[known],
        cost=cost,
        columns=columns,
        lost=int(lost.sum()),
        lost_flow=float(given.flow[lost].sum()),
    )


def fitted(
    pairs: ListPairs, borders: Mapping[str, Reals], clusters: ArrayLike
) -> Fitted | Sentence:
    """Fit a list, or say why it cannot be fitted.

    The river, relief and at last the cost are left out if borders or effects cannot be told from
    them: with two places distance and border are one.

    Parameters
    ----------
    borders
        Name to values (M,).
    clusters
        A label of each pair (M,).
    """
    further = {
        name: column
        for name, column in pairs.columns.items()
        if name == pairs.cost or np.ptp(column) > 0
    }
    attempts = ((), (RIVER,), (RIVER, RELIEF), (RIVER, RELIEF, pairs.cost))
    reason = Sentence("gravity.no_flow", {"pairs": len(pairs.flow)})
    tried: set[tuple[str, ...]] = set()
    for attempt in attempts:
        left_out = tuple(name for name in attempt if name in further)
        if left_out in tried:
            continue
        tried.add(left_out)
        columns = {name: x for name, x in further.items() if name not in left_out} | dict(borders)
        try:
            fit, whole = _one(pairs, columns, clusters)
        except (InputError, RangeError) as error:
            reason = _reason(error)
            if error.key not in INSEPARABLE:
                break
        else:
            return Fitted(fit, whole, left_out)
    return reason


def _reason(error: InputError | RangeError) -> Sentence:
    """Return why a list cannot be fitted, regressors named as a reader knows them."""
    values: dict[str, object] = {}
    for name, value in error.values.items():
        names = value.split(", ") if isinstance(value, str) else []
        known = names and set(names) <= set(_NAMED)
        values[name] = _in_words(names) if known else value
    return Sentence(error.key, values)


def _in_words(names: Sequence[str]) -> dict[Language, str]:
    joined: dict[Language, str] = {"zh": "、", "en": ", "}
    return {
        language: mark.join(dict.fromkeys(say(_NAMED[name], language) for name in names))
        for language, mark in joined.items()
    }


def _one(
    pairs: ListPairs, columns: Mapping[str, Reals], clusters: ArrayLike
) -> tuple[Fit, FlowPairs | None]:
    if pairs.listed.all():
        whole = flow_pairs(pairs.origin, pairs.destination, pairs.flow, columns)
        return ppml(whole, clusters=clusters), whole
    # The likelihood is of logarithms: where a cut-off list tells of none, nothing is known.
    some = pairs.flow > 0
    cut = pairs.chosen(some)
    columns = {name: column[some] for name, column in columns.items()}
    labels = np.asarray(clusters)[some]
    fit = censored(cut.origin, cut.destination, cut.flow, cut.listed, columns, clusters=labels)
    return fit, None


def effect_alone(pairs: ListPairs, columns: Mapping[str, Reals], border: Reals) -> float:
    """Return the coefficient of one border beside given columns; NaN where there is none."""
    try:
        if not pairs.listed.all():
            some = pairs.flow > 0
            fit = censored(
                pairs.origin[some],
                pairs.destination[some],
                pairs.flow[some],
                pairs.listed[some],
                {name: column[some] for name, column in ({**columns, BORDER: border}).items()},
            )
            return Fitted(fit, None, ()).beta(BORDER)
        whole = flow_pairs(pairs.origin, pairs.destination, pairs.flow, {**columns, BORDER: border})
        if BORDER not in whole.names:
            return float("nan")
        place = whole.names.index(BORDER)
        return float(top_of(whole).coefficients[place] / whole.centred.scale[place])
    except (InputError, RangeError):
        return float("nan")


def labels_between(left: NDArray[np.integer], right: NDArray[np.integer]) -> Rows:
    """Return one number for each two labels, whichever comes first."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    return np.asarray(low * (int(max(left.max(), right.max())) + 1) + high, np.int64)
