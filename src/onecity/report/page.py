"""The page: everything it shows, laid out from a region, its findings, layers and quality."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from onecity import __version__
from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, say
from onecity.core.words import chapter as words_of
from onecity.region.check import Quality
from onecity.region.store import Region
from onecity.strands.border_lines import border_lines
from onecity.strands.contract import BorderLayer, Findings, Layer, Level, Proposal
from onecity.strands.examination import Examination

from .assumed import amount_of, name_of, range_of
from .both import TAGS, both, in_both, label, labelled, tip, told, twice
from .chapter import HEAT, Cell, Chapter, Chip, Row, Setting, bar_lengths, chapter_of
from .figures import plain, spoken
from .ground import LABEL_SIZES, ground_of
from .maps import atlas_of
from .names import names_of, role_of
from .overlay import MARK_RADIUS
from .paper import WIDTH
from .records import record_of
from .topics import TopicPart, topic_of

_TEMPLATES = (
    "report.html.j2",
    "pieces.html.j2",
    "dossier.html.j2",
    "hall.html.j2",
    "ledger.html.j2",
    "style.css",
    "ledger.css",
    "script.js",
)
_OWNER = re.compile(r"©[^;；,，。()（）]+")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the list of sources shows it."""

    number: int
    title: Markup
    origin: str
    licence: Markup
    date: str
    grade: Grade
    nature: Nature


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table of the region as the chapter on quality shows it."""

    name: str
    title: Markup
    rows: str
    chip: Chip
    remarks: tuple[Markup, ...]


def render(
    region: Region,
    findings: Mapping[str, Findings],
    layers: Mapping[str, Sequence[Layer | BorderLayer]],
    quality: Quality,
    *,
    proposals: Mapping[str, Sequence[Proposal]] | None = None,
    examinations: Sequence[Examination] = (),
    index: Examination | None = None,
    stamp: str = "",
) -> str:
    """Return the report as one HTML page that needs nothing else.

    Parameters
    ----------
    findings, layers
        What each strand found and draws, by the strand's key; one chapter for each.
    quality
        What `onecity.region.check` found.
    proposals
        What each strand proposes, best first, by the strand's key.
    examinations
        What topics found; each stands at the end of its strand's chapter.
    index
        The integration index in the form of a topic (`onecity.index.examination_of`), with which
        the page begins.
    stamp
        A name by which the page can be known again; written into its head.
    """
    known = region.manifest
    setting, chapters = chapters_of(region, findings, layers, proposals)
    ground, numbers = setting.atlas.ground, setting.numbers
    context = {
        "region": region,
        "known": known,
        "stamp": stamp,
        "version": __version__,
        "chapters": chapters,
        "topics": topics_by_strand(region, examinations, setting),
        "index": None if index is None else topic_of(region, index, setting),
        "chapter_figures": overview(region),
        "ground": ground,
        "paper_width": WIDTH,
        "label_sizes": LABEL_SIZES,
        "mark_radius": MARK_RADIUS,
        "heat": HEAT,
        "sources": sources_of(region, numbers),
        "credits": _credits(region),
        "owners": owners_of(region),
        "tables": _tables(region, numbers),
        "records": [record_of(key, value) for key, value in known.records.items()],
        "quality": quality,
        "quality_cities": list(quality.cities.iterrows()),
        "natures": list(Nature),
        "grades": list(Grade),
        "languages": LANGUAGES,
        "numbers": numbers,
    }
    page: str = environment().get_template("report.html.j2").render(context)
    return page


def numbers_of(region: Region) -> dict[str, int]:
    """Return the numbers by which figures cite the region's sources."""
    return {key: place for place, key in enumerate(region.manifest.sources, 1)}


def chapters_of(
    region: Region,
    findings: Mapping[str, Findings],
    layers: Mapping[str, Sequence[Layer | BorderLayer]],
    proposals: Mapping[str, Sequence[Proposal]] | None = None,
) -> tuple[Setting, list[Chapter]]:
    """Return what every strand's chapter says, and what all of them share; see `render`."""
    numbers, names = numbers_of(region), names_of(region)
    setting = Setting(
        names=names,
        numbers=numbers,
        roles=_roles(region),
        base=_base(region, numbers),
        atlas=atlas_of(region, ground_of(region, names)),
        lines=border_lines(region),
    )
    proposed = proposals or {}
    return setting, [
        chapter_of(one, layers[key], setting, proposed.get(key, ()))
        for key, one in findings.items()
    ]


def topics_by_strand(
    region: Region, examinations: Sequence[Examination], setting: Setting
) -> dict[str, list[TopicPart]]:
    """Return what topics found, laid out, by the strand in whose chapter each stands."""
    parts: dict[str, list[TopicPart]] = {}
    for one in examinations:
        parts.setdefault(one.findings.strand, []).append(topic_of(region, one, setting))
    return parts


