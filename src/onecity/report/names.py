"""Names of the units of a region, in both languages."""

from dataclasses import dataclass

import pandas as pd

from onecity.core.words import Language, chapter, say
from onecity.region.store import Region
from onecity.strands.contract import Level


@dataclass(frozen=True, slots=True)
class Name:
    """Both names of one unit; `city` is the code of the city it lies in, if in one."""

    code: str
    zh: str
    en: str
    city: str | None = None

    def text(self, language: Language) -> str:
        """Return the name in one language."""
        return self.zh if language == "zh" else self.en


def names_of(region: Region) -> dict[Level, dict[str, Name]]:
    """Return the names of all units by level and code, in the order of their tables.

    A zone has no name of its own: it carries its identifier, and the county it lies in.
    """
    counties = _named(region.table("counties"), "county")
    zones = region.table("zones")
    title = region.manifest
    found = {
        Level.REGION: {title.key: Name(title.key, title.title_zh, title.title_en)},
        Level.CITY: _named(region.table("cities"), "city"),
        Level.COUNTY: counties,
        Level.ZONE: {
            zone: Name(
                zone,
                f"{counties[county].zh} {zone}",
                f"{counties[county].en} {zone}",
                city,
            )
            for zone, county, city in zip(
                zones["zone"], zones["county"], zones["city"], strict=True
            )
        },
        Level.GROUP: {},
    }
    if region.has("groups"):
        found[Level.GROUP] = _named(region.table("groups").drop_duplicates("group"), "group")
    return found


def _named(table: pd.DataFrame, key: str) -> dict[str, Name]:
    cities = table["city"] if key == "county" else [None] * len(table)
    return {
        code: Name(code, zh, en if isinstance(en, str) and en else zh, city)
        for code, zh, en, city in zip(
            table[key], table["name_zh"], table["name_en"], cities, strict=True
        )
    }


def role_of(role: str, language: Language) -> str:
    """Return the word for a group's role; one the catalogue does not know stays as it is."""
    key = f"report.role_{role.replace('-', '_')}"
    return say(key, language) if key.partition(".")[2] in chapter("report") else role
