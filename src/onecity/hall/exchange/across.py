"""The border effect of items: what a case across a border costs more than one at home.

For each item that has cases of both kinds in its last year, days, visits, documents and refusals
of a case across are set beside those at home; items are put together by how many cases cross, so
that the mix of items is the same on both sides (direct standardisation). How firm that is, is told
by leaving out one item after another (jackknife; Efron & Stein 1981).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, isfinite, log, nan, sqrt

from onecity.core.words import Language, say
from onecity.hall.catalogue import Caseload, Catalogue, Item

Z95 = 1.959963984540054
"""The normal quantile of a 95 % interval."""


class Burden(StrEnum):
    """What a case costs."""

    DAYS = "days"
    VISITS = "visits"
    DOCUMENTS = "documents"
    REFUSED = "refused"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall_findings.burden_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Across:
    """Means of a case at home and across, of one item or of all.

    Attributes
    ----------
    burden
        What is compared; refusals as a share of cases.
    item
        Implementation code; empty for all together.
    home, across
        Means of a case.
    cases
        Cases across that stand behind it.
    items
        Items that stand behind it.
    interval
        95 % interval of `ratio`; NaN for one item, or where fewer than three are compared.
    """

    burden: Burden
    item: str
    home: float
    across: float
    cases: float
    items: int
    interval: tuple[float, float] = (nan, nan)

    @property
    def ratio(self) -> float:
        """How many times as much a case across costs; NaN where one at home costs nothing."""
        return self.across / self.home if self.home > 0 else nan

    @property
    def more(self) -> float:
        """How much more a case across costs."""
        return self.across - self.home


def across_borders(catalogue: Catalogue) -> tuple[Across, ...]:
    """Return the border effect for each burden: first of all items together, then item by item.

    A case is at home where its applicant lives in the item's city. Cases whose burden was not
    counted stand for none. Empty where no item has cases of both kinds.
    """
    loads: dict[str, list[Caseload]] = defaultdict(list)
    for load in catalogue.caseloads:
        loads[load.item].append(load)
    found: list[Across] = []
    for burden in Burden:
        items = [
            one
            for item in catalogue.item.values()
            if (one := _of_item(item, loads[item.code], burden)) is not None
        ]
        if items:
            found += [_together(items, burden), *sorted(items, key=lambda one: -one.cases)]
    return tuple(found)


def _of_item(item: Item, own: Sequence[Caseload], burden: Burden) -> Across | None:
    if not item.city:
        return None  # one of the province knows no border between cities
    last = max((one.year for one in own), default=0)
    mine = [(one, _amount(one, burden)) for one in own if one.year == last]
    known = [(one, amount) for one, amount in mine if isfinite(amount) and one.cases > 0]
    home = [(one.cases, amount) for one, amount in known if one.from_city == item.city]
    away = [(one.cases, amount) for one, amount in known if one.from_city != item.city]
    if not home or not away:
        return None
    return Across(burden, item.code, _mean(home), _mean(away), sum(n for n, _ in away), 1)


def _amount(load: Caseload, burden: Burden) -> float:
    """Return the mean of a case, NaN where it was not counted."""
    told: Mapping[Burden, float | None] = {
        Burden.DAYS: load.days,
        Burden.VISITS: load.visits,
        Burden.DOCUMENTS: load.documents,
        Burden.REFUSED: None if load.refused is None else load.refused / max(load.cases, 1e-300),
    }
    amount = told[burden]
    return nan if amount is None else float(amount)


def _mean(weighted: Iterable[tuple[float, float]]) -> float:
    several = list(weighted)
    return sum(n * amount for n, amount in several) / sum(n for n, _ in several)


def _together(items: list[Across], burden: Burden) -> Across:
    home = _mean((one.cases, one.home) for one in items)
    away = _mean((one.cases, one.across) for one in items)
    whole = Across(burden, "", home, away, sum(one.cases for one in items), len(items))
    if len(items) < 3 or not (home > 0 and away > 0):
        return whole
    logs = []
    for left_out in range(len(items)):
        rest = [one for place, one in enumerate(items) if place != left_out]
        at_home = _mean((one.cases, one.home) for one in rest)
        beyond = _mean((one.cases, one.across) for one in rest)
        if at_home <= 0 or beyond <= 0:
            return whole
        logs.append(log(beyond / at_home))
    middle, count = sum(logs) / len(logs), len(logs)
    error = sqrt((count - 1) / count * sum((one - middle) ** 2 for one in logs))
    low, high = (whole.ratio * exp(side * Z95 * error) for side in (-1, 1))
    return Across(burden, "", home, away, whole.cases, whole.items, (low, high))