def environment() -> Environment:
    """Return the templates, with what all of them call."""
    folder = files(__package__) / "templates"
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    made = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        t=told,
        twice=twice,
        both=both,
        label=label,
        labelled=labelled,
        chip_tip=_chip_tip,
        assumed_name=lambda one: in_both(lambda language: name_of(one.key, language)),
        assumed_amount=lambda one: in_both(lambda language: amount_of(one, language)),
        assumed_range=lambda one: in_both(lambda language: range_of(one, language)),
        plain=plain,
        say=say,
        tags=TAGS,
        Level=Level,
    )
    return made


def _chip_tip(chip: Chip) -> Markup:
    """Return what a chip says in full when pointed at."""
    return tip(
        *(
            say("report.chip_full", language, nature=chip.nature, grade=chip.grade)
            for language in LANGUAGES
        )
    )


def overview(region: Region) -> dict[str, Any]:
    """Return what the head of the page says of the region."""
    cities = region.table("cities")
    people, area = float(cities["people"].sum()), float(cities["area_km2"].sum())
    return {
        "cities": len(cities),
        "counties": len(region.table("counties")),
        "zones": region.manifest.tables["zones"].rows,
        "people": both(*(spoken(people, 0, "people", language) for language in LANGUAGES)),
        "area": plain(area, 0),
    }


def _roles(region: Region) -> dict[str, Markup]:
    if not region.has("groups"):
        return {}
    groups = region.table("groups").drop_duplicates("group")
    return {row.group: _role(row.role) for row in groups.itertuples()}


def _role(role: str) -> Markup:
    return in_both(lambda language: role_of(role, language))


def _is_known(key: str) -> bool:
    return key.partition(".")[2] in words_of("report")


def _base(region: Region, numbers: Mapping[str, int]) -> dict[Level, tuple[Row, ...]]:
    """Return people and area of cities and counties; each figure carries its own grade."""
    rows: dict[Level, tuple[Row, ...]] = {}
    for level, name in ((Level.CITY, "cities"), (Level.COUNTY, "counties")):
        table, record = region.table(name), region.manifest.tables[name]
        chip = Chip(
            record.nature, record.grade, tuple(sorted(numbers[key] for key in record.sources))
        )
        rows[level] = (
            Row(
                told("report.people"),
                told("report.people_about"),
                told("units.people"),
                chip,
                _graded(table),
            ),
            Row(
                told("report.area"),
                told("report.area_about"),
                told("report.km2"),
                chip,
                tuple(
                    Cell(plain(area, 0), bar=bar, value=float(area))
                    for area, bar in zip(
                        table["area_km2"], bar_lengths(table["area_km2"], "km2"), strict=True
                    )
                ),
            ),
        )
    return rows


def _graded(table: pd.DataFrame) -> tuple[Cell, ...]:
    bars = bar_lengths(table["people"], "people")
    return tuple(
        Cell(plain(people, 0), bar=bar, value=float(people), grade=str(grade))
        for people, grade, bar in zip(table["people"], table["people_grade"], bars, strict=True)
    )


def sources_of(region: Region, numbers: Mapping[str, int]) -> list[SourceLine]:
    """Return every source as lists of sources show it."""
    return [
        SourceLine(
            numbers[key],
            twice(one),
            one.origin,
            in_both(one.terms),
            one.date,
            one.grade,
            one.nature,
        )
        for key, one in region.manifest.sources.items()
    ]


def _credits(region: Region) -> list[Markup]:
    """Return what must stand beside every map: title and licence of what it draws."""
    drawn = ("cities", "counties", "road_edges", "water")
    keys = [
        key for name in drawn if region.has(name) for key in region.manifest.tables[name].sources
    ]
    sources = [region.manifest.sources[key] for key in dict.fromkeys(keys)]
    return [
        both(*(f"{one.text(language)} ({one.terms(language)})" for language in LANGUAGES))
        for one in sources
    ]


def owners_of(region: Region) -> str:
    """Return whose data the maps draw, as their sources ask to be named: © and a name."""
    origins = [one.origin for one in region.manifest.sources.values()]
    found = [name.strip() for origin in origins for name in _OWNER.findall(origin)]
    return "  ".join(dict.fromkeys(found))


def _tables(region: Region, numbers: Mapping[str, int]) -> list[TableLine]:
    return [
        TableLine(
            name,
            told(key) if _is_known(key := f"report.table_{name}") else Markup(),
            plain(one.rows, 0),
            Chip(one.nature, one.grade, tuple(sorted(numbers[key] for key in one.sources))),
            tuple(twice(remark) for remark in one.remarks),
        )
        for name, one in region.manifest.tables.items()
    ]
