"""What the page says of proposals: a ranked table, a map, what is common to all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from shapely import LineString

from onecity.core.provenance import Grade, Nature
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.interventions import AddRoad
from onecity.region.manifest import Assumption
from onecity.strands.contract import Proposal

from .both import in_both, told, twice
from .figures import NO_FIGURE, plain, span_words, spoken, unit_words
from .ground import Ground
from .names import Name
from .overlay import Mark, Overlay, Stroke, apart, on_sheet
from .paper import svg_path
from .proposed import assumptions_of, ends_of, kind_of, listed, named_shares, place_of

SHOWN = 10
"""Proposals that the page lists; all of them can be had from the command line."""
_COLOUR = "#c8102e"


_OF_LINKS = {
    "top": "report.top_proposal",
    "heading": "report.proposals_heading",
    "map": "report.proposals_map",
    "map_about": "report.proposals_map_about",
    "caption": "report.proposals_caption",
    "reading": "report.proposals_reading",
}
_OF_OTHERS = {
    "top": "report.top_measure",
    "heading": "report.measures_heading",
    "map": "report.measures_map",
    "map_about": "report.measures_map_about",
    "caption": "report.measures_caption",
    "reading": "report.measures_reading",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal as a row of the table."""

    rank: int
    place: Markup
    kind: Markup
    benefit: str
    range: Markup
    added: str
    order: int | None
    cost: str
    per_million: str
    ranks: str
    in_top: Markup
    winners: Markup
    payers: Markup
    grade: Grade
    remarks: Markup


@dataclass(frozen=True, slots=True)
class Proposals:
    """The part of a chapter that speaks of proposals.

    `words` holds the sentences that fit what is proposed, by their part in the chapter.
    `best` of the lines are of the first ranks; `beyond` stand out though they come later, of the
    kind `beyond_kind`.
    """

    title: Markup
    about: Markup
    unit: Markup
    nature: Nature
    grade: Grade
    numbers: tuple[int, ...]
    lines: tuple[Line, ...]
    common: tuple[Markup, ...]
    assumptions: tuple[Assumption, ...]
    overlay: Overlay
    label_zh: str
    label_en: str
    top: Markup
    top_place: Markup
    top_span: Markup | None
    total: int
    costed: bool
    best: int
    beyond: int
    beyond_kind: Mapping[Language, str]
    words: Mapping[str, str]
    marks: tuple[str, ...] = ()

    @property
    def heading(self) -> Markup:
        """How many there are: the best, and what stands out beyond."""
        if not self.beyond:
            return told(self.words["heading"], count=self.best)
        values = {"count": self.best, "more": self.beyond, "kind": self.beyond_kind}
        return told("report.proposals_heading_beyond", **values)


def proposals_of(
    found: Sequence[Proposal],
    cities: Mapping[str, Name],
    numbers: Mapping[str, int],
    ground: Ground,
    known: Collection[str] = (),
) -> Proposals | None:
    """Lay out what a strand proposes; nothing where it proposes nothing.

    `known` holds remarks, in Chinese, that the reader meets elsewhere.
    """
    if not found:
        return None
    shown = listed(found, SHOWN) or list(found[:SHOWN])
    beyond = [one for one in shown if one.rank > SHOWN] if len(shown) > 1 else []
    first, measure = shown[0], shown[0].indicator
    # What is said of each and every one is said once, above the table.
    said = [{remark.text("zh") for remark in one.remarks} for one in shown]
    common = [
        remark
        for remark in first.remarks
        if all(remark.text("zh") in some for some in said) and len(shown) > 1
    ]
    once = {remark.text("zh") for remark in common}
    labels = [
        say("report.proposals_map_label", language, title=measure, count=len(shown))
        for language in LANGUAGES
    ]
    return Proposals(
        title=twice(measure),
        about=in_both(measure.about),
        unit=in_both(lambda language: unit_words(measure.unit, language)),
        nature=measure.nature,
        grade=measure.grade,
        numbers=tuple(sorted(numbers[key] for key in measure.sources)),
        lines=tuple(_line(one, cities, once) for one in shown),
        common=tuple(
            twice(one)
            for text, one in {one.text("zh"): one for one in (*common, *measure.remarks)}.items()
            if text not in known
        ),
        assumptions=assumptions_of(shown),
        overlay=overlay_of(shown, ground),
        label_zh=labels[0],
        label_en=labels[1],
        top=in_both(lambda language: _spoken(first, language)),
        top_place=in_both(lambda language: place_of(first, language)),
        top_span=_range(first) or None,
        total=len(found),
        costed=any(one.cost_million_cny for one in shown),
        best=len(shown) - len(beyond),
        beyond=len(beyond),
        beyond_kind={
            language: kind_of(beyond[0], language) if beyond else "" for language in LANGUAGES
        },
        words=_OF_LINKS if isinstance(first.intervention, AddRoad) else _OF_OTHERS,
    )


