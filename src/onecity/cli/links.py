"""``onecity links``: what could be built, ranked by what it would give; or links of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onecity.core.errors import InputError

from .frame import Command, Number, shared
from .info import assumption_told, identity, indicator_told, spoken_twice
from .measuring import all_proposed
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame

    from onecity.core.words import Language
    from onecity.region.store import Region
    from onecity.strands.contract import Proposal

ENDINGS = (".csv", ".xlsx", ".gpkg", ".geojson", ".json", ".parquet")
_COLUMNS = (
    "rank",
    "place",
    "kind",
    "gain",
    "added",
    "cost",
    "gain_per_million",
    "rank_range",
    "in_top",
    "winners",
    "payers",
    "grade",
)
_WORDS = 3


@click.command("links", cls=Command)
@click.argument("region", type=click.Path(path_type=Path), metavar="REGION")
@click.option("--top", type=Number(1, 1000), default=10, metavar="N")
@click.option("--candidates", type=click.Path(path_type=Path), metavar="FILE.csv")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE")
@shared
@click.pass_obj
def links(
    terminal: Terminal, region: Path, top: float, candidates: Path | None, out: Path | None
) -> None:
    """Show or write proposals, best first."""
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise InputError("cli.unknown_ending", path=out, known=" ".join(ENDINGS))
    from onecity.region.store import Region
    from onecity.report.proposed import listed

    opened = Region.open(region)
    found = proposed(terminal, opened, candidates)
    shown = found if candidates is not None else tuple(listed(found, int(top)))
    if out is not None:
        _write(out, opened, shown, terminal)
    if terminal.json:
        terminal.emit(answer(opened, shown))
    elif out is None:
        _show(terminal, opened, shown)
    if out is not None:
        terminal.tell("cli.written", path=out)


def proposed(
    terminal: Terminal, region: "Region", candidates: Path | None = None
) -> "tuple[Proposal, ...]":
    """Return what the transport strand proposes, or what it says of a user's own links."""
    from onecity.strands.transport import appraise, strand

    if candidates is None:
        return all_proposed(terminal, region, {strand.key: strand})[strand.key]
    from .candidates import read_candidates

    with terminal.progress() as progress:
        return appraise(region, read_candidates(candidates, region), progress=progress)


def answer(region: "Region", found: "Sequence[Proposal]") -> dict[str, Any]:
    """Return proposals, what they rest on and where figures come from, for machines."""
    from onecity.report.proposed import assumptions_of, kind_of, place_of

    measures = {one.indicator.key: one.indicator for one in found}
    return {
        "command": "links",
        "region": identity(region),
        "indicators": {key: indicator_told(one) for key, one in measures.items()},
        "assumptions": [assumption_told(one) for one in assumptions_of(found)],
        "proposals": [
            {
                "rank": one.rank,
                "kind": one.kind,
                "kind_zh": kind_of(one, "zh"),
                "kind_en": kind_of(one, "en"),
                "place_zh": place_of(one, "zh"),
                "place_en": place_of(one, "en"),
                "action": dict(one.intervention.as_record()),
                "indicator": one.indicator.key,
                "benefit": one.benefit,
                "unit": one.indicator.unit,
                "nature": one.indicator.nature.value,
                "grade": one.grade.value,
                "sources": list(one.indicator.sources),
                "order": one.order,
                "added": one.added,
                "cumulative": one.cumulative,
                "gains": dict(one.gains),
                "gains_by_county": dict(one.gains_by_county),
                "payers": dict(one.payers),
                "cost_million_cny": one.cost_million_cny,
                "gain_per_million_cny": one.gain_per_million_cny,
                "stability": _stability(one),
                "evidence": {key: _evidence(value) for key, value in one.evidence.items()},
                "remarks": [spoken_twice(remark) for remark in one.remarks],
            }
            for one in found
        ],
    }


def _stability(one: "Proposal") -> dict[str, Any] | None:
    if one.stability is None:
        return None
    names = ("draws", "top", "among", "share", "rank", "benefit")
    return {name: getattr(one.stability, name) for name in names}


