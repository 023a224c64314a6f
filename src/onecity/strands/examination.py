"""Topics: what a strand examines besides what it measures, each with figures, lists and layers.

Measuring answers how things stand, for every scenario, in seconds. A topic looks deeper at one
question (which roads are full, what one bridge holds together) and may take longer, need tables
of its own, or rest on more assumptions. All topics of all strands answer in the same form, so
that the command line, the report and the map show them by one mechanism.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pandas as pd

from onecity.core.progress import SILENCE, Progress
from onecity.core.words import Language, Sentence, say
from onecity.region.manifest import Assumption
from onecity.region.store import Region

from .contract import Findings, Indicator, Layer, Need, Scale, Strand


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row of a ranking.

    Attributes
    ----------
    name
        What it is, in both languages (see `onecity.core.words.both`).
    values
        One figure for each column of the ranking; NaN where there is none.
    cities
        Codes of the cities it lies in, touches or joins.
    edges
        Rows of ``road_edges`` it lies on, for the map; none where it lies on no road.
    point
        Longitude and latitude where it lies at one place.
    remarks
        What a reader has to know of this row alone.
    """

    name: Mapping[Language, str]
    values: tuple[float, ...]
    cities: tuple[str, ...] = ()
    edges: tuple[int, ...] = ()
    point: tuple[float, float] | None = None
    remarks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list, worst or best first.

    The catalogue holds its title under `key` and how it is ranked under ``<key>_about``.

    Attributes
    ----------
    columns
        What the figures of each row are.
    rows
        In order of rank.
    total
        How many there are, where `rows` holds the first of them only.
    """

    key: str
    columns: tuple[Indicator, ...]
    rows: tuple[Ranked, ...]
    total: int
    remarks: tuple[Sentence, ...] = ()

    def text(self, language: Language) -> str:
        """Return the title in one language."""
        return say(self.key, language)

    def about(self, language: Language) -> str:
        """Return how it is ranked in one language."""
        return say(f"{self.key}_about", language)


@dataclass(frozen=True, slots=True)
class RoadLayer:
    """What the one map draws on roads.

    `values` has rows of ``road_edges`` as index and one column, named by the indicator's key;
    an edge that is not among them is not drawn. Colours as in `onecity.strands.contract.Layer`.
    """

    key: str
    indicator: Indicator
    values: pd.DataFrame
    scale: Scale
    missing: str = "#e6e6e6"


@dataclass(frozen=True, slots=True)
class Examination:
    """What a topic found.

    Attributes
    ----------
    topic
        Key of the topic.
    findings
        Figures by level, matrices and border effects, as of `Strand.measure`.
    rankings, layers
        Lists, and what the map draws; most important first. A `Layer` draws a column of
        `findings`.
    assumptions
        Numbers it rests on that no source gives, each with reason and range.
    """

    topic: str
    findings: Findings
    rankings: tuple[Ranking, ...] = ()
    layers: tuple[Layer | RoadLayer, ...] = ()
    assumptions: tuple[Assumption, ...] = ()


class Examine(Protocol):
    """Looks at a region; errors as the topic's own documentation says."""

    def __call__(self, region: Region, *, progress: Progress = SILENCE) -> Examination:
        """Return what was found."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A question a strand can be asked.

    The catalogue holds its title under ``<strand>.topic_<key>`` and what it answers under
    ``<strand>.topic_<key>_about``.

    Attributes
    ----------
    strand, key
        Whose it is, and its name.
    needs
        The region tables it reads.
    examine
        Answers it.
    fits
        Whether a region that has the tables has also what the topic looks at in them.
    """

    strand: str
    key: str
    needs: tuple[Need, ...]
    examine: Examine
    fits: Callable[[Region], bool] = field(default=lambda _: True)

    def text(self, language: Language) -> str:
        """Return the title in one language."""
        return say(f"{self.strand}.topic_{self.key}", language)

    def about(self, language: Language) -> str:
        """Return what the topic answers in one language."""
        return say(f"{self.strand}.topic_{self.key}_about", language)

    def open_to(self, region: Region) -> bool:
        """Return whether a region has what the topic cannot do without."""
        has = (one.optional or region.has(one.table) for one in self.needs)
        return all(has) and self.fits(region)


@runtime_checkable
class Thorough(Strand, Protocol):
    """A strand that also answers topics: a verb of its own, asked for one topic at a time."""

    @property
    def topics(self) -> Mapping[str, Topic]:
        """Every topic by its key, most important first."""


def topics_of(strand: Strand, region: Region) -> tuple[Topic, ...]:
    """Return the topics of a strand that a region has the tables for."""
    if not isinstance(strand, Thorough):
        return ()
    return tuple(one for one in strand.topics.values() if one.open_to(region))
