"""The chapters of a report: each sentence from facts, with its cases of none, one and many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from onecity.core.words import Sentence
from onecity.programme.ledger.figures import Rate
from onecity.programme.ledger.kinds import Strand
from onecity.programme.ledger.model import Item, Measure
from onecity.programme.ledger.rules import Mark

from .data import BRIEF_ROWS, HELD_ROWS, MOST_ROWS, Cell, Chapter, Figure, Table
from .facts import Asked, Facts, Stand
from .period import Day
from .spoken import Count, Formal, Joined, Listed, Plain, Spoken, formal, unit_name

if TYPE_CHECKING:
    from onecity.programme.ledger.book import Book

_MOST_UNITS = 6
_MARKS = (Mark.OVERDUE, Mark.BLOCKED, Mark.AT_RISK, Mark.DUE_SOON, Mark.ON_TIME)
_OUTPACED = frozenset({Mark.BLOCKED, Mark.AT_RISK})


def said(key: str, **values: object) -> Sentence:
    """Return a sentence of the reports' chapter of the catalogue."""
    return Sentence(f"ledger_report.{key}", values)


def number_of(item: Item) -> Spoken:
    """Return the number of an item, marked if it is invented."""
    return said("number_example", number=item.number) if item.example else Plain(item.number)


def cited_as(item: Item) -> Spoken:
    """Return an item as a sentence names it: number and title."""
    return said("item", number=number_of(item), title=item.title)


