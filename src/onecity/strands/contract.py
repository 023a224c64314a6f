"""What every strand gives: the four verbs and the values they speak in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, expm1
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.provenance import Grade, Nature
from onecity.core.words import Language, Sentence, say
from onecity.region.interventions import Intervention
from onecity.region.manifest import Assumption
from onecity.region.store import Region


class Level(StrEnum):
    """For what kind of unit a figure stands."""

    ZONE = "zone"
    COUNTY = "county"
    CITY = "city"
    GROUP = "group"
    REGION = "region"

    def text(self, language: Language) -> str:
        """Return the word for this level."""
        return say(f"strands.level_{self.value}", language)


class Better(StrEnum):
    """Which way a figure improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Indicator:
    """What a column of figures is.

    The catalogue holds its title under `key` and what it means under ``<key>_about``.
    `unit` is a key of the catalogue chapter ``units``. `sources` are keys of the
    region's manifest; `grade` is the weakest of theirs and `nature` the furthest from
    the world. `remarks` change how the figure is to be read and stand beside it.
    `levels` are those it is given for; none for a figure between pairs of units.
    """

    key: str
    unit: str
    better: Better
    nature: Nature
    grade: Grade
    sources: tuple[str, ...]
    decimals: int = 0
    remarks: tuple[Sentence, ...] = ()
    levels: tuple[Level, ...] = tuple(Level)

    def text(self, language: Language) -> str:
        """Return the title in one language."""
        return say(self.key, language)

    def about(self, language: Language) -> str:
        """Return what the figure means in one language."""
        return say(f"{self.key}_about", language)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Figures between pairs of units of one level.

    `values` has units as index (from) and as columns (to); both hold codes.
    """

    indicator: Indicator
    level: Level
    values: pd.DataFrame


class Verdict(StrEnum):
    """Whether a border effect stands out from no effect and from chance borders.

    clear: its interval and all variants lie on the worse side of none, and at most one made-up
    border in twenty is as bad, whichever way that was found. unsure: that holds in part, so that
    the answer hangs on what is assumed. none: it cannot be told from no effect or from chance.
    """

    CLEAR = "clear"
    UNSURE = "unsure"
    NONE = "none"

    def text(self, language: Language) -> str:
        """Return the word for this verdict."""
        return say(f"strands.verdict_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Chance:
    """The same effect at made-up borders: what chance alone does.

    Attributes
    ----------
    count
        Made-up borders with an effect.
    mean, sd
        Of their effects, as `BorderFinding.beta`.
    p
        Share of them, the real border counted in, that are as bad as the real one or worse.
    p_range
        Lowest and highest `p` of the variants it was found for.
    """

    count: int
    mean: float
    sd: float
    p: float
    p_range: tuple[float, float]


@dataclass(frozen=True, slots=True)
class BorderFinding:
    """What a border costs in this strand: the border effect, never one number alone.

    Attributes
    ----------
    codes
        Cities: none for all borders of the region, one for its border against the rest, two
        (ascending) for the border between them.
    indicator
        What `percent` is: title, unit, sources, grade, remarks.
    beta
        Effect on the logarithm of what the strand looks at (travel time, trips).
    theta
        Elasticity to distance beside it.
    interval
        95 % interval of `beta` by errors clustered by pairs of counties or cities: too narrow,
        see `chance`.
    variants
        Lowest and highest `beta` when what is assumed is changed, the main one included.
    variant_count
        How many these are.
    chance
        The effect of made-up borders; None where none could be made.
    verdict
        Whether it stands out.
    pairs
        Pairs of places that cross.
    worse
        1 where a `beta` above zero is worse (times, costs), -1 where one below is (flows).
    remarks
        What a reader has to know of this border.
    """

    codes: tuple[str, ...]
    indicator: Indicator
    beta: float
    theta: float
    interval: tuple[float, float]
    variants: tuple[float, float]
    variant_count: int
    chance: Chance | None
    verdict: Verdict
    pairs: int
    worse: int
    remarks: tuple[Sentence, ...] = ()

    @property
    def percent(self) -> float:
        """How much more (or, below zero, less) there is across the border, percent."""
        return percent(self.beta)

    @property
    def permeability(self) -> float:
        """The effect on the scale all strands share, in (0, 1]: 1 is no border."""
        return min(1.0, exp(-self.worse * self.beta))

    @property
    def capped(self) -> bool:
        """Whether crossing is no worse than not, so that `permeability` is held at 1."""
        return self.worse * self.beta < 0

    @property
    def permeability_range(self) -> tuple[float, float]:
        """Lowest and highest permeability of the variants."""
        ends = [min(1.0, exp(-self.worse * beta)) for beta in self.variants]
        return min(ends), max(ends)


@dataclass(frozen=True, slots=True)
class BorderEstimate:
    """A border effect on some pairs at some times; `interval` is that of `BorderFinding`."""

    beta: float
    theta: float
    interval: tuple[float, float]

    @property
    def percent(self) -> float:
        """How much more (or, below zero, less) there is across the border, percent."""
        return percent(self.beta)


@dataclass(frozen=True, slots=True)
class BorderShift:
    """What a border costs before and after something is done, by the main estimate.

    Attributes
    ----------
    codes, indicator, worse
        As in `BorderFinding`.
    before, after
        On the same pairs of places, with the same effects and weights.
    pairs
        Pairs of places that cross.
    found
        What measuring found before, variants and chance borders included: how firm `before` is.
        None where the strand found no effect of this border then.
    """

    codes: tuple[str, ...]
    indicator: Indicator
    before: BorderEstimate
    after: BorderEstimate
    pairs: int
    worse: int
    found: BorderFinding | None = None

    @property
    def points(self) -> float:
        """By how many percentage points what the border costs has changed; below zero: less."""
        return self.after.percent - self.before.percent


def percent(beta: float) -> float:
    """Return 100 (e^beta - 1): an effect on a logarithm as a change in percent."""
    return 100 * expm1(beta)


@dataclass(frozen=True, slots=True)
class Findings:
    """What `measure` found.

    `tables` holds for each level a frame with the unit's code as index and one column
    for each indicator given for that level, named by its key, in the order of
    `indicators`; a figure that does not exist is NaN, never zero. Levels:
    zone (zone id), county and city (code), group (group id), region (one row, its key).
    `low` and `high` hold the same frames under the recipe's low and high assumptions,
    where the strand gives a range. `headline` names the region's figures to be read
    first, most important first. `borders` holds the strand's border effect: of the region,
    of cities against the rest, of borders between two cities; none where it has none.
    """

    strand: str
    region_hash: str
    indicators: Mapping[str, Indicator]
    tables: Mapping[Level, pd.DataFrame]
    matrices: tuple[Matrix, ...] = ()
    low: Mapping[Level, pd.DataFrame] = field(default_factory=dict)
    high: Mapping[Level, pd.DataFrame] = field(default_factory=dict)
    remarks: tuple[Sentence, ...] = ()
    headline: tuple[str, ...] = ()
    borders: tuple[BorderFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a strand finds before and after something is done to a region.

    Attributes
    ----------
    before, after
        The same figures of both; border effects are not among them.
    borders
        What borders cost before and after.
    remarks
        What a reader has to know of the comparison.
    """

    before: Findings
    after: Findings
    borders: tuple[BorderShift, ...] = ()
    remarks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """How a layer's values become colours: class limits, ascending, and a ramp."""

    limits: tuple[float, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """What the one map draws: an indicator on the units of a level, and its colours.

    `colours` of the scale has one more entry than `limits`; a value belongs to the
    class whose upper limit it does not exceed. `missing` is the colour of no value.
    """

    key: str
    indicator: Indicator
    level: Level
    scale: Scale
    missing: str = "#e6e6e6"


@dataclass(frozen=True, slots=True)
class BorderLayer:
    """What the one map draws on the lines between two cities (see `border_lines`).

    `values` holds the figure of `indicator` by the cities' codes, ascending; a line that has
    none takes the colour `missing`. Those in `faint` do not stand out from chance and are drawn
    faintly, or dashed. Colours as in `Layer`.
    """

    key: str
    indicator: Indicator
    values: Mapping[tuple[str, str], float]
    faint: frozenset[tuple[str, str]]
    scale: Scale
    missing: str = "#e6e6e6"


@dataclass(frozen=True, slots=True)
class Need:
    """A region table the strand reads; `without` says what it does if an optional one is absent."""

    table: str
    optional: bool = False
    without: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Stability:
    """How a proposal fares when what is assumed is drawn anew, again and again.

    Attributes
    ----------
    draws
        Number of draws.
    top, among
        A draw counts if the proposal is among the `top` best of `among` compared.
    share
        Share of draws that count, 0 to 1; None where no more than `top` are compared, so that
        it would say nothing.
    rank
        Rank among those compared: 5th and 95th percentile of the draws.
    benefit
        Benefit, in the unit of the proposal's indicator: 5th and 95th percentile.
    """

    draws: int
    top: int
    among: int
    share: float | None
    rank: tuple[int, int]
    benefit: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An intervention worth looking at, with what it gives and costs. Never a finding.

    Attributes
    ----------
    intervention
        What would be done; `Region.apply` takes it.
    rank
        1 for the highest `benefit`.
    indicator
        What `benefit` counts: title, unit, sources, grade, and remarks that hold for every
        proposal (how demand is assumed, that nobody loses in a model without congestion).
    benefit
        What it gives if it alone is done, in the unit of `indicator`.
    gains
        The benefit by city code, of trips by where they begin; all cities, zeros too. They add
        up to `benefit`. Losers would be negative: a link takes nothing from anybody unless
        roads crowd or somebody pays, so see `payers` beside it.
    cost_million_cny
        Million yuan, lowest and highest; None where the recipe gives no price for a kind of
        road, bridge or tunnel in it. Always assumed, grade E.
    evidence
        What speaks for it, by name, plain values; which names is said by the strand.
    remarks
        What a reader has to know of this proposal, in the order of reading.
    kind
        What it is, as a key of the catalogue's chapter of the strand (``kind_<kind>`` is its
        name); empty where the strand knows one kind only.
    order, added, cumulative
        Proposals interact. If they are done one after another, each time the one that adds most
        to those done: its place, what it adds there, and what all up to it give together. None
        where the strand does not say.
    gains_by_county
        As `gains`, by county code; counties that gain nothing are left out.
    payers
        Share of the intervention by city code of the land it lies on: who would pay if each
        paid for its own land. Adds up to 1 within the region.
    gain_per_million_cny
        `benefit` for one million yuan of cost: at the highest and at the lowest cost.
    stability
        How it fares under redrawn assumptions; None where none were drawn.
    grade
        Weakest grade of all that is shown: of the indicator, and of the cost if there is one.
    assumptions
        Numbers it rests on that no source gives, each with reason and range.
    """

    intervention: Intervention
    rank: int
    indicator: Indicator
    benefit: float
    gains: Mapping[str, float]
    cost_million_cny: tuple[float, float] | None
    evidence: Mapping[str, Any]
    remarks: tuple[Sentence, ...] = ()
    kind: str = ""
    order: int | None = None
    added: float | None = None
    cumulative: float | None = None
    gains_by_county: Mapping[str, float] = field(default_factory=dict)
    payers: Mapping[str, float] = field(default_factory=dict)
    gain_per_million_cny: tuple[float, float] | None = None
    stability: Stability | None = None
    grade: Grade = Grade.E
    assumptions: tuple[Assumption, ...] = ()


class Strand(Protocol):
    """The four verbs. Knowing one strand is knowing all."""

    key: str

    @property
    def needs(self) -> tuple[Need, ...]:
        """The region tables the strand reads."""

    def measure(self, region: Region, *, progress: Progress = SILENCE) -> Findings:
        """Return indicators for zones, counties, cities, groups and the whole region."""

    def propose(self, region: Region, *, progress: Progress = SILENCE) -> tuple[Proposal, ...]:
        """Return interventions, best first."""

    def layers(
        self, region: Region, findings: Findings | None = None
    ) -> tuple[Layer | BorderLayer, ...]:
        """Return what the one map draws; `findings` of this region spare measuring again."""


class WhatIf(Protocol):
    """A region made ready by a strand for quick answers to what-ifs; any number may be asked."""

    def answers(self, scenario: Region) -> bool:
        """Return whether what was done to this region can be answered quickly.

        If not, the scenario is measured like any other region.
        """

    def effect(self, scenario: Region, *, quick: bool = False) -> Effect:
        """Return what the strand finds before and after.

        Its figures are exactly those that `Strand.measure` finds in both.

        Parameters
        ----------
        scenario
            Made from this region by `Region.apply`; one that `answers` says yes to.
        quick
            Only the figures that come at once, without border effects.
        """


@runtime_checkable
class Quick(Strand, Protocol):
    """A strand that also answers what-ifs faster than by measuring twice: a fifth verb."""

    def what_if(self, region: Region) -> WhatIf:
        """Return the region made ready for what-ifs."""
