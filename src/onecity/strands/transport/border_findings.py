"""From an estimated border effect to what every strand tells of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from onecity.core.words import Sentence
from onecity.strands.contract import BorderFinding, Chance, Indicator, Verdict


@dataclass(frozen=True, slots=True)
class Estimated:
    """One border effect, of travel times or of flows.

    Attributes
    ----------
    cities
        Rows of the cities: none for all borders, one for a city, two (ascending) for a border.
    beta, theta, interval
        Of the main estimate, 95 %; theta is NaN where distance could not be told from the border.
    variants
        `beta` in every way of looking that has it, the main one first.
    chance
        Effects of made-up borders; None where none could be made.
    pairs
        Pairs that cross.
    """

    cities: tuple[int, ...]
    beta: float
    theta: float
    interval: tuple[float, float]
    variants: tuple[float, ...]
    chance: Chance | None
    pairs: int


def finding_of(
    one: Estimated,
    cities: Sequence[str],
    indicators: tuple[Indicator, Indicator],
    verdict: Verdict,
    worse: int,
    remarks: tuple[Sentence, ...],
) -> BorderFinding:
    """Return an estimate as a finding.

    Parameters
    ----------
    cities
        Codes in the order of the table of cities, which need not be that of codes.
    indicators
        What the effect is at units, and between two cities.
    """
    at_units, between = indicators
    return BorderFinding(
        codes=tuple(sorted(cities[row] for row in one.cities)),
        indicator=between if len(one.cities) == 2 else at_units,
        beta=one.beta,
        theta=one.theta,
        interval=one.interval,
        variants=(min(one.variants), max(one.variants)),
        variant_count=len(one.variants),
        chance=one.chance,
        verdict=verdict,
        pairs=one.pairs,
        worse=worse,
        remarks=remarks,
    )
