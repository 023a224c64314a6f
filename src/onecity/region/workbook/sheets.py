"""The sheets of the workbook and their columns: one list for template, checks and guide.

Words are in the catalogue: a column's header is ``workbook.head_<word>``, its explanation
``workbook.about_<word>``, a sheet's name ``workbook.sheet_<key>``.
"""

from dataclasses import dataclass
from enum import StrEnum

from onecity.core.provenance import Grade
from onecity.core.words import LANGUAGES, Language, say
from onecity.region.facility_kinds import KEYS
from onecity.region.recognition import SERVICES

EARLIEST, LATEST = 1949, 2100
"""Years that may be given."""


class Kind(StrEnum):
    """What a cell holds. A name is an identifier: a code, or a short word of the user's own."""

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    CODES = "codes"
    CHOICE = "choice"
    NUMBER = "number"
    WHOLE = "whole"
    YEAR = "year"
    DATE = "date"


class Units(StrEnum):
    """Which codes of the region a cell may name."""

    CITY = "city"
    COUNTY = "county"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Choices:
    """A closed list of words: the values kept in tables, and their labels in the catalogue."""

    key: str
    members: tuple[str, ...]

    def label(self, member: str, language: Language) -> str:
        """Return what the drop-down list shows for a value."""
        if self.key == "grade":
            return member
        name = member.lower().replace("-", "_")
        label = say(f"workbook.choice_{self.key}_{name}", language)
        return f"{member} {label}" if self.key == "section" else label

    def title(self, language: Language) -> str:
        """Return the name of the list."""
        return say(f"workbook.list_{self.key}", language)


UNIT_KINDS = Choices("unit", ("city", "group"))
ROLES = Choices("role", ("core", "sub-centre", "gateway", "wing", "airport", "other"))
BASES = Choices("basis", ("census", "yearly"))
CENSUS_KINDS = Choices("census", ("county", "group", "functional_zone", "city_total"))
LEVELS = Choices("level", ("county", "city"))
FACILITIES = Choices("facility", KEYS)
SERVICES_LIST = Choices("service", SERVICES)
CAPACITIES = Choices("capacity", ("beds", "places", "seats", "people_per_day", "m2"))
SYSTEMS = Choices("system", ("WGS-84", "GCJ-02", "BD-09"))
SECTIONS = Choices("section", tuple("ABCDEFGHIJKLMNOPQRST"))
TASK_KINDS = Choices("task", ("project", "task"))
STRANDS = Choices("strand", ("planning", "transport", "science", "industry", "livelihood"))
STATUSES = Choices(
    "status", ("not_started", "preparing", "under_way", "done", "paused", "cancelled")
)
GRADES = Choices("grade", tuple(grade.value for grade in Grade))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet.

    `name` is the column's name in our tables; `word` that of its words in the catalogue, the
    same as `name` unless given. `example` is the value of the example row; the example of a
    text is in the catalogue (``workbook.example_<word>``). `width` is in characters.
    """

    name: str
    kind: Kind
    example: str | float | None = None
    required: bool = False
    word: str = ""
    choices: Choices | None = None
    units: Units | None = None
    low: float | None = None
    high: float | None = None
    width: float = 13.0

    def head(self, language: Language) -> str:
        """Return the header, with its unit."""
        return say(f"workbook.head_{self.word or self.name}", language)

    def about(self, language: Language) -> str:
        """Return what the column means and what may stand in it."""
        return say(f"workbook.about_{self.word or self.name}", language)

    def shown_example(self, language: Language) -> str | float | None:
        """Return what the example row shows."""
        if self.choices is not None and self.example is not None:
            return self.choices.label(str(self.example), language)
        if self.kind in {Kind.TEXT, Kind.NAME} and self.example is None:
            return say(f"workbook.example_{self.word or self.name}", language)
        return self.example if self.example != "" else None


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet to be filled, and its columns in order.

    `later` says that it came later than others: workbooks without it are whole.
    """

    key: str
    fields: tuple[Field, ...]
    later: bool = False

    def title(self, language: Language) -> str:
        """Return the sheet's name."""
        return say(f"workbook.sheet_{self.key}", language)

    def intro(self, language: Language) -> str:
        """Return the line above the table: what belongs here."""
        return say(f"workbook.intro_{self.key}", language)

    def field(self, name: str) -> Field:
        """Return a column by its name."""
        return next(field for field in self.fields if field.name == name)