class Writer:
    """What all chapters of one report need: the book, the facts, and whose they are.

    `who` is None where a report tells of all.
    """

    def __init__(self, book: "Book", facts: Facts, who: Spoken | None = None) -> None:
        self.book, self.facts, self.who = book, facts, who

    def unit(self, code: str | None) -> Spoken:
        """Return the name of a unit as it is to be shown at the end of the period."""
        return unit_name(self.book.register, code, self.facts.end)

    # --- Paragraphs ------------------------------------------------------------------------------

    def status(self) -> Spoken:
        """Return how many items there are and how they stand."""
        facts, end = self.facts, Day(self.facts.end)
        if not facts.all and not facts.paused:
            if self.who is None:
                return said("status_none", day=end)
            return said("status_none_of", day=end, who=self.who)
        pieces = parts(
            ("done", len(facts.done_ever)),
            ("waiting", len(facts.waiting)),
            ("open", len(facts.open)),
            ("paused", len(facts.paused)),
        )
        every = Count(len(facts.all) + len(facts.paused))
        if self.who is None:
            return said("status", day=end, all=every, parts=pieces)
        return said("status_of", day=end, who=self.who, all=every, parts=pieces)

    def standing(self) -> tuple[Spoken, ...]:
        """Return how the open items stand."""
        facts = self.facts
        if not facts.open:
            return (said("open_none"),) if facts.all else ()
        if facts.now:
            marks = [one.mark for one in facts.open]
            pieces = parts(*((f"mark_{one.value}", marks.count(one)) for one in _MARKS))
        else:
            late = len(facts.late)
            pieces = parts(("mark_overdue", late), ("mark_not_due", len(facts.open) - late))
        told = said("open_stand", parts=pieces)
        return (told,) if facts.late else (told, said("late_none"))

    def period(self) -> Spoken:
        """Return what was given out and done in the period."""
        facts = self.facts
        given = len(facts.given)
        pieces = [
            said("given", count=Count(given)) if given else said("given_none"),
            self.done_piece(),
        ]
        return said("period", period=facts.span, parts=Listed(pieces, clauses=True))

    def done_piece(self) -> Spoken:
        """Return what was done in the period, as a piece of a sentence."""
        done, late = len(self.facts.done), self.facts.done_late
        if not done:
            return said("done_piece_none")
        one = "_one" if done == 1 else ""
        if not late:
            return Sentence(f"ledger_report.done_piece_on_time{one}", {"count": Count(done)})
        longest = Count(max(one.late or 0 for one in late), "days")
        if len(late) == done:
            key = f"ledger_report.done_piece_late{one}"
            return Sentence(key, {"count": Count(done), "longest": longest})
        return said(
            "done_piece",
            count=Count(done),
            on_time=Count(done - len(late)),
            late=Count(len(late)),
            longest=longest,
        )

    def rate(self) -> tuple[Spoken, ...]:
        """Return the share of all done items that were on time, with its counts."""
        done = self.facts.done_ever
        if not done:
            return ()
        rate = Rate(sum(not one.late for one in done), len(done))
        return (said("rate", rate=Formal(rate)),)

    def compared(self) -> Spoken:
        """Return what changed against the period before."""
        facts, before = self.facts, self.facts.before
        pieces = [
            change("done", before.done, len(facts.done)),
            change("late", before.late, len(facts.late)),
        ]
        if before.returned is not None:
            pieces.append(change("returned", before.returned, len(facts.returned), "reports"))
        return said("compared", period=before.span, parts=Listed(pieces, clauses=True))

    def overview(self, *others: Spoken) -> tuple[Spoken, ...]:
        """Return the paragraphs of the overview: how things stand, and what happened."""
        stand = Joined((self.status(), *self.standing()))
        if not (self.facts.all or self.facts.paused):
            return (stand,)
        return (stand, Joined((self.period(), *self.rate())), self.compared(), *others)

    # --- Chapters --------------------------------------------------------------------------------

    def done(self) -> Chapter:
        """Return what was done in the period."""
        facts = self.facts
        told = [said("done_none") if not facts.done else said("done", piece=self.done_piece())]
        if facts.waiting:
            told.append(said("done_waiting", count=Count(len(facts.waiting))))
        rows = tuple(
            (
                number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
                one.item.due, one.item.reported_on, one.late, one.item.source,
            )
            for one in facts.done
        )  # fmt: skip
        return Chapter("done", (Joined(tuple(told)),), (Table("done", rows),))

    def late(self, *, brief: bool = False) -> Chapter:
        """Return what is late and open, the longest first."""
        facts = self.facts
        rows = tuple(self._late(one)[: 5 if brief else None] for one in facts.late)
        table = Table("late_brief", rows, BRIEF_ROWS) if brief else Table("late", rows)
        return Chapter("late", (self._late_told(),), (table,))

    def _late_told(self) -> Spoken:
        facts, end = self.facts, Day(self.facts.end)
        if not facts.late:
            return said("late_none_on", day=end)
        days = [one.late or 0 for one in facts.late]
        count, low, high = Count(len(days)), min(days), Count(max(days), "days")
        told: list[Spoken] = [
            said("late_range", day=end, count=count, low=low, high=high)
            if low < high.number
            else said("late" if len(days) == 1 else "late_same", day=end, count=count, days=high)
        ]
        held = sum(bool(one.waits) for one in facts.late)
        if held:
            told.append(said("late_held", count=Count(held)))
        return Joined(tuple(told))

    def _late(self, one: Stand) -> tuple[Cell, ...]:
        return (
            number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
            one.item.due, one.late, one.progress, self.why(one), one.item.source,
        )  # fmt: skip

    def why(self, one: Stand) -> Spoken:
        """Return the reasons why an item stands as it does, besides its days."""
        register, end = self.book.register, self.facts.end
        plain = {"ledger.why_overdue", "ledger.why_due_soon", "ledger.why_on_time"}
        if one.late:
            plain.add("ledger.why_behind")  # of what is late, all the time is used
        reasons = [formal(each, register, end) for each in one.reasons if each.key not in plain]
        return Joined(tuple(reasons)) if reasons else Plain("—")

    def returned(self) -> Chapter:
        """Return what was sent back in the period, and why."""
        facts = self.facts
        items = {one.item.id for one in facts.returned}
        if facts.told:
            back = len({one.item.id for one in facts.returned if not one.again})
            told: Spoken = said("returned_none")
            if items:
                times = Count(len(facts.returned), "reports")
                told = said(
                    "returned", times=times, count=Count(len(items)), open=_back(back, len(items))
                )
        else:
            told = (
                said("returned_now", count=Count(len(items)))
                if items
                else said("returned_now_none")
            )
        rows = tuple(
            (
                number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
                one.on, one.why or None, one.item.state,
            )
            for one in facts.returned
        )  # fmt: skip
        return Chapter("returned", (told,), (Table("returned", rows),))

    def next_told(self) -> Spoken:
        """Return what is due next, as a paragraph."""
        facts = self.facts
        come = sum(one.item.due is not None and one.item.due <= facts.end for one in facts.soon)
        ahead, count = facts.ahead, Count(len(facts.soon) - come)
        told: list[Spoken] = [
            said("next", period=ahead, count=count)
            if count.number
            else said("next_none", period=ahead)
        ]
        if come:
            told.append(said("next_come", count=Count(come)))
        risky = sum(one.mark in _OUTPACED for one in facts.soon)
        if risky:
            told.append(said("next_risky", count=Count(risky)))
        return Joined(tuple(told))

    def next(self) -> Chapter:
        """Return what is due next."""
        rows = tuple(
            (
                number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
                one.item.due, one.left, one.progress, one.mark, one.item.source,
            )
            for one in self.facts.soon
        )  # fmt: skip
        return Chapter("next", (self.next_told(),), (Table("next", rows),))

    def help_told(self) -> tuple[Spoken, ...]:
        """Return where help is needed: from whom, for how many items."""
        facts = self.facts
        told: list[Spoken] = []
        if facts.held:
            codes = dict.fromkeys(one.responsible_unit for each in facts.held for one in each.waits)
            named = [self.unit(one) for one in codes if one is not None]
            if len(named) > _MOST_UNITS:
                units: Spoken = said(
                    "and_others",
                    first=Listed(named[:_MOST_UNITS]),
                    count=Count(len(named), "units"),
                )
            else:
                units = Listed(named) if named else said("no_unit_yet")
            told.append(said("help_held", count=Count(len(facts.held)), units=units))
        if facts.asked:
            items = {one.item.id for one in facts.asked}
            who = self.who or Plain("")
            told.append(said("help_asked", count=Count(len(items)), who=who))
        if facts.paused:
            told.append(said("help_paused", count=Count(len(facts.paused))))
        return tuple(told) if told else (said("help_none"),)

    def help(self, *, asked: bool = True) -> Chapter:
        """Return where help is needed."""
        facts = self.facts
        tables = [Table("held", self._held())]
        if asked:
            tables.append(Table("asked", tuple(self._asked(one) for one in facts.asked)))
        paused = tuple(
            (
                number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
                one.item.due, one.progress,
            )
            for one in facts.paused
        )  # fmt: skip
        tables.append(Table("paused", paused))
        return Chapter("help", (Joined(self.help_told()),), tuple(tables))

    def help_brief(self) -> Chapter:
        """Return where help is needed, for one page."""
        rows = tuple(row[1:] for row in self._held())
        return Chapter("help", (Joined(self.help_told()),), (Table("held_brief", rows, HELD_ROWS),))

    def _held(self) -> tuple[tuple[Cell, ...], ...]:
        return tuple(
            (
                number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
                cited_as(other), self.unit(other.responsible_unit), other.due,
            )
            for one in self.facts.held
            for other in one.waits
        )  # fmt: skip

    def _asked(self, one: Asked) -> tuple[Cell, ...]:
        return (
            number_of(one.item), one.item.title, self.unit(one.item.responsible_unit),
            one.item.due, cited_as(one.waits_for),
        )  # fmt: skip

    def measures(self) -> Chapter:
        """Return the measures of all items: promised, measured, when and by which source."""
        every = [(one.item, each) for one in self.facts.all for each in one.item.measures]
        measured = [each for _, each in every if each.value is not None]
        judged = [reached(each) for each in measured]
        told: Spoken = said("measures_none")
        if every:
            told = said(
                "measures",
                count=Count(len(every), "figures"),
                measured=_measured(len(measured), sum(one is True for one in judged)),
            )
        rows = tuple(_measure(item, one) for item, one in every)
        return Chapter("measures", (told,), (Table("measures", rows, MOST_ROWS, "figures"),))

    # --- Tables and figures ----------------------------------------------------------------------

    def strands(self) -> Table:
        """Return the items of each strand that has any."""
        rows = []
        for strand in Strand:
            some = [one for one in self.facts.all if one.item.strand is strand]
            if some:
                rows.append(
                    (
                        strand,
                        len(some),
                        _count(some, self.facts.done_ever),
                        _count(some, self.facts.open),
                        _count(some, self.facts.late),
                    )
                )
        return Table("strands", tuple(rows), noun="rows")

    def figures(self) -> tuple[Figure, ...]:
        """Return the figures to be read first."""
        facts = self.facts
        held = sum(bool(one.waits) for one in facts.late)
        longest = max((one.late or 0 for one in facts.late), default=0)
        done, late = len(facts.done), len(facts.done_late)
        about_done = said("about_done", on_time=Count(done - late), late=Count(late))
        about_late = said("about_late", days=Count(longest, "days"), held=Count(held))
        return (
            Figure(
                "items",
                len(facts.all) + len(facts.paused),
                said("about_open", count=Count(len(facts.open))),
            ),
            Figure("done", done, about_done if done else said("about_done_none")),
            Figure("late", len(facts.late), about_late if facts.late else said("about_late_none")),
            Figure("soon", len(facts.soon), said("about_soon", day=Day(facts.ahead.last))),
        )


