"""The reports of an office: of one city or unit, of all together, and one page for the head."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from onecity.core.errors import MissingError
from onecity.core.words import Language
from onecity.programme.ledger.figures import FEWEST, UnitFigures
from onecity.programme.ledger.model import Event
from onecity.programme.ledger.register import Register
from onecity.region.store import Region
from onecity.report.names import names_of
from onecity.strands.contract import Level

from .chapters import Writer, parts, said
from .data import Cell, Chapter, Kind, Report, Table
from .facts import Facts, Moment, Stand, end_of, facts, figures, moment
from .map import ItemMap, map_of
from .period import Day, Span
from .spoken import Count, Formal, Listed, Money, Plain, Ratio, Spoken, unit_name

if TYPE_CHECKING:
    from onecity.programme.ledger.book import Book

_OF_CITY = re.compile(r"\w{1,7}?(?:市|自治州|地区)")
"""What the name of an office of a city begins with."""

NO_CITY = ""
"""Units that belong to no city are counted under it."""


def city_report(
    book: "Book",
    code: str,
    first: date,
    last: date,
    *,
    events: Iterable[Event] | None = None,
    names: Mapping[str, Spoken] | None = None,
) -> Report:
    """Return the report of a city or a unit on a period (各市汇报).

    Parameters
    ----------
    code
        Of a city: all its units; of a unit: itself, those it took over from, and all under them.
    first, last
        The period, both days with it. A period that is not over is told up to the book's day.
    events
        Returns with their reasons, from `period.needed_from` on; without them the report says
        only what is back now.
    names
        Names of cities by their codes, as a region has them; without them see `city_name`.

    Raises
    ------
    MissingError
        There is no such city or unit.
    InputError
        The period ends before it begins, or begins after the day of the book.
    """
    span = Span.of(first, last)
    units, who = units_of(book.register, code, end_of(book, span), names)
    found = facts(book, span, units=units, events=events)
    writer = Writer(book, found, who)
    chapters = (
        Chapter("overview", writer.overview(*_roles(book, found, units), *money(found.all))),
        writer.done(),
        writer.late(),
        writer.returned(),
        writer.next(),
        writer.help(),
        writer.measures(),
    )
    return report(book, Kind.CITY, said("title_city", who=who), chapters, writer)


def circle_summary(
    book: "Book",
    first: date,
    last: date,
    *,
    events: Iterable[Event] | None = None,
    names: Mapping[str, Spoken] | None = None,
) -> Report:
    """Return the office's report on all cities together (圈办总结); see `city_report`."""
    span = Span.of(first, last)
    then = moment(book, end_of(book, span))
    found = facts(book, span, events=events, at=then)
    writer = Writer(book, found)
    strands = writer.strands()
    chapters = (
        Chapter("overview", writer.overview(*money(found.all)), (strands,)),
        _cities(book, then, names),
        writer.done(),
        writer.late(),
        writer.returned(),
        writer.next(),
        writer.help(asked=False),
        writer.measures(),
    )
    return report(book, Kind.SUMMARY, said("title_summary"), chapters, writer)


def one_page(
    book: "Book",
    first: date,
    last: date,
    *,
    region: Region | None = None,
    events: Iterable[Event] | None = None,
) -> Report:
    """Return a summary that fits on one page (一页呈报); see `city_report`.

    Parameters
    ----------
    region
        Gives the names of its cities, and the outlines for a map of where items lie; without it
        there is no map.
    """
    span = Span.of(first, last)
    then = moment(book, end_of(book, span))
    found = facts(book, span, events=events, at=then)
    writer = Writer(book, found)
    names = None if region is None else names_of(region)[Level.CITY]
    chapters = (
        Chapter("overview", writer.overview(), (_brief(book, then, names),)),
        writer.late(brief=True),
        Chapter("next", (writer.next_told(),)),
        writer.help_brief(),
    )
    drawn = None if region is None else map_of(region, found.all)
    return report(book, Kind.PAGE, said("title_page"), chapters, writer, drawn)


def report(
    book: "Book",
    kind: Kind,
    title: Spoken,
    chapters: Sequence[Chapter],
    writer: Writer,
    drawn: ItemMap | None = None,
) -> Report:
    """Return a report of some chapters, with how it counts and what has to be known besides."""
    found = writer.facts
    examples = sum(one.item.example for one in (*found.all, *found.paused))
    return Report(
        kind=kind,
        title=title,
        subtitle=said("subtitle", period=found.span, day=Day(found.end)),
        span=found.span,
        day=book.day,
        revision=book.revision,
        examples=examples,
        figures=writer.figures(),
        chapters=tuple(chapters),
        notes=_notes(book, found),
        facts=found,
        map=drawn,
    )


# --- Whose items ---------------------------------------------------------------------------------


def units_of(
    register: Register, code: str, on: date, names: Mapping[str, Spoken] | None = None
) -> tuple[frozenset[str], Spoken]:
    """Return the codes of a city's or a unit's units, and what it is called.

    Raises
    ------
    MissingError
        There is no such city or unit.
    """
    of_city = frozenset(one.code for one in register if one.city == code)
    if of_city:
        return of_city, city_name(register, code, on, names)
    if code not in register.units:
        raise MissingError("ledger_report.no_city_or_unit", given=code)
    found: set[str] = set()
    for one in register.answers_for(code, on):
        found.update(below.code for below in register.below(one))
    return frozenset(found), unit_name(register, code, on)


@dataclass(frozen=True, slots=True)
class CityName:
    """What a city is called, as far as the names of its units tell: 鄂州市 of 鄂州市人民政府."""

    zh: str
    en: str

    def text(self, language: Language) -> str:
        """Return it."""
        return self.zh if language == "zh" else self.en