def _evidence(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_evidence(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _evidence(one) for key, one in value.items()}
    return spoken_twice(value) if hasattr(value, "text") else value


def _cells(terminal: Terminal, one: "Proposal", cities: Any) -> tuple[str, ...]:
    from onecity.report.figures import plain
    from onecity.report.proposed import kind_of, named_shares, place_of

    from .tables import span

    language, decimals = terminal.language, one.indicator.decimals
    stability = one.stability
    in_top = ""
    if stability is not None and stability.share is not None:
        in_top = f"{stability.share:.0%} / {stability.top}"
    return (
        str(one.rank),
        place_of(one, language),
        kind_of(one, language),
        plain(one.benefit, decimals),
        "" if one.added is None else f"{plain(one.added, decimals)} ({one.order})",
        span(*one.cost_million_cny, 0) if one.cost_million_cny else "—",
        span(*one.gain_per_million_cny, 1) if one.gain_per_million_cny else "—",
        f"{stability.rank[0]}–{stability.rank[1]} / {stability.among}" if stability else "",
        in_top,
        named_shares(one.gains, cities, language),
        named_shares(one.payers, cities, language),
        one.grade.value,
    )


def _show(terminal: Terminal, region: "Region", found: "Sequence[Proposal]") -> None:
    from onecity.report.assumed import assumed_words
    from onecity.report.figures import unit_words
    from onecity.report.names import names_of
    from onecity.report.proposed import assumptions_of
    from onecity.strands.contract import Level

    from .tables import cited

    if not found:
        terminal.answer(terminal.say("cli.no_links"))
        return
    language, measure = terminal.language, found[0].indicator
    numbers = {key: place for place, key in enumerate(region.manifest.sources, 1)}
    cities = names_of(region)[Level.CITY]
    terminal.table(
        terminal.say(
            "cli.links_title",
            title=measure,
            unit=unit_words(measure.unit, language),
            trust=f"{measure.nature.text(language)} {measure.grade.value}",
            cited=cited(measure.sources, numbers),
        ),
        [terminal.say(f"cli.column_{name}") for name in _COLUMNS],
        [_cells(terminal, one, cities) for one in found],
        left=_WORDS,
    )
    shared_words = dict.fromkeys(remark.text(language) for remark in measure.remarks)
    each = [{remark.text(language) for remark in one.remarks} for one in found]
    # What is said of every link is said once.
    everywhere = [one.text(language) for one in found[0].remarks]
    common = [words for words in everywhere if all(words in some for some in each)]
    for words in (*common, *shared_words):
        terminal.tell("cli.remark", remark=words)
    for one in found:
        own = [remark.text(language) for remark in one.remarks]
        own = [words for words in own if words not in common]
        if own:
            joint = "" if language == "zh" else " "
            terminal.tell("cli.link_remarks", rank=one.rank, remarks=joint.join(own))
    terminal.tell("cli.links_assume", assumed=assumed_words(assumptions_of(found), language))
    for key in measure.sources:
        source = region.manifest.sources[key]
        terminal.tell("cli.source_line", number=numbers[key], title=source, grade=source.grade)


def _write(path: Path, region: "Region", found: "Sequence[Proposal]", terminal: Terminal) -> None:
    from onecity.report.names import names_of
    from onecity.report.proposed import flat
    from onecity.strands.contract import Level

    from .files import write_json, write_shapes, write_table, write_whole

    cities = names_of(region)[Level.CITY]
    match path.suffix.lower():
        case ".json":
            write_json(path, answer(region, found))
        case ".xlsx":
            from onecity.report.workbooks import write_workbook

            sheets = _sheets(region, found, terminal)
            title = terminal.say("cli.sheet_links")
            write_whole(path, lambda scratch: write_workbook(scratch, title, sheets))
        case ".csv" | ".parquet":
            write_table(path, flat(found, cities))
        case _:
            write_shapes(path, _shapes(found, cities), "links")


def _shapes(found: "Sequence[Proposal]", cities: Any) -> "GeoDataFrame":
    """Return proposals as straight lines between their ends; none where ends are not known."""
    import geopandas as gpd
    from shapely import LineString

    from onecity.report.proposed import ends_of, flat

    lines = [LineString(ends) if (ends := ends_of(one)) else None for one in found]
    return gpd.GeoDataFrame(flat(found, cities), geometry=lines, crs="EPSG:4326")


def _sheets(region: "Region", found: "Sequence[Proposal]", terminal: Terminal) -> list[Any]:
    from onecity.report.names import names_of
    from onecity.report.proposed import assumptions_of, flat
    from onecity.report.workbooks import Sheet, assumptions_sheet, flat_sheet, sources_sheet
    from onecity.strands.contract import Level

    language, cities = terminal.language, names_of(region)[Level.CITY]
    table = flat(found, cities)
    wanted = (
        "rank", f"place_{language}", f"kind_{language}", "benefit", "order", "added", "cumulative",
        "cost_low_million_cny", "cost_high_million_cny", "gain_per_million_cny_low",
        "gain_per_million_cny_high", "rank_low", "rank_high", "share_in_top", "benefit_low",
        "benefit_high", f"gains_{language}", f"payers_{language}", "nature", "grade", "sources",
        f"remarks_{language}", f"assumptions_{language}",
    )  # fmt: skip
    names = [name for name in wanted if name in table]
    words = [terminal.say(f"cli.sheet_{name.removesuffix(f'_{language}')}") for name in names]
    shown = table[names].assign(
        nature=[one.indicator.nature.text(language) for one in found],
        sources=[_titles(region, one.indicator.sources, language) for one in found],
    )
    gains = [(one.rank, *(one.gains.get(code) for code in cities)) for one in found]
    return [
        Sheet(
            terminal.say("cli.sheet_links"),
            words,
            shown.astype(object).itertuples(index=False),
            left=2,
        ),
        Sheet(
            terminal.say("cli.sheet_gains_by_city"),
            [terminal.say("cli.sheet_rank"), *(one.text(language) for one in cities.values())],
            gains,
        ),
        assumptions_sheet(assumptions_of(found), language),
        sources_sheet(region, language),
        flat_sheet(terminal.say("cli.sheet_all"), table),
    ]


def _titles(region: "Region", keys: "Sequence[str]", language: "Language") -> str:
    return "; ".join(region.manifest.sources[key].text(language) for key in keys)
