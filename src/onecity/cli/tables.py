"""Findings as tables on a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from onecity.core.words import say
from onecity.report.figures import plain, unit_words
from onecity.report.names import Name
from onecity.strands.contract import Findings, Indicator, Level, Matrix

from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region
    from onecity.strands.examination import Ranking

_COLUMN = 13
"""Narrowest column in which a title and a figure of eight digits read well."""
_WORDS = 3
"""How many such columns the rank, the name and the cities of a row take."""

Column = TypeVar("Column")


def numbered(region: "Region") -> dict[str, int]:
    """Return the numbers by which figures cite the region's sources."""
    return {key: place for place, key in enumerate(region.manifest.sources, 1)}


def show_sources(
    terminal: Terminal, region: "Region", keys: Iterable[str], numbers: Mapping[str, int]
) -> None:
    """Tell what some numbers of sources stand for, each once, in the order of the numbers."""
    for key in sorted(set(keys), key=lambda one: numbers[one]):
        source = region.manifest.sources[key]
        terminal.tell("cli.source_line", number=numbers[key], title=source, grade=source.grade)


def show_region(terminal: Terminal, findings: Findings, numbers: Mapping[str, int]) -> None:
    """Show the figures of the whole region, one row each."""
    table = findings.tables.get(Level.REGION)
    if table is None or not len(table):
        return
    words = ("indicator", "nature_grade", "sources", "unit", "value", "range")
    rows = []
    for key in table.columns:
        one = findings.indicators[key]
        low, high = (
            frame[Level.REGION][key].iloc[0]
            if Level.REGION in frame and key in frame[Level.REGION].columns
            else float("nan")
            for frame in (findings.low, findings.high)
        )
        rows.append(
            (
                one.text(terminal.language),
                _trust(terminal, one),
                cited(one.sources, numbers),
                unit_words(one.unit, terminal.language),
                plain(table[key].iloc[0], one.decimals),
                span(low, high, one.decimals),
            )
        )
    columns = [terminal.say(f"cli.column_{word}") for word in words]
    terminal.table(_title(terminal, findings.strand, Level.REGION), columns, rows, left=4)


def show_units(
    terminal: Terminal,
    findings: Findings,
    level: Level,
    names: Mapping[str, Name],
    numbers: Mapping[str, int],
) -> None:
    """Show the figures of the units of a level, in as many tables as the width asks for."""
    table = findings.tables[level]
    for keys in _fitting(terminal, list(table.columns)):
        indicators = [findings.indicators[key] for key in keys]
        rows = [
            (
                names[code].text(terminal.language) if code in names else str(code),
                *(
                    plain(value, one.decimals)
                    for value, one in zip(values, indicators, strict=True)
                ),
            )
            for code, *values in table[keys].itertuples(name=None)
        ]
        columns = [level.text(terminal.language)]
        columns += [_header(terminal, one, numbers) for one in indicators]
        terminal.table(_title(terminal, findings.strand, level), columns, rows)


def show_matrix(
    terminal: Terminal, matrix: Matrix, names: Mapping[str, Name], numbers: Mapping[str, int]
) -> None:
    """Show figures between pairs of units."""
    one, language = matrix.indicator, terminal.language
    values = matrix.values
    rows = [
        (names[code].text(language), *(plain(value, one.decimals) for value in row))
        for code, *row in values.itertuples(name=None)
    ]
    title = (
        f"{one.text(language)} · {unit_words(one.unit, language)} · "
        f"{_trust(terminal, one)} · {cited(one.sources, numbers)}"
    )
    columns = ["", *(names[code].text(language) for code in values.columns)]
    terminal.table(title, columns, rows)


def show_ranking(
    terminal: Terminal,
    ranking: "Ranking",
    cities: Mapping[str, Name],
    numbers: Mapping[str, int],
    top: int,
) -> None:
    """Show the first rows of a list, in as many tables as the width asks for."""
    from onecity.report.ranked import cities_of, remarks_of

    language, shown = terminal.language, ranking.rows[:top]
    if not shown:
        terminal.answer(terminal.say("topics.empty_list", title=ranking))
        return
    columns = list(enumerate(ranking.columns))
    for part in _parts(terminal, columns, _WORDS):
        rows = [
            (
                str(place),
                row.name[language],
                *(plain(row.values[column], one.decimals) for column, one in part),
                cities_of(row, cities, language),
            )
            for place, row in enumerate(shown, 1)
        ]
        heads = [terminal.say(f"topics.column_{word}") for word in ("rank", "name")]
        heads += [_header(terminal, one, numbers) for _, one in part]
        heads.append(terminal.say("topics.column_cities"))
        terminal.table(_counted(terminal, ranking, len(shown)), heads, rows, left=2)
    terminal.tell("cli.remark", remark=ranking.about(language))
    for place, row in enumerate(shown, 1):
        if row.remarks:
            said = remarks_of(row, language)
            terminal.tell("cli.link_remarks", rank=place, remarks=said)


def _counted(terminal: Terminal, ranking: "Ranking", shown: int) -> str:
    if shown == ranking.total:
        return ranking.text(terminal.language)
    return terminal.say("topics.list_title", title=ranking, shown=shown, total=ranking.total)


def cited(sources: Sequence[str], numbers: Mapping[str, int]) -> str:
    """Return sources as their numbers, short enough for the head of a column."""
    return f"[{','.join(str(number) for number in sorted(numbers[key] for key in sources))}]"


def span(low: float, high: float, decimals: int) -> str:
    """Return a range in digits, the smaller figure first; empty where there is none."""
    if not (isfinite(low) and isfinite(high)):
        return ""
    low, high = min(low, high), max(low, high)
    return f"{plain(low, decimals)}–{plain(high, decimals)}"


def _title(terminal: Terminal, strand: str, level: Level) -> str:
    return f"{say(f'strands.name_{strand}', terminal.language)} · {level.text(terminal.language)}"


def _header(terminal: Terminal, one: Indicator, numbers: Mapping[str, int]) -> str:
    language = terminal.language
    unit = unit_words(one.unit, language)
    return f"{one.text(language)}\n{unit}\n{_trust(terminal, one)}\n{cited(one.sources, numbers)}"


def _trust(terminal: Terminal, one: Indicator) -> str:
    return f"{one.nature.text(terminal.language)} {one.grade.value}"


def _fitting(terminal: Terminal, keys: Sequence[str]) -> list[list[str]]:
    """Cut columns into tables that fit the terminal; a pipe takes all in one."""
    return _parts(terminal, keys, 1)


def _parts(terminal: Terminal, columns: Sequence[Column], words: int) -> list[list[Column]]:
    """Cut columns into tables that fit beside some columns of words."""
    most = max((terminal.out.width - words * _COLUMN) // (_COLUMN + 2), 1)
    return [list(columns[start : start + most]) for start in range(0, len(columns), most)]
