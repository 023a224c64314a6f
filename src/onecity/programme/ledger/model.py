"""What the ledger holds: units, items (tasks and projects), what happened to them, meetings.

Every class has a constructor `made` that checks each value and how they fit together; use it for
whatever comes from people or files. The plain constructor takes what was checked before, as a
store that reads its own rows. Dates are days in Asia/Shanghai, moments are in UTC, amounts are
exact decimals in whole units of one currency for each item.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from onecity.core.errors import InputError
from onecity.core.words import Language

from . import checks
from .fields import (
    ATTACHMENT_FIELDS,
    BUDGET_LINE_FIELDS,
    DEPENDENCY_FIELDS,
    EVENT_FIELDS,
    FINDING_FIELDS,
    LONG,
    MEASURE_FIELDS,
    MEETING_FIELDS,
    MILESTONE_FIELDS,
    NAME,
    NAMED,
    NUMBER,
    PAYMENT_FIELDS,
    PLACE_FIELDS,
    UNIT_FIELDS,
    Check,
    checked,
    choice,
    each,
    instance,
    many,
    maybe,
    text,
    whole,
)
from .fit import check_fit, check_state
from .kinds import AT_WORK, ENDED, Gate, Kind, Level, State, Strand, What

__all__ = [
    "AT_WORK",
    "ENDED",
    "Attachment",
    "BudgetLine",
    "Dependency",
    "Event",
    "Finding",
    "Gate",
    "Item",
    "Kind",
    "Level",
    "Measure",
    "Meeting",
    "Milestone",
    "Payment",
    "Place",
    "State",
    "Strand",
    "Unit",
    "What",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An office that can have items. A renamed or merged one stays, under its old code.

    Attributes
    ----------
    code
        Names it for good.
    name, name_en
        In Chinese; in English where there is one.
    level, city, parent
        Its level; the code of its city; the code of the unit above it.
    valid_from, valid_to
        First and last day on which it is there; None where there is no bound.
    replaced_by
        Codes of the units that took over: one if renamed or merged, several if split.
    """

    code: str
    name: str
    level: Level
    city: str | None = None
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: tuple[str, ...] = ()
    name_en: str | None = None

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a unit of checked values; see `Item.made`."""
        values = checked(cls, given, UNIT_FIELDS)
        made = cls(**values)
        checks.in_order(("valid_from", made.valid_from), ("valid_to", made.valid_to))
        if made.replaced_by and made.valid_to is None:
            raise InputError("ledger.replaced_without_end", field=checks.field("valid_to"))
        if made.code in {made.parent, *made.replaced_by}:
            name = "parent" if made.code == made.parent else "replaced_by"
            raise InputError("ledger.unit_itself", field=checks.field(name), given=made.code)
        return made

    def text(self, language: Language) -> str:
        """Return its name."""
        return self.name if language == "zh" else self.name_en or self.name

    def is_valid(self, on: date) -> bool:
        """Whether it is there on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A step of an item with its day. `weight` says how much of the whole it is, in any unit."""

    name: str
    due: date
    done_on: date | None = None
    weight: float = 1.0

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a milestone of checked values."""
        return cls(**checked(cls, given, MILESTONE_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure by which a promise is judged: before, promised, and measured `at` a day."""

    name: str
    unit: str
    baseline: float | None = None
    target: float | None = None
    value: float | None = None
    at: date | None = None
    source: str = ""

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a measure of checked values; a measured value has a day."""
        made = cls(**checked(cls, given, MEASURE_FIELDS))
        if (made.value is None) != (made.at is None):
            missing = "value" if made.value is None else "at"
            raise InputError("ledger.value_and_day", field=checks.field(missing))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """Money that is planned for a year."""

    name: str
    year: int
    amount: Decimal

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a line of checked values."""
        return cls(**checked(cls, given, BUDGET_LINE_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that was paid."""

    date: date
    amount: Decimal
    to: str = ""
    note: str = ""

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a payment of checked values."""
        return cls(**checked(cls, given, PAYMENT_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item lies: a GeoJSON geometry as text (WGS-84), codes of counties, or both."""

    geometry: str | None = None
    counties: tuple[str, ...] = ()

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a place of checked values; the geometry may be text or an object."""
        return cls(**checked(cls, given, PLACE_FIELDS))

    @property
    def geojson(self) -> dict[str, Any] | None:
        """The geometry as an object."""
        return None if self.geometry is None else json.loads(self.geometry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What proposed an item: a strand's finding on a version of the region, and its promise."""

    strand: str
    key: str
    region: str
    benefit: float
    unit: str
    promised_on: date

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a finding of checked values."""
        return cls(**checked(cls, given, FINDING_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """Another item that has to be done before this one begins, and working days between."""

    item: str
    lag_days: int = 0

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a dependency of checked values."""
        return cls(**checked(cls, given, DEPENDENCY_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A task or project: who promised what, by when, and how far it is.

    Attributes
    ----------
    id, number
        The id is for programs and sorts as items were made; the number is for people.
    lead_unit, responsible_unit, supporting_units
        Codes of the units that lead (牵头), answer for it (主责), support (支持).
    owner
        Person or post.
    assigned_on, start, due
        When it was given out, when work is to begin, by when it is to be done.
    reported_on
        When it was last reported as done: the day that counts for lateness.
    closed_on
        When it was closed or cancelled; in no other state.
    back_to
        The state that a suspended item goes back to; in no other state.
    progress
        Per cent, as last reported.
    currency
        Of all its amounts.
    source
        Where the promise stands: document, date, address.
    example
        Invented, and marked so.
    version
        Counts changes, so that two editors do not overwrite one another.
    """

    id: str
    number: str
    kind: Kind
    title: str
    created: datetime
    changed: datetime
    text: str = ""
    strand: Strand = Strand.GENERAL
    level: Level = Level.CITY
    lead_unit: str | None = None
    responsible_unit: str | None = None
    supporting_units: tuple[str, ...] = ()
    owner: str = ""
    assigned_on: date | None = None
    start: date | None = None
    due: date | None = None
    reported_on: date | None = None
    closed_on: date | None = None
    state: State = State.DRAFT
    back_to: State | None = None
    progress: int = 0
    gate: Gate | None = None
    deliverable: str = ""
    milestones: tuple[Milestone, ...] = ()
    measures: tuple[Measure, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    currency: str = "CNY"
    place: Place | None = None
    finding: Finding | None = None
    depends_on: tuple[Dependency, ...] = ()
    meeting: str | None = None
    source: str = ""
    example: bool = False
    version: int = 1

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return an item of checked values.

        Enumerations may be given by their values. What is not given has the value shown above.

        Raises
        ------
        InputError
            ``ledger.*``: a value is wrong, or values do not fit together; the value ``field`` of
            the error names the field (see `checks.field_of`).
        """
        made = cls(**checked(cls, given, _ITEM_FIELDS))
        check_fit(made)
        check_state(made)
        return made

    def changed_to(self, **given: Any) -> Self:
        """Return the item with some fields changed, checked as a whole."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return self.made(**{**values, **given})

    @property
    def is_open(self) -> bool:
        """Whether anything is still asked of anybody."""
        return self.state not in ENDED

    @property
    def units(self) -> frozenset[str]:
        """Codes of all units that have a part in it."""
        named = {self.lead_unit, self.responsible_unit, *self.supporting_units}
        return frozenset(one for one in named if one is not None)

    @property
    def budget_total(self) -> Decimal:
        """Sum of the budget."""
        return sum((line.amount for line in self.budget), Decimal(0))

    @property
    def paid_total(self) -> Decimal:
        """Sum of the payments."""
        return sum((one.amount for one in self.payments), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an item: its history is made of these, and none is changed.

    `before` and `after` hold the fields that changed, as JSON holds them. `unit` is the code of
    the office that acted; None for the program itself.
    """

    item: str
    at: datetime
    who: str
    unit: str | None
    what: What
    text: str = ""
    progress: int | None = None
    evidence: tuple[str, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return an event of checked values."""
        return cls(**checked(cls, given, EVENT_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that belongs to an item."""

    id: str
    item: str
    name: str
    type: str
    size: int
    sha256: str
    at: datetime
    who: str

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return an attachment of checked values."""
        return cls(**checked(cls, given, ATTACHMENT_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting, its minutes and the items that came of it."""

    id: str
    title: str
    held_on: date
    minutes: str = ""
    items: tuple[str, ...] = ()

    @classmethod
    def made(cls, **given: Any) -> Self:
        """Return a meeting of checked values."""
        return cls(**checked(cls, given, MEETING_FIELDS))


_ITEM_FIELDS: dict[str, Check] = {
    "id": checks.identity,
    "number": text(NUMBER, least=1),
    "kind": choice(Kind),
    "title": NAMED,
    "created": checks.instant,
    "changed": checks.instant,
    "text": LONG,
    "strand": choice(Strand),
    "level": choice(Level),
    "lead_unit": maybe(checks.code),
    "responsible_unit": maybe(checks.code),
    "supporting_units": each(checks.code),
    "owner": text(NAME),
    "assigned_on": maybe(checks.day),
    "start": maybe(checks.day),
    "due": maybe(checks.day),
    "reported_on": maybe(checks.day),
    "closed_on": maybe(checks.day),
    "state": choice(State),
    "back_to": maybe(choice(State)),
    "progress": whole(0, 100),
    "gate": maybe(choice(Gate)),
    "deliverable": LONG,
    "milestones": many(Milestone),
    "measures": many(Measure),
    "budget": many(BudgetLine),
    "payments": many(Payment),
    "currency": checks.currency,
    "place": maybe(instance(Place)),
    "finding": maybe(instance(Finding)),
    "depends_on": many(Dependency),
    "meeting": maybe(checks.identity),
    "source": LONG,
    "example": checks.flag,
    "version": whole(1, 2**31 - 1),
}