def _spoken(one: Proposal, language: Language) -> str:
    return spoken(one.benefit, one.indicator.decimals, one.indicator.unit, language)


def _range(one: Proposal) -> Markup:
    """Return the 5th to 95th percentile of the benefit; nothing where nothing was drawn."""
    if one.stability is None:
        return Markup()
    ends, decimals = one.stability.benefit, one.indicator.decimals
    return in_both(lambda language: span_words(*ends, decimals, language))


def _line(one: Proposal, cities: Mapping[str, Name], common: set[str]) -> Line:
    decimals, stability = one.indicator.decimals, one.stability
    own = [remark for remark in one.remarks if remark.text("zh") not in common]
    in_top = Markup()
    if stability is not None and stability.share is not None:
        in_top = told("report.in_top", share=stability.share, top=stability.top)
    return Line(
        rank=one.rank,
        place=in_both(lambda language: place_of(one, language)),
        kind=in_both(lambda language: kind_of(one, language)),
        benefit=plain(one.benefit, decimals),
        range=_range(one),
        added="" if one.added is None else plain(one.added, decimals),
        order=one.order,
        cost=span_text(one.cost_million_cny, 0),
        per_million=span_text(one.gain_per_million_cny, 1),
        ranks=f"{stability.rank[0]}–{stability.rank[1]}" if stability else "",
        in_top=in_top,
        winners=in_both(lambda language: named_shares(one.gains, cities, language)),
        payers=in_both(lambda language: named_shares(one.payers, cities, language)),
        grade=one.grade,
        remarks=in_both(
            lambda language: ("" if language == "zh" else " ").join(
                remark.text(language) for remark in own
            )
        ),
    )


def span_text(ends: tuple[float, float] | None, decimals: int) -> str:
    """Return a range in digits, or a dash."""
    if ends is None:
        return NO_FIGURE
    return "–".join(dict.fromkeys(plain(end, decimals) for end in ends))


def overlay_of(shown: Sequence[Proposal], ground: Ground) -> Overlay:
    """Draw proposals with known ends: a line where each would run, and its rank beside it."""
    drawn = [(one, LineString(ends)) for one in shown if (ends := ends_of(one))]
    if not drawn:
        return Overlay()
    lines = on_sheet(ground, [line for _, line in drawn])
    middles = [line.interpolate(0.5, normalized=True) for line in lines]
    spots = [(point.x, point.y) for point in middles]
    titles = [f"{one.rank}. {place_of(one, 'zh')} {place_of(one, 'en')}" for one, _ in drawn]
    strokes = [
        Stroke(svg_path(line), _COLOUR, 3, title) for line, title in zip(lines, titles, strict=True)
    ]
    marks = [
        Mark(one.rank, x, y, round(at_x), round(at_y), title)
        for (one, _), (x, y), (at_x, at_y), title in zip(
            drawn, apart(spots, ground), spots, titles, strict=True
        )
    ]
    return Overlay(tuple(strokes), tuple(marks))
