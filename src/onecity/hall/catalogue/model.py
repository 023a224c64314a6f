"""What a catalogue of services says, as values: departments, documents, items, life events.

The fields are those of China's national catalogue (政务服务事项基本目录及实施清单, GB/T 39554.1;
technical guide 国办函 2016 no. 108): a *basic* item is the same service wherever it is offered; an
*item* here is its implementation by one authority, with its limits, materials and fees. Nothing is
checked on making: a catalogue with faults can be held, so that every fault can be told at its
place (`onecity.hall.catalogue.rules`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from onecity.core.words import Language, say


class Tier(StrEnum):
    """Level of government that a department belongs to (行使层级)."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.tier_{self.value}", language)


class Kind(StrEnum):
    """Kind of an item (事项类型)."""

    LICENCE = "licence"
    CONFIRMATION = "confirmation"
    PAYMENT = "payment"
    LEVY = "levy"
    RULING = "ruling"
    REWARD = "reward"
    OTHER_POWER = "other_power"
    SERVICE = "service"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.kind_{self.value}", language)


class Applicant(StrEnum):
    """Who may apply (服务对象)."""

    PERSON = "person"
    FIRM = "firm"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.applicant_{self.value}", language)


class TimeUnit(StrEnum):
    """What a time limit is counted in (时限单位)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    HOUR = "hour"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.timeunit_{self.value}", language)


class Depth(StrEnum):
    """How far an item is handled online (网办深度): I told, II applied, III decided, IV all."""

    I = "1"  # noqa: E741  (its name in the national catalogue)
    II = "2"
    III = "3"
    IV = "4"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.depth_{self.value}", language)


class Way(StrEnum):
    """The ways of handling across a border (国办发 2020 no. 35).

    online: the home authority decides remotely (全程网办). agent: a window elsewhere checks
    identity and form and forwards; the authority stays (异地代收代办). joint: one intake, several
    authorities together (多地联办).
    """

    ONLINE = "online"
    AGENT = "agent"
    JOINT = "joint"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.way_{self.value}", language)


class Origin(StrEnum):
    """Who makes a document that is asked for (材料来源)."""

    APPLICANT = "applicant"
    GOVERNMENT = "government"
    OTHER = "other"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.origin_{self.value}", language)


class Form(StrEnum):
    """In what form a document is wanted (材料形式)."""

    ELECTRONIC = "electronic"
    COPY = "copy"
    ORIGINAL = "original"

    def text(self, language: Language) -> str:
        """Return the word in one language."""
        return say(f"hall.form_{self.value}", language)


@dataclass(frozen=True, slots=True)
class Department:
    """Who grants items or issues documents.

    `city` is the code of the city it works for; empty for one of the province or the nation.
    `basic` is what departments of the same duty share in every city; empty: its own code.
    """

    code: str
    title: str
    city: str
    tier: Tier
    basic: str = ""
    title_en: str = ""

    @property
    def duty(self) -> str:
        """What it shares with departments of the same duty elsewhere."""
        return self.basic or self.code


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document: a material of some items, perhaps the result of another.

    Attributes
    ----------
    issuer
        Code of the department that issues it, or what departments of one duty share where each
        city's own does (`Department.basic`); empty where no government does.
    days
        Days an applicant needs to obtain it; 0 where it is at hand.
    visit
        Whether obtaining it takes a visit of its own.
    shared
        Whether its holder gives it to other departments on request already.
    """

    code: str
    title: str
    origin: Origin
    issuer: str = ""
    days: float = 0.0
    visit: bool = False
    shared: bool = False
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A document that an item asks for (申请材料).

    `visit` says whether handing it in forces a visit (an original to be seen). `when` is the
    condition under which it is wanted, empty where always; `share` of the cases in which it is.
    """

    document: str
    form: Form = Form.COPY
    copies: int = 1
    visit: bool = False
    necessary: bool = True
    when: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit; `count` 0 is on the spot (即办)."""

    count: float
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee and the law that allows it."""

    title: str
    cny: Decimal
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item as one authority implements it (实施清单的一个事项).

    Attributes
    ----------
    code, basic_code
        Implementation code (实施编码), unique; basic code (基本编码), the same in every city.
    authority
        Code of the department that decides.
    legal, promised
        Time limits by law and as promised; None where the law sets none.
    visits, visit_reason
        Visits an applicant has to make, and why.
    cities
        Codes of the cities whose windows and residents may use it; its own city included.
    ways
        How it is handled across a border; none where it is not.
    results
        Codes of the documents that it yields.
    after
        Basic codes of items that the law wants done before.
    valid_from, valid_until
        Days between which this version stands; None: from ever, for ever.
    version
        Number of the version, from 1.
    """

    code: str
    basic_code: str
    title: str
    kind: Kind
    authority: str
    city: str
    tier: Tier
    applicants: frozenset[Applicant]
    legal: Limit | None
    promised: Limit | None
    visits: int
    depth: Depth
    visit_reason: str = ""
    conditions: str = ""
    basis: str = ""
    requirements: tuple[Requirement, ...] = ()
    results: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    cities: tuple[str, ...] = ()
    ways: frozenset[Way] = frozenset()
    after: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = 1
    title_en: str = ""
    source: str = ""
    note: str = ""

    def stands_on(self, day: date) -> bool:
        """Return whether this version is in force on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a life event; `after` names steps that come first today, by basic code."""

    basic_code: str
    after: tuple[str, ...] = ()
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """Several items that one occasion needs (一件事), in today's order."""

    code: str
    title: str
    applicants: frozenset[Applicant]
    steps: tuple[Step, ...]
    cases: float = 0.0
    title_en: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Caseload:
    """Cases of an item in a year, by the applicant's city and the way they were handled.

    `days`, `visits` and `documents` are means for each case, None where not counted; `refused` is
    the number of cases refused. `way` is None for cases at home.
    """

    item: str
    year: int
    from_city: str
    way: Way | None
    cases: float
    days: float | None = None
    visits: float | None = None
    documents: float | None = None
    refused: float | None = None
    source: str = ""
    grade: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A whole catalogue.

    `cities` gives names of cities by code, `cities_en` in English where there are any; `marked` is
    a sentence that everything shown of it must carry (an invented catalogue says so), empty for a
    real one.
    """

    title: str
    cities: Mapping[str, str] = field(default_factory=dict)
    departments: tuple[Department, ...] = ()
    documents: tuple[Document, ...] = ()
    items: tuple[Item, ...] = ()
    life_events: tuple[LifeEvent, ...] = ()
    caseloads: tuple[Caseload, ...] = ()
    marked: str = ""
    cities_en: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def department(self) -> Mapping[str, Department]:
        """Departments by code."""
        return {one.code: one for one in self.departments}

    @cached_property
    def document(self) -> Mapping[str, Document]:
        """Documents by code."""
        return {one.code: one for one in self.documents}

    @cached_property
    def item(self) -> Mapping[str, Item]:
        """Items by implementation code; of several versions the last one given."""
        return {one.code: one for one in self.items}

    def on(self, day: date) -> "Catalogue":
        """Return the catalogue as it stands on a day: versions in force alone."""
        standing = tuple(one for one in self.items if one.stands_on(day))
        return Catalogue(
            title=self.title,
            cities=self.cities,
            departments=self.departments,
            documents=self.documents,
            items=standing,
            life_events=self.life_events,
            caseloads=self.caseloads,
            marked=self.marked,
            cities_en=self.cities_en,
        )