def parts(*several: tuple[str, int]) -> Listed:
    """Return those pieces of a sentence that count anything; the first if none does."""
    some = [one for one in several if one[1]] or [several[0]]
    return Listed(
        [Sentence(f"ledger_report.part_{key}", {"count": Count(number)}) for key, number in some]
    )


def change(key: str, before: int, now: int, noun: str = "items") -> Spoken:
    """Return how a count changed."""
    what, after = Sentence(f"ledger_report.changed_{key}"), Count(now, noun)
    if before == now:
        return said("change_same", what=what, now=after)
    way = "change_up" if now > before else "change_down"
    return said(way, what=what, before=Count(before, noun), now=after)


def _back(back: int, of: int) -> Spoken:
    """Return how many returned items were not reported again, as a piece of a sentence."""
    if back == of:
        return said("returned_open_one" if of == 1 else "returned_open_all")
    if back:
        return said("returned_open", count=Count(back))
    return said("returned_again_one" if of == 1 else "returned_all_again")


def reached(one: Measure) -> bool | None:
    """Return whether a measure reached its target; None where that cannot be said.

    Which way is better is told by the way from the baseline to the target.
    """
    if one.value is None or one.target is None or one.baseline is None:
        return None
    up = one.target >= one.baseline
    return one.value >= one.target if up else one.value <= one.target


def _measured(measured: int, met: int) -> Spoken:
    """Return how many measures have a value and reached their target, as a piece of a sentence."""
    if not measured:
        return said("measured_none")
    count = Count(measured, "figures")
    if not met:
        return said("reached_none", count=count)
    return said("reached", count=count, reached=Count(met, "figures"))


def _measure(item: Item, one: Measure) -> tuple[Cell, ...]:
    if one.baseline is None:
        promise: Spoken | None = None if one.target is None else Plain(_plain(one.target))
    elif one.target is None:
        promise = said("from_baseline", baseline=_plain(one.baseline))
    else:
        promise = said("from_to", baseline=_plain(one.baseline), target=_plain(one.target))
    named = said("measure", name=one.name, unit=one.unit)
    return (number_of(item), named, promise, one.value, one.at, one.source or None)


def _count(some: Sequence[Stand], of: Sequence[Stand]) -> int:
    ids = {one.item.id for one in of}
    return sum(one.item.id in ids for one in some)


def _plain(value: float) -> str:
    """Return a measured value with all its digits."""
    return f"{value:,.12g}"