NOTHING = ""
"""Example of a text column that the example row leaves empty."""

_TEXT, _NAME, _CODE, _CODES, _CHOICE = (
    Kind.TEXT,
    Kind.NAME,
    Kind.CODE,
    Kind.CODES,
    Kind.CHOICE,
)
_NUMBER, _WHOLE, _YEAR, _DATE = Kind.NUMBER, Kind.WHOLE, Kind.YEAR, Kind.DATE


def _provenance(source_word: str = "source", *, required: bool = True) -> tuple[Field, ...]:
    """Return the last columns of every sheet with figures."""
    return (
        Field("source", _TEXT, required=required, word=source_word, width=26),
        Field("grade", _CHOICE, "A", required=required, choices=GRADES, width=12),
        Field("note", _TEXT, NOTHING, width=22),
    )


CITIES = Form(
    "cities",
    (
        Field("kind", _CHOICE, "group", required=True, word="unit_kind", choices=UNIT_KINDS),
        Field("code", _NAME, required=True, word="unit_code", width=20),
        Field("name_zh", _TEXT, required=True, word="unit_name", width=16),
        Field("name_en", _TEXT, word="unit_name_en", width=20),
        Field("lon", _NUMBER, word="centre_lon", low=-180, high=180),
        Field("lat", _NUMBER, word="centre_lat", low=-90, high=90),
        Field("role", _CHOICE, "core", choices=ROLES),
        Field("members", _CODES, "420100; 420299", units=Units.EITHER, width=30),
        *_provenance("group_source", required=False),
    ),
)
COUNTIES = Form(
    "counties",
    (
        Field("code", _CODE, "420199", required=True, word="county_code", units=Units.COUNTY),
        Field("name_zh", _TEXT, required=True, word="county_name", width=16),
        Field("name_en", _TEXT, word="county_name_en", width=22),
        Field("city", _CODE, "420100", required=True, word="city_code", units=Units.CITY),
    ),
)
PEOPLE = Form(
    "people",
    (
        Field("basis", _CHOICE, "census", required=True, choices=BASES),
        Field("unit_kind", _CHOICE, "county", required=True, word="census_kind",
              choices=CENSUS_KINDS, width=15),
        Field("unit", _NAME, required=True, word="census_unit", width=15),
        Field("name_zh", _TEXT, required=True, word="census_name", width=18),
        Field("city", _CODE, "420100", word="census_city", units=Units.CITY),
        Field("counties", _CODES, word="census_counties", units=Units.COUNTY, width=26),
        Field("year", _YEAR, 2020, required=True, width=9),
        Field("date", _DATE, "2020-11-01", word="census_date"),
        Field("people", _WHOLE, 123456, required=True, low=0, width=17),
        *_provenance(),
    ),
)  # fmt: skip
FACILITIES_FORM = Form(
    "facilities",
    (
        Field("facility", _NAME, NOTHING, word="facility", width=14),
        Field("name_zh", _TEXT, required=True, word="facility_name", width=24),
        Field("kind", _CHOICE, "hospital", required=True, word="facility_kind",
              choices=FACILITIES, width=15),
        Field("county", _CODE, "420199", required=True, word="county_code", units=Units.COUNTY),
        Field("lon", _NUMBER, 114.3055, required=True, word="lon"),
        Field("lat", _NUMBER, 30.5491, required=True, word="lat"),
        Field("system", _CHOICE, "WGS-84", required=True, choices=SYSTEMS, width=19),
        Field("capacity", _NUMBER, 1200, low=0),
        Field("capacity_unit", _CHOICE, "beds", choices=CAPACITIES, width=11),
        Field("level", _TEXT, width=12),
        Field("opened", _YEAR, 2019, low=1800, width=9),
        *_provenance(),
    ),
)  # fmt: skip
RECOGNITION = Form(
    "recognition",
    (
        Field("service", _CHOICE, "medical_insurance", required=True, choices=SERVICES_LIST,
              width=14),
        Field("from_city", _CODE, "420700", required=True, units=Units.CITY),
        Field("to_city", _CODE, "420100", required=True, units=Units.CITY),
        Field("share", _NUMBER, 0.8, required=True, low=0, high=1, width=12),
        Field("since", _DATE, "2023-01-01", required=True),
        Field("document", _TEXT, width=34),
        *_provenance(),
    ),
    later=True,
)  # fmt: skip
INDUSTRIES = Form(
    "industries",
    (
        Field("level", _CHOICE, "county", required=True, word="unit_level", choices=LEVELS,
              width=10),
        Field("code", _CODE, "420199", required=True, word="place_code", units=Units.EITHER),
        Field("name_zh", _TEXT, word="place_name", width=14),
        Field("year", _YEAR, 2023, required=True, width=9),
        Field("section", _CHOICE, "C", required=True, choices=SECTIONS, width=26),
        Field("output", _NUMBER, 1234567.8, low=0, width=15),
        Field("value_added", _NUMBER, 345678.9, width=15),
        Field("employees", _WHOLE, 56789, low=0, width=15),
        *_provenance(),
    ),
)  # fmt: skip
UNDERTAKINGS = Form(
    "undertakings",
    (
        Field("undertaking", _NAME, NOTHING, width=12),
        Field("kind", _CHOICE, "project", required=True, word="task_kind", choices=TASK_KINDS,
              width=9),
        Field("title_zh", _TEXT, required=True, word="task_title", width=30),
        Field("strand", _CHOICE, "transport", choices=STRANDS),
        Field("lead", _TEXT, required=True, width=20),
        Field("responsible", _TEXT, required=True, width=20),
        Field("places", _CODES, "420100; 420700", units=Units.EITHER, width=20),
        Field("due", _DATE, "2026-12-31", required=True),
        Field("cost", _NUMBER, 86000, low=0, width=16),
        Field("status", _CHOICE, "under_way", required=True, choices=STATUSES),
        *_provenance("task_source"),
    ),
)  # fmt: skip

