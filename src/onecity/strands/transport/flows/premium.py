"""What lists say that do not tell a city border: premium of groups, provinces, odd pairs.

Every flow between two cities crosses a city border, so that effects of origins and destinations
take up whatever it does: no figure is given. What such flows do tell is whether cities of one group
(same-circle premium) exchange more than others as far apart and as strong, what a province border
holds back, and which pairs exchange less than their size and distance let one expect.
"""

from dataclasses import dataclass

import numpy as np

from onecity.core.words import Sentence
from onecity.models.gravity import PoissonFit
from onecity.region.store import Region
from onecity.strands.units import Reals

from .costs import Costs
from .lists import Flags, FlowList
from .pairs import LN_KM, Fitted, fitted, labels_between, pairs_of

GROUP, PROVINCE = "same group", "province"


@dataclass(frozen=True, slots=True)
class Premium:
    """What a list says that does not tell a city border.

    Attributes
    ----------
    group, group_interval
        Effect on ln T of both ends lying in one group; NaN where no such pair is told apart.
    province, province_interval
        Effect on ln T of a province border.
    expected
        Of each pair of the list, what gravity expects (M,); NaN where it took no part.
    remarks
        Why the city border is not known, and what must be known of the rest.
    """

    group: float
    group_interval: tuple[float, float]
    province: float
    province_interval: tuple[float, float]
    expected: Reals
    remarks: tuple[Sentence, ...]


def premium_of(region: Region, given: FlowList, costs: Costs) -> Premium:
    """Return what a list says besides city borders."""
    across = given.crosses[given.listed].any()
    why = [Sentence("flows.city_border_unknown" if across else "flow_findings.one_city")]
    nan = float("nan")
    expected = np.full(len(given.flow), nan)
    pairs = pairs_of(given, costs)
    far = costs.km[given.origin, given.destination]
    known = np.isfinite(far) & (far > 0)
    columns = _structure(region, given, known)
    if pairs.lost:
        values = {"count": pairs.lost, "flow": pairs.lost_flow, "unit": given.unit}
        why.append(Sentence("flow_findings.no_way", values))
    clusters = labels_between(pairs.origin, pairs.destination)
    found = fitted(pairs, columns, clusters)
    if isinstance(found, Sentence):
        why.append(Sentence("flow_findings.no_gravity", {"reason": found}))
        return Premium(nan, (nan, nan), nan, (nan, nan), expected, tuple(why))
    fit = found.fit
    if isinstance(fit, PoissonFit):
        expected[known] = fit.fitted
    else:
        positive = np.flatnonzero(known)[pairs.flow > 0]
        expected[positive] = np.exp(fit.mean_log)
        values = {"listed": fit.listed, "pairs": fit.pairs}
        why.append(Sentence("flow_findings.censored", values))
    if GROUP not in columns:
        why.append(Sentence("flow_findings.no_groups"))
    if PROVINCE not in columns:
        why.append(Sentence("flow_findings.one_province"))
    group, group_interval = _effect(found, GROUP)
    province, province_interval = _effect(found, PROVINCE)
    if LN_KM in found.left_out:
        why.append(Sentence("flow_findings.without_distance"))
    return Premium(group, group_interval, province, province_interval, expected, tuple(why))


def _effect(found: Fitted, name: str) -> tuple[float, tuple[float, float]]:
    nan = float("nan")
    if name not in found.fit.names:
        return nan, (nan, nan)
    return found.beta(name), found.interval(name)


def _structure(region: Region, given: FlowList, known: Flags) -> dict[str, Reals]:
    """Return groups and provinces as regressors of the known pairs, where pairs differ in them."""
    o, d = given.origin[known], given.destination[known]
    apart = given.city[o] != given.city[d]
    cities = [str(code) for code in region.table("cities")["city"]]
    province = np.array([code[:2] for code in cities])[given.city]
    columns = {PROVINCE: province[o] != province[d]}
    if region.has("groups"):
        table, counties = region.table("groups"), region.table("counties")
        together = np.zeros((len(cities),) * 2, np.bool_)
        city_of = counties.set_index("county")["city"]
        for _, rows in table.groupby("group"):
            members = set(rows["county"])
            # A city belongs to a group if all of its counties do.
            whole = [
                row
                for row, city in enumerate(cities)
                if set(city_of.index[city_of == city]) <= members
            ]
            together[np.ix_(whole, whole)] = True
        columns[GROUP] = together[given.city[o], given.city[d]] & apart
    told = {name: column.astype(np.float64) for name, column in columns.items()}
    return {name: column for name, column in told.items() if np.ptp(column) > 0}
