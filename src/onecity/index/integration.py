r"""The integration index (同城指数): how far a group of cities is from working as one.

Each strand says what a city border costs in it: its border effect. Turned so that worse is
negative and expressed as permeability :math:`p_k = \min(1, e^{-s_k \beta_k})` in (0, 1], where
:math:`s_k` is 1 for times and costs and -1 for flows, all strands are on one scale, and

.. math:: I = \prod_k p_k^{w_k}, \qquad \sum_k w_k = 1

over the strands that have data. 1 is one city. A weighted geometric mean (OECD & JRC 2008,
*Handbook on Constructing Composite Indicators*, section 6.2): no unit has to be chosen, and a
border that is nearly shut in one strand is only in part made good by open ones in others, where an
arithmetic mean would let it be bought off in full. On the logarithm it is a plain mean, so that
each strand's share of what is lacking adds up.

**Interval.** Each part has two ranges: the 95 % interval of its regression, clustered, and that of
its variants, by which what is assumed is changed. They speak of different doubts and neither
holds the other, so that a part's interval is from the lowest to the highest end of both. The index
grows with each of its parts, so its interval is from the index of all lowest ends to that of all
highest: the worst case, in which all parts err together. It asks for no independence between
strands, which share roads and people; it is wider than a 95 % interval would be if they were
independent. Both ranges are kept apart as well. Chance borders are no part of it: whether a part
can be told from chance is its verdict, and is shown beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, isnan

from onecity.core.errors import InputError
from onecity.core.provenance import Grade, Nature, worst_grade, worst_nature
from onecity.core.words import Sentence
from onecity.region.store import Region
from onecity.strands import ORDER, strands
from onecity.strands.contract import BorderFinding, Findings, Indicator, Level, Verdict
from onecity.strands.examination import Examination, Topic, topics_of

Interval = tuple[float, float]

_FLOWS = "flows"
_TOPICS = (_FLOWS, "hubs")
"""Topics that the index and its scorecards read, whose strand ever they are."""
_COMPANIONS = ("modularity_ratio", "cross_kept")
"""Names of figures on flows that stand beside the index where a topic gives them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one strand adds to the index.

    Attributes
    ----------
    strand
        Its key.
    finding
        The border effect it rests on, of the whole region, with verdict and chance borders.
    weight
        Its share of all weights, 0 to 1.
    permeability
        In (0, 1], 1 where crossing is no worse.
    uncapped
        The same without the cap: above 1 where crossing is better than not.
    clustered, variants
        Its range by clustered errors, and over variants; NaN where there is none.
    interval
        From the lowest to the highest end of both.
    lacking
        Its share, 0 to 1, of what the index lacks on the logarithm; 0 where nothing lacks.
    without
        The index if this strand's border were gone.
    beside
        Other effects of the same strand on the whole region, which the index leaves out.
    """

    strand: str
    finding: BorderFinding
    weight: float
    permeability: float
    uncapped: float
    clustered: Interval
    variants: Interval
    interval: Interval
    lacking: float
    without: float
    beside: tuple[BorderFinding, ...] = ()

    @property
    def capped(self) -> bool:
        """Whether crossing is no worse than not, so that the permeability is held at 1."""
        return self.uncapped > 1


@dataclass(frozen=True, slots=True)
class Missing:
    """A strand that is not in the index, and why."""

    strand: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Companion:
    """A figure of flows that says the same in another way."""

    indicator: Indicator
    value: float


@dataclass(frozen=True, slots=True)
class Integration:
    """The index with its parts, never one number alone.

    Attributes
    ----------
    region_hash
        State of the region it speaks of.
    value, interval
        The index in (0, 1] and its range, see the module; NaN where no strand has data.
    clustered, variants
        The index of the lowest and highest ends of either range alone.
    parts, missing
        Strands that are in it, in the order of `onecity.strands.ORDER`, and those that are not.
    companions
        Modularity of the cities over that of the best partition; the share of flows that cross
        borders over that without borders; where flows were observed.
    """

    region_hash: str
    value: float
    interval: Interval
    clustered: Interval
    variants: Interval
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    companions: tuple[Companion, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether what it says stands out: clear or none only where every part with weight is."""
        found = {one.finding.verdict for one in self.parts if one.weight > 0}
        return found.pop() if len(found) == 1 else Verdict.UNSURE if found else Verdict.NONE

    @property
    def nature(self) -> Nature:
        """The furthest from the world of its parts; there must be one."""
        return worst_nature(one.finding.indicator.nature for one in self.parts)

    @property
    def grade(self) -> Grade:
        """The weakest of its parts; there must be one."""
        return worst_grade(one.finding.indicator.grade for one in self.parts)

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of all its parts, each once."""
        several = (key for one in self.parts for key in one.finding.indicator.sources)
        return tuple(dict.fromkeys(several))


def integration_index(
    region: Region,
    findings: Mapping[str, Findings],
    examinations: Sequence[Examination] = (),
    weights: Mapping[str, float] | None = None,
) -> Integration:
    """Return the integration index of a region.

    Parameters
    ----------
    region
        The region that was measured.
    findings
        What strands measured, by key. The index takes a strand's effect on the whole region, the
        first where it has several.
    examinations
        What topics found. An *observed* effect of a topic, on what people do, comes before that
        of its strand; one of modelled flows, or one that could not be told from distance, is shown
        beside it and never enters.
    weights
        Weight by strand, any scale; 1 for a strand not named. Only those of strands that have data
        count, so that they add up to 1.

    Raises
    ------
    InputError
        A weight is of no strand, negative or not finite, or no strand with data has any.
    """
    known = tuple(dict.fromkeys((*ORDER, *strands(), *findings)))
    given = _checked(weights or {}, known)
    taken: dict[str, tuple[BorderFinding, tuple[BorderFinding, ...]]] = {}
    missing: list[Missing] = []
    for key in known:
        several = _effects(key, findings, examinations)
        if several:
            taken[key] = (several[0], tuple(several[1:]))
        else:
            missing.append(Missing(key, _reason(key, findings)))
    shares = _shares({key: given.get(key, 1.0) for key in taken})
    logs = {key: min(0.0, _turned(one, one.beta)) for key, (one, _) in taken.items()}
    total = sum(shares[key] * log for key, log in logs.items())
    parts = tuple(
        _part(key, one, beside, shares[key], total) for key, (one, beside) in taken.items()
    )
    return Integration(
        region_hash=region.hash,
        value=exp(total) if parts else float("nan"),
        interval=_product(parts, [one.interval for one in parts]),
        clustered=_product(parts, [one.clustered for one in parts]),
        variants=_product(parts, [one.variants for one in parts]),
        parts=parts,
        missing=tuple(missing),
        companions=_companions(examinations),
    )


def topics_of_index(region: Region) -> tuple[Topic, ...]:
    """Return the topics whose findings belong to the index and its scorecards.

    That of flows only where some were observed: modelled ones never enter the index.
    """
    return tuple(
        topic
        for strand in strands().values()
        for topic in topics_of(strand, region)
        if topic.key in _TOPICS and (topic.key != _FLOWS or region.has(_FLOWS))
    )


def _turned(one: BorderFinding, beta: float) -> float:
    """Return an effect so that worse is negative; `-0.0` never."""
    return -one.worse * beta + 0.0


def _checked(weights: Mapping[str, float], known: Sequence[str]) -> dict[str, float]:
    for key, weight in weights.items():
        if key not in known:
            raise InputError("index.unknown_strand", given=key, known=", ".join(known))
        if not (isfinite(weight) and weight >= 0):
            raise InputError("index.bad_weight", strand=key, given=weight)
    return {key: float(weight) for key, weight in weights.items()}


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights so that they add up to 1."""
    most = max(weights.values(), default=1.0)
    if most <= 0:
        raise InputError("index.no_weight", strands=", ".join(weights))
    small = {
        key: weight / most for key, weight in weights.items()
    }  # the sum of huge ones overflows
    return {key: weight / sum(small.values()) for key, weight in small.items()}


