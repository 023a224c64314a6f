"""Comparisons as tables: on a terminal, one or several side by side, and as sheets."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from onecity.core.words import Language
from onecity.programme.balance import Balance
from onecity.programme.comparison import Comparison, Difference
from onecity.programme.tables import COUNTED, side_by_side
from onecity.report.figures import NO_FIGURE, plain, unit_words
from onecity.report.names import Name, names_of
from onecity.report.workbooks import Sheet, flat_sheet, meanings_sheet, sources_sheet
from onecity.strands.contract import BorderShift, Indicator, Level, percent

from .tables import cited
from .terminal import Terminal

if TYPE_CHECKING:
    from onecity.region.store import Region

_MOST = 5
"""Counties shown among the largest gains and losses."""

Names = Mapping[Level, Mapping[str, Name]]


def show_one(terminal: Terminal, region: "Region", found: Comparison) -> None:
    """Show one comparison: figures before and after, winners and losers, cities, borders."""
    names = names_of(region)
    numbers = _numbers(region)
    terminal.answer(_title_of(terminal, found))
    for one in found.differences.values():
        _show_figures(terminal, one, numbers)
        _show_balances(terminal, one)
        _show_places(terminal, one, names)
        _show_cities(terminal, one, names)
        for matrix in one.matrices:
            change = matrix.change
            if (change.fillna(0) != 0).any(axis=None):
                _show_matrix(terminal, matrix.indicator, change, names[matrix.level], numbers)
        if one.borders:
            _show_borders(terminal, one.borders, names[Level.CITY], numbers)


def show_several(terminal: Terminal, region: "Region", found: Sequence[Comparison]) -> None:
    """Show several comparisons side by side: how each changes the figures of the region."""
    names, numbers, language = names_of(region), _numbers(region), terminal.language
    titles = [one.title or one.key for one in found]
    for strand in found[0].differences:
        several = [one.differences[strand] for one in found]
        first = several[0]
        before, level = first.before[Level.REGION], Level.REGION
        words = ("indicator", "nature_grade", "sources", "unit", "before")
        rows = [
            (
                *_measure(terminal, first.indicators[key], numbers),
                plain(before[key].iloc[0], first.indicators[key].decimals),
                *(_changed(one, level, key) for one in several),
            )
            for key in first.change[level].columns
        ]
        terminal.table(
            terminal.say("cli.compare_figures"),
            [*(terminal.say(f"cli.column_{word}") for word in words), *titles],
            rows,
            left=4,
        )
        terminal.table(
            terminal.say("cli.compare_people"),
            [
                terminal.say("cli.column_indicator"),
                terminal.say("cli.column_threshold"),
                terminal.say("cli.column_counted"),
                *titles,
            ],
            [
                (
                    balance.indicator.text(language),
                    _threshold(balance, language),
                    terminal.say(f"cli.column_{column}"),
                    *(_people(one.balances[key], column) for one in several),
                )
                for key, balance in first.balances.items()
                for column in COUNTED
                if any(one.balances[key].of(column) for one in several)
            ],
            left=3,
        )
        if any(one.borders for one in several):
            _borders_side_by_side(terminal, several, titles, names[Level.CITY])


def show_remarks(terminal: Terminal, region: "Region", found: Sequence[Comparison]) -> None:
    """Show what has to be known of comparisons, each remark once, and their sources."""
    remarks = [remark for one in found for remark in one.remarks]
    differences = [one for comparison in found for one in comparison.differences.values()]
    remarks += [remark for one in differences for remark in one.remarks]
    remarks += [
        remark
        for one in differences
        for measure in one.indicators.values()
        for remark in measure.remarks
    ]
    for words in dict.fromkeys(remark.text(terminal.language) for remark in remarks):
        terminal.tell("cli.remark", remark=words)
    numbers = _numbers(region)
    for key, source in region.manifest.sources.items():
        terminal.tell("cli.source_line", number=numbers[key], title=source, grade=source.grade)


def sheets_of(terminal: Terminal, region: "Region", found: Sequence[Comparison]) -> list[Sheet]:
    """Return comparisons as sheets: figures, people, borders, what was done, and all flat."""
    language, names = terminal.language, names_of(region)
    levels = (Level.REGION, Level.GROUP, Level.CITY, Level.COUNTY)
    table = side_by_side(found, levels)
    measures = measures_of(found)

    def named(row: Any, column: str = "code") -> str:
        code = getattr(row, column)
        if code is None:
            return ""
        known = names[Level(row.level)]
        return known[code].text(language) if code in known else str(code)

    def sheet(word: str, told: Sequence[str], columns: Mapping[str, Callable[[Any], Any]]) -> Sheet:
        rows = table[table["told"].isin(told)]
        heads = [terminal.say(f"cli.column_{name}") for name in columns]
        cells = [[value(row) for value in columns.values()] for row in rows.itertuples()]
        return Sheet(terminal.say(f"cli.sheet_compare_{word}"), heads, cells, left=3)

    def raw(name: str) -> Callable[[Any], Any]:
        return lambda row: getattr(row, name)

    who: dict[str, Callable[[Any], Any]] = {
        "scenario": raw("title"),
        "level": lambda row: Level(row.level).text(language),
        "place": named,
    }
    what: dict[str, Callable[[Any], Any]] = {
        "indicator": lambda row: measures[row.indicator].text(language),
        "unit": lambda row: unit_words(row.unit, language),
    }
    trust = {name: raw(name) for name in ("nature", "grade", "sources")}
    trust["nature"] = lambda row: measures[row.indicator].nature.text(language)
    ends = {name: raw(name) for name in ("change_low", "change_high")}
    values = {name: raw(name) for name in ("before", "after")} | {"difference": raw("change")}
    to: dict[str, Callable[[Any], Any]] = {"to": lambda row: named(row, "to")}
    counted: dict[str, Callable[[Any], Any]] = {
        "threshold": raw("threshold"),
        "counted": lambda row: terminal.say(f"cli.column_{row.told}"),
        "people": raw("change"),
    }
    firm = {name: raw(name) for name in ("interval_low", "interval_high")}
    firm |= {name: raw(name) for name in ("found_low", "found_high", "found_p")}
    done = [
        (one.title, number, str(dict(each.as_record())))
        for one in found
        for number, each in enumerate(one.interventions, 1)
    ]
    return [
        sheet("figures", ["figure"], {**who, **to, **what, **values, **ends, **trust}),
        sheet("people", COUNTED, {**who, "indicator": what["indicator"], **counted, **trust}),
        sheet("borders", ["border"], {**who, **to, **values, **firm, **trust}),
        Sheet(
            terminal.say("cli.sheet_compare_done"),
            [terminal.say(f"cli.column_{name}") for name in ("scenario", "number", "done")],
            done,
        ),
        meanings_sheet(measures.values(), language),
        sources_sheet(region, language),
        flat_sheet(terminal.say("cli.sheet_all"), table),
    ]


def measures_of(found: Sequence[Comparison]) -> dict[str, Indicator]:
    """Return every figure of comparisons by its key."""
    return {
        one.key: one
        for comparison in found
        for each in comparison.differences.values()
        for one in (
            *each.indicators.values(),
            *(matrix.indicator for matrix in each.matrices),
            *(shift.indicator for shift in each.borders),
        )
    }


# --- Tables on a terminal ----------------------------------------------------------------------


def _show_figures(terminal: Terminal, one: Difference, numbers: Mapping[str, int]) -> None:
    level = Level.REGION
    before, after = one.before[level], one.after[level]
    words = (
        *("indicator", "nature_grade", "sources", "unit"),
        *("before", "after", "difference", "difference_range"),
    )
    rows = []
    for key in one.change[level].columns:
        measure = one.indicators[key]
        ends = one.span(level, key)
        rows.append(
            (
                *_measure(terminal, measure, numbers),
                plain(before[key].iloc[0], measure.decimals),
                plain(after[key].iloc[0], measure.decimals),
                _changed(one, level, key),
                "" if ends is None else _between(ends[0].iloc[0], ends[1].iloc[0], measure),
            )
        )
    columns = [terminal.say(f"cli.column_{word}") for word in words]
    terminal.table(terminal.say("cli.compare_figures"), columns, rows, left=4)


def _show_balances(terminal: Terminal, one: Difference) -> None:
    words = ("indicator", "threshold", *COUNTED, "mean")
    rows = [
        (
            balance.indicator.text(terminal.language),
            _threshold(balance, terminal.language),
            *(_people(balance, column) for column in COUNTED),
            signed(balance.of("mean"), balance.indicator.decimals),
        )
        for key, balance in one.balances.items()
        if key in one.headline or any(balance.of(column) for column in COUNTED)
    ]
    columns = [terminal.say(f"cli.column_{word}") for word in words]
    terminal.table(terminal.say("cli.compare_people"), columns, rows, left=2)


def _show_places(terminal: Terminal, one: Difference, names: Names) -> None:
    """Show the counties that gain and lose most, by the figures to be read first."""
    rows = []
    for balance in _first(one):
        for word, extremes in (
            ("winner", balance.winners[Level.COUNTY]),
            ("loser", balance.losers[Level.COUNTY]),
        ):
            rows += [
                (
                    balance.indicator.text(terminal.language),
                    terminal.say(f"cli.compare_{word}"),
                    _name(names[Level.COUNTY], each.code, terminal.language),
                    plain(each.before, balance.indicator.decimals),
                    plain(each.after, balance.indicator.decimals),
                    signed(each.change, balance.indicator.decimals),
                )
                for each in extremes[:_MOST]
                if _is_shown(each.change, balance.indicator)
            ]
    if rows:
        words = ("indicator", "gain_or_loss", "place", "before", "after", "difference")
        columns = [terminal.say(f"cli.column_{word}") for word in words]
        terminal.table(terminal.say("cli.compare_places"), columns, rows, left=3)


def _show_cities(terminal: Terminal, one: Difference, names: Names) -> None:
    """Show who gains and loses in which city, by the figures to be read first."""
    balances = _first(one)
    codes = one.change[Level.CITY].index
    rows = [
        (
            _name(names[Level.CITY], code, terminal.language),
            *(
                plain(balance.of(column, Level.CITY, code), 0)
                for balance in balances
                for column in ("gain_people", "lose_people")
            ),
        )
        for code in codes
    ]
    columns = [Level.CITY.text(terminal.language)]
    columns += [
        f"{balance.indicator.text(terminal.language)}\n{terminal.say(f'cli.column_{column}')}"
        for balance in balances
        for column in ("gain_people", "lose_people")
    ]
    terminal.table(terminal.say("cli.compare_cities"), columns, rows)


def _show_matrix(
    terminal: Terminal,
    measure: Indicator,
    change: Any,
    names: Mapping[str, Name],
    numbers: Mapping[str, int],
) -> None:
    language = terminal.language
    rows = [
        (_name(names, code, language), *(signed(value, measure.decimals) for value in row))
        for code, *row in change.itertuples(name=None)
    ]
    title = terminal.say(
        "cli.compare_matrix",
        title=measure,
        unit=unit_words(measure.unit, language),
        trust=f"{measure.nature.text(language)} {measure.grade.value}",
        cited=cited(measure.sources, numbers),
    )
    terminal.table(title, ["", *(_name(names, code, language) for code in change.columns)], rows)


def _show_borders(
    terminal: Terminal,
    shifts: Sequence[BorderShift],
    cities: Mapping[str, Name],
    numbers: Mapping[str, int],
) -> None:
    words = (
        *("border", "before", "after", "interval_after", "points"),
        *("found_variants", "found_placebo", "found_verdict"),
    )
    measure = shifts[0].indicator
    rows = []
    for shift in shifts:
        found, decimals = shift.found, shift.indicator.decimals
        chance = None if found is None else found.chance
        rows.append(
            (
                _border_name(shift, cities, terminal),
                signed(shift.before.percent, decimals),
                signed(shift.after.percent, decimals),
                _percents(shift.after.interval, decimals),
                signed(shift.points, decimals),
                _percents(found.variants, decimals) if found else NO_FIGURE,
                f"{chance.p:.1%}" if chance else NO_FIGURE,
                found.verdict.text(terminal.language) if found else NO_FIGURE,
            )
        )
    trust = f"{measure.nature.text(terminal.language)} {measure.grade.value}"
    terminal.table(
        terminal.say("cli.compare_borders", trust=trust, cited=cited(measure.sources, numbers)),
        [terminal.say(f"cli.column_{word}") for word in words],
        rows,
    )


def _borders_side_by_side(
    terminal: Terminal,
    several: Sequence[Difference],
    titles: Sequence[str],
    cities: Mapping[str, Name],
) -> None:
    by_codes = [{shift.codes: shift for shift in one.borders} for one in several]
    rows = []
    for codes in dict.fromkeys(codes for one in by_codes for codes in one):
        found = next(one[codes] for one in by_codes if codes in one)
        rows.append(
            (
                _border_name(found, cities, terminal),
                signed(found.found.percent, found.indicator.decimals) if found.found else NO_FIGURE,
                *(
                    signed(one[codes].points, found.indicator.decimals)
                    if codes in one
                    else NO_FIGURE
                    for one in by_codes
                ),
            )
        )
    columns = [terminal.say(f"cli.column_{word}") for word in ("border", "before")]
    terminal.table(terminal.say("cli.compare_borders_points"), [*columns, *titles], rows)


# --- Pieces ------------------------------------------------------------------------------------


def signed(value: float, decimals: int) -> str:
    """Return a change with its sign: +4.3, −4.3; nothing at all has none."""
    if not isfinite(value):
        return NO_FIGURE
    text = plain(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text.replace("-", "−")


def _title_of(terminal: Terminal, found: Comparison) -> str:
    key = "cli.compare_title_quick" if found.quick else "cli.compare_title"
    count = len(found.interventions)
    return terminal.say(key, title=found.title, count=count, hash=found.hash[:12])


def _measure(
    terminal: Terminal, one: Indicator, numbers: Mapping[str, int]
) -> tuple[str, str, str, str]:
    return (
        one.text(terminal.language),
        f"{one.nature.text(terminal.language)} {one.grade.value}",
        cited(one.sources, numbers),
        unit_words(one.unit, terminal.language),
    )


def _changed(one: Difference, level: Level, key: str) -> str:
    return signed(one.change[level][key].iloc[0], one.indicators[key].decimals)


def _between(low: float, high: float, measure: Indicator) -> str:
    if not (isfinite(low) and isfinite(high)):
        return ""
    return f"{signed(low, measure.decimals)} … {signed(high, measure.decimals)}"


def _percents(ends: tuple[float, float], decimals: int) -> str:
    return " … ".join(signed(percent(end), decimals) for end in ends)


def _threshold(balance: Balance, language: Language) -> str:
    unit = unit_words(balance.indicator.unit, language)
    return f"{balance.threshold:,g} {unit}"


def _people(balance: Balance, column: str) -> str:
    return plain(balance.of(column), 0)


def _first(one: Difference) -> list[Balance]:
    """Return winners and losers by the figures to be read first, or by all there are."""
    first = [one.balances[key] for key in one.headline if key in one.balances]
    return first or list(one.balances.values())


def _is_shown(change: float, measure: Indicator) -> bool:
    """Whether a change is more than nothing with the decimals that are shown."""
    return round(change, measure.decimals) != 0


def _border_name(shift: BorderShift, cities: Mapping[str, Name], terminal: Terminal) -> str:
    names = [_name(cities, code, terminal.language) for code in shift.codes]
    match names:
        case [city]:
            return terminal.say("report.border_of_city", city=city)
        case [city, other]:
            return terminal.say("report.place_between", one=city, other=other)
        case _:
            return terminal.say("report.border_all")


def _name(names: Mapping[str, Name], code: str, language: Language) -> str:
    return names[code].text(language) if code in names else str(code)


def _numbers(region: "Region") -> dict[str, int]:
    return {key: place for place, key in enumerate(region.manifest.sources, 1)}