FORMS = (
    CITIES,
    COUNTIES,
    PEOPLE,
    FACILITIES_FORM,
    RECOGNITION,
    INDUSTRIES,
    UNDERTAKINGS,
)
"""Every sheet to be filled, in the order of the workbook."""


def lists() -> tuple[Choices, ...]:
    """Return every closed list the sheets use, each once, in order."""
    found = (field.choices for form in FORMS for field in form.fields)
    return tuple(dict.fromkeys(choices for choices in found if choices is not None))


def own_sheets(language: Language) -> tuple[str, str, str]:
    """Return the names of our sheets that are not filled: read me, code lists, findings."""
    return (
        say("workbook.sheet_readme", language),
        say("workbook.sheet_lists", language),
        say("workbook.sheet_findings", language),
    )


def marks() -> tuple[frozenset[str], frozenset[str]]:
    """Return the marks of rows that are not imported: explanations, and the example."""
    return (
        frozenset(say("workbook.mark_about", one) for one in LANGUAGES),
        frozenset(say("workbook.mark_example", one) for one in LANGUAGES),
    )


def guide(language: Language) -> str:
    """Return the sheets and columns as Markdown, for the documentation."""
    lines: list[str] = []
    for form in FORMS:
        lines += [f"## {form.title(language)}", "", form.intro(language), ""]
        heads = [say(f"workbook.guide_{one}", language) for one in ("column", "needed", "about")]
        lines += ["| " + " | ".join(heads) + " |", "|---|---|---|"]
        for field in form.fields:
            needed = say("workbook.guide_yes" if field.required else "workbook.guide_no", language)
            about = field.about(language)
            if field.choices is not None:
                labels = [field.choices.label(one, language) for one in field.choices.members]
                about += " " + say("workbook.guide_choices", language, labels=" / ".join(labels))
            lines.append(f"| {field.head(language)} | {needed} | {about} |")
        lines.append("")
    return "\n".join(lines)