def _effects(
    key: str, findings: Mapping[str, Findings], examinations: Sequence[Examination]
) -> list[BorderFinding]:
    """Return a strand's effects on the whole region, the one that the index takes first."""
    own = _whole(findings[key].borders) if key in findings else []
    deeper = _whole(
        border
        for one in examinations
        if one.findings.strand == key
        for border in one.findings.borders
    )
    # Without an elasticity to distance the effect holds distance too: that is no border's.
    observed = [
        one for one in deeper if one.indicator.nature is Nature.OBSERVED and not isnan(one.theta)
    ]
    several = [*observed, *own]
    # What was only modelled of what people do may stand beside the strand's own, never alone.
    return [*several, *(one for one in deeper if one not in observed)] if several else []


def _whole(borders: Iterable[BorderFinding]) -> list[BorderFinding]:
    return [one for one in borders if not one.codes and isfinite(one.beta)]


def _reason(key: str, findings: Mapping[str, Findings]) -> Sentence:
    if key in findings:
        return Sentence("index.no_border")
    return Sentence("index.not_asked" if key in strands() else "index.not_built")


def _part(
    key: str,
    one: BorderFinding,
    beside: tuple[BorderFinding, ...],
    weight: float,
    total: float,
) -> Part:
    own = _turned(one, one.beta)
    lost = weight * min(0.0, own)
    clustered, variants = _range(one, one.interval), _range(one, one.variants)
    ends = [end for pair in (clustered, variants) for end in pair if isfinite(end)]
    value = exp(min(0.0, own))
    return Part(
        strand=key,
        finding=one,
        weight=weight,
        permeability=value,
        uncapped=_exp(own),
        clustered=clustered,
        variants=variants,
        interval=(min((value, *ends)), max((value, *ends))),
        lacking=lost / total if total < 0 else 0.0,
        without=exp(min(0.0, total - lost)),
        beside=beside,
    )


def _range(one: BorderFinding, betas: Interval) -> Interval:
    """Return the permeability at both ends of a range of effects, the lower first.

    A range without an end reaches to 0 or 1: left out, it would pass for no doubt at all.
    """
    if any(map(isnan, betas)):
        return (float("nan"), float("nan"))
    low, high = sorted(exp(min(0.0, _turned(one, beta))) for beta in betas)
    return low, high


def _exp(value: float) -> float:
    try:
        return exp(value)
    except OverflowError:
        return float("inf")


def _product(parts: Sequence[Part], ranges: Sequence[Interval]) -> Interval:
    """Return the index at the lower and the upper ends of all parts.

    A part without a range of this kind stands with its value, since it has no doubt of the kind.
    """
    if not parts:
        return (float("nan"), float("nan"))
    ends = []
    for side in (0, 1):
        product = 1.0
        for part, pair in zip(parts, ranges, strict=True):
            end = pair[side] if isfinite(pair[side]) else part.permeability
            product *= end**part.weight
        ends.append(product)
    return ends[0], ends[1]


def _companions(examinations: Sequence[Examination]) -> tuple[Companion, ...]:
    found = {}
    for one in examinations:
        table = one.findings.tables.get(Level.REGION)
        if table is None or not len(table):
            continue
        for key, indicator in one.findings.indicators.items():
            name = key.rpartition(".")[2]
            if name in _COMPANIONS and key in table and isfinite(table[key].iloc[0]):
                found[name] = Companion(indicator, float(table[key].iloc[0]))
    return tuple(found[name] for name in _COMPANIONS if name in found)
