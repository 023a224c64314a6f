"""The report as a Word document in one language: what an official reads, forwards and edits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onecity import __version__
from onecity.core.words import Language, say
from onecity.region.manifest import Assumption
from onecity.region.store import Region
from onecity.strands.contract import BorderLayer, Findings, Layer, Proposal
from onecity.strands.examination import Examination

from .assumed import amount_of, assumed_words, name_of, range_of
from .borders import SCOPES
from .chapter import Chapter, Chip, Sheet
from .figures import plain
from .page import chapters_of, overview, owners_of, topics_by_strand
from .topics import Listed, TopicPart, topic_of
from .word import Paper, words_of


def write_document(
    path: Path,
    region: Region,
    findings: Mapping[str, Findings],
    layers: Mapping[str, Sequence[Layer | BorderLayer]],
    language: Language,
    *,
    proposals: Mapping[str, Sequence[Proposal]] | None = None,
    examinations: Sequence[Examination] = (),
    index: Examination | None = None,
) -> None:
    """Write the report as ``.docx``: figures, maps and tables of every strand, then sources."""
    setting, chapters = chapters_of(region, findings, layers, proposals)
    paper = Paper(language, setting.atlas.ground, owners_of(region))
    known = region.manifest
    paper.title(known.text(language), say("report.title", language), known.title_zh)
    facts = overview(region)
    paper.note(
        say(
            "report.facts",
            language,
            cities=facts["cities"],
            counties=facts["counties"],
            area=facts["area"],
        )
        + f" · {say('report.residents', language)} {words_of(facts['people'], language)}"
        + f" · {say('report.state', language, hash=region.hash[:12])}"
    )
    if known.history:
        paper.note(say("report.scenario", language, count=len(known.history)))
    if index is not None:
        _topic(paper, topic_of(region, index, setting), 1)
    topics = topics_by_strand(region, examinations, setting)
    for chapter in chapters:
        _chapter(paper, chapter)
        for one in topics.get(chapter.key, ()):
            _topic(paper, one)
    _assumed(paper, region)
    _sources(paper, region)
    paper.note(say("report.document_footer", language, made_by=known.made_by, version=__version__))
    paper.word.save(str(path))


def _trust(paper: Paper, chip: Any) -> str:
    numbers = "".join(f"[{number}]" for number in chip.numbers)
    marks = "".join(chip.marks)
    return f"{chip.nature.text(paper.language)} {chip.grade.value} {numbers}{marks}"


def _brief(paper: Paper, chip: Chip) -> str:
    return f"{chip.nature.text(paper.language)} {chip.grade.value}"


def _chapter(paper: Paper, chapter: Chapter) -> None:
    said, words = paper.said, paper.words
    paper.heading(words(chapter.title), 1)
    paper.table(
        [said(f"report.{key}") for key in ("indicator", "value", "span", "trust", "meaning")],
        [
            (
                words(card.title),
                words(card.figure),
                words(card.span) if card.span else "",
                _trust(paper, card.chip),
                words(card.about),
            )
            for card in chapter.cards
        ],
        words=5,
        widths=(4, 4, 4, 4, 10),
    )
    if chapter.maps:
        first = chapter.maps[0]
        legend = [(swatch.colour, swatch.text[paper.language]) for swatch in first.drawn.legend]
        caption = f"{words(first.title)} ({words(first.unit)}) {_trust(paper, first.chip)}"
        paper.picture(caption, classes=first.drawn.paths, legend=legend)
    if chapter.cities:
        paper.heading(said("report.cities_heading", count=len(chapter.cities.heads)), 2)
        _sheet(paper, chapter.cities)
    if chapter.groups:
        paper.heading(said("report.groups_heading"), 2)
        _sheet(paper, chapter.groups)
    _borders(paper, chapter)
    _proposals(paper, chapter)
    if chapter.remarks:
        paper.heading(said("report.remarks"), 2)
        paper.bullets(f"{mark} {words(remark)}" for mark, remark in chapter.remarks)


def _topic(paper: Paper, one: TopicPart, level: int = 2) -> None:
    words, said = paper.words, paper.said
    paper.heading(words(one.title), level)
    paper.note(words(one.about))
    for drawn in one.maps[:1]:  # a picture is half a megabyte
        legend = [(key.colour, words(key.text)) for key in drawn.overlay.legend]
        paper.picture(words(drawn.title), overlay=drawn.overlay, legend=legend)
    for listed in one.lists:
        _listed(paper, listed)
    if one.chapter.region:
        paper.table(
            [said(f"report.{key}") for key in ("indicator", "value", "span", "trust", "meaning")],
            [
                (
                    words(row.title),
                    f"{row.cells[0].text} {words(row.unit)}",
                    words(row.cells[0].span),
                    _trust(paper, row.chip),
                    words(row.about),
                )
                for row in one.chapter.region.rows
            ],
            words=5,
            widths=(4, 4, 4, 4, 10),
        )
    for sheet in (one.chapter.cities, one.chapter.groups):
        if sheet:
            _sheet(paper, sheet)
    _borders(paper, one.chapter)
    paper.bullets(f"{mark} {words(remark)}" for mark, remark in one.chapter.remarks)
    _assumptions(paper, said("topics.topic_assumed"), one.assumptions)


def _listed(paper: Paper, one: Listed) -> None:
    words, said = paper.words, paper.said
    if not one.entries:
        paper.note(said("topics.empty_list", title={"zh": one.title_zh, "en": one.title_en}))
        return
    paper.note(f"{words(one.title)} · {words(one.about)}")
    paper.table(
        [
            said("topics.column_rank"),
            said("topics.column_name"),
            *(f"{words(head.title)} ({words(head.unit)})" for head in one.heads),
            said("topics.column_cities"),
        ],
        [
            (str(entry.rank), words(entry.name), *entry.figures, words(entry.cities))
            for entry in one.entries
        ],
        words=2,
        widths=(1, 6, *(3 for _ in one.heads), 5),
    )
    heads = (f"{words(head.title)}: {_trust(paper, head.chip)}" for head in one.heads)
    paper.note(" · ".join(heads))
    paper.bullets(
        f"[{entry.rank}] {words(entry.remarks)}" for entry in one.entries if entry.remarks
    )


def _assumptions(paper: Paper, title: str, items: Sequence[Assumption]) -> None:
    if not items:
        return
    paper.note(title)
    paper.bullets(
        f"{assumed_words([item], paper.language)}: {item.text(paper.language)}" for item in items
    )


def _sheet(paper: Paper, sheet: Sheet) -> None:
    paper.table(
        [paper.said("report.indicator"), *(paper.words(head) for head in sheet.heads)],
        [
            (
                f"{paper.words(row.title)} ({paper.words(row.unit)}) {_brief(paper, row.chip)}",
                *(f"{cell.text} {cell.grade}".strip() for cell in row.cells),
            )
            for row in sheet.rows
        ],
        widths=(6, 2),
    )


def _borders(paper: Paper, chapter: Chapter) -> None:
    one, words, said = chapter.borders, paper.words, paper.said
    if one is None:
        return
    paper.heading(said("report.borders_heading"), 2)
    trust = _trust(paper, Chip(one.nature, one.grade, one.numbers))
    if one.overlay.strokes:
        legend = [(key.colour, words(key.text)) for key in one.overlay.legend]
        paper.picture(f"{words(one.title)} {trust}", overlay=one.overlay, legend=legend)
    heads = ("border_interval", "border_variants", "border_chance", "border_verdict")
    paper.table(
        [said("report.border"), words(one.title), *(said(f"report.{key}") for key in heads)],
        [
            (
                words(line.name),
                line.percent,
                line.interval,
                line.variants,
                f"{line.share} ({line.chance_range})" if line.chance_range else line.share,
                words(line.verdict),
            )
            for scope in (SCOPES[0], SCOPES[2], SCOPES[1])
            for line in one.lines[scope]
        ],
        widths=(6, 4),
    )
    paper.note(said("report.borders_reading"))
    paper.bullets(words(remark) for remark in one.common)


def _proposals(paper: Paper, chapter: Chapter) -> None:
    one, words, said = chapter.proposals, paper.words, paper.said
    if one is None:
        return
    paper.heading(words(one.heading), 2)
    if one.overlay.strokes:
        paper.picture(said(one.words["map_about"]), overlay=one.overlay)
    heads = ("added", "cost", "per_million", "rank_range", "winners", "payers")
    paper.table(
        [
            said("report.rank"),
            said("report.place"),
            f"{words(one.title)} ({words(one.unit)})",
            *(said(f"report.{key}") for key in heads),
        ],
        [
            (
                str(line.rank),
                f"{words(line.place)} {words(line.kind)}".strip(),
                f"{line.benefit} ({words(line.range)})" if line.range else line.benefit,
                line.added,
                line.cost,
                line.per_million,
                f"{line.ranks} {words(line.in_top)}".strip(),
                words(line.winners),
                words(line.payers),
            )
            for line in one.lines
        ],
        words=9,
        widths=(1, 4, 3.5, 2, 2, 2, 3, 5, 4),
    )
    paper.bullets(f"[{line.rank}] {words(line.remarks)}" for line in one.lines if line.remarks)
    paper.note(_trust(paper, one) + " · " + said(one.words["reading"]))
    paper.bullets(words(remark) for remark in one.common)
    _assumptions(paper, said("report.proposals_assumed"), one.assumptions)


def _assumed(paper: Paper, region: Region) -> None:
    if not region.manifest.assumptions:
        return
    paper.heading(paper.said("report.assumed"), 1)
    paper.table(
        [paper.said(f"report.{key}") for key in ("assumption", "value", "believable", "reason")],
        [
            (
                name_of(one.key, paper.language),
                amount_of(one, paper.language),
                range_of(one, paper.language),
                one.text(paper.language),
            )
            for one in region.manifest.assumptions
        ],
        words=4,
        widths=(4, 3, 3, 14),
    )


def _sources(paper: Paper, region: Region) -> None:
    paper.heading(paper.said("report.sources"), 1)
    paper.table(
        ["#", *(paper.said(f"report.{key}") for key in ("source", "licence", "date", "grade"))],
        [
            (
                f"[{plain(number, 0)}]",
                f"{one.text(paper.language)} {one.origin}",
                one.terms(paper.language),
                one.date,
                one.grade.value,
            )
            for number, one in enumerate(region.manifest.sources.values(), 1)
        ],
        words=5,
        widths=(1, 14, 5, 3, 2),
    )
    paper.note(paper.said("report.licence_note"))
