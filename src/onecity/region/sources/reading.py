"""What every reader shares: the check of a file and the report of what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onecity.core.words import Language, Sentence, say

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]
Shapes = NDArray[Any]
"""Geometries of shapely."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One reason for which records were dropped, mended or are worth knowing, and how many.

    `key` is a sentence of the catalogue; `count` and `values` fill its placeholders.
    """

    key: str
    count: int
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        """The remark as a sentence that a manifest can carry."""
        return Sentence(self.key, {**self.values, "count": self.count})

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.sentence.text(language)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What one reader found in one file.

    `seen` records were looked at and `kept` of them went into the result (one record may
    become several rows). `dropped` says for what reason how many were left out; `noted`
    says what was mended or assumed in those that were kept.
    """

    path: str
    seen: int
    kept: int
    dropped: tuple[Remark, ...] = ()
    noted: tuple[Remark, ...] = ()

    def count(self, key: str, **values: object) -> int:
        """Return how many records the remarks `key` speak of, over all remarks that fit.

        Only remarks that carry each of `values` are counted.
        """
        return sum(
            remark.count
            for remark in (*self.dropped, *self.noted)
            if remark.key == key
            and all(remark.values.get(name) == value for name, value in values.items())
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every remark as a sentence: first what was dropped, then what was noted."""
        return tuple(remark.sentence for remark in (*self.dropped, *self.noted))

    def text(self, language: Language) -> str:
        """Return the report as lines of one language."""
        head = say("sources.read", language, path=self.path, seen=self.seen, kept=self.kept)
        return "\n".join([head, *(r.text(language) for r in (*self.dropped, *self.noted))])
