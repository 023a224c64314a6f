"""What the figures of these topics are; trust by the rule of `transport.indicators`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onecity.core.provenance import Nature
from onecity.core.words import LANGUAGES, Language, Sentence, say
from onecity.region.store import Region
from onecity.strands.contract import Better, Indicator, Level
from onecity.strands.transport.indicators import TIMES
from onecity.strands.trust import trust_in


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator as far as it is the same in every region; `key` is that of its title.

    `made` is how it comes of its tables: a count of what stands in them is observed as they are.
    """

    key: str
    unit: str
    better: Better = Better.LOWER
    tables: tuple[str, ...] = TIMES
    decimals: int = 0
    levels: tuple[Level, ...] = ()
    made: Nature = Nature.MODELLED


def indicator_of(
    one: Figure, region: Region, remarks: tuple[Sentence, ...] = (), tables: Iterable[str] = ()
) -> Indicator:
    """Return the indicator in this region, trusted as the tables it reads."""
    trust = trust_in(region, tuple(tables) or one.tables, made=one.made)
    return Indicator(
        key=one.key,
        unit=one.unit,
        better=one.better,
        nature=trust.nature,
        grade=trust.grade,
        sources=trust.sources,
        decimals=one.decimals,
        remarks=remarks,
        levels=one.levels,
    )


def named(key: str, **values: object) -> Mapping[Language, str]:
    """Return a sentence of the catalogue as a name in both languages."""
    return {language: say(key, language, **values) for language in LANGUAGES}
