"""``onecity examine``: what strands examine besides what they measure, all topics in one way."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError, MissingError

from .frame import Command, Number, shared
from .info import assumption_told, identity, indicator_told, spoken_twice
from .measuring import region_at, strands_named
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.core.words import Language
    from onecity.region.store import Region
    from onecity.strands.contract import Layer, Level, Strand
    from onecity.strands.examination import Examination, Ranking, RoadLayer, Topic

ENDINGS = (".csv", ".xlsx", ".gpkg", ".geojson", ".json", ".parquet")
TOP = 10
"""Rows of a list that are shown unless told otherwise."""
_LISTED = ("key", "topic", "strand", "state", "about")


@click.command("examine", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.argument("topic", nargs=-1, metavar="[TOPIC...]")
@click.option("--strand", "strand", multiple=True, metavar="STRAND")
@click.option("--top", type=Number(1, 100_000), default=TOP, metavar="N")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def examine(
    terminal: Terminal,
    region: Path,
    topic: tuple[str, ...],
    strand: tuple[str, ...],
    top: float,
    out: Path | None,
) -> None:
    """Examine some topics and show, or write, what was found; or list them."""
    check_ending(out)
    opened = region_at(terminal, region)
    topics = all_topics(strands_named(strand))
    if not topic:
        if out is not None:
            raise InputError("cli.missing", name="TOPIC", command="onecity examine")
        _list(terminal, opened, topics)
        return
    chosen = named(topics, topic, opened)
    found = [examined(terminal, opened, one) for one in chosen]
    deliver(terminal, opened, *found, top=int(top), out=out)


def check_ending(out: Path | None) -> None:
    """Refuse a file that topics cannot be written to, before anything is done.

    Raises
    ------
    InputError
        Its ending is none of `ENDINGS`.
    """
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))


def deliver(
    terminal: Terminal,
    region: "Region",
    *examinations: "Examination",
    top: int,
    out: Path | None,
    command: str = "examine",
) -> None:
    """Write what was found to a file, tell it to machines, or show it; as the user asked."""
    if out is not None:
        write_examination(out, region, *examinations, language=terminal.language)
    if terminal.json:
        terminal.emit(answer(region, *examinations, command=command))
    elif out is None:
        for one in examinations:
            show_examination(terminal, region, one, top=top)
    if out is not None:
        terminal.tell("cli.written", path=out)


# --- Topics -------------------------------------------------------------------------------


def all_topics(chosen: "Mapping[str, Strand]") -> "list[Topic]":
    """Return every topic of some strands, whether a region is open to it or not."""
    from onecity.strands.examination import Thorough

    return [
        topic
        for strand in chosen.values()
        if isinstance(strand, Thorough)
        for topic in strand.topics.values()
    ]


def topic_named(region: "Region", name: str) -> "Topic":
    """Return the one topic that a command of its own shows; errors as `named`."""
    return named(all_topics(strands_named(())), (name,), region)[0]


def named(topics: "Sequence[Topic]", names: Sequence[str], region: "Region") -> "list[Topic]":
    """Return the topics with some names (``traffic`` or ``transport.traffic``), each once.

    Raises
    ------
    InputError
        No topic has the name.
    MissingError
        The region lacks what the topic needs.
    """
    found: dict[tuple[str, str], Topic] = {}
    for name in names:
        fits = [one for one in topics if name in (one.key, f"{one.strand}.{one.key}")]
        if not fits:
            known = ", ".join(dict.fromkeys(one.key for one in topics))
            raise InputError("topics.unknown", given=name, known=known)
        for one in fits:
            _require(one, region)
            found[one.strand, one.key] = one
    return list(found.values())


def _lacking(topic: "Topic", region: "Region") -> list[str]:
    return [one.table for one in topic.needs if not (one.optional or region.has(one.table))]


def _require(topic: "Topic", region: "Region") -> None:
    if lacking := _lacking(topic, region):
        raise MissingError("topics.not_open", topic=topic, tables=", ".join(lacking))
    if not topic.open_to(region):
        raise MissingError("topics.does_not_fit", topic=topic)


def examined(terminal: Terminal, region: "Region", topic: "Topic") -> "Examination":
    """Return what a topic finds; at once where it was asked before."""
    from onecity.strands.findings_cache import examined as found_by

    with terminal.progress() as progress:
        return found_by(topic, region, progress=progress)


def all_examined(
    terminal: Terminal, region: "Region", chosen: "Mapping[str, Strand]"
) -> "list[Examination]":
    """Return what every topic of some strands finds that the region is open to."""
    from onecity.strands.examination import topics_of

    topics = [topic for strand in chosen.values() for topic in topics_of(strand, region)]
    return [examined(terminal, region, topic) for topic in topics]


def _list(terminal: Terminal, region: "Region", topics: "Sequence[Topic]") -> None:
    if terminal.json:
        rows = [
            {
                "strand": one.strand,
                "key": one.key,
                "title_zh": one.text("zh"),
                "title_en": one.text("en"),
                "about_zh": one.about("zh"),
                "about_en": one.about("en"),
                "open": one.open_to(region),
                "lacks": _lacking(one, region),
            }
            for one in topics
        ]
        terminal.emit({"command": "examine", "region": identity(region), "topics": rows})
        return
    if not topics:
        terminal.answer(terminal.say("topics.none"))
        return
    language = terminal.language
    terminal.table(
        terminal.say("topics.listed"),
        [terminal.say(f"topics.column_{word}") for word in _LISTED],
        [
            (
                one.key,
                one.text(language),
                strand_name(one.strand, language),
                _state(terminal, one, region),
                one.about(language),
            )
            for one in topics
        ],
        left=len(_LISTED),
    )


def strand_name(key: str, language: "Language") -> str:
    """Return the name of a strand."""
    from onecity.core.words import say

    return say(f"strands.name_{key}", language)


def _state(terminal: Terminal, topic: "Topic", region: "Region") -> str:
    if lacking := _lacking(topic, region):
        return terminal.say("topics.lacks", tables=", ".join(lacking))
    return terminal.say("topics.open" if topic.open_to(region) else "topics.no_content")


# --- Showing ------------------------------------------------------------------------------


def show_examination(
    terminal: Terminal,
    region: "Region",
    examination: "Examination",
    *,
    top: int = TOP,
    levels: "Sequence[Level]" = (),
) -> None:
    """Show a topic: figures of region, groups and cities, border effects, lists, what is assumed.

    Parameters
    ----------
    top
        Rows shown of each list.
    levels
        Levels whose figures are shown; region, groups and cities unless some are named.
    """
    from onecity.report.assumed import assumed_words
    from onecity.report.names import names_of
    from onecity.report.ranked import about_of, indicators_of, title_of
    from onecity.strands.contract import Level

    from .borders import show_borders
    from .measure import show_findings
    from .tables import numbered, show_ranking, show_sources

    language, findings = terminal.language, examination.findings
    numbers, cities = numbered(region), names_of(region)[Level.CITY]
    topic, strand = title_of(examination, language), strand_name(findings.strand, language)
    terminal.answer(terminal.say("topics.title", strand=strand, topic=topic))
    terminal.tell("cli.remark", remark=about_of(examination, language))
    shown = levels or (Level.REGION, Level.GROUP, Level.CITY)
    show_findings(terminal, region, findings, shown)
    if findings.borders:
        show_borders(terminal, region, findings.borders, numbers)
    for ranking in examination.rankings:
        show_ranking(terminal, ranking, cities, numbers, top)
    known = indicators_of(examination)
    remarks = [
        *findings.remarks,
        *(remark for one in findings.borders for remark in one.remarks),
        *(remark for ranking in examination.rankings for remark in ranking.remarks),
        *(remark for one in known.values() for remark in one.remarks),
    ]
    for words in dict.fromkeys(remark.text(language) for remark in remarks):
        terminal.tell("cli.remark", remark=words)
    if examination.assumptions:
        assumed = assumed_words(examination.assumptions, language)
        terminal.tell("topics.assumed", assumed=assumed)
    show_sources(terminal, region, (key for one in known.values() for key in one.sources), numbers)


# --- For programs -------------------------------------------------------------------------


def answer(
    region: "Region", *examinations: "Examination", command: str = "examine"
) -> dict[str, Any]:
    """Return what some topics found, what it is and where it comes from, for machines."""
    return {
        "command": command,
        "region": identity(region),
        "topics": [told(region, one) for one in examinations],
    }


def told(region: "Region", examination: "Examination") -> dict[str, Any]:
    """Return what a topic found, for machines."""
    from onecity.report.borders import flat as flat_borders
    from onecity.report.names import names_of
    from onecity.report.ranked import about_of, indicators_of, title_of
    from onecity.strands.contract import Level

    from .measure import WRITTEN, figure_records

    findings = examination.findings
    borders = flat_borders(findings.borders, names_of(region)[Level.CITY])
    return {
        "strand": findings.strand,
        "key": examination.topic,
        "title_zh": title_of(examination, "zh"),
        "title_en": title_of(examination, "en"),
        "about_zh": about_of(examination, "zh"),
        "about_en": about_of(examination, "en"),
        "indicators": {key: indicator_told(one) for key, one in indicators_of(examination).items()},
        "figures": figure_records(region, [findings], [Level(one) for one in WRITTEN]),
        "borders": borders.astype(object).where(borders.notna(), None).to_dict("records"),
        "rankings": [_ranking_told(one) for one in examination.rankings],
        "layers": [_layer_told(one) for one in examination.layers],
        "remarks": [spoken_twice(remark) for remark in findings.remarks],
        "assumptions": [assumption_told(one) for one in examination.assumptions],
    }


def _ranking_told(one: "Ranking") -> dict[str, Any]:
    return {
        "key": one.key,
        "title_zh": one.text("zh"),
        "title_en": one.text("en"),
        "about_zh": one.about("zh"),
        "about_en": one.about("en"),
        "columns": [column.key for column in one.columns],
        "total": one.total,
        "rows": [
            {
                "rank": place,
                "name_zh": row.name["zh"],
                "name_en": row.name["en"],
                "values": list(row.values),
                "cities": list(row.cities),
                "edges": list(row.edges),
                "point": row.point,
                "remarks": [spoken_twice(remark) for remark in row.remarks],
            }
            for place, row in enumerate(one.rows, 1)
        ],
        "remarks": [spoken_twice(remark) for remark in one.remarks],
    }


def _layer_told(one: "Layer | RoadLayer") -> dict[str, Any]:
    level = getattr(one, "level", None)
    return {
        "key": one.key,
        "indicator": one.indicator.key,
        "on": "road" if level is None else level.value,
    }


def write_examination(
    path: Path, region: "Region", *examinations: "Examination", language: "Language" = "zh"
) -> None:
    """Write what some topics found: a table, a workbook, shapes, or what ``--json`` prints.

    CSV and Parquet hold one row for each figure (see `onecity.report.ranked.flat`); GeoPackage
    one layer for each level, list and road layer; GeoJSON the same as one collection, in which
    the property ``level``, ``ranking`` or ``edge`` tells them apart.

    Raises
    ------
    InputError
        The ending of `path` is none of `ENDINGS`.
    StoreError
        It cannot be written.
    """
    from onecity.report.ranked import flat, title_of
    from onecity.strands.contract import Level

    from .files import write_json, write_table, write_whole
    from .measure import WRITTEN

    levels = [Level(one) for one in WRITTEN]
    match path.suffix.lower():
        case ".json":
            write_json(path, answer(region, *examinations))
        case ".csv" | ".parquet":
            write_table(path, flat(region, examinations, levels))
        case ".xlsx":
            from onecity.report.topic_sheets import topic_sheets
            from onecity.report.workbooks import write_workbook

            sheets = topic_sheets(region, examinations, levels, language)
            title = " · ".join(title_of(one, language) for one in examinations)
            write_whole(path, lambda scratch: write_workbook(scratch, title, sheets))
        case ".gpkg" | ".geojson":
            _write_shapes(path, region, examinations, levels)
        case _:
            raise InputError("cli.unknown_ending", path=path, known=" ".join(ENDINGS))


def _write_shapes(
    path: Path, region: "Region", examinations: "Sequence[Examination]", levels: Sequence[Any]
) -> None:
    import json

    from onecity.report.ranked import layers_of_shapes
    from onecity.report.tidy import feature_collection, write_geopackage

    from .files import write_text, write_whole

    findings = [one.findings for one in examinations]
    shapes = layers_of_shapes(region, examinations)
    if path.suffix.lower() == ".gpkg":
        import pyogrio

        def write(scratch: Path) -> None:
            write_geopackage(scratch, region, findings, levels)
            for name, one in shapes:
                pyogrio.write_dataframe(one, scratch, layer=name, driver="GPKG")

        write_whole(path, write)
        return
    collection = feature_collection(region, findings, levels)
    for _, one in shapes:
        collection["features"] += one.iterfeatures(na="null", drop_id=True)
    write_text(path, f"{json.dumps(collection, ensure_ascii=False, allow_nan=False)}\n")