def city_name(
    register: Register, code: str, on: date, names: Mapping[str, Spoken] | None = None
) -> Spoken:
    """Return what a city is called.

    That is its name in `names`; else the city that the names of its units begin with; else the
    name of its only head unit; else its code.
    """
    if names is not None and code in names:
        return names[code]
    own = [one for one in register if one.city == code]
    heads = [
        one
        for one in own
        if one.is_valid(on) and (one.parent is None or register.units[one.parent].city != code)
    ]
    english = heads[0].name_en if len(heads) == 1 else None
    begun = {found[0] for one in own if (found := _OF_CITY.match(one.name))}
    if len(begun) == 1:
        [name] = begun
        return CityName(name, english or name)
    return register.shown(heads[0].code, on) if len(heads) == 1 else Plain(code)


# --- Pieces --------------------------------------------------------------------------------------


def _roles(book: "Book", found: Facts, units: Collection[str]) -> tuple[Spoken, ...]:
    """Return in how many items of others the units lead or support."""
    others = [
        one
        for one in book.items.values()
        if one.responsible_unit not in units
        and one.assigned_on is not None
        and one.assigned_on <= found.end
        and one.is_open
    ]
    lead = sum(one.lead_unit in units for one in others)
    support = sum(
        one.lead_unit not in units and any(code in units for code in one.supporting_units)
        for one in others
    )
    if not (lead or support):
        return ()
    return (said("roles", parts=parts(("lead", lead), ("support", support))),)


def money(stands: Iterable[Stand]) -> tuple[Spoken, ...]:
    """Return the money planned and paid, one sentence for each currency."""
    planned: Counter[str] = Counter()
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for one in stands:
        item = one.item
        if item.budget or item.payments:
            budget, paid = sums.get(item.currency, (Decimal(0), Decimal(0)))
            sums[item.currency] = budget + item.budget_total, paid + item.paid_total
            planned[item.currency] += 1
    return tuple(
        said(
            "money",
            count=Count(planned[currency]),
            budget=Money(budget, currency),
            paid=Money(paid, currency),
        )
        for currency, (budget, paid) in sorted(sums.items())
    )


def _by_city(
    book: "Book", then: Moment, names: Mapping[str, Spoken] | None
) -> list[tuple[Spoken, UnitFigures]]:
    """Return the figures of each city in the order of the register, units of no city last."""
    units = book.register.units

    def group(code: str) -> str:
        return (units[code].city if code in units else None) or NO_CITY

    found = {one.unit: one for one in figures(book, then, group)}
    cities = dict.fromkeys(one.city for one in book.register if one.city is not None)
    rows = [
        (city_name(book.register, one, then.on, names), found[one])
        for one in cities
        if one in found
    ]
    if NO_CITY in found:
        rows.append((said("no_city"), found[NO_CITY]))
    return rows


def _cities(book: "Book", then: Moment, names: Mapping[str, Spoken] | None) -> Chapter:
    """Return how each city does: fair figures, each with its counts."""
    found = _by_city(book, then, names)
    late = [(name, one) for name, one in found if one.overdue.count]
    none = [name for name, one in found if not one.overdue.count]
    told: list[Spoken] = []
    if not found:
        told.append(said("cities_none"))
    elif not late:
        told.append(said("cities_no_late"))
    else:
        pieces = [
            said(
                "city_late",
                city=name,
                count=Count(one.overdue.count),
                longest=Count(one.overdue.longest or 0, "days"),
            )
            for name, one in sorted(late, key=lambda pair: -pair[1].overdue.count)
        ]
        told.append(said("cities_late", parts=Listed(pieces)))
        if none:
            told.append(said("cities_without", names=Listed(none)))
    rows = tuple(_city_row(name, one) for name, one in found)
    return Chapter("cities", tuple(told), (Table("cities", rows, noun="rows"),))


def _city_row(name: Spoken, one: UnitFigures) -> tuple[Cell, ...]:
    return (
        name, one.items, one.done, Ratio(one.on_time), one.open, one.overdue.count,
        one.overdue.median, one.overdue.longest, one.waiting, Ratio(one.returned),
    )  # fmt: skip


def _brief(book: "Book", then: Moment, names: Mapping[str, Spoken] | None) -> Table:
    rows = tuple(
        (
            name, one.items, one.done, Ratio(one.on_time), one.open, one.overdue.count,
            one.overdue.longest,
        )
        for name, one in _by_city(book, then, names)
    )  # fmt: skip
    return Table("brief", rows, noun="rows")


def _notes(book: "Book", found: Facts) -> tuple[Spoken, ...]:
    """Return how the report counts, and what a reader has to know of its figures."""
    notes: list[Spoken] = [said("note_counting"), said("note_rates", fewest=FEWEST)]
    if not found.now:
        notes.append(said("note_past", end=Day(found.end), day=Day(book.day)))
    if found.end < found.span.last:
        notes.append(said("note_not_over", day=Day(book.day)))
    extended = sum(
        book.pasts[one.item.id].extended > 0 for one in found.all if one.item.id in book.pasts
    )
    if extended:
        notes.append(said("note_extended", count=Count(extended)))
    without = sum(not one.item.source for one in found.all)
    if without:
        notes.append(said("note_sources", count=Count(without)))
    if not found.told:
        notes.append(said("note_returns"))
    days = [one.item.due for one in found.all if one.item.due is not None]
    first = min([found.before.span.first, *days])
    assumed = book.calendar.remark(first, max([found.ahead.last, *days]))
    if assumed is not None:
        notes.append(Formal(assumed))
    return tuple(notes)
