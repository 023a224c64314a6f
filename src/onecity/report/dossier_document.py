"""A dossier as a Word document in one language: what an official reads, forwards and edits."""

from pathlib import Path

from onecity import __version__
from onecity.core.words import Language
from onecity.region.store import Region

from .assumed import assumed_words
from .chapter import Chip
from .dossier import Dossier, cited_in, places_of, scale_of, titles_of
from .page import owners_of
from .picture import png_from, svg_of_view
from .word import Paper

_HIGH_CM = 8.5


def write_dossier(path: Path, region: Region, dossier: Dossier, language: Language) -> None:
    """Write a dossier as ``.docx``: figures, map, who gains and pays, remarks, sources."""
    known, owners = region.manifest, owners_of(region)
    paper = Paper(language, dossier.ground, owners, upright=True)
    words, said = paper.words, paper.said
    paper.title(words(dossier.title), words(dossier.kind), titles_of(region)[language])
    if known.history:
        paper.note(said("report.scenario", count=len(known.history)))
    paper.table(
        [said(f"report.{key}") for key in ("indicator", "value", "span", "trust", "meaning")],
        [
            (
                words(card.title),
                words(card.figure),
                words(card.span) if card.span else "",
                _trust(card.chip, language),
                words(card.about),
            )
            for card in dossier.cards
        ],
        words=5,
        widths=(4, 3, 3.5, 3, 5),
    )
    drawn = svg_of_view(
        dossier.ground,
        language,
        dossier.view,
        places_of(region, dossier.ground, dossier.view),
        overlay=dossier.overlay,
        scale=scale_of(dossier),
    )
    paper.png(png_from(drawn), f"{said('report.dossier_map')} {owners}", high_cm=_HIGH_CM)
    for part in dossier.parts:
        if part.bars:
            paper.heading(words(part.title), 2)
            paper.table(
                [words(part.title), said("report.value")],
                [(words(bar.name), words(bar.text)) for bar in part.bars],
                widths=(3, 1),
            )
    if dossier.remarks:
        paper.heading(said("report.remarks"), 2)
        paper.bullets(words(remark) for remark in dossier.remarks)
    if dossier.assumptions:
        paper.heading(said("report.assumed"), 2)
        paper.bullets(
            f"{assumed_words([item], language)}: {item.text(language)}"
            for item in dossier.assumptions
        )
    paper.heading(said("report.sources"), 2)
    for line in cited_in(region, dossier):
        cited = (words(line.title), words(line.licence), line.date, line.grade.value)
        paper.note(f"[{line.number}] {' · '.join(cited)}")
    paper.note(
        said(
            "report.dossier_footer",
            made_by=known.made_by,
            version=__version__,
            hash=region.hash[:12],
        )
    )
    paper.word.save(str(path))


def _trust(chip: Chip, language: Language) -> str:
    numbers = "".join(f"[{number}]" for number in chip.numbers)
    return f"{chip.nature.text(language)} {chip.grade.value} {numbers}"
