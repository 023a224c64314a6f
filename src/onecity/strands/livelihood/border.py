r"""What borders cost on the way to care, as findings that the integration index can take.

For person i let t_i be the minutes to the nearest facility that i may use today, and t*_i the same
with the border open. The effect is

    beta = mean over services of  sum_i P_i ln(t_i / t*_i) / sum_i P_i,

so that e^beta is the factor, in the geometric mean over all people, by which closed borders make
the way longer. A logarithm, because the index takes effects on the logarithm of what a strand looks
at; all people, not only those near a border, because "one city" is a statement on everybody: where
few live near a border the effect is small, and rightly so. That also means that it cannot be held
against a regression on trips that do cross. beta is never below zero (opening lengthens no way).

Minutes below `Assumed.least` count as that many, lest a factor of two between one minute and half
of one weigh as much as one between an hour and half; those above `Assumed.unserved`, and people
without any facility, count as that many.

Variants change what is assumed: the least and the most minutes to both ends of their range, and
pairs of cities that nothing is said of from closed to open. No effect is ever *clear*: at best it
depends on assumptions.

The interval is that of 500 draws of counties with replacement (zones, where a scope has fewer than
three counties): people of one county share their facilities and are no independent witnesses. There
are no chance borders: moving a border would move the rule of who may use what with it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from onecity.core.words import Sentence
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderFinding, Indicator, Level, Matrix, Verdict
from onecity.strands.units import Reals, Rows

from .figures import LESS, Served
from .ground import Ground, usable

DRAWS = 500
_SEED = 20091
_FEWEST = 3
WORSE = 1

Setting = tuple[float, float]
"""Minutes of the least and of the most."""


def findings_of(
    ground: Ground, several: Sequence[Served], whole: Indicator, between: Indicator
) -> tuple[BorderFinding, ...]:
    """Return the border effect of the region, of each city, and between cities that meet.

    None where there is no service, one city only, or nobody.
    """
    count = len(ground.cities)
    if not several or count < 2 or not ground.people.any():
        return ()
    scopes: list[tuple[int, ...]] = [(), *((row,) for row in range(count)), *_meeting(ground)]
    found = [
        _finding(ground, several, scope, between if len(scope) == 2 else whole) for scope in scopes
    ]
    return tuple(one for one in found if one is not None)


def matrix_of(ground: Ground, findings: Sequence[BorderFinding], between: Indicator) -> Matrix:
    """Return the effects between cities as a matrix; NaN where two do not meet."""
    values = pd.DataFrame(
        np.nan, index=ground.cities, columns=pd.Index(list(ground.cities)), dtype=float
    )
    for one in findings:
        if len(one.codes) == 2:
            values.loc[one.codes[0], one.codes[1]] = one.percent
            values.loc[one.codes[1], one.codes[0]] = one.percent
    return Matrix(between, Level.CITY, values)


def columns_of(ground: Ground, findings: Sequence[BorderFinding]) -> dict[Level, Reals]:
    """Return the effect in percent of cities and region."""
    by_codes = {one.codes: one.percent for one in findings}
    return {
        Level.CITY: np.array([by_codes.get((city,), np.nan) for city in ground.cities]),
        Level.REGION: np.array([by_codes.get((), np.nan)]),
    }


def _meeting(ground: Ground) -> list[tuple[int, int]]:
    """Return rows of cities that share a border, ascending by code."""
    lines = border_lines(ground.region)
    row = {code: number for number, code in enumerate(ground.cities)}
    return [(row[a], row[b]) for a, b in zip(lines["city_a"], lines["city_b"], strict=True)]


def opened_in(pi: Reals, scope: tuple[int, ...]) -> Reals:
    """Return pi with all borders open, one city's, or that between two."""
    if not scope:
        return np.ones_like(pi)
    after = pi.copy()
    if len(scope) == 1:
        after[scope[0], :] = after[:, scope[0]] = 1.0
    else:
        after[scope[0], scope[1]] = after[scope[1], scope[0]] = 1.0
    return after


def _finding(
    ground: Ground, several: Sequence[Served], scope: tuple[int, ...], indicator: Indicator
) -> BorderFinding | None:
    """Return one effect; None where nobody lives in its cities."""
    inside = np.isin(ground.city, scope) if scope else np.ones(len(ground.city), bool)
    people = np.where(inside, ground.people, 0.0)
    if not people.any():
        return None
    assumed, choice = ground.assumed, ground.assumed.choice
    main: Setting = (assumed.least, assumed.unserved)
    settings = [
        main,
        *((end, assumed.unserved) for end in assumed.span("service_least")),
        *((assumed.least, end) for end in assumed.span("service_unserved")),
    ]
    longer = np.zeros((len(settings) + 1, len(people)))
    pairs = 0
    for one in several:
        provision, found = one.provision, one.provision.recognition
        after = usable(provision.quickest, opened_in(found.pi, scope), ground.city, choice)
        for row, setting in enumerate(settings):
            longer[row] += _longer(one.minutes, after, setting) / len(several)
        # The last: cities that the table is silent about are open to one another.
        spoken = np.where(found.known, found.pi, 1.0)
        before = usable(provision.quickest, spoken, ground.city, choice)
        after_spoken = usable(provision.quickest, opened_in(spoken, scope), ground.city, choice)
        longer[-1] += _longer(before, after_spoken, main) / len(several)
        pairs += int((inside & (ground.people > 0) & (one.minutes > after + LESS)).sum())
    betas = longer @ people / people.sum()
    beta = float(betas[0])
    low, high = _interval(longer[0], people, _clusters(ground, people))
    interval = min(low, beta), max(high, beta)
    return BorderFinding(
        codes=tuple(sorted(str(ground.cities[row]) for row in scope)),
        indicator=indicator,
        beta=beta,
        theta=0.0,
        interval=interval,
        variants=(float(betas.min()), float(betas.max())),
        variant_count=len(betas),
        chance=None,
        verdict=Verdict.UNSURE if interval[0] > 0 else Verdict.NONE,
        pairs=pairs,
        worse=WORSE,
        remarks=(Sentence("livelihood.border_no_chance"),) if not scope else (),
    )


def _longer(before: Reals, after: Reals, setting: Setting) -> Reals:
    """Return ln(t / t*) of every zone, never below zero."""
    least, most = setting[0], max(setting)
    ends = [np.clip(minutes, least, most) for minutes in (before, after)]
    return np.asarray(np.maximum(np.log(ends[0] / ends[1]), 0.0), np.float64)


def _clusters(ground: Ground, people: Reals) -> Rows:
    """Return the cluster of each zone: its county, or itself where counties are too few."""
    if len(np.unique(ground.county[people > 0])) < _FEWEST:
        return np.arange(len(people), dtype=np.int64)
    return ground.county


def _interval(longer: Reals, people: Reals, cluster: Rows) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of the mean over draws of clusters."""
    _, place = np.unique(cluster[people > 0], return_inverse=True)
    above = np.bincount(place, (people * longer)[people > 0])
    below = np.bincount(place, people[people > 0])
    draws = np.random.default_rng(_SEED).multinomial(
        len(below), np.full(len(below), 1 / len(below)), size=DRAWS
    )
    low, high = np.percentile((draws @ above) / (draws @ below), [2.5, 97.5])
    return float(low), float(high)


def with_remarks(indicator: Indicator, remarks: tuple[Sentence, ...]) -> Indicator:
    """Return an indicator with remarks after its own."""
    return replace(indicator, remarks=(*indicator.remarks, *remarks))
